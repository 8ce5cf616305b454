"""Who is asked to pay for a school: the school or its trust, with address, e-mail and order number as of now."""

from __future__ import annotations

from eb_sync.billing.plan import Unaddressed
from eb_sync.model.documents import BillTo
from eb_sync.model.facts import PayerSet
from eb_sync.workshops.calendar import LONDON
from eb_sync.workshops.places import Picture
from eb_sync.workshops.schools import School, SchoolBook


def find_payer(picture: Picture, school_id: str) -> BillTo | Unaddressed:
    """The payer for a confirmed school, as of the picture's instant.

    A school that has another number by now is billed under it; one that has become several has no payer until a
    person says so. What was said of the school (`ebsync schools payer`) counts before what was said of its trust.
    """
    book = picture.school_book
    current = book.register.valid_on(school_id, picture.as_of.astimezone(LONDON).date())
    if current is None and not _is_own_payer(book, school_id):
        return _split(book.school(school_id))
    current = current or school_id
    school, said = book.school(current), _said_of(book, school_id)
    wanted = picture.terms.recorded.bill_to if said is None or said.bill_to is None else said.bill_to
    registered = book.register.school(current)
    if wanted == "trust" and registered is not None and registered.trust_uid:
        return _bill_trust(book, school, registered.trust_uid, said)
    if not school.address or not school.postcode:
        return Unaddressed("the address of the school is not known", _add_command(school))
    email, po_number = _terms(said, school.email, school.po_number)
    return BillTo(school.name, school.address, school.postcode, email, po_number)


def _bill_trust(book: SchoolBook, school: School, uid: str, said: PayerSet | None) -> BillTo | Unaddressed:
    trust, of_trust = book.register.trusts.get(uid), book.payers.get(f"T{uid}")
    if trust is None or not trust.address or not trust.postcode:
        command = f"ebsync schools payer {school.id} --bill-to school"
        return Unaddressed("its trust pays, whose address is not known: load the file of groups, or bill it", command)
    email, po_number = _terms(of_trust, None, None)
    return BillTo(trust.name, trust.address, trust.postcode, *_terms(said, email, po_number))


def _said_of(book: SchoolBook, school_id: str) -> PayerSet | None:
    """What was said last of the school, under any of its numbers."""
    relatives = book.relatives(school_id)
    found = [said for payer_id, said in book.payers.items() if payer_id in relatives]
    return found[-1] if found else None


def _terms(said: PayerSet | None, email: str | None, po_number: str | None) -> tuple[str | None, str | None]:
    return (email, po_number) if said is None else (said.email or email, said.po_number or po_number)


def _is_own_payer(book: SchoolBook, school_id: str) -> bool:
    """Whether somebody said of this very number, not of those that came of it, that it pays."""
    said = book.payers.get(school_id)
    return said is not None and said.bill_to == "school"


def _split(school: School) -> Unaddressed:
    return Unaddressed(
        "the school has become several since, and nobody has said that it still pays under its own address",
        f"ebsync schools payer {school.id} --bill-to school",
    )


def _add_command(school: School) -> str:
    urn = f"--urn {school.urn} " if school.urn else ""
    name = school.name.replace('"', "'")
    return f'ebsync schools add {urn}--name "{name}" --address LINE --postcode PC'
