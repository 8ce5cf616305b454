"""A PostgreSQL database made like new after a test.

Copying and dropping one takes up to a second, emptying it a few hundredths. It is only used again if nothing but rows
was changed in it. Whatever else a test did (a table, a column, a constraint, a function, a right, a setting, the
recorded migration), the database is dropped, and the next test gets a fresh copy.
"""

from __future__ import annotations

import sqlalchemy as sa

MOST_BYTES = 40_000_000
"""A database that grew beyond is not worth emptying."""

_OURS = "nspname !~ '^pg_' AND nspname <> 'information_schema'"
SHAPE = sa.text(f"""
    WITH spaces AS (SELECT oid, nspname, nspacl FROM pg_namespace WHERE {_OURS}),
    relations AS (
      SELECT pg_class.*, nspname FROM pg_class JOIN spaces ON relnamespace = spaces.oid
    ),
    things AS (
      SELECT concat_ws(' ', 'schema', nspname, nspacl) AS thing FROM spaces
      UNION ALL SELECT concat_ws(' ', relkind, nspname, relname, relowner, relacl, reloptions, relpersistence,
        relrowsecurity, pg_get_viewdef(CASE WHEN relkind IN ('v', 'm') THEN oid END)) FROM relations
      UNION ALL SELECT concat_ws(' ', 'column', attrelid::regclass, attnum, attname, atttypid, attnotnull, attacl,
        attidentity, pg_get_expr(adbin, adrelid)) FROM pg_attribute JOIN relations ON attrelid = relations.oid
        LEFT JOIN pg_attrdef ON adrelid = attrelid AND adnum = attnum
      UNION ALL SELECT concat_ws(' ', 'constraint', conrelid::regclass, conname,
        pg_get_constraintdef(pg_constraint.oid)) FROM pg_constraint JOIN spaces ON connamespace = spaces.oid
      UNION ALL SELECT concat_ws(' ', 'index', pg_get_indexdef(indexrelid), indisvalid)
        FROM pg_index JOIN relations ON indexrelid = relations.oid
      UNION ALL SELECT concat_ws(' ', 'trigger', pg_get_triggerdef(pg_trigger.oid), tgenabled)
        FROM pg_trigger JOIN relations ON tgrelid = relations.oid
      UNION ALL SELECT concat_ws(' ', 'function', pg_proc.oid::regprocedure, md5(prosrc), proacl)
        FROM pg_proc JOIN spaces ON pronamespace = spaces.oid
      UNION ALL SELECT concat_ws(' ', 'type', typname) FROM pg_type JOIN spaces ON typnamespace = spaces.oid
      UNION ALL SELECT concat_ws(' ', 'setting', setconfig) FROM pg_db_role_setting
        JOIN pg_database ON setdatabase = pg_database.oid WHERE datname = current_database()
      UNION ALL SELECT concat_ws(' ', 'database', datacl, datconnlimit)
        FROM pg_database WHERE datname = current_database()
      UNION ALL SELECT concat_ws(' ', 'migration', version_num) FROM alembic_version
    )
    SELECT md5(string_agg(thing, chr(10) ORDER BY thing)) FROM things
""")  # noqa: S608 - a condition of our own
_ALONE = sa.text("""
    SELECT pg_terminate_backend(pid, 5000) FROM pg_stat_activity
    WHERE datname = current_database() AND pid <> pg_backend_pid()
""")
_SIZE = sa.text("SELECT pg_database_size(current_database())")
_TABLES = sa.text("""
    SELECT oid::regclass::text FROM pg_class
    WHERE relkind = 'r' AND relnamespace = 'public'::regnamespace AND relname <> 'alembic_version'
""")
_NUMBERS = sa.text("SELECT setval(seqrelid::regclass, seqstart, false) FROM pg_sequence")


def read_shape(url: str) -> str:
    """A digest of everything in the database but its rows."""
    engine = sa.create_engine(url, poolclass=sa.NullPool)
    with engine.connect() as connection:
        return str(connection.scalar(SHAPE))


def make_like_new(url: str, shape: str) -> bool:
    """End what is still connected and delete all rows; False if the shape is another, and the rows are left."""
    engine = sa.create_engine(url, poolclass=sa.NullPool)
    with engine.begin() as connection:
        connection.execute(_ALONE).all()
        try:
            if connection.scalar(SHAPE) != shape or (connection.scalar(_SIZE) or 0) > MOST_BYTES:
                return False
        except sa.exc.ProgrammingError:  # not even a table of migrations is left
            return False
        # without foreign keys, whose order would matter, and without waiting for the disk
        connection.execute(sa.text("SET LOCAL session_replication_role = replica"))
        connection.execute(sa.text("SET LOCAL synchronous_commit = off"))
        tables = connection.scalars(_TABLES).all()
        connection.execute(sa.text("; ".join(f"DELETE FROM {table}" for table in tables)))  # noqa: S608 - their names
        connection.execute(_NUMBERS).all()
    return True
