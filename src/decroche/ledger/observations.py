"""What platforms said, append-only: kept before anything is made of it."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

import msgspec
import sqlalchemy as sa

from decroche.connector_kit.connector import Record
from decroche.ledger.file_rows import FILE
from decroche.ledger.inserting import insert_new
from decroche.ledger.keys import clean, short_key
from decroche.ledger.tables import endpoints, observations


@dataclass(frozen=True, slots=True, kw_only=True)
class Observation:
    """A record that an endpoint heard. ``source`` is live, history, log, file or clock."""

    endpoint_id: str
    record: Record
    source: str
    received_at: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class Pending:
    """A kept observation of which nothing has been made yet, with what is needed to hear it."""

    id: int
    account_id: str
    endpoint_id: str
    connector: str
    site: str
    settings: dict[str, str]
    source: str
    record: Record
    received_at: datetime


class SettledElsewhere(Exception):
    """Another process made something of these observations meanwhile: nothing of ours may be written."""


#: How many of the latest pending are looked through for what is said now: more than a file adds between two looks.
_LATEST = 10_000
#: Written into the statement: an index of the pending alone serves no statement that might ask for others.
_PENDING = observations.c.state == sa.literal_column("'pending'")


def append(connection: sa.Connection, found: Sequence[Observation]) -> int:
    """Keep the observations; those whose key is known already change nothing. Returns how many were new."""
    rows = [
        {
            "endpoint_id": each.endpoint_id,
            "key": short_key(each.record.key),
            "source": each.source,
            "kind": clean(each.record.kind),
            "received_at": each.received_at,
            "body": each.record.body,
            "about": _about(each.record),
        }
        for each in found
    ]
    # Two processes that keep the same keys take them in the same order, and never wait for each other in a circle.
    rows.sort(key=lambda row: (row["endpoint_id"], row["key"]))
    return insert_new(connection, observations, rows, unique=("endpoint_id", "key"))


def pending(connection: sa.Connection, limit: int) -> list[Pending]:
    """The oldest observations of which nothing has been made yet; what is said now before the rows of a file.

    The calls of a file are over; somebody may wait for those of now. So that a file is folded too, a quarter of what is
    read is always the oldest.
    """
    oldest = _read(connection, oldest_pending(limit))
    if not any(each.source == FILE for each in oldest):
        return oldest
    first = oldest[: max(1, limit // 4)]
    told = [each for each in oldest if each.source != FILE]
    ids = _said_now(connection, after=oldest[-1].id, limit=limit - len(first))
    later = read_observations(connection, ids) if ids else []
    chosen = {each.id: each for each in (*first, *told, *later, *oldest)}
    return sorted(list(chosen.values())[:limit], key=lambda each: (each.source == FILE, each.id))


def oldest_pending(limit: int) -> sa.Select[Any]:
    """The query of the oldest ``limit`` that are pending.

    They are found before they are joined: a database that takes a phone system for a rare one would otherwise read all
    that it has ever said.
    """
    c = observations.c
    found = sa.select(c.id).where(_PENDING).order_by(c.id).limit(limit).subquery()
    return sa.select(*_SHOWN).join(found, found.c.id == c.id).order_by(c.id)


def _said_now(connection: sa.Connection, *, after: int, limit: int) -> list[int]:
    """The latest pending after the id ``after`` that are no rows of a file, the oldest of them first."""
    c = observations.c
    latest = sa.select(c.id, c.source).where(_PENDING, c.id > after).order_by(c.id.desc()).limit(_LATEST).subquery()
    query = sa.select(latest.c.id).where(latest.c.source != FILE).order_by(latest.c.id).limit(limit)
    return list(connection.execute(query).scalars())


def read_observations(connection: sa.Connection, ids: Iterable[int]) -> list[Pending]:
    """The observations ``ids``, whatever was made of them, the oldest first."""
    return _read(connection, sa.select(*_SHOWN).where(observations.c.id.in_(ids)).order_by(observations.c.id))


_SHOWN = (
    observations.c.id, endpoints.c.account_id, observations.c.endpoint_id, endpoints.c.connector, endpoints.c.site,
    endpoints.c.settings, observations.c.source, observations.c.kind, observations.c.key, observations.c.body,
    observations.c.about, observations.c.received_at,
)  # fmt: skip


def _read(connection: sa.Connection, query: sa.Select[Any]) -> list[Pending]:
    query = query.join(endpoints, endpoints.c.id == observations.c.endpoint_id)
    return [
        Pending(
            id=row.id,
            account_id=row.account_id,
            endpoint_id=row.endpoint_id,
            connector=row.connector,
            site=row.site,
            settings=msgspec.json.decode(row.settings, type=dict[str, str]),
            source=row.source,
            record=Record(
                kind=row.kind, key=row.key, body=row.body, about=msgspec.json.decode(row.about, type=dict[str, str])
            ),
            received_at=row.received_at,
        )
        for row in connection.execute(query)
    ]


def _about(record: Record) -> str:
    about = {clean(name): clean(value) for name, value in record.about.items()}
    return msgspec.json.encode(about).decode()


def settle(connection: sa.Connection, states: Sequence[tuple[int, str]], *, first: bool) -> None:
    """Note what was made of each observation: heard, ignored, malformed or failed.

    Where they are made for the ``first`` time, raises SettledElsewhere unless nobody made anything of them meanwhile.
    """
    for state in sorted({state for _, state in states}):
        ids = [number for number, which in states if which == state]
        change = sa.update(observations).where(observations.c.id.in_(ids)).values(state=state)
        if first and connection.execute(change.where(_PENDING)).rowcount != len(ids):
            raise SettledElsewhere
        if not first:
            connection.execute(change)
