"""The calls or journeys behind a number, the latest first: those that were counted, and no others."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from functools import lru_cache

import ibis

from decroche.understand.counted import CallSet, JourneySet
from decroche.warehouse.counting import Counting
from decroche.warehouse.engine import Engine
from decroche.warehouse.prepared import CALLS_SCHEMA, JOURNEYS_SCHEMA
from decroche.warehouse.sets import in_journey_set, in_set

#: A row of a list: the moment that dates it (UTC), and its id. A list goes on after one.
Place = tuple[datetime, str]
_PART = "asked_part"


@dataclass(frozen=True, slots=True, kw_only=True)
class Clock:
    """Of which hours of the local clock: one ``weekday`` (1 = Monday), one ``hour``, or some ``hours`` of some days."""

    weekday: int | None = None
    hour: int | None = None
    hours: frozenset[datetime] | None = None


#: All of them.
ALWAYS = Clock()


@dataclass(frozen=True, slots=True)
class Listed:
    """One row of a list. ``call`` is the id of the call itself, or of the first one that was missed in a journey."""

    at: datetime
    id: str
    call: str | None


def how_many(counting: Counting, which: CallSet | JourneySet, *, clock: Clock = ALWAYS) -> int:
    """How many calls or journeys of the period and scope of ``counting`` are in a set."""
    rows = counting.columns.engine.records_of(f"SELECT count(*) AS n FROM ({_rows(counting, which, clock)})")
    return int(rows[0]["n"])


def listed(
    counting: Counting,
    which: CallSet | JourneySet,
    *,
    clock: Clock = ALWAYS,
    after: Place | None = None,
    limit: int,
) -> Sequence[Listed]:
    """The same, the latest first, at most ``limit`` of them; those ``after`` a row of the list."""
    rows = _rows(counting, which, clock)
    earlier = "" if after is None else f'WHERE ("at", id) < ({_moment(after[0])}, {_quoted(after[1])})'
    page = f'SELECT "at", id, "call" FROM ({rows}) {earlier} ORDER BY "at" DESC, id DESC LIMIT {int(limit)}'
    return [
        Listed(row["at"].replace(tzinfo=UTC), row["id"], row["call"])
        for row in counting.columns.engine.records_of(page)
    ]


def _rows(counting: Counting, which: CallSet | JourneySet, clock: Clock) -> str:
    """All rows of a set: at, id, call, local."""
    if isinstance(which, CallSet):
        calls = counting.resolvable_rows() if which.net else counting.call_rows()
        part, question = calls.get_name(), _calls_question(which, counting.answer_within_s)
    else:
        part = counting.journey_rows().get_name()
        question = _journeys_question(which, counting.now.astimezone(UTC).replace(tzinfo=None))
    conditions = ["true"]
    if clock.weekday is not None:
        conditions.append(f'isodow("local") = {int(clock.weekday)}')
    if clock.hour is not None:
        conditions.append(f'hour("local") = {int(clock.hour)}')
    if clock.hours is not None:
        told = ", ".join(f"TIMESTAMP '{hour:%Y-%m-%d %H}:00:00'" for hour in sorted(clock.hours))
        conditions.append(f"date_trunc('hour', \"local\") IN ({told})" if told else "false")
    mine = question.replace(f'"{_PART}"', f'"{part}"')
    return f"SELECT * FROM ({mine}) WHERE {' AND '.join(conditions)}"


@lru_cache(maxsize=256)
def _calls_question(which: CallSet, answer_within_s: float) -> str:
    calls = ibis.table({**CALLS_SCHEMA, "now": "boolean"}, name=_PART)
    offered = calls.filter(calls.offered & calls.now)
    mine = offered.filter(in_set(offered, which, answer_within_s=answer_within_s))
    return Engine.sql(mine.select("id", at="started", local="local_started", call="id"))


@lru_cache(maxsize=64)
def _journeys_question(which: JourneySet, now: datetime) -> str:
    journeys = ibis.table({**JOURNEYS_SCHEMA, "now": "boolean", "ripe": "boolean"}, name=_PART)
    mine = journeys.filter(journeys.now)
    mine = mine.filter(in_journey_set(mine, which, now=now))
    return Engine.sql(mine.select("id", at="opened", local="local_opened", call="first_call"))


def _moment(moment: datetime) -> str:
    return f"TIMESTAMP '{moment.astimezone(UTC).replace(tzinfo=None).isoformat(sep=' ')}'"


def _quoted(text: str) -> str:
    return "'" + text.replace("'", "''") + "'"
