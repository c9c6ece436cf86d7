"""Chooses the three things to do first: those that reach the most customers who were lost."""

from __future__ import annotations

import math
from collections.abc import Iterator
from dataclasses import dataclass, replace
from typing import Protocol

from decroche.language import Language
from decroche.model.call import MissedReason
from decroche.model.figures import Figures, WeekMap
from decroche.model.hours import HourClass
from decroche.prove.reports.blocks import Advice
from decroche.prove.reports.writing import plain

#: A month as a number of days: the mean of the Gregorian calendar.
MONTH_DAYS = 30.4375
#: An hour counts as staffed when at least this share of its calls was answered.
STAFFED = 0.25
#: Fewer missed calls than this are no ground for advice.
FEWEST = 5


@dataclass(frozen=True, slots=True)
class Candidate:
    """An action, and how many lost customers it could have reached at most in the period."""

    kind: str
    reach: float
    advice: Advice


class Offer(Protocol):
    """Writes one candidate: its kind, the missed calls behind it, and its reach when that is not their share."""

    def __call__(self, kind: str, count: int, part: float | None = None, **values: object) -> Candidate:
        """The candidate, its sentences said."""
        ...


@dataclass(frozen=True, slots=True)
class Window:
    """Hours [first, last) of one ISO weekday, and the calls in them."""

    weekday: int
    first: int
    last: int
    missed: int
    offered: int


def peak_window(figures: Figures) -> Window | None:
    """The one to three staffed hours of a weekday with most missed calls; longer ones must earn their length."""
    return peak_of(figures.week)


def peak_of(week: WeekMap) -> Window | None:
    """The same of a map of the week."""
    best: Window | None = None
    for day in range(7):
        offered, missed = week.offered[day], week.missed[day]
        staffed = [offered[h] > 0 and (offered[h] - missed[h]) / offered[h] >= STAFFED for h in range(24)]
        for length in (1, 2, 3):
            for first in range(25 - length):
                hours = range(first, first + length)
                if not all(staffed[h] for h in hours):
                    continue
                window = Window(
                    day + 1, first, first + length, sum(missed[h] for h in hours), sum(offered[h] for h in hours)
                )
                if best is None or _weight(window) > _weight(best):
                    best = window
    return best if best is not None and best.missed >= FEWEST else None


def _weight(window: Window) -> float:
    return window.missed / math.sqrt(window.last - window.first)


def per_month(figures: Figures, count: float) -> float | None:
    """``count`` of the period as a count a month; None when the period is too short to say."""
    return count * MONTH_DAYS / figures.days if figures.days >= 28 else None


def candidates(figures: Figures, language: Language) -> Iterator[Candidate]:
    """Every action that the figures support, each with the number of lost customers it touches at most."""
    missed = figures.totals.missed
    lost = figures.journeys.lost
    if missed < FEWEST:
        return

    def offer(kind: str, count: int, part: float | None = None, **values: object) -> Candidate:
        reach = lost * count / missed if part is None else part
        month = per_month(figures, count)
        frequency = (
            language.say("action.frequency.period", calls=count)
            if month is None
            else language.say("action.frequency.month", calls=max(1, round(month)))
        )
        evidence = language.say(f"action.{kind}.why", frequency=frequency, share=count / missed, calls=count, **values)
        if round(reach) >= 1 and figures.journeys.observable:
            evidence += " " + language.say("action.reach", people=round(reach))
        return Candidate(kind, reach, Advice(language.say(f"action.{kind}.do", **values), evidence))

    if (window := peak_window(figures)) is not None:
        yield offer(
            "overflow",
            window.missed,
            weekday=language.weekday(window.weekday),
            first=window.first,
            last=window.last,
            rate=window.missed / window.offered,
        )
    closed_at_noon = 0
    lunch = sum(sum(figures.week.missed[day][12:14]) for day in range(5))
    lunch_offered = sum(sum(figures.week.offered[day][12:14]) for day in range(5))
    if lunch >= max(FEWEST, 0.08 * missed) and lunch / lunch_offered > 1.3 * missed / figures.totals.offered:
        yield offer("lunch", lunch, rate=lunch / lunch_offered)
        closed_at_noon = lunch if lunch / lunch_offered > 1 - STAFFED else 0
    classes = {row.hour_class: row for row in figures.hour_classes}
    for hour_class in (HourClass.CLOSED_WEEKDAY, HourClass.WEEKEND):
        row = classes.get(hour_class)
        # Calls over a closed lunch break are the lunch advice's own.
        count = 0 if row is None else row.missed - (closed_at_noon if hour_class is HourClass.CLOSED_WEEKDAY else 0)
        if count >= max(FEWEST, 0.05 * missed):
            yield offer(str(hour_class), count)
    reasons = {row.reason: row.missed for row in figures.reasons}
    busy = reasons.get(MissedReason.BUSY, 0) + reasons.get(MissedReason.QUEUE_FULL, 0)
    if busy >= max(FEWEST, 0.05 * missed):
        yield offer("lines", busy)
    waited = reasons.get(MissedReason.ABANDONED_QUEUE, 0) + reasons.get(MissedReason.QUEUE_TIMEOUT, 0)
    patience = figures.wait_abandoned.median
    if waited >= max(FEWEST, 0.1 * missed) and patience is not None:
        yield offer("queue_callback", waited, patience=patience)
    yield from _call_back(figures, offer)
    yield from _after_holiday(figures, offer)


def _call_back(figures: Figures, offer: Offer) -> Iterator[Candidate]:
    """Calling back the people who were lost, worth what our own call-backs reached until now."""
    week = max(figures.journeys.windows, key=lambda window: window.hours, default=None)
    lost = figures.journeys.lost
    if week is None or lost < FEWEST:
        return
    if week.called_back >= 10:
        reached = week.called_back_answered / week.called_back
        found = offer("call_back_known", lost, lost * reached, people=lost, reached=reached, base=week.called_back)
    else:
        found = offer("call_back", lost, lost / 2, people=lost)
    yield replace(found, kind="call_back")


def _after_holiday(figures: Figures, offer: Offer) -> Iterator[Candidate]:
    days = [day for day in figures.daily if day.after_holiday and day.usual_missed is not None]
    usual = sum(day.usual_missed or 0 for day in days)
    found = sum(day.missed for day in days)
    if days and usual and found >= max(FEWEST, 1.5 * usual):
        extra = round(found - usual)
        yield offer(
            "after_holiday", extra, times=found / usual, holiday=plain(days[0].after_holiday or ""), days=len(days)
        )


def three_actions(figures: Figures, language: Language) -> tuple[Advice, ...]:
    """At most three actions, the one that touches most lost customers first."""
    ranked = sorted(candidates(figures, language), key=lambda found: (-found.reach, found.kind))
    return tuple(found.advice for found in ranked[:3])
