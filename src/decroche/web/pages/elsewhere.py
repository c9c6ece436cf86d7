"""``/sign-in/elsewhere``: a member comes in with the account of their company; an identity provider vouches."""

from __future__ import annotations

import hmac
import secrets
import threading
from collections import OrderedDict
from datetime import datetime, timedelta

import msgspec
import sqlalchemy as sa
import structlog
from cryptography.fernet import InvalidToken
from fastapi import APIRouter
from starlette.requests import Request
from starlette.responses import RedirectResponse, Response

from decroche.ledger.audit_log import ByKind, Who, note, shortened
from decroche.ledger.vouching import AddressNotVerified, NobodyInvited, OtherSubject, Welcome, welcome_vouched
from decroche.web.access import Services
from decroche.web.entering import alone
from decroche.web.frame import browser_language
from decroche.web.identity import NotVouched, Provider, ProviderDown
from decroche.web.pace import Pace
from decroche.web.pages.signing_in import SignIn, come_in

_BEGIN, _BACK = "/sign-in/elsewhere", "/sign-in/elsewhere/back"
#: What binds the provider's answer to the browser that asked for it, and for how long it is waited for.
_ASKING, _WAITS = "decroche-asking", timedelta(minutes=10)
_LONGEST_COOKIE, _REMEMBERED = 2_000, 20_000
#: How often one network address may begin.
_BEGINNINGS, _PER = 30, timedelta(minutes=10)

log = structlog.get_logger()


class _Asked(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """What a browser was sent to the provider with, sealed in a cookie of it."""

    state: str
    nonce: str
    verifier: str
    at: float


class _Spent:
    """The states that were answered: none is taken twice, not even from a browser that kept its cookie."""

    def __init__(self) -> None:
        self._states: OrderedDict[str, None] = OrderedDict()
        self._lock = threading.Lock()

    def spend(self, state: str) -> bool:
        """Whether this is the first time."""
        with self._lock:
            first = state not in self._states
            self._states[state] = None
            while len(self._states) > _REMEMBERED:
                self._states.popitem(last=False)
            return first


def router(services: Services, provider: Provider) -> APIRouter:
    """The routes of the page."""
    routes = APIRouter(include_in_schema=False)
    spent, pace = _Spent(), Pace(_BEGINNINGS, _PER)

    def refused(request: Request, why: str, status: int) -> Response:
        wrong = browser_language(request).say(f"sign_in.elsewhere_{why}")
        answer = alone(request, "sign_in.html", SignIn(email="", wrong=wrong, elsewhere=True), status=status)
        _forget(services, answer)
        return answer

    # A link and no form: browsers follow no form to another site where the policy of a page forbids it.
    @routes.get(_BEGIN)
    def begin(request: Request) -> Response:
        now = services.clock()
        if pace.wait(services.client(request), now):
            return refused(request, "often", 429)
        state, nonce, verifier = (secrets.token_urlsafe(32) for _ in range(3))
        asked = _Asked(state=state, nonce=nonce, verifier=verifier, at=now.timestamp())
        back = services.link(request, _BACK)
        try:
            to = provider.address(state=state, nonce=nonce, verifier=verifier, back=back)
        except ProviderDown:
            return refused(request, "down", 503)
        answer = RedirectResponse(to, status_code=303, headers={"Cache-Control": "no-store"})
        answer.set_cookie(
            services.cookie(_ASKING), services.box.encrypt(msgspec.json.encode(asked)).decode(),
            max_age=int(_WAITS.total_seconds()), path="/", httponly=True, samesite="lax", secure=services.secure,
        )  # fmt: skip
        return answer

    @routes.get(_BACK)
    def come_back(request: Request) -> Response:
        now, answered = services.clock(), dict(request.query_params)
        asked = _asked(services, request, answered.get("state", ""), now)
        if asked is None or not spent.spend(asked.state):
            return refused(request, "again", 400)
        back = services.link(request, _BACK)
        try:
            found = provider.vouched(answered, nonce=asked.nonce, verifier=asked.verifier, back=back)
            with services.ledger.writing() as connection:
                welcome = welcome_vouched(connection, by=found.by, email=found.email, name=found.name, now=now)
                _note(services, request, connection, welcome, now)
        except ProviderDown:
            return refused(request, "down", 503)
        except NotVouched as error:
            log.warning("identity_not_vouched", why=str(error))
            return refused(request, "refused", 401)
        except AddressNotVerified:
            return refused(request, "unverified", 403)
        except NobodyInvited:
            return refused(request, "unknown", 403)
        except OtherSubject:
            return refused(request, "other", 403)
        answer = come_in(services, request, welcome.whom, how="elsewhere", second=found.second)
        _forget(services, answer)
        return answer

    return routes


def _asked(services: Services, request: Request, state: str, now: datetime) -> _Asked | None:
    """What this browser was sent away with, when the provider answers just that, and in time."""
    sealed = request.cookies.get(services.cookie(_ASKING), "")
    if not 0 < len(sealed) <= _LONGEST_COOKIE:
        return None
    try:
        found = msgspec.json.decode(services.box.decrypt(sealed.encode("utf-8", "surrogatepass")), type=_Asked)
    except (InvalidToken, msgspec.MsgspecError, UnicodeError):
        return None
    same = hmac.compare_digest(found.state.encode(), state.encode("utf-8", "surrogatepass"))
    return found if same and 0 <= now.timestamp() - found.at < _WAITS.total_seconds() else None


def _forget(services: Services, answer: Response) -> None:
    answer.delete_cookie(services.cookie(_ASKING), path="/", httponly=True, samesite="lax", secure=services.secure)


def _note(services: Services, request: Request, connection: sa.Connection, welcome: Welcome, now: datetime) -> None:
    """Tell the audit log what was new about somebody who comes in."""
    whom = welcome.whom
    who = Who(kind=ByKind.MEMBER, id=whom.member, name=whom.name, client=shortened(services.client(request)))
    if welcome.joined is not None:
        role = {"role": welcome.joined.role}
        note(connection, welcome.joined.account_id, who, "member.joined", whom.member, role, at=now)
    if welcome.linked and whom.account is not None:
        note(connection, whom.account, who, "member.vouched", whom.member, at=now)
