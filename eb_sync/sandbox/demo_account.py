"""The demo's account: what happened, in the order of time, for somebody who has never seen ebsync."""

from __future__ import annotations

from eb_sync.model.instants import iso_text
from eb_sync.sandbox.demo import PlayedDemo
from eb_sync.sandbox.story import ENDING, SETTINGS

_HEAD = """\
# What happened

This folder was written by `ebsync demo`. A Maths Hub with invented people and schools ran a Work Group of three days
behind one Eventbrite page, and some single workshops beside it, from September 2019 to July 2020. Bookings and
cancellations came over HTTP from a local Eventbrite; the commands below are those that the lead and the finance person
typed, each with what it printed. Quiet syncs are left out: there were {syncs} in all.

- `invoices/` the invoices and credit notes as issued (PDF), and the two charge lists for finance (CSV)
- `registers/` the attendance record of every workshop (PDF, XLSX, CSV)
- `demo.sqlite` the database, `ebsync.toml` its settings; in this folder every command works, on 6 July 2020:
  `ebsync workshops`, `ebsync charges cmh19-interventionhgate/1`, `ebsync review`

## What the rules said in the end

{summary}

## Step by step

"""


def build_settings_file() -> str:
    """Settings with which the demo's hub can be looked at and gone on with, at the time at which it ends."""
    values = {name.removeprefix("EBSYNC_").lower(): value for name, value in SETTINGS.items()}
    plain = {name: value for name, value in values.items() if "__" not in name}
    supplier = {name.partition("__")[2]: value for name, value in values.items() if name.startswith("supplier__")}
    lines = [f'now = "{iso_text(ENDING)}"', 'database_url = "sqlite:///demo.sqlite"']
    lines += [f'{name} = "{value}"' for name, value in plain.items()]
    lines += ["", "[supplier]", *(f'{name} = "{value}"' for name, value in supplier.items())]
    return "\n".join(lines) + "\n"


def build_account(told: PlayedDemo) -> str:
    """The account as Markdown."""
    steps = "\n".join(f"    {line}" for line in told.lines)
    return _HEAD.format(syncs=told.syncs, summary=told.summary) + steps + "\n"
