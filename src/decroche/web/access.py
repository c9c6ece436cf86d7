"""Who may look at the pages: a browser that was given the token of an account."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime

from starlette.requests import Request
from starlette.responses import RedirectResponse

from decroche.capture.feed import Feed
from decroche.ledger.store import Ledger
from decroche.ledger.tokens import Bearer, Scope, bearer_of

COOKIE = "decroche"


@dataclass(frozen=True, slots=True)
class Services:
    """What the pages work with. ``secure`` says that people come over HTTPS, ``times_faster`` that nobody really calls.

    In a demonstration ``clock`` is so many times faster than ours.
    """

    ledger: Ledger
    feed: Feed
    clock: Callable[[], datetime]
    titles: dict[str, str]
    secure: bool
    times_faster: float | None = None


def signed_in(services: Services, token: str | None) -> Bearer | None:
    """Who looks; None when the browser has no token, or one that reads nothing."""
    if not token:
        return None
    with services.ledger.reading() as connection:
        bearer = bearer_of(connection, token)
    return bearer if bearer is not None and Scope.READ in bearer.scopes else None


def to_sign_in(_: Request) -> RedirectResponse:
    """Send a browser without a token to where it can give one."""
    return RedirectResponse("/sign-in", status_code=303)
