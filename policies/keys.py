"""Every key of a policy document with what it means and an example: for the README, and for whoever got one wrong."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any, NamedTuple, get_args

from pydantic import BaseModel


class Key(NamedTuple):
    """What a key says, and how it may look."""

    meaning: str
    example: str
    """A line of TOML."""


_LENGTHS = "value = [{ up_to_hours = 4, pence = 2500 }, { pence = 5000 }]"
_TIERS = "tiers = [{ from = 14, until = 7, percent = 50 }, { from = 7, until = 0, percent = 100 }]"
_PARTS = "value = { turned_away = 100, left_early = 50 }"
_CAP = 'value = { minimum = 1, maximum = 2, cap = 4, counted = "workshop" }'
_ROLES = 'value = { leader = ["deputy"], maths_lead = ["maths lead"], other = ["teacher"] }'

_EXEMPTIONS = (
    'value = ["ofsted", { kind = "extenuating", evidence = "a note from the head teacher", claim_within_days = 14 }]'
)
_SCOPE = 'value = [{ kind = "extenuating", scope = "booking and workshop", codes = ["illness"] }]'
_APPROVERS = 'value = [{ kind = "ofsted", approvers = ["Jo Field"] }]'
_CLAIM_BY = 'value = [{ kind = "extenuating", claim_within_days = 0, claim_by = 10:00:00 }]'

KEYS: Mapping[str, Key] = {
    "id": Key("what the document is called: small letters, digits and hyphens", 'id = "maths-hub"'),
    "title": Key("its name for people", 'title = "Maths Hub Work Groups"'),
    "version": Key("one wording of the terms; oldest first", "[[version]]"),
    "version.effective_from": Key("first day in force", "effective_from = 2019-01-01"),
    "version.effective_until": Key(
        "last day in force, included; left out: until the next version begins", "effective_until = 2020-08-31"
    ),
    "version.charge": Key("what a place costs that was booked and not taken up", "[version.charge]"),
    "version.charge.value": Key(
        "pence for each place, or for each hour; by length: steps, the last without `up_to_hours`", "value = 5000"
    ),
    "version.charge.value.up_to_hours": Key("how long a workshop of this step may be", _LENGTHS),
    "version.charge.value.pence": Key("what workshops of this length cost", _LENGTHS),
    "version.charge.unit": Key(
        "`pence`, `pence per hour` (parts of an hour in proportion, rounded down to a penny) or `pence by length`",
        'unit = "pence"',
    ),
    "version.charge.evening_pence": Key(
        "by length: what a workshop costs that starts in the evening", "evening_pence = 5000"
    ),
    "version.charge.evening_from": Key("when the evening begins; left out: 17:00", "evening_from = 17:30:00"),
    "version.charge.late_notice_percent": Key(
        "what late notice costs, of what staying away does, rounded down to a penny; left out: 100",
        "late_notice_percent = 60",
    ),
    "version.charge.tiers": Key(
        "the same by how late it was; longest notice first, without gaps, from what is free down to 0", _TIERS
    ),
    "version.charge.tiers.from": Key("notice of less than so much, in the unit of the notice rule", _TIERS),
    "version.charge.tiers.until": Key("but of at least so much", _TIERS),
    "version.charge.tiers.percent": Key("costs so much of what staying away does", _TIERS),
    "version.charge.per": Key(
        "`participant` (left out: this) or `school`: a school pays once for each workshop", 'per = "school"'
    ),
    "version.notice": Key("until when a place can be given back free of charge", "[version.notice]"),
    "version.notice.value": Key(
        "how many hours or days; a time of day for `clock time ...`; 0 for `any time before the start`", "value = 24"
    ),
    "version.notice.unit": Key(
        "`elapsed hours` pass whatever the clocks do; `calendar days` and `working days` end with a day; "
        "`clock time on the day before`, `clock time on the working day before`; `any time before the start`",
        'unit = "elapsed hours"',
    ),
    "version.notice.boundary": Key(
        "`at least`: exactly so much is in time (left out: this); `more than`: exactly so much is late",
        'boundary = "more than"',
    ),
    "version.notice.counting": Key(
        "of working days: `back`: three before a Tuesday is the Thursday; `clear`: two days between, "
        "two before a Monday is the Wednesday",
        'counting = "back"',
    ),
    "version.notice.closed_on": Key(
        "days on which the office is closed, beside weekends and England's bank holidays", "closed_on = [2019-12-27]"
    ),
    "version.notice.channels": Key(
        "how notice may be given, beside cancelling on Eventbrite, which always counts; left out: in any way",
        'channels = ["email", "letter"]',
    ),
    "version.notice.confirm_in_writing": Key(
        "of these, ways that count only if there is an e-mail or a letter as well", 'confirm_in_writing = ["phone"]'
    ),
    "version.notice_online": Key(
        "the same for workshops held online; left out: as in person", "[version.notice_online]"
    ),
    "version.exemptions": Key("what is never charged, if a person approves it", "[version.exemptions]"),
    "version.exemptions.value": Key(
        "kinds of exemption, by name or with what a claim needs; none at all: `[]`", _EXEMPTIONS
    ),
    "version.exemptions.value.kind": Key("`ofsted` or `extenuating`", _EXEMPTIONS),
    "version.exemptions.value.scope": Key(
        "`school and dates` (Ofsted); `booking or school, and workshop`, or only `booking and workshop` (extenuating); "
        "left out: as wide as the kind allows",
        _SCOPE,
    ),
    "version.exemptions.value.codes": Key(
        "extenuating: which of `illness`, `bereavement`, `family`, `weather`, `emergency`, `other`; left out: all",
        _SCOPE,
    ),
    "version.exemptions.value.approvers": Key("who may approve it, by name; left out: anybody", _APPROVERS),
    "version.exemptions.value.evidence": Key(
        "what must have been shown before it is approved; left out: nothing", _EXEMPTIONS
    ),
    "version.exemptions.value.claim_within_days": Key(
        "until the end of how many days after that of the workshop it may be claimed; left out: at any time",
        _EXEMPTIONS,
    ),
    "version.exemptions.value.claim_by": Key("the local time by which, on the last of these days", _CLAIM_BY),
    "version.exemptions.unit": Key("the unit", 'unit = "kinds"'),
    "version.substitutes": Key("whether a colleague may come instead", "[version.substitutes]"),
    "version.substitutes.value": Key(
        "`free` or `same school`: a colleague of the same school who came helps, also if nobody said for whom; "
        "`linked only`: if a person said for whom; `announced`: if the hub was told before the start; `none`",
        'value = "same school"',
    ),
    "version.substitutes.refilled_is_free": Key(
        "nothing is charged for a place given back late into which somebody booked afterwards and came",
        "refilled_is_free = true",
    ),
    "version.substitutes.unit": Key("the unit", 'unit = "who may come instead"'),
    "version.attendance": Key("what lateness and leaving early cost; left out: nothing", "[version.attendance]"),
    "version.attendance.value": Key("percent of what staying away costs", _PARTS),
    "version.attendance.value.turned_away": Key("for the mark `turned-away`: too late to be admitted", _PARTS),
    "version.attendance.value.left_early": Key("for the mark `left-early`", _PARTS),
    "version.attendance.unit": Key("the unit", 'unit = "percent of the charge"'),
    "version.teachers": Key("how many teachers a school sends", "[version.teachers]"),
    "version.teachers.value": Key("least and most", "value = { minimum = 2, maximum = 2 }"),
    "version.teachers.value.minimum": Key("fewer are reported", "value = { minimum = 2, maximum = 2 }"),
    "version.teachers.value.maximum": Key("more at one workshop are reported", "value = { minimum = 2, maximum = 2 }"),
    "version.teachers.value.cap": Key(
        "more different teachers of one school in the whole work group are reported; left out: as many as come", _CAP
    ),
    "version.teachers.value.counted": Key(
        "where the minimum and the roles are looked for: `work group` (left out: this) or each `workshop`", _CAP
    ),
    "version.teachers.unit": Key("the unit", 'unit = "teachers from each school"'),
    "version.roles": Key("words that tell a role", "[version.roles]"),
    "version.roles.value": Key("whole words, in any case", _ROLES),
    "version.roles.value.leader": Key("words that make somebody a leader", _ROLES),
    "version.roles.value.maths_lead": Key("words that make somebody the Maths Lead", _ROLES),
    "version.roles.value.other": Key(
        "words of those who are neither; a role in which no word stands is reported as unknown", _ROLES
    ),
    "version.roles.leader": Key(
        "`required` (left out: this): a school without a leader is reported as the severities say; "
        "`advice`: as advice; `none`: not at all",
        'leader = "advice"',
    ),
    "version.roles.maths_lead": Key("the same of the Maths Lead", 'maths_lead = "none"'),
    "version.roles.unit": Key("the unit", 'unit = "words in the role as typed"'),
    "version.severities": Key("how serious each finding about teachers is", "[version.severities]"),
    "version.severities.value": Key(
        "every finding, each `error`, `warning` or `advice`", 'value = { one_teacher = "warning" }'
    ),
    "version.severities.unit": Key("the unit", 'unit = "severity of each finding"'),
    "clause": Key("in every table: the words that schools were shown; printed on every invoice", 'clause = "..."'),
    "source": Key("in every table: where these words stand", 'source = "booking page, 2019"'),
}


def key_of(path: str) -> Key | None:
    """What is known of a key: of its own, or of a table that takes the same keys."""
    own = KEYS.get(path) or KEYS.get(path.replace("notice_online", "notice"))
    return own or KEYS.get(path.rpartition(".")[2])


def keys_beside(path: str) -> list[str]:
    """The keys that may stand where this one does."""
    table = path.rpartition(".")[0].replace("notice_online", "notice")
    beside = [key for key in KEYS if key.rpartition(".")[0] == table and key not in ("clause", "source")]
    shared = ["clause", "source"] if table.count(".") == 1 else []
    return [key.rpartition(".")[2] for key in beside] + shared


def walk_keys(model: type[BaseModel], prefix: str = "") -> Iterator[str]:
    """All keys that a model takes, dotted."""
    for name, field in model.model_fields.items():
        path = f"{prefix}{field.alias or name}"
        yield path
        for inner in models_in(field.annotation):
            yield from walk_keys(inner, f"{path}.")


def models_in(annotation: Any) -> Iterator[type[BaseModel]]:  # noqa: ANN401 - any annotation
    """The models that an annotation allows: in unions, lists and optional fields too."""
    if isinstance(annotation, type) and not get_args(annotation) and issubclass(annotation, BaseModel):
        yield annotation
    for inner in get_args(annotation):
        yield from models_in(inner)
