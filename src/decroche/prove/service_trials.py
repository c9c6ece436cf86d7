"""How the trials of openers and scripts stand, from the ledger: each arm, the verdict at every look, and the first."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

import sqlalchemy as sa

from decroche.language import Language
from decroche.ledger.opener_trials import Trial, draws_of, trials_of
from decroche.prove.trials import Called, FirstVerdict, Needs, TrialStanding, first_verdict, needs, plan_of, standing

_DAY = timedelta(days=1)


@dataclass(frozen=True, slots=True, kw_only=True)
class TrialShown:
    """A trial with what it needed, how it stands, and its first verdict. ``drawn`` people have an opener so far."""

    trial: Trial
    needs: Needs
    standing: TrialStanding
    first: FirstVerdict | None
    drawn: int


def trials_shown(connection: sa.Connection, account: str, *, now: datetime) -> list[TrialShown]:
    """All trials of an account, the latest first."""
    return [trial_shown(connection, account, trial, now=now) for trial in trials_of(connection, account)]


def trial_shown(connection: sa.Connection, account: str, trial: Trial, *, now: datetime) -> TrialShown:
    """One of them."""
    called = [
        Called(arm=each.arm, at=each.at, hit_at=each.hit_at, place=each.site)
        for each in draws_of(connection, account, trial.id)
    ]
    return looked_at(trial, called, now=now)


def looked_at(trial: Trial, called: Sequence[Called], *, now: datetime) -> TrialShown:
    """A trial and its people at a look. Looks are counted in whole days since it began."""
    arms, window = [name for name, _ in trial.arms], timedelta(days=trial.window_days)
    needed = needs(base=trial.base, changed=trial.changed, arms=len(arms))
    plan = plan_of(needed)
    last = trial.began_at + max(timedelta(), (now - trial.began_at) // _DAY * _DAY)
    return TrialShown(
        trial=trial,
        needs=needed,
        standing=standing(called, arms=arms, plan=plan, now=last, window=window),
        first=first_verdict(called, arms=arms, plan=plan, began_at=trial.began_at, now=last, window=window),
        drawn=len(called),
    )


def verdict_said(found: TrialShown, language: Language) -> str:
    """What may be said of a trial, in a sentence: its first verdict where there is one."""
    say, today = language.say, found.trial.arms[0][0]
    if found.first is not None:
        return say(f"experiments.verdict.{found.first.verdict}", arm=found.first.arm, today=today)
    if found.standing.weeks is None:
        return say("experiments.not_yet")
    return say("experiments.not_yet_weeks", weeks=found.standing.weeks)
