"""The control surface, outside `/v3`: every verb of the world by name, for tests in another process.

The JSON keys are the names of the method's parameters: `POST /_control/cancel` with `{"attendee_id": "1"}`,
`add_event` with `{"wish": {"title": ..., "starts": ..., "ends": ...}}`, `fault` with `{"fault": {"kind": ...}}`.
`configure` takes settings (`eb_sync.sandbox.configuration`) and answers with all of them.
"""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import asdict
from functools import partial
from typing import Any

from flask import Flask, Response, request
from pydantic import ValidationError, validate_call
from pydantic_core import to_jsonable_python

from eb_sync.sandbox.configuration import configure
from eb_sync.sandbox.world import World

VERBS = (
    "set_clock",
    "advance",
    "create_organization",
    "add_account",
    "add_event",
    "add_series",
    "copy_event",
    "publish",
    "unpublish",
    "move",
    "rename",
    "call_off",
    "postpone",
    "reinstate_event",
    "cancel_event",
    "remove_event",
    "reword_question",
    "unlist_ticket_class",
    "recategorise_ticket_class",
    "book",
    "cancel",
    "delete",
    "revive",
    "check_in",
    "undo_check_in",
    "edit",
    "reword_status",
    "clear_requests",
    "set_used_calls",
    "prerender",
)
"""Methods of `World` that `POST /_control/<verb>` calls with the JSON object as keyword arguments."""


def add_control(app: Flask, world: World) -> None:
    """Mount the control surface on the sandbox's application."""
    methods = {name: getattr(world, name) for name in VERBS}
    methods |= {"fault": world.faults.order, "clear_faults": world.faults.clear}
    verbs: dict[str, Callable[..., object]] = {name: partial(_apply, method) for name, method in methods.items()}
    verbs["configure"] = partial(configure, world)

    def apply_verb(verb: str) -> Response:
        if verb not in verbs:
            return _answer({"error": f"no such verb: {verb}"}, 404)
        try:
            with world.lock:
                made = verbs[verb](**(request.get_json(silent=True) or {}))
        except (LookupError, ValueError, ValidationError) as error:
            return _answer({"error": str(error)}, 400)
        return _answer({"result": made})

    def show_requests() -> Response:
        return _answer({"requests": [asdict(logged) for logged in tuple(world.requests)]})

    def show_clock() -> Response:
        return _answer({"now_at": world.now_at})

    app.add_url_rule("/_control/<verb>", "control", apply_verb, methods=["POST"])
    app.add_url_rule("/_control/requests", "control_requests", show_requests, methods=["GET"])
    app.add_url_rule("/_control/clock", "control_clock", show_clock, methods=["GET"])


def _apply(method: Callable[..., object], /, **arguments: object) -> object:
    # made when called: to build the validators of all takes longer than to start the rest of the sandbox
    return validate_call(method)(**arguments)


def _answer(body: dict[str, Any], status: int = 200) -> Response:
    return Response(json.dumps(to_jsonable_python(body)), status, mimetype="application/json")
