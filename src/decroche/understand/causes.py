"""First signs of the seven causes of unanswered calls, as far as a call log alone can show them. Pure.

A missed call may carry several signs or none: these are signs with their evidence, not shares of blame. Which remedy
would have saved which call is a question for a replay of the day, not for a count.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from statistics import median

from decroche.model.call import MissedReason
from decroche.model.figures import Cause

#: An hour is a peak when it brings this many times what the same hour of the same weekday usually brings.
PEAK_RATIO = 1.5
#: An hour of the week is badly covered when its missed rate is this many times the rate of the other open hours.
BAD_HOUR_RATIO = 2.0
#: Hours with fewer calls than this say nothing about rates.
LEAST_CALLS = 10


@dataclass(frozen=True, slots=True, kw_only=True)
class HourOfDay:
    """One open clock hour of one day: ISO weekday, hour, calls offered and missed while open."""

    weekday: int
    hour: int
    offered: int
    missed: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Signs:
    """What the counts of an export say. ``known_reasons`` are all reasons that occur in it, answered calls aside."""

    missed: int
    missed_closed: int
    missed_by_reason: Mapping[str, int]
    open_hours: Sequence[HourOfDay]
    wait_before_leaving_s: float | None
    waits_known: int
    outbound_calls: int
    journeys: int
    not_called_back: int


def first_signs(signs: Signs) -> tuple[Cause, ...]:
    """The seven causes in the order of the taxonomy; ``missed`` is None where the export cannot tell."""
    peaks, peak_hours = _peaks(signs.open_hours)
    planned, bad_hours = _bad_hours(signs.open_hours)
    open_missed = sum(hour.missed for hour in signs.open_hours)
    waiting = _count(signs, MissedReason.ABANDONED_QUEUE, MissedReason.QUEUE_TIMEOUT)
    full = _count(signs, MissedReason.BUSY, MissedReason.QUEUE_FULL, MissedReason.TECHNICAL_FAILURE)
    cut = _count(
        signs, MissedReason.QUEUE_TIMEOUT, MissedReason.NO_AGENT_AVAILABLE, MissedReason.QUEUE_FULL, MissedReason.BUSY
    )
    told = signs.missed - _count(signs, MissedReason.UNKNOWN)
    return (
        Cause(
            cause="understaffing",
            missed=waiting + _count(signs, MissedReason.NO_ANSWER, MissedReason.NO_AGENT_AVAILABLE) if told else None,
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
            missed=full if full or _tells(signs, MissedReason.BUSY, MissedReason.QUEUE_FULL) else None,
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
                "busy": _count(signs, MissedReason.BUSY, MissedReason.QUEUE_FULL),
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


def _tells(signs: Signs, *reasons: MissedReason) -> bool:
    return any(reason.value in signs.missed_by_reason for reason in reasons)


def _by_slot(hours: Sequence[HourOfDay]) -> dict[tuple[int, int], list[HourOfDay]]:
    slots: dict[tuple[int, int], list[HourOfDay]] = {}
    for hour in hours:
        slots.setdefault((hour.weekday, hour.hour), []).append(hour)
    return slots


def _peaks(hours: Sequence[HourOfDay]) -> tuple[int, int]:
    missed = count = 0
    for slot in _by_slot(hours).values():
        usual = median(hour.offered for hour in slot)
        for hour in slot:
            if len(slot) > 2 and hour.offered >= LEAST_CALLS and hour.offered >= PEAK_RATIO * usual:
                missed, count = missed + hour.missed, count + 1
    return missed, count


def _bad_hours(hours: Sequence[HourOfDay]) -> tuple[int, dict[str, float | int | str]]:
    """Misses above the rate of the other hours, in the hours of the week that are at least twice as bad."""
    offered = sum(hour.offered for hour in hours)
    missed = sum(hour.missed for hour in hours)
    excess, worst, slots_found = 0.0, (0.0, 0, 0), 0
    for (weekday, hour), slot in _by_slot(hours).items():
        here, lost = sum(h.offered for h in slot), sum(h.missed for h in slot)
        elsewhere = (missed - lost) / (offered - here) if offered > here else 0.0
        if here >= LEAST_CALLS and lost / here >= BAD_HOUR_RATIO * elsewhere and lost > elsewhere * here:
            slots_found += 1
            excess += lost - elsewhere * here
            worst = max(worst, (lost / here, weekday, hour))
    evidence: dict[str, float | int | str] = {"slots": slots_found, "ratio": BAD_HOUR_RATIO}
    if slots_found:
        evidence |= {"worst_rate": round(worst[0], 4), "worst_weekday": worst[1], "worst_hour": worst[2]}
    return round(excess), evidence
