"""What Eventbrite says about its hourly limit; the header that says it contains the token and is never kept."""

from __future__ import annotations

import re
from dataclasses import dataclass

_BUCKET = re.compile(r"(\d+)/(\d+)\s+reset=(\d+)s")


@dataclass(frozen=True, slots=True)
class RateBudget:
    """The tighter of the two buckets, token's and application's, after the last answer."""

    used: int
    limit: int
    reset_seconds: int
    """Until the bucket is full again."""

    @property
    def remaining(self) -> int:
        """Calls left in this hour."""
        return self.limit - self.used


def parse_rate_limit(header: str | None) -> RateBudget | None:
    """Read `X-Rate-Limit`; None if it is missing or says nothing understood."""
    buckets = [RateBudget(*(int(number) for number in match.groups())) for match in _BUCKET.finditer(header or "")]
    return min(buckets, key=lambda bucket: bucket.remaining, default=None)
