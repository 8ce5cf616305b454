"""`ebsync export charges` and `export invoices`."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

import click

from eb_sync.cli.files import check_folder, check_same, write_file, write_missing
from eb_sync.cli.parsing import by_option, json_option, parse_past_date, said_by, takes
from eb_sync.cli.printing import local, print_bytes, print_json, print_table, tell
from eb_sync.errors import CannotWriteError, UsageError
from eb_sync.model.document_numbers import complete_number
from policies.wording import pounds

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

    from sqlalchemy import Connection

    from eb_sync.billing.batch_totals import BatchTotals
    from eb_sync.billing.batches import ChargeList
    from eb_sync.bootstrap import Hub
    from eb_sync.bootstrap.charge_lists import ListRequest
    from eb_sync.store.batches import Batch
    from eb_sync.store.each import Each


@click.group("export")
def export_command() -> None:
    """Write charge lists and invoices for finance.

    Example: ebsync export charges -o november.csv
    """


@dataclass(frozen=True, slots=True)
class _ChargesOptions:
    format_name: str | None
    batch_id: str | None
    since: str | None
    reversed_id: str | None
    path: Path | None
    by: str | None

    @property
    def request(self) -> ListRequest:
        """The list that is wanted; a file name that ends in .xlsx asks for a spreadsheet."""
        from eb_sync.bootstrap.charge_lists import ListRequest
        from eb_sync.export import SPREADSHEET

        is_workbook = self.path is not None and self.path.suffix.casefold() == f".{SPREADSHEET}"
        name = SPREADSHEET if self.format_name is None and is_workbook else self.format_name
        return ListRequest(name, self.batch_id, None if self.since is None else parse_past_date(self.since))


@export_command.command("charges")
@click.option(
    "--format", "format_name", metavar="NAME|FILE", help="csv, xlsx, xero, sage50, quickbooks, ... or your own map."
)
@click.option("--batch", "batch_id", metavar="ID", help="The same batch again, byte for byte.")
@click.option("--since", metavar="DATE", help="A list of documents from this day on; makes no batch.")
@click.option("--reverse", "reversed_id", metavar="ID", help="Undo a batch that was never imported.")
@click.option("-o", "path", type=click.Path(path_type=Path), metavar="FILE", help="Else the list goes to stdout.")
@by_option
@takes(_ChargesOptions)
def export_charges(options: _ChargesOptions) -> None:
    """Make a batch of all documents that are in none yet, and write its charge list.

    The batch's id, its documents and total are printed; keep them with the import. If a program takes only so many
    invoices at once, FILE becomes several: november-1.csv, november-2.csv. With -o november.xlsx the list is a
    spreadsheet. Reverse a batch that was never imported.

    Example: ebsync export charges --format xero -o november.csv
    """
    from eb_sync.cli.hub import open_hub

    if sum(given is not None for given in (options.batch_id, options.since, options.reversed_id)) > 1:
        raise UsageError("--batch, --since and --reverse exclude each other.")
    if options.reversed_id is not None:
        _reverse(open_hub(), options.reversed_id, options)
    else:
        _export(open_hub(), options)


def _export(hub: Hub, options: _ChargesOptions) -> None:
    from eb_sync.bootstrap.charge_lists import produce_charge_list
    from eb_sync.export import NATIVE, load_column_map

    request, path = options.request, options.path
    load_column_map(request.format_name or NATIVE)  # an unknown format is refused before a folder is made
    if path is not None:
        check_folder(path.parent)
    made = produce_charge_list(hub, request, said_by(hub, options.by), lambda made: _checked(made, path))
    if path is None:
        print_bytes(made.files[0])
    elif made.rows:
        _write_list(made, path)
    _tell_list(made)
    if not made.rows:
        _tell_empty(hub, request, path)


def _reverse(hub: Hub, batch_id: str, options: _ChargesOptions) -> None:
    from eb_sync.bootstrap.charge_lists import reverse_charge_list

    if options.path is not None or options.format_name is not None:
        raise UsageError("--reverse writes no list: leave -o and --format out.")
    done = reverse_charge_list(hub, batch_id, said_by(hub, options.by))
    if done.was_done_before:
        tell(f"{done.batch_id} was reversed before: {_sums(done.totals)}.")
        return
    tell(f"{done.batch_id} is reversed: {_sums(done.totals)}.")
    verb = "1 document is" if done.totals.documents == 1 else f"{done.totals.documents} documents are"
    tell(f"Its {verb} in no batch now, and in the next one. Import {done.batch_id} nowhere.")


def _sums(totals: BatchTotals) -> str:
    """`3 invoices £150.00, 1 credit note -£50.00, VAT £0.00, total £100.00`."""
    invoices = "1 invoice" if totals.invoices == 1 else f"{totals.invoices} invoices"
    credit_notes = "1 credit note" if totals.credit_notes == 1 else f"{totals.credit_notes} credit notes"
    given_back = f"{credit_notes} {pounds(totals.credited_pence)}" if totals.credit_notes else "no credit notes"
    invoiced = f"{invoices} {pounds(totals.invoiced_pence)}"
    return f"{invoiced}, {given_back}, VAT {pounds(totals.vat_pence)}, total {pounds(totals.total_pence)}"


def _checked(made: ChargeList, path: Path | None) -> ChargeList:
    """Refuse within the transaction what cannot be written, so that no batch is made."""
    there = [str(each) for each in _paths(made, path) if each.exists()]
    if there:
        raise CannotWriteError(f"{', '.join(there)} exists already; no batch was made. Give another name with -o.")
    if len(made.files) > 1 and path is None:
        raise UsageError(f"This list needs {len(made.files)} files: name them with -o FILE. No batch was made.")
    if made.file_type == "xlsx" and path is None:
        raise UsageError("A spreadsheet needs a file: name it with -o FILE. No batch was made.")
    if path is not None and path.suffix.casefold() in {".csv", ".xlsx"} - {f".{made.file_type}"}:
        raise UsageError(f"This list is a {made.file_type} file, and {path} ends otherwise. No batch was made.")
    return made


def _tell_list(made: ChargeList) -> None:
    name = f"batch {made.batch_id}" if made.batch_id else "no batch"
    tell(f"{name}: {made.rows} rows, {_sums(made.totals) if made.rows else 'total £0.00'}")
    if made.left_out:
        tell(f"in the file: {made.rows_in_files} rows, total {pounds(made.total_in_files)}")
        names = ", ".join(made.left_out)
        tell(f"Not in the file, because this format takes no credit notes: {names}. Enter them by hand.")
    _tell_codes(made)
    if made.told_apart:
        _tell_apart(made.told_apart)
    for customer, who in sorted((made.shared or {}).items()):
        tell(f"One customer, “{customer}”, stands for several: {', '.join(who)}. Check who owes what there.")
    if made.replaced:
        tell(f"Shown as question marks, because the file's encoding lacks them: {' '.join(made.replaced)}")
    _tell_before(made)


def _tell_codes(made: ChargeList) -> None:
    """Say what finance has to compare with its own accounts before importing."""
    for what, codes in (("Account", made.account_codes), ("Tax", made.tax_codes)):
        if codes:
            tell(f"{what} code{'s' if len(codes) > 1 else ''} in the file: {', '.join(codes)}.")
    if made.account_codes:
        tell("If your accounts use another code, see [codes.account] in `ebsync guide finance`.")
    if made.rows and made.prices_include_vat:
        tell("Prices in the file include VAT: choose “tax inclusive” when importing.")


def _tell_before(made: ChargeList) -> None:
    from eb_sync.billing.batches import format_batch_id

    if made.reversed_at is not None:
        tell(f"This batch was reversed on {local(made.reversed_at)}: import it nowhere.")
    if made.in_batches_before:
        batches = sorted(set(made.in_batches_before.values()))
        names = ", ".join(format_batch_id(number) for number in batches)
        tell(f"{len(made.in_batches_before)} of these documents were in a batch that was reversed ({names}).")


def _tell_apart(names: Mapping[str, str]) -> None:
    numbers: dict[str, list[str]] = {}
    for number, name in names.items():
        numbers.setdefault(name, []).append(number)
    tell("Several payers have one name, so the accounting program would take them for one. They are told apart:")
    for name, its in numbers.items():
        tell(f"  {', '.join(its)}: {name}")
    tell("Check that these customers exist there under these names, or set others with [codes.customer].")
    tell("`ebsync guide finance` says how.")


def _paths(made: ChargeList, path: Path | None) -> list[Path]:
    if path is None or len(made.files) == 1:
        return [] if path is None else [path]
    return [path.with_stem(f"{path.stem}-{number}") for number, _ in enumerate(made.files, 1)]


def _tell_empty(hub: Hub, request: ListRequest, path: Path | None) -> None:
    """Say that there is nothing to export, and which batch was the last."""
    file = "" if path is None else f" {path} was not written."
    if request.since_on is not None:
        tell(f"No document is dated {request.since_on} or later.{file}")
        return
    tell(f"There is nothing to export: every document is in a batch already.{file}")
    _tell_newest(hub)


def _tell_newest(hub: Hub) -> None:
    # a run that was stopped after its batch was made may not have said which
    from eb_sync.billing.batches import format_batch_id
    from eb_sync.store.batches import read_newest_batch
    from eb_sync.store.engine import reading

    with reading(hub.engine) as connection:
        newest = read_newest_batch(connection, hub.hub_id)
    if newest is not None:
        batch_id = format_batch_id(newest)
        tell(f"The newest batch is {batch_id}: `ebsync export charges --batch {batch_id}` writes it again.")


def _write_list(made: ChargeList, path: Path) -> None:
    # only after the commit: a list in finance's hands must be of a batch that exists
    paths = _paths(made, path)
    try:
        for each, content in zip(paths, made.files, strict=True):
            write_file(each, content, shared=True)
    except CannotWriteError as error:
        again = f" The batch was made: `ebsync export charges --batch {made.batch_id} -o FILE` writes it again."
        raise CannotWriteError(f"{error}{again if made.batch_id else ''}") from None
    if len(paths) > 1:
        tell(f"written: {', '.join(str(each) for each in paths)}")


@export_command.command("batches")
@json_option
def export_batches(as_json: bool) -> None:
    """List the batches that finance was given, oldest first, with their documents and sums.

    Example: ebsync export batches
    """
    from eb_sync.billing.batches import read_totals
    from eb_sync.cli.hub import open_hub
    from eb_sync.cli.json_documents import batch_json
    from eb_sync.store.engine import reading

    hub = open_hub()
    with reading(hub.engine) as connection:
        batches = read_totals(connection, hub.hub_id)
    if as_json:
        print_json({"batches": [batch_json(batch, totals) for batch, totals in batches]})
    else:
        _print_batches(batches)


def _print_batches(batches: Sequence[tuple[Batch, BatchTotals]]) -> None:
    from eb_sync.billing.batches import format_batch_id
    from eb_sync.export import NATIVE

    rows = [
        (
            format_batch_id(batch.id),
            local(batch.created_at)[:10],
            batch.format or NATIVE,
            str(totals.documents),
            *(pounds(each) for each in (totals.invoiced_pence, totals.credited_pence, totals.vat_pence)),
            pounds(totals.total_pence),
        )
        for batch, totals in batches
    ]
    print_table(("batch", "made", "format", "documents", "invoices", "credits", "VAT", "total"), rows, flexible=2)
    for batch, _ in batches:
        if batch.reversed_at is not None:
            click.echo(f"{format_batch_id(batch.id)} was reversed {local(batch.reversed_at)}: import it nowhere.")


@export_command.command("invoices")
@click.option("--number", "numbers", multiple=True, metavar="N", help="Only this document.")
@click.option(
    "--format",
    "file_format",
    type=click.Choice(["pdf", "ubl", "pdf+ubl"]),
    default="pdf",
    help="pdf: the page as issued; ubl: an e-invoice; pdf+ubl: a new rendering of the page, with the e-invoice in it.",
)
@click.option("-o", "folder", type=click.Path(path_type=Path), default=Path(), metavar="DIR", help="Where to.")
def export_invoices(numbers: tuple[str, ...], file_format: str, folder: Path) -> int:
    """Write issued invoices and credit notes as files again, byte for byte.

    A file that is there already and is the same is left alone; a different one is refused. A document that cannot be
    read or made into a file is named (3), and the others are written.

    An e-invoice (INV-000012.xml) says the same as the document, for the payer's system: UBL by EN 16931, and by Peppol
    BIS Billing 3.0 where settings have both sides' Peppol addresses. With pdf+ubl the file INV-000012.ubl.pdf is
    rendered anew from the same document and carries that XML; the page as issued and kept stays what it is.

    Example: ebsync export invoices --number INV-000012 -o invoices
    """
    from eb_sync.billing.batches import check_addresses
    from eb_sync.cli.hub import open_hub
    from eb_sync.store.documents import read_numbers
    from eb_sync.store.each import Each

    hub, each = open_hub(), Each()
    with hub.snapshot() as (connection, snapshot):
        wanted = _wanted_numbers(numbers, read_numbers(connection, hub.hub_id))
        if file_format != "pdf":
            wanted = _readable(connection, hub, wanted, each)
            buyers = hub.settings.einvoice.buyers
            check_addresses(connection, hub.hub_id, wanted, buyers, snapshot.school_book)
        ending = _ENDINGS[file_format]

        def files(some: list[str]) -> Iterator[tuple[Path, bytes]]:
            if file_format == "pdf":
                made = _pages(connection, hub, some, each)
            else:
                made = _einvoices(connection, hub, some, each, with_page=file_format == "pdf+ubl")
            return ((folder / name, content) for name, content in made)

        there = [number for number in wanted if (folder / f"{number}{ending}").exists()]
        check_same(files(there))
        written = [path for path, content in files(wanted) if write_missing(path, content, shared=True)]
    for path in written:
        click.echo(str(path))
    if not wanted:
        tell("No document has been issued yet.")
    for sentence in each.sentences("its file was not written"):
        tell(sentence, "error")
    return 3 if each.failed else 0


def _readable(connection: Connection, hub: Hub, numbers: list[str], each: Each) -> list[str]:
    """Those whose content says what it should."""
    from eb_sync.store.documents import read_documents

    found: list[str] = []
    for number in numbers:
        with each.part(number):
            found += [document.number for document in read_documents(connection, hub.hub_id, [number])]
    return found


def _pages(connection: Connection, hub: Hub, numbers: list[str], each: Each) -> Iterator[tuple[str, bytes]]:
    from eb_sync.store.documents import read_pdf

    for number in numbers:
        page = None
        with each.part(number):
            page = read_pdf(connection, hub.hub_id, number)
        if page is not None:
            yield f"{number}.pdf", page


_ENDINGS = {"pdf": ".pdf", "ubl": ".xml", "pdf+ubl": ".ubl.pdf"}


def _wanted_numbers(numbers: tuple[str, ...], known: list[str]) -> list[str]:
    wanted = list(dict.fromkeys(complete_number(number) or number.strip().upper() for number in numbers)) or known
    issued = set(known)
    unknown = [number for number in wanted if number not in issued]
    if unknown:
        newest = f"; the newest is {known[-1]}" if known else "; none has been issued yet"
        raise UsageError(f"There is no document {', '.join(unknown)}{newest}.")
    return wanted


def _einvoices(
    connection: Connection, hub: Hub, numbers: list[str], each: Each, *, with_page: bool
) -> Iterator[tuple[str, bytes]]:
    """Names and contents of e-invoices, made one by one; the first is made when all are known to be possible."""
    from eb_sync.export import check_einvoices, is_on_peppol, render_pdf_with_ubl, render_ubl
    from eb_sync.store.documents import read_documents

    addressing, look = hub.stationery.addressing, hub.stationery.look
    documents = read_documents(connection, hub.hub_id, numbers)
    check_einvoices(documents, addressing)
    for document in documents:
        content, squares = None, ""
        with each.part(document.number):
            if with_page:
                page = render_pdf_with_ubl(document, addressing, look)
                content, squares = page.content, " ".join(page.substituted)
            else:
                content = render_ubl(document, addressing)
        if squares:
            tell(f"{document.number}: shown as squares, because the fonts lack them: {squares}")
        if content is not None:
            yield f"{document.number}{'.ubl.pdf' if with_page else '.xml'}", content
    by_email = sum(not is_on_peppol(document, addressing) for document in documents)
    if by_email:
        tell(
            f"{by_email} of {len(documents)} e-invoices have e-mail addresses, so they follow EN 16931 and are not for "
            "the Peppol network: that needs EBSYNC_EINVOICE__SELLER and EBSYNC_EINVOICE__BUYERS."
        )
