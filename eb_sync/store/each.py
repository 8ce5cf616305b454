"""A batch of which one part fails: it is named, and the others are done."""

from __future__ import annotations

import contextlib
import os
import traceback
from collections.abc import Iterator
from dataclasses import dataclass, field

import sqlalchemy as sa

from eb_sync.errors import EbsyncError


@dataclass(slots=True)
class Each:
    """Guards the parts of a batch one by one, and keeps which of them failed."""

    failed: dict[str, str] = field(default_factory=dict)
    """By id, never by a person's name: how, as a kind of error and a place in the program."""

    @contextlib.contextmanager
    def part(self, name: str) -> Iterator[None]:
        """Whatever goes wrong with this part alone ends here; what is wrong with all of them does not.

        Raises:
            EbsyncError: as raised inside: it says already what is wrong, and what was done.
            sqlalchemy.exc.SQLAlchemyError: the database failed.
        """
        try:
            yield
        except (EbsyncError, sa.exc.SQLAlchemyError):
            raise
        except Exception as error:  # noqa: BLE001 - it may be any bug, met with one row of thousands
            frame = traceback.extract_tb(error.__traceback__)[-1]
            self.failed[name] = f"{type(error).__name__} at {os.path.basename(frame.filename)}:{frame.lineno}"  # noqa: PTH119 - a name for a message

    def sentences(self, what: str) -> list[str]:
        """A line for each that failed: what was not done with it."""
        return [f"{name}: {what} ({how}). This is a bug; please report it." for name, how in self.failed.items()]
