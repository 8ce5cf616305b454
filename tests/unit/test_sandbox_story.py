"""The story is whole: it can be told, it shows every outcome, and its clock proves what it claims."""

from __future__ import annotations

from datetime import datetime, timedelta

import pytest

from eb_sync.sandbox.rows import AttendeeStatus
from eb_sync.sandbox.story import (
    ENDING,
    EXPECTED,
    STORY,
    WORKSHOP_IDS,
    Command,
    Step,
    StoryError,
    Teller,
    create_world,
    sync_instants,
)
from eb_sync.sandbox.story.cast import SCHOOLS, TEACHERS
from eb_sync.sandbox.story.steps import london, type_in
from policies.decisions import Outcome, Reason

NO_PLACES = {"fractions-lunch", "fractions-host"}


@pytest.fixture(scope="module")
def told() -> Teller:
    teller = Teller(create_world())
    teller.play(STORY)
    return teller


def sync_between(first: str, last: str) -> bool:
    return any(step.is_sync and london(first) <= step.at <= london(last) for step in STORY)


def test_steps_are_in_order_of_time_and_over_before_the_ending() -> None:
    instants = [step.at for step in STORY]
    assert instants == sorted(instants)
    assert instants[-1] < ENDING


def test_every_booking_that_is_a_place_has_an_expected_decision(told: Teller) -> None:
    assert {label for _, label in EXPECTED} == set(told.attendee_ids) - NO_PLACES


OTHER_POLICIES = {"charged_once", "refilled", "turned_away", "part_attendance"}
"""Reasons that the flyer's policy has no use for."""
NOT_IN_A_GOOD_YEAR = {
    *("status_unknown", "ticket_unknown", "no_place"),  # what Eventbrite leaves out
    *("person_erased", "person_unknown", "duplicate_suspected"),  # who it is, nobody can tell
}
"""Reasons that only missing data brings; worked cases in policies/examples/questions.toml show them."""


def test_every_outcome_and_every_reason_of_the_rules_is_expected_somewhere() -> None:
    assert {outcome for outcome, _ in EXPECTED.values()} == {each.value for each in Outcome}
    assert {reason for _, reason in EXPECTED.values()} == {
        each.value for each in Reason
    } - OTHER_POLICIES - NOT_IN_A_GOOD_YEAR


def test_every_workshop_spoken_of_is_an_event_of_the_world(told: Teller) -> None:
    assert {workshop for workshop, _ in EXPECTED} == set(WORKSHOP_IDS)
    existing = set(told.world.events) | {"1069471350946"}  # removed towards the end
    assert {workshop_id.partition("/")[0] for workshop_id in WORKSHOP_IDS.values()} <= existing


def test_a_demo_has_few_enough_runs_of_sync_to_be_quick() -> None:
    assert len(list(sync_instants(STORY))) == sum(step.is_sync for step in STORY) < 120


def test_no_run_of_sync_stands_at_the_instant_of_something_else() -> None:
    others = {step.at for step in STORY if not step.is_sync}
    assert not others & {step.at for step in STORY if step.is_sync}


def test_the_late_cancellation_of_the_first_day_is_proved_by_a_read_after_the_deadline() -> None:
    assert sync_between("2019-11-04 10:05", "2019-11-04 10:59")


def test_nothing_was_read_while_the_unproven_cancellations_happened() -> None:
    assert sync_between("2019-11-18 11:00", "2019-11-18 12:00")
    assert not sync_between("2019-11-18 12:00", "2019-11-18 14:30")


def test_every_workshop_but_the_removed_one_is_read_after_its_end(told: Teller) -> None:
    for event in told.world.events.values():
        if event.ends_at < ENDING:
            assert any(step.is_sync and event.ends_at < step.at < event.ends_at + timedelta(days=14) for step in STORY)


def test_every_placeholder_of_a_command_stands_for_something_told_before() -> None:
    typed: list[tuple[str, ...]] = []

    def run(_: datetime, arguments: tuple[str, ...]) -> tuple[int, str]:
        typed.append(arguments)
        return (3 if arguments[-1] == "cmh19-interventionhgate/1" else 0), "fact 12\n"

    Teller(create_world(), out="letters").play(STORY, run)
    words = {word for arguments in typed for word in arguments}
    assert not any("{" in word for word in words)
    assert ("exempt", "approve", "12") in typed
    assert "letters/charges-july.csv" in words


def test_a_command_that_ends_otherwise_than_told_stops_the_story() -> None:
    step = type_in("2019-09-20 09:00", "sync")
    with pytest.raises(StoryError, match="exited with 70"):
        Teller(create_world()).play([step], lambda _at, _arguments: (70, ""))


def test_a_label_not_yet_told_of_is_an_error() -> None:
    with pytest.raises(LookupError, match="anna"):
        Teller(create_world()).resolve("{anna}")


def test_a_run_of_sync_is_told_from_other_commands() -> None:
    assert Step(ENDING, Command(("sync",))).is_sync
    assert not type_in("2019-09-20 09:00", "status").is_sync


def test_deletion_leaves_one_row_as_deleted_and_the_other_nowhere(told: Teller) -> None:
    assert told.world.attendee(told.attendee_ids["delwyn"]).status is AttendeeStatus.DELETED
    assert told.attendee_ids["zelah"] not in told.world.attendees


def test_seats_booked_for_the_buyer_alone_share_a_stem(told: Teller) -> None:
    stem = told.attendee_ids["tables-1"]
    assert [told.attendee_ids[f"tables-{number}"] for number in (2, 3)] == [f"{stem}-1", f"{stem}-2"]


def test_nobody_in_the_story_can_be_mistaken_for_somebody_real() -> None:
    assert all(school.id.startswith(("8000", "P")) for school in SCHOOLS)
    emails = [teacher.email for teacher in TEACHERS.values() if teacher.email]
    assert all(email.endswith((".example.org", ".test")) for email in emails)
