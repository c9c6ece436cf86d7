"""Whether calling pays: cost per qualified opportunity, conversion of calls, and the return under both readings."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from enum import StrEnum

from decroche.model.figures import Rate
from decroche.model.money import Money


class GainKind(StrEnum):
    """What a stated gain is: before the investment is taken off (gross), or after (net). Never guessed."""

    GROSS = "gross"
    NET = "net"


@dataclass(frozen=True, slots=True, kw_only=True)
class ReturnOnInvestment:
    """One gain under both readings, and the months after which a gross yearly gain has paid the investment back."""

    if_net: float
    if_gross: float
    payback_months: float | None


def return_on_investment(*, invested: Money, yearly_gain: Money) -> ReturnOnInvestment:
    """Both readings of "X invested, Y gained a year": net Y/X, gross (Y − X)/X, and payback 12·X/Y months if gross.

    Seed 002 calls 180 000 net and computes as if it were gross; the two readings differ by exactly 100 points.
    """
    ratio = yearly_gain.ratio(invested)
    return ReturnOnInvestment(if_net=ratio, if_gross=ratio - 1, payback_months=12 / ratio if ratio > 0 else None)


def roi(*, invested: Money, yearly_gain: Money, kind: GainKind) -> float:
    """The return of one labelled gain. There is no default label: an unlabelled gain has two answers."""
    both = return_on_investment(invested=invested, yearly_gain=yearly_gain)
    return both.if_net if kind is GainKind.NET else both.if_gross


def cost_per_opportunity(*, cost: Money, opportunities: int) -> Money | None:
    """CPQ = total cost of the campaign / qualified opportunities; None while there are none."""
    return cost / opportunities if opportunities else None


def break_even_cost_per_opportunity(*, margin: Money, conversion: float, target_profit: float = 0.0) -> Money:
    """The CPQ at which a campaign earns exactly its target: margin × conversion × (1 − target profit).

    At target 0 this is break-even, zero profit, not "profitable" as seed 004 has it.
    """
    return margin * conversion * (1 - target_profit)


@dataclass(frozen=True, slots=True, kw_only=True)
class CampaignResult:
    """The three-indicator table of seed 004, with the return on margin first and the one on revenue labelled."""

    sales: float
    revenue: Money
    margin: Money
    cost_per_opportunity: Money | None
    break_even_cost_per_opportunity: Money
    roi_on_margin: float
    roi_on_revenue: float
    revenue_per_cost: float


def campaign(
    *, cost: Money, opportunities: int, conversion: float, sale_value: Money, sale_margin: Money
) -> CampaignResult:
    """Sales = opportunities × conversion; ROI on margin = (sales × margin − cost)/cost; on revenue likewise."""
    sales = opportunities * conversion
    revenue, margin = sale_value * sales, sale_margin * sales
    return CampaignResult(
        sales=sales,
        revenue=revenue,
        margin=margin,
        cost_per_opportunity=cost_per_opportunity(cost=cost, opportunities=opportunities),
        break_even_cost_per_opportunity=break_even_cost_per_opportunity(margin=sale_margin, conversion=conversion),
        roi_on_margin=(margin - cost).ratio(cost),
        roi_on_revenue=(revenue - cost).ratio(cost),
        revenue_per_cost=revenue.ratio(cost),
    )


@dataclass(frozen=True, slots=True, kw_only=True)
class CallConversion:
    """TCO under its three denominators; None is what was not counted."""

    per_dial: Rate | None
    per_contact: Rate | None
    per_person: Rate | None


def call_conversion(
    *, opportunities: int, dials: int | None = None, contacts: int | None = None, people: int | None = None
) -> CallConversion:
    """Qualified opportunities / dials (seed 004's TCO), / conversations held, / people called.

    Not the total cost of ownership that the same three letters mean elsewhere.
    """
    return CallConversion(
        per_dial=None if dials is None else Rate(opportunities, dials),
        per_contact=None if contacts is None else Rate(opportunities, contacts),
        per_person=None if people is None else Rate(opportunities, people),
    )


def band(rate: float, bands: Sequence[tuple[float, str]]) -> str | None:
    """The name of the band ``rate`` falls in. ``bands`` are (lower limit, name) in rising order, without gaps.

    None below the first limit. There are no built-in bands: the ones of seed 004 have no source and leave a hole.
    """
    found = None
    for lower, name in bands:
        if rate >= lower:
            found = name
    return found
