"""Which answers of a booking form are kept, and where to find them; all others are dropped here."""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass, fields

from eb_sync.eventbrite.payloads import AnswerPayload, ProfilePayload
from eb_sync.model.names import normalise_name
from eb_sync.model.readings import Profile
from eb_sync.model.texts import LONGEST_ANSWER, storable

_URN = re.compile(r"[0-9]{6}")


@dataclass(frozen=True, slots=True)
class QuestionLabels:
    """Wordings of the booking page's questions whose answers are kept; copied events have new question ids."""

    school: tuple[str, ...] = ("School name", "School", "Name of school")
    urn: tuple[str, ...] = ("School URN", "URN")
    postcode: tuple[str, ...] = ("School postcode", "Postcode")
    role: tuple[str, ...] = ("Your role in school", "Role", "Job title")
    leadership: tuple[str, ...] = ("Are you in a middle or senior leadership role?", "Leadership role")


class AnswerFinder:
    """Knows the wordings; of several answers to one question the one under the wording listed first counts."""

    def __init__(self, labels: QuestionLabels) -> None:
        """Look for answers under these labels, in any case and punctuation."""
        self._wanted: dict[str, tuple[str, int]] = {}
        for field in fields(labels):
            for rank, label in enumerate(getattr(labels, field.name)):
                self._wanted.setdefault(normalise_name(label), (field.name, rank))
        self._seen: dict[str, tuple[str, int] | None] = {}

    def build_profile(self, profile: ProfilePayload, answers: Iterable[AnswerPayload]) -> Profile:
        """Who booked: the kept answers, then what the profile has for school and role."""
        kept = self._find(answers)
        name = profile.name or storable(f"{profile.first_name or ''} {profile.last_name or ''}")
        urn = kept.get("urn", "").replace(" ", "")
        return Profile(
            name=name,
            email=profile.email or "",
            school=kept.get("school") or (profile.company or ""),
            urn=urn if _URN.fullmatch(urn) else "",
            postcode=kept.get("postcode", ""),
            role=storable(kept.get("role") or (profile.job_title or ""), LONGEST_ANSWER),
            leadership=storable(kept.get("leadership", ""), LONGEST_ANSWER),
        )

    def fields_asked(self, questions: Iterable[str]) -> set[str]:
        """Of `QuestionLabels` the fields that one of these questions asks for."""
        return {wanted[0] for question in questions if (wanted := self._field(question)) is not None}

    def _find(self, answers: Iterable[AnswerPayload]) -> dict[str, str]:
        found: dict[str, tuple[int, str]] = {}
        for answer in answers:
            wanted = self._field(answer.question)
            text = _text_of(answer.answer)
            if wanted is None or not text:
                continue
            field, rank = wanted
            if field not in found or rank < found[field][0]:
                found[field] = (rank, text)
        return {field: text for field, (_, text) in found.items()}

    def _field(self, question: object) -> tuple[str, int] | None:
        if not isinstance(question, str):
            return None
        if question not in self._seen:
            self._seen[question] = self._wanted.get(normalise_name(question))
        return self._seen[question]


def _text_of(answer: object) -> str:
    return storable(str(answer)) if isinstance(answer, str | int | float) else ""
