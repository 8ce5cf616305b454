"""The lock files: whatever a locked package asks for is locked too, with its extras, or pip stops."""

from __future__ import annotations

import tomllib
from collections.abc import Iterator
from importlib import metadata
from pathlib import Path
from typing import Any

import pytest
from packaging.requirements import Requirement
from packaging.utils import canonicalize_name

ROOT = Path(__file__).parents[2]
BASE, EXTRAS, DEV = "requirements.lock", "requirements-extras.lock", "requirements-dev.lock"
LOCKS = (BASE, EXTRAS, DEV)

Lock = dict[str, Requirement]


def read_lock(text: str) -> Lock:
    """The packages of a lock file by name, with their versions, extras and markers; only those for this machine."""
    lines = (line.removesuffix("\\").strip() for line in text.splitlines() if line[:1].isalnum())
    locked = [requirement for requirement in map(Requirement, lines) if applies(requirement)]
    return {canonicalize_name(requirement.name): requirement for requirement in locked}


def applies(requirement: Requirement, extra: str = "") -> bool:
    return requirement.marker is None or requirement.marker.evaluate({"extra": extra})


def asked_by(package: Requirement) -> Iterator[Requirement]:
    """What an installed package, with these extras, asks for here."""
    for line in metadata.requires(package.name) or ():
        requirement = Requirement(line)
        if any(applies(requirement, extra) for extra in ("", *package.extras)):
            yield requirement


def lacking(asked: Requirement, lock: Lock) -> str | None:
    """What the lock does not carry of this; None if it is all there."""
    name = canonicalize_name(asked.name)
    if name not in lock:
        return str(asked)
    (pin,) = lock[name].specifier
    extras = asked.extras - lock[name].extras
    return str(asked) if extras or not asked.specifier.contains(pin.version, prereleases=True) else None


def missing_in(lock: Lock) -> list[str]:
    """Every wish of a locked package that the lock does not carry, with who wishes it."""
    return [
        f"{name} asks for {lack}"
        for name, package in sorted(lock.items())
        for lack in (lacking(asked, lock) for asked in asked_by(package))
        if lack is not None
    ]


def asked_by_ebsync(lock: str) -> list[Requirement]:
    """What pyproject.toml asks of a lock file; the build backend of every one."""
    project: dict[str, Any] = tomllib.loads((ROOT / "pyproject.toml").read_text())
    groups, extras = project["dependency-groups"], project["project"]["optional-dependencies"].values()
    asked = [*project["build-system"]["requires"], *project["project"]["dependencies"], *groups["build"]]
    asked += [line for lines in extras for line in lines] if lock != BASE else []
    asked += [line for line in groups["dev"] if isinstance(line, str)] if lock == DEV else []
    return [Requirement(line) for line in asked]


@pytest.mark.parametrize("name", LOCKS)
def test_a_lock_carries_what_its_packages_ask_for_with_every_extra(name: str) -> None:
    assert missing_in(read_lock((ROOT / name).read_text())) == []


@pytest.mark.parametrize("name", LOCKS)
def test_a_lock_carries_what_ebsync_asks_for_and_its_build_backend(name: str) -> None:
    lock = read_lock((ROOT / name).read_text())
    assert [lack for lack in (lacking(asked, lock) for asked in asked_by_ebsync(name)) if lack is not None] == []


@pytest.mark.parametrize("name", LOCKS)
def test_every_package_of_a_lock_has_a_version_and_a_hash(name: str) -> None:
    entries = (ROOT / name).read_text().replace("\\\n", "").splitlines()
    assert [line for line in entries if "==" not in line or "--hash=sha256:" not in line] == []


@pytest.mark.parametrize("name", [BASE, EXTRAS])
def test_a_package_has_the_same_version_in_every_lock_and_is_tested_in_it(name: str) -> None:
    tested = read_lock((ROOT / DEV).read_text())
    for package, locked in read_lock((ROOT / name).read_text()).items():
        assert tested[package].specifier == locked.specifier
        (pin,) = locked.specifier
        assert metadata.version(package) == pin.version


def test_an_extra_that_was_stripped_from_a_lock_is_named() -> None:
    lock = read_lock((ROOT / DEV).read_text().replace("coverage[toml]==", "coverage=="))
    (lack,) = missing_in(lock)
    assert lack.startswith("pytest-cov asks for coverage[toml]")
