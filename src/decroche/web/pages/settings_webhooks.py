"""``/settings/webhooks``: other programs that are told of what changes; the secret of a new one is shown once."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Annotated

import sqlalchemy as sa
from fastapi import APIRouter, Form
from starlette.requests import Request
from starlette.responses import Response

from decroche.ledger.audit_log import note
from decroche.ledger.outgoing import KINDS, BadAddress, add_webhook, remove_webhook, webhooks_of
from decroche.model.member import Right
from decroche.web.access import Services, Visit, changing, visit
from decroche.web.addresses import back_to
from decroche.web.first_steps import whole_business
from decroche.web.moments import since
from decroche.web.rendering import page

_HERE = "/settings/webhooks"


@dataclass(frozen=True, slots=True, kw_only=True)
class WebhookLine:
    """An outgoing webhook: its ``state`` in words and its ``kind``, what it is told, and what went wrong last."""

    id: str
    url: str
    kinds: str
    numbers: bool
    kind: str
    state: str
    problem: str
    made: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Webhooks:
    """What the page needs. ``secret`` is that of a new one, shown this once; ``may_numbers``: they may send numbers."""

    webhooks: tuple[WebhookLine, ...]
    kinds: tuple[str, ...]
    secret: str | None
    url: str
    may_numbers: bool
    wrong: str | None


def router(services: Services) -> APIRouter:
    """The routes of the page."""
    routes = APIRouter(include_in_schema=False)

    def shown(
        here: Visit, connection: sa.Connection, *, secret: str | None = None, url: str = "", wrong: str | None = None
    ) -> Response:
        context = Webhooks(
            webhooks=tuple(_line(row, services, here) for row in webhooks_of(connection, here.account.id)),
            kinds=KINDS,
            secret=secret,
            url=url,
            may_numbers=here.may(Right.NUMBERS),
            wrong=wrong,
        )
        return page("settings_webhooks.html", here.frame, context, status=422 if wrong else 200)

    @routes.get(_HERE)
    def show(request: Request) -> Response:
        with visit(services, request, Right.SET_UP) as here, services.ledger.reading() as connection:
            whole_business(here)
            return shown(here, connection)

    @routes.post(_HERE)
    def make(
        request: Request,
        url: Annotated[str, Form()] = "",
        kinds: Annotated[list[str] | None, Form()] = None,
        numbers: Annotated[str, Form()] = "",
    ) -> Response:
        # Asked before: it may open a connection of its own.
        position = services.feed.end()
        with changing(services, request, Right.SET_UP) as (here, connection):
            whole_business(here)
            now = services.clock()
            try:
                id, secret = add_webhook(
                    connection, here.account.id, url=url.strip(), kinds=[each for each in kinds or () if each in KINDS],
                    numbers=numbers == "yes" and here.may(Right.NUMBERS), box=services.box, position=position, now=now,
                )  # fmt: skip
            except BadAddress:
                return shown(here, connection, url=url, wrong=here.language.say("webhooks.wrong"))
            details = {"kinds": " ".join(kinds or ()), "numbers": numbers == "yes"}
            note(connection, here.account.id, here.who, "settings.webhook_added", id, details, at=now)
            return shown(here, connection, secret=secret, url=url.strip())

    @routes.post(f"{_HERE}/{{id}}/remove")
    def remove(request: Request, id: str) -> Response:
        with changing(services, request, Right.SET_UP) as (here, connection):
            whole_business(here)
            now = services.clock()
            if remove_webhook(connection, here.account.id, id, now=now):
                note(connection, here.account.id, here.who, "settings.webhook_removed", id, at=now)
        return back_to(_HERE, done="webhook_removed")

    return routes


def _line(row: sa.Row[tuple[object, ...]], services: Services, here: Visit) -> WebhookLine:
    language = here.language
    word = "gone" if row.gone_at is not None else "failing" if row.failures else "well"
    return WebhookLine(
        id=row.id,
        url=row.url,
        kinds=", ".join(row.kinds.split()) or language.say("webhooks.all_kinds"),
        numbers=row.numbers,
        kind={"gone": "bad", "failing": "busy", "well": "good"}[word],
        state=language.say(f"webhooks.{word}", failures=row.failures),
        problem=row.problem or "",
        made=since(row.created_at, services.clock(), here.zone, language),
    )
