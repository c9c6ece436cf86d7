"""Puts the API into the web application: its operations, its errors, its limits and what it says about itself."""

from __future__ import annotations

from collections.abc import Sequence
from functools import cache
from importlib.metadata import version
from typing import Annotated

from fastapi import APIRouter, FastAPI, Header
from starlette.exceptions import HTTPException
from starlette.routing import BaseRoute
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from decroche.api import (
    attribution,
    bookings,
    business,
    callbacks,
    campaigns,
    contacts,
    conversations,
    costs,
    errors,
    events,
    experiments,
    explanations,
    feeds,
    kpis,
    opportunities,
    people,
    privacy,
    proof,
    recovery,
    reports,
    sources,
    surveys,
    texts,
    voicemails,
    webhooks,
)
from decroche.api.access import Services
from decroche.api.schemas import ChangeOut

#: The largest body that is read: what programs send here is small.
LARGEST_BODY = 64 * 1024

_DESCRIPTION = """\
What happens on the phone, for other software.

Every request carries a token (`Authorization: Bearer …`) that `decroche token` made for one business; nothing of
another business can be seen with it. Times are ISO 8601 in UTC, durations seconds, periods `[since, until)`. Phone
numbers show their last two digits unless the token has the right `numbers`. Every error has the one shape `ErrorBody`.

Whatever changes of a business (hours, days, lines, sites, thresholds), its calls of the last 30 days are judged again
by it within seconds; older calls keep their verdicts.
"""
_TAGS = [
    {"name": "business", "description": "What the business says about itself."},
    {"name": "calls", "description": "Calls, and the journeys of people who were missed."},
    {"name": "recovery", "description": "What is done for callers whom nobody answered, why, and what it brings."},
    {"name": "figures", "description": "Every figure of a period with its parts, and why calls were missed."},
    {"name": "opportunities", "description": "What may become a sale and what has: told, listed, decided on."},
    {"name": "costs", "description": "What calls cost, line by line, and what one call costs."},
    {"name": "experiments", "description": "Openers and scripts tried against each other by chance."},
    {"name": "sources", "description": "Where calls come from, and what each source costs and brings."},
    {"name": "campaigns", "description": "Outbound campaigns: what an opportunity costs, and what calls bring."},
    {"name": "feeds", "description": "Tables for BI tools: CSV, Parquet, Arrow."},
    {"name": "surveys", "description": "What callers are asked by text, and what they said."},
    {"name": "callbacks", "description": "What people of the business have to do, and what was promised to callers."},
    {"name": "privacy", "description": "What people may ask about their numbers, and how long things are kept."},
    {"name": "events", "description": "What changes, as it changes."},
    {"name": "webhooks", "description": "Where to send changes. Only a token with the right `write` sees them."},
]


def install_api(app: FastAPI, services: Services) -> None:
    """Have ``app`` answer under ``/api/v1``."""
    app.state.services = services
    describe(app)
    errors.install(app)
    app.add_middleware(SmallBodies)
    app.router.routes.extend(_operations())


@cache
def _operations() -> Sequence[BaseRoute]:
    """Every operation of the API. They are the same for every application, and take a second to make."""
    rooms = (
        business,
        contacts,
        explanations,
        people,
        texts,
        recovery,
        proof,
        kpis,
        reports,
        opportunities,
        costs,
        attribution,
        sources,
        experiments,
        campaigns,
        surveys,
        feeds,
        callbacks,
        conversations,
        bookings,
        voicemails,
        privacy,
        events,
        webhooks,
    )
    api = APIRouter()
    for room in rooms:
        api.include_router(room.router, prefix="/api/v1")
    api.include_router(feeds.doors)
    return api.routes


def describe(app: FastAPI) -> None:
    """Fill in what the OpenAPI document says of the whole."""
    app.title, app.version = "Décroche", version("decroche")
    app.summary = "Calls, misses and journeys of a business, live"
    app.description = _DESCRIPTION
    app.openapi_tags = _TAGS

    @app.webhooks.post(
        "change",
        tags=["webhooks"],
        operation_id="change",
        status_code=204,
        responses={
            410: {"description": "Nothing is sent any more."},
            "default": {"description": "Anything but 2xx: it is sent again, and the next change waits for it."},
        },
    )
    def change(
        body: ChangeOut,
        decroche_event: Annotated[str, Header(description="The id of the change: the same when it is sent again.")],
        decroche_signature: Annotated[str, Header(description="`t=…,v1=…`: see the how-to on webhooks.")],
    ) -> None:
        """What is sent to your address. Answer 2xx within 10 seconds; anything else is sent again."""


class SmallBodies:
    """Refuses larger bodies under the API before they fill the memory."""

    def __init__(self, app: ASGIApp) -> None:
        self._app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Pass a request on, and count what comes of its body."""
        if scope["type"] != "http" or not scope["path"].startswith(errors.PREFIX):
            await self._app(scope, receive, send)
            return
        size = 0

        async def counted() -> Message:
            nonlocal size
            message = await receive()
            size += len(message.get("body", b""))
            if size > LARGEST_BODY:
                raise HTTPException(413, f"at most {LARGEST_BODY} bytes are read")
            return message

        await self._app(scope, counted, send)
