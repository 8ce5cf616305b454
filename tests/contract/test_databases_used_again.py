"""A PostgreSQL database that one test leaves to the next is like new, or it is not left."""

from __future__ import annotations

from pathlib import Path

import pytest
import sqlalchemy as sa

from tests.databases import POSTGRESQL, ready_database
from tests.twins import read_rows

PROVIDED = (
    "INSERT INTO hubs (id, name) VALUES (1, 'north')",
    "INSERT INTO facts (hub_id, id, kind, recorded_at, said_by, body) VALUES (1, 1, 'Said', now(), 'lead', '{}')",
)


def execute(url: str, *statements: str) -> None:
    engine = sa.create_engine(url, poolclass=sa.NullPool)
    with engine.begin() as connection:
        for statement in statements:
            connection.execute(sa.text(statement))


def test_rows_are_gone(tmp_path: Path) -> None:
    with ready_database(POSTGRESQL, tmp_path) as url:
        fresh = read_rows(url)
        execute(url, *PROVIDED)
        assert read_rows(url) != fresh
    with ready_database(POSTGRESQL, tmp_path) as following:
        assert (following, read_rows(following)) == (url, fresh)


def test_whoever_is_still_connected_and_writing_is_ended(tmp_path: Path) -> None:
    with ready_database(POSTGRESQL, tmp_path) as url:
        left = sa.create_engine(url, poolclass=sa.NullPool).connect()
        left.execute(sa.text(PROVIDED[0]))
    with ready_database(POSTGRESQL, tmp_path) as following:
        assert following == url
        with pytest.raises(sa.exc.OperationalError):
            left.execute(sa.text("SELECT 1"))
        left.invalidate()
        left.close()


@pytest.mark.parametrize(
    "change",
    [
        "CREATE TABLE theirs (id integer)",
        "DROP TABLE open_lines",
        "DROP TABLE alembic_version",
        "ALTER TABLE facts ADD COLUMN theirs text",
        "ALTER TABLE facts ALTER COLUMN event_id SET DEFAULT 'x'",
        "ALTER TABLE facts ADD CONSTRAINT theirs CHECK (id > 0)",
        "ALTER TABLE facts DISABLE TRIGGER ALL",
        "CREATE INDEX theirs ON facts (kind)",
        "CREATE VIEW theirs AS SELECT 1 AS one",
        "CREATE SEQUENCE theirs",
        "CREATE SCHEMA theirs",
        "CREATE FUNCTION theirs() RETURNS integer LANGUAGE sql AS 'SELECT 1'",
        "GRANT SELECT ON facts TO public",
        "UPDATE alembic_version SET version_num = '0001'",
        "DELETE FROM alembic_version",
        "DO $$ BEGIN EXECUTE format('ALTER DATABASE %I SET work_mem = 99999', current_database()); END $$",
    ],
)
def test_a_database_that_was_changed_otherwise_is_never_used_again(tmp_path: Path, change: str) -> None:
    with ready_database(POSTGRESQL, tmp_path) as url:
        execute(url, change)
    with ready_database(POSTGRESQL, tmp_path) as following:
        assert following != url
