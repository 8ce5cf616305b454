"""A hub in which every word about a person is unmistakable: planted wherever Eventbrite and leads can put one.

`ZZPLANTED` and `QUORRINGTON` are in every name, e-mail address, answer to a question that ebsync does not ask, and in
every broken row and error body. What is typed into the questions for school and role has marks of its own, and so have
the hosts of addresses: these are kept as answers about schools (`typed_schools`, `typed_roles`).
"""

from __future__ import annotations

import contextlib
import csv
import io
import json
import logging
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pytest
import sqlalchemy as sa
from flask import Response

from eb_sync.sandbox.alterations import _ON_ROWS  # what a malformed row has in it
from eb_sync.sandbox.faults import Fault, FaultKind
from eb_sync.sandbox.refusals import Refusal
from eb_sync.sandbox.requested import SCHOOL_QUESTIONS, Ticket
from eb_sync.sandbox.server import SandboxServer
from eb_sync.sandbox.world import World
from eb_sync.store.tables import METADATA
from tests.databases import ready_database
from tests.hub import BEGINNING, SETTINGS, Hub, Result
from tests.mail_server import serving

PERSON, SURNAME = "zzplanted", "quorrington"
HOST = "zzhost"
IN_SCHOOL, IN_ROLE = "zzschoolbox", "zzrolebox"
OTHER_QUESTIONS = ("Dietary or access needs", "Anything else?", "Your full name")


@dataclass
class Planted:
    """What the story left behind."""

    said: list[tuple[tuple[str, ...], Result]] = field(default_factory=list)
    """Each command line with what it came to, in order."""
    logged: io.StringIO = field(default_factory=io.StringIO)
    """Everything that any library logs."""
    cells: dict[str, str] = field(default_factory=dict)
    """By table and column: every value of it, as text."""
    files: dict[str, bytes] = field(default_factory=dict)
    """By name: what was written to files, the database's left out."""
    backup: bytes = b""
    """The backup's bytes once the people tables in it were emptied."""

    def of(self, *names: str) -> str:
        """All that these commands wrote to stdout."""
        return "\n".join(result.out for words, result in self.said if words[0] in names)


@contextlib.contextmanager
def planted_hub(kind: str, folder: Path, planted: Planted) -> Iterator[Hub]:
    """A hub whose every command is noted, with the logs of all libraries at their most talkative."""
    world = World(BEGINNING)
    world.create_organization("Sample Hub", organization_id="7001")
    with ready_database(kind, folder) as url, SandboxServer(world) as server, pytest.MonkeyPatch.context() as patch:
        for name, value in {**SETTINGS, "EBSYNC_EVENTBRITE_URL": server.url, "EBSYNC_DATABASE_URL": url}.items():
            patch.setenv(name, value)
        patch.setenv("XDG_CONFIG_HOME", str(folder))
        patch.setattr("eb_sync.eventbrite.client.time.sleep", lambda _seconds: None)
        patch.chdir(folder)
        _mark_errors(patch)
        hub = NotingHub(world, server, patch, folder, planted=planted)
        hub.at("2019-09-02 09:00")
        with _everything_logged(planted.logged):
            yield hub


@dataclass
class NotingHub(Hub):
    """Keeps what every command came to."""

    planted: Planted = field(default_factory=Planted)

    def run(self, *arguments: str) -> Result:
        result = super().run(*arguments)
        self.planted.said.append((arguments, result))
        return result


@contextlib.contextmanager
def _everything_logged(into: io.StringIO) -> Iterator[None]:
    chosen = [logging.getLogger(name) for name in ("", "eb_sync", "urllib3", "alembic")]
    before = [logger.level for logger in chosen]
    handler = logging.StreamHandler(into)
    logging.getLogger().addHandler(handler)
    for logger in chosen:
        logger.setLevel(logging.DEBUG)
    try:
        yield
    finally:
        logging.getLogger().removeHandler(handler)
        for logger, level in zip(chosen, before, strict=True):
            logger.setLevel(level)


def _mark_errors(patch: pytest.MonkeyPatch) -> None:
    """Errors and broken rows that repeat what they are about, as servers do."""

    def refuse(refusal: Refusal) -> Response:
        body = {**refusal.body, "error_description": person("Body"), "error_detail": {person("Detail"): person("Why")}}
        return Response(json.dumps(body), refusal.status, mimetype="application/json")

    def malform(_: Fault, row: dict[str, Any]) -> None:
        row |= {"created": person("Created"), "checked_in": person("Flag"), person("Key"): person("Value")}
        row["profile"] = {"name": [person("Listed")], "email": {address("nested"): 1}}
        row["answers"] = [person("Bare"), {"question": [person("Asked")], "answer": {person("Told"): ""}}]
        row["barcodes"] = [{"status": [person("Barcode")], "changed": person("Changed")}]

    patch.setattr("eb_sync.sandbox.corrupted.render_refusal", refuse)
    patch.setitem(_ON_ROWS, FaultKind.MALFORMED_ROW, (("attendees",), malform))


def person(first: str) -> str:
    """A name that is a mark."""
    return f"Zzplanted {first} Quorrington"


def address(first: str) -> str:
    """An address whose local part is a mark, at a host with a mark of its own."""
    return f"zzplanted.{first.lower()}.quorrington@mail.zzhost.example"


def _ticket(first: str, **school: str) -> Ticket:
    answers = {
        "School name": "Ash Lane Primary",
        "School URN": "800001",
        "Your role in school": "Maths Lead",
        **school,
        "Dietary or access needs": f"{person(first)} has a zzplanted-allergy",
        "Anything else?": f"Ring {person(first)}, {address(first)}",
        "Your full name": person(first),
    }
    return Ticket(person(first), address(first), answers, company=person("Company"), job_title=person("Job"))


def play(hub: Hub) -> None:
    """A term: bookings read well and badly, a workshop and its register, money both ways, and every overview."""
    fractions = hub.event(
        "Fractions",
        "2019-11-05 10:00",
        "2019-11-05 15:00",
        slug="fractions",
        questions=(*SCHOOL_QUESTIONS, *OTHER_QUESTIONS),
    )
    ratio = hub.event("Ratio", "2019-11-12 10:00", "2019-11-12 15:00", slug="ratio", questions=(*OTHER_QUESTIONS,))
    seats = _book(hub, fractions, ratio)
    _read(hub, fractions, ratio, seats)
    _hold_register(hub, seats)
    _bill(hub, seats)
    _look(hub)


def _book(hub: Hub, fractions: str, ratio: str) -> list[str]:
    elm = {"School name": "Elm Nursery", "School URN": ""}
    odd = {"School name": f"{IN_SCHOOL} school", "School URN": "", "Your role in school": f"{IN_ROLE} role"}
    tickets = [_ticket(first) for first in ("Ann", "Bob", "Cat", "Dan")]
    tickets += [_ticket("Eve", **elm), _ticket("Fay", **elm), _ticket("Gus", **odd)]
    tickets.append(Ticket(person("Hal"), address("hal"), {}, company=f"{IN_SCHOOL} firm", job_title=f"{IN_ROLE} job"))
    seats = [hub.world.book(fractions, (ticket,))[0] for ticket in tickets]
    seats += hub.world.book(fractions, [Ticket(person("Ida"), address("ida"), {}) for _ in range(2)])
    for first in ("Jon", "Kim", "Lou", "Mia", "Ned", "Oz"):
        others = {label: person(first) for label in OTHER_QUESTIONS}
        hub.world.book(ratio, (Ticket(person(first), address(first), others),))
    return seats


def _read(hub: Hub, fractions: str, ratio: str, seats: list[str]) -> None:
    hub.do("doctor")
    hub.sync()
    hub.add_schools()
    for kind in (FaultKind.RATE_LIMITED, FaultKind.INTERNAL_ERROR, FaultKind.NOT_AUTHORIZED, FaultKind.TRUNCATED):
        hub.world.faults.order(Fault(kind, "", times=50, reset_seconds=3000))
        assert hub.run("sync").code in {75, 76, 77}
        assert hub.run("nightly", "--json").code in {75, 76, 77}
        hub.run("doctor")
        hub.world.faults.clear()
    hub.world.faults.order(Fault(FaultKind.MALFORMED_ROW, f"/events/{fractions}/", times=50, row_id=seats[0]))
    hub.at("2019-11-03 12:00")
    assert hub.run("sync", "--json").code == 3
    hub.do("status")
    hub.do("status", "--json")
    hub.world.faults.clear()
    _send_messages(hub)
    hub.world.cancel(seats[1])
    hub.world.edit(seats[2], name=person("Renamed"), email=address("renamed"))
    hub.at("2019-11-04 18:00")
    hub.world.cancel(seats[3])
    hub.do("sync")
    hub.world.faults.order(Fault(FaultKind.EMPTY_LIST, f"/events/{ratio}/", times=50))
    for attendee in hub.world.attendees_of(ratio)[:4]:
        hub.world.cancel(attendee.id)
    hub.at("2019-11-05 10:05")
    hub.world.check_in(seats[2])
    assert hub.run("sync").code == 65
    hub.world.faults.clear()


def _send_messages(hub: Hub) -> None:
    """Messages to everybody, of which one is refused; the server's answers repeat addresses, as servers do."""
    with serving() as box:
        box.refused = {address("eve"): f"550 5.1.1 <{address('eve')}>: {person('Eve')} is unknown here"}
        settings = {
            "SMTP__HOST": "127.0.0.1",
            "SMTP__PORT": str(box.port),
            "SMTP__SECURITY": "none",
            "SMTP__FROM": f"{person('From')} <{address('from')}>",
            "LEADS": f"*={address('lead')}",
            "FINANCE_EMAIL": address("money"),
            "REMINDERS": "true",
        }
        for name, value in settings.items():
            hub.patch.setenv(f"EBSYNC_{name}", value)
        assert hub.run("messages", "--json").code == 3
        assert box.to(address("bob"))
        hub.run("messages")
        hub.do("messages", "unsubscribe", address("dan"))
        hub.refused("messages", "unsubscribe", address("nobody"))
        for name in settings:
            hub.patch.delenv(f"EBSYNC_{name}")


def _hold_register(hub: Hub, seats: list[str]) -> None:
    references = [f"B{seat}" for seat in seats]
    hub.at("2019-11-05 15:30")
    hub.run("sync")
    walk_in = ("attendance", "walk-in", "fractions", "--name")
    hub.do(*walk_in, person("Walker"), "--school", "Elm Nursery", "--replaces", references[4])
    passer = hub.do(*walk_in, person("Passer"), "--school", "Somewhere Else")
    hub.do("register", "fractions", "--format", "csv", "-o", "register.csv")
    _import_notes(hub)
    hub.do("attendance", "import", "fractions", "register.csv")
    hub.do("attendance", "mark", "fractions", address("ann"), "absent")
    hub.refused("attendance", "mark", "fractions", person("Nobody"), address("nobody"), "present")
    hub.refused("attendance", "mark", "fractions", SURNAME, "present")
    notice = ("--received-at", "2019-11-01 09:00", "--channel", "email")
    hub.refused("notice", "add", "fractions", "--school", "Nowhere", *notice)
    hub.do("notice", "add", "fractions", person("Cat").replace("Cat", "Renamed"), *notice)
    hub.do("attendance", "close", "fractions", "--rest-absent")
    claim = ("exempt", "add", "--kind", "extenuating", "--workshop", "fractions", "--code", "illness")
    claimed = hub.do(*claim, "--booking", references[0])
    hub.do("review")
    hub.do("review", "--json")
    hub.do("explain", "fractions", address("ann"))
    hub.do("exempt", "refuse", claimed.facts[0])
    hub.do("retract", passer.facts[0])


def _import_notes(hub: Hub) -> None:
    """A register in which somebody wrote about people where a word for attendance belongs, and in the wrong column."""
    rows = list(csv.DictReader((hub.folder / "register.csv").read_text(encoding="utf-8-sig").splitlines()))
    rows[0]["attendance"] = f"{person('Note')} is ill"
    rows[1]["booking_ref"] = person("Shifted")
    rows[2]["workshop_id"] = person("Workshop")
    with (hub.folder / "noted.csv").open("w", encoding="utf-8", newline="") as file:
        writer = csv.DictWriter(file, list(rows[0]))
        writer.writeheader()
        writer.writerows(rows)
    assert "row 2" in hub.refused("attendance", "import", "fractions", "noted.csv")
    (hub.folder / "noted.csv").unlink()


def _bill(hub: Hub, seats: list[str]) -> None:
    hub.run("invoices", "--dry-run")
    hub.run("invoices", "--dry-run", "--json")
    assert hub.run("invoices", "--yes", "-o", "out", "--json").json()["issued"]
    hub.do("export", "charges", "-o", "charges.csv")
    hub.at("2019-11-06 09:00")
    inspected = ("--school", "800001", "--from", "2019-11-04", "--to", "2019-11-06", "--approved-by", "Jo")
    hub.do("exempt", "add", "--kind", "ofsted", *inspected)
    hub.run("invoices", "--yes", "-o", "out")
    hub.do("credit", "INV-000002", "--reason", "Agreed with the school")
    hub.do("review", "decide", "fractions", f"B{seats[7]}", "waive")
    hub.run("invoices", "--yes")
    hub.do("export", "charges")
    hub.do("export", "charges", "--since", "2019-11-01")
    hub.do("export", "invoices", "-o", "again")


def _look(hub: Hub) -> None:
    for command in ("workshops", "charges", "status", "verify", "review"):
        hub.do(command)
        hub.do(command, "--json")
    for command in ("check", "nightly", "invoices"):
        hub.run(command)
        hub.run(command, "--json")
    hub.do("schools", "list", "--json")
    hub.do("register", "fractions", "--format", "csv", "-o", "record.csv")
    hub.do("register", "fractions", "--format", "pdf", "-o", "record.pdf")
    hub.do("explain", "fractions", address("ann"), "--format", "pdf", "-o", "why.pdf")
    hub.do("certificates", "fractions", "-o", "certificates", "--lead", "Jo Lead")
    hub.do("report", "autumn-2019", "-o", "report.pdf")
    hub.do("backup", "backup.sqlite")
    hub.do("policy", "show")


def read_cells(url: str) -> dict[str, str]:
    """Every value of every column of every table, ebsync's or not, as text."""
    engine = sa.create_engine(url)
    found = sa.MetaData()
    found.reflect(engine)
    assert {table.name for table in METADATA.sorted_tables} < {table.name for table in found.sorted_tables}
    with engine.connect() as connection:
        cells = {
            f"{table.name}.{column.name}": "\n".join(map(_as_text, connection.scalars(sa.select(column))))
            for table in found.sorted_tables
            for column in table.columns
        }
    engine.dispose()
    return cells


def _as_text(value: object) -> str:
    if isinstance(value, bytes):
        return text_of_pdf(value)
    return value if isinstance(value, str) else json.dumps(value, default=str, ensure_ascii=False)


def text_of_pdf(content: bytes) -> str:
    """What stands on the pages, and what the file says about itself."""
    from pypdf import PdfReader  # slow to load

    reader = PdfReader(io.BytesIO(content))
    return "\n".join([str(reader.metadata), *(page.extract_text() for page in reader.pages)])
