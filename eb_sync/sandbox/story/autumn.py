"""September to December 2019: the bookings, the Work Group's first day, two single workshops, the first invoices."""

from __future__ import annotations

from eb_sync.sandbox.story import places
from eb_sync.sandbox.story.cast import TEACHERS, add_schools, book, confirm_schools, fill_form
from eb_sync.sandbox.story.places import DAY_1, FRACTIONS, FRACTIONS_ID, LUNCH, PAGE_ID, SUBITISING, SUBITISING_ID
from eb_sync.sandbox.story.steps import Order, Step, cancel, check_in, create, happen, london, references, type_in

_EVENTS = (
    create("2019-09-02 09:30", places.WORK_GROUP),
    create("2019-09-02 09:40", places.SUBITISING_EVENT),
    create("2019-09-16 10:00", places.FRACTIONS_EVENT),
    create("2019-09-16 10:10", places.SUMMER_EVENT),
    create("2019-10-21 10:00", places.TIMES_TABLES_EVENT),
    create("2019-10-21 10:10", places.BAR_MODELS_EVENT),
)
_BOOKINGS = (
    book("2019-09-09 12:00", SUBITISING_ID, "wren hana", "subitising"),
    book("2019-09-10 12:00", PAGE_ID, "anna ben gwen"),
    book("2019-09-10 12:30", PAGE_ID, "carys dilys"),
    book("2019-09-10 13:00", PAGE_ID, "emrys"),
    book("2019-09-10 13:20", PAGE_ID, "fay"),
    book("2019-09-10 15:00", PAGE_ID, "gethin hana"),
    book("2019-09-10 15:30", PAGE_ID, "idris jowan"),
    book("2019-09-10 16:00", PAGE_ID, "kerra"),
    book("2019-09-10 16:30", PAGE_ID, "lowen"),
    book("2019-09-10 17:00", PAGE_ID, "merryn nessa"),
    book("2019-09-19 09:00", PAGE_ID, "oren perran"),
    book("2019-09-19 10:00", PAGE_ID, "quill rosen"),
    book("2019-09-19 11:00", PAGE_ID, "yestin zelah"),
    book("2019-09-19 12:00", PAGE_ID, "sorrel"),
    book("2019-09-19 13:00", PAGE_ID, "tamsin"),
    book("2019-09-19 14:00", PAGE_ID, "ursel vesper"),
    book("2019-09-19 15:00", PAGE_ID, "wren"),
    book("2019-09-19 16:00", PAGE_ID, "yarrow delwyn"),
    book("2019-09-19 17:00", PAGE_ID, "bryony"),
    # Nobody remembers having booked already.
    Step(london("2019-10-10 12:00"), Order(PAGE_ID, (fill_form(TEACHERS["sorrel"]),), ("sorrel-again",))),
    Step(london("2019-10-10 12:10"), Order(PAGE_ID, (fill_form(TEACHERS["tamsin"]),), ("tamsin-again",))),
    book("2019-10-21 12:00", FRACTIONS_ID, "ben", "fractions"),
    book("2019-10-21 12:10", FRACTIONS_ID, "carys dilys", "fractions"),
    book("2019-10-21 12:20", FRACTIONS_ID, "emrys", "fractions"),
    book("2019-10-21 12:30", FRACTIONS_ID, "gethin", "fractions"),
    book("2019-10-21 12:40", FRACTIONS_ID, "kerra", "fractions"),
    Step(
        london("2019-10-21 12:50"),
        Order(
            FRACTIONS_ID,
            (fill_form(TEACHERS["anna"]), fill_form(TEACHERS["anna"], LUNCH)),
            ("fractions-anna", "fractions-lunch"),
        ),
    ),
    Step(
        london("2019-10-21 13:00"),
        Order(FRACTIONS_ID, (fill_form(TEACHERS["host"]),), ("fractions-host",), guest=True),
    ),
)
_SUBITISING = (
    type_in("2019-09-24 16:30", "attendance", "mark", SUBITISING, "{subitising-wren}", "present"),
    type_in("2019-09-24 16:31", "attendance", "close", SUBITISING, "--rest-absent"),
)
_OFFICE = (
    type_in(
        "2019-09-20 09:00",
        *("workgroup", "dates", places.SLUG),
        *("2019-11-05 10:00/15:00", "2020-01-21 10:00/15:00", "2020-06-23 10:00/15:00"),
    ),
    *add_schools("2019-10-01 09:00"),
    *confirm_schools("2019-11-08 09:00"),
)
_BEFORE_DAY_1 = (
    # After the second booking was made, the first is given up; which of them was meant?
    cancel("2019-10-12 12:00", "tamsin"),
    happen("2019-10-12 12:30", "edit", attendee_id="{fay}", answers={"School URN": "800003"}),
    cancel("2019-11-04 09:00", "carys"),
    type_in(
        "2019-11-04 09:45",
        *("notice", "add", DAY_1, "{yestin}", "--received-at", "2019-11-04 09:30", "--channel", "email"),
    ),
    cancel("2019-11-04 10:00", "emrys"),
    cancel("2019-11-04 11:00", "dilys"),
    happen("2019-11-04 15:00", "delete", attendee_id="{zelah}", entirely=True),
    happen("2019-11-04 16:00", "delete", attendee_id="{delwyn}"),
    book("2019-11-04 20:00", PAGE_ID, "cador"),
    cancel("2019-11-05 08:00", "cador"),
    type_in(
        "2019-11-04 14:05",
        *("exempt", "add", "--kind", "ofsted", "--school", "800007", "--from", "2019-11-04", "--to", "2019-11-05"),
        *("--approved-by", "Hub Lead"),
    ),
)
_DAY_1 = (
    type_in(
        "2019-11-05 15:10",
        *("attendance", "walk-in", DAY_1, "--name", "Jory Penhallick", "--school", "800005", "--replaces", "{idris}"),
    ),
    type_in("2019-11-05 15:11", "attendance", "walk-in", DAY_1, "--name", "Elowen Starbeck", "--school", "800006"),
    type_in(
        "2019-11-05 15:12",
        *("attendance", "mark", DAY_1),
        *references("anna fay hana jowan lowen sorrel-again ursel vesper wren yarrow"),
        "present",
    ),
    type_in("2019-11-05 15:13", "attendance", "mark", DAY_1, "{ben}", "late"),
    type_in("2019-11-05 15:14", "attendance", "mark", DAY_1, "{gwen}", "left-early"),
    # Not everybody is marked: closing says who is missing from the register and leaves it open.
    type_in("2019-11-05 15:20", "attendance", "close", DAY_1, exit_codes=(3,)),
    type_in("2019-11-05 15:21", "attendance", "close", DAY_1, "--rest-absent"),
    type_in(
        "2019-11-06 09:00",
        *("exempt", "add", "--kind", "extenuating", "--workshop", DAY_1, "--booking", "{oren}", "--code", "illness"),
        fact_label="oren-claim",
    ),
    type_in(
        "2019-11-06 09:05",
        *("exempt", "add", "--kind", "extenuating", "--workshop", DAY_1, "--booking", "{perran}", "--code", "family"),
    ),
    type_in("2019-11-07 09:00", "exempt", "approve", "{oren-claim}"),
    type_in("2019-11-07 09:05", "review", "decide", DAY_1, "{quill}", "waive"),
    type_in("2019-11-07 09:10", "review", "decide", DAY_1, "{delwyn}", "never-booked"),
)
_FRACTIONS = (
    # Nobody notices that sync stands still from noon till five; two cancel meanwhile.
    cancel("2019-11-18 14:00", "fractions-carys"),
    cancel("2019-11-18 14:30", "fractions-gethin"),
    check_in("2019-11-19 12:50", "fractions-anna"),
    check_in("2019-11-19 12:51", "fractions-ben"),
    check_in("2019-11-19 12:52", "fractions-emrys"),
    happen("2019-11-19 12:53", "undo_check_in", attendee_id="{fractions-emrys}"),
    check_in("2019-11-19 12:55", "fractions-kerra"),
    type_in(
        "2019-11-20 09:00", "attendance", "mark", FRACTIONS, *references("fractions-ben fractions-dilys"), "absent"
    ),
    type_in("2019-11-20 09:05", "attendance", "close", FRACTIONS, "--rest-absent"),
    # The lead is no longer sure about one of them.
    type_in("2019-11-21 09:00", "attendance", "mark", FRACTIONS, "{fractions-dilys}", "unmarked"),
    type_in("2019-11-21 09:10", "review", "decide", FRACTIONS, "{fractions-gethin}", "in-time"),
)
_INVOICES = (
    # One teacher's school is not known: her line waits, the others are issued.
    type_in("2019-11-25 09:00", "invoices", DAY_1, "--yes", "-o", "{out}", exit_codes=(0, 3)),
    type_in("2019-11-25 09:30", "export", "charges", "-o", "{out}/charges-november.csv"),
    # The reason comes to light after the invoice: the next plan proposes a credit note.
    type_in(
        "2019-12-09 09:00",
        *("exempt", "add", "--kind", "extenuating", "--workshop", DAY_1, "--booking", "{rosen}"),
        *("--code", "bereavement", "--evidence-seen", "--approved-by", "Hub Lead"),
    ),
    type_in("2019-12-10 09:00", "invoices", "--yes", "-o", "{out}", exit_codes=(0, 3)),
)

AUTUMN: tuple[Step, ...] = (
    *_EVENTS,
    *_BOOKINGS,
    *_SUBITISING,
    *_OFFICE,
    *_BEFORE_DAY_1,
    *_DAY_1,
    *_FRACTIONS,
    *_INVOICES,
)
"""Not yet in order of time."""
