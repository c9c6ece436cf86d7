"""``/``: the day as it goes: calls in progress, which journeys are open, what was promised and what is at stake."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Callable
from dataclasses import dataclass

from fastapi import APIRouter
from markupsafe import Markup
from starlette.concurrency import run_in_threadpool
from starlette.requests import Request
from starlette.responses import Response, StreamingResponse

from decroche.ledger.folding import STORE_TROUBLE
from decroche.ledger.sessions import Session, session_of
from decroche.model.member import Right
from decroche.web.access import Services, Visit, same_rights, visit, whoever_asks
from decroche.web.day import LISTED, Now, age, moving
from decroche.web.pushing import ALIVE, CHANGED, Push, Pushed, Turns
from decroche.web.rendering import page, sent, written
from decroche.web.sharing import Part, Shared

__all__ = ["LISTED", "Live", "Now"]

#: The least time between two words of a change to one browser, and how much of it each listener adds, in seconds:
#: however many look, the server answers no more than some hundred of them in a second.
PAUSE_S, PAUSE_EACH_S, LONGEST_PAUSE_S = 0.25, 0.0025, 0.8


@dataclass(frozen=True, slots=True, kw_only=True)
class Live:
    """What the page needs around its moving part, which is ``age`` seconds old.

    ``times_faster`` is told where the calls are simulated: the speed of the page's clock.
    """

    times_faster: float | None
    age: float
    moving: Markup


def router(services: Services) -> APIRouter:
    """The routes of the page."""
    routes = APIRouter(include_in_schema=False)
    shared, push = Shared(), Push(services, Right.SEE)

    def part(here: Visit) -> Part:
        return moving(here, services, shared, "live", lambda now: written("live_now.html", here.language, now))

    @routes.get("/")
    def show(request: Request) -> Response:
        with visit(services, request) as here:
            made = part(here)
            around = Live(times_faster=services.times_faster, age=age(made, services), moving=made.text)
            return page("live.html", here.frame, around)

    @routes.get("/live/now")
    def show_moving_part(request: Request) -> Response:
        with visit(services, request) as here:
            made = part(here)
        answer = sent(made.text)
        answer.headers["X-Age"] = str(age(made, services))
        return answer

    @routes.get("/live/follow")
    async def follow(request: Request) -> Response:
        def make(here: Visit) -> Pushed:
            made = part(here)
            return Pushed(text=made.text, age=age(made, services))

        return await push.answer(request, lambda session: turns(services, session), make)

    @routes.get("/live/changes")
    async def changes(request: Request) -> Response:
        request.scope["needs"] = Right.SEE
        session = await run_in_threadpool(whoever_asks, services, request)
        token = request.cookies[services.cookie()]
        stream = nudges(services, session, lambda: goes_on(services, token, session))
        headers = {"Cache-Control": "no-store", "X-Accel-Buffering": "no"}
        return StreamingResponse(stream, media_type="text/event-stream", headers=headers)

    return routes


async def nudges(services: Services, session: Session, goes_on: Callable[[], bool]) -> AsyncIterator[bytes]:
    """A word whenever something changed: the browser then asks for the moving part. And now and then a sign of life.

    At each of these, a session that ended or has other rights than at first (``goes_on`` says so) ends the stream.
    """
    async for turn in turns(services, session):
        if turn is None and not await run_in_threadpool(goes_on):
            # The browser asks for the moving part, and is sent to where it belongs now.
            yield CHANGED
            return
        yield ALIVE if turn is None else CHANGED


async def turns(services: Services, session: Session) -> Turns:
    """The latest change whenever something changed, and None now and then. What changes within a pause is one turn."""
    position = await run_in_threadpool(services.feed.end)
    async for found in services.feed.follow(session.account_id, position, alive_s=services.alive_s):
        yield found[-1].id if found else None
        if found:
            await asyncio.sleep(min(LONGEST_PAUSE_S, PAUSE_S + PAUSE_EACH_S * services.feed.listeners))


def goes_on(services: Services, token: str, before: Session) -> bool:
    """Whether a session is what it was. While the store does not answer, nothing is known against it."""
    try:
        with services.ledger.reading() as connection:
            now = session_of(connection, token, now=services.clock())
    except STORE_TROUBLE:
        return True
    return same_rights(before, now)
