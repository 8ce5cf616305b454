"""January to July 2020: the second day, the workshops of the spring, the pandemic, the end of the year."""

from __future__ import annotations

from eb_sync.sandbox.story import places
from eb_sync.sandbox.story.cast import TARN_VIEW, TEACHERS, book, fill_form
from eb_sync.sandbox.story.places import (
    BAR_MODELS,
    BAR_MODELS_ID,
    BRIDGING_ID,
    DATA_HANDLING_ID,
    DAY_2,
    DAY_3,
    NUMBER_SENSE,
    NUMBER_SENSE_ID,
    PAGE_ID,
    RESIDENTIAL_ID,
    SUMMER_ID,
    TIMES_TABLES,
    TIMES_TABLES_ID,
    TWILIGHT_1_ID,
    TWILIGHT_2_ID,
)
from eb_sync.sandbox.story.steps import Order, Step, cancel, create, happen, london, references, type_in

_DAY_2 = (
    create("2020-01-06 09:00", places.TWILIGHTS),
    create("2020-01-06 09:10", places.RESIDENTIAL_EVENT),
    cancel("2020-01-20 12:30", "jowan"),
    # A colleague takes the place that became free.
    book("2020-01-20 14:00", PAGE_ID, "kensa"),
    # Late, but for a place at another workshop four minutes afterwards.
    cancel("2020-01-20 15:00", "ursel"),
    book("2020-01-20 15:04", TWILIGHT_1_ID, "ursel", "twilight"),
    # Late, and then there after all.
    cancel("2020-01-20 16:00", "lowen"),
    cancel("2020-01-20 18:00", "wren"),
    type_in(
        "2020-01-21 15:10",
        *("attendance", "mark", DAY_2),
        *references("anna gwen fay gethin hana idris kensa kerra lowen merryn nessa oren perran quill yestin"),
        *references("sorrel-again tamsin-again vesper bryony"),
        "present",
    ),
    type_in("2020-01-21 15:11", "attendance", "substitute", DAY_2, "{gwen}", "--replaces", "{ben}"),
    type_in("2020-01-21 15:20", "attendance", "close", DAY_2, "--rest-absent"),
)
_TIMES_TABLES = (
    Step(
        london("2020-01-06 12:00"),
        Order(TIMES_TABLES_ID, (fill_form(TEACHERS["bursar"]),) * 3, ("tables-1", "tables-2", "tables-3")),
    ),
    # The lead marks one of three nameless seats and never closes the register.
    type_in("2020-01-28 12:10", "attendance", "mark", TIMES_TABLES, "{tables-1}", "present"),
)
_BAR_MODELS = (
    book("2019-12-02 12:00", BAR_MODELS_ID, "hana", "bars"),
    book("2019-12-02 12:10", BAR_MODELS_ID, "merryn", "bars"),
    book("2019-12-02 12:20", BAR_MODELS_ID, "oren", "bars"),
    happen("2020-01-27 12:00", "move", event_id=BAR_MODELS_ID, starts="2020-02-25 10:00", ends="2020-02-25 15:00"),
    book("2020-02-03 12:00", BAR_MODELS_ID, "lowen", "bars"),
    # Late for the first date, in time for the second.
    cancel("2020-02-10 12:00", "bars-oren"),
    type_in("2020-02-25 15:10", "attendance", "mark", BAR_MODELS, "{bars-merryn}", "present"),
    type_in("2020-02-25 15:20", "attendance", "close", BAR_MODELS, "--rest-absent"),
)
_RESIDENTIAL = (
    # Nobody ever says which days stand behind this page.
    book("2020-02-03 13:00", RESIDENTIAL_ID, "quill", "residential"),
    book("2020-02-03 13:10", RESIDENTIAL_ID, "hana", "residential"),
)
_TWILIGHTS = (
    book("2020-02-03 14:00", TWILIGHT_1_ID, "fay", "twilight"),
    book("2020-02-03 14:10", TWILIGHT_2_ID, "gethin", "twilight-2"),
    book("2020-02-03 14:20", TWILIGHT_2_ID, "vesper", "twilight-2"),
    type_in("2020-03-03 17:35", "attendance", "mark", TWILIGHT_1_ID, "{twilight-ursel}", "present"),
    # Somebody came from a school that nobody can place: perhaps for one of the absent.
    type_in(
        "2020-03-10 17:34", "attendance", "walk-in", TWILIGHT_2_ID, "--name", "Corin Scarfell", "--school", TARN_VIEW
    ),
    type_in("2020-03-10 17:35", "attendance", "mark", TWILIGHT_2_ID, "{twilight-2-vesper}", "present"),
    type_in("2020-03-10 17:36", "attendance", "close", TWILIGHT_2_ID, "--rest-absent"),
)
_PANDEMIC = (
    create("2020-02-03 10:00", places.DATA_HANDLING_EVENT),
    book("2020-02-03 15:00", DATA_HANDLING_ID, "quill", "handling"),
    book("2020-02-03 15:10", DATA_HANDLING_ID, "sorrel", "handling"),
    # The page says cancelled to the public; its status stays live.
    happen("2020-03-18 10:00", "call_off", event_id=DATA_HANDLING_ID),
    type_in("2020-04-01 09:00", "workshop", "cancel", DAY_3, "--reason", "Schools are closed to most pupils."),
    create("2020-04-20 10:00", places.NUMBER_SENSE_EVENT),
    book("2020-04-20 12:00", NUMBER_SENSE_ID, "anna", "sense"),
    book("2020-04-20 12:10", NUMBER_SENSE_ID, "nessa", "sense"),
    # Somebody tidies up a little too early.
    happen("2020-05-12 15:00", "remove_event", event_id=NUMBER_SENSE_ID),
    type_in("2020-05-12 18:00", "attendance", "mark", NUMBER_SENSE, "{sense-anna}", "present"),
    type_in("2020-05-12 18:05", "attendance", "close", NUMBER_SENSE, "--rest-absent"),
)
_SUMMER = (
    book("2020-06-15 12:00", SUMMER_ID, "tamsin", "summer"),
    book("2020-06-15 12:10", SUMMER_ID, "nessa", "summer"),
    cancel("2020-07-01 12:00", "summer-nessa"),
    type_in("2020-07-03 09:00", "invoices", "--yes", "-o", "{out}", exit_codes=(0, 3)),
    type_in("2020-07-03 09:30", "export", "charges", "-o", "{out}/charges-july.csv"),
)
_LAST_DAY = (
    # The sheet of the first twilight turns up after the last invoices: what it costs is still to be issued.
    type_in("2020-07-06 09:30", "attendance", "close", TWILIGHT_1_ID, "--rest-absent"),
    create("2020-06-15 10:00", places.BRIDGING_EVENT),
    book("2020-06-22 12:00", BRIDGING_ID, "anna ben", "bridging"),
    book("2020-06-22 12:10", BRIDGING_ID, "gethin", "bridging"),
    book("2020-06-22 12:20", BRIDGING_ID, "merryn nessa", "bridging"),
    cancel("2020-06-29 12:00", "bridging-nessa"),
    # It is over, and nobody has taken the register: that is left to whoever tries the demo.
)

SPRING: tuple[Step, ...] = (
    *_DAY_2,
    *_TIMES_TABLES,
    *_BAR_MODELS,
    *_RESIDENTIAL,
    *_TWILIGHTS,
    *_PANDEMIC,
    *_SUMMER,
    *_LAST_DAY,
)
"""Not yet in order of time."""
