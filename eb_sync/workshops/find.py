"""From what a person types to the workshop, booking or school that is meant; unknown and ambiguous words are refused.

Messages offer near matches and name no teacher.
"""

from __future__ import annotations

import difflib
from collections.abc import Iterable, Mapping, Sequence
from datetime import date

from eb_sync.errors import UsageError
from eb_sync.model.bookings import TypedSchool
from eb_sync.model.names import normalise_email, normalise_name
from eb_sync.schools.book import SchoolBook
from eb_sync.schools.near import say_near_schools
from eb_sync.workshops.calendar import Workshop
from policies.wording import day_text

_SHOWN = 12  # near matches in a message
_SHORTEST = 3  # letters of a slug that may stand for it


def find_workshop(workshops: Sequence[Workshop], text: str) -> Workshop:
    """The one workshop meant by an event id, `<id>/<n>`, `slug`, `slug/n` or `slug@2020-01-21`.

    Raises:
        UsageError: none is meant, or several are.
    """
    found = _matching(workshops, text.strip()) or _beginning(workshops, text.strip())
    if len(found) == 1:
        return found[0]
    if found:
        listed = "\n".join(f"  {_listed(workshop)}" for workshop in found[:_SHOWN])
        raise UsageError(f"{text} could mean several workshops; say which:\n{listed}")
    known = [
        name for workshop in workshops for name in (workshop.id, f"{workshop.slug}@{workshop.local_on}", workshop.name)
    ]
    raise UsageError(_unknown("workshop", text, known, [workshop.slug for workshop in workshops]))


def _listed(workshop: Workshop) -> str:
    """A workshop in a list to choose from; its id where only that tells it apart."""
    return f"{workshop.name}  {day_text(workshop.local_on)}  {workshop.title} ({workshop.id})"


def _beginning(workshops: Sequence[Workshop], wanted: str) -> list[Workshop]:
    """Workshops whose slug begins as typed, where no name is typed in full; with `/n` or `@date` as in full."""
    name, mark, rest = _take_apart(wanted)
    if len(name) < _SHORTEST:
        return []
    slugs = {workshop.slug for workshop in workshops if workshop.slug.startswith(name)}
    found = [each for slug in sorted(slugs) for each in _matching(workshops, f"{slug}{mark}{rest}")]
    return list({workshop.id: workshop for workshop in found}.values())


def _take_apart(wanted: str) -> tuple[str, str, str]:
    """The name, the mark after it, and the day: `slug`, `/`, `2`."""
    for mark in ("@", "/"):
        name, found, rest = wanted.rpartition(mark)
        if found:
            return name, mark, rest
    return wanted, "", ""


def find_workgroup(workshops: Sequence[Workshop], text: str) -> str:
    """The id of the one work group meant by its id, its slug, or any of its workshops.

    Raises:
        UsageError: none is meant, or several are.
    """
    meant = _matching(workshops, text.strip()) or _beginning(workshops, text.strip())
    found = {workshop.workgroup_id for workshop in meant}
    if len(found) == 1:
        return found.pop()
    if found:
        raise UsageError(f"{text} could mean several work groups: {', '.join(sorted(found))}.")
    names = [name for workshop in workshops for name in (workshop.workgroup_id, workshop.slug)]
    raise UsageError(_unknown("work group", text, names, []))


def find_event(workshops: Sequence[Workshop], text: str) -> str:
    """The id of the one event meant by its id or slug.

    Raises:
        UsageError: none is meant, or several are.
    """
    wanted = text.strip()
    found = {workshop.event_id for workshop in workshops if wanted in (workshop.event_id, workshop.slug)}
    if len(found) == 1:
        return found.pop()
    if found:
        raise UsageError(f"{text} could mean several events: {', '.join(sorted(found))}.")
    raise UsageError(_unknown("event", text, [w.event_id for w in workshops], [w.slug for w in workshops]))


def _matching(workshops: Sequence[Workshop], wanted: str) -> list[Workshop]:
    by_id = [workshop for workshop in workshops if workshop.id == wanted]
    if by_id:
        return by_id
    slug, at, day = wanted.rpartition("@")
    if at:
        return [workshop for workshop in workshops if workshop.slug == slug and workshop.local_on == _parse_day(day)]
    name, slash, number = wanted.rpartition("/")
    if slash:
        return [w for w in workshops if name in _names(w) and number.isdigit() and (w.day or 1) == int(number)]
    return [workshop for workshop in workshops if wanted in _names(workshop)]


def _names(workshop: Workshop) -> tuple[str, str, str]:
    return workshop.slug, workshop.event_id, workshop.workgroup_id


def _parse_day(text: str) -> date | None:
    try:
        return date.fromisoformat(text)
    except ValueError:
        return None


def find_bookings(
    references: Iterable[str], teachers: Mapping[str, tuple[str, str]], texts: Sequence[str]
) -> list[str]:
    """The references meant by references, or by e-mail addresses or surnames that are unique at the workshop.

    Args:
        references: all bookings and walk-ins at the workshop.
        teachers: name and e-mail address by reference.
        texts: what was typed.

    Raises:
        UsageError: one of them means no booking here, or several.
    """
    known = list(references)
    return list(dict.fromkeys(_find_booking(known, teachers, text) for text in texts))


def _find_booking(references: Sequence[str], teachers: Mapping[str, tuple[str, str]], text: str) -> str:
    wanted = text.strip()
    if wanted.upper() in references:
        return wanted.upper()
    found = [reference for reference in references if _is_called(teachers.get(reference, ("", "")), wanted)]
    if len(found) == 1:
        return found[0]
    if found:
        raise UsageError(
            f"Several bookings at this workshop answer to that name or address; use a reference: {', '.join(found)}."
        )
    near = difflib.get_close_matches(wanted.upper(), references, n=3, cutoff=0.7) or references[:_SHOWN]
    listed = f"Bookings here: {', '.join(near)}." if near else "There are no bookings here."
    what = wanted if wanted[:1].upper() in ("B", "W") and wanted[1:2].isdigit() else "what was given"
    raise UsageError(f"No booking at this workshop is meant by {what}. {listed}")


def _is_called(teacher: tuple[str, str], wanted: str) -> bool:
    name, email = teacher
    if "@" in wanted:
        return normalise_email(email) == normalise_email(wanted)
    key, words = normalise_name(wanted), normalise_name(name).split()
    return bool(key) and (key == " ".join(words) or words[-1:] == [key])


def find_school(book: SchoolBook, text: str) -> str:
    """The id of the one known school meant by a URN, a P-id or a name.

    Raises:
        UsageError: none is known under that, or several are.
    """
    wanted = text.strip()
    if wanted.upper() in book.schools:
        return wanted.upper()
    named = book.named(normalise_name(wanted))
    if named and all(book.register.are_one(named[0].id, school.id) for school in named):
        return next((school.id for school in named if book.register.is_going_on(school.id)), named[0].id)
    if named:
        listed = ", ".join(f"{school.id} ({school.postcode})" for school in named)
        raise UsageError(f"Several schools are called {text}: {listed}. Use the URN or id.")
    hint = "`ebsync schools list` shows all; `ebsync schools add` enters one."
    near = say_near_schools(wanted, book.schools.items())
    if near:
        raise UsageError(f"There is no school {text}. Did you mean: {'; '.join(near)}? {hint}")
    names = [name for school in book.schools.values() for name in (school.id, school.name)]
    raise UsageError(f"{_unknown('school', text, names, [])} {hint}")


def find_school_key(book: SchoolBook, typed: Iterable[TypedSchool], text: str) -> str:
    """The key of a school known or merely typed with a booking: `id:<URN or P-id>`, or `name:<normalised name>`.

    Raises:
        UsageError: neither known nor typed, or several known schools have the name.
    """
    entries = list(typed)
    wanted, key = text.strip(), normalise_name(text)
    if wanted.upper() in book.schools or book.named(key):
        return f"id:{find_school(book, text)}"
    if any(entry.urn == wanted for entry in entries if entry.urn):
        return f"id:{wanted}"
    same = [entry for entry in entries if entry.name_key == key and key]
    if same:
        return _typed_key(book, same, key)
    near = say_near_schools(wanted, book.schools.items())
    if near:
        raise UsageError(f"There is no school {text}. Did you mean: {'; '.join(near)}?")
    names = [school.name for school in book.schools.values()]
    raise UsageError(_unknown("school", text, names, [entry.name for entry in entries]))


def _typed_key(book: SchoolBook, same: Sequence[TypedSchool], key: str) -> str:
    # once a typed name is confirmed, what is recorded about it is recorded about the school
    confirmed = {book.identify("", entry) for entry in same}
    if len(confirmed) == 1 and None not in confirmed:
        return f"id:{confirmed.pop()}"
    return f"name:{key}"


def _unknown(what: str, text: str, names: Sequence[str], more: Sequence[str]) -> str:
    """A refusal with near matches; without any, with some of `names`, never of `more`, in which anything was typed."""
    candidates = list(dict.fromkeys([*names, *more]))
    near = difflib.get_close_matches(text, candidates, n=5, cutoff=0.5)
    if near:
        return f"There is no {what} {text}. Did you mean: {', '.join(near)}?"
    if not candidates:
        return f"There is no {what} {text}: none is known yet. Has `ebsync sync` been run?"
    known = f" Known are, for example: {', '.join(names[:5])}." if names else ""
    return f"There is no {what} {text}.{known}"
