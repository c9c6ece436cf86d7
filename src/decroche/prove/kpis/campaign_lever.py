"""Which lever of a campaign to pull first, and what it should bring: the bad indicator before the good ones (M208).

An indicator is bad when even the kind end of its interval misses its goal, doubtful when only the figure itself does.
A gain is what the same campaign, run again, would have left more: an expectation, not a promise.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from enum import StrEnum
from statistics import NormalDist

from decroche.model.campaign import CampaignCounts, Denominator, Group, GroupKind
from decroche.model.figures import Rate
from decroche.model.money import Money
from decroche.prove.kpis.campaign_attempts import Stop, attempts, stop_after
from decroche.prove.kpis.campaign_indicators import (
    Indicators,
    Terms,
    conversions,
    indicators,
    margin_of_sale,
)
from decroche.prove.kpis.certainty import wilson

#: A part of a campaign is spoken of from so many people or dials on.
ENOUGH = 30
_RISK = 0.05
#: How much more is dialled when a campaign is worth more budget.
MORE = 0.1


class Lever(StrEnum):
    """What to work on first."""

    COLLECT = "collect"
    SCRIPT = "script"
    COST = "cost"
    RAISE = "raise"
    KEEP = "keep"


@dataclass(frozen=True, slots=True, kw_only=True)
class Outlier:
    """A part of the campaign whose conversion differs from that of all the rest by more than chance would make it.

    ``rest`` is everything else under the same column; ``low`` and ``high`` bound the part's own rate and are wider the
    more parts were compared. ``gain``: what sparing its dials leaves, where it costs more than it brings.
    """

    group: Group
    rate: Rate
    rest: Rate
    low: float
    high: float
    gain: Money | None = None

    @property
    def better(self) -> bool:
        """Whether it converts more than the rest."""
        return self.low > (self.rest.value or 0.0)


@dataclass(frozen=True, slots=True, kw_only=True)
class Advice:
    """The lever to pull first. ``sure``: even the kind end of the interval misses the goal.

    ``conversion`` and ``goal`` are told of SCRIPT, ``missing`` of COLLECT. ``opportunities`` are those to be won at the
    same number of dials. ``stop`` and ``spare`` say how: attempts and parts that cost more than they bring.
    """

    lever: Lever
    sure: bool = True
    denominator: Denominator | None = None
    goal: float | None = None
    opportunities: float | None = None
    gain: Money | None = None
    missing: tuple[str, ...] = ()
    stop: Stop | None = None
    spare: Outlier | None = None
    best: Outlier | None = None


def advise(counts: CampaignCounts, terms: Terms) -> Advice:
    """What to do first with a campaign, and why."""
    found = indicators(counts.total, terms)
    strange = outliers(counts.groups, completed(counts, terms, found))
    best = max((each for each in strange if each.better), key=lambda each: each.low, default=None)
    if counts.total.opportunities is None or (found.cost is None and terms.goal is None):
        return Advice(
            lever=Lever.COLLECT, missing=tuple(name for name in ("opportunities", "cost") if name in found.missing)
        )
    if (script := _script(found, terms)) is not None:
        return script
    cpq, target = found.cost_per_opportunity, found.target
    if found.cost is None or target is None or (cpq is None and counts.total.opportunities):
        needed = tuple(name for name in ("cost", "closing", "margin") if name in found.missing)
        return Advice(lever=Lever.COLLECT, missing=needed, best=best)
    if cpq is None or target < cpq.value:
        allowed = target * (counts.total.opportunities or 0)
        return Advice(
            lever=Lever.COST,
            sure=cpq is None or target < cpq.low,
            gain=found.cost - allowed,
            stop=_stop(counts, found, terms),
            spare=max((each for each in strange if each.gain is not None), key=_gain, default=None),
            best=best,
        )
    earned = None if found.margin is None else found.margin.value - found.cost
    if earned is not None and earned.amount > 0:
        sure = cpq.high is not None and cpq.high <= target
        return Advice(lever=Lever.RAISE, sure=sure, gain=earned * MORE, stop=_stop(counts, found, terms), best=best)
    return Advice(lever=Lever.KEEP, best=best)


def completed(counts: CampaignCounts, terms: Terms, found: Indicators) -> Terms:
    """The terms with what the counts themselves say: the mean cost of a dial, the margin and the closing of sales."""
    dials = counts.total.dials
    return replace(
        terms,
        dial_cost=terms.dial_cost or (found.cost / dials if found.cost is not None and dials else None),
        margin=margin_of_sale(counts.total, terms),
        closing=None if found.closing is None else (found.closing.low, found.closing.high),
    )


def outliers(groups: Iterable[Group], terms: Terms) -> tuple[Outlier, ...]:
    """The parts that stand out, the best first. The more parts are compared, the further one must stand out."""
    rated = [(group, rate) for group in groups if (rate := _rate(group)) is not None]
    z = NormalDist().inv_cdf(1 - _RISK / 2 / max(1, len(rated)))
    columns: dict[tuple[GroupKind, str], list[tuple[Group, Rate]]] = {}
    for group, rate in rated:
        columns.setdefault((group.kind, group.column), []).append((group, rate))
    found = [
        outlier
        for mine in columns.values()
        for group, rate in mine
        if (outlier := _outlier(group, rate, [other for _, other in mine], terms, z)) is not None
    ]
    return tuple(sorted(found, key=lambda each: each.rate.value or 0.0, reverse=True))


def _outlier(group: Group, rate: Rate, column: Sequence[Rate], terms: Terms, z: float) -> Outlier | None:
    rest = Rate(
        sum(other.numerator for other in column) - rate.numerator,
        sum(other.denominator for other in column) - rate.denominator,
    )
    bounds = wilson(rate, z=z)
    if bounds is None or rate.denominator < ENOUGH or rest.denominator < ENOUGH or rest.value is None:
        return None
    low, high = bounds
    if low <= rest.value <= high:
        return None
    return Outlier(group=group, rate=rate, rest=rest, low=low, high=high, gain=_spared(group, rate, high, terms))


def _spared(group: Group, rate: Rate, high: float, terms: Terms) -> Money | None:
    """What is left by not dialling a part whose dials, even at the kind end of its rate, cost more than they bring."""
    dials = group.tally.dials
    if terms.dial_cost is None or terms.margin is None or terms.closing is None or not dials:
        return None
    closing = sum(terms.closing) / 2
    cost = terms.dial_cost * dials
    if cost <= terms.margin * (terms.closing[1] * high * rate.denominator):
        return None
    return cost - terms.margin * (closing * rate.numerator)


def _gain(outlier: Outlier) -> Money:
    assert outlier.gain is not None
    return outlier.gain


def _rate(group: Group) -> Rate | None:
    """The rate by which parts are compared: by person where people are known, for dials of one person are alike."""
    found = conversions(group.tally)
    if group.kind in (GroupKind.HOUR, GroupKind.WEEKDAY):
        return found.get(Denominator.DIAL) or found.get(Denominator.PERSON)
    return found.get(Denominator.PERSON) or found.get(Denominator.DIAL)


def _script(found: Indicators, terms: Terms) -> Advice | None:
    """The advice to work on scripts and training, where a goal for the conversion is missed."""
    goal = terms.goal
    rate = None if goal is None else found.conversion.get(goal[0])
    if goal is None or rate is None or rate.value is None or rate.value >= goal[1]:
        return None
    bounds = wilson(rate)
    more = goal[1] * rate.denominator - rate.numerator
    worth = found.threshold
    return Advice(
        lever=Lever.SCRIPT,
        sure=bounds is not None and bounds[1] < goal[1],
        denominator=goal[0],
        goal=goal[1],
        opportunities=more,
        gain=None if worth is None else worth * more,
    )


def _stop(counts: CampaignCounts, found: Indicators, terms: Terms) -> Stop | None:
    """After which attempt more is spent than won. A dial costs its part of what the campaign cost."""
    dials = counts.total.dials
    if found.cost is None or found.threshold is None or not dials:
        return None
    return stop_after(
        attempts(counts.ladder),
        dial_cost=terms.dial_cost or found.cost / dials,
        opportunity_value=found.threshold,
    )
