"""``/account``: a member's own name, language, password, second factor, and where they are signed in."""

from __future__ import annotations

import io
from dataclasses import dataclass
from typing import Annotated

import segno
import sqlalchemy as sa
from fastapi import APIRouter, Form
from fastapi.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import Response

from decroche.language.language import LANGUAGES
from decroche.ledger.audit_log import note
from decroche.ledger.credentials import change_credentials, credentials_of_member
from decroche.ledger.members import name_of
from decroche.ledger.second_factor import (
    address_of_secret,
    confirm_secret,
    drop_second_factor,
    new_recovery_codes,
    propose_secret,
    proposed_secret,
    recovery_codes_left,
)
from decroche.ledger.sessions import end_sessions, move_session, renew_session, sessions_of
from decroche.model.member import Right
from decroche.web.access import SECOND_FACTOR, Services, Visit, changing, visit
from decroche.web.addresses import back_to
from decroche.web.attempts import Attempts
from decroche.web.entering import give_cookie
from decroche.web.moments import since
from decroche.web.pages.first_run import language_choices, password_wrong
from decroche.web.rendering import page

_HERE = "/account"


@dataclass(frozen=True, slots=True, kw_only=True)
class SessionLine:
    """A browser in which the member is signed in."""

    browser: str
    client: str
    seen: str
    this: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class MyAccount:
    """What the page needs. ``wrong`` is what was wrong, by field; ``codes_left`` None without a second factor."""

    name: str
    email: str
    language: str
    languages: tuple[tuple[str, str], ...]
    has_password: bool
    codes_left: int | None
    sessions: tuple[SessionLine, ...]
    wrong: dict[str, str]


@dataclass(frozen=True, slots=True, kw_only=True)
class SecondFactor:
    """What the page of the second factor needs: the ``secret`` to confirm, or the new ``codes``, told this once.

    ``wanted``: the business asks its owners for one.
    """

    secret: str
    codes: tuple[str, ...]
    wrong: str | None
    wanted: bool


def router(services: Services, attempts: Attempts) -> APIRouter:
    """The routes of the pages."""
    routes = APIRouter(include_in_schema=False)

    def shown(here: Visit, connection: sa.Connection, wrong: dict[str, str]) -> Response:
        now, mine = services.clock(), credentials_of_member(connection, here.member.id)
        assert mine is not None
        context = MyAccount(
            name=mine.name,
            email=mine.email,
            language=mine.language,
            languages=language_choices(),
            has_password=mine.password is not None,
            codes_left=recovery_codes_left(connection, here.member.id) if mine.has_second else None,
            sessions=tuple(
                SessionLine(
                    browser=each.browser,
                    client=each.client,
                    seen=since(each.seen_at, now, here.zone, here.language),
                    this=each.id == here.session,
                )
                for each in sessions_of(connection, here.member.id, now=now)
            ),
            wrong=wrong,
        )
        return page("my_account.html", here.frame, context, status=422 if wrong else 200)

    def proves(here: Visit, connection: sa.Connection, request: Request, password: str) -> str | None:
        """What is wrong with the password with which somebody shows that it is still them; None when it is right."""
        mine, now = credentials_of_member(connection, here.member.id), services.clock()
        if mine is None or mine.password is None:
            return None
        marks = attempts.marks(email=mine.email.casefold(), client=services.client(request), device=here.session)
        if attempts.wait(marks, now) or not services.passwords.right(mine.password, password):
            attempts.failed(marks, now)
            return here.language.say("account.wrong_password")
        attempts.succeeded(marks)
        return None

    def renewed(here: Visit, connection: sa.Connection, answer: Response) -> Response:
        """Rights changed: every other session ends, and this one gets another token."""
        end_sessions(connection, here.member.id, but=here.session)
        token = renew_session(connection, here.session, now=services.clock())
        if token is not None:
            give_cookie(services, answer, token)
        return answer

    @routes.get(_HERE)
    def show(request: Request) -> Response:
        with visit(services, request) as here, services.ledger.reading() as connection:
            return shown(here, connection, {})

    @routes.post(f"{_HERE}/about")
    def rename(request: Request, name: Annotated[str, Form()] = "", language: Annotated[str, Form()] = "") -> Response:
        with changing(services, request, Right.SEE) as (here, connection):
            if not name_of(name) or language not in LANGUAGES:
                return shown(here, connection, {"name": here.language.say("member.wrong.name")})
            change_credentials(connection, here.member.id, name=name_of(name), language=language)
        return back_to(_HERE, done="settings_kept")

    @routes.post(f"{_HERE}/password")
    def change_password(
        request: Request, old: Annotated[str, Form()] = "", password: Annotated[str, Form()] = ""
    ) -> Response:
        with visit(services, request) as here, services.ledger.reading() as connection:
            wrong: dict[str, str] = {}
            if problem := proves(here, connection, request, old):
                wrong["old"] = problem
            if weak := password_wrong(password, here.language, here.member.name, here.member.email):
                wrong["password"] = weak
            if wrong:
                return shown(here, connection, wrong)
        digest = services.passwords.digest(password)
        with changing(services, request, Right.SEE) as (here, connection):
            change_credentials(connection, here.member.id, password=digest)
            who, id = here.who, here.member.id
            note(connection, here.account.id, who, "member.password_changed", id, at=services.clock())
            return renewed(here, connection, back_to(_HERE, done="password_changed"))

    @routes.post(f"{_HERE}/sign-out-everywhere")
    def leave_others(request: Request) -> Response:
        with changing(services, request, Right.SEE) as (here, connection):
            who, id = here.who, here.member.id
            note(connection, here.account.id, who, "member.signed_out_everywhere", id, at=services.clock())
            return renewed(here, connection, back_to(_HERE, done="signed_out_everywhere"))

    @routes.post(f"{_HERE}/business")
    def go_to_business(request: Request, business: Annotated[str, Form()] = "") -> Response:
        now = services.clock()
        with changing(services, request, Right.SEE) as (here, connection):
            token = move_session(connection, here.session, business, now=now)
            if token is None:
                raise HTTPException(404)
            note(connection, business, here.who, "member.signed_in", here.member.id, {"how": "business"}, at=now)
        answer = back_to("/")
        give_cookie(services, answer, token)
        return answer

    @routes.get(SECOND_FACTOR)
    def show_second(request: Request) -> Response:
        with visit(services, request) as here, services.ledger.reading() as connection:
            secret = proposed_secret(connection, services.box, here.member.id) or ""
            return _second(here, secret=secret)

    @routes.post(f"{SECOND_FACTOR}/begin")
    def begin(request: Request, password: Annotated[str, Form()] = "") -> Response:
        with changing(services, request, Right.SEE) as (here, connection):
            if problem := proves(here, connection, request, password):
                return _second(here, wrong=problem)
            propose_secret(connection, services.box, here.member.id)
        return back_to(SECOND_FACTOR)

    @routes.get(f"{SECOND_FACTOR}/qr.svg")
    def show_code(request: Request) -> Response:
        with visit(services, request) as here, services.ledger.reading() as connection:
            secret = proposed_secret(connection, services.box, here.member.id)
        if secret is None:
            raise HTTPException(404)
        made = io.BytesIO()
        segno.make(address_of_secret(secret, email=here.member.email)).save(
            made, kind="svg", scale=5, border=4, light="#ffffff"
        )
        headers = {"Cache-Control": "no-store", "X-Content-Type-Options": "nosniff"}
        return Response(made.getvalue(), media_type="image/svg+xml", headers=headers)

    @routes.post(f"{SECOND_FACTOR}/confirm")
    def confirm(request: Request, code: Annotated[str, Form()] = "") -> Response:
        now = services.clock()
        with changing(services, request, Right.SEE) as (here, connection):
            codes = confirm_secret(connection, services.box, here.member.id, code, now=now)
            if codes is None:
                secret = proposed_secret(connection, services.box, here.member.id) or ""
                return _second(here, secret=secret, wrong=here.language.say("account.code_wrong"))
            note(connection, here.account.id, here.who, "member.second_factor_set", here.member.id, at=now)
            return renewed(here, connection, _second(here, codes=codes))

    @routes.post(f"{SECOND_FACTOR}/codes")
    def renew_codes(request: Request, password: Annotated[str, Form()] = "") -> Response:
        with changing(services, request, Right.SEE) as (here, connection):
            mine = credentials_of_member(connection, here.member.id)
            if mine is None or not mine.has_second:
                return back_to(SECOND_FACTOR)
            if problem := proves(here, connection, request, password):
                return shown(here, connection, {"second": problem})
            codes = new_recovery_codes(connection, here.member.id)
            who, id = here.who, here.member.id
            note(connection, here.account.id, who, "member.recovery_codes_made", id, at=services.clock())
            return _second(here, codes=codes)

    @routes.post(f"{SECOND_FACTOR}/drop")
    def drop(request: Request, password: Annotated[str, Form()] = "") -> Response:
        with changing(services, request, Right.SEE) as (here, connection):
            if problem := proves(here, connection, request, password):
                return shown(here, connection, {"second": problem})
            drop_second_factor(connection, here.member.id)
            who, id = here.who, here.member.id
            note(connection, here.account.id, who, "member.second_factor_dropped", id, at=services.clock())
            return renewed(here, connection, back_to(_HERE, done="second_factor_dropped"))

    return routes


def _second(here: Visit, *, secret: str = "", codes: tuple[str, ...] = (), wrong: str | None = None) -> Response:
    context = SecondFactor(secret=secret, codes=codes, wrong=wrong, wanted=here.wants_second and not codes)
    return page("second_factor.html", here.frame, context, status=422 if wrong else 200)
