"""What payers are called in an accounting program: never two by one name, and the same for the same batch."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace

import pytest

from eb_sync.billing.customers import Billed, Customers, UsedName, customer_key, name_customers
from eb_sync.errors import SettingsError
from eb_sync.model.documents import BillTo
from tests.papers import INVOICE

MARY = "St Mary's Primary School"
TOWNS = {"100001": ("Ambleside", "Cumbria"), "100003": ("Kendal", "North Larkshire")}


def billed(
    number: int, school: str, name: str = MARY, *, batch: int | None = None, payer: str = "", at: str = ""
) -> Billed:
    """An invoice of a school, or of its payer, that stands in the school's town."""
    bill_to = BillTo(payer or name, ("1 Church Street", *TOWNS.get(school, ("Kendal",))), at or f"LA{school[-1]} 1AA")
    urn = school if school.isdigit() else None
    document = replace(INVOICE, number=f"INV-{number:06d}", school_name=name, school_urn=urn, bill_to=bill_to)
    return Billed(document, school, batch)


def name(
    *documents: Billed,
    codes: Mapping[str, str] | None = None,
    wanted: Sequence[int] | None = None,
    one: frozenset[str] = frozenset(),
    used: Sequence[UsedName] = (),
) -> Customers:
    numbers = [each.document.number for each in documents]
    chosen = numbers if wanted is None else [f"INV-{number:06d}" for number in wanted]
    return name_customers(documents, chosen, codes or {}, lambda a, b: {a, b} <= one, used)


def names(*documents: Billed, **more: object) -> list[str]:
    return list(name(*documents, **more).names.values())  # type: ignore[arg-type]  # as `name` takes them


def test_a_payer_whose_name_nobody_else_has_keeps_it() -> None:
    found = name(billed(1, "100001"), billed(2, "100002", "Elm Nursery"), billed(3, "100001", batch=1))
    assert [*found.names.values()] == [MARY, MARY, "Elm Nursery"]
    assert found.told_apart == {}


@pytest.mark.parametrize(
    "other", [MARY, "ST  MARY'S PRIMARY SCHOOL ", "St Mary\N{RIGHT SINGLE QUOTATION MARK}s Primary School"]
)
def test_two_schools_of_one_name_are_told_apart_by_town_and_urn(other: str) -> None:
    found = name(billed(1, "100001"), billed(2, "100002", other))
    spaced = " ".join(other.split())
    assert found.names == {
        "INV-000001": f"{MARY}, Ambleside (URN 100001)",
        "INV-000002": f"{spaced}, Kendal (URN 100002)",
    }
    assert found.told_apart == found.names


def test_the_first_of_a_name_keeps_it_and_an_old_batch_keeps_its_names() -> None:
    before = names(billed(1, "100001", batch=1))
    assert before == [MARY]
    both = (billed(1, "100001", batch=1), billed(2, "100002", batch=2), billed(3, "100001"))
    assert names(*both, wanted=[1]) == [MARY, MARY]
    assert names(*both, wanted=[2, 3]) == [f"{MARY}, Kendal (URN 100002)", MARY, MARY]


def test_a_school_entered_by_hand_is_told_apart_by_its_id() -> None:
    assert names(billed(1, "P1"), billed(2, "100001"))[0] == f"{MARY}, Kendal (P1)"


def test_the_town_is_not_said_twice() -> None:
    town = "St Mary's, Kendal"
    assert names(billed(1, "100002", town), billed(2, "100003", town)) == [
        "St Mary's, Kendal (URN 100002)",
        "St Mary's, Kendal (URN 100003)",
    ]


def test_a_trust_with_the_name_of_a_school_is_another_customer() -> None:
    trust = billed(1, "100009", "Oak Primary", payer=MARY, at="ZZ1 1ZZ")
    assert names(trust, billed(2, "100001")) == [f"{MARY}, Kendal (ZZ1 1ZZ)", f"{MARY}, Ambleside (URN 100001)"]


def test_a_trust_is_one_customer_for_all_its_schools() -> None:
    of_trust = [billed(number, f"10000{number}", "Oak", payer="Oak Trust", at="ZZ1 1ZZ") for number in (1, 2, 3)]
    assert names(*of_trust) == ["Oak Trust"] * 3


def test_successive_numbers_of_one_school_are_one_customer() -> None:
    assert names(billed(1, "100001"), billed(2, "100002"), one=frozenset({"100001", "100002"})) == [MARY, MARY]


def test_a_code_by_urn_id_or_name_counts_before_any_name() -> None:
    codes = {"100001": "MARY-A", "elm  nursery": "ELM", "P1": "MARY-P"}
    found = name(billed(1, "100001"), billed(2, "P1"), billed(3, "100003", "Elm Nursery"), codes=codes)
    assert [*found.names.values()] == ["MARY-A", "MARY-P", "ELM"]
    assert found.codes == found.names
    assert found.told_apart == {}


def test_a_code_for_a_name_of_two_is_refused_and_their_own_keys_are_named() -> None:
    with pytest.raises(SettingsError, match="2 payers are called so") as caught:
        name(billed(1, "100001"), billed(2, "100002"), codes={MARY: "MARY"})
    assert "“100001”; “100002”" in str(caught.value)


@pytest.mark.parametrize("code", ["MARY", " mary "])
def test_two_schools_with_one_code_are_refused(code: str) -> None:
    both = (billed(1, "100001", batch=1), billed(2, "100002", "Elm Nursery"))
    with pytest.raises(SettingsError, match="gives several payers one customer"):
        name(*both, codes={"100001": "MARY", "100002": code}, wanted=[2])


def test_a_code_that_is_anothers_name_is_refused_for_both() -> None:
    both = (billed(1, "100001"), billed(2, "100002", "Elm Nursery"))
    for number in (1, 2):
        with pytest.raises(SettingsError, match="gives several payers one customer"):
            name(*both, codes={"100001": "Elm nursery"}, wanted=[number])


def test_a_code_that_was_anothers_in_an_earlier_list_is_refused() -> None:
    both = (billed(1, "100001", batch=1), billed(2, "100002", "Elm Nursery"))
    used = [UsedName(customer_key("Mary"), "INV-000001", 1)]
    with pytest.raises(SettingsError, match=r"St Mary's Primary School \(100001\)"):
        name(*both, codes={"100002": "MARY"}, wanted=[2], used=used)


def test_a_name_that_was_anothers_in_an_earlier_list_is_told_apart() -> None:
    both = (billed(1, "100001", batch=1), billed(2, "100002", "Elm Nursery"))
    used = [UsedName(customer_key("Elm Nursery"), "INV-000001", 1)]
    assert names(*both, wanted=[2], used=used) == ["Elm Nursery, Kendal (URN 100002)"]


def test_trusts_of_one_name_may_be_made_one_customer_and_schools_may_not() -> None:
    trusts = [billed(number, f"10001{number}", "Oak", payer="Oak Trust", at=f"ZZ{number} 1ZZ") for number in (1, 2)]
    assert names(*trusts) == ["Oak Trust, Kendal (ZZ1 1ZZ)", "Oak Trust, Kendal (ZZ2 1ZZ)"]
    codes = dict.fromkeys(names(*trusts), "OAK")
    assert names(*trusts, codes=codes) == ["OAK", "OAK"]
