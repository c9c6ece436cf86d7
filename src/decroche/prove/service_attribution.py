"""Which contacts earned the sales of a business, from its ledger: five rules, four windows, and what winning costs."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime

import sqlalchemy as sa

from decroche.ledger.cost_lines import KeptLine, platform_of, read_lines
from decroche.ledger.ways_to_sales import ways_to_sales
from decroche.model.board import Period
from decroche.model.cost import Among, CostLine
from decroche.model.money import Money
from decroche.model.touch import Path, Way
from decroche.prove.kpis.attribution import HALF_LIFE_DAYS
from decroche.prove.kpis.by_way import WayCost, leads_by_way, ways_cost
from decroche.prove.kpis.costs import period_cost
from decroche.prove.kpis.credits import USUAL_WINDOW, WINDOWS, Credits, Rule, credits, leads_of
from decroche.prove.kpis.delays import DelayCurve, delay_curves
from decroche.prove.kpis.winning import Closing, closing_rates
from decroche.warehouse.handled import Handled


@dataclass(frozen=True, slots=True, kw_only=True)
class Attribution:
    """The sales of a period divided among the contacts before them. All amounts are in one currency.

    ``tables`` are by window and rule; each sums to ``revenue`` to the cent. ``ways`` is the division by ``rule`` within
    ``window_days`` between who sought whom, and ``costs`` what a lead and a customer of each way cost; empty where
    nothing says how common costs are shared. ``spent`` is what the period cost in all. ``foreign`` and ``unknown``
    sales are left out, see ``WaysToSales``.
    """

    period: Period
    window_days: int
    rule: Rule
    revenue: Money
    sales: int
    tables: Mapping[int, Mapping[Rule, Credits]]
    ways: Credits
    spent: Money
    costs: tuple[WayCost, ...]
    delays: tuple[DelayCurve, ...]
    closing: tuple[Closing, ...]
    foreign: int
    unknown: int

    @property
    def by_rule(self) -> Mapping[Rule, Credits]:
        """The five divisions within the window."""
        return self.tables[self.window_days]


def attribution(
    connection: sa.Connection,
    account: str,
    *,
    period: Period,
    since: datetime,
    until: datetime,
    now: datetime,
    currency: str,
    handled: Handled,
    window_days: int = USUAL_WINDOW,
    rule: Rule = Rule.POSITION,
    half_life: float = HALF_LIFE_DAYS,
) -> Attribution:
    """The sales of ``period``, which is ``[since, until)``; ``handled`` is what people handled in it."""
    found = ways_to_sales(connection, account, since=since, until=until, currency=currency)
    lines = [_by_way(each) for each in read_lines(connection, account, begin=period.start, end=period.end)]
    paths = [
        each for each in leads_of(found.touches, found.sales) if each.sale is None or each.sale.at >= since
    ]  # fmt: skip
    tables = {
        window: {
            each: credits(paths, each, currency=currency, window_days=window, half_life=half_life) for each in Rule
        }
        for window in WINDOWS
    }
    ways = credits(
        paths,
        rule,
        currency=currency,
        window_days=window_days,
        half_life=half_life,
        channel_of=lambda touch: touch.way.value,
    )
    cost = period_cost(
        lines, begin=period.start, end=period.end, currency=currency, counted={}, among=Among.CAMPAIGN
    )  # fmt: skip
    one = tables[window_days][rule]
    return Attribution(
        period=period,
        window_days=window_days,
        rule=rule,
        revenue=one.revenue,
        sales=one.sales,
        tables=tables,
        ways=ways,
        spent=cost.total,
        costs=ways_cost(
            cost,
            {Way.INBOUND: handled.minutes - handled.our_minutes, Way.OUTBOUND: handled.our_minutes},
            leads=leads_by_way(_of_period(paths, since)),
            customers={way: _customers(ways, way) for way in Way},
        ),
        delays=tuple(delay_curves(paths, now=now, window_days=window_days)),
        closing=tuple(closing_rates(paths, now=now, within_days=window_days)),
        foreign=found.foreign,
        unknown=found.unknown,
    )


def _by_way(kept: KeptLine) -> CostLine:
    """A line as ways share it: the campaigns of a platform have people call us, and are none of our calling."""
    return replace(kept.line, sharing=None) if platform_of(kept) else kept.line


def _of_period(paths: Sequence[Path], since: datetime) -> list[Path]:
    """The leads whose first contact was in the period: what it cost is spent on them."""
    return [path for path in paths if path.touches and min(each.at for each in path.touches) >= since]


def _customers(ways: Credits, way: Way) -> float:
    return sum(part.sales for part in ways.parts if part.channel == way.value)
