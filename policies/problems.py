"""What is wrong with a document, for whoever wrote it: line, key, what was found, what is allowed, an example."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping, Sequence
from typing import TYPE_CHECKING, Any

from policies.keys import Keys, key_of, keys_beside

if TYPE_CHECKING:
    from pydantic_core import ErrorDetails

Key = tuple[str | int, ...]
"""Where something stands: `("version", 0, "notice", "value")`."""

_TABLE = re.compile(r"^\s*\[(?P<array>\[)?\s*(?P<name>[\w.-]+)\s*\]\]?")
_ENTRY = re.compile(r"^\s*(?P<name>[\w-]+)\s*=")


_PREFIX = re.compile(r"^(Value error, )?(Input )?(should be |must be )?")
_SAID = {
    "missing": "it is needed",
    "union_tag_not_found": "it needs a unit",
    "too_short": "at least one is needed",
    "model_type": "allowed: a table",
    "string_pattern_mismatch": "allowed: small letters, digits and hyphens",
}
"""What to say of what pydantic finds, where its own words say less."""
_SHOWN = 60
"""How much is shown of what was found."""


def describe_problem(text: str, document: Any, error: ErrorDetails, keys: Keys) -> str:  # noqa: ANN401 - whatever TOML holds
    """One thing that pydantic found, as a sentence."""
    key = locate(document, error["loc"])
    if error["type"] == "value_error" and _step_into_all(document, key) is None:
        key = key[:-1]  # said of a whole table: the last part is the kind that pydantic tried
    if error["type"] == "union_tag_invalid":
        key = (*key, "unit")
    return describe(text, key, _found(error), _allowed(key, error, keys), keys)


def without_echoes(errors: Sequence[ErrorDetails]) -> list[ErrorDetails]:
    """What pydantic found, without what only says that a list lacks those of its elements that are wrong themselves."""
    return [
        error
        for error in errors
        if error["type"] != "too_short"
        or not any(other is not error and other["loc"][: len(error["loc"])] == error["loc"] for other in errors)
    ]


def describe(text: str, key: Key, found: str, allowed: str, keys: Keys) -> str:
    """Something wrong with a key, as a sentence."""
    known = key_of(keys, _path(key))
    example = "" if known is None else f"; for example: {known.example}"
    return f"line {find_line(text, key)}, {name_key(key)}: {found}; {allowed}{example}"


def _path(key: Key) -> str:
    return ".".join(part for part in key if isinstance(part, str))


def _found(error: ErrorDetails) -> str:
    match error["type"]:
        case "missing":
            return "not there"
        case "extra_forbidden":
            return "no such key"
        case "union_tag_invalid":
            return f"found {error['ctx']['tag']!r}"
        case _:
            shown = repr(error["input"])
            return f"found {shown if len(shown) <= _SHOWN else shown[:_SHOWN] + '...'}"


def _allowed(key: Key, error: ErrorDetails, keys: Keys) -> str:
    if error["type"] in _SAID:
        return _SAID[error["type"]]
    if error["type"] == "extra_forbidden":
        return f"allowed: {', '.join(keys_beside(keys, _path(key)))}"
    context = error.get("ctx", {})
    expected = context.get("expected_tags") or context.get("expected")
    return f"allowed: {expected or _PREFIX.sub('', error['msg'])}"


def find_line(text: str, key: Key) -> int:
    """The line of a TOML document on which a key stands, or what encloses it; 1 if nothing does."""
    lines = _lines(text)
    for length in range(len(key), 0, -1):
        if key[:length] in lines:
            return lines[key[:length]]
    return 1


def _lines(text: str) -> Mapping[Key, int]:
    lines: dict[Key, int] = {}
    arrays: dict[Key, int] = {}
    table: Key = ()
    for number, line in enumerate(text.splitlines(), 1):
        if header := _TABLE.match(line):
            names = header["name"].split(".")
            table = _open_table(arrays, names, is_array=header["array"] is not None)
            lines.setdefault(table, number)
        elif entry := _ENTRY.match(line):
            lines.setdefault((*table, entry["name"]), number)
    return lines


def _open_table(arrays: dict[Key, int], names: Sequence[str], *, is_array: bool) -> Key:
    """The key of a table whose header was read: an element of each array on the way is the last one so far."""
    key: Key = ()
    for position, name in enumerate(names, 1):
        key = (*key, name)
        if is_array and position == len(names):
            arrays[key] = arrays.get(key, -1) + 1
        if key in arrays:
            key = (*key, arrays[key])
    return key


def locate(document: Any, location: Sequence[str | int]) -> Key:  # noqa: ANN401 - whatever TOML holds
    """A key of the document from where pydantic found something, which names the kinds it tried as well."""
    key: list[str | int] = []
    at = document
    for part in location[:-1]:
        inner = _step_into(at, part)
        if inner is not None:
            key.append(part)
            at = inner
    return (*key, *location[-1:])


def _step_into_all(document: Any, key: Key) -> Any:  # noqa: ANN401 - whatever TOML holds
    for part in key:
        document = _step_into(document, part)
    return document


def _step_into(at: Any, part: str | int) -> Any:  # noqa: ANN401 - whatever TOML holds
    if isinstance(at, Mapping):
        return at.get(part)
    return at[part] if isinstance(at, list) and isinstance(part, int) else None


def name_key(key: Iterable[str | int]) -> str:
    """A key as people write it: `version.notice.value`; elements of lists are counted from 1."""
    name = ""
    for part in key:
        if isinstance(part, int):
            name += f"[{part + 1}]"
        else:
            name += f".{part}" if name else part
    return name
