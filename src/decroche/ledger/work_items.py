"""What people of the business have to do: opened once, claimed by one person at a time, and gone when it is done."""

from __future__ import annotations

import hashlib
from collections.abc import Collection, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum
from typing import Any

import msgspec
import sqlalchemy as sa

from decroche.ledger.inserting import insert_new
from decroche.ledger.recovery_tables import work_items, work_notes
from decroche.ledger.turns import take_turns
from decroche.ledger.work_notes import Note, add_note, note_id


class Kind(StrEnum):
    """What is to be done: call back, hear a voicemail, answer a text, settle a refusal or a doubt, or else."""

    CALLBACK = "callback"
    VOICEMAIL = "voicemail"
    REPLY = "reply"
    REFUSAL = "refusal"
    TEXT_UNKNOWN = "text_unknown"
    TASK = "task"


class AlreadyClosed(Exception):
    """There is nothing left to do."""


class NoSuchItem(LookupError):
    """There is no such item in this account."""


@dataclass(frozen=True, slots=True, kw_only=True)
class WorkItem:
    """One row of ``work_items``; ``about`` is what whoever takes it should know, such as the needs that it joins."""

    id: str
    account_id: str
    kind: str
    state: str
    opened_at: datetime
    journey_id: str | None = None
    person: int | None = field(default=None, repr=False)
    site: str = ""
    department: str = ""
    due_at: datetime | None = None
    promised_at: datetime | None = None
    requested_at: datetime | None = None
    snoozed_until: datetime | None = None
    assigned_to: str | None = None
    claimed_by: str | None = None
    claimed_until: datetime | None = None
    attempts: int = 0
    outcome: str | None = None
    closed_at: datetime | None = None
    closed_because: str | None = None
    about: Mapping[str, Any] = field(default_factory=dict, repr=False)

    def holder(self, now: datetime) -> str | None:
        """Who has it now."""
        held = self.claimed_until is not None and self.claimed_until > now
        return self.claimed_by if held else None

    @property
    def emergencies(self) -> tuple[tuple[str | None, datetime], ...]:
        """The journeys of the emergencies among its needs, and when each was told."""
        first = ((self.journey_id, self.opened_at),) if self.about.get("emergency") else ()
        joined = [need for need in self.about.get("needs", ()) if need.get("emergency")]
        return (*first, *((need.get("journey"), datetime.fromisoformat(need["at"])) for need in joined))

    @property
    def joined_at(self) -> datetime | None:
        """When whoever asked for this call joined the queue whose place they keep; None: nobody asked for it."""
        if self.requested_at is None:
            return None
        told = [each["joined"] for each in (self.about, *self.about.get("needs", ())) if each.get("joined")]
        return min([datetime.fromisoformat(each) for each in told], default=self.requested_at)

    @property
    def journeys(self) -> tuple[str, ...]:
        """The journeys whose needs it joins."""
        joined = [need["journey"] for need in self.about.get("needs", ()) if need.get("journey")]
        return tuple(dict.fromkeys([*([self.journey_id] if self.journey_id else []), *joined]))


@dataclass(frozen=True, slots=True, kw_only=True)
class Need:
    """Why an item is opened. ``key`` is the same whenever the same need is told, and for no other of its kind.

    ``requested_at``: the person asked for the call, then. ``promised_at``: the moment that was promised to them.
    """

    kind: Kind
    key: str
    person: int | None = field(default=None, repr=False)
    journey: str | None = None
    site: str = ""
    department: str = ""
    due_at: datetime | None = None
    promised_at: datetime | None = None
    requested_at: datetime | None = None
    assigned_to: str | None = None
    about: Mapping[str, Any] = field(default_factory=dict)


def item_id(account: str, kind: str, key: str) -> str:
    """The id of the item that a need opens: the same whenever it is computed."""
    return _digest(account, "work", kind, key)


def open_item(connection: sa.Connection, account: str, need: Need, *, now: datetime) -> str:
    """Have somebody do it. Returns the id of the item, which is there already when the need was told before.

    A person has at most one open callback: a second need joins it, wakes it up, and hastens what was due later.
    """
    if need.person is not None:
        take_turns(connection, account, "person", need.person)
    id = item_id(account, need.kind, need.key)
    known = known_item(connection, id)
    if known is not None:
        return known
    if need.kind is Kind.CALLBACK and need.person is not None:
        c = work_items.c
        mine = (c.account_id == account) & (c.person == need.person) & (c.kind == str(Kind.CALLBACK))
        other = connection.execute(sa.select(c.id).where(mine, c.state == "open").order_by(c.opened_at)).first()
        if other is not None:
            _join(connection, read_item(connection, account, other.id), need, joined=id, now=now)
            return str(other.id)
    row = {
        "id": id,
        "account_id": account,
        "journey_id": need.journey,
        "person": need.person,
        "site": need.site,
        "department": need.department,
        "kind": str(need.kind),
        "state": "open",
        "opened_at": now,
        "due_at": need.due_at,
        "promised_at": need.promised_at,
        "requested_at": need.requested_at,
        "assigned_to": need.assigned_to,
        "about": written(need.about),
    }
    insert_new(connection, work_items, [row], unique=("id",))
    return id


def read_item(connection: sa.Connection, account: str, id: str) -> WorkItem:
    """One item. Raises NoSuchItem."""
    query = sa.select(work_items).where(work_items.c.account_id == account, work_items.c.id == id)
    row = connection.execute(query).one_or_none()
    if row is None:
        raise NoSuchItem(id)
    return item_of(row)


def open_items(
    connection: sa.Connection,
    account: str,
    *,
    now: datetime,
    kinds: Collection[str] = (),
    site: str | None = None,
    department: str | None = None,
    person: int | None = None,
    asleep: bool = False,
) -> list[WorkItem]:
    """What is to be done, promises first, then the oldest; snoozed items only when ``asleep``."""
    c = work_items.c
    query = sa.select(work_items).where(c.account_id == account, c.state == sa.literal_column("'open'"))
    if kinds:
        query = query.where(c.kind.in_(sorted(str(kind) for kind in kinds)))
    for column, wanted in ((c.site, site), (c.department, department), (c.person, person)):
        if wanted is not None:
            query = query.where(column == wanted)
    if not asleep:
        query = query.where(c.snoozed_until.is_(None) | (c.snoozed_until <= now))
    query = query.order_by(c.promised_at.is_(None), c.promised_at, c.opened_at, c.id)
    return [item_of(row) for row in connection.execute(query)]


def items_of_journey(connection: sa.Connection, account: str, journey: str) -> list[WorkItem]:
    """Everything that was to be done for a journey, the oldest first."""
    c = work_items.c
    query = sa.select(work_items).where(c.account_id == account, c.journey_id == journey).order_by(c.opened_at, c.id)
    return [item_of(row) for row in connection.execute(query)]


def close(
    connection: sa.Connection,
    account: str,
    id: str,
    *,
    because: str,
    now: datetime,
    who: str = "",
    done: bool = True,
    about: Mapping[str, Any] | None = None,
) -> bool:
    """End an item, whoever has it; False when it was closed before. Raises NoSuchItem.

    ``done``: somebody did it; otherwise it need not be done any more. ``about`` is added to what is known of it.
    """
    item = in_turn(connection, account, id)
    if item.state != "open":
        return False
    change_item(
        connection,
        id,
        state="done" if done else "cancelled",
        closed_at=now,
        closed_because=because,
        claimed_by=None,
        claimed_until=None,
        snoozed_until=None,
        about=written({**item.about, **(about or {})}),
    )
    add_note(connection, id, kind=Note.CLOSED, who=who, now=now, body=because)
    return True


def in_turn(connection: sa.Connection, account: str, id: str) -> WorkItem:
    """The item as it is now; nobody changes one of its person before this transaction ends. Raises NoSuchItem."""
    take_turns(connection, *whose_turn(read_item(connection, account, id)))
    return read_item(connection, account, id)


def whose_turn(item: WorkItem) -> tuple[str, str, object]:
    """With what a transaction takes turns that changes this item: its person, or itself when it is about nobody."""
    return item.account_id, "item" if item.person is None else "person", item.id if item.person is None else item.person


def _join(connection: sa.Connection, item: WorkItem, need: Need, *, joined: str, now: datetime) -> None:
    moments = {
        "due_at": _first(item.due_at, need.due_at),
        "promised_at": _first(item.promised_at, need.promised_at),
        "requested_at": need.requested_at or item.requested_at,
    }
    told = {"at": now.isoformat(), "journey": need.journey, **need.about}
    about = {**item.about, "needs": [*item.about.get("needs", ()), told]}
    change_item(connection, item.id, **moments, snoozed_until=None, about=written(about))
    add_note(connection, item.id, kind=Note.JOINED, who="", now=now, body=need.journey or "", key=joined)


def known_item(connection: sa.Connection, id: str) -> str | None:
    """The item of the need with ``id``: its own, or the one that it joined; None when it was never told.

    The id is made of the account, too.
    """
    w, n = work_items.c, work_notes.c
    itself, joined = sa.select(w.id).where(w.id == id), sa.select(n.item_id).where(n.id == note_id(id))
    for query in (itself, joined):
        if (found := connection.execute(query).scalar_one_or_none()) is not None:
            return str(found)
    return None


def change_item(connection: sa.Connection, id: str, **values: Any) -> None:
    """Set columns of an item that is ours ``in_turn``."""
    connection.execute(sa.update(work_items).where(work_items.c.id == id).values(**values))


def _first(one: datetime | None, other: datetime | None) -> datetime | None:
    return min((moment for moment in (one, other) if moment is not None), default=None)


def item_of(row: sa.Row[Any]) -> WorkItem:
    """The item of a row of ``work_items``."""
    return WorkItem(**{**row._mapping, "about": msgspec.json.decode(row.about)})


def written(about: Mapping[str, Any]) -> str:
    """``about`` of an item as its row keeps it."""
    return msgspec.json.encode(dict(about)).decode()


def _digest(*words: str) -> str:
    return hashlib.blake2b("|".join(words).encode(), digest_size=16).hexdigest()
