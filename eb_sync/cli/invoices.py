"""`ebsync invoices` and `credit`."""

from __future__ import annotations

import sys
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

import click

from eb_sync.cli.files import check_folder, write_missing
from eb_sync.cli.json_documents import issued_json, plan_json
from eb_sync.cli.parsing import as_of_option, by_option, json_option, parse_as_of, said_by, takes
from eb_sync.cli.plan_words import PlanWords, plan_words
from eb_sync.cli.printing import print_facts, print_json, print_table, tell
from eb_sync.errors import CannotWriteError, DatabaseError, PartialError, UsageError
from eb_sync.model.document_numbers import complete_number
from policies.wording import pounds

if TYPE_CHECKING:
    from collections.abc import Sequence

    from eb_sync.billing.credit import CreditRequest
    from eb_sync.billing.invoicing import PlanChoice
    from eb_sync.billing.issue import Issued
    from eb_sync.billing.plan import InvoicePlan
    from eb_sync.bootstrap import Hub
    from eb_sync.model.documents import Document


@dataclass(frozen=True, slots=True)
class _InvoiceOptions:
    workshop: str | None
    school: str | None
    left_out: tuple[str, ...]
    dry_run: bool
    yes: bool
    folder: Path | None
    as_of: str | None
    by: str | None
    as_json: bool


@click.command("invoices")
@click.argument("workshop", required=False)
@click.option("--school", metavar="S", help="Only this school's places.")
@click.option("--except", "left_out", multiple=True, metavar="BOOKING", help="Leave this booking out.")
@click.option("--dry-run", is_flag=True, help="Show the plan only.")
@click.option("--yes", is_flag=True, help="Issue without asking.")
@click.option("-o", "folder", type=click.Path(path_type=Path), metavar="DIR", help="Write the PDF files here.")
@as_of_option
@by_option
@json_option
@takes(_InvoiceOptions)
def invoices_command(options: _InvoiceOptions) -> int:
    """Show what is to invoice and to credit, then issue it.

    Without WORKSHOP: all workshops whose register is closed. At a terminal it asks; elsewhere it only shows the plan
    unless --yes is given. What is issued never changes; a mistake is answered by a credit note.

    Example: ebsync invoices cmh19-interventionhgate/1 -o invoices
    """
    from eb_sync.billing.invoicing import PlanChoice, read_chosen_plan
    from eb_sync.cli.hub import open_hub

    as_of = parse_as_of(options.as_of)
    if as_of is not None and not options.dry_run:
        raise UsageError("--as-of looks back, so it needs --dry-run.")
    hub = open_hub()
    hub.stationery.check_billing()
    choice = PlanChoice(options.workshop, options.school, options.left_out)
    with hub.snapshot(as_of, options.workshop) as (connection, snapshot):
        shown, words = read_chosen_plan(connection, snapshot, choice), plan_words(snapshot)
    if options.dry_run:
        _print_plan(shown, words, as_json=options.as_json)
        return 0
    if shown.has_work and not options.yes and not _is_agreed(shown, words, as_json=options.as_json):
        return 3
    issued = _issue(hub, choice, shown, options)
    files, unwritten = _write_missing(hub, options.folder, issued.documents)
    if options.as_json:
        documents = [issued_json(document, files) for document in issued.documents]
        print_json({"issued": documents, **plan_json(issued.left)})
    else:
        _print_issued(issued, words)
    for sentence in (*issued.failures, *unwritten):
        tell(sentence, "error")
    return PartialError.exit_code if shown.blocked or issued.failures or unwritten else 0


def _is_agreed(plan: InvoicePlan, words: PlanWords, *, as_json: bool) -> bool:
    """Whether to issue, asked at the terminal, where the plan is shown first."""
    _print_plan(plan, words, as_json=as_json)
    if not (sys.stdin.isatty() and sys.stdout.isatty()):
        tell("Nothing was issued: this is the plan. Say --yes to issue it.")
        return False
    if click.confirm("Issue this?", err=True):
        return True
    tell("Nothing was issued.")
    return False


def _issue(hub: Hub, choice: PlanChoice, shown: InvoicePlan, options: _InvoiceOptions) -> Issued:
    from eb_sync.billing.issue import Issued
    from eb_sync.bootstrap.issuing import issue_agreed

    if options.folder is not None:
        check_folder(options.folder)
    if not shown.has_work:
        return Issued((), shown, ())
    return issue_agreed(hub, choice, shown.digest, said_by(hub, options.by), tell)


def _write_missing(hub: Hub, folder: Path | None, issued: Sequence[Document]) -> tuple[dict[str, Path], list[str]]:
    """Write every document that has no file in the folder yet; gives the file of each, those just issued among them.

    And a sentence for each whose page cannot be read. Nothing is written without a folder.

    Raises:
        CannotWriteError: a file cannot be written, or is there and is something else; the message says that what was
            issued stays issued.
        DatabaseError: a page cannot be read; as above.
    """
    from eb_sync.store.documents import read_numbers, read_pdf
    from eb_sync.store.each import Each
    from eb_sync.store.engine import reading

    each = Each()
    files: dict[str, Path] = {}
    if folder is None:
        return files, []
    try:
        with reading(hub.engine) as connection:
            for number in read_numbers(connection, hub.hub_id):
                with each.part(number):
                    path = folder / f"{number}.pdf"
                    write_missing(path, read_pdf(connection, hub.hub_id, number), shared=True)
                    files[number] = path
    except (CannotWriteError, DatabaseError) as error:
        numbers = ", ".join(document.number for document in issued)
        stands = f" {numbers} is issued all the same." if numbers else ""
        raise type(error)(f"{error}{stands} `ebsync export invoices -o {folder}` writes the files.") from None
    return files, each.sentences("its file was not written")


def _print_plan(plan: InvoicePlan, words: PlanWords, *, as_json: bool) -> None:
    if as_json:
        print_json(plan_json(plan))
    else:
        words.print_plan(plan)


def _print_issued(issued: Issued, words: PlanWords) -> None:
    if issued.documents:
        rows = [(d.number, d.kind, d.school_name, pounds(d.gross_pence)) for d in issued.documents]
        print_table(("number", "kind", "school", "total"), rows, flexible=2)
    else:
        click.echo("Nothing to invoice and nothing to credit.")
    words.print_waiting(issued.left)


@dataclass(frozen=True, slots=True)
class _CreditOptions:
    number: str
    line_number: int | None
    reason: str
    reissue: bool
    dry_run: bool
    folder: Path | None
    by: str | None
    as_json: bool


@click.command("credit")
@click.argument("number")
@click.option("--line", "line_number", type=int, metavar="N", help="Only this line.")
@click.option("--reason", required=True, help="Printed on the credit note: name nobody.")
@click.option("--reissue", is_flag=True, help="The next plan bills the places again; else they are waived.")
@click.option("--dry-run", is_flag=True, help="Show what would be credited only.")
@click.option("-o", "folder", type=click.Path(path_type=Path), metavar="DIR", help="Write the PDF file here.")
@by_option
@json_option
@takes(_CreditOptions)
def credit_command(options: _CreditOptions) -> int:
    """Credit an invoice, or one of its lines; never beyond the original.

    The places are waived with it, unless --reissue is given. The reason is printed on the credit note, which the school
    keeps: name nobody in it, and say nothing about anybody's health.

    Example: ebsync credit INV-000012 --line 1 --reason "Billed in error"
    """
    from eb_sync.billing.credit import CreditRequest, plan_credit
    from eb_sync.billing.plan import InvoicePlan
    from eb_sync.cli.hub import open_hub

    reason = options.reason.strip()
    if not reason:
        raise UsageError("--reason is empty; it is printed on the credit note.")
    hub = open_hub()
    number = complete_number(options.number) or options.number.strip().upper()
    request = CreditRequest(number, options.line_number, reason, options.reissue)
    if options.dry_run:
        with hub.snapshot() as (connection, snapshot):
            planned, words = plan_credit(connection, hub.hub_id, request), plan_words(snapshot)
        _print_plan(InvoicePlan(to_credit=(planned,)), words, as_json=options.as_json)
        return 0
    return _credit(hub, request, options)


def _credit(hub: Hub, request: CreditRequest, options: _CreditOptions) -> int:
    from eb_sync.bootstrap.issuing import issue_credit_note

    if options.folder is not None:
        check_folder(options.folder)
    document, fact_ids = issue_credit_note(hub, request, said_by(hub, options.by), tell)
    files, unwritten = _write_missing(hub, options.folder, [document])
    if options.as_json:
        issued = [issued_json(document, files)]
        print_json({"issued": issued, "fact_ids": [str(fact_id) for fact_id in fact_ids]})
    else:
        click.echo(f"{document.number}  {document.school_name}  {pounds(document.gross_pence)}")
        print_facts(fact_ids, as_json=False)
    for sentence in unwritten:
        tell(sentence, "error")
    return PartialError.exit_code if unwritten else 0
