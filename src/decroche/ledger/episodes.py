"""Runs of playbooks: which miss each answers, what became of its steps, and when it is looked at next."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from datetime import datetime
from functools import cache
from typing import Any

import msgspec
import sqlalchemy as sa

from decroche.ledger.inserting import insert_new
from decroche.ledger.recovery_tables import acts, assignments, bookings, episodes, slot_links, texts, work_items
from decroche.ledger.tables import changes, counters, journeys

Row = Mapping[str, Any]
_POSITION = "recovery"
Reasons = tuple[Mapping[str, Any], ...]


# Built once: whoever follows the changes, and each look at an episode, asks these.
_CHANGES = (
    sa.select(changes)
    .where(changes.c.id > sa.bindparam("before"))
    .order_by(changes.c.id)
    .limit(sa.bindparam("most", type_=sa.Integer))
)
_MOVE = (
    sa.update(counters)
    .where(counters.c.name == _POSITION, counters.c.value == sa.bindparam("before"))
    .values(value=sa.bindparam("last"))
)
_FOLLOWED = sa.select(counters.c.value).where(counters.c.name == _POSITION)
_of_journey = episodes.c.journey_id == sa.bindparam("of")
_this = _of_journey & (episodes.c.number == sa.bindparam("this"))
_LAST = sa.select(episodes).where(_of_journey).order_by(episodes.c.number.desc()).limit(1)
_THIS = sa.select(episodes).where(_this)
_ALL = (
    sa.select(episodes)
    .where(episodes.c.journey_id.in_(sa.bindparam("ids", expanding=True)))
    .order_by(episodes.c.journey_id, episodes.c.number)
    .with_for_update()
)
_LAST_AND_JOURNEY = (
    sa.select(episodes, journeys)
    .outerjoin_from(episodes, journeys, journeys.c.id == episodes.c.journey_id)
    .where(_of_journey)
    .order_by(episodes.c.number.desc())
    .limit(1)
    .with_for_update(of=episodes)
)
_goes_on = _this & episodes.c.ended_at.is_(None)
_TURN = (
    sa.update(episodes)
    .where(_goes_on, episodes.c.turn == sa.bindparam("before"))
    .values(turn=sa.bindparam("after"), due_at=sa.bindparam("due"))
)
_END = (
    sa.update(episodes)
    .where(_goes_on)
    .values(ended_at=sa.bindparam("now"), ended_because=sa.bindparam("because"), due_at=None)
)


def changes_to_follow(connection: sa.Connection, before: int, limit: int) -> list[Row]:
    """The changes after ``before``, in order."""
    return [dict(row._mapping) for row in connection.execute(_CHANGES, {"before": before, "most": limit})]


def follow_up_to(connection: sa.Connection, before: int, last: int) -> bool:
    """Note that all changes up to ``last`` are looked at. False when somebody else has gone on from ``before``."""
    if connection.execute(_MOVE, {"before": before, "last": last}).rowcount == 1:
        return True
    # Nobody has ever followed, or somebody else has gone on: only the first of those who begin adds the row.
    return before == 0 and insert_new(connection, counters, [{"name": _POSITION, "value": last}], unique=("name",)) == 1


def followed(connection: sa.Connection) -> int:
    """The last change that recovery has looked at."""
    return connection.execute(_FOLLOWED).scalar_one_or_none() or 0


def begin(connection: sa.Connection, row: Mapping[str, Any]) -> Row | None:
    """Begin an episode, and hold it. None when there is one with its number."""
    whole: Row = {"turn": 0, "ended_at": None, "ended_because": None, **row}
    return whole if insert_new(connection, episodes, [whole], unique=("journey_id", "number")) else None


def episode(connection: sa.Connection, journey: str, number: int | None = None, *, hold: bool = True) -> Row | None:
    """An episode of a journey, the last unless a number is given.

    Whoever ``hold``s it, in a transaction that writes, keeps all others from changing it until that ends.
    """
    query = _LAST if number is None else _THIS
    wanted = {"of": journey} if number is None else {"of": journey, "this": number}
    row = connection.execute(_held(query) if hold else query, wanted).one_or_none()
    return None if row is None else dict(row._mapping)


@cache
def _held(query: sa.Select[Any]) -> sa.Select[Any]:
    return query.with_for_update()


def episode_and_journey(connection: sa.Connection, journey: str) -> tuple[Row, Row | None] | None:
    """The last episode of a journey, held, and the journey as it is kept, if it is."""
    row = connection.execute(_LAST_AND_JOURNEY, {"of": journey}).one_or_none()
    if row is None:
        return None
    found, theirs = ({column.name: row._mapping[column] for column in table.c} for table in (episodes, journeys))
    return found, theirs if theirs["id"] is not None else None


def last_episodes(connection: sa.Connection, ids: Collection[str]) -> dict[str, Row]:
    """The last episodes of those of the journeys that have had any, by journey; nobody else changes them meanwhile."""
    found = connection.execute(_ALL, {"ids": sorted(set(ids))})
    return {row.journey_id: dict(row._mapping) for row in found}


def turn(connection: sa.Connection, journey: str, number: int, before: int, due_at: datetime | None) -> bool:
    """Note that it was looked at, and when it will be again (None: when something happens).

    False when somebody else has looked meanwhile.
    """
    words = {"of": journey, "this": number, "before": before, "after": before + 1, "due": due_at}
    return connection.execute(_TURN, words).rowcount == 1


def end(connection: sa.Connection, journey: str, number: int, because: str, now: datetime) -> bool:
    """End an episode. Whether it went on until now."""
    return connection.execute(_END, {"of": journey, "this": number, "because": because, "now": now}).rowcount == 1


def act(
    connection: sa.Connection,
    account: str,
    journey: str,
    number: int,
    step: str,
    *,
    outcome: str,
    reasons: Reasons,
    subject: str | None,
    now: datetime,
) -> bool:
    """Write down what became of a step. Whether nothing had been written."""
    row = {
        "account_id": account,
        "journey_id": journey,
        "episode": number,
        "step": step,
        "at": now,
        "outcome": outcome,
        "subject": subject,
        "reasons": msgspec.json.encode(reasons).decode(),
    }
    return insert_new(connection, acts, [row], unique=("journey_id", "episode", "step")) > 0


def acts_of(connection: sa.Connection, journey: str) -> list[Row]:
    """What became of the steps of a journey, in all its episodes, the oldest first."""
    c = acts.c
    rows = connection.execute(sa.select(acts).where(c.journey_id == journey).order_by(c.at, c.episode, c.step))
    return [dict(row._mapping) | {"reasons": msgspec.json.decode(row.reasons)} for row in rows]


def hand_down(connection: sa.Connection, account: str, old: str, heir: str, now: datetime) -> None:
    """The journey ``old`` became part of ``heir``: what was begun and made for it is the heir's from now on.

    Where the heir has runs of its own, those of the old one end.
    """
    e = episodes.c
    has = connection.execute(sa.select(e.number).where(e.journey_id == heir).limit(1)).first() is not None
    if has:
        gone = sa.update(episodes).where(e.journey_id == old, e.ended_at.is_(None))
        connection.execute(gone.values(ended_at=now, ended_because="merged", due_at=None))
    for table in (texts, work_items, bookings, slot_links) if has else (
        episodes, acts, texts, work_items, bookings, slot_links,
    ):  # fmt: skip
        mine = (table.c.account_id == account) & (table.c.journey_id == old)
        connection.execute(sa.update(table).where(mine).values(journey_id=heir))


def assign(
    connection: sa.Connection,
    account: str,
    experiment: str,
    fingerprint: bytes,
    *,
    arm: str,
    share: float,
    at: datetime,
) -> str:
    """Write down the arm of a person, once and for all. Returns the one that holds."""
    row = {
        "account_id": account,
        "experiment": experiment,
        "fingerprint": fingerprint,
        "arm": arm,
        "share": share,
        "at": at,
    }
    insert_new(connection, assignments, [row], unique=("account_id", "experiment", "fingerprint"))
    c = assignments.c
    kept = sa.select(c.arm).where(c.account_id == account, c.experiment == experiment, c.fingerprint == fingerprint)
    return str(connection.execute(kept).scalar_one())
