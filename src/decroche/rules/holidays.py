"""Public holidays by country and region, named in French or English, and the bridges that people take beside them.

The dates come from the ``holidays`` package; what the law of a place says otherwise is corrected here.
"""

from __future__ import annotations

import re
from collections.abc import Collection, Iterable, Mapping
from datetime import date, timedelta
from enum import StrEnum
from functools import lru_cache

import holidays as published

MONDAY, TUESDAY, THURSDAY, SUNDAY = 1, 2, 4, 7
ONE_DAY = timedelta(days=1)

#: The departments where the local law of Alsace and Moselle adds Good Friday and 26 December.
_ALSACE_MOSELLE = frozenset({"57", "67", "68", "6AE"})
#: Departments and regions of metropolitan France as people and ISO 3166-2 write them: they have the national days.
_METROPOLITAN = re.compile(r"0[1-9]|[1-8]\d|9[0-5]|2[AB]|20R|ARA|BFC|BRE|COR|CVL|GES|HDF|IDF|NAQ|NOR|OCC|PAC|PDL")


class QuebecEaster(StrEnum):
    """Which day of Easter a Québec employer gives: the law leaves the choice."""

    GOOD_FRIDAY = "good_friday"
    EASTER_MONDAY = "easter_monday"


class UnknownPlace(ValueError):
    """No calendar of holidays is known for this country, or for this subdivision of it."""

    def __init__(self, country: str, subdivision: str | None) -> None:
        super().__init__(f"no holidays are known for {country}{f' {subdivision}' if subdivision else ''}")
        self.country = country
        self.subdivision = subdivision


def public_holidays(
    country: str,
    subdivision: str | None,
    years: Iterable[int],
    language: str = "fr",
    *,
    quebec_easter: QuebecEaster = QuebecEaster.GOOD_FRIDAY,
    added: Mapping[date, str] | None = None,
    removed: Collection[date] = (),
) -> dict[date, str]:
    """The public holidays of ``years`` by date, in order, with their names.

    ``country`` is an ISO 3166 code (``FR``), also with its subdivision (``CA-QC``). ``subdivision`` is a code or a
    name: ``Alsace-Moselle`` or one of its departments, a canton, a province; None is the national list. In Switzerland
    only four days are national, so name the canton. ``language`` is ``fr``, ``fr-CA`` or ``en``; a country whose names
    are not known in it is named in English, else in its own language.

    Québec has the eight days of its labour standards: no other day is observed for Christmas or New Year's Day, and a
    24 June or 1 July that is a Sunday is a holiday together with the Monday. ``added`` and ``removed`` are the user's
    own changes, applied last; they may lie outside ``years``. Raises ``UnknownPlace``.
    """
    code, _, rest = country.strip().upper().partition("-")
    place = subdivision or rest or None
    wanted = sorted(set(years))
    if code == "CA" and _is_quebec(place):
        found = _quebec(wanted, language, quebec_easter)
    else:
        found = dict(_published(code, _french_place(place) if code == "FR" else place, tuple(wanted), language))
    found |= added or {}
    return {day: found[day] for day in sorted(found) if day not in removed}


def bridge_days(holidays: Mapping[date, str]) -> dict[date, str]:
    """The days between a holiday and a week-end, with the name of the holiday: Monday before a Tuesday, Friday after a
    Thursday, unless it is a holiday itself. The French take them as ponts; they are ordinary days for the law.
    """
    bridges = {}
    for day, name in sorted(holidays.items()):
        if day.isoweekday() not in (TUESDAY, THURSDAY):
            continue
        bridge = day - ONE_DAY if day.isoweekday() == TUESDAY else day + ONE_DAY
        if bridge not in holidays:
            bridges[bridge] = name
    return bridges


def _is_quebec(place: str | None) -> bool:
    return place is not None and place.casefold() in {"qc", "quebec", "québec"}


def _french_place(place: str | None) -> str | None:
    if place is None:
        return None
    code = place.strip().upper()
    if code in _ALSACE_MOSELLE or code in {"ALSACE", "MOSELLE", "ALSACE-MOSELLE"}:
        return "57"
    return None if _METROPOLITAN.fullmatch(code) else place


@lru_cache(maxsize=256)
def _published(
    country: str, place: str | None, years: tuple[int, ...], language: str, *, observed: bool = True
) -> Mapping[date, str]:
    try:
        calendar = published.country_holidays(country, subdiv=place)
        chosen = _language(calendar.supported_languages, language)
        calendar = published.country_holidays(
            country, subdiv=place, years=years, language=chosen, observed=observed, expand=False
        )
    except NotImplementedError as error:
        raise UnknownPlace(country, place) from error
    return {day: _name(name, country) for day, name in calendar.items()}


def _language(known: tuple[str, ...], language: str) -> str | None:
    """The best of the ``known`` languages; None leaves the country's own."""
    exact = language.replace("-", "_")
    english = ("en_CA", "en_GB", "en_US")
    preferred = (exact, "fr", "fr_HT", "fr_MC", *english) if exact.startswith("fr") else (exact, *english)
    return next((name for name in preferred if name in known), None)


def _name(name: str, country: str) -> str:
    """Two holidays of one day are joined by a slash; English is spelled as in the country."""
    name = name.replace("; ", " / ")
    return name if country == "US" else name.replace("Labor Day", "Labour Day")


def _quebec(years: list[int], language: str, easter: QuebecEaster) -> dict[date, str]:
    found = dict(_published("CA", "QC", tuple(years), language, observed=False))
    french = language.startswith("fr")
    for year in years:
        for fixed in (date(year, 6, 24), date(year, 7, 1)):
            if fixed in found and fixed.isoweekday() == SUNDAY:
                found[fixed + ONE_DAY] = f"{found[fixed]} ({'jour reporté' if french else 'observed'})"
    if easter is QuebecEaster.EASTER_MONDAY:
        fridays = [day for day in found if day.month in (3, 4)]
        for friday in fridays:
            del found[friday]
            found[friday + 3 * ONE_DAY] = "Lundi de Pâques" if french else "Easter Monday"
    return found
