"""What recording commands say back, and what they ask about before they record it."""

from __future__ import annotations

import click
import pytest

from tests.e2e.register_day import Day, begin_register_day
from tests.hub import Hub, Result

WALK_IN = ("attendance", "walk-in", "fractions", "--name", "Sam Sample", "--school")


@pytest.fixture
def day(hub: Hub) -> Day:
    return begin_register_day(hub)


def said(result: Result) -> str:
    """stdout without its line breaks."""
    return " ".join(result.out.split())


def test_a_mark_says_who_what_follows_and_what_is_open(day: Day) -> None:
    done = day.hub.do("attendance", "mark", "fract", day.bob, "present")
    assert said(done) == (
        "Bob Baker, Ash Lane Primary: present. Nothing is charged: the teacher attended. "
        f"1 place is still unmarked at fractions. Its register is open. fact {done.facts[0]}"
    )
    assert "Baker" not in done.err
    assert set(day.hub.do("attendance", "mark", "fractions", day.bob, "late", "--json").json()) == {"fact_ids"}


def test_notice_is_said_back_with_its_weekday(day: Day) -> None:
    given = ("--received-at", "4/11/2019 9.30", "--channel", "email")
    done = day.hub.do("notice", "add", "fractions", day.bob, *given)
    assert said(done).startswith(
        "Bob Baker, Ash Lane Primary: notice received on Mon 4 Nov 2019, 09:30 (email), for fractions (Tue 5 Nov 2019)."
    )


def test_a_walk_in_of_nearly_a_known_school_is_asked_about(day: Day) -> None:
    message = day.hub.refused(*WALK_IN, "Elm Nursary")
    assert "Did you mean: Elm Nursery?" in message
    assert "--sure" in message
    assert "Sam" not in message
    done = day.hub.do(*WALK_IN, "Elm Nursary", "--sure")
    assert said(done).startswith("Sam Sample, Elm Nursary: came without a booking. The reference is W1.")


def test_the_same_walk_in_twice_and_a_second_substitute_are_asked_about(day: Day) -> None:
    hub = day.hub
    hub.do(*WALK_IN, "Oak Junior", "--replaces", day.bob)
    assert "as W1" in hub.refused(*WALK_IN, "Oak Junior")
    assert "W1 is recorded" in hub.refused("attendance", "substitute", "fractions", day.ann, "--replaces", day.bob)
    hub.do("attendance", "substitute", "fractions", day.ann, "--replaces", day.bob, "--sure")


def test_a_walk_in_is_withdrawn_by_its_reference(day: Day) -> None:
    hub = day.hub
    hub.do(*WALK_IN, "Oak Junior")
    assert "Withdrawn:" in hub.do("retract", "w1").out
    assert "W1" not in hub.decisions("fractions")
    assert "already" in hub.do("retract", "W1").err
    assert "neither" in hub.refused("retract", "W9X")


@pytest.mark.parametrize("agrees", [True, False])
def test_closing_at_a_terminal_lists_whom_it_marks_and_asks(
    day: Day, agrees: bool, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("eb_sync.cli.registers.at_terminal", lambda: True)
    monkeypatch.setattr(click, "confirm", lambda *_, **__: agrees)
    done = day.hub.run("attendance", "close", "fractions", "--rest-absent")
    assert "Bob Baker, Ash Lane Primary" in done.out
    assert (done.code, "The register is closed." in done.out) == ((0, True) if agrees else (2, False))
    assert bool(day.hub.do("workshops", "--json").json()["workshops"][0]["closed_at"]) == agrees


def test_lists_for_people_have_names_and_dates_and_fit(day: Day) -> None:
    hub = day.hub
    add = ("exempt", "add", "--kind", "extenuating", "--workshop", "fractions", "--code", "weather")
    claim = hub.do(*add, "--booking", day.bob)
    assert "Bob Baker, Ash Lane Primary, extenuating circumstances (weather)" in said(claim)
    hub.do("attendance", "close", "fractions", "--rest-absent")
    hub.at("2019-11-05 16:00")
    hub.sync()
    shown = hub.do("review").out
    assert "Bob Baker, Ash Lane Primary\n  fractions, Tue 5 Nov 2019" in shown
    assert "exemption_claimed" not in shown
    for text in (shown, hub.do("check").out, hub.do("workshops").out):
        assert max(map(len, text.splitlines())) <= 80
