"""What must hold of a hub that was played with: its picture, its charges, its accounts."""

from __future__ import annotations

import csv
import io
import json
from collections import Counter
from typing import Any

from eb_sync.cli.main import COMMANDS
from tests.property.hub_objections import is_seat, objections
from tests.property.hub_play import Play
from tests.property.hub_truth import TrueBooking, TrueWorkshop, was_off

Key = tuple[str, str]


def check_picture(play: Play) -> None:
    """A full sync makes ebsync see what is there; a second one finds nothing new."""
    read = play.sync(full=True)
    if read.code == 65:
        held = [each["event_id"] for each in read.json()["held"]]
        read = play.sync(full=True, allowed=tuple(held))
    if read.code == 3 and any(booking.is_reworded for booking in play.truth.bookings.values()):
        read = play.sync(full=True)  # a word that nobody has described is told once
    assert read.code == 0, read
    if play.truth.reads[-1:] != [play.truth.now_at]:
        play.truth.reads.append(play.truth.now_at)  # all that changed before has arrived by now
    again = play.sync(full=True)
    assert (again.code, again.json()["observations"]) == (0, 0), again
    shown = {each["id"]: each for each in json.loads(play.run("workshops", "--json").out)["workshops"]}
    assert set(shown) == set(play.truth.workshops)
    for workshop_id, workshop in play.truth.workshops.items():
        _check_workshop(play, workshop, shown[workshop_id])


def _check_workshop(play: Play, workshop: TrueWorkshop, shown: dict[str, Any]) -> None:
    event = play.world.event(workshop.event_id)
    is_off = shown["state"] == "cancelled"
    named = [said for said in play.truth.said if said.kind in ("move", "cancel", "reinstate")]
    if not any(said.workshop_id == workshop.id for said in named):
        starts_at = event.starts_at if workshop.is_single else workshop.dates[0].starts_at
        if shown["state"] not in ("dates_unknown", "cancelled"):
            assert shown["starts_at"] == starts_at.strftime("%Y-%m-%dT%H:%M:%SZ"), shown
        if not any(said for _, said in workshop.off):
            assert not is_off, shown
        if was_off(play.truth, workshop, play.truth.known_dates(workshop)[-1].starts_at):
            assert is_off, shown
    register = play.run("register", workshop.id, "--format", "csv")
    rows = {row["booking_ref"]: row for row in csv.DictReader(io.StringIO(register.out))}
    for booking in play.truth.bookings.values():
        if booking.event_id == workshop.event_id:
            _check_row(play, booking, rows.get(booking.reference), shown)
    assert {who for who in rows if who.startswith("B")} <= set(play.truth.bookings)


def _check_row(play: Play, booking: TrueBooking, row: dict[str, str] | None, shown: dict[str, Any]) -> None:
    if row is None:
        created = play.truth.now_at if booking.is_gone else play.world.attendee(booking.attendee_id).created_at
        is_place = created.strftime("%Y-%m-%dT%H:%M:%SZ") < shown["starts_at"]
        assert booking.is_gone or booking.is_add_on or not is_place, (booking, shown)
        return
    status = "active" if booking.ended is None else "vanished" if booking.is_deleted else "cancelled"
    assert row["booking_status"] == status, (booking, row)
    is_blank = play.truth.erasures > 0 and row["teacher"] != booking.person[0]
    assert booking.is_gone or row["teacher"] == booking.person[0] or is_blank, (booking, row)


def check_charges(play: Play, *, whole: bool) -> int:
    """Nobody is charged against whose charge anything true speaks; gives how many are."""
    count = 0
    for told in play.charges()["workshops"]:
        workshop = play.truth.workshops[told["workshop"]["id"]]
        persons: Counter[object] = Counter()
        for decision in told["decisions"]:
            if decision["outcome"] != "charge":
                assert decision["amount_pence"] == 0, decision
                continue
            count += 1
            found = objections(play.truth, workshop, decision["booking_id"], whole=whole)
            assert not found, (found, decision)
            booking = play.truth.bookings[decision["booking_id"]]
            persons[booking.reference if is_seat(play.truth, booking) else booking.identity] += 1
        assert not whole or all(charges == 1 for charges in persons.values()), (persons, told)
    return count


class Accounts:
    """Documents as they are issued, against what is due."""

    def __init__(self, play: Play) -> None:
        """Nothing was issued."""
        self.play = play
        self.net: dict[Key, int] = {}

    def issue(self) -> None:
        """Issue what is due: then due and issued agree, and a second time nothing is."""
        play = self.play
        check_charges(play, whole=False)
        before = self._read_net()
        first = play.run("invoices", "--yes", "--json")
        assert first.code in {0, 3}, first
        told = first.json()
        after = self._read_net()
        waits = {(each["workshop_id"], each["booking_id"]) for key in _WAITING for each in told[key]}
        decided: set[Key] = set()
        for one in play.charges()["workshops"]:
            for decision in one["decisions"]:
                key = (one["workshop"]["id"], decision["booking_id"])
                decided.add(key)
                due = before.get(key, 0) if key in waits else decision["amount_pence"]
                waits_unlisted = decision["outcome"] in ("pending", "review")
                assert after.get(key, 0) == (before.get(key, 0) if waits_unlisted else due), (key, decision)
        assert all(after[key] == 0 for key in set(after) - decided - waits), after
        again = play.run("invoices", "--yes", "--json")
        assert (again.code, again.json()["issued"]) == (first.code, []), again

    def credit(self, pick: int, *, reissue: bool) -> None:
        """Credit an invoice by hand."""
        before = self._read_lines()
        numbers = sorted({line["document_number"] for line in before if line["document_kind"] == "invoice"})
        if not numbers:
            return
        number = numbers[pick % len(numbers)]
        more = ("--reissue",) if reissue else ()
        result = self.play.run("credit", number, "--reason", "Billed in error", "--json", *more)
        assert result.code in {0, 2}, result
        if result.code:
            return
        credited = [line for line in self._read_lines() if line not in before]
        facts = [int(fact_id) for fact_id in result.json()["fact_ids"]]
        assert len(facts) == (0 if reissue else len(credited))
        for fact_id, line in zip(facts, credited, strict=False):
            self.play.said(fact_id, "answer", line["workshop_id"], line["booking_ref"], "waive")

    def check_verified(self) -> None:
        """The database holds together."""
        if "verify" in COMMANDS:
            assert self.play.run("verify").code == 0

    def _read_lines(self) -> list[dict[str, str]]:
        listed = self.play.run("export", "charges", "--since", "2019-01-01")
        assert listed.code == 0, listed
        return list(csv.DictReader(io.StringIO(listed.out)))

    def _read_net(self) -> dict[Key, int]:
        net: Counter[Key] = Counter()
        lines = self._read_lines()
        for kind in ("INV", "CN"):
            numbers = sorted({line["document_number"] for line in lines if line["document_number"].startswith(kind)})
            assert numbers == [f"{kind}-{n:06d}" for n in range(1, len(numbers) + 1)]
        for line in lines:
            net[line["workshop_id"], line["booking_ref"]] += round(float(line["gross"]) * 100)
        assert all(0 <= pence <= 5000 for pence in net.values()), net
        return dict(net)


_WAITING = ("held", "review", "pending", "blocked")
