"""Every policy text that was ever used, by its digest."""

from __future__ import annotations

import sqlalchemy as sa

from eb_sync.store.series import ensure_hub
from eb_sync.store.tables import POLICY_TEXTS


def keep_policy_text(connection: sa.Connection, hub_id: int, digest: str, text: str) -> None:
    """Keep a text under its digest, once."""
    if read_policy_text(connection, hub_id, digest) is None:
        ensure_hub(connection, hub_id)
        connection.execute(POLICY_TEXTS.insert(), {"hub_id": hub_id, "digest": digest, "text": text})


def read_policy_text(connection: sa.Connection, hub_id: int, digest: str) -> str | None:
    """The text with this digest; None if it was never used here."""
    table = POLICY_TEXTS
    where = (table.c.hub_id == hub_id) & (table.c.digest == digest)
    text: str | None = connection.scalar(sa.select(table.c.text).where(where))
    return text
