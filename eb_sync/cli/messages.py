"""`ebsync messages`."""

from __future__ import annotations

import os
from pathlib import Path

import click

from eb_sync.cli.files import check_folder, write_file
from eb_sync.cli.parsing import by_option, json_option, said_by
from eb_sync.cli.printing import print_facts, print_json, tell
from eb_sync.errors import EbsyncError


class _MessagesGroup(click.Group):
    """`messages` sends where no other word follows."""

    def parse_args(self, ctx: click.Context, args: list[str]) -> list[str]:
        """Make `messages ...` mean `messages send ...`."""
        is_help = any(word in ctx.help_option_names for word in args[:1])
        if not is_help and (not args or args[0] not in self.commands):
            args = ["send", *args]
        return super().parse_args(ctx, args)


@click.group("messages", cls=_MessagesGroup)
def messages_command() -> None:
    """Send what is due by e-mail: news to leads and finance, reminders to teachers.

    Say `ebsync messages` each evening; off until EBSYNC_SMTP__HOST is set.

    Example: ebsync messages --dry-run mails
    """


@messages_command.command("send")
@click.option("--dry-run", "folder", type=click.Path(path_type=Path), metavar="DIR", help="Write them there as .eml.")
@click.option("--limit", type=click.IntRange(min=1), default=200, show_default=True, help="Messages of one run.")
@json_option
def messages_send(folder: Path | None, limit: int, as_json: bool) -> int:
    """Send what is due by e-mail; nothing is ever sent twice for the same occasion.

    With --dry-run nothing is sent or recorded: the messages are written as files.

    Example: ebsync messages --dry-run mails
    """
    from eb_sync.cli.hub import open_hub
    from eb_sync.messages.run import rehearse_messages, run_messages

    post = open_hub().post(dry_run=folder is not None)
    if folder is None:
        try:
            report = run_messages(post, limit)
        except EbsyncError as error:
            for line in getattr(error, "__notes__", ()):
                tell(line)
            raise
        said = {key: number for key, number in report.counts.items() if number}
        summary = ", ".join(f"{number} {key.replace('_', ' ')}" for key, number in said.items()) or "nothing sent"
    else:
        check_folder(folder)
        files, report = rehearse_messages(post, limit)
        _write_private(folder, files)
        summary = f"{len(files)} written, nothing sent"
    for line in report.messages:
        tell(line)
    if as_json:
        print_json(report.as_json() if folder is None else {**report.as_json(), "files": [name for name, _ in files]})
    else:
        click.echo(summary)
    return report.exit_code if folder is None else 0


def _write_private(folder: Path, files: list[tuple[str, bytes]]) -> None:
    """Readable by whoever runs ebsync alone: they hold names and addresses."""
    usual = os.umask(0o077)
    try:
        for name, content in files:
            write_file(folder / name, content, overwrite=True)
    finally:
        os.umask(usual)


@messages_command.command("unsubscribe")
@click.argument("email", metavar="EMAIL")
@by_option
@json_option
def messages_unsubscribe(email: str, by: str | None, as_json: bool) -> None:
    """Send no more reminders to an address, as its owner asked; `ebsync retract` takes it back.

    Example: ebsync messages unsubscribe ann@school.example.org
    """
    from eb_sync.cli.hub import open_hub
    from eb_sync.messages.unsubscribe import build_unsubscription
    from eb_sync.store.facts import record_facts

    hub = open_hub()
    with hub.write() as (connection, now):
        facts = build_unsubscription(connection, hub.hub_id, email)
        fact_ids = record_facts(connection, hub.hub_id, now, said_by(hub, by), facts)
    if not fact_ids:
        tell("That address gets no reminders already.")
    print_facts(fact_ids, as_json=as_json)


@messages_command.command("templates")
@click.argument("folder", type=click.Path(path_type=Path), metavar="DIR")
def messages_templates(folder: Path) -> None:
    """Write the templates into a folder, to be changed there; EBSYNC_TEMPLATES names it. Files there stay as they are.

    Example: ebsync messages templates templates
    """
    from eb_sync.messages.templates import shipped_files

    check_folder(folder)
    for name, content in shipped_files().items():
        if (folder / name).exists():
            tell(f"{folder / name} is there already and stays as it is.")
        else:
            write_file(folder / name, content)
            click.echo(str(folder / name))
