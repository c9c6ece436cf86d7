"""``/settings/tokens``: the keys with which programs come in: made with their rights, shown once, revoked."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Annotated

import sqlalchemy as sa
from fastapi import APIRouter, Form
from starlette.requests import Request
from starlette.responses import Response

from decroche.ledger.audit_log import note
from decroche.ledger.members import name_of
from decroche.ledger.tokens import Scope, add_token, revoke_token, tokens_of
from decroche.model.member import Right
from decroche.web.access import Services, Visit, changing, visit
from decroche.web.addresses import back_to
from decroche.web.moments import since
from decroche.web.rendering import page

_HERE = "/settings/tokens"


@dataclass(frozen=True, slots=True, kw_only=True)
class TokenLine:
    """A token that still opens something: never the token itself."""

    id: str
    name: str
    scopes: str
    made: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Tokens:
    """What the page needs. ``made`` is a new token, shown this once."""

    tokens: tuple[TokenLine, ...]
    scopes: tuple[tuple[str, str], ...]
    made: str | None
    name: str
    wrong: str | None


def router(services: Services) -> APIRouter:
    """The routes of the page."""
    routes = APIRouter(include_in_schema=False)

    def shown(
        here: Visit, connection: sa.Connection, *, made: str | None = None, name: str = "", wrong: str | None = None
    ) -> Response:
        language, now = here.language, services.clock()
        context = Tokens(
            tokens=tuple(
                TokenLine(
                    id=each.id,
                    name=each.name,
                    scopes=", ".join(language.say(f"tokens.scope.{scope}") for scope in Scope if scope in each.scopes),
                    made=since(each.created_at, now, here.zone, language),
                )
                for each in tokens_of(connection, here.account.id)
            ),
            scopes=tuple((str(scope), language.say(f"tokens.scope.{scope}")) for scope in Scope),
            made=made,
            name=name,
            wrong=wrong,
        )
        return page("tokens.html", here.frame, context, status=422 if wrong else 200)

    @routes.get(_HERE)
    def show(request: Request) -> Response:
        with visit(services, request, Right.OWN) as here, services.ledger.reading() as connection:
            return shown(here, connection)

    @routes.post(_HERE)
    def make(
        request: Request,
        name: Annotated[str, Form()] = "",
        scopes: Annotated[list[str] | None, Form()] = None,
    ) -> Response:
        with changing(services, request, Right.OWN) as (here, connection):
            wanted = [Scope(each) for each in scopes or () if each in set(Scope)]
            if not name_of(name) or not wanted:
                return shown(here, connection, name=name, wrong=here.language.say("tokens.wrong"))
            now = services.clock()
            made = add_token(connection, here.account.id, name=name_of(name), scopes=wanted, now=now)
            details = {"scopes": " ".join(sorted(wanted))}
            note(connection, here.account.id, here.who, "token.made", name_of(name), details, at=now)
            return shown(here, connection, made=made, name=name_of(name))

    @routes.post(f"{_HERE}/{{id}}/revoke")
    def revoke(request: Request, id: str) -> Response:
        with changing(services, request, Right.OWN) as (here, connection):
            known = {each.id: each.name for each in tokens_of(connection, here.account.id)}
            if id in known:
                revoke_token(connection, here.account.id, id, now=services.clock())
                note(connection, here.account.id, here.who, "token.revoked", known[id], at=services.clock())
        return back_to(_HERE, done="token_revoked")

    return routes
