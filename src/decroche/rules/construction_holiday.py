"""The construction holiday of Québec: two weeks in summer and two in winter in which most building sites close.

It is no public holiday: customers and suppliers of the trade are away, and calls fall. The known periods are data
(``construction_holiday.toml``); those of a year that is not in it are computed by the rule that fits all of them.
"""

from __future__ import annotations

import tomllib
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from enum import StrEnum
from functools import cache
from importlib import resources
from typing import Any

FOURTEEN_DAYS = timedelta(days=13)  # from the first to the last, both included


class Season(StrEnum):
    """Which of the two construction holidays of a year."""

    SUMMER = "summer"
    WINTER = "winter"


class BadPeriods(ValueError):
    """A table of construction holidays cannot be read; the message names the entry."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Period:
    """One construction holiday, both days included. ``confirmed``: a published calendar says so."""

    season: Season
    first: date
    last: date
    confirmed: bool


def parse_periods(text: str) -> tuple[Period, ...]:
    """The periods of a TOML text with ``[[period]]`` tables of ``season``, ``first`` and ``last``.

    Raises ``BadPeriods``.
    """
    try:
        entries = tomllib.loads(text).get("period", [])
    except tomllib.TOMLDecodeError as error:
        raise BadPeriods(str(error)) from error
    if not isinstance(entries, list):
        raise BadPeriods("[[period]] is needed")
    return tuple(_period(entry) for entry in entries)


@cache
def known_periods() -> tuple[Period, ...]:
    """The published periods that come with the program."""
    return parse_periods(resources.files(__package__).joinpath("construction_holiday.toml").read_text("utf-8"))


def construction_holidays(years: Iterable[int], periods: Sequence[Period] | None = None) -> tuple[Period, ...]:
    """The construction holidays that begin in ``years``, in order; those missing from ``periods`` are computed.

    The rule: 14 days from the second-last Sunday of July, and 14 days from the Sunday on or before 25 December.
    ``periods`` defaults to ``known_periods()``.
    """
    table = known_periods() if periods is None else periods
    known = {(period.first.year, period.season): period for period in table}
    found = []
    for year in sorted(set(years)):
        second_last = _sunday_on_or_before(date(year, 7, 31)) - timedelta(days=7)
        for season, first in (
            (Season.SUMMER, second_last),
            (Season.WINTER, _sunday_on_or_before(date(year, 12, 25))),
        ):
            computed = Period(season=season, first=first, last=first + FOURTEEN_DAYS, confirmed=False)
            found.append(known.get((year, season), computed))
    return tuple(found)


def construction_holiday_on(day: date, periods: Sequence[Period] | None = None) -> Period | None:
    """The construction holiday that ``day`` falls in, or None."""
    around = construction_holidays((day.year - 1, day.year), periods)
    return next((period for period in around if period.first <= day <= period.last), None)


def _sunday_on_or_before(day: date) -> date:
    return day - timedelta(days=day.isoweekday() % 7)


def _period(entry: Any) -> Period:
    try:
        period = Period(season=Season(entry["season"]), first=entry["first"], last=entry["last"], confirmed=True)
        backwards = not date.min <= period.first <= period.last
    except (KeyError, TypeError, ValueError) as error:
        raise BadPeriods(f"not a period: {entry}") from error
    if backwards:
        raise BadPeriods(f"ends before it begins: {entry}")
    return period
