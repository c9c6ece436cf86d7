"""Finds what is to be done, however much there is: the items that may come first, without reading all the others."""

from __future__ import annotations

from collections.abc import Collection, Iterable
from dataclasses import dataclass
from datetime import datetime

import sqlalchemy as sa

from decroche.ledger.recovery_tables import work_items
from decroche.ledger.work_items import WorkItem, item_of

#: How an emergency stands in ``about``, whether it opened the item or joined it.
_EMERGENCY = '%"emergency":"%'


@dataclass(frozen=True, slots=True, kw_only=True)
class Asked:
    """Which open items are asked for; what is None or empty does not matter.

    ``sites``: those that whoever asks may see. ``mine``: somebody's own, claimed by or given to them. ``free_for``:
    nobody else has them. ``asleep``: only those that sleep; without it only those that do not.
    """

    kinds: Collection[str] = ()
    site: str | None = None
    sites: Collection[str] | None = None
    department: str | None = None
    mine: str | None = None
    free_for: str | None = None
    asleep: bool = False


def first_items(
    connection: sa.Connection, account: str, asked: Asked, *, now: datetime, most: int
) -> tuple[list[WorkItem], bool]:
    """The open items of ``asked``, and whether these are all.

    Where there are more than ``most``: the emergencies, the promises that come soonest, those that have waited longest
    and the latest, as many of each as half of ``most`` at the most. Whatever the order by value, the head of the list
    is among them, for what nobody promised loses its value within hours.
    """
    c = work_items.c
    query = sa.select(work_items).where(*_conditions(account, asked, now))
    query = query.order_by(c.snoozed_until, c.id) if asked.asleep else query.order_by(c.opened_at, c.id)
    rows = connection.execute(query.limit(most + 1)).all()
    if len(rows) <= most or asked.asleep:
        return [item_of(row) for row in rows[:most]], len(rows) <= most
    half = most // 2
    kept = {row.id: row for row in rows[:half]}
    plain = sa.select(work_items).where(*_conditions(account, asked, now))
    for more in (
        plain.where(c.about.like(_EMERGENCY)).order_by(c.opened_at),
        plain.where(c.promised_at.is_not(None)).order_by(c.promised_at),
        plain.order_by(c.opened_at.desc()),
    ):
        kept |= {row.id: row for row in connection.execute(more.limit(half))}
    return [item_of(row) for row in kept.values()], False


def read_items(connection: sa.Connection, account: str, ids: Iterable[str]) -> dict[str, WorkItem]:
    """These items, by their ids, whatever their state; those of other accounts are none."""
    c = work_items.c
    # Asked of each by its id: a planner that begins with the account reads all that it ever had to do.
    mine = sa.func.coalesce(c.account_id, "") == account
    query = sa.select(work_items).where(mine, c.id.in_(sorted(set(ids))))
    return {row.id: item_of(row) for row in connection.execute(query)}


def places(connection: sa.Connection, account: str) -> list[tuple[str, str, str]]:
    """The (site, department, kind) of open items: what a list may be narrowed down to."""
    c = work_items.c
    query = sa.select(c.site, c.department, c.kind).where(
        c.account_id == account, c.state == sa.literal_column("'open'")
    )
    return [(row.site, row.department, row.kind) for row in connection.execute(query.distinct())]


def seen(item: WorkItem, sites: Collection[str] | None) -> bool:
    """Whether somebody who may see these sites (None: all) may see the item."""
    return sites is None or item.site in sites


def _conditions(account: str, asked: Asked, now: datetime) -> list[sa.ColumnElement[bool]]:
    c = work_items.c
    found: list[sa.ColumnElement[bool]] = [c.account_id == account, c.state == sa.literal_column("'open'")]
    if asked.kinds:
        found.append(c.kind.in_(sorted(str(kind) for kind in asked.kinds)))
    if asked.site is not None:
        found.append(c.site == asked.site)
    if asked.sites is not None:
        found.append(c.site.in_(sorted(asked.sites)))
    if asked.department is not None:
        found.append(c.department == asked.department)
    held = c.claimed_until.is_not(None) & (c.claimed_until > now)
    if asked.mine is not None:
        found.append((held & (c.claimed_by == asked.mine)) | (c.assigned_to == asked.mine))
    if asked.free_for is not None:
        found.append(~held | (c.claimed_by == asked.free_for) | c.claimed_by.is_(None))
        found.append(c.assigned_to.is_(None) | (c.assigned_to == asked.free_for))
    sleeps = c.snoozed_until.is_not(None) & (c.snoozed_until > now)
    found.append(sleeps if asked.asleep else sa.not_(sleeps))
    return found
