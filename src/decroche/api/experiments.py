"""``/api/v1/experiments``: openers and scripts tried against each other by chance, with a verdict at every look."""

from __future__ import annotations

from typing import Annotated

from fastapi import APIRouter, Query

from decroche.api.access import Caller, Reader, Writer
from decroche.api.errors import Closed, Conflict, NotAcceptable, NotFound, responses
from decroche.api.experiment_schemas import (
    DrawIn,
    DrawOut,
    FirstVerdictOut,
    HitIn,
    NeedsOut,
    TrialArmOut,
    TrialIn,
    TrialOut,
)
from decroche.api.proof_schemas import DifferenceOut
from decroche.api.schemas import Id, Page
from decroche.language import Language
from decroche.ledger.opener_trials import (
    NameTaken,
    NoSuchTrial,
    NotDrawn,
    Success,
    Trial,
    TrialOver,
    begin_trial,
    end_trial,
    read_trial,
)
from decroche.prove.experiments import Difference
from decroche.prove.service_trials import TrialShown, trial_shown, trials_shown, verdict_said
from decroche.prove.trials import BadTrial, Needs, needs
from decroche.recover.service_openers import give_opener, it_worked
from decroche.understand.numbers import read_number

router = APIRouter(tags=["experiments"], generate_unique_id_function=lambda route: route.name)

Share = Annotated[float, Query(gt=0, lt=1)]


@router.get("/experiments/needs", responses=responses())
def read_experiment_needs(
    caller: Reader,
    base: Share,
    changed: Share,
    arms: Annotated[int, Query(ge=2, le=6)] = 2,
    per_week: Annotated[float, Query(ge=0, le=1e7)] = 0.0,
) -> NeedsOut:
    """What a trial would need before it starts: people in each arm, and weeks."""
    try:
        return needs_out(needs(base=base, changed=changed, arms=arms, per_week=per_week))
    except BadTrial as error:
        raise NotAcceptable(
            "The two shares are too alike: no number of calls can tell them apart.", "changed"
        ) from error


@router.get("/experiments", responses=responses())
def list_experiments(caller: Reader) -> Page[TrialOut]:
    """The trials of the business, the latest first, all on one page."""
    with caller.services.ledger.reading() as connection:
        found = trials_shown(connection, caller.account, now=caller.services.clock(), key=caller.services.key)
    return Page(items=[trial_out(each, _language(caller)) for each in found])


@router.get("/experiments/{id}", responses=responses(404))
def read_experiment(caller: Reader, id: Id) -> TrialOut:
    """One trial."""
    services = caller.services
    with services.ledger.reading() as connection:
        try:
            trial = read_trial(connection, caller.account, id)
        except NoSuchTrial as error:
            raise NotFound("There is no such experiment.") from error
        found = trial_shown(connection, caller.account, trial, now=services.clock(), key=services.key)
    return trial_out(found, _language(caller))


@router.post("/experiments", status_code=201, responses=responses(409, 413))
def begin_experiment(caller: Writer, given: TrialIn) -> TrialOut:
    """Begin a trial. Its arms and what it was planned with never change."""
    names = [arm.name for arm in given.arms]
    if len(set(names)) < len(names):
        raise NotAcceptable("Two arms have the same name.", "arms")
    read_experiment_needs(caller, given.base, given.changed)
    services = caller.services
    with services.ledger.writing() as connection:
        try:
            id = begin_trial(
                connection,
                caller.account,
                name=given.name,
                arms=[(arm.name, arm.words) for arm in given.arms],
                base=given.base,
                changed=given.changed,
                window_days=given.window_days,
                success=given.success,
                now=services.clock(),
            )
        except NameTaken as error:
            raise Conflict("An experiment has this name already.", "name") from error
    return read_experiment(caller, id)


@router.post("/experiments/{id}/end", responses=responses(404))
def end_experiment(caller: Writer, id: Id) -> TrialOut:
    """Draw nobody any more; those drawn go on to count."""
    with caller.services.ledger.writing() as connection:
        try:
            end_trial(connection, caller.account, id, now=caller.services.clock())
        except NoSuchTrial as error:
            raise NotFound("There is no such experiment.") from error
    return read_experiment(caller, id)


@router.post("/experiments/{id}/draws", responses=responses(404, 409, 413))
def draw_opener(caller: Writer, id: Id, given: DrawIn) -> DrawOut:
    """Which opener chance gives this person: asked before the call, the same whenever it is asked."""
    services = caller.services
    trial, person = _trial_and_person(caller, id, given.number)
    with services.ledger.writing() as connection:
        try:
            arm, words = give_opener(
                connection, caller.account, trial, person, key=services.key, site=given.site, now=services.clock()
            )
        except TrialOver as error:
            raise Closed("The experiment has ended: nobody is drawn any more.") from error
    return DrawOut(arm=arm, words=words)


@router.post("/experiments/{id}/hits", status_code=204, responses=responses(404, 409, 413))
def note_experiment_hit(caller: Writer, id: Id, given: HitIn) -> None:
    """The call with this person led to what was hoped for."""
    services = caller.services
    trial, person = _trial_and_person(caller, id, given.number)
    if trial.success is not Success.TOLD:
        raise Conflict("Hits of this experiment come from opportunities.")
    with services.ledger.writing() as connection:
        try:
            it_worked(connection, caller.account, trial, person, key=services.key, now=services.clock())
        except NotDrawn as error:
            raise NotFound("This person was never given an opener of this experiment.") from error


def _trial_and_person(caller: Caller, id: str, number: str) -> tuple[Trial, int]:
    with caller.services.ledger.for_account(caller.account) as account:
        region = str(account.about()["country"]).partition("-")[0]
        try:
            trial = read_trial(account.connection, caller.account, id)
        except NoSuchTrial as error:
            raise NotFound("There is no such experiment.") from error
    person = read_number(number, region=region).e164
    if person is None or person <= 0:
        raise NotAcceptable("This is no phone number.", "number")
    return trial, person


def _language(caller: Caller) -> Language:
    with caller.services.ledger.for_account(caller.account) as account:
        return Language(account.about()["language"])


def needs_out(found: Needs) -> NeedsOut:
    """What a trial needs as programs get it."""
    return NeedsOut(
        base=found.base,
        changed=found.changed,
        arms=found.arms,
        per_arm=found.per_arm,
        per_arm_at_will=found.per_arm_at_will,
        weeks=found.weeks,
    )


def trial_out(found: TrialShown, language: Language) -> TrialOut:
    """A trial as programs get it."""
    trial, words, first = found.trial, dict(found.trial.arms), found.first
    return TrialOut(
        id=trial.id,
        name=trial.name,
        began_at=trial.began_at,
        ended_at=trial.ended_at,
        window_days=trial.window_days,
        success=trial.success,
        looked_at=found.standing.looked_at,
        needs=needs_out(found.needs),
        drawn=found.drawn,
        places=found.standing.places,
        arms=[
            TrialArmOut(
                name=arm.name,
                words=words[arm.name],
                people=arm.rate.denominator,
                hits=arm.rate.numerator,
                rate=arm.rate.value,
                low=None if arm.interval is None else arm.interval[0],
                high=None if arm.interval is None else arm.interval[1],
                waiting=arm.waiting,
                difference=None if arm.against is None else _difference(arm.against),
                verdict=arm.verdict,
            )
            for arm in found.standing.arms
        ],
        verdict=found.standing.verdict if first is None else first.verdict,
        first=None
        if first is None
        else FirstVerdictOut(
            arm=first.arm, verdict=first.verdict, at=first.at, n=first.n, difference=_difference(first.difference)
        ),
        weeks=found.standing.weeks if first is None else None,
        says=verdict_said(found, language),
    )


def _difference(found: Difference) -> DifferenceOut:
    return DifferenceOut(middle=found.middle, low=found.low, high=found.high)
