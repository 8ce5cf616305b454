"""What an accounting program calls each payer, so that no two payers are ever one customer there. Pure.

Xero and QuickBooks know a customer by its name alone: a school's invoice with the name of another school lands on the
other's ledger. A payer has its own name as long as it is the first of that name. Those that come later, and all that
come at once, are told apart by town and URN. This depends on the documents up to a batch only, so a batch made
again has the same names whoever came since.
"""

from __future__ import annotations

import re
import unicodedata
from collections import defaultdict
from collections.abc import Callable, Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, field

from eb_sync.errors import SettingsError
from eb_sync.model.documents import Document
from eb_sync.model.names import normalise_name, postcode_key

_NOT_YET = 10**12
"""Later than any batch."""
_NAMED = 5
"""Customers in a message."""
_APOSTROPHES = re.compile("[\u2018\u2019\u02bc\u00b4`]")
_COUNTIES = frozenset(
    (
        *("avon", "cleveland", "cornwall", "county durham", "cumbria", "devon", "dorset", "durham", "east sussex"),
        *("england", "essex", "greater london", "greater manchester", "humberside", "isle of wight", "kent"),
        *("merseyside", "middlesex", "norfolk", "northumberland", "rutland", "somerset", "suffolk", "surrey"),
        *("tyne and wear", "uk", "united kingdom", "west midlands", "west sussex"),
    )
)
"""Beside those in -shire; what stands below the town in an address."""


@dataclass(frozen=True, slots=True)
class Billed:
    """A document, whose it is and when finance was given it."""

    document: Document
    school_id: str
    batch_id: int | None
    """The first batch that held it; None: none yet."""

    @property
    def pays_itself(self) -> bool:
        """Whether the school is the payer; else a trust is."""
        return normalise_name(self.document.bill_to.name) == normalise_name(self.document.school_name)

    @property
    def signature(self) -> tuple[str, str, str, bool]:
        """What tells payers apart: name, school, postcode, and whether the school itself pays."""
        payer = self.document.bill_to
        return customer_key(payer.name), self.school_id, postcode_key(payer.postcode), self.pays_itself


AreOne = Callable[[str, str], bool]
"""Whether two URNs are successive ones of one school."""


@dataclass(frozen=True, slots=True)
class UsedName:
    """What a document's payer was called in a list that finance was given."""

    key: str
    number: str
    batch_id: int


@dataclass(frozen=True, slots=True)
class Customers:
    """What the payers of some documents are called, by document number."""

    names: Mapping[str, str]
    codes: Mapping[str, str]
    """Those that settings or the column map give; other payers have none."""
    told_apart: Mapping[str, str]
    """Those that have a name of ebsync's making, because another payer is called the same."""
    shared: Mapping[str, Sequence[str]] = field(default_factory=dict)
    """Customers that stand for several payers or schools, each with who they are."""


@dataclass(eq=False, slots=True)
class _Payer:
    billed: list[Billed] = field(default_factory=list)
    name: str = ""
    code: str | None = None

    @property
    def document(self) -> Document:
        return self.billed[0].document

    @property
    def own_name(self) -> str:
        return self.document.bill_to.name

    @property
    def since(self) -> int:
        """The first batch it was in."""
        return min(_NOT_YET if each.batch_id is None else each.batch_id for each in self.billed)

    @property
    def pays_itself(self) -> bool:
        return any(each.pays_itself for each in self.billed)

    @property
    def customer(self) -> str:
        return self.code or self.name


def customer_key(name: str) -> str:
    """A customer's name as accounting programs compare it: case, spacing and the kind of apostrophe do not matter."""
    plain = _APOSTROPHES.sub("'", unicodedata.normalize("NFKC", name))
    return " ".join(plain.casefold().split())


def name_customers(
    billed: Sequence[Billed],
    wanted: Iterable[str],
    codes: Mapping[str, str],
    are_one: AreOne,
    used: Iterable[UsedName] = (),
) -> Customers:
    """The customers of the wanted documents, unlike those of every other payer the hub ever billed.

    Args:
        billed: all documents of the hub, in the order of issue.
        wanted: numbers of those to be listed.
        codes: customers by URN, school id, payer's name, or the name by which it is told apart.
        are_one: which URNs are one school.
        used: what payers were called in earlier lists.

    Raises:
        SettingsError: codes give two payers one customer, or a payer one that was another's, or name a payer by a name
            that several have.
    """
    payers = _payers(billed, are_one)
    by_number = {each.document.number: payer for payer in payers for each in payer.billed}
    asked = list(dict.fromkeys(by_number[number] for number in wanted))
    spent = [(each.key, by_number[each.number], each.batch_id) for each in used if each.number in by_number]
    for namesakes in _by_name(payers):
        for payer in namesakes:
            payer.name = _name(payer, namesakes, spent)
            payer.code = _code(payer, namesakes, codes)
    _check_ambiguous(asked, payers, codes)
    _check_shared(asked, payers, spent)
    numbers = {each.document.number: payer for payer in asked for each in payer.billed}
    return Customers(
        names={number: payer.customer for number, payer in numbers.items()},
        codes={number: payer.code for number, payer in numbers.items() if payer.code},
        told_apart={
            number: payer.name for number, payer in numbers.items() if not payer.code and payer.name != payer.own_name
        },
        shared=_shared(asked, payers, are_one),
    )


def _shared(asked: Sequence[_Payer], payers: Sequence[_Payer], are_one: AreOne) -> dict[str, list[str]]:
    """Customers that several schools or trusts have: what one owes cannot be told from what the other owes."""
    holders: dict[str, list[_Payer]] = defaultdict(list)
    for payer in payers:
        holders[customer_key(payer.customer)].append(payer)
    found = {payer.customer: _who(holders[customer_key(payer.customer)], are_one) for payer in asked}
    return {customer: who for customer, who in found.items() if len(who) > 1}


def _who(payers: Iterable[_Payer], are_one: AreOne) -> list[str]:
    """Each school that pays itself, by name and number; a trust once, whichever schools it pays for."""
    found: list[str] = []
    for payer in payers:
        schools: list[str] = []
        for each in (each for each in payer.billed if each.pays_itself):
            if not any(each.school_id == other or are_one(each.school_id, other) for other in schools):
                schools.append(each.school_id)
        found += [f"{payer.own_name} ({mark})" for mark in schools or [payer.document.bill_to.postcode]]
    return found


def check_buyers(billed: Sequence[Billed], wanted: Iterable[str], buyers: Collection[str], are_one: AreOne) -> None:
    """Refuse to address documents by a payer's name where several payers are called so.

    Args:
        billed: all documents of the hub, in the order of issue.
        wanted: numbers of those to be sent.
        buyers: those whose address is known: URNs of schools that pay themselves, and payers' names.
        are_one: which URNs are one school.

    Raises:
        SettingsError: names what would go to the address of another.
    """
    numbers = set(wanted)
    for namesakes in _by_name(_payers(billed, are_one)):
        for each in (each for payer in namesakes for each in payer.billed if each.document.number in numbers):
            name, is_numbered = each.document.bill_to.name, each.pays_itself and each.document.school_urn in buyers
            if len(namesakes) > 1 and name in buyers and not is_numbered:
                raise SettingsError(
                    f"EBSYNC_EINVOICE__BUYERS has “{name}”, and {len(namesakes)} payers are called so: "
                    f"{each.document.number} might go to another's address. Nothing was written. Take that name "
                    "out, and give the addresses of schools by their URNs."
                )


def _payers(billed: Sequence[Billed], are_one: AreOne) -> list[_Payer]:
    """Who pays: documents of one name whose schools are one, or whose trust has one address."""
    clusters: dict[str, list[set[tuple[str, str, str, bool]]]] = defaultdict(list)
    for signature in dict.fromkeys(each.signature for each in billed):
        several = clusters[signature[0]]
        same = [each for each in several if any(_is_same(signature, other, are_one) for other in each)]
        merged = {signature}.union(*same)
        clusters[signature[0]] = [each for each in several if each not in same] + [merged]
    payers = {
        signature: payer
        for several in clusters.values()
        for cluster in several
        for payer in [_Payer()]
        for signature in cluster
    }
    for each in billed:
        payers[each.signature].billed.append(each)
    return list(dict.fromkeys(payers.values()))


def _is_same(one: tuple[str, str, str, bool], other: tuple[str, str, str, bool], are_one: AreOne) -> bool:
    if one[1] == other[1] or are_one(one[1], other[1]):
        return True
    # schools at one postcode are two all the same; a trust has one address for all of its schools
    return one[2] == other[2] and not (one[3] and other[3])


def _by_name(payers: Iterable[_Payer]) -> Iterable[list[_Payer]]:
    found: dict[str, list[_Payer]] = defaultdict(list)
    for payer in payers:
        found[customer_key(payer.own_name)].append(payer)
    return found.values()


def _name(payer: _Payer, namesakes: Sequence[_Payer], spent: Sequence[tuple[str, _Payer, int]]) -> str:
    """Its own name if nobody else had it by the time of its first batch; else one with town and number."""
    key = customer_key(payer.own_name)
    is_taken = any(other is not payer and other.since <= payer.since for other in namesakes)
    is_spent = any(used == key and other is not payer and batch < payer.since for used, other, batch in spent)
    return _told_apart(payer) if is_taken or is_spent else payer.own_name


def _told_apart(payer: _Payer) -> str:
    """By the first document alone, which never changes: the same payer has the same name in every later list."""
    first, document = payer.billed[0], payer.document
    name, town = " ".join(payer.own_name.split()), _town(document.bill_to.address)
    mark = document.bill_to.postcode
    if payer.pays_itself:
        mark = f"URN {document.school_urn}" if document.school_urn else first.school_id
    return f"{name}{f', {town}' if town and town.casefold() not in name.casefold() else ''} ({mark})"


def _town(address: Sequence[str]) -> str:
    """The last part of an address that is neither numbered nor a county; empty where there is none."""
    parts = [part.strip() for line in address for part in line.split(",")][1:]
    towns = [part for part in parts if part and not any(character.isdigit() for character in part)]
    return next((part for part in reversed(towns) if not _is_county(part.casefold())), "")


def _is_county(part: str) -> bool:
    return part in _COUNTIES or part.endswith("shire")


def _code(payer: _Payer, namesakes: Sequence[_Payer], codes: Mapping[str, str]) -> str | None:
    numbers = [each.school_id for each in payer.billed if each.pays_itself]
    keys = [*dict.fromkeys(numbers), _told_apart(payer)]
    if len(namesakes) == 1:
        keys.append(payer.own_name)
    by_key = {customer_key(key): code.strip() for key, code in codes.items()}
    return next((code for key in keys if (code := by_key.get(customer_key(key)))), None)


def _check_ambiguous(asked: Iterable[_Payer], payers: Sequence[_Payer], codes: Mapping[str, str]) -> None:
    """Refuse codes that name a payer by a name of several."""
    keys, wanted = {customer_key(key) for key in codes}, set(asked)
    for namesakes in _by_name(payers):
        unclear = [payer for payer in namesakes if payer in wanted and payer.code is None]
        if unclear and len(namesakes) > 1 and customer_key(unclear[0].own_name) in keys:
            several = "; ".join(sorted(f"“{_key_for(payer)}”" for payer in namesakes))
            raise SettingsError(
                f"codes.customer has “{unclear[0].own_name}”, and {len(namesakes)} payers are called so. Nothing was "
                f"exported. Name each by its own key: {several}."
            )


def _key_for(payer: _Payer) -> str:
    return payer.billed[0].school_id if payer.pays_itself else _told_apart(payer)


def _check_shared(asked: Sequence[_Payer], payers: Sequence[_Payer], spent: Sequence[tuple[str, _Payer, int]]) -> None:
    """Refuse one customer for two payers; trusts of one name may be one, if somebody says so."""
    now: dict[str, set[_Payer]] = defaultdict(set)
    before: dict[str, set[_Payer]] = defaultdict(set)
    for payer in payers:
        now[customer_key(payer.customer)].add(payer)
    for key, payer, _ in spent:
        before[key].add(payer)
    clashes = set()
    for payer in asked:
        key = customer_key(payer.customer)
        # what ebsync itself names was never another's
        holders = {payer} | now[key] | (before[key] if payer.code else set())
        if not _may_share(holders):
            clashes.add(f"“{payer.customer}” for {_listed(holders)}")
    if clashes:
        raise SettingsError(
            f"codes.customer gives several payers one customer: {'; '.join(sorted(clashes)[:_NAMED])}. The invoices of "
            "one would land on the ledger of the other. Nothing was exported. Give each one that was never another's."
        )


def _may_share(payers: Iterable[_Payer]) -> bool:
    several = list(payers)
    names = {customer_key(payer.own_name) for payer in several}
    return len(several) == 1 or (len(names) == 1 and not any(payer.pays_itself for payer in several))


def _listed(payers: Iterable[_Payer]) -> str:
    return " and ".join(sorted(f"{payer.own_name} ({_mark(payer)})" for payer in payers))


def _mark(payer: _Payer) -> str:
    return payer.billed[0].school_id if payer.pays_itself else payer.document.bill_to.postcode
