"""Simulated calls without end, in order of time, and the clock of the demonstration."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, date, datetime, timedelta
from itertools import islice, takewhile
from zoneinfo import ZoneInfo

import pytest

from decroche.model.call import MissedReason
from decroche.simulate.dealership import dealership_quebec
from decroche.simulate.presets import contact_centre, garage_lyon
from decroche.simulate.timetable import Placed, Timelapse, in_order_of_time, monday_rush, without_end
from decroche.simulate.world import World

BEGAN = datetime(2026, 11, 22, 21, 0, tzinfo=UTC)


def weeks(number: int, *, seed: int = 3) -> list[Placed]:
    first = date(2026, 11, 16)
    until = datetime(2026, 11, 16, tzinfo=UTC) + timedelta(weeks=number)
    calls = without_end(garage_lyon(), seed=seed, first=first)
    return list(takewhile(lambda call: call.story.started_at < until, calls))


def test_calls_go_on_in_order_of_start_and_each_has_a_number_of_its_own() -> None:
    calls = weeks(5)
    starts = [call.story.started_at for call in calls]
    assert starts == sorted(starts)
    assert len({call.story.number for call in calls}) == len(calls)
    by_week = [sum(start.isocalendar().week == week for start in starts) for week in range(47, 52)]
    assert all(number > 200 for number in by_week)
    assert calls == weeks(5)
    assert calls != weeks(5, seed=4)


def test_every_call_keeps_the_truth_that_no_phone_system_tells() -> None:
    calls = weeks(1)
    for call in calls:
        answered = call.story.answered_at is not None
        if call.truth["reason"] is not None:
            assert not answered
            assert call.story.closed == (call.truth["reason"] == MissedReason.AFTER_HOURS)
        exact = datetime.fromtimestamp(call.truth["exact_start"], UTC)
        assert call.story.started_at == exact
    assert any(call.truth["attempt"] > 1 for call in calls)


def test_what_happens_comes_in_order_of_time_and_nothing_is_left_out() -> None:
    calls = weeks(1)
    steps = list(in_order_of_time(calls))
    assert [step.at for _, step in steps] == sorted(step.at for _, step in steps)
    for call in calls:
        assert [step for placed, step in steps if placed is call] == sorted(call.story.steps, key=lambda step: step.at)


def test_what_happens_is_told_before_the_calls_long_after_it_are_made_up() -> None:
    made: list[Placed] = []

    def counted() -> Iterator[Placed]:
        for call in without_end(garage_lyon(), seed=3, first=date(2026, 11, 16)):
            made.append(call)
            yield call

    told = list(islice(in_order_of_time(counted()), 20))
    assert len(told) == 20
    assert len(made) < 25


@pytest.mark.parametrize("world", [garage_lyon(), dealership_quebec(), contact_centre()], ids=lambda world: world.name)
@pytest.mark.parametrize("now", [BEGAN, datetime(2026, 11, 23, 8, 0, tzinfo=UTC), datetime(2026, 1, 1, tzinfo=UTC)])
def test_the_demonstration_begins_on_the_monday_before(world: World, now: datetime) -> None:
    begins = monday_rush(world, now)
    local = begins.astimezone(ZoneInfo(world.zone))
    assert begins <= now < begins + timedelta(days=14)
    assert (local.isoweekday(), local.hour, local.minute) == (1, 8, 45)


def test_a_monday_that_is_a_holiday_is_left_out() -> None:
    easter_monday = datetime(2026, 4, 6, 12, tzinfo=UTC)
    assert monday_rush(garage_lyon(), easter_monday).date() == date(2026, 3, 30)


def test_the_clock_of_the_demonstration_is_faster_and_can_be_read_back() -> None:
    clock = Timelapse(began=BEGAN, shows=BEGAN - timedelta(days=6), speed=12)
    later = BEGAN + timedelta(seconds=10)
    assert clock.shown(BEGAN) == BEGAN - timedelta(days=6)
    assert clock.shown(later) == BEGAN - timedelta(days=6) + timedelta(seconds=120)
    assert clock.reached(clock.shown(later)) == later
