"""`ebsync hubs`: which hubs the database holds, and what they are called."""

from __future__ import annotations

import contextlib
from collections.abc import Iterator
from typing import TYPE_CHECKING

import click

from eb_sync.cli.parsing import json_option
from eb_sync.cli.printing import print_json, print_table

if TYPE_CHECKING:
    from sqlalchemy import Engine


@click.group("hubs")
def hubs_command() -> None:
    """List the hubs of the database, and name them.

    Example: ebsync hubs list
    """


@hubs_command.command("list")
@json_option
def hubs_list(as_json: bool) -> None:
    """List the hubs of the database, each with its number, which stays, and the organisation it reads.

    Example: ebsync hubs list
    """
    from eb_sync.store.engine import reading
    from eb_sync.store.hubs import read_hubs

    with _database() as engine, reading(engine) as connection:
        hubs = read_hubs(connection)
    if as_json:
        rows = [{"id": str(hub.id), "name": hub.name, "organization_id": hub.organization_id} for hub in hubs]
        print_json({"hubs": rows})
    else:
        print_table(
            ("number", "name", "organisation"),
            [(str(hub.id), hub.name or "", hub.organization_id or "") for hub in hubs],
        )


@hubs_command.command("name")
@click.argument("number", type=int)
@click.argument("name")
def hubs_name(number: int, name: str) -> None:
    """Call the hub of this NUMBER by the NAME that it has in the settings, [hubs.NAME].

    For the hub that a database held before there were several, and for one that is to be called otherwise. Nothing
    else of it changes.

    Example: ebsync hubs name 1 north
    """
    from eb_sync.settings.hubs import check_name
    from eb_sync.store.engine import writing
    from eb_sync.store.hubs import name_hub

    check_name(name)
    with _database() as engine, writing(engine) as connection:
        name_hub(connection, number, name)
    click.echo(f"hub {number} is {name}")


@contextlib.contextmanager
def _database() -> Iterator[Engine]:
    """The database of the settings, whether or not its hubs are theirs."""
    from eb_sync.cli.hub import open_any_hub
    from eb_sync.store.engine import open_database

    engine = open_database(open_any_hub().database_url)
    try:
        yield engine
    finally:
        engine.dispose()
