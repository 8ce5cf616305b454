"""The official register of schools in and out: a row for each version of a school, never changed."""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import fields
from typing import Any

import sqlalchemy as sa

from eb_sync.model.gias import LinkKind, RegisteredSchool, RegisteredTrust, SchoolLink
from eb_sync.model.names import normalise_name, postcode_key
from eb_sync.store.chunks import chunked
from eb_sync.store.tables import REGISTER_LINKS, REGISTER_SCHOOLS, REGISTER_TRUSTS

_SCHOOL = tuple(field.name for field in fields(RegisteredSchool))
_SCHOOL_COLUMNS = tuple(REGISTER_SCHOOLS.c[name] for name in _SCHOOL)


def read_school_digests(connection: sa.Connection, hub_id: int) -> dict[str, str]:
    """The digest of each school's newest version, by URN."""
    table = REGISTER_SCHOOLS
    query = sa.select(table.c.urn, table.c.digest).where(table.c.hub_id == hub_id).order_by(table.c.since_id)
    return {row.urn: row.digest for row in connection.execute(query)}


def digest_row(row: RegisteredSchool | RegisteredTrust) -> str:
    """What tells one version from another."""
    return hashlib.sha256(repr(row).encode()).hexdigest()[:16]


def append_schools(
    connection: sa.Connection, hub_id: int, since_id: int, schools: Sequence[tuple[RegisteredSchool, str]]
) -> None:
    """Add versions of schools, each with its digest, known from a fact on."""
    rows = [
        {
            "hub_id": hub_id,
            "since_id": since_id,
            "digest": digest,
            "postcode_key": postcode_key(school.postcode),
            "name_key": normalise_name(school.name),
            **{name: getattr(school, name) for name in _SCHOOL},
        }
        for school, digest in schools
    ]
    if rows:
        connection.execute(REGISTER_SCHOOLS.insert(), rows)


def read_schools(
    connection: sa.Connection, hub_id: int, last_fact_id: int, column: str | None = None, values: Iterable[str] = ()
) -> list[RegisteredSchool]:
    """Schools as the register had them at a fact: all, or those of which some version has one of these values."""
    table = REGISTER_SCHOOLS
    known = (table.c.hub_id == hub_id) & (table.c.since_id <= last_fact_id)
    if column is None:
        return list(_newest(connection.execute(sa.select(*_SCHOOL_COLUMNS).where(known).order_by(table.c.since_id))))
    urns: set[str] = set()
    for chunk in chunked(sorted(set(values) - {""})):
        urns.update(connection.scalars(sa.select(table.c.urn).where(known, table.c[column].in_(chunk))))
    found: list[RegisteredSchool] = []
    for chunk in chunked(sorted(urns)):
        query = sa.select(*_SCHOOL_COLUMNS).where(known, table.c.urn.in_(chunk)).order_by(table.c.since_id)
        found += _newest(connection.execute(query))
    return found


def _newest(rows: sa.CursorResult[Any]) -> Iterator[RegisteredSchool]:
    newest = {row["urn"]: row for row in rows.mappings()}
    return (RegisteredSchool(**row) for row in newest.values())


def append_links(
    connection: sa.Connection, hub_id: int, since_id: int, links: Iterable[SchoolLink]
) -> list[SchoolLink]:
    """Add those links that are new, and those whose date differs from what was known; returns them."""
    table = REGISTER_LINKS
    columns = (table.c.urn, table.c.link_urn, table.c.link_type, table.c.established_on)
    query = sa.select(*columns).where(table.c.hub_id == hub_id).order_by(table.c.since_id)
    known = {(row.urn, row.link_urn, row.link_type): row.established_on for row in connection.execute(query)}
    new = {(link.urn, link.link_urn, link.link_type): link for link in links}
    new = {key: link for key, link in new.items() if key not in known or known[key] != link.established_on}
    rows = [
        {
            "hub_id": hub_id,
            "urn": link.urn,
            "link_urn": link.link_urn,
            "link_type": link.link_type,
            "since_id": since_id,
            "kind": link.kind.value,
            "established_on": link.established_on,
        }
        for link in new.values()
    ]
    if rows:
        connection.execute(table.insert(), rows)
    return list(new.values())


def read_links(connection: sa.Connection, hub_id: int, last_fact_id: int, urns: Iterable[str]) -> list[SchoolLink]:
    """All links from or to these numbers, as known at a fact."""
    table = REGISTER_LINKS
    found: dict[tuple[str, str, str], SchoolLink] = {}
    for chunk in chunked(sorted(set(urns))):
        query = sa.select(table).where(
            table.c.hub_id == hub_id,
            table.c.since_id <= last_fact_id,
            table.c.urn.in_(chunk) | table.c.link_urn.in_(chunk),
        )
        for row in connection.execute(query.order_by(table.c.urn, table.c.link_urn, table.c.since_id)):
            key = (row.urn, row.link_urn, row.link_type)
            found[key] = SchoolLink(row.urn, row.link_urn, LinkKind(row.kind), row.link_type, row.established_on)
    return list(found.values())


def append_trusts(connection: sa.Connection, hub_id: int, since_id: int, trusts: Iterable[RegisteredTrust]) -> int:
    """Add those trusts that are new or changed; returns how many were."""
    table = REGISTER_TRUSTS
    query = sa.select(table.c.uid, table.c.digest).where(table.c.hub_id == hub_id).order_by(table.c.since_id)
    known = {row.uid: row.digest for row in connection.execute(query)}
    rows = {
        trust.uid: {
            "hub_id": hub_id,
            "uid": trust.uid,
            "since_id": since_id,
            "digest": digest_row(trust),
            "name": trust.name,
            "address": list(trust.address),
            "postcode": trust.postcode,
        }
        for trust in trusts
        if known.get(trust.uid) != digest_row(trust)
    }
    if rows:
        connection.execute(table.insert(), list(rows.values()))
    return len(rows)


def read_trusts(
    connection: sa.Connection, hub_id: int, last_fact_id: int, uids: Iterable[str]
) -> dict[str, RegisteredTrust]:
    """These trusts as known at a fact, by Group UID."""
    table = REGISTER_TRUSTS
    found: dict[str, RegisteredTrust] = {}
    for chunk in chunked(sorted(set(uids) - {""})):
        query = sa.select(table).where(
            table.c.hub_id == hub_id, table.c.since_id <= last_fact_id, table.c.uid.in_(chunk)
        )
        for row in connection.execute(query.order_by(table.c.since_id)):
            found[row.uid] = RegisteredTrust(row.uid, row.name, tuple(row.address), row.postcode)
    return found


def has_register(connection: sa.Connection, hub_id: int, last_fact_id: int) -> bool:
    """Whether any school of the register was known at a fact."""
    table = REGISTER_SCHOOLS
    query = sa.select(sa.literal(1)).where(table.c.hub_id == hub_id, table.c.since_id <= last_fact_id).limit(1)
    return connection.scalar(query) is not None
