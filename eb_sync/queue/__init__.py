"""Runs of hubs as jobs in PostgreSQL, for workers on several machines; needs the extra `queue`."""

from __future__ import annotations

from eb_sync.queue.jobs import KINDS, RETRIED, RunHub, schedule_runs
from eb_sync.queue.place import Place, find_place
from eb_sync.queue.status import JobRow, read_jobs
from eb_sync.queue.work import Schedule, WorkerTerms, work

__all__ = [
    "KINDS",
    "RETRIED",
    "JobRow",
    "Place",
    "RunHub",
    "Schedule",
    "WorkerTerms",
    "find_place",
    "read_jobs",
    "schedule_runs",
    "work",
]
