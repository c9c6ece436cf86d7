"""What a member signs in with: looked up by e-mail, and changed."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import sqlalchemy as sa

from decroche.ledger.member_tables import members, memberships
from decroche.ledger.members import BadEmail, email_key


@dataclass(frozen=True, slots=True, kw_only=True)
class Credentials:
    """A member, and what they sign in with. ``account`` is the business that they come into; None: of none."""

    member: str
    name: str
    email: str
    language: str
    password: str | None
    has_second: bool
    account: str | None


def credentials_of(connection: sa.Connection, email: str) -> Credentials | None:
    """Those of whoever has this e-mail; None when nobody does."""
    try:
        key = email_key(email)
    except BadEmail:
        return None
    return _found(connection, members.c.email_key == key)


def credentials_of_member(connection: sa.Connection, id: str) -> Credentials | None:
    """Those of a member by their id."""
    return _found(connection, members.c.id == id)


def credentials_of_vouched(connection: sa.Connection, vouched_by: str) -> Credentials | None:
    """Those of a member for whom somebody else vouches."""
    return _found(connection, members.c.vouched_by == vouched_by)


def change_credentials(connection: sa.Connection, member: str, **values: Any) -> None:
    """Set ``name``, ``language``, ``password`` (a digest) or ``vouched_by`` of a member."""
    connection.execute(sa.update(members).where(members.c.id == member).values(**values))


def _found(connection: sa.Connection, which: sa.ColumnElement[bool]) -> Credentials | None:
    m, w = members.c, memberships.c
    row = connection.execute(sa.select(members).where(which, m.disabled_at.is_(None))).one_or_none()
    if row is None:
        return None
    first = sa.select(w.account_id).where(w.member_id == row.id).order_by(w.created_at, w.account_id).limit(1)
    return Credentials(
        member=row.id,
        name=row.name,
        email=row.email,
        language=row.language,
        password=row.password,
        has_second=row.totp is not None,
        account=connection.execute(first).scalar_one_or_none(),
    )
