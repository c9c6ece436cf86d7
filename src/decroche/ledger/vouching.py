"""Finds the member for whom an identity provider vouches; who was not invited stays outside.

The first time, an e-mail address that the provider verified says who it is, and issuer and subject are kept; from then
on these alone do: whoever gets the address later gets nothing else with it.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

import sqlalchemy as sa

from decroche.ledger.credentials import Credentials, credentials_of, credentials_of_member, credentials_of_vouched
from decroche.ledger.invitations import Invitation, invited_of_email, take_back
from decroche.ledger.member_tables import members
from decroche.ledger.members import BadEmail, EmailTaken, add_member, join_account
from decroche.ledger.tables import accounts
from decroche.model.member import Role


class NobodyInvited(LookupError):
    """Nobody of this address works here, or was invited to."""


class AddressNotVerified(LookupError):
    """The provider does not say whether the address is that of who signed in."""


class OtherSubject(LookupError):
    """The member of this address is known by another account of the provider."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Welcome:
    """A member who may come in; ``linked``: known by issuer and subject from now on; ``joined``: by what invitation."""

    whom: Credentials
    linked: bool
    joined: Invitation | None


def welcome_vouched(connection: sa.Connection, *, by: str, email: str | None, name: str, now: datetime) -> Welcome:
    """The member whom ``by`` (issuer and subject) and a verified ``email`` belong to; made when they were invited.

    Nobody becomes an owner this way: such an invitation is accepted by its link. Raises NobodyInvited,
    AddressNotVerified and OtherSubject.
    """
    found, linked = credentials_of_vouched(connection, by), False
    if found is None:
        if connection.execute(sa.select(members.c.id).where(members.c.vouched_by == by)).first() is not None:
            raise NobodyInvited
        if email is None:
            raise AddressNotVerified
        found = credentials_of(connection, email)
        if found is not None:
            linked = _link(connection, found.member, by)
    joined = None
    if found is None or found.account is None:
        joined = _accepted(connection, email, now=now)
        if found is None:
            member, linked = _added(connection, joined, by=by, name=name, now=now), True
        else:
            member = found.member
        join_account(connection, joined.account_id, member, role=joined.role, sites=joined.sites, now=now)
        found = credentials_of_member(connection, member)
        assert found is not None
    return Welcome(whom=found, linked=linked, joined=joined)


def _link(connection: sa.Connection, member: str, by: str) -> bool:
    """Know a member by issuer and subject. Raises OtherSubject when they are known by others."""
    c = members.c
    mine = (c.id == member) & c.vouched_by.is_(None)
    if connection.execute(sa.update(members).where(mine).values(vouched_by=by)).rowcount == 0:
        raise OtherSubject(member)
    return True


def _accepted(connection: sa.Connection, email: str | None, *, now: datetime) -> Invitation:
    """The invitation of an address, used now."""
    try:
        found = None if email is None else invited_of_email(connection, email, now=now)
    except BadEmail:
        found = None
    if found is None or found.role is Role.OWNER:
        raise NobodyInvited
    taken = take_back(connection, found.account_id, found.id, now=now)
    if taken is None:
        raise NobodyInvited
    return taken


def _added(connection: sa.Connection, joined: Invitation, *, by: str, name: str, now: datetime) -> str:
    language = connection.execute(sa.select(accounts.c.language).where(accounts.c.id == joined.account_id)).scalar_one()
    try:
        member = add_member(connection, name=name, email=joined.email, password=None, language=language, now=now)
    except EmailTaken:
        # Somebody who may not come in any more has it.
        raise NobodyInvited from None
    _link(connection, member, by)
    return member
