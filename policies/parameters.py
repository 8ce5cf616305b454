"""Dated parameters: what a policy document says, read and validated. Unknown keys, gaps and overlaps are refused."""

from __future__ import annotations

import hashlib
import tomllib
from dataclasses import dataclass
from datetime import date, timedelta
from functools import lru_cache
from importlib import resources
from itertools import pairwise
from typing import Annotated, Generic, Literal, TypeVar

from pydantic import BaseModel, ConfigDict, Field, ValidationError

from policies.decisions import FindingKind
from policies.facts import ExemptionKind

_Value = TypeVar("_Value")
_Unit = TypeVar("_Unit", bound=str)

Severity = Literal["error", "warning", "advice"]


class PolicyError(ValueError):
    """A policy document is wrong; the message names the key."""


class _Strict(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)


class Parameter(_Strict, Generic[_Value, _Unit]):
    """A value with its unit, the clause that schools were shown, and where that clause stands."""

    value: _Value
    unit: _Unit
    clause: str = Field(min_length=1)
    source: str = Field(min_length=1)


class TeacherNumbers(_Strict):
    """How many teachers a school sends."""

    minimum: int = Field(ge=0)
    maximum: int = Field(ge=1)


class RoleWords(_Strict):
    """Words that make a role a leader's, or the Maths Lead's; matched whole, in any case."""

    leader: tuple[str, ...]
    maths_lead: tuple[str, ...]


class Terms(_Strict):
    """One version of the rules, complete."""

    effective_from: date
    effective_until: date | None = None
    """Last day in force, inclusive; None: until the next version begins, or for good."""
    charge: Parameter[Annotated[int, Field(ge=0)], Literal["pence"]]
    notice: Parameter[Annotated[int, Field(ge=0, le=24 * 366)], Literal["elapsed hours"]]
    exemptions: Parameter[tuple[ExemptionKind, ...], Literal["kinds"]]
    substitutes: Parameter[Literal["same school", "linked only"], Literal["who may come instead"]]
    teachers: Parameter[TeacherNumbers, Literal["teachers from each school"]]
    roles: Parameter[RoleWords, Literal["words in the role as typed"]]
    severities: Parameter[dict[FindingKind, Severity], Literal["severity of each finding"]]

    @property
    def version(self) -> str:
        """How this version is called: the first day on which it was in force."""
        return self.effective_from.isoformat()

    @property
    def notice_before_start(self) -> timedelta:
        """How long before the start notice is still free of charge."""
        return timedelta(hours=self.notice.value)

    def describe(self) -> list[str]:
        """The rules as lines of text, each with its source."""
        parameters = (self.charge, self.notice, self.exemptions, self.substitutes, self.teachers, self.roles)
        return [f"- {parameter.clause}\n  ({parameter.source})" for parameter in parameters]


class _Document(_Strict):
    id: str = Field(pattern=r"^[a-z0-9-]+$")
    title: str = Field(min_length=1)
    version: tuple[Terms, ...] = Field(min_length=1)


@dataclass(frozen=True, slots=True)
class Policy:
    """A policy document: its versions, oldest first, and the digest of the text it was read from."""

    id: str
    title: str
    versions: tuple[Terms, ...]
    digest: str
    """SHA-256 of the text, hexadecimal."""

    def version_on(self, day: date) -> Terms | None:
        """The version in force on a local date; None before the first and after the last."""
        for terms in reversed(self.versions):
            if terms.effective_from <= day:
                ended = terms.effective_until is not None and day > terms.effective_until
                return None if ended else terms
        return None


@lru_cache(maxsize=32)
def load_policy(text: str) -> Policy:
    """Read a policy document.

    Raises:
        PolicyError: not TOML, an unknown or missing key, a wrong unit or value, or versions with a gap or overlap.
    """
    try:
        document = _Document.model_validate(tomllib.loads(text))
    except tomllib.TOMLDecodeError as error:
        raise PolicyError(f"not a TOML document: {error}") from None
    except ValidationError as error:
        problems = "; ".join(f"{_key(problem['loc'])}: {problem['msg']}" for problem in error.errors())
        raise PolicyError(problems) from None
    for terms in document.version:
        _check_terms(terms)
    _check_versions(document.version)
    digest = hashlib.sha256(text.encode()).hexdigest()
    return Policy(document.id, document.title, document.version, digest)


def read_shipped(policy_id: str) -> str:
    """The text of a document that comes with ebsync.

    Raises:
        PolicyError: there is none of this id; the message lists those there are.
    """
    folder = resources.files("policies") / "documents"
    shipped = sorted(entry.name.removesuffix(".toml") for entry in folder.iterdir() if entry.name.endswith(".toml"))
    if policy_id not in shipped:
        raise PolicyError(f"there is no shipped policy {policy_id}; there are: {', '.join(shipped)}")
    return (folder / f"{policy_id}.toml").read_text(encoding="utf-8")


def _check_versions(versions: tuple[Terms, ...]) -> None:
    for earlier, later in pairwise(versions):
        if later.effective_from <= earlier.effective_from:
            raise PolicyError(f"version {later.version}: effective_from is not after that of {earlier.version}")
        if earlier.effective_until is None:
            continue
        next_day = earlier.effective_until + timedelta(days=1)
        if later.effective_from < next_day:
            raise PolicyError(f"version {later.version}: overlaps version {earlier.version}")
        if later.effective_from > next_day:
            raise PolicyError(f"version {later.version}: leaves a gap after version {earlier.version}")


def _check_terms(terms: Terms) -> None:
    if terms.effective_until is not None and terms.effective_until < terms.effective_from:
        raise PolicyError(f"version {terms.version}: effective_until is before effective_from")
    if terms.teachers.value.minimum > terms.teachers.value.maximum:
        raise PolicyError(f"version {terms.version}: teachers: minimum is greater than maximum")
    missing = [kind for kind in FindingKind if kind not in terms.severities.value]
    if missing:
        raise PolicyError(f"version {terms.version}: severities: {', '.join(missing)} missing")


def _key(location: tuple[int | str, ...]) -> str:
    return ".".join(str(part) for part in location)
