"""Edge: telling a monitor outside that a run began and how it ended."""

from eb_sync.monitor.ping import Monitor

__all__ = ["Monitor"]
