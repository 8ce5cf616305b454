"""Which ticket classes were listed as seats: without it a class that nobody ever described looks like a seat."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0006"
down_revision = "0005"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Bring the schema here; of what was observed before, nobody can say, and the column stays empty."""
    op.add_column("event_observations", sa.Column("seat_classes", sa.JSON(none_as_null=True), nullable=True))
