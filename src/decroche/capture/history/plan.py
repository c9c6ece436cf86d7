"""What to ask a platform next: pure, so that a crash anywhere is followed by the same questions."""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from enum import StrEnum
from zoneinfo import ZoneInfo


class Sweep(StrEnum):
    """Why a period is asked for. The first that is due goes first, so that what is new never waits for what is old."""

    POLL = "poll"
    RECENT = "recent"
    NIGHTLY = "nightly"
    BACKFILL = "backfill"


@dataclass(frozen=True, slots=True, kw_only=True)
class Rhythm:
    """How long a stretch before now is asked for, how often (None: each night)."""

    reach: timedelta
    every: timedelta | None


#: Trailing windows: live events may be lost, and platforms mend their calls afterwards.
RHYTHMS = {
    Sweep.POLL: Rhythm(reach=timedelta(minutes=15), every=timedelta(minutes=1)),
    Sweep.RECENT: Rhythm(reach=timedelta(hours=2), every=timedelta(minutes=10)),
    Sweep.NIGHTLY: Rhythm(reach=timedelta(hours=48), every=None),
}
#: The hour of the night, by the clocks of the business.
NIGHT = 3


@dataclass(frozen=True, slots=True, kw_only=True)
class Reading:
    """A period that is being read: ``[at, until)`` is left, ``next`` is the page to ask for (None: the first).

    ``again``: a page of the part in hand was refused, as pages are that became too old, and the part is read anew.
    """

    sweep: Sweep
    at: datetime
    until: datetime
    next: str | None = None
    again: bool = False

    def slice(self, longest: timedelta) -> tuple[datetime, datetime]:
        """The part that the next question is about."""
        return self.at, min(self.until, self.at + longest)

    def after(self, page: str | None, longest: timedelta) -> Reading | None:
        """What is left once a page was read whose next one is ``page``; None when all is read."""
        if page is not None:
            return replace(self, next=page)
        _, end = self.slice(longest)
        return replace(self, at=end, next=None, again=False) if end < self.until else None

    def anew(self) -> Reading:
        """The part in hand from its first page."""
        return replace(self, next=None, again=True)


@dataclass(frozen=True, slots=True, kw_only=True)
class Trailing:
    """How far the trailing sweeps of one endpoint have come; ``began`` says when each last began.

    The first sweeps of an endpoint reach as far back as any other: the page shows the last two days at once.
    """

    readings: tuple[Reading, ...] = ()
    began: tuple[tuple[Sweep, datetime], ...] = ()

    def next_reading(self, now: datetime, *, polls: bool, zone: ZoneInfo, reach: timedelta) -> Reading | None:
        """What to go on with or to begin, else None.

        ``polls``: nothing comes from the platform by itself. ``reach``: how far back the platform keeps calls.
        """
        going = {reading.sweep: reading for reading in self.readings}
        began = dict(self.began)
        for sweep in RHYTHMS:
            if sweep in going:
                return going[sweep]
            if (sweep is Sweep.POLL and not polls) or not _due(sweep, began.get(sweep), now, zone):
                continue
            return Reading(sweep=sweep, at=now - min(_back(sweep, began.get(sweep), now), reach), until=now)
        return None

    def begun(self, reading: Reading, now: datetime) -> Trailing:
        """``reading`` is begun, or gone on with."""
        if any(each.sweep is reading.sweep for each in self.readings):
            return self
        began = {**dict(self.began), reading.sweep: now}
        return Trailing(readings=_sorted((*self.readings, reading)), began=tuple(sorted(began.items())))

    def read(self, sweep: Sweep, left: Reading | None) -> Trailing:
        """A page of ``sweep`` was kept, and ``left`` is what is left of it."""
        others = tuple(each for each in self.readings if each.sweep is not sweep)
        return replace(self, readings=_sorted(others if left is None else (*others, left)))


def _sorted(readings: tuple[Reading, ...]) -> tuple[Reading, ...]:
    return tuple(sorted(readings, key=lambda each: each.sweep))


def _due(sweep: Sweep, began: datetime | None, now: datetime, zone: ZoneInfo) -> bool:
    # A sweep that began later than now began before the clock was put right.
    if began is None or began > now:
        return True
    every = RHYTHMS[sweep].every
    return now - began >= every if every is not None else began < _last_night(now, zone)


def _last_night(now: datetime, zone: ZoneInfo) -> datetime:
    local = now.astimezone(zone)
    night = local.replace(hour=NIGHT, minute=0, second=0, microsecond=0, fold=0)
    # Not a day less in hours: on two nights of the year that is another hour.
    return night if night <= local else (night.replace(tzinfo=None) - timedelta(days=1)).replace(tzinfo=zone)


def _back(sweep: Sweep, began: datetime | None, now: datetime) -> timedelta:
    """How far back a sweep goes: what was missed while we were away too, as far as no longer sweep fetches it."""
    reach = RHYTHMS[sweep].reach
    if began is None or began > now:
        return reach
    longer = [rhythm.reach for other, rhythm in RHYTHMS.items() if rhythm.reach > reach]
    away = now - began + reach
    return min(away, *longer) if longer else away


@dataclass(frozen=True, slots=True, kw_only=True)
class Asked:
    """A period that a person wants to have read: ``[begin, end)``. Each wish has another ``id``."""

    id: str
    begin: datetime
    end: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class Backfill:
    """How far the wish ``asked`` has come: ``reading`` is left (None: nothing), ``records`` were kept."""

    asked: str
    reading: Reading | None
    records: int = 0

    @classmethod
    def of(cls, asked: Asked) -> Backfill:
        """The beginning of a wish."""
        return cls(asked=asked.id, reading=Reading(sweep=Sweep.BACKFILL, at=asked.begin, until=asked.end))

    def read(self, left: Reading | None, records: int) -> Backfill:
        """A page was kept."""
        return replace(self, reading=left, records=self.records + records)

    def done(self, asked: Asked) -> float:
        """The share of the period that is read."""
        if self.asked != asked.id:
            return 0.0
        if self.reading is None:
            return 1.0
        return (self.reading.at - asked.begin) / (asked.end - asked.begin)
