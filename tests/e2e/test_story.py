"""The demo's story through the real stack, against what was worked out by hand from DESIGN 5.2."""

from __future__ import annotations

import csv
from pathlib import Path

import pytest

from eb_sync.sandbox.story import EXPECTED, EXPECTED_FINDINGS, WORKSHOP_IDS
from tests.played import Played


def test_every_place_is_decided_as_worked_out_by_hand(played: Played) -> None:
    names = {workshop_id: name for name, workshop_id in WORKSHOP_IDS.items()}
    decided = {
        (names[one["workshop"]["id"]], played.references[decision["booking_id"]]): (
            decision["outcome"],
            decision["reason"],
        )
        for one in played.json("charges")["workshops"]
        for decision in one["decisions"]
        if decision["attendee_id"] is not None
    }
    assert decided == {key: (str(outcome), str(reason)) for key, (outcome, reason) in EXPECTED.items()}


@pytest.mark.parametrize("workgroup", sorted({workgroup for workgroup, _, _ in EXPECTED_FINDINGS}))
def test_the_findings_are_those_worked_out_by_hand(played: Played, workgroup: str) -> None:
    found = {(f["school_urn"], f["finding"]) for f in played.json("check", workgroup)["findings"]}
    assert found >= {(urn, finding) for group, urn, finding in EXPECTED_FINDINGS if group == workgroup}


def test_a_second_issue_finds_nothing_to_do(played: Played) -> None:
    plan = played.json("invoices", "--dry-run")
    assert (plan["to_invoice"], plan["to_credit"]) == ([], [])
    assert played.run("invoices", "--yes")[0] in (0, 3)
    assert played.json("invoices", "--yes")["issued"] == []


def test_net_issued_is_what_is_due(played: Played) -> None:
    net: dict[tuple[str, str], float] = {}
    for path in sorted((played.folder / "invoices").glob("*.csv")):
        for row in csv.DictReader(path.read_text(encoding="utf-8").splitlines()):
            key = row["workshop_id"], row["booking_ref"]
            net[key] = net.get(key, 0) + round(float(row["gross"]) * 100)
    plan = played.json("invoices", "--dry-run")
    waits = {(w["workshop_id"], w["booking_id"]) for kind in ("held", "blocked") for w in plan[kind]}
    due = {
        (one["workshop"]["id"], decision["booking_id"]): decision["amount_pence"]
        for one in played.json("charges")["workshops"]
        for decision in one["decisions"]
    }
    assert {key: pence for key, pence in net.items() if pence and key not in waits} == {
        key: pence for key, pence in due.items() if pence and key not in waits
    }


def test_files_are_there_for_every_document_and_workshop(played: Played) -> None:
    papers = sorted(path.name for path in (played.folder / "invoices").glob("*.pdf"))
    code, output = played.run("export", "invoices", "-o", str(played.folder / "invoices"))
    assert code == 0
    assert sorted(Path(line).name for line in output.splitlines()) == papers
    assert len(list((played.folder / "registers").iterdir())) == 3 * len(WORKSHOP_IDS)


def test_documents_hold_no_teachers_name(played: Played) -> None:
    code, listed = played.run("export", "charges", "--since", "2019-01-01")
    assert code == 0
    teachers = {
        decision["teacher"]
        for one in played.json("charges")["workshops"]
        for decision in one["decisions"]
        if decision["teacher"]
    }
    assert teachers
    assert not [name for name in teachers if name in listed]
