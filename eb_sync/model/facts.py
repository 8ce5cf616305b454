"""What people record, as facts: who said what, when, about which workshop. Never changed, only withdrawn by another.

Ids of facts grow in the order of recording over all kinds, observations and reads included. No names of teachers, no
e-mail addresses: bookings and persons appear by id. School keys are `id:<URN or P-id>` or `name:<normalised name>`.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, datetime
from typing import TypeVar, get_args

from policies.facts import AnswerWord, Channel, ExemptionKind, ExemptionState, Mark

_Content = TypeVar("_Content")


@dataclass(frozen=True, slots=True)
class DateDeclared:
    """`ebsync workgroup dates`: a day behind one booking page; its number is given once and never reused."""

    event_id: str
    day: int
    starts_at: datetime
    ends_at: datetime
    declared_at: datetime | None = None
    """When this start was first declared, where that was withdrawn since; None: with this fact."""
    withdrawn_at: datetime | None = None
    """When it was withdrawn then."""


@dataclass(frozen=True, slots=True)
class WorkshopMoved:
    """`ebsync workshop move`: the date that counts from now on."""

    workshop_id: str
    starts_at: datetime
    ends_at: datetime


@dataclass(frozen=True, slots=True)
class WorkshopCalledOff:
    """`ebsync workshop cancel`."""

    workshop_id: str
    reason: str


@dataclass(frozen=True, slots=True)
class WorkshopReinstated:
    """`ebsync workshop reinstate`: it takes place after all."""

    workshop_id: str


@dataclass(frozen=True, slots=True)
class AttendanceMarked:
    """One mark on the register."""

    workshop_id: str
    booking_id: str
    mark: Mark
    is_contested: bool = False
    """A file says so of a place marked so once and otherwise since: no mark of the register, but a question."""


@dataclass(frozen=True, slots=True)
class WalkInCame:
    """Somebody without a booking came; the name is in the people tables under the reference."""

    workshop_id: str
    reference: str
    """`W1`, `W2`, ... over the whole hub."""
    person_id: int
    name_id: int | None
    school_key: str
    replaces: str | None
    accepted: bool = False
    """The hub accepted the walk-in for that teacher though their schools are two."""


@dataclass(frozen=True, slots=True)
class SubstituteCame:
    """A colleague with a booking of their own came for somebody else."""

    workshop_id: str
    substitute_id: str
    replaces: str
    accepted: bool = False
    """The hub accepted the colleague though their schools are two."""


@dataclass(frozen=True, slots=True)
class RegisterClosed:
    """The lead says the register is complete."""

    workshop_id: str


@dataclass(frozen=True, slots=True)
class RegisterReopened:
    """The lead takes that back."""

    workshop_id: str


@dataclass(frozen=True, slots=True)
class NoticeReceived:
    """Somebody told the hub that they would not come; for one booking, or a school's bookings now and later."""

    workshop_id: str
    received_at: datetime
    channel: Channel
    booking_id: str | None
    school_key: str | None


@dataclass(frozen=True, slots=True)
class ExemptionClaimed:
    """A claim and where it stood when recorded. Its id is its fact's id."""

    kind: ExemptionKind
    state: ExemptionState
    """`CLAIMED`, or `APPROVED` where the approver was named at once."""
    workshop_id: str | None
    booking_id: str | None
    school_key: str | None
    from_on: date | None
    until_on: date | None
    """Last day, inclusive."""
    code: str | None
    """Extenuating only; one of the codes of DESIGN 8.9."""
    evidence_seen: bool
    approved_by: str | None
    received_at: datetime | None = None
    """When the claim reached the hub; None: nobody said."""


@dataclass(frozen=True, slots=True)
class ExemptionRuled:
    """A claim approved, refused or revoked later."""

    exemption_id: int
    state: ExemptionState
    evidence_seen: bool = False


@dataclass(frozen=True, slots=True)
class ReviewAnswered:
    """A person's answer about one place."""

    workshop_id: str
    booking_id: str
    question: str | None
    """The reason that stood when it was answered; None for a waiver without a question."""
    word: AnswerWord

    @property
    def is_waiver(self) -> bool:
        """Whether it asks nothing for the place, whatever was asked about it."""
        return self.word is AnswerWord.WAIVE


@dataclass(frozen=True, slots=True)
class SchoolAdded:
    """A payer entered by hand; a later one with the same id replaces it."""

    school_id: str
    """The URN, else `P1`, `P2`, ..."""
    urn: str | None
    name: str
    address: tuple[str, ...]
    postcode: str
    email: str | None
    po_number: str | None


@dataclass(frozen=True, slots=True)
class SchoolConfirmed:
    """A typed name, or one booking, is this school."""

    school_id: str
    name_key: str | None
    """Normalised typed name; None if the fact is about one booking."""
    booking_id: str | None


@dataclass(frozen=True, slots=True)
class PayerSet:
    """Who pays for a school, and what finance there wants on invoices; a later one about the same replaces it."""

    payer_id: str
    """A school's id, or `T` and the Group UID of a trust."""
    bill_to: str | None
    """`school` or `trust`; None: as the setting says. None for a trust."""
    email: str | None
    po_number: str | None


@dataclass(frozen=True, slots=True)
class SettingsRecorded:
    """What settings tell the rules, recorded whenever it changes."""

    scope_slugs: tuple[str, ...]
    scope_organizers: tuple[str, ...]
    billing_from_on: date | None
    guest_ids: tuple[int, ...]
    """Persons whose e-mail address is listed as the hub's own guest."""
    policy_digest: str
    workgroup_policies: tuple[tuple[str, str], ...] = ()
    """Work groups that have a policy of their own, by slug or id, each with its digest; in order."""
    bill_to: str = "school"
    """Who pays unless a `PayerSet` says otherwise: `school` or `trust`."""

    @property
    def digests(self) -> tuple[str, ...]:
        """Every policy in use, the general one first."""
        return tuple(dict.fromkeys([self.policy_digest, *(digest for _, digest in self.workgroup_policies)]))


@dataclass(frozen=True, slots=True)
class RegisterLoaded:
    """`ebsync schools load`: what a file of the official register said is known from this fact on."""

    layout: str
    """`schools`, `links` or `groups`."""
    file_name: str
    digest: str
    """SHA-256 of the file, hexadecimal."""


@dataclass(frozen=True, slots=True)
class PersonErased:
    """`ebsync person erase`: names and addresses were blanked; from this fact on sync brings none of them back."""

    person_ids: tuple[int, ...]
    booking_ids: tuple[str, ...]
    """References of bookings and walk-ins, whose names are not held any longer."""


@dataclass(frozen=True, slots=True)
class MessageBegun:
    """A message is about to be handed to the mail server: from this fact on it is never sent for its occasion again."""

    kind: str
    """`leads`, `finance`, `reminder_week` or `reminder_days`."""
    occasion: str
    """What it is about and when, in ids and instants: of one kind, person and occasion there is one message."""
    person_id: int
    """Whom it goes to; leads and finance have a person's id as well."""
    workshop_id: str | None = None
    booking_ids: tuple[str, ...] = ()
    told: tuple[str, ...] = ()
    """Keys of what is said once and not again: findings, documents, batches."""


@dataclass(frozen=True, slots=True)
class MessageEnded:
    """What became of it; where this fact is missing, nobody knows whether it left."""

    message_id: int
    """The id of its `MessageBegun`."""
    outcome: str
    """`sent`; `refused`: never by this address; `not_sent`: not now, the next run may try again; `unsure`."""


@dataclass(frozen=True, slots=True)
class RemindersStopped:
    """`ebsync messages unsubscribe`: no more reminders to these persons, nor to others with their address."""

    person_ids: tuple[int, ...]


@dataclass(frozen=True, slots=True)
class MovedTimes:
    """Facts of one table whose time lay ahead: what it was."""

    table: str
    column: str
    first_id: int
    last_id: int
    rows: int
    was_at: datetime


@dataclass(frozen=True, slots=True)
class TimesBroughtBack:
    """`ebsync db bring-times-back`: times that a wrong clock had put ahead were set to when this was recorded."""

    moved: tuple[MovedTimes, ...]


@dataclass(frozen=True, slots=True)
class Retracted:
    """A human fact was a mistake."""

    fact_id: int


FactContent = (
    DateDeclared
    | WorkshopMoved
    | WorkshopCalledOff
    | WorkshopReinstated
    | AttendanceMarked
    | WalkInCame
    | SubstituteCame
    | RegisterClosed
    | RegisterReopened
    | NoticeReceived
    | ExemptionClaimed
    | ExemptionRuled
    | ReviewAnswered
    | SchoolAdded
    | SchoolConfirmed
    | PayerSet
    | SettingsRecorded
    | RegisterLoaded
    | PersonErased
    | MessageBegun
    | MessageEnded
    | RemindersStopped
    | TimesBroughtBack
    | Retracted
)

MESSAGE_FACTS = (MessageBegun, MessageEnded, RemindersStopped, TimesBroughtBack)
"""Facts about messages and about times: nothing is judged by them."""

JUDGED_FACTS: tuple[type, ...] = tuple(kind for kind in get_args(FactContent) if kind not in MESSAGE_FACTS)
"""All others, withdrawals among them."""


@dataclass(frozen=True, slots=True)
class Fact:
    """A fact as recorded."""

    id: int
    recorded_at: datetime
    said_by: str
    content: FactContent


def event_of(workshop_id: str) -> str:
    """The Eventbrite event behind a workshop id (`<event>` or `<event>/<day>`)."""
    return workshop_id.split("/", 1)[0]


def facts_of(facts: Iterable[Fact], kind: type[_Content]) -> list[tuple[Fact, _Content]]:
    """Those facts whose content is of this kind, with the content; order kept."""
    return [(fact, fact.content) for fact in facts if isinstance(fact.content, kind)]


def newest_rulings(facts: Iterable[Fact]) -> dict[int, tuple[Fact, ExemptionRuled]]:
    """The newest ruling on each exemption, by the id of its claim; a claim that nobody ruled on has none."""
    return {ruled.exemption_id: (fact, ruled) for fact, ruled in facts_of(facts, ExemptionRuled)}


@dataclass(frozen=True, slots=True)
class Withdrawn:
    """A fact that was withdrawn, and the one that withdrew it."""

    fact: Fact
    by: Fact


def split_withdrawn(facts: Iterable[Fact]) -> tuple[list[Fact], list[Withdrawn]]:
    """Facts that stand, oldest first as given, and those withdrawn by another of them, in the order of withdrawal.

    Withdrawals themselves are in neither.
    """
    by: dict[int, Fact] = {}
    known = list(facts)
    for fact, retracted in facts_of(known, Retracted):
        by.setdefault(retracted.fact_id, fact)
    said = [fact for fact in known if not isinstance(fact.content, Retracted)]
    withdrawn = [Withdrawn(fact, by[fact.id]) for fact in said if fact.id in by]
    return [fact for fact in said if fact.id not in by], sorted(withdrawn, key=lambda each: each.by.id)
