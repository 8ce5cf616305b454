"""One part of a batch that fails is named by its id, and ends with 3; all others are done. No error shows a name."""

from __future__ import annotations

import json
from collections.abc import Callable
from contextlib import closing
from pathlib import Path
from typing import Any

import pytest
import sqlalchemy as sa

from eb_sync.bootstrap import build_hub
from tests.hub import ELM, Hub

SECRET = "Teacher Ann"


def failing_at(what: Callable[..., Any], is_meant: Callable[..., bool]) -> Callable[..., Any]:
    """The function, with a bug that only some parts meet, and whose words would tell a name."""

    def work(*given: Any, **named: Any) -> Any:  # noqa: ANN401 - as the function has it
        if is_meant(*given):
            raise ValueError(SECRET)
        return what(*given, **named)

    return work


def spoil(hub: Hub, module: Any, name: str, is_meant: Callable[..., bool]) -> None:  # noqa: ANN401 - a module
    hub.patch.setattr(module, name, failing_at(getattr(module, name), is_meant))


def check_told(hub: Hub, *arguments: str, about: str, code: int = 3) -> str:
    done = hub.run(*arguments)
    assert done.code == code, done
    assert about in done.err
    assert SECRET not in done.err
    return done.out


@pytest.fixture
def held(hub: Hub) -> dict[str, str]:
    """Ann of Ash and Cat of Elm did not come, Bob did; the register is closed."""
    event = hub.event("Fractions", "2019-11-05 10:00", "2019-11-05 15:00", slug="fractions")
    refs = {"Ann": hub.book(event, "Teacher Ann"), "Bob": hub.book(event, "Teacher Bob")}
    refs |= {"Cat": hub.book(event, "Teacher Cat", ELM), "Dan": hub.book(event, "Teacher Dan", ELM)}
    hub.sync()
    hub.add_schools()
    hub.at("2019-11-05 16:00")
    hub.sync()
    hub.do("attendance", "mark", "fractions", refs["Bob"], refs["Dan"], "present")
    hub.do("attendance", "close", "fractions", "--rest-absent")
    return refs


@pytest.mark.every_database
def test_an_invoice_that_cannot_be_made_keeps_no_other_and_takes_no_number(hub: Hub, held: dict[str, str]) -> None:
    from eb_sync import export

    with hub.patch.context() as patch:
        patch.setattr(
            export,
            "render_document_pdf",
            failing_at(export.render_document_pdf, lambda it, *_: it.school_urn == "800001"),
        )
        out = check_told(hub, "invoices", "--yes", "--json", about="The invoice for school 800001")
    said = json.loads(out)
    assert [each["number"] for each in said["issued"]] == ["INV-000001"]
    assert [line["booking_id"] for each in said["to_invoice"] for line in each["lines"]] == [held["Ann"]]
    again = hub.do("invoices", "--yes", "--json").json()["issued"]
    assert [each["number"] for each in again] == ["INV-000002"]
    hub.do("verify")


def test_a_credit_note_that_cannot_be_made_leaves_the_place_billed_once(hub: Hub, held: dict[str, str]) -> None:
    from eb_sync import export

    hub.do("invoices", "--yes")
    hub.do("review", "decide", "fractions", held["Ann"], "waive")
    hub.do("review", "decide", "fractions", held["Cat"], "waive")
    spoil(hub, export, "render_document_pdf", lambda it, *_: it.original_number == "INV-000001")
    check_told(hub, "invoices", "--yes", about="The credit note for INV-000001")
    assert len(hub.do("invoices", "--dry-run", "--json").json()["to_credit"]) == 1
    hub.do("verify")


def test_certificates_and_files_of_documents_are_written_but_for_one(hub: Hub, held: dict[str, str]) -> None:
    from eb_sync import export

    spoil(hub, export, "render_certificate_pdf", lambda it: it.reference == held["Bob"])
    out = check_told(hub, "certificates", "fractions", "-o", "certificates", about=held["Bob"])
    assert out.split() == [f"certificates/certificate-{held['Dan']}.pdf"]
    for school in ("800001", "Elm Nursery"):
        hub.do("schools", "payer", school, "--email", "office@school.example.org")
    hub.do("invoices", "--yes")
    spoil(hub, export, "render_ubl", lambda it, *_: it.number == "INV-000001")
    out = check_told(hub, "export", "invoices", "--format", "ubl", "-o", "out", about="INV-000001")
    assert out.split() == ["out/INV-000002.xml"]
    with closing(build_hub(None)) as opened, opened.engine.begin() as connection:
        connection.execute(sa.text("UPDATE documents SET content = '{}' WHERE number = 'INV-000001'"))
    check_told(hub, "export", "invoices", "--format", "ubl", "-o", "more", about="INV-000001")
    assert [path.name for path in (hub.folder / "more").iterdir()] == ["INV-000002.xml"]
    from eb_sync.store import documents

    spoil(hub, documents, "read_pdf", lambda _connection, _hub, number: number == "INV-000001")
    check_told(hub, "export", "invoices", "-o", "pages", about="INV-000001")
    check_told(hub, "invoices", "-o", "pages", about="INV-000001")
    assert [path.name for path in (hub.folder / "pages").iterdir()] == ["INV-000002.pdf"]


def test_what_cannot_be_compared_or_read_of_the_register_is_left_out(hub: Hub) -> None:
    from eb_sync.recording import school_matches
    from eb_sync.schools import gias_file

    event = hub.event("Fractions", "2019-11-05 10:00", "2019-11-05 15:00")
    ann = hub.book(event, "Teacher Ann", {"School name": "Ash Lane"})
    hub.book(event, "Teacher Bob", {"School name": "Elm Row"})
    hub.sync()
    text = "URN,EstablishmentName\n800001,Ash Lane\n800002,Elm Row\n"
    (hub.folder / "register.csv").write_text(text)
    spoil(hub, gias_file, "_date", lambda _: False)
    builders = dict(gias_file._BUILDERS)  # noqa: SLF001 - where a bug would be
    school = builders[gias_file.Layout.SCHOOLS]
    builders[gias_file.Layout.SCHOOLS] = failing_at(school, lambda row: row["URN"] == "800001")
    hub.patch.setattr(gias_file, "_BUILDERS", builders)
    check_told(hub, "schools", "load", "register.csv", about="line")
    spoil(hub, school_matches, "suggest_schools", lambda typed, *_: typed.name == "Ash Lane")
    out = check_told(hub, "schools", "match", "--json", about=ann)
    assert [len(each["suggestions"]) for each in json.loads(out)["waiting"]] == [0, 1]


def test_checks_go_on_after_one_that_has_a_bug(hub: Hub, tmp_path: Path) -> None:
    from eb_sync.doctor import run
    from eb_sync.store import backup

    hub.sync()
    spoil(hub, run, "check_disk", lambda *_: True)
    done = hub.run("doctor", "--json")
    found = {each["check"]: each["level"] for each in json.loads(done.err[done.err.index("{") :])["checks"]}
    assert (done.code, found["disk"], found["policy"]) == (70, "fault", "ok")
    assert SECRET not in done.err
    hub.patch.setenv("EBSYNC_BACKUP__FOLDER", str(tmp_path / "backups"))
    hub.run("nightly")
    hub.at("2019-09-03 09:00")
    hub.run("nightly")
    first, second = sorted((tmp_path / "backups").glob("*.sqlite"))
    spoil(hub, backup, "check_backup", lambda path: path == first)
    out = check_told(hub, "backup", "check", "--all", "--json", about=first.name, code=74)
    assert {each["file"]: each["sound"] for each in json.loads(out)["backups"]} == {
        str(first): False,
        str(second): True,
    }


@pytest.mark.every_database
def test_a_person_who_cannot_be_blanked_keeps_no_other_name(hub: Hub, held: dict[str, str]) -> None:
    from eb_sync.nightly import retention
    from eb_sync.people.erase import erase_person

    assert held
    hub.do("invoices", "--yes")
    hub.patch.setenv("EBSYNC_RETENTION__APPLY", "true")
    hub.at("2024-01-05 02:00")
    with hub.patch.context() as patch:
        patch.setattr(retention, "erase_person", failing_at(erase_person, lambda *it: 1 in it[2].person_ids))
        steps = json.loads(check_told(hub, "nightly", "--json", about="Person 1"))["steps"]
    (step,) = [step for step in steps if step["step"] == "retention"]
    assert (step["exit_code"], step["counts"]["persons"]) == (3, 3)
    named = [each["teacher"] for each in hub.do("charges", "fractions", "--json").json()["decisions"]]
    assert sorted(filter(None, named)) == ["Teacher Ann"]
    hub.do("nightly")
    hub.do("verify")


def test_a_reminder_that_cannot_be_written_keeps_no_other(hub: Hub) -> None:
    from eb_sync.messages import reminders

    event = hub.event("Fractions", "2019-11-05 10:00", "2019-11-05 15:00", slug="fractions")
    ann = hub.book(event, "Teacher Ann")
    hub.book(event, "Teacher Bob")
    hub.at("2019-11-03 18:00")
    hub.sync()
    hub.patch.setenv("EBSYNC_REMINDERS", "true")
    spoil(hub, reminders, "_content", lambda _picture, _workshop, seat: seat.booking.id == ann)
    check_told(hub, "messages", "--dry-run", "mails", about=ann, code=0)  # as of all that is left out of a dry run
    assert len(list((hub.folder / "mails").iterdir())) == 1
