"""One evening's messages: planned, then each recorded as begun, sent, and recorded as ended. At most once, always.

That it is about to be sent is on disk before the mail server hears of a message. A run that is killed leaves at worst a
message that did not go out, and says so the next time; it never leaves one that goes out twice.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from contextlib import AbstractContextManager
from dataclasses import dataclass, field
from datetime import datetime
from itertools import islice
from typing import Any

import sqlalchemy as sa

from eb_sync.errors import EbsyncError, PartialError, SettingsError, TryAgainError
from eb_sync.mail import Delivery, Mail, MailServer, MailSession, compose, open_session
from eb_sync.messages.drafts import Draft, History, read_history
from eb_sync.messages.finance import draft_finance
from eb_sync.messages.leads import draft_leads, unknown_names
from eb_sync.messages.reminders import Reminders, draft_reminders
from eb_sync.messages.templates import Rendered, Templates
from eb_sync.model.facts import MessageBegun, MessageEnded
from eb_sync.model.readings import Profile
from eb_sync.store.facts import read_messages, record_facts
from eb_sync.store.people import assign_persons
from eb_sync.store.sync_state import read_stamp
from eb_sync.workshops.snapshot import Snapshot

SAID_BY = "messages"
"""Who recorded it, in the facts."""
LIMIT = 200
"""Messages of one run, unless somebody says otherwise."""

OpenSnapshot = Callable[[], AbstractContextManager[tuple[sa.Connection, Snapshot]]]
OpenWrite = Callable[[], AbstractContextManager[tuple[sa.Connection, datetime]]]


@dataclass(frozen=True, slots=True)
class Audience:
    """Who is told what."""

    leads: Mapping[str, Sequence[str]]
    """Addresses by the slug or id of a work group, or `*`."""
    finance: Sequence[str]
    reminders: bool
    """Whether teachers are reminded."""

    @property
    def is_empty(self) -> bool:
        """Nobody is told anything."""
        return not (self.leads or self.finance or self.reminders)


@dataclass(frozen=True, slots=True)
class Outbox:
    """What a run works with."""

    hub_id: int
    snapshot: OpenSnapshot
    write: OpenWrite
    """A short transaction to write in, with its instant."""
    audience: Audience
    templates: Templates
    hub_name: str
    sender: str
    """`hub@example.org` or `Maths Hub <hub@example.org>`."""
    reply_to: str
    server: MailServer | None
    """None: messages are off."""


@dataclass
class Report:
    """What a run came to; no names, no addresses."""

    counts: Counter[str] = field(default_factory=Counter)
    """Messages by outcome."""
    left: int = 0
    """Messages that wait for the next run because of the limit."""
    waiting: int = 0
    """Reminders that wait until their bookings are read."""
    skipped: int = 0
    """Messages that cannot be sent as they are: an address that is none, words that cannot be put together."""
    is_off: bool = False
    messages: list[str] = field(default_factory=list)
    """For whoever runs ebsync."""

    @property
    def exit_code(self) -> int:
        """3 where something waits or was refused."""
        failed = sum(number for outcome, number in self.counts.items() if outcome != Delivery.SENT)
        return PartialError.exit_code if failed or self.left or self.waiting or self.skipped else 0

    def as_json(self) -> dict[str, Any]:
        """For `--json`."""
        counts = {each.value: self.counts[each] for each in Delivery}
        return {"off": self.is_off, **counts, "left": self.left, "waiting": self.waiting, "skipped": self.skipped}


@dataclass
class _Seen:
    """What other runs began since the plan was made, and ours."""

    last_fact_id: int
    begun: set[tuple[str, str, int]] = field(default_factory=set)

    def read_on(self, connection: sa.Connection, hub_id: int) -> None:
        """Up to now."""
        for message in read_messages(connection, hub_id, since=self.last_fact_id):
            self.last_fact_id = message.id
            self.begun.add((message.content.kind, message.content.occasion, message.content.person_id))


@dataclass(frozen=True, slots=True)
class _Plan:
    drafts: tuple[tuple[Draft, Rendered], ...]
    now: datetime
    seen: _Seen
    stopped: tuple[tuple[int, str], ...]
    """Messages of runs that were stopped half-way: fact and name."""
    remarks: tuple[str, ...]
    waiting: int
    """Reminders that are due, of bookings that were not read lately."""
    skipped: int
    """Messages that are due and cannot be sent."""
    organization_id: str
    """Whose messages they are: no two databases' are the same."""


def run_messages(post: Outbox, limit: int = LIMIT) -> Report:
    """Send what is due, at most `limit` messages; the rest goes out with the next run.

    Raises:
        SettingsError: a template is wrong, or the mail server refuses login, certificate or sender.
        TryAgainError: the mail server cannot be reached, or broke off.

    What is to be told all the same is in the error's notes.
    """
    if post.server is None:
        return Report(is_off=True, messages=["No message is sent: EBSYNC_SMTP__HOST is not set."])
    if post.audience.is_empty:
        nobody = "Nobody is told anything: none of EBSYNC_LEADS, EBSYNC_FINANCE_EMAIL and EBSYNC_REMINDERS is set."
        return Report(messages=[nobody])
    plan = _plan(post)
    report = Report(waiting=plan.waiting, skipped=plan.skipped, messages=list(plan.remarks))
    try:
        if plan.stopped:
            _settle(post, plan.stopped, report)
        if plan.drafts[:limit]:
            _send_all(post, post.server, plan, limit, report)
    except EbsyncError as error:
        # said once and recorded as said: it must not be lost with the run
        for line in report.messages:
            error.add_note(line)
        raise
    report.left = len(plan.drafts[limit:])
    if report.left:
        report.messages.append(f"{report.left} more are due: they go out with the next run (--limit {limit}).")
    return report


def rehearse_messages(post: Outbox, limit: int = LIMIT) -> tuple[list[tuple[str, bytes]], Report]:
    """What would be sent, as files: name and content; nothing is sent or recorded."""
    plan = _plan(post)
    left = len(plan.drafts[limit:])
    report = Report(left=left, waiting=plan.waiting, skipped=plan.skipped, messages=list(plan.remarks))
    files = []
    for number, (draft, rendered) in enumerate(islice(plan.drafts, limit), 1):
        content = _try_compose(post, draft, rendered, plan, report)
        if content is not None:
            about = draft.booking_ids[0] if draft.booking_ids else draft.occasion
            files.append((f"{number:04d}-{draft.kind}-{about}.eml", content))
    return files, report


def _plan(post: Outbox) -> _Plan:
    with post.snapshot() as (connection, snapshot):
        history = read_history(connection, post.hub_id, snapshot.last_fact_id)
        reminders = _draft_reminders(post, connection, snapshot, history)
        drafts = [*reminders.drafts, *_draft_news(post, connection, snapshot, history)]
        rendered, wrong = _render(post.templates, drafts)
        return _Plan(
            rendered,
            snapshot.as_of,
            _Seen(snapshot.last_fact_id),
            tuple((m.id, _name(m.content)) for m in history.stopped(snapshot.as_of)),
            (*_unknown(post, snapshot), *reminders.remarks, *wrong),
            reminders.waiting,
            reminders.skipped + len(wrong),
            read_stamp(connection, post.hub_id).organization_id or "",
        )


def _render(templates: Templates, drafts: Sequence[Draft]) -> tuple[tuple[tuple[Draft, Rendered], ...], list[str]]:
    """In words, and why some cannot be put into words; a template with which none can is an error."""
    rendered: list[tuple[Draft, Rendered]] = []
    wrong: list[str] = []
    for draft in drafts:
        try:
            rendered.append((draft, templates.render(draft.template, draft.content)))
        except SettingsError as error:
            if len(wrong) == len(drafts) - 1:
                raise
            said = str(error).removesuffix(" Nothing was sent.")
            wrong.append(f"{said} This message is left out: {draft.name}.")
    return tuple(rendered), wrong


def _draft_reminders(post: Outbox, connection: sa.Connection, snapshot: Snapshot, history: History) -> Reminders:
    """The most important, so the first, should there be more than one run sends."""
    if not post.audience.reminders:
        return Reminders((), 0, ())
    return draft_reminders(connection, snapshot, history, post.hub_name)


def _draft_news(post: Outbox, connection: sa.Connection, snapshot: Snapshot, history: History) -> list[Draft]:
    audience = post.audience
    return [
        *draft_leads(connection, snapshot, history, audience.leads, post.hub_name),
        *draft_finance(connection, snapshot, history, audience.finance, post.hub_name),
    ]


def _unknown(post: Outbox, snapshot: Snapshot) -> list[str]:
    leads = {name: addresses for name, addresses in post.audience.leads.items() if name != "*"}
    return [f"EBSYNC_LEADS: no workshop answers to {name}." for name in unknown_names(snapshot, leads)]


def _name(said: MessageBegun) -> str:
    return " ".join([said.kind, said.occasion, *said.booking_ids])


def _settle(post: Outbox, stopped: Sequence[tuple[int, str]], report: Report) -> None:
    """Say once of messages begun by runs that were stopped that nobody knows whether they left."""
    with post.write() as (connection, now):
        ended = [MessageEnded(message_id, Delivery.UNSURE) for message_id, _ in stopped]
        record_facts(connection, post.hub_id, now, SAID_BY, ended)
    report.counts[Delivery.UNSURE] += len(stopped)
    report.messages += [_unsure(name) for _, name in stopped]


def _unsure(name: str) -> str:
    return f"It is not known whether this message was sent, and it is not sent again: {name}."


def _send_all(post: Outbox, server: MailServer, plan: _Plan, limit: int, report: Report) -> None:
    waiting = list(plan.drafts[:limit])
    try:
        while waiting:
            _send_some(post, server, plan, waiting, report)
    except EbsyncError as error:
        sent = report.counts[Delivery.SENT]
        if not sent:
            raise
        raise type(error)(f"{error} Before that, {sent} were sent.") from None


def _send_some(
    post: Outbox, server: MailServer, plan: _Plan, waiting: list[tuple[Draft, Rendered]], report: Report
) -> None:
    """As many of those that wait as one connection takes; those are taken off."""
    before = len(waiting)
    with open_session(server) as session:
        while waiting and session.is_open:
            _send(post, session, plan, waiting.pop(0), report)
    if waiting and before - len(waiting) == 1:
        # a server that goes down: it did not outlive one message
        raise TryAgainError(f"The mail server {server.name} broke off. What waits goes out with the next run.")


def _send(post: Outbox, session: MailSession, plan: _Plan, message: tuple[Draft, Rendered], report: Report) -> None:
    draft, rendered = message
    content = _try_compose(post, draft, rendered, plan, report)
    if content is None:
        return
    message_id = _begin(post, draft, plan.seen)
    if message_id is None:
        return
    delivery = Delivery.NOT_SENT
    try:
        delivery = session.deliver(content, draft.address)
    except EbsyncError:
        _end(post, message_id, delivery)
        raise
    _end(post, message_id, delivery)
    report.counts[delivery] += 1
    if delivery is Delivery.REFUSED:
        report.messages.append(f"The mail server takes no mail for this recipient; check the address: {draft.name}.")
    elif delivery is Delivery.NOT_SENT:
        report.messages.append(f"The mail server did not take it now, the next run tries again: {draft.name}.")
    elif delivery is Delivery.UNSURE:
        report.messages.append(_unsure(draft.name))


def _begin(post: Outbox, draft: Draft, seen: _Seen) -> int | None:
    """Record that it is about to be sent; None if another run did so since the plan was made."""
    with post.write() as (connection, now):
        person_id = draft.person_id
        if person_id is None:
            profile = Profile(name="", email=draft.address)
            person_id = assign_persons(connection, post.hub_id, [profile])[0][0]
        seen.read_on(connection, post.hub_id)
        if (draft.kind, draft.occasion, person_id) in seen.begun:
            return None
        begun = MessageBegun(
            draft.kind, draft.occasion, person_id, draft.workshop_id, draft.booking_ids, tuple(draft.told)
        )
        return record_facts(connection, post.hub_id, now, SAID_BY, [begun])[0]


def _end(post: Outbox, message_id: int, delivery: Delivery) -> None:
    with post.write() as (connection, now):
        record_facts(connection, post.hub_id, now, SAID_BY, [MessageEnded(message_id, delivery.value)])


def _try_compose(post: Outbox, draft: Draft, rendered: Rendered, plan: _Plan, report: Report) -> bytes | None:
    """The message; None, and said, where it cannot be made: the others go out all the same."""
    try:
        return _compose(post, draft, rendered, plan)
    except Exception as error:  # noqa: BLE001 - the mail library raises whatever it comes upon; one message is no evening
        report.skipped += 1
        report.messages.append(f"This message cannot be put together ({type(error).__name__}): {draft.name}.")
        return None


def _compose(post: Outbox, draft: Draft, rendered: Rendered, plan: _Plan) -> bytes:
    who = (plan.organization_id, str(post.hub_id), str(draft.person_id))
    return compose(
        Mail(
            sender=post.sender,
            reply_to=post.reply_to,
            recipient=draft.address,
            subject=rendered.subject,
            text=rendered.text,
            html=rendered.html,
            sent_at=plan.now,
            key=" ".join([*who, draft.name]),
            unsubscribe=draft.template == "reminder",
        )
    )
