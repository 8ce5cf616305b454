"""What a caller may ask the world for: a new event, a new series, a ticket on a booking form."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

SCHOOL_QUESTIONS = (
    "School name",
    "School URN",
    "School postcode",
    "Your role in school",
    "Are you in a middle or senior leadership role?",
)


CANNED_QUESTIONS = ("first_name", "last_name", "email")
"""Those of Eventbrite's own questions that every form asks; others are `company` and `job_title`."""


@dataclass(frozen=True, slots=True)
class NewVenue:
    """A place to meet; the default is an invented school hall."""

    name: str = "Larkmoor Primary School"
    address_1: str = "1 Sample Lane"
    city: str = "Larkmoor"
    postal_code: str = "ZZ1 1ZZ"


@dataclass(frozen=True, slots=True)
class NewTicketClass:
    """A kind of ticket; `category` is `admission`, `add_on` or `donation`."""

    name: str = "Work Group place"
    category: str = "admission"
    capacity: int = 60


@dataclass(frozen=True, slots=True)
class NewEvent:
    """An event to create; only title and times are needed."""

    title: str
    starts: str
    """Local time in `timezone`, `2019-11-05 10:00`."""
    ends: str
    """Local, likewise."""
    timezone: str = "Europe/London"
    summary: str = ""
    slug: str | None = None
    """Host label of the vanity address (`https://<slug>.eventbrite.co.uk`); None: no vanity address."""
    venue: NewVenue | None = field(default_factory=NewVenue)
    """None: an online event."""
    ticket_classes: tuple[NewTicketClass, ...] = (NewTicketClass(),)
    questions: tuple[str, ...] = SCHOOL_QUESTIONS
    canned_questions: tuple[str, ...] = CANNED_QUESTIONS
    """Ids of Eventbrite's own questions that the form asks; their answers are in the profile."""
    survey_respondent: str = "attendee"
    """`attendee`: the form asks for each attendee's data; `ticket_buyer`: for the buyer's alone."""
    organizer_id: str | None = None
    """None: the organisation's usual organizer profile."""
    organization_id: str | None = None
    """None: the first organisation of the world."""
    draft: bool = False
    id: str | None = None


@dataclass(frozen=True, slots=True)
class NewSeries:
    """A series: what `pattern` says holds for every child; its times are those of the first child."""

    pattern: NewEvent
    dates: tuple[tuple[str, str], ...]
    """(start, end) of each child, local times as in `NewEvent`."""
    child_ids: tuple[str, ...] = ()
    """Empty: the world allots them."""


@dataclass(frozen=True, slots=True)
class Ticket:
    """One filled form."""

    name: str
    email: str | None
    answers: Mapping[str, str] = field(default_factory=dict)
    """By the question's label; a label left out is an unanswered question."""
    company: str | None = None
    job_title: str | None = None
    ticket_class: str | None = None
    """The name of the class; None: the first."""
    attendee_id: str | None = None
    """None: the world allots it."""
