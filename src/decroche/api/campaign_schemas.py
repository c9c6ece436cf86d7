"""What the API says of a campaign: every figure with its numerator, its denominator and its interval."""

from __future__ import annotations

from datetime import date, datetime
from typing import Annotated

from pydantic import BaseModel, ConfigDict, Field, StringConstraints

from decroche.api.schemas import Given
from decroche.language import Language
from decroche.model.campaign import CampaignCounts, Denominator, Group, GroupKind, Row, Tally, Week
from decroche.model.figures import Rate
from decroche.model.money import Money
from decroche.prove.campaign_words import advice_said, group_rate, outlier_said
from decroche.prove.kpis.campaign_attempts import attempts
from decroche.prove.kpis.campaign_cohorts import Projection, all_together, cohorts
from decroche.prove.kpis.campaign_decisions import Decision, Since
from decroche.prove.kpis.campaign_indicators import Estimate, MoneyEstimate, Terms, conversions, indicators
from decroche.prove.kpis.campaign_lever import Lever, advise, completed, outliers
from decroche.prove.kpis.certainty import wilson

_Text = Annotated[str, StringConstraints(min_length=1, max_length=200, pattern=r"^[^\x00]+$")]
#: Neither clocks nor calls reach further.
_CampaignDay = Annotated[date, Field(strict=False, ge=date(2000, 1, 1), lt=date(2100, 1, 1))]


class TallyOut(BaseModel):
    """What is counted; null where nothing tells it."""

    dials: int | None
    contacts: int | None = Field(description="Dials at which a person was reached.")
    people: int | None
    opportunities: int | None = Field(description="People who became one; each counts once.")
    sales: int | None


class IntervalRateOut(BaseModel):
    """A rate with its Wilson interval of 95 %."""

    numerator: int
    denominator: int
    rate: float | None
    low: float | None
    high: float | None


class EstimateOut(BaseModel):
    """A number or an amount, with the ends of its interval of 95 %; ``high`` null: chance could make it anything."""

    value: float
    low: float
    high: float | None


class AttemptOut(BaseModel):
    """One attempt."""

    number: int
    at: IntervalRateOut = Field(description="Yes at this attempt ÷ people who had it without a yes before.")
    last: IntervalRateOut = Field(description="Yes ÷ people whose last dial it was: not what one more attempt brings.")


class WeekOut(BaseModel):
    """The dials of one week; of rows by person, the people whose last dial was in it."""

    monday: date
    counts: TallyOut
    conversion: dict[Denominator, IntervalRateOut]


class PartOut(BaseModel):
    """A part of the campaign."""

    kind: GroupKind
    column: str
    value: str
    counts: TallyOut
    per: Denominator | None
    conversion: IntervalRateOut | None


class ProjectionOut(BaseModel):
    """A cohort so many days after each first dial."""

    days: int
    people: int
    seen: int = Field(description="Sales until now.")
    settled: int = Field(description="People followed for all the days.")
    expected: float | None = Field(description="With what is still to come; null while nobody was followed so long.")
    low: float
    high: float


class CohortOut(BaseModel):
    """People first dialled in one month; null: all of them."""

    month: date | None
    at: list[ProjectionOut]


class AdviceOut(BaseModel):
    """The lever to pull first."""

    lever: Lever
    sure: bool = Field(description="Whether even the kind end of the interval misses the goal.")
    gain: float | None
    says: list[str]


class CampaignFiguresOut(BaseModel):
    """All figures of a campaign. Amounts are in ``currency``."""

    currency: str
    row: Row = Field(description="What a row of the file was.")
    first: date | None
    last: date | None
    counts: TallyOut
    conversion: dict[Denominator, IntervalRateOut]
    cost: float | None
    cost_per_opportunity: EstimateOut | None
    closing: EstimateOut | None = Field(description="Share of opportunities that become sales.")
    threshold: float | None = Field(description="Cost per opportunity at which nothing is earned.")
    target: float | None = Field(description="Cost per opportunity that leaves the chosen profit.")
    sales: EstimateOut | None
    roi_on_margin: EstimateOut | None
    roi_on_revenue: EstimateOut | None = Field(description="Beside the return on margin, never instead of it.")
    revenue_per_cost: EstimateOut | None
    missing: list[str]
    attempts: list[AttemptOut]
    weeks: list[WeekOut]
    parts: list[PartOut]
    apart: list[str] = Field(description="Parts that differ from the rest by more than chance, in sentences.")
    cohorts: list[CohortOut]
    advice: AdviceOut


class WhereOut(BaseModel):
    """Where the house holds a campaign. With neither lines nor queues: all our calls of these days."""

    model_config = ConfigDict(extra="forbid")

    begins: _CampaignDay
    ends: _CampaignDay | None = None
    lines: Annotated[list[_Text], Field(max_length=50, description="Names or numbers.")] = []
    queues: Annotated[list[_Text], Field(max_length=50)] = []
    words: Annotated[list[_Text], Field(max_length=50, description="Its names in the CRM besides its own.")] = []
    days: Annotated[int, Field(ge=1, le=365, description="Between a call and an opportunity that names none.")] = 30


class HeldOut(BaseModel):
    """Where each figure comes from, and what was left out."""

    dials: int
    answered: int
    unnamed: int = Field(description="Dials to a number that names nobody.")
    by_name: int
    by_person: int
    undialled: int = Field(description="Opportunities under its name whose person nobody called: not counted.")
    doubtful: int = Field(description="Opportunities under its name without a certain person: not counted.")
    sales: int
    with_amount: int
    with_margin: int
    foreign: int = Field(description="Sales in another currency: their amount is not counted.")
    known_opportunities: bool
    currency: str
    until: date
    cost: str | None = Field(description="What cost lines make it bear; null: none is shared with it.")


class HouseOut(BaseModel):
    """A campaign that is counted from the house's own calls."""

    where: WhereOut
    held: HeldOut


class CampaignIn(Given):
    """A campaign to be counted from what is here: no file."""

    model_config = ConfigDict(
        json_schema_extra={
            "examples": [
                {
                    "name": "Spring",
                    "where": {"begins": "2026-03-01", "ends": "2026-03-31", "lines": ["Outbound"]},
                    "terms": {"margin": "400"},
                }
            ]
        }
    )

    name: _Text
    where: WhereOut
    terms: dict[str, str] = Field(default_factory=dict)


class CampaignOut(BaseModel):
    """A campaign without its figures."""

    id: str
    name: str
    terms: dict[str, str] = Field(description="Money and goals as they were written: cost, margin, closing, …")
    rows_read: int
    rows_kept: int
    rows_left_out: dict[str, int] = Field(description="Rows by the reason why they do not count.")
    house: HouseOut | None = Field(description="Null: it was read from a file.")
    created_at: datetime
    counted_at: datetime


class CampaignChange(Given):
    """What can be told anew. ``terms`` replace those that were told."""

    model_config = ConfigDict(json_schema_extra={"examples": [{"terms": {"cost": "4000", "margin": "400"}}]})

    name: _Text | None = None
    terms: dict[str, str] | None = None


class CampaignDecisionIn(Given):
    """Something that was decided."""

    model_config = ConfigDict(
        json_schema_extra={
            "examples": [{"kind": "rewrite", "reason": "The opener is too long", "decided_on": "2026-03-18"}]
        }
    )

    kind: Annotated[Decision, Field(strict=False)]
    reason: _Text
    decided_on: Annotated[date, Field(strict=False)]


class CampaignDecisionOut(BaseModel):
    """A decision, and conversion in whole weeks before and after it; a comparison of times, no proof of a cause."""

    id: str
    kind: Decision
    reason: str
    decided_on: date
    who: str
    since: Since
    before: float | None
    before_n: int
    after: float | None
    after_n: int
    difference_low: float | None
    difference_high: float | None


def campaign_figures(counts: CampaignCounts, terms: Terms, language: Language) -> CampaignFiguresOut:
    """All figures of a campaign as programs get them; its sentences are in ``language``."""
    found = indicators(counts.total, terms)
    advice = advise(counts, terms)
    return CampaignFiguresOut(
        currency=terms.currency,
        row=counts.row,
        first=counts.first,
        last=counts.last,
        counts=_tally(counts.total),
        conversion={which: _rate(rate) for which, rate in found.conversion.items()},
        cost=_amount(found.cost),
        cost_per_opportunity=_money(found.cost_per_opportunity),
        closing=_estimate(found.closing),
        threshold=_amount(found.threshold),
        target=_amount(found.target),
        sales=_estimate(found.sales),
        roi_on_margin=_estimate(found.roi_on_margin),
        roi_on_revenue=_estimate(found.roi_on_revenue),
        revenue_per_cost=_estimate(found.revenue_per_cost),
        missing=list(found.missing),
        attempts=[
            AttemptOut(number=line.number, at=_rate(line.at), last=_rate(line.last)) for line in attempts(counts.ladder)
        ],
        weeks=[_week(week) for week in counts.weeks],
        parts=[_part(group) for group in counts.groups],
        apart=[outlier_said(each, language) for each in outliers(counts.groups, completed(counts, terms, found))],
        cohorts=_cohorts(counts) if counts.total.sales is not None else [],
        advice=AdviceOut(
            lever=advice.lever, sure=advice.sure, gain=_amount(advice.gain), says=list(advice_said(advice, language))
        ),
    )


def _tally(tally: Tally) -> TallyOut:
    return TallyOut(
        dials=tally.dials,
        contacts=tally.contacts,
        people=tally.people,
        opportunities=tally.opportunities,
        sales=tally.sales,
    )


def _rate(rate: Rate) -> IntervalRateOut:
    low, high = wilson(rate) or (None, None)
    return IntervalRateOut(numerator=rate.numerator, denominator=rate.denominator, rate=rate.value, low=low, high=high)


def _estimate(found: Estimate | None) -> EstimateOut | None:
    return None if found is None else EstimateOut(value=found.value, low=found.low, high=found.high)


def _money(found: MoneyEstimate | None) -> EstimateOut | None:
    if found is None:
        return None
    return EstimateOut(value=float(found.value), low=float(found.low), high=_amount(found.high))


def _amount(found: Money | None) -> float | None:
    return None if found is None else float(found)


def _week(week: Week) -> WeekOut:
    rates = conversions(week.tally)
    return WeekOut(
        monday=week.monday, counts=_tally(week.tally), conversion={which: _rate(rate) for which, rate in rates.items()}
    )


def _part(group: Group) -> PartOut:
    per, rate = group_rate(group) or (None, None)
    return PartOut(
        kind=group.kind,
        column=group.column,
        value=group.value,
        counts=_tally(group.tally),
        per=per,
        conversion=None if rate is None else _rate(rate),
    )


def _cohorts(counts: CampaignCounts) -> list[CohortOut]:
    every = [CohortOut(month=None, at=[_projection(each) for each in all_together(counts.followed)])]
    return every + [
        CohortOut(month=cohort.month, at=[_projection(each) for each in cohort.at])
        for cohort in cohorts(counts.followed)
    ]


def _projection(found: Projection) -> ProjectionOut:
    return ProjectionOut(
        days=found.days,
        people=found.people,
        seen=found.seen,
        settled=found.settled,
        expected=found.expected,
        low=found.low,
        high=found.high,
    )
