"""``/targets``: what is wanted of each figure, how the last week stands to it, and what is done about a deviation."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import timedelta
from typing import Annotated, Any

from fastapi import APIRouter, Form
from fastapi.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import Response

from decroche.language import Language
from decroche.ledger.audit_log import note
from decroche.ledger.members import members_of
from decroche.ledger.target_rows import NoSuchTarget, add_target, end_target
from decroche.model.board import Period
from decroche.model.member import Right
from decroche.prove.kpis.targets import ACTIONS, TARGETED, BadTarget, Band, Verdict
from decroche.prove.monday_words import effect_said, signs, value_said
from decroche.prove.service_desk import NotReady
from decroche.prove.service_targets import Held, held, last_week, new_target
from decroche.telemetry import masked
from decroche.web.access import Services, Visit, changing, visit
from decroche.web.acting import acting_names
from decroche.web.addresses import back_to
from decroche.web.figure_words import name_of
from decroche.web.rendering import page

HERE = "/targets"
_KINDS = {Verdict.MET: "good", Verdict.OFF: "bad", Verdict.UNSURE: "busy", Verdict.NOT_ENOUGH: "plain"}
#: What the form begins with.
_DAYS = "30"
#: No number of days is longer.
_LONGEST = 4


@dataclass(frozen=True, slots=True, kw_only=True)
class TargetLine:
    """A target and the last week against it. ``base`` is of how many its value is, ``effect`` what changed since."""

    id: str
    title: str
    href: str
    wanted: str
    aimed: str
    value: str
    base: int
    verdict: str
    kind: str
    action: str
    effect: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Suggestion:
    """A row of the action tables, and the address that fills the form with it."""

    to: str
    title: str
    action: str
    printed: str
    wanted: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Targets:
    """What the page needs. ``given`` is what the form was given, ``wrong`` what cannot be used of it, by field.

    ``ready``: figures can be told; ``week`` is the one that is held against the targets.
    """

    lines: tuple[TargetLine, ...]
    week: str
    ready: bool
    may_set: bool
    kpis: tuple[tuple[str, str], ...]
    sites: tuple[tuple[str, str], ...]
    owners: tuple[tuple[str, str], ...]
    given: Mapping[str, str]
    wrong: Mapping[str, str]
    suggestions: tuple[Suggestion, ...]


def router(services: Services) -> APIRouter:
    """The routes of the page."""
    routes = APIRouter(include_in_schema=False)

    @routes.get(HERE)
    def show(request: Request, action: str = "") -> Response:
        with visit(services, request) as here:
            places = _places(here)
        return page("targets.html", here.frame, _shown(services, here, places, _suggested(action, here.language), {}))

    @routes.post(HERE)
    def add(
        request: Request,
        kpi: Annotated[str, Form()] = "",
        wanted: Annotated[str, Form()] = "",
        action: Annotated[str, Form()] = "",
        days: Annotated[str, Form()] = "",
        owner: Annotated[str, Form()] = "",
        site: Annotated[str, Form()] = "",
    ) -> Response:
        given = {"kpi": kpi, "wanted": wanted, "action": action, "days": days, "owner": owner, "site": site}
        with visit(services, request, Right.SUPERVISE) as here:
            places = _places(here)
        try:
            # Figures are looked at before anything is written: nobody waits for them with the ledger in hand.
            found = _new(services, here, places, given)
        except BadTarget as error:
            wrong = {_FIELD.get(error.word, "wanted"): here.language.say(f"targets.wrong.{error.word}")}
            return page("targets.html", here.frame, _shown(services, here, places, given, wrong), status=422)
        at = services.clock()
        with services.ledger.writing() as connection:
            id = add_target(connection, here.account.id, **found, by=here.member.id, at=at)
            details = {"name": found["wanted"], "kpi": found["kpi"], "site": found["site"] or None}
            note(connection, here.account.id, here.who, "target.set", id, details, at=at)
        return back_to(HERE, done="target_set")

    @routes.post(f"{HERE}/{{id}}/end")
    def end(request: Request, id: str) -> Response:
        with changing(services, request, Right.SUPERVISE) as (here, connection):
            _places(here)
            try:
                ended = end_target(connection, here.account.id, id, at=services.clock())
            except NoSuchTarget:
                raise HTTPException(404) from None
            details = {"name": ended.wanted, "kpi": ended.kpi, "site": ended.site or None}
            note(connection, here.account.id, here.who, "target.ended", id, details, at=services.clock())
        return back_to(HERE, done="target_ended")

    return routes


#: At which field of the form a problem is told.
_FIELD = {"action": "action", "days": "days", "kpi": "kpi", "no_baseline": "wanted"}


@dataclass(frozen=True, slots=True)
class Places:
    """The sites that a target may be about, and who may see to it: (value, text)."""

    sites: tuple[tuple[str, str], ...]
    owners: tuple[tuple[str, str], ...]


def _places(here: Visit) -> Places:
    """Those of the business. Targets are the whole business's: HTTPException 403 to who sees only some of its sites."""
    if here.sites is not None:
        raise HTTPException(403)
    say = here.language.say
    names = acting_names(members_of(here.account.connection, here.account.id))
    sites = [str(row["name"]) for row in here.account.sites()]
    return Places(
        sites=(("", say("reports.every_site")), *((name, masked(name)) for name in sites)),
        owners=(("", say("targets.anybody")), *((name, masked(name)) for name in sorted(names.values()))),
    )


def _new(services: Services, here: Visit, places: Places, given: Mapping[str, str]) -> dict[str, Any]:
    """The target of a form. Raises BadTarget, and HTTPException 503 while figures are made ready."""
    if given["owner"] not in dict(places.owners) or given["site"] not in dict(places.sites):
        raise HTTPException(422)
    if not given["days"].isdecimal() or len(given["days"]) > _LONGEST:
        raise BadTarget("days")
    if services.desk is None:
        raise HTTPException(503)
    try:
        return new_target(
            services.desk, here.account.id, kpi=given["kpi"], wanted=given["wanted"], action=given["action"],
            days=int(given["days"]), owner=given["owner"], site=given["site"], now=services.clock(),
        )  # fmt: skip
    except NotReady:
        raise HTTPException(503) from None


def _shown(
    services: Services, here: Visit, places: Places, given: Mapping[str, str], wrong: Mapping[str, str]
) -> Targets:
    now, say = services.clock(), here.language.say
    week = last_week(now.astimezone(here.zone).date())
    found: list[Held] | None = None
    if services.desk is not None:
        try:
            found = held(services.desk, services.ledger, here.account.id, period=week, now=now)
        except NotReady:
            found = None
    last = week.end - timedelta(days=1)
    return Targets(
        lines=tuple(_line(each, week, here.language) for each in found or ()),
        week=say("targets.week", first=week.start, last=last),
        ready=found is not None,
        may_set=here.may(Right.SUPERVISE),
        kpis=tuple((key, name_of(key, here.language)) for key in TARGETED),
        sites=places.sites,
        owners=places.owners,
        given=given,
        wrong=wrong,
        suggestions=tuple(
            Suggestion(
                to=f"{HERE}?action={each.key}#f-wanted",
                title=name_of(each.kpi, here.language),
                action=say(f"targets.action.{each.key}"),
                printed=each.printed.replace(" ", "\u00a0"),
                wanted=signs(each.target),
            )
            for each in ACTIONS
        ),
    )


def _line(found: Held, week: Period, language: Language) -> TargetLine:
    target, stands = found.target, found.standing
    place = f" – {masked(target.site)}" if target.site else ""
    site = f"&site={target.site}" if target.site else ""
    shown = None if stands.value is None else value_said(target.kpi, stands.value, language)
    action = language.say("targets.line.action", action=target.action, days=target.days)
    if target.owner:
        action = f"{action} {language.say('targets.line.owner', owner=masked(target.owner))}"
    task = ""
    if found.last is not None and found.last.item is not None:
        task = language.say("targets.line.open" if found.last.done_at is None else "targets.line.done")
    effect = "" if found.effect is None else effect_said(target.kpi, found.effect, language)
    last = week.end - timedelta(days=1)
    return TargetLine(
        id=target.id,
        title=f"{name_of(target.kpi, language)}{place}",
        href=f"/measures/{target.kpi}?since={week.start}&until={last}{site}",
        wanted=signs(target.wanted),
        aimed=_band(found.band, target.kpi, language),
        value=shown or "–",
        base=stands.n,
        verdict=language.say(f"month.verdict.{stands.verdict}"),
        kind=_KINDS[stands.verdict],
        action=action,
        effect=" ".join(part for part in (task, effect) if part),
    )


def _band(band: Band | None, kpi: str, language: Language) -> str:
    """What a target comes to, in the unit of its measure."""
    if band is None:
        return ""
    low, high = (None if end is None else value_said(kpi, end, language) for end in (band.low, band.high))
    if low is not None and high is not None:
        return language.say("targets.between", low=low, high=high)
    key = "targets.at_least" if low is not None else "targets.at_most"
    return language.say(key, value=low if low is not None else high)


def _suggested(action: str, language: Language) -> dict[str, str]:
    """The form as a row of the action tables fills it; empty without one."""
    given = {"kpi": "answer_rate", "wanted": "", "action": "", "days": _DAYS, "owner": "", "site": ""}
    found = next((each for each in ACTIONS if each.key == action), None)
    if found is None:
        return given
    return given | {
        "kpi": found.kpi,
        "wanted": found.target,
        "action": language.say(f"targets.action.{found.key}"),
        "days": str(found.days),
    }
