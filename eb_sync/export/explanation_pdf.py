"""Why a place is charged or not, as a page for the school's head teacher."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import asdict

from eb_sync.export.formats import format_instant, format_times
from eb_sync.export.pages import Rendered, render_page
from eb_sync.export.timeline import LABEL_WIDTH, LABELS, WIDTH, Axis, build_axes
from eb_sync.model.explanations import Explanation

_SPANS = {
    "free": "until the deadline notice is free of charge",
    "notice": "within this time notice was given",
    "workshop": "the workshop",
}


def render_explanation_pdf(explanation: Explanation) -> Rendered:
    """One page; the same bytes for the same explanation."""
    axes = build_axes(explanation.timeline, explanation.ends_at, explanation.zone)
    content = {
        "title": f"Booking {explanation.booking_id}: why",
        "heading": _heading(explanation),
        "supplier": explanation.supplier_name or "",
        "workshop": explanation.title,
        "facts": _facts(explanation),
        "sentence": explanation.sentence,
        "axes": [_axis(axis) for axis in axes],
        "width": WIDTH,
        "label": LABEL_WIDTH,
        "legend": _legend(axes),
        "alt": _alternative(explanation),
        "known": [[f"{_capital(fact.sentence)}.", _capital(fact.source)] for fact in explanation.facts],
        "clause": explanation.clause or "",
        "policy": explanation.policy or "",
        "arithmetic": list(explanation.arithmetic),
        "wrong": _if_wrong(explanation),
        "as_of": f"As known on {format_instant(explanation.as_of, explanation.zone)}.",
    }
    return render_page("explanation.typ", content, explanation.as_of)


def _heading(explanation: Explanation) -> str:
    return "Why this place is charged" if explanation.is_charged else "What was decided about this place"


def _facts(explanation: Explanation) -> list[list[str]]:
    facts = [
        ("Date", format_times(explanation.starts_at, explanation.ends_at, explanation.zone)),
        ("Workshop", explanation.workshop_id),
        ("Booking", f"{explanation.booking_id} · {explanation.place_label}"),
        ("School", explanation.school),
        ("URN", explanation.school_urn),
        ("Invoice", explanation.invoice_number),
    ]
    return [[name, value] for name, value in facts if value]


def _axis(axis: Axis) -> dict[str, object]:
    return {
        "caption": axis.caption,
        "points": [asdict(point) for point in axis.points],
        "ticks": [asdict(tick) for tick in axis.ticks],
        "spans": [asdict(span) for span in axis.spans],
        "above": _rows(axis, above=True),
        "below": _rows(axis, above=False),
    }


def _legend(axes: Sequence[Axis]) -> list[list[str]]:
    drawn = {span.name for axis in axes for span in axis.spans}
    return [[name, said] for name, said in _SPANS.items() if name in drawn]


def _rows(axis: Axis, *, above: bool) -> int:
    return max((point.row + 1 for point in axis.points if point.label and point.is_above is above), default=0)


def _alternative(explanation: Explanation) -> str:
    """What the drawing shows, for who cannot see it."""
    zone = explanation.zone
    points = [f"{LABELS[moment.kind]}: {format_instant(moment.at, zone)}" for moment in explanation.timeline]
    ends = format_instant(explanation.ends_at, zone)
    return f"A timeline, oldest first. {'. '.join(points)}. The workshop ends: {ends}."


def _capital(sentence: str) -> str:
    return f"{sentence[:1].upper()}{sentence[1:]}"


def _if_wrong(explanation: Explanation) -> Sequence[str]:
    to = f"to {explanation.supplier_email}" if explanation.supplier_email else "to the hub that runs the workshop"
    said = f"Write {to} and quote booking {explanation.booking_id}."
    if not explanation.is_charged:
        return [f"{said} Say which of these facts is wrong, and how the hub can know."]
    tell = (
        "Tell us if notice was given that we do not know of, if a colleague came instead, or if an Ofsted inspection "
        "or extenuating circumstances kept the teacher away; details of anybody's health are not needed."
    )
    return [said, tell, "What should not have been charged is credited in full."]
