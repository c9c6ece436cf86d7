"""Judges recent calls again when a business changes its hours, lines or places.

A call is judged by what the business said when it was folded. Whoever corrects the opening hours wants to see what was
missed this month by the right ones: the calls of the last 30 days are judged again in the background, the latest first,
and their journeys with them. Older calls keep their verdicts until ``decroche rebuild``: reports that were shown stay
true.
"""

from __future__ import annotations

from datetime import datetime, timedelta

import sqlalchemy as sa
import structlog

from decroche.ledger.folding import STORE_TROUBLE, Change, refold_calls
from decroche.ledger.inserting import put
from decroche.ledger.store import Ledger
from decroche.ledger.tables import calls, rejudging

#: How long ago a call may have begun that is judged again.
REACH = timedelta(days=30)
#: Calls in one transaction: few enough that a delivery need not wait for long.
BATCH = 200

log = structlog.get_logger()


def ask_again(connection: sa.Connection, account: str, now: datetime) -> None:
    """Have the recent calls of ``account`` judged again; from the start where that goes on already."""
    row = {"account_id": account, "since": now - REACH, "after_started": None, "after_id": None}
    put(connection, rejudging, [row])


def judge_next_again(ledger: Ledger, *, now: datetime, limit: int = BATCH) -> tuple[Change, ...] | None:
    """Judge some calls again, in ``ledger.folding()``. Returns the changes; None when nothing was asked.

    A call that cannot be judged for a fault of ours is left as it is, alone.
    """
    with ledger.reading() as connection:
        if connection.execute(sa.select(rejudging.c.account_id).limit(1)).first() is None:
            return None
    try:
        return _step(ledger, now, limit)
    except STORE_TROUBLE:
        raise
    except Exception as error:
        if limit > 1:
            return judge_next_again(ledger, now=now, limit=limit // 2)
        log.error("rejudging_failed", error=type(error).__name__)
        return _step(ledger, now, limit, leave=True)


def _step(ledger: Ledger, now: datetime, limit: int, *, leave: bool = False) -> tuple[Change, ...] | None:
    with ledger.writing() as connection:
        # Locked: who asks again meanwhile waits, and then begins from the start.
        asked = connection.execute(
            sa.select(rejudging).order_by(rejudging.c.account_id).limit(1).with_for_update()
        ).one_or_none()
        if asked is None:
            return None
        found = _next(connection, asked, limit)
        mine = rejudging.c.account_id == asked.account_id
        if len(found) < limit:
            connection.execute(sa.delete(rejudging).where(mine))
        else:
            last = found[-1]
            connection.execute(sa.update(rejudging).where(mine).values(after_started=last.started_at, after_id=last.id))
        return () if leave else tuple(refold_calls(connection, asked.account_id, [row.id for row in found], now))


def _next(connection: sa.Connection, asked: sa.Row[tuple[object, ...]], limit: int) -> list[sa.Row[tuple[object, ...]]]:
    c = calls.c
    query = sa.select(c.id, c.started_at).where(c.account_id == asked.account_id, c.started_at >= asked.since)
    if asked.after_started is not None:
        same = (c.started_at == asked.after_started) & (c.id < asked.after_id)
        query = query.where((c.started_at < asked.after_started) | same)
    return list(connection.execute(query.order_by(c.started_at.desc(), c.id.desc()).limit(limit)))
