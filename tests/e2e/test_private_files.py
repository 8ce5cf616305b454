"""What holds names is its owner's alone to read, whatever the umask; no link that lies in wait is followed."""

from __future__ import annotations

import os
import stat
from collections.abc import Iterator
from pathlib import Path

import pytest

from eb_sync.cli.files import check_folder, write_file
from eb_sync.errors import CannotWriteError
from tests.hub import Hub


@pytest.fixture
def open_umask() -> Iterator[None]:
    """That of most machines."""
    before = os.umask(0o022)
    yield
    os.umask(before)


def mode_of(path: Path) -> int:
    return stat.S_IMODE(path.stat().st_mode)


@pytest.fixture
def taught(hub: Hub) -> str:
    """A hub with a workshop that is over and one no-show invoiced; gives the booking."""
    event = hub.event("Fractions", "2019-11-05 10:00", "2019-11-05 15:00", slug="fractions")
    ann, bob = hub.book(event, "Ann Archer"), hub.book(event, "Bob Baker")
    hub.at("2019-11-05 15:30")
    hub.sync()
    hub.add_schools()
    hub.do("attendance", "mark", "fractions", bob, "present")
    hub.do("attendance", "close", "fractions", "--rest-absent")
    return ann


@pytest.mark.usefixtures("open_umask")
def test_registers_certificates_explanations_and_a_persons_export_are_private(hub: Hub, taught: str) -> None:
    folder = hub.folder / "written"
    for kind in ("csv", "xlsx", "pdf"):
        hub.do("register", "fractions", "-o", str(folder / f"register.{kind}"))
    hub.do("explain", "fractions", taught, "-o", str(folder / "why.pdf"))
    hub.do("person", "export", "ann.archer@ash.example.org", "-o", str(folder / "ann.json"))
    hub.do("certificates", "fractions", "-o", str(folder / "certificates"))
    written = [path for path in folder.rglob("*") if path.is_file()]
    assert len(written) == 6
    assert {path.name: mode_of(path) for path in written} == {path.name: 0o600 for path in written}


@pytest.mark.usefixtures("open_umask", "taught")
def test_what_finance_collects_names_nobody_and_keeps_the_mode_of_any_file(hub: Hub) -> None:
    hub.do("invoices", "fractions", "--yes", "-o", str(hub.folder / "invoices"))
    hub.do("export", "charges", "-o", str(hub.folder / "charges.csv"))
    for path in (*(hub.folder / "invoices").iterdir(), hub.folder / "charges.csv"):
        assert mode_of(path) == 0o644
        assert b"Archer" not in path.read_bytes()


def test_a_link_at_the_temporary_name_is_not_followed(tmp_path: Path) -> None:
    victim, partial = tmp_path / "victim", tmp_path / f".new.txt.{os.getpid()}.part"
    victim.write_text("theirs")
    partial.symlink_to(victim)
    write_file(tmp_path / "new.txt", b"ours")
    (tmp_path / f".ebsync.{os.getpid()}.part").symlink_to(tmp_path / "nowhere")
    check_folder(tmp_path)
    assert victim.read_text() == "theirs"
    assert not (tmp_path / "nowhere").exists()
    assert (tmp_path / "new.txt").read_bytes() == b"ours"
    assert not (tmp_path / "new.txt").is_symlink()


def test_what_an_earlier_process_of_the_same_number_left_is_no_hindrance(tmp_path: Path) -> None:
    left = tmp_path / f".new.txt.{os.getpid()}.part"
    left.write_text("half")
    write_file(tmp_path / "new.txt", b"whole")
    assert [path.name for path in tmp_path.iterdir()] == ["new.txt"]
    with pytest.raises(CannotWriteError, match="exists already"):
        write_file(tmp_path / "new.txt", b"again")
