"""The house that a command works in, closed when the command ends."""

from __future__ import annotations

import click

from eb_sync.bootstrap import HUB_ID, House, build_house

__all__ = ["HUB_ID", "House", "open_house"]


def open_house() -> House:
    """Build the house; its database connections are closed with the command.

    Raises:
        SettingsError: a setting is wrong.
    """
    house = build_house()
    click.get_current_context().call_on_close(house.close)
    return house
