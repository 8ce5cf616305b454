"""How many calls a token made in the current hour of the world's clock."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta

HOURLY_CALLS = 2000
_HOUR = timedelta(hours=1)


@dataclass(slots=True)
class _Window:
    began_at: datetime
    used: int = 0


class RateWindows:
    """One window of an hour per token, begun by its first call."""

    def __init__(self) -> None:
        """No call was made yet."""
        self._windows: dict[str, _Window] = {}

    def count(self, token: str, now_at: datetime) -> int:
        """Count one call; returns how many there are now in the window."""
        window = self._current(token, now_at)
        window.used += 1
        return window.used

    def set_used(self, token: str, used: int, now_at: datetime) -> None:
        """Say how many calls were made in the window so far."""
        self._current(token, now_at).used = used

    def describe(self, token: str, now_at: datetime) -> str:
        """One bucket as the header shows it, `4/2000 reset=3042s`."""
        window = self._current(token, now_at)
        reset = int((window.began_at + _HOUR - now_at).total_seconds())
        return _describe(window.used, reset)

    def describe_full(self, token: str, now_at: datetime, reset: int | None) -> str:
        """The bucket as if all calls were used up; `reset` in seconds, None for what is left of the hour."""
        left = self._current(token, now_at).began_at + _HOUR - now_at
        return _describe(HOURLY_CALLS, int(left.total_seconds()) if reset is None else reset)

    def _current(self, token: str, now_at: datetime) -> _Window:
        window = self._windows.get(token)
        if window is None or not window.began_at <= now_at < window.began_at + _HOUR:
            window = self._windows[token] = _Window(now_at)
        return window


def _describe(used: int, reset: int) -> str:
    return f"{min(used, HOURLY_CALLS)}/{HOURLY_CALLS} reset={reset}s"
