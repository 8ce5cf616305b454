"""Many keys in few queries."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import TypeVar

_T = TypeVar("_T")

_CHUNK = 500  # keys in one query: well below every database's limit of parameters


def chunked(values: Sequence[_T]) -> Iterable[Sequence[_T]]:
    """Pieces small enough for one query."""
    return (values[start : start + _CHUNK] for start in range(0, len(values), _CHUNK))
