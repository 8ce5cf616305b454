"""Fixtures for tests that need a database or a whole hub."""

from __future__ import annotations

import os
from collections.abc import Iterator
from pathlib import Path

import pytest
import sqlalchemy as sa

from eb_sync.sandbox.server import SandboxServer
from tests.databases import DATABASES, SQLITE, drop_templates, empty_database, opened, ready_database, say_missing
from tests.hub import Hub, made_hub
from tests.hubs import Hubs, OneOfSeveral, make_world
from tests.statements import share_compiled_statements

share_compiled_statements()


def pytest_generate_tests(metafunc: pytest.Metafunc) -> None:
    """Run the hubs of tests marked `every_database` on each; all other hubs are on SQLite."""
    if "hub" in metafunc.fixturenames and metafunc.definition.get_closest_marker("every_database"):
        metafunc.parametrize("hub", DATABASES, indirect=True)


def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter) -> None:
    """Say once why tests were skipped."""
    missing = say_missing()
    if missing is not None:
        terminalreporter.write_line(f"Tests on PostgreSQL were not run: {missing}", yellow=True)


def pytest_sessionfinish() -> None:
    """Leave no database behind."""
    drop_templates()


@pytest.fixture(scope="session")
def _no_settings(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Where settings files of users would be: a folder that may be read by all tests and written by none."""
    folder = tmp_path_factory.mktemp("config")
    folder.chmod(0o500)
    return folder


@pytest.fixture(autouse=True)
def _own_environment(monkeypatch: pytest.MonkeyPatch, _no_settings: Path) -> None:
    """No setting and no settings file of whoever runs the tests."""
    for name in [name for name in os.environ if name.startswith("EBSYNC_")]:
        monkeypatch.delenv(name)
    monkeypatch.setenv("XDG_CONFIG_HOME", str(_no_settings))


@pytest.fixture(params=DATABASES)
def database_url(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[str]:
    """A database with the present schema and no rows, on SQLite and on PostgreSQL."""
    with ready_database(request.param, tmp_path) as url:
        yield url


@pytest.fixture(params=DATABASES)
def bare_url(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[str]:
    """A database without a single table, on SQLite and on PostgreSQL."""
    with empty_database(request.param, tmp_path) as url:
        yield url


@pytest.fixture
def engine(database_url: str) -> Iterator[sa.Engine]:
    """That database, opened."""
    with opened(database_url) as engine:
        yield engine


@pytest.fixture
def hub(
    request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch, tmp_path: Path, _own_environment: None
) -> Iterator[Hub]:
    """An organisation without events, an empty database, and the settings that invoices need."""
    with made_hub(getattr(request, "param", SQLITE), tmp_path, monkeypatch) as hub:
        yield hub


@pytest.fixture(params=DATABASES)
def hubs(
    request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch, tmp_path: Path, _own_environment: None
) -> Iterator[Hubs]:
    """Hubs `north` and `south` in one database, each with an Eventbrite of its own whose ids are the same."""
    north, south = make_world("north", "7001"), make_world("south", "7002")
    with (
        ready_database(request.param, tmp_path) as url,
        SandboxServer(north) as of_north,
        SandboxServer(south) as of_south,
    ):
        monkeypatch.setenv("EBSYNC_DATABASE_URL", url)
        monkeypatch.setenv("EBSYNC_ACTOR", "lead")
        monkeypatch.chdir(tmp_path)
        both = (OneOfSeveral("north", north, of_north), OneOfSeveral("south", south, of_south))
        hubs = Hubs(both, monkeypatch, tmp_path)
        hubs.configure({})
        hubs.at("2019-09-02 09:00")
        yield hubs
