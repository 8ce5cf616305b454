"""Reading that part of the register which may matter to what was typed."""

from __future__ import annotations

from collections.abc import Iterable

import sqlalchemy as sa

from eb_sync.model.bookings import TypedSchool
from eb_sync.model.facts import Fact, PayerSet, SchoolAdded, SchoolConfirmed, facts_of
from eb_sync.model.gias import RegisteredSchool, SchoolLink
from eb_sync.model.names import normalise_name, postcode_key
from eb_sync.schools.gias import RegisterView
from eb_sync.store.facts import read_named_schools
from eb_sync.store.gias import has_register, read_links, read_schools, read_trusts

_LONGEST = 8
"""Conversions and mergers in a row that are followed."""


def read_register_view(
    connection: sa.Connection, hub_id: int, last_fact_id: int, typed: Iterable[TypedSchool], facts: Iterable[Fact]
) -> RegisterView:
    """The register as known at a fact: whatever has a typed URN, postcode or e-mail host, or is named by a fact."""
    entries, known = list(typed), list(facts)
    named = read_named_schools(connection, hub_id)
    urns = {entry.urn for entry in entries} | {number_in(key) for fact_id, key in named if fact_id <= last_fact_id}
    urns |= {confirmed.school_id for _, confirmed in facts_of(known, SchoolConfirmed)}
    urns |= {added.school_id for _, added in facts_of(known, SchoolAdded)}
    urns |= {said.payer_id for _, said in facts_of(known, PayerSet)}
    links: dict[tuple[str, str, str], SchoolLink] = {}
    if not has_register(connection, hub_id, last_fact_id):
        _follow(connection, hub_id, last_fact_id, urns, links)
        return RegisterView(links=tuple(links.values()))
    found: dict[str, RegisteredSchool] = {}
    for column, values in (
        ("urn", urns),
        ("postcode_key", {entry.postcode for entry in entries}),
        ("website_host", {entry.email_host for entry in entries}),
        # a name entered by hand says nothing where the register has another school of that name
        ("name_key", {normalise_name(added.name) for _, added in facts_of(known, SchoolAdded)}),
    ):
        found |= {school.urn: school for school in read_schools(connection, hub_id, last_fact_id, column, values)}
    found |= _namesakes(connection, (hub_id, last_fact_id), entries, found.values())
    found |= _beside(connection, (hub_id, last_fact_id), entries, found.values())
    linked = _follow(connection, hub_id, last_fact_id, urns | found.keys(), links)
    found |= {
        school.urn: school for school in read_schools(connection, hub_id, last_fact_id, "urn", linked - found.keys())
    }
    uids = {school.trust_uid for school in found.values()}
    uids |= {said.payer_id.removeprefix("T") for _, said in facts_of(known, PayerSet)}
    trusts = read_trusts(connection, hub_id, last_fact_id, uids)
    return RegisterView(found, tuple(links.values()), trusts, is_loaded=True)


def number_in(school_key: str) -> str:
    """The number in a key under which something was recorded about a school; empty where it has none."""
    _, _, number = school_key.partition(":")
    return number if number.isdigit() else ""


def _namesakes(
    connection: sa.Connection,
    known_at: tuple[int, int],
    entries: Iterable[TypedSchool],
    found: Iterable[RegisteredSchool],
) -> dict[str, RegisteredSchool]:
    """Whatever is called as these are, or exactly as somebody typed: a name is nobody's alone that others have."""
    names = {normalise_name(school.name) for school in found}
    names |= {entry.name_key for entry in entries if entry.urn or entry.email_host}
    return {school.urn: school for school in read_schools(connection, *known_at, "name_key", names)}


def _beside(
    connection: sa.Connection,
    known_at: tuple[int, int],
    entries: Iterable[TypedSchool],
    found: Iterable[RegisteredSchool],
) -> dict[str, RegisteredSchool]:
    """Schools at the address, and of the trust, of those whose host was typed: they may well use the same host."""
    hosts = {entry.email_host for entry in entries} - {""}
    hosted = [school for school in found if school.website_host in hosts]
    postcodes = {postcode_key(school.postcode) for school in hosted}
    near = read_schools(connection, *known_at, "postcode_key", postcodes)
    near += read_schools(connection, *known_at, "trust_uid", {school.trust_uid for school in hosted})
    return {school.urn: school for school in near}


def _follow(
    connection: sa.Connection,
    hub_id: int,
    last_fact_id: int,
    urns: Iterable[str],
    links: dict[tuple[str, str, str], SchoolLink],
) -> set[str]:
    """Collect the links from and to these numbers, and from and to those; gives all numbers."""
    seen: set[str] = set()
    todo = set(urns) - {""}
    for _ in range(_LONGEST):
        fresh = read_links(connection, hub_id, last_fact_id, todo)
        links |= {(link.urn, link.link_urn, link.link_type): link for link in fresh}
        seen |= todo
        todo = {urn for link in fresh for urn in (link.urn, link.link_urn)} - seen
        if not todo:
            break
    return seen | todo
