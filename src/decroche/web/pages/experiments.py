"""``/experiments``: openers tried by chance: what a trial needs, each arm with its interval, the verdict in words."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime

import sqlalchemy as sa
from fastapi import APIRouter
from starlette.requests import Request
from starlette.responses import Response

from decroche.language import Language
from decroche.ledger.audit_log import note
from decroche.ledger.members import name_of
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
from decroche.model.member import Right
from decroche.prove.experiments import Difference, Verdict
from decroche.prove.service_trials import TrialShown, trials_shown, verdict_said
from decroche.prove.trials import ArmStanding, BadTrial, needs
from decroche.recover.service_openers import give_opener, it_worked
from decroche.understand.numbers import read_number
from decroche.web.access import Services, Visit, changing, visit
from decroche.web.addresses import back_to
from decroche.web.first_steps import Posted, typed, whole_business
from decroche.web.rendering import page

HERE = "/experiments"
#: Weeks after which a trial is not worth waiting for.
_LONG_WEEKS = 52
_WORDS = 2000
_POINTS = 100
_FIELDS = ("name", "today", "new", "base", "changed", "days", "success")
_BADGES = {Verdict.BETTER: "good", Verdict.WORSE: "bad", Verdict.NO_LARGER_DIFFERENCE: "plain", Verdict.NOT_YET: "busy"}


@dataclass(frozen=True, slots=True, kw_only=True)
class ArmLine:
    """An arm in words. ``badge`` is the kind and the text of what may be said of it; None for today's."""

    name: str
    words: str
    people: str
    hits: str
    rate: str
    interval: str
    difference: str
    waiting: str
    badge: tuple[str, str] | None


@dataclass(frozen=True, slots=True, kw_only=True)
class TrialLine:
    """A trial in words; ``told`` are further sentences about it."""

    id: str
    name: str
    says: str
    badge: tuple[str, str]
    told: tuple[str, ...]
    arms: tuple[ArmLine, ...]
    over: bool
    by_hand: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class NeedsShown:
    """What a trial needs, as it was asked for; ``said`` are its sentences."""

    base: str
    changed: str
    per_week: str
    arms: str
    said: tuple[str, ...]
    wrong: str | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Experiments:
    """What the page needs. ``drawn`` is the opener that was just drawn: trial, name and words; ``number`` for whom."""

    trials: tuple[TrialLine, ...]
    needs: NeedsShown
    form: Mapping[str, str]
    successes: tuple[tuple[str, str], ...]
    may_begin: bool
    may_draw: bool
    wrong: str | None
    drawn: tuple[str, str, str] | None
    number: str


def router(services: Services) -> APIRouter:
    """The routes of the page."""
    routes = APIRouter(include_in_schema=False)

    def shown(
        request: Request, here: Visit, connection: sa.Connection, *, form: Mapping[str, str] | None = None,
        wrong: str | None = None, drawn: tuple[str, str, str] | None = None, number: str = "",
    ) -> Response:  # fmt: skip
        found = trials_shown(connection, here.account.id, now=services.clock(), key=services.key)
        context = Experiments(
            trials=tuple(trial_line(each, here) for each in found),
            needs=needs_shown(request.query_params, here.language),
            form={**dict.fromkeys(_FIELDS, ""), "days": "7", **(form or {})},
            successes=tuple((each.value, here.language.say(f"experiments.success.{each}")) for each in Success),
            may_begin=here.may(Right.SET_UP) and here.sites is None,
            may_draw=here.may(Right.WORK),
            wrong=wrong,
            drawn=drawn,
            number=number,
        )
        return page("experiments.html", here.frame, context, status=422 if wrong else 200)

    @routes.get(HERE)
    def show(request: Request) -> Response:
        with visit(services, request, Right.WORK) as here, services.ledger.reading() as connection:
            return shown(request, here, connection)

    @routes.post(HERE)
    def begin(request: Request, given: Posted) -> Response:
        with changing(services, request, Right.SET_UP) as (here, connection):
            whole_business(here)
            form = {each: typed(given, each, longest=_WORDS) for each in _FIELDS}
            try:
                id = _begin(connection, here, form, services)
            except NameTaken:
                return shown(request, here, connection, form=form, wrong=here.language.say("experiments.name_taken"))
            except (BadTrial, ValueError):
                return shown(request, here, connection, form=form, wrong=here.language.say("experiments.begin_wrong"))
            note(
                connection, here.account.id, here.who, "settings.experiment_begun", id, {"name": form["name"]},
                at=services.clock(),
            )  # fmt: skip
        return back_to(HERE, done="experiment_begun")

    @routes.post(f"{HERE}/{{id}}/end")
    def end(request: Request, id: str) -> Response:
        with changing(services, request, Right.SET_UP) as (here, connection):
            whole_business(here)
            try:
                trial = read_trial(connection, here.account.id, id)
            except NoSuchTrial:
                return back_to(HERE)
            end_trial(connection, here.account.id, trial.id, now=services.clock())
            note(
                connection, here.account.id, here.who, "settings.experiment_ended", trial.id, {"name": trial.name},
                at=services.clock(),
            )  # fmt: skip
        return back_to(HERE, done="experiment_ended")

    @routes.post(f"{HERE}/{{id}}/draw")
    def draw(request: Request, id: str, given: Posted) -> Response:
        with changing(services, request, Right.WORK) as (here, connection):
            trial, person, number = _asked(connection, here, id, typed(given, "number", longest=40))
            if trial is None:
                return back_to(HERE)
            if person is None:
                wrong = here.language.say("experiments.bad_number")
                return shown(request, here, connection, wrong=wrong, number=number)
            worked = typed(given, "do") == "worked" and trial.success is Success.TOLD
            site = next(iter(here.sites)) if here.sites is not None and len(here.sites) == 1 else ""
            try:
                if worked:
                    it_worked(
                        connection, here.account.id, trial, person, key=services.key, now=services.clock()
                    )  # fmt: skip
                else:
                    arm, words = give_opener(
                        connection, here.account.id, trial, person, key=services.key, site=site, now=services.clock()
                    )
                    return shown(request, here, connection, drawn=(trial.id, arm, words), number=number)
            except NotDrawn:
                wrong = here.language.say("experiments.not_drawn")
                return shown(request, here, connection, wrong=wrong, number=number)
            except TrialOver:
                return shown(request, here, connection, wrong=here.language.say("experiments.over"), number=number)
        return back_to(HERE, done="experiment_worked")

    return routes


def _asked(connection: sa.Connection, here: Visit, id: str, number: str) -> tuple[Trial | None, int | None, str]:
    try:
        trial = read_trial(connection, here.account.id, id)
    except NoSuchTrial:
        return None, None, number
    person = read_number(number, region=here.about["country"].partition("-")[0]).e164
    return trial, person if person is not None and person > 0 else None, number


def _begin(connection: sa.Connection, here: Visit, form: Mapping[str, str], services: Services) -> str:
    """Begin the trial of a form. Raises ValueError, BadTrial and NameTaken."""
    name, days = name_of(form["name"]), int(form["days"])
    base, changed = _percent(form["base"]), _percent(form["changed"])
    needs(base=base, changed=changed)
    if not (name and form["today"] and form["new"] and 1 <= days <= 180):
        raise ValueError(name)
    say = here.language.say
    arms = [(say("experiments.arm_today"), form["today"]), (say("experiments.arm_new"), form["new"])]
    return begin_trial(
        connection,
        here.account.id,
        name=name,
        arms=arms,
        base=base,
        changed=changed,
        window_days=days,
        success=Success(form["success"] or Success.TOLD),
        now=services.clock(),
    )


def _percent(text: str) -> float:
    """A percentage that somebody typed, as a share. Raises ValueError."""
    return float(text.replace("%", "").replace(",", ".").strip()) / 100


def needs_shown(asked: Mapping[str, str], language: Language) -> NeedsShown:
    """What a trial would need, and the answer in sentences."""
    base, changed, per_week, arms = (asked.get(name, "")[:20].strip() for name in ("base", "changed", "week", "arms"))
    said: tuple[str, ...] = ()
    wrong = None
    if base or changed:
        try:
            found = needs(
                base=_percent(base),
                changed=_percent(changed),
                arms=min(6, int(arms or 2)),
                per_week=max(0.0, float(per_week.replace(",", ".") or 0)),
            )
            said = (
                language.say(
                    "experiments.needs_said",
                    base=found.base,
                    changed=found.changed,
                    once=found.per_arm,
                    at_will=found.per_arm_at_will,
                ),
            )
            if found.weeks is not None:
                said += (language.say("experiments.needs_weeks", weeks=found.weeks),)
            if per_week and (found.weeks is None or found.weeks > _LONG_WEEKS):
                said += (language.say("experiments.needs_long"),)
        except (BadTrial, ValueError, OverflowError):
            wrong = language.say("experiments.needs_wrong")
    return NeedsShown(base=base, changed=changed, per_week=per_week, arms=arms or "2", said=said, wrong=wrong)


def trial_line(found: TrialShown, here: Visit) -> TrialLine:
    """A trial in words."""
    language, trial, first = here.language, found.trial, found.first
    say = language.say

    def day(moment: datetime) -> str:
        return language.date(moment.astimezone(here.zone).date())

    told = []
    if first is not None:
        told.append(say("experiments.reached", at=day(first.at), n=first.n))
    told.append(
        say(
            "experiments.planned",
            base=trial.base,
            changed=trial.changed,
            at_will=found.needs.per_arm_at_will,
        )
    )
    told.append(
        say(
            "experiments.began",
            began=day(trial.began_at),
            at=day(found.standing.looked_at),
            days=trial.window_days,
        )
    )
    told.append(say(f"experiments.counts.{trial.success}", days=trial.window_days))
    if found.standing.places > 1:
        told.append(say("experiments.pooled", places=found.standing.places))
    if trial.ended_at is not None:
        told.append(say("experiments.ended", ended=day(trial.ended_at)))
    verdict = found.standing.verdict if first is None else first.verdict
    return TrialLine(
        id=trial.id,
        name=trial.name,
        says=verdict_said(found, language),
        badge=_badge(verdict, language),
        told=tuple(told),
        arms=tuple(_arm(arm, dict(trial.arms)[arm.name], language) for arm in found.standing.arms),
        over=trial.ended_at is not None,
        by_hand=trial.success is Success.TOLD,
    )


def _arm(arm: ArmStanding, words: str, language: Language) -> ArmLine:
    rate, ends = arm.rate.value, arm.interval
    interval = "–" if ends is None else language.say(
        "ui.interval", low=language.percent(ends[0]), high=language.percent(ends[1])
    )  # fmt: skip
    return ArmLine(
        name=arm.name,
        words=words,
        people=language.number(arm.rate.denominator),
        hits=language.number(arm.rate.numerator),
        rate="–" if rate is None else language.percent(rate),
        interval=interval,
        difference=language.say("experiments.today") if arm.against is None else _said(arm.against, language),
        waiting=language.number(arm.waiting),
        badge=None if arm.verdict is None else _badge(arm.verdict, language),
    )


def _said(found: Difference, language: Language) -> str:
    middle = _points(found.middle, language)
    if found.low is None or found.high is None:
        return language.say("experiments.points_alone", middle=middle)
    ends = {"low": _points(found.low, language), "high": _points(found.high, language)}
    return language.say("experiments.points", middle=middle, **ends)


def _points(share: float, language: Language) -> str:
    return ("−" if share < 0 else "+") + language.number(abs(_POINTS * share), 1)


def _badge(verdict: Verdict, language: Language) -> tuple[str, str]:
    return _BADGES[verdict], language.say(f"experiments.badge.{verdict}")
