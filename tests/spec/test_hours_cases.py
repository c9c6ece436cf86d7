"""What the tables of the page on hours do not show: what is refused, what is unknown, whose hours hold."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date, datetime

import pyarrow as pa
import pytest

from decroche.model.hours import OpeningHours
from decroche.understand.hours import (
    HoursUnreadable,
    NoDefaultHours,
    format_week,
    hours_of,
    is_open,
    open_minutes,
    parse_intervals,
    parse_week,
)
from decroche.warehouse.engine import Engine
from decroche.warehouse.hours import answered_by_half_hour, with_hour_class, with_local_time
from decroche.warehouse.zones import UnknownZone, offsets, to_utc
from tests.spec.hours import GARAGE


@pytest.fixture(scope="module")
def engine(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Engine]:
    with Engine(tmp_path_factory.mktemp("hours"), threads=1) as opened:
        yield opened


def test_open_is_the_class_open() -> None:
    assert is_open(datetime.fromisoformat("2026-05-11 08:00"), GARAGE)
    assert not is_open(datetime.fromisoformat("2026-05-11 12:00"), GARAGE)


def test_no_hours_at_all_is_never_open() -> None:
    assert parse_week("") == {}
    assert format_week({}) == ""
    assert format_week({1: ()}) == ""


@pytest.mark.parametrize(
    "text",
    [
        "08:00-12:00",
        "mon",
        "monn 8-12",
        "lundredi 8-12",
        "mon 8",
        "mon 8:00-25:00",
        "mon 8:60-12:00",
        "mon 24:00-12:00",
        "mon 8:00-8:00",
        "mon 8:00-12:00 11:00-13:00",
        "mon 8-12; mon 14-18",
        "fri 18:00-02:00; sat 01:00-05:00",
        "mon 8-12-14",
        "mon-wed-fri 8-12",
    ],
)
def test_hours_that_cannot_be_read_are_refused(text: str) -> None:
    with pytest.raises(HoursUnreadable):
        parse_week(text)


def test_the_intervals_of_one_date_end_at_midnight() -> None:
    assert parse_intervals("fermé") == parse_intervals("closed") == parse_intervals("") == ()
    assert parse_intervals("18:00-24:00") == ((1080, 1440),)
    with pytest.raises(HoursUnreadable):
        parse_intervals("18:00-02:00")


def test_open_minutes_counts_both_days_named() -> None:
    # Wednesday 8 h, Ascension 0, the bridge 0, Saturday 3 h, Sunday 0
    assert open_minutes(GARAGE, first_day=date(2026, 5, 13), last_day=date(2026, 5, 17)) == 8 * 60 + 3 * 60
    assert open_minutes(GARAGE, first_day=date(2026, 5, 25), last_day=date(2026, 5, 25)) == 3 * 60
    assert open_minutes(GARAGE, first_day=date(2026, 5, 14), last_day=date(2026, 5, 13)) == 0


def test_the_hours_of_a_call_are_the_most_precise_ones() -> None:
    whole, lyon, service, lyon_service = (OpeningHours(week={day: ((0, 1),)}) for day in (1, 2, 3, 4))
    hours = {
        (None, None): whole,
        ("Lyon", None): lyon,
        (None, "service"): service,
        ("Lyon", "service"): lyon_service,
    }
    assert hours_of(hours, site="Lyon", department="service") is lyon_service
    assert hours_of(hours, site="Lyon", department="sales") is lyon
    assert hours_of(hours, site="Laval", department="service") is service
    del hours["Lyon", "service"]
    assert hours_of(hours, site="Lyon", department="service") is lyon
    assert hours_of(hours, site=None, department=None) is whole
    with pytest.raises(NoDefaultHours):
        hours_of({("Lyon", None): lyon}, site="Lyon", department=None)


def test_a_time_that_is_not_known_stays_unknown_and_is_not_flagged(engine: Engine) -> None:
    calls = engine.load("unknown", pa.table({"started": pa.array([None], pa.timestamp("us"))}))
    reading = to_utc(calls.started, "Europe/Paris", years=(2026, 2026))
    read = calls.select(utc=reading.utc, repeated=reading.repeated, missing=reading.missing)
    assert engine.records(read) == [{"utc": None, "repeated": False, "missing": False}]
    classed = with_hour_class(with_local_time(calls, "Europe/Paris", years=(2026, 2026)), GARAGE)
    assert engine.records(classed.select("local_started", "weekday", "hour", "minute_of_day", "hour_class")) == [
        {"local_started": None, "weekday": None, "hour": None, "minute_of_day": None, "hour_class": None}
    ]


def test_answered_calls_are_counted_by_half_hour(engine: Engine) -> None:
    moments = ["2026-05-11 08:00", "2026-05-18 08:29", "2026-05-11 08:30", "2026-05-12 23:59", "2026-05-11 08:10"]
    calls = pa.table(
        {
            "started": pa.array([datetime.fromisoformat(moment) for moment in moments], pa.timestamp("us")),
            "answered": [True, True, True, True, False],
        }
    )
    counted = answered_by_half_hour(with_local_time(engine.load("answered", calls), "UTC"))
    assert {(row["weekday"], row["half_hour"]): row["answered"] for row in engine.records(counted)} == {
        (1, 16): 2,
        (1, 17): 1,
        (2, 47): 1,
    }


def test_only_the_years_asked_for_are_searched() -> None:
    assert len(offsets("Europe/Paris", (2026, 2026)).changes) == 2
    assert offsets("Asia/Kolkata").changes == ()


@pytest.mark.parametrize("zone", ["Europe/Pariss", "", "../etc/passwd"])
def test_a_zone_that_does_not_exist_is_said(zone: str) -> None:
    with pytest.raises(UnknownZone):
        offsets(zone)
