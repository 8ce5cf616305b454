"""Numbers of invoices and credit notes, as people type them."""

from __future__ import annotations

import re

_TYPED = re.compile(r"\s*(INV|CN)\s*-?\s*0*([1-9]\d{0,8})\s*", re.IGNORECASE)


def complete_number(typed: str) -> str | None:
    """`INV-000003` for `INV-3`, `inv 3` and `inv3`; None for what is no number of a document."""
    match = _TYPED.fullmatch(typed)
    return None if match is None else f"{match[1].upper()}-{int(match[2]):06d}"
