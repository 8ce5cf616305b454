"""Number series, documents and batches: the same on every database."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, date, datetime

import pytest
import sqlalchemy as sa

from eb_sync.errors import DatabaseError
from eb_sync.model.documents import (
    BillTo,
    Document,
    DocumentKind,
    DocumentLine,
    DocumentWorkshop,
    Supplier,
    VatTreatment,
)
from eb_sync.store.batches import Batch, read_batch, read_unbatched, record_batch, take_batch_number
from eb_sync.store.documents import (
    IssuedDocument,
    digest_content,
    open_lines,
    read_document_lines,
    read_documents,
    read_lines,
    read_numbers,
    read_open_workshops,
    read_pdf,
    read_reaches,
    record_document,
    take_document_number,
)
from eb_sync.store.engine import reading, writing
from eb_sync.store.series import BATCH, INVOICE, ensure_hub, take_numbers
from eb_sync.store.tables import DOCUMENT_LINES, DOCUMENTS
from policies.decisions import Decision, NoticeGiven, Outcome, PolicyVersion, Reason, Verdict
from policies.facts import AnswerWord, Channel
from tests.contract.store_rows import HUB, LATER, NOW, mark

PDF = b"%PDF-1.7\x00\xff" + bytes(range(256))
DECISION = Decision(
    workshop_id="101",
    booking_id="B1",
    outcome=Outcome.CHARGE,
    reason=Reason.LATE_NOTICE,
    amount_pence=5000,
    clause="A place costs £50.",
    deadline_at=NOW,
    policy=PolicyVersion("maths-hub", "2019"),
    notice=NoticeGiven(NOW, LATER, Verdict.LATE, Channel.EVENTBRITE),
    evidence=("seen active on Mon 4 Nov, 10:00", "\N{GRINNING FACE}"),
    answers=(AnswerWord.WAIVE,),
    since_at=LATER,
)
LINE = DocumentLine(
    line_number=1,
    booking_id="B1",
    place_label="A.B.",
    reason="late_notice",
    clause="A place costs £50.",
    deadline_at=NOW,
    evidence=("seen active", "\N{GRINNING FACE}"),
    net_pence=5000,
    vat_pence=0,
    gross_pence=5000,
)
INVOICED = Document(
    number="",
    kind=DocumentKind.INVOICE,
    document_on=date(2019, 11, 8),
    due_on=date(2019, 12, 8),
    supplier=Supplier("Trust", ("1 Lane", "Town"), "f@hub.example.org", "Bank", "00-00-00", "00000000", 30),
    bill_to=BillTo("Élm Nursery 李", ("2 Elm Road",), "ZZ2 2ZZ"),
    school_name="Élm Nursery 李",
    school_urn=None,
    workshop=DocumentWorkshop("101", "Fractions", NOW, LATER),
    vat_treatment=VatTreatment.OUTSIDE_SCOPE,
    lines=(LINE,),
)


def issue(
    connection: sa.Connection, *bookings: str, workshop_id: str = "101", at: datetime = NOW, school: str = "P1"
) -> Document:
    """Issue an invoice with a line for each of these bookings."""
    ensure_hub(connection, HUB)
    lines = tuple(replace(LINE, line_number=n, booking_id=booking) for n, booking in enumerate(bookings, 1))
    workshop = replace(INVOICED.workshop, id=workshop_id)
    number = take_document_number(connection, HUB, DocumentKind.INVOICE)
    return _keep(connection, replace(INVOICED, number=number, lines=lines, workshop=workshop), at, school)


def credit(connection: sa.Connection, invoice: Document, at: datetime = LATER) -> Document:
    """Credit all lines of an invoice."""
    lines = tuple(
        replace(line, net_pence=-5000, gross_pence=-5000, original_line_number=line.line_number)
        for line in invoice.lines
    )
    number = take_document_number(connection, HUB, DocumentKind.CREDIT_NOTE)
    note = replace(invoice, number=number, kind=DocumentKind.CREDIT_NOTE, due_on=None, lines=lines)
    return _keep(connection, replace(note, original_number=invoice.number, reason="Snow."), at, "P1")


def _keep(connection: sa.Connection, document: Document, at: datetime, school: str) -> Document:
    decisions = tuple(replace(DECISION, booking_id=line.booking_id) for line in document.lines)
    digests = ("digest",) * len(decisions)
    record_document(connection, HUB, IssuedDocument(document, school, at, "finance", PDF, decisions, digests))
    return document


def test_a_series_counts_from_one_without_gaps_each_by_itself(engine: sa.Engine) -> None:
    with writing(engine) as connection:
        ensure_hub(connection, HUB)
        assert list(take_numbers(connection, HUB, INVOICE)) == [1]
        assert list(take_numbers(connection, HUB, INVOICE, 3)) == [2, 3, 4]
        assert list(take_numbers(connection, HUB, BATCH)) == [1]
        assert list(take_numbers(connection, HUB, INVOICE, 0)) == []
    with writing(engine) as connection:
        assert list(take_numbers(connection, HUB, INVOICE)) == [5]


def test_a_document_comes_back_as_it_was_issued(engine: sa.Engine) -> None:
    with writing(engine) as connection:
        known = mark(connection)
        invoice = issue(connection, "B1", "B2")
        note = credit(connection, invoice)
    with reading(engine) as connection:
        assert read_documents(connection, HUB) == [invoice, note]
        assert read_documents(connection, HUB, [note.number, "INV-999999"]) == [note]
        assert read_documents(connection, HUB, since_on=date(2019, 11, 8)) == [invoice, note]
        assert read_documents(connection, HUB, since_on=date(2019, 11, 9)) == []
        assert read_documents(connection, HUB, []) == []
        assert read_numbers(connection, HUB) == ["INV-000001", "CN-000001"]
        assert read_reaches(connection, HUB) == {"INV-000001": known, "CN-000001": known}
        assert read_pdf(connection, HUB, "INV-000001") == PDF
        with pytest.raises(LookupError):
            read_pdf(connection, HUB, "INV-000009")
        lines = read_document_lines(connection, HUB, "CN-000001")
        assert [(line.booking_id, line.gross_pence, line.original_line_number) for line in lines] == [
            ("B1", -5000, 1),
            ("B2", -5000, 2),
        ]
        assert lines[0].decision == DECISION
        assert lines[0].original_number == "INV-000001"
        assert read_document_lines(connection, HUB, "INV-000009") == []


def test_a_document_keeps_a_hash_of_what_it_says_and_of_what_was_known(engine: sa.Engine) -> None:
    with writing(engine) as connection:
        known = mark(connection)
        issue(connection, "B1", "B2", at=datetime(2019, 11, 8, 9, 30, 15, 678901, tzinfo=UTC))
    with reading(engine) as connection:
        row = dict(connection.execute(sa.select(DOCUMENTS)).mappings().one())
        lines = [dict(line) for line in connection.execute(sa.select(DOCUMENT_LINES)).mappings()]
    assert row["last_fact_id"] == known
    kept = row.pop("content_sha256")
    for each in (row, *lines):
        del each["hub_id"]
    assert row.pop("pdf") == PDF
    assert digest_content(row, sorted(lines, key=lambda line: int(line["line_number"]))) == kept


def test_a_second_open_line_for_a_place_is_refused_by_the_database(engine: sa.Engine) -> None:
    with writing(engine) as connection:
        invoice = issue(connection, "B1")
    with pytest.raises(DatabaseError), writing(engine) as connection:
        issue(connection, "B2", "B1")
    with writing(engine) as connection:
        assert read_numbers(connection, HUB) == [invoice.number]
        credit(connection, invoice)
        again = issue(connection, "B1")
    assert again.number == "INV-000002"


@pytest.mark.parametrize(
    "statement",
    [
        "INSERT INTO documents SELECT * FROM documents",
        "DELETE FROM documents",
        "DELETE FROM document_lines",
        "INSERT INTO document_lines SELECT * FROM document_lines",
        "UPDATE open_lines SET line_number = 2",
        "INSERT INTO batch_documents (hub_id, number, batch_id) VALUES (1, 'INV-000001', 9)",
    ],
)
def test_the_database_keeps_documents_whole(engine: sa.Engine, statement: str) -> None:
    with writing(engine) as connection:
        issue(connection, "B1")
    with pytest.raises(DatabaseError), writing(engine) as connection:
        connection.execute(sa.text(statement))


def _issue_and_fail(engine: sa.Engine) -> None:
    with writing(engine) as connection:
        issue(connection, "B1")
        raise InterruptedError


def test_a_document_that_fails_half_way_leaves_nothing_and_no_gap(engine: sa.Engine) -> None:
    with pytest.raises(InterruptedError):
        _issue_and_fail(engine)
    with writing(engine) as connection:
        assert read_numbers(connection, HUB) == []
        assert issue(connection, "B1").number == "INV-000001"


def test_lines_are_those_issued_by_an_instant(engine: sa.Engine) -> None:
    with writing(engine) as connection:
        first = issue(connection, "B1", "B2")
        issue(connection, "B1", workshop_id="102", school="800001")
        credit(connection, first)
    with reading(engine) as connection:
        before, after = read_lines(connection, HUB, NOW), read_lines(connection, HUB, LATER)
        assert [(line.number, line.line_number) for line in before] == [
            ("INV-000001", 1),
            ("INV-000001", 2),
            ("INV-000002", 1),
        ]
        assert set(open_lines(before)) == {("101", "B1"), ("101", "B2"), ("102", "B1")}
        assert set(open_lines(after)) == {("102", "B1")}
        assert [line.number for line in read_lines(connection, HUB, LATER, ["102", "none"])] == ["INV-000002"]
        assert read_lines(connection, HUB, LATER, []) == []
        assert read_open_workshops(connection, HUB, NOW) == {"101", "102"}
        assert read_open_workshops(connection, HUB, LATER) == {"102"}


def test_lines_of_more_workshops_than_fit_in_one_query_come_by_number(engine: sa.Engine) -> None:
    workshops = [str(number) for number in range(700)]
    with writing(engine) as connection:
        for workshop_id in reversed(workshops):
            issue(connection, "B1", workshop_id=workshop_id)
    with reading(engine) as connection:
        numbers = [line.number for line in read_lines(connection, HUB, NOW, workshops)]
    assert numbers == [f"INV-{number:06d}" for number in range(1, 701)]


def _batch_again(connection: sa.Connection, batch: Batch, numbers: list[str]) -> None:
    record_batch(connection, HUB, replace(batch, id=take_batch_number(connection, HUB)), numbers)


def test_a_document_is_in_one_batch_at_most(engine: sa.Engine) -> None:
    with writing(engine) as connection:
        first, second = issue(connection, "B1"), issue(connection, "B2", at=LATER)
        batch = Batch(take_batch_number(connection, HUB), LATER, "finance", 1, 2**40, "digest")
        record_batch(connection, HUB, batch, [first.number])
    with reading(engine) as connection:
        assert read_batch(connection, HUB, 1) == (batch, [first.number])
        assert read_batch(connection, HUB, 2) is None
        assert read_unbatched(connection, HUB) == [second.number]
    with pytest.raises(DatabaseError), writing(engine) as connection:
        _batch_again(connection, batch, [second.number, first.number])
    with writing(engine) as connection:
        assert read_unbatched(connection, HUB) == [second.number]
        assert take_batch_number(connection, HUB) == 2
