"""A workshop on its day, whose register goes out and comes back."""

from __future__ import annotations

import csv
import io
from collections.abc import Sequence
from dataclasses import dataclass, field

from tests.hub import ELM, Hub

Rows = list[dict[str, str]]


@dataclass
class Day:
    """A workshop on its day: three places, the first of them marked."""

    hub: Hub
    event: str
    ann: str
    bob: str
    cat: str
    more: list[str] = field(default_factory=list)

    def rows(self) -> Rows:
        return list(csv.DictReader(io.StringIO(self.hub.do("register", "fractions", "--format", "csv").out)))

    def write(self, rows: Rows, columns: Sequence[str] | None = None, name: str = "filled.csv") -> str:
        output = io.StringIO(newline="")
        writer = csv.DictWriter(output, columns or list(rows[0]), extrasaction="ignore")
        writer.writeheader()
        writer.writerows(rows)
        (self.hub.folder / name).write_text(output.getvalue(), encoding="utf-8")
        return name

    def filled(self, **marks: str) -> Rows:
        rows = self.rows()
        for row in rows:
            row["attendance"] = marks.get(row["booking_ref"], row["attendance"])
        return rows

    def bring_back(self, name: str, *options: str) -> dict[str, list[dict[str, object]]]:
        document: dict[str, list[dict[str, object]]]
        document = self.hub.do("attendance", "import", "fractions", name, "--json", *options).json()
        return document


def begin_register_day(hub: Hub, *more: str) -> Day:
    """Half an hour after the start; one of three, and of these names, has been marked."""
    event = hub.event("Fractions", "2019-11-05 10:00", "2019-11-05 15:00", slug="fractions")
    day = Day(hub, event, hub.book(event, "Ann Archer"), hub.book(event, "Bob Baker"), hub.book(event, "Cat Cole", ELM))
    day.more += [hub.book(event, name) for name in more]
    hub.sync()
    hub.at("2019-11-05 10:30")
    hub.do("attendance", "mark", "fractions", day.ann, "present")
    return day
