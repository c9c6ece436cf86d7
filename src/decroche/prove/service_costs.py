"""What calls cost a business: its lines in a period, who bears them, and what one call costs, from the columns."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import timedelta

from decroche.ledger.transfers import Transfers, transfers_between
from decroche.model.board import Dimension, Period, Scope
from decroche.model.cost import Among, CostKind, CostLine, Key
from decroche.model.money import Money
from decroche.prove.kpis.call_cost import Check, CostPerCall, Friction, checklist, cost_per_call, friction
from decroche.prove.kpis.call_cost import line_minute as line_minute_of
from decroche.prove.kpis.costs import NOBODY, Counted, PeriodCost, period_cost
from decroche.prove.service_board import counting_of
from decroche.prove.service_desk import Business, Desk
from decroche.understand.journeys import SILENCE
from decroche.warehouse.handled import Handled, handled
from decroche.warehouse.live_columns import Columns

_DIMENSIONS = {Among.SITE: Dimension.SITE, Among.QUEUE: Dimension.QUEUE}


@dataclass(frozen=True, slots=True, kw_only=True)
class Bearer:
    """A site, queue or campaign: what it bears, and what it handled; nothing where that is not known of it."""

    name: str
    cost: Money
    handled: Handled | None
    loaded: Money | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Costs:
    """All of it. ``nobody`` is what no bearer bears; with it, the costs of ``bearers`` sum to the total."""

    period: Period
    among: Among
    cost: PeriodCost
    handled: Handled
    one_call: CostPerCall
    friction: Friction
    transfers: Transfers
    checks: tuple[Check, ...]
    bearers: tuple[Bearer, ...]
    nobody: Money


def costs(
    desk: Desk,
    account: str,
    lines: Sequence[CostLine],
    *,
    period: Period,
    currency: str,
    among: Among = Among.SITE,
    line_minute: Money | None = None,
    transferred_minutes: float | None = None,
) -> Costs:
    """The costs of ``lines`` in a period.

    ``line_minute`` is what an open line costs while somebody waits, told or worked out from telephony that grows with
    calls; ``transferred_minutes`` are those after a transfer, told or measured on the legs of calls. Raises NotReady,
    CurrencyMismatch, and KeyError without account.
    """
    whole, groups = counted(desk, account, period=period, among=among)
    since, until = desk.business(account).clocks.bounds(period)
    with desk.ledger.reading() as connection:
        passed_on = transfers_between(connection, account, since, until)
    return costed(
        lines,
        whole,
        groups,
        period=period,
        currency=currency,
        among=among,
        line_minute=line_minute,
        transfers=passed_on if transferred_minutes is None else replace(passed_on, minutes=transferred_minutes),
    )


def counted(desk: Desk, account: str, *, period: Period, among: Among) -> tuple[Handled, Mapping[str, Handled]]:
    """What was handled, in all and by site or queue; of campaigns the calls know nothing. Raises as ``costs``."""
    before = Period(period.start - max(SILENCE, timedelta(days=7)), period.start)

    def find(columns: Columns, about: Business) -> tuple[Handled, dict[str, Handled]]:
        counting = counting_of(desk, columns, about, period, before, Scope())
        by = _DIMENSIONS.get(among)
        return handled(counting).get("", Handled()), {} if by is None else handled(counting, by)

    return desk.answer(account, ("handled", period, among), find)


def costed(
    lines: Sequence[CostLine],
    whole: Handled,
    groups: Mapping[str, Handled],
    *,
    period: Period,
    currency: str,
    among: Among,
    line_minute: Money | None = None,
    transfers: Transfers | None = None,
) -> Costs:
    """The same, from what was counted."""
    passed_on = transfers or Transfers()
    nothing = Money.of(0, currency)
    found = period_cost(
        lines,
        begin=period.start,
        end=period.end,
        currency=currency,
        counted={
            name: Counted(calls=each.calls, minutes=each.minutes, heads=each.heads)
            for name, each in groups.items()
            if name
        },
        among=among,
    )
    names = sorted({name for name in (*found.borne, *groups) if name != NOBODY})
    bearers = []
    for name in names:
        cost, there = found.borne.get(name, nothing), groups.get(name)
        loaded = None if there is None or not there.calls else cost / there.calls
        bearers.append(Bearer(name=name, cost=cost, handled=there, loaded=loaded))
    bearers.sort(key=lambda each: (-each.cost.amount, each.name))
    return Costs(
        period=period,
        among=among,
        cost=found,
        handled=whole,
        one_call=cost_per_call(total=found.total, per_call=found.per_call, calls=whole.calls),
        friction=friction(
            people=found.by_kind.get(CostKind.SALARIES, nothing),
            handled_minutes=whole.minutes,
            line_minute=line_minute or _line_minute(found, whole),
            waited_minutes=whole.waited_minutes,
            transferred_minutes=passed_on.minutes,
            repeated_minutes=whole.repeated_minutes,
        ),
        transfers=passed_on,
        checks=tuple(
            checklist(
                {each.line.kind for each in found.lines},
                waits_known=bool(whole.waits),
                wrap_up_known=bool(whole.wrapped),
            )
        ),
        bearers=tuple(bearers),
        nobody=found.borne.get(NOBODY, nothing),
    )


def _line_minute(found: PeriodCost, whole: Handled) -> Money | None:
    telephony = [each.cost for each in found.lines if each.line.per_call and each.line.kind is CostKind.TELEPHONY]
    return line_minute_of(
        telephony=sum(telephony, Money.of(0, found.total.currency)),
        handled_minutes=whole.minutes,
        waited_minutes=whole.waited_minutes,
    )


def keys_of(among: Among) -> tuple[Key, ...]:
    """The keys by which a cost can be shared: of campaigns only fixed shares are known."""
    return tuple(Key) if among in _DIMENSIONS else (Key.FIXED,)
