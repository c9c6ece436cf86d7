"""The calendars of the countries that Décroche serves, against the laws and the published dates."""

from __future__ import annotations

from datetime import date

import pytest

from decroche.rules.construction_holiday import (
    BadPeriods,
    Season,
    construction_holiday_on,
    construction_holidays,
    known_periods,
    parse_periods,
)
from decroche.rules.holidays import QuebecEaster, UnknownPlace, bridge_days, public_holidays

# country | subdivision | language | date | name (nothing: an ordinary day)
DAYS = """
FR    |                | fr    | 2026-05-14 | Ascension
FR    |                | en    | 2026-05-14 | Ascension Day
FR    |                | fr    | 2026-05-15 |
FR    |                | en    | 2026-05-01 | Labour Day
FR    |                | fr    | 2026-05-01 | Fête du Travail
FR    |                | fr    | 2026-12-26 |
FR    | Alsace-Moselle | fr    | 2026-12-26 | Saint-Étienne
FR    | Alsace-Moselle | fr    | 2026-04-03 | Vendredi saint
FR    | 67             | fr    | 2026-12-26 | Saint-Étienne
FR    | 68             | en    | 2026-04-03 | Good Friday
FR    | moselle        | fr    | 2026-12-26 | Saint-Étienne
FR    | 69             | fr    | 2026-12-26 |
FR    | GES            | fr    | 2026-07-14 | Fête nationale
FR    | 974            | fr    | 2026-12-20 | Abolition de l'esclavage
FR    |                | fr    | 2008-05-01 | Ascension / Fête du Travail
CA-QC |                | fr-CA | 2026-04-03 | Vendredi saint
CA-QC |                | fr-CA | 2026-04-06 |
CA    | QC             | fr    | 2029-06-24 | Fête nationale du Québec
CA    | QC             | fr    | 2029-06-25 | Fête nationale du Québec (jour reporté)
CA    | Québec         | en    | 2029-07-01 | Canada Day
CA    | QC             | en    | 2029-07-02 | Canada Day (observed)
CA    | QC             | fr    | 2027-12-27 |
CA    | QC             | fr    | 2028-01-03 |
CA    | QC             | en    | 2026-09-07 | Labour Day
CA    | ON             | en    | 2027-12-27 | Christmas Day (observed)
BE    |                | fr    | 2026-07-21 | Fête nationale
BE    |                | fr    | 2026-05-14 | Ascension
CH    | GE             | fr    | 2026-09-10 | Jeûne genevois
CH    | Genève         | fr    | 2026-12-31 | Restauration de la République
CH    | VD             | fr    | 2026-09-10 |
CH    | ZH             | en    | 2026-05-01 | Labour Day
US    |                | fr    | 2026-09-07 | Labor Day
IL    |                | en    | 1999-09-11 | Rosh Hashanah
"""


@pytest.mark.parametrize("line", DAYS.strip().splitlines())
def test_the_calendar_of_a_place(line: str) -> None:
    country, subdivision, language, day, name = (cell.strip() for cell in line.split("|"))
    when = date.fromisoformat(day)
    assert public_holidays(country, subdivision or None, [when.year], language).get(when, "") == name


def test_quebec_has_the_eight_days_of_its_law() -> None:
    assert len(public_holidays("CA", "QC", [2026])) == 8
    assert len(public_holidays("CA", "QC", [2027, 2028])) == 16


def test_a_quebec_employer_may_give_easter_monday() -> None:
    days = public_holidays("CA", "QC", [2026], "en", quebec_easter=QuebecEaster.EASTER_MONDAY)
    assert days[date(2026, 4, 6)] == "Easter Monday"
    assert date(2026, 4, 3) not in days
    assert len(days) == 8
    french = public_holidays("CA", "QC", [2024], "fr", quebec_easter=QuebecEaster.EASTER_MONDAY)
    assert french[date(2024, 4, 1)] == "Lundi de Pâques"


def test_the_user_adds_and_removes_days() -> None:
    days = public_holidays(
        "FR", None, [2026], added={date(2026, 2, 3): "Fête du patron"}, removed=[date(2026, 5, 25), date(2026, 5, 26)]
    )
    assert days[date(2026, 2, 3)] == "Fête du patron"
    assert date(2026, 5, 25) not in days
    assert list(days) == sorted(days)
    assert len(days) == 11


def test_only_the_years_asked_for() -> None:
    assert {day.year for day in public_holidays("FR", None, [2025, 2027])} == {2025, 2027}


@pytest.mark.parametrize(("country", "subdivision"), [("XX", None), ("FR", "Bavaria"), ("CH", "QC"), ("", None)])
def test_a_place_without_calendar_is_said(country: str, subdivision: str | None) -> None:
    with pytest.raises(UnknownPlace):
        public_holidays(country, subdivision, [2026])


def test_a_bridge_lies_between_a_holiday_and_a_weekend() -> None:
    bridges = {
        year: sorted(day.isoformat()[5:] for day in bridge_days(public_holidays("FR", None, [year])))
        for year in (2026, 2027, 2028)
    }
    assert bridges == {2026: ["01-02", "05-15", "07-13"], 2027: ["05-07", "11-12"], 2028: ["05-26", "08-14"]}
    assert bridge_days(public_holidays("FR", None, [2026]))[date(2026, 5, 15)] == "Ascension"


def test_a_holiday_is_no_bridge() -> None:
    assert bridge_days({date(2026, 12, 24): "a", date(2026, 12, 25): "b"}) == {}


def test_every_published_construction_holiday_follows_the_rule() -> None:
    assert len(known_periods()) == 13
    for period in known_periods():
        computed = next(
            other for other in construction_holidays([period.first.year], periods=()) if other.season is period.season
        )
        assert (computed.first, computed.last) == (period.first, period.last)
        assert period.confirmed
        assert not computed.confirmed


CONSTRUCTION = """
2025-07-19 |
2025-07-20 | summer | yes
2025-08-02 | summer | yes
2025-08-03 |
2026-01-03 | winter | yes
2026-01-04 |
2026-07-18 |
2026-07-20 | summer | no
2026-12-20 | winter | no
2027-01-02 | winter | no
2027-07-18 | summer | no
"""


@pytest.mark.parametrize("line", CONSTRUCTION.strip().splitlines())
def test_the_construction_holiday_of_a_day(line: str) -> None:
    day, *rest = (cell.strip() for cell in line.split("|"))
    period = construction_holiday_on(date.fromisoformat(day))
    assert ([period.season.value, "yes" if period.confirmed else "no"] if period else [""]) == rest


def test_an_edited_table_has_the_last_word() -> None:
    edited = parse_periods('[[period]]\nseason = "summer"\nfirst = 2026-07-12\nlast = 2026-07-25\n')
    summer, winter = construction_holidays([2026], edited)
    assert (summer.first, summer.last, summer.confirmed) == (date(2026, 7, 12), date(2026, 7, 25), True)
    assert (winter.season, winter.confirmed) == (Season.WINTER, False)


@pytest.mark.parametrize(
    "text",
    [
        "period = 3",
        "[[period]]\nseason = 'summer'",
        "[[period]]\nseason = 'spring'\nfirst = 2026-07-12\nlast = 2026-07-25",
        "[[period]]\nseason = 'summer'\nfirst = 2026-07-25\nlast = 2026-07-12",
        "[[period]]\nseason = 'summer'\nfirst = 'July'\nlast = 2026-07-12",
        "[[period",
    ],
)
def test_a_table_that_cannot_be_read_is_refused(text: str) -> None:
    with pytest.raises(BadPeriods):
        parse_periods(text)
