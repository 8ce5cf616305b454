"""`ebsync verify`: an untouched hub holds; whatever row is changed behind ebsync's back is named."""

from __future__ import annotations

import contextlib
import shutil
import sqlite3
from dataclasses import dataclass
from pathlib import Path

import pytest

from tests.databases import DATABASES, SQLITE, ready_database
from tests.e2e.audited import Told, tell_hub
from tests.hub import Hub
from tests.played import Played

CHECKS = [
    "pages",
    "seals",
    "document_numbers",
    "fact_ids",
    "other_ids",
    "recording_times",
    "documents",
    "net_issued",
    "open_lines",
    "credits",
    "decisions",
    "observed_events",
    "people",
    "human_facts",
    "documents_known",
    "policy_texts",
    "charge_lists",
]


@dataclass(frozen=True)
class Tampering:
    """What somebody does to the database, and what `verify` says of it."""

    check: str
    row: str
    """What the finding names; may hold a `{}` for the id that `find` gives."""
    sql: str
    find: str | None = None
    """A query for one id or text: `:it` in `sql`, `{}` in `row`."""

    def __str__(self) -> str:
        return f"{self.check}: {self.sql}"


_MARK = "SELECT min(id) FROM facts WHERE kind = 'AttendanceMarked'"
_ABSENT = "SELECT max(id) FROM facts WHERE kind = 'AttendanceMarked' AND body LIKE '%absent%'"
_WALK_IN = "SELECT id FROM facts WHERE kind = 'WalkInCame'"
_RETRACTED = "SELECT max(id) FROM facts WHERE kind = 'Retracted'"
_FIRST = "DELETE FROM facts WHERE id = (SELECT min(id) FROM facts WHERE kind = '{}')"
_OBSERVED = "UPDATE observations SET {} = 999 WHERE id = 5"
_SUBJECT = "UPDATE facts SET body = json_set(body, '$.{}', {}) WHERE id = :it"

TAMPERINGS = (
    # pages and rows
    Tampering(
        "pages",
        "{}",
        "DELETE FROM documents WHERE number = 'INV-000007' AND :it",
        "SELECT min(rowid) FROM document_lines WHERE number = 'INV-000007'",
    ),
    Tampering("seals", "1", "UPDATE profiles SET name = 'Somebody Else' WHERE id = 1"),
    Tampering("seals", "5", "UPDATE observations SET refunded = NOT refunded WHERE id = 5"),
    # numbers
    Tampering("document_numbers", "INV-000007", "DELETE FROM documents WHERE number = 'INV-000007'"),
    Tampering("document_numbers", "INV-000008", "UPDATE series SET next_value = 9 WHERE name = 'invoice'"),
    Tampering("document_numbers", "CN-000005", "UPDATE series SET next_value = 5 WHERE name = 'credit_note'"),
    Tampering("document_numbers", "INV-000002", "UPDATE documents SET kind = 'letter' WHERE number = 'INV-000002'"),
    Tampering("document_numbers", "batch", "UPDATE series SET next_value = 9 WHERE name = 'batch'"),
    Tampering("document_numbers", "2", "DELETE FROM batches WHERE id = 1"),
    Tampering("fact_ids", "fact", "UPDATE series SET next_value = next_value + 1 WHERE name = 'fact'"),
    Tampering("fact_ids", "8", "DELETE FROM observations WHERE id IN (6, 7)"),
    Tampering("fact_ids", "{}", "UPDATE reads SET id = :it WHERE id = (SELECT min(id) FROM reads)", _MARK),
    Tampering("fact_ids", "-3", "UPDATE facts SET id = -3 WHERE id = :it", _MARK),
    Tampering("other_ids", "5", "DELETE FROM persons WHERE id = 4"),
    Tampering("other_ids", "profile", "UPDATE series SET next_value = 3 WHERE name = 'profile'"),
    Tampering("other_ids", "3", "DELETE FROM typed_schools WHERE id = 2"),
    Tampering("other_ids", "run", "DELETE FROM runs WHERE id = (SELECT max(id) FROM runs)"),
    Tampering("other_ids", "W1", "DELETE FROM facts WHERE kind = 'WalkInCame'"),
    Tampering("other_ids", "{}", _SUBJECT.format("reference", "'W9'"), _WALK_IN),
    # times
    Tampering(
        "recording_times", "{}", "UPDATE facts SET recorded_at = '2019-09-01 00:00:00.000000' WHERE id = :it", _MARK
    ),
    Tampering(
        "recording_times", "6", "UPDATE observations SET recorded_at = '2019-11-08 15:00:00.000000' WHERE id = 5"
    ),
    Tampering("recording_times", "INV-000007", "UPDATE documents SET last_fact_id = 9999 WHERE number = 'INV-000007'"),
    Tampering(
        "recording_times",
        "INV-000007",
        "UPDATE documents SET issued_at = '2019-11-08 15:59:59.000000' WHERE number = 'INV-000007'",
    ),
    Tampering(
        "recording_times",
        "INV-000003",
        "UPDATE documents SET issued_at = '2019-11-05 15:00:00.000000' WHERE number = 'INV-000003'",
    ),
    # documents
    Tampering("documents", "INV-000002", "UPDATE documents SET pdf = X'2550' WHERE number = 'INV-000002'"),
    Tampering("documents", "INV-000002", "UPDATE documents SET issued_by = 'nobody' WHERE number = 'INV-000002'"),
    Tampering("documents", "INV-000002", "UPDATE documents SET content = '{}' WHERE number = 'INV-000002'"),
    Tampering("documents", "INV-000002", "UPDATE documents SET document_on = '2019-01-01' WHERE number = 'INV-000002'"),
    Tampering(
        "documents",
        "INV-000001/2",
        "UPDATE document_lines SET gross_pence = 1 WHERE number = 'INV-000001' AND line_number = 2",
    ),
    Tampering(
        "documents", "INV-000001/2", "DELETE FROM document_lines WHERE number = 'INV-000001' AND line_number = 2"
    ),
    Tampering(
        "documents",
        "INV-000001/2",
        "UPDATE documents SET content = json_remove(content, '$.lines[1]') WHERE number = 'INV-000001'",
    ),
    Tampering(
        "documents",
        "INV-000001/1",
        "UPDATE documents SET content = json_set(content, '$.lines[0].net_pence', 1) WHERE number = 'INV-000001'",
    ),
    # sums
    Tampering(
        "net_issued",
        "{}",
        "UPDATE document_lines SET gross_pence = -4999 WHERE number = 'CN-000003'",
        "SELECT workshop_id || ' ' || booking_id FROM document_lines WHERE number = 'CN-000003'",
    ),
    Tampering("open_lines", "INV-000006/1", "DELETE FROM open_lines WHERE number = 'INV-000006'"),
    Tampering(
        "open_lines",
        "INV-000002/1",
        "INSERT INTO open_lines SELECT hub_id, workshop_id, booking_id, number, line_number FROM document_lines "
        "WHERE number = 'INV-000002'",
    ),
    Tampering("credits", "CN-000003/1", "UPDATE document_lines SET gross_pence = -4999 WHERE number = 'CN-000003'"),
    Tampering(
        "credits", "CN-000003/1", "UPDATE documents SET original_number = 'INV-000001' WHERE number = 'CN-000003'"
    ),
    Tampering("credits", "CN-000003/1", "UPDATE documents SET school_id = '800001' WHERE number = 'CN-000003'"),
    Tampering(
        "credits", "CN-000001/2", "UPDATE document_lines SET original_line_number = 1 WHERE number = 'CN-000001'"
    ),
    Tampering("credits", "INV-000006/1", "UPDATE document_lines SET gross_pence = 0 WHERE number = 'INV-000006'"),
    Tampering("credits", "INV-000006/1", "UPDATE document_lines SET workshop_id = '1' WHERE number = 'INV-000006'"),
    # decisions
    Tampering("decisions", "INV-000006/1", "UPDATE document_lines SET gross_pence = 5000 WHERE number = 'INV-000006'"),
    Tampering(
        "decisions",
        "INV-000003/1",
        "UPDATE document_lines SET decision = json_set(decision, '$.reason', 'no_show') WHERE number = 'INV-000003'",
    ),
    Tampering(
        "decisions",
        "INV-000003/1",
        "UPDATE document_lines SET decision = json_set(decision, '$.clause', 'x') WHERE number = 'INV-000003'",
    ),
    Tampering("decisions", "INV-000003", "UPDATE document_lines SET decision = '{}' WHERE number = 'INV-000003'"),
    Tampering("decisions", "INV-000007/6", _SUBJECT.format("mark", "'present'"), _ABSENT),
    Tampering("decisions", "INV-000002/1", "UPDATE documents SET school_id = '800001' WHERE number = 'INV-000002'"),
    Tampering("decisions", "INV-000001", "UPDATE documents SET last_fact_id = 5 WHERE number = 'INV-000001'"),
    Tampering("decisions", "INV-000001", "UPDATE documents SET workshop_id = '77' WHERE number = 'INV-000001'"),
    Tampering(
        "decisions",
        "INV-000001/1",
        "UPDATE document_lines SET booking_id = 'B1' WHERE number = 'INV-000001' AND line_number = 1",
    ),
    Tampering("decisions", "INV-000001", "UPDATE document_lines SET policy_digest = 'x' WHERE number = 'INV-000001'"),
    Tampering("decisions", "INV-000002/1", "DELETE FROM facts WHERE kind = 'SchoolAdded' AND body LIKE '%\"P1\"%'"),
    Tampering("decisions", "INV-000001", _FIRST.format("SettingsRecorded")),
    Tampering("decisions", "CN-000001/1", _FIRST.format("ExemptionRuled")),
    Tampering("decisions", "CN-000002/1", _FIRST.format("SchoolConfirmed")),
    Tampering(
        "decisions",
        "CN-000004/1",
        "UPDATE documents SET content = json_set(content, '$.lines[0].reason', 'ofsted') WHERE number = 'CN-000004'",
    ),
    Tampering(
        "decisions",
        "CN-000003/1",
        "UPDATE documents SET content = json_set(content, '$.lines[0].reason', 'no_place') WHERE number = 'CN-000003'",
    ),
    Tampering("decisions", "CN-000003/1", "UPDATE document_lines SET booking_id = 'B1' WHERE number = 'CN-000003'"),
    Tampering(
        "decisions",
        "CN-000006/1",
        "UPDATE document_lines SET decision = json_set(decision, '$.clause', 'x') WHERE number = 'CN-000006'",
    ),
    Tampering("decisions", "INV-000006/1", "UPDATE document_lines SET booking_id = 'B1' WHERE number = 'INV-000006'"),
    # what points at what
    Tampering("observed_events", "{}", "UPDATE reads SET event_id = '77' WHERE id = :it", "SELECT max(id) FROM reads"),
    Tampering("observed_events", "5", "UPDATE observations SET event_id = '77' WHERE id = 5"),
    Tampering("observed_events", "{}", "UPDATE held_reads SET event_id = '77'", "SELECT id FROM held_reads"),
    *(
        Tampering("people", "5", _OBSERVED.format(column))
        for column in ("person_id", "name_id", "profile_id", "typed_school_id", "typed_role_id")
    ),
    Tampering("people", "3", "UPDATE profiles SET person_id = 999 WHERE id = 3"),
    Tampering("people", "3", "UPDATE persons SET name_id = 999 WHERE id = 3"),
    Tampering("human_facts", "{}", "UPDATE facts SET body = '{' WHERE id = :it", _MARK),
    Tampering("human_facts", "{}", "UPDATE facts SET kind = 'Rumour' WHERE id = :it", _MARK),
    Tampering("human_facts", "{}", "UPDATE facts SET event_id = '77' WHERE id = :it", _MARK),
    Tampering(
        "human_facts",
        "{}",
        "UPDATE facts SET event_id = '77', body = json_set(body, '$.workshop_id', '77') WHERE id = :it",
        _MARK,
    ),
    Tampering(
        "human_facts",
        "{}",
        "UPDATE facts SET body = json_set(body, '$.workshop_id', event_id || '/7') WHERE id = :it",
        _MARK,
    ),
    Tampering("human_facts", "{}", _SUBJECT.format("booking_id", "'B77'"), _MARK),
    Tampering("human_facts", "{}", _SUBJECT.format("booking_id", "'W77'"), _MARK),
    Tampering("human_facts", "{}", _SUBJECT.format("replaces", "'B77'"), _WALK_IN),
    Tampering("human_facts", "{}", _SUBJECT.format("person_id", "777"), _WALK_IN),
    Tampering(
        "human_facts",
        "{}",
        _SUBJECT.format("booking_id", "'B77'"),
        "SELECT min(id) FROM facts WHERE kind = 'SchoolConfirmed'",
    ),
    Tampering("human_facts", "{}", _SUBJECT.format("fact_id", "777"), _RETRACTED),
    Tampering(
        "human_facts",
        "{}",
        _SUBJECT.format("exemption_id", "5"),
        "SELECT max(id) FROM facts WHERE kind = 'ExemptionRuled'",
    ),
    Tampering(
        "human_facts",
        "{}",
        _SUBJECT.format("policy_digest", "'x'"),
        "SELECT max(id) FROM facts WHERE kind = 'SettingsRecorded'",
    ),
    Tampering(
        "documents_known", "INV-000006", "UPDATE document_lines SET policy_digest = 'x' WHERE number = 'INV-000006'"
    ),
    Tampering("documents_known", "INV-000006", "DELETE FROM documents WHERE number = 'INV-000006'"),
    Tampering("documents_known", "INV-000001", "DELETE FROM batches WHERE id = 1"),
    Tampering(
        "policy_texts",
        "{}",
        "UPDATE policy_texts SET text = text || ' ' WHERE digest = :it",
        "SELECT min(digest) FROM policy_texts",
    ),
    Tampering("charge_lists", "CL-000001", "UPDATE batches SET sha256 = 'x' WHERE id = 1"),
    Tampering("charge_lists", "CL-000001", "UPDATE batches SET total_pence = 1 WHERE id = 1"),
    Tampering("charge_lists", "CL-000002", "UPDATE batch_documents SET batch_id = 1 WHERE number = 'INV-000007'"),
)


def copy_of(told: Told, folder: Path) -> Path:
    """A copy of the told hub's database."""
    return Path(shutil.copy(told.folder / "hub.sqlite", folder / "copy.sqlite"))


@pytest.fixture(scope="module")
def told(tmp_path_factory: pytest.TempPathFactory) -> Told:
    folder = tmp_path_factory.mktemp("audited")
    return tell_hub(folder, f"sqlite:///{folder / 'hub.sqlite'}")


def _tamper(path: Path, tampering: Tampering) -> str:
    """Change the database behind ebsync's back; gives the row that should be named."""
    with contextlib.closing(sqlite3.connect(path)) as connection, connection:
        it = None if tampering.find is None else connection.execute(tampering.find).fetchone()[0]
        assert connection.execute(tampering.sql, {"it": it}).rowcount > 0
    return tampering.row.format(it)


@pytest.mark.parametrize("tampering", TAMPERINGS, ids=str)
def test_whatever_is_changed_behind_its_back_is_named(told: Told, tmp_path: Path, tampering: Tampering) -> None:
    copy = copy_of(told, tmp_path)
    row = _tamper(copy, tampering)
    result = told.run(f"sqlite:///{copy}", "verify", "--json")
    assert result.code == 65, result
    found = {check["check"]: check for check in result.json()["checks"]}
    assert row in {finding["row"] for finding in found[tampering.check]["findings"]}, found[tampering.check]
    assert found[tampering.check]["failed"] == len(found[tampering.check]["findings"])


def test_every_check_is_shown_to_fail() -> None:
    assert {tampering.check for tampering in TAMPERINGS} == set(CHECKS)


def test_an_untouched_hub_holds_and_says_how_much_was_proved(told: Told, tmp_path: Path) -> None:
    url = f"sqlite:///{copy_of(told, tmp_path)}"
    checks = told.run(url, "verify", "--json").json()["checks"]
    assert [check["check"] for check in checks] == CHECKS
    assert all(check["proved"] > 0 and check["findings"] == [] for check in checks)
    shown = told.run(url, "verify")
    assert shown.code == 0
    assert shown.out.splitlines()[-1] == "All of it holds."
    assert [line.split()[0] for line in shown.out.splitlines()[1:-1]] == CHECKS


def test_what_does_not_hold_is_listed_in_words_and_names_nobody(told: Told, tmp_path: Path) -> None:
    copy = copy_of(told, tmp_path)
    _tamper(copy, Tampering("", "", "UPDATE documents SET pdf = X'25' WHERE number = 'CN-000001'"))
    _tamper(copy, Tampering("", "", "UPDATE observations SET person_id = person_id + 100"))
    result = told.run(f"sqlite:///{copy}", "verify")
    assert result.code == 65
    assert "documents: documents CN-000001 has a page that is not the one issued (pdf_sha256)" in result.out
    assert result.out.splitlines()[-1].endswith("do not hold.")
    assert not [name for name in ("Archer", "Baker", "Cole", "example.org") if name in result.out + result.err]


def test_an_empty_hub_holds(hub: Hub) -> None:
    assert hub.do("verify").out.splitlines()[-1] == "All of it holds."


@pytest.mark.parametrize("kind", DATABASES)
def test_it_proves_the_same_on_every_database(told: Told, tmp_path: Path, kind: str) -> None:
    with ready_database(kind, tmp_path) as url:
        tell_hub(tmp_path, url)
        here = told.run(url, "verify", "--json")
    assert here.code == 0, here
    there = told.run(f"sqlite:///{told.folder / 'hub.sqlite'}", "verify", "--json")
    files, server = there.json()["checks"], here.json()["checks"]
    assert [check["check"] for check in files[:1] + server[:1]] == ["pages"] * 2  # of a server nobody can ask that
    assert server[1:] == files[1:]
    assert kind == SQLITE or server[0]["proved"] == 0


def test_the_demo_holds(played: Played) -> None:
    code, output = played.run("verify")
    assert (code, output.splitlines()[-1]) == (0, "All of it holds.")
