"""What somebody told the hub reaches every decision it bears on, whichever row, day or page it was recorded about."""

from __future__ import annotations

import csv
import io

import pytest
import sqlalchemy as sa

from eb_sync.model.facts import Retracted
from eb_sync.sandbox.requested import Ticket
from eb_sync.store.facts import record_facts
from eb_sync.store.tables import FACTS
from tests.databases import opened
from tests.hub import ASH, Hub
from tests.register_files import DOWNLOAD, write_register
from tests.register_files import school as row

DAYS = ("2019-11-05 10:00/15:00", "2020-01-21 10:00/15:00")
OFSTED = ("--from", "2019-11-04", "--to", "2019-11-05", "--approved-by", "head")
ELM_TOO = {"School name": "Elm Nursery", "Your role in school": "Teacher"}


def page(hub: Hub) -> str:
    """One page for two days, of which nobody has said so yet."""
    return hub.event("Fractions", "2019-11-05 10:00", "2020-01-21 15:00", slug="fractions")


def single(hub: Hub) -> str:
    return hub.event("Fractions", "2019-11-05 10:00", "2019-11-05 15:00", slug="fractions")


def after(hub: Hub, workshop: str, *present: str, somebody: bool = False) -> None:
    """The workshop of 5 November is over, these came, nobody else did."""
    hub.at("2019-11-05 16:00")
    hub.do("sync")
    if present:
        hub.do("attendance", "mark", workshop, *present, "present")
    hub.do("attendance", "close", workshop, "--rest-absent" if present or somebody else "--nobody-came")


def lines(hub: Hub) -> list[tuple[str, str]]:
    """Issue what is due; every line ever issued, by booking and amount."""
    assert hub.run("invoices", "--yes").code in (0, 3)
    listed = csv.DictReader(io.StringIO(hub.do("export", "charges", "--since", "2019-09-01").out))
    return sorted((line["booking_ref"], line["gross"]) for line in listed)


def evidence(hub: Hub, workshop: str, booking: str) -> list[str]:
    decisions = hub.do("charges", workshop, "--json").json()["decisions"]
    return next(list(d["evidence"]) for d in decisions if d["booking_id"] == booking)


# 1: said of a page before its days were declared


@pytest.mark.every_database
def test_what_was_said_of_a_page_before_its_days_is_about_each_of_them(hub: Hub) -> None:
    event = page(hub)
    told, ill, waived, silent = (hub.book(event, name) for name in ("Ann Archer", "Bob Baker", "Cat Cole", "Dan Dale"))
    hub.sync()
    hub.at("2019-09-03 09:00")
    hub.do("notice", "add", event, told, "--received-at", "2019-09-03 08:30", "--channel", "email")
    claim = ("--kind", "extenuating", "--workshop", event, "--booking", ill, "--code", "illness", "--approved-by", "Jo")
    hub.do("exempt", "add", *claim)
    hub.do("review", "decide", event, waived, "waive")
    hub.do("workgroup", "dates", event, *DAYS)
    after(hub, "fractions/1")
    assert {ref: reason for ref, (_, reason) in hub.decisions("fractions/1").items()} == {
        told: "notice_in_time",
        ill: "extenuating",
        waived: "waived",
        silent: "no_show",
    }
    assert hub.decisions("fractions/2")[told] == ("notice_in_time", "notice_in_time")


def test_a_page_called_off_before_its_days_were_declared_costs_nobody_anything(hub: Hub) -> None:
    event = page(hub)
    ann = hub.book(event, "Ann Archer")
    hub.sync()
    hub.do("workshop", "cancel", event, "--reason", "the hall burnt down")
    hub.do("workgroup", "dates", event, *DAYS)
    assert hub.decisions("fractions/1")[ann] == hub.decisions("fractions/2")[ann] == ("workshop_cancelled",) * 2
    hub.do("workshop", "reinstate", "fractions/2")
    assert hub.decisions("fractions/1")[ann][0] == "workshop_cancelled"
    assert hub.decisions("fractions/2")[ann][0] == "pending"


# 2: a used day


def test_a_day_that_was_used_is_not_withdrawn_and_the_way_out_is_said(hub: Hub) -> None:
    event = page(hub)
    hub.book(event, "Ann Archer")
    hub.add_schools()
    hub.sync()
    day = hub.do("workgroup", "dates", event, *DAYS).facts[0]
    after(hub, "fractions/1")
    assert len(lines(hub)) == 1
    message = hub.refused("retract", day)
    for word in ("INV-000001", "ebsync workshop move", "ebsync workshop cancel"):
        assert word in message


def test_an_unused_day_is_withdrawn_and_the_same_date_declared_again_is_the_same_day(hub: Hub) -> None:
    event = page(hub)
    hub.book(event, "Ann Archer")
    hub.sync()
    first, second = hub.do("workgroup", "dates", event, *DAYS).facts
    hub.do("retract", first)
    assert [w["id"] for w in hub.do("workshops", "--json").json()["workshops"]] == [f"{event}/2"]
    hub.do("workgroup", "dates", event, "2020-03-03 10:00/15:00", DAYS[0])
    listed = {w["id"]: w["starts_at"][:10] for w in hub.do("workshops", "--json").json()["workshops"]}
    assert listed == {f"{event}/1": "2019-11-05", f"{event}/2": "2020-01-21", f"{event}/3": "2020-03-03"}
    assert second


@pytest.mark.every_database
def test_an_invoice_whose_day_is_gone_is_held_and_named_and_the_day_is_not_billed_again(hub: Hub) -> None:
    event = page(hub)
    ann = hub.book(event, "Ann Archer")
    hub.add_schools()
    hub.sync()
    day = hub.do("workgroup", "dates", event, *DAYS).facts[0]
    after(hub, "fractions/1")
    assert lines(hub) == [(ann, "50.00")]
    with opened(_url(hub)) as engine, engine.begin() as connection:  # as an earlier version let it happen
        hub_id = connection.scalar(sa.select(FACTS.c.hub_id).limit(1)) or 1
        record_facts(connection, hub_id, hub.world.now_at, "lead", [Retracted(int(day))])
    plan = hub.do("invoices", "--dry-run", "--json").json()
    assert plan["held"] == [
        {"workshop_id": f"{event}/1", "booking_id": ann, "reason": "workshop_gone", "issued_pence": 5000}
    ]
    verified = hub.run("verify")
    assert verified.code == 65
    assert "INV-000001/1" in verified.out + verified.err
    hub.do("workgroup", "dates", event, DAYS[0])
    assert lines(hub) == [(ann, "50.00")]
    assert hub.do("invoices", "--dry-run", "--json").json()["held"] == []


def _url(hub: Hub) -> str:
    import os

    return os.environ["EBSYNC_DATABASE_URL"]


# 3: the page of declared days is moved


def moved_page(hub: Hub) -> tuple[str, str]:
    event = page(hub)
    ann = hub.book(event, "Ann Archer")
    hub.sync()
    hub.do("workgroup", "dates", event, *DAYS)
    hub.at("2019-10-20 09:00")
    hub.world.move(event, "2019-11-12 10:00", "2020-01-28 15:00")
    hub.sync()
    return event, ann


def test_days_whose_page_moved_wait_until_a_person_names_their_dates(hub: Hub) -> None:
    event, ann = moved_page(hub)
    findings = hub.do("check", event, "--json").json()["findings"]
    assert {(f["workshop_id"], f["finding"]) for f in findings} >= {
        (f"{event}/1", "page_dates_changed"),
        (f"{event}/2", "page_dates_changed"),
    }
    hub.at("2019-11-06 10:00")
    hub.world.cancel(hub.bookings[ann])
    hub.sync()
    assert hub.decisions("fractions/1")[ann] == ("pending", "dates_unknown") or hub.decisions("fractions/1")[ann] == (
        "notice_in_time",
        "notice_in_time",
    )
    hub.do("workshop", "move", "fractions/1", "2019-11-12 10:00/15:00")
    assert hub.decisions("fractions/1")[ann] == ("notice_in_time", "notice_in_time")
    hub.do("workshop", "move", "fractions/2", DAYS[1])
    assert hub.do("workshops", "--json").json()["workshops"][1]["starts_at"] == "2020-01-21T10:00:00Z"
    assert not [f for f in hub.do("check", event, "--json").json()["findings"] if "dates" in f["finding"]]


def test_nobody_is_charged_for_a_day_whose_page_moved_before_somebody_says_when_it_is(hub: Hub) -> None:
    _, ann = moved_page(hub)
    hub.at("2019-11-05 16:00")
    hub.do("sync")
    assert hub.decisions("fractions/1")[ann] == ("pending", "dates_unknown")
    assert "workshop move" in hub.refused("attendance", "close", "fractions/1", "--nobody-came")
    hub.do("workshop", "move", "fractions/1", DAYS[0])
    after(hub, "fractions/1")
    # the old date was named when nobody could give notice in time any more
    assert hub.decisions("fractions/1")[ann] == ("review", "workshop_moved")


def test_naming_the_old_date_in_time_asks_nothing_further(hub: Hub) -> None:
    _, ann = moved_page(hub)
    hub.do("workshop", "move", "fractions/1", DAYS[0])
    after(hub, "fractions/1")
    assert hub.decisions("fractions/1")[ann] == ("charge", "no_show")


# 4: a teacher with two rows


def two_rows(hub: Hub) -> tuple[str, str, str]:
    """Ann booked twice, so that the second row is judged; Bob is a colleague."""
    event = single(hub)
    first = hub.book(event, "Ann Archer")
    hub.at("2019-09-03 09:00")
    second = hub.book(event, "Ann Archer")
    bob = hub.book(event, "Bob Baker")
    hub.add_schools()
    hub.sync()
    return first, second, bob


@pytest.mark.parametrize("number", [0, 1])
def test_an_exemption_for_one_row_of_a_teacher_is_for_the_other_as_well(hub: Hub, number: int) -> None:
    rows = two_rows(hub)
    claim = ("--workshop", "fractions", "--booking", rows[number], "--code", "illness", "--approved-by", "Jo")
    hub.do("exempt", "add", "--kind", "extenuating", *claim)
    after(hub, "fractions", rows[2])
    assert lines(hub) == []


@pytest.mark.parametrize("number", [0, 1])
def test_a_substitute_for_one_row_of_a_teacher_is_for_the_other_as_well(hub: Hub, number: int) -> None:
    rows = two_rows(hub)
    hub.at("2019-11-05 10:30")
    came = ("--name", "Eve Eden", "--school", "Elm Nursery", "--replaces", rows[number], "--accept")
    hub.do("attendance", "walk-in", "fractions", *came)
    after(hub, "fractions", rows[2])
    assert lines(hub) == []
    assert set(hub.decisions("fractions").values()) == {("attended", "attended"), ("replaced", "replaced")}


def test_after_a_credit_and_a_tidied_duplicate_the_teacher_is_not_billed_again(hub: Hub) -> None:
    first, second, bob = two_rows(hub)
    after(hub, "fractions", bob)
    assert lines(hub) == [(second, "50.00")]
    hub.do("credit", "INV-000001", "--reason", "goodwill")
    hub.at("2019-11-07 10:00")
    hub.world.delete(hub.bookings[second], entirely=True)
    hub.sync()
    assert lines(hub) == [(second, "-50.00"), (second, "50.00")]
    assert hub.decisions("fractions")[first][0] in ("waived", "duplicate")


# 5: a notice never costs anything


def test_an_email_recorded_later_does_not_take_the_colleague_away_who_came(hub: Hub) -> None:
    event = single(hub)
    ann = hub.book(event, "Ann Archer")
    hub.add_schools()
    hub.sync()
    hub.at("2019-11-04 11:00")
    hub.sync()
    hub.at("2019-11-04 12:00")
    hub.world.cancel(hub.bookings[ann])
    hub.at("2019-11-04 13:00")
    hub.sync()
    bob = hub.book(event, "Bob Baker")
    after(hub, "fractions", bob)
    assert hub.decisions("fractions")[ann] == ("replaced", "replaced")
    hub.do("notice", "add", "fractions", ann, "--received-at", "2019-11-04 14:00", "--channel", "email")
    assert hub.decisions("fractions")[ann] == ("replaced", "replaced")


# 6: booked at the door


def door(hub: Hub, event: str, name: str) -> str:
    hub.at("2019-11-05 10:10")
    reference = hub.book(event, name)
    hub.world.check_in(hub.bookings[reference])
    return reference


def test_a_teacher_who_books_again_at_the_door_and_is_scanned_came(hub: Hub) -> None:
    event = single(hub)
    ann, bob = hub.book(event, "Ann Archer"), hub.book(event, "Bob Baker")
    hub.add_schools()
    hub.sync()
    again = door(hub, event, "Ann Archer")
    after(hub, "fractions", bob)
    assert hub.decisions("fractions") == {ann: ("attended",) * 2, bob: ("attended",) * 2}
    assert any(again in sentence for sentence in evidence(hub, "fractions", ann))


def test_a_colleague_who_books_at_the_door_stands_for_the_absent_one(hub: Hub) -> None:
    event = single(hub)
    ann = hub.book(event, "Ann Archer")
    hub.add_schools()
    hub.sync()
    door(hub, event, "Eve Eden")
    after(hub, "fractions", somebody=True)
    assert hub.decisions("fractions") == {ann: ("replaced", "replaced")}


def test_a_colleague_booked_at_the_door_and_linked_stands_for_the_one_named(hub: Hub) -> None:
    event = single(hub)
    ann, bob = hub.book(event, "Ann Archer"), hub.book(event, "Bob Baker")
    hub.add_schools()
    hub.sync()
    late = door(hub, event, "Eve Eden")
    hub.sync()
    hub.do("attendance", "substitute", "fractions", late, "--replaces", bob)
    after(hub, "fractions", somebody=True)
    assert hub.decisions("fractions") == {ann: ("charge", "no_show"), bob: ("replaced", "replaced")}


# 7: a person is the extra


def test_one_walk_in_recorded_twice_stands_for_one_absent_colleague(hub: Hub) -> None:
    event = single(hub)
    ann, bob = hub.book(event, "Ann Archer"), hub.book(event, "Bob Baker")
    hub.add_schools()
    hub.sync()
    hub.at("2019-11-05 10:30")
    for sure in ((), ("--sure",)):
        hub.do("attendance", "walk-in", "fractions", "--name", "Eve Eden", "--school", "800001", *sure)
    hub.do("attendance", "mark", "fractions", ann, bob, "absent")
    hub.at("2019-11-05 16:00")
    hub.do("sync")
    hub.do("attendance", "close", "fractions")
    decisions = hub.decisions("fractions")
    assert sorted([decisions[ann], decisions[bob]]) == [("charge", "no_show"), ("replaced", "replaced")]


def test_a_substitute_with_a_booking_cancelled_long_ago_still_stands_in(hub: Hub) -> None:
    event = single(hub)
    ann, eve = hub.book(event, "Ann Archer"), hub.book(event, "Eve Eden")
    hub.add_schools()
    hub.sync()
    hub.at("2019-09-20 09:00")
    hub.world.cancel(hub.bookings[eve])
    hub.sync()
    hub.at("2019-11-05 10:30")
    hub.do("attendance", "walk-in", "fractions", "--name", "Eve Eden", "--school", "800001")
    hub.do("attendance", "mark", "fractions", ann, "absent")
    hub.at("2019-11-05 16:00")
    hub.do("sync")
    hub.do("attendance", "close", "fractions")
    assert hub.decisions("fractions")[ann] == ("replaced", "replaced")


# 8: a day declared late


def test_a_day_declared_after_its_own_deadline_is_asked_about(hub: Hub) -> None:
    event = page(hub)
    ann = hub.book(event, "Ann Archer")
    hub.sync()
    hub.at("2019-11-04 12:00")
    hub.do("workgroup", "dates", event, *DAYS)
    late = hub.book(event, "Bob Baker")
    after(hub, "fractions/1")
    assert hub.decisions("fractions/1")[ann] == ("review", "workshop_moved")
    assert hub.decisions("fractions/1")[late] == ("charge", "no_show")


# 9: once for a school


def test_a_school_that_pays_once_does_not_pay_for_another_place_after_a_goodwill_credit(hub: Hub) -> None:
    from policies.parameters import read_shipped

    text = read_shipped("maths-hub").replace('unit = "pence"\n', 'unit = "pence"\nper = "school"\n', 1)
    (hub.folder / "once.toml").write_text(text, encoding="utf-8")
    hub.patch.setenv("EBSYNC_POLICY", str(hub.folder / "once.toml"))
    event = single(hub)
    hub.book(event, "Ann Archer")
    hub.book(event, "Bob Baker")
    hub.add_schools()
    hub.sync()
    after(hub, "fractions")
    assert [amount for _, amount in lines(hub)] == ["50.00"]
    hub.do("credit", "INV-000001", "--reason", "goodwill")
    assert [amount for _, amount in lines(hub)] == ["-50.00", "50.00"]


# 11: the new date first


def test_who_books_the_new_date_first_and_then_gives_back_the_old_is_asked_about(hub: Hub) -> None:
    event = single(hub)
    other = hub.event("Fractions again", "2020-01-21 10:00", "2020-01-21 15:00", slug="again")
    ann = hub.book(event, "Ann Archer")
    hub.add_schools()
    hub.sync()
    hub.at("2019-11-04 11:40")
    hub.book(other, "Ann Archer")
    hub.at("2019-11-04 11:50")
    hub.sync()
    hub.at("2019-11-04 12:00")
    hub.world.cancel(hub.bookings[ann])
    after(hub, "fractions")
    assert hub.decisions("fractions")[ann] == ("review", "transferred")


# 15: a school that only the register knows


def test_a_walk_in_for_a_number_that_only_the_register_knows_is_of_that_school(hub: Hub) -> None:
    event = single(hub)
    named = {"School name": "Birch Primary School", "School URN": "810001"}
    ann = hub.book(event, "Ann Archer", named)
    hub.sync()
    schools = [row("810001", "Birch Primary School", "ZZ1 1ZZ"), row("810002", "Oak Primary School", "ZZ2 2ZZ")]
    hub.do("schools", "load", str(write_register(hub.folder / "all.csv", DOWNLOAD, schools)))
    hub.at("2019-11-05 10:30")
    hub.do("attendance", "walk-in", "fractions", "--name", "Eve Eden", "--school", "810002")
    hub.do(
        "notice", "add", "fractions", "--school", "810002", "--received-at", "2019-11-05 09:00", "--channel", "phone"
    )
    hub.do("exempt", "add", "--kind", "ofsted", "--school", "810002", *OFSTED)
    hub.at("2019-11-05 16:00")
    hub.do("sync")
    hub.do("attendance", "close", "fractions", "--rest-absent")
    decisions = hub.do("charges", "fractions", "--json").json()["decisions"]
    assert [(d["school"], d["outcome"]) for d in decisions] == [
        ("Birch Primary School", "charge"),
        ("Oak Primary School", "attended"),
    ]
    assert hub.do("charges", "--json").json()["workshops"][0]["decisions"] == decisions
    assert lines(hub) == [(ann, "50.00")]
    assert hub.do("verify").code == 0


# 16: a substitute of another school


def test_a_substitute_of_another_confirmed_school_is_accepted_by_the_hub_or_refused(hub: Hub) -> None:
    event = single(hub)
    ann, eve = hub.book(event, "Ann Archer"), hub.book(event, "Eve Eden", ELM_TOO)
    hub.add_schools()
    hub.sync()
    hub.at("2019-11-05 10:30")
    said = hub.refused("attendance", "substitute", "fractions", eve, "--replaces", ann)
    assert "--accept" in said
    assert "Elm Nursery" in said
    came = ("--name", "Fay Ford", "--school", "P1", "--replaces", ann)
    assert "--accept" in hub.refused("attendance", "walk-in", "fractions", *came)
    hub.do("attendance", "substitute", "fractions", eve, "--replaces", ann, "--accept")
    after(hub, "fractions", eve)
    assert hub.decisions("fractions")[ann] == ("replaced", "replaced")
    assert any("the hub accepted" in sentence for sentence in evidence(hub, "fractions", ann))


# what a fact changes is said


def test_a_fact_that_changes_nothing_is_accepted_with_a_word(hub: Hub) -> None:
    event = single(hub)
    ann = hub.book(event, "Ann Archer")
    hub.sync()
    hub.at("2019-11-05 10:30")
    late = hub.do("notice", "add", "fractions", ann, "--received-at", "2019-11-05 10:20", "--channel", "phone")
    assert "changes nothing" not in late.err  # the explanation of a charge will say it
    hub.do("attendance", "mark", "fractions", ann, "present")
    again = hub.do("notice", "add", "fractions", ann, "--received-at", "2019-11-05 10:25", "--channel", "phone")
    assert f"changes nothing for {ann} (" in again.err
    assert again.facts
    elsewhere = hub.do("exempt", "add", "--kind", "ofsted", "--school", "Ash Lane Primary", *OFSTED)
    assert "changes nothing" in elsewhere.err
    claimed = hub.event("Later", "2019-12-05 10:00", "2019-12-05 15:00", slug="later")
    bob = hub.book(claimed, "Bob Baker")
    hub.sync()
    claim = ("--kind", "extenuating", "--workshop", "later", "--booking", bob, "--code", "illness")
    assert "changes nothing" not in hub.do("exempt", "add", *claim).err


# C: what is said of a charge is true


def test_an_invoiced_place_is_explained_as_invoiced_after_a_milder_policy(hub: Hub) -> None:
    from policies.parameters import read_shipped

    event = single(hub)
    ann = hub.book(event, "Ann Archer")
    hub.add_schools()
    hub.sync()
    after(hub, "fractions")
    assert lines(hub) == [(ann, "50.00")]
    text = read_shipped("maths-hub").replace("value = 5000", "value = 0", 1)
    (hub.folder / "mild.toml").write_text(text, encoding="utf-8")
    hub.patch.setenv("EBSYNC_POLICY", str(hub.folder / "mild.toml"))
    said = hub.do("explain", "fractions", ann).out
    assert "Nothing is charged" not in said
    assert "INV-000001" in said
    assert hub.decisions("fractions")[ann] == ("charge", "no_show")
    register = csv.DictReader(io.StringIO(hub.do("register", "fractions", "--format", "csv").out))
    assert [each["charge"] for each in register] == ["50.00"]
    assert lines(hub) == [(ann, "50.00")]


def test_no_notice_is_said_only_where_none_was_recorded_or_seen(hub: Hub) -> None:
    event = single(hub)
    ann, bob, cat = (hub.book(event, name) for name in ("Ann Archer", "Bob Baker", "Cat Cole"))
    hub.add_schools()
    hub.sync()
    hub.at("2019-11-05 10:20")
    hub.sync()
    hub.at("2019-11-05 11:00")
    hub.do("notice", "add", "fractions", ann, "--received-at", "2019-11-05 10:00", "--channel", "phone")
    hub.world.cancel(hub.bookings[bob])
    after(hub, "fractions")
    told = {reference: " / ".join(evidence(hub, "fractions", reference)) for reference in (ann, bob, cat)}
    assert "told by phone on Tue 5 Nov 10:00, when the workshop had begun" in told[ann]
    assert "cancelled on Eventbrite between Tue 5 Nov 10:15 and 11:00, when the workshop had begun" in told[bob]
    assert "no notice reached the hub" not in told[ann] + told[bob]
    assert "no notice reached the hub" in told[cat]


def test_in_the_hour_that_comes_twice_times_carry_their_zone(hub: Hub) -> None:
    event = hub.event("Fractions", "2019-10-27 10:00", "2019-10-27 15:00", slug="fractions")
    ann = hub.book(event, "Ann Archer")
    hub.sync()
    hub.at("2019-10-27 09:00")
    hub.do("notice", "add", "fractions", ann, "--received-at", "2019-10-27T01:30:00+00:00", "--channel", "email")
    assert any("01:30 GMT" in sentence for sentence in evidence(hub, "fractions", ann))


def test_local_days_are_those_of_the_events_own_zone(hub: Hub) -> None:
    evening = hub.event("New York", "2019-11-05 18:00", "2019-11-05 22:00", slug="ny", timezone="America/New_York")
    night = hub.event("Auckland", "2019-11-05 22:00", "2019-11-06 02:00", slug="nz", timezone="Pacific/Auckland")
    hub.sync()
    states = {w["id"]: w["state"] for w in hub.do("workshops", "--json").json()["workshops"]}
    assert states == {evening: "upcoming", night: "dates_unknown"}


def test_somebody_erased_who_booked_again_and_came_is_asked_about(hub: Hub) -> None:
    event = single(hub)
    ann, bob = hub.book(event, "Ann Archer"), hub.book(event, "Bob Baker")
    hub.add_schools()
    hub.sync()
    hub.do("person", "erase", "ann.archer@ash.example.org", "--yes")
    again = f"B{hub.world.book(event, (Ticket('Ann Archer', 'ann.archer@ash.example.org', ASH),))[0]}"
    after(hub, "fractions", again, bob)
    assert hub.decisions("fractions")[ann] == ("review", "person_erased")
    assert lines(hub) == []


# what an adversarial reading found beside these


def close_absent(hub: Hub) -> None:
    hub.at("2019-11-05 16:00")
    hub.do("sync")
    hub.do("attendance", "close", "fractions", "--rest-absent")


def test_a_colleague_said_to_have_come_in_somebodys_place_is_not_marked_absent(hub: Hub) -> None:
    event = single(hub)
    ann, bob, cat = (hub.book(event, name) for name in ("Ann Archer", "Bob Baker", "Cat Cole"))
    hub.add_schools()
    hub.sync()
    hub.at("2019-11-05 10:30")
    hub.do("attendance", "mark", "fractions", cat, "present")
    said = hub.do("attendance", "substitute", "fractions", bob, "--replaces", ann)
    assert "changes nothing" not in said.err
    close_absent(hub)
    assert hub.decisions("fractions") == {ann: ("replaced",) * 2, bob: ("attended",) * 2, cat: ("attended",) * 2}
    register = csv.DictReader(io.StringIO(hub.do("register", "fractions", "--format", "csv").out))
    assert {each["booking_ref"]: each["attendance"] for each in register}[bob] == "present"


def test_who_came_for_a_teacher_that_owes_nothing_anyway_stands_in_for_another(hub: Hub) -> None:
    event = single(hub)
    ann, cat = hub.book(event, "Ann Archer"), hub.book(event, "Cat Cole")
    hub.add_schools()
    hub.sync()
    hub.at("2019-11-01 10:00")
    hub.world.cancel(hub.bookings[ann])
    hub.sync()
    hub.at("2019-11-05 10:30")
    came = ("--name", "Bob Baker", "--school", "800001", "--replaces", ann)
    hub.do("attendance", "walk-in", "fractions", *came)
    close_absent(hub)
    assert hub.decisions("fractions")[cat] == ("replaced", "replaced")


def test_notice_for_a_typed_number_stays_when_the_booking_turns_out_to_be_another_schools(hub: Hub) -> None:
    event = single(hub)
    ann = hub.book(event, "Ann Archer", {"School name": "Ash Lane", "School URN": "800001"})
    hub.sync()
    hub.at("2019-11-01 10:00")
    told = ("--school", "800001", "--received-at", "2019-11-01 09:00", "--channel", "email")
    hub.do("notice", "add", "fractions", *told)
    where = ("--address", "1 Ash Lane", "--postcode", "ZZ1 1ZZ")
    hub.do("schools", "add", "--name", "Ash Lane Academy", *where)
    hub.do("schools", "confirm", "P1", "--booking", ann)
    hub.at("2019-11-05 16:00")
    hub.do("sync")
    hub.do("attendance", "close", "fractions", "--nobody-came")
    assert hub.decisions("fractions")[ann] == ("notice_in_time", "notice_in_time")


def test_what_was_said_of_a_teacher_stays_theirs_when_their_row_is_given_to_somebody_else(hub: Hub) -> None:
    event = single(hub)
    first = hub.book(event, "Ann Archer")
    hub.at("2019-09-03 08:00")
    second = hub.book(event, "Ann Archer")
    hub.add_schools()
    hub.sync()
    hub.at("2019-09-03 10:00")
    hub.do("notice", "add", "fractions", first, "--received-at", "2019-09-03 09:30", "--channel", "email")
    hub.at("2019-11-01 10:00")
    hub.world.edit(hub.bookings[first], name="Dan Dale", email="dan.dale@ash.example.org")
    hub.sync()
    hub.at("2019-11-05 16:00")
    hub.do("sync")
    hub.do("attendance", "close", "fractions", "--nobody-came")
    assert hub.decisions("fractions")[second] == ("notice_in_time", "notice_in_time")


def test_a_workshop_reinstated_when_it_was_too_late_to_say_no_is_asked_about(hub: Hub) -> None:
    event = single(hub)
    ann = hub.book(event, "Ann Archer")
    hub.add_schools()
    hub.sync()
    hub.at("2019-10-20 09:00")
    hub.do("workshop", "cancel", "fractions", "--reason", "the hall")
    hub.at("2019-11-05 09:00")
    hub.do("workshop", "reinstate", "fractions")
    after(hub, "fractions")
    assert hub.decisions("fractions")[ann] == ("review", "workshop_moved")


def test_a_day_that_was_withdrawn_while_somebody_booked_is_asked_about(hub: Hub) -> None:
    event = page(hub)
    hub.sync()
    day = hub.do("workgroup", "dates", event, *DAYS).facts[0]
    hub.at("2019-09-03 09:00")
    hub.do("retract", day)
    hub.at("2019-10-03 09:00")
    ann = hub.book(event, "Ann Archer")
    hub.sync()
    hub.at("2019-11-04 12:00")
    hub.do("workgroup", "dates", event, DAYS[0])
    after(hub, "fractions/1")
    assert hub.decisions("fractions/1")[ann] == ("review", "workshop_moved")


def test_a_check_in_of_the_only_day_declared_so_far_stays_one_when_a_further_day_is(hub: Hub) -> None:
    event = page(hub)
    ann, cat = hub.book(event, "Ann Archer"), hub.book(event, "Cat Cole")
    hub.add_schools()
    hub.sync()
    hub.do("workgroup", "dates", event, DAYS[0])
    hub.at("2019-11-05 10:05")
    hub.world.check_in(hub.bookings[ann])
    hub.sync()
    hub.do("attendance", "mark", "fractions/1", ann, "absent")
    after(hub, "fractions/1", cat)
    assert hub.decisions("fractions/1")[ann] == ("review", "attendance_conflict")
    hub.do("workgroup", "dates", event, DAYS[1])
    assert hub.decisions("fractions/1")[ann] == ("review", "attendance_conflict")


def test_one_waiver_on_one_day_of_a_page_does_not_say_that_it_changes_nothing(hub: Hub) -> None:
    event = page(hub)
    ann = hub.book(event, "Ann Archer")
    hub.sync()
    hub.do("workgroup", "dates", event, *DAYS)
    assert "changes nothing" not in hub.do("review", "decide", "fractions/2", ann, "waive").err
