"""The demo's account: what happened, in the order of time, for somebody who has never seen ebsync."""

from __future__ import annotations

from eb_sync.demo.play import Told

_HEAD = """\
# What happened

This folder was written by `ebsync demo`. A Maths Hub with invented people and schools ran a Work Group of three days
behind one Eventbrite page, and some single workshops beside it, from September 2019 to July 2020. Bookings and
cancellations came over HTTP from a local Eventbrite; the commands below are those that the lead and the finance person
typed, each with what it printed. Quiet syncs are left out: there were {syncs} in all.

- `invoices/` the invoices and credit notes as issued (PDF), and the two charge lists for finance (CSV)
- `registers/` the attendance record of every workshop (PDF, XLSX, CSV)
- `demo.sqlite` the database; look around with
  `EBSYNC_NOW=2020-07-06T09:00:00Z EBSYNC_DATABASE_URL=sqlite:///demo.sqlite ebsync workshops`

## What the rules said in the end

{summary}

## Step by step

"""


def build_account(told: Told) -> str:
    """The account as Markdown."""
    steps = "\n".join(f"    {line}" for line in told.lines)
    return _HEAD.format(syncs=told.syncs, summary=told.summary) + steps + "\n"
