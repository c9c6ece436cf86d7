"""Reads what a business says about itself, as ``understand`` wants it."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime

import sqlalchemy as sa

from decroche.ledger.tables import accounts, closed_days, lines, opening_hours, sites
from decroche.model.hours import OpeningHours
from decroche.rules.holidays import UnknownPlace, public_holidays
from decroche.understand.business import Business, Line, Place
from decroche.understand.hours import parse_week

#: Holidays are known from so many years before now to so many after.
_YEARS_BEFORE, _YEARS_AFTER = 5, 1

# Built once: whoever folds, and each step of recovery, asks these.
_account: sa.BindParameter[str] = sa.bindparam("account")
_ACCOUNT = sa.select(accounts).where(accounts.c.id == _account)
_SITES = sa.select(sites).where(sites.c.account_id == _account).order_by(sites.c.name)
_LINES = sa.select(lines).where(lines.c.account_id == _account, lines.c.number.is_not(None))
_WEEKS = sa.select(opening_hours).where(opening_hours.c.account_id == _account)
_CLOSED = sa.select(closed_days).where(closed_days.c.account_id == _account)


def business(connection: sa.Connection, account: str, now: datetime) -> Business:
    """The business of ``account``. Raises KeyError when there is none."""
    row = connection.execute(_ACCOUNT, {"account": account}).one_or_none()
    if row is None:
        raise KeyError(account)
    country, _, subdivision = row.country.partition("-")
    places = connection.execute(_SITES, {"account": account}).all()
    numbers = connection.execute(_LINES, {"account": account}).all()
    return Business(
        country=country,
        zone=row.zone,
        lines={line.number: Line(name=line.name, site=line.site, department=line.department) for line in numbers},
        sites=tuple(place.name for place in places),
        zones={place.name: place.zone for place in places if place.zone},
        hours=_hours(connection, account, country, subdivision or None, row.language, now),
        short_abandon_s=row.short_abandon_s,
    )


def _hours(
    connection: sa.Connection, account: str, country: str, subdivision: str | None, language: str, now: datetime
) -> Mapping[Place, OpeningHours]:
    weeks = connection.execute(_WEEKS, {"account": account}).all()
    if not weeks:
        return {}
    closed = connection.execute(_CLOSED, {"account": account}).all()
    added = {day.day: day.name for day in closed if day.name is not None}
    years = range(now.year - _YEARS_BEFORE, now.year + _YEARS_AFTER + 1)
    try:
        holidays = public_holidays(
            country,
            subdivision,
            years,
            language,
            added=added,
            removed=[day.day for day in closed if day.name is None],
        )
    except UnknownPlace:
        holidays = added
    return {
        (week.site or None, week.department or None): OpeningHours(week=parse_week(week.week), holidays=holidays)
        for week in weeks
    }
