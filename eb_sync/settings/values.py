"""How people write dates, paths and addresses in settings: taken where it is clear, else refused with an example."""

from __future__ import annotations

import re
from datetime import date
from pathlib import Path
from typing import Annotated

from pydantic import AfterValidator, BeforeValidator

from eb_sync.model.texts import DANGEROUS, LONGEST

_ISO_DATE = re.compile(r"(\d{4})-(\d{1,2})-(\d{1,2})(?:[T ]00:00(?::00)?Z?)?")
_DAY_FIRST = re.compile(r"(\d{1,2})[/.-](\d{1,2})[/.-](\d{4})")
_MONTHS = 12
_EXAMPLE = "write year, month and day, for example 2019-09-01"
_SQLITE_HOME = re.compile(r"(sqlite(?:\+\w+)?:///)(~[^?]*)(.*)", re.DOTALL)


def read_date(value: object) -> object:
    """A date as typed; `25/09/2019` is one, `01/09/2019` is two: 1 September here, 9 January in American programs."""
    if isinstance(value, date):
        return value
    if not isinstance(value, str):
        raise ValueError(_EXAMPLE)  # noqa: TRY004 - what pydantic makes a message of
    text = value.strip()
    if iso := _ISO_DATE.fullmatch(text):
        return _a_day(int(iso[1]), int(iso[2]), int(iso[3]))
    if (typed := _DAY_FIRST.fullmatch(text)) is None:
        raise ValueError(f"it is no date: {_EXAMPLE}")
    day, month, year = int(typed[1]), int(typed[2]), int(typed[3])
    if day != month and max(day, month) <= _MONTHS:
        here, there = date(year, month, day), date(year, day, month)
        raise ValueError(
            f"{text} may be {here.day} {here:%B} or {there.day} {there:%B}: write {here}, "
            f"if {here.day} {here:%B %Y} is meant, with the year first"
        )
    return _a_day(year, month, day)


def _a_day(year: int, month: int, day: int) -> date:
    try:
        return date(year, month, day)
    except ValueError:
        raise ValueError(f"there is no such day: {_EXAMPLE}") from None


def expand_home(path: Path) -> Path:
    """A path that begins with `~`, as a shell would have it."""
    try:
        return path.expanduser()
    except RuntimeError:
        raise ValueError("nobody knows the home that ~ stands for: write the whole path") from None


def read_database_url(value: str) -> str:
    """`postgres://` is `postgresql://`, and `sqlite:///~/x` a file at home."""
    text = value.strip()
    if text.startswith("postgres://"):
        return f"postgresql://{text.removeprefix('postgres://')}"
    if home := _SQLITE_HOME.fullmatch(text):
        return f"{home[1]}{expand_home(Path(home[2]))}{home[3]}"
    return text


def check_texts(value: object) -> object:
    """Refuse a text, alone or in a list or pairs, that could not be kept as it is; never repeats it.

    Files' names are no texts: a system may call them as it likes.
    """
    if isinstance(value, str):
        if DANGEROUS.search(value):
            raise ValueError("it has characters that cannot be read or shown: write it in UTF-8, without control codes")
        if len(value) > LONGEST:
            raise ValueError(f"a text in it has more than {LONGEST:,} characters")
    elif isinstance(value, tuple):
        for each in value:
            check_texts(each)
    elif isinstance(value, dict):
        check_texts((*value, *value.values()))
    return value


SettingDate = Annotated[date, BeforeValidator(read_date)]
SettingPath = Annotated[Path, AfterValidator(expand_home)]
DatabaseUrl = Annotated[str, AfterValidator(read_database_url)]
