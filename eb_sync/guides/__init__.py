"""The guides for those who use ebsync: Markdown files, shipped with the program, one for each role."""

from __future__ import annotations

import difflib
from collections.abc import Mapping
from importlib import resources

from eb_sync.errors import UsageError

GUIDES: Mapping[str, str] = {
    "lead": "A workshop from the first booking to the invoices.",
    "finance": "Charge lists, invoices, credit notes, and which school pays.",
    "administrator": "Setting up, settings, nights, backups and data protection.",
}
"""Each guide's name, in the order in which they are shown, with what it is about in a line."""


def read_guide(name: str) -> str:
    """A guide's text, Markdown.

    Raises:
        UsageError: there is no guide of that name; the message has the near ones.
    """
    if name not in GUIDES:
        near = difflib.get_close_matches(name.casefold(), GUIDES, n=3, cutoff=0.5)
        known = f"Did you mean: {', '.join(near)}?" if near else f"There are: {', '.join(GUIDES)}."
        raise UsageError(f"There is no guide {name}. {known}")
    return (resources.files("eb_sync.guides") / f"{name}.md").read_text(encoding="utf-8")
