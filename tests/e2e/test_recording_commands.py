"""What leads record, and what is refused: every line of DESIGN 6's "Refused with 2" that belongs here."""

from __future__ import annotations

import csv
import io
from dataclasses import dataclass

import openpyxl
import pytest

from tests.hub import ASH, ELM, Hub

pytestmark = pytest.mark.every_database


@dataclass
class Day:
    """A single workshop on its day: three bookings, the register open."""

    hub: Hub
    event: str
    ann: str
    bob: str
    cat: str


@pytest.fixture
def day(hub: Hub) -> Day:
    event = hub.event("Fractions", "2019-11-05 10:00", "2019-11-05 15:00", slug="fractions")
    day = Day(hub, event, hub.book(event, "Ann Archer"), hub.book(event, "Bob Baker"), hub.book(event, "Cat Cole", ELM))
    hub.sync()
    hub.at("2019-11-05 10:30")
    return day


def test_workshops_are_listed_with_counts_and_state(day: Day) -> None:
    listed = day.hub.do("workshops", "--json").json()["workshops"]
    assert listed == [
        {
            "id": day.event,
            "slug": "fractions",
            "day": None,
            "title": "Fractions",
            "starts_at": "2019-11-05T10:00:00Z",
            "ends_at": "2019-11-05T15:00:00Z",
            "state": "running",
            "deadline_at": "2019-11-04T10:00:00Z",
            "active": 3,
            "cancelled": 0,
            "vanished": 0,
            "walk_ins": 0,
            "unmarked": 3,
            "closed_at": None,
            "last_read_at": "2019-09-02T08:00:00Z",
        }
    ]
    assert max(len(line) for line in day.hub.do("workshops").out.splitlines()) <= 80


def test_a_workshop_answers_to_all_its_names(day: Day) -> None:
    for name in (day.event, "fractions", "fractions/1", "fractions@2019-11-05", f"{day.event}/1"):
        assert day.hub.do("charges", name, "--json").json()["workshop"]["id"] == day.event
    assert "fractions" in day.hub.refused("charges", "fractoins")
    assert "fractions@2019-11-05" in day.hub.refused("charges", "fractions@2019-11-06")
    day.hub.refused("charges", "fractions@tuesday")


def test_marks_are_facts_and_the_newest_counts(day: Day) -> None:
    hub = day.hub
    first = hub.do("attendance", "mark", "fractions", day.ann, "bob.baker@ash.example.org", "cole", "absent")
    assert len(first.facts) == 3
    hub.do("attendance", "mark", "fractions", day.ann, "late")
    assert hub.decisions("fractions")[day.ann] == ("attended", "attended")
    hub.do("attendance", "mark", "fractions", day.ann, "unmarked")
    assert hub.decisions("fractions")[day.ann] == ("pending", "not_over")
    assert hub.do("attendance", "mark", "fractions", day.ann, "present", "--json").json()["fact_ids"]


def test_marks_that_cannot_be_are_refused(day: Day) -> None:
    hub = day.hub
    assert "no mark" in hub.refused("attendance", "mark", "fractions", day.ann, "there")
    assert "which bookings" in hub.refused("attendance", "mark", "fractions", "present")
    assert day.ann in hub.refused("attendance", "mark", "fractions", day.ann[:-1] + "X", "present")
    hub.at("2019-11-05 10:30")
    walk_in = hub.do("attendance", "walk-in", "fractions", "--name", "Sam Sample", "--school", "Ash Lane Primary")
    assert len(walk_in.facts) == 1
    assert "retract" in hub.refused("attendance", "mark", "fractions", "W1", "absent")
    hub.do("attendance", "mark", "fractions", "W1", "left-early")


def test_before_the_start_nothing_can_be_marked_or_closed(hub: Hub) -> None:
    event = hub.event("Later", "2019-11-05 10:00", "2019-11-05 15:00", slug="later")
    ann = hub.book(event, "Ann Archer")
    hub.sync()
    assert "has not begun" in hub.refused("attendance", "mark", "later", ann, "present")
    assert "has not begun" in hub.refused("attendance", "close", "later", "--nobody-came")


def test_a_register_closes_only_when_every_expected_place_is_marked(day: Day) -> None:
    hub = day.hub
    assert "--nobody-came" in hub.refused("attendance", "close", "fractions")
    assert "--nobody-came" in hub.refused("attendance", "close", "fractions", "--rest-absent")
    hub.do("attendance", "mark", "fractions", day.ann, "present")
    message = hub.refused("attendance", "close", "fractions", code=3)
    assert day.bob in message
    assert day.cat in message
    assert hub.run("attendance", "close", "fractions", "--json").json() == {"fact_ids": []}
    assert hub.do("workshops", "--json").json()["workshops"][0]["closed_at"] is None
    hub.refused("attendance", "close", "fractions", "--rest-absent", "--nobody-came")
    assert "contradicts" in hub.refused("attendance", "close", "fractions", "--nobody-came")
    assert len(hub.do("attendance", "close", "fractions", "--rest-present").facts) == 3
    assert "closed already" in hub.refused("attendance", "close", "fractions", "--rest-absent")
    assert "reopen" in hub.refused("attendance", "walk-in", "fractions", "--name", "Sam", "--school", "Elm")
    hub.do("attendance", "mark", "fractions", day.bob, "absent")
    hub.do("attendance", "reopen", "fractions")
    assert "is open" in hub.refused("attendance", "reopen", "fractions")


def test_nobody_came_marks_everybody_absent(day: Day) -> None:
    assert len(day.hub.do("attendance", "close", "fractions", "--nobody-came").facts) == 4


def test_a_walk_in_replaces_a_colleague(day: Day) -> None:
    hub = day.hub
    hub.refused("attendance", "walk-in", "fractions", "--name", " ", "--school", "Elm")
    hub.do("attendance", "walk-in", "fractions", "--name", "Sam Sample", "--school", "Ash", "--replaces", day.ann)
    decisions = hub.decisions("fractions")
    assert decisions[day.ann] == ("replaced", "replaced")
    assert decisions["W1"] == ("attended", "attended")
    walk_in = hub.do("charges", "fractions", "--json").json()["decisions"][-1]
    assert (walk_in["booking_id"], walk_in["attendee_id"], walk_in["teacher"]) == ("W1", None, "Sam Sample")


def test_a_substitute_with_a_booking_of_their_own(day: Day) -> None:
    hub = day.hub
    hub.do("attendance", "mark", "fractions", day.bob, "present")
    hub.do("attendance", "substitute", "fractions", day.bob, "--replaces", day.ann)
    assert hub.decisions("fractions")[day.ann] == ("replaced", "replaced")
    assert "itself" in hub.refused("attendance", "substitute", "fractions", day.bob, "--replaces", day.bob)


def test_our_own_register_comes_back_unchanged_and_a_filled_one_marks(day: Day) -> None:
    hub = day.hub
    hub.do("attendance", "mark", "fractions", day.ann, "present")
    hub.do("register", "fractions", "--format", "csv", "-o", "register.csv")
    assert hub.do("attendance", "import", "fractions", "register.csv").facts == []
    rows = list(csv.DictReader(io.StringIO((hub.folder / "register.csv").read_text(encoding="utf-8"))))
    assert {row["booking_ref"]: row["attendance"] for row in rows}[day.ann] == "present"
    hub.do("register", "fractions", "--format", "xlsx", "-o", "register.xlsx")
    book = openpyxl.load_workbook(hub.folder / "register.xlsx")
    sheet = book["Register"]
    for number in range(2, sheet.max_row + 1):
        sheet.cell(number, 7).value = sheet.cell(number, 7).value or "Absent"
    book.save(hub.folder / "filled.xlsx")
    dry = hub.do("attendance", "import", "fractions", "filled.xlsx", "--dry-run")
    assert "2 marks would be" in dry.err
    assert len(hub.do("attendance", "import", "fractions", "filled.xlsx").facts) == 2
    assert hub.do("attendance", "import", "fractions", "filled.xlsx").facts == []


def test_registers_that_cannot_be_imported_write_nothing(day: Day) -> None:
    hub = day.hub
    hub.do("register", "fractions", "--format", "csv", "-o", "register.csv")
    text = (hub.folder / "register.csv").read_text(encoding="utf-8")
    (hub.folder / "other.csv").write_text(text.replace(day.event, "999"), encoding="utf-8")
    assert "of workshop 999" in hub.refused("attendance", "import", "fractions", "other.csv")
    (hub.folder / "mangled.csv").write_text(text.replace(day.ann, "B1.1E+10"), encoding="utf-8")
    assert "row 2 has a booking_ref that a spreadsheet has rounded" in hub.refused(
        "attendance", "import", "fractions", "mangled.csv"
    )
    (hub.folder / "others.csv").write_text(text.replace(day.ann, "B77"), encoding="utf-8")
    assert "row 2 has a booking that is not here: B77" in hub.refused("attendance", "import", "fractions", "others.csv")
    (hub.folder / "word.csv").write_text(text.replace("active,,", "active,maybe,"), encoding="utf-8")
    assert "row 2, row 3, row 4 has an attendance that is none" in hub.refused(
        "attendance", "import", "fractions", "word.csv"
    )
    header, first, *rest = text.splitlines(keepends=True)
    doubled = [header, first.replace("active,,", "active,late,"), first.replace("active,,", "active,absent,"), *rest]
    (hub.folder / "doubled.csv").write_text("".join(doubled), encoding="utf-8")
    assert "and row 2 late" in hub.refused("attendance", "import", "fractions", "doubled.csv")
    (hub.folder / "notes.csv").write_text("a,b\n1,2\n", encoding="utf-8")
    assert "no column" in hub.refused("attendance", "import", "fractions", "notes.csv")
    (hub.folder / "notes.odt").write_text("hello", encoding="utf-8")
    assert "neither" in hub.refused("attendance", "import", "fractions", "notes.odt")
    (hub.folder / "broken.xlsx").write_text("hello", encoding="utf-8")
    assert "spreadsheet" in hub.refused("attendance", "import", "fractions", "broken.xlsx")
    assert "cannot be read" in hub.refused("attendance", "import", "fractions", "nowhere.csv")
    hub.do("attendance", "close", "fractions", "--nobody-came")
    assert "reopen" in hub.refused("attendance", "import", "fractions", "register.csv")


def test_registers_are_written_in_every_format_and_never_over_a_file(day: Day) -> None:
    hub = day.hub
    assert hub.do("register", "fractions", "--format", "csv").out.startswith("workshop_id,booking_ref,teacher")
    assert hub.do("register", "fractions").out == "register-fractions-2019-11-05.pdf\n"
    assert "exists already" in hub.refused("register", "fractions", code=73)
    hub.do("attendance", "close", "fractions", "--nobody-came")
    hub.do("register", "fractions", "-o", "record.pdf", "--lead", "Jo Sample")
    assert (hub.folder / "record.pdf").read_bytes().startswith(b"%PDF")


def test_notice_counts_from_when_it_was_received(day: Day) -> None:
    hub = day.hub
    hub.do("notice", "add", "fractions", day.ann, "--received-at", "2019-11-04 10:00", "--channel", "email")
    hub.do(
        "notice",
        "add",
        "fractions",
        "--school",
        "elm nursery",
        "--received-at",
        "2019-11-04T09:00:00Z",
        "--channel",
        "phone",
    )
    decisions = hub.decisions("fractions")
    assert decisions[day.ann] == decisions[day.cat] == ("notice_in_time", "notice_in_time")
    notice = hub.do("charges", "fractions", "--json").json()["decisions"][0]["notice"]
    assert notice == {
        "earliest_at": "2019-11-04T10:00:00Z",
        "latest_at": "2019-11-04T10:00:00Z",
        "verdict": "in_time",
        "channel": "email",
    }


@pytest.mark.parametrize(
    ("instant", "says"),
    [
        ("2019-11-06 10:00", "future"),
        ("2019-08-01 10:00", "before"),
        ("2019-10-27 01:30", "happens twice"),
        ("2019-03-31 01:30", "does not exist"),
        ("2019-11-04", "time of day is missing"),
        ("yesterday", "not an instant"),
    ],
)
def test_impossible_notice_is_refused(day: Day, instant: str, says: str) -> None:
    message = day.hub.refused("notice", "add", "fractions", day.ann, "--received-at", instant, "--channel", "email")
    assert says in message


def test_notice_is_about_bookings_or_a_school(day: Day) -> None:
    given = ("--received-at", "2019-11-04 09:00", "--channel", "email")
    day.hub.refused("notice", "add", "fractions", *given)
    day.hub.refused("notice", "add", "fractions", day.ann, "--school", "Elm Nursery", *given)
    assert "Elm Nursery" in day.hub.refused("notice", "add", "fractions", "--school", "Elm Nursary", *given)
    day.hub.do("attendance", "walk-in", "fractions", "--name", "Sam", "--school", "Elm Nursery")
    assert "walked in" in day.hub.refused("notice", "add", "fractions", "W1", *given)


def test_exemptions_are_claimed_approved_refused_and_revoked(day: Day) -> None:
    hub = day.hub
    add = ("exempt", "add", "--kind", "extenuating", "--workshop", "fractions", "--code", "illness")
    claim = hub.do(*add, "--booking", day.ann, "--evidence-seen").facts[0]
    assert hub.do("exempt", "approve", claim).facts
    assert hub.decisions("fractions")[day.ann] == ("exempt", "extenuating")
    again = hub.do("exempt", "approve", claim)
    assert (again.facts, "already" in again.err) == ([], True)
    hub.do("exempt", "revoke", claim)
    assert "revoked" in hub.refused("exempt", "refuse", claim)
    by_school = hub.do(*add, "--school", "Elm Nursery", "--approved-by", "Jo").facts[0]
    assert hub.decisions("fractions")[day.cat] == ("exempt", "extenuating")
    hub.do("retract", by_school)
    assert hub.decisions("fractions")[day.cat] == ("pending", "not_over")
    assert "no exemption" in hub.refused("exempt", "approve", "99999")
    refused = hub.do(*add, day.bob).facts[0]
    hub.do("exempt", "refuse", refused)
    hub.refused("exempt", "revoke", refused)


def test_incomplete_exemptions_are_refused(day: Day) -> None:
    hub = day.hub
    hub.refused("exempt", "add", "--kind", "ofsted", "--school", "Elm Nursery", "--from", "2019-11-04")
    hub.refused(
        "exempt", "add", "--kind", "ofsted", "--school", "Elm Nursery", "--from", "2019-11-05", "--to", "2019-11-04"
    )
    hub.refused("exempt", "add", "--kind", "ofsted", "--school", "Elm Nursery", "--from", "x", "--to", "2019-11-04")
    hub.refused(
        "exempt",
        "add",
        "--kind",
        "ofsted",
        "--school",
        "Elm Nursery",
        "--from",
        "2019-11-04",
        "--to",
        "2019-11-05",
        "--code",
        "other",
    )
    hub.refused("exempt", "add", "--kind", "extenuating", "--workshop", "fractions", "--booking", day.ann)
    hub.refused("exempt", "add", "--kind", "extenuating", "--workshop", "fractions", "--code", "other")
    hub.refused(
        "exempt",
        "add",
        "--kind",
        "extenuating",
        "--workshop",
        "fractions",
        "--code",
        "other",
        "--booking",
        day.ann,
        "--from",
        "2019-11-04",
    )


def test_questions_are_listed_answered_and_withdrawn(day: Day) -> None:
    hub = day.hub
    hub.do(
        "exempt", "add", "--kind", "extenuating", "--workshop", "fractions", "--code", "weather", "--booking", day.ann
    )
    hub.do("attendance", "close", "fractions", "--nobody-came")
    hub.at("2019-11-05 16:00")
    hub.sync()
    reviews = hub.do("review", "--json").json()["reviews"]
    assert [(r["booking_id"], r["reason"], r["answers"], r["since_at"]) for r in reviews] == [
        (day.ann, "exemption_claimed", ["waive"], "2019-11-05T10:30:00Z")
    ]
    assert "exempt approve" in hub.refused("review", "decide", "fractions", day.ann, "charge")
    assert "Nothing is asked" in hub.refused("review", "decide", "fractions", day.bob, "late")
    assert "no answer" in hub.refused("review", "decide", "fractions", day.bob, "perhaps")
    hub.refused("review", "decide", "fractions", "waive")
    assert day.ann in hub.do("review", "fractions").out
    waiver = hub.do("review", "decide", "fractions", day.ann, day.bob, "waive")
    assert len(waiver.facts) == 2
    assert hub.decisions("fractions")[day.bob] == ("waived", "waived")
    assert hub.do("review").out == "Nothing waits.\n"
    retraction = hub.do("retract", waiver.facts[1])
    assert hub.decisions("fractions")[day.bob] == ("charge", "no_show")
    twice = hub.do("retract", waiver.facts[1])
    assert (twice.facts, "already" in twice.err) == ([], True)
    assert "not something a person said" in hub.refused("retract", retraction.facts[0])
    assert "No person" in hub.refused("retract", "999999")


def test_days_behind_one_page_are_numbered_once(hub: Hub) -> None:
    event = hub.event("Intervention", "2019-11-05 10:00", "2020-06-23 15:00", slug="cmh19")
    ann = hub.book(event, "Ann Archer")
    hub.sync()
    assert hub.decisions("cmh19") == {ann: ("pending", "dates_unknown")}
    assert "not known" in hub.refused("attendance", "close", "cmh19", "--nobody-came")
    days = hub.do("workgroup", "dates", "cmh19", "2019-11-05 10:00/15:00", "2020-01-21 10:00/15:00")
    assert [w["id"] for w in hub.do("workshops", "--json").json()["workshops"]] == [f"{event}/1", f"{event}/2"]
    assert "could mean several" in hub.refused("charges", "cmh19")
    assert "declared already" in hub.refused("workgroup", "dates", "cmh19", "2020-01-21 10:00/15:00")
    hub.do("retract", days.facts[1])
    hub.do("workgroup", "dates", "cmh19", "2020-01-28 10:00/15:00")
    assert hub.do("charges", "cmh19@2020-01-28", "--json").json()["workshop"]["id"] == f"{event}/3"
    for wrong in ("2020-02-30 10:00/15:00", "2020-02-03 15:00/10:00", "2020-02-03 10:00", "2020-02-03 25:00/26:00"):
        hub.refused("workgroup", "dates", "cmh19", wrong)
    assert "cmh19" in hub.refused("workgroup", "dates", "cmh91", "2020-02-03 10:00/15:00")


def test_a_page_in_use_as_one_workshop_cannot_become_several(day: Day) -> None:
    day.hub.do("attendance", "mark", "fractions", day.ann, "present")
    assert "in use" in day.hub.refused("workgroup", "dates", "fractions", "2019-11-05 10:00/15:00")


def test_workshops_are_moved_called_off_and_reinstated(day: Day) -> None:
    hub = day.hub
    hub.do("workshop", "cancel", "fractions", "--reason", "Snow")
    assert set(hub.decisions("fractions").values()) == {("workshop_cancelled", "workshop_cancelled")}
    assert "already" in hub.refused("workshop", "cancel", "fractions", "--reason", "Snow")
    assert "called off" in hub.refused("attendance", "close", "fractions", "--nobody-came")
    hub.do("workshop", "reinstate", "fractions")
    assert "not called off" in hub.refused("workshop", "reinstate", "fractions")
    hub.refused("workshop", "cancel", "fractions", "--reason", " ")
    hub.do("workshop", "move", "fractions", "2019-11-12 10:00/15:00")
    assert hub.do("workshops", "--json").json()["workshops"][0]["starts_at"] == "2019-11-12T10:00:00Z"
    hub.refused("workshop", "move", "fractions", "next week")


def test_schools_wait_until_somebody_says_who_they_are(day: Day) -> None:
    hub = day.hub
    waiting = hub.do("schools", "list", "--json").json()["waiting"]
    assert waiting == [
        {"typed_name": "Ash Lane Primary", "typed_urn": "800001", "booking_ids": [day.ann, day.bob]},
        {"typed_name": "Elm Nursery", "typed_urn": None, "booking_ids": [day.cat]},
    ]
    added = hub.do("schools", "add", "--name", "Elm House", "--address", "2 Elm Road", "--postcode", "ZZ2 2ZZ")
    assert added.out.splitlines()[0] == "P1"
    hub.do("schools", "confirm", "p1", "--typed", "ELM  nursery")
    listed = hub.do("schools", "list", "--json").json()
    assert [entry["typed_name"] for entry in listed["waiting"]] == ["Ash Lane Primary"]
    assert listed["schools"] == [
        {"id": "P1", "urn": None, "name": "Elm House", "address": "2 Elm Road, ZZ2 2ZZ", "source": "added"}
    ]
    assert "P1" in hub.do("schools", "list").out
    assert "Nobody typed" in hub.refused("schools", "confirm", "P1", "--typed", "Oak")
    hub.refused("schools", "confirm", "P9", "--typed", "Elm Nursery")
    hub.refused("schools", "confirm", "P1")
    hub.refused("schools", "confirm", "P1", "--typed", "Elm Nursery", "--booking", day.cat)
    assert "no booking" in hub.refused("schools", "confirm", "P1", "--booking", "B1")
    hub.refused("schools", "add", "--name", "X", "--address", "Y", "--postcode", "Z", "--urn", "12345")
    several = ("--address", "1 Beech Road", "Sampleton", "--postcode", "ZZ3 3ZZ")
    hub.do("schools", "add", "--name", "Beech Hall", *several)
    beech = next(s for s in hub.do("schools", "list", "--json").json()["schools"] if s["name"] == "Beech Hall")
    assert beech["address"] == "1 Beech Road, Sampleton, ZZ3 3ZZ"
    assert len(hub.do("schools", "confirm", beech["id"], "--booking", day.ann, day.bob).facts) == 2
    hub.refused("schools", "add", "--name", " ", "--address", "Y", "--postcode", "Z")


def test_a_contradicting_urn_is_not_confirmed_by_a_name(hub: Hub) -> None:
    event = hub.event("Fractions", "2019-11-05 10:00", "2019-11-05 15:00", slug="fractions")
    hub.book(event, "Ann Archer", {**ASH, "School URN": "800001"})
    other = hub.book(event, "Bob Baker", {**ASH, "School URN": "800002"})
    far = hub.book(event, "Cat Cole", {**ASH, "School name": "Beech Hall", "School URN": "800001"})
    hub.sync()
    hub.add_schools()
    hub.do("schools", "confirm", "800001", "--typed", "Ash Lane Primary")
    waiting = [w["booking_ids"] for w in hub.do("schools", "list", "--json").json()["waiting"]]
    assert waiting == [[other], [far]]
    assert "several URNs" in hub.refused("schools", "confirm", "P1", "--typed", "Ash Lane Primary")


def test_findings_name_schools_short_of_two_teachers(day: Day) -> None:
    hub = day.hub
    hub.add_schools()
    findings = hub.do("check", "fractions", "--json").json()["findings"]
    assert {(f["school"], f["finding"]) for f in findings} == {
        ("Elm Nursery", "one_teacher"),
        ("Elm Nursery", "no_leader"),
        ("Elm Nursery", "no_maths_lead"),
    }
    assert "Elm Nursery: only one teacher is booked" in hub.do("check").out
    assert "fractions" in hub.refused("check", "fractoins")
    hub.do("workshop", "cancel", "fractions", "--reason", "Snow")
    assert hub.do("check").out == "Nothing to report.\n"
    assert hub.do("check", "fractions", "--json").json() == {"findings": []}


def test_who_said_it_is_kept(day: Day) -> None:
    from eb_sync.bootstrap import build_hub
    from eb_sync.store.facts import read_fact

    hub = day.hub
    one = hub.do("attendance", "mark", "fractions", day.ann, "present", "--by", "Jo").facts[0]
    two = hub.do("attendance", "mark", "fractions", day.bob, "present").facts[0]
    opened = build_hub()
    with opened.snapshot() as (connection, _):
        facts = [read_fact(connection, opened.hub_id, int(number)) for number in (one, two)]
    opened.close()
    assert [fact.said_by for fact in facts if fact is not None] == ["Jo", "lead"]
