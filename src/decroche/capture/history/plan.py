"""What to ask a platform next: pure, so that a crash anywhere is followed by the same questions."""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from enum import StrEnum


class Sweep(StrEnum):
    """Why a period is asked for. The first that is due goes first."""

    POLL = "poll"
    RECENT = "recent"
    NIGHTLY = "nightly"
    BACKFILL = "backfill"


@dataclass(frozen=True, slots=True, kw_only=True)
class Rhythm:
    """How long a stretch before now is asked for, how often."""

    reach: timedelta
    every: timedelta


#: Trailing windows: live events may be lost, and platforms mend their calls afterwards.
RHYTHMS = {
    Sweep.POLL: Rhythm(reach=timedelta(minutes=15), every=timedelta(minutes=1)),
    Sweep.RECENT: Rhythm(reach=timedelta(hours=2), every=timedelta(minutes=10)),
    Sweep.NIGHTLY: Rhythm(reach=timedelta(hours=48), every=timedelta(hours=24)),
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Reading:
    """A period that is being read: ``[at, until)`` is left, ``next`` is the page to ask for (None: the first)."""

    sweep: Sweep
    at: datetime
    until: datetime
    next: str | None = None

    def slice(self, longest: timedelta) -> tuple[datetime, datetime]:
        """The part that the next question is about."""
        return self.at, min(self.until, self.at + longest)

    def after(self, page: str | None, longest: timedelta) -> Reading | None:
        """What is left once a page was read whose next one is ``page``; None when all is read."""
        if page is not None:
            return replace(self, next=page)
        _, end = self.slice(longest)
        return replace(self, at=end, next=None) if end < self.until else None


@dataclass(frozen=True, slots=True, kw_only=True)
class History:
    """How far the questions to one endpoint have come. ``done`` says when each trailing sweep last began."""

    reading: Reading | None = None
    backfill: Reading | None = None
    done: tuple[tuple[Sweep, datetime], ...] = ()

    def next_reading(self, now: datetime, *, polls: bool) -> Reading | None:
        """What to go on with, else what is due, else None. ``polls``: nothing comes from the platform by itself."""
        if self.reading is not None:
            return self.reading
        began = dict(self.done)
        for sweep, rhythm in RHYTHMS.items():
            if sweep is Sweep.POLL and not polls:
                continue
            if sweep not in began or now - began[sweep] >= rhythm.every:
                # What was missed while we were away is asked for as well.
                reach = max(rhythm.reach, now - began.get(sweep, now) + rhythm.reach)
                longest = RHYTHMS[Sweep.NIGHTLY].reach * 7
                return Reading(sweep=sweep, at=now - min(reach, longest), until=now)
        return self.backfill

    def began(self, reading: Reading, now: datetime) -> History:
        """``reading`` is begun, or gone on with."""
        if reading.sweep is Sweep.BACKFILL:
            return self
        done = {**dict(self.done)}
        if self.reading is None:
            done[reading.sweep] = now
        return replace(self, reading=reading, done=tuple(sorted(done.items())))

    def read(self, reading: Reading, left: Reading | None) -> History:
        """A page of ``reading`` was kept, and ``left`` is what is left of it."""
        if reading.sweep is Sweep.BACKFILL:
            return replace(self, backfill=left)
        return replace(self, reading=left)
