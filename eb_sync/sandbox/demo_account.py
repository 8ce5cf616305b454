"""The demo's account: five stories, what the rules said, then a log; for somebody who has never seen ebsync."""

from __future__ import annotations

from eb_sync.model.instants import iso_text
from eb_sync.sandbox.demo import REGISTER_FILE, PlayedDemo
from eb_sync.sandbox.story import ENDING, SETTINGS
from eb_sync.sandbox.story.places import BRIDGING, DAY_1

_HEAD = """\
# What happened

A Maths Hub with invented people and schools ran workshops from September 2019 to July 2020. `ebsync demo` played that
year through the real program and wrote this folder. Here are five of its stories.

### Dilys Marchbank cancelled an hour too late

Dilys, of St Wilfreda's, cancelled on 4 November 2019 at 11:00. The workshop was the next day at 10:00, so she gave
23 hours' notice and not 24. ebsync had read her booking as active at 10:10, after the deadline, which proves it. The
rules charged £50: `invoices/{dilys}.pdf`, page 1.

### Rosen Whinfield was away, and there was a reason

Rosen, of Copperbeech, did not come on 5 November 2019 and was charged £50: `invoices/{rosen}.pdf`, page 1. A
bereavement came to light in December and the hub lead approved an exemption. The next plan credited the place:
`invoices/{rosen_credit}.pdf`, page 1. The invoice itself never changed.

### Idris Pengelder sent a colleague

Idris, of Kestrel Bank, did not come on 5 November 2019. Jory Penhallick of the same school came in his place without
a booking, and the lead recorded it. The rules do not charge a place that a colleague fills. No invoice names it.

### Carys Underbarrow cancelled while nobody was looking

Carys cancelled her place at Fractions on 18 November 2019. The deadline was at 13:00, and ebsync's machine was down
from noon until five. Her cancellation says 14:00, but no read after the deadline shows that her place was still booked.
The rules do not charge what cannot be proved. They ask a person, and the question still waits: `ebsync review`. No
invoice names it.

### Fay Wintersgill's sheet turned up late

Fay, of Brambleholt, did not come to the twilight on 3 March 2020. Its sheet turned up only on 6 July and the lead
closed the register that morning. The rules charge £50, but no invoice has been issued yet. It waits in the plan:
`ebsync invoices --dry-run`.

## Now it is your turn

In this folder it is the evening of 6 July 2020 and every command works. The workshop `{bridging}` has just ended.

- `{register}` is its register, with four places to mark. Fill it in and read it back with
  `ebsync attendance import {bridging} {register}`, then `ebsync attendance close {bridging}`.
- Perran Hollowell's claim for an exemption and several questions wait in `ebsync review`.
- The plan has a place to invoice: `ebsync invoices`.

`invoices/` has the invoices and credit notes (PDF) and two charge lists for finance (CSV). `registers/` has the record
of every workshop. `demo.sqlite` is the database and `ebsync.toml` its settings.

## What the rules said in the end

{summary}

## Step by step

These are the commands that the lead and finance typed, with the beginning of what each printed. Setting up the schools
and {syncs} syncs are left out, except for syncs with something to report.

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
    (dilys,) = told.documents[DAY_1, "dilys"]
    rosen, rosen_credit = told.documents[DAY_1, "rosen"]
    head = _HEAD.format(
        dilys=dilys,
        rosen=rosen,
        rosen_credit=rosen_credit,
        bridging=BRIDGING,
        register=REGISTER_FILE,
        syncs=told.syncs,
        summary=told.summary,
    )
    return head + steps + "\n"
