"""Net and VAT of a gross charge."""

from __future__ import annotations

from datetime import date

import pytest
from hypothesis import given
from hypothesis import strategies as st

from eb_sync.billing.vat import VatSettings, split_gross
from eb_sync.model.documents import VatTreatment


def test_fifty_pounds_at_the_standard_rate_are_41_67_and_8_33() -> None:
    assert split_gross(5000, VatTreatment.STANDARD) == (4167, 833)


@pytest.mark.parametrize("treatment", [VatTreatment.OUTSIDE_SCOPE, VatTreatment.EXEMPT, VatTreatment.ZERO])
def test_without_vat_all_of_it_is_net(treatment: VatTreatment) -> None:
    assert split_gross(5000, treatment) == (5000, 0)


def test_half_a_penny_rounds_up() -> None:
    # 3 pence gross are 2.5 net
    assert split_gross(3, VatTreatment.STANDARD) == (3, 0)


@given(st.integers(min_value=0, max_value=10_000_000), st.sampled_from(VatTreatment))
def test_net_and_vat_always_add_up(gross: int, treatment: VatTreatment) -> None:
    net, vat = split_gross(gross, treatment)
    assert net + vat == gross
    assert 0 <= vat <= gross


def test_the_treatment_is_the_one_in_force_on_the_day() -> None:
    vat = VatSettings(((date(2019, 1, 1), VatTreatment.OUTSIDE_SCOPE), (date(2022, 4, 1), VatTreatment.EXEMPT)))
    assert vat.treatment_on(date(2022, 3, 31)) is VatTreatment.OUTSIDE_SCOPE
    assert vat.treatment_on(date(2022, 4, 1)) is VatTreatment.EXEMPT
    assert vat.treatment_on(date(2018, 1, 1)) is VatTreatment.OUTSIDE_SCOPE
