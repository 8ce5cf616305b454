"""Files from outside that are made to stop a program: refused at once, in words, and nothing is recorded."""

from __future__ import annotations

import io
import os
import re
import zipfile
from collections.abc import Callable
from pathlib import Path

import pytest

from policies.parameters import read_shipped
from tests.hub import Hub

SHEET = "xl/worksheets/sheet1.xml"


@pytest.fixture
def workbook(hub: Hub) -> Path:
    """A register as a workbook."""
    event = hub.event("Fractions", "2019-11-05 10:00", "2019-11-05 15:00", slug="fractions")
    hub.book(event, "Teacher Ann")
    hub.sync()
    hub.at("2019-11-05 16:00")
    hub.do("register", "fractions", "--format", "xlsx", "-o", "register.xlsx")
    return hub.folder / "register.xlsx"


def change(path: Path, alter: Callable[[bytes], bytes]) -> Path:
    """The same workbook with another first sheet."""
    output = io.BytesIO()
    with zipfile.ZipFile(path) as old, zipfile.ZipFile(output, "w", zipfile.ZIP_DEFLATED) as new:
        for part in old.infolist():
            content = old.read(part)
            new.writestr(part.filename, alter(content) if part.filename == SHEET else content)
    changed = path.with_name("changed.xlsx")
    changed.write_bytes(output.getvalue())
    return changed


def merged(reference: bytes) -> Callable[[bytes], bytes]:
    cells = b'<mergeCells count="1"><mergeCell ref="' + reference + b'"/></mergeCells>'
    return lambda sheet: re.sub(
        rb"</sheetData>", b"</sheetData>" + cells, re.sub(rb"<mergeCells.*</mergeCells>", b"", sheet)
    )


@pytest.mark.parametrize(
    "alter",
    [
        merged(b"A1:XFD1048576"),
        merged(b"XFD1048576:A1"),
        lambda sheet: sheet.replace(b"</sheetData>", b"</sheetData>" + b" " * 70_000_000),
        lambda sheet: re.sub(
            rb"</sheetData>", b'<row r="1048576"><c r="XFD1048576"><v>1</v></c></row></sheetData>', sheet
        ),
    ],
    ids=["merged", "merged-backwards", "bomb", "last-cell"],
)
def test_a_workbook_that_would_fill_the_memory_is_refused(
    hub: Hub, workbook: Path, alter: Callable[[bytes], bytes]
) -> None:
    message = hub.refused("attendance", "import", "fractions", str(change(workbook, alter)))
    assert "too large to be read" in message


def test_an_ordinary_workbook_still_comes_back(hub: Hub, workbook: Path) -> None:
    hub.do("attendance", "import", "fractions", str(change(workbook, lambda sheet: sheet)))


def test_a_pipe_where_a_file_should_be_is_refused(hub: Hub, workbook: Path) -> None:
    for name in ("pipe.csv", "pipe.toml", "pipe"):
        os.mkfifo(hub.folder / name)
    assert "no file" in hub.refused("attendance", "import", "fractions", "pipe.csv")
    assert "no file" in hub.refused("schools", "confirm", "--file", "pipe.csv")
    assert "no file" in hub.refused("schools", "load", "pipe.csv")
    hub.patch.setenv("EBSYNC_POLICY", "pipe.toml")
    assert "no file" in hub.refused("charges", code=78)
    hub.patch.delenv("EBSYNC_POLICY")
    (hub.folder / "words").mkdir()
    os.mkfifo(hub.folder / "words" / "reminder.txt")
    hub.patch.setenv("EBSYNC_TEMPLATES", "words")
    assert "no file" in hub.refused("messages", "--dry-run", "mails", code=78)


def test_a_list_that_no_list_can_be_is_refused(hub: Hub, workbook: Path) -> None:
    (hub.folder / "long.csv").write_bytes(b"x," * 15_000_000)
    assert "more than 20 MB" in hub.refused("attendance", "import", "fractions", "long.csv")


@pytest.mark.parametrize(
    "more", ["[[version]]\n" * 100_000, "x = " + "[" * 100_000, "#\n" * 50_000, "# " + "x" * 300_000, "x" * 2_000_000]
)
def test_a_policy_of_endless_parts_is_refused(hub: Hub, more: str) -> None:
    (hub.folder / "mine.toml").write_text(f"{read_shipped('maths-hub')}\n{more}", encoding="utf-8")
    hub.patch.setenv("EBSYNC_POLICY", "mine.toml")
    assert "mine.toml" in hub.refused("charges", code=78)
