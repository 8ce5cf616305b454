"""A timeline drawn to scale: where its points, marks and labels lie, in millimetres. Pure.

Labels never lie on each other, and no line to a label crosses another: in the left half labels hang to the right above
the axis, in the right half to the left below it, and of those that lie close the outer one stands farther away.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from zoneinfo import ZoneInfo

from eb_sync.export.formats import format_instant
from eb_sync.model.explanations import MomentKind, TimelineMoment
from policies.wording import LONDON

WIDTH = 166.0
"""Of the axis."""
LABEL_WIDTH = 46.0
TICK_WIDTH = 15.0
_ENLARGE_BELOW = 0.3
"""Where what follows the booking takes less than this share of the whole, it is drawn once more, enlarged."""

LABELS = {
    MomentKind.BOOKED: "Booked",
    MomentKind.DEADLINE: "Deadline for notice",
    MomentKind.NOTICE_EARLIEST: "Notice: not before",
    MomentKind.NOTICE_LATEST: "Notice: by then at the latest",
    MomentKind.NOTICE: "Notice",
    MomentKind.WORKSHOP: "Workshop begins",
}
_OUTER = (MomentKind.BOOKED, MomentKind.DEADLINE, MomentKind.WORKSHOP)
"""What is labelled where the end is drawn once more."""
_NOTICES = (MomentKind.NOTICE_EARLIEST, MomentKind.NOTICE_LATEST)


@dataclass(frozen=True, slots=True)
class Point:
    """A moment on the axis with its label."""

    kind: MomentKind
    x: float
    label: str
    """Empty where another drawing has it."""
    when: str
    is_above: bool
    """Above the axis, the label to the right of its line; else below, to the left."""
    row: int
    """From 0, counted from the axis."""


@dataclass(frozen=True, slots=True)
class Tick:
    """A mark of the scale; its label is empty where there is no room."""

    x: float
    label: str


@dataclass(frozen=True, slots=True)
class Span:
    """A stretch of the axis."""

    name: str
    """`free`, `notice` or `workshop`."""
    begin: float
    end: float


@dataclass(frozen=True, slots=True)
class Axis:
    """One drawing."""

    caption: str
    points: tuple[Point, ...]
    ticks: tuple[Tick, ...]
    spans: tuple[Span, ...]


def build_axes(moments: Sequence[TimelineMoment], ends_at: datetime, zone: ZoneInfo = LONDON) -> tuple[Axis, ...]:
    """The whole time, and where its end is crowded that end enlarged; none where there is nothing to compare.

    `moments` are oldest first, the workshop's start among them; `ends_at` is its end, `zone` its event's own.
    """
    if len(moments) < 2:  # noqa: PLR2004 - one point has no distance to anything
        return ()
    scale = _Scale(moments[0].at, ends_at, zone)
    after = [moment for moment in moments if moment.kind is not MomentKind.BOOKED]
    inner = _padded(after[0].at, ends_at, zone)
    is_crowded = len(after) > 1 and scale.x(ends_at) - scale.x(after[0].at) < _ENLARGE_BELOW * WIDTH
    is_enlarged = is_crowded and len(after) < len(moments)
    labelled = _OUTER if is_enlarged else tuple(MomentKind)
    whole = _axis((f"The whole time, drawn to scale: {_length(scale)}", scale), moments, ends_at, labelled)
    if not is_enlarged:
        return (whole,)
    enlarged = (f"Its end enlarged, drawn to scale: {_length(inner)}", inner)
    return whole, _axis(enlarged, after, ends_at, tuple(MomentKind))


@dataclass(frozen=True, slots=True)
class _Scale:
    from_at: datetime
    until_at: datetime
    zone: ZoneInfo

    @property
    def span(self) -> timedelta:
        return max(self.until_at - self.from_at, timedelta(minutes=1))

    def x(self, at: datetime) -> float:
        """Millimetres from the left end."""
        return round((at - self.from_at) / self.span * WIDTH, 2)


def _padded(from_at: datetime, until_at: datetime, zone: ZoneInfo) -> _Scale:
    margin = (until_at - from_at) * 0.04
    return _Scale(from_at - margin, until_at + margin, zone)


def _length(scale: _Scale) -> str:
    hours = round(scale.span / timedelta(hours=1))
    return f"{hours} hours" if hours < 72 else f"{round(hours / 24)} days"  # noqa: PLR2004 - three days


def _axis(
    drawn: tuple[str, _Scale],
    moments: Sequence[TimelineMoment],
    ends_at: datetime,
    labelled: Sequence[MomentKind],
) -> Axis:
    caption, scale = drawn
    at = [(moment, scale.x(moment.at)) for moment in moments]
    bare = [_point(moment, x, None, scale.zone) for moment, x in at if moment.kind not in labelled]
    points = (*bare, *place_labels([(moment, x) for moment, x in at if moment.kind in labelled], scale.zone))
    below = [point.x for point in points if point.label and not point.is_above]
    return Axis(caption, points, tuple(_ticks(scale, below)), tuple(_spans(scale, moments, ends_at)))


def place_labels(moments: Sequence[tuple[TimelineMoment, float]], zone: ZoneInfo = LONDON) -> tuple[Point, ...]:
    """Points with their labels, in the order given, which is that of time."""
    rows: dict[int, int] = {}
    left = [index for index, (_, x) in enumerate(moments) if x <= WIDTH / 2]
    right = [index for index, (_, x) in enumerate(moments) if x > WIDTH / 2]
    # each label must be farther from the axis than those whose lines it would lie across
    for side in (left[::-1], right):
        for position, index in enumerate(side):
            near = [rows[other] for other in side[:position] if _touch(moments[other][1], moments[index][1])]
            rows[index] = max(near, default=-1) + 1
    return tuple(_point(moment, x, rows[index], zone) for index, (moment, x) in enumerate(moments))


def _point(moment: TimelineMoment, x: float, row: int | None, zone: ZoneInfo) -> Point:
    """Without a row it has no label."""
    label = "" if row is None else LABELS[moment.kind]
    return Point(moment.kind, x, label, format_instant(moment.at, zone), x <= WIDTH / 2, row or 0)


def _touch(one: float, other: float) -> bool:
    return abs(one - other) < LABEL_WIDTH


def _spans(scale: _Scale, moments: Sequence[TimelineMoment], ends_at: datetime) -> Iterator[Span]:
    at = {moment.kind: scale.x(moment.at) for moment in moments}
    if MomentKind.DEADLINE in at:
        yield Span("free", 0, max(at[MomentKind.DEADLINE], 0))
    if all(kind in at for kind in _NOTICES):
        yield Span("notice", at[MomentKind.NOTICE_EARLIEST], at[MomentKind.NOTICE_LATEST])
    yield Span("workshop", at[MomentKind.WORKSHOP], scale.x(ends_at))


def _ticks(scale: _Scale, lines: Sequence[float]) -> Iterator[Tick]:
    """Marks of the scale; where a label would lie across a line below the axis, or over the edge, it is left out."""
    taken = 0.0
    for at, label in _tick_instants(scale):
        x = scale.x(at)
        begin, end = x, x + TICK_WIDTH
        is_free = begin >= taken and end <= WIDTH and not any(begin - 1 <= line <= end for line in lines)
        taken = end if is_free else taken
        yield Tick(x, label if is_free else "")


def _tick_instants(scale: _Scale) -> list[tuple[datetime, str]]:
    """Round local times within the scale, as many as are easy to read."""
    local = scale.from_at.astimezone(scale.zone)
    midnight = local.replace(hour=0, minute=0, second=0, microsecond=0)
    first = midnight.replace(day=1)
    years = scale.span // timedelta(days=365)
    if scale.span <= timedelta(days=4):
        instants, label = [midnight + timedelta(hours=6 * n) for n in range(24)], _hour
    elif scale.span <= timedelta(days=21):
        instants, label = [midnight + timedelta(days=n) for n in range(24)], _day
    elif not years:
        instants, label = [_months_later(first, n) for n in range(14)], _day
    else:
        instants, label = [_months_later(first, 3 * years * n) for n in range(14)], _month
    return [(at, label(at)) for at in instants if scale.from_at <= at <= scale.until_at]


def _hour(at: datetime) -> str:
    return _day(at) if at.hour == 0 else f"{at:%H:%M}"


def _day(at: datetime) -> str:
    return f"{at:%a} {at.day} {at:%b}"


def _month(at: datetime) -> str:
    return f"{at.day} {at:%b %Y}"


def _months_later(first: datetime, count: int) -> datetime:
    years, month = divmod(first.month - 1 + count, 12)
    return first.replace(year=first.year + years, month=month + 1)
