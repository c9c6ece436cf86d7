"""Lets a browser in, and marks it as one that a member signed in with before."""

from __future__ import annotations

import secrets
from datetime import timedelta

import msgspec
import sqlalchemy as sa
from cryptography.fernet import InvalidToken
from starlette.requests import Request
from starlette.responses import RedirectResponse, Response

from decroche.language import Language
from decroche.ledger.audit_log import ByKind, Who, note, shortened
from decroche.ledger.sessions import LASTS, open_session
from decroche.web.access import Services
from decroche.web.frame import browser_language, theme_of
from decroche.web.rendering import page

#: The cookie of a browser that somebody signed in with before, and for how long it is believed.
DEVICE, _KNOWN_FOR = "decroche-known", timedelta(days=365)
_LONGEST_COOKIE = 2_000


def alone(
    request: Request, template: str, context: object, *, language: Language | None = None, status: int = 200
) -> Response:
    """A page for somebody who is not signed in: in the language of their browser, unless another is known."""
    return page(template, language or browser_language(request), context, status=status, theme=theme_of(request))


def let_in(
    services: Services,
    request: Request,
    connection: sa.Connection,
    *,
    account: str,
    member: str,
    name: str,
    complete: bool,
    how: str,
    to: str = "/",
) -> Response:
    """A new session for a member, and the answer that takes its browser to ``to``; ``how`` is for the audit log."""
    now, client = services.clock(), shortened(services.client(request))
    browser = request.headers.get("user-agent", "")
    token = open_session(connection, account, member, complete=complete, browser=browser, client=client, now=now)
    if complete:
        who = Who(kind=ByKind.MEMBER, id=member, name=name, client=client)
        note(connection, account, who, "member.signed_in", member, {"how": how}, at=now)
    answer = RedirectResponse(to, status_code=303)
    give_cookie(services, answer, token)
    return answer


def give_cookie(services: Services, answer: Response, token: str) -> None:
    """Have the browser keep the token of its session where no script can read it."""
    # Lax: whoever follows a link from an e-mail is signed in; no page changes anything on a GET.
    answer.set_cookie(
        services.cookie(), token, max_age=int(LASTS.total_seconds()), path="/", httponly=True, samesite="lax",
        secure=services.secure,
    )  # fmt: skip


def take_cookie(services: Services, answer: Response) -> None:
    """Have the browser forget the token of its session."""
    answer.delete_cookie(services.cookie(), path="/", httponly=True, samesite="lax", secure=services.secure)


def known_device(services: Services, request: Request, member: str | None) -> str | None:
    """The mark of a browser that this member signed in with before; None of another."""
    sealed = request.cookies.get(services.cookie(DEVICE), "")
    if member is None or not sealed or len(sealed) > _LONGEST_COOKIE:
        return None
    return _read(services, sealed).get(member)


def remember_device(services: Services, request: Request, answer: Response, member: str) -> None:
    """Mark a browser as one that this member signed in with; a few others may share it."""
    sealed = request.cookies.get(services.cookie(DEVICE), "")
    known = _read(services, sealed) if 0 < len(sealed) <= _LONGEST_COOKIE else {}
    known = {member: known.get(member) or secrets.token_urlsafe(12), **known}
    kept = dict(list(known.items())[:8])
    answer.set_cookie(
        services.cookie(DEVICE), services.box.encrypt(msgspec.json.encode(kept)).decode(),
        max_age=int(_KNOWN_FOR.total_seconds()), path="/", httponly=True, samesite="lax", secure=services.secure,
    )  # fmt: skip


def _read(services: Services, sealed: str) -> dict[str, str]:
    try:
        opened = services.box.decrypt(sealed.encode("utf-8", "surrogatepass"), ttl=int(_KNOWN_FOR.total_seconds()))
        return msgspec.json.decode(opened, type=dict[str, str])
    except (InvalidToken, msgspec.MsgspecError, UnicodeError):
        return {}
