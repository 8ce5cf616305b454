"""Attendees of erased persons, whose names sync never brings back."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0004"
down_revision = "0003"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Bring the schema here."""
    op.create_table(
        "suppressions",
        sa.Column("hub_id", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("attendee_id", sa.Text(), nullable=False),
        sa.Column("fact_id", sa.BigInteger(), nullable=False),
        sa.ForeignKeyConstraint(["hub_id"], ["hubs.id"], name=op.f("fk_suppressions_hub_id")),
        sa.PrimaryKeyConstraint("hub_id", "attendee_id", name=op.f("pk_suppressions")),
    )
