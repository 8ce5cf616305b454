"""Where the queue is: a schema of its own in the hubs' PostgreSQL database, made on first use."""

from __future__ import annotations

import importlib.metadata
from dataclasses import dataclass, field

import psycopg
import sqlalchemy as sa
from procrastinate.schema import SchemaManager
from psycopg import sql
from psycopg.conninfo import make_conninfo

from eb_sync.errors import DatabaseError, SettingsError, TryAgainError
from eb_sync.model.database_address import UNENCODED, find_unencoded, say_trouble

SCHEMA = "ebsync_queue"
_MAKING, _SWEEPING = 823467003, 823467004
"""Keys of PostgreSQL's advisory locks, beside those of the store."""


@dataclass(frozen=True, slots=True)
class Place:
    """A queue that is there."""

    conninfo: str = field(repr=False)
    """May hold a password: never for a message."""

    @property
    def sweeping(self) -> tuple[str, int]:
        """What whoever sweeps takes, so that two do not sweep at once."""
        return "SELECT pg_advisory_xact_lock(%s)", _SWEEPING


def find_place(database_url: str | None) -> Place:
    """The queue of a database, made if it is not there.

    Raises:
        SettingsError: the database is not PostgreSQL.
        TryAgainError: jobs of another version of the library are under way.
        DatabaseError: it cannot be reached.
    """
    if database_url is not None and find_unencoded(database_url):
        raise SettingsError(f"EBSYNC_DATABASE_URL is not a database address that ebsync understands. {UNENCODED}")
    if database_url is None or sa.make_url(database_url).get_backend_name() != "postgresql":
        raise SettingsError(
            "The queue needs PostgreSQL: let EBSYNC_DATABASE_URL name such a database "
            "(`ebsync db copy` moves the hubs there), or use --all-hubs on one machine."
        )
    url = sa.make_url(database_url)
    _, given = url.get_dialect()().create_connect_args(url)
    options = f"{given.pop('options', '')} -c search_path={SCHEMA}".strip()
    place = Place(make_conninfo(**{key: str(value) for key, value in given.items()}, options=options))
    try:
        _make(place)
    except psycopg.Error as error:
        raise DatabaseError(f"The queue could not be used: {say_trouble(error)}.") from None
    return place


def _make(place: Place) -> None:
    version = importlib.metadata.version("procrastinate")
    with psycopg.connect(place.conninfo) as connection:
        connection.execute("SELECT pg_advisory_xact_lock(%s)", (_MAKING,))
        made = connection.execute("SELECT obj_description(to_regnamespace(%s), 'pg_namespace')", (SCHEMA,)).fetchone()
        if made is not None and made[0] == version:
            return
        _drop(connection)
        connection.execute(f"CREATE SCHEMA {SCHEMA}")
        connection.execute(SchemaManager.get_schema())
        connection.execute(sql.SQL("COMMENT ON SCHEMA ebsync_queue IS {}").format(sql.Literal(version)))


def _drop(connection: psycopg.Connection) -> None:
    """Another version's queue makes room: what waits in it is scheduled again; what is under way is not cut off."""
    there = connection.execute("SELECT to_regclass('procrastinate_jobs') IS NOT NULL").fetchone()
    if there is not None and there[0]:
        doing = connection.execute("SELECT count(*) FROM procrastinate_jobs WHERE status = 'doing'").fetchone()
        if doing is not None and doing[0]:
            raise TryAgainError("Workers with another version of procrastinate are at work: end them first.")
    connection.execute(f"DROP SCHEMA IF EXISTS {SCHEMA} CASCADE")
