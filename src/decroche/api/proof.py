"""``/api/v1/recovery/proof``: what recovery brought, with what each figure is of."""

from __future__ import annotations

from datetime import datetime, timedelta

import numpy as np
from fastapi import APIRouter

from decroche.api.access import Reader
from decroche.api.contacts import Since, Until, Word
from decroche.api.errors import responses
from decroche.api.proof_schemas import (
    ArmOut,
    CostOut,
    DifferenceOut,
    ExperimentOut,
    MoneyDifferenceOut,
    OutcomeOut,
    ProofOut,
    ProposalOut,
    ReachedOut,
    SpeedOut,
)
from decroche.api.work_schemas import RateOut
from decroche.language import Language
from decroche.ledger.recovery_settings import settings_of
from decroche.ledger.store import Ledger
from decroche.model.figures import Rate
from decroche.prove.experiments import ArmCount, Difference
from decroche.prove.looks import Reached
from decroche.prove.outcomes import Outcome, Speed
from decroche.prove.proof_words import WORDS, verdict_words
from decroche.prove.service import CONTROL, Experiment, Pace, Proof, prove
from decroche.recover.fingerprints import account_key
from decroche.recover.holdout_proposal import Proposal, propose
from decroche.recover.settings import RecoverySettings, read_settings
from decroche.understand.beliefs import Fixed

router = APIRouter(tags=["recovery"], generate_unique_id_function=lambda route: route.name)

#: What is shown unless a period is asked for.
BACK = timedelta(days=30)
_BASE_BEFORE = "people recovered ÷ people missed in the 90 days before the first text or callback, but its last 7"
_BASE_LATELY = "people recovered ÷ people missed in the last 28 days, but the last 7; remedy included"


@router.get("/recovery/proof", responses=responses())
def read_proof(caller: Reader, since: Since = None, until: Until = None, site: Word = None) -> ProofOut:
    """What became of the journeys that opened in a period (the last 30 days), and what hold-outs show.

    A hold-out is shown whole, whatever the period and the site. Numbers of people are nowhere in it.
    """
    services, now = caller.services, caller.services.clock()
    proof, proposal = proved(
        services.ledger,
        caller.account,
        since=since or now - BACK,
        until=until or now,
        now=now,
        key=services.key,
        site=site,
    )
    return proof_out(proof, proposal, Language("en"))


def proved(
    ledger: Ledger, account: str, *, since: datetime, until: datetime, now: datetime, key: bytes, site: str | None
) -> tuple[Proof, Proposal | None]:
    """The proof, and a hold-out that would make it where none is on. ``key`` is the server's key of fingerprints."""
    with ledger.reading() as connection:
        settings = read_settings(settings_of(connection, account))
    proof = prove(
        ledger,
        account,
        since=since,
        until=until,
        now=now,
        key=account_key(key, account),
        site=site,
        value=settings.usual_value,
    )
    return proof, None if settings.holdout else _proposal(proof.pace, settings)


def _proposal(pace: Pace, settings: RecoverySettings) -> Proposal:
    value = None if settings.value is None or settings.value <= 0 else Fixed(settings.value)
    # Always the same draws: the proposal of a day does not flicker.
    rng = np.random.default_rng(1)
    return propose(
        callers_per_day=pace.callers_per_day, base=pace.base, rng=rng, value=value, currency=settings.currency
    )


def proof_out(proof: Proof, proposal: Proposal | None, language: Language) -> ProofOut:
    """The proof as programs get it; its sentences are in ``language``."""
    figures = proof.figures
    return ProofOut(
        since=proof.since,
        until=proof.until,
        now=proof.now,
        site=proof.site,
        hours_told=proof.hours_told,
        journeys=figures.journeys,
        outcomes=[OutcomeOut(outcome=each, n=figures.counts.get(each, 0)) for each in Outcome],
        outcomes_definition=_word("outcomes", language),
        recovered=_rate(figures.recovered, _word("recovered", language)),
        to_attempt=_speed(figures.to_attempt, _word("attempt", language)),
        to_contact=_speed(figures.to_contact, _word("contact", language)),
        to_booking=_speed(figures.to_booking, _word("booking", language)),
        promises_kept=_rate(Rate(proof.promises.kept, proof.promises.n), _word("promises_kept", language)),
        voicemails_heard=_rate(Rate(proof.listening.heard, proof.listening.left), _word("voicemails_heard", language)),
        experiments=[_experiment(each, language) for each in proof.experiments],
        proposal=None if proposal is None else _proposed(proposal, before=proof.pace.before, language=language),
    )


def verdict_said(experiment: Experiment, language: Language) -> str:
    """The sentence of an experiment: its first verdict where there is one."""
    standing = experiment.standing
    verdict = standing.people.verdict if standing.reached is None else standing.reached.verdict
    between = experiment.control != CONTROL
    sentence = language.text(verdict_words(verdict, standing.people.weeks, variants=between))
    values = {"control": experiment.control, "treated": experiment.treated} if between else {}
    return language.write(sentence, weeks=standing.people.weeks or 0, **values)


def proposal_said(proposal: Proposal, language: Language) -> str:
    """The sentence of a proposal."""
    values = dict(proposal.values)
    share = values["share"]
    written = {
        "share": None if share is None else language.percent(share, 0),
        "effect": language.number(values["effect"] or 0),
        "weeks": None if values["weeks"] is None else language.number(values["weeks"]),
        "held_out": None if values["held_out"] is None else language.number(values["held_out"]),
    }
    return language.write(language.text(proposal.why), **written)


def _word(key: str, language: Language) -> str:
    return language.text(WORDS[key])


def _rate(rate: Rate, definition: str) -> RateOut:
    return RateOut(numerator=rate.numerator, denominator=rate.denominator, rate=rate.value, definition=definition)


def _speed(speed: Speed, definition: str) -> SpeedOut:
    return SpeedOut(
        happened=_rate(speed.happened, definition),
        median_elapsed_min=speed.elapsed_min,
        median_business_min=speed.business_min,
        half_within_elapsed_min=speed.half_within_elapsed_min,
        half_within_business_min=speed.half_within_business_min,
        definition=definition,
    )


def _difference(found: Difference) -> DifferenceOut:
    return DifferenceOut(middle=found.middle, low=found.low, high=found.high)


def _reached(found: Reached | None) -> ReachedOut | None:
    if found is None:
        return None
    return ReachedOut(verdict=found.verdict, at=found.at, n=found.n, difference=_difference(found.difference))


def _arm(name: str, count: ArmCount, experiment: Experiment) -> ArmOut:
    return ArmOut(
        arm=name,
        drawn=experiment.log.drawn.get(name, 0),
        callers=count.callers,
        recovered=count.recovered,
        rate=count.rate.value,
        by={str(by): n for by, n in sorted(count.by.items())},
        waiting=count.waiting,
    )


def _experiment(found: Experiment, language: Language) -> ExperimentOut:
    standing, people = found.standing, found.standing.people
    money = standing.money
    return ExperimentOut(
        name=found.log.name,
        began_at=found.log.began_at,
        looked_at=standing.looked_at,
        share=found.log.share,
        between="holdout" if found.control == CONTROL else "variants",
        control=_arm(found.control, people.control, found),
        treated=_arm(found.treated, people.treated, found),
        left_out=found.left_out,
        n=people.n,
        difference=_difference(people.difference),
        incremental=_difference(people.incremental),
        incremental_definition=_word("incremental", language),
        verdict=people.verdict,
        weeks=people.weeks,
        reached=_reached(standing.reached),
        money=None
        if money is None
        else MoneyDifferenceOut(
            currency=money.currency,
            n=money.n,
            per_caller=_difference(money.per_caller),
            incremental=_difference(money.incremental),
            verdict=money.verdict,
            reached=_reached(standing.money_reached),
            definition=_word("money", language),
        ),
        says=verdict_said(found, language),
        definition=_word("holdout" if found.control == CONTROL else "variants", language),
    )


def _proposed(found: Proposal, *, before: bool, language: Language) -> ProposalOut:
    spread, money = found.recoveries, found.money
    return ProposalOut(
        decision=found.decision,
        says=proposal_said(found, language),
        share=found.share,
        weeks=found.weeks,
        callers=found.callers,
        held_out=found.held_out,
        recoveries=None if spread is None else CostOut(mean=spread.mean, low=spread.low, high=spread.high),
        money=None if money is None else CostOut(mean=float(money.mean), low=float(money.low), high=float(money.high)),
        currency=None if money is None else money.currency,
        callers_per_day=found.callers_per_day,
        base=_rate(found.base, _BASE_BEFORE if before else _BASE_LATELY),
    )
