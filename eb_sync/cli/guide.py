"""`ebsync guide`."""

from __future__ import annotations

import click

from eb_sync.cli.printing import print_table


@click.command("guide")
@click.argument("name", required=False, metavar="[lead|finance|administrator]")
def guide_command(name: str | None) -> None:
    """Show the guide for a lead, for finance or for the administrator.

    Without a name it lists the guides. It needs no settings and no database.

    Example: ebsync guide lead
    """
    from eb_sync.guides import GUIDES, read_guide

    if name is None:
        print_table(("guide", "about"), list(GUIDES.items()))
        return
    # a pager at a terminal; elsewhere click prints the text as it is
    click.echo_via_pager(read_guide(name))
