"""Scripts and openers against each other: what a trial needs before it starts, how it stands, and what may be said.

Chance gives each person one opener, for good. A person counts once their days are over, with a hit when the call led to
what was hoped for. The verdict holds at every look, so that one may stop at the first.
"""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta

from decroche.model.figures import Rate
from decroche.prove.experiments import (
    CALLERS_AT_LEAST,
    OF_EACH_AT_LEAST,
    ArmCount,
    Difference,
    Plan,
    Verdict,
    verdict_of,
)
from decroche.prove.kpis.certainty import sample_size_per_arm, wilson
from decroche.understand.sequential import RISK, callers_needed, price, share_error, share_variance

#: The chance that a trial shows a difference that is really there.
POWER = 0.8
#: Nobody lives to see a smaller difference.
LEAST_DIFFERENCE = 0.0001
_A_LIFE_WEEKS = 5200
_DAY, _WEEK = timedelta(days=1), timedelta(weeks=1)


class BadTrial(ValueError):
    """Figures that no trial can be planned from; ``why`` is a word for it."""

    def __init__(self, why: str) -> None:
        super().__init__(f"no such trial: {why}")
        self.why = why


@dataclass(frozen=True, slots=True, kw_only=True)
class Needs:
    """What a trial needs, told before it starts.

    ``per_arm`` people suffice for one look at the end, that was fixed beforehand; ``per_arm_at_will`` for looking every
    day and stopping at will, four times in five. ``weeks`` is how long that takes, None where it takes a hundred years.
    ``planned`` people of two arms are where the interval is tuned to.
    """

    base: float
    changed: float
    arms: int
    per_arm: int
    per_arm_at_will: int
    planned: float
    weeks: int | None


def needs(*, base: float, changed: float, arms: int = 2, per_week: float = 0.0, risk: float = RISK) -> Needs:
    """How many people each arm needs to tell ``changed`` from ``base``, both shares of the people called.

    ``per_week`` people can be called. With more than two arms each is compared with the first, and the risk is shared
    among the comparisons. Raises BadTrial: for less than a hundredth of a point too.
    """
    if not (0 < base < 1 and 0 < changed < 1) or abs(changed - base) < LEAST_DIFFERENCE:
        raise BadTrial("rates")
    if arms < 2:
        raise BadTrial("arms")
    each = risk / (arms - 1)
    variance = share_variance(base=base, changed=changed, share=0.5)
    planned = callers_needed(variance=variance, difference=abs(changed - base), risk=each, power=POWER)
    at_will = math.ceil(planned / 2)
    return Needs(
        base=base,
        changed=changed,
        arms=arms,
        per_arm=sample_size_per_arm(base=base, changed=changed, risk=each, power=POWER),
        per_arm_at_will=at_will,
        planned=planned,
        weeks=math.ceil(arms * at_will / per_week) if arms * at_will <= per_week * _A_LIFE_WEEKS else None,
    )


def plan_of(found: Needs, *, risk: float = RISK) -> Plan:
    """The plan of a trial: half the difference that it looks for is one below which nobody would care."""
    effect = abs(found.changed - found.base)
    return Plan(planned=found.planned, effect=effect, margin=effect / 2, risk=risk, comparisons=found.arms - 1)


@dataclass(frozen=True, slots=True, kw_only=True)
class Called:
    """A person of a trial: the arm that chance gave, where and when, and when it led to a hit; None: it did not yet."""

    arm: str
    at: datetime
    hit_at: datetime | None = None
    place: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class ArmStanding:
    """An arm now: hits of the people whose days are over, with the ordinary 95 % interval of one arm alone.

    ``against`` is its difference to the first arm, None for that one; ``verdict`` what may be said of it, whenever
    one looks.
    """

    name: str
    rate: Rate
    interval: tuple[float, float] | None
    waiting: int
    against: Difference | None
    verdict: Verdict | None


@dataclass(frozen=True, slots=True, kw_only=True)
class TrialStanding:
    """A trial at a look. ``places`` is over how many the differences are pooled; ``weeks`` is about how long until a
    verdict: None with one, and where nobody is called.
    """

    looked_at: datetime
    arms: tuple[ArmStanding, ...]
    places: int
    weeks: int | None

    @property
    def verdict(self) -> Verdict:
        """Of the trial: that of the arm that is told, the best first; not yet, as long as one is open."""
        told = [arm.verdict for arm in self.arms if arm.verdict is not None]
        if Verdict.BETTER in told:
            return Verdict.BETTER
        if Verdict.NOT_YET in told or not told:
            return Verdict.NOT_YET
        return Verdict.WORSE if Verdict.WORSE in told else Verdict.NO_LARGER_DIFFERENCE


Strata = Mapping[str, tuple[ArmCount, ArmCount]]


def pooled(strata: Strata, *, plan: Plan) -> tuple[Difference, Verdict]:
    """Treated minus control over several places, each compared within itself: ``strata`` are (control, treated).

    The differences are weighted by n₀n₁/(n₀ + n₁) (Mantel and Haenszel), so that a place where much is sold anyway
    does not speak for the opener that it used more. A place with an empty arm says nothing. The interval covers the
    true mean difference at every look at once, as that of one place does. Nothing is said below 50 people in an arm or
    5 hits and 5 others, over all places.
    """
    known = [(control, treated) for control, treated in strata.values() if control.callers and treated.callers]
    if not known:
        return Difference(middle=0.0, low=None, high=None), Verdict.NOT_YET
    weights = [c.callers * t.callers / (c.callers + t.callers) for c, t in known]
    whole = sum(weights)
    middle = sum(
        w * (t.recovered / t.callers - c.recovered / c.callers) for w, (c, t) in zip(weights, known, strict=True)
    )
    errors = [
        w
        * float(
            share_error(
                control=float(c.callers),
                control_hits=float(c.recovered),
                treated=float(t.callers),
                treated_hits=float(t.recovered),
            )
        )
        for w, (c, t) in zip(weights, known, strict=True)
    ]
    middle /= whole
    half = None
    sums = [(sum(arm.callers for arm in arms), sum(arm.recovered for arm in arms)) for arms in zip(*known, strict=True)]
    if all(n >= CALLERS_AT_LEAST and min(hits, n - hits) >= OF_EACH_AT_LEAST for n, hits in sums):
        people = float(sum(n for n, _ in sums))
        half = math.hypot(*errors) / whole * float(price(people, planned=plan.planned, risk=plan.risk_of_each))
    low, high = (None, None) if half is None else (middle - half, middle + half)
    difference = Difference(middle=middle, low=low, high=high)
    return difference, verdict_of(difference, plan.margin)


@dataclass(frozen=True, slots=True, kw_only=True)
class FirstVerdict:
    """The first thing that could be said, which is kept: of which arm, at which daily look, of how many people."""

    arm: str
    verdict: Verdict
    at: datetime
    n: int
    difference: Difference


def standing(
    called: Iterable[Called], *, arms: Sequence[str], plan: Plan, now: datetime, window: timedelta
) -> TrialStanding:
    """How a trial of ``arms``, the first being what is used today, stands ``now``.

    A person counts ``window`` after the draw, with a hit when it came within it. Places are pooled. Weeks are told from
    the pace since the first draw.
    """
    people = list(called)
    tally = _Tally(arms)
    waiting: Counter[str] = Counter()
    for each in people:
        if each.at + window <= now:
            tally.add(each, window)
        else:
            waiting[each.arm] += 1
    found = []
    for arm in arms:
        rate = tally.rate(arm)
        against, verdict = (None, None) if arm == arms[0] else pooled(tally.strata(arm), plan=plan)
        found.append(
            ArmStanding(
                name=arm,
                rate=rate,
                interval=wilson(rate),
                waiting=waiting[arm],
                against=against,
                verdict=verdict,
            )
        )
    answer = TrialStanding(looked_at=now, arms=tuple(found), places=len(tally.places), weeks=None)
    if answer.verdict is not Verdict.NOT_YET or not people:
        return answer
    return replace(answer, weeks=_weeks(people, plan, arms=len(arms), now=now))


def first_verdict(
    called: Iterable[Called], *, arms: Sequence[str], plan: Plan, began_at: datetime, now: datetime, window: timedelta
) -> FirstVerdict | None:
    """The first verdict of a trial that somebody looks at once a day from ``began_at`` on; None: there is none yet."""
    people = sorted(called, key=lambda each: each.at)
    tally, settled, at = _Tally(arms), 0, began_at + window
    while at <= now:
        before = settled
        while settled < len(people) and people[settled].at + window <= at:
            tally.add(people[settled], window)
            settled += 1
        for arm in arms[1:] if settled > before else ():
            difference, verdict = pooled(tally.strata(arm), plan=plan)
            if verdict is not Verdict.NOT_YET:
                n = tally.rate(arms[0]).denominator + tally.rate(arm).denominator
                return FirstVerdict(arm=arm, verdict=verdict, at=at, n=n, difference=difference)
        at += _DAY
    return None


class _Tally:
    """People and hits of each place and arm, as they come."""

    def __init__(self, arms: Sequence[str]) -> None:
        self._arms = arms
        self._people: Counter[tuple[str, str]] = Counter()
        self._hits: Counter[tuple[str, str]] = Counter()
        self.places: set[str] = set()

    def add(self, each: Called, window: timedelta) -> None:
        """One person whose days are over."""
        self.places.add(each.place)
        self._people[each.place, each.arm] += 1
        self._hits[each.place, each.arm] += each.hit_at is not None and each.hit_at <= each.at + window

    def strata(self, arm: str) -> Strata:
        """The first arm and another one, place by place."""
        return {place: (self._count(place, self._arms[0]), self._count(place, arm)) for place in sorted(self.places)}

    def rate(self, arm: str) -> Rate:
        """Hits of an arm over all places."""
        counts = [self._count(place, arm) for place in self.places]
        return Rate(sum(each.recovered for each in counts), sum(each.callers for each in counts))

    def _count(self, place: str, arm: str) -> ArmCount:
        return ArmCount(callers=self._people[place, arm], recovered=self._hits[place, arm])


def _weeks(people: Sequence[Called], plan: Plan, *, arms: int, now: datetime) -> int | None:
    """Weeks until as many were called as the plan needs; where they were, none can be told."""
    since = min(each.at for each in people)
    lasted = max(now - since, _WEEK)
    left = plan.planned * arms / 2 - len(people)
    return math.ceil(left / (len(people) * (_WEEK / lasted))) if left > 0 else None
