"""What each source of calls costs and brings in a period, from the ledger: its calls, costs, opportunities, sales."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime, time
from zoneinfo import ZoneInfo

import sqlalchemy as sa

from decroche.ledger.cost_lines import platform_of, read_lines
from decroche.ledger.source_counts import PlatformCalls, SourceCounts, source_counts
from decroche.ledger.tracked_numbers import only_trackings, read_trackings
from decroche.ledger.ways_to_sales import ways_to_sales
from decroche.model.board import Period
from decroche.model.money import Money
from decroche.model.touch import Sale, Touch
from decroche.prove.kpis.credits import USUAL_WINDOW, Credits, Rule, credits, paths_of
from decroche.prove.kpis.sources import Key, SourceGroup, costs_by_source, key_of, source_groups


@dataclass(frozen=True, slots=True, kw_only=True)
class Sources:
    """All of it. ``untied`` is advertising of which nobody told the source; ``platform`` what platforms say of calls.

    ``foreign`` sales are in another currency, ``unknown`` ones lack the person, the amount or the day: both left out.
    """

    period: Period
    rule: Rule
    window_days: int
    currency: str
    groups: tuple[SourceGroup, ...]
    platform: Mapping[Key, PlatformCalls]
    untied: Money
    foreign: int
    unknown: int


def sources(
    connection: sa.Connection,
    account: str,
    *,
    period: Period,
    zone: ZoneInfo,
    currency: str,
    rule: Rule = Rule.POSITION,
    window_days: int = USUAL_WINDOW,
) -> Sources:
    """The sources of a business. Raises CurrencyMismatch for a cost in another currency."""
    trackings = only_trackings(read_trackings(connection, account))
    counts = source_counts(connection, account, trackings, begin=period.start, end=period.end, zone=zone)
    campaigns = {each.campaign.casefold(): each.source for each in trackings if each.campaign}
    campaigns |= {campaign.casefold(): source for source, campaign in counts.platform if campaign}
    lines = read_lines(connection, account, begin=period.start, end=period.end)
    costs = costs_by_source(
        [(each.line, platform_of(each)) for each in lines],
        campaigns,
        begin=period.start,
        end=period.end,
        currency=currency,
    )
    begin, end = (datetime.combine(day, time(), zone).astimezone(UTC) for day in (period.start, period.end))
    ways = ways_to_sales(connection, account, since=begin, until=end, currency=currency)

    def credited(told: Mapping[str, list[Sale]]) -> Credits:
        return _credited(ways.touches, told, begin, rule, currency=currency, window_days=window_days)

    groups = source_groups(
        _calls(counts),
        costs.by_key,
        opened=credited(ways.opened),
        sold=credited(ways.sales),
        margins=credited(ways.margins),
        currency=currency,
    )
    return Sources(
        period=period,
        rule=rule,
        window_days=window_days,
        currency=currency,
        groups=tuple(groups),
        platform=counts.platform,
        untied=costs.untied,
        foreign=ways.foreign,
        unknown=ways.unknown,
    )


def _credited(
    touches: Mapping[str, list[Touch]],
    told: Mapping[str, list[Sale]],
    begin: datetime,
    rule: Rule,
    *,
    currency: str,
    window_days: int,
) -> Credits:
    """What of ``told`` lies at ``begin`` or later, divided among the sources of the contacts before."""
    paths = [each for each in paths_of(touches, told) if each.sale is not None and each.sale.at >= begin]
    return credits(paths, rule, currency=currency, window_days=window_days, channel_of=key_of)


def _calls(counts: SourceCounts) -> dict[Key, tuple[int, int]]:
    return {key: (each.answered, each.missed) for key, each in counts.calls.items()}
