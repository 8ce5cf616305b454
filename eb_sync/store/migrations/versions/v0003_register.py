"""The official register of schools; the postcode and the e-mail host typed with a school."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0003"
down_revision = "0002"
branch_labels = None
depends_on = None

_TEXTS = ("name", "name_key", "status", "kind", "phase", "street", "locality", "town", "county", "postcode")
_MORE_TEXTS = ("postcode_key", "la_name", "website_host", "trust_uid", "trust_name")


def upgrade() -> None:
    """Bring the schema here."""
    _create_register()
    with op.batch_alter_table("typed_schools") as table:
        table.add_column(sa.Column("postcode_key", sa.Text(), nullable=False, server_default=""))
        table.add_column(sa.Column("email_host", sa.Text(), nullable=False, server_default=""))
        table.drop_constraint("uq_typed_schools_hub_id_name_key_urn", type_="unique")
        table.create_unique_constraint(
            "uq_typed_schools_hub_id_name_key_urn_postcode_key_email_host",
            ["hub_id", "name_key", "urn", "postcode_key", "email_host"],
        )


def _create_register() -> None:
    op.create_table(
        "register_schools",
        sa.Column("hub_id", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("urn", sa.Text(), nullable=False),
        sa.Column("since_id", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("digest", sa.Text(), nullable=False),
        *(sa.Column(name, sa.Text(), nullable=False) for name in (*_TEXTS, *_MORE_TEXTS)),
        sa.Column("opened_on", sa.Date(), nullable=True),
        sa.Column("closed_on", sa.Date(), nullable=True),
        sa.ForeignKeyConstraint(["hub_id"], ["hubs.id"], name=op.f("fk_register_schools_hub_id")),
        sa.PrimaryKeyConstraint("hub_id", "urn", "since_id", name=op.f("pk_register_schools")),
    )
    op.create_index("ix_register_schools_name_key", "register_schools", ["hub_id", "name_key"])
    op.create_index("ix_register_schools_postcode_key", "register_schools", ["hub_id", "postcode_key"])
    op.create_index("ix_register_schools_website_host", "register_schools", ["hub_id", "website_host"])
    op.create_table(
        "register_links",
        sa.Column("hub_id", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("urn", sa.Text(), nullable=False),
        sa.Column("link_urn", sa.Text(), nullable=False),
        sa.Column("link_type", sa.Text(), nullable=False),
        sa.Column("since_id", sa.BigInteger(), nullable=False),
        sa.Column("kind", sa.Text(), nullable=False),
        sa.Column("established_on", sa.Date(), nullable=True),
        sa.ForeignKeyConstraint(["hub_id"], ["hubs.id"], name=op.f("fk_register_links_hub_id")),
        sa.PrimaryKeyConstraint("hub_id", "urn", "link_urn", "link_type", name=op.f("pk_register_links")),
    )
    op.create_index("ix_register_links_link_urn", "register_links", ["hub_id", "link_urn"])
    op.create_table(
        "register_trusts",
        sa.Column("hub_id", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("uid", sa.Text(), nullable=False),
        sa.Column("since_id", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("digest", sa.Text(), nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("address", sa.JSON(), nullable=False),
        sa.Column("postcode", sa.Text(), nullable=False),
        sa.ForeignKeyConstraint(["hub_id"], ["hubs.id"], name=op.f("fk_register_trusts_hub_id")),
        sa.PrimaryKeyConstraint("hub_id", "uid", "since_id", name=op.f("pk_register_trusts")),
    )
