"""Reads from the address of a page of figures which days they are of, and which site, department, queue or line."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import date, datetime, timedelta
from urllib.parse import urlencode
from zoneinfo import ZoneInfo

from fastapi.exceptions import HTTPException
from starlette.requests import Request

from decroche.language import Language
from decroche.model.board import Dimension, Period, Scope
from decroche.model.hours import HourClass
from decroche.model.member import Right
from decroche.prove.opening import NONE
from decroche.web.access import Visit

#: The periods that are offered. Those of a number of days end with yesterday: a day that goes on is no whole one.
PRESETS = ("today", "yesterday", "week", "days28", "month", "quarter", "year")
USUAL = "days28"
#: By what the filters narrow.
FILTERED = (Dimension.SITE, Dimension.DEPARTMENT, Dimension.QUEUE, Dimension.LINE)
_FIRST, _LAST = date(1990, 1, 1), date(2200, 1, 1)
_LONGEST_DAYS, _LONGEST_NAME = 1100, 200


@dataclass(frozen=True, slots=True, kw_only=True)
class Asked:
    """What figures are asked of. ``preset`` names the period where it has a name; ``wrong`` says what was not read."""

    period: Period
    scope: Scope
    preset: str = ""
    wrong: str | None = None

    def words(self) -> dict[str, str]:
        """The same as the parameters of an address."""
        days = {"since": self.period.start.isoformat(), "until": self.last.isoformat()}
        return {**({"period": self.preset} if self.preset else days), **words_of(self.scope)}

    def at(self, path: str, **more: str | None) -> str:
        """The address of another page of figures with the same filters, some of them changed or (None) left out."""
        kept = self.words()
        if more.get("since"):
            kept.pop("period", None)
        return with_words(path, {name: value for name, value in {**kept, **more}.items() if value})

    def of_day(self, path: str, day: date) -> str:
        """The same page of one day."""
        return self.at(path, since=day.isoformat(), until=day.isoformat())

    @property
    def last(self) -> date:
        """The last day of the period."""
        return self.period.end - timedelta(days=1)

    @property
    def narrowed(self) -> bool:
        """Whether it is not of all calls."""
        return bool(words_of(self.scope))


def words_of(scope: Scope) -> dict[str, str]:
    """A scope as the parameters of an address."""
    return {name: value or NONE for name, value in scope.told().items()}


def with_words(path: str, words: Mapping[str, str]) -> str:
    """``path`` with the parameters ``words``."""
    return f"{path}?{urlencode(words)}" if words else path


def asked_of(request: Request, here: Visit, now: datetime) -> Asked:
    """What an address asks for. Raises HTTPException 403 for figures of one agent without the right to them."""
    told = request.query_params
    scope = Scope(
        **{each.value: _name(told.get(each.value, "")) for each in FILTERED},
        agent=_name(told.get("agent", "")),
        hour_class=_hour_class(told.get("hour_class", "")),
        within=None if here.sites is None else tuple(sorted(here.sites)),
    )
    if scope.agent is not None and not here.may(Right.SUPERVISE):
        raise HTTPException(403)
    today = now.astimezone(_zone(here, scope.site)).date()
    usual = Asked(period=period_named(USUAL, today), scope=scope, preset=USUAL)
    since, until = told.get("since", ""), told.get("until", "")
    if not since and not until:
        preset = told.get("period", USUAL)
        return usual if preset not in PRESETS else replace(usual, period=period_named(preset, today), preset=preset)
    return _own_days(usual, since, until, today)


def _own_days(usual: Asked, since: str, until: str, today: date) -> Asked:
    first, last = _day(since), _day(until)
    if (since and first is None) or (until and last is None):
        return replace(usual, wrong="asked.no_day")
    last = last or max(today, first or today)
    first = first or min(last, usual.period.start)
    if last < first:
        return replace(usual, wrong="asked.turned")
    period = Period(first, last + timedelta(days=1))
    if period.days > _LONGEST_DAYS:
        return replace(usual, wrong="asked.too_long")
    preset = next((each for each in PRESETS if period_named(each, today) == period), "")
    return replace(usual, period=period, preset=preset)


def period_named(preset: str, today: date) -> Period:
    """The days of a preset."""
    tomorrow = today + timedelta(days=1)
    match preset:
        case "today":
            return Period(today, tomorrow)
        case "yesterday":
            return Period(today - timedelta(days=1), today)
        case "week":
            return Period(today - timedelta(days=7), today)
        case "month":
            return Period(today.replace(day=1), tomorrow)
        case "quarter":
            return Period(today.replace(month=1 + (today.month - 1) // 3 * 3, day=1), tomorrow)
        case "year":
            return Period(today.replace(month=1, day=1), tomorrow)
    return Period(today - timedelta(days=28), today)


def said_period(period: Period, language: Language) -> str:
    """« du 9 au 15 novembre 2026 », or the one day."""
    last = period.end - timedelta(days=1)
    if period.days == 1:
        return language.say("asked.one_day", day=f"{language.weekday(last.isoweekday())} {language.date(last)}")
    return language.say("asked.days", first=language.date(period.start), last=language.date(last))


def _zone(here: Visit, site: str | None) -> ZoneInfo:
    zones = {row["name"]: row["zone"] for row in here.account.sites()} if site else {}
    return ZoneInfo(zones.get(site) or here.zone.key)


def _name(told: str) -> str | None:
    name = told[:_LONGEST_NAME].strip()
    return "" if name == NONE else name or None


def _hour_class(told: str) -> str | None:
    return "" if told == NONE else told if told in set(HourClass) else None


def _day(word: str) -> date | None:
    try:
        found = date.fromisoformat(word)
    except ValueError:
        return None
    return found if _FIRST <= found <= _LAST else None
