"""The page that says why: what is on it, and a timeline whose labels never lie on each other."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from eb_sync.export import render_explanation_pdf
from eb_sync.export.timeline import LABEL_WIDTH, WIDTH, Point, build_axes
from eb_sync.model.explanations import Explanation, MomentKind, SourcedFact, TimelineMoment
from tests.papers import HOSTILE
from tests.pdf_text import alternatives_of, check_accessible, pages_of, text_of


def utc(text: str) -> datetime:
    return datetime.fromisoformat(text).replace(tzinfo=UTC)


BOOKED = TimelineMoment(MomentKind.BOOKED, utc("2019-09-12 08:12"))
DEADLINE = TimelineMoment(MomentKind.DEADLINE, utc("2019-11-04 10:00"))
EARLIEST = TimelineMoment(MomentKind.NOTICE_EARLIEST, utc("2019-11-04 10:55"))
LATEST = TimelineMoment(MomentKind.NOTICE_LATEST, utc("2019-11-04 12:03"))
BEGINS = TimelineMoment(MomentKind.WORKSHOP, utc("2019-11-05 10:00"))
ENDS_AT = utc("2019-11-05 15:00")
CHARGED = Explanation(
    booking_id="B1100594112",
    place_label="A.B.",
    school="Brookfield Primary School",
    school_urn="100001",
    workshop_id="900100/1",
    title="Fractions from the start",
    starts_at=BEGINS.at,
    ends_at=ENDS_AT,
    as_of=utc("2019-11-08 09:00"),
    sentence="£50.00 is charged for this place, because it was given back after the deadline.",
    is_charged=True,
    invoice_number="INV-000012",
    timeline=(BOOKED, DEADLINE, EARLIEST, LATEST, BEGINS),
    facts=(
        SourcedFact("booked on Thu 12 Sep 09:12", "Eventbrite, where the booking was made"),
        SourcedFact("marked absent on the register", "the register of the workshop, kept by its lead"),
        SourcedFact("cancelled on Eventbrite between Mon 4 Nov 10:55 and 12:03", "Eventbrite, as read by the hub"),
        SourcedFact("the register was closed on Wed 6 Nov 17:00", "the register of the workshop, kept by its lead"),
    ),
    arithmetic=("Notice was free of charge until Mon 4 Nov 2019, 10:00.", "It was given at least 55 minutes after."),
    clause="A place booked and not used costs £50.",
    policy="From the policy maths-hub, in force from 2019-01-01.",
    supplier_name="Larkhill Learning Trust",
    supplier_email="finance@larkhill.example.org",
)


@pytest.mark.parametrize(
    "words",
    [
        "Why this place is charged Fractions from the start Larkhill Learning Trust",
        "Date Tue 5 Nov 2019, 10:00 to 15:00 Workshop 900100/1 Booking B1100594112 · A.B.",
        "School Brookfield Primary School URN 100001 Invoice INV-000012",
        "£50.00 is charged for this place, because it was given back after the deadline.",
        "Booked Thu 12 Sep 2019, 09:12",
        "Deadline for notice Mon 4 Nov 2019, 10:00",
        "Notice: not before Mon 4 Nov 2019, 10:55",
        "Notice: by then at the latest Mon 4 Nov 2019, 12:03",
        "Workshop begins Tue 5 Nov 2019, 10:00",
        "within this time notice was given",
        "Marked absent on the register. The register of the workshop, kept by its lead",
        "The rule A place booked and not used costs £50. From the policy maths-hub",
        "The arithmetic Notice was free of charge until Mon 4 Nov 2019, 10:00. It was given at least 55 minutes after.",
        "Write to finance@larkhill.example.org and quote booking B1100594112. Tell us if notice was given",
        "As known on Fri 8 Nov 2019, 09:00.",
    ],
)
def test_the_page_says_decision_times_facts_rule_arithmetic_and_what_to_do(words: str) -> None:
    assert words in text_of(render_explanation_pdf(CHARGED).content)


def test_all_of_it_is_one_page_and_the_same_when_rendered_again() -> None:
    rendered = render_explanation_pdf(CHARGED)
    assert len(pages_of(rendered.content)) == 1
    assert render_explanation_pdf(CHARGED) == rendered
    check_accessible(rendered.content, "Booking B1100594112: why")


def test_the_drawing_is_told_to_who_cannot_see_it() -> None:
    (told,) = alternatives_of(render_explanation_pdf(CHARGED).content)
    assert told.startswith("A timeline, oldest first. Booked: Thu 12 Sep 2019, 09:12. Deadline for notice: Mon 4 Nov")
    assert told.endswith("Workshop begins: Tue 5 Nov 2019, 10:00. The workshop ends: Tue 5 Nov 2019, 15:00.")


def test_what_is_not_known_is_left_out() -> None:
    bare = replace(
        CHARGED,
        school=None,
        school_urn=None,
        invoice_number=None,
        timeline=(BEGINS,),
        facts=(),
        arithmetic=(),
        clause=None,
        policy=None,
        supplier_name=None,
        supplier_email=None,
        is_charged=False,
    )
    content = render_explanation_pdf(bare).content
    text = text_of(content)
    assert "What was decided about this place" in text
    assert "Write to the hub that runs the workshop and quote booking B1100594112. Say which of these" in text
    for absent in (
        "None",
        "School",
        "URN",
        "Invoice",
        "The rule",
        "The arithmetic",
        "drawn to scale",
        "and from where",
    ):
        assert absent not in text
    assert alternatives_of(content) == []


def test_hostile_text_is_printed_and_never_executed() -> None:
    hostile = replace(
        CHARGED,
        place_label=HOSTILE,
        school="S" * 300,
        title=HOSTILE * 2,
        sentence=HOSTILE,
        facts=(SourcedFact(HOSTILE, HOSTILE),),
        arithmetic=(HOSTILE,),
        clause=HOSTILE,
        policy=HOSTILE,
        supplier_name=HOSTILE,
        supplier_email=HOSTILE,
    )
    rendered = render_explanation_pdf(hostile)
    text = text_of(rendered.content)
    assert '#set page(fill: red) #panic("x") $x^2$ *b* `c` @ref <b>&amp;</b>' in text
    assert "S" * 300 in text.replace(" ", "")
    assert rendered.substituted == ("李", "\N{GRINNING FACE}")


def test_a_crowded_end_is_drawn_once_more_enlarged() -> None:
    whole, end = build_axes(CHARGED.timeline, ENDS_AT)
    assert whole.caption == "The whole time, drawn to scale: 54 days"
    assert end.caption == "Its end enlarged, drawn to scale: 31 hours"
    assert [point.label != "" for point in whole.points] == [False, False, True, True, True]
    assert all(point.label for point in end.points)


def test_times_that_are_far_apart_need_one_drawing() -> None:
    early = TimelineMoment(MomentKind.NOTICE, utc("2019-09-20 09:00"))
    (axis,) = build_axes((BOOKED, early, DEADLINE, BEGINS), ENDS_AT)
    booked, notice, deadline, begins = axis.points
    assert booked.x == 0
    assert notice.x == pytest.approx((early.at - BOOKED.at) / (ENDS_AT - BOOKED.at) * WIDTH, abs=0.01)
    assert (booked.is_above, notice.is_above, deadline.is_above, begins.is_above) == (True, True, False, False)
    assert (booked.row, notice.row, deadline.row, begins.row) == (1, 0, 0, 1)


def test_a_single_time_is_not_drawn() -> None:
    assert build_axes((BEGINS,), ENDS_AT) == ()


@pytest.mark.parametrize(("days", "label"), [(1, "18:00"), (9, "Sat 2 Nov"), (90, "Tue 1 Oct"), (900, "1 Nov 2018")])
def test_the_scale_has_round_local_times(days: int, label: str) -> None:
    booked = TimelineMoment(MomentKind.BOOKED, BEGINS.at - timedelta(days=days))
    axis = build_axes((booked, BEGINS), ENDS_AT)[0]
    assert label in [tick.label for tick in axis.ticks]


def label_box(point: Point) -> tuple[float, float]:
    """From where to where its label reaches."""
    return (point.x, point.x + LABEL_WIDTH) if point.is_above else (point.x - LABEL_WIDTH, point.x)


MINUTES = st.integers(0, 60 * 24 * 400) | st.integers(0, 3000)


@given(st.lists(MINUTES, min_size=4, max_size=4), st.integers(1, 600))
def test_labels_neither_lie_on_each_other_nor_on_a_line_nor_over_the_edge(minutes: list[int], length: int) -> None:
    kinds = (MomentKind.BOOKED, MomentKind.DEADLINE, MomentKind.NOTICE_EARLIEST, MomentKind.NOTICE_LATEST)
    before = [TimelineMoment(kind, BEGINS.at - timedelta(minutes=n)) for kind, n in zip(kinds, minutes, strict=True)]
    moments = sorted([*before, BEGINS], key=lambda moment: moment.at)
    for axis in build_axes(moments, BEGINS.at + timedelta(minutes=length)):
        points = [point for point in axis.points if point.label]
        for point in points:
            begin, end = label_box(point)
            assert begin >= 0
            assert end <= WIDTH
            for other in points:
                if other is point or other.is_above != point.is_above:
                    continue
                other_begin, other_end = label_box(other)
                assert other.row != point.row or other_begin >= end or other_end <= begin
                assert other.row <= point.row or not begin < other.x < end
