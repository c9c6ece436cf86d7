"""Keeps which audits are being made, and which could not be made and why: a failure is seen, and can be tried again."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

import sqlalchemy as sa

from decroche.ledger.inserting import put
from decroche.ledger.report_tables import report_attempts

#: More failures than this are not shown at once.
_SHOWN = 50


@dataclass(frozen=True, slots=True, kw_only=True)
class Wanted:
    """A quarterly audit as it was asked for. ``site`` is empty where it is about all of them."""

    period: str
    site: str = ""
    names_hidden: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Attempt:
    """An audit that is being made, or failed for a ``reason`` (a word; empty while it is being made)."""

    wanted: Wanted
    begun_at: datetime
    begun_by: str
    reason: str


def begin_attempt(connection: sa.Connection, account: str, wanted: Wanted, *, by: str, at: datetime) -> None:
    """Write down that an audit is being made from now on."""
    row = {**_key(account, wanted), "begun_at": at, "begun_by": by, "reason": ""}
    put(connection, report_attempts, [row])


def fail_attempt(connection: sa.Connection, account: str, wanted: Wanted, reason: str) -> None:
    """Write down why an audit could not be made."""
    connection.execute(sa.update(report_attempts).where(_mine(account, wanted)).values(reason=reason))


def end_attempt(connection: sa.Connection, account: str, wanted: Wanted) -> bool:
    """Forget an attempt: it was made, or nobody wants to see any more that it failed. Whether there was one."""
    return bool(connection.execute(sa.delete(report_attempts).where(_mine(account, wanted))).rowcount)


def attempts_of(connection: sa.Connection, account: str, *, sites: frozenset[str] | None = None) -> list[Attempt]:
    """What is being made or failed, the latest first; with ``sites`` what is about one of them."""
    c = report_attempts.c
    query = sa.select(report_attempts).where(c.account_id == account)
    if sites is not None:
        query = query.where(c.site.in_(sorted(sites)))
    rows = connection.execute(query.order_by(c.begun_at.desc(), c.period, c.site).limit(_SHOWN))
    return [
        Attempt(
            wanted=Wanted(period=row.period, site=row.site, names_hidden=row.names_hidden),
            begun_at=row.begun_at,
            begun_by=row.begun_by,
            reason=row.reason,
        )
        for row in rows
    ]


def _key(account: str, wanted: Wanted) -> dict[str, object]:
    return {
        "account_id": account,
        "period": wanted.period,
        "site": wanted.site,
        "names_hidden": wanted.names_hidden,
    }


def _mine(account: str, wanted: Wanted) -> sa.ColumnElement[bool]:
    return sa.and_(*(report_attempts.c[name] == value for name, value in _key(account, wanted).items()))
