"""The ways of people to their sales, from the ledger: their calls and where they came from, and what they bought."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from decimal import Decimal

import sqlalchemy as sa

from decroche.ledger.crm_tables import opportunities
from decroche.ledger.tables import calls, lines
from decroche.model.call import Direction
from decroche.model.money import Money
from decroche.model.touch import Sale, Touch, Way

#: How long before the first sale contacts are read: the longest window.
REACH = timedelta(days=180)


@dataclass(frozen=True, slots=True, kw_only=True)
class WaysToSales:
    """Contacts and sales by person, whose name here is a number without a meaning.

    Left out are ``foreign`` sales in another currency, and ``unknown`` ones of which nobody knows the person, the
    amount or the day, or whose person is in doubt.
    """

    touches: Mapping[str, list[Touch]]
    sales: Mapping[str, list[Sale]]
    foreign: int
    unknown: int


def ways_to_sales(
    connection: sa.Connection, account: str, *, since: datetime, until: datetime, currency: str
) -> WaysToSales:
    """Of the sales of ``[since, until)``, and of leads that have not bought yet.

    Sales of up to REACH before are there too: what led to one of them leads to no other.

    A contact is a call of the person, answered or not, a call of ours that they took, and the source that the CRM tells
    of an opportunity, when it was opened. The channel of a call is the name of its line.
    """
    o, c = opportunities.c, calls.c
    names: dict[int, str] = {}
    sales: dict[str, list[Sale]] = {}
    touches: dict[str, list[Touch]] = {}
    foreign = unknown = 0

    def name(person: int) -> str:
        return names.setdefault(person, str(len(names)))

    there = (o.account_id == account) & o.gone_at.is_(None) & o.merged_into.is_(None)
    for row in connection.execute(sa.select(opportunities).where(there).order_by(o.changed_at, o.id)):
        known = row.person is not None and row.doubt is None
        if known and row.source and row.opened_at is not None and since - REACH <= row.opened_at < until:
            touch = Touch(at=row.opened_at, channel=row.source, way=Way.INBOUND)
            touches.setdefault(name(row.person), []).append(touch)
        if row.state != "won" or (row.closed_at is not None and not since - REACH <= row.closed_at < until):
            continue
        asked = row.closed_at is None or row.closed_at >= since
        if not known or row.amount is None or row.closed_at is None:
            unknown += asked
        elif row.currency != currency:
            foreign += asked
        else:
            sale = Sale(at=row.closed_at, revenue=Money(Decimal(row.amount), currency))
            sales.setdefault(name(row.person), []).append(sale)
    known_lines = {
        str(row.number): row.name
        for row in connection.execute(sa.select(lines).where(lines.c.account_id == account))
        if row.number is not None
    }
    theirs = sa.select(o.person).where(there, o.person.is_not(None), o.doubt.is_(None))
    query = sa.select(c.person, c.started_at, c.direction, c.line).where(
        c.account_id == account,
        c.person.in_(theirs),
        c.started_at >= since - REACH,
        c.started_at < until,
        (c.direction == Direction.INBOUND) | ((c.direction == Direction.OUTBOUND) & c.answered),
    )
    for person, at, direction, line in connection.execute(query):
        way = Way.INBOUND if direction == Direction.INBOUND else Way.OUTBOUND
        channel = known_lines.get((line or "").lstrip("+"), line or "") or way.value
        touches.setdefault(name(person), []).append(Touch(at=at, channel=channel, way=way))
    return WaysToSales(touches=touches, sales=sales, foreign=foreign, unknown=unknown)
