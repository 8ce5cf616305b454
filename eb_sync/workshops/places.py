"""From rows to what a rule may know: the facts of one workshop, as of an instant."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import date, datetime

import sqlalchemy as sa

from eb_sync.model.bookings import BookingObservation, ReadRecord, TypedSchool, is_described_status, reference_of
from eb_sync.model.facts import (
    JUDGED_FACTS,
    AttendanceMarked,
    ExemptionClaimed,
    ExemptionRuled,
    Fact,
    NoticeReceived,
    PersonErased,
    ReviewAnswered,
    SubstituteCame,
    WalkInCame,
    facts_of,
)
from eb_sync.store.bookings import (
    read_event_observations,
    read_last_going_ahead,
    read_namesakes,
    read_observations,
    read_reads,
)
from eb_sync.store.facts import read_facts
from eb_sync.store.people import read_typed_schools
from eb_sync.store.sync_state import read_held_events
from eb_sync.workshops.calendar import Workshop, build_calendar
from eb_sync.workshops.persons import PersonBook, read_person_book
from eb_sync.workshops.register_reading import read_register_view
from eb_sync.workshops.schools import SchoolBook, build_school_book
from eb_sync.workshops.terms import Terms
from policies import facts as rules


@dataclass(frozen=True, slots=True)
class Picture:
    """What is known of the hub as a whole as of an instant: the ground on which single workshops are judged."""

    hub_id: int
    as_of: datetime
    """The clock of the rules."""
    horizon: int
    """What was known then: facts up to this id."""
    issued_by_at: datetime | None
    """Up to when documents count as issued; None: all there are, whatever a clock says."""
    terms: Terms
    workshops: tuple[Workshop, ...]
    facts: tuple[Fact, ...]
    """Human facts about the hub and the events asked for."""
    school_book: SchoolBook
    typed_schools: Mapping[int, TypedSchool]
    held_events: frozenset[str]

    def workshop(self, workshop_id: str) -> Workshop:
        """The workshop with this id; KeyError if there is none."""
        for workshop in self.workshops:
            if workshop.id == workshop_id:
                return workshop
        raise KeyError(workshop_id)


@dataclass(frozen=True, slots=True)
class Moment:
    """When a hub is looked at: an instant for the rules' clock, and the last fact known then."""

    hub_id: int
    as_of: datetime
    horizon: int
    is_past: bool = False
    """Whether somebody looks back; else all that is there counts."""


@dataclass(frozen=True, slots=True)
class EventRows:
    """What was observed of one event's bookings."""

    bookings: Mapping[str, Sequence[BookingObservation]]
    """By attendee id, oldest first."""
    reads: Sequence[ReadRecord]
    namesakes: Sequence[BookingObservation]
    """Bookings elsewhere under the names or addresses of this event's bookings."""
    persons: PersonBook = field(default_factory=PersonBook)
    """Who these people are, and the hub's own guests."""


@dataclass(frozen=True, slots=True)
class Ground:
    """What is known of the hub as a whole at a moment, whichever workshops are looked at."""

    school_book: SchoolBook
    typed_schools: Mapping[int, TypedSchool]
    held_events: frozenset[str]


def read_picture(
    connection: sa.Connection, moment: Moment, terms: Terms, event_ids: Iterable[str] | None = None
) -> Picture:
    """The hub at a moment, with the workshops of these events, or of all."""
    hub_id, horizon = moment.hub_id, moment.horizon
    wanted = None if event_ids is None else sorted(set(event_ids))
    facts = read_facts(connection, hub_id, horizon, wanted, kinds=JUDGED_FACTS)
    typed = read_typed_schools(connection, hub_id, horizon)
    held = read_held_events(connection, hub_id, horizon)
    register = read_register_view(connection, hub_id, horizon, typed.values(), facts)
    ground = Ground(build_school_book(facts, typed.values(), register), typed, held)
    return complete_picture(connection, moment, (terms, ground, facts), wanted)


def with_school(connection: sa.Connection, picture: Picture, text: str | None) -> Picture:
    """The same picture, in which the register's school of this number is known, though nobody named it before."""
    number = "" if text is None else text.strip()
    if not number.isdigit() or number in picture.school_book.schools:
        return picture
    typed = [*picture.typed_schools.values(), TypedSchool(0, "", number, "")]
    register = read_register_view(connection, picture.hub_id, picture.horizon, typed, picture.facts)
    if register.school(number) is None:
        return picture
    return replace(picture, school_book=build_school_book(picture.facts, picture.typed_schools.values(), register))


def complete_picture(
    connection: sa.Connection,
    moment: Moment,
    known: tuple[Terms, Ground, Sequence[Fact]],
    event_ids: Iterable[str] | None,
) -> Picture:
    """The hub at a moment, where all that is not about its events in particular is known already.

    `known` are the terms, the ground, and the human facts about these events and about the hub.
    """
    hub_id, horizon = moment.hub_id, moment.horizon
    terms, ground, facts = known
    observations = read_event_observations(connection, hub_id, horizon, event_ids)
    return Picture(
        hub_id=hub_id,
        as_of=moment.as_of,
        horizon=horizon,
        issued_by_at=moment.as_of if moment.is_past else None,
        terms=terms,
        workshops=build_calendar(observations, facts, read_last_going_ahead(connection, hub_id, horizon, event_ids)),
        facts=tuple(facts),
        school_book=ground.school_book,
        typed_schools=ground.typed_schools,
        held_events=ground.held_events,
    )


def read_event_rows(connection: sa.Connection, picture: Picture, event_ids: Iterable[str]) -> dict[str, EventRows]:
    """Bookings, reads and namesakes of these events, by event."""
    wanted = sorted(set(event_ids))
    bookings: dict[str, dict[str, list[BookingObservation]]] = defaultdict(lambda: defaultdict(list))
    for observation in read_observations(connection, picture.hub_id, picture.horizon, wanted):
        bookings[observation.event_id][observation.attendee_id].append(observation)
    reads = read_reads(connection, picture.hub_id, picture.horizon, wanted)
    ended = {event_id: _persons_of_ended(bookings.get(event_id, {})) for event_id in wanted}
    people = {history[-1].person_id for of_event in bookings.values() for history in of_event.values()}
    people |= _walked_in(picture, frozenset(wanted)) | set(picture.terms.recorded.guest_ids)
    book = read_person_book(connection, picture.hub_id, people, set().union(*ended.values()))
    sought = {event_id: book.ids_alike(person_ids) for event_id, person_ids in ended.items()}
    namesakes = read_namesakes(connection, picture.hub_id, picture.horizon, frozenset().union(*sought.values()))
    return {
        event_id: EventRows(
            bookings.get(event_id, {}),
            reads.get(event_id, []),
            [other for other in namesakes if other.person_id in sought[event_id] and other.event_id != event_id],
            book,
        )
        for event_id in wanted
    }


def _persons_of_ended(bookings: Mapping[str, Sequence[BookingObservation]]) -> set[int]:
    """Only somebody who cancelled, whose row vanished, or whose status nobody understands, can have transferred."""
    newest = (history[-1] for history in bookings.values())
    return {
        booking.person_id
        for booking in newest
        if booking.presence is not rules.Presence.ACTIVE or not is_described_status(booking.status)
    }


def _walked_in(picture: Picture, event_ids: frozenset[str]) -> set[int]:
    at = {workshop.id for workshop in picture.workshops if workshop.event_id in event_ids}
    return {came.person_id for _, came in facts_of(picture.facts, WalkInCame) if came.workshop_id in at}


def build_workshop_facts(picture: Picture, workshop: Workshop, rows: EventRows) -> rules.WorkshopFacts:
    """All that the rules may know about one workshop."""
    facts = [fact for fact in picture.facts if _bears_on(fact, workshop)]
    further = _told_of_former_holders(facts, rows)
    facts += further
    return rules.WorkshopFacts(
        id=workshop.id,
        dates=workshop.dates,
        dates_known=workshop.dates_known,
        zone=workshop.zone,
        single_day=workshop.single_day,
        only_day_between=workshop.only_day_between,
        in_scope=picture.terms.covers(workshop),
        billing_from_on=picture.terms.recorded.billing_from_on,
        deliveries=workshop.deliveries,
        hub_statement=workshop.hub_statement,
        eventbrite_statement=workshop.eventbrite_statement,
        register_closed_at=workshop.closed_at,
        sightings=tuple(rules.Sighting(read.id, read.started_at) for read in rows.reads),
        read_held=workshop.event_id in picture.held_events or not workshop.is_bookable,
        bookings=tuple(_booking(picture, workshop, rows.persons, history) for history in rows.bookings.values()),
        walk_ins=tuple(
            _walk_in(picture, workshop, rows.persons, (fact, came)) for fact, came in facts_of(facts, WalkInCame)
        ),
        marks=tuple(
            rules.AttendanceMark(fact.id, marked.booking_id, marked.mark, fact.recorded_at)
            for fact, marked in facts_of(facts, AttendanceMarked)
        ),
        links=tuple(
            rules.SubstituteLink(fact.id, link.substitute_id, link.replaces, link.accepted)
            for fact, link in facts_of(facts, SubstituteCame)
        ),
        notices=tuple(_notice(fact, notice) for fact, notice in facts_of(facts, NoticeReceived)),
        exemptions=_exemptions([*picture.facts, *further], workshop),
        answers=tuple(
            rules.Answer(fact.id, answer.booking_id, answer.question, answer.word, fact.recorded_at)
            for fact, answer in facts_of(facts, ReviewAnswered)
        ),
        other_bookings=tuple(
            rules.OtherBooking(
                rows.persons.person_id(namesake.person_id),
                rows.persons.name_id(namesake.person_id, namesake.name_id),
                _school_id(picture, namesake, workshop.local_on),
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
    picture: Picture, workshop: Workshop, persons: PersonBook, history: Sequence[BookingObservation]
) -> rules.Booking:
    newest = history[-1]
    booking_id = reference_of(newest.attendee_id)
    typed = picture.typed_schools.get(newest.typed_school_id or 0)
    return rules.Booking(
        id=booking_id,
        order_id=newest.order_id,
        created_at=newest.created_at,
        person_id=persons.person_id(newest.person_id),
        name_id=persons.name_id(newest.person_id, newest.name_id),
        observations=tuple(_observation(observation) for observation in history),
        school_id=picture.school_book.identify(booking_id, typed, workshop.local_on),
        school_keys=_school_keys(picture, booking_id, history),
        is_place=newest.ticket_class_id not in workshop.other_classes
        and not persons.is_one_of(newest.person_id, picture.terms.recorded.guest_ids),
        ticket_known=workshop.known_classes is None or newest.ticket_class_id in workshop.known_classes,
        is_erased=_is_erased(picture, workshop, persons, newest),
        email_id=persons.email_id(newest.person_id),
        alike_ids=persons.alike_ids(newest.person_id),
    )


def _school_keys(picture: Picture, booking_id: str, history: Sequence[BookingObservation]) -> frozenset[str]:
    """The keys of every school that was ever typed with the booking: what was said of one of them is not lost."""
    typed_ids = {observation.typed_school_id or 0 for observation in history}
    typed = [picture.typed_schools.get(typed_id) for typed_id in sorted(typed_ids)]
    return frozenset().union(*(picture.school_book.keys(booking_id, each) for each in typed))


def _erasures(picture: Picture, workshop: Workshop) -> list[PersonErased]:
    """Those from before the workshop's end: later ones change nothing, for who had come was known by then."""
    erasures = facts_of(picture.facts, PersonErased)
    return [erased for fact, erased in erasures if fact.recorded_at < workshop.ends_at]


def _is_erased(picture: Picture, workshop: Workshop, persons: PersonBook, newest: BookingObservation) -> bool:
    """Whether its name was erased; a booking that has passed on to somebody whose name is held is theirs."""
    reference = reference_of(newest.attendee_id)
    return any(
        newest.person_id in erased.person_ids
        or (reference in erased.booking_ids and not persons.is_named(newest.person_id))
        for erased in _erasures(picture, workshop)
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
    picture: Picture, workshop: Workshop, persons: PersonBook, recorded: tuple[Fact, WalkInCame]
) -> rules.WalkIn:
    fact, came = recorded
    school_id = walk_in_school(picture.school_book, came, workshop.local_on)
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
            for erased in _erasures(picture, workshop)
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


def walk_in_identities(picture: Picture) -> dict[str, tuple[str | None, str | None]]:
    """For each walk-in its confirmed school's id, and the name typed where none is confirmed."""
    identities = {}
    for _, came in facts_of(picture.facts, WalkInCame):
        kind, _, key = came.school_key.partition(":")
        identities[came.reference] = (walk_in_school(picture.school_book, came), key if kind == "name" else None)
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
    rulings = {ruled.exemption_id: (fact, ruled) for fact, ruled in facts_of(facts, ExemptionRuled)}
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


def _school_id(picture: Picture, observation: BookingObservation, on: date) -> str | None:
    typed = picture.typed_schools.get(observation.typed_school_id or 0)
    return picture.school_book.identify(reference_of(observation.attendee_id), typed, on)


def newest_bookings(rows: EventRows) -> dict[str, BookingObservation]:
    """The newest observation of each booking, by reference."""
    return {reference_of(attendee_id): history[-1] for attendee_id, history in rows.bookings.items()}
