"""The house that a command works in, closed when the command ends."""

from __future__ import annotations

import click

from eb_sync.bootstrap import HUB_ID, House, build_house
from eb_sync.cli.log import LOG
from eb_sync.cli.printing import iso, tell

__all__ = ["HUB_ID", "House", "open_house"]


def open_house() -> House:
    """Build the house; its database connections are closed with the command.

    Raises:
        SettingsError: a setting is wrong.
    """
    house = build_house()
    if house.rehearsal:
        LOG.clock = house.clock
        tell(f"ebsync: a rehearsal, EBSYNC_NOW stands at {iso(house.clock())}")
    click.get_current_context().call_on_close(house.close)
    return house
