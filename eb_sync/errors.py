"""What can go wrong, each with the exit code that the command line promises (DESIGN section 6).

Messages are written for the person who reads them: clear, actionable, and without a teacher's name or a secret.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import ClassVar

EXIT_ORDER = (70, 78, 77, 76, 74, 73, 65, 75, 3)
"""Of several results the first of these counts (DESIGN section 6)."""


class EbsyncError(Exception):
    """Ground of every error that ebsync raises on purpose; `exit_code` follows sysexits where one fits."""

    exit_code: ClassVar[int] = 70

    def __init__(self, said: object = "", *, advice: str = "") -> None:
        """What is wrong, and what to do about it where that is a sentence of its own."""
        super().__init__(said)
        self.advice = advice

    @property
    def said(self) -> str:
        """What is wrong, without the advice."""
        return super().__str__()

    def __str__(self) -> str:
        """All of it."""
        return " ".join(filter(None, (self.said, self.advice)))


class UsageError(EbsyncError):
    """What was asked cannot be done as asked: unknown or ambiguous words, impossible dates. Nothing was written."""

    exit_code = 2


class DoubtError(UsageError):
    """What was said is possible, and looks like a mistake: who said it may say that they mean it."""


class PartialError(EbsyncError):
    """Something waits for a person; what could be done was done, or nothing was."""

    exit_code = 3


class HeldError(EbsyncError):
    """A read looked wrong (mass change) and was held; or `verify` found what does not hold."""

    exit_code = 65


class CannotWriteError(EbsyncError):
    """A file or folder could not be written."""

    exit_code = 73


class DatabaseError(EbsyncError):
    """The database could not be opened, read or written."""

    exit_code = 74


class TryAgainError(EbsyncError):
    """Eventbrite is unavailable, another run holds the lock, or the plan changed since it was shown."""

    exit_code = 75


class UnavailableError(TryAgainError):
    """Eventbrite did not answer one request in spite of retries; it may well answer another."""


class CallsSpentError(TryAgainError):
    """The hourly limit of calls leaves no room; no request will be answered before it is reset."""


class TimeSpentError(TryAgainError):
    """Reading took as long as a run may; the next one goes on from there."""


class EventbriteContractError(EbsyncError):
    """Eventbrite answered in a shape that is not understood: reading on would be guessing."""

    exit_code = 76


class TokenRefusedError(EbsyncError):
    """Eventbrite refused the token (401 or 403). It never means that there are no bookings."""

    exit_code = 77


class SettingsError(EbsyncError):
    """A setting or a policy file is missing or wrong."""

    exit_code = 78


class ClockWrongError(SettingsError):
    """The machine's clock cannot be believed: nothing may be recorded by it."""


def first_exit(codes: Iterable[int]) -> int:
    """The first of `EXIT_ORDER` that occurred, else 0; a code that is in no order comes before 0."""
    found = set(codes)
    return next((code for code in EXIT_ORDER if code in found), max(found, default=0))
