"""Pages by typst: PDF/UA-1 and PDF/A-3a, tagged, fonts embedded, the same bytes for the same data."""

from __future__ import annotations

import functools
import json
import unicodedata
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any, Literal

if TYPE_CHECKING:
    import typst

_TEMPLATES = Path(__file__).parent / "templates"
_STANDARDS: list[Literal["ua-1", "a-3a"]] = ["ua-1", "a-3a"]
_REPLACEMENT = "\N{WHITE SQUARE}"
_PROBE = b'#set document(title: "x")\n#set text(font: "Libertinus Serif", lang: "en")\n#sys.inputs.data'


@dataclass(frozen=True, slots=True)
class Rendered:
    """A file's bytes, and the characters that the fonts lack and that were replaced by a white square."""

    content: bytes
    substituted: tuple[str, ...]


def render_page(template: str, content: Mapping[str, Any], stamped_at: datetime) -> Rendered:
    """Render a template with data; `stamped_at` is the date the file carries inside, so that it never differs."""
    text = json.dumps(content, ensure_ascii=False, sort_keys=True)
    text = "".join(character if _is_printable(character) else " " for character in text)
    missing = tuple(sorted({c for c in text if ord(c) > 0x17F and not _is_displayable(c)}))  # noqa: PLR2004 - all of Latin Extended-A is there
    for character in missing:
        text = text.replace(character, _REPLACEMENT)
    pdf = _compiler().compile(
        input=str(_TEMPLATES / template),
        format="pdf",
        sys_inputs={"data": text},
        pdf_standards=[*_STANDARDS],
        timestamp=stamped_at,
    )
    return Rendered(_bytes(pdf), missing)


def _is_printable(character: str) -> bool:
    # control characters would end up in the text of the page; marks that turn its direction could hide an amount
    return unicodedata.category(character) not in {"Cc", "Cf", "Cs", "Co", "Cn"}


@functools.cache
def _is_displayable(character: str) -> bool:
    import typst  # noqa: PLC0415 - see _compiler

    try:
        _compiler().compile(input=_PROBE, format="pdf", sys_inputs={"data": character}, pdf_standards=["ua-1"])
    except typst.TypstError:
        return False
    return True


@functools.cache
def _compiler() -> typst.Compiler:
    import typst  # noqa: PLC0415 - 30 MB that only those who render need

    return typst.Compiler(root=str(_TEMPLATES), ignore_system_fonts=True)


def _bytes(pdf: Any) -> bytes:  # noqa: ANN401 - bytes, or a list of one for some formats
    return pdf if isinstance(pdf, bytes) else bytes(pdf[0])
