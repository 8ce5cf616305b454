"""No name, e-mail address or health detail outside the people tables: planted everywhere, then looked for."""

from __future__ import annotations

import os
import re
import sqlite3
from collections.abc import Iterable
from contextlib import closing
from pathlib import Path

import pytest

from tests.databases import DATABASES
from tests.e2e.planted import (
    HOST,
    IN_ROLE,
    IN_SCHOOL,
    PERSON,
    SURNAME,
    Planted,
    planted_hub,
    play,
    read_cells,
    text_of_pdf,
)

PEOPLE = {
    "persons.name_key",
    "persons.email_key",
    "profiles.name",
    "profiles.email",
    "held_reads.content",
}
"""The only columns that may hold a word about a person (DESIGN section 2)."""
SCHOOL_WORDS = {"typed_schools.name", "typed_schools.name_key", "held_reads.content"}
ROLE_WORDS = {"typed_roles.role", "held_reads.content"}
HOSTS = {"persons.email_key", "profiles.email", "typed_schools.email_host", "held_reads.content"}
FOR_LEADS = ("register", "charges", "review", "explain", "attendance", "notice")
"""Commands that show names, because leads need them."""
SAY_BACK = (*FOR_LEADS, "exempt", "retract", "check")
"""Those, and what names whoever it is about only where somebody is."""


@pytest.fixture(scope="module", params=DATABASES)
def planted(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Planted:
    folder = tmp_path_factory.mktemp("planted")
    planted = Planted()
    with planted_hub(request.param, folder, planted) as hub:
        play(hub)
        planted.cells = read_cells(os.environ["EBSYNC_DATABASE_URL"])
    planted.backup = _without_people(folder / "backup.sqlite")
    planted.files = {
        str(path.relative_to(folder)): path.read_bytes()
        for path in sorted(folder.rglob("*"))
        if path.is_file() and ".sqlite" not in path.name
    }
    return planted


def _without_people(backup: Path) -> bytes:
    with closing(sqlite3.connect(backup, isolation_level=None)) as connection:
        for statement in ("DELETE FROM persons", "DELETE FROM profiles", "DELETE FROM held_reads", "VACUUM"):
            connection.execute(statement)
    return backup.read_bytes()


def marks_in(text: str, *marks: str) -> list[str]:
    """Each mark found, with what is around it."""
    return re.findall(rf"(?i).{{0,60}}(?:{'|'.join(marks or (PERSON, SURNAME))}).{{0,30}}", text)


def columns_with(planted: Planted, *marks: str) -> set[str]:
    return {column for column, text in planted.cells.items() if marks_in(text, *marks)}


def first_marks(texts: Iterable[tuple[object, str]]) -> list[tuple[object, str]]:
    return [(where, found[0]) for where, text in texts if (found := marks_in(text))]


def test_only_the_people_tables_hold_names_and_addresses(planted: Planted) -> None:
    assert columns_with(planted) == PEOPLE
    assert columns_with(planted, "allergy", "is ill") <= {"held_reads.content"}
    assert columns_with(planted, HOST) == HOSTS


def test_what_is_typed_as_school_and_role_stays_where_schools_and_roles_are_kept(planted: Planted) -> None:
    assert columns_with(planted, IN_SCHOOL) == SCHOOL_WORDS - {"held_reads.content"}
    assert columns_with(planted, IN_ROLE) == ROLE_WORDS - {"held_reads.content"}


def test_nothing_of_a_person_is_left_in_a_database_file_without_its_people_tables(planted: Planted) -> None:
    assert b"Ash Lane Primary" in planted.backup
    assert not marks_in(planted.backup.decode("latin-1"))


def test_no_message_and_no_log_shows_a_person(planted: Planted) -> None:
    marks = (PERSON, SURNAME, HOST)
    assert not [(words, found) for words, result in planted.said if (found := marks_in(result.err, *marks))]
    assert "/attendees/" in planted.logged.getvalue()  # the libraries did log
    assert not marks_in(planted.logged.getvalue(), *marks)[:3]
    assert not [words for words, result in planted.said if "bug" in result.err]


def test_only_the_command_that_unblocks_an_invoice_repeats_what_was_typed_as_school(planted: Planted) -> None:
    repeats = {words[0] for words, result in planted.said if marks_in(result.err, IN_SCHOOL, IN_ROLE)}
    assert repeats == {"invoices"}


def test_overviews_and_plans_show_no_person(planted: Planted) -> None:
    shown = [(words, result.out) for words, result in planted.said if words[0] not in SAY_BACK]
    assert {words[0] for words, _ in shown} >= {"sync", "nightly", "status", "doctor", "verify", "invoices", "export"}
    assert first_marks(shown) == []


@pytest.mark.parametrize("command", FOR_LEADS[1:])
def test_leads_see_the_names(planted: Planted, command: str) -> None:
    assert marks_in(planted.of(command))


def test_registers_and_certificates_show_the_names_and_no_other_file_does(planted: Planted) -> None:
    files = {
        name: text_of_pdf(content) if name.endswith(".pdf") else content.decode()
        for name, content in planted.files.items()
    }
    named = {name for name, text in files.items() if marks_in(text)}
    certificates = {name for name in named if name.startswith("certificates/certificate-")}
    assert certificates
    assert named - certificates == {"register.csv", "record.csv", "record.pdf"}
    assert {
        "why.pdf",
        "report.pdf",
        "charges.csv",
        "out/INV-000001.pdf",
        "out/CN-000001.pdf",
        "again/INV-000001.pdf",
    } <= set(files)


def test_documents_call_a_teacher_by_initials(planted: Planted) -> None:
    assert "Z.A.Q." in planted.cells["documents.content"]
    assert "Z.A.Q." in planted.cells["documents.pdf"]
    assert "Z.A.Q." in text_of_pdf(planted.files["out/INV-000001.pdf"])
