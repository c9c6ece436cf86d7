"""Reads some days of an advertising platform, and keeps them together with the place where to go on."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from decimal import Decimal
from zoneinfo import ZoneInfo

import sqlalchemy as sa

from decroche.connector_kit.ads import Ads, AdsPage, Spend
from decroche.connector_kit.connector import Connector
from decroche.connector_kit.errors import Misconfigured
from decroche.connector_kit.http import Http
from decroche.ledger.ad_calls import find_ad_calls, keep_ad_calls
from decroche.ledger.cost_lines import GOOGLE_ADS, put_spend
from decroche.ledger.crm_connections import CrmConnection, note_read
from decroche.ledger.erasing import region_of
from decroche.ledger.store import Ledger
from decroche.model.cost import Among, CostKind, CostLine, Key, Nature, Rhythm, Sharing
from decroche.model.money import Money, currency_of
from decroche.model.problem import Problem
from decroche.model.source import LONGEST

#: The currency in which a business counts.
CurrencyOf = Callable[[sa.Connection, str], str]


@dataclass(frozen=True, slots=True)
class KeptDays:
    """What became of some days: new calls, those found among ours, and lines of cost now and before."""

    calls: int
    found: int
    lines: int
    before: int


def of_country(connection: sa.Connection, account: str) -> str:
    """The currency of the country of a business."""
    return currency_of(region_of(connection, account))


def read_ads(crm: CrmConnection, connector: Connector, http: Http, *, now: datetime) -> AdsPage:
    """Ask for the next days. Raises Unavailable and Misconfigured."""
    if connector.ads is None:
        raise ValueError(f"{connector.name} has no advertising")
    return connector.ads.fetch(http, crm.all_settings, crm.cursor, now)


def keep_ads(
    ledger: Ledger, crm: CrmConnection, connector: Connector, page: AdsPage, *, now: datetime, counts_in: CurrencyOf
) -> KeptDays:
    """Keep all of it, or nothing. Raises Misconfigured where the platform pays in another currency."""
    assert connector.ads is not None
    zone = ZoneInfo(page.zone)
    # The advertiser's account, not our connection to it: whoever connects it again tells the same calls and costs.
    told_by = f"{GOOGLE_ADS}{page.customer}"
    since, until = (
        datetime.combine(day, time(), zone).astimezone(UTC) for day in (page.first, page.last + timedelta(days=1))
    )
    with ledger.writing() as connection:
        check_currency(page.currency, counts_in(connection, crm.account_id))
        new = keep_ad_calls(
            connection,
            crm.account_id,
            page.calls,
            origin=told_by,
            source=connector.ads.source,
            since=since,
            until=until,
            now=now,
        )
        lines, before = put_spend(
            connection,
            crm.account_id,
            spend_lines(page.spend, title=connector.title, currency=page.currency),
            source=told_by,
            first=page.first,
            last=page.last,
            now=now,
        )
        found = find_ad_calls(connection, crm.account_id, since=since, until=until)
        note_read(connection, crm.id, page.next, read_at=None if page.more else now)
    return KeptDays(calls=new, found=found, lines=lines, before=before)


def due(crm: CrmConnection, ads: Ads, now: datetime) -> bool:
    """Whether it is time to ask again."""
    return crm.read_at is None or not crm.read_at <= now < crm.read_at + ads.every


def check_currency(theirs: str, ours: str) -> None:
    """Raises Misconfigured where the two are not the same."""
    if theirs != ours:
        raise Misconfigured(
            Problem(
                "the advertiser's account pays in {theirs} and the business counts in {ours}: nothing is converted, "
                "and nothing was kept",
                {"theirs": theirs, "ours": ours},
            )
        )


def spend_lines(told: Iterable[Spend], *, title: str, currency: str) -> list[CostLine]:
    """A line of cost for each campaign and day; what costs nothing is none."""
    sums: dict[tuple[date, str], Decimal] = {}
    for each in told:
        name = _name(title, each.campaign) or each.campaign_ref or "–"
        sums[each.day, name] = sums.get((each.day, name), Decimal(0)) + each.amount
    return [
        CostLine(
            kind=CostKind.ADVERTISING,
            label=label_of(title, name),
            amount=Money(amount, currency),
            rhythm=Rhythm.ONCE,
            begins=on,
            ends=on,
            nature=Nature.DIRECT,
            sharing=Sharing(among=Among.CAMPAIGN, key=Key.FIXED, shares={name: 1.0}),
        )
        for (on, name), amount in sorted(sums.items())
        if amount > 0
    ]


def label_of(title: str, campaign: str) -> str:
    """The label of the lines of a campaign."""
    return f"{title} – {_name(title, campaign)}"


def _name(title: str, campaign: str) -> str:
    """A campaign's name, as long as a label has room for it."""
    return " ".join(campaign.split())[: LONGEST - len(title) - 3].strip()
