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

    def describe(self, token: str, now_at: datetime, *, limited: bool) -> str:
        """One bucket as the header shows it, `4/2000 reset=3042s`; `limited` shows it full."""
        window = self._current(token, now_at)
        used = HOURLY_CALLS if limited else min(window.used, HOURLY_CALLS)
        reset = int((window.began_at + _HOUR - now_at).total_seconds())
        return f"{used}/{HOURLY_CALLS} reset={reset}s"

    def _current(self, token: str, now_at: datetime) -> _Window:
        window = self._windows.get(token)
        if window is None or not window.began_at <= now_at < window.began_at + _HOUR:
            window = self._windows[token] = _Window(now_at)
        return window
