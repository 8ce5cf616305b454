"""Adding and confirming schools, and what waits for it."""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date

import sqlalchemy as sa

from eb_sync.errors import UsageError
from eb_sync.model.bookings import TypedSchool, reference_of
from eb_sync.model.facts import PayerSet, SchoolAdded, SchoolConfirmed, WalkInCame, facts_of
from eb_sync.model.names import normalise_name
from eb_sync.schools.book import School, Source
from eb_sync.schools.near import say_near_schools
from eb_sync.store.bookings import read_known_bookings
from eb_sync.store.gias import read_schools, read_trusts
from eb_sync.store.series import PAYER, ensure_hub, take_numbers
from eb_sync.workshops.find import find_school
from eb_sync.workshops.snapshot import Snapshot


@dataclass(frozen=True, slots=True)
class NewSchool:
    """A payer as typed by whoever adds it."""

    name: str
    address: tuple[str, ...]
    postcode: str
    urn: str | None
    email: str | None
    po_number: str | None


@dataclass(frozen=True, slots=True)
class PaymentTerms:
    """What is said of a payer, as typed."""

    bill_to: str | None
    """`school`, `trust`, or `setting`: as the setting says."""
    email: str | None
    po_number: str | None


@dataclass(frozen=True, slots=True)
class WaitingSchool:
    """A school as typed that nobody confirmed, with the bookings it keeps from being billed."""

    typed: TypedSchool
    booking_ids: tuple[str, ...]
    days: tuple[date, ...] = ()
    """Local dates of the workshops that are booked; empty for walk-ins."""


def build_school(connection: sa.Connection, hub_id: int, new: NewSchool) -> SchoolAdded:
    """The fact that adds a school; its id is the URN, else the next of `P1`, `P2`, ...

    Raises:
        UsageError: a name, address line or postcode is empty, or the URN is not six digits.
    """
    address = tuple(line.strip() for line in new.address if line.strip())
    for what, given in (("--name", new.name.strip()), ("--address", address), ("--postcode", new.postcode.strip())):
        if not given:
            raise UsageError(f"{what} is empty; an invoice needs it.")
    urn = new.urn.strip() if new.urn else None
    if urn is not None and not re.fullmatch(r"\d{6}", urn):
        raise UsageError(f"{urn} is not a URN: a URN has six digits.")
    ensure_hub(connection, hub_id)
    school_id = urn or f"P{take_numbers(connection, hub_id, PAYER)[0]}"
    return SchoolAdded(
        school_id=school_id,
        urn=urn,
        name=new.name.strip(),
        address=address,
        postcode=new.postcode.strip().upper(),
        email=new.email,
        po_number=new.po_number,
    )


def build_confirmations(
    connection: sa.Connection, snapshot: Snapshot, school: str, typed: str | None, booking_ids: Sequence[str]
) -> list[SchoolConfirmed]:
    """The facts that say which school a typed name, or some bookings, are from.

    Raises:
        UsageError: the school, the typed name or a booking is unknown, or the typed name means several schools.
    """
    school_id = _find_anywhere(connection, snapshot, school)
    if (typed is None) == (not booking_ids):
        raise UsageError('Say either --typed "NAME" or --booking BOOKING.')
    if typed is not None:
        return [_confirm_name(snapshot, school_id, typed)]
    known = {booking_id for waiting in _bookings(connection, snapshot) for booking_id in waiting.booking_ids}
    wanted = [booking_id.strip().upper() for booking_id in booking_ids]
    unknown = [booking_id for booking_id in wanted if booking_id not in known]
    if unknown:
        raise UsageError(f"There is no booking {', '.join(unknown)}; `ebsync schools list` shows what waits.")
    return [SchoolConfirmed(school_id, None, booking_id) for booking_id in dict.fromkeys(wanted)]


def build_payer(connection: sa.Connection, snapshot: Snapshot, payer: str, terms: PaymentTerms) -> PayerSet:
    """The fact that says who pays for a school, or what the finance of a school or trust wants on invoices.

    Raises:
        UsageError: the school or trust is unknown, nothing was said, or a trust is to be billed to somebody else.
    """
    if not (terms.bill_to or terms.email or terms.po_number):
        raise UsageError("Say at least one of --bill-to, --po and --email.")
    wanted = payer.strip().upper()
    if re.fullmatch(r"T\d+", wanted):
        if terms.bill_to:
            raise UsageError("A trust pays for its schools: say --bill-to of a school.")
        if not read_trusts(connection, snapshot.hub_id, snapshot.last_fact_id, [wanted[1:]]):
            raise UsageError(f"There is no trust {wanted}: load the register's file of groups (`ebsync schools load`).")
        return PayerSet(wanted, None, terms.email, terms.po_number)
    school_id = _find_anywhere(connection, snapshot, payer)
    bill_to = None if terms.bill_to == "setting" else terms.bill_to
    return PayerSet(school_id, bill_to, terms.email, terms.po_number)


def _find_anywhere(connection: sa.Connection, snapshot: Snapshot, text: str) -> str:
    """A school that is known, or one of the register that nothing typed has pointed to so far."""
    wanted = text.strip()
    if wanted not in snapshot.school_book.schools and read_schools(
        connection, snapshot.hub_id, snapshot.last_fact_id, "urn", [wanted]
    ):
        return wanted
    try:
        return find_school(snapshot.school_book, text)
    except UsageError:
        registered = read_schools(connection, snapshot.hub_id, snapshot.last_fact_id)
        near = say_near_schools(wanted, ((school.urn, school) for school in registered if not school.is_closed))
        if not near or snapshot.school_book.named(normalise_name(wanted)):
            raise
        raise UsageError(f"There is no school {text} here. The register has: {'; '.join(near)}. Use its URN.") from None


def _confirm_name(snapshot: Snapshot, school_id: str, typed: str) -> SchoolConfirmed:
    key = normalise_name(typed)
    same = [entry for entry in snapshot.typed_schools.values() if entry.name_key == key and key]
    walked_in = {walk_in_key for walk_in_key, _ in _walk_ins(snapshot)}
    if not same and key not in walked_in:
        near = sorted({entry.name for entry in snapshot.typed_schools.values()})
        raise UsageError(f"Nobody typed the school name {typed}. Typed were, for example: {', '.join(near[:8])}.")
    urns = {entry.urn for entry in same if entry.urn}
    known = snapshot.school_book.schools.get(school_id)
    if known is not None and known.urn is None and len(urns) > 1:
        raise UsageError(
            f"{typed} was typed with several URNs ({', '.join(sorted(urns))}), so it may be several schools: "
            "confirm by --booking."
        )
    return SchoolConfirmed(school_id, key, None)


def _walk_ins(snapshot: Snapshot) -> list[tuple[str, str]]:
    """Normalised school name and reference of walk-ins whose school was merely typed."""
    parted = [(came.reference, came.school_key.partition(":")) for _, came in facts_of(snapshot.facts, WalkInCame)]
    return [(key, reference) for reference, (kind, _, key) in parted if kind == "name"]


def find_waiting(connection: sa.Connection, snapshot: Snapshot) -> list[WaitingSchool]:
    """Schools as typed with bookings that are not confirmed, by name, URN, postcode and host.

    Where no name was typed each booking stands by itself: two schools that said nothing are not one.
    """
    waiting: dict[tuple[str, ...], tuple[TypedSchool, list[str]]] = {}
    for entry in _bookings(connection, snapshot):
        for booking_id in entry.booking_ids:
            if not _is_confirmed(snapshot, entry, booking_id):
                apart = "" if entry.typed.name_key else booking_id
                waiting.setdefault((*_evidence(entry.typed), apart), (entry.typed, []))[1].append(booking_id)
    return [WaitingSchool(typed, tuple(sorted(references))) for _, (typed, references) in sorted(waiting.items())]


def _is_confirmed(snapshot: Snapshot, entry: WaitingSchool, booking_id: str) -> bool:
    typed = entry.typed if entry.typed.id else None
    days = entry.days or (None,)
    return all(snapshot.school_book.identify(booking_id, typed, day) is not None for day in days)


def _evidence(typed: TypedSchool) -> tuple[str, str, str, str]:
    return typed.name_key, typed.urn, typed.postcode, typed.email_host


def join_waiting(waiting: Iterable[WaitingSchool]) -> list[WaitingSchool]:
    """What waits by name and URN alone, for a list that shows no more than these."""
    groups: dict[tuple[str, str], list[WaitingSchool]] = {}
    for entry in waiting:
        groups.setdefault((entry.typed.name_key, entry.typed.urn), []).append(entry)
    return [
        WaitingSchool(entries[0].typed, tuple(sorted(ref for entry in entries for ref in entry.booking_ids)))
        for entries in groups.values()
    ]


def find_known(connection: sa.Connection, snapshot: Snapshot) -> list[School]:
    """Schools entered by hand, and those of the register that a booking or walk-in is from; by name and id."""
    used = {
        snapshot.school_book.identify(booking_id, entry.typed if entry.typed.id else None)
        for entry in _bookings(connection, snapshot)
        for booking_id in entry.booking_ids
    }
    schools = snapshot.school_book.schools.values()
    known = {school.id: school for school in schools if school.source is Source.ADDED}
    known |= {school_id: snapshot.school_book.school(school_id) for school_id in used if school_id is not None}
    return sorted(known.values(), key=lambda school: (school.name, school.id))


def _bookings(connection: sa.Connection, snapshot: Snapshot) -> list[WaitingSchool]:
    """All bookings that are places, and walk-ins, by school as typed."""
    nothing = TypedSchool(0, "", "", "")
    other_classes = {workshop.event_id: workshop.other_classes for workshop in snapshot.workshops}
    known = read_known_bookings(connection, snapshot.hub_id, other_classes)
    days: dict[str, set[date]] = defaultdict(set)
    for workshop in snapshot.workshops:
        days[workshop.event_id].add(workshop.local_on)
    found: dict[tuple[int, tuple[date, ...]], list[str]] = {}
    for event_id, bookings in sorted(known.items()):
        for attendee_id, booking in sorted(bookings.items()):
            observation = booking.observation
            is_seat = observation.ticket_class_id not in other_classes[event_id]
            is_guest = observation.person_id in snapshot.terms.recorded.guest_ids
            if is_seat and not is_guest:
                key = observation.typed_school_id or 0, tuple(sorted(days[event_id]))
                found.setdefault(key, []).append(reference_of(attendee_id))
    typed = [
        WaitingSchool(snapshot.typed_schools.get(typed_id, nothing), tuple(references), booked_days)
        for (typed_id, booked_days), references in found.items()
    ]
    return typed + [WaitingSchool(TypedSchool(-1, key, "", key), (ref,)) for key, ref in _walk_ins(snapshot)]
