"""Builds what a command needs from settings and clock; below here only plain values and `now` are passed on."""

from __future__ import annotations

import getpass
from collections.abc import Callable, Collection, Iterable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from email.utils import parseaddr
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING
from urllib.parse import urlsplit

import sqlalchemy as sa

from eb_sync.bootstrap.chosen import events_about
from eb_sync.bootstrap.policy_files import read_policy_text
from eb_sync.bootstrap.stationery import Stationery
from eb_sync.clock import Clock, standing_clock, system_clock
from eb_sync.errors import SettingsError
from eb_sync.model.clocks import check_recording
from eb_sync.model.facts import FactContent
from eb_sync.model.instants import iso_text
from eb_sync.model.texts import storable
from eb_sync.settings import REAL_URL, Settings, beside_settings
from eb_sync.settings.hubs import name_variable, read_hub_settings
from eb_sync.settings.tokens import CREDENTIAL_NAME, FoundToken, find_token
from eb_sync.store.engine import open_database, open_to_read, reading, writing
from eb_sync.store.hubs import NONE_YET, find_hub, read_hubs, register_hub
from eb_sync.store.last_fact import read_last_fact_id, read_newest_recording
from eb_sync.store.series import newest_fact_id
from eb_sync.store.sync_state import HubStamp, read_stamp
from eb_sync.workshops.recording import Recorded, record
from eb_sync.workshops.snapshot import At, Snapshot, read_snapshot
from eb_sync.workshops.terms import RuleSettings, read_terms, record_terms

if TYPE_CHECKING:
    from eb_sync.eventbrite import EventbriteClient
    from eb_sync.mail import MailServer
    from eb_sync.messages.run import Outbox
    from eb_sync.monitor import Monitor
    from eb_sync.nightly.backups import BackupRules
    from eb_sync.nightly.retention import RetentionRules

Build = Callable[[sa.Connection, Snapshot], Sequence[FactContent]]
"""What somebody said as facts, built in the transaction that records them."""


@dataclass
class Hub:
    """Everything a command may need, opened when first used."""

    settings: Settings
    config_path: Path | None
    clock: Clock
    rehearsal: bool
    """Whether `EBSYNC_NOW` stands for the clock."""
    _terms_noted: bool = False
    hub_name: str | None = None
    """None: no hubs are configured, there is one."""

    def __post_init__(self) -> None:
        """Keep the clock as it is, before the database makes it stand."""
        self.machine_clock = self.clock

    @cached_property
    def engine(self) -> sa.Engine:
        """The database, migrated, and fit to be used now.

        Raises:
            SettingsError: `EBSYNC_NOW` is earlier than the newest fact, or the database is a real hub's, or its hubs
                are not those of the settings.
            DatabaseError: it cannot be opened.
        """
        return self._checked(open_database(self.database_url))

    @cached_property
    def engine_to_read(self) -> sa.Engine:
        """The database for whoever only reads: where there is none yet, none is made.

        Raises:
            SettingsError, DatabaseError: as `engine`.
        """
        if "engine" in self.__dict__:
            return self.engine
        return self._checked(open_to_read(self.database_url))

    def _checked(self, engine: sa.Engine) -> sa.Engine:
        try:
            with reading(engine) as connection:
                hub_id = find_hub(connection, self.hub_name)
                self._check_rehearsal(hub.host for hub in read_hubs(connection))
                if hub_id is not None:
                    self.check_clock(read_newest_recording(connection, hub_id), read_stamp(connection, hub_id))
        except BaseException:
            engine.dispose()
            raise
        return engine

    @property
    def seen_hub_id(self) -> int:
        """The hub's number for whoever only reads: `NONE_YET` where it was given none, and it is given none."""
        if "hub_id" in self.__dict__:
            return self.hub_id
        with reading(self.engine_to_read) as connection:
            found = find_hub(connection, self.hub_name)
        return NONE_YET if found is None else found

    @cached_property
    def hub_id(self) -> int:
        """The hub's number in the database, given to it when it is first to be written and never changed."""
        with reading(self.engine) as connection:
            found = find_hub(connection, self.hub_name)
        if found is not None:
            return found
        with writing(self.engine) as connection:
            return register_hub(connection, self.hub_name)

    def check_clock(self, newest: datetime | None, stamp: HubStamp) -> None:
        """Refuse a database that does not go with the clock.

        Raises:
            SettingsError: `EBSYNC_NOW` is earlier than the newest fact, or the database is a real hub's.
        """
        self._check_rehearsal([stamp.host])
        if self.rehearsal and newest is not None and self.clock() < newest:
            raise SettingsError(
                f"EBSYNC_NOW is earlier than the newest fact in the database ({iso_text(newest)}): "
                "to look back, use --as-of."
            )
        if newest is not None and self.clock() < newest:
            # the machine's clock went back: time stands until it has caught up, for facts are never back-dated
            self.clock = standing_clock(newest)

    def _check_rehearsal(self, hosts: Iterable[str | None]) -> None:
        if self.rehearsal and urlsplit(REAL_URL).hostname in hosts:
            raise SettingsError(
                "EBSYNC_NOW is set, but this database holds a real hub's bookings: a rehearsal needs its own database."
            )

    def close(self) -> None:
        """Close the database, if it was opened."""
        for opened in ("engine", "engine_to_read"):
            if opened in self.__dict__:
                self.__dict__[opened].dispose()

    @property
    def database_url(self) -> str:
        """The database's address; a relative SQLite path starts where the settings file lies."""
        folder = beside_settings(self.config_path)
        if self.settings.database_url is None:
            return f"sqlite:///{folder / 'ebsync.sqlite'}"
        scheme, separator, path = self.settings.database_url.partition(":///")
        if scheme.startswith("sqlite") and separator and path and not path.startswith("/"):
            return f"{scheme}:///{folder / path}"
        return self.settings.database_url

    @property
    def actor(self) -> str:
        """Who says it, where no `--by` does: `EBSYNC_ACTOR`, else the operating-system user.

        Raises:
            SettingsError: the system knows no user of this number.
        """
        try:
            return self.settings.actor or storable(getpass.getuser())
        except (KeyError, OSError):
            failure = SettingsError("The system has no name for this user: set EBSYNC_ACTOR, or say it with --by.")
        raise failure

    @cached_property
    def rule_settings(self) -> RuleSettings:
        """What settings tell the rules.

        Raises:
            SettingsError: the policy document is missing or wrong.
        """
        settings = self.settings
        return RuleSettings(
            scope_slugs=settings.scope.slugs,
            scope_organizers=settings.scope.organizers,
            billing_from_on=settings.billing_from,
            guest_emails=settings.guests,
            policy_text=read_policy_text(settings.policy, " (EBSYNC_POLICY)"),
            workgroup_policy_texts=tuple(
                (workgroup, read_policy_text(name, f" (EBSYNC_WORKGROUP_POLICIES, {workgroup})"))
                for workgroup, name in sorted(settings.workgroup_policies.items())
            ),
            bill_to=settings.bill_to,
        )

    @property
    def stationery(self) -> Stationery:
        """What papers are made with."""
        return Stationery(self.settings, self.config_path)

    @contextmanager
    def snapshot(
        self, as_of: datetime | None = None, about: str | None = None, events: Collection[str] | None = None
    ) -> Iterator[tuple[sa.Connection, Snapshot]]:
        """A connection to read with, and the hub as of an instant (None: now).

        The snapshot is of all events; of those in `events` alone, by id, and only they are read (days of a work group
        are then counted among them); or of those that `about` means, a WORKSHOP as typed, if any event answers to it.
        """
        engine, hub_id, now = self.engine_to_read, self.seen_hub_id, self.clock()
        with reading(engine) as connection:
            instant = now if as_of is None else as_of
            last_fact_id = read_last_fact_id(connection, hub_id, instant)
            terms = read_terms(connection, hub_id, self.rule_settings, last_fact_id if instant < now else None)
            moment = At(hub_id, instant, last_fact_id, is_past=instant < now)
            chosen = events_about(connection, hub_id, about) if events is None else events
            yield connection, read_snapshot(connection, moment, terms, chosen)

    @contextmanager
    def transaction(self, about: str | None = None) -> Iterator[tuple[sa.Connection, Snapshot]]:
        """A write transaction, and the hub as of now; what settings tell the rules is recorded if it changed.

        `about` as in `snapshot`.
        """
        engine, hub_id = self.engine, self.hub_id
        with writing(engine, hub_id) as connection:
            now = self.now_in(connection)
            terms = record_terms(connection, hub_id, self.rule_settings, now)
            moment = At(hub_id, now, newest_fact_id(connection, hub_id))
            yield connection, read_snapshot(connection, moment, terms, events_about(connection, hub_id, about))

    def record(self, build: Build, said_by: str, about: str | None = None) -> Recorded:
        """Record what somebody said, in one transaction; `about` as in `snapshot`.

        Raises:
            UsageError: `build` refuses what was said. Nothing is recorded.
        """
        with self.transaction(about) as (connection, snapshot):
            return record(connection, snapshot, said_by, build(connection, snapshot))

    @contextmanager
    def write(self) -> Iterator[tuple[sa.Connection, datetime]]:
        """A short write transaction without a snapshot, and its instant; the first one records the settings as well."""
        hub_id = self.hub_id  # known before the transaction begins, for a new hub is given its number in one
        with writing(self.engine, hub_id) as connection:
            now = self.now_in(connection)
            if not self._terms_noted:
                record_terms(connection, hub_id, self.rule_settings, now)
            yield connection, now
        self._terms_noted = True

    def post(self, *, dry_run: bool = False) -> Outbox:
        """What `ebsync messages` works with; in a dry run without a mail server.

        Raises:
            SettingsError: a template is wrong, or a rehearsal would write to real people.
        """
        from eb_sync.messages.run import Audience, Outbox
        from eb_sync.messages.templates import load_templates

        settings, smtp = self.settings, self.settings.smtp
        templates = None if settings.templates is None else beside_settings(self.config_path, settings.templates)
        sender = smtp.sender or "ebsync@localhost"
        return Outbox(
            hub_id=self.seen_hub_id if dry_run else self.hub_id,
            snapshot=self.snapshot,
            write=self.write,
            audience=Audience(settings.leads, settings.finance_email, settings.reminders),
            templates=load_templates(templates),
            hub_name=settings.supplier.name or "Maths Hub",
            sender=sender,
            reply_to=smtp.reply_to or sender,
            server=None if dry_run else self._mail_server(parseaddr(sender)[1]),
        )

    def _mail_server(self, sender: str) -> MailServer | None:
        from eb_sync.mail import MailServer

        smtp = self.settings.smtp
        if smtp.host is None:
            return None
        if self.rehearsal and not smtp.is_loopback:
            raise SettingsError(
                "EBSYNC_NOW is set: a rehearsal sends mail to a server on this machine only, lest people get messages "
                "of another day. Set EBSYNC_SMTP__HOST to 127.0.0.1, or use --dry-run without it."
            )
        ca_file = None if smtp.ca_file is None else beside_settings(self.config_path, smtp.ca_file)
        return MailServer(smtp.host, smtp.port, smtp.security, smtp.user, smtp.password, sender, ca_file)

    def now_in(self, connection: sa.Connection) -> datetime:
        """The instant of what is recorded in this transaction: never before what others recorded meanwhile.

        Raises:
            ClockWrongError: the machine's clock is far ahead of all that Eventbrite confirmed.
        """
        if not self.rehearsal:
            check_recording(self.machine_clock(), read_stamp(connection, self.hub_id).confirmed_at)
        newest = read_newest_recording(connection, self.hub_id)
        return max(filter(None, (self.clock(), newest)))

    def eventbrite(self) -> EventbriteClient:
        """The client, to be closed by whoever uses it.

        Raises:
            SettingsError: no token is set, or its file is not fit.
        """
        from eb_sync.eventbrite import EventbriteClient, QuestionLabels

        given = {name: value for name, value in self.settings.questions if value is not None}
        return EventbriteClient(
            address=self.settings.eventbrite_url,
            token=self.token.token,
            clock=self.clock,
            trust_date_header=not self.rehearsal,
            question_labels=QuestionLabels(**given),
        )

    @property
    def token(self) -> FoundToken:
        """The token and where it is from.

        Raises:
            SettingsError: no token is set, or its file is not fit.
        """
        variable = name_variable(self.hub_name, "eventbrite_token")
        credential = CREDENTIAL_NAME if self.hub_name is None else f"{CREDENTIAL_NAME}-{self.hub_name}"
        return find_token(self.settings, self.config_path, variable, credential)

    @property
    def eventbrite_host(self) -> str:
        """The host that bookings come from; a sandbox may come back on another port."""
        return urlsplit(self.settings.eventbrite_url).hostname or ""

    @property
    def retention_rules(self) -> RetentionRules:
        """How long names are kept."""
        from eb_sync.nightly.retention import RetentionRules

        kept = self.settings.retention
        month, _, day = kept.year_ends.partition("-")
        return RetentionRules(
            apply=kept.apply,
            held_reads=timedelta(days=kept.held_reads_days),
            absent_names=timedelta(days=kept.absent_days),
            attended_names=timedelta(days=kept.attended_days),
            documents_years=kept.documents_years,
            year_ends=(int(month), int(day)),
        )

    @property
    def backup_rules(self) -> BackupRules | None:
        """Where nightly backups go; None: none are made."""
        from eb_sync.nightly.backups import BackupRules

        wanted = self.settings.backup
        if wanted.folder is None:
            return None
        folder = beside_settings(self.config_path, wanted.folder)
        return BackupRules(folder, wanted.keep_daily, wanted.keep_weekly, wanted.keep_monthly)

    @property
    def monitor(self) -> Monitor | None:
        """Who is told of nights; None: nobody."""
        from eb_sync.monitor import Monitor

        url = self.settings.monitor.url
        return None if url is None else Monitor(url)


def build_hub(hub: str | None = None) -> Hub:
    """Read the settings and the clock, for one hub of several if it is named here or in `EBSYNC_HUB`.

    Raises:
        SettingsError: a setting is wrong, or it is not clear which hub is meant.
    """
    settings, path, name = read_hub_settings(hub)
    return hub_from_settings(settings, path, name)


def hub_from_settings(settings: Settings, path: Path | None, name: str | None = None) -> Hub:
    """The hub of these settings; `path` is the file they come from, `name` the hub's where several are configured.

    Raises:
        SettingsError: `EBSYNC_NOW` is no instant.
    """
    if settings.now is None:
        return Hub(settings, path, system_clock, rehearsal=False, hub_name=name)
    return Hub(settings, path, standing_clock(_parse_now(settings.now)), rehearsal=True, hub_name=name)


def _parse_now(text: str) -> datetime:
    try:
        instant = datetime.fromisoformat(text)
    except ValueError:
        raise SettingsError(f"EBSYNC_NOW is not an instant: {text}. Write for example 2019-11-05T18:00:00Z.") from None
    if instant.tzinfo is None:
        raise SettingsError(f"EBSYNC_NOW has no time zone: {text}. Write for example 2019-11-05T18:00:00Z.")
    return instant.astimezone(UTC)
