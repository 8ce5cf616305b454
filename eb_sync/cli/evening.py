"""`ebsync evening`: a workshop on its evening, in the order of a lead's work."""

from __future__ import annotations

import sys
from collections.abc import Sequence
from typing import TYPE_CHECKING

import click

from eb_sync.cli.parsing import by_option, said_by
from eb_sync.cli.plan_words import PlanWords
from eb_sync.cli.printing import print_recorded, print_sentences, print_table
from eb_sync.cli.reviews import print_question
from policies.facts import AnswerWord, Mark
from policies.wording import day_text

if TYPE_CHECKING:
    import sqlalchemy as sa

    from eb_sync.bootstrap import Hub
    from eb_sync.model.facts import FactContent
    from eb_sync.recording.answers import Question
    from eb_sync.reports.evening import Evening, EveningPlace
    from eb_sync.workshops.snapshot import Snapshot

_KEYS = {"p": Mark.PRESENT, "l": Mark.LATE, "e": Mark.LEFT_EARLY, "a": Mark.ABSENT}
_SKIP = "s"


@click.command("evening")
@click.argument("workshop", required=False)
@by_option
def evening_command(workshop: str | None, by: str | None) -> None:
    """Show a workshop on its evening: who was expected, what is open, what it comes to, and what to type next.

    At a terminal it walks through what is open, and records each answer at once. Without WORKSHOP: the one that ended
    last.

    Example: ebsync evening larkmoor-bridging
    """
    from eb_sync.cli.hub import open_hub

    hub = open_hub()
    evening = _read(hub, workshop)
    _print_evening(evening)
    if sys.stdin.isatty() and sys.stdout.isatty() and _walk_through(hub, evening, said_by(hub, by)):
        evening = _read(hub, evening.workshop.id)
        click.echo("")
        _print_evening(evening)
    _print_next(evening)


def _read(hub: Hub, typed: str | None) -> Evening:
    from eb_sync.reports.evening import choose_evening, read_evening
    from eb_sync.workshops.find import find_workshop

    with hub.snapshot(about=typed) as (connection, snapshot):
        chosen = choose_evening(snapshot) if typed is None else find_workshop(snapshot.workshops, typed)
        return read_evening(connection, snapshot, chosen)


def _print_evening(evening: Evening) -> None:
    workshop = evening.workshop
    state = evening.state.replace("_", " ")
    click.echo(f"{workshop.title}\n{workshop.name}, {day_text(workshop.local_on)}: {state}\n")
    rows = [
        (place.teacher or "(no name)", place.school or "(school not known)", place.in_words, place.reference)
        for place in evening.places
    ]
    if rows:
        print_table(("teacher", "school", "register", "booking"), rows, flexible=1)
    else:
        click.echo("Nobody is expected.")
    for claim in evening.claims:
        print_sentences(["", f"Claimed, and not decided yet: {claim.sentence}. (exemption {claim.id})"])
    for question in evening.questions:
        click.echo("")
        print_question(question)
    click.echo("")
    PlanWords({workshop.id: f"{workshop.name} ({day_text(workshop.local_on)})"}).print_work(evening.plan)


def _print_next(evening: Evening) -> None:
    """What to type now, in the order of work; the first line is the next step."""
    name = evening.workshop.name
    steps: list[tuple[str, str]] = []
    if evening.unmarked:
        steps.append((f"ebsync attendance mark {name} {evening.unmarked[0].reference} present", "for each who came"))
    if evening.state == "register_open":
        steps.append((f"ebsync attendance close {name}", "when the register is complete"))
    steps += [(f"ebsync exempt approve {claim.id}", "or refuse") for claim in evening.claims]
    for question in evening.questions:
        answers = "|".join(question.decision.answers)
        steps.append((f"ebsync review decide {name} {question.decision.booking_id} {answers}", "one of these answers"))
    if evening.plan.has_work:
        steps.append((f"ebsync invoices {name}", "shows the plan once more, then issues it"))
    click.echo("\nNext:" if steps else "\nThere is nothing left to do.")
    for command, why in steps:
        click.echo(f"  {command}    # {why}")


def _walk_through(hub: Hub, evening: Evening, said: str) -> bool:
    """Ask about each place and question that is open; whether anything was recorded."""
    marked = [_ask_mark(hub, evening, place, said) for place in evening.unmarked]
    answered = [_ask_question(hub, evening, question, said) for question in evening.questions]
    return any([*marked, *answered])


def _ask_mark(hub: Hub, evening: Evening, place: EveningPlace, said: str) -> bool:
    from eb_sync.recording.attendance import build_marks, find_register

    click.echo(f"\n{place.teacher or place.reference}, {place.school or 'school not known'}")
    key = _ask("present, late, left early, absent or skip", [*_KEYS, _SKIP])
    if key == _SKIP:
        return False

    def build(connection: sa.Connection, snapshot: Snapshot) -> Sequence[FactContent]:
        register = find_register(connection, snapshot, evening.workshop.id)
        return build_marks(register, snapshot.as_of, [place.reference], _KEYS[key])

    print_recorded(hub.record(build, said, evening.workshop.id), as_json=False)
    return True


def _ask_question(hub: Hub, evening: Evening, question: Question, said: str) -> bool:
    from eb_sync.recording.answers import answer_questions

    decision, workshop_id = question.decision, evening.workshop.id
    if not decision.answers:
        return False
    click.echo("")
    print_question(question)
    word = _ask("Answer", [*decision.answers, "skip"])
    if word == "skip":
        return False
    recorded = hub.record(
        lambda connection, snapshot: answer_questions(
            connection, snapshot, workshop_id, [decision.booking_id], AnswerWord(word)
        ),
        said,
        workshop_id,
    )
    print_recorded(recorded, as_json=False)
    return True


def _ask(question: str, words: Sequence[str]) -> str:
    """Asked on stderr, which names nobody: who it is about stands on stdout."""
    answer: str = click.prompt(question, type=click.Choice(list(words)), err=True)
    return answer
