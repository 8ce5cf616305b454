"""One request: what is sent, what is tried again, what is refused, and that the token is never shown."""

from __future__ import annotations

import logging
import threading
import traceback
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta

import pytest
import requests
import responses
import urllib3
from pydantic import SecretStr

from eb_sync.errors import (
    EbsyncError,
    EventbriteContractError,
    SettingsError,
    TokenRefusedError,
    TryAgainError,
)
from eb_sync.eventbrite import EventbriteClient
from eb_sync.eventbrite.http import WAITING_SECONDS, EventbriteHttp
from tests.unit.eventbrite_answers import NOW, TOKEN, URL, Patience, make_client, refusal

ME = f"{URL}/users/me/"
GOOD = {"id": "1"}


@pytest.fixture
def web() -> Iterator[responses.RequestsMock]:
    with responses.RequestsMock(assert_all_requests_are_fired=False) as mock:
        yield mock


@pytest.fixture
def patience() -> Patience:
    return Patience()


def limit(used: int, reset: int, *, key: tuple[int, int] = (0, 3000)) -> dict[str, str]:
    return {"X-Rate-Limit": f"token:{TOKEN} {used}/2000 reset={reset}s, key:{TOKEN} {key[0]}/2000 reset={key[1]}s"}


def everything_said(error: BaseException) -> str:
    """The error and all that it drags along, with what the frames of our code hold (the tests' own know the token)."""
    texts: list[str] = []
    chain: BaseException | None = error
    while chain is not None:
        trace = traceback.TracebackException.from_exception(chain, capture_locals=True)
        texts += [str(chain), repr(chain), repr(vars(chain))]
        texts += [repr(frame.locals) for frame in trace.stack if frame.filename != __file__]
        texts.append(repr(getattr(getattr(chain, "request", None), "headers", None)))
        chain = chain.__cause__ or chain.__context__
    return "\n".join(texts)


def test_the_token_goes_into_the_header_and_nowhere_else(web: responses.RequestsMock) -> None:
    web.get(ME, json=GOOD)
    with make_client() as client:
        assert client.fetch_user() == "1"
    sent = web.calls[0].request
    assert sent.headers["Authorization"] == f"Bearer {TOKEN}"
    assert sent.url == ME
    assert sent.body is None


def test_every_request_has_timeouts_and_follows_no_redirect(web: responses.RequestsMock) -> None:
    web.get(ME, json=GOOD)
    with make_client() as client:
        client.fetch_user()
    sent = web.calls[0].request
    assert sent.req_kwargs["timeout"] == (5.0, 30.0)  # type: ignore[attr-defined]
    web.get(ME, status=301, headers={"Location": "https://elsewhere.test/v3/users/me/"})
    web.remove(responses.GET, ME)
    web.get(ME, status=301, headers={"Location": "https://elsewhere.test/v3/users/me/"})
    with make_client() as client, pytest.raises(EventbriteContractError, match="HTTP 301"):
        client.fetch_user()


def test_a_netrc_does_not_replace_the_token(
    web: responses.RequestsMock, monkeypatch: pytest.MonkeyPatch, tmp_path_factory: pytest.TempPathFactory
) -> None:
    netrc = tmp_path_factory.mktemp("home") / "netrc"
    netrc.write_text("machine eventbrite.test login somebody password else\n")
    monkeypatch.setenv("NETRC", str(netrc))
    web.get(ME, json=GOOD)
    with make_client() as client:
        client.fetch_user()
    assert web.calls[0].request.headers["Authorization"] == f"Bearer {TOKEN}"


@pytest.mark.parametrize("token", ["", "  ", "two words", "new\nline", "caf\u00e9"])
def test_a_token_that_no_header_can_carry_is_a_setting_to_mend(token: str) -> None:
    with pytest.raises(SettingsError, match="EBSYNC_EVENTBRITE_TOKEN") as caught:
        EventbriteClient(address=URL, token=SecretStr(token), clock=lambda: NOW)
    assert not token.strip() or token not in str(caught.value)


def test_space_around_the_token_is_dropped(web: responses.RequestsMock) -> None:
    web.get(ME, json=GOOD)
    with EventbriteClient(address=URL + "/", token=SecretStr(f" {TOKEN}\n"), clock=lambda: NOW) as client:
        client.fetch_user()
    assert web.calls[0].request.headers["Authorization"] == f"Bearer {TOKEN}"


@pytest.mark.parametrize(
    ("status", "code", "error", "exit_code"),
    [
        (401, "INVALID_AUTH", TokenRefusedError, 77),
        (401, "NO_AUTH", TokenRefusedError, 77),
        (400, "INVALID_AUTH", TokenRefusedError, 77),
        (403, "NOT_AUTHORIZED", TokenRefusedError, 77),
        (404, "NOT_FOUND", EventbriteContractError, 76),
        (400, "ARGUMENTS_ERROR", EventbriteContractError, 76),
        (405, "METHOD_NOT_ALLOWED", EventbriteContractError, 76),
        (202, "", EventbriteContractError, 76),
    ],
)
def test_a_refusal_is_not_tried_again(
    web: responses.RequestsMock, patience: Patience, status: int, code: str, error: type[EbsyncError], exit_code: int
) -> None:
    web.get(ME, json=refusal(status, code), status=status)
    with make_client(patience) as client, pytest.raises(error, match=f"HTTP {status} ?{code}") as caught:
        client.fetch_user()
    assert caught.value.exit_code == exit_code
    assert client.requests_made == 1
    assert patience.slept == []


@pytest.mark.parametrize("status", [429, 500, 502, 503, 504, 522])
def test_what_may_pass_is_tried_again_five_times_with_growing_pauses(
    web: responses.RequestsMock, patience: Patience, status: int
) -> None:
    web.get(ME, body="<html>Bad gateway</html>", status=status, content_type="text/html")
    with make_client(patience) as client, pytest.raises(TryAgainError, match=f"HTTP {status}") as caught:
        client.fetch_user()
    assert caught.value.exit_code == 75
    assert client.requests_made == 5
    assert len(patience.slept) == 4
    assert patience.slept == sorted(patience.slept)
    assert sum(patience.slept) < WAITING_SECONDS


def test_what_passes_is_no_error(web: responses.RequestsMock, patience: Patience) -> None:
    web.get(ME, json=refusal(500, "INTERNAL_ERROR"), status=500)
    web.get(ME, body=requests.ConnectionError("dropped"))
    web.get(ME, body='{"id": "1', content_type="application/json")
    web.get(ME, json=GOOD)
    with make_client(patience) as client:
        assert client.fetch_user() == "1"
    assert client.requests_made == 4


@pytest.mark.parametrize("body", ["", "<html></html>", '{"id": "1', "[" * 100_000, b"\xff\xfe\xfa"])
def test_an_answer_that_stays_unreadable_is_a_broken_contract(
    web: responses.RequestsMock, patience: Patience, body: str | bytes
) -> None:
    web.get(ME, body=body, content_type="application/json")
    with make_client(patience) as client, pytest.raises(EventbriteContractError, match="not JSON"):
        client.fetch_user()
    assert client.requests_made == 5


@pytest.mark.parametrize("body", ["[]", "null", '"text"', '{"id": null}', "{}"])
def test_json_of_another_shape_is_a_broken_contract_at_once(web: responses.RequestsMock, body: str) -> None:
    web.get(ME, body=body, content_type="application/json")
    with make_client() as client, pytest.raises(EventbriteContractError):
        client.fetch_user()
    assert client.requests_made == 1


def every_failure_of_the_network() -> list[type[Exception]]:
    kinds: list[type[Exception]] = [OSError, ConnectionResetError, TimeoutError, urllib3.exceptions.HTTPError]
    todo: list[type[Exception]] = [requests.RequestException]
    while todo:
        kind = todo.pop()
        if kind not in kinds:
            kinds.append(kind)
            todo += kind.__subclasses__()
    return [kind for kind in kinds if kind is not requests.exceptions.JSONDecodeError]  # of `Response.json`, not used


@pytest.mark.parametrize("kind", every_failure_of_the_network())
def test_every_failure_of_the_network_becomes_an_error_of_ours(
    web: responses.RequestsMock, kind: type[Exception]
) -> None:
    web.get(ME, body=kind(f"failed with Bearer {TOKEN}"))
    with make_client() as client, pytest.raises((TryAgainError, SettingsError)) as caught:
        client.fetch_user()
    assert TOKEN not in everything_said(caught.value)


@pytest.mark.parametrize("url", ["eventbrite.test/v3", "htp://eventbrite.test/v3", "https://", "https://\u2488.test/"])
def test_an_address_that_is_none_is_a_setting_to_mend(url: str, patience: Patience) -> None:
    client = EventbriteClient(address=url, token=SecretStr(TOKEN), clock=lambda: NOW, sleep=patience.sleep)
    with client, pytest.raises(SettingsError, match="EBSYNC_EVENTBRITE_URL"):
        client.fetch_user()
    assert patience.slept == []


@pytest.mark.parametrize(
    ("status", "body"),
    [
        (401, '{"error": "INVALID_AUTH"}'),
        (404, f'{{"error": "{TOKEN}"}}'),
        (500, f'{{"error": "token {TOKEN}"}}'),
        (200, "not json"),
        (200, "[]"),
        (400, f'["{TOKEN}"]'),
    ],
)
def test_no_error_repr_or_log_shows_the_token(
    web: responses.RequestsMock, caplog: pytest.LogCaptureFixture, status: int, body: str
) -> None:
    caplog.set_level(logging.DEBUG)
    web.get(ME, body=body, status=status, headers=limit(3, 100), content_type="application/json")
    with make_client() as client, pytest.raises(EbsyncError) as caught:
        client.fetch_user()
    assert TOKEN not in everything_said(caught.value)
    assert TOKEN not in caplog.text
    assert TOKEN not in repr(client)
    assert TOKEN not in repr(vars(client))
    assert TOKEN not in repr(client.budget)


def test_429_waits_for_the_reset_of_the_bucket_that_is_empty(web: responses.RequestsMock, patience: Patience) -> None:
    web.get(ME, status=429, json=refusal(429, "HIT_RATE_LIMIT"), headers=limit(4, 3000, key=(2000, 42)))
    web.get(ME, json=GOOD, headers=limit(5, 2950, key=(1, 3600)))
    with make_client(patience) as client:
        assert client.fetch_user() == "1"
    assert patience.slept == [42.0]
    assert client.budget is not None
    assert (client.budget.used, client.budget.limit, client.budget.reset_seconds) == (5, 2000, 2950)


def test_of_two_empty_buckets_the_later_to_fill_is_waited_for(web: responses.RequestsMock, patience: Patience) -> None:
    for token, key in [(20, 42), (41, 19)]:
        web.get(ME, status=429, json=refusal(429, "HIT_RATE_LIMIT"), headers=limit(2000, token, key=(2000, key)))
    web.get(ME, json=GOOD)
    with make_client(patience) as client:
        client.fetch_user()
    assert patience.slept == [42.0, 41.0]


def test_a_reset_beyond_the_runs_patience_ends_it_at_once(web: responses.RequestsMock, patience: Patience) -> None:
    web.get(ME, status=429, json=refusal(429, "HIT_RATE_LIMIT"), headers=limit(2000, 1801))
    with make_client(patience) as client, pytest.raises(TryAgainError, match="31 more minutes"):
        client.fetch_user()
    assert client.requests_made == 1
    assert patience.slept == []


def test_the_patience_is_one_for_the_whole_run(web: responses.RequestsMock, patience: Patience) -> None:
    for _ in range(2):
        web.get(ME, status=429, json=refusal(429, "HIT_RATE_LIMIT"), headers=limit(2000, 50))
        web.get(ME, json=GOOD)
    with make_client(patience) as client:
        client.fetch_user()
        with pytest.raises(TryAgainError):
            client.fetch_user()
    assert patience.slept == [50.0]


def test_an_old_answers_reset_says_nothing_about_a_429_without_one(
    web: responses.RequestsMock, patience: Patience
) -> None:
    web.get(ME, json=GOOD, headers=limit(7, 3000))
    web.get(ME, status=429, json=refusal(429, "HIT_RATE_LIMIT"))
    web.get(ME, json=GOOD)
    with make_client(patience) as client:
        client.fetch_user()
        client.fetch_user()
    assert len(patience.slept) == 1
    assert patience.slept[0] < 2


def test_the_last_calls_of_the_hour_are_left_to_others(web: responses.RequestsMock, patience: Patience) -> None:
    web.get(ME, json=GOOD, headers=limit(1955, 1700))
    with make_client(patience) as client:
        client.fetch_user()
        with pytest.raises(TryAgainError, match="but for 45 calls") as caught:
            client.fetch_user()
    assert "29 more minutes" in str(caught.value)
    assert client.requests_made == 1


def test_the_last_calls_are_waited_for_if_the_hour_is_nearly_over(
    web: responses.RequestsMock, patience: Patience
) -> None:
    web.get(ME, json=GOOD, headers=limit(1990, 30))
    web.get(ME, json=GOOD, headers=limit(1, 3600))
    with make_client(patience) as client:
        client.fetch_user()
        client.fetch_user()
    assert patience.slept == [30.0]


def test_a_small_limit_is_not_all_reserve(web: responses.RequestsMock) -> None:
    web.get(ME, json=GOOD, headers={"X-Rate-Limit": "token:x 30/40 reset=9s"})
    with make_client() as client:
        client.fetch_user()
        assert client.fetch_user() == "1"


@pytest.mark.parametrize("header", ["", "nothing", "token:x 4/2000", "token:x a/b reset=cs"])
def test_a_limit_that_is_not_understood_is_no_limit(web: responses.RequestsMock, header: str) -> None:
    web.get(ME, json=GOOD, headers={"X-Rate-Limit": header})
    with make_client() as client:
        client.fetch_user()
        assert client.budget is None


def test_a_read_began_at_the_earlier_of_both_clocks(web: responses.RequestsMock) -> None:
    for trusted, header, expected in [
        (True, "Mon, 20 Jan 2020 09:58:00 GMT", NOW - timedelta(minutes=2)),
        (True, "Mon, 20 Jan 2020 09:58:00 -0000", NOW - timedelta(minutes=2)),
        (True, "Mon, 20 Jan 2020 11:58:00 +0200", NOW - timedelta(minutes=2)),
        (True, "Mon, 20 Jan 2020 10:58:00 GMT", NOW),
        (True, "yesterday", NOW),
        (True, "Fri, 31 Dec 9999 23:00:00 -0900", NOW),
        (False, "Mon, 20 Jan 2020 09:58:00 GMT", NOW),
    ]:
        web.reset()
        web.get(ME, json=GOOD, headers={"Date": header})
        http = EventbriteHttp(URL, SecretStr(TOKEN), lambda: NOW, Patience().sleep, trust_date_header=trusted)
        assert http.get("/users/me/", {}).began_at == expected
        http.close()


def test_a_read_began_when_it_was_first_asked_for_however_often_it_was_repeated(web: responses.RequestsMock) -> None:
    instants = [datetime(2020, 1, 20, 10, minute, tzinfo=UTC) for minute in range(9)]
    clock = iter(instants)
    web.get(ME, status=503)
    web.get(ME, json=GOOD)
    http = EventbriteHttp(URL, SecretStr(TOKEN), lambda: next(clock), Patience().sleep, trust_date_header=True)
    answer = http.get("/users/me/", {})
    http.close()
    assert answer.began_at == instants[0]
    assert answer.received_at > instants[1]


def test_a_thread_told_to_stop_sends_nothing(web: responses.RequestsMock) -> None:
    http = EventbriteHttp(URL, SecretStr(TOKEN), lambda: NOW, Patience().sleep, trust_date_header=True)
    stop = threading.Event()
    http.obey(stop)
    web.get(ME, json=GOOD)
    http.get("/users/me/", {})
    stop.set()
    with pytest.raises(TryAgainError, match="stopped"):
        http.get("/users/me/", {})
    http.close()
    assert http.requests_made == 1
