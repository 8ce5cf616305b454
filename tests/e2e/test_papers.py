"""Papers for those outside: why a place is charged, certificates of attendance, a term's report."""

from __future__ import annotations

import io
import re
from dataclasses import dataclass

import openpyxl
import pytest

from eb_sync.sandbox.requested import NewEvent, NewSeries, Ticket
from policies.parameters import read_shipped
from tests.hub import ASH, ELM, Hub, Result
from tests.pdf_text import alternatives_of, pages_of, text_of

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
    assert "£50.00 is charged for this place, because it was given back after the deadline." in text
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


def explained(hub: Hub, reference: str, name: str) -> str:
    hub.do("explain", "fractions", reference, "-o", name)
    return text_of((hub.folder / name).read_bytes())


def test_a_page_about_an_invoiced_place_says_what_the_invoice_says_and_what_came_since(papers: Papers) -> None:
    hub, ann = papers.hub, papers.ann
    hub.do("invoices", "--yes")
    charged = "£50.00 is charged for this place"
    assert charged in explained(hub, ann, "issued.pdf")
    days = ("--from", "2019-11-04", "--to", "2019-11-06")
    claim = hub.do("exempt", "add", "--kind", "ofsted", "--school", "Ash Lane Primary", *days).facts[0]
    text = explained(hub, ann, "claimed.pdf")
    assert charged in text
    assert "Until then the invoice stands." in text
    assert "Nothing is charged" not in text
    hub.do("exempt", "approve", claim, "--by", "Jo")
    text = explained(hub, ann, "approved.pdf")
    assert charged in text
    assert "The school was being inspected by Ofsted. A credit note will follow." in text
    hub.do("invoices", "--yes")
    text = explained(hub, ann, "credited.pdf")
    assert "Nothing is charged: an exemption was approved." in text
    assert "INV-" not in text


def test_a_page_about_an_invoice_does_not_follow_a_changed_policy_or_school(papers: Papers) -> None:
    hub, ann = papers.hub, papers.ann
    hub.do("invoices", "--yes")
    dearer = hub.folder / "dearer.toml"
    dearer.write_text(
        read_shipped("maths-hub").replace("value = 5000", "value = 7500").replace("£50", "£75"), encoding="utf-8"
    )
    hub.patch.setenv("EBSYNC_POLICY", str(dearer))
    assert "£50.00 is charged" in explained(hub, ann, "policy.pdf")
    milder = hub.folder / "milder.toml"
    milder.write_text(read_shipped("maths-hub").replace("value = 24", "value = 20"), encoding="utf-8")
    hub.patch.setenv("EBSYNC_POLICY", str(milder))
    text = explained(hub, papers.bob, "milder.pdf")
    assert "£50.00 is charged" in text
    assert "credit note" not in text
    hub.do("schools", "add", "--urn", "800002", "--name", "Oak Primary", "--address", "3 Oak", "--postcode", "ZZ3 3ZZ")
    hub.do("schools", "confirm", "800002", "--booking", ann)
    text = explained(hub, ann, "school.pdf")
    assert "Ash Lane Primary" in text
    assert "The booking was made by another school. A credit note will follow." in text


@pytest.mark.parametrize(("answer", "said"), [("late", "that it was late"), ("in-time", "that it was in time")])
def test_a_persons_answer_is_not_contradicted(papers: Papers, answer: str, said: str) -> None:
    hub = papers.hub
    event = hub.event("Ratio", "2019-11-12 10:00", "2019-11-12 15:00", slug="ratio")
    fay = hub.book(event, "Fay Fern")
    hub.at("2019-11-10 11:00")
    hub.sync()
    hub.at("2019-11-12 08:00")
    hub.world.cancel(hub.bookings[fay])
    hub.at("2019-11-12 16:00")
    hub.sync()
    hub.do("attendance", "close", "ratio", "--nobody-came")
    assert "so nobody can say" in hub.do("explain", "ratio", fay).out
    hub.do("review", "decide", "ratio", fay, answer)
    text = hub.do("explain", "ratio", fay).out
    assert f"and a person at the hub decided {said}." in text
    assert "nobody can say" not in text


def test_a_clock_with_fractions_of_a_second_spoils_no_page(papers: Papers) -> None:
    hub = papers.hub
    hub.patch.setenv("EBSYNC_NOW", "2019-12-01T12:00:00.654321+00:00")
    hub.do("report", "autumn-2019")
    hub.do("explain", "fractions", papers.ann, "-o", "ann.pdf")
    hub.do("certificates", "fractions", "-o", "c")
    hub.do("register", "fractions", "-o", "r.xlsx")
    assert (hub.folder / "r.xlsx").read_bytes()[:2] == b"PK"
    assert "ends like a csv file" in hub.refused("register", "fractions", "--format", "pdf", "-o", "r.csv")


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


@dataclass
class Group:
    """A series of two days. Ann came to both, Bob under two addresses, Cat late; two seats have no name."""

    hub: Hub
    workshops: tuple[str, str]
    ann: str
    bob: str
    cat: str

    def certificates(self, *more: str, folder: str = "c") -> Result:
        return self.hub.do("certificates", self.workshops[0], "-o", folder, *more)

    def text(self, reference: str, folder: str = "c") -> str:
        return text_of((self.hub.folder / folder / f"certificate-{reference}.pdf").read_bytes())


def seat(hub: Hub, event: str, name: str, email: str) -> str:
    return f"B{hub.world.book(event, (Ticket(name, f'{email}@ash.example.org', ASH),))[0]}"


@pytest.fixture
def group(hub: Hub) -> Group:
    dates = (("2019-11-05 10:00", "2019-11-05 15:00"), ("2019-12-03 13:00", "2019-12-03 16:30"))
    _, (first, second) = hub.world.add_series(NewSeries(NewEvent("Ratio for all", *dates[0]), dates))
    ann, bob = seat(hub, first, "Ann Archer", "ann"), seat(hub, first, "Bob Baker", "bob")
    cat, dan = seat(hub, first, "Cat Cole", "cat"), seat(hub, first, "Dan Dean", "dan")
    hub.world.book(first, [Ticket("Eve Early", "eve@ash.example.org", ASH) for _ in range(2)])
    seat(hub, second, "Ann Archer", "ann")
    seat(hub, second, "Bob Baker", "bobby")
    hub.add_schools()
    hub.sync()
    hub.at("2019-11-05 15:30")
    hub.sync()
    hub.do("attendance", "mark", first, cat, "late")
    hub.do("attendance", "mark", first, dan, "turned-away")
    hub.do("attendance", "close", first, "--rest-present")
    hub.at("2019-12-03 17:00")
    hub.sync()
    hub.do("attendance", "close", second, "--rest-present")
    return Group(hub, (first, second), ann, bob, cat)


def test_everybody_who_attended_gets_one_certificate(group: Group) -> None:
    done = group.certificates("--lead", "Sam Sample")
    assert sorted(done.out.split()) == sorted(f"c/certificate-{each}.pdf" for each in (group.ann, group.bob, group.cat))
    assert "3 certificates." in done.err
    assert "No certificate for 2 who attended" in done.err
    assert no_name_in(done.out + done.err)
    for reference in (group.ann, group.bob):
        text = group.text(reference)
        assert "5 November 2019 5 hours 3 December 2019 3 hours 30 minutes 2 workshops, 8 hours 30 minutes" in text
        assert "Sample Trust Certificate of attendance" in text
        assert "Sam Sample Work Group Lead" in text
    assert "that Bob Baker attended Ratio for all" in group.text(group.bob)
    assert "5 November 2019 in part 1 workshop, in part" in group.text(group.cat)


def test_the_lead_sets_the_hours_and_files_that_differ_are_refused(group: Group) -> None:
    group.certificates("--hours", "4.5")
    assert "4 hours 30 minutes 2 workshops, 9 hours" in group.text(group.ann)
    before = {path: path.stat().st_mtime_ns for path in (group.hub.folder / "c").iterdir()}
    group.certificates("--hours", "4.5")
    assert {path: path.stat().st_mtime_ns for path in (group.hub.folder / "c").iterdir()} == before
    (group.hub.folder / f"c/certificate-{group.ann}.pdf").unlink()
    message = group.hub.refused("certificates", group.workshops[0], "-o", "c", code=73)
    assert f"c/certificate-{group.bob}.pdf" in message
    assert not (group.hub.folder / f"c/certificate-{group.ann}.pdf").exists()
    group.hub.refused("certificates", group.workshops[0], "--hours", "0")


def test_an_erased_teacher_gets_none_and_an_open_register_is_named(group: Group) -> None:
    hub = group.hub
    hub.do("person", "erase", "ann@ash.example.org", "--yes")
    hub.do("attendance", "reopen", group.workshops[1])
    done = hub.do("certificates", group.workshops[1], "-o", "c")
    assert len(done.out.split()) == 2
    assert "No certificate for 3 who attended" in done.err
    assert f"Not closed yet, so it may change who attended: {group.workshops[1]}." in done.err


def test_a_walk_in_gets_a_certificate_and_letters_that_the_fonts_lack_are_not_shown_elsewhere(papers: Papers) -> None:
    hub = papers.hub
    hub.patch.delenv("EBSYNC_SUPPLIER__NAME")
    hub.do("attendance", "reopen", "fractions")
    hub.do("attendance", "walk-in", "fractions", "--name", "李 Walker", "--school", "Elm Nursery")
    done = hub.do("certificates", "fractions", "-o", "c")
    assert sorted(done.out.split()) == [f"c/certificate-{papers.cat}.pdf", "c/certificate-W1.pdf"]
    assert "c/certificate-W1.pdf: the page's fonts lack some characters" in done.err
    assert "李" not in done.err
    text = text_of(papers.read("c/certificate-W1.pdf"))
    assert "that \N{WHITE SQUARE} Walker attended Fractions" in text
    assert text.startswith("Certificate of attendance")


def test_certificates_need_a_work_group_that_somebody_attended_and_a_folder(papers: Papers) -> None:
    hub = papers.hub
    assert "There is no work group fractons. Did you mean: fractions" in hub.refused("certificates", "fractons")
    hub.event("Ratio", "2020-01-21 10:00", "2020-01-21 15:00", slug="ratio")
    hub.sync()
    assert "Nobody is known to have attended" in hub.refused("certificates", "ratio", "-o", "c")
    (hub.folder / "file").write_text("not a folder")
    hub.refused("certificates", "fractions", "-o", "file", code=73)
    assert not (hub.folder / "c").exists()


def sheets_of(content: bytes) -> dict[str, list[tuple[object, ...]]]:
    workbook = openpyxl.load_workbook(io.BytesIO(content))
    return {sheet.title: [tuple(row) for row in sheet.iter_rows(min_row=2, values_only=True)] for sheet in workbook}


def test_a_report_says_what_a_term_came_to_without_a_name(papers: Papers) -> None:
    hub = papers.hub
    assert hub.do("invoices", "--yes", "--json").json()["issued"]
    assert hub.do("report", "autumn-2019").out == "report-autumn-2019.pdf\n"
    text = text_of(papers.read("report-autumn-2019.pdf"))
    assert "Sample Trust Attendance and charges Autumn term 2019" in text
    assert "5 Nov 2019 Fractions 5 1 1 1 2 0 0 25% £150.00" in text
    assert "Ash Lane Primary 800001 3 1 0 1 1 0 0 33% £100.00 Elm Nursery 2 0 1 0 1 0 0 0% £50.00" in text
    assert "Fractions Elm Nursery" in text
    assert no_name_in(text)
    (told,) = alternatives_of(papers.read("report-autumn-2019.pdf"))
    assert "week from 4 November 2019: 2 no-shows, 1 late; none at other times." in told


def test_the_workbook_says_the_same_and_is_the_same_twice(papers: Papers) -> None:
    hub = papers.hub
    hub.do("invoices", "--yes")
    hub.do("credit", "INV-000001", "--reason", "Billed in error")
    hub.do("report", "2019-11-01..2019-11-30", "--format", "xlsx", "-o", "one.xlsx")
    hub.at("2019-11-07 09:00")
    hub.do("report", "2019-11-01..2019-11-30", "--format", "xlsx", "-o", "two.xlsx")
    assert papers.read("one.xlsx") == papers.read("two.xlsx")
    sheets = sheets_of(papers.read("one.xlsx"))
    assert sheets["Workshops"][0][4:11] == (5, 1, 1, 1, 2, 0, 0)
    amounts = {row[0]: float(str(row[6])) for row in sheets["Charges and credits"]}
    assert amounts.keys() == {"INV-000001", "INV-000002", "CN-000001"}
    assert amounts["CN-000001"] == -amounts["INV-000001"] < 0
    assert [row[1] for row in sheets["Short of two teachers"]] == ["Elm Nursery"]
    assert no_name_in(str(sheets))


def test_nothing_undecided_counts_against_anybody(papers: Papers) -> None:
    hub = papers.hub
    school = ("--school", "800001", "--from", "2019-11-04", "--to", "2019-11-05")
    hub.do("exempt", "add", "--kind", "ofsted", *school, "--approved-by", "Jo")
    hub.do("report", "autumn-2019", "--format", "xlsx", "-o", "exempt.xlsx")
    assert sheets_of(papers.read("exempt.xlsx"))["Workshops"][0][4:11] == (5, 1, 1, 0, 1, 2, 0)
    hub.do("attendance", "reopen", "fractions")
    hub.do("report", "autumn-2019", "--format", "xlsx", "-o", "open.xlsx")
    row = sheets_of(papers.read("open.xlsx"))["Workshops"][0]
    assert row[3] == "open"
    assert row[4:11] == (5, 1, 1, 0, 0, 2, 1)
    hub.do("report", "autumn-2019", "-o", "open.pdf")
    assert "register is not closed, so that their figures may change: 1." in text_of(papers.read("open.pdf"))


def test_schools_that_nobody_confirmed_and_workshops_that_did_not_happen_are_left_out(papers: Papers) -> None:
    hub = papers.hub
    later = hub.event("Ratio", "2019-12-03 10:00", "2019-12-03 15:00", slug="ratio")
    off = hub.event("Area", "2019-11-12 10:00", "2019-11-12 15:00", slug="area")
    hub.event("Unknown", "2019-11-04 10:00", "2019-11-07 15:00", slug="unknown")
    hub.event("Summer", "2020-06-23 10:00", "2020-06-23 15:00", slug="summer")
    hub.book(later, "Ann Archer")
    hub.book(off, "Bob Baker")
    hub.sync()
    hub.do("workshop", "cancel", "area", "--reason", "Snow")
    hub.do("attendance", "reopen", "fractions")
    hub.do("attendance", "walk-in", "fractions", "--name", "Wil Early", "--school", "Wil Early's school")
    hub.do("report", "autumn-2019", "--format", "xlsx", "-o", "a.xlsx")
    schools = sheets_of(papers.read("a.xlsx"))["Schools"]
    assert [row[0] for row in schools] == ["Ash Lane Primary", "Elm Nursery", "(school not confirmed)"]
    hub.do("report", "autumn-2019", "-o", "a.pdf")
    text = text_of(papers.read("a.pdf"))
    assert "left out: 1 called off, 1 still to come, 1 of unknown date." in text
    assert no_name_in(text)


def test_a_report_needs_a_term_with_a_workshop_that_is_over_and_a_folder(papers: Papers) -> None:
    hub = papers.hub
    assert "winter-2019 is no term" in hub.refused("report", "winter-2019")
    assert "No workshop of Spring term 2020 is over yet" in hub.refused("report", "spring-2020")
    assert "(1 to come)" in hub.refused("report", "autumn-2019", "--as-of", "2019-10-01 09:00")
    (hub.folder / "file").write_text("not a folder")
    hub.refused("report", "autumn-2019", "-o", "file/a.pdf", code=73)
    hub.do("report", "autumn-2019")
    assert "exists already" in hub.refused("report", "autumn-2019", code=73)
    assert not list(hub.folder.glob("report-spring*"))


def test_notice_at_the_very_moment_of_the_deadline_is_shown_as_one_point(papers: Papers) -> None:
    hub = papers.hub
    told = ("--received-at", "2019-11-04 10:00", "--channel", "email")
    hub.do("notice", "add", "fractions", papers.dan, *told)
    hub.do("explain", "fractions", papers.dan, "--format", "pdf", "-o", "dan.pdf")
    text = text_of(papers.read("dan.pdf"))
    assert "Notice Mon 4 Nov 2019, 10:00" in text
    assert "(at least 24 hours before the start). It was given by then." in text
    assert "Notice was given by email on Mon 4 Nov 10:00" in text
    assert "The hub's record of messages" in text


def test_one_person_is_found_through_a_later_booking_and_counts_once_at_a_workshop(hub: Hub) -> None:
    dates = (("2019-11-05 10:00", "2019-11-05 15:00"), ("2019-12-03 10:00", "2019-12-03 15:00"))
    _, (first, second) = hub.world.add_series(NewSeries(NewEvent("Ratio", *dates[0]), dates))
    unknown = hub.world.book(first, (Ticket("Bob Baker", "bob@ash.example.org", {"School name": "Ash"}),))[0]
    seat(hub, first, "Bob Baker", "bobby")
    seat(hub, first, "Ann Archer", "ann")
    seat(hub, first, "Ann Archer", "ann")
    seat(hub, second, "Bob Baker", "bob")
    hub.add_schools()
    hub.sync()
    for event, day in ((first, "2019-11-05"), (second, "2019-12-03")):
        hub.at(f"{day} 15:30")
        hub.sync()
        hub.do("attendance", "close", event, "--rest-present")
    done = hub.do("certificates", first, "-o", "c")
    assert len(done.out.split()) == 2
    text = text_of((hub.folder / f"c/certificate-B{unknown}.pdf").read_bytes())
    assert "2 workshops, 10 hours" in text
    hub.do("report", "autumn-2019", "--format", "xlsx", "-o", "a.xlsx")
    sheets = sheets_of((hub.folder / "a.xlsx").read_bytes())
    assert [row[4:6] for row in sheets["Workshops"]] == [(3, 3), (1, 1)]
