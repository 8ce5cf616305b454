"""A term's report as pages and as a workbook."""

from __future__ import annotations

import io
import re
from dataclasses import replace
from datetime import UTC, date, datetime

import openpyxl
import pytest

from eb_sync.errors import UsageError
from eb_sync.export import render_report_pdf, render_report_xlsx
from eb_sync.model.reports import (
    IssuedPaper,
    Period,
    SchoolAttendance,
    ShortSchool,
    Tally,
    TermReport,
    WorkshopAttendance,
)
from eb_sync.reports.terms import cut_into_periods, last_term, parse_term
from tests.papers import HOSTILE
from tests.pdf_text import alternatives_of, check_accessible, pages_of, text_of

TALLY = Tally(attended=5, in_time=2, late=1, no_show=3, excused=1, open=0)
REPORT = TermReport(
    term="Autumn term 2019",
    from_on=date(2019, 9, 1),
    until_on=date(2019, 12, 31),
    as_of=datetime(2020, 1, 6, 9, tzinfo=UTC),
    hub="Larkhill Learning Trust",
    workshops=(
        WorkshopAttendance("900100/1", "Fractions from the start", date(2019, 11, 5), True, TALLY, 15000),
        WorkshopAttendance("900200", "Ratio", date(2019, 11, 12), False, Tally(attended=1, open=2), 0),
    ),
    schools=(
        SchoolAttendance("Brookfield Primary School", "100001", TALLY, 15000),
        SchoolAttendance(None, None, Tally(attended=1, open=2), 0),
    ),
    period_kind="week",
    periods=(Period(date(2019, 11, 4), "4 Nov", 3, 1), Period(date(2019, 11, 11), "11 Nov", 0, 0)),
    papers=(
        IssuedPaper(
            "INV-000001", date(2019, 11, 8), "invoice", "Brookfield Primary School", "900100/1", 4, 20000, None
        ),
        IssuedPaper(
            "CN-000001",
            date(2019, 11, 20),
            "credit_note",
            "Brookfield Primary School",
            "900100/1",
            1,
            -5000,
            "INV-000001",
        ),
    ),
    short=(ShortSchool("Ratio", "Elm Lane Primary", "100002", None),),
    called_off=1,
    to_come=2,
    dates_unknown=0,
)


@pytest.mark.parametrize(
    "words",
    [
        "Larkhill Learning Trust Attendance and charges Autumn term 2019 1 September 2019 to 31 December 2019",
        "Workshops 2 Places 15 Attended 6, 46% of those not given back in time No-shows 3",
        "Late notices 1 Charged £200.00 Credited \N{MINUS SIGN}£50.00 Schools short of teachers 1",
        "No-shows and late notices, by week of the workshop",
        "5 Nov 2019 Fractions from the start 12 5 2 1 3 1 0 50% £150.00",
        "Together 15 6 2 1 3 1 2 46% £150.00",
        "Workshops of the term that are left out: 1 called off, 2 still to come.",
        "Workshops whose register is not closed, so that their figures may change: 1.",
        "Brookfield Primary School 100001 12 5 2 1 3 1 0 50% £150.00 (school not confirmed) 3 1 0 0 0 0 2 33%",
        "INV-000001 8 Nov 2019 invoice Brookfield Primary School 900100/1 4 £200.00",
        "CN-000001 20 Nov 2019 credit note Brookfield Primary School 900100/1 1 \N{MINUS SIGN}£50.00 Together £150.00",
        "Schools short of two teachers Work group School URN Workshop id Ratio Elm Lane Primary 100002 all",
        "As known on Mon 6 Jan 2020, 09:00.",
    ],
)
def test_the_report_has_figures_and_tables(words: str) -> None:
    assert words in text_of(render_report_pdf(REPORT).content)


def test_the_plot_is_told_to_who_cannot_see_it() -> None:
    (told,) = alternatives_of(render_report_pdf(REPORT).content)
    assert told == (
        "A bar chart of no-shows and late notices by week: week from 4 November 2019: 3 no-shows, 1 late; "
        "none at other times."
    )
    quiet = replace(REPORT, periods=(Period(date(2019, 11, 4), "4 Nov", 0, 0),))
    assert alternatives_of(render_report_pdf(quiet).content)[0].endswith("by week: there were none.")


def test_the_pages_are_accessible_and_the_same_when_rendered_again() -> None:
    rendered = render_report_pdf(REPORT)
    assert render_report_pdf(REPORT) == rendered
    check_accessible(rendered.content, "Attendance and charges, Autumn term 2019")


def test_a_large_report_repeats_its_headers_and_loses_nothing() -> None:
    schools = tuple(replace(REPORT.schools[0], school=f"School {number}") for number in range(300))
    periods = tuple(Period(date(2019, 1, 1 + n), f"{n}", n * 1000, n) for n in range(27))
    pages = pages_of(render_report_pdf(replace(REPORT, schools=schools, periods=periods, hub=None)).content)
    assert len(pages) > 5
    assert all("School URN Places Attended" in page for page in pages[1:5])
    assert all(f"School {number} 100001" in " ".join(pages) for number in range(300))


def test_what_there_is_none_of_is_said() -> None:
    bare = replace(REPORT, papers=(), short=(), called_off=0, to_come=0, term="1 May 2019 to 1 June 2019", hub=None)
    bare = replace(bare, workshops=(replace(REPORT.workshops[0], tally=Tally()),))
    text = text_of(render_report_pdf(bare).content)
    assert "Nothing was charged." in text
    assert "No school is short of teachers." in text
    for absent in ("None", "left out", "is not closed", "Invoices and credit notes about"):
        assert absent not in text


def test_hostile_text_is_printed_and_never_executed() -> None:
    hostile = replace(
        REPORT,
        hub=HOSTILE,
        workshops=(replace(REPORT.workshops[0], title=HOSTILE, workshop_id=HOSTILE),),
        schools=(replace(REPORT.schools[0], school="S" * 300, urn=HOSTILE),),
        papers=(replace(REPORT.papers[0], school=HOSTILE),),
        short=(ShortSchool(HOSTILE, HOSTILE, None, HOSTILE),),
    )
    rendered = render_report_pdf(hostile)
    text = text_of(rendered.content)
    assert '#set page(fill: red) #panic("x") $x^2$ *b* `c` @ref <b>' in text
    # such a cell may go on on the next page, with the footer between
    assert sum(len(run) for run in re.findall("SS+", text.replace(" ", ""))) == 300
    assert rendered.substituted == ("李", "\N{GRINNING FACE}")


def day(number: int) -> datetime:
    """As a workbook has it: a day of November 2019 without a zone."""
    return datetime(2019, 11, number, tzinfo=UTC).replace(tzinfo=None)


def test_the_workbook_has_a_sheet_for_each_table_with_numbers_as_numbers() -> None:
    content = render_report_xlsx(REPORT)
    assert render_report_xlsx(REPORT) == content
    workbook = openpyxl.load_workbook(io.BytesIO(content))
    assert workbook.sheetnames == ["Workshops", "Schools", "Over time", "Charges and credits", "Short of two teachers"]
    assert {sheet.freeze_panes for sheet in workbook.worksheets} == {"A2"}
    first = [cell.value for cell in workbook["Workshops"][2]]
    assert first == [
        day(5),
        "Fractions from the start",
        "900100/1",
        "closed",
        *(12, 5, 2, 1, 3, 1, 0, 0.5, 150),
    ]
    assert [cell.value for cell in workbook["Schools"][3]][:3] == ["(school not confirmed)", "", 3]
    assert [cell.value for cell in workbook["Over time"][2]] == [day(4), 3, 1]
    credit = workbook["Charges and credits"][3]
    assert [cell.value for cell in credit][5:] == [1, -50, "INV-000001"]
    assert credit[6].number_format == "#,##0.00"


def test_text_in_the_workbook_is_neutralised_and_an_empty_table_is_a_header() -> None:
    formula = replace(REPORT.schools[0], school="=cmd()", urn="12")
    workbook = openpyxl.load_workbook(io.BytesIO(render_report_xlsx(replace(REPORT, schools=(formula,), papers=()))))
    assert [cell.value for cell in workbook["Schools"][2]][:2] == ["'=cmd()", "12"]
    assert {cell.data_type for cell in workbook["Schools"][2][:2]} == {"s"}
    assert workbook["Charges and credits"].max_row == 1


@pytest.mark.parametrize(
    ("text", "name", "first", "last"),
    [
        ("autumn-2019", "Autumn term 2019", date(2019, 9, 1), date(2019, 12, 31)),
        (" Spring-2020 ", "Spring term 2020", date(2020, 1, 1), date(2020, 4, 15)),
        ("summer-2020", "Summer term 2020", date(2020, 4, 16), date(2020, 8, 31)),
        ("2019-09-01..2020-08-31", "1 September 2019 to 31 August 2020", date(2019, 9, 1), date(2020, 8, 31)),
    ],
)
def test_a_term_is_named_or_given_by_its_days(text: str, name: str, first: date, last: date) -> None:
    term = parse_term(text)
    assert (term.name, term.from_on, term.until_on) == (name, first, last)
    assert term.holds(first)
    assert term.holds(last)
    assert not term.holds(date(2018, 8, 31))


@pytest.mark.parametrize(
    ("today", "text"),
    [
        (date(2020, 1, 1), "autumn-2019"),
        (date(2020, 4, 15), "autumn-2019"),
        (date(2020, 4, 16), "spring-2020"),
        (date(2020, 8, 31), "spring-2020"),
        (date(2020, 9, 1), "summer-2020"),
        (date(2020, 12, 31), "summer-2020"),
    ],
)
def test_the_last_term_is_one_that_a_report_can_be_asked_for(today: date, text: str) -> None:
    assert last_term(today) == parse_term(text)


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("winter-2019", "winter-2019 is no term. Write for example autumn-2019"),
        ("autumn", "is no term"),
        ("2019-09-01", "is no term"),
        ("autumn-0000", "impossible date"),
        ("2019-02-30..2019-03-01", "impossible date"),
        ("2019-12-31..2019-09-01", "ends before it begins"),
    ],
)
def test_what_is_no_term_is_refused_with_examples(text: str, message: str) -> None:
    with pytest.raises(UsageError, match=message) as refusal:
        parse_term(text)
    assert "2019-09-01..2019-12-31" in str(refusal.value)


@pytest.mark.parametrize(
    ("text", "kind", "count", "ends"),
    [
        ("autumn-2019", "week", 19, (date(2019, 8, 26), date(2019, 12, 30))),
        ("2019-09-01..2020-08-31", "month", 8, (date(2019, 11, 1), date(2020, 6, 1))),
        ("2000-01-01..2030-12-31", "month", 8, (date(2019, 11, 1), date(2020, 6, 1))),
    ],
)
def test_half_a_year_is_cut_into_weeks_and_more_into_months(
    text: str, kind: str, count: int, ends: tuple[date, date]
) -> None:
    cut = cut_into_periods(parse_term(text), [date(2019, 11, 5), date(2020, 6, 23)])
    assert (cut[0], len(cut[1])) == (kind, count)
    assert (cut[1][0][0], cut[1][-1][0]) == ends


def test_many_years_are_cut_into_years() -> None:
    kind, years = cut_into_periods(parse_term("0001-01-01..9999-12-31"), [date(2015, 11, 5), date(2020, 6, 23)])
    assert (kind, [label for _, label in years]) == ("year", ["2015", "2016", "2017", "2018", "2019", "2020"])
