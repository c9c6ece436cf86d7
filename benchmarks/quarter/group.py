"""Writes the lake of a group: the calls of a quarter and of the same one a year before, and the journeys of both."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, date, datetime, timedelta
from typing import Any

import numpy as np
import pyarrow as pa

from decroche.warehouse.lake import Lake, Watermark
from decroche.warehouse.lake_rows import CALLS, JOURNEYS

ACCOUNT, SITES, DEPARTMENTS = "group", 50, 5
#: The first days of this year's quarter and of last year's.
STARTS, DAYS = (date(2026, 7, 1), date(2025, 7, 1)), 92
NOW = datetime(2026, 10, 12, 8, tzinfo=UTC)
_REASONS = ("no_answer", "abandoned_queue", "short_abandon", "busy", "queue_timeout")
_AT_ONCE = 250_000
_OPENS_S, _CLOSES_S = 6 * 3600, 16 * 3600


def write(place: str, *, calls: int, seed: int = 1) -> Lake:
    """A lake at ``place`` with so many calls in each of the two quarters, a fifth of them missed."""
    lake = Lake(place, lambda _: int)
    mark = Watermark()
    lake.table(ACCOUNT, CALLS).build(_calls(calls, np.random.default_rng(seed)), mark)
    lake.table(ACCOUNT, JOURNEYS).build(_journeys(calls // 6, np.random.default_rng(seed + 1)), mark)
    return lake


def _calls(calls: int, chance: np.random.Generator) -> Iterator[pa.RecordBatch]:
    number = 0
    for start in STARTS:
        for begin in range(0, calls, _AT_ONCE):
            size = min(_AT_ONCE, calls - begin)
            inbound, taken = chance.random(size) < 0.85, chance.random(size) < 0.8
            missed = inbound & ~taken
            moments = _moments(start, size, chance)
            ids = np.arange(number, number + size)
            number += size
            nothing = np.full(size, np.nan)
            columns = {
                "id": [f"{each:032x}" for each in ids.tolist()],
                "revision": ids + 1,
                "started": moments,
                "direction": np.where(inbound, "inbound", "outbound"),
                "disposition": np.where(taken, "answered", np.where(inbound, "missed", "no_answer")),
                "reason": pa.array(chance.choice(_REASONS, size), mask=~missed),
                "hour_class": np.full(size, "open"),
                "caller_kind": np.full(size, "external"),
                "person": chance.integers(0, calls // 4, size),
                "line": _named("Line", 200, size, chance),
                "queue": _named("Queue", 150, size, chance),
                "department": _named("Department", DEPARTMENTS, size, chance),
                "site": _named("Site", SITES, size, chance),
                "agent": pa.array(_named("Agent", 600, size, chance), mask=~taken),
                "answered": taken,
                "queued": inbound,
                "voicemail": missed & (chance.random(size) < 0.1),
                "after_hours": np.zeros(size, bool),
                "wait_s": chance.exponential(18, size).round(1),
                "ring_s": pa.array(nothing, mask=np.ones(size, bool)),
                "talk_s": pa.array(chance.exponential(180, size).round(1), mask=~taken),
                "hold_s": pa.array(nothing, mask=np.ones(size, bool)),
                "wrap_s": pa.array(nothing, mask=np.ones(size, bool)),
                "total_s": chance.exponential(200, size).round(1),
            }
            yield _batch(CALLS.schema, columns, moments)


def _journeys(journeys: int, chance: np.random.Generator) -> Iterator[pa.RecordBatch]:
    for year, start in enumerate(STARTS):
        opened = _moments(start, journeys, chance)
        recovered = chance.random(journeys) < 0.6
        closed = opened + chance.integers(600, 200_000, journeys).astype("timedelta64[s]")
        columns = {
            "id": [f"j{year}{each}" for each in range(journeys)],
            "revision": np.arange(journeys) + 1,
            "opened": opened,
            "person": chance.integers(0, journeys, journeys),
            "site": _named("Site", SITES, journeys, chance),
            "state": np.where(recovered, "recovered", "expired"),
            "last_missed": opened,
            "expires": opened + np.timedelta64(7, "D"),
            "closed": pa.array(closed, mask=~recovered),
            "recovered_by": pa.array(chance.choice(("our_call", "their_call"), journeys), mask=~recovered),
            "attempts": np.ones(journeys, int),
            "first_call": [f"{each:032x}" for each in range(journeys)],
        }
        yield _batch(JOURNEYS.schema, columns, opened)


def _moments(start: date, size: int, chance: np.random.Generator) -> np.ndarray[tuple[int], np.dtype[np.datetime64]]:
    midnight = np.datetime64(datetime.combine(start, datetime.min.time()), "us")
    seconds = chance.integers(0, DAYS, size) * 86_400 + chance.integers(_OPENS_S, _CLOSES_S, size)
    return midnight + seconds.astype("timedelta64[s]")


def _named(name: str, kinds: int, size: int, chance: np.random.Generator) -> np.ndarray[tuple[int], np.dtype[np.str_]]:
    names = np.array([f"{name} {number}" for number in range(kinds)])
    return names[chance.integers(0, kinds, size)]


def _batch(schema: pa.Schema, columns: dict[str, Any], moments: object) -> pa.RecordBatch:
    months = np.datetime_as_string(np.asarray(moments), unit="M")
    every = {**columns, "month": months}
    table = pa.table({field.name: pa.array(every[field.name]).cast(field.type) for field in schema})
    return table.combine_chunks().to_batches()[0]


def period() -> tuple[date, date]:
    """This year's days, the last one excluded."""
    return STARTS[0], STARTS[0] + timedelta(days=DAYS)
