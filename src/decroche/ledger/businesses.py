"""Reads what a business says about itself, as ``understand`` wants it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import date, datetime
from functools import lru_cache

import sqlalchemy as sa

from decroche.ledger.account_words import Row, read_words
from decroche.model.hours import OpeningHours
from decroche.rules.holidays import UnknownPlace, public_holidays
from decroche.understand.business import Business, Line, Place
from decroche.understand.hours import parse_week

#: Holidays are known from so many years before now to so many after.
_YEARS_BEFORE, _YEARS_AFTER = 5, 1


def business(connection: sa.Connection, account: str, now: datetime) -> Business:
    """The business of ``account``. Raises KeyError when there is none."""
    told = read_words(connection, account)
    if told is None:
        raise KeyError(account)
    return _business(told.places, now.year)


# What says the same is the same business: holidays and hours are worked out once.
@lru_cache(maxsize=256)
def _business(places: tuple[Row, ...], year: int) -> Business:
    found: dict[str, list[Row]] = {}
    for kind, *row in places:
        found.setdefault(str(kind), []).append(tuple(row))
    [(told, zone, language, short_abandon)] = found["account"]
    country, _, subdivision = str(told).partition("-")
    named = [(str(name), zone) for name, zone, *_ in found.get("site", [])]
    return Business(
        country=country,
        zone=str(zone),
        lines={
            int(number): Line(name=name or "", site=site or "", department=department or "")
            for number, name, site, department in found.get("line", [])
            if number is not None
        },
        sites=tuple(sorted(name for name, _ in named)),
        zones={name: zone for name, zone in named if zone},
        hours=_hours(found, country, subdivision or None, str(language), year),
        short_abandon_s=float(short_abandon or 0),
    )


def _hours(
    found: Mapping[str, Sequence[Row]], country: str, subdivision: str | None, language: str, year: int
) -> Mapping[Place, OpeningHours]:
    weeks = found.get("week", [])
    if not weeks:
        return {}
    closed = [(date.fromisoformat(str(day)), name) for day, name, *_ in found.get("closed", [])]
    added = {day: name for day, name in closed if name is not None}
    years = range(year - _YEARS_BEFORE, year + _YEARS_AFTER + 1)
    try:
        holidays = public_holidays(
            country,
            subdivision,
            years,
            language,
            added=added,
            removed=[day for day, name in closed if name is None],
        )
    except UnknownPlace:
        holidays = added
    return {
        (site or None, department or None): OpeningHours(week=parse_week(str(week)), holidays=holidays)
        for site, department, week, _ in weeks
    }
