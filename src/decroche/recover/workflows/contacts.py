"""Reads what there was between a business and a person: what was written, who called whom, what was promised."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

import sqlalchemy as sa
from sqlalchemy import bindparam

from decroche.ledger.recovery_tables import bookings, texts, work_items
from decroche.ledger.tables import calls
from decroche.model.call import Direction

#: How far back contacts are looked at: the longest limit of the rules.
_LOOK_BACK = timedelta(days=60)
_WENT_OUT = ("unknown", "handed", "delivered", "given_up")


@dataclass(frozen=True, slots=True, kw_only=True)
class Contacts:
    """The texts (rows of the ledger) and the calls (when, which way, answered) of the last 60 days, in order."""

    written: Sequence[Mapping[str, Any]]
    spoken: Sequence[sa.Row[datetime, str, bool]]

    @property
    def heard(self) -> list[Mapping[str, Any]]:
        """What the person wrote."""
        return [row for row in self.written if row["direction"] == "in"]

    @property
    def went_out(self) -> list[Mapping[str, Any]]:
        """What the person was sent, as far as anybody knows."""
        return [row for row in self.written if row["direction"] == "out" and row["state"] in _WENT_OUT]


def read_contacts(connection: sa.Connection, account: str, person: int, now: datetime) -> Contacts:
    """Everything of the last 60 days with a person."""
    with_them = {"account": account, "person": person, "since": now - _LOOK_BACK}
    written = [dict(row._mapping) for row in connection.execute(_WRITTEN, with_them)]
    return Contacts(written=written, spoken=connection.execute(_SPOKEN, with_them).all())


def called_before(connection: sa.Connection, account: str, person: int, moment: datetime) -> bool:
    """Whether there was a call with a person before that moment, however long ago."""
    with_them = {"account": account, "person": person, "moment": moment}
    return connection.execute(_BEFORE, with_them).first() is not None


def booked_at(connection: sa.Connection, journey: str, since: datetime) -> datetime | None:
    """When the caller last chose a time to be called; None when they did not, or took it back."""
    return connection.execute(_BOOKED, {"journey": journey, "since": since}).scalar_one_or_none()


def tried(connection: sa.Connection, journey: str, contacts: Contacts, since: datetime) -> bool:
    """Whether somebody of the business called back, or noted that they tried."""
    if any(row.direction == Direction.OUTBOUND and row.started_at >= since for row in contacts.spoken):
        return True
    return connection.execute(_ATTEMPTED, {"journey": journey, "since": since}).first() is not None


def asked_at(connection: sa.Connection, account: str, person: int) -> datetime | None:
    """When the person last asked to be called, where that is still owed."""
    return connection.execute(_ASKED, {"account": account, "person": person}).scalar_one_or_none()


# Built once: a step of recovery asks all of these.
_account: sa.BindParameter[str] = bindparam("account")
_person: sa.BindParameter[int] = bindparam("person")
_journey: sa.BindParameter[str] = bindparam("journey")
_since: sa.BindParameter[datetime] = bindparam("since")
_WRITTEN = (
    sa.select(texts)
    .where(texts.c.account_id == _account, texts.c.person == _person, texts.c.created_at >= _since)
    .order_by(texts.c.created_at, texts.c.id)
)
_SPOKEN = (
    sa.select(calls.c.started_at, calls.c.direction, calls.c.answered)
    .where(calls.c.account_id == _account, calls.c.person == _person, calls.c.started_at >= _since)
    .order_by(calls.c.started_at)
)
_BEFORE = (
    sa.select(calls.c.id)
    .where(calls.c.account_id == _account, calls.c.person == _person, calls.c.started_at < bindparam("moment"))
    .limit(1)
)
_BOOKED = sa.select(sa.func.max(bookings.c.made_at)).where(
    bookings.c.journey_id == _journey, bookings.c.made_at >= _since, bookings.c.state != "cancelled"
)
_ATTEMPTED = (
    sa.select(work_items.c.id)
    .where(work_items.c.journey_id == _journey, work_items.c.opened_at >= _since, work_items.c.attempts > 0)
    .limit(1)
)
_ASKED = (
    sa.select(work_items.c.requested_at)
    .where(
        work_items.c.account_id == _account,
        work_items.c.person == _person,
        work_items.c.state == "open",
        work_items.c.requested_at.is_not(None),
    )
    .order_by(work_items.c.requested_at.desc())
    .limit(1)
)
