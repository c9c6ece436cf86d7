"""What being called and calling cost: the cost of a lead and of a customer, inbound beside outbound."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from decroche.model.cost import Among, CostKind
from decroche.model.money import Money
from decroche.model.splitting import split
from decroche.model.touch import Path, Way
from decroche.prove.kpis.costs import NOBODY, PeriodCost
from decroche.prove.kpis.winning import AcquisitionCost, acquisition_cost

#: What is paid so that people call us, and so that we can call people.
_SOUGHT: Mapping[CostKind, Way] = {
    CostKind.ADVERTISING: Way.INBOUND,
    CostKind.LISTS: Way.OUTBOUND,
    CostKind.SCRIPTS: Way.OUTBOUND,
}


@dataclass(frozen=True, slots=True, kw_only=True)
class WayCost:
    """A way: what it cost, of which ``own`` is its lines alone, and what one lead and one customer cost."""

    way: Way
    own: Money
    cost: Money
    lead: AcquisitionCost
    customer: AcquisitionCost


def costs_by_way(cost: PeriodCost, minutes: Mapping[Way, float]) -> dict[Way, tuple[Money, Money]] | None:
    """What each way cost, and of that its lines alone; both ways sum to the total. None: nothing says how to share.

    What campaigns bear, call lists and scripts are of outbound calls, advertising that no campaign bears of inbound
    ones. All else is shared by the ``minutes`` that people spent on the calls of each way.
    """
    nothing = Money.of(0, cost.total.currency)
    own = dict.fromkeys(Way, nothing)
    common = nothing
    for each in cost.lines:
        sharing = each.line.sharing
        borne = nothing
        if sharing is not None and sharing.among is Among.CAMPAIGN:
            for name, part in each.borne.items():
                borne += part if name != NOBODY else nothing
        own[Way.OUTBOUND] += borne
        way = _SOUGHT.get(each.line.kind)
        if way is None:
            common += each.cost - borne
        else:
            own[way] += each.cost - borne
    if not common.amount:
        return {way: (own[way], own[way]) for way in Way}
    weights = [minutes.get(way, 0.0) for way in Way]
    if not any(weights):
        return None
    parts = split(common, weights)
    return {way: (own[way] + part, own[way]) for way, part in zip(Way, parts, strict=True)}


def leads_by_way(paths: Iterable[Path]) -> dict[Way, int]:
    """Leads by who sought whom at the first contact. Contacts of one moment: the person sought us."""
    found = dict.fromkeys(Way, 0)
    for path in paths:
        if path.touches:
            first = min(path.touches, key=lambda each: (each.at, each.way is Way.OUTBOUND))
            found[first.way] += 1
    return found


def ways_cost(
    cost: PeriodCost, minutes: Mapping[Way, float], *, leads: Mapping[Way, int], customers: Mapping[Way, float]
) -> tuple[WayCost, ...]:
    """Both ways, inbound first; empty where nothing says how common costs are shared."""
    found = costs_by_way(cost, minutes)
    if found is None:
        return ()
    return tuple(
        WayCost(
            way=way,
            own=own,
            cost=whole,
            lead=acquisition_cost(cost=whole, customers=leads.get(way, 0)),
            customer=acquisition_cost(cost=whole, customers=customers.get(way, 0.0)),
        )
        for way, (whole, own) in found.items()
    )


def gap(costs: Iterable[WayCost]) -> tuple[Money | None, Money | None]:
    """What a lead and a customer cost more where we call than where we are called; None while one way won nobody."""
    by_way = {each.way: each for each in costs}
    if len(by_way) < len(Way):
        return None, None
    sought, called = by_way[Way.INBOUND], by_way[Way.OUTBOUND]
    return _more(called.lead, sought.lead), _more(called.customer, sought.customer)


def _more(called: AcquisitionCost, sought: AcquisitionCost) -> Money | None:
    return None if called.each is None or sought.each is None else called.each - sought.each
