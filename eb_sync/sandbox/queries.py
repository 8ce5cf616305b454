"""Query parameters, parsed as Eventbrite takes them: unknown ones are ignored, wrong values refused."""

from __future__ import annotations

from collections.abc import Collection
from datetime import UTC, datetime
from typing import TypeAlias

from werkzeug.datastructures import MultiDict

from eb_sync.sandbox.refusals import bad_argument

Query: TypeAlias = MultiDict[str, str]


def parse_words(query: Query, name: str, allowed: Collection[str] | None = None) -> tuple[str, ...]:
    """A list given with commas or by repeating the parameter; empty if it is absent."""
    words = tuple(word.strip() for text in query.getlist(name) for word in text.split(",") if word.strip())
    if allowed is not None and not set(words) <= set(allowed):
        raise bad_argument(name)
    return words


def parse_choice(query: Query, name: str, allowed: Collection[str], default: str) -> str:
    """One word of several; `default` if it is absent."""
    word = query.get(name, default)
    if word not in allowed:
        raise bad_argument(name)
    return word


def parse_changed_since(query: Query) -> datetime | None:
    """`changed_since`, UTC with a `Z`; None if it is absent."""
    text = query.get("changed_since")
    if text is None:
        return None
    try:
        return datetime.strptime(text, "%Y-%m-%dT%H:%M:%SZ").replace(tzinfo=UTC)
    except ValueError as error:
        raise bad_argument("changed_since") from error


def parse_flag(query: Query, name: str) -> bool:
    """A boolean that is false if absent."""
    return parse_choice(query, name, ("true", "false", "True", "False", "1", "0"), "false") in {"true", "True", "1"}


def parse_expand(query: Query) -> frozenset[str]:
    """The expansions, dotted where nested: `event.venue`."""
    return frozenset(parse_words(query, "expand"))


def nested(expand: frozenset[str], name: str) -> frozenset[str]:
    """The expansions below one: `venue` of `event.venue`."""
    return frozenset(word.removeprefix(f"{name}.") for word in expand if word.startswith(f"{name}."))


def top_level(expand: frozenset[str]) -> frozenset[str]:
    """The first names: `event` of `event.venue`."""
    return frozenset(word.partition(".")[0] for word in expand)


def is_asked(query: Query, condition: str) -> bool:
    """Whether a query meets a condition: terms `name=text`, `name=` for absent, `name` for present, joined by `&`."""
    return all(_holds(query, *term.partition("=")) for term in condition.split("&") if term)


def _holds(query: Query, name: str, equals: str, text: str) -> bool:
    given = query.getlist(name)
    if not equals:
        return bool(given)
    return text in given if text else not any(given)
