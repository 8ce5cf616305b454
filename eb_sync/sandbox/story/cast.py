"""Who is in the story: invented schools with invented URNs (800001 on are nobody's) and invented teachers."""

from __future__ import annotations

from dataclasses import dataclass
from itertools import pairwise

from eb_sync.sandbox.requested import Ticket
from eb_sync.sandbox.story.steps import Order, Step, london, type_in

MATHS_LEAD = ("Maths Lead", "Yes")


@dataclass(frozen=True, slots=True)
class School:
    """A school as the hub's office knows it."""

    id: str
    """The URN, or the P-id that ebsync gives in order of adding."""
    name: str
    postcode: str

    @property
    def has_urn(self) -> bool:
        """Nurseries and independent schools of the story have none."""
        return self.id.isdecimal()


@dataclass(frozen=True, slots=True)
class Teacher:
    """A teacher and what they type into the form."""

    name: str
    typed_school: str
    """As typed: seldom the register's spelling."""
    school_id: str | None
    """None: a school that nobody confirms."""
    role: str | None = None
    is_leader: str | None = None
    types_urn: bool = False
    email: str | None = None
    """None: made of the name and the school."""


SCHOOLS = (
    School("800001", "Oakfell Primary School", "ZZ1 1AA"),
    School("800002", "St Wilfreda's Church of England Primary School", "ZZ1 2AB"),
    School("800003", "Brambleholt Junior School", "ZZ2 1AD"),
    School("800004", "Thornmere Infant School", "ZZ2 3AE"),
    School("800005", "Kestrel Bank Academy", "ZZ3 1AF"),
    School("800006", "Fennick Hollow Primary School", "ZZ3 4AG"),
    School("800007", "Meadowsweet Community Primary School", "ZZ4 1AH"),
    School("800008", "Saltmarsh Lane Primary School", "ZZ4 2AJ"),
    School("800009", "Copperbeech Primary School", "ZZ5 1AL"),
    School("800010", "Larkmoor Primary School", "ZZ5 5AN"),
    School("800011", "Wychling Village School", "ZZ6 1AP"),
    School("800012", "Millrace Primary Academy", "ZZ6 7AQ"),
    School("P1", "Puddle Lane Nursery", "ZZ7 1AR"),
    School("P2", "Hazelgarth House School", "ZZ7 2AS"),
)
TARN_VIEW = "Tarn View Primry"
"""Typed by one teacher and one walk-in; nobody knows which school it is."""

TEACHERS = {
    "anna": Teacher("Anna Applegarth", "Oakfell Primary School", "800001", *MATHS_LEAD, types_urn=True),
    "ben": Teacher("Ben Ottershaw", "oakfell primary", "800001", "Year 3 teacher", "No"),
    "gwen": Teacher("Gwen Larkrise", "Oakfell Primary School", "800001", "Teaching assistant", "No"),
    "carys": Teacher("Carys Underbarrow", "St. Wilfreda's CE Primary", "800002", *MATHS_LEAD, types_urn=True),
    "dilys": Teacher("Dilys Marchbank", "St Wilfredas C of E Primary", "800002", "Year 5 teacher", "No"),
    "emrys": Teacher("Emrys Tolliver", "Brambleholt Junior", "800003", *MATHS_LEAD),
    "fay": Teacher("Fay Wintersgill", "Brambleholt Junior School", "800003", "Year 6 teacher", "No"),
    "gethin": Teacher("Gethin Rushworthy", "Thornmere Infants", "800004", "Year 2 teacher", "No"),
    "hana": Teacher("Hana Quillfeather", "Thornmere Infant School", "800004", "Year 1 teacher", "No"),
    "idris": Teacher("Idris Pengelder", "Kestrel Bank Academy", "800005", "Assistant Headteacher", "Yes"),
    "jowan": Teacher("Jowan Trewhitt", "Kestrel Bank", "800005", "Year 4 teacher", "No"),
    "kensa": Teacher("Kensa Dunnerdale", "Kestrel Bank", "800005", "Year 4 teacher", "No"),
    "kerra": Teacher("Kerra Askrigger", "Fennick Hollow Primary", "800006", *MATHS_LEAD, types_urn=True),
    "lowen": Teacher("Lowen Sandivale", "FENNICK HOLLOW PRIMARY", "800006", "Year 2 teacher", "No"),
    "merryn": Teacher("Merryn Oldcastle", "Meadowsweet Community Primary", "800007", *MATHS_LEAD),
    "nessa": Teacher("Nessa Brackwater", "Meadowsweet Primary", "800007", "Year 3 teacher", "No"),
    "oren": Teacher("Oren Fellbridge", "Saltmarsh Lane Primary", "800008", "Deputy Headteacher", "Yes"),
    "perran": Teacher("Perran Hollowell", "Saltmarsh Lane Primary", "800008", "Maths Lead", "No"),
    "quill": Teacher("Quill Stanedge", "Copperbeech Primary School", "800009", *MATHS_LEAD),
    "rosen": Teacher("Rosen Whinfield", "Copper Beech Primary", "800009", "Year 4 teacher", "No"),
    "yestin": Teacher("Yestin Cragwell", "Larkmoor Primary", "800010"),
    "zelah": Teacher("Zelah Thorngate", "Larkmoor Primary", "800010", *MATHS_LEAD, types_urn=True),
    "cador": Teacher("Cador Elmsleigh", "Larkmoor Primary", "800010", "Headteacher", "Yes"),
    "sorrel": Teacher("Sorrel Nightingate", "Wychling Village School", "800011", *MATHS_LEAD, types_urn=True),
    "tamsin": Teacher("Tamsin Rookhope", "Wychling School", "800011", "Year 3 teacher", "No"),
    "ursel": Teacher("Ursel Inkpenny", "Millrace Academy", "800012", *MATHS_LEAD),
    "vesper": Teacher("Vesper Hartsgrove", "Millrace Primary Academy", "800012"),
    "wren": Teacher("Wren Coltsworth", "Puddle Lane Nursery", "P1", "Nursery teacher", "No"),
    "yarrow": Teacher("Yarrow Dentwhistle", "Hazelgarth House", "P2", "Head of Maths", "Yes"),
    "delwyn": Teacher("Delwyn Amberwick", "Hazelgarth House", "P2", "Year 6 teacher", "No"),
    "bryony": Teacher("Bryony Castlerigg", TARN_VIEW, None, *MATHS_LEAD),
    "host": Teacher("Robin Gatesby", "Larkmoor Maths Hub", None, email="host@larkmoor-hub.example.org"),
    "bursar": Teacher("Copperbeech Office", "Copperbeech Primary School", "800009", email="office@copperbeech.test"),
}
"""By the label under which the story speaks of them."""


def fill_form(teacher: Teacher, ticket_class: str | None = None) -> Ticket:
    """The form as this teacher fills it; what they leave out is an unanswered question."""
    school = next((each for each in SCHOOLS if each.id == teacher.school_id), None)
    answers = {
        "School name": teacher.typed_school,
        "School URN": school.id if school and teacher.types_urn else None,
        "School postcode": school.postcode if school else None,
        "Your role in school": teacher.role,
        "Are you in a middle or senior leadership role?": teacher.is_leader,
    }
    given = {label: text for label, text in answers.items() if text}
    return Ticket(teacher.name, teacher.email or _address(teacher), given, ticket_class=ticket_class)


def book(when: str, event_id: str, labels: str, prefix: str = "") -> Step:
    """Teachers book together, in one order; a booking is called as its teacher is, or `prefix-teacher`."""
    names = labels.split()
    tickets = tuple(fill_form(TEACHERS[name]) for name in names)
    return Step(london(when), Order(event_id, tickets, tuple(f"{prefix}-{name}" if prefix else name for name in names)))


def add_schools(when: str) -> tuple[Step, ...]:
    """The office enters the schools, those without a URN last."""
    return tuple(
        type_in(
            when,
            *("schools", "add", "--name", school.name, "--address", f"{number} Sample Lane", "--address", "Sampleton"),
            *("--postcode", school.postcode),
            *(("--urn", school.id) if school.has_urn else ()),
            *("--email", f"finance@{_host(school.name)}"),
        )
        for number, school in enumerate(SCHOOLS, start=1)
    )


def confirm_schools(when: str) -> tuple[Step, ...]:
    """The office says which school each typed name means, once for each spelling."""
    typed = sorted({(each.school_id, each.typed_school) for each in TEACHERS.values() if each.school_id})
    spelt = [pair for before, pair in pairwise([("", ""), *typed]) if _fold(before) != _fold(pair)]
    return tuple(type_in(when, "schools", "confirm", str(school_id), "--typed", name) for school_id, name in spelt)


def _fold(pair: tuple[str | None, str]) -> tuple[str | None, str]:
    return pair[0], pair[1].casefold()


def _address(teacher: Teacher) -> str:
    first, _, last = teacher.name.lower().partition(" ")
    return f"{first}.{last}@{_host(teacher.school_id or teacher.typed_school)}"


def _host(words: str) -> str:
    letters = "".join(letter if letter.isalnum() else "-" for letter in words.lower().replace("'", ""))
    return f"{'-'.join(part for part in letters.split('-') if part)}.example.org"
