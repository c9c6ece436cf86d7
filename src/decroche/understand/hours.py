"""Says where a moment falls in a business's calendar: open, closed on a weekday, week-end or holiday.

All times here are local clock times, naive. A day belongs to its own date: a business open past midnight has an
interval up to 24:00 and another from 0:00 on the next day.
"""

from __future__ import annotations

import itertools
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta, tzinfo

from decroche.model.hours import HourClass, Interval, OpeningHours

MINUTES_PER_DAY = 1440
SATURDAY = 6

#: Whose hours these are: (site, department). None stands for any.
Place = tuple[str | None, str | None]


class HoursUnreadable(ValueError):
    """A text of opening hours cannot be read; ``part`` is the piece that is wrong."""

    def __init__(self, part: str) -> None:
        super().__init__(f"opening hours cannot be read: {part!r}")
        self.part = part


class NoDefaultHours(ValueError):
    """A mapping of opening hours has none for the rest: the place ``(None, None)`` is needed."""


@dataclass(frozen=True, slots=True)
class ClockReading:
    """A clock time read as UTC, and its two doubts: the clock showed it twice, or never."""

    utc: datetime
    repeated: bool
    missing: bool


def read_clock(local: datetime, zone: tzinfo) -> ClockReading:
    """``local``, a naive time on the clocks of ``zone``, as naive UTC.

    A time shown twice (the hour repeated in autumn) is taken as the first, summer time. A time never shown (the hour
    skipped in spring) is shifted forward by the gap: 2:30 is taken as 3:30. Both are flagged, to be counted and shown.
    """
    first, second = (local.replace(tzinfo=zone, fold=fold) for fold in (0, 1))
    before, after = first.utcoffset() or timedelta(), second.utcoffset() or timedelta()
    return ClockReading(utc=first.astimezone(UTC).replace(tzinfo=None), repeated=before > after, missing=before < after)


def intervals_of(day: date, hours: OpeningHours) -> tuple[Interval, ...]:
    """The open intervals of one date: those of its exception if it has one, none on a holiday, else its weekday's."""
    if day in hours.exceptions:
        return hours.exceptions[day]
    if day in hours.holidays:
        return ()
    return hours.week.get(day.isoweekday(), ())


def clock_hours(day: date, hours: OpeningHours) -> list[int]:
    """The clock hours (0-23) of one date that are open, at least in part."""
    return sorted({hour for start, end in intervals_of(day, hours) for hour in range(start // 60, (end + 59) // 60)})


def is_open(local: datetime, hours: OpeningHours) -> bool:
    """Whether the business is open at ``local``; the closing minute itself is closed."""
    minute = local.hour * 60 + local.minute
    return any(start <= minute < end for start, end in intervals_of(local.date(), hours))


def hour_class(local: datetime, hours: OpeningHours) -> HourClass:
    """The one class of ``local``. The first that applies:

    1. OPEN: inside an open interval of its date (an exception replaces the date's intervals; a holiday has none);
    2. HOLIDAY: the date is a holiday, whatever the weekday, also outside the hours of a holiday worked by exception;
    3. WEEKEND: Saturday or Sunday, also outside the hours of a Saturday worked;
    4. CLOSED_WEEKDAY: the rest, among it a weekday closed by an exception that is not a holiday.
    """
    if is_open(local, hours):
        return HourClass.OPEN
    if local.date() in hours.holidays:
        return HourClass.HOLIDAY
    if local.isoweekday() >= SATURDAY:
        return HourClass.WEEKEND
    return HourClass.CLOSED_WEEKDAY


def hours_of(hours: Mapping[Place, OpeningHours], *, site: str | None, department: str | None) -> OpeningHours:
    """The hours that hold for a call: those of its site and department, else of its site, its department, of all.

    Raises ``NoDefaultHours`` when ``hours`` has none for all, ``(None, None)``.
    """
    if (None, None) not in hours:
        raise NoDefaultHours
    told = hours_told(hours, site=site, department=department)
    return hours[None, None] if told is None else told


def hours_told(hours: Mapping[Place, OpeningHours], *, site: str | None, department: str | None) -> OpeningHours | None:
    """The same where nobody need have told hours for all: None where nothing was told that holds for the call."""
    for place in ((site, department), (site, None), (None, department), (None, None)):
        if place in hours:
            return hours[place]
    return None


def open_minutes(hours: OpeningHours, *, first_day: date, last_day: date) -> int:
    """Minutes open from ``first_day`` to ``last_day``, both included."""
    days = (first_day + timedelta(days=number) for number in range((last_day - first_day).days + 1))
    return sum(end - start for day in days for start, end in intervals_of(day, hours))


# --- hours as text ----------------------------------------------------------------------------------------------

_DAYS = ("mon", "tue", "wed", "thu", "fri", "sat", "sun")
_WHOLE_DAYS = (
    ("monday", "tuesday", "wednesday", "thursday", "friday", "saturday", "sunday"),
    ("lundi", "mardi", "mercredi", "jeudi", "vendredi", "samedi", "dimanche"),
)
_WEEKDAYS = {word: number for names in _WHOLE_DAYS for number, name in enumerate(names, 1) for word in (name, name[:3])}
_CLOSED = frozenset({"closed", "fermé", "ferme"})
_TIME = re.compile(r"(\d{1,2})(?:[:h](\d{2})?)?")


def parse_week(text: str) -> dict[int, tuple[Interval, ...]]:
    """``"mon-fri 08:00-12:00 14:00-18:00; sat 09:00-12:00"`` as intervals by ISO weekday; a day left out is closed.

    Days are English or French, three letters or whole (``lun-ven``, ``mardi, jeudi``); times ``8:00``, ``8h30`` or
    ``8``. An interval that ends before it starts runs past midnight: its second part goes to the next day. Raises
    ``HoursUnreadable``, also when a day is given twice or intervals overlap.
    """
    week: dict[int, tuple[Interval, ...]] = {}
    spilled: dict[int, Interval] = {}
    for part in filter(None, (part.strip() for part in text.split(";"))):
        found = re.fullmatch(r"([^\d]*?)\s+(\d.*|closed|fermée?|ferme)", part.casefold())
        if found is None:
            raise HoursUnreadable(part)
        days, intervals = _parse_days(found[1]), _parse_spans(found[2])
        for day in days:
            if day in week:
                raise HoursUnreadable(part)
            week[day] = tuple((start, min(end, MINUTES_PER_DAY)) for start, end in intervals)
            for _, end in intervals:
                if end > MINUTES_PER_DAY:
                    spilled[day % 7 + 1] = (0, end - MINUTES_PER_DAY)
    for day, interval in spilled.items():
        week[day] = _ordered((interval, *week.get(day, ())), text)
    return {day: week[day] for day in sorted(week) if week[day]}


def format_week(week: Mapping[int, Sequence[Interval]]) -> str:
    """The text that ``parse_week`` reads, days of equal hours that follow each other joined; empty if never open."""
    parts: list[tuple[int, int, str]] = []
    for day in range(1, 8):
        if not (text := format_intervals(week.get(day, ()))):
            continue
        if parts and parts[-1][1] == day - 1 and parts[-1][2] == text:
            parts[-1] = (parts[-1][0], day, text)
        else:
            parts.append((day, day, text))
    return "; ".join(
        f"{_DAYS[first - 1]}{f'-{_DAYS[last - 1]}' if last > first else ''} {text}" for first, last, text in parts
    )


def parse_intervals(text: str) -> tuple[Interval, ...]:
    """``"08:00-12:00 14:00-18:00"`` as minutes of one date; empty text or ``closed`` is no interval.

    For exceptions: nothing runs past midnight here. Raises ``HoursUnreadable``.
    """
    intervals = _parse_spans(text.casefold())
    if any(end > MINUTES_PER_DAY for _, end in intervals):
        raise HoursUnreadable(text)
    return intervals


def format_intervals(intervals: Sequence[Interval]) -> str:
    """The text that ``parse_intervals`` reads; empty for none."""
    return " ".join(f"{_clock(start)}-{_clock(end)}" for start, end in intervals)


def _clock(minute: int) -> str:
    return f"{minute // 60:02d}:{minute % 60:02d}"


def _parse_days(text: str) -> list[int]:
    days: list[int] = []
    for part in re.split(r"[,\s]+", re.sub(r"\s*[-–]\s*", "-", text.strip())):
        first, dash, last = part.partition("-")
        start, end = _WEEKDAYS.get(first), _WEEKDAYS.get(last if dash else first)
        if start is None or end is None:
            raise HoursUnreadable(part)
        days += [(start - 1 + step) % 7 + 1 for step in range((end - start) % 7 + 1)]
    return days


def _parse_spans(text: str) -> tuple[Interval, ...]:
    """Intervals in order; the last may end after 24:00 (it runs into the next day)."""
    if text.strip() in _CLOSED:
        return ()
    spans = []
    for part in re.split(r"[,\s]+", re.sub(r"\s*[-–]\s*", "-", text.strip())):
        if not part:
            continue
        start, _, end = part.partition("-")
        first, last = _parse_time(start), _parse_time(end)
        if first in (last, MINUTES_PER_DAY):
            raise HoursUnreadable(part)
        spans.append((first, last if last > first else last + MINUTES_PER_DAY))
    return _ordered(spans, text)


def _parse_time(text: str) -> int:
    found = _TIME.fullmatch(text)
    if found is None:
        raise HoursUnreadable(text)
    hour, minute = int(found[1]), int(found[2] or 0)
    if minute > 59 or hour * 60 + minute > MINUTES_PER_DAY:
        raise HoursUnreadable(text)
    return hour * 60 + minute


def _ordered(intervals: Sequence[Interval], text: str) -> tuple[Interval, ...]:
    ordered = sorted(intervals)
    for (_, end), (start, _) in itertools.pairwise(ordered):
        if start < end:
            raise HoursUnreadable(text)
    return tuple(ordered)
