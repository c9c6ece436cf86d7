"""First signs of the seven causes of unanswered calls, as far as a call log alone can show them. Pure.

A missed call may carry several signs or none: these are signs with their evidence, not shares of blame. Which remedy
would have saved which call is a question for a replay of the day, not for a count.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, time
from statistics import median

from decroche.model.call import MissedReason
from decroche.model.figures import Cause
from decroche.model.hours import OpeningHours
from decroche.understand.counted import EVERY_REASON, CallSet, JourneySet
from decroche.understand.hours import clock_hours

#: An hour is a peak when it brings this many times what the same hour of the same weekday usually brings.
PEAK_RATIO = 1.5
#: An hour of the week is badly covered when its missed rate is this many times the rate of the other open hours.
BAD_HOUR_RATIO = 2.0
#: Hours with fewer calls than this say nothing about rates.
LEAST_CALLS = 10
#: An hour of the week that stands in the export less often has nothing usual.
LEAST_TIMES = 3
_WAITING = frozenset({MissedReason.ABANDONED_QUEUE, MissedReason.QUEUE_TIMEOUT})
_FULL = frozenset({MissedReason.BUSY, MissedReason.QUEUE_FULL})
#: Which calls or journeys are a sign of a cause. Those of the two that lie in some hours are in ``hours_of`` besides.
SIGNS_OF: Mapping[str, CallSet | JourneySet] = {
    "understaffing": CallSet(missed=_WAITING | {MissedReason.NO_ANSWER, MissedReason.NO_AGENT_AVAILABLE}),
    "unforeseen_peak": CallSet(missed=EVERY_REASON, open=True),
    "bad_planning": CallSet(missed=EVERY_REASON, open=True),
    "saturated_lines": CallSet(missed=_FULL | {MissedReason.TECHNICAL_FAILURE}),
    "no_overflow": CallSet(missed=_FULL | {MissedReason.QUEUE_TIMEOUT, MissedReason.NO_AGENT_AVAILABLE}),
    "no_cover": CallSet(missed=EVERY_REASON, open=False),
    "no_callback": JourneySet.NOT_CALLED,
}


@dataclass(frozen=True, slots=True, kw_only=True)
class HourOfDay:
    """One open clock hour of one day: ISO weekday, hour, calls offered and missed while open."""

    weekday: int
    hour: int
    offered: int
    missed: int
    day: date | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class ClockHour:
    """What one local clock hour brought while the business was open, or while it was closed."""

    day: date
    hour: int
    open: bool
    offered: int
    missed: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Signs:
    """What the counts of an export say. ``open_hours`` holds the open hours without a call too."""

    missed: int
    missed_closed: int
    missed_by_reason: Mapping[str, int]
    open_hours: Sequence[HourOfDay]
    wait_before_leaving_s: float | None
    waits_known: int
    outbound_calls: int
    journeys: int
    not_called_back: int


def every_open_hour(brought: Sequence[ClockHour], calendars: Collection[OpeningHours]) -> list[HourOfDay]:
    """The open clock hours of the days in ``brought``, those of a calendar in which nobody called among them.

    A day without any call is a gap of the export, not a quiet day, and so is what lies before the first call of all
    or after the last.
    """
    if not brought:
        return []
    moments = [(hour.day, hour.hour) for hour in brought]
    first, last = min(moments), max(moments)
    counts: dict[tuple[date, int], tuple[int, int]] = {}
    for each in brought:
        if each.open:
            offered, missed = counts.get((each.day, each.hour), (0, 0))
            counts[each.day, each.hour] = (offered + each.offered, missed + each.missed)
    for day in {day for day, _ in moments}:
        for calendar in calendars:
            for hour in clock_hours(day, calendar):
                if first <= (day, hour) <= last:
                    counts.setdefault((day, hour), (0, 0))
    return [
        HourOfDay(weekday=day.isoweekday(), hour=hour, offered=offered, missed=missed, day=day)
        for (day, hour), (offered, missed) in sorted(counts.items())
    ]


def first_signs(signs: Signs) -> tuple[Cause, ...]:
    """The seven causes in the order of the taxonomy; ``missed`` is None where the export cannot tell."""
    peaks, peak_hours = _peaks(signs.open_hours)
    planned, bad_hours = _bad_hours(signs.open_hours)
    open_missed = sum(hour.missed for hour in signs.open_hours)
    waiting = _count(signs, *_WAITING)
    short, full, cut = (_shown_by(signs, cause) for cause in ("understaffing", "saturated_lines", "no_overflow"))
    told = signs.missed - _count(signs, MissedReason.UNKNOWN)
    return (
        Cause(
            cause="understaffing",
            missed=short if told else None,
            evidence={
                "open_missed": open_missed,
                "waiting": waiting,
                **(
                    {} if signs.wait_before_leaving_s is None else {"median_wait_s": round(signs.wait_before_leaving_s)}
                ),
                "waits_known": signs.waits_known,
            },
        ),
        Cause(cause="unforeseen_peak", missed=peaks, evidence={"hours": peak_hours, "ratio": PEAK_RATIO}),
        Cause(cause="bad_planning", missed=planned, evidence=bad_hours),
        Cause(
            cause="saturated_lines",
            missed=full if full or _tells(signs, *_FULL) else None,
            evidence={
                "busy": _count(signs, MissedReason.BUSY),
                "queue_full": _count(signs, MissedReason.QUEUE_FULL),
                "failed": _count(signs, MissedReason.TECHNICAL_FAILURE),
            },
        ),
        Cause(
            cause="no_overflow",
            missed=cut if cut else None,
            evidence={
                "queue_timeout": _count(signs, MissedReason.QUEUE_TIMEOUT),
                "no_agent": _count(signs, MissedReason.NO_AGENT_AVAILABLE),
                "busy": _count(signs, *_FULL),
            },
        ),
        Cause(cause="no_cover", missed=signs.missed_closed, evidence={"missed": signs.missed}),
        Cause(
            cause="no_callback",
            missed=signs.not_called_back if signs.outbound_calls and signs.journeys else None,
            evidence={"journeys": signs.journeys, "outbound_calls": signs.outbound_calls},
        ),
    )


def _count(signs: Signs, *reasons: MissedReason) -> int:
    return sum(signs.missed_by_reason.get(reason.value, 0) for reason in reasons)


def _shown_by(signs: Signs, cause: str) -> int:
    which = SIGNS_OF[cause]
    return _count(signs, *which.missed) if isinstance(which, CallSet) else 0


def _tells(signs: Signs, *reasons: MissedReason) -> bool:
    return any(reason.value in signs.missed_by_reason for reason in reasons)


def _by_slot(hours: Sequence[HourOfDay]) -> dict[tuple[int, int], list[HourOfDay]]:
    slots: dict[tuple[int, int], list[HourOfDay]] = {}
    for hour in hours:
        slots.setdefault((hour.weekday, hour.hour), []).append(hour)
    return slots


def _peaks(hours: Sequence[HourOfDay]) -> tuple[int | None, int]:
    """Misses in the hours that were peaks, and how many those are; no misses are told where nothing is usual."""
    known = [slot for slot in _by_slot(hours).values() if len(slot) >= LEAST_TIMES]
    peaks = [hour for slot in known for hour in _peaks_of(slot)]
    return sum(hour.missed for hour in peaks) if known else None, len(peaks)


def _peaks_of(slot: Sequence[HourOfDay]) -> list[HourOfDay]:
    usual = median(hour.offered for hour in slot)
    return [hour for hour in slot if hour.offered >= LEAST_CALLS and hour.offered >= PEAK_RATIO * usual]


def hours_of(hours: Sequence[HourOfDay]) -> Mapping[str, frozenset[datetime]]:
    """The hours, by their local beginning, that were unforeseen peaks, and those of the week that are badly covered."""
    slots = _by_slot(hours)
    offered, missed = sum(hour.offered for hour in hours), sum(hour.missed for hour in hours)
    peaks = [hour for slot in slots.values() if len(slot) >= LEAST_TIMES for hour in _peaks_of(slot)]
    bad = [hour for slot in slots.values() if _excess(slot, offered, missed) > 0 for hour in slot]
    return {"unforeseen_peak": _starts(peaks), "bad_planning": _starts(bad)}


def _starts(hours: Sequence[HourOfDay]) -> frozenset[datetime]:
    return frozenset(datetime.combine(hour.day, time(hour.hour)) for hour in hours if hour.day is not None)


def _excess(slot: Sequence[HourOfDay], offered: int, missed: int) -> float:
    """Misses of an hour of the week above the rate of the others, when it is at least twice as bad; else 0."""
    here, lost = sum(h.offered for h in slot), sum(h.missed for h in slot)
    if here < LEAST_CALLS or here == offered:
        return 0.0
    elsewhere = (missed - lost) / (offered - here)
    return max(0.0, lost - elsewhere * here) if lost / here >= BAD_HOUR_RATIO * elsewhere else 0.0


def _bad_hours(hours: Sequence[HourOfDay]) -> tuple[int | None, dict[str, float | int | str]]:
    """Misses above the rate of the other hours, in the hours of the week that are at least twice as bad.

    None where all calls came in one hour of the week, which has no others beside it.
    """
    offered = sum(hour.offered for hour in hours)
    missed = sum(hour.missed for hour in hours)
    excess, worst, slots_found = 0.0, (0.0, 0, 0), 0
    slots = _by_slot([hour for hour in hours if hour.offered])
    evidence: dict[str, float | int | str] = {"slots": 0, "ratio": BAD_HOUR_RATIO}
    if len(slots) < 2:
        return None, evidence
    for (weekday, hour), slot in slots.items():
        if (more := _excess(slot, offered, missed)) > 0:
            slots_found += 1
            excess += more
            worst = max(worst, (sum(h.missed for h in slot) / sum(h.offered for h in slot), weekday, hour))
    if slots_found:
        evidence |= {
            "slots": slots_found,
            "worst_rate": round(worst[0], 4),
            "worst_weekday": worst[1],
            "worst_hour": worst[2],
        }
    return round(excess), evidence
