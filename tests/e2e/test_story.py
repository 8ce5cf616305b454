"""The demo's story through the real stack, against what was worked out by hand from DESIGN 5.2."""

from __future__ import annotations

import csv
import json
import re
import shutil
from pathlib import Path

import pytest

from eb_sync.cli.demo import run_captured
from eb_sync.sandbox.demo import REGISTER_FILE
from eb_sync.sandbox.demo_account import build_account, build_settings_file
from eb_sync.sandbox.story import EXPECTED, EXPECTED_FINDINGS, WORKSHOP_IDS
from eb_sync.sandbox.story.places import BRIDGING
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


def test_a_place_waits_to_be_invoiced_and_a_second_issue_finds_nothing_to_do(
    played: Played, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    shutil.copy(played.folder / "demo.sqlite", tmp_path)
    (tmp_path / "ebsync.toml").write_text(build_settings_file(), encoding="utf-8")
    monkeypatch.chdir(tmp_path)
    issued = [json.loads(run_captured(("invoices", "--yes", "--json"))[1])["issued"] for _ in range(2)]
    assert [[one["total_pence"] for one in documents] for documents in issued] == [[5000], []]


def test_a_lead_finds_everything_to_practise_with(played: Played) -> None:
    plan = played.json("invoices", "--dry-run")
    assert [line["booking_id"] for one in plan["to_invoice"] for line in one["lines"]] == [
        reference for reference, label in played.references.items() if label == "twilight-fay"
    ]
    workshops = {one["slug"]: one for one in played.json("workshops")["workshops"]}
    assert (workshops[BRIDGING]["state"], workshops[BRIDGING]["unmarked"]) == ("register_open", 4)
    assert "exemption_claimed" in {one["reason"] for one in played.json("review")["reviews"]}
    sheet = str(played.folder / REGISTER_FILE)
    assert played.run("attendance", "import", BRIDGING, sheet, "--dry-run")[0] == 0


def test_the_account_tells_five_stories_with_their_documents_before_the_log(played: Played) -> None:
    account = build_account(played.told)
    stories, _, log = account.partition("## Step by step")
    told = stories.split("### ")[1:]
    assert len(told) == 5
    assert [sorted(set(re.findall(r"(?:INV|CN)-\d{6}", story))) for story in told] == [
        ["INV-000001"],
        ["CN-000001", "INV-000003"],
        [],
        [],
        [],
    ]
    assert "{" not in stories
    assert len(log.splitlines()) < 300  # however much each command prints


def test_net_issued_is_what_is_due(played: Played) -> None:
    net: dict[tuple[str, str], float] = {}
    for path in sorted((played.folder / "invoices").glob("*.csv")):
        for row in csv.DictReader(path.read_text(encoding="utf-8").splitlines()):
            key = row["workshop_id"], row["booking_ref"]
            net[key] = net.get(key, 0) + round(float(row["gross"]) * 100)
    plan = played.json("invoices", "--dry-run")
    waits = {(w["workshop_id"], w["booking_id"]) for kind in ("held", "blocked") for w in plan[kind]}
    waits |= {(one["workshop_id"], line["booking_id"]) for one in plan["to_invoice"] for line in one["lines"]}
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
