"""What must always hold of hours and clocks: the columns say what the definition says, and a text reads back."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date, datetime, timedelta
from zoneinfo import ZoneInfo

import pyarrow as pa
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from decroche.model.hours import HourClass, Interval, OpeningHours
from decroche.understand.hours import (
    ClockReading,
    Place,
    format_week,
    hour_class,
    hours_of,
    is_open,
    open_minutes,
    parse_week,
    read_clock,
)
from decroche.warehouse.engine import Engine
from decroche.warehouse.hours import with_hour_class, with_local_time
from decroche.warehouse.zones import YEARS, offsets, to_local, to_utc

MAY = [date(2026, 5, 9) + timedelta(days=number) for number in range(9)]
ZONES = ["Europe/Paris", "America/Toronto", "Asia/Jerusalem", "Asia/Kolkata", "Australia/Lord_Howe", "UTC"]


@st.composite
def intervals(draw: st.DrawFn) -> tuple[Interval, ...]:
    """Up to three intervals of a date that do not touch, on the minute; some reach midnight."""
    edges = draw(st.lists(st.integers(0, 1440), max_size=6, unique=True).map(sorted))
    return tuple(zip(edges[::2], edges[1::2], strict=False))


weeks = st.dictionaries(st.integers(1, 7), intervals(), max_size=7)
opening_hours = st.builds(
    OpeningHours,
    week=weeks,
    holidays=st.dictionaries(st.sampled_from(MAY), st.just("holiday"), max_size=4),
    exceptions=st.dictionaries(st.sampled_from(MAY), intervals(), max_size=4),
)
moments = st.builds(
    lambda day, minute, second: datetime.combine(day, datetime.min.time()) + timedelta(minutes=minute, seconds=second),
    st.sampled_from(MAY),
    st.integers(0, 1439),
    st.integers(0, 59),
)
names = st.sampled_from([None, "a", "b"])
places: st.SearchStrategy[Place] = st.tuples(names, names)


@pytest.fixture(scope="module")
def engine(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Engine]:
    with Engine(tmp_path_factory.mktemp("hours"), threads=1) as opened:
        yield opened


@pytest.mark.hard
@settings(deadline=None, max_examples=100)
@given(
    hours=st.dictionaries(places, opening_hours, max_size=4),
    rest=opening_hours,
    calls=st.lists(st.tuples(moments, names, names), min_size=1, max_size=30),
)
def test_the_columns_give_the_class_of_the_definition(
    engine: Engine, hours: dict[Place, OpeningHours], rest: OpeningHours, calls: list[tuple[datetime, str, str]]
) -> None:
    by_place = {**hours, (None, None): rest}
    table = engine.load(
        "calls",
        pa.table(
            {
                "started": pa.array([moment for moment, _, _ in calls], pa.timestamp("us")),
                "site": pa.array([site for _, site, _ in calls], pa.string()),
                "department": pa.array([department for _, _, department in calls], pa.string()),
            }
        ),
    )
    local = with_local_time(table, "UTC")
    wanted = [
        hour_class(moment, hours_of(by_place, site=site, department=department)) for moment, site, department in calls
    ]
    assert [row["hour_class"] for row in engine.records(with_hour_class(local, by_place))] == wanted
    one = [row["hour_class"] for row in engine.records(with_hour_class(local, rest))]
    assert one == [hour_class(moment, rest) for moment, _, _ in calls]


def _agree(engine: Engine, zone: str, local: list[datetime], years: tuple[int, int]) -> None:
    """Every time of ``local`` is read and shown again as Python's own zones do."""
    table = engine.load("clock", pa.table({"local": pa.array(local, pa.timestamp("us"))}))
    reading = to_utc(table.local, zone, years=years)
    read = table.select(utc=reading.utc, repeated=reading.repeated, missing=reading.missing)
    rows = engine.records(read.mutate(shown=to_local(read.utc, zone, years=years)))
    rules, utc = ZoneInfo(zone), ZoneInfo("UTC")
    for given_local, row in zip(local, rows, strict=True):
        assert ClockReading(row["utc"], row["repeated"], row["missing"]) == read_clock(given_local, rules)
        assert row["shown"] == row["utc"].replace(tzinfo=utc).astimezone(rules).replace(tzinfo=None)
        assert (row["shown"] != given_local) == row["missing"]


@pytest.mark.hard
@settings(deadline=None, max_examples=60)
@given(
    zone=st.sampled_from(ZONES),
    year=st.integers(YEARS[0], YEARS[1]),
    seconds=st.lists(st.integers(0, 365 * 86400 - 1), min_size=1, max_size=30),
    around=st.lists(st.tuples(st.integers(0, 3), st.integers(-7200, 7200)), max_size=30),
)
def test_the_columns_read_a_clock_as_the_definition_does(
    engine: Engine, zone: str, year: int, seconds: list[int], around: list[tuple[int, int]]
) -> None:
    start = datetime.fromisoformat(f"{year}-01-01")
    local = [start + timedelta(seconds=by) for by in seconds]
    if changes := offsets(zone, (year, year)).changes:
        local += [changes[which % len(changes)].moment + timedelta(seconds=by) for which, by in around]
        local += [change.moment + change.before + timedelta(seconds=by) for change in changes for _, by in around]
    _agree(engine, zone, local, (year, year))


@pytest.mark.hard
@pytest.mark.parametrize("zone", ZONES)
def test_every_change_of_the_clock_in_110_years_is_known(engine: Engine, zone: str) -> None:
    noons = [datetime.fromisoformat(f"{year}-{month:02d}-15 12:00") for year in range(1990, 2101) for month in (1, 7)]
    changes = [
        change.moment + change.before + timedelta(minutes=minute)
        for change in offsets(zone).changes
        for minute in (-90, -60, -31, -1, 0, 1, 29, 30, 59, 60, 90)
    ]
    _agree(engine, zone, noons + changes, YEARS)


@given(week=weeks)
def test_the_text_of_a_week_reads_back(week: dict[int, tuple[Interval, ...]]) -> None:
    assert parse_week(format_week(week)) == {day: spans for day, spans in sorted(week.items()) if spans}


@given(hours=opening_hours, moment=moments)
def test_open_is_one_of_four_exclusive_classes(hours: OpeningHours, moment: datetime) -> None:
    assert is_open(moment, hours) == (hour_class(moment, hours) is HourClass.OPEN)


@settings(max_examples=20)
@given(hours=opening_hours, day=st.sampled_from(MAY))
def test_open_minutes_are_the_minutes_that_are_open(hours: OpeningHours, day: date) -> None:
    start = datetime.combine(day, datetime.min.time())
    minutes = sum(is_open(start + timedelta(minutes=minute), hours) for minute in range(1440))
    assert open_minutes(hours, first_day=day, last_day=day) == minutes
