"""Batches can be reversed, links get other dates, suppressions know whose booking it was, hubs have names."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

from eb_sync.store.columns import UtcDateTime

revision = "0005"
down_revision = "0004"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Bring the schema here."""
    op.add_column("hubs", sa.Column("name", sa.Text(), nullable=True))
    op.create_index("uq_hubs_name", "hubs", ["name"], unique=True)
    for column in (
        sa.Column("column_map", sa.JSON(), nullable=True),
        sa.Column("format", sa.Text(), nullable=True),
        sa.Column("reversed_at", UtcDateTime(timezone=True), nullable=True),
        sa.Column("reversed_by", sa.Text(), nullable=True),
    ):
        op.add_column("batches", column)
    with op.batch_alter_table("register_links") as links:
        links.drop_constraint("pk_register_links", type_="primary")
        links.create_primary_key("pk_register_links", ["hub_id", "urn", "link_urn", "link_type", "since_id"])
    for name in ("person_id", "name_id"):
        op.add_column("suppressions", sa.Column(name, sa.BigInteger(), nullable=True))
    batch_id = sa.BigInteger().with_variant(sa.Integer(), "sqlite")
    op.create_table(
        "reversed_documents",
        sa.Column("hub_id", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("number", sa.Text(), nullable=False),
        sa.Column("batch_id", batch_id, autoincrement=False, nullable=False),
        sa.ForeignKeyConstraint(["hub_id"], ["hubs.id"], name=op.f("fk_reversed_documents_hub_id")),
        sa.ForeignKeyConstraint(
            ["hub_id", "number"],
            ["documents.hub_id", "documents.number"],
            name=op.f("fk_reversed_documents_hub_id_number"),
        ),
        sa.ForeignKeyConstraint(
            ["hub_id", "batch_id"], ["batches.hub_id", "batches.id"], name=op.f("fk_reversed_documents_hub_id_batch_id")
        ),
        sa.PrimaryKeyConstraint("hub_id", "number", "batch_id", name=op.f("pk_reversed_documents")),
    )
