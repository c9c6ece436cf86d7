"""An experiment looked at once a day: how it stands at the last look, and the first verdict, which is kept.

The days are counted from the first draw, not from whoever asks, so that the answer of a day is the same all day and the
first verdict stays the first. The interval holds at every look, so that it may be the one at which one stops.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta
from decimal import Decimal

from decroche.model.money import Money
from decroche.prove.experiments import (
    ArmCount,
    Caller,
    Comparison,
    Difference,
    MoneyComparison,
    Plan,
    Verdict,
    by_arm,
    compare,
    compare_money,
)
from decroche.understand.journeys import SILENCE
from decroche.understand.live_journeys import RecoveredBy
from decroche.understand.sequential import callers_needed, share_variance

#: Those who come back by themselves, before anything is measured: the plan must be made before the first caller.
LIKELY_BASE = 0.25
_POWER = 0.8
_DAY, _WEEK = timedelta(days=1), timedelta(weeks=1)
#: The weeks from which the pace of callers is read.
_PACE = 4 * _WEEK


@dataclass(frozen=True, slots=True, kw_only=True)
class Reached:
    """The first verdict: at which look, of how many callers of both arms, and the interval then."""

    verdict: Verdict
    at: datetime
    n: int
    difference: Difference


@dataclass(frozen=True, slots=True, kw_only=True)
class Standing:
    """An experiment at the look of ``looked_at``. ``reached`` are the first verdicts: None while there is none.

    ``money`` is None where no value of a caller is told.
    """

    looked_at: datetime
    people: Comparison
    reached: Reached | None
    money: MoneyComparison | None
    money_reached: Reached | None


def plan_for(share: float) -> Plan:
    """The plan of a hold-out of ``share``: tuned to the callers who would show ten points, one in four coming back."""
    effect = Plan(planned=1).effect
    variance = share_variance(base=LIKELY_BASE, changed=LIKELY_BASE + effect, share=share)
    return Plan(planned=callers_needed(variance=variance, difference=effect, power=_POWER))


def look(
    callers: Iterable[Caller],
    *,
    control: str,
    treated: str,
    plan: Plan,
    began_at: datetime,
    now: datetime,
    margin: Money | None = None,
    window: timedelta = SILENCE,
) -> Standing:
    """The experiment of arms ``control`` and ``treated``, of which the first was drawn at ``began_at``.

    A person counts once, by the first assignment. ``margin`` is the amount per caller below which nobody would care;
    None: nothing is said of money. Raises MixedCurrencies.
    """
    first: dict[int, Caller] = {}
    for caller in callers:
        if caller.person not in first or caller.assigned_at < first[caller.person].assigned_at:
            first[caller.person] = caller
    known = sorted(first.values(), key=lambda caller: caller.assigned_at)
    last = began_at + max(timedelta(), (now - began_at) // _DAY * _DAY)
    counts = by_arm(known, now=last, window=window)
    arms = {name: counts.get(name, ArmCount()) for name in (control, treated)}
    tallies = {control: _Tally(), treated: _Tally()}
    reached = money_reached = None
    settled = 0
    at = began_at + window
    while at <= last and (reached is None or (money_reached is None and margin is not None)):
        before = settled
        while settled < len(known) and known[settled].assigned_at + window <= at:
            if known[settled].arm in tallies:
                tallies[known[settled].arm].add(known[settled], window)
            settled += 1
        if settled > before:
            left, acted = tallies[control].count(), tallies[treated].count()
            if reached is None:
                people = compare(control=left, treated=acted, plan=plan)
                reached = _verdict(people.verdict, people.n, people.difference, at)
            if margin is not None and money_reached is None:
                money = compare_money(control=left, treated=acted, plan=plan, margin=margin)
                money_reached = _verdict(money.verdict, money.n, money.per_caller, at)
        at += _DAY
    lasted = min(max(last - began_at, _WEEK), _PACE)
    lately = sum(caller.arm in arms and last - lasted < caller.assigned_at <= last for caller in known)
    return Standing(
        looked_at=last,
        people=compare(
            control=arms[control], treated=arms[treated], plan=plan, per_week=lately * (_WEEK / lasted), window=window
        ),
        reached=reached,
        money=None
        if margin is None
        else compare_money(control=arms[control], treated=arms[treated], plan=plan, margin=margin),
        money_reached=money_reached,
    )


def _verdict(verdict: Verdict, n: int, difference: Difference, at: datetime) -> Reached | None:
    return None if verdict is Verdict.NOT_YET else Reached(verdict=verdict, at=at, n=n, difference=difference)


class _Tally:
    """An arm that grows."""

    def __init__(self) -> None:
        self._callers = self._recovered = self._payers = 0
        self._by: Counter[RecoveredBy] = Counter()
        self._amount = self._squares = Decimal(0)

    def add(self, caller: Caller, window: timedelta) -> None:
        """One caller more, whose days are over."""
        self._callers += 1
        if caller.recovered_at is None or caller.recovered_at > caller.assigned_at + window:
            return
        self._recovered += 1
        if caller.recovered_by is not None:
            self._by[caller.recovered_by] += 1
        if caller.amount is not None:
            self._amount += caller.amount.amount
            self._squares += caller.amount.amount**2
            self._payers += caller.amount.amount > 0

    def count(self) -> ArmCount:
        """The arm now."""
        return ArmCount(
            callers=self._callers,
            recovered=self._recovered,
            by=dict(self._by),
            amount=self._amount,
            squares=self._squares,
            payers=self._payers,
        )
