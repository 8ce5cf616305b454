"""From rows to what a rule may know: the facts of one workshop, as of an instant."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import replace
from datetime import date

from eb_sync.model.bookings import BookingObservation, TypedSchool, is_described_status, reference_of
from eb_sync.model.facts import (
    AttendanceMarked,
    ExemptionClaimed,
    Fact,
    NoticeReceived,
    PersonErased,
    ReviewAnswered,
    SubstituteCame,
    WalkInCame,
    facts_of,
    newest_rulings,
)
from eb_sync.schools.book import SchoolBook
from eb_sync.workshops.calendar import Workshop
from eb_sync.workshops.event_rows import EventRows
from eb_sync.workshops.persons import PersonBook
from eb_sync.workshops.snapshot import Snapshot
from policies import facts as rules


def build_workshop_facts(snapshot: Snapshot, workshop: Workshop, rows: EventRows) -> rules.WorkshopFacts:
    """All that the rules may know about one workshop."""
    facts = [fact for fact in snapshot.facts if _bears_on(fact, workshop)]
    further = _told_of_former_holders(facts, rows)
    facts += further
    return rules.WorkshopFacts(
        id=workshop.id,
        dates=workshop.dates,
        dates_known=workshop.dates_known,
        zone=workshop.zone,
        single_day=workshop.single_day,
        only_day_between=workshop.only_day_between,
        in_scope=snapshot.terms.covers(workshop),
        billing_from_on=snapshot.terms.recorded.billing_from_on,
        deliveries=workshop.deliveries,
        hub_statement=workshop.hub_statement,
        eventbrite_statement=workshop.eventbrite_statement,
        register_closed_at=workshop.closed_at,
        sightings=tuple(rules.Sighting(read.id, read.started_at) for read in rows.reads),
        read_held=workshop.event_id in snapshot.held_events or not workshop.is_bookable,
        bookings=tuple(_booking(snapshot, workshop, rows.persons, history) for history in rows.bookings.values()),
        walk_ins=tuple(
            _walk_in(snapshot, workshop, rows.persons, (fact, came)) for fact, came in facts_of(facts, WalkInCame)
        ),
        marks=tuple(
            rules.AttendanceMark(fact.id, marked.booking_id, marked.mark, fact.recorded_at, marked.is_contested)
            for fact, marked in facts_of(facts, AttendanceMarked)
        ),
        links=tuple(
            rules.SubstituteLink(fact.id, link.substitute_id, link.replaces, link.accepted)
            for fact, link in facts_of(facts, SubstituteCame)
        ),
        notices=tuple(_notice(fact, notice) for fact, notice in facts_of(facts, NoticeReceived)),
        exemptions=_exemptions([*snapshot.facts, *further], workshop),
        answers=tuple(
            rules.Answer(fact.id, answer.booking_id, answer.question, answer.word, fact.recorded_at)
            for fact, answer in facts_of(facts, ReviewAnswered)
        ),
        other_bookings=tuple(
            rules.OtherBooking(
                rows.persons.person_id(namesake.person_id),
                rows.persons.name_id(namesake.person_id, namesake.name_id),
                _school_id(snapshot, namesake, workshop.local_on),
                namesake.event_id,
                namesake.created_at,
            )
            for namesake in rows.namesakes
        ),
    )


_AboutBooking = NoticeReceived | ExemptionClaimed | SubstituteCame | ReviewAnswered


def _told_of_former_holders(facts: Iterable[Fact], rows: EventRows) -> list[Fact]:
    """What was said of a booking that has passed on since, as said of its former holder's present rows."""
    histories = {reference_of(attendee_id): history for attendee_id, history in rows.bookings.items()}
    held: dict[int, list[str]] = defaultdict(list)
    for reference, history in histories.items():
        held[rows.persons.person_id(history[-1].person_id)].append(reference)
    told: list[Fact] = []
    for fact in facts:
        content = fact.content
        if not isinstance(content, _AboutBooking) or (isinstance(content, ReviewAnswered) and not content.is_waiver):
            continue
        about = content.replaces if isinstance(content, SubstituteCame) else content.booking_id
        history = histories.get(about or "", ())
        then = [rows.persons.person_id(each.person_id) for each in history if each.id < fact.id]
        if then and then[-1] != rows.persons.person_id(history[-1].person_id):
            told += [replace(fact, content=_said_of(content, reference)) for reference in held.get(then[-1], ())]
    return told


def _said_of(content: _AboutBooking, reference: str) -> _AboutBooking:
    if isinstance(content, SubstituteCame):
        return replace(content, replaces=reference)
    return replace(content, booking_id=reference)


def _bears_on(fact: Fact, workshop: Workshop) -> bool:
    """Whether it is about the workshop, or was said of its page before the page's days were declared.

    Of what was said of the page each of its days has notices, exemptions, substitutes and waivers; marks say nothing of
    any one day, and an answer to a question is about the question that was asked.
    """
    content = fact.content
    workshop_id = getattr(content, "workshop_id", None)
    if workshop_id == workshop.id or workshop_id != workshop.event_id:
        return bool(workshop_id == workshop.id)
    if isinstance(content, ReviewAnswered):
        return content.is_waiver
    return isinstance(content, NoticeReceived | ExemptionClaimed | SubstituteCame)


def _booking(
    snapshot: Snapshot, workshop: Workshop, persons: PersonBook, history: Sequence[BookingObservation]
) -> rules.Booking:
    newest = history[-1]
    booking_id = reference_of(newest.attendee_id)
    typed = snapshot.typed_schools.get(newest.typed_school_id or 0)
    return rules.Booking(
        id=booking_id,
        order_id=newest.order_id,
        created_at=newest.created_at,
        person_id=persons.person_id(newest.person_id),
        name_id=persons.name_id(newest.person_id, newest.name_id),
        observations=tuple(_observation(observation) for observation in history),
        school_id=snapshot.school_book.identify(booking_id, typed, workshop.local_on),
        school_keys=_school_keys(snapshot, booking_id, history),
        is_place=newest.ticket_class_id not in workshop.other_classes
        and not persons.is_one_of(newest.person_id, snapshot.terms.recorded.guest_ids),
        ticket_known=workshop.known_classes is None or newest.ticket_class_id in workshop.known_classes,
        is_erased=_is_erased(snapshot, workshop, persons, newest),
        email_id=persons.email_id(newest.person_id),
        alike_ids=persons.alike_ids(newest.person_id),
    )


def _school_keys(snapshot: Snapshot, booking_id: str, history: Sequence[BookingObservation]) -> frozenset[str]:
    """The keys of every school that was ever typed with the booking: what was said of one of them is not lost."""
    typed_ids = {observation.typed_school_id or 0 for observation in history}
    typed = [snapshot.typed_schools.get(typed_id) for typed_id in sorted(typed_ids)]
    return frozenset().union(*(snapshot.school_book.keys(booking_id, each) for each in typed))


def _erasures(snapshot: Snapshot, workshop: Workshop) -> list[PersonErased]:
    """Those from before the workshop's end: later ones change nothing, for who had come was known by then."""
    erasures = facts_of(snapshot.facts, PersonErased)
    return [erased for fact, erased in erasures if fact.recorded_at < workshop.ends_at]


def _is_erased(snapshot: Snapshot, workshop: Workshop, persons: PersonBook, newest: BookingObservation) -> bool:
    """Whether its name was erased; a booking that has passed on to somebody whose name is held is theirs."""
    reference = reference_of(newest.attendee_id)
    return any(
        newest.person_id in erased.person_ids
        or (reference in erased.booking_ids and not persons.is_named(newest.person_id))
        for erased in _erasures(snapshot, workshop)
    )


def _observation(observation: BookingObservation) -> rules.Observation:
    return rules.Observation(
        id=observation.id,
        received_at=observation.received_at,
        presence=observation.presence,
        changed_at=observation.changed_at,
        barcode_status=observation.barcode_status,
        barcode_changed_at=observation.barcode_changed_at,
        checked_in=observation.checked_in,
        status_known=is_described_status(observation.status),
    )


def _walk_in(
    snapshot: Snapshot, workshop: Workshop, persons: PersonBook, recorded: tuple[Fact, WalkInCame]
) -> rules.WalkIn:
    fact, came = recorded
    school_id = walk_in_school(snapshot.school_book, came, workshop.local_on)
    keys = {came.school_key} if school_id is None else {came.school_key, f"id:{school_id}"}
    return rules.WalkIn(
        id=fact.id,
        reference=came.reference,
        person_id=persons.person_id(came.person_id),
        name_id=persons.name_id(came.person_id, came.name_id),
        recorded_at=fact.recorded_at,
        school_id=school_id,
        school_keys=frozenset(keys),
        replaces=came.replaces,
        accepted=came.accepted,
        is_erased=any(
            came.person_id in erased.person_ids or came.reference in erased.booking_ids
            for erased in _erasures(snapshot, workshop)
        ),
    )


def walk_in_school(book: SchoolBook, came: WalkInCame, on: date | None = None) -> str | None:
    """A walk-in's confirmed school: the one recorded, or the one that the recorded name was confirmed to be.

    `on` as in `SchoolBook.identify`.
    """
    kind, _, key = came.school_key.partition(":")
    if kind != "id" and key not in book.schools:  # a number may have been typed before the register was loaded
        return book.identify(came.reference, TypedSchool(0, key, "", key), on)
    if key not in book.schools:
        return None
    key = book.now_known_as(key)
    return key if on is None else book.register.valid_on(key, on)


def walk_in_identities(snapshot: Snapshot) -> dict[str, tuple[str | None, str | None]]:
    """For each walk-in its confirmed school's id, and the name typed where none is confirmed."""
    identities = {}
    typed = {each.name_key: each.name for each in snapshot.typed_schools.values()}
    for _, came in facts_of(snapshot.facts, WalkInCame):
        kind, _, key = came.school_key.partition(":")
        name = typed.get(key, key) if kind == "name" else None
        identities[came.reference] = (walk_in_school(snapshot.school_book, came), name)
    return identities


def _notice(fact: Fact, notice: NoticeReceived) -> rules.Notice:
    return rules.Notice(
        id=fact.id,
        received_at=notice.received_at,
        channel=notice.channel,
        recorded_at=fact.recorded_at,
        booking_id=notice.booking_id,
        school_key=notice.school_key,
    )


def _exemptions(facts: Sequence[Fact], workshop: Workshop) -> tuple[rules.Exemption, ...]:
    rulings = newest_rulings(facts)
    exemptions = []
    for fact, claim in facts_of(facts, ExemptionClaimed):
        if claim.workshop_id is not None and not _bears_on(fact, workshop):
            continue
        ruling = rulings.get(fact.id)
        exemptions.append(
            rules.Exemption(
                id=fact.id,
                kind=claim.kind,
                state=claim.state if ruling is None else ruling[1].state,
                recorded_at=fact.recorded_at if ruling is None else ruling[0].recorded_at,
                school_key=claim.school_key,
                booking_id=claim.booking_id,
                workshop_id=None if claim.workshop_id is None else workshop.id,
                from_on=claim.from_on,
                until_on=claim.until_on,
                code=claim.code,
                received_at=claim.received_at,
            )
        )
    return tuple(exemptions)


def _school_id(snapshot: Snapshot, observation: BookingObservation, on: date) -> str | None:
    typed = snapshot.typed_schools.get(observation.typed_school_id or 0)
    return snapshot.school_book.identify(reference_of(observation.attendee_id), typed, on)
