"""Fills a ledger with calls of the past, by copying those that it has: a year of a large business in minutes."""

from __future__ import annotations

from typing import Any

import sqlalchemy as sa

from decroche.ledger.store import Ledger
from decroche.ledger.tables import call_keys, calls, counters, facts, journeys, observations

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
    """Double the calls, with all that belongs to them, until there are ``wanted``. Returns how many there are."""
    with ledger.reading() as connection:
        there = _one(connection, sa.select(sa.func.count()).select_from(calls))
        last = [_one(connection, sa.select(sa.func.max(column))) for column in (observations.c.id, calls.c.revision)]
    distance, doubled = max(last) + 1, 0
    while there < wanted:
        with ledger.writing() as connection:
            for table in _TEXTS:
                connection.execute(_copied(table, doubled, distance << doubled))
        there, doubled = 2 * there, doubled + 1
    with ledger.writing() as connection:
        connection.execute(sa.update(counters).values(value=distance << doubled))
    return there


def _one(connection: sa.Connection, query: sa.Select[Any]) -> int:
    return int(connection.execute(query).scalar_one())


def _copied(table: sa.Table, doubled: int, distance: int) -> sa.Insert:
    values: list[Any] = []
    for column in table.columns:
        if column.name in _TEXTS[table]:
            values.append(column.concat(f"#{doubled}"))
        elif column.name in _NUMBERS.get(table, ()):
            values.append(column + distance)
        elif column.name in _PEOPLE.get(table, ()):
            values.append(column + (_PERSON << doubled))
        else:
            values.append(column)
    return sa.insert(table).from_select([column.name for column in table.columns], sa.select(*values))
