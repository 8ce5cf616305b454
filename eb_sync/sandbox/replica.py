"""The rows as answers show them where changes take their time to arrive, as they do with Eventbrite."""

from __future__ import annotations

from collections import deque
from collections.abc import Callable
from datetime import datetime

from eb_sync.sandbox.tables import Tables

Change = Callable[[Tables], None]


class Replica:
    """A copy of the tables that makes every change after them, in the order in which the changes happened.

    Its versions pass through the same numbers as those of the tables, with the same rows at the same number, so that
    rendered copies made for one serve the other. A clock set back undoes nothing that arrived already.
    """

    def __init__(self, tables: Tables) -> None:
        """What is in the tables now is there from the beginning."""
        self._tables = tables.copy_tables()
        self._coming: deque[tuple[datetime, Change]] = deque()

    def await_change(self, visible_at: datetime, change: Change) -> None:
        """Make a change from an instant of the true clock on, and not before the changes that are awaited already."""
        self._coming.append((visible_at, change))

    def catch_up(self, now_at: datetime) -> Tables:
        """The tables with all that has arrived by now."""
        while self._coming and self._coming[0][0] <= now_at:
            _, change = self._coming.popleft()
            change(self._tables)
        return self._tables
