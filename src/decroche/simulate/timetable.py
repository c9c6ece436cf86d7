"""The calls of an invented business without end, each thing that happens at its moment, and a clock to watch it by."""

from __future__ import annotations

import heapq
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, replace
from datetime import UTC, date, datetime, time, timedelta
from typing import Any
from zoneinfo import ZoneInfo

from decroche.rules.holidays import public_holidays
from decroche.simulate.calls import simulate
from decroche.simulate.stories import CallStory, Step, stories
from decroche.simulate.world import World

#: Days that are simulated in one piece; whom a call at its end leads to call again is lost with it.
_PIECE_DAYS = 14
#: Numbers of calls that one piece may use: more calls than any of our businesses has in so many days.
_CALLS_OF_A_PIECE = 10_000_000
#: On a Monday, an hour in which people call again whom nobody answered at the weekend.
_RUSH = time(8, 45)


@dataclass(frozen=True, slots=True, kw_only=True)
class Timelapse:
    """A clock that is ``speed`` times as fast as ours: when ours says ``began``, it says ``shows``."""

    began: datetime
    shows: datetime
    speed: float = 1.0

    def shown(self, now: datetime) -> datetime:
        """What it says when ours says ``now``."""
        return self.shows + (now - self.began) * self.speed

    def reached(self, moment: datetime) -> datetime:
        """What ours says when it says ``moment``."""
        return self.began + (moment - self.shows) / self.speed


@dataclass(frozen=True, slots=True, kw_only=True)
class Placed:
    """A call that somebody places. ``truth`` is its row of ``SimulatedCalls.truth``: no phone system tells it."""

    story: CallStory
    truth: Mapping[str, Any]


def without_end(world: World, *, seed: int, first: date) -> Iterator[Placed]:
    """The calls of a business from the local day ``first`` on, in order of start, a fortnight after the other.

    The same arguments give the same calls.
    """
    piece = 0
    while True:
        start = first + timedelta(days=piece * _PIECE_DAYS)
        made = simulate(world, seed=seed + piece, days=_PIECE_DAYS, start=start)
        for story, truth in zip(stories(made), made.truth.to_pylist(), strict=True):
            yield Placed(story=replace(story, number=story.number + piece * _CALLS_OF_A_PIECE), truth=truth)
        piece += 1


def in_order_of_time(placed: Iterable[Placed]) -> Iterator[tuple[Placed, Step]]:
    """What happens in calls that are in order of start: their steps, mixed as they happen."""
    ahead: list[tuple[datetime, int, int, Placed, Step]] = []
    for place, call in enumerate(placed):
        while ahead and ahead[0][0] <= call.story.started_at:
            yield heapq.heappop(ahead)[3:]
        for order, step in enumerate(call.story.steps):
            heapq.heappush(ahead, (step.at, place, order, call, step))
    while ahead:
        yield heapq.heappop(ahead)[3:]


def monday_rush(world: World, now: datetime) -> datetime:
    """A moment of many calls, at ``now`` or before it: the morning of the last Monday that was a working day."""
    zone = ZoneInfo(world.zone)
    today = now.astimezone(zone).date()
    closed = public_holidays(world.calendar.country, world.calendar.subdivision, range(today.year - 1, today.year + 1))
    day = today - timedelta(days=today.weekday())
    while day in closed or datetime.combine(day, _RUSH, zone) > now:
        day -= timedelta(days=7)
    return datetime.combine(day, _RUSH, zone).astimezone(UTC)
