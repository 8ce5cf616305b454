"""Pages read back: what they say, and what their file promises to a screen reader."""

from __future__ import annotations

import io
from collections.abc import Iterator

from pypdf import PdfReader
from pypdf.generic import DictionaryObject


def pages_of(content: bytes) -> list[str]:
    """The text of each page, spaces and line breaks made one space."""
    return [" ".join(page.extract_text().split()) for page in PdfReader(io.BytesIO(content)).pages]


def text_of(content: bytes) -> str:
    """The text of all pages."""
    return " ".join(pages_of(content))


def _objects(content: bytes, kind: str, name: str) -> Iterator[DictionaryObject]:
    reader = PdfReader(io.BytesIO(content))
    for number in sorted({number for generation in reader.xref.values() for number in generation}):
        item = reader.get_object(number)
        if isinstance(item, DictionaryObject) and item.get(kind) == name:
            yield item


def alternatives_of(content: bytes) -> list[str]:
    """The alternative text of each figure."""
    return [str(item["/Alt"]) for item in _objects(content, "/S", "/Figure") if "/Alt" in item]


def check_accessible(content: bytes, title: str) -> None:
    """Tagged, in English, titled, of both standards, and every font embedded."""
    reader = PdfReader(io.BytesIO(content))
    assert str(reader.root_object["/Lang"]) == "en-GB"
    assert "/StructTreeRoot" in reader.root_object
    assert reader.metadata is not None
    assert reader.metadata.title == title
    assert reader.xmp_metadata is not None
    xmp = reader.xmp_metadata.stream.get_data()
    assert b"pdfuaid:part" in xmp
    assert b"pdfaid:part" in xmp
    fonts = list(_objects(content, "/Type", "/FontDescriptor"))
    assert fonts
    assert all("/FontFile2" in font or "/FontFile3" in font for font in fonts)
