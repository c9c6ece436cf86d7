"""Reads what there was between a business and a person: what was written, and whom the business called."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

import sqlalchemy as sa
from sqlalchemy import bindparam

from decroche.ledger.recovery_tables import texts
from decroche.ledger.tables import calls
from decroche.model.call import Direction

#: How far back contacts are looked at: the longest limit of the rules.
LOOK_BACK = timedelta(days=60)
_WENT_OUT = ("unknown", "handed", "delivered", "given_up")
#: The texts that count: what the person wrote, and what they were sent, as far as anybody knows.
COUNTS = (texts.c.direction == "in") | sa.or_(*(texts.c.state == state for state in _WENT_OUT))


@dataclass(frozen=True, slots=True, kw_only=True)
class Contacts:
    """The texts that count (rows of the ledger), and the calls of the business (when, whether answered), of the last 60
    days, in order.
    """

    written: Sequence[Mapping[str, Any]]
    called: Sequence[sa.Row[datetime, bool]]

    @property
    def heard(self) -> list[Mapping[str, Any]]:
        """What the person wrote."""
        return [row for row in self.written if row["direction"] == "in"]

    @property
    def went_out(self) -> list[Mapping[str, Any]]:
        """What the person was sent, as far as anybody knows."""
        return [row for row in self.written if row["direction"] == "out"]

    def called_back(self, since: datetime) -> bool:
        """Whether somebody of the business called since then."""
        return any(row.started_at >= since for row in self.called)


def read_contacts(
    connection: sa.Connection, account: str, person: int, now: datetime, *, wrote: bool, called: bool
) -> Contacts:
    """Everything of the last 60 days with a person, as far as there is something: ``wrote`` texts, ``called`` them."""
    with_them = {"account": account, "person": person, "since": now - LOOK_BACK}
    return Contacts(
        written=[dict(row._mapping) for row in connection.execute(_WRITTEN, with_them)] if wrote else [],
        called=connection.execute(_CALLED, with_them).all() if called else [],
    )


# Built once: a step of recovery asks all of these.
_account: sa.BindParameter[str] = bindparam("account")
_person: sa.BindParameter[int] = bindparam("person")
_since: sa.BindParameter[datetime] = bindparam("since")
_WRITTEN = (
    sa.select(texts)
    .where(texts.c.account_id == _account, texts.c.person == _person, texts.c.created_at >= _since, COUNTS)
    .order_by(texts.c.created_at, texts.c.id)
)
_CALLED = (
    sa.select(calls.c.started_at, calls.c.answered)
    .where(
        calls.c.account_id == _account, calls.c.person == _person, calls.c.started_at >= _since,
        calls.c.direction == str(Direction.OUTBOUND),
    )
    .order_by(calls.c.started_at)
)  # fmt: skip
