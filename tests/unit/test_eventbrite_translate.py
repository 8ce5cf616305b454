"""Rows become readings: what is tolerated, what is kept out and why, what the words mean."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest

from eb_sync.eventbrite import QuestionLabels
from eb_sync.eventbrite.paging import Origin
from eb_sync.eventbrite.translate import Translator, derive_slug, merge_rows
from eb_sync.model.readings import AttendeeReading, EventReading, GoingAhead, Profile, QuarantinedRow
from policies.facts import BarcodeStatus, Presence
from tests.unit.eventbrite_answers import NOW, Json, attendee, event

ORIGIN = Origin("page 2 row 7", NOW, "11")


@pytest.fixture
def translator() -> Translator:
    return Translator(QuestionLabels())


def read(row: object, translator: Translator | None = None) -> AttendeeReading:
    reading = (translator or Translator(QuestionLabels())).translate_attendee(row, ORIGIN)
    assert isinstance(reading, AttendeeReading), reading
    return reading


def read_event(row: object, translator: Translator | None = None) -> EventReading:
    reading = (translator or Translator(QuestionLabels())).translate_event(row, ORIGIN)
    assert isinstance(reading, EventReading), reading
    return reading


def quarantine(row: object) -> QuarantinedRow:
    result = Translator(QuestionLabels()).translate_attendee(row, ORIGIN)
    assert isinstance(result, QuarantinedRow)
    return result


def profile(answers: list[Json] | None, **fields: object) -> Profile:
    found = read(attendee(profile=fields, answers=answers)).profile
    assert found is not None
    return found


def answered(question: str, answer: object) -> Json:
    return {"question_id": "1", "question": question, "type": "text", "answer": answer}


def test_an_attendee_becomes_a_reading() -> None:
    assert read(attendee()) == AttendeeReading(
        event_id="11",
        attendee_id="71",
        order_id="51",
        ticket_class_id="91",
        presence=Presence.ACTIVE,
        status="Attending",
        cancelled=False,
        refunded=False,
        checked_in=False,
        created_at=datetime(2019, 10, 1, 9, 0, tzinfo=UTC),
        changed_at=datetime(2019, 10, 1, 9, 0, 2, tzinfo=UTC),
        barcode_status=BarcodeStatus.UNUSED,
        barcode_changed_at=datetime(2019, 10, 1, 9, 0, 2, tzinfo=UTC),
        received_at=NOW,
        profile=Profile("Wren Hartley", "wren@oakfell.example.org"),
    )


def test_checked_in_is_one_whichever_way_eventbrite_says_so() -> None:
    for row in (attendee(checked_in=True), attendee(status="Checked In", checked_in=None, barcodes=[])):
        assert read(row).checked_in
    assert not read(attendee()).checked_in


def test_what_eventbrite_leaves_out_is_no_failure() -> None:
    needed = ("id", "event_id", "order_id", "created", "changed")
    bare = {key: value for key, value in attendee().items() if key in needed}
    nulls = bare | dict.fromkeys(attendee().keys() - bare.keys())
    for row in (bare, nulls):
        reading = read(row)
        assert reading.presence is Presence.ACTIVE
        assert (reading.status, reading.checked_in, reading.ticket_class_id) == ("", False, None)
        assert (reading.barcode_status, reading.barcode_changed_at) == (BarcodeStatus.UNKNOWN, None)
        assert reading.profile == Profile("", "")


def test_ids_are_text_whatever_they_look_like() -> None:
    assert read(attendee("1100594112-1")).attendee_id == "1100594112-1"
    reading = read(attendee(id=1_999_760_883_635, order_id=5, ticket_class_id=""))
    assert (reading.attendee_id, reading.order_id, reading.ticket_class_id) == ("1999760883635", "5", None)


@pytest.mark.parametrize(
    "text", ["2019-10-01T09:00:00Z", "2019-10-01T09:00:00", "2019-10-01T10:00:00+01:00", "2019-10-01T09:00:00.000Z"]
)
def test_an_instant_without_a_zone_is_utc(text: str) -> None:
    created_at = read(attendee(created=text)).created_at
    assert created_at == datetime(2019, 10, 1, 9, 0, tzinfo=UTC)
    assert created_at.utcoffset() == timedelta(0)


@pytest.mark.parametrize(
    ("flags", "presence"),
    [
        ({"status": "Attending"}, Presence.ACTIVE),
        ({"status": "Checked In", "checked_in": True}, Presence.ACTIVE),
        ({"status": "Unpaid"}, Presence.ACTIVE),
        ({"status": "Somewhere Else"}, Presence.ACTIVE),
        ({"status": "Not Attending", "cancelled": True, "refunded": True}, Presence.CANCELLED),
        ({"status": "Not Attending"}, Presence.CANCELLED),
        ({"status": "Attending", "cancelled": True}, Presence.CANCELLED),
        ({"status": "Attending", "refunded": True}, Presence.CANCELLED),
        ({"status": "Somewhere Else", "refunded": True}, Presence.CANCELLED),
        ({"status": "Deleted"}, Presence.VANISHED),
        ({"status": "Deleted", "cancelled": True}, Presence.VANISHED),
    ],
)
def test_presence_is_decided_in_favour_of_the_teacher(flags: Json, presence: Presence) -> None:
    assert read(attendee(**flags)).presence is presence


@pytest.mark.parametrize(
    ("statuses", "status"),
    [
        (["unused", "used"], BarcodeStatus.USED),
        (["used", "refunded"], BarcodeStatus.REFUNDED),
        (["unused", "unused"], BarcodeStatus.UNUSED),
        (["torn", "unused"], BarcodeStatus.UNKNOWN),
        (["unknown"], BarcodeStatus.UNKNOWN),
        ([None], BarcodeStatus.UNKNOWN),
        ([], BarcodeStatus.UNKNOWN),
    ],
)
def test_of_several_barcodes_the_one_that_tells_most_counts(statuses: list[str | None], status: BarcodeStatus) -> None:
    barcodes = [{"status": each, "changed": f"2019-10-0{day}T09:00:00Z"} for day, each in enumerate(statuses, 1)]
    assert read(attendee(barcodes=barcodes)).barcode_status is status


def test_the_barcodes_time_is_that_of_the_barcode_that_counts() -> None:
    barcodes = [
        {"status": "unused", "changed": "2019-10-01T09:00:00Z"},
        {"status": "refunded", "changed": "2019-10-05T09:00:00Z"},
    ]
    assert read(attendee(barcodes=barcodes)).barcode_changed_at == datetime(2019, 10, 5, 9, 0, tzinfo=UTC)


def test_unknown_words_are_counted_and_kept(translator: Translator) -> None:
    read(attendee(status="Somewhere Else", barcodes=[{"status": "torn"}]), translator)
    read(attendee(status="Unpaid"), translator)
    assert read(attendee(status="Somewhere Else"), translator).status == "Somewhere Else"
    read_event(
        event(
            status="paused",
            event_sales_status={"message_code": "event_rained_off"},
            ticket_classes=[{"id": "1", "category": "raffle"}],
        ),
        translator,
    )
    assert translator.unknown_values == {
        "attendee.status=Somewhere Else": 2,
        "attendee.status=Unpaid": 1,
        "barcode.status=torn": 1,
        "event.status=paused": 1,
        "event_sales_status.message_code=event_rained_off": 1,
        "ticket_class.category=raffle": 1,
    }


def test_known_words_and_missing_ones_are_not_counted(translator: Translator) -> None:
    for status in ("Attending", "Not Attending", "Checked In", "Deleted", "", None):
        read(attendee(status=status), translator)
    read_event(event(), translator)
    assert not translator.unknown_values


def test_a_row_that_cannot_be_read_is_kept_out_with_its_reason_and_no_values() -> None:
    row = attendee(profile="Wren Hartley of Oakfell", changed="the day before yesterday", checked_in="maybe")
    del row["created"]
    out = quarantine(row)
    assert (out.kind, out.event_id, out.id, out.received_at) == ("attendee", "11", "71", NOW)
    assert out.reason == ("created: missing; changed: value_error; checked_in: bool_parsing; profile: model_type")


@pytest.mark.parametrize("row", [None, "Wren", [], 7, {}, {"id": None}, {"id": ["Wren"]}, {"id": ""}])
def test_a_row_without_an_id_is_named_by_its_position(row: object) -> None:
    out = quarantine(row)
    assert (out.id, out.event_id) == ("? page 2 row 7", "11")
    assert "Wren" not in out.reason


@pytest.mark.parametrize("value", [1569920400, None, "", "2019-13-01T00:00:00Z", "0001-01-01T00:00:00+09:00"])
def test_an_instant_that_is_none_keeps_the_row_out(value: object) -> None:
    assert quarantine(attendee(created=value)).reason == "created: value_error"


def test_a_long_list_of_problems_is_cut() -> None:
    out = quarantine(attendee(barcodes=[{"changed": "?"}] * 9))
    assert out.reason.endswith("barcodes.4.changed: value_error; and 4 more")


def test_answers_are_found_by_their_wording_in_any_case_and_punctuation() -> None:
    answers = [
        answered("SCHOOL NAME:", " Oakfell  Primary "),
        answered("School U.R.N", "nothing like the label"),
        answered("School URN?", "800 101"),
        answered("School postcode *", "ZZ1 1ZZ"),
        answered("Your role, in school", "Maths Lead"),
        answered("are you in a middle or senior leadership role", "Yes"),
        answered("Dietary requirements", "none of our business"),
    ]
    assert profile(answers, name=" Wren   Hartley ", email=" Wren@Oakfell.example.org ") == Profile(
        name="Wren Hartley",
        email="Wren@Oakfell.example.org",
        school="Oakfell Primary",
        urn="800101",
        postcode="ZZ1 1ZZ",
        role="Maths Lead",
        leadership="Yes",
    )


def test_a_wording_has_to_match_as_a_whole() -> None:
    answers = [
        answered("School name of your partner", "Ashby Infants"),
        answered("Which role do you hope for?", "Head"),
    ]
    assert (profile(answers).school, profile(answers).role) == ("", "")


def test_of_two_answered_wordings_the_one_listed_first_counts() -> None:
    answers = [answered("School", "Second"), answered("Name of school", "Third"), answered("School name", "First")]
    assert profile(answers).school == "First"


def test_without_an_answer_company_and_job_title_stand_in() -> None:
    unanswered = [{"question": "School name", "type": "text"}, answered("Role", None), answered("School", "  ")]
    found = profile(unanswered, company=" Oakfell Primary", job_title="Year 3 teacher")
    assert (found.school, found.role) == ("Oakfell Primary", "Year 3 teacher")


@pytest.mark.parametrize(
    ("typed", "urn"),
    [
        ("800101", "800101"),
        (800101, "800101"),
        (" 800 101 ", "800101"),
        ("80010", ""),
        ("8001011", ""),
        ("URN 800101", ""),
        ("\u0668\u0660\u0660\u0661\u0660\u0661", ""),
        ("n/a", ""),
    ],
)
def test_a_urn_is_six_digits_or_nothing(typed: object, urn: str) -> None:
    assert profile([answered("URN", typed)]).urn == urn


@pytest.mark.parametrize("odd", [{"question": None, "answer": None}, {"question": 5, "answer": ["a"]}, {}])
def test_an_odd_answer_does_not_keep_the_row_out(odd: Json) -> None:
    assert profile([odd, answered("School name", {"text": "?"}), answered("Role", "Head")]).role == "Head"


def test_a_name_is_made_of_first_and_last_where_there_is_no_other() -> None:
    assert profile([], first_name="Wren", last_name="Hartley").name == "Wren Hartley"
    assert profile([], name="  ", first_name="Wren").name == "Wren"


def test_other_labels_can_be_given() -> None:
    labels = QuestionLabels(school=("Setting",), urn=("DfE number of the setting",))
    answers = [answered("Setting", "Oakfell"), answered("School name", "Ashby")]
    found = read(attendee(answers=answers), Translator(labels)).profile
    assert found is not None
    assert found.school == "Oakfell"


def test_an_event_becomes_a_reading() -> None:
    reading = read_event(event(series_id="10"))
    assert (reading.id, reading.series_id, reading.title, reading.slug) == ("11", "10", "Fractions", "fractions")
    assert reading.starts_at == datetime(2020, 1, 21, 10, 0, tzinfo=UTC)
    assert reading.ends_at == datetime(2020, 1, 21, 15, 0, tzinfo=UTC)
    assert reading.time_zone == "Europe/London"
    assert reading.going_ahead is GoingAhead.GOING_AHEAD
    assert reading.venue == "Larkmoor School, Larkmoor, ZZ1 1ZZ"
    assert [(each.id, each.category, each.quantity_sold) for each in reading.ticket_classes] == [("91", "admission", 3)]


def test_an_event_without_optional_parts_is_read() -> None:
    needed = ("id", "start", "end", "created", "changed")
    bare = {key: value for key, value in event().items() if key in needed}
    for row in (bare, bare | dict.fromkeys(event().keys() - bare.keys()), bare | {"name": {"text": None}}):
        reading = read_event(row)
        assert (reading.title, reading.slug, reading.status, reading.venue) == ("", "11", "", None)
        assert (reading.ticket_classes, reading.organizer_id, reading.series_id) == ((), None, None)
        assert reading.going_ahead is GoingAhead.GOING_AHEAD


@pytest.mark.parametrize(
    ("status", "code", "going_ahead"),
    [
        ("live", "event_cancelled", GoingAhead.CANCELLED),
        ("completed", "event_cancelled", GoingAhead.CANCELLED),
        ("canceled", None, GoingAhead.CANCELLED),
        ("canceled", "event_postponed", GoingAhead.CANCELLED),
        ("live", "event_postponed", GoingAhead.POSTPONED),
        ("live", "tickets_sold_out", GoingAhead.GOING_AHEAD),
    ],
)
def test_an_event_is_called_off_by_its_status_or_its_sales_status(
    status: str, code: str | None, going_ahead: GoingAhead
) -> None:
    row = event(status=status, event_sales_status={"message_code": code})
    assert read_event(row).going_ahead is going_ahead


@pytest.mark.parametrize(
    ("ticket_class", "category"),
    [
        ({"id": "1"}, "admission"),
        ({"id": "1", "donation": True}, "donation"),
        ({"id": "1", "donation": False, "category": "add_on"}, "add_on"),
        ({"id": "1", "category": "raffle"}, "raffle"),
    ],
)
def test_old_ticket_classes_are_seats_unless_they_are_donations(ticket_class: Json, category: str) -> None:
    assert read_event(event(ticket_classes=[ticket_class])).ticket_classes[0].category == category


@pytest.mark.parametrize(
    ("change", "reason"),
    [
        ({"start": {"timezone": "Mars/Olympus", "utc": "2020-01-21T10:00:00Z"}}, "start.timezone: value_error"),
        ({"start": {"timezone": "../etc/passwd", "utc": "2020-01-21T10:00:00Z"}}, "start.timezone: value_error"),
        ({"end": {"timezone": "Europe/London"}}, "end.utc: missing"),
        ({"start": None}, "start: model_type"),
        ({"ticket_classes": [{"name": "?"}]}, "ticket_classes.0.id: missing"),
    ],
)
def test_an_event_that_cannot_be_read_is_kept_out(translator: Translator, change: Json, reason: str) -> None:
    out = translator.translate_event(event(**change), ORIGIN)
    assert out == QuarantinedRow("event", "11", "11", reason, NOW)


@pytest.mark.parametrize(
    ("vanity_url", "url", "slug"),
    [
        (
            "https://larkmoor-fractions.eventbrite.co.uk",
            "https://www.eventbrite.co.uk/e/x-tickets-11",
            "larkmoor-fractions",
        ),
        ("https://Larkmoor-Fractions.eventbrite.com/?aff=x", "", "larkmoor-fractions"),
        ("", "https://larkmoor-fractions.eventbrite.ie/", "larkmoor-fractions"),
        (
            "https://www.eventbrite.co.uk/e/other-tickets-11",
            "https://www.eventbrite.com/e/year-3-tickets-11?a=b",
            "year-3",
        ),
        ("", "https://www.eventbrite.co.uk/e/year-3-11", "year-3"),
        ("https://www.eventbrite.co.uk/e/only-here-tickets-11", "", "only-here"),
        ("", "https://www.eventbrite.co.uk/e/11", "11"),
        ("", "https://www.eventbrite.co.uk/e/tickets-for-bees-tickets-11/", "tickets-for-bees"),
        ("https://larkmoor.example.org/", "https://www.eventbrite.co.uk/o/someone-31", "11"),
        ("http://[broken", "", "11"),
        ("", "", "11"),
    ],
)
def test_the_slug_is_the_host_label_else_the_pages_name(vanity_url: str, url: str, slug: str) -> None:
    assert derive_slug("11", vanity_url, url) == slug


def test_of_two_rows_the_later_changed_then_the_ended_then_the_later_read_wins() -> None:
    active = read(attendee())
    ended = replace(active, presence=Presence.CANCELLED)
    later = replace(active, changed_at=active.changed_at + timedelta(seconds=1))
    scanned = replace(active, checked_in=True, received_at=NOW + timedelta(seconds=1))
    assert merge_rows([active, ended]) == merge_rows([ended, active]) == (ended,)
    assert merge_rows([ended, later]) == merge_rows([later, ended]) == (later,)
    # the later page, known since the first of the two
    shown = replace(scanned, received_at=active.received_at)
    assert merge_rows([active, scanned]) == merge_rows([scanned, active]) == (shown,)
    assert merge_rows([]) == ()


@pytest.mark.parametrize("year", [1, 1969, 1999, 2100, 9999])
def test_an_instant_outside_2000_to_2100_keeps_the_row_out_and_says_which_field(year: int) -> None:
    instant = f"{year:04}-06-01T09:00:00Z"
    for field in ("created", "changed"):
        assert quarantine(attendee(**{field: instant})).reason == f"{field}: value_error"
    assert quarantine(attendee(barcodes=[{"changed": instant}])).reason == "barcodes.0.changed: value_error"
    row = event(start={"timezone": "Europe/London", "utc": instant})
    kept_out = Translator(QuestionLabels()).translate_event(row, ORIGIN)
    assert isinstance(kept_out, QuarantinedRow)
    assert kept_out.reason == "start.utc: value_error"


@pytest.mark.parametrize("value", ["71\ud83d", "71\0", "7 1\n", "7" * 101, "71\u202e"])
def test_an_id_that_would_have_to_be_cleaned_keeps_the_row_out(value: str) -> None:
    # cleaned, it could come to name another booking
    row = quarantine(attendee(value))
    assert (row.id, row.event_id) == ("? page 2 row 7", "11")
    assert quarantine(attendee(event_id=value)).event_id == "11"


def test_names_answers_statuses_and_titles_are_cleaned_and_cut() -> None:
    typed = profile([answered("School", "Ash\x1b[2J \ud83dLane")], name="Ann\u202e\0", email="ann\x07@ash.example.org")
    assert (typed.name, typed.email, typed.school) == ("Ann", "ann@ash.example.org", "Ash \ufffdLane")
    assert read(attendee(status="Attending\x07")).status == "Attending"
    assert read_event(event(name={"text": "Frac\u202etions\ud83d"})).title == "Fractions\ufffd"
    cut = profile([answered("Role", "x" * 9000), answered("School", "x" * 9000)])
    assert (len(cut.role), len(cut.school)) == (300, 2000)
    assert len(profile([], first_name="x" * 1999, last_name="y" * 1999).name) == 2000


@pytest.mark.parametrize("count", [-1, 10**7, 10**30])
def test_a_count_that_cannot_be_one_counts_as_none(count: int) -> None:
    (sold,) = read_event(event(ticket_classes=[{"id": "1", "quantity_sold": count}])).ticket_classes
    assert sold.quantity_sold is None
