"""How the trials of openers and scripts stand, from the ledger: each arm, the verdict at every look, and the first."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

import sqlalchemy as sa

from decroche.language import Language
from decroche.ledger.campaign_calls import opened_since
from decroche.ledger.opener_trials import Success, Trial, draws_of, trials_of
from decroche.prove.trials import Called, FirstVerdict, Needs, TrialStanding, first_verdict, needs, plan_of, standing
from decroche.rules.fingerprints import PREFIX, beginning, fingerprint

_DAY = timedelta(days=1)
#: An opportunity may be that old when it becomes a sale.
_BEFORE_A_SALE = timedelta(days=365)


@dataclass(frozen=True, slots=True, kw_only=True)
class TrialShown:
    """A trial with what it needed, how it stands, and its first verdict. ``drawn`` people have an opener so far."""

    trial: Trial
    needs: Needs
    standing: TrialStanding
    first: FirstVerdict | None
    drawn: int


def trials_shown(connection: sa.Connection, account: str, *, now: datetime, key: bytes) -> list[TrialShown]:
    """All trials of an account, the latest first. ``key`` is that of the fingerprints of the server."""
    return [trial_shown(connection, account, trial, now=now, key=key) for trial in trials_of(connection, account)]


def trial_shown(connection: sa.Connection, account: str, trial: Trial, *, now: datetime, key: bytes) -> TrialShown:
    """One of them. What a CRM tells later of the days of a person counts, too: the verdict is of what is known now."""
    draws = draws_of(connection, account, trial.id)
    if trial.success is Success.TOLD:
        hits = [each.hit_at for each in draws]
    else:
        moments = _moments(connection, account, trial, key)
        hits = [_first_since(moments.get(each.mark[:PREFIX], ()), each.at) for each in draws]
    called = [
        Called(arm=each.arm, at=each.at, hit_at=hit, place=each.site) for each, hit in zip(draws, hits, strict=True)
    ]
    return looked_at(trial, called, now=now)


def _moments(connection: sa.Connection, account: str, trial: Trial, key: bytes) -> dict[bytes, list[datetime]]:
    """When each person got an opportunity or bought, by how their fingerprint begins."""
    found: dict[bytes, list[datetime]] = {}
    since = trial.began_at if trial.success is Success.OPPORTUNITY else trial.began_at - _BEFORE_A_SALE
    for each in opened_since(connection, account, since):
        at = each.opened_at if trial.success is Success.OPPORTUNITY else each.won_at
        if each.person is not None and at is not None:
            person = each.person
            mark = beginning(person) if person < 0 else fingerprint(key, account, person)[:PREFIX]
            found.setdefault(mark, []).append(at)
    return found


def _first_since(moments: Sequence[datetime], at: datetime) -> datetime | None:
    return min((each for each in moments if each >= at), default=None)


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
