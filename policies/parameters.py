"""Dated parameters: what a policy document says, read and validated. Unknown keys, gaps and overlaps are refused."""

from __future__ import annotations

import hashlib
import tomllib
from dataclasses import dataclass
from datetime import date, timedelta
from functools import lru_cache
from importlib import resources
from itertools import pairwise
from typing import Literal

from pydantic import BaseModel, ConfigDict, Field, ValidationError

from policies.charges import Charge
from policies.decisions import FindingKind
from policies.exemption_rules import Exemptions
from policies.facts import Delivery, Mark
from policies.keys import Clause, ClauseSource, describe_keys
from policies.notice_rules import BANK_HOLIDAYS, COUNTED, IsBankHoliday, NoticeRule
from policies.problems import Key as DocumentKey
from policies.problems import describe, describe_problem, without_echoes

Severity = Literal["error", "warning", "advice"]


_PARTS = "value = { turned_away = 100, left_early = 50 }"
_CAP = 'value = { minimum = 1, maximum = 2, cap = 4, counted = "workshop" }'
_ROLES = 'value = { leader = ["deputy"], maths_lead = ["maths lead"], other = ["teacher"] }'
"""Examples of lines of a document, for whoever writes one."""


class PolicyError(ValueError):
    """A policy document is wrong; each line of the message names line and key, what was found and what is allowed."""


class _Strict(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)


class TeacherNumbers(_Strict):
    """How many teachers a school sends."""

    minimum: int = Field(ge=0, description="fewer are reported", examples=["value = { minimum = 2, maximum = 2 }"])
    maximum: int = Field(
        ge=1, description="more at one workshop are reported", examples=["value = { minimum = 2, maximum = 2 }"]
    )
    cap: int | None = Field(
        default=None,
        ge=1,
        description=(
            "more different teachers of one school in the whole work group are reported; left out: as many as come"
        ),
        examples=[_CAP],
    )
    counted: Literal["work group", "workshop"] = Field(
        default="work group",
        description="where the minimum and the roles are looked for: `work group` (left out: this) or each `workshop`",
        examples=[_CAP],
    )


class Teachers(_Strict):
    """How many teachers a school sends, with the clause that schools were shown, and where that clause stands."""

    value: TeacherNumbers = Field(description="least and most", examples=["value = { minimum = 2, maximum = 2 }"])
    unit: Literal["teachers from each school"] = Field(
        description="the unit", examples=['unit = "teachers from each school"']
    )
    clause: Clause
    source: ClauseSource


class RoleWords(_Strict):
    """Words that tell a role; matched whole, in any case. A role in which none of them stands is not known."""

    leader: tuple[str, ...] = Field(description="words that make somebody a leader", examples=[_ROLES])
    maths_lead: tuple[str, ...] = Field(description="words that make somebody the Maths Lead", examples=[_ROLES])
    other: tuple[str, ...] = Field(
        default=(),
        description="words of those who are neither; a role in which no word stands is reported as unknown",
        examples=[_ROLES],
    )


Want = Literal["required", "advice", "none"]


class Roles(_Strict):
    """How roles are told, and which of them a school is asked to send."""

    value: RoleWords = Field(description="whole words, in any case", examples=[_ROLES])
    unit: Literal["words in the role as typed"] = Field(
        description="the unit", examples=['unit = "words in the role as typed"']
    )
    clause: Clause
    source: ClauseSource
    leader: Want = Field(
        default="required",
        description=(
            "`required` (left out: this): a school without a leader is reported as the severities say; "
            "`advice`: as advice; `none`: not at all"
        ),
        examples=['leader = "advice"'],
    )
    maths_lead: Want = Field(
        default="required", description="the same of the Maths Lead", examples=['maths_lead = "none"']
    )

    def want(self, kind: FindingKind) -> Want:
        """How much the role is wanted whose lack this finding reports."""
        if kind is FindingKind.NO_MATHS_LEAD:
            return self.maths_lead
        return self.leader if kind in (FindingKind.NO_LEADER, FindingKind.ROLE_UNKNOWN) else "required"


class AttendancePercents(_Strict):
    """0: nothing, as if they had been there all the time."""

    turned_away: int = Field(
        default=0, ge=0, le=100, description="for the mark `turned-away`: too late to be admitted", examples=[_PARTS]
    )
    left_early: int = Field(default=0, ge=0, le=100, description="for the mark `left-early`", examples=[_PARTS])


class Substitutes(_Strict):
    """Who may come in a teacher's place, and whether a place that somebody else took is free."""

    value: Literal["free", "same school", "linked only", "announced", "none"] = Field(
        description=(
            "`free` or `same school`: a colleague of the same school who came helps, also if nobody said for "
            "whom; `linked only`: if a person said for whom; `announced`: if the hub was told before the start; "
            "`none`"
        ),
        examples=['value = "same school"'],
    )
    unit: Literal["who may come instead"] = Field(description="the unit", examples=['unit = "who may come instead"'])
    clause: Clause
    source: ClauseSource
    refilled_is_free: bool = Field(
        default=False,
        description="nothing is charged for a place given back late into which somebody booked afterwards and came",
        examples=["refilled_is_free = true"],
    )

    @property
    def finds_unlinked(self) -> bool:
        """Whether a colleague of the same school helps whom nobody said for whom they came."""
        return self.value in ("free", "same school", "announced")

    def takes(self, *, announced: bool) -> bool:
        """Whether somebody may come for a teacher who did, or did not, tell the hub beforehand."""
        return self.value != "none" and (self.value != "announced" or announced)


class Attendance(_Strict):
    """What coming too late, or leaving early, costs of what staying away does, in percent."""

    value: AttendancePercents = Field(description="percent of what staying away costs", examples=[_PARTS])
    unit: Literal["percent of the charge"] = Field(description="the unit", examples=['unit = "percent of the charge"'])
    clause: Clause
    source: ClauseSource


class Severities(_Strict):
    """How serious each finding is."""

    value: dict[FindingKind, Severity] = Field(
        description="every finding, each `error`, `warning` or `advice`",
        examples=['value = { one_teacher = "warning" }'],
    )
    unit: Literal["severity of each finding"] = Field(
        description="the unit", examples=['unit = "severity of each finding"']
    )
    clause: Clause
    source: ClauseSource


class PolicyTerms(_Strict):
    """One version of the rules, complete."""

    effective_from: date = Field(description="first day in force", examples=["effective_from = 2019-01-01"])
    effective_until: date | None = Field(
        default=None,
        description="last day in force, included; left out: until the next version begins",
        examples=["effective_until = 2020-08-31"],
    )
    charge: Charge = Field(
        description="what a place costs that was booked and not taken up", examples=["[version.charge]"]
    )
    notice: NoticeRule = Field(
        description="until when a place can be given back free of charge", examples=["[version.notice]"]
    )
    notice_online: NoticeRule | None = Field(
        default=None,
        description="the same for workshops held online; left out: as in person",
        examples=["[version.notice_online]"],
    )
    exemptions: Exemptions = Field(
        description="what is never charged, if a person approves it", examples=["[version.exemptions]"]
    )
    substitutes: Substitutes = Field(
        description="whether a colleague may come instead", examples=["[version.substitutes]"]
    )
    attendance: Attendance | None = Field(
        default=None,
        description="what lateness and leaving early cost; left out: nothing",
        examples=["[version.attendance]"],
    )
    teachers: Teachers = Field(description="how many teachers a school sends", examples=["[version.teachers]"])
    roles: Roles = Field(description="words that tell a role", examples=["[version.roles]"])
    severities: Severities = Field(
        description="how serious each finding about teachers is", examples=["[version.severities]"]
    )

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

    id: str = Field(
        pattern=r"^[a-z0-9-]+$",
        description="what the document is called: small letters, digits and hyphens",
        examples=['id = "maths-hub"'],
    )
    title: str = Field(min_length=1, description="its name for people", examples=['title = "Maths Hub Work Groups"'])
    version: tuple[PolicyTerms, ...] = Field(
        min_length=1, description="one wording of the terms; oldest first", examples=["[[version]]"]
    )


KEYS = describe_keys(Document)
"""Every key of a document with what it means and an example: for the README, and for whoever got one wrong."""


def _wrong(text: str, key: DocumentKey, found: str, allowed: str) -> PolicyError:
    return PolicyError(describe(text, key, found, allowed, KEYS))


@dataclass(frozen=True, slots=True)
class Policy:
    """A policy document: its versions, oldest first, and the digest of the text it was read from."""

    id: str
    title: str
    versions: tuple[PolicyTerms, ...]
    digest: str
    """SHA-256 of the text, hexadecimal."""

    def version_on(self, day: date) -> PolicyTerms | None:
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
        problems = [describe_problem(text, read, problem, KEYS) for problem in without_echoes(error.errors())]
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


def _check_versions(text: str, versions: tuple[PolicyTerms, ...]) -> None:
    for number, (earlier, later) in enumerate(pairwise(versions), 1):
        begins = ("version", number, "effective_from")
        found = f"found {later.version}"
        if later.effective_from <= earlier.effective_from:
            raise _wrong(text, begins, found, f"it must be after that of {earlier.version}")
        if earlier.effective_until is None:
            continue
        next_day = earlier.effective_until + timedelta(days=1)
        if later.effective_from < next_day:
            raise _wrong(text, begins, found, f"overlaps version {earlier.version}: write {next_day}")
        if later.effective_from > next_day:
            raise _wrong(text, begins, found, f"leaves a gap after {earlier.version}: write {next_day}")


def _check_terms(text: str, number: int, terms: PolicyTerms) -> None:
    version = ("version", number)
    if terms.effective_until is not None and terms.effective_until < terms.effective_from:
        key = (*version, "effective_until")
        raise _wrong(text, key, f"found {terms.effective_until}", "effective_until is before effective_from")
    teachers = terms.teachers.value
    if teachers.minimum > teachers.maximum:
        found = f"found {teachers.minimum} and {teachers.maximum}"
        raise _wrong(text, (*version, "teachers", "value"), found, "minimum is greater than maximum")
    if teachers.cap is not None and teachers.cap < teachers.minimum:
        found = f"found {teachers.cap} and {teachers.minimum}"
        raise _wrong(text, (*version, "teachers", "value"), found, "cap is smaller than minimum")
    _check_tiers(text, version, terms)
    missing = [kind for kind in FindingKind if kind not in terms.severities.value]
    if missing:
        found = f"{', '.join(missing)} missing"
        raise _wrong(text, (*version, "severities", "value"), found, "every finding has a severity")


def _check_tiers(text: str, version: tuple[str | int, ...], terms: PolicyTerms) -> None:
    """Tiers begin where notice is no longer free of charge; they are in the unit of the notice rule."""
    if not terms.charge.tiers:
        return
    key, first = (*version, "charge", "tiers"), terms.charge.tiers[0].before
    for rule in filter(None, (terms.notice, terms.notice_online)):
        if not isinstance(rule, COUNTED):
            raise _wrong(text, key, f"notice is {rule.describe()}", "tiers need notice in hours or days")
        if rule.value != first:
            found = f"found from {first}, notice is free from {rule.value} on"
            raise _wrong(text, key, found, "a gap or an overlap: the first tier begins there")
