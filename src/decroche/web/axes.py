"""Chooses what stands along the axes of a chart: few round values, and few days, as people write them."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from math import ceil, floor, log10

from decroche.language import Language
from decroche.model.board import Step, Unit

#: Round steps of a decimal axis, and of one of seconds.
_ROUND = (1.0, 2.0, 2.5, 5.0, 10.0)
_SECONDS = (1, 2, 5, 10, 15, 30, 60, 120, 300, 600, 900, 1800, 3600, 7200, 14400, 28800, 86400, 172800, 604800)
_LEVELS = 4
_HALF = 0.5


def levels_of(
    values: Sequence[float | None], unit: Unit, language: Language
) -> tuple[tuple[float, str], ...]:  # fmt: skip
    """From zero to the round value above all of them, three to six of them. A share of much goes up to the whole."""
    top = max((value for value in values if value is not None), default=0.0)
    if unit is Unit.SHARE:
        step = 0.25 if top > _HALF else _round(top / _LEVELS or 0.025)
        end = max(1.0, step * ceil(top / step)) if top > _HALF else step * max(1, ceil(top / step))
    elif unit is Unit.SECONDS:
        step = float(next((each for each in _SECONDS if each * _LEVELS >= top), ceil(top / _LEVELS)))
        end = step * max(1, ceil(top / step))
    else:
        step = max(1.0, _round(top / _LEVELS or 1.0))
        end = step * max(1, ceil(top / step))
    count = round(end / step)
    return tuple((round(place * step, 9), _written(place * step, step, unit, language)) for place in range(count + 1))


def ticks_of(
    starts: Sequence[datetime], step: Step, language: Language, *, most: int
) -> tuple[tuple[int, str], ...]:  # fmt: skip
    """The places that have a label below, at most so many, at even distances; days of a longer period on Mondays."""
    count = len(starts)
    every = max(1, ceil(count / most))
    first = 0
    if step is Step.HOUR:
        every = next((each for each in (1, 2, 3, 4, 6, 8, 12, 24, 48, 96) if each >= every), every)
    if step is Step.DAY and count > most:
        every = 7 * ceil(every / 7) if count > 2 * most else every
        first = next((at for at, start in enumerate(starts) if start.weekday() == 0), 0) if every >= 7 else 0
    return tuple((at, _tick(starts[at], step, language, one_day=count <= 24)) for at in range(first, count, every))


def _tick(start: datetime, step: Step, language: Language, *, one_day: bool) -> str:
    if step is Step.HOUR:
        clock = language.clock(start.hour)
        return clock if one_day else language.day(start.date()) if start.hour == 0 else clock
    if step is Step.MONTH:
        return language.month(start.month)[:4].strip() if start.month != 1 else str(start.year)
    return language.short_day(start.date())


def _round(value: float) -> float:
    magnitude = 10.0 ** floor(log10(value))
    return next(each * magnitude for each in _ROUND if each * magnitude >= value * 0.999)


def _written(value: float, step: float, unit: Unit, language: Language) -> str:
    if unit is Unit.SHARE:
        return language.percent(value, 0 if step >= 0.01 and round(100 * step, 6).is_integer() else 1)
    return language.duration(value) if unit is Unit.SECONDS else language.number(value)
