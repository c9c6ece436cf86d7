"""When we call whoever asked for it and kept their place in the queue: a range, in our hours, or nothing known yet."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta, tzinfo
from math import ceil, floor, sqrt

from decroche.model.hours import OpeningHours
from decroche.understand.business_deadline import business_deadline

#: Calls that were made, from which a pace can be told (product default).
ENOUGH = 5
#: Four ranges in five hold the call, if calls are made at the pace that is told.
_Z = 1.2816
#: What lies further ahead is not known yet (product default).
_FURTHEST = timedelta(days=3)
_ROUND_MIN = 5


@dataclass(frozen=True, slots=True, kw_only=True)
class Estimate:
    """A call between two moments (UTC), both in open hours."""

    earliest: datetime
    latest: datetime


def pace_of(*, made: int, open_min: float) -> float | None:
    """Calls in an open minute, of those ``made`` in so many; None when they are too few to tell."""
    return made / open_min if made >= ENOUGH and open_min > 0 else None


def when_we_call(
    *, ahead: int, paces: Sequence[float | None], now: datetime, hours: OpeningHours | None, zone: tzinfo
) -> Estimate | None:
    """When the turn comes of somebody behind ``ahead`` others; None: not known yet.

    ``paces`` are calls in an open minute, by whatever tells them: the range goes from the quickest to the slowest.
    Calls that come one after the other at such a pace wait as the sum of as many exponential times does: its quantiles
    at 10 and 90 %, by Wilson and Hilferty. Rounded outwards to 5 minutes.
    """
    known = [pace for pace in paces if pace is not None and pace > 0]
    if not known:
        return None
    turn = ahead + 1
    soon, late = (
        turn * max(0.0, 1 - 1 / (9 * turn) + z / (3 * sqrt(turn))) ** 3 / pace
        for z, pace in ((-_Z, max(known)), (_Z, min(known)))
    )
    minutes = floor(soon / _ROUND_MIN) * _ROUND_MIN, ceil(late / _ROUND_MIN) * _ROUND_MIN
    earliest, latest = (business_deadline(now, timedelta(minutes=each), hours=hours, zone=zone) for each in minutes)
    if earliest is None or latest is None or latest > now + _FURTHEST:
        return None
    return Estimate(earliest=earliest, latest=latest)
