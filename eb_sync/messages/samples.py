"""What templates are tried on before anything is sent: every name they may use, with a value of the right kind.

Each message has a full sample and a spare one, so that both sides of its conditions are tried.
"""

from __future__ import annotations

from collections.abc import Mapping

_LEADS: Mapping[str, object] = {
    "subject": "What waits for you in your Work Groups",
    "hub": "Sample Maths Hub",
    "registers": [
        {
            "title": "Fractions",
            "day": "Tuesday 5 November",
            "ref": "fractions@2019-11-05",
            "state": "3 not checked in",
            "unmarked": 3,
            "since": "Tuesday 5 November, 15:00",
            "age": "2 days",
            "closing": "Closing it with all of them absent would propose £150.",
        }
    ],
    "findings": [
        {
            "title": "Fractions",
            "next": "Tuesday 21 January",
            "ref": "fractions",
            "findings": ["Ash Lane Primary sends too few teachers (B1)"],
        }
    ],
    "reviews": [
        {
            "title": "Fractions",
            "day": "Tuesday 5 November",
            "ref": "fractions@2019-11-05",
            "more": 1,
            "questions": [{"booking": "B1", "school": "Ash Lane Primary", "text": "unproven", "age": "5 days"}],
        }
    ],
    "invoices": [
        {
            "title": "Fractions",
            "day": "Tuesday 5 November",
            "ref": "fractions@2019-11-05",
            "text": "1 invoice of £50 in all.",
        }
    ],
}
_FINANCE: Mapping[str, object] = {
    "subject": "2 documents wait for a charge list",
    "hub": "Sample Maths Hub",
    "waiting": {"text": "2 documents, £100 in all, are in no charge list yet.", "documents": 2},
    "batches": [{"id": "CL-000001", "text": "The charge list CL-000001 was made: 2 rows, £100."}],
}
_REMINDER: Mapping[str, object] = {
    "subject": "Tuesday 5 November: Fractions",
    "hub": "Sample Maths Hub",
    "name": "Sam Sample",
    "places": 2,
    "title": "Fractions",
    "times": "Tuesday 5 November 2019, 10:00 to 15:00",
    "venue": "Sample Hall",
    "is_free": True,
    "deadline": "until Mon 4 Nov 2019, 10:00 (at least 24 hours before the start)",
    "gives_up": "every day of it",
    "by_email": True,
    "colleague": "A colleague from your school may come instead.",
    "clause": "Booking a place and not attending costs £50.",
    "exemptions": "Ofsted inspections are exempt from the charge.",
    "bookings": "B1, B2",
    "read": "Sun 3 Nov 2019, 17:00",
}

SAMPLES: Mapping[str, tuple[Mapping[str, object], ...]] = {
    "leads": (_LEADS, {**_LEADS, "registers": [], "findings": [], "reviews": [], "invoices": []}),
    "finance": (_FINANCE, {**_FINANCE, "waiting": None, "batches": []}),
    "reminder": (
        _REMINDER,
        {
            **_REMINDER,
            "name": "",
            "places": 1,
            "venue": "",
            "is_free": False,
            "gives_up": "",
            "by_email": False,
            "colleague": "",
            "exemptions": "",
        },
    ),
}
"""By the name of the message."""
