"""Who may come in: the token of a request, its account and its rights."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from datetime import datetime
from typing import Annotated

from cryptography.fernet import Fernet
from fastapi import Depends, Request
from fastapi.security import HTTPAuthorizationCredentials, HTTPBearer

from decroche.api.errors import NotAllowed, NotSignedIn
from decroche.capture.feed import STILL_HERE_S, Feed
from decroche.ledger.audit_log import ByKind, Who, note, shortened
from decroche.ledger.store import Ledger
from decroche.ledger.tokens import Bearer, Scope, bearer_of
from decroche.prove.service_desk import Desk
from decroche.prove.service_feeds import Feeds
from decroche.recover.service import Recovery


@dataclass(frozen=True, slots=True)
class Services:
    """What the API works with; it lies in ``app.state.services``. Listeners get a sign of life every ``alive_s``.

    ``key`` is that of the fingerprints of phone numbers. ``recovery`` sends and calls, ``desk`` answers with figures,
    and ``feeds`` gives BI tools their tables, where a server runs.
    """

    ledger: Ledger
    feed: Feed
    clock: Callable[[], datetime]
    box: Fernet
    alive_s: float = STILL_HERE_S
    key: bytes = field(default=b"", repr=False)
    recovery: Recovery | None = None
    desk: Desk | None = None
    feeds: Feeds | None = None


@dataclass(frozen=True, slots=True)
class Caller:
    """A request that may come in."""

    services: Services
    bearer: Bearer
    token: str = field(repr=False)

    @property
    def account(self) -> str:
        """The account of its token."""
        return self.bearer.account_id

    @property
    def whole_numbers(self) -> bool:
        """Whether it may see phone numbers in full."""
        return Scope.NUMBERS in self.bearer.scopes

    @property
    def salaries(self) -> bool:
        """Whether it may see each line of salaries."""
        return Scope.SALARIES in self.bearer.scopes

    def still_allowed(self) -> bool:
        """Whether its token is still what it was when it came in."""
        with self.services.ledger.reading() as connection:
            return bearer_of(connection, self.token) == self.bearer

    def needs_numbers(self, what: str) -> None:
        """Raise NotAllowed unless it may see phone numbers in full."""
        if not self.whole_numbers:
            raise NotAllowed(f"This token lacks the right “{Scope.NUMBERS}”: {what}.")


_scheme = HTTPBearer(
    auto_error=False,
    scheme_name="token",
    description="A token made by `decroche token`, with its rights: `read` asks, `numbers` sees phone numbers in full, "
    "`write` changes, `salaries` sees cost lines of salaries one by one.",
)


def _caller(scope: Scope) -> Callable[..., Caller]:
    def allowed(
        request: Request, told: Annotated[HTTPAuthorizationCredentials | None, Depends(_scheme)] = None
    ) -> Caller:
        services: Services = request.app.state.services
        if told is None:
            raise NotSignedIn("A token is needed: Authorization: Bearer …")
        with services.ledger.reading() as connection:
            bearer = bearer_of(connection, told.credentials)
        if bearer is None:
            raise NotSignedIn("This token is not known, or was revoked.")
        if scope not in bearer.scopes:
            raise NotAllowed(f"This token lacks the right “{scope}”.")
        return Caller(services, bearer, told.credentials)

    return allowed


#: The noun of the audit log for the first word of a path; other words are taken as they are.
_NOUNS = {
    "account": "settings", "sites": "settings", "lines": "settings", "hours": "hours", "days": "hours",
    "webhooks": "webhook", "callbacks": "callback", "opt-outs": "opt_out", "playbooks": "playbook", "texts": "text",
    "feed-addresses": "feed",
}  # fmt: skip


def _noting(request: Request, caller: Annotated[Caller, Depends(_caller(Scope.WRITE))]) -> Iterator[Caller]:
    """Whoever may change things; what they did change is noted in the audit log."""
    yield caller
    if request.method == "GET":
        return
    first, _, rest = request.url.path.removeprefix("/api/v1/").partition("/")
    if first == "recovery":
        first = rest.partition("/")[0]
    action = f"{_NOUNS.get(first, first.replace('-', '_'))}.{request.method.lower()}"
    # Other parts of a path may be somebody's number: the names of its parts are told, not what stands for them.
    subject, route = str(request.path_params.get("id", "")), str(getattr(request.scope.get("route"), "path", ""))
    client = "" if request.client is None else shortened(request.client.host)
    bearer, services = caller.bearer, caller.services
    who = Who(kind=ByKind.TOKEN, id=bearer.token_id, name=bearer.name, client=client)
    with services.ledger.writing() as connection:
        note(connection, bearer.account_id, who, action, subject, {"route": route}, at=services.clock())


Reader = Annotated[Caller, Depends(_caller(Scope.READ))]
Writer = Annotated[Caller, Depends(_noting, scope="function")]
