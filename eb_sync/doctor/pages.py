"""The booking pages ahead: whether they are in scope, and ask for what the hub needs to know."""

from __future__ import annotations

import difflib
from collections.abc import Iterable, Iterator, Sequence
from datetime import datetime

from eb_sync.doctor.account import AccountReading
from eb_sync.doctor.findings import CheckResult, ok, warning
from eb_sync.errors import EventbriteContractError, UnavailableError
from eb_sync.model.readings import AskedQuestions, EventReading, GoingAhead
from eb_sync.sync.plan import is_bookable
from eb_sync.workshops.calendar import Workshop
from eb_sync.workshops.terms import Scope
from policies.wording import LONDON

MOST_PAGES = 20
"""Pages looked at, soonest first: each costs two or three of the hour's calls."""

_NEEDED = {
    "school": ("School name", "which school a booking is for will not be known", ("school", "academy")),
    "urn": ("School URN", "schools will have to be confirmed by hand", ("urn", "dfe")),
    "role": ("Your role in school", "who is a leader will not be known", ("role", "job", "position")),
}
"""By field: the question to add, what its absence means, and words by which another wording is found."""


def check_scope(scope: Scope, visit: AccountReading, workshops: Sequence[Workshop]) -> Iterator[CheckResult]:
    """Whether each slug and organizer of the scope matches an event, ahead or already in the database."""
    events = visit.events.events
    slugs = {event.slug for event in events} | {workshop.slug for workshop in workshops}
    organizers = {each.organizer_id or "" for each in events} | {each.organizer_id or "" for each in workshops}
    unmatched = [("SLUGS", slug, _near(slug, slugs)) for slug in scope.slugs if slug not in slugs]
    for organizer in scope.organizers:
        if organizer not in organizers:
            is_organization = organizer == visit.organization_id
            hint = "It is the organisation's id, not an organizer's." if is_organization else _ids(organizers)
            unmatched.append(("ORGANIZERS", organizer, hint))
    for name, value, hint in unmatched:
        yield warning(f"{value} of the scope matches no event.", f"Correct EBSYNC_SCOPE__{name}. {hint}".strip())
    if not scope.slugs and not scope.organizers:
        yield ok("no scope is set: every event of the organisation counts")
    elif not unmatched:
        yield ok("every slug and organizer matches an event")


def _near(slug: str, slugs: Iterable[str]) -> str:
    near = difflib.get_close_matches(slug, sorted(slugs), 3)
    return f"Near it: {', '.join(near)}." if near else ""


def _ids(organizers: Iterable[str]) -> str:
    known = sorted(filter(None, organizers))
    return f"There are: {', '.join(known)}." if known else ""


def check_pages(scope: Scope, visit: AccountReading, now: datetime) -> Iterator[CheckResult]:
    """Whether the pages ahead ask each attendee, and for school, URN and role."""
    if visit.events.unexpanded_ids:
        yield warning("Eventbrite could not show its events in full, so the pages were not looked at.", "Try later.")
        return
    pages = _pages_ahead([event for event in visit.events.events if scope.covers(event)], now)
    wrong = [finding for event in pages[:MOST_PAGES] for finding in _look_at(visit, event)]
    yield from wrong
    looked_at = min(len(pages), MOST_PAGES)
    if not pages:
        yield ok("no page in scope is ahead")
    elif not wrong:
        yield ok(f"{looked_at} of {len(pages)} pages ahead looked at: they ask each attendee for what is needed")


def _pages_ahead(events: Iterable[EventReading], now: datetime) -> list[EventReading]:
    """Soonest first; of a series the next event stands for all."""
    ahead = (e for e in events if e.starts_at > now and is_bookable(e) and e.going_ahead is GoingAhead.GOING_AHEAD)
    pages: dict[str, EventReading] = {}
    for event in sorted(ahead, key=lambda event: (event.starts_at, event.id)):
        pages.setdefault(event.series_id or event.id, event)
    return list(pages.values())


def _look_at(visit: AccountReading, event: EventReading) -> Iterator[CheckResult]:
    starts_at = event.starts_at.astimezone(LONDON)
    page = f"The page for {starts_at.day} {starts_at:%b %Y} ({event.slug or event.id})"
    try:
        settings = visit.account.fetch_buyer_settings(event.id)
        asked = visit.account.fetch_asked_questions(event.id)
    except (EventbriteContractError, UnavailableError) as error:
        yield warning(f"{page} could not be looked at: {error}")
        return
    if settings.asks_each_attendee is False:
        yield warning(
            f"{page} collects the buyer's details only: teachers will be unnamed.",
            "On Eventbrite, in the event's order form, collect information from each attendee.",
        )
    elif settings.asks_each_attendee is None:
        yield warning(
            f"Eventbrite did not say whether {page[0].lower()}{page[1:]} asks each attendee or the buyer alone.",
            "Look at the event's order form on Eventbrite: it should collect information from each attendee.",
        )
    missing = [field for field in _NEEDED if field not in asked.fields]
    if missing:
        yield _say_missing(page, missing, asked)


def _say_missing(page: str, missing: Sequence[str], asked: AskedQuestions) -> CheckResult:
    questions = ", ".join(_NEEDED[field][0] for field in missing)
    meaning = "; ".join(_NEEDED[field][1] for field in missing)
    hints = [hint for field in missing if (hint := _other_wording(field, asked.labels))]
    added = "Add the questions to its order form, or name its own wording in EBSYNC_QUESTIONS__"
    return warning(f"{page} does not ask for {questions}: {meaning}.", " ".join([f"{added}...", *hints]))


def _other_wording(field: str, labels: Iterable[str]) -> str:
    words = _NEEDED[field][2]
    found = [label for label in labels if any(word in label.casefold() for word in words)]
    return f'For example EBSYNC_QUESTIONS__{field.upper()}="{found[0]}".' if found else ""
