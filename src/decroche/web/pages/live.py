"""``/``: what happens on the phone now: calls in progress, today's counts, who waits to be called back."""

from __future__ import annotations

from collections.abc import AsyncIterator, Iterable, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Annotated, Any
from zoneinfo import ZoneInfo

from fastapi import APIRouter, Cookie
from starlette.concurrency import run_in_threadpool
from starlette.requests import Request
from starlette.responses import Response, StreamingResponse

from decroche.language import Language
from decroche.ledger.account import Account, CallFilter, JourneyFilter, Today
from decroche.model.fact import Progress
from decroche.web.access import COOKIE, Services, signed_in, to_sign_in
from decroche.web.rendering import page

#: How many misses and journeys the page lists; their counts say how many there are.
LISTED = 12
#: The last digits of a number, which stay readable.
_SHOWN_DIGITS = 2
Token = Annotated[str | None, Cookie(alias=COOKIE)]


@dataclass(frozen=True, slots=True)
class CallLine:
    """A call on the page. ``seconds`` is how long it has waited or talked; the browser counts on from there."""

    who: str
    where: str
    agent: str
    progress: str
    seconds: int
    lasts: str


@dataclass(frozen=True, slots=True)
class MissLine:
    """A missed call of today."""

    at: str
    who: str
    where: str
    reason: str
    waited: str
    voicemail: bool


@dataclass(frozen=True, slots=True)
class JourneyLine:
    """Somebody who still has to be called back."""

    who: str
    where: str
    since: str
    attempts: int


@dataclass(frozen=True, slots=True)
class EndpointLine:
    """A phone system and how it is. ``platform`` is the name of its connector."""

    name: str
    platform: str
    problem: str | None
    heard: str | None


@dataclass(frozen=True, slots=True)
class Live:
    """What the page needs. ``times_faster`` is told where the calls are simulated: the speed of the page's clock."""

    business: str
    times_faster: float | None
    now: str
    said: str
    today: Today
    in_progress: tuple[CallLine, ...]
    more_in_progress: int
    waiting: int
    talking: int
    missed: tuple[MissLine, ...]
    more_missed: int
    journeys: tuple[JourneyLine, ...]
    more_journeys: int
    endpoints: tuple[EndpointLine, ...]


def router(services: Services) -> APIRouter:
    """The routes of the page."""
    routes = APIRouter(include_in_schema=False)

    @routes.get("/")
    def show(request: Request, token: Token = None) -> Response:
        return _shown(request, token, "live.html")

    @routes.get("/live/now")
    def fragment(request: Request, token: Token = None) -> Response:
        return _shown(request, token, "live_now.html")

    @routes.get("/live/changes")
    async def changes(request: Request, token: Token = None) -> Response:
        bearer = await run_in_threadpool(signed_in, services, token)
        if bearer is None:
            return to_sign_in(request)
        stream = _nudges(services, bearer.account_id)
        return StreamingResponse(stream, media_type="text/event-stream", headers={"Cache-Control": "no-store"})

    def _shown(request: Request, token: str | None, template: str) -> Response:
        bearer = signed_in(services, token)
        if bearer is None:
            return to_sign_in(request)
        with services.ledger.for_account(bearer.account_id) as account:
            language = Language(account.about()["language"])
            context = live(account, services, language)
        return page(template, language, context)

    return routes


async def _nudges(services: Services, account: str) -> AsyncIterator[bytes]:
    """A word whenever something changed: the browser then asks for the page's moving part."""
    position = await run_in_threadpool(services.feed.end)
    async for found in services.feed.follow(account, position):
        yield b"data: changed\n\n" if found else b"event: alive\ndata: still here\n\n"


def live(account: Account, services: Services, language: Language) -> Live:
    """The page as it is now."""
    about, now = account.about(), services.clock()
    zone = ZoneInfo(about["zone"])
    midnight = now.astimezone(zone).replace(hour=0, minute=0, second=0, microsecond=0)
    day = (midnight.astimezone(UTC), (midnight + timedelta(days=1)).astimezone(UTC))
    going = account.calls_in_progress()
    missed, _ = account.calls(CallFilter(since=day[0], until=day[1], disposition="missed"), limit=LISTED)
    waiting, _ = account.journeys(JourneyFilter(state="open"), limit=LISTED)
    today = account.counts(*day)
    unanswered = sum(row["progress"] in {Progress.WAITING, Progress.RINGING, Progress.ARRIVING} for row in going)
    said = language.say("live.said", waiting=unanswered, missed=today.missed, open=today.open_journeys)
    return Live(
        business=about["name"],
        times_faster=services.times_faster,
        now=_clock(now, zone, language),
        said=said,
        today=today,
        in_progress=tuple(_call(row, now, language) for row in going[:LISTED]),
        more_in_progress=max(0, len(going) - LISTED),
        waiting=unanswered,
        talking=sum(row["progress"] == Progress.TALKING for row in going),
        missed=tuple(_miss(row, zone, language) for row in missed),
        more_missed=today.missed - len(missed),
        journeys=tuple(_journey(row, now, language) for row in waiting),
        more_journeys=today.open_journeys - len(waiting),
        endpoints=tuple(_endpoints(account.endpoints(), zone, language)),
    )


def _call(row: Mapping[str, Any], now: datetime, language: Language) -> CallLine:
    since = row["answered_at"] or row["started_at"]
    seconds = max(0, int((now - since).total_seconds()))
    return CallLine(
        who=_who(row["called"] if row["direction"] == "outbound" else row["caller"], language),
        where=_where(row),
        agent=row["agent"] or "",
        progress=row["progress"],
        seconds=seconds,
        lasts=f"{seconds // 60}:{seconds % 60:02d}",
    )


def _miss(row: Mapping[str, Any], zone: ZoneInfo, language: Language) -> MissLine:
    waited = row["wait_s"]
    return MissLine(
        at=_clock(row["started_at"], zone, language),
        who=_who(row["caller"], language),
        where=_where(row),
        reason=language.say(f"reason.{row['reason'] or 'unknown'}"),
        waited="" if waited is None else language.duration(waited),
        voicemail=row["voicemail"],
    )


def _journey(row: Mapping[str, Any], now: datetime, language: Language) -> JourneyLine:
    return JourneyLine(
        who=_who(f"+{row['person']}", language),
        where=row["site"],
        since=language.duration(max(0.0, (now - row["opened_at"]).total_seconds())),
        attempts=row["attempts"],
    )


def _endpoints(rows: Iterable[Mapping[str, Any]], zone: ZoneInfo, language: Language) -> Iterable[EndpointLine]:
    for row in rows:
        heard = row["heard_at"]
        yield EndpointLine(
            name=row["name"],
            platform=row["connector"],
            problem=row["problem"],
            heard=None if heard is None else _clock(heard, zone, language),
        )


def _who(number: str | None, language: Language) -> str:
    """A number with all but its last digits hidden; whoever hides theirs is called so."""
    digits = "".join(sign for sign in number or "" if sign.isdigit())
    if len(digits) <= 5:
        return digits or language.say("live.masked")
    return f"•• {digits[-_SHOWN_DIGITS:]}"


def _where(row: Mapping[str, Any]) -> str:
    parts = dict.fromkeys(part for part in (row["site"], row["department"], row["queue"]) if part)
    return " · ".join(parts)


def _clock(moment: datetime, zone: ZoneInfo, language: Language) -> str:
    local = moment.astimezone(zone)
    return language.clock(local.hour + local.minute / 60)
