"""Who may look at the pages: a browser that was given the token of an account."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import datetime
from zoneinfo import ZoneInfo

from fastapi.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import RedirectResponse, Response

from decroche.capture.feed import Feed
from decroche.capture.receive.public_address import PublicAddress
from decroche.connector_kit.connector import Connector
from decroche.language import Language
from decroche.ledger.account import Account
from decroche.ledger.store import Ledger
from decroche.ledger.tokens import Bearer, Scope, bearer_of
from decroche.model.member import Right
from decroche.web.frame import Frame, frame_of

COOKIE = "decroche"
_RIGHTS: Mapping[Scope, frozenset[Right]] = {
    Scope.READ: frozenset({Right.SEE}),
    Scope.NUMBERS: frozenset({Right.NUMBERS}),
    Scope.WRITE: frozenset({Right.WORK, Right.SUPERVISE, Right.SET_UP, Right.OWN}),
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Services:
    """What the pages work with. ``public_url`` is the address under which platforms reach us; None when not told.

    ``times_faster`` says that nobody really calls, and how much faster than ours ``clock`` is. ``address`` finds out
    who asks behind our proxies.
    """

    ledger: Ledger
    feed: Feed
    clock: Callable[[], datetime]
    platforms: Sequence[Connector]
    public_url: str | None = None
    times_faster: float | None = None
    address: PublicAddress = field(default_factory=PublicAddress)

    @property
    def secure(self) -> bool:
        """Whether people come over HTTPS."""
        return (self.public_url or "").startswith("https://")

    def deliveries_matter(self, connected: set[str]) -> bool:
        """Whether one of these platforms, by name, would deliver to our public address. A simulated one needs none."""
        delivering = {each.name for each in self.platforms if each.events is not None}
        return self.times_faster is None and bool(delivering & connected)


class NotSignedIn(Exception):
    """A browser without a token, or with one that reads nothing."""


@dataclass(frozen=True, slots=True)
class Visit:
    """Somebody who looks at the pages of an account. ``frame`` is what stands around the page that they asked for."""

    account: Account
    about: dict[str, str]
    language: Language
    zone: ZoneInfo
    rights: frozenset[Right]
    frame: Frame

    def may(self, right: Right) -> bool:
        """Whether they are allowed it."""
        return right in self.rights


def signed_in(services: Services, token: str | None) -> Bearer:
    """Who looks. Raises NotSignedIn."""
    if not token:
        raise NotSignedIn
    with services.ledger.reading() as connection:
        bearer = bearer_of(connection, token)
    if bearer is None or Scope.READ not in bearer.scopes:
        raise NotSignedIn
    return bearer


def whoever_asks(services: Services, request: Request) -> Bearer:
    """Who looks, by what their browser sent. Raises NotSignedIn."""
    return signed_in(services, request.cookies.get(COOKIE))


@contextmanager
def visit(services: Services, request: Request, needs: Right = Right.SEE) -> Iterator[Visit]:
    """The account of whoever looks, and nobody else's. Raises NotSignedIn, and HTTPException 403 for who may not."""
    bearer = whoever_asks(services, request)
    rights = frozenset[Right]().union(*(_RIGHTS[scope] for scope in bearer.scopes))
    if needs not in rights:
        raise HTTPException(403)
    with services.ledger.for_account(bearer.account_id) as account:
        about = dict(account.about())
        language = Language(about["language"])
        frame = frame_of(request, language, business=about["name"], rights=rights, times_faster=services.times_faster)
        yield Visit(account, about, language, ZoneInfo(about["zone"]), rights, frame)


def to_sign_in(request: Request, _: Exception) -> Response:
    """Send a browser without a token to where it can give one; a part of a page takes the whole page there."""
    if "hx-request" in request.headers:
        return Response(status_code=401, headers={"HX-Redirect": "/sign-in"})
    return RedirectResponse("/sign-in", status_code=303)
