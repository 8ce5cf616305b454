"""`ebsync completion`."""

from __future__ import annotations

import click
from click.shell_completion import get_completion_class


@click.command("completion")
@click.argument("shell", type=click.Choice(["bash", "zsh", "fish"]))
def completion_command(shell: str) -> None:
    """Print what lets a shell complete commands by Tab; the shell reads it when it starts.

    In ~/.bashrc or ~/.zshrc: eval "$(ebsync completion bash)", or zsh. For fish, into a file:
    ~/.config/fish/completions/ebsync.fish

    Example: ebsync completion bash
    """
    from eb_sync.cli.main import app

    made = get_completion_class(shell)
    if made is not None:
        click.echo(made(app, {}, "ebsync", "_EBSYNC_COMPLETE").source())
