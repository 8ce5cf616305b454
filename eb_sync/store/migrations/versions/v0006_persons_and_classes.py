"""Persons are known by their names however these are typed; addresses have ids; seats are told; rows are sealed.

The ids of addresses outlive an erasure. Which tickets were seats when an event was observed before, nobody can say.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from typing import Any

import sqlalchemy as sa
from alembic import op

from eb_sync.model.names import may_be_one_name, normalise_person_name

revision = "0006"
down_revision = "0005"
branch_labels = None
depends_on = None

_PERSONS = sa.table(
    "persons",
    sa.column("hub_id", sa.Integer),
    sa.column("id", sa.BigInteger),
    sa.column("name_id", sa.BigInteger),
    sa.column("email_id", sa.BigInteger),
    sa.column("name_key", sa.Text),
    sa.column("email_key", sa.Text),
    sa.column("alike_ids", sa.JSON(none_as_null=True)),
)
_PROFILES = sa.table(
    "profiles",
    sa.column("hub_id", sa.Integer),
    sa.column("id", sa.BigInteger),
    sa.column("person_id", sa.BigInteger),
    sa.column("name", sa.Text),
)
_Person = tuple[int, int]
"""Hub and id of a person."""


def upgrade() -> None:
    """Bring the schema here."""
    op.add_column("hubs", sa.Column("confirmed_at", sa.DateTime(timezone=True), nullable=True))
    op.add_column("event_observations", sa.Column("seat_classes", sa.JSON(none_as_null=True), nullable=True))
    op.add_column("persons", sa.Column("email_id", sa.BigInteger(), nullable=True))
    op.add_column("persons", sa.Column("alike_ids", sa.JSON(none_as_null=True), nullable=True))
    op.drop_index("ix_observations_name_id", "observations")
    op.create_index("ix_observations_person_id", "observations", ["hub_id", "person_id"])
    connection = op.get_bind()
    _number_addresses(connection)
    _rename(connection)
    _find_alike(connection)
    op.create_index("ix_persons_name_id", "persons", ["hub_id", "name_id"])
    op.create_index("ix_persons_email_id", "persons", ["hub_id", "email_id"])
    op.create_table(
        "seals",  # filled after the last migration
        sa.Column("hub_id", sa.Integer(), nullable=False, autoincrement=False),
        sa.Column("table_name", sa.Text(), nullable=False),
        sa.Column("row_key", sa.Text(), nullable=False),
        sa.Column("digest", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint("hub_id", "table_name", "row_key", name="pk_seals"),
    )


def _number_addresses(connection: sa.Connection) -> None:
    """All persons with one address get the lowest id among them; who was erased before has no address any more."""
    first = _PERSONS.alias()
    same = (first.c.hub_id == _PERSONS.c.hub_id) & (first.c.email_key == _PERSONS.c.email_key)
    lowest = sa.select(sa.func.min(first.c.id)).where(same).scalar_subquery()
    connection.execute(_PERSONS.update().where(_PERSONS.c.email_key != "").values(email_id=lowest))


def _rename(connection: sa.Connection) -> None:
    """Keys by what was typed last; persons whose names are equal now get one name id, erased ones with them."""
    persons = connection.execute(sa.select(_PERSONS).order_by(_PERSONS.c.hub_id, _PERSONS.c.id)).all()
    typed = _read_names(connection)
    keys: dict[_Person, str] = {}
    by_hub: dict[int, list[sa.Row[Any]]] = defaultdict(list)
    for row in persons:
        keys[row.hub_id, row.id] = normalise_person_name(typed.get((row.hub_id, row.id), row.name_key))
        by_hub[row.hub_id].append(row)
    changed = [
        {"in_hub": row.hub_id, "person": row.id, "new_key": keys[row.hub_id, row.id], "new_id": name_id}
        for hub_id, rows in by_hub.items()
        for row, name_id in zip(rows, _name_ids(rows, [keys[hub_id, row.id] for row in rows]), strict=True)
        if (keys[hub_id, row.id], name_id) != (row.name_key, row.name_id)
    ]
    if changed:
        this = (_PERSONS.c.hub_id == sa.bindparam("in_hub")) & (_PERSONS.c.id == sa.bindparam("person"))
        values: dict[str, Any] = {"name_key": sa.bindparam("new_key"), "name_id": sa.bindparam("new_id")}
        connection.execute(_PERSONS.update().where(this).values(values), changed)


def _find_alike(connection: sa.Connection) -> None:
    """Of those with one address, who may be somebody of a lower id, spelt differently."""
    before: dict[tuple[int, str], list[tuple[int, str]]] = defaultdict(list)
    query = sa.select(_PERSONS).where(_PERSONS.c.email_key != "").order_by(_PERSONS.c.hub_id, _PERSONS.c.id)
    found = []
    for row in connection.execute(query):
        others = before[row.hub_id, row.email_key]
        alike = [other_id for other_id, key in others if key != row.name_key and may_be_one_name(row.name_key, key)]
        others.append((row.id, row.name_key))
        if alike:
            found.append({"in_hub": row.hub_id, "person": row.id, "alike": alike})
    if found:
        this = (_PERSONS.c.hub_id == sa.bindparam("in_hub")) & (_PERSONS.c.id == sa.bindparam("person"))
        alike_ids = sa.bindparam("alike", type_=sa.JSON(none_as_null=True))
        connection.execute(_PERSONS.update().where(this).values(alike_ids=alike_ids), found)


def _read_names(connection: sa.Connection) -> dict[_Person, str]:
    """The name that each person typed last, of those whose name is held."""
    query = sa.select(_PROFILES).where(_PROFILES.c.name != "").order_by(_PROFILES.c.id)
    return {(row.hub_id, row.person_id): row.name for row in connection.execute(query)}


def _name_ids(rows: Sequence[sa.Row[Any]], keys: Sequence[str]) -> list[int | None]:
    """The name's id of each person of a hub, rows by id.

    A name keeps an id that it has, its lowest: erased persons whose name it was have that id too. One name may have
    become two ("Smith, Ann" and "Smith Ann" were one): the id stays with whose id it is, the other gets its own.
    """
    groups: dict[str, list[sa.Row[Any]]] = defaultdict(list)
    for row, key in zip(rows, keys, strict=True):
        if key:
            groups[key].append(row)
    held = {row.id for group in groups.values() for row in group}
    chosen = _choose(groups.values(), held)
    moved: dict[int, int] = {}
    for row, key in zip(rows, keys, strict=True):
        if key and row.name_id is not None:
            moved.setdefault(row.name_id, chosen[row.id])
    erased = [moved.get(row.name_id, row.name_id) if not row.name_key else None for row in rows]
    return [chosen[row.id] if key else kept for row, key, kept in zip(rows, keys, erased, strict=True)]


def _choose(groups: Iterable[Sequence[sa.Row[Any]]], held: set[int]) -> Mapping[int, int]:
    chosen: dict[int, int] = {}
    taken: set[int] = set()
    for group in groups:
        own = {row.id for row in group}
        ids = {row.name_id for row in group if row.name_id is not None}
        free = {name_id for name_id in ids if name_id in own or name_id not in held} - taken
        name_id = min(free, default=min(own))
        taken.add(name_id)
        chosen.update(dict.fromkeys(own, name_id))
    return chosen
