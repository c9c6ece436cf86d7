"""``/``: what happens on the phone now: calls in progress, today's counts, who waits to be called back."""

from __future__ import annotations

from collections.abc import AsyncIterator, Iterable, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any

from fastapi import APIRouter
from starlette.concurrency import run_in_threadpool
from starlette.requests import Request
from starlette.responses import Response, StreamingResponse

from decroche.language.problems import say_problems
from decroche.ledger.account import CallFilter, JourneyFilter, Today
from decroche.ledger.part_problems import read_problems
from decroche.ledger.reach import Reach
from decroche.model.fact import Progress
from decroche.model.member import Right
from decroche.telemetry import masked
from decroche.web.access import Services, Visit, visit, whoever_asks
from decroche.web.moments import clock, since
from decroche.web.people import who
from decroche.web.rendering import page

#: How many calls, misses and journeys the page lists; their counts say how many there are.
LISTED = 12
_UNANSWERED = frozenset({Progress.WAITING, Progress.RINGING, Progress.ARRIVING})


@dataclass(frozen=True, slots=True, kw_only=True)
class CallLine:
    """A call on the page. ``seconds`` is how long it has waited or talked; the browser counts on from there."""

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

    at: str
    who: str
    where: str
    reason: str
    waited: str
    voicemail: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class JourneyLine:
    """Somebody who still has to be called back."""

    who: str
    where: str
    since: str
    attempts: int


@dataclass(frozen=True, slots=True, kw_only=True)
class EndpointLine:
    """A phone system and how it is. ``platform`` is the name of its connector."""

    name: str
    platform: str
    problem: str | None
    heard: str | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Live:
    """What the page needs. ``times_faster`` is told where the calls are simulated: the speed of the page's clock.

    Each ``more_…`` says how many a list leaves out; ``said`` is what a screen reader is told now and then. ``reach`` is
    whether platforms reach us, where one of them would deliver to us.
    """

    business: str
    times_faster: float | None
    now: str
    said: str
    today: Today
    waiting: int
    talking: int
    in_progress: tuple[CallLine, ...]
    more_in_progress: int
    missed: tuple[MissLine, ...]
    more_missed: int
    journeys: tuple[JourneyLine, ...]
    more_journeys: int
    endpoints: tuple[EndpointLine, ...]
    reach: Reach | None


def router(services: Services) -> APIRouter:
    """The routes of the page."""
    routes = APIRouter(include_in_schema=False)

    @routes.get("/")
    def show(request: Request) -> Response:
        with visit(services, request) as here:
            return page("live.html", here.frame, live(here, services))

    @routes.get("/live/now")
    def show_moving_part(request: Request) -> Response:
        with visit(services, request) as here:
            return page("live_now.html", here.language, live(here, services))

    @routes.get("/live/changes")
    async def changes(request: Request) -> Response:
        request.scope["needs"] = Right.SEE
        session = await run_in_threadpool(whoever_asks, services, request)
        stream = _nudges(services, session.account_id)
        headers = {"Cache-Control": "no-store", "X-Accel-Buffering": "no"}
        return StreamingResponse(stream, media_type="text/event-stream", headers=headers)

    return routes


async def _nudges(services: Services, account: str) -> AsyncIterator[bytes]:
    """A word whenever something changed: the browser then asks for the moving part. And now and then a sign of life."""
    position = await run_in_threadpool(services.feed.end)
    async for found in services.feed.follow(account, position):
        yield b"data: changed\n\n" if found else b"event: alive\ndata: still here\n\n"


def live(here: Visit, services: Services) -> Live:
    """The page as it is now."""
    account, language, now = here.account, here.language, services.clock()
    midnight = now.astimezone(here.zone).replace(hour=0, minute=0, second=0, microsecond=0)
    day = (midnight.astimezone(UTC), (midnight + timedelta(days=1)).astimezone(UTC))
    # Who waits comes first: there is something to be done.
    going = sorted(account.calls_in_progress(), key=lambda row: row["progress"] not in _UNANSWERED)
    missed, _ = account.calls(CallFilter(since=day[0], until=day[1], disposition="missed"), limit=LISTED)
    waiting, _ = account.journeys(JourneyFilter(state="open"), limit=LISTED)
    today = account.counts(*day)
    unanswered = sum(row["progress"] in _UNANSWERED for row in going)
    connected = account.endpoints()
    return Live(
        business=here.about["name"],
        times_faster=services.times_faster,
        now=clock(now, here.zone, language),
        said=language.say("live.said", waiting=unanswered, missed=today.missed, open=today.open_journeys),
        today=today,
        waiting=unanswered,
        talking=sum(row["progress"] == Progress.TALKING for row in going),
        in_progress=tuple(_call(row, now, here) for row in going[:LISTED]),
        more_in_progress=max(0, len(going) - LISTED),
        missed=tuple(_miss(row, here) for row in missed),
        more_missed=today.missed - len(missed),
        journeys=tuple(_journey(row, now, here) for row in waiting),
        more_journeys=today.open_journeys - len(waiting),
        endpoints=tuple(_endpoints(connected, now, here)),
        reach=account.reach() if services.deliveries_matter({row["connector"] for row in connected}) else None,
    )


def _call(row: Mapping[str, Any], now: datetime, here: Visit) -> CallLine:
    outbound = row["direction"] == "outbound"
    seconds = max(0, int((now - (row["answered_at"] or row["started_at"])).total_seconds()))
    return CallLine(
        who=_who(row["called"] if outbound else row["caller"], here),
        where=_where(row),
        agent=masked(row["agent"] or ""),
        progress=row["progress"],
        outbound=outbound,
        seconds=seconds,
        lasts=f"{seconds // 60}:{seconds % 60:02d}",
    )


def _miss(row: Mapping[str, Any], here: Visit) -> MissLine:
    waited, reason = row["wait_s"], row["reason"]
    known = reason not in (None, "unknown")
    return MissLine(
        at=clock(row["started_at"], here.zone, here.language),
        who=_who(row["caller"], here),
        where=_where(row),
        reason=here.language.say(f"reason.{reason}") if known else here.language.say("live.unanswered"),
        waited="" if waited is None else here.language.duration(waited),
        voicemail=row["voicemail"],
    )


def _journey(row: Mapping[str, Any], now: datetime, here: Visit) -> JourneyLine:
    return JourneyLine(
        who=_who(f"+{row['person']}", here),
        where=row["site"],
        since=since(row["opened_at"], now, here.zone, here.language),
        attempts=row["attempts"],
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


def _who(number: str | None, here: Visit) -> str:
    return who(number, here.language, whole=here.may(Right.NUMBERS), country=here.about["country"])


def _where(row: Mapping[str, Any]) -> str:
    parts = dict.fromkeys(part for part in (row["site"], row["department"], row["queue"]) if part)
    return masked(" · ".join(parts))
