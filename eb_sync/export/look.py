"""The hub's own look on its papers: a logo and a colour."""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import UTC, datetime

from eb_sync.export.pages import render_page

_LARGEST = 500_000
"""Bytes; every paper carries the logo."""
_CONTRAST = 4.5
"""Of text on white, as WCAG 2.2 asks (1.4.3)."""
_LINEAR_UP_TO = 0.04045
"""Of a colour channel, from where on sRGB is curved."""
_STAMPED_AT = datetime(2019, 1, 1, tzinfo=UTC)


@dataclass(frozen=True, slots=True)
class Look:
    """What makes a paper the hub's own; nothing by default."""

    logo: bytes | None = None
    """PNG, JPEG or SVG."""
    colour: str | None = None
    """`#rrggbb`, for headings and rules."""

    def content(self, name: str) -> dict[str, object]:
        """For a template; `name` is whose logo it is."""
        logo = None if self.logo is None else list(self.logo)
        return {"logo": logo, "alt": f"Logo of {name}", "colour": self.colour}


PLAIN = Look()
"""Neither logo nor colour."""


def check_look(look: Look) -> str | None:
    """What is wrong with a look, as the end of a sentence; None if it can be printed."""
    if look.colour is not None:
        if not re.fullmatch(r"#[0-9a-fA-F]{6}", look.colour):
            return f"the colour {look.colour} is not of the form #1d4f91"
        if _contrast_with_white(look.colour) < _CONTRAST:
            return f"the colour {look.colour} is too pale to be read on white"
    if look.logo is None:
        return None
    if len(look.logo) > _LARGEST:
        return f"the logo has {len(look.logo):,} bytes, and may have {_LARGEST:,}"
    return None if _is_picture(look) else "the logo is no PNG, JPEG or SVG that can be printed"


def _is_picture(look: Look) -> bool:
    import typst  # noqa: PLC0415 - 30 MB that only those who render need

    try:
        render_page("logo.typ", {"look": look.content("")}, _STAMPED_AT)
    except typst.TypstError:
        return False
    return True


def _contrast_with_white(colour: str) -> float:
    """The contrast ratio of WCAG 2.2."""
    channels = [int(colour[place : place + 2], 16) / 255 for place in (1, 3, 5)]
    linear = [value / 12.92 if value <= _LINEAR_UP_TO else ((value + 0.055) / 1.055) ** 2.4 for value in channels]
    luminance = sum(weight * value for weight, value in zip((0.2126, 0.7152, 0.0722), linear, strict=True))
    return 1.05 / (luminance + 0.05)
