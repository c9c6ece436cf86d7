"""Turns the clock times of an export into UTC and back, a whole column at a time, and says which ones are doubtful.

A zone changes its offset about twice a year, so an offset is found by comparing a time with a few fixed moments. The
comparisons are nested like a search tree: a column costs about as many comparisons as the tree is deep (8 for 110
years), no time zone library of the engine is used, and the same expression serves every engine.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from functools import lru_cache
from typing import TypeVar
from zoneinfo import ZoneInfo

import ibis
import ibis.expr.types as ir

_Value = TypeVar("_Value", bound=ir.Value)

#: Years whose changes of offset are known to an expression. Outside, the nearest known offset holds.
YEARS = (1990, 2100)


class UnknownZone(ValueError):
    """No time zone has this name; ``zone`` is the name as given."""

    def __init__(self, zone: str) -> None:
        super().__init__(f"unknown time zone: {zone}")
        self.zone = zone


@dataclass(frozen=True, slots=True)
class Change:
    """At ``moment`` (UTC, naive) the zone's clock goes from ``before`` to ``after`` (local minus UTC)."""

    moment: datetime
    before: timedelta
    after: timedelta


@dataclass(frozen=True, slots=True)
class Offsets:
    """The offset in force at the start of the years asked for, and the changes since, in order of time."""

    initial: timedelta
    changes: tuple[Change, ...]


@dataclass(frozen=True, slots=True)
class UtcReading:
    """A local column read as UTC. The flags are false, never null, where the time is null.

    ``repeated``: the clock showed this time twice (autumn); the first showing, summer time, is taken.
    ``missing``: the clock never showed this time (spring); it is shifted forward by the gap, 2:30 becomes 3:30.
    """

    utc: ir.TimestampValue
    repeated: ir.BooleanValue
    missing: ir.BooleanValue


@lru_cache(maxsize=64)
def offsets(zone: str, years: tuple[int, int] = YEARS) -> Offsets:
    """The offsets of ``zone`` (an IANA name) in ``years``, the first and the last, both included.

    Raises ``UnknownZone``. Every UTC day is looked at: two changes within one day would be seen as one, and no zone
    has had that since 1990.
    """
    try:
        rules = ZoneInfo(zone)
    except (KeyError, ValueError, OSError) as error:
        raise UnknownZone(zone) from error

    def offset(moment: datetime) -> timedelta:
        return moment.replace(tzinfo=UTC).astimezone(rules).utcoffset() or timedelta()

    day, end = datetime(years[0] - 1, 12, 30), datetime(years[1] + 1, 1, 3)  # noqa: DTZ001
    initial = before = offset(day)
    changes = []
    while day < end:
        following = day + timedelta(days=1)
        if (after := offset(following)) != before:
            low, high = day, following
            while high - low > timedelta(seconds=1):
                middle = low + timedelta(seconds=(high - low) // timedelta(seconds=2))
                low, high = (middle, high) if offset(middle) == before else (low, middle)
            changes.append(Change(high, before, after))
            before = after
        day = following
    return Offsets(initial, tuple(changes))


def to_local(utc: ir.TimestampValue, zone: str, *, years: tuple[int, int] = YEARS) -> ir.TimestampValue:
    """What the clocks of ``zone`` showed at ``utc`` (naive timestamps on both sides)."""
    known = offsets(zone, years)
    moments = [change.moment for change in known.changes]
    values = [known.initial, *(change.after for change in known.changes)]
    return _searched(utc, moments, [_moved(utc, value) for value in values])


def to_utc(local: ir.TimestampValue, zone: str, *, years: tuple[int, int] = YEARS) -> UtcReading:
    """``local``, a clock time in ``zone``, as UTC (naive timestamps on both sides), with its two doubts.

    This is Python's reading of an aware datetime with ``fold=0``.
    """
    known = offsets(zone, years)
    # In a gap and in a repeated hour alike the offset before the change is used until the later of the two readings.
    turns = [change.moment + max(change.before, change.after) for change in known.changes]
    values = [known.initial, *(change.after for change in known.changes)]
    return UtcReading(
        utc=_searched(local, turns, [_moved(local, -value) for value in values]),
        repeated=_doubtful(local, [change for change in known.changes if change.after < change.before]),
        missing=_doubtful(local, [change for change in known.changes if change.after > change.before]),
    )


def _moved(column: ir.TimestampValue, by: timedelta) -> ir.TimestampValue:
    seconds = int(by.total_seconds())
    if seconds == 0:
        return column
    moved: ir.TimestampValue = column + ibis.interval(seconds=seconds)
    return moved


def _doubtful(local: ir.TimestampValue, changes: Sequence[Change]) -> ir.BooleanValue:
    """True between the two readings of each change."""
    edges = []
    for change in changes:
        edges += sorted((change.moment + change.before, change.moment + change.after))
    inside: Sequence[ir.BooleanValue] = [ibis.literal(number % 2 == 1) for number in range(len(edges) + 1)]
    return _searched(local, edges, inside)


def _searched(column: ir.TimestampValue, edges: Sequence[datetime], values: Sequence[_Value]) -> _Value:
    """The value of the stretch that holds ``column``: values[0] before edges[0], values[i] from edges[i-1] on."""
    if not edges:
        return values[0]
    middle = len(edges) // 2
    found: _Value = (column < edges[middle]).ifelse(
        _searched(column, edges[:middle], values[: middle + 1]),
        _searched(column, edges[middle + 1 :], values[middle + 1 :]),
    )
    return found
