"""Every key of a policy document with what it means and an example, as the models' fields say it."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Annotated, Any, NamedTuple, get_args

from pydantic import BaseModel, Field

_WORDS = "in every table: the words that schools were shown; printed on every invoice"
Clause = Annotated[str, Field(min_length=1, description=_WORDS, examples=['clause = "..."'])]
_WHERE = "in every table: where these words stand"
ClauseSource = Annotated[str, Field(min_length=1, description=_WHERE, examples=['source = "booking page, 2019"'])]
_SHARED = ("clause", "source")
_ONLINE, _IN_PERSON = "version.notice_online", "version.notice"
"""Tables that take the same keys."""


class Key(NamedTuple):
    """What a key says, and how it may look."""

    meaning: str
    example: str
    """A line of TOML."""


Keys = Mapping[str, Key]
"""By dotted name, in the order in which people write them; what every table has comes last, by its own name."""


def describe_keys(model: type[BaseModel]) -> Keys:
    """All keys that a model and the models in it describe.

    Of several kinds of one table the first that describes a key speaks for all of them.
    """
    keys: dict[str, Key] = {}
    shared: dict[str, Key] = {}
    for path, field in walk_keys(model):
        name = path.rpartition(".")[2]
        if field.description is None or path.startswith(f"{_ONLINE}."):
            continue
        key = Key(field.description, field.examples[0])
        if name in _SHARED:
            shared.setdefault(name, key)
        else:
            keys.setdefault(path, key)
    return keys | shared


def key_of(keys: Keys, path: str) -> Key | None:
    """What is known of a key: of its own, or of a table that takes the same keys."""
    own = keys.get(path) or keys.get(path.replace(_ONLINE, _IN_PERSON))
    return own or keys.get(path.rpartition(".")[2])


def keys_beside(keys: Keys, path: str) -> list[str]:
    """The keys that may stand where this one does."""
    table = path.rpartition(".")[0].replace(_ONLINE, _IN_PERSON)
    beside = [key for key in keys if key.rpartition(".")[0] == table and key not in _SHARED]
    shared = _SHARED if table.count(".") == 1 else ()
    return [key.rpartition(".")[2] for key in beside] + [*shared]


def walk_keys(model: type[BaseModel], prefix: str = "") -> Iterator[tuple[str, Any]]:
    """All keys that a model takes, dotted, with pydantic's field of each; a table's value and unit first."""
    fields = sorted(model.model_fields.items(), key=lambda item: item[0] not in ("value", "unit"))
    for name, field in fields:
        path = f"{prefix}{field.alias or name}"
        yield path, field
        for inner in models_in(field.annotation):
            yield from walk_keys(inner, f"{path}.")


def models_in(annotation: Any) -> Iterator[type[BaseModel]]:  # noqa: ANN401 - any annotation
    """The models that an annotation allows: in unions, lists and optional fields too."""
    if isinstance(annotation, type) and not get_args(annotation) and issubclass(annotation, BaseModel):
        yield annotation
    for inner in get_args(annotation):
        yield from models_in(inner)
