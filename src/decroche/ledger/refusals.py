"""Refusals and consents of people, by keyed fingerprints of their numbers: they outlive everything else about them."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any

import sqlalchemy as sa

from decroche.ledger.inserting import insert_new
from decroche.ledger.recovery_tables import consents, opt_outs
from decroche.rules.outreach import Scope

Row = Mapping[str, Any]

# Built once: each step of recovery asks these.
_account: sa.BindParameter[str] = sa.bindparam("account")
_fingerprint: sa.BindParameter[bytes] = sa.bindparam("fingerprint")
_IN_FORCE = (
    sa.select(opt_outs)
    .where(opt_outs.c.account_id == _account, opt_outs.c.fingerprint == _fingerprint, opt_outs.c.undone_at.is_(None))
    .order_by(opt_outs.c.at)
)
_CONSENTS = (
    sa.select(consents)
    .where(consents.c.account_id == _account, consents.c.fingerprint == _fingerprint)
    .order_by(consents.c.obtained_at, consents.c.id)
)


def refuse(
    connection: sa.Connection,
    account: str,
    fingerprint: bytes,
    *,
    scope: str,
    source: str,
    at: datetime,
    pending: bool = False,
) -> bool:
    """Write a refusal down (``scope`` as in ``rules.outreach.Scope``). Whether it was not in force already.

    A ``pending`` one holds until a person has decided what the words meant.
    """
    for row in in_force(connection, account, fingerprint):
        if row["scope"] in {scope, Scope.EVERYTHING} and row["pending"] <= pending:
            return False
    row = {
        "account_id": account,
        "fingerprint": fingerprint,
        "scope": scope,
        "at": at,
        "source": source,
        "pending": pending,
    }
    return insert_new(connection, opt_outs, [row], unique=("account_id", "fingerprint", "scope", "at")) > 0


def in_force(connection: sa.Connection, account: str, fingerprint: bytes) -> list[Row]:
    """The refusals of a person that hold now, the oldest first."""
    of_them = {"account": account, "fingerprint": fingerprint}
    return [dict(row._mapping) for row in connection.execute(_IN_FORCE, of_them)]


def all_in_force(connection: sa.Connection, account: str) -> list[Row]:
    """Every refusal of an account that holds now, the newest first."""
    c = opt_outs.c
    query = sa.select(opt_outs).where(c.account_id == account, c.undone_at.is_(None))
    return [dict(row._mapping) for row in connection.execute(query.order_by(c.at.desc(), c.fingerprint))]


def undo(
    connection: sa.Connection, account: str, fingerprint: bytes, *, scopes: Sequence[str], by: str, at: datetime
) -> int:
    """End the refusals of these scopes: only a new word of the person does that, or a decision on a pending one."""
    c = opt_outs.c
    change = sa.update(opt_outs).where(
        c.account_id == account, c.fingerprint == fingerprint, c.scope.in_(scopes), c.undone_at.is_(None)
    )
    return connection.execute(change.values(undone_at=at, undone_by=by)).rowcount


def end_pending(connection: sa.Connection, account: str, fingerprint: bytes, *, by: str, at: datetime) -> int:
    """End the refusals on which nobody had decided yet: somebody has. How many there were."""
    c = opt_outs.c
    change = sa.update(opt_outs).where(
        c.account_id == account, c.fingerprint == fingerprint, c.pending, c.undone_at.is_(None)
    )
    return connection.execute(change.values(undone_at=at, undone_by=by)).rowcount


def consents_of(connection: sa.Connection, account: str, fingerprint: bytes) -> list[Row]:
    """The consents that a person gave, the oldest first, those that are over or withdrawn included."""
    of_them = {"account": account, "fingerprint": fingerprint}
    return [dict(row._mapping) for row in connection.execute(_CONSENTS, of_them)]


def consent(connection: sa.Connection, row: Mapping[str, Any]) -> None:
    """Keep a consent with its evidence; the same id again changes nothing."""
    insert_new(connection, consents, [row], unique=("id",))


def withdraw(connection: sa.Connection, account: str, fingerprint: bytes, *, means: str | None, at: datetime) -> int:
    """End the consents of a person, of one ``means`` or of all. Returns how many were not withdrawn yet."""
    c = consents.c
    theirs = (c.account_id == account) & (c.fingerprint == fingerprint) & c.withdrawn_at.is_(None)
    if means is not None:
        theirs &= c.means == means
    return connection.execute(sa.update(consents).where(theirs).values(withdrawn_at=at)).rowcount
