"""Empties the list by itself: whoever was reached, by whatever way, need not be called any more."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

import sqlalchemy as sa

from decroche.ledger.recovery_tables import bookings
from decroche.ledger.tables import calls, journey_aliases, journeys
from decroche.ledger.work_items import Kind, WorkItem, close, open_items
from decroche.model.call import Direction
from decroche.understand.live_journeys import RecoveredBy

#: What meets its end with the need that it serves. A text that nobody answered waits until somebody was talked to.
_BY_JOURNEY = (Kind.CALLBACK, Kind.VOICEMAIL, Kind.TASK)
_EMPTIES = (*_BY_JOURNEY, Kind.REPLY)
#: Why a journey that is over leaves nothing to do although nobody was reached.
_NOTHING_LEFT = ("withdrawn", "expired")
_TALKED = (RecoveredBy.OUR_CALL, RecoveredBy.THEIR_CALL)


@dataclass(frozen=True, slots=True, kw_only=True)
class Emptied:
    """An item that closed by itself: the state of its journey, what met the need (``by``), and its call (``ref``)."""

    item: str
    because: str
    by: str | None = None
    ref: str | None = None


def empty_by_itself(
    connection: sa.Connection, account: str, people: Iterable[int], *, now: datetime
) -> tuple[Emptied, ...]:
    """Close what need not be done any more for ``people``, after their calls or journeys changed.

    A call that the person asked for, or that was promised to them, is owed until somebody talked to them: a reply or
    a booking meets no such need. It ends also when its journey expired or was withdrawn, unless its slot is still due.
    """
    found = [
        emptied
        for person in sorted(set(people))
        for item in open_items(connection, account, now=now, kinds=_EMPTIES, person=person, asleep=True)
        if (emptied := _emptied(connection, account, item, now)) is not None
    ]
    for each in found:
        told = {"emptied": {"state": each.because, "by": each.by, "ref": each.ref, "at": now.isoformat()}}
        done = each.because not in _NOTHING_LEFT
        close(connection, account, each.item, because=each.because, now=now, done=done, about=told)
    return tuple(found)


def _emptied(connection: sa.Connection, account: str, item: WorkItem, now: datetime) -> Emptied | None:
    booked_at, slot_ends = _promise(connection, account, item)
    asked_at = max((moment for moment in (item.requested_at, booked_at) if moment is not None), default=None)
    by_journey = item.kind in _BY_JOURNEY and bool(item.journeys)
    if asked_at is not None or not by_journey:
        talk = _talk(connection, account, item, since=asked_at or item.opened_at)
        if talk is not None:
            by = RecoveredBy.THEIR_CALL if talk.direction == Direction.INBOUND else RecoveredBy.OUR_CALL
            return Emptied(item=item.id, because="recovered", by=by, ref=talk.id)
    over = _over(connection, account, item.journeys) if by_journey else None
    if over is None:
        return None
    if asked_at is not None:
        due = slot_ends is not None and slot_ends > now
        talked = over["recovered_by"] in _TALKED and over["closed_at"] >= asked_at
        if not talked and (due or over["state"] not in _NOTHING_LEFT):
            return None
    return Emptied(item=item.id, because=over["state"], by=over["recovered_by"], ref=over["recovered_ref"])


def _promise(connection: sa.Connection, account: str, item: WorkItem) -> tuple[datetime, datetime] | tuple[None, None]:
    """When the slot of the person was booked, and when it ends."""
    if item.person is None or item.kind != Kind.CALLBACK:
        return None, None
    c = bookings.c
    query = (
        sa.select(c.made_at, c.ends_at)
        .where(c.account_id == account, c.person == item.person, c.state.in_(("booked", "broken")))
        .where(c.ends_at > item.opened_at)
        .order_by(c.ends_at.desc())
    )
    row = connection.execute(query).first()
    return (None, None) if row is None else (row.made_at, row.ends_at)


def _talk(connection: sa.Connection, account: str, item: WorkItem, *, since: datetime) -> sa.Row[Any, Any] | None:
    """The first call since then in which somebody of ours talked with the person."""
    c = calls.c
    talked = (c.account_id == account) & (c.person == item.person) & c.answered & (c.started_at >= since)
    query = sa.select(c.id, c.direction).where(talked, c.direction.in_(("inbound", "outbound")))
    return connection.execute(query.order_by(c.started_at, c.id)).first()


def _over(connection: sa.Connection, account: str, ids: Iterable[str]) -> Mapping[str, Any] | None:
    """The journey that ended last, when all of them have ended."""
    wanted = set(ids)
    if not wanted:
        return None
    a = journey_aliases.c
    renamed = {
        row.old_id: row.journey_id
        for row in connection.execute(sa.select(journey_aliases).where(a.account_id == account, a.old_id.in_(wanted)))
    }
    wanted = {renamed.get(id, id) for id in wanted}
    j = journeys.c
    rows = connection.execute(sa.select(journeys).where(j.account_id == account, j.id.in_(wanted))).all()
    if not rows or any(row.state == "open" for row in rows):
        return None
    # Somebody who was reached at one site was reached, whatever became of the misses at another.
    last = max(rows, key=lambda row: (row.state == "recovered", row.closed_at, row.id))
    return dict(last._mapping)
