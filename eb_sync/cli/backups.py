"""`ebsync backup` and `restore`."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import click

from eb_sync.cli.database import print_tables
from eb_sync.cli.parsing import json_option
from eb_sync.cli.printing import print_json, print_table, tell
from eb_sync.errors import DatabaseError, EbsyncError, HeldError, SettingsError

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence

    import sqlalchemy as sa

    from eb_sync.bootstrap import Hub
    from eb_sync.store.copy import TableDigest
    from eb_sync.store.hubs import HubRow

_EXISTING = click.Path(path_type=Path, exists=True, dir_okay=False)


class _BackupGroup(click.Group):
    """`backup` writes a backup where no other word follows."""

    def parse_args(self, ctx: click.Context, args: list[str]) -> list[str]:
        """Make `backup FILE` mean `backup write FILE`."""
        is_help = any(word in ctx.help_option_names for word in args[:1])
        if args and not is_help and args[0] not in self.commands:
            args = ["write", *args]
        return super().parse_args(ctx, args)


@click.group("backup", cls=_BackupGroup)
def backup_command() -> None:
    """Copy the database into one file, while it is in use; read such files again.

    Say `ebsync backup FILE`. A file that is called `check` or `write` needs a folder before its name: ./check

    Example: ebsync backup /srv/backup/hub-2020-01-21.sqlite
    """


@backup_command.command("write")
@click.argument("path", metavar="FILE", type=click.Path(path_type=Path))
@json_option
def backup_write(path: Path, as_json: bool) -> None:
    """Copy the whole database into FILE, as it is at one instant; nobody is kept from working meanwhile.

    FILE is one SQLite file whatever the hub's database is. It holds names and e-mail addresses: keep it as safe as the
    database. It is read again before this command ends. Its checksum is written beside it, as FILE.sha256: take both
    wherever you copy it.

    Example: ebsync backup /srv/backup/hub-2020-01-21.sqlite
    """
    from eb_sync.cli.hub import open_any_hub
    from eb_sync.store.backup import back_up

    made = back_up(open_any_hub().engine, path)
    if as_json:
        print_json({"file": str(path), "bytes": made.size, "facts": made.facts, "documents": made.documents})
    else:
        click.echo(f"{path}: {made.size:,} bytes, {made.facts:,} facts, {made.documents:,} documents")


@backup_command.command("check")
@click.argument("path", metavar="FILE", required=False, type=_EXISTING)
@click.option("--all", "check_all", is_flag=True, help="Every backup in the folder of EBSYNC_BACKUP__FOLDER.")
@json_option
def backup_check(path: Path | None, check_all: bool, as_json: bool) -> int:
    """Read a backup through and compare it with the checksum beside it; the exit code is 74 if one is damaged.

    Nothing is written. `ebsync restore --check FILE` tries the whole of a restore.

    Example: ebsync backup check --all
    """
    from eb_sync.store.backup import check_backup

    if (path is None) is not check_all:
        raise click.UsageError("Give one FILE, or --all for every backup of the configured folder.")
    found = [(each, *_look(check_backup, each)) for each in ([path] if path else _configured_backups())]
    if as_json:
        print_json({"backups": [{"file": str(each), "sound": sound, "said": said} for each, sound, said in found]})
    else:
        print_table(("backup", "result"), [(str(each), "sound" if sound else "DAMAGED") for each, sound, _ in found])
    for _, _, said in found:
        if said:
            tell(said)
    return 0 if all(sound for _, sound, _ in found) else DatabaseError.exit_code


def _look(check: Callable[[Path], bool], path: Path) -> tuple[bool, str]:
    """Whether a backup is sound, and what is to say of it."""
    try:
        matched = check(path)
    except EbsyncError as error:
        return False, str(error)
    except Exception as error:  # noqa: BLE001 - the other backups are still to be read
        return False, f"{path} cannot be checked ({type(error).__name__}). This is a bug; please report it."
    return True, "" if matched else f"{path} has no checksum beside it: whether a byte of it changed cannot be told."


def _configured_backups() -> list[Path]:
    from eb_sync.cli.hub import open_any_hub
    from eb_sync.nightly.backups import find_all_backups

    rules = open_any_hub().backup_rules
    if rules is None:
        raise SettingsError("EBSYNC_BACKUP__FOLDER is not set, so there is no folder to look in: name a file.")
    return find_all_backups(rules.folder)


@click.command("restore")
@click.argument("path", metavar="FILE", type=_EXISTING)
@click.option("--check", "is_drill", is_flag=True, help="A drill: restore into a database for the moment, and verify.")
@json_option
def restore_command(path: Path, is_drill: bool, as_json: bool) -> int:
    """Put the backup in FILE into the configured database, which must be empty, and verify what is there then.

    FILE is not changed. It must be the file whose checksum lies beside it, as FILE.sha256, if one does. Every table is
    compared afterwards; if anything differs, the database is empty as before. With --check the configured database is
    neither read nor written. Exit code 65: it is restored as it was, but not all of it holds.

    Example: ebsync restore /srv/backup/hub-2020-01-21.sqlite
    """
    if is_drill:
        tables, wrong = _drill(path)
    else:
        tables, wrong = _restore(path)
    if as_json:
        print_tables(tables, as_json=True)
    else:
        click.echo(f"{len(tables)} tables, {sum(each.rows for each in tables):,} rows: each the same as in the backup")
    for line in wrong:
        tell(line, "error")
    done = f"{path} can be restored: a drill did" if is_drill else f"Restored from {path}"
    if wrong:
        tell(f"{done}, but {len(wrong)} things in it do not hold. They did not when the backup was taken.", "error")
        return HeldError.exit_code
    tell(f"{done}, and everything in it holds.")
    return 0


def _restore(path: Path) -> tuple[Sequence[TableDigest], list[str]]:
    from eb_sync.cli.hub import open_any_hub
    from eb_sync.store.backup import opened_backup
    from eb_sync.store.copy import copy_hub
    from eb_sync.store.documents import read_numbers
    from eb_sync.store.engine import reading
    from eb_sync.store.hubs import read_hubs

    opened = open_any_hub()
    with opened_backup(path) as backup, reading(backup) as source:
        hubs = read_hubs(source)
        _check_clock(opened, source, hubs)
        tables = copy_hub(source, opened.engine)
        numbers = {hub: read_numbers(source, hub.id) for hub in hubs}
    _tell_numbers(numbers)
    return tables, _verify(opened.engine)


def _check_clock(opened: Hub, backup: sa.Connection, hubs: Sequence[HubRow]) -> None:
    from eb_sync.store.last_fact import read_newest_recording
    from eb_sync.store.sync_state import read_stamp

    for hub in hubs:
        opened.check_clock(read_newest_recording(backup, hub.id), read_stamp(backup, hub.id))


def _drill(path: Path) -> tuple[Sequence[TableDigest], list[str]]:
    from eb_sync.model.scratch import scratch_folder
    from eb_sync.store.backup import opened_backup
    from eb_sync.store.copy import copy_hub
    from eb_sync.store.engine import open_database, reading

    with scratch_folder() as folder:
        target = open_database(f"sqlite:///{folder}/drill.sqlite")
        try:
            with opened_backup(path) as backup, reading(backup) as source:
                tables = copy_hub(source, target)
            return tables, _verify(target)
        finally:
            target.dispose()


def _verify(engine: sa.Engine) -> list[str]:
    """What does not hold in a database, a line for each."""
    from eb_sync.store.engine import reading
    from eb_sync.verify.run import verify_database

    with reading(engine) as connection:
        checks = verify_database(connection)
    return [
        f"{check.name}: {finding.table} {finding.row} {finding.what}".replace("  ", " ")
        for check in checks
        for finding in check.proof.findings
    ]


def _tell_numbers(numbers: Mapping[HubRow, Sequence[str]]) -> None:
    for hub, of_hub in numbers.items():
        if of_hub:
            whose = f" of hub {hub.name}" if hub.name else ""
            tell(
                f"The newest documents in it{whose} are {_newest(of_hub)}. Before anything is issued, make sure that "
                "no later one was ever sent out: its number would be given a second time."
            )


def _newest(numbers: Sequence[str]) -> str:
    newest = {number.partition("-")[0]: number for number in sorted(numbers, key=lambda one: (len(one), one))}
    return " and ".join(newest.values())
