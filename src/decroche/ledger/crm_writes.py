"""What is to be written into a CRM: kept before the CRM is asked, so that it is there once, whatever stops us."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum
from typing import Any

import msgspec
import sqlalchemy as sa

from decroche.connector_kit.crm import Activity, ActivityKind
from decroche.ledger.crm_tables import crm_writes
from decroche.ledger.inserting import insert_new
from decroche.ledger.setting_up import new_id
from decroche.model.problem import Problem


class WriteState(StrEnum):
    """What has become of it. ``ASKING``: the CRM was asked, and has perhaps taken it."""

    INTENDED = "intended"
    ASKING = "asking"
    WRITTEN = "written"
    REFUSED = "refused"
    CANCELLED = "cancelled"


@dataclass(frozen=True, slots=True, kw_only=True)
class Write:
    """One thing to write. ``subject`` is the call or journey that it tells of."""

    id: str
    account_id: str
    connection_id: str
    kind: ActivityKind
    subject: str
    state: WriteState
    tries: int
    asked_at: datetime | None
    activity: Activity = field(repr=False)


def intend(
    connection: sa.Connection,
    account: str,
    crm: str,
    *,
    subject: str,
    person: int,
    activity: Activity,
    now: datetime,
) -> bool:
    """Have ``activity`` written, unless one of its kind about the same subject was. Whether it is new."""
    row = {
        "id": activity.key,
        "account_id": account,
        "connection_id": crm,
        "kind": str(activity.kind),
        "subject": subject,
        "person": person,
        "body": msgspec.json.encode(activity).decode(),
        "state": str(WriteState.INTENDED),
        "created_at": now,
        "due_at": now,
    }
    return bool(insert_new(connection, crm_writes, [row], unique=("connection_id", "kind", "subject")))


def new_key() -> str:
    """A key for something new to write."""
    return new_id()


def next_write(connection: sa.Connection, crm: str, now: datetime) -> Write | None:
    """What is to be written next; None when nothing is due."""
    w = crm_writes.c
    query = sa.select(crm_writes).where(w.connection_id == crm, w.settled_at.is_(None), w.due_at <= now)
    row = connection.execute(query.order_by(w.due_at, w.created_at, w.id).limit(1)).one_or_none()
    if row is None:
        return None
    return Write(
        id=row.id,
        account_id=row.account_id,
        connection_id=row.connection_id,
        kind=ActivityKind(row.kind),
        subject=row.subject,
        state=WriteState(row.state),
        tries=row.tries,
        asked_at=row.asked_at,
        activity=msgspec.json.decode(row.body, type=Activity),
    )


def begin_asking(connection: sa.Connection, id: str, now: datetime) -> bool:
    """The CRM is about to be asked. False when it is to be written no more."""
    w = crm_writes.c
    here = (w.id == id) & w.settled_at.is_(None)
    asking = sa.update(crm_writes).where(here)
    values: dict[str, Any] = {"state": str(WriteState.ASKING), "asked_at": now, "tries": w.tries + 1}
    return connection.execute(asking.values(**values)).rowcount > 0


def put_off(connection: sa.Connection, id: str, *, until: datetime, asked: bool) -> None:
    """Look at it again then. ``asked``: the CRM has perhaps taken it."""
    w = crm_writes.c
    state = WriteState.ASKING if asked else WriteState.INTENDED
    here = (w.id == id) & w.settled_at.is_(None)
    connection.execute(sa.update(crm_writes).where(here).values(state=str(state), due_at=until))


def settle_write(
    connection: sa.Connection, id: str, *, ref: str | None, problem: Problem | None = None, now: datetime
) -> None:
    """The CRM has it as ``ref``; without one it never will, for ``problem``. Nothing of what it said is kept."""
    w = crm_writes.c
    state = WriteState.REFUSED if ref is None else WriteState.WRITTEN
    told = None if problem is None else msgspec.json.encode(problem).decode()
    connection.execute(
        sa.update(crm_writes)
        .where(w.id == id, w.state != str(WriteState.CANCELLED))
        .values(state=str(state), ref=ref, problem=told, body="", settled_at=now)
    )


def is_ours(connection: sa.Connection, crm: str, ref: str) -> bool:
    """Whether what a CRM has under this id was written by us."""
    w = crm_writes.c
    query = sa.select(w.id).where(w.connection_id == crm, w.ref == ref)
    return connection.execute(query.limit(1)).first() is not None


def tally(connection: sa.Connection, crm: str) -> dict[str, int]:
    """How many are in which state."""
    w = crm_writes.c
    query = sa.select(w.state, sa.func.count().label("n")).where(w.connection_id == crm).group_by(w.state)
    return {row.state: row.n for row in connection.execute(query)}
