"""Who may look at the pages: a member of a business who has signed in, what their role allows, and where."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import datetime
from zoneinfo import ZoneInfo

import sqlalchemy as sa
from cryptography.fernet import Fernet
from fastapi.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import RedirectResponse, Response

from decroche.capture.feed import STILL_HERE_S, Feed
from decroche.capture.receive.public_address import PublicAddress
from decroche.connector_kit.connector import Connector
from decroche.language import Language
from decroche.ledger.account import Account
from decroche.ledger.audit_log import ByKind, Who, shortened
from decroche.ledger.members import other_businesses
from decroche.ledger.passwords import Passwords
from decroche.ledger.sessions import Session, note_seen, session_of
from decroche.ledger.store import Ledger
from decroche.model.member import RIGHTS, Right, Role
from decroche.prove.service_desk import Desk
from decroche.recover.service import Recovery
from decroche.recover.workflows.post import Sender
from decroche.web.frame import Frame, frame_of
from decroche.web.identity import Provider

#: The cookie of a session; under HTTPS it has a prefix that keeps other hosts of the domain from setting it.
COOKIE, _HOST = "decroche", "__Host-"
#: Where those must go first who need a second factor and have none.
SECOND_FACTOR = "/account/second-factor"
_OPEN_WITHOUT_SECOND = ("/account", "/sign-out")


@dataclass(frozen=True, slots=True, kw_only=True)
class Services:
    """What the pages work with. ``public_url`` is the address under which platforms reach us; None when not told.

    ``times_faster`` says that nobody really calls, and how much faster than ours ``clock`` is. ``address`` finds out
    who asks behind our proxies. ``box`` seals what is kept secret; ``mail`` sends e-mails, None when none are sent.
    ``desk`` answers with figures. ``key`` is that of the fingerprints of phone numbers; ``recovery`` places calls,
    None where nothing does. ``provider`` vouches for members; None: they have passwords.
    Who watches live is given a sign of life every ``alive_s`` seconds.
    """

    ledger: Ledger
    feed: Feed
    clock: Callable[[], datetime]
    platforms: Sequence[Connector]
    box: Fernet
    public_url: str | None = None
    times_faster: float | None = None
    address: PublicAddress = field(default_factory=PublicAddress)
    key: bytes = field(default=b"", repr=False)
    passwords: Passwords = field(default_factory=Passwords)
    mail: Sender | None = None
    desk: Desk | None = None
    recovery: Recovery | None = None
    provider: Provider | None = None
    alive_s: float = STILL_HERE_S

    @property
    def secure(self) -> bool:
        """Whether people come over HTTPS."""
        return (self.public_url or "").startswith("https://")

    def cookie(self, name: str = COOKIE) -> str:
        """The name of one of our cookies, as the browser keeps it."""
        return _HOST + name if self.secure else name

    def client(self, request: Request) -> str:
        """The network address of whoever asks."""
        return self.address.visitor(request.client.host if request.client is not None else "", request.headers)

    def link(self, request: Request, path: str) -> str:
        """A path of ours as an address that can be handed over."""
        peer = request.client.host if request.client is not None else ""
        return self.address.called(
            scheme=request.url.scheme, path=path, query="", peer=peer, headers=dict(request.headers)
        )

    def deliveries_matter(self, connected: set[str]) -> bool:
        """Whether one of these platforms, by name, would deliver to our public address. A simulated one needs none."""
        delivering = {each.name for each in self.platforms if each.events is not None}
        return self.times_faster is None and bool(delivering & connected)


class NotSignedIn(Exception):
    """A browser that nobody signed in with, or not any more."""


class SecondFactorWanted(Exception):
    """A member who must have a second factor, and has none yet."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Visitor:
    """A member who looks at pages."""

    id: str
    name: str
    email: str
    role: Role


@dataclass(frozen=True, slots=True)
class Visit:
    """A member who looks at the pages of an account. ``sites`` are the names of those they may see; None: all.

    ``account`` finds nothing of other sites. ``frame`` is what stands around the page that they asked for; ``who`` is
    how the audit log calls them; ``wants_second``: the business asks them for a second factor, and they have none.
    """

    account: Account
    about: dict[str, str]
    language: Language
    zone: ZoneInfo
    rights: frozenset[Right]
    frame: Frame
    member: Visitor
    sites: frozenset[str] | None
    who: Who
    session: str
    wants_second: bool

    def may(self, right: Right) -> bool:
        """Whether they are allowed it."""
        return right in self.rights


def found_session(services: Services, request: Request) -> Session | None:
    """The session of a browser, be it complete or not; None without one."""
    token = request.cookies.get(services.cookie())
    if not token:
        return None
    now = services.clock()
    with services.ledger.reading() as connection:
        found = session_of(connection, token, now=now)
    if found is not None and found.stale:
        with services.ledger.writing() as connection:
            note_seen(connection, found.id, now=now)
    return found


def whoever_asks(services: Services, request: Request) -> Session:
    """Who looks, by what their browser sent. Raises NotSignedIn and SecondFactorWanted."""
    found = found_session(services, request)
    if found is None or not found.complete:
        raise NotSignedIn
    if found.needs_second and not request.url.path.startswith(_OPEN_WITHOUT_SECOND):
        raise SecondFactorWanted
    return found


def same_rights(before: Session, now: Session | None) -> bool:
    """Whether a session still is what it was, and is shown the same."""
    return now is not None and _shown_to(now) == _shown_to(before)


def _shown_to(session: Session) -> tuple[object, ...]:
    return (session.member_id, session.complete, session.role, session.sites, session.language, session.needs_second)


@contextmanager
def visit(services: Services, request: Request, needs: Right = Right.SEE) -> Iterator[Visit]:
    """The account of whoever looks, and nobody else's. Raises NotSignedIn, and HTTPException 403 for who may not."""
    # What a page needs is known to whoever stands around the application, such as a test of all pages.
    request.scope.setdefault("needs", needs)
    session = whoever_asks(services, request)
    rights = RIGHTS[session.role]
    if needs not in rights:
        raise HTTPException(403)
    with services.ledger.for_account(session.account_id, sites=session.sites) as account:
        about = dict(account.about())
        language = Language(session.language)
        others: tuple[tuple[str, str], ...] = ()
        if session.businesses > 1:
            with services.ledger.reading() as connection:
                others = other_businesses(connection, session.member_id, session.account_id)
        frame = frame_of(
            request, language, business=about["name"], rights=rights, member=session.name, others=others,
            times_faster=services.times_faster,
        )  # fmt: skip
        found = Visit(
            account=account,
            about=about,
            language=language,
            zone=ZoneInfo(about["zone"]),
            rights=rights,
            frame=frame,
            member=Visitor(id=session.member_id, name=session.name, email=session.email, role=session.role),
            sites=session.sites,
            who=Who(
                kind=ByKind.MEMBER,
                id=session.member_id,
                name=session.name,
                client=shortened(services.client(request)),
            ),
            session=session.id,
            wants_second=session.needs_second,
        )
        # Whoever makes a file of the page writes and notes it for the same visitor.
        request.scope["visit"] = found
        yield found


@contextmanager
def changing(services: Services, request: Request, needs: Right) -> Iterator[tuple[Visit, sa.Connection]]:
    """As ``visit``, with a transaction in which something is changed and noted. Raises as ``visit``."""
    with visit(services, request, needs) as here, services.ledger.writing() as connection:
        yield here, connection


def to_sign_in(request: Request, _: Exception) -> Response:
    """Send a browser that nobody signed in with to where somebody can; a part of a page takes the whole page there."""
    if "hx-request" in request.headers:
        return Response(status_code=401, headers={"HX-Redirect": "/sign-in"})
    return RedirectResponse("/sign-in", status_code=303)


def to_second_factor(request: Request, _: Exception) -> Response:
    """Send a member who needs a second factor to where they get one."""
    if "hx-request" in request.headers:
        return Response(status_code=403, headers={"HX-Redirect": SECOND_FACTOR})
    return RedirectResponse(SECOND_FACTOR, status_code=303)
