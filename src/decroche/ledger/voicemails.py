"""What callers left on the voicemail, and which of it was heard: somebody listened to it, and when."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime

import msgspec
import sqlalchemy as sa

from decroche.ledger.recovery_tables import work_items, work_notes
from decroche.ledger.tables import endpoints, facts, observations
from decroche.ledger.work_items import Kind, NoSuchItem, WorkItem, read_item
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
    call = item.about.get("call")
    if not isinstance(call, str) or (item.person is not None and item.person < 0):
        return None
    o, e = observations.c, endpoints.c
    query = (
        sa.select(facts.c.body, o.endpoint_id)
        .join(observations, o.id == facts.c.observation_id)
        .join(endpoints, e.id == o.endpoint_id)
        .where(facts.c.call_id == call, e.account_id == item.account_id)
    )
    told = [(_decoder.decode(row.body), row.endpoint_id) for row in connection.execute(query)]
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
