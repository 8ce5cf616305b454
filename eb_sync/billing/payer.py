"""Who is asked to pay for a school: the school or its trust, with address, e-mail and order number as of now."""

from __future__ import annotations

from eb_sync.billing.plan import Unaddressed
from eb_sync.model.documents import BillTo
from eb_sync.model.facts import PayerSet
from eb_sync.schools.book import School, SchoolBook
from eb_sync.workshops.snapshot import Snapshot
from policies.wording import LONDON


def find_payer(snapshot: Snapshot, school_id: str) -> BillTo | Unaddressed:
    """The payer for a confirmed school, as of the snapshot's instant.

    A school that has another number by now is billed under it; one that has become several has no payer until a
    person says so. What was said of the school (`ebsync schools payer`) counts before what was said of its trust.
    """
    book, today = snapshot.school_book, snapshot.as_of.astimezone(LONDON).date()
    current = book.register.valid_on(school_id, today)
    if current is None or not book.register.was_open(current, today):
        if not _is_own_payer(book, school_id):
            return _gone(book.school(school_id), "has become several since" if current is None else "has closed since")
        current = school_id
    school, said = book.school(current), _said_of(book, school_id, current)
    wanted = snapshot.terms.recorded.bill_to if said is None or said.bill_to is None else said.bill_to
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


def _said_of(book: SchoolBook, school_id: str, current: str) -> PayerSet | None:
    """What was said last of the school that pays, under any number that it alone had; else of the one that booked."""
    for number in (current, school_id):
        line = book.register.line(number)
        found = [said for payer_id, said in book.payers.items() if payer_id in line]
        if found:
            return found[-1]
    return None


def _terms(said: PayerSet | None, email: str | None, po_number: str | None) -> tuple[str | None, str | None]:
    return (email, po_number) if said is None else (said.email or email, said.po_number or po_number)


def _is_own_payer(book: SchoolBook, school_id: str) -> bool:
    """Whether somebody said of this very number, not of those that came of it, that it pays."""
    said = book.payers.get(school_id)
    return said is not None and said.bill_to == "school"


def _gone(school: School, what: str) -> Unaddressed:
    return Unaddressed(
        f"the school {what}, and nobody has said that it still pays under its own address",
        f"ebsync schools payer {school.id} --bill-to school",
    )


def _add_command(school: School) -> str:
    urn = f"--urn {school.urn} " if school.urn else ""
    name = school.name.replace('"', "'")
    return f'ebsync schools add {urn}--name "{name}" --address LINE --postcode PC'
