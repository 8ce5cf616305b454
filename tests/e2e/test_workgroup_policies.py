"""A policy per work group: settings say which; decisions, deadlines, findings, bills and audits follow."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

import pytest

from policies.parameters import read_shipped
from tests.hub import ELM, Hub

pytestmark = pytest.mark.every_database

WEEK = read_shipped("hub-week").replace("effective_from = 2020-09-01", "effective_from = 2019-01-01")


@dataclass
class Two:
    """Two work groups, the second with a policy of its own: £75 and a week."""

    hub: Hub
    file: Path
    first: str
    second: str
    third: str


@pytest.fixture
def two(hub: Hub, tmp_path: Path) -> Two:
    file = tmp_path / "week.toml"
    file.write_text(WEEK.replace("minimum = 2", "minimum = 1"), encoding="utf-8")
    hub.patch.setenv("EBSYNC_WORKGROUP_POLICIES", f"ratio = {file}; nowhere=hub-week")
    events = [
        hub.event(name.title(), "2019-11-05 10:00", "2019-11-05 15:00", slug=name) for name in ("fractions", "ratio")
    ]
    first, second = (hub.book(event, name) for event, name in zip(events, ("Ann Ash", "Bob Baker"), strict=True))
    third = hub.book(events[1], "Cat Cole", ELM)
    hub.sync()
    return Two(hub, file, first, second, third)


def _end(two: Two) -> None:
    hub = two.hub
    hub.at("2019-11-05 16:00")
    hub.sync()
    for slug in ("fractions", "ratio"):
        hub.do("attendance", "close", slug, "--nobody-came")


def test_each_work_group_is_judged_by_its_own_policy(two: Two) -> None:
    _end(two)
    charged = {
        decision["booking_id"]: (decision["amount_pence"], decision["policy"]["id"])
        for workshop in two.hub.do("charges", "--json").json()["workshops"]
        for decision in workshop["decisions"]
    }
    assert charged == {two.first: (5000, "maths-hub"), two.second: (7500, "hub-week"), two.third: (7500, "hub-week")}


def test_deadlines_registers_and_findings_follow_it(two: Two) -> None:
    hub = two.hub
    deadlines = {w["slug"]: w["deadline_at"] for w in hub.do("workshops", "--json").json()["workshops"]}
    assert deadlines == {"fractions": "2019-11-04T10:00:00Z", "ratio": "2019-10-29T23:59:59Z"}
    found = {f["workgroup_id"] for f in hub.do("check", "--json").json()["findings"] if f["finding"] == "one_teacher"}
    assert found == set()
    hub.add_schools()
    short = [f["school"] for f in hub.do("check", "--json").json()["findings"] if f["finding"] == "one_teacher"]
    assert short == ["Ash Lane Primary"]


def test_what_is_issued_is_proved_again_and_stays_as_it_was_when_the_settings_change(two: Two) -> None:
    hub = two.hub
    hub.add_schools()
    _end(two)
    issued = hub.do("invoices", "--yes", "--json").json()["issued"]
    assert sorted(document["total_pence"] for document in issued) == [5000, 7500, 7500]
    assert hub.do("verify").code == 0
    hub.at("2019-11-06 09:00")
    hub.patch.delenv("EBSYNC_WORKGROUP_POLICIES")
    assert hub.do("invoices", "--yes", "--json").json()["issued"] == []
    hub.do("notice", "add", "ratio", two.second, "--received-at", "2019-10-30 10:00", "--channel", "email")
    plan = hub.do("invoices", "--dry-run", "--json").json()
    assert (plan["to_credit"], plan["to_invoice"]) == ([], [])  # a week's notice was asked when it was issued
    hub.do("verify")
    past = hub.do("charges", "ratio", "--as-of", "2019-11-05 17:00", "--json").json()["decisions"]
    assert {decision["amount_pence"] for decision in past} == {7500}


def test_sync_watches_from_the_earliest_deadline_of_each_policy(two: Two) -> None:
    hub = two.hub
    hub.at("2019-10-29 09:00")
    hub.sync()
    read = {w["slug"]: w["last_read_at"] for w in hub.do("workshops", "--json").json()["workshops"]}
    assert read == {"fractions": "2019-09-02T08:00:00Z", "ratio": "2019-10-29T09:00:00Z"}


def test_a_series_is_named_by_its_id(hub: Hub) -> None:
    event = hub.event("Ratio", "2019-11-05 10:00", "2019-11-05 15:00", slug="ratio")
    hub.patch.setenv("EBSYNC_WORKGROUP_POLICIES", f"{event}=trust")
    hub.sync()
    assert hub.do("workshops", "--json").json()["workshops"][0]["deadline_at"] is None  # not in force yet
    hub.at("2020-09-02 09:00")
    later = hub.event("Later", "2020-11-03 10:00", "2020-11-03 15:00", slug="later")
    hub.patch.setenv("EBSYNC_WORKGROUP_POLICIES", f"{later}=trust")
    hub.sync()
    (listed,) = [w for w in hub.do("workshops", "--json").json()["workshops"] if w["id"] == later]
    assert listed["deadline_at"] == "2020-10-27T23:59:59Z"


def test_the_policy_of_a_work_group_is_shown_and_a_name_that_matches_nothing_is_told(two: Two) -> None:
    hub = two.hub
    general = hub.do("policy", "show").out
    assert "(maths-hub)" in general
    assert "Work groups with a policy of their own: nowhere, ratio" in general
    assert "(hub-week)" in hub.do("policy", "show", "ratio").out
    assert "no work group is called nowhere yet" in hub.do("doctor").err


def test_what_if_may_be_about_one_work_group(two: Two) -> None:
    _end(two)
    words = ("policy", "what-if", "maths-hub", "--from", "2019-11-01", "--to", "2019-11-30", "--json")
    assert two.hub.do(*words).json()["pence_now"] == 20000
    compared = two.hub.do(*words, "--workgroup", "ratio").json()
    assert (compared["places"], compared["pence_now"], compared["pence_then"]) == (2, 15000, 10000)


@pytest.mark.parametrize(
    ("value", "told"),
    [
        ("ratio", "with = between"),
        ("ratio=", "with = between"),
        ("ratio=nothing", "EBSYNC_WORKGROUP_POLICIES, ratio"),
        ("ratio=nothing.toml", "EBSYNC_WORKGROUP_POLICIES, ratio"),
    ],
)
def test_a_setting_that_names_no_policy_is_refused(hub: Hub, value: str, told: str) -> None:
    hub.patch.setenv("EBSYNC_WORKGROUP_POLICIES", value)
    assert told in hub.refused("sync", code=78)


def test_the_settings_file_names_them_in_a_table(hub: Hub, tmp_path: Path) -> None:
    config = tmp_path / "ebsync.toml"
    config.write_text('[workgroup_policies]\n"ratio" = "hub-week"\n', encoding="utf-8")
    hub.patch.setenv("EBSYNC_CONFIG", str(config))
    assert "(hub-week)" in hub.do("policy", "show", "ratio").out
