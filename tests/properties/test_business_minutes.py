"""Business minutes are the minutes of which ``is_open`` says that they are open, and periods add up."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

from hypothesis import given
from hypothesis import strategies as st

from decroche.model.hours import OpeningHours
from decroche.understand.business_minutes import business_minutes
from decroche.understand.hours import is_open, parse_week

PARIS = ZoneInfo("Europe/Paris")
HOURS = OpeningHours(week=parse_week("mon-fri 8-12 14-18:30; sat 9-12; sun 22-4"))
#: From Thursday to Tuesday around both nights in which clocks change.
STARTS = st.sampled_from([datetime(2026, 3, 26, tzinfo=UTC), datetime(2026, 10, 22, tzinfo=UTC)])
MINUTES = st.integers(0, 5 * 1440)


def counted(start: datetime, end: datetime) -> float:
    return business_minutes(start, end, hours=HOURS, zone=PARIS)


@given(STARTS, MINUTES, st.integers(0, 600))
def test_they_are_the_open_minutes_one_by_one(first: datetime, after: int, length: int) -> None:
    start = first + timedelta(minutes=after)
    one_by_one = sum(
        is_open((start + timedelta(minutes=number)).astimezone(PARIS).replace(tzinfo=None), HOURS)
        for number in range(length)
    )
    assert counted(start, start + timedelta(minutes=length)) == one_by_one


@given(STARTS, st.lists(MINUTES, min_size=3, max_size=3))
def test_periods_add_up(first: datetime, minutes: list[int]) -> None:
    a, b, c = (first + timedelta(minutes=minute) for minute in sorted(minutes))
    assert counted(a, b) + counted(b, c) == counted(a, c)
    assert counted(c, a) == 0 or a == c
