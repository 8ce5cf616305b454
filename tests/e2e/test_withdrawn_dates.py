"""What was announced counts for whoever went by it, though a lead withdrew it later."""

from __future__ import annotations

import pytest

from tests.e2e.test_told_facts import DAYS, after, evidence, page, single
from tests.hub import Hub


def test_a_move_that_was_withdrawn_too_late_is_asked_about(hub: Hub) -> None:
    event = single(hub)
    ann = hub.book(event, "Ann Archer")
    hub.add_schools()
    hub.sync()
    hub.at("2019-10-20 09:00")
    moved = hub.do("workshop", "move", "fractions", "2019-11-12 10:00/15:00").facts[0]
    hub.at("2019-11-04 12:00")
    hub.do("retract", moved)
    bob = hub.book(event, "Bob Baker")
    hub.sync()
    after(hub, "fractions")
    assert hub.decisions("fractions") == {ann: ("review", "workshop_moved"), bob: ("charge", "no_show")}
    assert "the date or the time of the workshop changed after the place was booked" in evidence(hub, "fractions", ann)


def test_notice_by_the_deadline_of_a_date_withdrawn_since_is_in_time(hub: Hub) -> None:
    event = single(hub)
    ann = hub.book(event, "Ann Archer")
    hub.sync()
    hub.at("2019-10-20 09:00")
    moved = hub.do("workshop", "move", "fractions", "2019-11-12 10:00/15:00").facts[0]
    hub.at("2019-11-04 18:00")
    notice = ("notice", "add", "fractions", ann, "--received-at", "2019-11-04 17:00", "--channel", "email")
    hub.do(*notice)
    hub.do("retract", moved)
    after(hub, "fractions")
    assert hub.decisions("fractions")[ann] == ("notice_in_time", "notice_in_time")


@pytest.mark.parametrize("fact", ["workshop cancel", "page cancel"])
def test_a_call_off_that_was_withdrawn_too_late_is_asked_about(hub: Hub, fact: str) -> None:
    is_page = fact == "page cancel"
    event = page(hub) if is_page else single(hub)
    workshop = "fractions/1" if is_page else "fractions"
    ann = hub.book(event, "Ann Archer")
    hub.sync()
    hub.at("2019-10-20 09:00")
    off = hub.do("workshop", "cancel", event, "--reason", "the hall").facts[0]
    if is_page:
        hub.do("workgroup", "dates", event, *DAYS)
    hub.at("2019-11-05 09:00")
    hub.do("retract", off)
    after(hub, workshop)
    assert hub.decisions(workshop)[ann] == ("review", "workshop_moved")
    said = "that the workshop takes place was announced when notice could not be given in time any more"
    assert said in evidence(hub, workshop, ann)


def test_a_call_off_withdrawn_while_notice_was_possible_changes_nothing(hub: Hub) -> None:
    event = single(hub)
    ann = hub.book(event, "Ann Archer")
    hub.sync()
    hub.at("2019-10-20 09:00")
    off = hub.do("workshop", "cancel", "fractions", "--reason", "typed into the wrong line").facts[0]
    hub.do("retract", off)
    after(hub, "fractions")
    assert hub.decisions("fractions")[ann] == ("charge", "no_show")


def test_a_declared_day_that_took_the_place_of_one_withdrawn_is_a_moved_one(hub: Hub) -> None:
    event = page(hub)
    ann = hub.book(event, "Ann Archer")
    hub.sync()
    wrong = hub.do("workgroup", "dates", event, "2019-11-06 10:00/15:00").facts[0]
    hub.at("2019-10-01 09:00")
    hub.do("retract", wrong)
    hub.do("workgroup", "dates", event, DAYS[0])
    bob = hub.book(event, "Bob Baker")
    hub.sync()
    after(hub, "fractions/2")
    assert hub.decisions("fractions/2") == {ann: ("review", "workshop_moved"), bob: ("charge", "no_show")}


def test_a_page_whose_only_day_was_withdrawn_had_that_date_until_then(hub: Hub) -> None:
    event = single(hub)
    ann = hub.book(event, "Ann Archer")
    hub.sync()
    hub.at("2019-10-01 09:00")
    wrong = hub.do("workgroup", "dates", event, "2019-11-06 10:00/15:00").facts[0]
    hub.at("2019-10-20 09:00")
    hub.do("retract", wrong)
    bob = hub.book(event, "Bob Baker")
    hub.sync()
    after(hub, "fractions")
    assert hub.decisions("fractions") == {ann: ("review", "workshop_moved"), bob: ("charge", "no_show")}
