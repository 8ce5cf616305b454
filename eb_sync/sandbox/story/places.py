"""Where and when the story's workshops are: events with ids of their own, so that commands can name them."""

from __future__ import annotations

from datetime import UTC, datetime

from eb_sync.sandbox.requested import NewEvent, NewSeries, NewTicketClass

BEGINNING = datetime(2019, 9, 2, 8, 0, tzinfo=UTC)
ORGANIZATION_ID = "301289465599"

SLUG = "cmh19-interventionhgate"
DAY_1, DAY_2, DAY_3 = f"{SLUG}/1", f"{SLUG}/2", f"{SLUG}/3"
SUBITISING = "larkmoor-subitising"
FRACTIONS = "larkmoor-fractions"
TIMES_TABLES = "larkmoor-times-tables"
BAR_MODELS = "larkmoor-bar-models"
RESIDENTIAL = "larkmoor-residential"
DATA_HANDLING = "larkmoor-data-handling"
NUMBER_SENSE = "larkmoor-number-sense"
SUMMER = "larkmoor-summer"
BRIDGING = "larkmoor-bridging"

PAGE_ID = "1069471350127"
SUBITISING_ID = "1069471350244"
FRACTIONS_ID = "1069471350361"
TIMES_TABLES_ID = "1069471350478"
BAR_MODELS_ID = "1069471350595"
RESIDENTIAL_ID = "1069471350712"
DATA_HANDLING_ID = "1069471350829"
NUMBER_SENSE_ID = "1069471350946"
SUMMER_ID = "1069471351063"
SERIES_ID = "1069471351180"
TWILIGHT_1_ID = "1069471351297"
TWILIGHT_2_ID = "1069471351414"
BRIDGING_ID = "1069471351531"

WORKSHOP_IDS = {
    DAY_1: f"{PAGE_ID}/1",
    DAY_2: f"{PAGE_ID}/2",
    DAY_3: f"{PAGE_ID}/3",
    SUBITISING: SUBITISING_ID,
    FRACTIONS: FRACTIONS_ID,
    TIMES_TABLES: TIMES_TABLES_ID,
    BAR_MODELS: BAR_MODELS_ID,
    RESIDENTIAL: RESIDENTIAL_ID,
    DATA_HANDLING: DATA_HANDLING_ID,
    NUMBER_SENSE: NUMBER_SENSE_ID,
    SUMMER: SUMMER_ID,
    TWILIGHT_1_ID: TWILIGHT_1_ID,
    TWILIGHT_2_ID: TWILIGHT_2_ID,
    BRIDGING: BRIDGING_ID,
}
"""The id that `ebsync charges --json` gives each workshop, by the name under which the story speaks of it."""

LUNCH = "Lunch"

WORK_GROUP = NewEvent(
    "Intervention in Primary Maths: a Work Group over three days",
    "2019-11-05 10:00",
    "2020-06-23 15:00",
    summary="Two teachers from each school meet on 5 November, 21 January and 23 June, 10:00 to 15:00.",
    slug=SLUG,
    id=PAGE_ID,
)
SUBITISING_EVENT = NewEvent(
    "Subitising in Reception", "2019-09-24 13:00", "2019-09-24 16:00", slug=SUBITISING, id=SUBITISING_ID
)
FRACTIONS_EVENT = NewEvent(
    "Fractions in Year 4",
    "2019-11-19 13:00",
    "2019-11-19 16:00",
    slug=FRACTIONS,
    ticket_classes=(NewTicketClass(), NewTicketClass(LUNCH, "add_on")),
    id=FRACTIONS_ID,
)
TIMES_TABLES_EVENT = NewEvent(
    "Times Tables in Year 4",
    "2020-01-28 10:00",
    "2020-01-28 12:00",
    slug=TIMES_TABLES,
    survey_respondent="ticket_buyer",
    id=TIMES_TABLES_ID,
)
BAR_MODELS_EVENT = NewEvent(
    "Bar Models in Key Stage 1", "2020-02-11 10:00", "2020-02-11 15:00", slug=BAR_MODELS, id=BAR_MODELS_ID
)
RESIDENTIAL_EVENT = NewEvent(
    "Leading Maths: a residential", "2020-02-27 10:00", "2020-02-28 15:00", slug=RESIDENTIAL, id=RESIDENTIAL_ID
)
TWILIGHTS = NewSeries(
    NewEvent("Reasoning Twilights", "2020-03-03 16:00", "2020-03-03 17:30", id=SERIES_ID),
    (("2020-03-03 16:00", "2020-03-03 17:30"), ("2020-03-10 16:00", "2020-03-10 17:30")),
    (TWILIGHT_1_ID, TWILIGHT_2_ID),
)
DATA_HANDLING_EVENT = NewEvent(
    "Data Handling in Year 6", "2020-03-24 10:00", "2020-03-24 15:00", slug=DATA_HANDLING, id=DATA_HANDLING_ID
)
NUMBER_SENSE_EVENT = NewEvent(
    "Number Sense, online", "2020-05-12 16:00", "2020-05-12 17:30", slug=NUMBER_SENSE, venue=None, id=NUMBER_SENSE_ID
)
SUMMER_EVENT = NewEvent(
    "Summer Planning Day", "2020-07-14 10:00", "2020-07-14 15:00", slug=SUMMER, venue=None, id=SUMMER_ID
)
BRIDGING_EVENT = NewEvent(
    "Bridging Year 6 and Year 7", "2020-07-06 14:00", "2020-07-06 16:00", slug=BRIDGING, venue=None, id=BRIDGING_ID
)
