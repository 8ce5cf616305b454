"""The hubs of a database: each has a number that stays, and a name where there are several."""

from __future__ import annotations

from dataclasses import dataclass

import sqlalchemy as sa

from eb_sync.errors import SettingsError, UsageError
from eb_sync.store.series import newest_fact_id
from eb_sync.store.tables import HUBS, RUNS, SERIES

FIRST = 1
"""The number of the hub of a configuration that names none."""

NONE_YET = 0
"""Stands for a hub that has no number yet: no row has it."""


@dataclass(frozen=True, slots=True)
class HubRow:
    """One hub of a database."""

    id: int
    name: str | None
    """None: the hub of a configuration that names none."""
    host: str | None
    organization_id: str | None
    """None before the first sync, as the host."""


def read_hubs(connection: sa.Connection) -> list[HubRow]:
    """All hubs, by number."""
    query = sa.select(HUBS.c.id, HUBS.c.name, HUBS.c.host, HUBS.c.organization_id).order_by(HUBS.c.id)
    return [HubRow(*row) for row in connection.execute(query)]


def find_hub(connection: sa.Connection, name: str | None) -> int | None:
    """The number of a hub; None if it has none yet.

    Raises:
        SettingsError: the database has hubs with names and the settings have none, or the other way round.
    """
    names = {row.id: row.name for row in connection.execute(sa.select(HUBS.c.id, HUBS.c.name))}
    named = [str(each) for each in names.values() if each is not None]
    if name is None and named:
        raise SettingsError(
            f"The hubs of this database have names ({', '.join(named)}), so the settings need a table [hubs.NAME] for "
            "each."
        )
    if name is not None and len(named) < len(names):
        raise SettingsError(
            "This database holds a hub without a name, from before there were several. Say first which one it is: "
            f"ebsync hubs name {FIRST} NAME"
        )
    if name is None:
        return FIRST
    return next((hub_id for hub_id, each in names.items() if each == name), None)


def register_hub(connection: sa.Connection, name: str | None) -> int:
    """Give a hub a number, if it has none, inside a write transaction."""
    found = find_hub(connection, name)
    if found is not None:
        return found
    newest: int | None = connection.scalar(sa.select(sa.func.max(HUBS.c.id)))
    hub_id = FIRST if newest is None else newest + 1
    connection.execute(HUBS.insert(), {"id": hub_id, "name": name})
    return hub_id


def name_hub(connection: sa.Connection, hub_id: int, name: str) -> None:
    """Call a hub by another name, inside a write transaction; its number stays.

    Raises:
        UsageError: there is no such hub, or another one has this name.
    """
    hubs = {hub.id: hub for hub in read_hubs(connection)}
    if hub_id not in hubs:
        raise UsageError(f"There is no hub {hub_id}: `ebsync hubs list` shows them.")
    for hub in hubs.values():
        if hub.name == name and hub.id != hub_id:
            _drop_empty(connection, hub)
    connection.execute(HUBS.update().where(HUBS.c.id == hub_id).values(name=name))


def _drop_empty(connection: sa.Connection, hub: HubRow) -> None:
    """Free the name of a hub that came to be because settings were renamed first: it has no fact, only failed runs."""
    if newest_fact_id(connection, hub.id):
        raise UsageError(f"Hub {hub.id} is called {hub.name} already, and it holds facts.")
    for table in (RUNS, SERIES):
        connection.execute(table.delete().where(table.c.hub_id == hub.id))
    connection.execute(HUBS.delete().where(HUBS.c.id == hub.id))


def check_organization(connection: sa.Connection, hub_id: int, host: str, organization_id: str) -> None:
    """Refuse to read one organisation's bookings into two hubs.

    Raises:
        SettingsError: another hub of this database holds them.
    """
    for hub in read_hubs(connection):
        if hub.id != hub_id and (hub.host, hub.organization_id) == (host, organization_id):
            raise SettingsError(
                f"The bookings of organisation {organization_id} belong to hub {hub.name or hub.id} of this database. "
                f"Is the right token set? If that hub has another name now: ebsync hubs name {hub.id} NAME"
            )
