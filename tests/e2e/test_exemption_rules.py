"""What a policy asks of an exemption: who approves, what is shown, and until when it is claimed."""

from __future__ import annotations

from pathlib import Path

import pytest

from policies.parameters import read_shipped
from tests.hub import Hub

RULES = """value = [
  { kind = "ofsted", approvers = ["Jo Field", "Sam Hill"] },
  { kind = "extenuating", codes = ["illness"], evidence = "a note from the head teacher", claim_within_days = 7 },
]"""
ILLNESS = ("exempt", "add", "--kind", "extenuating", "--workshop", "fractions", "--code", "illness")
OFSTED = ("exempt", "add", "--kind", "ofsted", "--school", "800001", "--from", "2019-11-05", "--to", "2019-11-05")


@pytest.fixture
def closed(hub: Hub, tmp_path: Path) -> Hub:
    """Ann stayed away, under a policy with demands."""
    file = tmp_path / "ours.toml"
    file.write_text(read_shipped("maths-hub").replace('value = ["ofsted", "extenuating"]', RULES), encoding="utf-8")
    hub.patch.setenv("EBSYNC_POLICY", str(file))
    event = hub.event("Fractions", "2019-11-05 10:00", "2019-11-05 15:00", slug="fractions")
    hub.book(event, "Ann Archer")
    hub.sync()
    hub.add_schools()
    hub.at("2019-11-05 16:00")
    hub.sync()
    hub.do("attendance", "close", "fractions", "--nobody-came")
    hub.at("2019-11-20 09:00")
    return hub


def _reason(hub: Hub) -> str:
    ((_, reason),) = hub.decisions("fractions").values()
    return reason


def _ann(hub: Hub) -> str:
    return next(iter(hub.bookings))


def test_only_those_named_may_approve_at_once_or_later(closed: Hub) -> None:
    assert "Only Jo Field or Sam Hill may approve" in closed.refused(*OFSTED, "--approved-by", "Kim Lee")
    assert _reason(closed) == "no_show"
    claim = closed.do(*OFSTED).facts[0]
    assert _reason(closed) == "exemption_claimed"
    assert "Jo Field" in closed.refused("exempt", "approve", claim)
    closed.do("exempt", "approve", claim, "--by", "sam hill")
    assert _reason(closed) == "ofsted"
    closed.do("exempt", "revoke", claim)
    closed.do(*OFSTED, "--approved-by", "Jo Field")
    assert _reason(closed) == "ofsted"


def test_what_is_asked_for_must_have_been_shown(closed: Hub) -> None:
    ann = _ann(closed)
    told = closed.refused(*ILLNESS, ann, "--approved-by", "Jo")
    assert "a note from the head teacher" in told
    assert "--evidence-seen" in told
    claim = closed.do(*ILLNESS, ann, "--received-at", "2019-11-06 09:00").facts[0]
    assert "a note from the head teacher" in str(closed.do("review", "--json").json()["reviews"][0]["evidence"])
    closed.refused("exempt", "approve", claim)
    closed.do("exempt", "approve", claim, "--evidence-seen")
    assert _reason(closed) == "extenuating"
    seen = closed.do(*ILLNESS, ann, "--evidence-seen").facts[0]
    closed.do("exempt", "approve", seen)


def test_a_claim_after_its_time_holds_nothing_up_but_may_still_be_approved(closed: Hub) -> None:
    late = closed.do(*ILLNESS, _ann(closed), "--received-at", "2019-11-13 00:00").facts[0]
    assert _reason(closed) == "no_show"
    assert "claimed on Wed 13 Nov 00:00" in closed.do("explain", "fractions", _ann(closed)).out
    closed.do("exempt", "approve", late, "--evidence-seen")
    assert _reason(closed) == "extenuating"


def test_a_claim_cannot_come_from_the_future(closed: Hub) -> None:
    assert "future" in closed.refused(*ILLNESS, _ann(closed), "--received-at", "2019-11-20 09:01")


def test_what_no_version_exempts_is_refused_with_the_way_to_waive(closed: Hub) -> None:
    told = closed.refused(*ILLNESS[:-1], "weather", _ann(closed))
    assert "exempts no weather" in told
    assert "review decide" in told


def test_a_claim_that_the_policy_in_use_does_not_know_any_more_can_be_ruled_on(closed: Hub) -> None:
    claim = closed.do(*OFSTED).facts[0]
    closed.patch.setenv("EBSYNC_POLICY", "council-tiers")
    closed.do("exempt", "approve", claim)


def test_what_a_policy_asks_nothing_for_is_no_bill_and_credits_one(hub: Hub, tmp_path: Path) -> None:
    file = tmp_path / "ours.toml"
    text = read_shipped("maths-hub").replace('unit = "pence"', 'unit = "pence"\nlate_notice_percent = 0')
    file.write_text(text, encoding="utf-8")
    hub.patch.setenv("EBSYNC_POLICY", str(file))
    event = hub.event("Fractions", "2019-11-05 10:00", "2019-11-05 15:00", slug="fractions")
    ann, bob = (hub.book(event, name) for name in ("Ann Archer", "Bob Baker"))
    hub.sync()
    hub.add_schools()
    hub.at("2019-11-05 16:00")
    hub.sync()
    hub.do("notice", "add", "fractions", bob, "--received-at", "2019-11-05 09:00", "--channel", "phone")
    hub.do("attendance", "close", "fractions", "--nobody-came")
    assert hub.decisions("fractions") == {ann: ("charge", "no_show"), bob: ("not_charged", "late_notice")}
    assert "the charging policy asks nothing for it" in hub.do("explain", "fractions", bob).out
    (issued,) = hub.do("invoices", "--yes", "--json").json()["issued"]
    assert issued["total_pence"] == 5000
    hub.do("notice", "add", "fractions", ann, "--received-at", "2019-11-05 09:30", "--channel", "email")
    (credit,) = hub.do("invoices", "--yes", "--json").json()["issued"]
    assert (credit["kind"], credit["total_pence"]) == ("credit_note", -5000)
    hub.do("verify")


def test_a_school_is_not_exempted_where_the_policy_exempts_single_bookings(hub: Hub, tmp_path: Path) -> None:
    rules = 'value = ["ofsted", { kind = "extenuating", scope = "booking and workshop" }]'
    file = tmp_path / "ours.toml"
    file.write_text(read_shipped("maths-hub").replace('value = ["ofsted", "extenuating"]', rules), encoding="utf-8")
    hub.patch.setenv("EBSYNC_POLICY", str(file))
    event = hub.event("Fractions", "2019-11-05 10:00", "2019-11-05 15:00", slug="fractions")
    ann = hub.book(event, "Ann Archer")
    hub.add_schools()
    hub.sync()
    assert "--booking" in hub.refused(*ILLNESS, "--school", "800001", "--approved-by", "Jo")
    hub.do(*ILLNESS, "--booking", ann, "--approved-by", "Jo")
