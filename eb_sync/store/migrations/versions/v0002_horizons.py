"""What was known when: facts up to an id; hashes of what documents say; the list of events that sync watches."""

from __future__ import annotations

import hashlib
import json
from datetime import UTC, date, datetime
from typing import Any

import sqlalchemy as sa
from alembic import op

from eb_sync.store.columns import UtcDateTime

revision = "0002"
down_revision = "0001"
branch_labels = None
depends_on = None

_FACT_TABLES = ("facts", "observations", "event_observations", "reads", "held_reads", "quarantine")


def upgrade() -> None:
    """Bring the schema here."""
    op.add_column("hubs", sa.Column("reconciled_at", UtcDateTime(timezone=True), nullable=True))
    op.create_index("ix_event_observations_slug", "event_observations", ["hub_id", "slug"])
    op.create_index("ix_event_observations_series_id", "event_observations", ["hub_id", "series_id"])
    op.create_index("ix_documents_kind", "documents", ["hub_id", "kind", "original_number", "number"])
    op.create_index("ix_documents_issued_at", "documents", ["hub_id", "issued_at", "kind", "number"])
    op.create_table(
        "watched_events",
        sa.Column("hub_id", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("event_id", sa.Text(), nullable=False),
        sa.Column("wanted_at", UtcDateTime(timezone=True), nullable=True),
        sa.ForeignKeyConstraint(["hub_id"], ["hubs.id"], name=op.f("fk_watched_events_hub_id")),
        sa.PrimaryKeyConstraint("hub_id", "event_id", name=op.f("pk_watched_events")),
    )
    # SQLite adds a column that may not be null only with a default; every row gets its value below
    op.add_column("typed_schools", sa.Column("first_fact_id", sa.BigInteger(), nullable=False, server_default="0"))
    op.add_column("documents", sa.Column("content_sha256", sa.Text(), nullable=False, server_default=""))
    op.add_column("documents", sa.Column("last_fact_id", sa.BigInteger(), nullable=False, server_default="0"))
    connection = op.get_bind()
    _watch_all(connection)
    _find_first_facts(connection)
    _describe_documents(connection)
    if connection.dialect.name == "postgresql":
        for table, column in (
            ("typed_schools", "first_fact_id"),
            ("documents", "content_sha256"),
            ("documents", "last_fact_id"),
        ):
            op.alter_column(table, column, server_default=None)


def _watch_all(connection: sa.Connection) -> None:
    connection.execute(
        sa.text(
            "INSERT INTO watched_events (hub_id, event_id) SELECT DISTINCT hub_id, event_id FROM event_observations"
        )
    )


def _find_first_facts(connection: sa.Connection) -> None:
    query = sa.text(
        "SELECT hub_id, typed_school_id, min(id) FROM observations WHERE typed_school_id IS NOT NULL GROUP BY 1, 2"
    )
    update = sa.text("UPDATE typed_schools SET first_fact_id = :first WHERE hub_id = :hub AND id = :id")
    rows = [{"hub": hub, "id": typed, "first": first} for hub, typed, first in connection.execute(query)]
    if rows:
        connection.execute(update, rows)


def _describe_documents(connection: sa.Connection) -> None:
    documents = sa.table(
        "documents",
        *(sa.column(name) for name in ("hub_id", "number", "kind", "issued_by", "school_id", "workshop_id")),
        *(sa.column(name) for name in ("original_number", "pdf_sha256", "content_sha256", "last_fact_id")),
        sa.column("issued_at", UtcDateTime(timezone=True)),
        sa.column("document_on", sa.Date()),
        sa.column("content", sa.JSON()),
    )
    hashed = [column for column in documents.c if column.name not in {"hub_id", "content_sha256", "last_fact_id"}]
    for row in connection.execute(sa.select(documents.c.hub_id, *hashed)).all():
        said = {column.name: getattr(row, column.name) for column in hashed}
        said["last_fact_id"] = _last_fact_id(connection, row.hub_id, row.issued_at)
        digest = _digest(said, _lines(connection, row.hub_id, row.number))
        connection.execute(
            sa.update(documents)
            .where(documents.c.hub_id == row.hub_id, documents.c.number == row.number)
            .values(content_sha256=digest, last_fact_id=said["last_fact_id"])
        )


def _last_fact_id(connection: sa.Connection, hub_id: int, issued_at: datetime) -> int:
    newest = 0
    for name in _FACT_TABLES:
        table = sa.table(name, sa.column("hub_id"), sa.column("id"), sa.column("recorded_at", UtcDateTime(True)))
        query = sa.select(sa.func.max(table.c.id)).where(table.c.hub_id == hub_id, table.c.recorded_at <= issued_at)
        newest = max(newest, connection.scalar(query) or 0)
    return newest


def _lines(connection: sa.Connection, hub_id: int, number: str) -> list[dict[str, Any]]:
    plain = ("number", "line_number", "workshop_id", "booking_id", "gross_pence", "original_line_number")
    table = sa.table(
        "document_lines",
        *(sa.column(name) for name in ("hub_id", *plain, "policy_digest")),
        sa.column("decision", sa.JSON()),
    )
    columns = [column for column in table.c if column.name != "hub_id"]
    query = sa.select(*columns).where(table.c.hub_id == hub_id, table.c.number == number).order_by(table.c.line_number)
    return [dict(row._mapping) for row in connection.execute(query)]  # noqa: SLF001 - SQLAlchemy's documented name


def _digest(document: dict[str, Any], lines: list[dict[str, Any]]) -> str:
    said = {"document": document, "lines": lines}
    text = json.dumps(said, sort_keys=True, separators=(",", ":"), default=_text_of)
    return hashlib.sha256(text.encode()).hexdigest()


def _text_of(value: object) -> str:
    if isinstance(value, datetime):
        return value.astimezone(UTC).isoformat()
    if isinstance(value, date):
        return value.isoformat()
    raise TypeError(type(value).__name__)
