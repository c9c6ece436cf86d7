"""Whether leaving some callers alone for a while would prove something here, how many, and what it would cost.

A hold-out costs the recoveries that it forgoes. It is proposed only where a verdict can be expected soon; elsewhere the
answer is that there are too few callers, and for how long. Pure: draws come from the generator that is passed in.
"""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass, replace
from enum import StrEnum

import numpy as np

from decroche.model.figures import Rate
from decroche.model.money import Money, MoneyRange
from decroche.model.sentence import Sentence
from decroche.understand.beliefs import Belief, Draws, LogitNormal
from decroche.understand.journeys import SILENCE
from decroche.understand.loss import Spread
from decroche.understand.sequential import RISK, callers_needed, share_variance

#: The difference worth proving: ten points more callers recovered.
EFFECT = 0.10
#: A verdict that takes longer is not worth asking a business to leave callers alone.
WITHIN_DAYS = 90
#: How probable the verdict must be by then.
POWER = 0.8
#: The shares that may be proposed. The smallest that is quick enough is the cheapest, by day and in all.
SHARES = tuple(percent / 100 for percent in range(10, 55, 5))
#: What the remedy adds, before anything is measured: 8 times in 10 between 2 and 15 points. Our assumption: no vendor
#: that was read publishes a figure measured against callers who were left alone.
GAIN = LogitNormal.between(0.02, 0.15)
_DRAWS = 20_000
_DAYS_PER_WEEK = 7


class Decision(StrEnum):
    """What is answered."""

    PROPOSED = "proposed"
    NOT_ENOUGH_CALLERS = "not_enough_callers"
    #: Nothing is known of the callers who are recovered without the remedy, or nobody calls.
    NOT_MEASURED = "not_measured"
    #: With the difference added, more than all callers would be recovered.
    NO_ROOM = "no_room"


#: Why, in sentences; the names in braces are those of ``Proposal.values``.
SAYINGS: Mapping[Decision, Sentence] = {
    Decision.PROPOSED: Sentence(
        key="holdout.proposed",
        fr="En laissant {share} des appelants sans message pendant environ {weeks} semaines, on saura si le message en "
        "récupère {effect} points de plus. {held_out} personnes n’en recevront pas.",
        en="With {share} of callers left without a text for about {weeks} weeks, you will know whether the text "
        "recovers {effect} points more. {held_out} people will get none.",
    ),
    Decision.NOT_ENOUGH_CALLERS: Sentence(
        key="holdout.not_enough_callers",
        fr="Pas assez d’appelants : même en partageant par moitiés, il faudrait environ {weeks} semaines.",
        en="Not enough callers: even with two halves it would take about {weeks} weeks.",
    ),
    Decision.NOT_MEASURED: Sentence(
        key="holdout.not_measured",
        fr="On ne sait pas encore combien d’appelants sont récupérés sans message.",
        en="It is not known yet how many callers are recovered without a text.",
    ),
    Decision.NO_ROOM: Sentence(
        key="holdout.no_room",
        fr="Presque tous les appelants sont déjà récupérés : {effect} points de plus ne sont pas possibles.",
        en="Almost all callers are recovered already: there is no room for {effect} points more.",
    ),
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Proposal:
    """The answer and what it rests on.

    ``share`` is what to leave alone (None unless proposed); ``weeks`` how long until the verdict, in weeks begun;
    ``callers`` how many both arms need. ``held_out`` people get nothing; ``recoveries`` and ``money`` are what that is
    expected to cost, as 80 % intervals; ``money`` is None when no value of a recovery is told.
    """

    decision: Decision
    base: Rate
    callers_per_day: float
    effect: float
    share: float | None = None
    callers: int | None = None
    weeks: int | None = None
    held_out: int | None = None
    recoveries: Spread | None = None
    money: MoneyRange | None = None

    @property
    def why(self) -> Sentence:
        """The reason, with holes named like the fields."""
        return SAYINGS[self.decision]

    @property
    def values(self) -> Mapping[str, float | int | None]:
        """What fills the holes: ``effect`` in points, ``share`` as a fraction."""
        return {"share": self.share, "weeks": self.weeks, "effect": 100 * self.effect, "held_out": self.held_out}


def propose(
    *,
    callers_per_day: float,
    base: Rate,
    rng: np.random.Generator,
    effect: float = EFFECT,
    within_days: float = WITHIN_DAYS,
    settles_days: float = SILENCE.days,
    gain: Belief = GAIN,
    value: Belief | None = None,
    currency: str = "EUR",
    power: float = POWER,
    risk: float = RISK,
) -> Proposal:
    """Whether a verdict on ``effect`` is expected within ``within_days``, with what share, and what it costs.

    ``callers_per_day`` are different people missed a day to whom the remedy applies; ``base`` is how many were
    recovered without it. An outcome is known ``settles_days`` after the miss, so that the callers of the last days do
    not count yet. ``gain`` is what the remedy is believed to add, ``value`` what a recovery is worth.
    """
    unmeasured = Proposal(decision=Decision.NOT_MEASURED, base=base, callers_per_day=callers_per_day, effect=effect)
    before = base.value
    if before is None or callers_per_day <= 0:
        return unmeasured
    if before + effect >= 1:
        return replace(unmeasured, decision=Decision.NO_ROOM)
    for share in SHARES:
        # A base rate of 0 or of 1 is what few callers show, not what is true of all.
        likely = (base.numerator + 1) / (base.denominator + 2)
        variance = share_variance(base=likely, changed=min(likely + effect, 1 - 1e-9), share=share)
        callers = math.ceil(callers_needed(variance=variance, difference=effect, risk=risk, power=power))
        days = callers / callers_per_day + settles_days
        if days <= within_days:
            break
    weeks = math.ceil(days / _DAYS_PER_WEEK)
    if days > within_days:
        return replace(unmeasured, decision=Decision.NOT_ENOUGH_CALLERS, callers=callers, weeks=weeks)
    held = rng.poisson(callers_per_day * days * share, _DRAWS)
    forgone = rng.binomial(held, gain.draw(rng, _DRAWS)).astype(np.float64)
    expected = callers_per_day * days * share
    return replace(
        unmeasured,
        decision=Decision.PROPOSED,
        share=share,
        callers=callers,
        weeks=weeks,
        held_out=math.ceil(expected),
        recoveries=_spread(forgone, mean=expected * gain.mean),
        money=None
        if value is None
        else _money(forgone * value.draw(rng, _DRAWS), mean=expected * gain.mean * value.mean, currency=currency),
    )


def _spread(draws: Draws, *, mean: float) -> Spread:
    low, middle, high = (float(end) for end in np.quantile(draws, (0.1, 0.5, 0.9)))
    return Spread(mean=mean, low=low, middle=middle, high=high)


def _money(draws: Draws, *, mean: float, currency: str) -> MoneyRange:
    spread = _spread(draws, mean=mean)
    mean_, low, middle, high = (
        Money.of(round(amount, 2), currency) for amount in (mean, spread.low, spread.middle, spread.high)
    )
    return MoneyRange(mean=mean_, low=low, middle=middle, high=high)
