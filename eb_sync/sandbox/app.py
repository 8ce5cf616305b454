"""The sandbox over HTTP: `/v3` as Eventbrite answers it, `/_control` for whoever drives the story."""

from __future__ import annotations

from collections.abc import Callable
from email.utils import format_datetime

from flask import Flask, Response, g, request

from eb_sync.sandbox.control import add_control
from eb_sync.sandbox.corrupted import render_refusal, spoil
from eb_sync.sandbox.faults import Fault, FaultKind
from eb_sync.sandbox.rates import HOURLY_CALLS
from eb_sync.sandbox.refusals import Refusal, expired, over_limit
from eb_sync.sandbox.routes import ROUTES, Call
from eb_sync.sandbox.rows import Account
from eb_sync.sandbox.world import LoggedRequest, World


def create_app(world: World) -> Flask:
    """A WSGI application that answers for one world."""
    app = Flask(__name__, static_folder=None)
    app.register_error_handler(Refusal, render_refusal)
    app.register_error_handler(404, lambda _: render_refusal(_no_path()))
    app.register_error_handler(405, lambda _: render_refusal(_no_method()))
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

    def check(self) -> Response | None:
        """Slash, token and rate, in this order; None lets the request in."""
        if not _is_api(request.path):
            return None
        g.fault = self._world.faults.draw(request.path, request.args)
        if not request.path.endswith("/"):
            return _redirect()
        find_account(self._world)
        used = self._world.rates.count(_token() or "", self._world.now_at)
        if self._world.enforces_rate_limit and used > HOURLY_CALLS:
            raise over_limit()
        return None

    def finish(self, response: Response) -> Response:
        """Spoil what is to be spoilt, add the headers, log."""
        if not _is_api(request.path):
            return response
        fault = _ordered_fault()
        if fault is not None:
            if fault.kind is FaultKind.SLOW:
                self._world.faults.wait(fault.seconds)
            response = spoil(fault, response, request.args)
        self._add_headers(response, fault)
        query = tuple(sorted((key, text) for key, text in request.args.items(multi=True) if key != "token"))
        self._world.requests.append(LoggedRequest(request.method, request.path, query, response.status_code))
        return response

    def _add_headers(self, response: Response, fault: Fault | None) -> None:
        if self._world.dates_from_clock:
            response.headers["Date"] = format_datetime(self._world.stamp_at, usegmt=True)
        response.headers["Cache-Control"] = "no-cache, no-store, must-revalidate, max-age=0"
        token = _token()
        if token in self._world.accounts:
            usage = self._describe_usage(token, fault)
            response.headers["X-Rate-Limit"] = f"token:{token} {usage}, key:SANDBOXKEY {usage}"

    def _describe_usage(self, token: str, fault: Fault | None) -> str:
        if fault is not None and fault.kind is FaultKind.RATE_LIMITED:
            return self._world.rates.describe_full(token, self._world.now_at, fault.reset_seconds)
        return self._world.rates.describe(token, self._world.now_at)


def find_account(world: World) -> Account:
    """Whom the request's token stands for; refused without one or with a wrong one."""
    token = _token()
    if token is None:
        raise Refusal(401, "NO_AUTH", "An OAuth token is required for all requests")
    account = world.accounts.get(token)
    if account is None:
        raise expired()
    return account


def _build_view(world: World, answer: Callable[..., bytes]) -> Callable[..., Response]:
    def view(**ids: str) -> Response:
        with world.lock:
            body = answer(Call(world, request.args, find_account(world), _find_shift()), **ids)
        return Response(body, mimetype="application/json")

    return view


def _ordered_fault() -> Fault | None:
    """The fault that was drawn for the request in hand."""
    fault: Fault | None = g.fault
    return fault


def _find_shift() -> int:
    """How much later than it should a later page of a list begins."""
    fault = _ordered_fault()
    if fault is None:
        return 0
    return {FaultKind.SKIPPED_ROWS: fault.rows, FaultKind.REPEATED_ROWS: -fault.rows}.get(fault.kind, 0)


def _is_api(path: str) -> bool:
    return path == "/v3" or path.startswith("/v3/")


def _token() -> str | None:
    """The bearer token, else the one in the query."""
    scheme, _, token = request.headers.get("Authorization", "").partition(" ")
    return token.strip() if scheme.lower() == "bearer" and token.strip() else request.args.get("token")


def _redirect() -> Response:
    moved = Refusal(301, "PERMANENTLY_MOVED", "The resource you requested has moved.")
    response = render_refusal(moved)
    query = request.query_string.decode()
    response.headers["Location"] = f"{request.path}/{'?' if query else ''}{query}"
    return response


def _no_path() -> Refusal:
    return Refusal(404, "NOT_FOUND", "The path you requested does not exist.")


def _no_method() -> Refusal:
    return Refusal(405, "METHOD_NOT_ALLOWED", "Method not allowed.")
