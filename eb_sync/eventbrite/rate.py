"""What Eventbrite says about its hourly limit; the header that says it contains the token and is never kept."""

from __future__ import annotations

import re
from dataclasses import dataclass

_BUCKET = re.compile(r"([0-9]{1,9})/([0-9]{1,9})\s+reset=([0-9]{1,9})s")


@dataclass(frozen=True, slots=True)
class RateBudget:
    """The tighter of the two buckets, token's and application's, after the last answer."""

    used: int
    limit: int
    reset_seconds: int
    """From the answer until the bucket is full again."""

    @property
    def remaining(self) -> int:
        """Calls left in this hour, never below 0."""
        return max(0, self.limit - self.used)


def parse_rate_limit(header: str | None) -> RateBudget | None:
    """Read `X-Rate-Limit`: of its buckets the one with least left, the later to fill if equal; None: not understood."""
    buckets = [RateBudget(*(int(number) for number in match.groups())) for match in _BUCKET.finditer(header or "")]
    return min(buckets, key=lambda bucket: (bucket.remaining, -bucket.reset_seconds), default=None)
