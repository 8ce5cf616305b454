"""Fixtures for tests that need a whole hub."""

from __future__ import annotations

import os
from collections.abc import Iterator
from pathlib import Path

import pytest

from eb_sync.sandbox.server import SandboxServer
from eb_sync.sandbox.world import World
from tests.hub import BEGINNING, SETTINGS, Hub


@pytest.fixture(autouse=True)
def _own_environment(monkeypatch: pytest.MonkeyPatch, tmp_path_factory: pytest.TempPathFactory) -> None:
    """No setting and no settings file of whoever runs the tests."""
    for name in [name for name in os.environ if name.startswith("EBSYNC_")]:
        monkeypatch.delenv(name)
    monkeypatch.setenv("XDG_CONFIG_HOME", str(tmp_path_factory.mktemp("config")))


@pytest.fixture
def hub(monkeypatch: pytest.MonkeyPatch, tmp_path: Path, _own_environment: None) -> Iterator[Hub]:
    """An organisation without events, an empty database, and the settings that invoices need."""
    world = World(BEGINNING)
    world.create_organization("Sample Hub", organization_id="7001")
    with SandboxServer(world) as server:
        for name, value in SETTINGS.items():
            monkeypatch.setenv(name, value)
        monkeypatch.setenv("EBSYNC_EVENTBRITE_URL", server.url)
        monkeypatch.setenv("EBSYNC_DATABASE_URL", f"sqlite:///{tmp_path / 'hub.sqlite'}")
        monkeypatch.chdir(tmp_path)
        hub = Hub(world, server, monkeypatch, tmp_path)
        hub.at("2019-09-02 09:00")
        yield hub
