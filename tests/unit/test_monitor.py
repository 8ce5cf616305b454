"""Pings to a real server on loopback: what is sent, how often, and that the address stays a secret."""

from __future__ import annotations

import logging
import socket
from collections.abc import Iterator

import pytest
from pydantic import SecretStr

from eb_sync.monitor import Monitor
from tests.endpoint import SECRET, Endpoint, opened_endpoint


@pytest.fixture
def endpoint() -> Iterator[Endpoint]:
    with opened_endpoint() as endpoint:
        yield endpoint


def monitor_of(url: str) -> Monitor:
    return Monitor(SecretStr(url))


def test_start_success_and_failure_are_paths_and_the_report_is_the_body(endpoint: Endpoint) -> None:
    monitor = monitor_of(endpoint.url)
    assert (monitor.ping_start(), monitor.ping_end(0, "all é well"), monitor.ping_end(77, "token")) == (
        None,
        None,
        None,
    )
    assert endpoint.pings == [("/start", ""), ("", "all é well"), ("/77", "token")]


def test_what_an_address_asks_for_stays_at_its_end(endpoint: Endpoint) -> None:
    assert monitor_of(f"{endpoint.url}/?create=1").ping_end(3, "") is None
    assert endpoint.signals == ["/3?create=1"]


@pytest.mark.parametrize("answer", [500, 503, 404, 302])
def test_a_second_attempt_may_succeed(endpoint: Endpoint, answer: int) -> None:
    endpoint.answers = [answer]
    assert monitor_of(endpoint.url).ping_start() is None
    assert endpoint.signals == ["/start", "/start"]


def test_there_is_no_third_and_a_redirect_is_not_followed(endpoint: Endpoint) -> None:
    endpoint.answers = [302, 301, 200]
    assert "answered 301" in (monitor_of(endpoint.url).ping_start() or "")
    assert endpoint.signals == ["/start", "/start"]


def test_a_monitor_that_does_not_answer_is_given_up(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("eb_sync.monitor.TIMEOUT_SECONDS", 0.05)
    with socket.create_server(("127.0.0.1", 0)) as silent:
        said = monitor_of(f"http://127.0.0.1:{silent.getsockname()[1]}/{SECRET}").ping_start()
    assert "ReadTimeout" in (said or "")


@pytest.mark.parametrize(
    "url",
    [f"http://127.0.0.1:1/{SECRET}", f"http://[/{SECRET}", f"http://{'x' * 70}.example/{SECRET}", f"ftp://x/{SECRET}"],
)
def test_trouble_is_a_sentence_without_the_address(url: str) -> None:
    said = monitor_of(url).ping_end(70, "")
    assert said is not None
    assert SECRET not in said
    assert "EBSYNC_MONITOR__URL" in said


def test_no_log_shows_the_address(endpoint: Endpoint, caplog: pytest.LogCaptureFixture) -> None:
    monitor = monitor_of(endpoint.url)
    with caplog.at_level(logging.DEBUG):
        monitor.ping_start()
        logging.getLogger("urllib3.connectionpool").debug("still logs")
    assert "still logs" in caplog.text
    assert SECRET not in caplog.text + repr(monitor)
