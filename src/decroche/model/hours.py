"""Opening hours as data: weekly intervals, exceptions by date, and the four exclusive classes of an hour."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date
from enum import StrEnum

#: Minutes after local midnight, half-open: [from, to). 480, 720 is 8:00 to 12:00.
Interval = tuple[int, int]


class HourClass(StrEnum):
    """Where a moment falls in the business's own calendar. Exactly one class holds."""

    OPEN = "open"
    CLOSED_WEEKDAY = "closed_weekday"
    WEEKEND = "weekend"
    HOLIDAY = "holiday"


@dataclass(frozen=True, slots=True, kw_only=True)
class OpeningHours:
    """The calendar of a site or a department.

    ``week`` maps an ISO weekday (1 = Monday … 7 = Sunday) to its open intervals; a missing day is closed.
    ``holidays`` names the public holidays by date. ``exceptions`` replace a date's intervals, whatever the day is
    (an open holiday, a half day, a construction holiday: an empty tuple is closed).
    """

    week: Mapping[int, tuple[Interval, ...]]
    holidays: Mapping[date, str] = field(default_factory=dict)
    exceptions: Mapping[date, tuple[Interval, ...]] = field(default_factory=dict)
