"""A database's address is never said, logged or pinged: not its password, nor its user, nor its host."""

from __future__ import annotations

import pytest

from tests.endpoint import Endpoint
from tests.hub import Hub

ADDRESSES = (
    "postgresql+psycopg://hubuser:ses@me@db.example.invalid/ebsync",
    "postgresql+psycopg://hubuser:se/s@me@db.example.invalid/ebsync",
    "postgresql+psycopg://hubuser:ses?m@e@db.example.invalid/ebsync",
    "postgresql://hubuser:ses@me:5x@db.example.invalid:5432/ebsync",
)
SECRET = ("ses@", "se/s", "ses?", "me@", "m@e", "me:5", "hubuser", "example.invalid")


@pytest.mark.parametrize("address", ADDRESSES)
@pytest.mark.parametrize(
    "command", [("status",), ("nightly", "--log-format", "json"), ("doctor",), ("queue", "status")]
)
def test_an_unencoded_password_is_told_without_a_letter_of_it(
    hub: Hub, endpoint: Endpoint, address: str, command: tuple[str, ...]
) -> None:
    hub.patch.setenv("EBSYNC_DATABASE_URL", address)
    result = hub.run(*command)
    assert result.code in (74, 78), result
    assert "percent-encoded" in result.err
    told = result.out + result.err + "".join(body for _, body in endpoint.pings)
    assert not [word for word in SECRET if word in told]


def test_a_copy_to_such_an_address_is_refused_the_same_way(hub: Hub) -> None:
    for address in ADDRESSES:
        said = hub.refused("db", "copy", "--to", address)
        assert "percent-encoded" in said
        assert "hubuser" not in said


@pytest.mark.parametrize(
    "address",
    [
        "postgresql+psycopg://hubuser:sesame@127.0.0.1:1/ebsync",
        "postgresql+psycopg://hubuser:sesame@db.example.invalid/ebsync",
        "postgresql+psycopg://hubuser:sesame@db.example.invalid:5x/ebsync",
        "postgresql+psycopg://hubuser:sesame@[::1]:1/ebsync",
    ],
)
def test_a_server_that_is_not_reached_is_told_without_its_address(hub: Hub, endpoint: Endpoint, address: str) -> None:
    hub.patch.setenv("EBSYNC_DATABASE_URL", f"{address}?connect_timeout=2")
    for command in (("status",), ("nightly", "--log-format", "json"), ("doctor",)):
        result = hub.run(*command)
        assert result.code in (74, 78), result
        told = result.out + result.err + "".join(body for _, body in endpoint.pings)
        for word in ("hubuser", "sesame", "example.invalid", "[::1]", "127.0.0.1:1"):
            assert word not in told, told
