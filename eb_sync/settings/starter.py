"""The text of a settings file to start from, with what is known already filled in. Pure."""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from datetime import date

STARTER = """\
# Settings of ebsync. Each can be overridden by a variable: EBSYNC_ and the name, with __ for a section.
# The token belongs in EBSYNC_EVENTBRITE_TOKEN or in a file of its own, not in this file.

# eventbrite_token_file = "eventbrite-token"    # a file that holds the token alone, readable by its owner (chmod 600)
# organization_id = "123456789012"    # not needed when the token sees exactly one
database_url = "sqlite:///ebsync.sqlite"
# billing_from = 2026-09-01           # workshops before this day are never charged; invoices need it
policy = "maths-hub"                  # a shipped document, or the path of a file of your own
# workgroup_policies = { "cmh19-interventionhgate" = "hub-week" }    # work groups with a policy of their own
bill_to = "school"                    # or "trust": who pays for an academy; `ebsync schools payer` for single schools
# guests = ["office@hub.example.org"] # the hub's own people: never a place, never charged

[scope]                               # which events count; with neither list, all
# slugs = ["cmh19-interventionhgate"]
# organizers = ["12345678901"]

[supplier]                            # who issues the invoices; all of it is needed
# name = "The Example Academy Trust"
# address = ["1 Example Road", "Sampleton"]
# email = "finance@hub.example.org"
# bank_name = "Example Bank"
# sort_code = "00-00-00"
# account_number = "00000000"
terms_days = 30

[vat]
treatment = "outside_scope"           # outside_scope, exempt, standard or zero: ask the finance team
# number = "GB000000000"              # only if registered

[einvoice]                            # for `ebsync export invoices --format ubl`; without it by e-mail address
# seller = "0088:5060000000009"       # our address in Peppol: scheme and number
# buyers = { "100001" = "0088:5060000000009" }    # theirs, by a school's URN or the payer's name
# company_number = "01234567"
# tax_number = "1234567890"           # for exempt charges of somebody without a VAT number

[codes]                               # what the accounting program calls payers; without it by their names
# customer = { "100001" = "St Mary's Ambleside" }    # by a school's URN or the payer's name
"""

Value = str | int | date | tuple[str, ...]
"""What a setting may hold here."""

_SETTING = re.compile(r"(?:# )?(?P<key>[a-z_]+) = (?P<example>.*?)(?P<comment>\s+# .*)?")


def fill_starter(values: Mapping[str, Value]) -> str:
    """The starter with these settings, by name: `policy`, `supplier.name`. All others stay as they are.

    Raises:
        LookupError: the starter has no line for one of them.
    """
    left = dict(values)
    lines = []
    section = ""
    for line in STARTER.splitlines():
        if line.startswith("["):
            section = line[1 : line.index("]")] + "."
        setting = _SETTING.fullmatch(line)
        value = None if setting is None else left.pop(section + setting["key"], None)
        if setting is None or value is None:
            lines.append(line)
        else:
            lines.append(f"{setting['key']} = {_toml(value)}{setting['comment'] or ''}")
    if left:
        raise LookupError(f"the starter has no line for {', '.join(left)}")
    return "\n".join(lines) + "\n"


def _toml(value: Value) -> str:
    if isinstance(value, date):
        return value.isoformat()
    if isinstance(value, tuple):
        return f"[{', '.join(_toml(each) for each in value)}]"
    # what JSON writes for a text, TOML reads; what is no character for either is left out
    clean = re.sub(r"[\x00-\x1f\x7f\ud800-\udfff]", "", value) if isinstance(value, str) else value
    return json.dumps(clean, ensure_ascii=False)
