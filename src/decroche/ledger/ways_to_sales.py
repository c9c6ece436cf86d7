"""The ways of people to their sales, from the ledger: their calls and where they came from, and what they bought."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from decimal import Decimal
from zoneinfo import ZoneInfo

import sqlalchemy as sa

from decroche.ledger.crm_tables import opportunities
from decroche.ledger.recovery_tables import texts
from decroche.ledger.source_counts import FOUND
from decroche.ledger.source_tables import ad_calls
from decroche.ledger.tables import accounts, calls, lines
from decroche.ledger.tracked_numbers import only_trackings, read_trackings, written_forms
from decroche.model.call import Direction
from decroche.model.money import Money
from decroche.model.source import Source, Tracking, source_word, tracked_on
from decroche.model.text import TextState
from decroche.model.touch import Sale, Touch, Way

#: How long before the first sale contacts are read: the longest window.
REACH = timedelta(days=180)
#: Texts of ours that may have reached somebody.
_SENT = (TextState.HANDED, TextState.DELIVERED)


@dataclass(frozen=True, slots=True, kw_only=True)
class WaysToSales:
    """Contacts and sales by person, whose name here is a number without a meaning.

    ``opened`` are their opportunities as sales of nothing, at the moment at which they were opened; ``margins`` the
    sales whose margin is known, with it in the place of the revenue. Left out are ``foreign`` sales in another
    currency, and ``unknown`` ones of which nobody knows the person, the amount or the day, or whose person is in doubt.
    """

    touches: Mapping[str, list[Touch]]
    sales: Mapping[str, list[Sale]]
    foreign: int
    unknown: int
    opened: Mapping[str, list[Sale]] = field(default_factory=dict)
    margins: Mapping[str, list[Sale]] = field(default_factory=dict)


def ways_to_sales(
    connection: sa.Connection, account: str, *, since: datetime, until: datetime, currency: str
) -> WaysToSales:
    """Of the sales of ``[since, until)``, and of leads that have not bought yet.

    Sales of up to REACH before are there too: what led to one of them leads to no other.

    A contact is a call of the person, answered or not, a call of ours that they took, a text between us, and the source
    that the CRM tells of an opportunity, when it was opened. The channel of a call is the source that its number stands
    for on that day, or that a platform counted it for; else the name of its line.
    """
    o, c = opportunities.c, calls.c
    names: dict[int, str] = {}
    sales: dict[str, list[Sale]] = {}
    opened: dict[str, list[Sale]] = {}
    margins: dict[str, list[Sale]] = {}
    touches: dict[str, list[Touch]] = {}
    foreign = unknown = 0
    nothing = Money.of(0, currency)

    def name(person: int) -> str:
        return names.setdefault(person, str(len(names)))

    there = (o.account_id == account) & o.gone_at.is_(None) & o.merged_into.is_(None)
    for row in connection.execute(sa.select(opportunities).where(there).order_by(o.changed_at, o.id)):
        known = row.person is not None and row.doubt is None
        if known and row.source and row.opened_at is not None and since - REACH <= row.opened_at < until:
            source = source_word(row.source)
            touch = Touch(
                at=row.opened_at, channel=source, way=Way.INBOUND, source=source, campaign=row.campaign or ""
            )  # fmt: skip
            touches.setdefault(name(row.person), []).append(touch)
        if known and row.opened_at is not None and since - REACH <= row.opened_at < until:
            opened.setdefault(name(row.person), []).append(Sale(at=row.opened_at, revenue=nothing))
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
            if row.margin is not None:
                margin = Sale(at=row.closed_at, revenue=Money(Decimal(row.margin), currency))
                margins.setdefault(name(row.person), []).append(margin)
    known_lines = {
        str(row.number): row.name
        for row in connection.execute(sa.select(lines).where(lines.c.account_id == account))
        if row.number is not None
    }
    theirs = sa.select(o.person).where(there, o.person.is_not(None), o.doubt.is_(None))
    named = _Named.read(connection, account)
    query = sa.select(c.id, c.person, c.started_at, c.direction, c.line, c.caller, c.called).where(
        c.account_id == account,
        c.person.in_(theirs),
        c.started_at >= since - REACH,
        c.started_at < until,
        (c.direction == Direction.INBOUND) | ((c.direction == Direction.OUTBOUND) & c.answered),
    )
    for id, person, at, direction, line, caller, called in connection.execute(query):
        way = Way.INBOUND if direction == Direction.INBOUND else Way.OUTBOUND
        source, campaign = named.of(id, called if way is Way.INBOUND else caller, at)
        if way is Way.OUTBOUND:
            source = source or Source.OUTBOUND.value
        channel = named.channel(source, way) or known_lines.get((line or "").lstrip("+"), line or "") or way.value
        touch = Touch(at=at, channel=channel, way=way, source=source, campaign=campaign)
        touches.setdefault(name(person), []).append(touch)
    t = texts.c
    written = sa.select(t.person, t.created_at, t.direction).where(
        t.account_id == account,
        t.person.in_(theirs),
        t.created_at >= since - REACH,
        t.created_at < until,
        (t.direction == "in") | t.state.in_(_SENT),
    )
    for person, at, direction in connection.execute(written):
        way = Way.INBOUND if direction == "in" else Way.OUTBOUND
        touch = Touch(at=at, channel=Source.TEXT, way=way, source=Source.TEXT)
        touches.setdefault(name(person), []).append(touch)
    return WaysToSales(
        touches=touches, sales=sales, foreign=foreign, unknown=unknown, opened=opened, margins=margins
    )  # fmt: skip


@dataclass(frozen=True, slots=True)
class _Named:
    """What numbers stand for, by every way in which they are written, and whose calls platforms counted."""

    trackings: Mapping[str, list[Tracking]]
    counted: Mapping[str, tuple[str, str]]
    zone: ZoneInfo

    @classmethod
    def read(cls, connection: sa.Connection, account: str) -> _Named:
        forms: dict[str, list[Tracking]] = {}
        for each in only_trackings(read_trackings(connection, account)):
            for form in written_forms(each.number):
                forms.setdefault(form, []).append(each)
        a = ad_calls.c
        found = sa.select(a.call_id, a.source, a.campaign).where(
            a.account_id == account, a.fit.in_(FOUND), a.call_id.is_not(None)
        )
        counted = {str(row.call_id): (row.source, row.campaign) for row in connection.execute(found)}
        zone = connection.execute(sa.select(accounts.c.zone).where(accounts.c.id == account)).scalar_one_or_none()
        return cls(forms, counted, ZoneInfo(zone or "UTC"))

    def of(self, call: str, number: str | None, at: datetime) -> tuple[str, str]:
        """The source and campaign of a call; empty where nobody told them."""
        if call in self.counted:
            return self.counted[call]
        known = self.trackings.get(number or "", [])
        found = tracked_on(known, known[0].number, at.astimezone(self.zone).date()) if known else None
        return ("", "") if found is None else (found.source, found.campaign)

    @staticmethod
    def channel(source: str, way: Way) -> str:
        """The source as a channel; that a call was ours says its way already."""
        return "" if way is Way.OUTBOUND and source == Source.OUTBOUND else source
