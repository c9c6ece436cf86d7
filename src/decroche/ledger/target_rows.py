"""Keeps targets, and the deviations from them with the task that each opened."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime

import sqlalchemy as sa

from decroche.ledger.inserting import insert_new
from decroche.ledger.recovery_tables import work_items
from decroche.ledger.report_tables import deviations, targets
from decroche.ledger.setting_up import new_id


class NoSuchTarget(LookupError):
    """There is no such target in this account, or it ended."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Target:
    """What is wanted of a measure of a site (empty: of all of them), and what is done when it is not so.

    ``wanted`` is as it was written; ``baseline`` what a change is counted from. ``owner`` is a member (empty: whoever
    takes the task). The action is expected to show after ``days``.
    """

    id: str
    kpi: str
    site: str
    wanted: str
    baseline: float | None
    action: str
    owner: str
    days: int
    set_at: datetime
    set_by: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Deviation:
    """A period ``[since, until)`` of local days in which a target was missed beyond doubt; ``item`` is its task.

    ``done_at`` is when the task was closed; None while it is open, or where it opened none.
    """

    id: str
    target: str
    since: date
    until: date
    value: float
    n: int
    item: str | None
    found_at: datetime
    done_at: datetime | None


def add_target(
    connection: sa.Connection,
    account: str,
    *,
    kpi: str,
    site: str,
    wanted: str,
    baseline: float | None,
    action: str,
    owner: str,
    days: int,
    by: str,
    at: datetime,
) -> str:
    """Set a target; another one of the same measure and site ends. Returns its id."""
    c = targets.c
    same = (c.account_id == account) & (c.kpi == kpi) & (c.site == site) & c.ended_at.is_(None)
    connection.execute(sa.update(targets).where(same).values(ended_at=at))
    id = new_id()
    row = {
        "id": id,
        "account_id": account,
        "kpi": kpi,
        "site": site,
        "wanted": wanted,
        "baseline": baseline,
        "action": action,
        "owner": owner,
        "days": days,
        "set_at": at,
        "set_by": by,
    }
    connection.execute(sa.insert(targets).values(**row))
    return id


def end_target(connection: sa.Connection, account: str, id: str, *, at: datetime) -> Target:
    """End a target; what was found of it stays. Raises NoSuchTarget."""
    found = {each.id: each for each in targets_of(connection, account)}.get(id)
    if found is None:
        raise NoSuchTarget(id)
    connection.execute(sa.update(targets).where(targets.c.id == id).values(ended_at=at))
    return found


def targets_of(connection: sa.Connection, account: str) -> list[Target]:
    """The targets that hold, the oldest first."""
    c = targets.c
    query = sa.select(*(c[name] for name in Target.__dataclass_fields__))
    rows = connection.execute(query.where(c.account_id == account, c.ended_at.is_(None)).order_by(c.set_at, c.id))
    return [Target(**row._mapping) for row in rows]


def add_deviation(
    connection: sa.Connection,
    account: str,
    target: str,
    *,
    since: date,
    until: date,
    value: float,
    n: int,
    at: datetime,
) -> str | None:
    """Write down that a target was missed in a period. Its id; None: it was written down before."""
    row = {
        "id": new_id(),
        "account_id": account,
        "target_id": target,
        "since": since.isoformat(),
        "until": until.isoformat(),
        "value": value,
        "n": n,
        "found_at": at,
    }
    return str(row["id"]) if insert_new(connection, deviations, [row], unique=("target_id", "since")) else None


def give_task(connection: sa.Connection, id: str, item: str) -> None:
    """Write down the task that a deviation opened."""
    connection.execute(sa.update(deviations).where(deviations.c.id == id).values(item_id=item))


def deviations_of(connection: sa.Connection, account: str, *, limit: int = 200) -> list[Deviation]:
    """The latest deviations of an account, the latest first."""
    d, w = deviations.c, work_items.c
    query = (
        sa.select(d.id, d.target_id, d.since, d.until, d.value, d.n, d.item_id, d.found_at, w.closed_at)
        .join_from(deviations, work_items, w.id == d.item_id, isouter=True)
        .where(d.account_id == account)
        .order_by(d.found_at.desc(), d.id.desc())
        .limit(limit)
    )
    return [
        Deviation(
            id=row.id,
            target=row.target_id,
            since=date.fromisoformat(row.since),
            until=date.fromisoformat(row.until),
            value=row.value,
            n=row.n,
            item=row.item_id,
            found_at=row.found_at,
            done_at=row.closed_at,
        )
        for row in connection.execute(query)
    ]
