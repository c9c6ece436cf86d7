"""Who may come in: the token of a request, its account and its rights."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from typing import Annotated

from cryptography.fernet import Fernet
from fastapi import Depends, Request
from fastapi.security import HTTPAuthorizationCredentials, HTTPBearer

from decroche.api.errors import NotAllowed, NotSignedIn
from decroche.capture.feed import Feed
from decroche.ledger.store import Ledger
from decroche.ledger.tokens import Bearer, Scope, bearer_of


@dataclass(frozen=True, slots=True)
class Services:
    """What the API works with; it lies in ``app.state.services``."""

    ledger: Ledger
    feed: Feed
    clock: Callable[[], datetime]
    box: Fernet


@dataclass(frozen=True, slots=True)
class Caller:
    """A request that may come in."""

    services: Services
    bearer: Bearer

    @property
    def account(self) -> str:
        """The account of its token."""
        return self.bearer.account_id

    @property
    def whole_numbers(self) -> bool:
        """Whether it may see phone numbers in full."""
        return Scope.NUMBERS in self.bearer.scopes


_scheme = HTTPBearer(auto_error=False, description="A token made by `decroche token`.")


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
        return Caller(services, bearer)

    return allowed


Reader = Annotated[Caller, Depends(_caller(Scope.READ))]
Writer = Annotated[Caller, Depends(_caller(Scope.WRITE))]
