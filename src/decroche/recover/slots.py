"""The times that a caller may choose to be called back: in our opening hours, soon, and no more than we can keep."""

from __future__ import annotations

import itertools
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta, tzinfo
from typing import Any

from decroche.model.hours import OpeningHours
from decroche.understand.hours import intervals_of, is_open, read_clock
from decroche.understand.overlaps import Period, busiest

_DAY = timedelta(days=1)
_MINUTE = timedelta(minutes=1)
#: The bounds of each setting: what is outside was meant otherwise.
_BOUNDS: Mapping[str, tuple[int, int]] = {
    "minutes": (5, 240),
    "capacity": (0, 1000),
    "lead_minutes": (0, 7 * 24 * 60),
    "horizon_days": (1, 30),
    "tolerance_minutes": (0, 120),
}


class BadSlots(ValueError):
    """A setting of the slots cannot be used; ``setting`` is its name."""

    def __init__(self, setting: str) -> None:
        self.bounds = _BOUNDS.get(setting)
        low, high = self.bounds or (0, 0)
        known = ", ".join(_BOUNDS)
        super().__init__(
            f"{setting}: a whole number from {low} to {high}" if high else f"{setting}: not one of {known}"
        )
        self.setting = setting


@dataclass(frozen=True, slots=True, kw_only=True)
class SlotSettings:
    """Slots of so many ``minutes`` and ``capacity`` promises each, from ``lead_minutes`` after now to ``horizon_days``.

    A promise is kept by a call within ``tolerance_minutes`` of its slot.
    """

    minutes: int = 30
    capacity: int = 2
    lead_minutes: int = 30
    horizon_days: int = 5
    tolerance_minutes: int = 10

    @classmethod
    def read(cls, told: Mapping[str, Any]) -> SlotSettings:
        """The settings as they are told, the others as they are by default. Raises BadSlots."""
        for name, value in told.items():
            low, high = _BOUNDS.get(name, (1, 0))
            if type(value) is not int or not low <= value <= high:
                raise BadSlots(name)
        return cls(**told)

    @property
    def length(self) -> timedelta:
        """How long a slot lasts."""
        return timedelta(minutes=self.minutes)


@dataclass(frozen=True, slots=True, kw_only=True, order=True)
class Slot:
    """A period ``[starts_at, ends_at)`` in UTC, and how many more promises it takes."""

    starts_at: datetime
    ends_at: datetime
    free: int


def free_slots(
    now: datetime, *, hours: OpeningHours, zone: tzinfo, settings: SlotSettings, promised: Iterable[Period] = ()
) -> tuple[Slot, ...]:
    """The slots that may still be promised, in order. ``now`` and ``promised`` have a zone.

    A slot lies wholly in open hours, as the clocks of the place show them, and lasts its full time also on the nights
    when clocks change; a slot whose beginning the clocks show twice is offered once, the first time. No business hours
    at all: no slots.
    """
    earliest, latest = now + timedelta(minutes=settings.lead_minutes), now + settings.horizon_days * _DAY
    taken = tuple(promised)
    found = []
    for starts_at in _starts(now, latest, hours, zone, settings.length):
        ends_at = starts_at + settings.length
        if not earliest <= starts_at <= latest:
            continue
        free = settings.capacity - busiest(taken, within=(starts_at, ends_at))
        if free > 0:
            found.append(Slot(starts_at=starts_at, ends_at=ends_at, free=free))
    return tuple(found)


def by_day(slots: Sequence[Slot], zone: tzinfo) -> tuple[tuple[date, tuple[Slot, ...]], ...]:
    """The slots by the day on which they begin, as the calendar of the place has it."""
    days = itertools.groupby(slots, key=lambda slot: slot.starts_at.astimezone(zone).date())
    return tuple((day, tuple(each)) for day, each in days)


def spread(slots: Sequence[Slot], count: int) -> tuple[Slot, ...]:
    """At most ``count`` of the slots, evenly chosen, the first among them: enough for a text message."""
    if count <= 0 or len(slots) <= count:
        return tuple(slots[: max(count, 0)])
    return tuple(slots[number * len(slots) // count] for number in range(count))


def _starts(
    now: datetime, latest: datetime, hours: OpeningHours, zone: tzinfo, length: timedelta
) -> Iterator[datetime]:
    day, last = now.astimezone(zone).date(), latest.astimezone(zone).date()
    while day <= last:
        midnight = datetime.combine(day, time())
        for opens, closes in intervals_of(day, hours):
            begins = read_clock(midnight + opens * _MINUTE, zone).utc.replace(tzinfo=UTC)
            ends = read_clock(midnight + closes * _MINUTE, zone).utc.replace(tzinfo=UTC)
            while begins + length <= ends:
                if _clear(begins, length, hours, zone):
                    yield begins
                begins += length
        day += _DAY


def _clear(begins: datetime, length: timedelta, hours: OpeningHours, zone: tzinfo) -> bool:
    """Whether clocks show the beginning for the first time, and open hours from there to the end."""
    first, last = begins.astimezone(zone), (begins + length - _MINUTE).astimezone(zone)
    if first.fold:
        return False
    if first.utcoffset() == last.utcoffset():
        return is_open(first.replace(tzinfo=None), hours) and is_open(last.replace(tzinfo=None), hours)
    shown = ((begins + number * _MINUTE).astimezone(zone) for number in range(int(length / _MINUTE)))
    return all(is_open(clock.replace(tzinfo=None), hours) for clock in shown)
