"""A snapshot of several chosen events says of them what a snapshot of everything says, and reads nothing of others."""

from __future__ import annotations

import shutil
from collections.abc import Collection, Iterator
from pathlib import Path
from typing import Any

import pytest

from eb_sync.billing.invoicing import PlanChoice, read_chosen_plan
from eb_sync.bootstrap import Hub, build_hub
from eb_sync.model.facts import event_of
from eb_sync.recording.answers import find_questions
from eb_sync.reports.overview import read_overview
from eb_sync.sandbox.demo_account import build_settings_file
from tests.played import Played


@pytest.fixture
def opened(played: Played, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Hub]:
    """The demo's hub at its end."""
    shutil.copy(played.folder / "demo.sqlite", tmp_path)
    (tmp_path / "ebsync.toml").write_text(build_settings_file(), encoding="utf-8")
    monkeypatch.setenv("EBSYNC_CONFIG", str(tmp_path / "ebsync.toml"))
    hub = build_hub()
    yield hub
    hub.close()


def _look(hub: Hub, events: Collection[str] | None, kept: Collection[str]) -> dict[str, list[Any]]:
    """Overview, questions and plan as read with these events; of them what is about those that are kept."""
    with hub.snapshot(events=events) as (connection, snapshot):
        plan = read_chosen_plan(connection, snapshot, PlanChoice(None, None, ()))
        parts: dict[str, list[Any]] = {
            # a day's number is counted among the events that are read
            "overview": [{**row, "day": None} for row in read_overview(connection, snapshot)],
            "questions": find_questions(connection, snapshot, snapshot.workshops),
            "plan": [*plan.to_invoice, *plan.to_credit, *plan.held, *plan.pending, *plan.blocked],
        }
    return {name: [each for each in found if _event(each) in kept] for name, found in parts.items()}


def _event(found: Any) -> str:  # noqa: ANN401 - a row of the overview, a question, or a part of the plan
    found = found["id"] if isinstance(found, dict) else getattr(found, "decision", found)
    return event_of(found if isinstance(found, str) else found.workshop_id)


def test_chosen_events_are_read_alone_and_say_the_same(opened: Hub) -> None:
    with opened.snapshot() as (_, snapshot):
        events = sorted({workshop.event_id for workshop in snapshot.workshops})
    for chosen in (set(events[:2]), {events[0], events[-1]}, set(events[1:])):
        with opened.snapshot(events=chosen) as (_, snapshot):
            assert {workshop.event_id for workshop in snapshot.workshops} == chosen
        several = _look(opened, chosen, events)
        assert several == _look(opened, None, chosen)
        assert several["overview"]


def test_no_chosen_event_is_no_event(opened: Hub) -> None:
    assert _look(opened, [], ["anything"]) == {"overview": [], "questions": [], "plan": []}
    with opened.snapshot(events=()) as (_, snapshot):
        assert snapshot.workshops == ()
