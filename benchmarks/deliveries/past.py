"""Fills a ledger with calls of the past, by copying those that it has: a year of a large business in a minute."""

from __future__ import annotations

from typing import Any

import sqlalchemy as sa

from decroche.ledger.store import Ledger
from decroche.ledger.tables import call_keys, calls, facts, journeys, observations

#: Copies of a person have numbers of their own, above those of every telephone.
_PERSON = 10**13
#: What makes a copy a row of its own: texts get a suffix, numbers a distance.
_TEXTS = {
    observations: ("key",),
    facts: ("call_id",),
    call_keys: ("key", "call_id"),
    calls: ("id", "external_key"),
    journeys: ("id",),
}
_NUMBERS = {observations: ("id",), facts: ("observation_id",), calls: ("revision",), journeys: ("revision",)}
_PEOPLE = {calls: ("person",), journeys: ("person",)}


def fill(ledger: Ledger, wanted: int) -> int:
    """Copy the calls, with all that belongs to them, until there are ``wanted``. Returns how many there are."""
    with ledger.writing() as connection:
        there = connection.execute(sa.select(sa.func.count()).select_from(calls)).scalar_one()
        distance = 1 + max(
            connection.execute(sa.select(sa.func.max(column))).scalar_one()
            for column in (observations.c.id, calls.c.revision)
        )
    copies = wanted // there
    for copy in range(1, copies):
        with ledger.writing() as connection:
            for table in _TEXTS:
                connection.execute(_copied(table, copy, distance))
    with ledger.writing() as connection:
        connection.execute(sa.text("UPDATE counters SET value = :value"), {"value": (copies + 1) * distance})
    return there * copies


def _copied(table: sa.Table, copy: int, distance: int) -> Any:
    original: list[sa.ColumnElement[bool]] = []
    values: list[Any] = []
    for column in table.columns:
        if column.name in _TEXTS[table]:
            values.append(column.concat(f"#{copy}"))
            original.append(column.notlike("%#%"))
        elif column.name in _NUMBERS.get(table, ()):
            values.append(column + copy * distance)
        elif column.name in _PEOPLE.get(table, ()):
            values.append(column + copy * _PERSON)
        else:
            values.append(column)
    number = next((table.c[name] for name in _NUMBERS.get(table, ())), None)
    if number is not None:
        original = [number < distance]
    return sa.insert(table).from_select([column.name for column in table.columns], sa.select(*values).where(*original))
