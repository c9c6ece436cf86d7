"""Opens a number: lists the calls or journeys that it counted, by the same description that counted them."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from decroche.model.board import Period, Scope
from decroche.model.hours import HourClass
from decroche.prove.opening import counted_by
from decroche.prove.service_board import NeedsSupervise, counting_of
from decroche.prove.service_desk import Business, Desk
from decroche.understand.causes import ClockHour, HourOfDay, every_open_hour, hours_of
from decroche.warehouse.counting import Counting
from decroche.warehouse.live_columns import Columns
from decroche.warehouse.opened import Clock, Listed, Place, how_many, listed
from decroche.warehouse.why import HourRow, by_hour

_CAUSE = "cause:"


class NoSuchList(KeyError):
    """No figure with this key has a list."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Number:
    """A number whose list is asked for: what a figure counts or, with ``among``, that among which it counts."""

    key: str
    period: Period
    scope: Scope
    among: bool = False
    weekday: int | None = None
    hour: int | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Opened:
    """A part of the list behind a number: how many calls or journeys it has in all, and some of them."""

    total: int
    rows: Sequence[Listed]
    next: Place | None


def opened(
    desk: Desk, account: str, number: Number, *, after: Place | None = None, limit: int, supervise: bool = False
) -> Opened:
    """What a number counted, the latest first.

    Raises NoSuchList, NeedsSupervise for one agent without the right, NotReady, and KeyError without account.
    """
    told = counted_by().get(number.key)
    which = None if told is None else told.among if number.among else told.counted
    if which is None:
        raise NoSuchList(number.key)
    if number.scope.agent is not None and not supervise:
        raise NeedsSupervise

    def find(columns: Columns, about: Business) -> Opened:
        nothing_before = Period(number.period.start, number.period.start)
        counting = counting_of(desk, columns, about, number.period, nothing_before, number.scope)
        clock = Clock(weekday=number.weekday, hour=number.hour, hours=_hours_of(number.key, counting, about))
        rows = listed(counting, which, clock=clock, after=after, limit=limit + 1)
        last = rows[limit - 1] if len(rows) > limit else None
        return Opened(
            total=how_many(counting, which, clock=clock),
            rows=rows[:limit],
            next=None if last is None else (last.at, last.id),
        )

    return desk.answer(account, ("opened", number, after, limit), find)


def open_hours_of(hours: Sequence[HourRow], about: Business) -> list[HourOfDay]:
    """The open clock hours of these, and those in which nobody called."""
    brought = [
        ClockHour(
            day=row.day,
            hour=row.hour,
            open=row.hour_class in {None, HourClass.OPEN.value},
            offered=row.offered,
            missed=row.missed,
        )
        for row in hours
    ]
    return every_open_hour(brought, about.hours.values())


def _hours_of(key: str, counting: Counting, about: Business) -> frozenset[datetime] | None:
    """The hours in which a cause lies; None for others."""
    cause = key.removeprefix(_CAUSE)
    if key == cause or cause not in {"unforeseen_peak", "bad_planning"}:
        return None
    return hours_of(open_hours_of(by_hour(counting), about)).get(cause)
