"""What came of a call that somebody made, in one touch: the item ends, or comes back later."""

from __future__ import annotations

import hashlib
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

import sqlalchemy as sa

from decroche.ledger.folding import refold_people
from decroche.ledger.inserting import insert_new
from decroche.ledger.recovery_tables import work_items
from decroche.ledger.tables import reached
from decroche.ledger.work_claims import nobody_else
from decroche.ledger.work_items import WorkItem, change_item, close, in_turn, read_item
from decroche.ledger.work_notes import Note, add_note
from decroche.understand.live_journeys import RecoveredBy


class Outcome(StrEnum):
    """What came of it. APPOINTMENT and SOLD are said of somebody who was reached."""

    REACHED = "reached"
    APPOINTMENT = "appointment"
    SOLD = "sold"
    NO_ANSWER = "no_answer"
    VOICEMAIL_LEFT = "voicemail_left"
    BUSY = "busy"
    WRONG_NUMBER = "wrong_number"
    DO_NOT_CALL = "do_not_call"


#: They were spoken to: their need is met.
REACHED = frozenset({Outcome.REACHED, Outcome.APPOINTMENT, Outcome.SOLD})
#: Nobody was spoken to: it is tried again, as long as something is left to try.
TRY_AGAIN = frozenset({Outcome.NO_ANSWER, Outcome.VOICEMAIL_LEFT, Outcome.BUSY})

#: Writes a refusal of a person, told at a moment: no texts and no calls any more.
OptOut = Callable[[sa.Connection, int, datetime], None]


class OutOfDate(Exception):
    """Whoever tells this has not seen the attempts that were told before."""


def settle(
    connection: sa.Connection,
    account: str,
    id: str,
    outcome: Outcome,
    *,
    who: str,
    now: datetime,
    opt_out: OptOut,
    next_at: datetime | None = None,
    otherwise: str = "all_tried",
    attempt: int | None = None,
    note: str = "",
) -> WorkItem:
    """Write down what came of an attempt, and return the item as it is then.

    An item that was not claimed counts as claimed for this one moment. ``next_at``: when it comes back after an attempt
    that reached nobody; None: nothing is left to try, and it ends for the reason ``otherwise``. ``attempt``: how many
    attempts whoever tells has seen, so that a second touch of the same button counts for nothing. An item that emptied
    by itself meanwhile takes the outcome, and stays closed. ``opt_out`` is called for DO_NOT_CALL, and every callback
    to the person ends.
    Raises NoSuchItem, Taken, OutOfDate.
    """
    item = in_turn(connection, account, id)
    nobody_else(connection, item, who, now)
    if attempt is not None and attempt != item.attempts:
        raise OutOfDate(id)
    if item.state != "open" and item.outcome is not None:
        return item
    change_item(connection, id, outcome=str(outcome), attempts=item.attempts + 1, claimed_by=None, claimed_until=None)
    add_note(connection, id, kind=Note.OUTCOME, who=who, now=now, body=str(outcome))
    if note:
        add_note(connection, id, kind=Note.NOTE, who=who, now=now, body=note)
    if outcome in TRY_AGAIN and next_at is not None:
        # An attempt at the time that was promised has kept the promise.
        kept = item.promised_at is not None and item.promised_at <= now
        change_item(connection, id, snoozed_until=next_at, promised_at=None if kept else item.promised_at)
    else:
        close(connection, account, id, because=otherwise if outcome in TRY_AGAIN else str(outcome), now=now)
    if item.person is not None:
        if outcome in REACHED:
            _met(connection, account, item, now)
        elif outcome is Outcome.DO_NOT_CALL:
            opt_out(connection, item.person, now)
            _end_calls(connection, account, item.person, now)
    return read_item(connection, account, id)


def _met(connection: sa.Connection, account: str, item: WorkItem, now: datetime) -> None:
    """Their journeys are recovered by our call, whether or not the phone system tells of it (no mobile phone does)."""
    told = f"{account}|reached|{item.id}|{item.attempts}"
    row = {
        "id": hashlib.blake2b(told.encode(), digest_size=16).hexdigest(),
        "account_id": account,
        "person": item.person,
        "at": now,
        "kind": str(RecoveredBy.OUR_CALL),
    }
    insert_new(connection, reached, [row], unique=("id",))
    refold_people(connection, account, [item.person] if item.person is not None else [], now)


def _end_calls(connection: sa.Connection, account: str, person: int, now: datetime) -> None:
    """Nobody calls who does not want to be called."""
    c = work_items.c
    theirs = (c.account_id == account) & (c.person == person) & c.kind.in_(("callback", "voicemail"))
    for id in connection.execute(sa.select(c.id).where(theirs, c.state == "open")).scalars().all():
        close(connection, account, id, because=str(Outcome.DO_NOT_CALL), now=now, done=False)


#: There was no need that we could have met, however well the first call had gone.
UNRESOLVABLE = frozenset({Outcome.WRONG_NUMBER, Outcome.DO_NOT_CALL})


@dataclass(frozen=True, slots=True)
class Noted:
    """What somebody noted of the calls with a person, at last."""

    person: int
    site: str
    at: datetime
    outcome: Outcome


def outcomes_noted(connection: sa.Connection, account: str, *, since: datetime, until: datetime) -> list[Noted]:
    """The outcomes of items about somebody that ended in ``[since, until)``, or opened then and have not ended."""
    c = work_items.c
    at = sa.func.coalesce(c.closed_at, c.opened_at, type_=c.opened_at.type)
    query = sa.select(c.person, c.site, at.label("at"), c.outcome).where(
        c.account_id == account, c.outcome.is_not(None), c.person.is_not(None), at >= since, at < until
    )
    return [Noted(row.person, row.site, row.at, Outcome(row.outcome)) for row in connection.execute(query)]
