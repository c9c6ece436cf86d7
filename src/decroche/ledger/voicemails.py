"""Which voicemails were heard: somebody listened to them, and when."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

import sqlalchemy as sa

from decroche.ledger.recovery_tables import work_items, work_notes
from decroche.ledger.work_items import Kind, read_item
from decroche.ledger.work_notes import Note, add_note


@dataclass(frozen=True, slots=True, kw_only=True)
class Listening:
    """Of the voicemails ``left`` in a period, how many somebody ``heard``."""

    heard: int
    left: int

    @property
    def rate(self) -> float | None:
        """Voicemails heard ÷ voicemails left; None when none was."""
        return self.heard / self.left if self.left else None


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
