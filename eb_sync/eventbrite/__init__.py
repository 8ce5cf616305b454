"""The edge to Eventbrite: HTTP, paging, payloads, and translation into our words."""

from eb_sync.eventbrite.client import EventbriteClient
from eb_sync.eventbrite.labels import QuestionLabels

__all__ = ["EventbriteClient", "QuestionLabels"]
