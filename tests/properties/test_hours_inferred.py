"""Inferred opening hours: those of a simulated business are found again, and no day is opened without a reason."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from decroche.model.hours import Interval
from decroche.understand.hours import format_week, parse_week
from decroche.understand.infer_hours import infer_hours

Grid = list[list[int]]


def simulated(week: dict[int, tuple[Interval, ...]], *, per_date: float, weeks: int, strays: int, seed: int) -> Grid:
    """Answered calls of ``weeks`` weeks: half to one and a half times ``per_date`` an open half-hour, and strays."""
    chance = np.random.default_rng(seed)
    opened = np.zeros((7, 48), dtype=bool)
    for day, intervals in week.items():
        for start, end in intervals:
            opened[day - 1, start // 30 : end // 30] = True
    calls = chance.poisson(np.where(opened, chance.uniform(0.5, 1.5, (7, 48)) * per_date * weeks, 0.0))
    for day, slot in zip(chance.integers(7, size=strays), chance.integers(48, size=strays), strict=True):
        calls[day, slot] += 1
    grid: Grid = calls.tolist()
    return grid


@st.composite
def timetables(draw: st.DrawFn) -> dict[int, tuple[Interval, ...]]:
    """A timetable of most weekdays, maybe with a lunch of an hour or two, and another for the other days."""
    opening, closing = draw(st.integers(12, 20)) * 30, draw(st.integers(32, 44)) * 30
    lunch = draw(st.sampled_from([(), (720, 780), (720, 840), (750, 810)]))
    usual = ((opening, lunch[0]), (lunch[1], closing)) if lunch else ((opening, closing),)
    short = ((opening, 720),)
    kinds = draw(st.lists(st.sampled_from([usual, usual, short, ()]), min_size=7, max_size=7))
    kinds[draw(st.integers(0, 6))] = usual
    return {day: kind for day, kind in enumerate(kinds, start=1) if kind}


@settings(deadline=None, max_examples=40, derandomize=True)
@given(
    week=timetables(),
    per_date=st.floats(4, 300),
    weeks=st.integers(8, 26),
    strays_per_week=st.floats(0, 0.5),
    seed=st.integers(0, 2**32 - 1),
)
def test_the_hours_of_a_simulated_business_are_found(
    week: dict[int, tuple[Interval, ...]], per_date: float, weeks: int, strays_per_week: float, seed: int
) -> None:
    strays = int(weeks * strays_per_week)
    calls = simulated(week, per_date=per_date, weeks=weeks, strays=strays, seed=seed)
    found = infer_hours(calls, [weeks] * 7)
    assert format_week(found.hours.week) == format_week(week)
    assert found.answered == sum(map(sum, calls))
    assert found.answered - found.inside <= strays


@settings(deadline=None, max_examples=40)
@given(
    calls=st.lists(
        st.one_of(st.just([0] * 48), st.lists(st.sampled_from([0, 0, 0, 1, 2, 9, 200]), min_size=48, max_size=48)),
        min_size=7,
        max_size=7,
    ),
    dates=st.lists(st.integers(0, 30), min_size=7, max_size=7),
)
def test_whatever_the_calls_no_day_is_opened_without_one(calls: Grid, dates: list[int]) -> None:
    found = infer_hours(calls, dates)
    for day, intervals in found.hours.week.items():
        assert sum(calls[day - 1]) > 0
        assert dates[day - 1] > 0
        assert all(0 <= start < end <= 1440 for start, end in intervals)
    assert [day.answered for day in found.days] == [sum(row) for row in calls]
    for day, evidence in zip(range(1, 8), found.days, strict=True):
        inside = sum(
            calls[day - 1][slot]
            for start, end in found.hours.week.get(day, ())
            for slot in range(start // 30, end // 30)
        )
        assert evidence.inside == inside


GARAGE = "mon-fri 08:00-12:00 14:00-18:00; sat 09:00-12:00"


@pytest.mark.parametrize(
    "week",
    [
        GARAGE,
        "mon-fri 08:00-18:00",
        "mon-thu 08:00-17:00; fri 08:00-12:00",
        "mon-tue 09:00-18:00; wed 09:00-12:00; thu-fri 09:00-18:00",
        "tue-sat 09:00-19:00",
        "mon-fri 08:00-12:30 13:00-18:00",
        "mon-sun 00:00-24:00",
    ],
)
def test_eight_weeks_of_a_small_business_are_enough(week: str) -> None:
    calls = simulated(parse_week(week), per_date=2.5, weeks=8, strays=4, seed=1)
    assert format_week(infer_hours(calls, [8] * 7).hours.week) == week


def test_one_busy_evening_opens_nothing() -> None:
    calls = simulated(parse_week(GARAGE), per_date=3, weeks=8, strays=0, seed=2)
    calls[2][41] = 40  # one Wednesday, 20:30
    found = infer_hours(calls, [8] * 7)
    assert format_week(found.hours.week) == GARAGE
    assert found.days[2].answered - found.days[2].inside == 40


def test_a_burst_over_an_hour_opens_nothing() -> None:
    calls = simulated(parse_week(GARAGE), per_date=3, weeks=8, strays=0, seed=2)
    calls[2][41] = calls[2][42] = 4
    assert format_week(infer_hours(calls, [8] * 7).hours.week) == GARAGE


def test_a_half_hour_without_a_call_is_no_closure() -> None:
    # Two calls an hour: on one Saturday morning in eight weeks nobody happened to call at 10:00.
    calls = [[0] * 16 + [4] * 20 + [0] * 12] * 5 + [[0] * 18 + [4, 4, 0, 4, 4, 4] + [0] * 24, [0] * 48]
    assert format_week(infer_hours(calls, [8] * 7).hours.week) == "mon-fri 08:00-18:00; sat 09:00-12:00"


def test_a_very_large_centre_is_closed_at_night() -> None:
    week = "mon-fri 09:00-21:00; sat 10:00-18:00"
    calls = simulated(parse_week(week), per_date=1000, weeks=26, strays=30, seed=3)
    assert format_week(infer_hours(calls, [26] * 7).hours.week) == week


def test_without_answered_calls_nothing_is_inferred() -> None:
    found = infer_hours([[0] * 48] * 7, [4] * 7)
    assert found.hours.week == {}
    assert (found.answered, found.inside, found.usual_per_date) == (0, 0, 0.0)


@pytest.mark.parametrize(("rows", "slots", "dates"), [(6, 48, 7), (7, 24, 7), (7, 48, 5)])
def test_another_shape_is_refused(rows: int, slots: int, dates: int) -> None:
    with pytest.raises(ValueError, match="48 half-hours"):
        infer_hours([[0] * slots] * rows, [1] * dates)
