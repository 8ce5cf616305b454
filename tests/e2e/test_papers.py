"""Papers for those outside: why a place is charged, certificates of attendance, a term's report."""

from __future__ import annotations

import re
from dataclasses import dataclass

import pytest

from tests.hub import ELM, Hub
from tests.pdf_text import pages_of, text_of

NAMES = ("Archer", "Baker", "Cole", "Dean", "Early")


@dataclass
class Papers:
    """A workshop day that is over: Ann absent, Bob cancelled late, Cat present, Dan absent, Eve in time."""

    hub: Hub
    event: str
    ann: str
    bob: str
    cat: str
    dan: str
    eve: str

    def read(self, name: str) -> bytes:
        return (self.hub.folder / name).read_bytes()


@pytest.fixture
def papers(hub: Hub) -> Papers:
    event = hub.event("Fractions", "2019-11-05 10:00", "2019-11-05 15:00", slug="fractions")
    ann, bob, cat = (hub.book(event, name) for name in ("Ann Archer", "Bob Baker", "Cat Cole"))
    dan, eve = hub.book(event, "Dan Dean", ELM), hub.book(event, "Eve Early", ELM)
    hub.sync()
    hub.at("2019-10-20 09:00")
    hub.world.cancel(hub.bookings[eve])
    hub.sync()
    hub.at("2019-11-04 11:00")
    hub.sync()
    hub.at("2019-11-04 11:20")
    hub.world.cancel(hub.bookings[bob])
    hub.at("2019-11-04 11:30")
    hub.sync()
    hub.add_schools()
    hub.at("2019-11-05 15:30")
    hub.sync()
    hub.do("attendance", "mark", "fractions", cat, "present")
    hub.do("attendance", "close", "fractions", "--rest-absent")
    return Papers(hub, event, ann, bob, cat, dan, eve)


def no_name_in(text: str) -> bool:
    return not re.search("|".join(NAMES), text, re.IGNORECASE)


def test_a_page_explains_a_charge_without_a_name(papers: Papers) -> None:
    hub = papers.hub
    hub.do("invoices", "--yes")
    done = hub.do("explain", "fractions", "baker", "--format", "pdf")
    assert done.out == f"explain-{papers.bob}.pdf\n"
    text = text_of(papers.read(f"explain-{papers.bob}.pdf"))
    assert "£50.00 is charged for this place, because the hub was told after the deadline." in text
    assert f"Booking {papers.bob} · B.B." in text
    assert "Invoice INV-" in text
    assert "Deadline for notice Mon 4 Nov 2019, 10:00" in text
    assert "It was given at least 55 minutes after that." in text
    assert "Write to finance@hub.example.org" in text
    assert "Sample Trust" in text
    assert no_name_in(text)
    assert len(pages_of(papers.read(f"explain-{papers.bob}.pdf"))) == 1


def test_a_page_explains_why_nothing_is_charged_even_without_a_supplier(papers: Papers) -> None:
    hub = papers.hub
    for name in ("NAME", "EMAIL"):
        hub.patch.delenv(f"EBSYNC_SUPPLIER__{name}")
    assert hub.do("explain", "fractions", papers.eve, "--format", "pdf", "-o", "out/eve.pdf").out == "out/eve.pdf\n"
    text = text_of(papers.read("out/eve.pdf"))
    assert "Nothing is charged: notice was given in time." in text
    assert "Write to the hub that runs the workshop" in text
    walker = ("attendance", "walk-in", "fractions", "--name", "Wil Walker", "--school", "Elm Nursery")
    hub.do("attendance", "reopen", "fractions")
    hub.do(*walker)
    hub.do("explain", "fractions", "W1", "--format", "pdf", "-o", "walk-in.pdf")
    assert "Booking W1 · W.W." in text_of(papers.read("walk-in.pdf"))
    pending = hub.do("explain", "fractions", papers.ann, "--format", "pdf", "-o", "pending.pdf")
    assert pending.out == "pending.pdf\n"
    assert "Nothing is charged so far: it cannot be decided yet." in text_of(papers.read("pending.pdf"))


def test_the_text_can_go_into_a_file_and_a_file_is_never_overwritten(papers: Papers) -> None:
    hub = papers.hub
    text = hub.do("explain", "fractions", papers.ann).out
    assert hub.do("explain", "fractions", papers.ann, "-o", "ann.txt").out == "ann.txt\n"
    assert papers.read("ann.txt").decode() == text
    assert "exists already" in hub.refused("explain", "fractions", papers.ann, "-o", "ann.txt", code=73)
    (hub.folder / "file").write_text("not a folder")
    hub.refused("explain", "fractions", papers.ann, "--format", "pdf", "-o", "file/ann.pdf", code=73)
    hub.refused("explain", "fractions", "B1", "--format", "pdf")
    assert not list(hub.folder.glob("explain-*"))
