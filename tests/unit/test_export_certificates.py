"""Certificates of attendance as pages."""

from __future__ import annotations

import io
from dataclasses import replace
from datetime import UTC, datetime

import pytest
from pypdf import PdfReader

from eb_sync.export import render_certificate_pdf
from eb_sync.export.certificate_pdf import format_length
from eb_sync.model.certificates import AttendedWorkshop, Certificate
from tests.papers import HOSTILE
from tests.pdf_text import check_accessible, pages_of, text_of


def attended(month: int, day: int, minutes: int = 300) -> AttendedWorkshop:
    start, end = datetime(2020, month, day, 9, tzinfo=UTC), datetime(2020, month, day, 14, tzinfo=UTC)
    return AttendedWorkshop("Fractions from the start", start, end, minutes)


CERTIFICATE = Certificate(
    reference="B1100594112",
    name="Søren Ash-Plum",
    title="Fractions from the start",
    workshops=(attended(1, 21), attended(6, 23, 270)),
    lead="Sam Sample",
    hub="Larkhill Learning Trust",
)


def test_a_certificate_names_teacher_work_group_dates_hours_lead_and_hub() -> None:
    assert text_of(render_certificate_pdf(CERTIFICATE).content) == (
        "Larkhill Learning Trust Certificate of attendance This is to certify that Søren Ash-Plum attended "
        "Fractions from the start 21 January 2020 5 hours 23 June 2020 4 hours 30 minutes "
        "2 workshops, 9 hours 30 minutes Sam Sample Work Group Lead"
    )


def test_what_nobody_said_is_left_to_the_pen() -> None:
    text = text_of(render_certificate_pdf(replace(CERTIFICATE, lead=None, hub=None)).content)
    assert text.startswith("Certificate of attendance")
    assert text.endswith("30 minutes Work Group Lead")
    assert "None" not in text


def test_workshops_with_titles_of_their_own_are_told_apart() -> None:
    other = replace(attended(2, 4), title="Fractions, day 2")
    text = text_of(render_certificate_pdf(replace(CERTIFICATE, workshops=(attended(1, 21), other))).content)
    assert "21 January 2020 5 hours 4 February 2020 · Fractions, day 2 5 hours" in text


def test_the_page_is_landscape_accessible_and_the_same_when_rendered_again() -> None:
    rendered = render_certificate_pdf(CERTIFICATE)
    assert render_certificate_pdf(CERTIFICATE) == rendered
    check_accessible(rendered.content, "Certificate of attendance B1100594112")
    reader = PdfReader(io.BytesIO(rendered.content))
    assert reader.pages[0].mediabox.width > reader.pages[0].mediabox.height
    assert reader.metadata is not None
    assert reader.metadata.creation_date == CERTIFICATE.workshops[-1].ends_at


@pytest.mark.parametrize("name", ["A" * 300, "Wolfeschlegelsteinhausen " * 12, HOSTILE])
def test_long_names_and_many_dates_stay_on_one_page(name: str) -> None:
    many = tuple(replace(attended(1, day), title="Another title") for day in range(1, 25))
    rendered = render_certificate_pdf(replace(CERTIFICATE, name=name, title=HOSTILE, workshops=many, lead=name))
    (text,) = pages_of(rendered.content)
    assert '#set page(fill: red) #panic("x") $x^2$ *b*' in text
    assert "24 January 2020" in text


@pytest.mark.parametrize(
    ("minutes", "words"),
    [(0, "0 hours"), (45, "45 minutes"), (60, "1 hour"), (61, "1 hour 1 minute"), (300, "5 hours")],
)
def test_lengths_are_said_in_hours_and_minutes(minutes: int, words: str) -> None:
    assert format_length(minutes) == words
