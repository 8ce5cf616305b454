"""Fixtures that several stories share."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from tests.endpoint import Endpoint, opened_endpoint
from tests.hub import Hub
from tests.played import Played, tell_story


@pytest.fixture(scope="session")
def played(tmp_path_factory: pytest.TempPathFactory) -> Played:
    """The demo's hub at the end of its story, played once."""
    return tell_story(tmp_path_factory.mktemp("demo"))


@pytest.fixture
def endpoint(hub: Hub) -> Iterator[Endpoint]:
    """A monitor that the hub's settings name."""
    with opened_endpoint() as endpoint:
        hub.patch.setenv("EBSYNC_MONITOR__URL", endpoint.url)
        yield endpoint
