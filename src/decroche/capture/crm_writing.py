"""Writes calls, tasks and notes into a CRM, once each, whatever is lost on the way."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from datetime import datetime, timedelta
from typing import Any

import msgspec
import sqlalchemy as sa

from decroche.capture.crm_words import (
    OF_CALLBACKS,
    OF_CALLS,
    OF_RECOVERY,
    call_written,
    callback_written,
    recovery_written,
)
from decroche.connector_kit.connector import Connector
from decroche.connector_kit.crm import Activity, NotWritten
from decroche.connector_kit.errors import AnswerLost, Misconfigured, Unavailable
from decroche.connector_kit.http import Http
from decroche.connector_kit.texts import OutcomeUnknown
from decroche.language import Language
from decroche.ledger.crm_connections import CrmConnection, note_looked
from decroche.ledger.crm_links import contact_of
from decroche.ledger.crm_tables import opportunities
from decroche.ledger.crm_writes import (
    Write,
    WriteState,
    begin_asking,
    intend,
    new_key,
    next_write,
    put_off,
    settle_write,
)
from decroche.ledger.store import Ledger
from decroche.ledger.tables import accounts, calls, changes, journeys

#: Changes are looked at when they are so old: a call is written once, with what its first seconds tell of it.
SETTLED = timedelta(seconds=10)
#: Changes that are looked at in one transaction.
_AT_ONCE = 200
#: How long a write that met a refusal waits; the CRM as a whole waits besides.
_AGAIN = timedelta(seconds=30)
_LONGEST = timedelta(hours=1)


def look_for_writes(ledger: Ledger, crm: CrmConnection, *, now: datetime) -> bool:
    """Intend to write what has happened since we looked last. Whether there was anything to look at."""
    c = changes.c
    query = sa.select(c.id, c.kind, c.subject, c.at).where(c.account_id == crm.account_id, c.id > crm.written_up_to)
    with ledger.reading() as connection:
        rows = connection.execute(query.order_by(c.id).limit(_AT_ONCE)).all()
    ripe = []
    for row in rows:
        if row.at > now - SETTLED:
            break
        ripe.append(row)
    if not ripe:
        return False
    with ledger.writing() as connection:
        mine = {(row.kind, row.subject) for row in ripe}
        code = connection.execute(sa.select(accounts.c.language).where(accounts.c.id == crm.account_id)).scalar_one()
        language = Language(code)
        for kind, subject in sorted(mine):
            found = _told(connection, crm, kind, subject, language, now)
            if found is not None:
                person, activity = found
                intend(connection, crm.account_id, crm.id, subject=subject, person=person, activity=activity, now=now)
        note_looked(connection, crm.id, ripe[-1].id)
    return True


def write_next(ledger: Ledger, crm: CrmConnection, connector: Connector, http: Http, *, now: datetime) -> bool:
    """Write what is due next. Whether something was. Raises Unavailable and Misconfigured."""
    activities = connector.activities
    if activities is None:
        return False
    with ledger.reading() as connection:
        write = next_write(connection, crm.id, now)
    if write is None:
        return False
    settings = crm.all_settings
    if write.state is WriteState.ASKING and activities.find is not None and write.asked_at is not None:
        settled_at = write.asked_at + activities.settled_after
        if now < settled_at:
            with ledger.writing() as connection:
                put_off(connection, write.id, until=settled_at, asked=True)
            return True
        try:
            ref = activities.find(http, settings, write.activity)
        except (Unavailable, Misconfigured):
            _later(ledger, write, now, asked=True)
            raise
        if ref is not None:
            _settle(ledger, write, ref, now)
            return True
    with ledger.writing() as connection:
        if not begin_asking(connection, write.id, now):
            return True
    try:
        ref = activities.write(http, settings, write.activity)
    except NotWritten as error:
        with ledger.writing() as connection:
            settle_write(connection, write.id, ref=None, problem=error.problem, now=now)
        return True
    except (OutcomeUnknown, AnswerLost):
        wait = max(activities.settled_after, _AGAIN) if activities.find is not None else _AGAIN
        with ledger.writing() as connection:
            put_off(connection, write.id, until=now + wait, asked=True)
        return True
    except (Unavailable, Misconfigured):
        _later(ledger, write, now, asked=write.state is WriteState.ASKING)
        raise
    _settle(ledger, write, ref, now)
    return True


def _later(ledger: Ledger, write: Write, now: datetime, *, asked: bool) -> None:
    wait = min(_AGAIN * 2 ** min(write.tries, 10), _LONGEST)
    with ledger.writing() as connection:
        put_off(connection, write.id, until=now + wait, asked=asked)


def _settle(ledger: Ledger, write: Write, ref: str, now: datetime) -> None:
    with ledger.writing() as connection:
        settle_write(connection, write.id, ref=ref, now=now)


def _told(
    connection: sa.Connection, crm: CrmConnection, kind: str, subject: str, language: Language, now: datetime
) -> tuple[int, Activity] | None:
    """What a change has us write, and of whom; None when nothing is: the CRM does not know them, or it is too old."""
    row: Mapping[str, Any] | None = None
    activity: Activity | None = None
    if kind == OF_CALLS and crm.writes_calls != "none":
        row = _row(connection, calls, crm.account_id, subject)
        if row is not None and _worth_writing(row, crm):
            activity = call_written(row, language, key=new_key())
    elif kind in (OF_CALLBACKS, OF_RECOVERY) and crm.writes_tasks:
        row = _row(connection, journeys, crm.account_id, subject)
        if row is not None and _since_connected(row["last_missed_at"], crm):
            if kind == OF_CALLBACKS and row["state"] == "open":
                activity = callback_written(row, language, key=new_key(), now=now)
            elif kind == OF_RECOVERY and row["state"] == "recovered" and row["closed_at"] is not None:
                activity = recovery_written(row, language, key=new_key())
    if row is None or activity is None or row["person"] is None or row["person"] < 0:
        return None
    contact = contact_of(connection, crm.id, row["person"])
    if contact is None:
        return None
    deal = _open_deal(connection, crm, row["person"])
    return row["person"], replace(activity, contact=contact, deal=deal)


def _worth_writing(row: Mapping[str, Any], crm: CrmConnection) -> bool:
    if row["progress"] != "ended" or not _since_connected(row["started_at"], crm):
        return False
    missed = row["direction"] == "inbound" and row["disposition"] == "missed"
    return missed or (crm.writes_calls == "all" and row["direction"] in ("inbound", "outbound"))


def _since_connected(at: datetime, crm: CrmConnection) -> bool:
    """What was before the CRM was connected is history, and stays unwritten."""
    return crm.created_at is None or at >= crm.created_at


def _row(connection: sa.Connection, table: sa.Table, account: str, id: str) -> Mapping[str, Any] | None:
    """A call or a journey of the account, with its lists; None when it is part of another now."""
    c = table.c
    row = connection.execute(sa.select(table).where(c.account_id == account, c.id == id)).one_or_none()
    if row is None:
        return None
    found = dict(row._mapping)
    for name in ("missed_calls", "calls"):
        if isinstance(found.get(name), str):
            found[name] = msgspec.json.decode(found[name])
    return found


def _open_deal(connection: sa.Connection, crm: CrmConnection, person: int) -> str | None:
    """The deal beside which it is written: the open one of the person that changed last."""
    o = opportunities.c
    query = sa.select(o.ref).where(
        o.account_id == crm.account_id,
        o.origin == crm.id,
        o.person == person,
        o.state == "open",
        o.gone_at.is_(None),
    )
    return connection.execute(query.order_by(o.changed_at.desc(), o.id).limit(1)).scalar_one_or_none()
