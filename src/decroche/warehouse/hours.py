"""Local time and hour class of every call, in columns: the twin of ``understand.hours`` for whole files."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date

import ibis
import ibis.expr.types as ir

from decroche.model.hours import HourClass, Interval, OpeningHours
from decroche.warehouse.zones import YEARS, to_local

#: Whose hours these are: (site, department). None stands for any.
Place = tuple[str | None, str | None]

SATURDAY = 6
HALF_HOUR = 30


def with_local_time(
    table: ir.Table,
    zone: str,
    *,
    column: str = "started",
    years: tuple[int, int] = YEARS,
) -> ir.Table:
    """``table`` with the local reading of ``column`` (UTC): when a call came by the clock on the wall.

    Adds ``local_started`` (naive timestamp), ``local_date``, ``weekday`` (1 = Monday … 7), ``hour`` (0-23) and
    ``minute_of_day`` (0-1439), all null where ``column`` is. ``years`` (first, last) are those whose changes of offset
    are known: with few, the expression is shorter and faster.
    """
    utc = table[column]
    local = to_local(utc, zone, years=years)
    # Two steps, so that the offset is looked up once and not once for each column made of it.
    timed = table.mutate(local_started=local)
    clock = timed.local_started
    return timed.mutate(
        local_date=clock.date(),
        weekday=(clock.day_of_week.index() + 1).cast("int8"),
        hour=clock.hour().cast("int8"),
        minute_of_day=(clock.hour() * 60 + clock.minute()).cast("int16"),
    )


def with_hour_class(table: ir.Table, hours: OpeningHours | Mapping[Place, OpeningHours]) -> ir.Table:
    """``table`` (with the columns of ``with_local_time``) with ``hour_class``: a word of ``HourClass``.

    With a mapping, each call has the hours of its ``site`` and ``department``, else of its site, else of its
    department, else those of ``(None, None)``, which must be there (``KeyError``). Null where the time is null.
    """
    if isinstance(hours, OpeningHours):
        return table.mutate(hour_class=_hour_class(table, hours))
    by_place = sorted(
        (place for place in hours if place != (None, None)), key=lambda place: (place[0] is None, place[1] is None)
    )
    classes = [(_at(table, place), _hour_class(table, hours[place])) for place in by_place]
    rest = _hour_class(table, hours[None, None])
    return table.mutate(hour_class=ibis.cases(*classes, else_=rest) if classes else rest)


def answered_by_half_hour(table: ir.Table) -> ir.Table:
    """Answered calls by weekday and half-hour of the day, for ``understand.infer_hours``.

    ``table`` has ``answered`` (boolean) and the columns of ``with_local_time``. One row for each that occurs:
    ``weekday`` (1-7), ``half_hour`` (0-47), ``answered`` (calls).
    """
    calls = table.filter(table.answered & table.local_date.notnull())
    return calls.group_by("weekday", half_hour=(calls.minute_of_day // HALF_HOUR).cast("int8")).aggregate(
        answered=calls.count()
    )


def _at(table: ir.Table, place: Place) -> ir.BooleanValue:
    site, department = place
    conditions = []
    if site is not None:
        conditions.append(table.site == site)
    if department is not None:
        conditions.append(table.department == department)
    return ibis.and_(*conditions)


def _hour_class(table: ir.Table, hours: OpeningHours) -> ir.StringValue:
    holiday = _one_of(table, hours.holidays)
    return ibis.cases(
        (table.local_date.isnull(), ibis.null("string")),
        (_is_open(table, hours, holiday), HourClass.OPEN.value),
        (holiday, HourClass.HOLIDAY.value),
        (table.weekday >= SATURDAY, HourClass.WEEKEND.value),
        else_=HourClass.CLOSED_WEEKDAY.value,
    )


def _is_open(table: ir.Table, hours: OpeningHours, holiday: ir.BooleanValue) -> ir.BooleanValue:
    weekdays: dict[Interval, list[int]] = {}
    for weekday, intervals in hours.week.items():
        for interval in intervals:
            weekdays.setdefault(interval, []).append(weekday)
    by_week = [_within(table, interval) & table.weekday.isin(days) for interval, days in weekdays.items()]
    usual = ibis.or_(*by_week) if by_week else ibis.literal(False)
    if not hours.exceptions:
        return usual & ~holiday
    dates: dict[Interval, list[date]] = {}
    for day, intervals in hours.exceptions.items():
        for interval in intervals:
            dates.setdefault(interval, []).append(day)
    by_date = [_within(table, interval) & _one_of(table, days) for interval, days in dates.items()]
    excepted = ibis.or_(*by_date) if by_date else ibis.literal(False)
    return ibis.ifelse(_one_of(table, hours.exceptions), excepted, usual & ~holiday)


def _within(table: ir.Table, interval: Interval) -> ir.BooleanValue:
    start, end = interval
    return (table.minute_of_day >= start) & (table.minute_of_day < end)


def _one_of(table: ir.Table, days: Mapping[date, object] | list[date]) -> ir.BooleanValue:
    return table.local_date.isin(sorted(days)) if days else ibis.literal(False)
