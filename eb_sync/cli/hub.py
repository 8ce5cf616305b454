"""The house that a command works in, closed when the command ends."""

from __future__ import annotations

import os

import click

from eb_sync.bootstrap import House, build_house
from eb_sync.cli.messages_out import LOG
from eb_sync.cli.printing import tell
from eb_sync.errors import SettingsError
from eb_sync.model.instants import iso_text
from eb_sync.settings.hubs import read_hub_names

__all__ = ["House", "open_any_house", "open_house"]


def open_house() -> House:
    """Build the house of the chosen hub; its database connections are closed with the command.

    Raises:
        SettingsError: a setting is wrong, or it is not clear which hub is meant.
    """
    return _enter(build_house(chosen_hub()))


def open_any_house() -> House:
    """A house for what is done with a whole database, whichever hubs are in it.

    Raises:
        SettingsError: a setting is wrong, or the hubs have several databases and none is chosen.
    """
    names = read_hub_names()
    if not names or chosen_hub() is not None:
        return open_house()
    houses = [build_house(name) for name in names]
    if len({house.database_url for house in houses}) > 1:
        raise SettingsError(f"The hubs have several databases: choose one with --hub. They are: {', '.join(names)}.")
    return _enter(houses[0])


def chosen_hub() -> str | None:
    """What `--hub` or `EBSYNC_HUB` say."""
    named: str | None = click.get_current_context().find_root().params.get("hub")
    return named or os.environ.get("EBSYNC_HUB") or None


def _enter(house: House) -> House:
    if house.rehearsal:
        LOG.clock = house.clock
        tell(f"ebsync: a rehearsal, EBSYNC_NOW stands at {iso_text(house.clock())}")
    click.get_current_context().call_on_close(house.close)
    return house
