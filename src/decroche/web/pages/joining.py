"""``/invited``, ``/forgotten`` and ``/reset``: somebody who was invited joins; who forgot their password gets another.

Whether an e-mail address is known is told to nobody: the answer and the work are the same.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta
from typing import Annotated

import sqlalchemy as sa
from fastapi import APIRouter, Form
from starlette.background import BackgroundTask
from starlette.requests import Request
from starlette.responses import Response

from decroche.language import Language
from decroche.language.language import LANGUAGES
from decroche.ledger.audit_log import ByKind, Who, note, shortened
from decroche.ledger.credentials import (
    change_credentials,
    credentials_of,
    credentials_of_member,
)
from decroche.ledger.invitations import Invitation, accept, look_at_invitation
from decroche.ledger.members import add_member, join_account, name_of
from decroche.ledger.one_time_links import LinkKind, look_at_link, make_one_time_link, spend_links, use_link
from decroche.ledger.sessions import end_sessions
from decroche.ledger.tables import accounts
from decroche.model.password import why_weak
from decroche.web.access import Services
from decroche.web.attempts import Attempts
from decroche.web.entering import alone, known_device
from decroche.web.frame import browser_language
from decroche.web.letters import send
from decroche.web.pace import Pace
from decroche.web.pages.first_run import language_choices, password_wrong
from decroche.web.pages.signing_in import come_in

#: How many letters one network address, and one e-mail, may ask for in an hour.
_OF_CLIENT, _OF_EMAIL, _PER = 10, 3, timedelta(hours=1)


@dataclass(frozen=True, slots=True, kw_only=True)
class Invited:
    """What the page of an invitation needs. ``known``: who is invited signs in with the password that they have.

    ``given`` is what was typed, ``wrong`` what was wrong with it, by field.
    """

    path: str
    business: str
    by: str
    email: str
    role: str
    known: bool
    languages: tuple[tuple[str, str], ...]
    given: dict[str, str]
    wrong: dict[str, str]


@dataclass(frozen=True, slots=True, kw_only=True)
class Forgotten:
    """What the page needs: whether letters are sent here at all, and whether one was asked for."""

    letters: bool
    asked: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class Reset:
    """What the page of a new password needs."""

    path: str
    email: str
    wrong: str | None


@dataclass(frozen=True, slots=True, kw_only=True)
class LinkOver:
    """What the page needs when a link opens nothing: ``invitation`` or ``reset``."""

    what: str


def router(services: Services, attempts: Attempts) -> APIRouter:
    """The routes of the pages."""
    routes = APIRouter(include_in_schema=False)
    clients, emails = Pace(_OF_CLIENT, _PER), Pace(_OF_EMAIL, _PER)

    def over(request: Request, what: str) -> Response:
        return alone(request, "link_over.html", LinkOver(what=what), status=410)

    def invited(
        request: Request, connection: sa.Connection, found: Invitation, given: dict[str, str], wrong: dict[str, str]
    ) -> Response:
        row = connection.execute(sa.select(accounts).where(accounts.c.id == found.account_id)).one()
        language = browser_language(request)
        context = Invited(
            path=request.url.path,
            business=row.name,
            by=found.invited_by,
            email=found.email,
            role=language.say(f"role.{found.role}"),
            known=credentials_of(connection, found.email) is not None,
            languages=language_choices(),
            given={"language": row.language, **given},
            wrong=wrong,
        )
        return alone(request, "invited.html", context, status=422 if wrong else 200)

    @routes.get("/invited/{token}")
    def show_invitation(request: Request, token: str) -> Response:
        with services.ledger.reading() as connection:
            found = look_at_invitation(connection, token, now=services.clock())
            return over(request, "invitation") if found is None else invited(request, connection, found, {}, {})

    @routes.post("/invited/{token}")
    def join(
        request: Request,
        token: str,
        name: Annotated[str, Form()] = "",
        password: Annotated[str, Form()] = "",
        language: Annotated[str, Form()] = "",
    ) -> Response:
        now, spoken = services.clock(), browser_language(request)
        with services.ledger.reading() as connection:
            found = look_at_invitation(connection, token, now=now)
            known = None if found is None else credentials_of(connection, found.email)
        if found is None:
            return over(request, "invitation")
        given, wrong = {"name": name, "language": language}, dict[str, str]()
        device = known_device(services, request, known.member if known else None)
        marks = attempts.marks(email=found.email.casefold(), client=services.client(request), device=device)
        digest = None
        if known is not None:
            slow = attempts.wait(marks, now)
            if slow or not services.passwords.right(known.password, password):
                attempts.failed(() if slow else marks, now)
                wrong["password"] = spoken.say("sign_in.refused")
        else:
            if not name_of(name):
                wrong["name"] = spoken.say("member.wrong.name")
            if language not in LANGUAGES:
                wrong["language"] = spoken.say("member.wrong.choice")
            if weak := password_wrong(password, spoken, name, found.email):
                wrong["password"] = weak
            else:
                digest = services.passwords.digest(password)
        with services.ledger.writing() as connection:
            if wrong:
                return invited(request, connection, found, given, wrong)
            if accept(connection, token, now=now) is None:
                return over(request, "invitation")
            member = (
                known.member
                if known is not None
                else add_member(connection, name=name, email=found.email, password=digest, language=language, now=now)
            )
            join_account(connection, found.account_id, member, role=found.role, sites=found.sites, now=now)
            whom = credentials_of_member(connection, member)
            assert whom is not None
            who = Who(kind=ByKind.MEMBER, id=member, name=whom.name, client=shortened(services.client(request)))
            note(connection, found.account_id, who, "member.joined", member, {"role": found.role}, at=now)
        return come_in(services, request, whom, how="invitation")

    @routes.get("/forgotten")
    def show_forgotten(request: Request) -> Response:
        return alone(request, "forgotten.html", Forgotten(letters=services.mail is not None, asked=False))

    @routes.post("/forgotten")
    def ask(request: Request, email: Annotated[str, Form()] = "") -> Response:
        now = services.clock()
        slow = clients.wait(services.client(request), now) or emails.wait(email.strip().casefold()[:300], now)
        answer = alone(request, "forgotten.html", Forgotten(letters=services.mail is not None, asked=True))
        if not slow and services.mail is not None:
            # After the answer: how long it takes tells nobody whether the address is known.
            answer.background = BackgroundTask(_send_reset, services, email, services.link(request, "/reset/"))
        return answer

    @routes.get("/reset/{token}")
    def show_reset(request: Request, token: str) -> Response:
        with services.ledger.reading() as connection:
            found = look_at_link(connection, LinkKind.RESET, token, now=services.clock())
            whom = None if found is None else credentials_of_member(connection, found.member or "")
        if whom is None:
            return over(request, "reset")
        context = Reset(path=request.url.path, email=whom.email, wrong=None)
        return alone(request, "reset.html", context, language=Language(whom.language))

    @routes.post("/reset/{token}")
    def reset(request: Request, token: str, password: Annotated[str, Form()] = "") -> Response:
        now = services.clock()
        with services.ledger.reading() as connection:
            found = look_at_link(connection, LinkKind.RESET, token, now=now)
            whom = None if found is None else credentials_of_member(connection, found.member or "")
        if whom is None or whom.account is None:
            return over(request, "reset")
        language = Language(whom.language)
        if why_weak(password, (whom.name, whom.email)):
            wrong = password_wrong(password, language, whom.name, whom.email)
            context = Reset(path=request.url.path, email=whom.email, wrong=wrong)
            return alone(request, "reset.html", context, language=language, status=422)
        digest = services.passwords.digest(password)
        with services.ledger.writing() as connection:
            if use_link(connection, LinkKind.RESET, token, now=now) is None:
                return over(request, "reset")
            change_credentials(connection, whom.member, password=digest)
            end_sessions(connection, whom.member)
            spend_links(connection, whom.member, now=now)
            who = Who(kind=ByKind.MEMBER, id=whom.member, name=whom.name, client=shortened(services.client(request)))
            note(connection, whom.account, who, "member.password_reset", whom.member, at=now)
        return come_in(services, request, whom, how="reset")

    return routes


def _send_reset(services: Services, email: str, link: str) -> None:
    with services.ledger.reading() as connection:
        found = credentials_of(connection, email)
    if found is None or found.account is None:
        return
    with services.ledger.writing() as connection:
        token = make_one_time_link(connection, LinkKind.RESET, found.member, now=services.clock())
    send(services, Language(found.language), found.email, "reset", name=found.name, link=f"{link}{token}")
