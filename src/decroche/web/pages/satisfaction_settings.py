"""``/satisfaction/settings``: what is asked, of which share, after what and where; off until somebody turns it on."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import TypeVar

import sqlalchemy as sa
from fastapi import APIRouter
from starlette.datastructures import FormData
from starlette.requests import Request
from starlette.responses import Response

from decroche.language import Language
from decroche.ledger.audit_log import note
from decroche.ledger.surveys import wishes_of
from decroche.model.member import Right
from decroche.model.survey import Occasion, Question
from decroche.recover.survey import BOUNDS, BadSurvey, SurveyWishes, asked_in_words, checked, read_wishes
from decroche.recover.workflows.places import settings_for
from decroche.recover.workflows.surveying import keep_wishes
from decroche.telemetry import masked
from decroche.web.access import Services, Visit, changing, visit
from decroche.web.addresses import back_to
from decroche.web.first_steps import Posted, typed, whole_business
from decroche.web.pages.satisfaction import SETTINGS, tabs
from decroche.web.rendering import page

_PERCENT = 100
_Word = TypeVar("_Word", Question, Occasion)


@dataclass(frozen=True, slots=True, kw_only=True)
class WishesShown:
    """What is asked at a site, ready for its form. ``own``: the site has wishes of its own.

    ``questions`` and ``occasions`` are (value, text, chosen); ``text`` is the question as people get it.
    """

    site: str
    title: str
    says: str
    own: bool
    on: bool
    questions: tuple[tuple[str, str, bool], ...]
    occasions: tuple[tuple[str, str, bool], ...]
    share: str
    delay: str
    apart: str
    talk: str
    text: str
    wrong: str | None


@dataclass(frozen=True, slots=True, kw_only=True)
class SurveySettings:
    """What the page needs. ``sending``: the business sends texts at all."""

    tabs: tuple[tuple[str, str, str], ...]
    places: tuple[WishesShown, ...]
    sending: bool


def router(services: Services) -> APIRouter:
    """The routes of the page."""
    routes = APIRouter(include_in_schema=False)

    @routes.get(SETTINGS)
    def show(request: Request) -> Response:
        with visit(services, request, Right.SET_UP) as here, services.ledger.reading() as connection:
            whole_business(here)
            return page("satisfaction_settings.html", here.frame, _settings(here, connection))

    @routes.post(SETTINGS)
    def keep(request: Request, form: Posted) -> Response:
        with changing(services, request, Right.SET_UP) as (here, connection):
            whole_business(here)
            site, now = typed(form, "site"), services.clock()
            wishes = None
            try:
                wishes = _typed(form)
                keep_wishes(connection, here.account.id, site, wishes, now)
            except BadSurvey as error:
                context = _settings(here, connection, at=site, wishes=wishes, wrong=error.said(here.language))
                return page("satisfaction_settings.html", here.frame, context, status=422)
            details = {"name": site or None, "active": wishes.active}
            note(connection, here.account.id, here.who, "settings.survey_changed", site, details, at=now)
        return back_to(SETTINGS, done="survey_kept")

    @routes.post(f"{SETTINGS}/remove")
    def remove(request: Request, form: Posted) -> Response:
        with changing(services, request, Right.SET_UP) as (here, connection):
            whole_business(here)
            site, now = typed(form, "site"), services.clock()
            try:
                keep_wishes(connection, here.account.id, site, None, now)
            except BadSurvey:
                return back_to(SETTINGS)
            note(connection, here.account.id, here.who, "settings.survey_removed", site, {"name": site}, at=now)
        return back_to(SETTINGS, done="survey_kept")

    return routes


def _settings(
    here: Visit,
    connection: sa.Connection,
    *,
    at: str = "",
    wishes: SurveyWishes | None = None,
    wrong: str | None = None,
) -> SurveySettings:
    """The settings of all sites, then of each; those at ``at`` as somebody just typed them, with what is ``wrong``."""
    own = {site: read_wishes(body) for site, body in wishes_of(connection, here.account.id).items()}
    names = ["", *(str(row["name"]) for row in here.account.sites())]
    if len(names) == 2:
        # The only site is all of them.
        names = [""]
    usual = own.get("", SurveyWishes())
    found = []
    for site in names:
        told = wishes if wrong is not None and site == at and wishes is not None else own.get(site, usual)
        found.append(_place(site, told, here, own=site in own, wrong=wrong if site == at else None))
    return SurveySettings(
        tabs=tabs(here), places=tuple(found), sending=settings_for(connection, here.account.id).active
    )


def _place(site: str, wishes: SurveyWishes, here: Visit, *, own: bool, wrong: str | None) -> WishesShown:
    language = here.language
    say = language.say
    if not own and site:
        says = say("satisfaction.as_all")
    elif not wishes.active:
        says = say("satisfaction.off")
    else:
        says = say("satisfaction.on", share=wishes.share, delay=wishes.delay_minutes, apart=wishes.apart_days)
    return WishesShown(
        site=site,
        title=masked(site) or say("satisfaction.all_sites"),
        says=says,
        own=own,
        on=wishes.active,
        questions=tuple(
            (str(each), say(f"satisfaction.question.{each}"), each in wishes.questions) for each in Question
        ),
        occasions=tuple((str(each), say(f"satisfaction.after.{each}"), each in wishes.after) for each in Occasion),
        share=language.number(wishes.share * _PERCENT, 0),
        delay=str(wishes.delay_minutes),
        apart=str(wishes.apart_days),
        talk=str(wishes.least_talk_s),
        text=asked_in_words(wishes.questions, Language(language.code)) if wishes.questions else "",
        wrong=wrong,
    )


def _typed(form: FormData) -> SurveyWishes:
    """The wishes of a form. Raises BadSurvey."""
    told = {name: _number(form, name) for name in ("delay_minutes", "apart_days", "least_talk_s")}
    return checked(
        SurveyWishes(
            active=typed(form, "active") == "yes",
            questions=tuple(_chosen(form, "question", Question)),
            after=tuple(_chosen(form, "after", Occasion)),
            share=_number(form, "share") / _PERCENT,
            **told,
        )
    )


def _chosen(form: FormData, name: str, known: type[_Word]) -> Iterator[_Word]:
    told = {value for value in form.getlist(name) if isinstance(value, str)}
    yield from (each for each in known if each in told)


def _number(form: FormData, name: str) -> int:
    """A whole number that somebody typed. Raises BadSurvey."""
    text = typed(form, name, longest=6)
    if not (text.isascii() and text.isdecimal()):
        raise BadSurvey("bounds" if name in BOUNDS else "unreadable", name)
    return int(text)
