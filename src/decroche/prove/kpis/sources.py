"""What each source of calls costs and brings: calls, missed ones, opportunities, sales, margin, cost of a customer."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date

from decroche.model.cost import Among, CostKind, CostLine
from decroche.model.figures import Rate
from decroche.model.money import Money
from decroche.model.source import Source, source_word
from decroche.model.touch import Touch
from decroche.prove.kpis.call_cost import PaidCalls, paid_calls
from decroche.prove.kpis.certainty import wilson
from decroche.prove.kpis.costs import NOBODY, allocated, prorated, runs_in
from decroche.prove.kpis.credits import Credits
from decroche.prove.kpis.winning import AcquisitionCost, acquisition_cost

#: A source and a campaign of it; the campaign is empty where none is told, both are where nobody knows the source.
Key = tuple[str, str]
UNKNOWN: Key = ("", "")
_BETWEEN = "\x1f"


def key_of(touch: Touch) -> str:
    """What ``credits`` credits: the source and the campaign of a contact."""
    return f"{touch.source}{_BETWEEN}{touch.campaign}"


@dataclass(frozen=True, slots=True, kw_only=True)
class SourceFigures:
    """A source, or (``campaign``) a part of it.

    ``answered`` and ``missed`` are calls from outside on its numbers. ``opportunities`` and ``sales`` are whole and
    part ones, credited by the rule; ``margin`` is of the ``margin_of`` sales whose margin is known. ``paid`` was
    spent on calls that nobody answered: a part of ``cost``, which stands beside the margin and is never added to it.
    """

    source: str
    campaign: str
    answered: int
    missed: int
    interval: tuple[float, float] | None
    cost: Money
    opportunities: float
    sales: float
    revenue: Money
    margin: Money
    margin_of: float
    won: AcquisitionCost
    paid: PaidCalls

    @property
    def calls(self) -> int:
        """Answered and missed."""
        return self.answered + self.missed


@dataclass(frozen=True, slots=True, kw_only=True)
class SourceGroup:
    """A source as a whole, and its campaigns where it has any besides itself."""

    whole: SourceFigures
    campaigns: tuple[SourceFigures, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class CostsBySource:
    """What sources cost; ``untied`` is advertising of which nobody told the source."""

    by_key: Mapping[Key, Money]
    untied: Money


def costs_by_source(
    lines: Iterable[tuple[CostLine, str]],
    campaigns: Mapping[str, str],
    *,
    begin: date,
    end: date,
    currency: str,
) -> CostsBySource:
    """What ``[begin, end)`` cost by source and campaign, to the cent of the lines.

    Each line comes with the source of the platform that told it, empty for none. A line is of a source that is shared
    among sources, or among campaigns whose source is known: ``campaigns`` tells it by their name without capitals.
    """
    nothing = Money.of(0, currency)
    found: dict[Key, Money] = {}
    untied = nothing
    for line, platform in lines:
        if not runs_in(line, begin=begin, end=end):
            continue
        cost = prorated(line, begin=begin, end=end)
        among = None if line.sharing is None else line.sharing.among
        if among is Among.SOURCE:
            shared = {(source_word(name) if name else "", ""): part for name, part in _shared(cost, line).items()}
        elif among is Among.CAMPAIGN:
            shared = {
                (platform or campaigns.get(name.casefold(), ""), name): part
                for name, part in _shared(cost, line).items()
            }
        else:
            shared = {UNKNOWN: cost}
        for key, part in shared.items():
            if key[0]:
                found[key] = found.get(key, nothing) + part
            elif line.kind is CostKind.ADVERTISING:
                untied += part
    return CostsBySource(by_key=found, untied=untied)


def _shared(cost: Money, line: CostLine) -> dict[str, Money]:
    assert line.sharing is not None
    return {
        "" if name == NOBODY else name: part
        for name, part in allocated(cost, line, {}, among=line.sharing.among).items()
    }


def source_groups(
    calls: Mapping[Key, tuple[int, int]],
    costs: Mapping[Key, Money],
    *,
    opened: Credits,
    sold: Credits,
    margins: Credits,
    currency: str,
) -> list[SourceGroup]:
    """All sources that called, cost or brought something, the dearest first; last what nobody knows the source of.

    ``calls`` are (answered, missed). The sources sum to the calls told, to all opportunities and sales of the period,
    and to their revenue and margin to the cent.
    """
    credited = {_key(part.channel) for each in (opened, sold, margins) for part in each.parts}
    keys = {*calls, *costs, *credited}
    sums = _Sums(calls, costs, opened, sold, margins, currency)
    groups = []
    for source in {key[0] for key in keys}:
        mine = sorted(key for key in keys if key[0] == source)
        # A campaign is one, whatever the capitals in which a platform and people write it.
        names: dict[str, list[Key]] = {}
        for key in mine:
            names.setdefault(key[1].casefold(), []).append(key)
        campaigns = tuple(sums.figures(source, same[0][1], same) for name, same in names.items() if name)
        groups.append(SourceGroup(whole=sums.figures(source, "", mine), campaigns=_dearest(campaigns)))
    order = {each.value: place for place, each in enumerate(Source)}
    return sorted(
        groups,
        key=lambda each: (
            not each.whole.source,
            -each.whole.cost.amount,
            -each.whole.calls,
            order.get(each.whole.source, len(order)),
            each.whole.source,
        ),
    )


def _dearest(figures: Iterable[SourceFigures]) -> tuple[SourceFigures, ...]:
    return tuple(sorted(figures, key=lambda each: (-each.cost.amount, -each.calls, each.campaign)))


def _key(channel: str | None) -> Key:
    """What ``key_of`` wrote; the sales that no contact came before are of no source."""
    source, _, campaign = (channel or _BETWEEN).partition(_BETWEEN)
    return source, campaign


@dataclass(frozen=True, slots=True)
class _Sums:
    calls: Mapping[Key, tuple[int, int]]
    costs: Mapping[Key, Money]
    opened: Credits
    sold: Credits
    margins: Credits
    currency: str

    def figures(self, source: str, campaign: str, keys: Iterable[Key]) -> SourceFigures:
        """What these keys sum to."""
        mine = set(keys)
        nothing = Money.of(0, self.currency)
        answered = sum(self.calls[key][0] for key in mine if key in self.calls)
        missed = sum(self.calls[key][1] for key in mine if key in self.calls)
        cost = sum((self.costs[key] for key in mine if key in self.costs), nothing)
        sales, revenue = _of(self.sold, mine, nothing)
        margin_of, margin = _of(self.margins, mine, nothing)
        return SourceFigures(
            source=source,
            campaign=campaign,
            answered=answered,
            missed=missed,
            interval=wilson(Rate(missed, answered + missed)),
            cost=cost,
            opportunities=_of(self.opened, mine, nothing)[0],
            sales=sales,
            revenue=revenue,
            margin=margin,
            margin_of=margin_of,
            won=acquisition_cost(cost=cost, customers=sales),
            paid=paid_calls(spend=cost, calls=answered + missed, missed=missed),
        )


def _of(found: Credits, keys: set[Key], nothing: Money) -> tuple[float, Money]:
    """How many, and how much, of these keys."""
    n, money = 0.0, nothing
    for part in found.parts:
        if _key(part.channel) in keys:
            n, money = n + part.sales, money + part.revenue
    return n, money
