"""`ebsync export charges` and `export invoices`."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import click

from eb_sync.cli.printing import check_folder, pounds, print_bytes, tell, write_file
from eb_sync.cli.words import by_option, parse_date, said_by
from eb_sync.errors import CannotWriteError, UsageError

if TYPE_CHECKING:
    from eb_sync.billing.batches import ChargeList
    from eb_sync.bootstrap import House


@click.group("export")
def export_command() -> None:
    """Write charge lists and invoices for finance.

    Example: ebsync export charges -o november.csv
    """


@export_command.command("charges")
@click.option("--format", "file_format", type=click.Choice(["csv"]), default="csv", help="Only csv for now.")
@click.option("--batch", "batch_id", metavar="ID", help="The same batch again, byte for byte.")
@click.option("--since", metavar="DATE", help="A list of documents from this day on; makes no batch.")
@click.option("-o", "path", type=click.Path(path_type=Path), metavar="FILE", help="Else the list goes to stdout.")
@by_option
def export_charges(
    file_format: str, batch_id: str | None, since: str | None, path: Path | None, by: str | None
) -> None:
    """Make a batch of all documents that are in none yet, and write its charge list.

    The batch's id, rows and total are printed; keep them with the import.

    Example: ebsync export charges -o november.csv
    """
    from eb_sync.cli.house import open_house

    del file_format  # there is one
    if batch_id is not None and since is not None:
        raise UsageError("--batch and --since exclude each other.")
    if path is not None:
        check_folder(path.parent)
        if path.exists():
            raise CannotWriteError(f"{path} exists already; no batch was made. Give another name with -o.")
    house = open_house()
    made = _make_list(house, batch_id, since, by)
    if path is None:
        print_bytes(made.content)
    else:
        _write_list(made, path)
    name = f"batch {made.batch_id}" if made.batch_id else "no batch"
    tell(f"{name}: {made.rows} rows, total {pounds(made.total_pence)}")
    if batch_id is None and since is None and not made.batch_id:
        _tell_newest(house)


def _make_list(house: House, batch_id: str | None, since: str | None, by: str | None) -> ChargeList:
    from eb_sync.billing.batches import list_since, make_batch, repeat_batch
    from eb_sync.bootstrap import HUB_ID
    from eb_sync.export import render_charge_list

    if batch_id is None and since is None:
        with house.recording() as (connection, picture):
            return make_batch(connection, HUB_ID, picture.as_of, said_by(house, by), render_charge_list)
    with house.looking() as (connection, _):
        if batch_id is not None:
            return repeat_batch(connection, HUB_ID, batch_id, render_charge_list)
        return list_since(connection, HUB_ID, parse_date(since or ""), render_charge_list)


def _tell_newest(house: House) -> None:
    # a run that was stopped after its batch was made may not have said which
    from eb_sync.billing.batches import format_batch_id
    from eb_sync.bootstrap import HUB_ID
    from eb_sync.store.documents import read_newest_batch
    from eb_sync.store.engine import reading

    with reading(house.engine) as connection:
        newest = read_newest_batch(connection, HUB_ID)
    if newest is not None:
        tell(f"The newest batch is {format_batch_id(newest)}: `ebsync export charges --batch` writes it again.")


def _write_list(made: ChargeList, path: Path) -> None:
    # only after the commit: a list in finance's hands must be of a batch that exists
    try:
        write_file(path, made.content)
    except CannotWriteError as error:
        again = f" The batch was made: `ebsync export charges --batch {made.batch_id} -o FILE` writes it again."
        raise CannotWriteError(f"{error}{again if made.batch_id else ''}") from None


@export_command.command("invoices")
@click.option("--number", "numbers", multiple=True, metavar="N", help="Only this document.")
@click.option("--format", "file_format", type=click.Choice(["pdf"]), default="pdf", help="Only pdf for now.")
@click.option("-o", "folder", type=click.Path(path_type=Path), default=Path(), metavar="DIR", help="Where to.")
def export_invoices(numbers: tuple[str, ...], file_format: str, folder: Path) -> None:
    """Write issued invoices and credit notes as files again, byte for byte.

    A file that is there already and is the same is left alone; a different one is refused.

    Example: ebsync export invoices --number INV-000012 -o invoices
    """
    from eb_sync.cli.house import HUB_ID, open_house
    from eb_sync.store.documents import read_numbers, read_pdf

    del file_format  # there is one
    with open_house().looking() as (connection, _):
        known = read_numbers(connection, HUB_ID)
        wanted = [number.strip().upper() for number in numbers] or known
        unknown = [number for number in wanted if number not in known]
        if unknown:
            newest = f"; the newest is {known[-1]}" if known else "; none has been issued yet"
            raise UsageError(f"There is no document {', '.join(unknown)}{newest}.")
        for number in wanted:
            path, content = folder / f"{number}.pdf", read_pdf(connection, HUB_ID, number)
            if not (path.is_file() and path.read_bytes() == content):
                write_file(path, content)
            click.echo(str(path))
    if not wanted:
        tell("No document has been issued yet.")
