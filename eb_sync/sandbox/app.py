"""The sandbox over HTTP: `/v3` as Eventbrite answers it, `/_control` for whoever drives the story."""

from __future__ import annotations

import json
from collections.abc import Callable
from email.utils import format_datetime

from flask import Flask, Response, request

from eb_sync.sandbox.control import add_control
from eb_sync.sandbox.faults import FaultKind, spoil
from eb_sync.sandbox.rates import HOURLY_CALLS, RateWindows
from eb_sync.sandbox.refusals import Refusal
from eb_sync.sandbox.routes import ROUTES, Call
from eb_sync.sandbox.rows import Account
from eb_sync.sandbox.world import LoggedRequest, World


def create_app(world: World) -> Flask:
    """A WSGI application that answers for one world."""
    app = Flask(__name__, static_folder=None)
    app.register_error_handler(Refusal, _answer_refusal)
    app.register_error_handler(404, lambda _: _answer_refusal(_no_path()))
    app.register_error_handler(405, lambda _: _answer_refusal(_no_method()))
    gate = _Gate(world)
    app.before_request(gate.check)
    app.after_request(gate.finish)
    for rule, answer in ROUTES.items():
        app.add_url_rule(f"/v3{rule}", rule, _build_view(world, answer), strict_slashes=False)
    add_control(app, world)
    return app


class _Gate:
    """What every request under `/v3` passes on its way in and out."""

    def __init__(self, world: World) -> None:
        self._world = world
        self._rates = RateWindows()

    def check(self) -> Response | None:
        """Slash, token and rate, in this order; None lets the request in."""
        if not _is_api(request.path):
            return None
        if not request.path.endswith("/"):
            return _redirect()
        find_account(self._world)
        used = self._rates.count(_token() or "", self._world.now_at)
        if self._world.enforces_rate_limit and used > HOURLY_CALLS:
            raise Refusal(429, "HIT_RATE_LIMIT", "You have exceeded your rate limit. Please try again later.")
        return None

    def finish(self, response: Response) -> Response:
        """Spoil what is to be spoilt, add the headers, log."""
        if not _is_api(request.path):
            return response
        kind = self._world.faults.take(request.path)
        if kind is not None:
            response = spoil(kind, response)
        self._add_headers(response, limited=kind is FaultKind.RATE_LIMITED)
        query = tuple(sorted((key, text) for key, text in request.args.items(multi=True) if key != "token"))
        self._world.requests.append(LoggedRequest(request.method, request.path, query, response.status_code))
        return response

    def _add_headers(self, response: Response, *, limited: bool) -> None:
        if self._world.dates_from_clock:
            response.headers["Date"] = format_datetime(self._world.now_at, usegmt=True)
        response.headers["Cache-Control"] = "no-cache, no-store, must-revalidate, max-age=0"
        token = _token()
        if token in self._world.accounts:
            usage = self._rates.describe(token, self._world.now_at, limited=limited)
            response.headers["X-Rate-Limit"] = f"token:{token} {usage}, key:SANDBOXKEY {usage}"


def find_account(world: World) -> Account:
    """Whom the request's token stands for; refused without one or with a wrong one."""
    token = _token()
    if token is None:
        raise Refusal(401, "NO_AUTH", "An OAuth token is required for all requests")
    account = world.accounts.get(token)
    if account is None:
        raise Refusal(401, "INVALID_AUTH", "The OAuth token you provided was invalid.")
    return account


def _build_view(world: World, answer: Callable[..., bytes]) -> Callable[..., Response]:
    def view(**ids: str) -> Response:
        with world.lock:
            body = answer(Call(world, request.args, find_account(world)), **ids)
        return Response(body, mimetype="application/json")

    return view


def _is_api(path: str) -> bool:
    return path == "/v3" or path.startswith("/v3/")


def _token() -> str | None:
    """The bearer token, else the one in the query."""
    scheme, _, token = request.headers.get("Authorization", "").partition(" ")
    return token.strip() if scheme.lower() == "bearer" and token.strip() else request.args.get("token")


def _redirect() -> Response:
    moved = Refusal(301, "PERMANENTLY_MOVED", "The resource you requested has moved.")
    response = _answer_refusal(moved)
    query = request.query_string.decode()
    response.headers["Location"] = f"{request.path}/{'?' if query else ''}{query}"
    return response


def _answer_refusal(refusal: Refusal) -> Response:
    return Response(json.dumps(refusal.body), refusal.status, mimetype="application/json")


def _no_path() -> Refusal:
    return Refusal(404, "NOT_FOUND", "The path you requested does not exist.")


def _no_method() -> Refusal:
    return Refusal(405, "METHOD_NOT_ALLOWED", "Method not allowed.")
