"""Reads what whoever calls back has before them: the head of the list, what left it, and the story of one person."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any

import msgspec
import sqlalchemy as sa

from decroche.ledger.account import Account
from decroche.ledger.looking import calls_by_id
from decroche.ledger.recovery_settings import about_people
from decroche.ledger.recovery_tables import bookings, texts, work_items, work_notes
from decroche.ledger.tables import calls, journeys
from decroche.ledger.work_items import WorkItem, item_of
from decroche.ledger.work_notes import Note
from decroche.ledger.work_reading import Asked, first_items, read_items, seen
from decroche.recover.workflows.working import Listed, in_order

Row = Mapping[str, Any]

#: So many items are put in order; beyond them a list shows its head only.
MOST = 400
#: What left the list so recently is still told.
LATELY = timedelta(minutes=10)
#: How far back the story of a person goes, and how much of each kind it tells.
STORY, STORY_MOST = timedelta(days=90), 60


@dataclass(frozen=True, slots=True, kw_only=True)
class Head:
    """The head of the list; ``whole`` says whether it is all of it.

    By item: ``missed``, the call that was missed last (None where none is known). By person: ``people``, what is known
    of them besides.
    """

    listed: Sequence[Listed]
    whole: bool
    missed: Mapping[str, Row] = field(default_factory=dict)
    people: Mapping[int, Row] = field(default_factory=dict)


def read_head(connection: sa.Connection, account: str, asked: Asked, *, now: datetime, most: int = MOST) -> Head:
    """The items that ``asked`` asks for, in their order; those that sleep in the order in which they wake up."""
    items, whole = first_items(connection, account, asked, now=now, most=most)
    listed = in_order(connection, account, items, now=now)
    if asked.asleep:
        listed.sort(key=lambda each: (each.item.snoozed_until or now, each.item.id))
    return Head(listed=listed, whole=whole)


def read_shown(
    connection: sa.Connection, account: str, ids: Iterable[str], *, sites: Collection[str] | None, now: datetime
) -> list[Listed]:
    """These items as they stand now, in the order of ``ids``: those that left the list since included."""
    wanted = list(dict.fromkeys(ids))
    found = {id: item for id, item in read_items(connection, account, wanted).items() if seen(item, sites)}
    places = {each.item.id: each for each in in_order(connection, account, list(found.values()), now=now)}
    return [places[id] for id in wanted if id in places]


def with_details(connection: sa.Connection, account: str, listed: Sequence[Listed], *, whole: bool = True) -> Head:
    """``listed`` with what is known of each: only a page of a list is worth so much reading."""
    items = [each.item for each in listed]
    return Head(
        listed=listed,
        whole=whole,
        missed=last_missed(connection, account, items),
        people=about_people(connection, account, {item.person for item in items if item.person is not None}),
    )


def last_missed(connection: sa.Connection, account: str, items: Sequence[WorkItem]) -> dict[str, Row]:
    """By item, the call that was missed last of its journeys; of a voicemail the call that left it."""
    by_journey = {id: item.id for item in items for id in item.journeys}
    j = journeys.c
    query = sa.select(j.id, j.missed_calls).where(_of(journeys, account), j.id.in_(sorted(by_journey)))
    wanted: dict[str, str] = {}
    for row in connection.execute(query):
        missed = msgspec.json.decode(row.missed_calls, type=list[str])
        if missed:
            wanted[missed[-1]] = by_journey[row.id]
    wanted |= {str(item.about["call"]): item.id for item in items if item.about.get("call")}
    c = calls.c
    found: dict[str, Row] = {}
    for row in connection.execute(sa.select(calls).where(_of(calls, account), c.id.in_(sorted(wanted)))):
        item = wanted[row.id]
        if item not in found or found[item]["started_at"] < row.started_at:
            found[item] = dict(row._mapping)
    return found


def left_lately(
    connection: sa.Connection, account: str, *, sites: Collection[str] | None, now: datetime, most: int = 10
) -> list[WorkItem]:
    """What left the list within the last minutes, the latest first."""
    n, w = work_notes.c, work_items.c
    # Written so that the notes of the last minutes are read, and not all that an account ever had to do.
    mine = sa.func.coalesce(w.account_id, "") == account
    query = (
        sa.select(work_items)
        .select_from(work_notes.join(work_items, w.id == n.item_id))
        .where(n.at > now - LATELY, n.at <= now, n.kind == str(Note.CLOSED), mine)
    )
    if sites is not None:
        query = query.where(w.site.in_(sorted(sites)))
    return [item_of(row) for row in connection.execute(query.order_by(n.at.desc(), n.id).limit(most))]


def meeting_calls(connection: sa.Connection, account: str, items: Iterable[WorkItem]) -> dict[str, Row]:
    """By item, the call that met the need of those that emptied by themselves."""
    refs = {item.id: str(ref) for item in items if (ref := (item.about.get("emptied") or {}).get("ref"))}
    c = calls.c
    query = sa.select(c.id, c.agent, c.started_at).where(_of(calls, account), c.id.in_(sorted(set(refs.values()))))
    found = {row.id: dict(row._mapping) for row in connection.execute(query)}
    return {item: found[ref] for item, ref in refs.items() if ref in found}


@dataclass(frozen=True, slots=True)
class Happened:
    """Something that happened with a person. ``kind``: call, text, booking, or that of a note on an item."""

    at: datetime
    kind: str
    row: Row


def story_of(
    connection: sa.Connection, account: str, item: WorkItem, *, sites: Collection[str] | None, now: datetime
) -> list[Happened]:
    """What happened with the person of an item in the last 90 days, the latest first; without one, with the item.

    Of other places than ``sites`` nothing is told; what people wrote is of no place.
    """
    w, n = work_items.c, work_notes.c
    of_item = w.id == item.id if item.person is None else (w.person == item.person)
    if sites is not None:
        of_item &= w.site.in_(sorted(sites))
    notes = (
        sa.select(work_notes, w.kind.label("of"))
        .select_from(work_items.join(work_notes, w.id == n.item_id))
        .where(w.account_id == account, of_item, n.at > now - STORY)
        .order_by(n.at.desc(), n.id.desc())
    )
    found = [_happened(row.at, row.kind, row) for row in connection.execute(notes.limit(STORY_MOST))]
    if item.person is not None:
        c, t, j, b = calls.c, texts.c, journeys.c, bookings.c
        spoken = (
            sa.select(calls)
            .where(c.account_id == account, c.person == item.person, c.started_at > now - STORY)
            .order_by(c.started_at.desc(), c.id)
        )
        written = (
            sa.select(texts)
            .where(t.account_id == account, t.person == item.person, t.created_at > now - STORY)
            .order_by(t.created_at.desc(), t.id)
        )
        theirs = sa.select(j.id).where(j.account_id == account, j.person == item.person)
        if sites is not None:
            spoken = spoken.where(c.site.in_(sorted(sites)))
            theirs = theirs.where(j.site.in_(sorted(sites)))
            written = written.where(t.journey_id.is_(None) | t.journey_id.in_(theirs))
        promised = sa.select(bookings).where(b.account_id == account, b.journey_id.in_(theirs), b.made_at > now - STORY)
        found += [_happened(row.started_at, "call", row) for row in connection.execute(spoken.limit(STORY_MOST))]
        found += [_happened(row.created_at, "text", row) for row in connection.execute(written.limit(STORY_MOST))]
        found += [_happened(row.made_at, "booking", row) for row in connection.execute(promised)]
    return sorted(found, key=lambda each: each.at, reverse=True)[:STORY_MOST]


def story_of_journey(connection: sa.Connection, account: str, row: Row) -> list[Happened]:
    """What happened in a journey, the first first: its latest calls, texts, promises, and work with its notes."""
    w, n, t, b = work_items.c, work_notes.c, texts.c, bookings.c
    of = Account(connection, account)
    found = [Happened(call["started_at"], "call", call) for call in calls_by_id(of, row["calls"][-STORY_MOST:])]
    notes = (
        sa.select(work_notes, w.kind.label("of"))
        .select_from(work_items.join(work_notes, w.id == n.item_id))
        .where(w.account_id == account, w.journey_id == row["id"])
        .order_by(n.at.desc(), n.id.desc())
    )
    written = sa.select(texts).where(t.account_id == account, t.journey_id == row["id"]).order_by(t.created_at.desc())
    promised = sa.select(bookings).where(b.account_id == account, b.journey_id == row["id"])
    found += [_happened(each.at, each.kind, each) for each in connection.execute(notes.limit(STORY_MOST))]
    found += [_happened(each.created_at, "text", each) for each in connection.execute(written.limit(STORY_MOST))]
    found += [_happened(each.made_at, "booking", each) for each in connection.execute(promised)]
    return sorted(found, key=lambda each: each.at)


def _of(table: sa.Table, account: str) -> sa.ColumnElement[bool]:
    """That a row is the account's, asked of each by its id: a planner that begins with the account reads all of it."""
    return sa.func.coalesce(table.c.account_id, "") == account


def _happened(at: datetime, kind: str, row: sa.Row[Any]) -> Happened:
    return Happened(at, kind, dict(row._mapping))
