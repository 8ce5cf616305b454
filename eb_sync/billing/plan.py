"""What to invoice and to credit: the difference between what is due and what was issued. Pure (DESIGN 5.4)."""

from __future__ import annotations

import dataclasses
import hashlib
import json
from collections import defaultdict
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field

from eb_sync.model.documents import BillTo
from eb_sync.model.reason_words import SCHOOL_CHANGED, SCHOOL_UNKNOWN
from eb_sync.schools.book import School
from eb_sync.store.documents import IssuedLine
from policies.decisions import Decision, Outcome, Reason


@dataclass(frozen=True, slots=True)
class Unaddressed:
    """Why nobody can be asked to pay for a school yet, with the command that mends it."""

    why: str
    command: str


@dataclass(frozen=True, slots=True)
class PlaceState:
    """One place, as the plan sees it."""

    workshop_id: str
    booking_id: str
    decision: Decision | None
    """None where the booking is no place any more (a guest, say): then nothing is due."""
    policy_digest: str
    """The policy text by which the decision was made."""
    school: School | None
    """The confirmed school; None: not confirmed."""
    payer: BillTo | Unaddressed | None
    """Who pays for it as of now; None: not confirmed."""
    typed_school: str
    """As typed, for the message that asks for confirmation."""
    typed_urn: str
    issued: IssuedLine | None
    """The line that is open; None if nothing is."""
    same_school_ids: frozenset[str] = frozenset()
    """Other numbers of the same school."""
    absent_school: School | None = None
    """The school that would be confirmed, had the register not said that it was not open on the day."""
    name_id: int | None = None
    """The teacher's name, by id; None for an unnamed seat or a walk-in."""


@dataclass(frozen=True, slots=True)
class PlannedLine:
    """A place to invoice, or to credit (negative)."""

    booking_id: str
    amount_pence: int
    reason: str
    decision: Decision | None
    policy_digest: str
    credits: IssuedLine | None = None


@dataclass(frozen=True, slots=True)
class PlannedDocument:
    """One invoice or credit note to issue."""

    workshop_id: str
    school_id: str
    school: School | None
    """None for a credit whose school was withdrawn since."""
    lines: tuple[PlannedLine, ...]
    original_number: str | None = None
    bill_to: BillTo | None = None
    """Who is asked to pay; None for a credit, which goes to whom its original went."""

    @property
    def total_pence(self) -> int:
        """Sum of the lines."""
        return sum(line.amount_pence for line in self.lines)


@dataclass(frozen=True, slots=True)
class Waiting:
    """A place that is left as it is until something else happens."""

    workshop_id: str
    booking_id: str
    reason: str
    issued_pence: int


@dataclass(frozen=True, slots=True)
class Blocked:
    """A charge that cannot be addressed yet, with what unblocks it."""

    workshop_id: str
    booking_id: str
    school: str
    why: str
    command: str


@dataclass(frozen=True, slots=True)
class InvoicePlan:
    """What `ebsync invoices` shows, and then does; equal plans do the same."""

    to_invoice: tuple[PlannedDocument, ...] = ()
    to_credit: tuple[PlannedDocument, ...] = ()
    held: tuple[Waiting, ...] = ()
    review: tuple[Waiting, ...] = ()
    pending: tuple[Waiting, ...] = ()
    blocked: tuple[Blocked, ...] = ()

    @property
    def has_work(self) -> bool:
        """Whether anything would be issued."""
        return bool(self.to_invoice or self.to_credit)

    @property
    def digest(self) -> str:
        """SHA-256 of all that the plan says, decisions included: what a person agrees to."""
        canonical = json.dumps(dataclasses.asdict(self), sort_keys=True, ensure_ascii=False, default=str)
        return hashlib.sha256(canonical.encode()).hexdigest()


@dataclass
class _Draft:
    invoices: dict[tuple[str, str], list[PlannedLine]] = field(default_factory=lambda: defaultdict(list))
    credits: dict[str, list[tuple[IssuedLine, PlannedLine]]] = field(default_factory=lambda: defaultdict(list))
    schools: dict[str, School] = field(default_factory=dict)
    payers: dict[str, BillTo | None] = field(default_factory=dict)
    names_held: dict[tuple[str, int | None], PlaceState] = field(default_factory=dict)
    held: list[Waiting] = field(default_factory=list)
    review: list[Waiting] = field(default_factory=list)
    pending: list[Waiting] = field(default_factory=list)
    blocked: list[Blocked] = field(default_factory=list)


def plan_invoices(
    places: Iterable[PlaceState],
    schools: Mapping[str, School],
    wanted: Callable[[PlaceState], bool] = lambda _place: True,
) -> InvoicePlan:
    """The plan for these places, in the order given; documents by workshop, then in order of their first place.

    `wanted` leaves places out (`--school`, `--except`): they are then neither billed, credited nor listed.
    """
    known = list(places)
    draft = _Draft(schools=dict(schools), names_held=_names_held(known))
    for place in known:
        if wanted(place):
            _plan_place(draft, place)
    return InvoicePlan(
        to_invoice=tuple(
            PlannedDocument(
                workshop_id, school_id, draft.schools[school_id], tuple(lines), bill_to=draft.payers[school_id]
            )
            for (workshop_id, school_id), lines in draft.invoices.items()
        ),
        to_credit=tuple(_credit(number, lines, schools) for number, lines in draft.credits.items()),
        held=tuple(draft.held),
        review=tuple(draft.review),
        pending=tuple(draft.pending),
        blocked=tuple(draft.blocked),
    )


def _credit(
    original_number: str, lines: Sequence[tuple[IssuedLine, PlannedLine]], schools: Mapping[str, School]
) -> PlannedDocument:
    original = lines[0][0]
    return PlannedDocument(
        original.workshop_id,
        original.school_id,
        schools.get(original.school_id),
        tuple(line for _, line in lines),
        original_number,
    )


def _plan_place(draft: _Draft, place: PlaceState) -> None:
    decision = place.decision
    # what is open is neither billed nor credited
    if decision is not None and decision.outcome in (Outcome.PENDING, Outcome.REVIEW):
        _wait(draft, place, decision)
    elif decision is not None and decision.outcome is Outcome.CHARGE:
        _plan_charge(draft, place, decision)
    elif place.issued is not None:
        # billed before, and nothing is due now: the invoice is answered in full
        _plan_credit(draft, place, place.issued, Reason.NO_PLACE if decision is None else decision.reason)


def _wait(draft: _Draft, place: PlaceState, decision: Decision) -> None:
    issued = 0 if place.issued is None else place.issued.gross_pence
    waiting = Waiting(place.workshop_id, place.booking_id, decision.reason, issued)
    # a question about an invoiced place takes nothing back and adds nothing: the invoice stands until it is answered
    if place.issued is not None:
        draft.held.append(waiting)
    elif decision.outcome is Outcome.REVIEW:
        draft.review.append(waiting)
    else:
        draft.pending.append(waiting)


def _plan_charge(draft: _Draft, place: PlaceState, decision: Decision) -> None:
    # a teacher of this name is billed already under a school nobody can name now: this may be the same one
    if place.issued is None and (place.workshop_id, place.name_id) in draft.names_held:
        draft.blocked.append(_perhaps_billed(place, draft.names_held[place.workshop_id, place.name_id]))
        return
    # no confirmed school, no bill: a typed name proves nothing about who pays
    if place.school is None:
        if place.issued is None:
            draft.blocked.append(_unconfirmed(place))
        else:  # the invoice stands until somebody says which school it is
            draft.held.append(Waiting(place.workshop_id, place.booking_id, SCHOOL_UNKNOWN, place.issued.gross_pence))
        return
    if place.issued is not None and place.issued.school_id in {place.school.id, *place.same_school_ids}:
        return  # never re-priced once issued; a new number of the same school changes nothing
    if place.issued is not None:
        # the wrong school was billed: its money goes back before the right one is asked
        _plan_credit(draft, place, place.issued, SCHOOL_CHANGED)
    # the school is known, but not whom to send it to: named with the command, never billed to a guess
    if isinstance(place.payer, Unaddressed):
        nowhere = place.payer
        draft.blocked.append(
            Blocked(place.workshop_id, place.booking_id, place.school.name, nowhere.why, nowhere.command)
        )
        return
    draft.payers[place.school.id] = place.payer
    draft.schools[place.school.id] = place.school
    line = PlannedLine(place.booking_id, decision.amount_pence, decision.reason, decision, place.policy_digest)
    draft.invoices[place.workshop_id, place.school.id].append(line)


def _plan_credit(draft: _Draft, place: PlaceState, issued: IssuedLine, reason: str) -> None:
    line = PlannedLine(
        place.booking_id, -issued.gross_pence, reason, place.decision, place.policy_digest, credits=issued
    )
    draft.credits[issued.number].append((issued, line))


def _names_held(places: Iterable[PlaceState]) -> dict[tuple[str, int | None], PlaceState]:
    """Teachers with an open line whose school nobody knows any more: their other places may be the same person's."""
    return {
        (place.workshop_id, place.name_id): place
        for place in places
        if place.issued is not None and place.school is None and place.name_id is not None
    }


def _perhaps_billed(place: PlaceState, billed: PlaceState) -> Blocked:
    school = place.typed_school if place.school is None else place.school.name
    why = f"{billed.booking_id}, of the same name, is billed, and nobody says any more which school that is"
    return Blocked(
        place.workshop_id, place.booking_id, school, why, f"ebsync schools confirm SCHOOL --booking {billed.booking_id}"
    )


def _unconfirmed(place: PlaceState) -> Blocked:
    if place.absent_school is not None:
        why = f"{place.absent_school.name} ({place.absent_school.id}) was not open on the day, says the register"
        command = f"ebsync schools confirm {place.absent_school.id} --booking {place.booking_id}"
    elif not place.typed_school and not place.typed_urn:
        why = "no school was given with the booking"
        command = f"ebsync schools confirm SCHOOL --booking {place.booking_id}"
    elif place.typed_urn:
        why = f"nobody has confirmed yet which school this is (URN {place.typed_urn} was typed)"
        name = _quoted(place.typed_school)
        command = f"ebsync schools add --urn {place.typed_urn} --name {name} --address LINE --postcode PC"
    else:
        why = "nobody has confirmed yet which school this is"
        command = f"ebsync schools confirm SCHOOL --typed {_quoted(place.typed_school)}"
    return Blocked(place.workshop_id, place.booking_id, place.typed_school, why, command)


def _quoted(text: str) -> str:
    return '"' + text.replace('"', "'") + '"'
