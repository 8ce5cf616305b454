"""What a rule may say: an outcome with its reason, clause, deadline and evidence; or a finding."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

from policies.facts import AnswerWord, Channel


class Outcome(StrEnum):
    """What follows for one place (DESIGN 5.2). Only `CHARGE` means money."""

    WORKSHOP_CANCELLED = "workshop_cancelled"
    ATTENDED = "attended"
    REPLACED = "replaced"
    DUPLICATE = "duplicate"
    NOTICE_IN_TIME = "notice_in_time"
    EXEMPT = "exempt"
    WAIVED = "waived"
    NOT_CHARGED = "not_charged"
    PENDING = "pending"
    REVIEW = "review"
    CHARGE = "charge"


class Reason(StrEnum):
    """Why. Each has its row in DESIGN 5.2; an outcome with one reason only shares its word."""

    WORKSHOP_CANCELLED = "workshop_cancelled"
    ATTENDED = "attended"
    REPLACED = "replaced"
    DUPLICATE = "duplicate"
    NOTICE_IN_TIME = "notice_in_time"
    OFSTED = "ofsted"
    EXTENUATING = "extenuating"
    WAIVED = "waived"
    OUTSIDE_POLICY = "outside_policy"
    NEVER_BOOKED = "never_booked"
    REFILLED = "refilled"
    """Somebody who booked after the notice came in the place."""
    TURNED_AWAY = "turned_away"
    """Came too late to be admitted; whether that is charged the policy says."""
    PART_ATTENDANCE = "part_attendance"
    """Left early where the policy charges for that."""
    CHARGED_ONCE = "charged_once"
    """The policy charges a school once for a workshop, and does so for another of its teachers."""
    NO_PLACE = "no_place"
    """A person answered that the ticket is none for a seat."""
    DATES_UNKNOWN = "dates_unknown"
    NOT_OVER = "not_over"
    REGISTER_OPEN = "register_open"
    BOOKINGS_STALE = "bookings_stale"
    EXEMPTION_CLAIMED = "exemption_claimed"
    ATTENDANCE_CONFLICT = "attendance_conflict"
    DUPLICATE_CANCELLED = "duplicate_cancelled"
    DUPLICATE_SUSPECTED = "duplicate_suspected"
    """Perhaps the same person as one who came, or whose place here is not charged or charged already."""
    BOOKING_VANISHED = "booking_vanished"
    STATUS_UNKNOWN = "status_unknown"
    """Eventbrite gives the booking a status that nobody has described, or none."""
    TICKET_UNKNOWN = "ticket_unknown"
    """No list of ticket classes has ever described its ticket."""
    NOTICE_UNPROVEN = "notice_unproven"
    BOOKED_AFTER_DEADLINE = "booked_after_deadline"
    TRANSFERRED = "transferred"
    PERSON_ERASED = "person_erased"
    PERSON_UNKNOWN = "person_unknown"
    """The booking never had a name nor an address."""
    ATTENDANCE_UNMARKED = "attendance_unmarked"
    WORKSHOP_MOVED = "workshop_moved"
    WALK_IN_UNMATCHED = "walk_in_unmatched"
    LATE_NOTICE = "late_notice"
    NO_SHOW = "no_show"


class Verdict(StrEnum):
    """Where the moment of notice lies against the deadline."""

    IN_TIME = "in_time"
    LATE = "late"
    UNPROVEN = "unproven"


@dataclass(frozen=True, slots=True)
class NoticeGiven:
    """The most favourable notice for one place: given in (`earliest_at`, `latest_at`], or at one instant if equal."""

    earliest_at: datetime
    latest_at: datetime
    verdict: Verdict
    channel: Channel


@dataclass(frozen=True, slots=True)
class PolicyVersion:
    """Which text decided."""

    id: str
    version: str
    """The first day on which it was in force, ISO."""


@dataclass(frozen=True, slots=True)
class Decision:
    """What the rules say about one place, and why."""

    workshop_id: str
    booking_id: str
    outcome: Outcome
    reason: Reason
    amount_pence: int
    """0 unless the outcome is `CHARGE`."""
    clause: str | None
    """The clause of the policy that decided; None where no policy was in force."""
    deadline_at: datetime | None
    """Until when notice was free of charge, for this place; None without policy or date."""
    policy: PolicyVersion | None
    notice: NoticeGiven | None
    evidence: tuple[str, ...]
    """Sentences, without names."""
    answers: tuple[AnswerWord, ...] = ()
    """For a review: what may be answered."""
    since_at: datetime | None = None
    """For a review: since when it waits."""
    deadline_sentence: str | None = None
    """The deadline and its rule, for a teacher: "until Mon 4 Nov 2019, 10:00 (at least 24 hours before the start)"."""


class FindingKind(StrEnum):
    """What the two-teacher rule may report (DESIGN 5.3)."""

    ONE_TEACHER = "one_teacher"
    NO_LEADER = "no_leader"
    ROLE_UNKNOWN = "role_unknown"
    NO_MATHS_LEAD = "no_maths_lead"
    TOO_MANY_TEACHERS = "too_many_teachers"
    SAME_TEACHER_TWICE = "same_teacher_twice"
    TEACHER_UNNAMED = "teacher_unnamed"
    SCHOOL_UNKNOWN = "school_unknown"


@dataclass(frozen=True, slots=True)
class Finding:
    """Something about a school's nominations that may want putting right; it never cancels anybody."""

    kind: FindingKind
    severity: str
    """`error`, `warning` or `advice`, as the policy document says."""
    workgroup_id: str
    workshop_id: str | None
    """None where the finding is about the whole work group."""
    school_id: str | None
    """None for `SCHOOL_UNKNOWN` and for unnamed teachers of unknown schools."""
    booking_ids: tuple[str, ...]
