"""What the rules say of a call to the person of an item: whether it may be made at a moment, and from when it may."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime

import sqlalchemy as sa

from decroche.ledger.businesses import business
from decroche.ledger.recovery_tables import work_notes
from decroche.ledger.tables import accounts, journeys
from decroche.ledger.work_items import WorkItem
from decroche.ledger.work_notes import Note
from decroche.recover.callbacks import NextCall, next_call
from decroche.recover.playbook import Attempts
from decroche.recover.workflows.about_person import read_known
from decroche.recover.workflows.places import hours_at, playbook_for, settings_for, zone_at
from decroche.rules.decision import decide
from decroche.rules.outreach import CallbackRequest, Known, Means, Outreach, Purpose, Sector
from decroche.rules.ruling import Ruling


def next_attempt(
    connection: sa.Connection,
    item: WorkItem,
    *,
    now: datetime,
    key: bytes,
    just_tried: datetime | None = None,
) -> NextCall:
    """When the person of an item may be called next."""
    about = business(connection, item.account_id, now)
    n = work_notes.c
    tried = connection.execute(sa.select(n.at).where(n.item_id == item.id, n.kind == str(Note.OUTCOME))).scalars()
    slot = None
    if item.promised_at is not None and item.due_at is not None:
        # A call within the slot has kept the promise, whoever answered.
        slot = (item.promised_at, item.due_at) if just_tried is None or just_tried < item.promised_at else None
    moments = [*tried, *([just_tried] if just_tried is not None else [])]
    known = _known(connection, item, now, key)
    return next_call(
        now=now,
        tried=sorted(moments),
        limits=_limits(connection, item),
        hours=hours_at(about, item.site, item.department),
        zone=zone_at(about, item.site),
        rules=lambda moment: _decide(connection, item, known, moment),
        slot=slot,
    )


def may_call(connection: sa.Connection, item: WorkItem, *, at: datetime, now: datetime, key: bytes) -> Ruling:
    """What the rules say of a call to the person of an item at a moment. Raises ValueError when it has none."""
    return rule_on_call(connection, item, at=at, now=now, key=key)[1]


def rule_on_call(
    connection: sa.Connection, item: WorkItem, *, at: datetime, now: datetime, key: bytes
) -> tuple[Outreach, Ruling]:
    """The same, with the call as the rules look at it."""
    known = _known(connection, item, now, key)
    outreach = _outreach(connection, item, known, at)
    return outreach, decide(outreach, known)


def _decide(connection: sa.Connection, item: WorkItem, known: Known, at: datetime) -> Ruling:
    return decide(_outreach(connection, item, known, at), known)


def _outreach(connection: sa.Connection, item: WorkItem, known: Known, at: datetime) -> Outreach:
    if item.person is None:
        raise ValueError("nobody to call")
    country = connection.execute(sa.select(accounts.c.country).where(accounts.c.id == item.account_id)).scalar_one()
    return Outreach(
        means=Means.CALL,
        purpose=Purpose.REPLY if known.request is None else Purpose.REQUESTED,
        recipient=item.person,
        at=at,
        country=country,
        sector=Sector(settings_for(connection, item.account_id).sector),
        missed_at=last_misses(connection, item.account_id, [item]).get(item.id),
    )


def _known(connection: sa.Connection, item: WorkItem, now: datetime, key: bytes) -> Known:
    """What of the person bears on a call: the item says for itself what they asked for."""
    if item.person is None:
        return Known()
    slot = None
    if item.promised_at is not None and item.due_at is not None:
        slot = (item.promised_at, item.due_at)
    asked = item.requested_at
    request = None if asked is None else CallbackRequest(asked_at=asked, slot=slot)
    return replace(read_known(connection, item.account_id, item.person, key=key, now=now), request=request)


def _limits(connection: sa.Connection, item: WorkItem) -> Attempts:
    """How often the person may be called, as the playbook of the place says."""
    settings = settings_for(connection, item.account_id)
    return playbook_for(connection, item.account_id, item.site, item.department, settings).attempts


def last_misses(connection: sa.Connection, account: str, items: Sequence[WorkItem]) -> dict[str, datetime]:
    """When each item's person was missed last, by item."""
    wanted = {id: item.id for item in items for id in item.journeys}
    j = journeys.c
    # Asked of each by its id: a planner that begins with the account reads all of its journeys.
    mine = sa.func.coalesce(j.account_id, "") == account
    query = sa.select(j.id, j.last_missed_at).where(mine, j.id.in_(sorted(wanted)))
    found: dict[str, datetime] = {}
    for row in connection.execute(query):
        item = wanted[row.id]
        found[item] = max(found.get(item, row.last_missed_at), row.last_missed_at)
    return found
