"""`ebsync policy check` and `what-if`: a lead reads what a document means, finance what it would have charged."""

from __future__ import annotations

from pathlib import Path

import pytest

from policies.parameters import read_shipped
from tests.hub import Hub


@pytest.fixture
def file(tmp_path: Path) -> Path:
    """The flyer's rule with a week of notice and £75."""
    text = read_shipped("hub-week").replace("effective_from = 2020-09-01", "effective_from = 2019-01-01")
    path = tmp_path / "ours.toml"
    path.write_text(text, encoding="utf-8")
    return path


def test_a_document_is_said_in_sentences_with_the_deadlines_of_the_next_workshops(hub: Hub, file: Path) -> None:
    hub.event("Fractions", "2019-11-05 10:00", "2019-11-05 15:00", slug="fractions")
    hub.sync()
    told = hub.do("policy", "check", str(file))
    assert "Staying away costs £75, for each teacher who stays away." in told.out
    assert "Nothing is charged with notice at least 7 days before the day of the workshop, in any way." in told.out
    assert "Deadlines of the next workshops:" in told.out
    assert "Tue 5 Nov 2019, 10:00: until the end of Tue 29 Oct 2019" in told.out
    assert "Warning" not in told.err


def test_before_anything_is_known_deadlines_are_shown_by_example(hub: Hub) -> None:
    told = hub.do("policy", "check", "trust")
    assert "No workshop ahead is known; for example:" in told.out
    assert told.out.count("a Monday") == told.out.count("a Tuesday") == 2


def test_a_document_can_be_checked_while_the_settings_are_wrong(hub: Hub, file: Path) -> None:
    hub.patch.setenv("EBSYNC_POLICY", "nowhere.toml")
    assert "£75" in hub.do("policy", "check", str(file)).out


@pytest.mark.parametrize(
    ("old", "new", "warning"),
    [
        ("value = 7500", "value = 0", "charges nobody"),
        ("value = 7\n", "value = 90\n", "charges practically everybody"),
    ],
)
def test_a_document_that_charges_nobody_or_everybody_says_so(
    hub: Hub, file: Path, old: str, new: str, warning: str
) -> None:
    file.write_text(file.read_text(encoding="utf-8").replace(old, new), encoding="utf-8")
    assert warning in hub.do("policy", "check", str(file)).err


def test_what_is_wrong_is_told_by_file_line_key_found_allowed_and_example(hub: Hub, file: Path) -> None:
    text = file.read_text(encoding="utf-8").replace('unit = "calendar days"', 'unit = "days"')
    file.write_text(text, encoding="utf-8")
    line = text.splitlines().index('unit = "days"') + 1
    result = hub.run("policy", "check", str(file))
    assert (result.code, result.out) == (78, "")
    told = f"{file}, line {line}, version[1].notice.unit: found 'days'; allowed: 'elapsed hours', 'calendar days', "
    assert told in result.err
    assert 'for example: unit = "elapsed hours"' in result.err


@pytest.fixture
def billed(hub: Hub) -> Hub:
    """Ann stayed away, Bob gave notice three days before, Cat came."""
    event = hub.event("Fractions", "2019-11-05 10:00", "2019-11-05 15:00", slug="fractions")
    bookings = [hub.book(event, name) for name in ("Ann Archer", "Bob Baker", "Cat Carter")]
    hub.sync()
    hub.at("2019-10-30 10:00")
    hub.do("sync", "--full")
    hub.at("2019-11-02 10:00")
    hub.world.cancel(hub.bookings[bookings[1]])
    hub.sync()
    hub.at("2019-11-05 16:00")
    hub.sync()
    hub.do("attendance", "mark", "fractions", bookings[2], "present")
    hub.do("attendance", "close", "fractions", "--rest-absent")
    return hub


def test_what_another_policy_would_have_charged(billed: Hub, file: Path) -> None:
    words = ("policy", "what-if", str(file), "--from", "2019-11-01", "--to", "2019-11-30")
    compared = billed.do(*words, "--json").json()
    assert (compared["places"], compared["pence_now"], compared["pence_then"]) == (3, 5000, 15000)
    said = [(each["now"]["reason"], each["then"]["reason"], each["then"]["pence"]) for each in compared["differing"]]
    assert said == [("no_show", "no_show", 7500), ("notice_in_time", "late_notice", 7500)]
    told = billed.do(*words).out
    assert "Charged now: £50.00; under hub-week: £150.00." in told
    assert "notice_in_time  late_notice  1       £75.00" in told
    assert billed.do("charges", "fractions", "--json").json()["decisions"][0]["amount_pence"] == 5000


def test_the_last_term_is_looked_at_if_nobody_says_which(billed: Hub, file: Path) -> None:
    billed.at("2020-01-10 09:00")
    compared = billed.do("policy", "what-if", str(file), "--json").json()
    assert (compared["from"], compared["to"], compared["pence_then"]) == ("2019-09-01", "2019-12-31", 15000)
    billed.at("2020-05-10 09:00")
    compared = billed.do("policy", "what-if", str(file), "--json").json()
    assert (compared["from"], compared["to"]) == ("2020-01-01", "2020-04-15")
    billed.at("2020-09-10 09:00")
    assert billed.do("policy", "what-if", str(file), "--json").json()["from"] == "2020-04-16"


def test_the_same_policy_would_differ_in_nothing(billed: Hub) -> None:
    told = billed.do("policy", "what-if", "maths-hub", "--from", "2019-11-01", "--to", "2019-11-30").out
    assert "Nothing would differ." in told
