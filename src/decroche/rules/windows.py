"""The hours in which a contact may leave, in the person's own time, holidays included, and the next such instant."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from datetime import UTC, date, datetime, time, timedelta
from functools import lru_cache
from zoneinfo import ZoneInfo

from decroche.rules.case import Case
from decroche.rules.holidays import UnknownPlace, public_holidays
from decroche.rules.rulebook import Rule
from decroche.rules.ruling import Finding, Verdict

_WEEK = ("mon", "tue", "wed", "thu", "fri", "sat", "sun")
_DAY = timedelta(days=1)
#: No set of rules that can be kept closes for longer.
_HORIZON = timedelta(days=21)


def window(rule: Rule, case: Case) -> Iterator[Finding]:
    """Outside the hours of the rule: delayed until they begin."""
    opens = opening(rule, case, case.at)
    if opens is None:
        yield rule.found(Verdict.REFUSE, "never_open")
    elif opens > case.at:
        zone = case.zones[0]
        here, then = case.at.astimezone(zone), opens.astimezone(zone)
        closed = _holiday(rule, case, zone, here.date())
        yield rule.found(
            Verdict.DELAY,
            "holiday" if closed else "outside_hours",
            until=opens,
            day=then.date(),
            hour=then.hour + then.minute / 60,
            **({"on": here.date()} if closed else {"now": here.hour + here.minute / 60}),
        )


def first_opening(rules: Iterable[Rule], case: Case, *, after: datetime) -> datetime | None:
    """The first instant from ``after`` on at which every window is open; None where there is none in sight.

    A window counts only on days on which its rule holds.
    """
    windows = tuple(rules)
    moment = after
    while moment - after <= _HORIZON:
        later = moment
        for rule in windows:
            if not case.concerned(rule, moment=later):
                continue
            opens = opening(rule, case, later)
            if opens is None:
                return None
            later = opens
        if later == moment:
            return moment
        moment = later
    return None


def opening(rule: Rule, case: Case, moment: datetime) -> datetime | None:
    """The first instant from ``moment`` on at which the rule is open in every zone of the person."""
    start = moment
    while moment - start <= _HORIZON:
        if _exempt(rule, case, moment):
            return moment
        later = moment
        for zone in case.zones:
            opens = _opening_here(rule, case, zone, later)
            if opens is None:
                return None
            later = opens
        if later == moment:
            return moment
        moment = later
    return None


def _exempt(rule: Rule, case: Case, moment: datetime) -> bool:
    known, numbers = case.known, rule.numbers
    if minutes := numbers.get("fresh_minutes"):
        asked = known.request.asked_at if known.request else None
        signs = (case.outreach.missed_at, known.last_heard_at, asked)
        if any(sign is not None and timedelta(0) <= moment - sign < timedelta(minutes=minutes) for sign in signs):
            return True
    slot = known.request.slot if known.request else None
    return bool(numbers.get("unless_slot")) and slot is not None and slot[0] <= moment < slot[1]


def _opening_here(rule: Rule, case: Case, zone: ZoneInfo, moment: datetime) -> datetime | None:
    week = _week(tuple((days, tuple(periods)) for days, periods in rule.numbers["hours"].items()))
    day = moment.astimezone(zone).date()
    for offset in range(_HORIZON.days):
        on = day + offset * _DAY
        if _holiday(rule, case, zone, on):
            continue
        for begins, ends in week[on.weekday()]:
            if moment < _instant(on, ends, zone):
                return max(moment, _instant(on, begins, zone))
    return None


def _instant(day: date, minutes: int, zone: ZoneInfo) -> datetime:
    midnight = datetime.combine(day + _DAY * (minutes // 1440), time(), zone)
    return (midnight + timedelta(minutes=minutes % 1440)).astimezone(UTC)


def _holiday(rule: Rule, case: Case, zone: ZoneInfo, day: date) -> bool:
    kind = rule.numbers.get("holidays")
    if not kind:
        return False
    country, subdivision = case.home
    return day in _holidays(country, subdivision if kind == "local" else None, day.year)


@lru_cache(maxsize=256)
def _holidays(country: str, subdivision: str | None, year: int) -> frozenset[date]:
    try:
        return frozenset(public_holidays(country, subdivision, [year]))
    except UnknownPlace:
        return _holidays(country, None, year) if subdivision else frozenset()


Periods = Sequence[tuple[int, int]]


@lru_cache(maxsize=256)
def _week(hours: tuple[tuple[str, tuple[str, ...]], ...]) -> tuple[Periods, ...]:
    """The periods of each weekday, in minutes after midnight, of ``("mon-fri", ("10:00-13:00",))``."""
    week: list[list[tuple[int, int]]] = [[] for _ in _WEEK]
    for days, periods in hours:
        first, _, last = days.partition("-")
        for number in range(_WEEK.index(first), _WEEK.index(last or first) + 1):
            for period in periods:
                begins, _, ends = period.partition("-")
                week[number].append((_minutes(begins), _minutes(ends)))
    return tuple(sorted(each) for each in week)


def _minutes(clock: str) -> int:
    hours, _, minutes = clock.partition(":")
    return int(hours) * 60 + int(minutes)
