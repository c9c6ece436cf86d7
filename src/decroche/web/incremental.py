"""What an experiment shows of the sales, in sentences: the figure beside those that rules only divide."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime

import numpy as np

from decroche.language import Language
from decroche.ledger.recovery_settings import settings_of
from decroche.ledger.store import Ledger
from decroche.prove.experiments import Difference
from decroche.prove.proof_words import verdict_words
from decroche.prove.service import CONTROL, Experiment, Proof, prove
from decroche.recover.fingerprints import account_key
from decroche.recover.holdout_proposal import Decision, propose
from decroche.recover.settings import RecoverySettings, read_settings
from decroche.understand.beliefs import Fixed

#: Draws of the proposal are always the same: it does not flicker.
_SEED = 1


@dataclass(frozen=True, slots=True, kw_only=True)
class Measured:
    """One experiment: ``people`` are the callers won by the remedy, ``amount`` what they brought; None: not told."""

    title: str
    says: str
    people: str
    people_interval: str | None
    amount: str | None
    amount_interval: str | None
    n: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Incremental:
    """All hold-outs; without one ``proposal`` says which would tell, or (not ``would_tell``) why none would yet."""

    measured: tuple[Measured, ...]
    proposal: str | None
    would_tell: bool = False


def incremental(ledger: Ledger, account: str, *, now: datetime, key: bytes, language: Language) -> Incremental:
    """What hold-outs have measured of recovery, and what one would need where there is none."""
    with ledger.reading() as connection:
        settings = read_settings(settings_of(connection, account))
    proof = prove(
        ledger, account, since=now, until=now, now=now, key=account_key(key, account), value=settings.usual_value
    )
    found = [each for each in proof.experiments if each.control == CONTROL]
    if found:
        return Incremental(measured=tuple(_measured(each, language) for each in found), proposal=None)
    proposal, would_tell = _proposed(proof, settings, language)
    return Incremental(measured=(), proposal=proposal, would_tell=would_tell)


def _measured(found: Experiment, language: Language) -> Measured:
    people, money = found.standing.people, found.standing.money
    reached = found.standing.reached
    verdict = people.verdict if reached is None else reached.verdict
    says = language.write(
        language.text(verdict_words(verdict, people.weeks, variants=False)), weeks=people.weeks or 0
    )  # fmt: skip
    amount, amount_interval = None, None
    if money is not None:
        amount = language.money(money.incremental.middle, money.currency)
        amount_interval = _interval(money.incremental, lambda value: language.money(value, money.currency), language)
    return Measured(
        title=language.say("attribution.holdout", began=language.date(found.log.began_at.date())),
        says=says,
        people=language.number(people.incremental.middle, 1),
        people_interval=_interval(people.incremental, lambda value: language.number(value, 1), language),
        amount=amount,
        amount_interval=amount_interval,
        n=people.n,
    )


def _interval(found: Difference, said: Callable[[float], str], language: Language) -> str | None:
    if found.low is None or found.high is None:
        return None
    return language.say("ui.interval", low=said(found.low), high=said(found.high))


def _proposed(proof: Proof, settings: RecoverySettings, language: Language) -> tuple[str, bool]:
    value = None if settings.value is None or settings.value <= 0 else Fixed(settings.value)
    found = propose(
        callers_per_day=proof.pace.callers_per_day,
        base=proof.pace.base,
        rng=np.random.default_rng(_SEED),
        value=value,
        currency=settings.currency,
    )
    values = found.values
    share, weeks, held_out = values["share"], values["weeks"], values["held_out"]
    written = {
        "share": None if share is None else language.percent(share, 0),
        "effect": language.number(values["effect"] or 0),
        "weeks": None if weeks is None else language.number(weeks),
        "held_out": None if held_out is None else language.number(held_out),
    }
    return language.write(language.text(found.why), **written), found.decision is Decision.PROPOSED
