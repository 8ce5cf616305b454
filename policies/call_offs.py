"""Whether the hub called a workshop off (DESIGN 5.2, row 1)."""

from __future__ import annotations

from datetime import datetime

from policies.facts import CallOff
from policies.notice import LAG


def is_called_off(hub: CallOff | None, eventbrite: CallOff | None, starts_at: datetime) -> bool:
    """True if the hub said so, or Eventbrite says so and nothing shows that the workshop had begun before.

    Eventbrite's word counts only if our last read that showed the workshop as going ahead proves nothing about the time
    after its start (what it showed may be five minutes old), and a reinstatement by the hub overrides what Eventbrite
    had said until then. `starts_at` is the start in force.
    """
    if hub is not None and hub.called_off:
        return True
    if eventbrite is None or not eventbrite.called_off:
        return False
    if hub is not None and hub.id > eventbrite.id:
        return False
    return eventbrite.last_going_ahead_at is None or eventbrite.last_going_ahead_at - LAG < starts_at
