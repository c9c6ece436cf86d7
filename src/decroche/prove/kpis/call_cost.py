"""What one call costs, in full and at the margin; what waiting, transfers and repeats cost of it; what is forgotten."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import dataclass
from enum import StrEnum

from decroche.model.cost import CostKind
from decroche.model.figures import Rate
from decroche.model.money import Money
from decroche.model.splitting import split
from decroche.prove.kpis.certainty import wilson


@dataclass(frozen=True, slots=True, kw_only=True)
class CostPerCall:
    """``calls`` are those that a person handled. Both costs are None where there are none.

    ``loaded`` is no goal by itself: it falls when more people call, and rises when fewer have to.
    """

    calls: int
    loaded: Money | None
    marginal: Money | None


def cost_per_call(*, total: Money, per_call: Money, calls: int) -> CostPerCall:
    """Loaded: all costs of the period / calls handled. Marginal: only those that grow with every call / the same.

    Handled are calls in and out in which a person of the business spoke with somebody outside.
    """
    if not calls:
        return CostPerCall(calls=0, loaded=None, marginal=None)
    return CostPerCall(calls=calls, loaded=total / calls, marginal=per_call / calls)


@dataclass(frozen=True, slots=True, kw_only=True)
class Friction:
    """What waiting, transfers and repeated calls cost. They are parts of the cost of the period, never added to it."""

    minute: Money | None
    waiting: Money | None
    transfers: Money | None
    repeats: Money | None


def line_minute(*, telephony: Money, handled_minutes: float, waited_minutes: float) -> Money | None:
    """What an open line costs a minute: telephony that grows with calls / the minutes of talk and of waiting.

    A caller in line holds a line as one who talks does. None where nothing was paid for, or no minute is known.
    """
    minutes = handled_minutes + waited_minutes
    return telephony / minutes if telephony.amount and minutes else None


def friction(
    *,
    people: Money,
    handled_minutes: float,
    line_minute: Money | None,
    waited_minutes: float,
    transferred_minutes: float,
    repeated_minutes: float,
) -> Friction:
    """What goes on what serves nobody: each its minutes × the price of a minute.

    A minute of people is ``people``, what they cost in the period, / the minutes in which they handled calls (talk,
    hold and wrap-up). Transfers: minutes after the first person had passed the call on. Repeats: minutes of calls of a
    person who had been answered within the 7 days before. Waiting costs the ``line_minute`` of an open line; the sales
    that waiting costs stand among the losses and are not counted again. None without a handled minute, or a price.
    """
    minute = people / handled_minutes if handled_minutes else None
    return Friction(
        minute=minute,
        waiting=None if line_minute is None else (line_minute * waited_minutes).rounded(),
        transfers=None if minute is None else (minute * transferred_minutes).rounded(),
        repeats=None if minute is None else (minute * repeated_minutes).rounded(),
    )


class Forgotten(StrEnum):
    """What is easily forgotten when calls are costed (seed 002)."""

    SALARIES = "salaries"
    LICENCES = "licences"
    TELEPHONY = "telephony"
    TRAINING = "training"
    MAINTENANCE = "maintenance"
    WAITING = "waiting"
    WRAP_UP = "wrap_up"
    REWORK = "rework"
    PEAKS = "peaks"
    AUTOMATION = "automation"


#: What a line of the ledger answers; the other two are answered by the log of calls.
_LINES: Mapping[Forgotten, CostKind] = {
    each: CostKind(each.value) for each in Forgotten if each not in (Forgotten.WAITING, Forgotten.WRAP_UP)
}


@dataclass(frozen=True, slots=True)
class Check:
    """A line of the checklist."""

    what: Forgotten
    counted: bool


def checklist(kinds: Collection[CostKind], *, waits_known: bool, wrap_up_known: bool) -> list[Check]:
    """Each cost that is easily forgotten, and whether it is counted.

    ``kinds`` are those of the lines that run in the period; a line of 0 counts: somebody looked. Waiting and wrap-up
    are counted once the log of calls tells their minutes.
    """
    told = {Forgotten.WAITING: waits_known, Forgotten.WRAP_UP: wrap_up_known}
    return [Check(each, told[each] if each in told else _LINES[each] in kinds) for each in Forgotten]


@dataclass(frozen=True, slots=True, kw_only=True)
class PaidCalls:
    """Calls that advertising brought, and the part of the spend on those that nobody answered.

    ``wasted`` is spent whether one answers or not. It stands beside the margin that was lost with the calls, and is
    never added to it: that margin is what the spend was for.
    """

    missed: Rate
    interval: tuple[float, float] | None
    wasted: Money | None
    per_call: Money | None


def paid_calls(*, spend: Money, calls: int, missed: int) -> PaidCalls:
    """Missed / calls that the spend brought, and the same part of the spend. None without a call."""
    rate = Rate(missed, calls)
    return PaidCalls(
        missed=rate,
        interval=wilson(rate),
        wasted=split(spend, [missed, calls - missed])[0] if calls else None,
        per_call=spend / calls if calls else None,
    )
