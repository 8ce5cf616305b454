"""What a night came to, as tests look at it."""

from __future__ import annotations

from typing import Any

from tests.hub import Hub, Result

STEPS = ["sync", "findings", "reviews", "registers", "plan", "retention", "backup", "digest"]


def step_of(result: Result, name: str) -> dict[str, Any]:
    (step,) = [step for step in result.json()["steps"] if step["step"] == name]
    found: dict[str, Any] = step
    return found


def recorded(hub: Hub) -> dict[str, Any]:
    """The newest night, as `status` has it."""
    night: dict[str, Any] = hub.do("status", "--json").json()["night"]
    return night


def codes_of(night: dict[str, Any]) -> dict[str, int]:
    return {step["step"]: step["exit_code"] for step in night["steps"]}
