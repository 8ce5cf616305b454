"""From a closed register to invoices, credit notes and charge lists, as a lead and finance type it."""

from __future__ import annotations

import csv
import io
from dataclasses import dataclass

import openpyxl
import pytest

from tests.hub import ELM, Hub

pytestmark = pytest.mark.every_database

COLUMNS = (
    "batch_id,row_key,document_number,document_kind,document_date,due_date,school,school_urn,bill_to,po_number,"
    "workshop_id,workshop_title,workshop_date,booking_ref,reason,clause,net,vat,gross,currency,vat_treatment,"
    "original_number"
)


@dataclass
class Closed:
    """A workshop that is over, its register closed: two of Ash absent, one of Elm absent, one there."""

    hub: Hub
    workshop: str
    ash: tuple[str, str]
    elm: str
    present: str


@pytest.fixture
def closed(hub: Hub) -> Closed:
    workshop = hub.event("Fractions", "2019-11-05 10:00", "2019-11-05 15:00", slug="fractions")
    ash = hub.book(workshop, "Ann Archer"), hub.book(workshop, "Bob Baker")
    elm, present = hub.book(workshop, "Cat Cole", ELM), hub.book(workshop, "Dan Dale", ELM)
    hub.sync()
    hub.at("2019-11-05 15:30")
    hub.sync()
    hub.do("attendance", "mark", "fractions", present, "present")
    hub.do("attendance", "close", "fractions", "--rest-absent")
    return Closed(hub, workshop, ash, elm, present)


def test_a_charge_of_an_unknown_school_is_blocked_with_the_command_that_unblocks_it(closed: Closed) -> None:
    result = closed.hub.run("invoices", "--yes", "--json")
    plan = result.json()
    assert result.code == 3
    assert plan["issued"] == []
    assert {blocked["booking_id"] for blocked in plan["blocked"]} == {*closed.ash, closed.elm}
    assert any("schools add --urn 800001" in blocked["command"] for blocked in plan["blocked"])


def test_the_plan_is_shown_issued_once_and_then_empty(closed: Closed) -> None:
    hub = closed.hub
    hub.add_schools()
    plan = hub.do("invoices", "fractions", "--dry-run", "--json").json()
    assert [(d["school"], d["school_urn"], d["total_pence"], len(d["lines"])) for d in plan["to_invoice"]] == [
        ("Ash Lane Primary", "800001", 10000, 2),
        ("Elm Nursery", None, 5000, 1),
    ]
    unconfirmed = hub.run("invoices", "fractions")
    assert unconfirmed.code == 3
    assert "--yes" in unconfirmed.err
    issued = hub.do("invoices", "fractions", "--yes", "-o", "out", "--json").json()
    assert [(d["number"], d["kind"], d["total_pence"], d["file"]) for d in issued["issued"]] == [
        ("INV-000001", "invoice", 10000, "out/INV-000001.pdf"),
        ("INV-000002", "invoice", 5000, "out/INV-000002.pdf"),
    ]
    assert (issued["to_invoice"], issued["to_credit"], issued["blocked"]) == ([], [], [])
    assert hub.do("invoices", "--yes", "--json").json()["issued"] == []
    assert hub.do("invoices").out.startswith("Nothing to invoice")


def test_a_missing_file_is_written_again_by_the_next_run(closed: Closed) -> None:
    hub = closed.hub
    hub.add_schools()
    hub.do("invoices", "--yes", "-o", "out")
    first = hub.folder / "out" / "INV-000001.pdf"
    content = first.read_bytes()
    first.unlink()
    hub.do("invoices", "--yes", "-o", "out")
    assert first.read_bytes() == content
    first.unlink()
    assert hub.do("export", "invoices", "--number", "inv-000001", "-o", "out").out == "out/INV-000001.pdf\n"
    assert first.read_bytes() == content
    first.write_bytes(b"something else")
    hub.refused("export", "invoices", "-o", "out", code=73)


def test_an_exemption_after_the_invoice_becomes_a_credit_note(closed: Closed) -> None:
    hub = closed.hub
    hub.add_schools()
    hub.do("invoices", "--yes")
    claim = hub.do(
        "exempt", "add", "--kind", "ofsted", "--school", "800001", "--from", "2019-11-04", "--to", "2019-11-05"
    )
    held = hub.do("invoices", "--dry-run", "--json").json()["held"]
    assert {(w["booking_id"], w["reason"], w["issued_pence"]) for w in held} == {
        (booking, "exemption_claimed", 5000) for booking in closed.ash
    }
    hub.do("exempt", "approve", claim.facts[0])
    plan = hub.do("invoices", "--dry-run", "--json").json()
    assert [(d["original_number"], d["total_pence"]) for d in plan["to_credit"]] == [("INV-000001", -10000)]
    issued = hub.do("invoices", "--yes", "--json").json()["issued"]
    assert [(d["number"], d["kind"], d["total_pence"]) for d in issued] == [("CN-000001", "credit_note", -10000)]
    hub.do("exempt", "revoke", claim.facts[0])
    again = hub.do("invoices", "--yes", "--json").json()["issued"]
    assert [(d["number"], d["total_pence"]) for d in again] == [("INV-000003", 10000)]


def test_another_confirmed_school_is_credited_and_invoiced_again(closed: Closed) -> None:
    hub = closed.hub
    hub.add_schools()
    hub.do("invoices", "--yes")
    hub.do("schools", "confirm", "P1", "--booking", closed.ash[0])
    issued = hub.do("invoices", "--yes", "--json").json()["issued"]
    assert [(d["kind"], d["school"], d["total_pence"]) for d in issued] == [
        ("credit_note", "Ash Lane Primary", -5000),
        ("invoice", "Elm Nursery", 5000),
    ]


def test_a_credit_by_hand_waives_its_places_unless_they_are_reissued(closed: Closed) -> None:
    hub = closed.hub
    hub.add_schools()
    hub.do("invoices", "--yes")
    dry = hub.do("credit", "INV-000001", "--reason", "Billed in error", "--dry-run", "--json").json()
    assert [(d["original_number"], d["total_pence"]) for d in dry["to_credit"]] == [("INV-000001", -10000)]
    credit = hub.do("credit", "INV-000001", "--line", "1", "--reason", "Billed in error", "--json").json()
    assert (credit["issued"][0]["total_pence"], len(credit["fact_ids"])) == (-5000, 1)
    assert "credited already" in hub.refused("credit", "INV-000001", "--line", "1", "--reason", "Again")
    assert hub.do("invoices", "--yes", "--json").json()["issued"] == []
    rest = hub.do("credit", "INV-000001", "--reason", "Wrong address", "--reissue", "--json").json()
    assert (rest["issued"][0]["total_pence"], rest["fact_ids"]) == (-5000, [])
    assert "credited already" in hub.refused("credit", "INV-000001", "--reason", "Again")
    assert [d["total_pence"] for d in hub.do("invoices", "--yes", "--json").json()["issued"]] == [5000]


def test_credits_that_cannot_be_are_refused(closed: Closed) -> None:
    hub = closed.hub
    assert "none has been issued" in hub.refused("credit", "INV-000001", "--reason", "x")
    hub.add_schools()
    hub.do("invoices", "--yes")
    assert "INV-000002" in hub.refused("credit", "INV-000009", "--reason", "x")
    assert "lines 1 to 2" in hub.refused("credit", "INV-000001", "--line", "3", "--reason", "x")
    assert "empty" in hub.refused("credit", "INV-000001", "--reason", " ")
    hub.do("credit", "INV-000001", "--reason", "x", "-o", "out")
    assert (hub.folder / "out" / "CN-000001.pdf").is_file()
    assert "credit note" in hub.refused("credit", "CN-000001", "--reason", "x")


def test_a_school_or_a_booking_can_be_left_for_later(closed: Closed) -> None:
    hub = closed.hub
    hub.add_schools()
    only = hub.do("invoices", "--school", "elm nursery", "--dry-run", "--json").json()["to_invoice"]
    assert [d["school"] for d in only] == ["Elm Nursery"]
    rest = hub.do("invoices", "--except", closed.ash[0], "--except", "cole", "--dry-run", "--json").json()
    assert [[line["booking_id"] for line in d["lines"]] for d in rest["to_invoice"]] == [[closed.ash[1]]]
    assert "Known are" in hub.refused("invoices", "--school", "Nowhere", "--dry-run")
    assert "No booking" in hub.refused("invoices", "--except", "B1", "--dry-run")


def test_without_supplier_or_billing_date_nothing_is_issued(closed: Closed) -> None:
    hub = closed.hub
    hub.patch.delenv("EBSYNC_SUPPLIER__ADDRESS")
    hub.patch.delenv("EBSYNC_BILLING_FROM")
    message = hub.refused("invoices", "--yes", code=78)
    assert "EBSYNC_SUPPLIER__ADDRESS" in message
    assert "EBSYNC_BILLING_FROM" in message


def test_standard_vat_needs_a_number_and_splits_the_gross(closed: Closed) -> None:
    hub = closed.hub
    hub.add_schools()
    hub.patch.setenv("EBSYNC_VAT__TREATMENT", "standard")
    assert "EBSYNC_VAT__NUMBER" in hub.refused("invoices", "--yes", code=78)
    hub.patch.setenv("EBSYNC_VAT__NUMBER", "GB000000000")
    hub.do("invoices", "--yes")
    rows = list(csv.DictReader(io.StringIO(hub.do("export", "charges").out)))
    assert {(row["net"], row["vat"], row["gross"], row["vat_treatment"]) for row in rows} == {
        ("41.67", "8.33", "50.00", "standard")
    }


def test_charge_lists_come_in_batches_with_the_same_bytes_again(closed: Closed) -> None:
    hub = closed.hub
    empty = hub.do("export", "charges")
    assert empty.out == COLUMNS + "\r\n"
    assert "no batch" in empty.err
    hub.add_schools()
    hub.do("invoices", "--yes")
    first = hub.do("export", "charges", "-o", "first.csv")
    assert "CL-000001" in first.err
    assert "£150.00" in first.err
    content = (hub.folder / "first.csv").read_bytes()
    rows = list(csv.DictReader(io.StringIO(content.decode())))
    assert [(row["row_key"], row["gross"], row["po_number"]) for row in rows] == [
        ("INV-000001/1", "50.00", ""),
        ("INV-000001/2", "50.00", ""),
        ("INV-000002/1", "50.00", "PO-7"),
    ]
    assert hub.do("export", "charges").out == COLUMNS + "\r\n"
    assert hub.do("export", "charges", "--batch", "CL-000001").out.encode() == content
    assert hub.do("export", "charges", "--batch", "1", "-o", "again.csv").code == 0
    assert (hub.folder / "again.csv").read_bytes() == content
    since = list(csv.DictReader(io.StringIO(hub.do("export", "charges", "--since", "2019-11-05").out)))
    assert {row["batch_id"] for row in since} == {""}
    assert len(since) == 3
    hub.refused("export", "charges", "-o", "first.csv", code=73)
    assert "no batch" in hub.refused("export", "charges", "--batch", "CL-000007")
    hub.refused("export", "charges", "--batch", "1", "--since", "2019-01-01")
    hub.refused("export", "charges", "--since", "yesterday")


def test_a_batch_says_what_it_comes_to_and_an_empty_one_writes_no_file(closed: Closed) -> None:
    hub = closed.hub
    hub.add_schools()
    hub.do("invoices", "--yes")
    hub.do("credit", "INV-000002", "--reason", "Billed in error")
    made = hub.do("export", "charges", "--format", "xero", "-o", "list.csv").err
    assert "2 invoices £150.00, 1 credit note -£50.00, VAT £0.00, total £100.00" in made
    assert "Account code in the file: 200." in made
    assert "Tax code in the file: No VAT." in made
    assert "tax inclusive" in made
    (batch,) = hub.do("export", "batches", "--json").json()["batches"]
    sums = ("documents", "invoices", "credit_notes", "invoiced_pence", "credited_pence", "vat_pence", "total_pence")
    assert [batch[each] for each in sums] == [3, 2, 1, 15000, -5000, 0, 10000]
    printed = hub.do("export", "batches").out
    assert printed.splitlines()[1].split()[-5:] == ["3", "£150.00", "-£50.00", "£0.00", "£100.00"]
    assert max(map(len, printed.splitlines())) <= 80
    empty = hub.do("export", "charges", "-o", "empty.csv").err
    assert "nothing to export" in empty
    assert not (hub.folder / "empty.csv").exists()
    undone = hub.do("export", "charges", "--reverse", "1").err
    assert "1 credit note -£50.00, VAT £0.00, total £100.00" in undone


def test_a_charge_list_is_a_spreadsheet_with_numbers_and_dates_and_no_formula(closed: Closed) -> None:
    hub = closed.hub
    hub.add_schools()
    hub.do("schools", "payer", "800001", "--po", "=1+1")
    hub.do("invoices", "--yes")
    assert "-o FILE" in hub.refused("export", "charges", "--format", "xlsx")
    assert "ends otherwise" in hub.refused("export", "charges", "--format", "xlsx", "-o", "list.csv")
    assert "ends otherwise" in hub.refused("export", "charges", "--format", "xero", "-o", "list.xlsx")
    assert hub.do("export", "batches", "--json").json() == {"batches": []}
    hub.do("export", "charges", "-o", "list.xlsx")
    hub.do("export", "charges", "--batch", "1", "-o", "again.xlsx")
    assert (hub.folder / "again.xlsx").read_bytes() == (hub.folder / "list.xlsx").read_bytes()
    header, *rows = openpyxl.load_workbook(hub.folder / "list.xlsx").worksheets[0].iter_rows()
    assert ",".join(str(cell.value) for cell in header) == COLUMNS
    first = dict(zip(COLUMNS.split(","), rows[0], strict=True))
    assert (first["gross"].value, first["gross"].data_type) == (50, "n")
    assert (first["workshop_date"].data_type, str(first["workshop_date"].value)[:10]) == ("d", "2019-11-05")
    assert (first["po_number"].data_type, first["po_number"].value) == ("s", "'=1+1")
    assert (len(rows), first["batch_id"].value) == (3, "CL-000001")
    hub.do("verify")


def test_a_batch_keeps_its_format_whatever_becomes_of_the_map(closed: Closed) -> None:
    hub = closed.hub
    hub.add_schools()
    hub.do("invoices", "--yes")
    own = hub.folder / "own.toml"
    own.write_text('title = "Own"\nheader = false\ncolumns = [{ field = "row_key" }, { field = "gross" }]\n')
    hub.do("export", "charges", "--format", str(own), "-o", "own.csv")
    content = (hub.folder / "own.csv").read_bytes()
    assert content == b"INV-000001/1,50.00\r\nINV-000001/2,50.00\r\nINV-000002/1,50.00\r\n"
    own.write_text('title = "Own"\ncolumns = [{ field = "net" }]\n')
    assert hub.do("export", "charges", "--batch", "1").out.encode() == content
    assert hub.do("export", "charges", "--batch", "1", "--format", "csv").out.startswith(COLUMNS)
    batch = hub.do("export", "batches", "--json").json()["batches"][0]
    assert (batch["batch_id"], batch["format"], batch["rows"]) == ("CL-000001", str(own), 3)
    hub.do("verify")


def test_a_reversed_batch_gives_its_documents_to_the_next_and_says_so(closed: Closed) -> None:
    hub = closed.hub
    hub.add_schools()
    hub.do("invoices", "--yes")
    first = hub.do("export", "charges").out
    done = hub.do("export", "charges", "--reverse", "CL-000001")
    assert (done.out, "2 documents are in no batch now" in done.err) == ("", True)
    assert "was reversed before" in hub.do("export", "charges", "--reverse", "1").err
    again = hub.do("export", "charges", "--batch", "1")
    assert again.out == first
    assert "import it nowhere" in again.err
    second = hub.do("export", "charges")
    assert second.out == first.replace("CL-000001", "CL-000002")
    assert "2 of these documents were in a batch that was reversed (CL-000001)" in second.err
    assert "reversed 2019-11-" in hub.do("export", "batches").out
    hub.do("verify")
    assert "There is no batch" in hub.refused("export", "charges", "--reverse", "CL-000009")
    hub.refused("export", "charges", "--reverse", "1", "--batch", "1")


def test_a_format_that_cannot_be_written_makes_no_batch(closed: Closed) -> None:
    hub = closed.hub
    hub.add_schools()
    hub.do("invoices", "--yes")
    assert "codes.customer" in hub.refused("export", "charges", "--format", "sage50", code=78)
    assert "name one of csv" in hub.refused("export", "charges", "--format", "oracle", code=78)
    tiny = hub.folder / "tiny.toml"
    tiny.write_text('extends = "csv"\ndocuments_per_file = 1\n')
    assert "2 files" in hub.refused("export", "charges", "--format", str(tiny))
    assert hub.do("export", "batches", "--json").json() == {"batches": []}
    assert "list-1.csv" in hub.do("export", "charges", "--format", str(tiny), "-o", "list.csv").err
    assert (hub.folder / "list-2.csv").read_text().count("INV-000002") == 2
    assert hub.do("export", "charges", "--batch", "1", "--format", "quickbooks").out.count("INV-") == 3


def test_a_logo_that_is_not_there_or_no_picture_stops_the_invoices(closed: Closed) -> None:
    hub = closed.hub
    hub.add_schools()
    hub.patch.setenv("EBSYNC_SUPPLIER__LOGO", "logo.png")
    assert "EBSYNC_SUPPLIER__LOGO cannot be read" in hub.refused("invoices", "--yes", code=78)
    (hub.folder / "logo.png").write_bytes(b"nothing")
    assert "no PNG, JPEG or SVG" in hub.refused("invoices", "--yes", code=78)
    hub.patch.delenv("EBSYNC_SUPPLIER__LOGO")
    hub.patch.setenv("EBSYNC_SUPPLIER__COLOUR", "#eeeeee")
    assert "too pale" in hub.refused("invoices", "--yes", code=78)
    assert "No document" in hub.do("export", "invoices").err


def test_a_file_that_is_something_else_is_never_taken_for_the_invoice(closed: Closed) -> None:
    hub = closed.hub
    hub.add_schools()
    (hub.folder / "out").mkdir()
    (hub.folder / "out" / "INV-000002.pdf").write_bytes(b"of a rehearsal")
    assert "INV-000001, INV-000002 is issued all the same" in hub.refused("invoices", "--yes", "-o", "out", code=73)
    (hub.folder / "out" / "INV-000001.pdf").unlink()
    assert "Nothing was written" in hub.refused("export", "invoices", "-o", "out", code=73)
    assert [path.name for path in (hub.folder / "out").iterdir()] == ["INV-000002.pdf"]
    (hub.folder / "out" / "INV-000002.pdf").unlink()
    hub.do("export", "invoices", "-o", "out")
    hub.do("export", "invoices", "-o", "out")


def test_a_list_in_several_files_makes_no_batch_where_one_of_them_is_there(closed: Closed) -> None:
    hub = closed.hub
    hub.add_schools()
    hub.do("invoices", "--yes")
    tiny = hub.folder / "tiny.toml"
    tiny.write_text('extends = "csv"\ndocuments_per_file = 1\n')
    (hub.folder / "list-2.csv").write_text("mine")
    assert "no batch was made" in hub.refused("export", "charges", "--format", str(tiny), "-o", "list.csv", code=73)
    assert not (hub.folder / "list-1.csv").exists()
    assert hub.do("export", "batches", "--json").json() == {"batches": []}
    hub.refused("export", "charges", "--format", "nonsense", "-o", "new/x.csv", code=78)
    assert not (hub.folder / "new").exists()
    hub.refused("export", "charges", "--reverse", "1", "-o", "x.csv")


def test_an_unwritable_folder_is_said_before_anything_is_issued(closed: Closed) -> None:
    hub = closed.hub
    hub.add_schools()
    (hub.folder / "file").write_text("not a folder")
    hub.refused("invoices", "--yes", "-o", "file", code=73)
    assert "No document" in hub.do("export", "invoices").err
    assert "none has been issued" in hub.refused("export", "invoices", "--number", "INV-000001")


def test_looking_back_needs_a_dry_run_and_shows_what_was_known(closed: Closed) -> None:
    hub = closed.hub
    hub.add_schools()
    assert "--dry-run" in hub.refused("invoices", "--as-of", "2019-11-01T00:00:00Z")
    then = hub.do("invoices", "--as-of", "2019-11-05T12:00:00Z", "--dry-run", "--json").json()
    assert then["to_invoice"] == []
    before = hub.do("charges", "fractions", "--as-of", "2019-10-01T12:00:00Z", "--json").json()
    assert {decision["reason"] for decision in before["decisions"]} == {"not_over"}


def test_an_explanation_says_fact_clause_and_arithmetic(closed: Closed) -> None:
    hub = closed.hub
    hub.world.set_clock(hub.world.now_at)
    text = hub.do("explain", "fractions", closed.ash[0]).out
    assert "The place is charged. £50.00." in text
    assert "Mon 4 Nov 2019, 10:00" in text
    assert "£50" in text
    assert "marked absent" in text
    late = hub.do("explain", "fractions", closed.elm).out
    assert "Elm Nursery" in late
    by_name = hub.do("explain", "fractions", "archer").out
    assert by_name == text
    assert hub.do("charges", "fractions").out.count("no_show") == 3
    assert "Fractions" in hub.do("charges").out


def test_a_changed_policy_never_touches_an_issued_line(closed: Closed) -> None:
    hub = closed.hub
    hub.add_schools()
    hub.do("invoices", "--yes")
    from policies.parameters import read_shipped

    text = read_shipped("maths-hub").replace("value = 5000", "value = 7500")
    (hub.folder / "other.toml").write_text(text, encoding="utf-8")
    hub.patch.setenv("EBSYNC_POLICY", "other.toml")
    plan = hub.do("invoices", "--dry-run", "--json").json()
    assert (plan["to_invoice"], plan["to_credit"]) == ([], [])
    hub.do("credit", "INV-000002", "--reason", "Other policy", "--reissue")
    again = hub.do("invoices", "--yes", "--json").json()["issued"]
    assert [d["total_pence"] for d in again] == [7500]


def test_a_plan_that_changed_since_it_was_shown_issues_nothing(closed: Closed) -> None:
    hub = closed.hub
    hub.add_schools()

    def agree_and_waive(*_args: object, **_options: object) -> bool:
        hub.do("review", "decide", "fractions", closed.elm, "waive")
        return True

    hub.patch.setattr("eb_sync.cli.invoices._is_agreed", agree_and_waive)
    assert "nothing was issued" in hub.refused("invoices", code=75)
    assert "No document" in hub.do("export", "invoices").err


def test_explanations_measure_notice_against_the_deadline(hub: Hub) -> None:
    event = hub.event("Fractions", "2019-11-05 10:00", "2019-11-05 15:00", slug="fractions")
    early, late, unproven = (hub.book(event, name) for name in ("Ann Archer", "Bob Baker", "Cat Cole"))
    hub.sync()
    hub.at("2019-11-04 08:00")
    hub.sync()
    hub.world.cancel(hub.bookings[early])
    hub.at("2019-11-04 11:30")
    hub.sync()
    hub.at("2019-11-05 08:00")
    hub.world.cancel(hub.bookings[late])
    hub.sync()
    hub.do("notice", "add", "fractions", unproven, "--received-at", "2019-11-05 07:00", "--channel", "phone")
    assert "at least 2 hours before that" in hub.do("explain", "fractions", early).out
    assert "at least 1 hour 25 minutes after that" in hub.do("explain", "fractions", late).out
    assert "at least 21 hours after that" in hub.do("explain", "fractions", unproven).out
    hub.at("2019-11-05 15:30")
    hub.sync()
    hub.do("attendance", "close", "fractions", "--nobody-came")
    hub.do("exempt", "add", "--kind", "extenuating", "--workshop", "fractions", "--code", "family", "--booking", late)
    text = hub.do("explain", "fractions", late).out
    assert "A person has to answer" in text
    assert "What may be answered: waive." in text
    assert hub.do("workshops", "--as-of", "2019-10-01 09:00", "--json").json()["workshops"][0]["state"] == "upcoming"
    assert hub.do("check", "--as-of", "2019-10-01 09:00", "--json").json()["findings"]


def test_a_list_with_nothing_new_names_the_newest_batch(hub: Hub, closed: Closed) -> None:
    assert "newest" not in hub.do("export", "charges").err
    hub.add_schools()
    hub.do("invoices", "--yes")
    hub.do("export", "charges")
    again = hub.do("export", "charges")
    assert "CL-000001" in again.err
    assert again.out.count("\n") == 1


def test_what_a_run_left_that_was_killed_is_swept_up(hub: Hub, closed: Closed) -> None:
    folder = hub.folder / "invoices"
    folder.mkdir()
    for name in (".INV-000001.pdf.999999999.part", ".ebsync.999999999.part", ".INV-000001.pdf.mine.part"):
        (folder / name).touch()
    hub.add_schools()
    hub.do("invoices", "--yes", "-o", str(folder))
    assert sorted(path.name for path in folder.iterdir() if path.suffix == ".part") == [".INV-000001.pdf.mine.part"]
