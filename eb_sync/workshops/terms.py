"""What settings tell the rules: today's for today, the recorded ones for an earlier `as_of` (DESIGN 8.5)."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime

import sqlalchemy as sa

from eb_sync.model.facts import SettingsRecorded, facts_of
from eb_sync.model.readings import EventReading
from eb_sync.store.facts import read_facts, record_facts
from eb_sync.store.people import read_person_ids
from eb_sync.store.policy_texts import keep_policy_text, read_policy_text
from eb_sync.store.series import newest_fact_id
from eb_sync.workshops.bank_holidays import is_bank_holiday
from eb_sync.workshops.calendar import Workshop
from policies.parameters import Policy, load_policy


@dataclass(frozen=True, slots=True)
class RuleSettings:
    """Today's settings, as far as rules may know them."""

    scope_slugs: tuple[str, ...]
    scope_organizers: tuple[str, ...]
    billing_from_on: date | None
    guest_emails: tuple[str, ...]
    policy_text: str
    workgroup_policy_texts: tuple[tuple[str, str], ...] = ()
    """Policies of single work groups, by slug or id; in order."""
    bill_to: str = "school"
    """Who pays unless a person said otherwise: `school` or `trust`."""

    @property
    def texts(self) -> tuple[str, ...]:
        """Every policy text in use, the general one first."""
        return (self.policy_text, *(text for _, text in self.workgroup_policy_texts))


@dataclass(frozen=True, slots=True)
class Scope:
    """Which events count; with neither list, all."""

    slugs: tuple[str, ...]
    organizers: tuple[str, ...]

    def covers(self, event: Workshop | EventReading) -> bool:
        """Whether an event, or a workshop of it, counts."""
        if not self.slugs and not self.organizers:
            return True
        return event.slug in self.slugs or event.organizer_id in self.organizers


@dataclass(frozen=True, slots=True)
class HubRules:
    """The settings and the policies by which decisions of some `as_of` are made."""

    recorded: SettingsRecorded
    by_digest: Mapping[str, Policy]
    """All that are in use, by the digest that was recorded."""

    @property
    def policies(self) -> tuple[Policy, ...]:
        """All that are in use, the general one first."""
        return tuple(self.by_digest[digest] for digest in self.recorded.digests)

    def policy_for(self, workshop: Workshop) -> Policy:
        """The policy of the workshop's work group: its own, else the general one."""
        own = dict(self.recorded.workgroup_policies)
        digest = own.get(workshop.workgroup_id) or own.get(workshop.slug) or self.recorded.policy_digest
        return self.by_digest[digest]

    def covers(self, workshop: Workshop) -> bool:
        """Whether the workshop is in scope."""
        return Scope(self.recorded.scope_slugs, self.recorded.scope_organizers).covers(workshop)


def read_terms(connection: sa.Connection, hub_id: int, settings: RuleSettings, last_fact_id: int | None) -> HubRules:
    """The terms recorded last up to a fact id; today's settings for None, and where none were recorded by then."""
    recorded = None if last_fact_id is None else read_recorded_terms(connection, hub_id, last_fact_id)
    return _current(connection, hub_id, settings) if recorded is None else recorded


def read_recorded_terms(connection: sa.Connection, hub_id: int, last_fact_id: int) -> HubRules | None:
    """The terms recorded last up to a fact id; None if none were recorded by then."""
    recorded = _newest(connection, hub_id, last_fact_id)
    if recorded is None:
        return None
    return HubRules(recorded, {digest: read_policy(connection, hub_id, digest) for digest in recorded.digests})


def read_policy(connection: sa.Connection, hub_id: int, digest: str) -> Policy:
    """A policy that was in use, by its digest."""
    text = read_policy_text(connection, hub_id, digest)
    if text is None:
        raise LookupError(f"the policy text {digest} was never recorded")
    return load_policy(text, is_bank_holiday)


def record_terms(connection: sa.Connection, hub_id: int, settings: RuleSettings, now: datetime) -> HubRules:
    """Record today's settings as a fact if they differ from the newest one; to be called by whatever writes."""
    terms = _current(connection, hub_id, settings)
    newest = _newest(connection, hub_id, newest_fact_id(connection, hub_id))
    if newest != terms.recorded:
        for policy, text in zip(_load_all(settings), settings.texts, strict=True):
            keep_policy_text(connection, hub_id, policy.digest, text)
        record_facts(connection, hub_id, now, "settings", [terms.recorded])
    return terms


def _current(connection: sa.Connection, hub_id: int, settings: RuleSettings) -> HubRules:
    policies = _load_all(settings)
    recorded = SettingsRecorded(
        scope_slugs=settings.scope_slugs,
        scope_organizers=settings.scope_organizers,
        billing_from_on=settings.billing_from_on,
        guest_ids=read_person_ids(connection, hub_id, settings.guest_emails),
        policy_digest=policies[0].digest,
        workgroup_policies=tuple(
            (workgroup, policy.digest)
            for (workgroup, _), policy in zip(settings.workgroup_policy_texts, policies[1:], strict=True)
        ),
        bill_to=settings.bill_to,
    )
    return HubRules(recorded, {policy.digest: policy for policy in policies})


def _load_all(settings: RuleSettings) -> tuple[Policy, ...]:
    return tuple(load_policy(text, is_bank_holiday) for text in settings.texts)


def _newest(connection: sa.Connection, hub_id: int, last_fact_id: int) -> SettingsRecorded | None:
    found = facts_of(read_facts(connection, hub_id, last_fact_id, kinds=(SettingsRecorded,)), SettingsRecorded)
    return found[-1][1] if found else None
