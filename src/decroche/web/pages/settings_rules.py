"""``/settings/rules``: which rules hold where we text, call and write, with their sources, dates and how well known."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date

from fastapi import APIRouter
from starlette.requests import Request
from starlette.responses import Response

from decroche.language import Language
from decroche.model.member import Right
from decroche.rules.rulebook import PLACES, Rule, rulebook
from decroche.web.access import Services, visit
from decroche.web.rendering import page

_HERE = "/settings/rules"


@dataclass(frozen=True, slots=True, kw_only=True)
class RuleLine:
    """A rule: what it says, what obliges, its source with its day, how well it is known, from and until when."""

    id: str
    title: str
    basis: str
    source: str
    source_day: str
    grade: str
    holds: str
    numbers: str
    kind: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Rules:
    """What the page needs: the rules of one ``country`` (and those of everywhere), and the countries there are."""

    country: str
    shown: str
    mine: bool
    countries: tuple[tuple[str, str, str], ...]
    here: tuple[RuleLine, ...]
    everywhere: tuple[RuleLine, ...]
    day: str


def router(services: Services) -> APIRouter:
    """The route of the page."""
    routes = APIRouter(include_in_schema=False)

    @routes.get(_HERE)
    def show(request: Request, country: str = "") -> Response:
        with visit(services, request, Right.SET_UP) as here:
            language, today = here.language, services.clock().astimezone(here.zone).date()
            own = here.about["country"].partition("-")[0]
            codes = [code for code in PLACES.values() if code]
            wanted = country if country in codes else own if own in codes else ""
            context = Rules(
                country=wanted,
                shown=language.country(wanted) if wanted else "",
                mine=wanted == own,
                countries=tuple((code, language.country(code), f"{_HERE}?country={code}") for code in codes),
                here=tuple(_lines(wanted, today, language)) if wanted else (),
                everywhere=tuple(_lines("", today, language)),
                day=language.date(today),
            )
            return page("settings_rules.html", here.frame, context)

    return routes


def _lines(place: str, today: date, language: Language) -> Iterator[RuleLine]:
    for rule in rulebook().rules:
        # What begins later is told too: a business prepares for it.
        if rule.place == place and (rule.valid_until is None or today < rule.valid_until):
            yield _line(rule, today, language)


def _line(rule: Rule, today: date, language: Language) -> RuleLine:
    until = "" if rule.valid_until is None else language.say("rules.until", day=rule.valid_until)
    later = rule.valid_from is not None and today < rule.valid_from
    since = (
        ""
        if rule.valid_from is None
        else (
            language.say("rules.later", day=rule.valid_from)
            if later
            else language.say("rules.since", day=rule.valid_from)
        )
    )
    return RuleLine(
        id=rule.id,
        title=language.set(rule.title(language.code)),
        basis=language.say(f"rules.basis.{rule.basis}"),
        source=language.set(rule.source),
        source_day="" if rule.source_date is None else language.say("rules.read", day=rule.source_date),
        grade=language.say(f"rules.grade.{rule.grade}"),
        holds=" ".join(each for each in (since, until) if each),
        numbers=language.say("rules.adjustable") if rule.adjustable else "",
        kind="busy" if later else "plain" if rule.in_force(today) else "note",
    )
