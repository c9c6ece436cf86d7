"""Counts a campaign from what the house holds: its calls, its opportunities and sales, and the costs that it bears."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, date, datetime, time, timedelta
from decimal import Decimal
from zoneinfo import ZoneInfo

import sqlalchemy as sa

from decroche.ledger.campaign_calls import any_opportunity, opened_since, our_calls
from decroche.ledger.campaigns import House, KeptReading
from decroche.ledger.cost_lines import only_lines, read_lines
from decroche.model.campaign import CampaignCounts, Held, PaidFor, Where
from decroche.model.cost import Among
from decroche.prove.kpis.campaign_house import count_house
from decroche.prove.kpis.costs import PeriodCost, period_cost

_DAY = timedelta(days=1)


def counted_from_house(
    connection: sa.Connection, account: str, where: Where, *, name: str, zone: str, currency: str, now: datetime
) -> tuple[CampaignCounts, KeptReading, House]:
    """The counts of a campaign and where each comes from. Raises TooManyDials, and CurrencyMismatch of its costs."""
    clock = ZoneInfo(zone)
    today = now.astimezone(clock).date()
    last = today if where.ends is None else min(where.ends, today)
    since, until = (datetime.combine(day, time(), clock).astimezone(UTC) for day in (where.begins, last + _DAY))
    calls = our_calls(connection, account, where, since=since, until=until)
    known = any_opportunity(connection, account)
    matched = count_house(
        calls,
        opened_since(connection, account, since),
        where,
        name=name,
        currency=currency,
        known=known,
        local=lambda moment: moment.astimezone(clock).replace(tzinfo=None),
        until=now,
    )
    counts, found = matched.counts, matched.found
    cost, lines = _cost(connection, account, where.begins, last + _DAY, name=name, currency=currency)
    held = Held(
        dials=len(calls),
        answered=sum(call.answered for call in calls),
        unnamed=sum(call.person is None for call in calls),
        by_name=found["by_name"],
        by_person=found["by_person"],
        undialled=found["undialled"],
        doubtful=found["doubtful"],
        sales=found["sales"],
        with_amount=found["with_amount"],
        with_margin=found["with_margin"],
        foreign=found["foreign"],
        known_opportunities=known,
        currency=currency,
        until=last,
        cost=None if cost is None else f"{cost:f}",
        lines=lines,
    )
    if cost is not None:
        counts = replace(counts, total=replace(counts.total, cost=cost))
    return counts, KeptReading(rows_read=len(calls), kept=len(calls)), House(where=where, held=held)


def _cost(
    connection: sa.Connection, account: str, begin: date, end: date, *, name: str, currency: str
) -> tuple[Decimal | None, tuple[PaidFor, ...]]:
    """What the lines that are shared with a campaign of this name make it bear; None: there is no such line."""
    if begin >= end:
        return None, ()
    lines = only_lines(read_lines(connection, account, begin=begin, end=end))
    found: PeriodCost = period_cost(
        lines, begin=begin, end=end, currency=currency, counted={}, among=Among.CAMPAIGN
    )  # fmt: skip
    paid = []
    total: Decimal | None = None
    for each in found.lines:
        for bearer, part in each.borne.items():
            if bearer and bearer.casefold() == name.casefold():
                total = (total or Decimal(0)) + part.amount
                paid.append(PaidFor(kind=each.line.kind.value, label=each.line.label, amount=f"{part.amount:f}"))
    return total, tuple(paid)
