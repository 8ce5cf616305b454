"""`ebsync review` and `retract`."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

import click

from eb_sync.cli.json_documents import question_json
from eb_sync.cli.parsing import as_of_option, by_option, json_option, parse_as_of, said_by
from eb_sync.cli.printing import print_json, print_recorded, print_sentences, tell
from eb_sync.errors import UsageError
from policies.wording import dated_text, day_text

if TYPE_CHECKING:
    import sqlalchemy as sa

    from eb_sync.model.facts import FactContent
    from eb_sync.recording.answers import Question
    from eb_sync.workshops.snapshot import Snapshot

ANSWERS = ("in-time", "late", "present", "absent", "never-booked", "same", "no-place", "charge", "waive")


class _ReviewGroup(click.Group):
    """`review` takes an optional WORKSHOP where it is not followed by `decide`."""

    def parse_args(self, ctx: click.Context, args: list[str]) -> list[str]:
        """Make `review [WORKSHOP] ...` mean `review list [WORKSHOP] ...`."""
        is_help = any(word in ctx.help_option_names for word in args[:1])
        if not is_help and (not args or args[0] not in self.commands):
            args = ["list", *args]
        return super().parse_args(ctx, args)


@click.group("review", cls=_ReviewGroup)
def review_command() -> None:
    """List what waits for a person, oldest first; `review decide` answers it.

    Say `ebsync review` for all workshops, `ebsync review WORKSHOP` for one.

    Example: ebsync review cmh19-interventionhgate/1
    """


@review_command.command("list")
@click.argument("workshop", required=False)
@as_of_option
@json_option
def review_list(workshop: str | None, as_of: str | None, as_json: bool) -> None:
    """List what waits for a person, oldest first.

    Example: ebsync review cmh19-interventionhgate/1
    """
    from eb_sync.cli.hub import open_hub
    from eb_sync.recording.answers import find_questions
    from eb_sync.workshops.find import find_workshop

    with open_hub().snapshot(parse_as_of(as_of), workshop) as (connection, snapshot):
        chosen = snapshot.workshops if workshop is None else [find_workshop(snapshot.workshops, workshop)]
        questions = find_questions(connection, snapshot, chosen)
    if as_json:
        print_json({"reviews": [question_json(question) for question in questions]})
        return
    if not questions:
        click.echo("Nothing waits.")
    for question in questions:
        print_question(question)


def print_question(question: Question) -> None:
    """Who, where and when, why it is asked, what is known, and the answers; the reference at the end."""
    from eb_sync.model.reason_words import question_text

    decision, workshop = question.decision, question.workshop
    print_sentences(
        [
            f"{question.teacher or '(no name)'}, {question.school or '(school not known)'}",
            f"  {workshop.name}, {day_text(workshop.local_on)}; asked since {dated_text(question.since_at)}",
            f"  {question_text(decision.reason)}",
            *(f"  - {sentence}" for sentence in decision.evidence),
            f"  Answers: {', '.join(decision.answers)}. Booking: {decision.booking_id}",
        ]
    )


@review_command.command("decide")
@click.argument("workshop")
@click.argument("words", nargs=-1, required=True, metavar="BOOKING... ANSWER")
@by_option
@json_option
def review_decide(workshop: str, words: tuple[str, ...], by: str | None, as_json: bool) -> None:
    """Answer a question about one or several bookings; `waive` may be said of any, also after issue.

    ANSWER is one of in-time, late, present, absent, never-booked, same, no-place, charge, waive.

    Example: ebsync review decide cmh19-interventionhgate/1 B1100594112 late
    """
    from eb_sync.cli.hub import open_hub
    from eb_sync.recording.answers import answer_questions
    from policies.facts import AnswerWord

    *bookings, answer = words
    if not bookings:
        raise UsageError("Say which bookings, then the answer.")
    if answer not in ANSWERS:
        raise UsageError(f"{answer} is no answer; answers are: {', '.join(ANSWERS)}.")

    hub = open_hub()
    recorded = hub.record(
        lambda connection, snapshot: answer_questions(connection, snapshot, workshop, bookings, AnswerWord(answer)),
        said_by(hub, by),
        workshop,
    )
    print_recorded(recorded, as_json=as_json)


@click.command("retract")
@click.argument("fact", metavar="FACT_ID|WALK-IN")
@by_option
@json_option
def retract_command(fact: str, by: str | None, as_json: bool) -> None:
    """Withdraw a fact that a person recorded; decisions and plans follow.

    Nothing is deleted: the withdrawal is a fact of its own. W2 stands for the fact behind walk-in W2.

    Example: ebsync retract 4711
    """
    from eb_sync.cli.hub import open_hub
    from eb_sync.recording.answers import build_retraction, find_walk_in_fact

    earlier: int | None = None
    fact_id = 0

    def build(connection: sa.Connection, snapshot: Snapshot) -> Sequence[FactContent]:
        nonlocal earlier, fact_id
        fact_id = find_walk_in_fact(connection, snapshot, fact)
        facts, earlier = build_retraction(connection, snapshot, fact_id)
        return facts

    hub = open_hub()
    recorded = hub.record(build, said_by(hub, by))
    if earlier is not None:
        tell(f"Fact {fact_id} was withdrawn already (by fact {earlier}).")
    print_recorded(recorded, as_json=as_json)
