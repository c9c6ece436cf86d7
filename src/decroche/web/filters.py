"""Reads from the address of a list what is wanted of it: days of the business, known words, where it goes on."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass, replace
from datetime import UTC, date, datetime, time, timedelta
from urllib.parse import urlencode
from zoneinfo import ZoneInfo

from starlette.requests import Request

from decroche.language import Language
from decroche.ledger.account import Cursor
from decroche.web.addresses import changed

#: Days outside of these are nobody's calls, and would not fit into a moment of every zone.
_FIRST, _LAST = date(1990, 1, 1), date(2200, 1, 1)
_LONGEST_WORD = 200
#: The periods that lists offer besides one's own: their names, and their first and last day counted back from today.
_PRESETS = (("today", 0, 0), ("yesterday", 1, 1), ("week", 6, 0), ("month", 29, 0))


@dataclass(frozen=True, slots=True, kw_only=True)
class Period:
    """Days of the business, the last one included. ``wrong`` says why what was asked for is not shown.

    ``exact``: the address asks for the moments ``[since, until)``, as those do that figures lead to.
    """

    since: date
    until: date
    wrong: str | None = None
    exact: tuple[datetime, datetime] | None = None

    def moments(self, zone: ZoneInfo) -> tuple[datetime, datetime]:
        """The period as ``[since, until)`` in UTC."""
        return self.exact or (midnight(self.since, zone), midnight(self.until + timedelta(days=1), zone))

    def words(self) -> dict[str, str]:
        """The period as an address asks for it."""
        if self.exact is not None:
            since, until = (f"{each.astimezone(UTC):%Y-%m-%dT%H:%M:%SZ}" for each in self.exact)
            return {"since": since, "until": until}
        return {"since": self.since.isoformat(), "until": self.until.isoformat()}


@dataclass(frozen=True, slots=True, kw_only=True)
class Presets:
    """The periods that a list offers, as its tabs want them; ``now`` is the name of the one that is shown, or empty."""

    tabs: tuple[tuple[str, str, str], ...]
    now: str


def midnight(day: date, zone: ZoneInfo) -> datetime:
    """The beginning of a day of the business, in UTC."""
    return datetime.combine(day, time(), zone).astimezone(UTC)


def period_of(request: Request, language: Language, *, today: date, days: int, zone: ZoneInfo) -> Period:
    """The period that an address asks for with ``since`` and ``until``, days or moments; else the last ``days``."""
    usual = Period(since=today - timedelta(days=days - 1), until=today)
    since, until = (request.query_params.get(name, "") for name in ("since", "until"))
    if not since and not until:
        return usual
    if "T" in since and "T" in until:
        return _exact(since, until, zone) or replace(usual, wrong=language.say("filters.no_day"))
    first, last = _day(since), _day(until)
    if (since and first is None) or (until and last is None):
        return replace(usual, wrong=language.say("filters.no_day"))
    last = last or max(today, first or today)
    first = first or min(usual.since, last)
    if last < first:
        return Period(since=last, until=first, wrong=language.say("filters.turned"))
    return Period(since=first, until=last)


def presets(address: str, language: Language, period: Period, *, today: date) -> Presets:
    """The tabs above a list: the usual periods, each with the other filters kept."""
    tabs, now = [], ""
    for name, back, to in _PRESETS:
        first, last = today - timedelta(days=back), today - timedelta(days=to)
        where = changed(address, since=first.isoformat(), until=last.isoformat())
        tabs.append((name, language.say(f"filters.period.{name}"), where))
        if period.exact is None and (period.since, period.until) == (first, last):
            now = name
    return Presets(tabs=tuple(tabs), now=now)


def word_of(request: Request, name: str, known: Collection[str]) -> str | None:
    """A word of a list that is known; None for any other."""
    word = request.query_params.get(name, "")
    return word if word in known else None


def name_of(request: Request, name: str) -> str | None:
    """A name of the business's own, such as a queue; None when nothing is asked for."""
    return request.query_params.get(name, "")[:_LONGEST_WORD].strip() or None


def day_of(request: Request, name: str) -> date | None:
    """A day of an address; None where there is none, or it is no day."""
    return _day(request.query_params.get(name, ""))


def cursor_of(request: Request) -> Cursor | None:
    """Where a list goes on, as ``going_on_at`` wrote it; None at its beginning, or where it makes no sense."""
    moment, _, id = request.query_params.get("after", "").partition("~")
    try:
        found = datetime.fromisoformat(moment)
    except ValueError:
        return None
    return (found, id) if found.tzinfo is not None and id else None


def going_on_at(cursor: Cursor | None) -> str | None:
    """A cursor for an address."""
    return None if cursor is None else f"{cursor[0].astimezone(UTC).isoformat().replace('+00:00', 'Z')}~{cursor[1]}"


def with_words(path: str, **values: str | None) -> str:
    """An address with these parameters, without those that are None."""
    query = urlencode([(name, value) for name, value in values.items() if value])
    return f"{path}?{query}" if query else path


def _exact(since: str, until: str, zone: ZoneInfo) -> Period | None:
    try:
        first, last = (datetime.fromisoformat(each) for each in (since, until))
    except ValueError:
        return None
    told = first.tzinfo is not None and last.tzinfo is not None
    if not told or not (first.date() >= _FIRST and last.date() <= _LAST and first < last):
        return None
    until_day = (last - timedelta(microseconds=1)).astimezone(zone).date()
    return Period(since=first.astimezone(zone).date(), until=until_day, exact=(first, last))


def _day(word: str) -> date | None:
    try:
        found = date.fromisoformat(word)
    except ValueError:
        return None
    return found if _FIRST <= found <= _LAST else None
