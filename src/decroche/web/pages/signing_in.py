"""``/sign-in``: a member comes in with e-mail and password, the code of their phone, or a link that opens once."""

from __future__ import annotations

import math
from dataclasses import dataclass
from datetime import timedelta
from typing import Annotated

from fastapi import APIRouter, Form
from starlette.requests import Request
from starlette.responses import RedirectResponse, Response

from decroche.language import Language
from decroche.ledger.audit_log import ByKind, Who, note, shortened
from decroche.ledger.credentials import Credentials, change_credentials, credentials_of, credentials_of_member
from decroche.ledger.members import BadEmail, email_key
from decroche.ledger.one_time_links import LinkKind, look_at_link, use_link
from decroche.ledger.second_factor import Taken, take_code
from decroche.ledger.sessions import end_session, renew_session
from decroche.web.access import Services, found_session
from decroche.web.attempts import Attempts
from decroche.web.entering import alone, give_cookie, known_device, let_in, remember_device, take_cookie
from decroche.web.frame import browser_language

_CODE = "/sign-in/code"


@dataclass(frozen=True, slots=True, kw_only=True)
class SignIn:
    """What the page needs. ``wrong``: what was wrong, in words; ``elsewhere``: whether somebody else vouches for
    members.
    """

    email: str
    wrong: str | None
    elsewhere: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class SignInCode:
    """What the page of the second factor needs."""

    wrong: str | None


@dataclass(frozen=True, slots=True, kw_only=True)
class SignInLink:
    """What the page of a link needs: whom it lets in; None when nobody, or nobody any more."""

    name: str | None
    path: str


def router(services: Services, attempts: Attempts, *, elsewhere: bool = False) -> APIRouter:
    """The routes of the pages."""
    routes = APIRouter(include_in_schema=False)

    def asked(request: Request, email: str = "", wrong: str | None = None, status: int = 200) -> Response:
        return alone(request, "sign_in.html", SignIn(email=email, wrong=wrong, elsewhere=elsewhere), status=status)

    @routes.get("/sign-in")
    def show(request: Request) -> Response:
        return asked(request)

    @routes.post("/sign-in")
    def enter(request: Request, email: Annotated[str, Form()] = "", password: Annotated[str, Form()] = "") -> Response:
        language, now = browser_language(request), services.clock()
        with services.ledger.reading() as connection:
            found = credentials_of(connection, email)
        device = known_device(services, request, found.member if found else None)
        marks = attempts.marks(email=_key(email), client=services.client(request), device=device)
        if waits := attempts.wait(marks, now):
            return _slowed(asked(request, email, _too_often(language, waits), 429), waits)
        right = services.passwords.right(found.password if found else None, password)
        if found is None or found.account is None or not right:
            attempts.failed(marks, now)
            return asked(request, email, language.say("sign_in.refused"), 401)
        attempts.succeeded(marks)
        if found.password is not None and services.passwords.outdated(found.password):
            with services.ledger.writing() as connection:
                change_credentials(connection, found.member, password=services.passwords.digest(password))
        return come_in(services, request, found, how="password")

    @routes.get(_CODE)
    def ask_code(request: Request) -> Response:
        found = found_session(services, request)
        if found is None or found.complete:
            return RedirectResponse("/sign-in", status_code=303)
        return alone(request, "sign_in_code.html", SignInCode(wrong=None), language=Language(found.language))

    @routes.post(_CODE)
    def take(request: Request, code: Annotated[str, Form()] = "") -> Response:
        found, now = found_session(services, request), services.clock()
        if found is None or found.complete:
            return RedirectResponse("/sign-in", status_code=303)
        language = Language(found.language)
        device = known_device(services, request, found.member_id)
        marks = attempts.code_marks(member=found.member_id, device=device)
        if waits := attempts.wait(marks, now):
            shown = alone(
                request,
                "sign_in_code.html",
                SignInCode(wrong=_too_often(language, waits)),
                language=language,
                status=429,
            )
            return _slowed(shown, waits)
        with services.ledger.writing() as connection:
            taken = take_code(connection, services.box, found.member_id, code, now=now)
            token = None if taken is None else renew_session(connection, found.id, now=now)
            if taken is not None:
                client = shortened(services.client(request))
                who = Who(kind=ByKind.MEMBER, id=found.member_id, name=found.name, client=client)
                how = "recovery_code" if taken is Taken.RECOVERY else "code"
                note(connection, found.account_id, who, "member.signed_in", found.member_id, {"how": how}, at=now)
        if token is None:
            attempts.failed(marks, now)
            wrong = language.say("sign_in.code_refused")
            return alone(request, "sign_in_code.html", SignInCode(wrong=wrong), language=language, status=401)
        attempts.succeeded(marks)
        answer = RedirectResponse("/", status_code=303)
        give_cookie(services, answer, token)
        remember_device(services, request, answer, found.member_id)
        return answer

    @routes.get("/sign-in/link/{key}")
    def show_link(request: Request, key: str) -> Response:
        with services.ledger.reading() as connection:
            found = look_at_link(connection, LinkKind.SIGN_IN, key, now=services.clock())
            whom = None if found is None else credentials_of_member(connection, found.member or "")
        language = Language(whom.language) if whom is not None else None
        context = SignInLink(name=None if whom is None else whom.name, path=request.url.path)
        return alone(request, "sign_in_link.html", context, language=language, status=200 if whom is not None else 410)

    @routes.post("/sign-in/link/{key}")
    def use(request: Request, key: str) -> Response:
        with services.ledger.writing() as connection:
            found = use_link(connection, LinkKind.SIGN_IN, key, now=services.clock())
            whom = None if found is None else credentials_of_member(connection, found.member or "")
        if whom is None or whom.account is None:
            context = SignInLink(name=None, path=request.url.path)
            return alone(request, "sign_in_link.html", context, status=410)
        return come_in(services, request, whom, how="link")

    @routes.post("/sign-out")
    def leave(request: Request) -> Response:
        found = found_session(services, request)
        if found is not None:
            with services.ledger.writing() as connection:
                end_session(connection, found.id)
        answer = RedirectResponse("/sign-in", status_code=303)
        take_cookie(services, answer)
        return answer

    return routes


def come_in(
    services: Services, request: Request, whom: Credentials, *, how: str, to: str = "/", second: bool = False
) -> Response:
    """Let in whoever showed who they are; who has a second factor is asked for it first, unless they showed a
    ``second`` elsewhere.
    """
    assert whom.account is not None
    complete = second or not whom.has_second
    before = found_session(services, request)
    with services.ledger.writing() as connection:
        if before is not None:
            end_session(connection, before.id)
        answer = let_in(
            services, request, connection, account=whom.account, member=whom.member, name=whom.name,
            complete=complete, how=how, to=to if complete else _CODE,
        )  # fmt: skip
    if complete:
        remember_device(services, request, answer, whom.member)
    return answer


def _key(email: str) -> str:
    try:
        return email_key(email)
    except BadEmail:
        return email[:300]


def _too_often(language: Language, waits: timedelta) -> str:
    return language.say("sign_in.too_often", seconds=math.ceil(waits.total_seconds()))


def _slowed(answer: Response, waits: timedelta) -> Response:
    answer.headers["Retry-After"] = str(math.ceil(waits.total_seconds()))
    return answer
