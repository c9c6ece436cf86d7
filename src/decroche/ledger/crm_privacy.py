"""Forgets people in what CRMs told of them, and lets go what is older than a business keeps."""

from __future__ import annotations

from datetime import datetime

import msgspec
import sqlalchemy as sa

from decroche.ledger.crm_links import TURN
from decroche.ledger.crm_tables import crm_links, crm_writes, opportunities
from decroche.ledger.crm_writes import WriteState
from decroche.ledger.source_tables import ad_calls
from decroche.ledger.tables import calls
from decroche.ledger.turns import take_turns


def forget_in_crm(
    connection: sa.Connection, account: str, person: int, pseudonym: int, *, until: datetime, now: datetime
) -> None:
    """Forget a person (E.164 digits): nothing more is written of them, and what is read again names nobody.

    That a contact of a CRM was they is kept as its id alone, so that the next reading does not bring them back.
    """
    take_turns(connection, TURN, account)
    forget_area(connection, account, person, pseudonym)
    w, k, o = crm_writes.c, crm_links.c, opportunities.c
    theirs = (w.account_id == account) & (w.person == person)
    unsettled = sa.update(crm_writes).where(theirs, w.settled_at.is_(None))
    connection.execute(unsettled.values(state=str(WriteState.CANCELLED), settled_at=now))
    connection.execute(sa.update(crm_writes).where(theirs).values(person=pseudonym, body=""))
    word = str(person)
    named = (k.person == person) | k.numbers.contains(word) | k.candidates.contains(word)
    linked = sa.select(crm_links).where(k.account_id == account, named, k.erased_at.is_(None))
    for row in connection.execute(linked).all():
        may_be = msgspec.json.decode(row.candidates, type=list[int])
        if row.person != person and person not in msgspec.json.decode(row.numbers, type=list[int]):
            # It may have been they, and is somebody else now.
            left = [each for each in may_be if each != person]
            here = (k.connection_id == row.connection_id) & (k.contact == row.contact)
            connection.execute(sa.update(crm_links).where(here).values(candidates=msgspec.json.encode(left).decode()))
            continue
        here = (k.connection_id == row.connection_id) & (k.contact == row.contact)
        nobody = {"person": pseudonym, "doubt": None, "candidates": "[]", "numbers": "[]", "email": None}
        connection.execute(sa.update(crm_links).where(here).values(**nobody, erased_at=now))
    mine = (o.account_id == account) & (o.person == person) & (o.kept_at <= until)
    connection.execute(sa.update(opportunities).where(mine).values(person=pseudonym, title="", candidates="[]"))
    doubtful = sa.select(o.id, o.candidates).where(
        o.account_id == account, o.doubt.is_not(None), o.candidates.contains(word)
    )
    for row in connection.execute(doubtful).all():
        left = [each for each in msgspec.json.decode(row.candidates, type=list[int]) if each != person]
        values = {"candidates": msgspec.json.encode(left).decode(), "title": ""}
        connection.execute(sa.update(opportunities).where(o.id == row.id).values(**values))


def forget_area(connection: sa.Connection, account: str, person: int, pseudonym: int) -> None:
    """Forget where the number of a person is from, which advertising platforms tell of calls that were theirs."""
    a, c = ad_calls.c, calls.c
    theirs = sa.select(c.id).where(c.account_id == account, c.person.in_((person, pseudonym)))
    mine = (a.account_id == account) & a.call_id.in_(theirs)
    connection.execute(sa.update(ad_calls).where(mine).values(area="", country=""))


def old_areas(account: str, limit: datetime) -> sa.Update:
    """Let go where callers' numbers were from, and which calls it might have been, so long ago."""
    a = ad_calls.c
    old = (a.account_id == account) & (a.started_at < limit) & ((a.area != "") | (a.candidates != "[]"))
    return sa.update(ad_calls).where(old).values(area="", country="", candidates="[]")


def old_links(account: str, limit: datetime) -> sa.Delete:
    """Let go who contacts are that no opportunity has named since ``limit``; what must not come back stays."""
    k = crm_links.c
    return sa.delete(crm_links).where(k.account_id == account, k.used_at < limit, k.erased_at.is_(None))


def old_writes(account: str, limit: datetime) -> sa.Delete:
    """Let go what was written into CRMs so long ago."""
    w = crm_writes.c
    return sa.delete(crm_writes).where(w.account_id == account, w.settled_at < limit)


def nameless(account: str, limit: datetime) -> sa.Update:
    """Let go the titles of opportunities that have not changed since ``limit``: they often name somebody."""
    o = opportunities.c
    old = (o.account_id == account) & (o.changed_at < limit) & ((o.title != "") | (o.candidates != "[]"))
    return sa.update(opportunities).where(old).values(title="", candidates="[]", doubt=None)
