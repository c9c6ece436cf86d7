"""Writes the lake of a group of sites: its calls and journeys in stretches of days, such as a quarter of two years."""

from __future__ import annotations

import tempfile
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa

from decroche.ledger.setting_up import add_account
from decroche.ledger.store import Ledger
from decroche.prove.service_desk import Desk
from decroche.warehouse.lake import Lake, Watermark
from decroche.warehouse.lake_rows import CALLS, JOURNEYS
from decroche.warehouse.live_columns import MEMORY, LiveColumns

ACCOUNT, SITES, DEPARTMENTS = "group", 50, 5
#: The first day of a stretch of days, and how many there are.
Stretch = tuple[date, int]
#: This year's quarter and last year's.
QUARTERS: tuple[Stretch, ...] = ((date(2026, 7, 1), 92), (date(2025, 7, 1), 92))
NOW = datetime(2026, 10, 12, 8, tzinfo=UTC)
_REASONS = ("no_answer", "abandoned_queue", "short_abandon", "busy", "queue_timeout")
_AT_ONCE = 250_000
_OPENS_S, _CLOSES_S = 6 * 3600, 16 * 3600


def write(place: str, *, calls: int, stretches: Sequence[Stretch] = QUARTERS, seed: int = 1) -> Lake:
    """A lake at ``place`` with so many calls in each stretch, a fifth of those received missed."""
    lake = Lake(place, lambda _: int)
    mark = Watermark()
    lake.table(ACCOUNT, CALLS).build(_calls(calls, stretches, np.random.default_rng(seed)), mark)
    lake.table(ACCOUNT, JOURNEYS).build(_journeys(calls // 6, stretches, np.random.default_rng(seed + 1)), mark)
    return lake


def _calls(calls: int, stretches: Sequence[Stretch], chance: np.random.Generator) -> Iterator[pa.RecordBatch]:
    number = 0
    for stretch in stretches:
        for begin in range(0, calls, _AT_ONCE):
            size = min(_AT_ONCE, calls - begin)
            inbound, taken = chance.random(size) < 0.85, chance.random(size) < 0.8
            missed = inbound & ~taken
            moments = _moments(stretch, size, chance)
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


def _journeys(journeys: int, stretches: Sequence[Stretch], chance: np.random.Generator) -> Iterator[pa.RecordBatch]:
    for place, stretch in enumerate(stretches):
        opened = _moments(stretch, journeys, chance)
        recovered = chance.random(journeys) < 0.6
        closed = opened + chance.integers(600, 200_000, journeys).astype("timedelta64[s]")
        expires = opened + np.timedelta64(7, "D")
        columns = {
            "id": [f"j{place}-{each}" for each in range(journeys)],
            "revision": np.arange(journeys) + 1,
            "opened": opened,
            "person": chance.integers(0, journeys, journeys),
            "site": _named("Site", SITES, journeys, chance),
            "state": np.where(recovered, "recovered", "expired"),
            "last_missed": opened,
            "expires": expires,
            "closed": np.where(recovered, closed, expires),
            "recovered_by": pa.array(chance.choice(("our_call", "their_call"), journeys), mask=~recovered),
            "attempts": np.ones(journeys, int),
            "first_call": [f"{each:032x}" for each in range(journeys)],
        }
        yield _batch(JOURNEYS.schema, columns, opened)


def _moments(
    stretch: Stretch, size: int, chance: np.random.Generator
) -> np.ndarray[tuple[int], np.dtype[np.datetime64]]:
    start, days = stretch
    midnight = np.datetime64(datetime.combine(start, datetime.min.time()), "us")
    seconds = chance.integers(0, days, size) * 86_400 + chance.integers(_OPENS_S, _CLOSES_S, size)
    return midnight + seconds.astype("timedelta64[s]")


def _named(name: str, kinds: int, size: int, chance: np.random.Generator) -> np.ndarray[tuple[int], np.dtype[np.str_]]:
    names = np.array([f"{name} {number}" for number in range(kinds)])
    return names[chance.integers(0, kinds, size)]


def _batch(schema: pa.Schema, columns: dict[str, Any], moments: object) -> pa.RecordBatch:
    months = np.datetime_as_string(np.asarray(moments), unit="M")
    every = {**columns, "month": months}
    table = pa.table({field.name: pa.array(every[field.name]).cast(field.type) for field in schema})
    return table.combine_chunks().to_batches()[0]


@contextmanager
def desk(place: str, *, now: datetime, memory: str = MEMORY) -> Iterator[Desk]:
    """The desk of the group on the lake at ``place``, with a ledger in which nothing happened."""
    with tempfile.TemporaryDirectory(prefix="decroche-bench-", dir=Path(place).parent) as folder:
        ledger = Ledger(f"sqlite:///{folder}/ledger.db")
        ledger.migrate()
        with ledger.writing() as connection:
            add_account(
                connection, id=ACCOUNT, name="Group", country="FR", zone="Europe/Paris", language="fr", now=now
            )  # fmt: skip
        with LiveColumns(ledger, Lake(place, lambda _: int), scratch=Path(folder), memory=memory) as columns:
            yield Desk(ledger, columns, clock=lambda: now)
        ledger.close()


def period() -> tuple[date, date]:
    """The days of this year's quarter, the last one excluded."""
    start, days = QUARTERS[0]
    return start, start + timedelta(days=days)
