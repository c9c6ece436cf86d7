"""The page on opening hours and clocks: the four hour classes, hours as text, local time and UTC."""

from __future__ import annotations

import tempfile
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from datetime import date, datetime
from pathlib import Path
from zoneinfo import ZoneInfo

import pyarrow as pa

from decroche.model.hours import HourClass, OpeningHours
from decroche.understand.hours import (
    ClockReading,
    format_week,
    hour_class,
    parse_intervals,
    parse_week,
    read_clock,
)
from decroche.warehouse.engine import Engine
from decroche.warehouse.hours import with_hour_class, with_local_time
from decroche.warehouse.zones import to_local, to_utc
from tests.spec.spec import Page, Spec, each
from tests.spec.table import Cell, Rows

GARAGE = OpeningHours(
    week=parse_week("mon-fri 08:00-12:00 14:00-18:00; sat 09:00-12:00"),
    holidays={
        date(2026, 5, 14): "Ascension",
        date(2026, 5, 25): "Lundi de Pentecôte",
        date(2026, 8, 15): "Assomption",
        date(2026, 11, 1): "Toussaint",
    },
    exceptions={
        date(2026, 5, 15): (),
        date(2026, 5, 25): parse_intervals("09:00-12:00"),
        date(2026, 12, 13): parse_intervals("10:00-17:00"),
        date(2026, 12, 24): parse_intervals("08:00-12:00"),
    },
)


@contextmanager
def engine() -> Iterator[Engine]:
    with tempfile.TemporaryDirectory() as directory, Engine(Path(directory), threads=1) as opened:
        yield opened


def _moments(rows: Rows, column: str) -> pa.Table:
    return pa.table({"started": pa.array([row[column] for row in rows], pa.timestamp("us"))})


def _years(rows: Rows, column: str) -> tuple[int, int]:
    years = [moment.year for row in rows if isinstance(moment := row[column], datetime)]
    return min(years), max(years)


def garage_class(moment: datetime, why: str | None) -> HourClass:
    return hour_class(moment, GARAGE)


def garage_class_columns(rows: Rows, **_: Cell) -> Sequence[Mapping[str, object]]:
    with engine() as opened:
        calls = opened.load("calls", _moments(rows, "moment"))
        return opened.records(with_hour_class(with_local_time(calls, "UTC"), GARAGE))


def week_again(hours: str) -> str:
    return format_week(parse_week(hours))


def clock(zone: str, local: datetime) -> ClockReading:
    return read_clock(local, ZoneInfo(zone))


def clock_columns(rows: Rows, **_: Cell) -> Sequence[Mapping[str, object]]:
    results: dict[int, Mapping[str, object]] = {}
    with engine() as opened:
        for zone in {str(row["zone"]) for row in rows}:
            numbers = [number for number, row in enumerate(rows) if row["zone"] == zone]
            mine = [rows[number] for number in numbers]
            calls = opened.load("calls", _moments(mine, "local"))
            reading = to_utc(calls.started, zone, years=_years(mine, "local"))
            read = calls.select(utc=reading.utc, repeated=reading.repeated, missing=reading.missing)
            results |= dict(zip(numbers, opened.records(read), strict=True))
    return [results[number] for number in range(len(rows))]


def shown(zone: str, utc: datetime) -> datetime:
    return utc.replace(tzinfo=ZoneInfo("UTC")).astimezone(ZoneInfo(zone)).replace(tzinfo=None)


def shown_columns(rows: Rows, **_: Cell) -> Sequence[Mapping[str, object]]:
    results: list[Mapping[str, object]] = []
    with engine() as opened:
        for row in rows:
            calls = opened.load("calls", _moments([row], "utc"))
            local = to_local(calls.started, str(row["zone"]), years=_years([row], "utc"))
            results += opened.records(calls.select(local=local))
    return results


CLASSES = Spec(
    title="The four hour classes",
    prose="""
        Every moment of local time has exactly one class. The garage of this example opens `mon-fri 08:00-12:00
        14:00-18:00; sat 09:00-12:00`. Its holidays are 14 and 25 May, 15 August and 1 November 2026. Exceptions: 15 May
        closed, 25 May 9:00-12:00, Sunday 13 December 10:00-17:00, 24 December 8:00-12:00.
        """,
    given="""
        moment           | why                                       || hour class
        -----------------+-------------------------------------------++---------------
        2026-05-11 07:59 | Monday before opening                     || closed_weekday
        2026-05-11 08:00 | the opening minute is open                || open
        2026-05-11 11:59 | the last minute before lunch              || open
        2026-05-11 12:00 | the closing minute is closed              || closed_weekday
        2026-05-11 14:00 | after lunch                               || open
        2026-05-11 18:00 | evening                                   || closed_weekday
        2026-05-16 09:30 | a Saturday worked                         || open
        2026-05-16 12:00 | the same Saturday after closing           || weekend
        2026-05-17 10:00 | Sunday                                    || weekend
        2026-05-14 10:00 | Ascension, a Thursday                     || holiday
        2026-05-14 03:00 | its night too                             || holiday
        2026-05-15 10:00 | the bridge: an exception, not a holiday   || closed_weekday
        2026-05-25 09:00 | a holiday worked by exception             || open
        2026-05-25 15:00 | the same holiday after closing            || holiday
        2026-08-15 10:00 | a holiday on a Saturday usually worked    || holiday
        2026-11-01 10:00 | a holiday on a Sunday is a holiday        || holiday
        2026-12-13 10:00 | a Sunday worked by exception              || open
        2026-12-13 17:00 | the same Sunday after closing             || weekend
        2026-12-24 11:00 | half a day                                || open
        2026-12-24 15:00 | the exception replaces the usual afternoon|| closed_weekday
        """,
    plain=each(garage_class, into="hour_class"),
    columnar=garage_class_columns,
    defines=(hour_class,),
)

WEEKS = Spec(
    title="Hours as text",
    prose="Hours are written in `audit.toml` as one line; what is read is written again in one form.",
    given="""
        hours                                              || written again
        ---------------------------------------------------++-------------------------------------------------
        mon-fri 08:00-12:00 14:00-18:00; sat 09:00-12:00   || mon-fri 08:00-12:00 14:00-18:00; sat 09:00-12:00
        lun-ven 8h-12h 14h-18h30; sam 9h-12h               || mon-fri 08:00-12:00 14:00-18:30; sat 09:00-12:00
        mardi, jeudi 9:00–17:00                            || tue 09:00-17:00; thu 09:00-17:00
        mon 8-12; tue closed; mercredi fermé               || mon 08:00-12:00
        mon-sun 00:00-24:00                                || mon-sun 00:00-24:00
        sat-mon 10:00-11:00                                || mon 10:00-11:00; sat-sun 10:00-11:00
        fri 18:00-02:00                                    || fri 18:00-24:00; sat 00:00-02:00
        sun 22:00-06:00; mon 08:00-12:00                   || mon 00:00-06:00 08:00-12:00; sun 22:00-24:00
        Mon 14:00-18:00 08:00-12:00;                       || mon 08:00-12:00 14:00-18:00
        """,
    plain=each(week_again, into="written_again"),
    defines=(parse_week, format_week),
)

CLOCKS = Spec(
    title="A clock time read as UTC",
    prose="An export written in local time has an hour that comes twice and an hour that never was, once a year each.",
    given="""
        zone                | local            || utc              | repeated | missing
        --------------------+------------------++------------------+----------+--------
        Europe/Paris        | 2026-01-15 09:00 || 2026-01-15 08:00 | no       | no
        Europe/Paris        | 2026-07-15 09:00 || 2026-07-15 07:00 | no       | no
        Europe/Paris        | 2026-03-29 01:59 || 2026-03-29 00:59 | no       | no
        Europe/Paris        | 2026-03-29 02:00 || 2026-03-29 01:00 | no       | yes
        Europe/Paris        | 2026-03-29 02:30 || 2026-03-29 01:30 | no       | yes
        Europe/Paris        | 2026-03-29 03:00 || 2026-03-29 01:00 | no       | no
        Europe/Paris        | 2026-10-25 01:59 || 2026-10-24 23:59 | no       | no
        Europe/Paris        | 2026-10-25 02:00 || 2026-10-25 00:00 | yes      | no
        Europe/Paris        | 2026-10-25 02:30 || 2026-10-25 00:30 | yes      | no
        Europe/Paris        | 2026-10-25 03:00 || 2026-10-25 02:00 | no       | no
        Europe/Paris        | 2099-07-01 12:00 || 2099-07-01 10:00 | no       | no
        America/Toronto     | 2026-03-08 02:30 || 2026-03-08 07:30 | no       | yes
        America/Toronto     | 2026-03-08 03:00 || 2026-03-08 07:00 | no       | no
        America/Toronto     | 2026-11-01 01:30 || 2026-11-01 05:30 | yes      | no
        America/Toronto     | 2026-11-01 02:00 || 2026-11-01 07:00 | no       | no
        Asia/Jerusalem      | 1999-01-10 10:00 || 1999-01-10 08:00 | no       | no
        Asia/Jerusalem      | 1999-04-02 02:30 || 1999-04-02 00:30 | no       | yes
        Asia/Jerusalem      | 1999-09-03 01:30 || 1999-09-02 22:30 | yes      | no
        Asia/Kolkata        | 2026-07-15 09:00 || 2026-07-15 03:30 | no       | no
        Australia/Lord_Howe | 2026-04-05 01:45 || 2026-04-04 14:45 | yes      | no
        UTC                 | 2026-03-29 02:30 || 2026-03-29 02:30 | no       | no
        """,
    plain=each(clock),
    columnar=clock_columns,
    defines=(read_clock,),
)

SHOWN = Spec(
    title="UTC shown on the clocks of a site",
    prose="""Screens and reports show the site's own time. A call that the export placed at 2:30 in the hour that
        never was (29 March 2026 in Paris) is shown at 3:30.""",
    given="""
        zone            | utc              || local
        ----------------+------------------++-----------------
        Europe/Paris    | 2026-03-29 00:59 || 2026-03-29 01:59
        Europe/Paris    | 2026-03-29 01:30 || 2026-03-29 03:30
        Europe/Paris    | 2026-10-25 00:30 || 2026-10-25 02:30
        Europe/Paris    | 2026-10-25 01:30 || 2026-10-25 02:30
        America/Toronto | 2026-03-08 07:00 || 2026-03-08 03:00
        Asia/Kolkata    | 2026-07-15 03:30 || 2026-07-15 09:00
        """,
    plain=each(shown, into="local"),
    columnar=shown_columns,
)

PAGE = Page(
    name="hours",
    title="Opening hours and clocks",
    intro="""When a business is open decides whether a missed call is a failure of the day or a call that nobody could
        take. These tables define it; each row is tested.""",
    specs=(CLASSES, WEEKS, CLOCKS, SHOWN),
)
