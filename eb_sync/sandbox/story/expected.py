"""What the rules must say at the end of the story, worked out by hand from the flyer's terms.

Deadlines: day 1 on 4 November 10:00, Fractions on 18 November 13:00, day 2 on 20 January 10:00 (London = UTC), the
twilights at 16:00 on the day before, the moved Bar Models on 24 February 10:00. Hourly reads begin ten minutes past the
hour; five minutes are taken off for Eventbrite's lag. Day 3 was called off, so whatever happened to its places is
`workshop_cancelled`. A booking cancelled for day 1 is notice for day 2 as well, against its own deadline.
"""

from __future__ import annotations

from eb_sync.sandbox.story.places import (
    BAR_MODELS,
    BRIDGING,
    DATA_HANDLING,
    DAY_1,
    DAY_2,
    DAY_3,
    FRACTIONS,
    NUMBER_SENSE,
    RESIDENTIAL,
    SLUG,
    SUBITISING,
    SUMMER,
    TIMES_TABLES,
    TWILIGHT_1_ID,
    TWILIGHT_2_ID,
)
from eb_sync.sandbox.story.steps import london

FINDINGS_AT = london("2020-01-10 09:00")
"""A week before the second day: early enough for schools to nominate somebody else."""

_Rows = dict[tuple[str, str], tuple[str, str]]


def _all(workshop: str, outcome: str, reason: str, labels: str) -> _Rows:
    return {(workshop, label): (outcome, reason) for label in labels.split()}


_DAY_1_ROWS: _Rows = {
    **_all(DAY_1, "attended", "attended", "anna ben gwen fay hana jowan lowen sorrel-again ursel vesper wren yarrow"),
    # Cancelled 25 hours before; cancelled at the very minute of the deadline; an e-mail half an hour before it.
    **_all(DAY_1, "notice_in_time", "notice_in_time", "carys emrys yestin"),
    # Cancelled 23 hours before: the read of 10:10 proves the booking active at 10:05.
    **_all(DAY_1, "charge", "late_notice", "dilys"),
    # rosen is not among them: her exemption was approved after the invoice.
    **_all(DAY_1, "charge", "no_show", "gethin bryony"),
    # idris by the walk-in named for him, kerra by her school's walk-in.
    **_all(DAY_1, "replaced", "replaced", "idris kerra"),
    **_all(DAY_1, "exempt", "ofsted", "merryn nessa"),
    **_all(DAY_1, "exempt", "extenuating", "oren rosen"),
    **_all(DAY_1, "review", "exemption_claimed", "perran"),
    **_all(DAY_1, "waived", "waived", "quill"),
    # Gone from the read of 15:10 on 4 November, five hours after the deadline; so is delwyn at 16:10.
    **_all(DAY_1, "review", "booking_vanished", "zelah"),
    **_all(DAY_1, "not_charged", "never_booked", "delwyn"),
    **_all(DAY_1, "duplicate", "duplicate", "sorrel tamsin"),
    # Absent, and her first booking was cancelled in time after this one was made.
    **_all(DAY_1, "review", "duplicate_cancelled", "tamsin-again"),
    # Booked at 20:00 after the deadline, cancelled at 8:00 before the start.
    **_all(DAY_1, "review", "booked_after_deadline", "cador"),
}
_DAY_2_ROWS: _Rows = {
    **_all(DAY_2, "attended", "attended", "anna gwen fay gethin hana idris kensa kerra lowen merryn nessa oren"),
    **_all(DAY_2, "attended", "attended", "perran quill yestin sorrel-again tamsin-again vesper bryony"),
    **_all(DAY_2, "notice_in_time", "notice_in_time", "carys dilys emrys cador zelah delwyn"),
    # ben by a colleague with a booking of her own, jowan by one who booked after he had cancelled.
    **_all(DAY_2, "replaced", "replaced", "ben jowan"),
    **_all(DAY_2, "duplicate", "duplicate", "sorrel tamsin"),
    **_all(DAY_2, "review", "transferred", "ursel"),
    **_all(DAY_2, "charge", "late_notice", "wren"),
    **_all(DAY_2, "charge", "no_show", "rosen yarrow"),
}
_DAY_3_ROWS: _Rows = {
    (DAY_3, label): ("workshop_cancelled", "workshop_cancelled")
    for label in (*(label for _, label in _DAY_1_ROWS), "kensa")
}
_SINGLE_ROWS: _Rows = {
    # Before the first of October 2019, from which the hub charges.
    **_all(SUBITISING, "attended", "attended", "subitising-wren"),
    **_all(SUBITISING, "not_charged", "outside_policy", "subitising-hana"),
    **_all(FRACTIONS, "attended", "attended", "fractions-anna fractions-kerra"),
    **_all(FRACTIONS, "review", "attendance_conflict", "fractions-ben"),
    # Last proved active at 11:05, stamped 14:00: the deadline of 13:00 lies between. So for gethin, until answered.
    **_all(FRACTIONS, "review", "notice_unproven", "fractions-carys"),
    **_all(FRACTIONS, "notice_in_time", "notice_in_time", "fractions-gethin"),
    **_all(FRACTIONS, "review", "attendance_unmarked", "fractions-dilys"),
    # The check-in was undone at once.
    **_all(FRACTIONS, "charge", "no_show", "fractions-emrys"),
    **_all(TIMES_TABLES, "attended", "attended", "tables-1"),
    **_all(TIMES_TABLES, "pending", "register_open", "tables-2 tables-3"),
    **_all(BAR_MODELS, "attended", "attended", "bars-merryn"),
    **_all(BAR_MODELS, "notice_in_time", "notice_in_time", "bars-oren"),
    # hana booked for the first date, lowen for the second.
    **_all(BAR_MODELS, "review", "workshop_moved", "bars-hana"),
    **_all(BAR_MODELS, "charge", "no_show", "bars-lowen"),
    **_all(RESIDENTIAL, "pending", "dates_unknown", "residential-quill residential-hana"),
    **_all(TWILIGHT_1_ID, "attended", "attended", "twilight-ursel"),
    **_all(TWILIGHT_1_ID, "charge", "no_show", "twilight-fay"),
    **_all(TWILIGHT_2_ID, "attended", "attended", "twilight-2-vesper"),
    **_all(TWILIGHT_2_ID, "review", "walk_in_unmatched", "twilight-2-gethin"),
    **_all(DATA_HANDLING, "workshop_cancelled", "workshop_cancelled", "handling-quill handling-sorrel"),
    # The page is gone: no read after the end will ever come.
    **_all(NUMBER_SENSE, "attended", "attended", "sense-anna"),
    **_all(NUMBER_SENSE, "pending", "bookings_stale", "sense-nessa"),
    **_all(SUMMER, "notice_in_time", "notice_in_time", "summer-nessa"),
    **_all(SUMMER, "pending", "not_over", "summer-tamsin"),
    # Cancelled a week before; the register of the others is still to be taken.
    **_all(BRIDGING, "notice_in_time", "notice_in_time", "bridging-nessa"),
    **_all(BRIDGING, "pending", "register_open", "bridging-anna bridging-ben bridging-gethin bridging-merryn"),
}

EXPECTED: _Rows = {**_DAY_1_ROWS, **_DAY_2_ROWS, **_DAY_3_ROWS, **_SINGLE_ROWS}
"""(workshop, booking's label) -> (outcome, reason), for every place; add-ons and the hub's guests are no places."""

EXPECTED_FINDINGS: tuple[tuple[str, str | None, str], ...] = (
    (SLUG, "800001", "too_many_teachers"),
    (SLUG, "800003", "one_teacher"),
    (SLUG, "800004", "no_leader"),
    (SLUG, "800005", "no_maths_lead"),
    (SLUG, "800010", "role_unknown"),
    (SLUG, "800011", "same_teacher_twice"),
    (SLUG, None, "school_unknown"),
    (TIMES_TABLES, "800009", "teacher_unnamed"),
)
"""(work group, school, finding) that must be among those from `FINDINGS_AT` to the end; there are more."""
