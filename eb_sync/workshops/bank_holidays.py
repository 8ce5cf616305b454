"""England's bank holidays, for rules that count working days."""

from __future__ import annotations

from datetime import date
from functools import lru_cache


@lru_cache(maxsize=4096)
def is_bank_holiday(day: date) -> bool:
    """Whether a date is a bank holiday in England, days proclaimed for one year only among them."""
    return day in _england(day.year)


@lru_cache(maxsize=64)
def _england(year: int) -> frozenset[date]:
    from holidays import country_holidays  # noqa: PLC0415 - slow to load, and most policies count hours

    return frozenset(country_holidays("GB", subdiv="ENG", years=year))
