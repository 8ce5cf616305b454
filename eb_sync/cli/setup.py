"""`ebsync init`."""

from __future__ import annotations

import contextlib
import sys
from dataclasses import dataclass, fields
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from eb_sync.cli.files import write_file
from eb_sync.cli.parsing import takes
from eb_sync.cli.printing import tell
from eb_sync.errors import CannotWriteError, PartialError

if TYPE_CHECKING:
    from eb_sync.cli.interview import Answers

_SUPPLIER = {
    "supplier_name": "Who issues the invoices.",
    "supplier_address": "The address, a line each time.",
    "supplier_email": "Where questions about invoices go.",
    "bank_name": "The bank that is paid into.",
    "sort_code": "Its sort code, 00-00-00.",
    "account_number": "The account's number, 8 digits.",
}


def _supplier_options(command: Any) -> Any:  # noqa: ANN401 - click's own decorators are typed like this
    for name, text in reversed(_SUPPLIER.items()):
        many = name == "supplier_address"
        command = click.option(f"--{name.replace('_', '-')}", name, metavar="TEXT", multiple=many, help=text)(command)
    return command


@dataclass(frozen=True, slots=True)
class _InitOptions:
    folder: Path
    token_file: Path | None
    store_token: Path | None
    organization: str | None
    policy: str | None
    billing_from: str | None
    supplier_name: str | None
    supplier_address: tuple[str, ...]
    supplier_email: str | None
    bank_name: str | None
    sort_code: str | None
    account_number: str | None
    terms_days: int | None
    yes: bool
    starter: bool
    force: bool

    @property
    def tell_anything(self) -> bool:
        """Whether they say what is to be written; 0 is a value."""
        left_out = {"folder", "starter", "force"}
        said = [getattr(self, each.name) for each in fields(self) if each.name not in left_out]
        return any(value is not None and value is not False and value != () for value in said)


@click.command("init")
@click.option("-o", "folder", type=click.Path(path_type=Path), default=Path(), metavar="DIR", help="Where to.")
@click.option("--token-file", type=click.Path(path_type=Path), metavar="FILE", help="A file with the private token.")
@click.option("--store-token", type=click.Path(path_type=Path), metavar="FILE", help="Keep the token in this file.")
@click.option("--organization", metavar="ID", help="Whose bookings; needed if the token sees several.")
@click.option("--policy", metavar="POLICY", help="A policy that comes with ebsync, or a file; else maths-hub.")
@click.option("--billing-from", metavar="DATE", help="Workshops before this day are never charged.")
@_supplier_options
@click.option("--terms-days", type=click.IntRange(0, 365), metavar="DAYS", help="Days to pay in; else 30.")
@click.option("--yes", is_flag=True, help="Ask nothing; the policy is agreed to.")
@click.option("--starter", is_flag=True, help="Ask nothing; write a file to be filled in.")
@click.option("--force", is_flag=True, help="Replace files that are there.")
@takes(_InitOptions)
def init_command(options: _InitOptions) -> None:
    """Write ebsync.toml, and make the database beside it.

    At a terminal it asks for the token, which is not shown, and checks it; then for the organisation, the charging
    policy, and who issues the invoices. With options and --yes it asks nothing. Without either it writes a starter file
    to be filled in. The token is kept nowhere unless --store-token or an answer names a file.

    Example: ebsync init --token-file /etc/ebsync/eventbrite-token
    """
    from eb_sync.settings import CONFIG_NAME

    path = options.folder / CONFIG_NAME
    if path.exists() and not options.force:
        raise CannotWriteError(f"{path} exists already; nothing was written. Another folder: -o DIR; or --force.")
    asks = sys.stdin.isatty() and sys.stdout.isatty() and not options.yes
    if options.starter or not (asks or options.tell_anything):
        _write_starter(path, force=options.force)
    else:
        _write_answers(path, _interview(options, asks=asks), force=options.force)


def _write_starter(path: Path, *, force: bool) -> None:
    from eb_sync.settings.starter import STARTER

    write_file(path, STARTER.encode(), overwrite=force)
    _make_database(path.parent)
    click.echo(str(path))
    tell("Next: fill it in, set EBSYNC_EVENTBRITE_TOKEN, and run `ebsync doctor`.")


def _make_database(folder: Path) -> None:
    from eb_sync.store.engine import open_database

    open_database(f"sqlite:///{folder / 'ebsync.sqlite'}").dispose()


def _interview(options: _InitOptions, *, asks: bool) -> Answers:
    """Everything that is to be known, checked; nothing is written."""
    from eb_sync.cli.interview import Given, hold_interview

    same = {each.name: getattr(options, each.name) for each in fields(Given) if each.name not in {"asks", "supplier"}}
    given = Given(asks=asks, supplier={name: getattr(options, name) for name in _SUPPLIER}, **same)
    try:
        return hold_interview(given)
    except click.Abort:
        failure = PartialError("Stopped; nothing was written. To go on, run `ebsync init` again.")
    raise failure


def _write_answers(path: Path, answers: Answers, *, force: bool) -> None:
    """The token last: where anything fails, that of the settings that were there is still in its place."""
    from eb_sync.settings.token_file import keeping_token

    try:
        path.parent.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise CannotWriteError(f"{path.parent} cannot be made: {error.strerror}.") from None
    stored = answers.store_in
    token = answers.token.get_secret_value().strip()
    with contextlib.nullcontext() if stored is None else keeping_token(stored, token):
        _make_database(path.parent)
        write_file(path, answers.text.encode(), overwrite=force)
    click.echo(str(path))
    _tell_token(answers)
    tell("Next: `ebsync doctor`, then `ebsync sync`.")


def _tell_token(answers: Answers) -> None:
    stored = answers.store_in
    if stored is not None:
        tell(f"The token is in {stored}, which its owner alone can read.")
    elif answers.stays_in is not None:
        tell(f"The token stays in {answers.stays_in}, which has to be named wherever ebsync runs as it is here.")
    elif answers.token_setting is None:
        tell("The token was not kept: EBSYNC_EVENTBRITE_TOKEN has to hold it wherever ebsync runs.")
