"""Pages by typst: PDF/UA-1 and PDF/A-3a, tagged, fonts embedded, the same bytes for the same data."""

from __future__ import annotations

import functools
import json
import threading
import unicodedata
from collections.abc import Callable, Iterator, Mapping
from collections.abc import Set as AbstractSet
from dataclasses import asdict, dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Literal, cast

if TYPE_CHECKING:
    import typst

_TEMPLATES = Path(__file__).parent / "templates"
_STANDARDS: list[Literal["ua-1", "a-3a"]] = ["ua-1", "a-3a"]
_REPLACEMENT = "\N{WHITE SQUARE}"
_NO_GLYPH = ("could not be displayed", "contains the codepoint")
"""How typst says that no font has a character, or that PDF/A forbids it."""
_PROBED_AT = datetime(2019, 1, 1, tzinfo=UTC)
_LATIN = "\N{LATIN SMALL LETTER LONG S}"
"""The last character of Latin Extended-A; all of it up to here is in the fonts."""
_ONE_AT_A_TIME = threading.Lock()
"""A compiler keeps what it was given last, so two threads would exchange their data."""


@dataclass(frozen=True, slots=True)
class Attachment:
    """The same document in another form, to be carried inside the page's file."""

    name: str
    content: str
    mime_type: str
    description: str


@dataclass(frozen=True, slots=True)
class Rendered:
    """A page as a file."""

    content: bytes
    substituted: tuple[str, ...]
    """What no font could show and a white square stands for, sorted; empty nearly always."""


def render_page(
    template: str, content: Mapping[str, object], stamped_at: datetime, attachment: Attachment | None = None
) -> Rendered:
    """Render a template with data that no markup is built from.

    Args:
        template: file in `templates`.
        content: strings, booleans, None, and lists and dictionaries of them.
        stamped_at: the date that the file carries inside, so that it never depends on when it was made.
        attachment: what the file carries inside, untouched, if the template takes attachments.

    Returns:
        The same bytes for the same arguments.
    """
    import typst  # noqa: PLC0415 - 30 MB that only those who render need

    page = _Page(template, stamped_at, attachment)
    clean = _mapped(content, _clean)
    for select in (_nothing, _undisplayable):
        try:
            return _rendered(page, clean, select(clean))
        except typst.TypstError as error:
            if not _is_about_text(error):
                raise
    # among others a character may fail that can be shown alone
    return _rendered(page, clean, _not_latin(clean))


@dataclass(frozen=True, slots=True)
class _Page:
    """All of a page but what stands on it."""

    template: str
    stamped_at: datetime
    attachment: Attachment | None = None


def _rendered(page: _Page, clean: object, missing: AbstractSet[str]) -> Rendered:
    replaced = _mapped(clean, lambda text: _substitute(text, missing)) if missing else clean
    return Rendered(_compile(page, replaced), tuple(sorted(missing)))


def _nothing(_: object) -> AbstractSet[str]:
    return frozenset()


def _undisplayable(content: object) -> AbstractSet[str]:
    return {cluster for cluster in _not_latin(content) if not _is_displayable(cluster)}


def _not_latin(content: object) -> AbstractSet[str]:
    return {cluster for text in _texts(content) for cluster in _clusters(text) if max(cluster) > _LATIN}


def _compile(page: _Page, content: object) -> bytes:
    inputs = {"data": content}
    if page.attachment is not None:
        inputs["attachment"] = asdict(page.attachment)
    with _ONE_AT_A_TIME:
        pdf = _compiler().compile(
            input=str(_TEMPLATES / page.template),
            format="pdf",
            sys_inputs={name: json.dumps(value, ensure_ascii=False, sort_keys=True) for name, value in inputs.items()},
            pdf_standards=[*_STANDARDS],
            timestamp=page.stamped_at.replace(microsecond=0),  # a PDF has whole seconds
        )
    return cast("bytes", pdf)  # a list only for pictures, None only with a file to write to


@functools.cache
def _compiler() -> typst.Compiler:
    import typst  # noqa: PLC0415 - as above

    # fonts of this machine would make the same page differ elsewhere
    return typst.Compiler(root=str(_TEMPLATES), ignore_system_fonts=True)


def _is_about_text(error: typst.TypstError) -> bool:
    return any(words in error.message for words in _NO_GLYPH)


def _mapped(value: object, change: Callable[[str], str]) -> object:
    if isinstance(value, str):
        return change(value)
    if isinstance(value, Mapping):
        return {key: _mapped(each, change) for key, each in value.items()}
    if isinstance(value, list):
        return [_mapped(each, change) for each in value]
    return value


def _texts(value: object) -> Iterator[str]:
    if isinstance(value, str):
        yield value
    elif isinstance(value, Mapping):
        for each in value.values():
            yield from _texts(each)
    elif isinstance(value, list):
        for each in value:
            yield from _texts(each)


def _clean(text: str) -> str:
    """One line of visible characters: what turns the direction of text could hide an amount."""
    whole = text.encode("utf-16", "surrogatepass").decode("utf-16", "replace")
    composed = unicodedata.normalize("NFC", whole)
    visible = (each for each in composed if each.isspace() or unicodedata.category(each) not in ("Cc", "Cf"))
    return " ".join("".join(visible).split())


def _clusters(text: str) -> Iterator[str]:
    """Characters with the marks that belong to them."""
    cluster = ""
    for character in text:
        if cluster and not unicodedata.category(character).startswith("M"):
            yield cluster
            cluster = ""
        cluster += character
    if cluster:
        yield cluster


def _substitute(text: str, missing: AbstractSet[str]) -> str:
    return "".join(_REPLACEMENT if cluster in missing else cluster for cluster in _clusters(text))


@functools.cache
def _is_displayable(cluster: str) -> bool:
    import typst  # noqa: PLC0415 - as above

    if any(unicodedata.category(each) in ("Co", "Cn") for each in cluster):
        # private and unassigned characters mean nothing to a reader, and PDF/A forbids them
        return False
    try:
        _compile(_Page("probe.typ", _PROBED_AT), cluster)
    except typst.TypstError as error:
        if not _is_about_text(error):
            raise
        return False
    return True
