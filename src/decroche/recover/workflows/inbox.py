"""Reads what was written to people and by them, person by person: who waits for an answer first, then the latest."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any

import sqlalchemy as sa

from decroche.ledger.account import Account
from decroche.ledger.recovery_settings import about_people
from decroche.ledger.recovery_tables import texts, work_items
from decroche.ledger.tables import journeys
from decroche.ledger.work_items import Kind, WorkItem, item_of, open_items
from decroche.ledger.work_reading import Asked, first_items, read_items, seen

Row = Mapping[str, Any]

#: What waits for somebody to read, to hear or to settle it.
WAITS = (Kind.REPLY, Kind.VOICEMAIL, Kind.REFUSAL, Kind.TEXT_UNKNOWN)
#: So many of those that wait, and of the latest texts, are looked at for one page.
_LOOKED_AT = 300
#: How far back a conversation goes.
TALK = timedelta(days=90)


class NoSuchConversation(LookupError):
    """There is none, or not for whoever asks."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Talk:
    """What was written with one person: the last of it (None: nothing was), and what waits for us."""

    person: int = field(repr=False)
    ref: str
    last: Row | None
    waits: tuple[WorkItem, ...]
    about: Row


@dataclass(frozen=True, slots=True, kw_only=True)
class Conversation:
    """All of it, the oldest first. ``journey``: in which an answer goes out; None: there is none to answer in."""

    person: int = field(repr=False)
    texts: tuple[Row, ...]
    items: tuple[WorkItem, ...]
    about: Row
    journey: Row | None


def latest_talks(
    connection: sa.Connection,
    account: str,
    *,
    sites: Collection[str] | None,
    now: datetime,
    mine: str | None = None,
    kinds: Iterable[str] = WAITS,
    only_waiting: bool = False,
) -> list[int]:
    """People, those who wait for us first (the longest wait first), then whom something was written to last."""
    asked = Asked(kinds=tuple(kinds), sites=sites, mine=mine)
    items, _ = first_items(connection, account, asked, now=now, most=_LOOKED_AT)
    found = [item.person for item in sorted(items, key=lambda item: item.opened_at) if item.person is not None]
    if not only_waiting and mine is None:
        t = texts.c
        query = sa.select(t.person).where(t.account_id == account, t.tried_at <= now, t.person.is_not(None))
        found += connection.execute(_here(query, sites).order_by(t.tried_at.desc()).limit(_LOOKED_AT)).scalars()
    return list(dict.fromkeys(found))


def read_talks(
    connection: sa.Connection, account: str, persons: Iterable[int], *, sites: Collection[str] | None
) -> list[Talk]:
    """What was written with these people, in their order; nobody with whom nothing was and who waits for nothing."""
    wanted = list(dict.fromkeys(persons))
    if not wanted:
        return []
    t = texts.c
    rank = sa.func.row_number().over(partition_by=t.person, order_by=(t.created_at.desc(), t.id)).label("rank")
    mine = sa.select(texts, rank).where(t.account_id == account, t.person.in_(wanted))
    last = _here(mine, sites).subquery()
    rows = {row.person: dict(row._mapping) for row in connection.execute(sa.select(last).where(last.c.rank == 1))}
    known = about_people(connection, account, wanted)
    waits: dict[int, list[WorkItem]] = {}
    for item in _waiting(connection, account, wanted):
        if seen(item, sites) and item.person is not None:
            waits.setdefault(item.person, []).append(item)
    talks = []
    for person in wanted:
        text, items = rows.get(person), tuple(waits.get(person, ()))
        if text is not None or items:
            ref = items[0].id if text is None else text["journey_id"] or text["id"]
            talks.append(Talk(person=person, ref=ref, last=text, waits=items, about=known.get(person, {})))
    return talks


def person_of(connection: sa.Connection, account: str, ref: str, *, sites: Collection[str] | None) -> int:
    """Whose conversation it is, by the id of a journey, a text or an item. Raises NoSuchConversation."""
    of = Account(connection, account, sites)
    item = read_items(connection, account, [ref]).get(ref)
    if item is not None and item.person is not None and seen(item, sites):
        return item.person
    for read in (of.journey, of.text):
        try:
            row = read(ref)
        except KeyError:
            continue
        if row["person"] is not None:
            return int(row["person"])
    raise NoSuchConversation(ref)


def read_conversation(
    connection: sa.Connection, account: str, person: int, *, sites: Collection[str] | None, now: datetime
) -> Conversation:
    """What was written with a person in the last 90 days, and what waits for us."""
    t, j = texts.c, journeys.c
    query = sa.select(texts).where(t.account_id == account, t.person == person, t.created_at > now - TALK)
    rows = connection.execute(_here(query, sites).order_by(t.created_at, t.id)).all()
    theirs = sa.select(journeys).where(j.account_id == account, j.person == person, j.state != "withdrawn")
    if sites is not None:
        theirs = theirs.where(j.site.in_(sorted(sites)))
    journey = connection.execute(theirs.order_by(j.state != "open", j.last_missed_at.desc()).limit(1)).one_or_none()
    items = open_items(connection, account, now=now, person=person, asleep=True)
    return Conversation(
        person=person,
        texts=tuple(dict(row._mapping) for row in rows),
        items=tuple(item for item in items if seen(item, sites)),
        about=about_people(connection, account, [person]).get(person, {}),
        journey=None if journey is None else dict(journey._mapping),
    )


def _waiting(connection: sa.Connection, account: str, persons: Iterable[int]) -> list[WorkItem]:
    w = work_items.c
    theirs = (w.account_id == account) & w.person.in_(list(persons)) & (w.state == "open")
    query = sa.select(work_items).where(theirs, w.kind.in_([str(kind) for kind in WAITS]))
    return [item_of(row) for row in connection.execute(query.order_by(w.opened_at, w.id))]


def _here(query: sa.Select[Any], sites: Collection[str] | None) -> sa.Select[Any]:
    """Only what belongs to journeys of these sites."""
    if sites is None:
        return query
    j = journeys.c
    # Asked of each journey by its id: a list of all journeys of a site would be read anew for every page.
    return query.where(sa.exists().where(j.id == texts.c.journey_id, j.site.in_(sorted(sites))))
