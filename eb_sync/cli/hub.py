"""The hub that a command works in, closed when the command ends."""

from __future__ import annotations

import os

import click

from eb_sync.bootstrap import Hub, build_hub
from eb_sync.cli.messages_out import LOG
from eb_sync.cli.printing import tell
from eb_sync.errors import SettingsError
from eb_sync.model.instants import iso_text
from eb_sync.settings.hubs import read_hub_names

__all__ = ["Hub", "open_any_hub", "open_hub"]


def open_hub() -> Hub:
    """Open the chosen hub; its database connections are closed with the command.

    Raises:
        SettingsError: a setting is wrong, or it is not clear which hub is meant.
    """
    return _enter(build_hub(chosen_hub()))


def open_any_hub() -> Hub:
    """A hub for what is done with a whole database, whichever hubs are in it.

    Raises:
        SettingsError: a setting is wrong, or the hubs have several databases and none is chosen.
    """
    names = read_hub_names()
    if not names or chosen_hub() is not None:
        return open_hub()
    hubs = [build_hub(name) for name in names]
    if len({hub.database_url for hub in hubs}) > 1:
        raise SettingsError(f"The hubs have several databases: choose one with --hub. They are: {', '.join(names)}.")
    return _enter(hubs[0])


def chosen_hub() -> str | None:
    """What `--hub` or `EBSYNC_HUB` say."""
    named: str | None = click.get_current_context().find_root().params.get("hub")
    return named or os.environ.get("EBSYNC_HUB") or None


def _enter(hub: Hub) -> Hub:
    if hub.rehearsal:
        LOG.clock = hub.clock
        tell(f"ebsync: a rehearsal, EBSYNC_NOW stands at {iso_text(hub.clock())}")
    click.get_current_context().call_on_close(hub.close)
    return hub
