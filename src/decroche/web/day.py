"""What happens today: calls, missed callers, promises and what is at stake, for the live page and the wallboard."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Any

from markupsafe import Markup

from decroche.language.problems import say_problems
from decroche.ledger import looking
from decroche.ledger.account import CallFilter, Row
from decroche.ledger.part_problems import read_problems
from decroche.ledger.reach import Reach
from decroche.model.fact import Progress
from decroche.model.member import Right
from decroche.telemetry import masked
from decroche.web.access import Services, Visit
from decroche.web.filters import midnight, with_words
from decroche.web.moments import clock, lasting, since
from decroche.web.people import who
from decroche.web.sharing import Part, Shared
from decroche.web.shown import number

#: How many calls, misses, journeys and promises the page lists; their counts say how many there are.
LISTED = 12
#: How far ahead promises are shown, and how long ago a time that nobody kept still is.
AHEAD, OVERDUE = timedelta(hours=4), timedelta(hours=24)
_UNANSWERED = frozenset({Progress.WAITING, Progress.RINGING, Progress.ARRIVING})


@dataclass(frozen=True, slots=True, kw_only=True)
class CallLine:
    """A call on the page. ``seconds`` is how long it has waited or talked; the browser counts on from there."""

    to: str
    who: str
    where: str
    agent: str
    progress: str
    outbound: bool
    seconds: int
    lasts: str


@dataclass(frozen=True, slots=True, kw_only=True)
class MissLine:
    """A missed call of today."""

    to: str
    at: str
    who: str
    where: str
    reason: str
    waited: str
    voicemail: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class JourneyLine:
    """Somebody who still has to be called back."""

    to: str
    who: str
    where: str
    since: str
    attempts: int


@dataclass(frozen=True, slots=True, kw_only=True)
class PromiseLine:
    """A call that somebody was promised; ``late``: its time has passed."""

    to: str | None
    who: str
    where: str
    at: str
    until: str
    late: bool
    booked: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class EndpointLine:
    """A phone system and how it is. ``platform`` is the name of its connector."""

    name: str
    platform: str
    problem: str | None
    heard: str | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Count:
    """A number of the day, ready to show, and the address of the list of what it counts."""

    number: int
    shown: str
    to: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Now:
    """What the moving part needs. Each ``more_…`` says how many a list leaves out; of promises, that there are more.

    ``said`` is what a screen reader is told now and then. ``longest_s`` is the longest wait of a caller, None when
    nobody waits. ``reach`` is whether platforms reach us, where one of them would deliver to us.
    """

    now: str
    said: str
    waiting: int
    longest_s: int | None
    longest: str
    talking: int
    answered: Count
    offered: int
    missed: Count
    open: Count
    recovered: Count
    in_progress: tuple[CallLine, ...]
    more_in_progress: int
    missed_calls: tuple[MissLine, ...]
    more_missed: int
    journeys: tuple[JourneyLine, ...]
    more_journeys: int
    promises: tuple[PromiseLine, ...]
    late: int
    more_promises: bool
    endpoints: tuple[EndpointLine, ...]
    reach: Reach | None


def moving(here: Visit, services: Services, shared: Shared, name: str, write: Callable[[Now], Markup]) -> Part:
    """What ``write`` makes of the day as it is now, made once for all who see the same."""
    now, connected = services.clock(), here.account.endpoints()
    key = (name, here.account.id, here.language.code, here.sites, here.may(Right.NUMBERS), here.zone.key)
    lights = tuple(
        (row["id"], row["name"], row["connector"], row["problem"], _minute(row["heard_at"])) for row in connected
    )
    return shared.part(
        key,
        revision=looking.latest_change(here.account),
        state=(lights, now.astimezone(here.zone).date()),
        now=now,
        make=lambda: write(now_of(here, services, connected, now)),
    )


def age(part: Part, services: Services) -> float:
    """How many seconds ago a part was made, by our clock and not that of a demonstration."""
    passed = (services.clock() - part.made_at).total_seconds() / (services.times_faster or 1)
    return round(max(0.0, passed), 1)


def _minute(moment: datetime | None) -> int:
    return 0 if moment is None else int(moment.timestamp() // 60)


def now_of(here: Visit, services: Services, connected: Sequence[Row], now: datetime) -> Now:
    """The day as it is ``now``."""
    account, language = here.account, here.language
    today = now.astimezone(here.zone).date()
    day = (midnight(today, here.zone), midnight(today + timedelta(days=1), here.zone))
    words = {"since": today.isoformat(), "until": today.isoformat()}
    # Who waits comes first: there is something to be done.
    going = sorted(looking.going_on(account), key=lambda row: row["progress"] not in _UNANSWERED)
    told = looking.verdicts(account, since=day[0], until=day[1])
    missed, _ = account.calls(CallFilter(since=day[0], until=day[1], disposition="missed"), limit=LISTED)
    open_, recovered = looking.open_and_recovered(account, since=day[0])
    waiting_people = looking.latest_open(account, limit=LISTED)
    promises = looking.promises_due(account, since=now - OVERDUE, until=now + AHEAD, limit=LISTED + 1)
    unanswered = [row for row in going if row["progress"] in _UNANSWERED]
    waits = [_seconds(row["started_at"], now) for row in unanswered if row["direction"] != "outbound"]
    longest = max(waits, default=None)
    return Now(
        now=clock(now, here.zone, language),
        said=language.say("live.said", waiting=len(unanswered), missed=told.missed, open=open_),
        waiting=len(unanswered),
        longest_s=longest,
        longest="" if longest is None else _counted(longest),
        talking=sum(row["progress"] == Progress.TALKING for row in going),
        answered=_count(told.answered, here, "/calls", **words, direction="inbound", disposition="answered"),
        offered=told.answered + told.missed,
        missed=_count(told.missed, here, "/calls", **words, direction="inbound", disposition="missed"),
        open=_count(open_, here, "/journeys", state="open", since=_a_quarter_ago(today)),
        recovered=_count(
            recovered, here, "/journeys", state="recovered", closed=today.isoformat(), since=_a_quarter_ago(today)
        ),
        in_progress=tuple(_call(row, now, here) for row in going[:LISTED]),
        more_in_progress=max(0, len(going) - LISTED),
        missed_calls=tuple(_miss(row, here) for row in missed),
        more_missed=told.missed - len(missed),
        journeys=tuple(_journey(row, now, here) for row in waiting_people),
        more_journeys=open_ - len(waiting_people),
        promises=tuple(_promise(each, now, here) for each in promises[:LISTED]),
        late=sum(each.until <= now for each in promises),
        more_promises=len(promises) > LISTED,
        endpoints=tuple(_endpoints(connected, now, here)),
        reach=account.reach() if services.deliveries_matter({row["connector"] for row in connected}) else None,
    )


def _a_quarter_ago(today: date) -> str:
    """From when the lists begin that numbers of all time open."""
    return (today - timedelta(days=90)).isoformat()


def _count(found: int, here: Visit, path: str, **words: str) -> Count:
    more = found > looking.COUNTED
    shown = here.language.number(min(found, looking.COUNTED))
    return Count(
        number=found,
        shown=here.language.say("today.more_than", number=shown) if more else shown,
        to=with_words(path, **words),
    )


def _seconds(start: datetime, now: datetime) -> int:
    return max(0, int((now - start).total_seconds()))


def _counted(seconds: int) -> str:
    return f"{seconds // 60}:{seconds % 60:02d}"


def _call(row: Row, now: datetime, here: Visit) -> CallLine:
    outbound = row["direction"] == "outbound"
    seconds = _seconds(row["answered_at"] or row["started_at"], now)
    return CallLine(
        to=f"/calls/{row['id']}",
        who=number(row["called"] if outbound else row["caller"], here),
        where=_where(row),
        agent=masked(row["agent"] or ""),
        progress=row["progress"],
        outbound=outbound,
        seconds=seconds,
        lasts=_counted(seconds),
    )


def _miss(row: Row, here: Visit) -> MissLine:
    waited, reason = row["wait_s"], row["reason"]
    known = reason not in (None, "unknown")
    return MissLine(
        to=f"/calls/{row['id']}",
        at=clock(row["started_at"], here.zone, here.language),
        who=number(row["caller"], here),
        where=_where(row),
        reason=here.language.say(f"reason.{reason}") if known else here.language.say("live.unanswered"),
        waited="" if waited is None else here.language.duration(waited),
        voicemail=row["voicemail"],
    )


def _journey(row: Row, now: datetime, here: Visit) -> JourneyLine:
    return JourneyLine(
        to=f"/journeys/{row['id']}",
        who=number(f"+{row['person']}", here),
        where=row["site"],
        since=lasting(row["opened_at"], now, here.zone, here.language),
        attempts=row["attempts"],
    )


def _promise(each: looking.Promise, now: datetime, here: Visit) -> PromiseLine:
    return PromiseLine(
        to=None if each.journey is None else f"/journeys/{each.journey}",
        who=who(
            None if each.person is None else f"+{each.person}",
            here.language,
            whole=here.may(Right.NUMBERS),
            country=here.about["country"],
        ),
        where=masked(each.site),
        at=since(each.at, now, here.zone, here.language),
        until=clock(each.until, here.zone, here.language),
        late=each.until <= now,
        booked=each.booked,
    )


def _endpoints(rows: Iterable[Mapping[str, Any]], now: datetime, here: Visit) -> Iterable[EndpointLine]:
    for row in rows:
        heard = row["heard_at"]
        yield EndpointLine(
            name=row["name"],
            platform=row["connector"],
            problem=say_problems(here.language, read_problems(row["problem"])) or None,
            heard=None if heard is None else since(heard, now, here.zone, here.language),
        )


def _where(row: Row) -> str:
    parts = dict.fromkeys(part for part in (row["site"], row["department"], row["queue"]) if part)
    return masked(" · ".join(parts))
