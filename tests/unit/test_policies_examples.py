"""Every worked case of `policies/examples` holds, and together they show everything that a rule may say."""

from __future__ import annotations

import re
import tomllib
from collections.abc import Callable, Iterator, Mapping
from datetime import date, timedelta
from importlib import resources
from typing import Any

import pytest

from eb_sync.workshops.bank_holidays import is_bank_holiday
from policies.decisions import Finding, FindingKind, Outcome, Reason
from policies.engine import assess_workshop
from policies.facts import (
    AnswerWord,
    CallOff,
    Channel,
    Delivery,
    ExemptionKind,
    ExemptionState,
    Mark,
    Nomination,
    OtherBooking,
    Presence,
    SubstituteLink,
    WorkgroupFacts,
    WorkshopNominations,
)
from policies.parameters import Policy, load_policy, read_shipped
from policies.two_teachers import assess_workgroup
from tests.factories import AS_OF, BOOKED_AT, Story, london

WHEN = r"\d{4}-\d\d-\d\d \d\d:\d\d(?::\d\d)?"


Table = Mapping[str, Any]


def _tables(key: str) -> list[Table]:
    files = [entry for entry in (resources.files("policies") / "examples").iterdir() if entry.name.endswith(".toml")]
    texts = [entry.read_text(encoding="utf-8") for entry in sorted(files, key=lambda entry: entry.name)]
    read = [tomllib.loads(text) for text in texts]
    return [{"policy": "maths-hub", **page, **table} for page in read for table in page.get(key, ())]


def _policy(table: Table) -> Policy:
    return load_policy(read_shipped(table["policy"]), is_bank_holiday)


def _says(table: Table) -> str:
    return str(table["says"])


Words = Mapping[str, str]


def _books(story: Story, at: str, words: Words) -> None:
    fields: dict[str, Any] = {"school": words["school"]}
    if words["same"]:
        fields["person_id"] = story.bookings[words["same"]]["person_id"]
    story.book(words["ref"], london(at), **fields)


def _books_seats(story: Story, at: str, words: Words) -> None:
    for number in range(1, int(words["seats"]) + 1):
        story.book(f"{words['ref']}-{number}", london(at), person_id=500, name_id=500, order_id="order-of-seats")


def _books_otherwise(fields: Mapping[str, Any]) -> Callable[[Story, str, Words], None]:
    return lambda story, at, words: story.book(words["ref"], london(at), **fields)


def _books_alike(story: Story, at: str, words: Words) -> None:
    story.book(words["ref"], london(at), school=words["school"], name_id=story.bookings[words["other"]]["name_id"])


def _is_doubtful(story: Story, at: str, words: Words) -> None:
    story.observe(words["ref"], london(at), Presence.ACTIVE, changed_at=london(at), status_known=False)


def _books_another(story: Story, at: str, words: Words) -> None:
    person_id = story.bookings[words["ref"]]["person_id"]
    story.others.append(OtherBooking(person_id, None, None, "901", london(at)))


def _is_cancelled(story: Story, at: str, words: Words) -> None:
    story.cancel(words["ref"], london(at), london(words["stamp"]) if words["stamp"] else None)


def _gives_notice(story: Story, at: str, words: Words) -> None:
    story.notice(words["ref"], london(at), Channel(words["channel"]))


def _is_missing(story: Story, at: str, words: Words) -> None:
    story.vanish(words["ref"], london(at))


def _is_unreadable(story: Story, at: str, words: Words) -> None:
    story.observe(words["ref"], london(at), Presence.UNREADABLE)


def _checks_in(story: Story, at: str, words: Words) -> None:
    story.check_in(words["ref"], london(at))


def _is_marked(story: Story, _at: str, words: Words) -> None:
    story.mark(words["ref"], Mark(words["mark"]))


def _walks_in(story: Story, _at: str, words: Words) -> None:
    story.walk_in(words["ref"], words["school"], words["replaces"])


def _came_for(story: Story, _at: str, words: Words) -> None:
    story.links.append(SubstituteLink(story.next_id(), words["ref"], words["replaces"]))


def _has_exemption(story: Story, _at: str, words: Words) -> None:
    is_booking = words["who"] in story.bookings
    story.claim(
        ExemptionKind(words["kind"]),
        ExemptionState(words["state"]),
        ref=words["who"] if is_booking else None,
        school=None if is_booking else words["who"],
        days=(date.fromisoformat(words["first"]), date.fromisoformat(words["last"])) if words["first"] else None,
    )


def _is_answered(story: Story, _at: str, words: Words) -> None:
    story.answer(words["ref"], Reason(words["question"]), AnswerWord(words["word"]))


def _is_waived(story: Story, _at: str, words: Words) -> None:
    story.answer(words["ref"], None, AnswerWord.WAIVE)


def _is_read(story: Story, at: str, _words: Words) -> None:
    story.sight(london(at))


def _is_moved(story: Story, at: str, words: Words) -> None:
    starts_at, ends_at = london(words["starts"]), london(words["ends"])
    story.move(starts_at, london(at), hours=(ends_at - starts_at) // timedelta(hours=1))


def _is_called_off(story: Story, at: str, _words: Words) -> None:
    story.settings["hub_statement"] = CallOff(story.next_id(), called_off=True, recorded_at=london(at))


def _is_shown_off(story: Story, at: str, words: Words) -> None:
    story.settings["eventbrite_statement"] = CallOff(story.next_id(), True, london(at), london(words["going"]))


SENTENCES: Mapping[str, Callable[[Story, str, Words], None]] = {
    r"(?P<ref>\S+) books(?: for (?P<school>\w+))?(?:, the same person as (?P<same>\S+))?": _books,
    r"(?P<ref>\S+) books (?P<seats>\d+) seats": _books_seats,
    r"(?P<ref>\S+) books another workshop": _books_another,
    r"(?P<ref>\S+) books for (?P<school>\w+), spelt as (?P<other>\S+)": _books_alike,
    r"(?P<ref>\S+) books a ticket nobody has described": _books_otherwise({"ticket_known": False}),
    r"(?P<ref>\S+) books, and is erased later": _books_otherwise({"is_erased": True}),
    r"(?P<ref>\S+) books without a name": _books_otherwise({"name_id": None, "email_id": None}),
    r"(?P<ref>\S+) has a status nobody has described": _is_doubtful,
    rf"(?P<ref>\S+) is seen cancelled(?:, stamped (?P<stamp>{WHEN}))?": _is_cancelled,
    r"(?P<ref>\S+) gives notice by (?P<channel>\w+)": _gives_notice,
    r"(?P<ref>\S+) is missing from the list": _is_missing,
    r"(?P<ref>\S+) is unreadable": _is_unreadable,
    r"(?P<ref>\S+) checks in": _checks_in,
    r"(?P<ref>\S+) is marked (?P<mark>\S+)": _is_marked,
    r"(?P<ref>\S+) walks in(?: from (?P<school>\w+)| for (?P<replaces>\S+)|, school unknown)": _walks_in,
    r"(?P<ref>\S+) came for (?P<replaces>\S+)": _came_for,
    r"(?P<who>\S+) has (?P<kind>\w+) (?P<state>\w+)(?: from (?P<first>\S+) to (?P<last>\S+))?": _has_exemption,
    r"a person answers (?P<question>\w+) for (?P<ref>\S+): (?P<word>\S+)": _is_answered,
    r"a person waives (?P<ref>\S+)": _is_waived,
    r"read": _is_read,
    rf"the hub moves it to (?P<starts>{WHEN}) to (?P<ends>{WHEN})": _is_moved,
    r"the hub calls it off": _is_called_off,
    rf"Eventbrite shows it called off, going ahead at (?P<going>{WHEN})": _is_shown_off,
}


def tell(story: Story, line: str) -> None:
    """Add what one line says happened."""
    at, sentence = re.fullmatch(rf"({WHEN}) (.+)", line, re.ASCII).groups()  # type: ignore[union-attr] # a wrong line fails
    for pattern, add in SENTENCES.items():
        found = re.fullmatch(pattern, sentence)
        if found:
            add(story, at, found.groupdict())
            return
    pytest.fail(f"nobody understands: {sentence}")


def build_story(case: Table) -> Story:
    """What the case says of the workshop, then what happened."""
    starts, ends = case.get("workshop", "2019-11-05 10:00 to 2019-11-05 15:00").split(" to ")
    page = case.get("page", "one day")
    story = Story(
        starts_at=london(starts),
        ends_at=london(ends),
        is_closed=case.get("register") != "open",
        is_read_after=case.get("read_since_the_end", True),
        settings={
            "dates_known": page != "dates unknown",
            "single_day": page == "one day",
            "deliveries": (Delivery(case.get("delivery", "in_person")),),
            "billing_from_on": date.fromisoformat(case.get("billing_from", "2019-01-01")),
        },
    )
    for line in case["happened"]:
        tell(story, line)
    return story


@pytest.mark.parametrize("case", _tables("case"), ids=_says)
def test_a_worked_case_is_decided_as_it_says(case: Table) -> None:
    story = build_story(case)
    as_of = london(case["now"]) if "now" in case else AS_OF

    decisions = assess_workshop(story.facts(), _policy(case), as_of)

    said = {decision.booking_id: [decision.outcome, decision.reason, decision.amount_pence] for decision in decisions}
    assert said == case["then"]


def _nominations(group: Table) -> Iterator[Nomination]:
    for number, (name, school, role, leadership) in enumerate(group["teachers"]):
        yield Nomination(
            booking_id=f"{name}-{number}",
            order_id="order" if group.get("one_order") else f"order-{number}",
            created_at=BOOKED_AT + timedelta(minutes=number),
            person_id=sum(map(ord, name)),
            name_id=sum(map(ord, name)),
            school_id=school or None,
            role=role,
            leadership=leadership,
        )


def find_for(group: Table) -> tuple[Finding, ...]:
    """What the rule finds for a group of one workshop."""
    on = date(2019, 11, 5)
    workshop = WorkshopNominations("900", on, tuple(_nominations(group)))
    return assess_workgroup(WorkgroupFacts("500", on, (workshop,)), _policy(group))


@pytest.mark.parametrize("group", _tables("group"), ids=_says)
def test_a_worked_group_is_found_as_it_says(group: Table) -> None:
    findings = find_for(group)

    said = [[finding.kind, finding.severity, finding.school_id or ""] for finding in findings]
    assert said == [row[:3] for row in group["then"]]
    for row, finding in zip(group["then"], findings, strict=True):
        assert all(booking_id.startswith(tuple(row[3:])) for booking_id in finding.booking_ids if row[3:])


def test_the_worked_cases_show_every_outcome_and_every_reason() -> None:
    shown = [row for case in _tables("case") for row in case["then"].values()]

    assert {outcome for outcome, _, _ in shown} == set(Outcome)
    # of no real provider is it known that it does these: see test_policies_charges and test_policies_attendance
    assert {reason for _, reason, _ in shown} == set(Reason) - {Reason.CHARGED_ONCE, Reason.PART_ATTENDANCE}


def test_the_worked_groups_show_every_finding() -> None:
    assert {row[0] for group in _tables("group") for row in group["then"]} == set(FindingKind)
