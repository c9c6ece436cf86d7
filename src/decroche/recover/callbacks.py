"""When somebody who was not reached may be called next: at another hour than before, never too often, in our hours.

Nothing here is decided twice: the rules of the country are asked for each moment, through the function that is passed.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta, tzinfo
from enum import StrEnum

from decroche.model.hours import OpeningHours
from decroche.recover.playbook import Attempts
from decroche.rules.ruling import Ruling, Verdict
from decroche.understand.hours import is_open

#: The moments that are looked at lie so far apart, and nobody is called later than the last of them.
_STEP, _HORIZON = timedelta(minutes=15), timedelta(days=14)
_DAY = timedelta(days=1)


class Why(StrEnum):
    """Why a call is made when it is, or not at all."""

    AT_ONCE = "at_once"
    PROMISED = "promised"
    CLOSED = "closed"
    SAME_HOUR = "same_hour"
    ENOUGH_TODAY = "enough_today"
    RULES = "rules"
    ALL_TRIED = "all_tried"
    REFUSED = "refused"
    NO_TIME_LEFT = "no_time_left"


@dataclass(frozen=True, slots=True, kw_only=True)
class NextCall:
    """When to call next; None: not any more. ``why`` has what stood in the way of calling earlier, or at all.

    ``ruling`` is what the rules say of that moment, or what they say against any.
    """

    at: datetime | None
    why: tuple[Why, ...]
    ruling: Ruling | None = None


def next_call(
    *,
    now: datetime,
    tried: Sequence[datetime],
    limits: Attempts,
    hours: OpeningHours | None,
    zone: tzinfo,
    rules: Callable[[datetime], Ruling],
    slot: tuple[datetime, datetime] | None = None,
) -> NextCall:
    """The first moment at which the person may be called.

    ``tried`` are the calls of this episode that reached nobody. Between any two of them lie ``limits.apart``, and as
    many hours of the clock: who does not answer at nine is called in the afternoon, not at nine again. Where our hours
    leave no such moment, another day at the same hour will do. A ``slot`` that the person chose and that is not over is
    a promise: hours, limits and other attempts do not stand in its way, the rules do. ``hours`` None: always open.
    """
    if slot is not None and now < slot[1]:
        return _promised(max(now, slot[0]), slot[1], rules)
    if len(tried) >= limits.in_all:
        return NextCall(at=None, why=(Why.ALL_TRIED,))
    found = _search(now, tried, limits, hours, zone, rules, other_hours=True)
    if found.at is None and found.why[-1] is Why.NO_TIME_LEFT:
        found = _search(now, tried, limits, hours, zone, rules, other_hours=False)
    return found


def _promised(moment: datetime, until: datetime, rules: Callable[[datetime], Ruling]) -> NextCall:
    ruling = rules(moment)
    if ruling.verdict is Verdict.DELAY and ruling.until is not None and ruling.until < until:
        return NextCall(at=ruling.until, why=(Why.PROMISED, Why.RULES), ruling=ruling)
    if ruling.verdict is Verdict.ALLOW:
        return NextCall(at=moment, why=(Why.PROMISED,), ruling=ruling)
    return NextCall(at=None, why=(Why.REFUSED,), ruling=ruling)


def _search(
    now: datetime,
    tried: Sequence[datetime],
    limits: Attempts,
    hours: OpeningHours | None,
    zone: tzinfo,
    rules: Callable[[datetime], Ruling],
    *,
    other_hours: bool,
) -> NextCall:
    why: dict[Why, None] = {}
    asked_again_at = now
    for moment in _moments(now):
        if moment < asked_again_at:
            continue
        against = _against(moment, tried, limits, hours, zone, other_hours=other_hours)
        if against is not None:
            why[against] = None
            continue
        ruling = rules(moment)
        if ruling.verdict is Verdict.ALLOW:
            return NextCall(at=moment, why=tuple(why) or (Why.AT_ONCE,), ruling=ruling)
        later = _later(ruling)
        if later is None:
            return NextCall(at=None, why=(*why, Why.REFUSED), ruling=ruling)
        why[Why.RULES] = None
        asked_again_at = max(later, moment + _STEP)
    return NextCall(at=None, why=(*why, Why.NO_TIME_LEFT))


def _moments(now: datetime) -> Iterator[datetime]:
    """``now``, then each quarter of an hour."""
    yield now
    moment = now.replace(minute=now.minute // 15 * 15, second=0, microsecond=0)
    while (moment := moment + _STEP) < now + _HORIZON:
        yield moment


def _against(
    moment: datetime,
    tried: Sequence[datetime],
    limits: Attempts,
    hours: OpeningHours | None,
    zone: tzinfo,
    *,
    other_hours: bool,
) -> Why | None:
    """What of our own stands in the way of a call at ``moment``."""
    local = moment.astimezone(zone).replace(tzinfo=None)
    if hours is not None and not is_open(local, hours):
        return Why.CLOSED
    clocks = [each.astimezone(zone).replace(tzinfo=None) for each in tried]
    if sum(each.date() == local.date() for each in clocks) >= limits.per_day:
        return Why.ENOUGH_TODAY
    near = any(moment - each < limits.apart for each in tried)
    if near or (other_hours and any(_between(local, each) < limits.apart for each in clocks)):
        return Why.SAME_HOUR
    return None


def _between(one: datetime, other: datetime) -> timedelta:
    """How far two clock times lie apart, whatever their days: 23:00 and 1:00 by two hours."""
    apart = (one - other) % _DAY
    return min(apart, _DAY - apart)


def _later(ruling: Ruling) -> datetime | None:
    """When to ask the rules again; None when time does not help."""
    if ruling.verdict is Verdict.DELAY:
        return ruling.until
    untils = [finding.until for finding in ruling.against]
    return max((until for until in untils if until is not None), default=None) if None not in untils else None
