"""What ``decroche callbacks`` does with one callback: takes it, says what came of it, puts it off, ends it."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import UTC, datetime
from zoneinfo import ZoneInfo

import sqlalchemy as sa

from decroche.ledger.audit_log import COMMAND, note
from decroche.ledger.businesses import business
from decroche.ledger.recovery_tables import work_items
from decroche.ledger.work_claims import assign, claim, finish, release, snooze
from decroche.ledger.work_items import AlreadyClosed, NoSuchItem, WorkItem, read_item
from decroche.ledger.work_notes import Note, add_note
from decroche.ledger.work_outcomes import Outcome
from decroche.recover.snoozing import Later, later
from decroche.recover.workflows.alarms import mark
from decroche.recover.workflows.places import hours_at, zone_at
from decroche.recover.workflows.refusing import settle_refusal
from decroche.recover.workflows.working import tell_outcome

#: Each act, and whether a word has to be said with it.
ACTS = {
    "claim": False, "release": False, "outcome": True, "snooze": True, "assign": True, "done": False, "refusal": True,
    "note": True, "emergency": False,
}  # fmt: skip
REFUSAL = {"yes": True, "no": False}
#: Whom ``assign`` gives it to when it takes it from somebody.
NOBODY = "-"


class BadWord(ValueError):
    """The word beside an act is none of those that it understands."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Act:
    """What ``who`` does with a callback of ``account``, and the ``word`` said with it. ``key``: the server's."""

    account: str
    what: str
    word: str
    note: str
    who: str
    key: bytes
    now: datetime


def perform(connection: sa.Connection, act: Act, id: str) -> WorkItem:
    """Do it, note it in the audit log, and return the callback as it is then.

    Raises BadWord, and what the ledger refuses it with.
    """
    account, who, now = act.account, act.who, act.now
    if act.what == "claim":
        claim(connection, account, id, who=who, now=now)
    elif act.what == "release":
        release(connection, account, id, who=who, now=now)
    elif act.what == "outcome":
        outcome = _word(act, Outcome)
        tell_outcome(connection, account, id, Outcome(outcome), who=who, now=now, key=act.key, note=act.note)
    elif act.what == "snooze":
        snooze(connection, account, id, who=who, until=_moment(connection, act, id), now=now, why=act.note)
    elif act.what == "assign":
        assign(connection, account, id, to=None if act.word == NOBODY else act.word, who=who, now=now)
    elif act.what == "done":
        finish(connection, account, id, who=who, now=now)
    elif act.what == "refusal":
        settle_refusal(connection, account, id, refused=REFUSAL[_word(act, REFUSAL)], who=who, now=now, key=act.key)
    elif act.what == "note":
        read_item(connection, account, id)
        add_note(connection, id, kind=Note.NOTE, who=who, now=now, body=act.word)
    else:
        item = read_item(connection, account, id)
        if item.journey_id is None or item.state != "open":
            raise AlreadyClosed(id)
        mark(connection, account, item.journey_id, who=who, now=now)
    told(connection, act, id)
    return read_item(connection, account, id)


def told(connection: sa.Connection, act: Act, id: str) -> None:
    """Note the act in the audit log; what somebody wrote stays where it is kept."""
    word = {"word": act.word} if act.what in ("outcome", "refusal") else {}
    note(connection, act.account, COMMAND, f"callback.{act.what}", id, {"as": act.who, **word}, at=act.now)


def item_beginning(connection: sa.Connection, account: str, beginning: str) -> str:
    """The one callback whose id begins so. Raises NoSuchItem."""
    c = work_items.c
    query = sa.select(c.id).where(c.account_id == account, c.id.startswith(beginning, autoescape=True)).limit(2)
    found = connection.execute(query).scalars().all()
    if len(found) != 1 or not beginning:
        raise NoSuchItem(beginning)
    return str(found[0])


def words_of(what: str) -> tuple[str, ...]:
    """The words that an act understands; none where it takes any."""
    known: dict[str, tuple[str, ...]] = {
        "outcome": tuple(Outcome), "refusal": tuple(REFUSAL), "snooze": (*Later, "2026-03-04T14:00"),
    }  # fmt: skip
    return known.get(what, ())


def _word(act: Act, known: Iterable[str]) -> str:
    if act.word not in tuple(known):
        raise BadWord(act.word)
    return act.word


def _moment(connection: sa.Connection, act: Act, id: str) -> datetime:
    """Until when, by the clocks of the place where no zone is told."""
    item = read_item(connection, act.account, id)
    about = business(connection, act.account, act.now)
    zone: ZoneInfo = zone_at(about, item.site)
    offered = later(act.now, hours=hours_at(about, item.site, item.department), zone=zone)
    if act.word in set(Later) and Later(act.word) in offered:
        return offered[Later(act.word)]
    try:
        found = datetime.fromisoformat(act.word)
        moment = (found if found.tzinfo is not None else found.replace(tzinfo=zone)).astimezone(UTC)
    except (ValueError, OverflowError):
        raise BadWord(act.word) from None
    if moment <= act.now:
        raise BadWord(act.word)
    return moment
