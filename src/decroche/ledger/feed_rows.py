"""The tables of BI tools that are not calls: messages, costs, campaigns, opportunities, some rows at once."""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterator, Mapping
from datetime import date, datetime
from typing import Any
from zoneinfo import ZoneInfo

import msgspec
import sqlalchemy as sa

from decroche.ledger.campaign_tables import campaigns
from decroche.ledger.cost_tables import cost_lines
from decroche.ledger.crm_tables import opportunities
from decroche.ledger.recovery_tables import texts
from decroche.ledger.store import Ledger
from decroche.ledger.tables import journeys
from decroche.model.campaign import CampaignCounts
from decroche.model.cost import CostKind
from decroche.model.feed import CAMPAIGNS, COSTS, MESSAGES, OPPORTUNITIES, Feed
from decroche.model.text import TextState

#: Rows that are read in one transaction.
_AT_ONCE = 2_000

Row = dict[str, Any]
#: The clock of a site, by its name.
Clock = Callable[[str], ZoneInfo]


def ledger_rows(
    ledger: Ledger,
    account: str,
    feed: Feed,
    clock: Clock,
    *,
    since: date | None = None,
    until: date | None = None,
    sites: Collection[str] | None = None,
    changed: datetime | None = None,
) -> Iterator[list[Row]]:
    """The rows of MESSAGES, COSTS, CAMPAIGNS or OPPORTUNITIES, in parts, with ``person`` (E.164 digits) where known.

    Days are local; ``changed`` leaves out what did not change since then.
    """
    table, make = _SOURCES[feed]
    last = ""
    while True:
        query = _query(feed, account, sites).where(table.c.id > last).order_by(table.c.id).limit(_AT_ONCE)
        with ledger.reading() as connection:
            found = connection.execute(query).all()
        rows = [make(row._mapping, clock) for row in found]
        kept = [row for row in rows if _wanted(row, feed, since, until, changed)]
        if kept:
            yield kept
        if len(found) < _AT_ONCE:
            return
        last = found[-1].id


def _query(feed: Feed, account: str, sites: Collection[str] | None) -> sa.Select[Any]:
    if feed is not MESSAGES:
        table, _ = _SOURCES[feed]
        query = sa.select(table).where(table.c.account_id == account)
        # Who is paid what is for the owner: BI has costs without salaries.
        return query.where(table.c.kind != CostKind.SALARIES.value) if feed is COSTS else query
    c, j = texts.c, journeys.c
    query = sa.select(texts, j.site).outerjoin_from(
        texts, journeys, (j.id == c.journey_id) & (j.account_id == c.account_id)
    )
    query = query.where(c.account_id == account)
    return query if sites is None else query.where(j.site.in_(sorted(sites)))


def _wanted(row: Row, feed: Feed, since: date | None, until: date | None, changed: datetime | None) -> bool:
    if changed is not None and row["updated_at"] < changed:
        return False
    day = row[feed.dated] if feed.dated else None
    return day is None or ((since is None or day >= since) and (until is None or day < until))


def calendar(at: datetime, clock: ZoneInfo, begin: str) -> Row:
    """A moment, and what BI tools group by."""
    local = at.astimezone(clock)
    week = local.isocalendar()
    return {
        f"{begin}_at": at,
        f"{begin}_local": local.replace(tzinfo=None),
        "tz": clock.key,
        "local_date": local.date(),
        "local_hour": local.hour,
        "iso_week": f"{week.year}-W{week.week:02d}",
        "dow": week.weekday,
    }


def _message(row: Mapping[Any, Any], clock: Clock) -> Row:
    told = (row["created_at"], row["tried_at"], row["handed_at"], row["settled_at"])
    out = row["direction"] == "out"
    return {
        **{name: row[name] for name in ("journey_id", "direction", "channel", "purpose", "template", "state", "failure",
                                         "handed_at", "settled_at", "segments", "price", "currency", "person")},
        "message_id": row["id"],
        "updated_at": max(each for each in told if each is not None),
        **calendar(row["created_at"], clock(row["site"] or ""), "created"),
        "site": row["site"] or "",
        "author": ("playbook" if row["author"] is None else "person") if out else None,
        "is_out": int(out),
        "is_delivered": int(row["state"] == TextState.DELIVERED),
        "is_failed": int(row["state"] == TextState.FAILED),
    }  # fmt: skip


def _cost(row: Mapping[Any, Any], clock: Clock) -> Row:
    names = ("kind", "nature", "label", "currency", "rhythm", "begins", "ends", "among", "share_key")
    return {
        **{name: row[name] for name in names},
        "cost_line_id": row["id"],
        "updated_at": row["made_at"],
        "amount": float(row["amount"]),
        "per_call": int(row["per_call"]),
    }


def _campaign(row: Mapping[Any, Any], clock: Clock) -> Row:
    total = msgspec.json.decode(row["counts"], type=CampaignCounts).total
    terms = msgspec.json.decode(row["terms"], type=dict[str, str])
    money = {name: getattr(total, name) for name in ("revenue", "margin", "cost")}
    return {
        "campaign_id": row["id"],
        "name": row["name"],
        "updated_at": row["counted_at"],
        "created_at": row["created_at"],
        **{name: getattr(total, name) for name in ("dials", "contacts", "people", "opportunities", "sales")},
        **{name: None if value is None else float(value) for name, value in money.items()},
        "currency": terms.get("currency"),
    }


def _opportunity(row: Mapping[Any, Any], clock: Clock) -> Row:
    names = ("origin", "ref", "opened_at", "closed_at", "expected_on", "state", "stage", "pipeline", "owner",
             "campaign", "source", "matched_by", "currency", "person")  # fmt: skip
    return {
        **{name: row[name] for name in names},
        "opportunity_id": row["id"],
        "updated_at": row["kept_at"],
        **{name: None if row[name] is None else float(row[name]) for name in ("amount", "margin")},
        **{f"is_{state}": int(row["state"] == state) for state in ("open", "won", "lost")},
        "is_gone": int(row["gone_at"] is not None),
    }


_SOURCES: Mapping[Feed, tuple[sa.Table, Callable[[Mapping[Any, Any], Clock], Row]]] = {
    MESSAGES: (texts, _message),
    COSTS: (cost_lines, _cost),
    CAMPAIGNS: (campaigns, _campaign),
    OPPORTUNITIES: (opportunities, _opportunity),
}
