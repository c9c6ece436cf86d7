"""What the API says of attribution: who is credited with the sales, what winning costs, and what was measured."""

from __future__ import annotations

from datetime import date

from pydantic import BaseModel, Field

from decroche.api.proof_schemas import ExperimentOut, ProposalOut
from decroche.model.touch import Way
from decroche.prove.kpis.credits import Rule


class CreditOut(BaseModel):
    """What a channel is credited with; `channel` null: no contact came before these sales within the window."""

    channel: str | None
    revenue: str
    sales: float = Field(description="Whole and part sales.")
    touched: int = Field(description="Sales that it had any contact before.")


class DivisionOut(BaseModel):
    """The sales under one rule within one window: the parts sum to `revenue` to the cent."""

    rule: Rule
    window_days: int
    revenue: str
    sales: int
    parts: list[CreditOut]


class WonOut(BaseModel):
    """What one of them cost: cost ÷ n, with its 95 % interval; `high` null: so few that it has no upper end."""

    n: float
    each: str | None
    low: str | None
    high: str | None


class WayCostOut(BaseModel):
    """Being called, or calling."""

    way: Way
    cost: str
    own: str = Field(description="Of lines that are of this way alone; the rest is shared by minutes of calls.")
    lead: WonOut
    customer: WonOut = Field(description="Customers credited to the way by the rule and window asked for.")


class DelayOut(BaseModel):
    """How long the leads of a channel take; those not followed to the end count for the days that they were."""

    channel: str
    leads: int
    sales: int
    waiting: int = Field(description="Leads that have not bought and whose window is not over.")
    until_days: float
    quarter_days: float | None = Field(description="Days by which a quarter of those who buy has bought.")
    median_days: float | None
    three_quarters_days: float | None
    bought: float = Field(description="Share of the leads that has bought by `until_days` (Kaplan–Meier).")
    low: float | None
    high: float | None


class ClosingOut(BaseModel):
    """Leads that ended in a sale within the window, of those whose window is over."""

    channel: str
    numerator: int
    denominator: int
    rate: float | None
    low: float | None
    high: float | None
    waiting: int


class MeasuredOut(BaseModel):
    """What an experiment shows, beside what rules divide. Where there is none, the one that would tell."""

    experiments: list[ExperimentOut]
    proposal: ProposalOut | None
    says: str


class AttributionOut(BaseModel):
    """The sales of `[since, until)` divided among the contacts before them. All amounts are in `currency`."""

    since: date
    until: date
    currency: str
    window_days: int
    rule: Rule
    revenue: str
    sales: int
    divisions: list[DivisionOut] = Field(description="Five rules within 30, 60, 90 and 180 days.")
    ways: DivisionOut = Field(description="Between who sought whom, by `rule` within `window_days`.")
    spent: str = Field(description="All costs of the period.")
    ways_cost: list[WayCostOut] = Field(description="Empty where nothing says how common costs are shared.")
    gap_per_lead: str | None = Field(description="Outbound − inbound: what a lead costs more where we call.")
    gap_per_customer: str | None
    delays: list[DelayOut]
    closing: list[ClosingOut]
    left_out_foreign: int = Field(description="Sales in another currency.")
    left_out_unknown: int = Field(description="Sales without a certain person, amount or day.")
    measured: MeasuredOut
