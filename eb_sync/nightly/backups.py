"""A backup each night, the old ones that go once the new one is proved to be readable, and one that is read again.

Only files that ebsync named itself are ever removed: they carry the hub's organisation, so hubs may share a folder,
and the host of any other Eventbrite than the real one, so a rehearsal rotates nothing of a real hub.
"""

from __future__ import annotations

import hashlib
import re
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from pathlib import Path

import sqlalchemy as sa

from eb_sync.errors import CannotWriteError, DatabaseError
from eb_sync.model.partial_files import has_ended
from eb_sync.nightly.report import Step
from eb_sync.store.backup import back_up, check_backup
from eb_sync.store.checksums import checksum_file

BACKUP = "backup"
_REAL_HOST = "www.eventbriteapi.com"
_ANY = re.compile(r"ebsync-.*-\d{8}T\d{6}Z\.sqlite")
_STAMP = "%Y%m%dT%H%M%SZ"
_PERIODS: tuple[Callable[[datetime], object], ...] = (
    lambda at: at.date(),
    lambda at: at.isocalendar()[:2],
    lambda at: (at.year, at.month),
)
"""What counts as one day, week and month: of each the newest backup is kept."""


@dataclass(frozen=True, slots=True)
class BackupRules:
    """Where backups go and how many are kept; periods without a backup are not counted."""

    folder: Path
    keep_daily: int
    keep_weekly: int
    keep_monthly: int


@dataclass(frozen=True, slots=True)
class BackupPlace:
    """Whose backups they are, and which of them were read again."""

    prefix: str
    """How the names of the hub's backups begin."""
    read_at: Mapping[str, str]
    """When each was last found whole, by name, as earlier nights remember it."""


def report_backup(
    engine: sa.Engine, place: BackupPlace, rules: BackupRules | None, now: datetime, *, dry_run: bool
) -> Step:
    """Write a backup, prove it, let old ones go, and read one of those left again; `rules` None: backups are off.

    Raises:
        CannotWriteError: the backup cannot be written (then nothing was removed), or an old one not be removed.
        DatabaseError: the database cannot be read, or the new backup is not sound (then nothing was removed).
    """
    if rules is None:
        return Step(BACKUP, 0, "off: EBSYNC_BACKUP__FOLDER is not set")
    prefix = place.prefix
    path = rules.folder / f"{prefix}{now.astimezone(UTC).strftime(_STAMP)}.sqlite"
    if dry_run:
        going = plan_removals({**find_backups(rules.folder, prefix), path: now}, rules)
        return Step(BACKUP, 0, f"{len(going)} old ones would go, new: {path.name}", counts=_counts(len(going), 0))
    _sweep(rules.folder, prefix)
    if not path.exists():
        back_up(engine, path)
    check_backup(path)
    size = path.stat().st_size
    going = plan_removals(find_backups(rules.folder, prefix), rules)
    for old in going:
        _remove(old)
        _remove(checksum_file(old))
    text = f"{size:,} bytes, {len(going)} old ones removed: {path.name}"
    known = {name: read_at for name, read_at in place.read_at.items() if (rules.folder / name).exists()}
    known[path.name] = now.isoformat()
    return _read_again(
        find_backups(rules.folder, prefix), known, now, Step(BACKUP, 0, text, (), _counts(len(going), size))
    )


def _read_again(backups: Mapping[Path, datetime], known: Mapping[str, str], now: datetime, step: Step) -> Step:
    """Read the backup that was not read for longest; a damaged one is told each night until somebody removes it."""
    chosen = choose_to_read(backups, known)
    try:
        check_backup(chosen)
    except DatabaseError as error:
        return replace(step, exit_code=error.exit_code, details=(f"An old backup: {error}",), memory={"read_at": known})
    return replace(step, memory={"read_at": {**known, chosen.name: now.isoformat()}})


def choose_to_read(backups: Mapping[Path, datetime], known: Mapping[str, str]) -> Path:
    """Which backup was read longest ago, never before all others; the oldest of several."""
    return min(backups, key=lambda path: (known.get(path.name, ""), backups[path]))


def find_all_backups(folder: Path) -> list[Path]:
    """Every file in the folder with a name of ours, whichever hub's; by name."""
    return [path for path in _entries(folder) if _ANY.fullmatch(path.name) and path.is_file() and not path.is_symlink()]


def plan_removals(backups: Mapping[Path, datetime], rules: BackupRules) -> list[Path]:
    """Which of these backups go, oldest first: never the newest, nor the newest of a day, week or month to be kept."""
    newest_first = sorted(backups, key=lambda path: backups[path], reverse=True)
    kept = set(newest_first[:1])
    for period, count in zip(_PERIODS, (rules.keep_daily, rules.keep_weekly, rules.keep_monthly), strict=True):
        newest_of: dict[object, Path] = {}
        for path in newest_first:
            newest_of.setdefault(period(backups[path]), path)
        kept |= set(list(newest_of.values())[:count])
    return [path for path in reversed(newest_first) if path not in kept]


def find_backups(folder: Path, prefix: str) -> dict[Path, datetime]:
    """Files in the folder with a name of ours and this prefix, with their instants; none if it is not there."""
    return {
        path: at
        for path in _entries(folder)
        if (at := _parse_name(path.name, prefix)) is not None and path.is_file() and not path.is_symlink()
    }


def name_prefix(organization_id: str | None, host: str | None = None, database: str = "") -> str:
    """How the names of a hub's backups begin: with its organisation, and its Eventbrite unless that is the real one.

    A hub that was never synced has neither: its names carry the database's.
    """
    owner = re.sub("[^A-Za-z0-9]", "", organization_id or "")
    if not owner:
        return "-".join(filter(None, ("ebsync-unsynced", database))) + "-"
    other = "" if host in {None, _REAL_HOST} else f"{re.sub('[^A-Za-z0-9.]', '', host or '')}-"
    return f"ebsync-{owner}-{other}"


def name_database(url: sa.URL, hub_id: int) -> str:
    """A short name for a hub of a database, from which nothing of the address can be read."""
    place = str(Path(url.database or "").absolute()) if url.drivername.startswith("sqlite") else url.database
    return hashlib.sha256(f"{url.host} {url.port} {place} {hub_id}".encode()).hexdigest()[:8]


def _parse_name(name: str, prefix: str) -> datetime | None:
    match = re.fullmatch(rf"{re.escape(prefix)}(\d{{8}}T\d{{6}}Z)\.sqlite", name)
    if match is None:
        return None
    try:
        return datetime.strptime(match[1], _STAMP).replace(tzinfo=UTC)
    except ValueError:
        return None


def _entries(folder: Path) -> Iterator[Path]:
    try:
        yield from sorted(folder.iterdir())
    except FileNotFoundError:
        return
    except OSError as error:
        raise CannotWriteError(f"The folder of backups, {folder}, cannot be read: {error.strerror}.") from None


def _sweep(folder: Path, prefix: str) -> None:
    """Remove what nights that were killed left of their backups."""
    partial = re.compile(
        rf"\.{re.escape(prefix)}\d{{8}}T\d{{6}}Z\.sqlite(?:\.sha256)?\.(\d+)\.part(-journal|-wal|-shm)?"
    )
    alone = re.compile(rf"({re.escape(prefix)}\d{{8}}T\d{{6}}Z\.sqlite)\.sha256")
    for path in _entries(folder):
        match, checksum = partial.fullmatch(path.name), alone.fullmatch(path.name)
        is_left = match is not None and has_ended(int(match[1]))
        is_alone = checksum is not None and not path.with_name(checksum[1]).exists()
        if is_left or is_alone:
            _remove(path)


def _remove(path: Path) -> None:
    try:
        path.unlink(missing_ok=True)
    except OSError as error:
        raise CannotWriteError(f"The old backup {path} cannot be removed: {error.strerror}.") from None


def _counts(removed: int, size: int) -> dict[str, int]:
    return {"bytes": size, "removed": removed}
