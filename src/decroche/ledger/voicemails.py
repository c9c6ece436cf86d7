"""What callers left on the voicemail, and which of it was heard: somebody listened to it, and when."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

import msgspec
import sqlalchemy as sa

from decroche.ledger.recovery_tables import work_items, work_notes
from decroche.ledger.tables import calls, endpoints, facts, observations
from decroche.ledger.work_items import Kind, NoSuchItem, WorkItem, item_of, read_item
from decroche.ledger.work_notes import Note, add_note
from decroche.model.fact import Fact
from decroche.understand.messages import message_of

_decoder = msgspec.json.Decoder(Fact)


@dataclass(frozen=True, slots=True, kw_only=True)
class Listening:
    """Of the voicemails ``left`` in a period, how many somebody ``heard``."""

    heard: int
    left: int

    @property
    def rate(self) -> float | None:
        """Voicemails heard ÷ voicemails left; None when none was."""
        return self.heard / self.left if self.left else None


@dataclass(frozen=True, slots=True, kw_only=True)
class Left:
    """What a caller left: the ``recording`` as the phone system of ``endpoint`` names it, and the ``text`` of it."""

    endpoint: str
    recording: str | None = None
    text: str | None = field(default=None, repr=False)


def read_voicemail(connection: sa.Connection, account: str, id: str) -> WorkItem:
    """The voicemail to be heard. Raises NoSuchItem, also for what is to be done and is none."""
    item = read_item(connection, account, id)
    if item.kind != Kind.VOICEMAIL:
        raise NoSuchItem(id)
    return item


def what_was_left(connection: sa.Connection, item: WorkItem) -> Left | None:
    """What the phone system tells of a voicemail; None when it tells neither sound nor text, or they were forgotten."""
    return left_by(connection, item.account_id, [item]).get(item.id)


def left_by(connection: sa.Connection, account: str, items: Iterable[WorkItem]) -> dict[str, Left]:
    """The same of several voicemails, by item; those of which nothing is told are not among them."""
    calls_of = {
        item.id: item.about["call"]
        for item in items
        if isinstance(item.about.get("call"), str) and (item.person is None or item.person >= 0)
    }
    told = _told(connection, account, calls_of.values())
    return {id: left for id, call in calls_of.items() if (left := _left(told.get(call, ()))) is not None}


def messages_of(connection: sa.Connection, account: str, persons: Collection[int]) -> list[dict[str, Any]]:
    """What a person, known by any of these numbers or pseudonyms, said to the voicemail, the oldest first."""
    c = calls.c
    query = sa.select(c.id, c.started_at).where(c.account_id == account, c.person.in_(persons)).order_by(c.started_at)
    theirs = connection.execute(query).all()
    told = _told(connection, account, [row.id for row in theirs])
    found = ((row, _left(told.get(row.id, ()))) for row in theirs)
    return [
        {"call": row.id, "at": row.started_at, "recording": left.recording, "text": left.text}
        for row, left in found
        if left is not None
    ]


def voicemails_of(
    connection: sa.Connection, account: str, person: int, *, since: datetime, sites: Collection[str] | None = None
) -> list[WorkItem]:
    """The voicemails that a person left since then, heard or not, the oldest first; ``sites``: None for all."""
    c = work_items.c
    query = sa.select(work_items).where(
        c.account_id == account, c.person == person, c.kind == str(Kind.VOICEMAIL), c.opened_at > since
    )
    if sites is not None:
        query = query.where(c.site.in_(sorted(sites)))
    return [item_of(row) for row in connection.execute(query.order_by(c.opened_at, c.id))]


def _told(connection: sa.Connection, account: str, ids: Iterable[str]) -> dict[str, list[tuple[Fact, str]]]:
    """What was told of calls, each with the endpoint that told it."""
    o, e = observations.c, endpoints.c
    query = (
        sa.select(facts.c.call_id, facts.c.body, o.endpoint_id)
        .join(observations, o.id == facts.c.observation_id)
        .join(endpoints, e.id == o.endpoint_id)
        .where(facts.c.call_id.in_(sorted(set(ids))), e.account_id == account)
    )
    told: dict[str, list[tuple[Fact, str]]] = {}
    for row in connection.execute(query):
        told.setdefault(row.call_id, []).append((_decoder.decode(row.body), row.endpoint_id))
    return told


def _left(told: Sequence[tuple[Fact, str]]) -> Left | None:
    found = message_of(fact for fact, _ in told)
    if found is None:
        return None
    theirs = [endpoint for fact, endpoint in told if fact.message and fact.message.recording == found.recording]
    return Left(endpoint=min(theirs), recording=found.recording, text=found.text)


def note_listened(connection: sa.Connection, account: str, id: str, *, who: str, now: datetime) -> None:
    """Remember that ``who`` heard a voicemail; of each of us the first time counts. Raises NoSuchItem."""
    read_item(connection, account, id)
    add_note(connection, id, kind=Note.LISTENED, who=who, now=now, key=f"{id}|listened|{who}")


def listening(connection: sa.Connection, account: str, *, since: datetime, until: datetime) -> Listening:
    """How many of the voicemails that came in ``[since, until)`` were heard, whenever that was."""
    c, n = work_items.c, work_notes.c
    left = (c.account_id == account) & (c.kind == str(Kind.VOICEMAIL)) & (c.opened_at >= since) & (c.opened_at < until)
    heard = sa.exists().where(n.item_id == c.id, n.kind == str(Note.LISTENED))
    query = sa.select(sa.func.count(), sa.func.count(sa.case((heard, 1)))).select_from(work_items).where(left)
    of, n_heard = connection.execute(query).one()
    return Listening(heard=n_heard, left=of)
