"""Dated parameters: what a policy document says, read and validated. Unknown keys, gaps and overlaps are refused."""

from __future__ import annotations

import hashlib
import tomllib
from dataclasses import dataclass
from datetime import date, timedelta
from functools import lru_cache
from importlib import resources
from itertools import pairwise
from typing import Generic, Literal, TypeVar

from pydantic import BaseModel, ConfigDict, Field, ValidationError

from policies.charges import Charge
from policies.decisions import FindingKind
from policies.exemption_rules import Exemptions
from policies.facts import Delivery, Mark
from policies.notice_rules import BANK_HOLIDAYS, COUNTED, IsBankHoliday, NoticeRule
from policies.problems import describe, describe_problem, without_echoes

_Value = TypeVar("_Value")
_Unit = TypeVar("_Unit", bound=str)

Severity = Literal["error", "warning", "advice"]


class PolicyError(ValueError):
    """A policy document is wrong; each line of the message names line and key, what was found and what is allowed."""


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
    """Distinct teachers, in whatever `counted` says."""
    maximum: int = Field(ge=1)
    """At each workshop."""
    cap: int | None = Field(default=None, ge=1)
    """Distinct teachers in the whole work group; None: as many as come."""
    counted: Literal["work group", "workshop"] = "work group"
    """Where the minimum and the roles are looked for."""


class RoleWords(_Strict):
    """Words that tell a role; matched whole, in any case. A role in which none of them stands is not known."""

    leader: tuple[str, ...]
    maths_lead: tuple[str, ...]
    other: tuple[str, ...] = ()
    """Words of those who are neither, where no other word says so."""


Want = Literal["required", "advice", "none"]


class Roles(_Strict):
    """How roles are told, and which of them a school is asked to send."""

    value: RoleWords
    unit: Literal["words in the role as typed"]
    clause: str = Field(min_length=1)
    source: str = Field(min_length=1)
    leader: Want = "required"
    """`advice`: never reported as more than that, whatever the severities say; `none`: not looked for."""
    maths_lead: Want = "required"

    def want(self, kind: FindingKind) -> Want:
        """How much the role is wanted whose lack this finding reports."""
        if kind is FindingKind.NO_MATHS_LEAD:
            return self.maths_lead
        return self.leader if kind in (FindingKind.NO_LEADER, FindingKind.ROLE_UNKNOWN) else "required"


class AttendancePercents(_Strict):
    """0: nothing, as if they had been there all the time."""

    turned_away: int = Field(default=0, ge=0, le=100)
    left_early: int = Field(default=0, ge=0, le=100)


class Substitutes(_Strict):
    """Who may come in a teacher's place, and whether a place that somebody else took is free."""

    value: Literal["free", "same school", "linked only", "announced", "none"]
    unit: Literal["who may come instead"]
    clause: str = Field(min_length=1)
    source: str = Field(min_length=1)
    refilled_is_free: bool = False
    """Nothing is charged for a place given back late into which somebody booked afterwards and came."""

    @property
    def finds_unlinked(self) -> bool:
        """Whether a colleague of the same school helps whom nobody said for whom they came."""
        return self.value in ("free", "same school", "announced")

    def takes(self, *, announced: bool) -> bool:
        """Whether somebody may come for a teacher who did, or did not, tell the hub beforehand."""
        return self.value != "none" and (self.value != "announced" or announced)


class Attendance(_Strict):
    """What coming too late, or leaving early, costs of what staying away does, in percent."""

    value: AttendancePercents
    unit: Literal["percent of the charge"]
    clause: str = Field(min_length=1)
    source: str = Field(min_length=1)


class Terms(_Strict):
    """One version of the rules, complete."""

    effective_from: date
    effective_until: date | None = None
    """Last day in force, inclusive; None: until the next version begins, or for good."""
    charge: Charge
    notice: NoticeRule
    notice_online: NoticeRule | None = None
    """For workshops held online; None: the same as in person."""
    exemptions: Exemptions
    substitutes: Substitutes
    attendance: Attendance | None = None
    """What coming too late and leaving early costs; None: nothing."""
    teachers: Parameter[TeacherNumbers, Literal["teachers from each school"]]
    roles: Roles
    severities: Parameter[dict[FindingKind, Severity], Literal["severity of each finding"]]

    def severity(self, kind: FindingKind) -> Severity:
        """How serious a finding is; of a role that is only advised, no more than advice."""
        return "advice" if self.roles.want(kind) == "advice" else self.severities.value[kind]

    @property
    def version(self) -> str:
        """How this version is called: the first day on which it was in force."""
        return self.effective_from.isoformat()

    def attendance_percent(self, mark: Mark) -> int:
        """What a place so marked costs of what staying away does; 0: nothing."""
        if self.attendance is None:
            return 0
        percents = self.attendance.value
        return {Mark.TURNED_AWAY: percents.turned_away, Mark.LEFT_EARLY: percents.left_early}.get(mark, 0)

    def notice_for(self, delivery: Delivery) -> NoticeRule:
        """The rule about notice for workshops in person, or online."""
        return self.notice_online if delivery is Delivery.ONLINE and self.notice_online is not None else self.notice

    def describe(self) -> list[str]:
        """The rules as lines of text, each with its source."""
        rules = (
            self.charge,
            self.notice,
            self.notice_online,
            self.exemptions,
            self.substitutes,
            self.attendance,
            self.teachers,
            self.roles,
        )
        return [f"- {rule.clause}\n  ({rule.source})" for rule in rules if rule is not None]


class Document(_Strict):
    """A policy document as it is written."""

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
def load_policy(text: str, is_bank_holiday: IsBankHoliday | None = None) -> Policy:
    """Read a policy document.

    Args:
        text: TOML.
        is_bank_holiday: England's bank holidays; only rules that count working days need them.

    Raises:
        PolicyError: not TOML, an unknown or missing key, a wrong unit or value, or versions with a gap or overlap.
    """
    try:
        read = tomllib.loads(text)
    except tomllib.TOMLDecodeError as error:
        raise PolicyError(f"not a TOML document: {error}") from None
    try:
        document = Document.model_validate(read, context={BANK_HOLIDAYS: is_bank_holiday})
    except ValidationError as error:
        problems = [describe_problem(text, read, problem) for problem in without_echoes(error.errors())]
        raise PolicyError("\n".join(problems)) from None
    for number, terms in enumerate(document.version):
        _check_terms(text, number, terms)
    _check_versions(text, document.version)
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


def _check_versions(text: str, versions: tuple[Terms, ...]) -> None:
    for number, (earlier, later) in enumerate(pairwise(versions), 1):
        begins = ("version", number, "effective_from")
        found = f"found {later.version}"
        if later.effective_from <= earlier.effective_from:
            raise PolicyError(describe(text, begins, found, f"it must be after that of {earlier.version}"))
        if earlier.effective_until is None:
            continue
        next_day = earlier.effective_until + timedelta(days=1)
        if later.effective_from < next_day:
            raise PolicyError(describe(text, begins, found, f"overlaps version {earlier.version}: write {next_day}"))
        if later.effective_from > next_day:
            raise PolicyError(describe(text, begins, found, f"leaves a gap after {earlier.version}: write {next_day}"))


def _check_terms(text: str, number: int, terms: Terms) -> None:
    version = ("version", number)
    if terms.effective_until is not None and terms.effective_until < terms.effective_from:
        key = (*version, "effective_until")
        raise PolicyError(
            describe(text, key, f"found {terms.effective_until}", "effective_until is before effective_from")
        )
    teachers = terms.teachers.value
    if teachers.minimum > teachers.maximum:
        found = f"found {teachers.minimum} and {teachers.maximum}"
        raise PolicyError(describe(text, (*version, "teachers", "value"), found, "minimum is greater than maximum"))
    if teachers.cap is not None and teachers.cap < teachers.minimum:
        found = f"found {teachers.cap} and {teachers.minimum}"
        raise PolicyError(describe(text, (*version, "teachers", "value"), found, "cap is smaller than minimum"))
    _check_tiers(text, version, terms)
    missing = [kind for kind in FindingKind if kind not in terms.severities.value]
    if missing:
        found = f"{', '.join(missing)} missing"
        raise PolicyError(describe(text, (*version, "severities", "value"), found, "every finding has a severity"))


def _check_tiers(text: str, version: tuple[str | int, ...], terms: Terms) -> None:
    """Tiers begin where notice is no longer free of charge; they are in the unit of the notice rule."""
    if not terms.charge.tiers:
        return
    key, first = (*version, "charge", "tiers"), terms.charge.tiers[0].before
    for rule in filter(None, (terms.notice, terms.notice_online)):
        if not isinstance(rule, COUNTED):
            raise PolicyError(describe(text, key, f"notice is {rule.describe()}", "tiers need notice in hours or days"))
        if rule.value != first:
            found = f"found from {first}, notice is free from {rule.value} on"
            raise PolicyError(describe(text, key, found, "a gap or an overlap: the first tier begins there"))
