from __future__ import annotations

from dataclasses import replace
from datetime import date

from decroche.simulate.calendar import days_of, season_factor, windows
from decroche.simulate.shapes import week
from decroche.simulate.world import Calendar, Season, Slack

QUEBEC = Calendar(country="CA", subdivision="QC")


def factors(start: date, days: int) -> dict[date, tuple[float, int]]:
    found = days_of(QUEBEC, zone="America/Toronto", start=start, days=days)
    return {day.day: (day.factor, day.shape_weekday) for day in found}


def test_labour_day_moves_the_monday_to_the_tuesday_after() -> None:
    around = factors(date(2026, 9, 3), 8)
    assert around == {
        date(2026, 9, 3): (1.0, 4),
        date(2026, 9, 4): (1.09, 5),
        date(2026, 9, 5): (1.0, 6),
        date(2026, 9, 6): (1.0, 7),
        date(2026, 9, 7): (0.2, 7),
        date(2026, 9, 8): (1.3, 1),
        date(2026, 9, 9): (1.1, 3),
        date(2026, 9, 10): (1.0, 4),
    }


def test_the_25_june_is_like_a_monday() -> None:
    assert factors(date(2026, 6, 24), 2) == {date(2026, 6, 24): (0.2, 7), date(2026, 6, 25): (1.3, 1)}


def test_slack_days_multiply_and_include_both_ends() -> None:
    slack = Slack(first=date(2026, 3, 3), last=date(2026, 3, 4), factor=0.5)
    days = days_of(replace(QUEBEC, slack=(slack,)), zone="UTC", start=date(2026, 3, 2), days=4)
    assert [day.factor for day in days] == [1.0, 0.5, 0.5, 1.0]


def test_a_day_begins_by_the_clock_of_its_noon() -> None:
    before, change, after = days_of(QUEBEC, zone="America/Toronto", start=date(2026, 3, 7), days=3)
    assert change.base - before.base == 23 * 3600
    assert after.base - change.base == 24 * 3600


def test_a_season_peaks_on_its_day_each_year() -> None:
    season = Season(month=1, day=2, height=0.5, width_days=3)
    assert season_factor((season,), date(2027, 1, 2)) == 1.5
    assert season_factor((season,), date(2026, 12, 30)) == season_factor((season,), date(2027, 1, 5))
    assert season_factor((season,), date(2026, 7, 1)) == 1.0


def test_windows_close_on_holidays_and_join_at_midnight() -> None:
    days = days_of(QUEBEC, zone="UTC", start=date(2026, 9, 6), days=4)
    night = windows(days, week(range(1, 8), (0, 1440)), closed_on_holidays=True)
    assert night == [(days[0].base, days[1].base), (days[2].base, days[3].base + 86_400)]
