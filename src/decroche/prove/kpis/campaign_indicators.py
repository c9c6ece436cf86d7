"""The three indicators of a campaign, from its counts and what it costs: CPQ, TCO and ROI, each with its interval.

An interval says what a campaign just like this one would give by chance alone, 19 times in 20. It does not say that the
amounts told are right.
"""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass
from decimal import Decimal

from decroche.model.campaign import Denominator, Tally
from decroche.model.figures import Rate
from decroche.model.money import Money
from decroche.prove.kpis.campaign import break_even_cost_per_opportunity, call_conversion, cost_per_opportunity
from decroche.prove.kpis.certainty import Z95, wilson


@dataclass(frozen=True, slots=True, kw_only=True)
class Bands:
    """Names of conversion rates on one denominator, (lower limit, name) in rising order, and who says so.

    ``source`` is shown beside every verdict: a band of another trade, country or denominator misleads.
    """

    limits: tuple[tuple[float, str], ...]
    source: str
    on: Denominator = Denominator.DIAL


@dataclass(frozen=True, slots=True, kw_only=True)
class Terms:
    """What the counts do not say of a campaign. Amounts are in one currency; None: not told.

    ``cost`` is all that the campaign cost; without it ``dial_cost`` is that of one dial. ``margin`` and ``revenue`` are
    those of one sale. ``closing`` is the share of opportunities that become a sale, as (low, high), where sales are not
    counted. ``profit`` is the share of the margin to be kept. ``goal`` is the conversion aimed at.
    """

    currency: str = "EUR"
    cost: Money | None = None
    dial_cost: Money | None = None
    margin: Money | None = None
    revenue: Money | None = None
    closing: tuple[float, float] | None = None
    profit: float = 0.0
    goal: tuple[Denominator, float] | None = None
    bands: Bands | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Estimate:
    """A number and its interval of 95 %."""

    value: float
    low: float
    high: float


@dataclass(frozen=True, slots=True, kw_only=True)
class MoneyEstimate:
    """An amount and its interval of 95 %; ``high`` is None where chance alone could make it any amount."""

    value: Money
    low: Money
    high: Money | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Indicators:
    """The three indicators; None where ``missing`` says what would be needed.

    ``conversion`` has the denominators that are counted, the finest first. ``closing`` is the share of opportunities
    that become sales, counted where ``closing_counted`` says of how many. ``threshold`` is the CPQ at which nothing is
    earned, ``target`` the one that leaves the chosen profit.
    """

    conversion: Mapping[Denominator, Rate]
    cost: Money | None
    cost_per_opportunity: MoneyEstimate | None
    closing: Estimate | None
    closing_counted: Rate | None
    threshold: Money | None
    target: Money | None
    sales: Estimate | None
    margin: MoneyEstimate | None
    revenue: MoneyEstimate | None
    roi_on_margin: Estimate | None
    roi_on_revenue: Estimate | None
    revenue_per_cost: Estimate | None
    missing: tuple[str, ...]


def indicators(tally: Tally, terms: Terms) -> Indicators:
    """CPQ, TCO and ROI of a campaign or of a part of it, as far as its counts and ``terms`` reach."""
    conversion = conversions(tally)
    cost = cost_of(tally, terms)
    base = next(iter(conversion.values()), None)
    closing, counted = _closing(tally, terms)
    value = margin_of_sale(tally, terms)
    sales = _sales(tally, base, closing)
    margin = _amount(terms.currency, tally.margin, tally.margin_squares, sales, value)
    revenue = _amount(terms.currency, tally.revenue, tally.revenue_squares, sales, terms.revenue)
    threshold = target = None
    if value is not None and closing is not None:
        threshold, target = (
            break_even_cost_per_opportunity(margin=value, conversion=closing.value, target_profit=profit)
            for profit in (0.0, terms.profit)
        )
    return Indicators(
        conversion=conversion,
        cost=cost,
        cost_per_opportunity=_per_opportunity(cost, tally.opportunities, base),
        closing=closing,
        closing_counted=counted,
        threshold=threshold,
        target=target,
        sales=sales,
        margin=margin,
        revenue=revenue,
        roi_on_margin=_return(margin, cost),
        roi_on_revenue=_return(revenue, cost),
        revenue_per_cost=_return(revenue, cost, ratio=True),
        missing=tuple(_missing(tally, terms, cost=cost, closing=closing, margin=margin, revenue=revenue)),
    )


def conversions(tally: Tally) -> dict[Denominator, Rate]:
    """Opportunities per dial, per contact and per person, as far as they are counted."""
    if tally.opportunities is None:
        return {}
    found = call_conversion(
        opportunities=tally.opportunities, dials=tally.dials, contacts=tally.contacts, people=tally.people
    )
    rates = {
        Denominator.DIAL: found.per_dial,
        Denominator.CONTACT: found.per_contact,
        Denominator.PERSON: found.per_person,
    }
    return {which: rate for which, rate in rates.items() if rate is not None and rate.denominator}


def cost_of(tally: Tally, terms: Terms) -> Money | None:
    """What was spent: as told, else the sum of the table's own column, else dials × the cost of one."""
    if terms.cost is not None:
        return terms.cost
    if tally.cost is not None:
        return Money(tally.cost, terms.currency)
    if terms.dial_cost is not None and tally.dials is not None:
        return terms.dial_cost * tally.dials
    return None


def margin_of_sale(tally: Tally, terms: Terms) -> Money | None:
    """The margin of one sale: as told, else the mean of those that the table has."""
    if terms.margin is not None:
        return terms.margin
    if tally.margin is not None and tally.sales:
        return Money(tally.margin, terms.currency) / tally.sales
    return None


def _closing(tally: Tally, terms: Terms) -> tuple[Estimate | None, Rate | None]:
    if tally.sales is not None and tally.opportunities:
        counted = Rate(tally.sales, tally.opportunities)
        low, high = wilson(counted) or (0.0, 1.0)
        return Estimate(value=counted.numerator / counted.denominator, low=low, high=high), counted
    if terms.closing is not None:
        low, high = terms.closing
        return Estimate(value=(low + high) / 2, low=low, high=high), None
    return None, None


def _sales(tally: Tally, base: Rate | None, closing: Estimate | None) -> Estimate | None:
    if base is None:
        return None
    if tally.sales is not None:
        low, high = wilson(Rate(tally.sales, base.denominator)) or (0.0, 1.0)
        return Estimate(value=tally.sales, low=low * base.denominator, high=high * base.denominator)
    if closing is None:
        return None
    low, high = wilson(base) or (0.0, 1.0)
    return Estimate(
        value=base.numerator * closing.value,
        low=low * base.denominator * closing.low,
        high=high * base.denominator * closing.high,
    )


def _amount(
    currency: str, total: Decimal | None, squares: Decimal | None, sales: Estimate | None, each: Money | None
) -> MoneyEstimate | None:
    """The sum of the sales' own amounts, else sales × one amount."""
    if total is not None and squares is not None:
        half = Decimal(str(Z95 * math.sqrt(squares)))
        return MoneyEstimate(
            value=Money(total, currency),
            low=Money(max(Decimal(0), total - half), currency),
            high=Money(total + half, currency),
        )
    if sales is None or each is None:
        return None
    return MoneyEstimate(value=each * sales.value, low=each * sales.low, high=each * sales.high)


def _per_opportunity(cost: Money | None, opportunities: int | None, base: Rate | None) -> MoneyEstimate | None:
    if cost is None or not opportunities or base is None:
        return None
    value = cost_per_opportunity(cost=cost, opportunities=opportunities)
    low, high = wilson(base) or (0.0, 1.0)
    if value is None:
        return None
    return MoneyEstimate(
        value=value, low=cost / (high * base.denominator), high=cost / (low * base.denominator) if low else None
    )


def _return(gain: MoneyEstimate | None, cost: Money | None, *, ratio: bool = False) -> Estimate | None:
    if gain is None or cost is None or not cost.amount:
        return None
    taken = 0.0 if ratio else 1.0
    high = gain.value if gain.high is None else gain.high
    return Estimate(
        value=gain.value.ratio(cost) - taken, low=gain.low.ratio(cost) - taken, high=high.ratio(cost) - taken
    )


def _missing(
    tally: Tally,
    terms: Terms,
    *,
    cost: Money | None,
    closing: Estimate | None,
    margin: MoneyEstimate | None,
    revenue: MoneyEstimate | None,
) -> list[str]:
    counted = {
        "opportunities": tally.opportunities,
        "dials": tally.dials,
        "contacts": tally.contacts,
        "people": tally.people,
        "cost": cost,
        "closing": closing,
        "margin": margin if terms.margin is None else terms.margin,
        "revenue": revenue if terms.revenue is None else terms.revenue,
    }
    return [name for name, value in counted.items() if value is None]
