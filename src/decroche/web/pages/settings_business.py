"""``/settings/business``: the name of the business, its country, time zone and language, and what counts as short."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from functools import cache
from typing import Any
from zoneinfo import available_timezones

import sqlalchemy as sa
from fastapi import APIRouter
from starlette.requests import Request
from starlette.responses import Response

from decroche.language import Language
from decroche.language.language import LANGUAGES
from decroche.ledger.audit_log import note
from decroche.ledger.changing import change_account
from decroche.ledger.members import name_of
from decroche.model.member import Right
from decroche.rules.holidays import UnknownPlace, public_holidays
from decroche.web.access import Services, Visit, changing, visit
from decroche.web.addresses import back_to
from decroche.web.first_steps import Posted, Stepper, bases, stepper, typed, whole_business
from decroche.web.pages.first_run import COUNTRIES, language_choices
from decroche.web.rendering import page
from decroche.web.zones import offered_zones

#: Regions whose holidays differ, beside the countries that the first run offers.
REGIONS = ("FR-57", "FR-67", "FR-68", "CH-FR", "CH-GE", "CH-JU", "CH-NE", "CH-VD", "CH-VS", "CH-BE", "CH-ZH")


@dataclass(frozen=True, slots=True, kw_only=True)
class BusinessPage:
    """What the page needs; ``given`` is what stands in the fields, ``wrong`` what is wrong with it, by field."""

    base: str
    stepper: Stepper | None
    given: dict[str, str]
    wrong: dict[str, str]
    countries: tuple[tuple[str, str], ...]
    languages: tuple[tuple[str, str], ...]
    zones: tuple[tuple[str, str], ...]


def router(services: Services) -> APIRouter:
    """The routes of the page."""
    routes = APIRouter(include_in_schema=False)
    for base in bases("business"):
        _add(routes, services, base)
    return routes


def _add(routes: APIRouter, services: Services, base: str) -> None:
    def shown(here: Visit, connection: sa.Connection, given: dict[str, str], wrong: dict[str, str]) -> Response:
        context = BusinessPage(
            base=base,
            stepper=stepper(base, here, connection, services),
            given=given,
            wrong=wrong,
            countries=tuple((code, _country(code, here.language)) for code in _codes(given["country"])),
            languages=language_choices(),
            zones=tuple((each, each) for each in sorted({*offered_zones(), here.zone.key})),
        )
        return page("settings_business.html", here.frame, context, status=422 if wrong else 200)

    @routes.get(base)
    def show(request: Request) -> Response:
        with visit(services, request, Right.SET_UP) as here, services.ledger.reading() as connection:
            whole_business(here)
            about: dict[str, Any] = dict(here.account.about())
            return shown(here, connection, {name: _written(about[name]) for name in _FIELDS}, {})

    @routes.post(base)
    def keep(request: Request, form: Posted) -> Response:
        with changing(services, request, Right.SET_UP) as (here, connection):
            whole_business(here)
            given = {name: typed(form, name) for name in _FIELDS}
            now = services.clock()
            values, wrong = _read(given, here.language, now)
            if wrong:
                return shown(here, connection, given, wrong)
            before: dict[str, Any] = dict(here.account.about())
            changed = {name: value for name, value in values.items() if before[name] != value}
            if changed:
                change_account(connection, here.account.id, changed, now=now)
                note(connection, here.account.id, here.who, "settings.business", "", changed, at=now)
        return back_to(base, done="settings_kept")


_FIELDS = ("name", "country", "zone", "language", "short_abandon_s", "answer_within_s")


def _written(value: object) -> str:
    return f"{value:g}" if isinstance(value, float) else str(value)


def _read(given: dict[str, str], language: Language, now: datetime) -> tuple[dict[str, Any], dict[str, str]]:
    """The columns that are meant, and what is wrong by field."""
    values: dict[str, Any] = {**given, "name": name_of(given["name"])}
    wrong: dict[str, str] = {}
    if not values["name"]:
        wrong["name"] = language.say("member.wrong.name")
    if given["zone"] not in _zones():
        wrong["zone"] = language.say("member.wrong.choice")
    if given["language"] not in LANGUAGES:
        wrong["language"] = language.say("member.wrong.choice")
    try:
        country, _, part = given["country"].partition("-")
        public_holidays(country, part or None, [now.year])
    except UnknownPlace:
        wrong["country"] = language.say("member.wrong.choice")
    for name in ("short_abandon_s", "answer_within_s"):
        told = given[name].replace(",", ".")
        try:
            values[name] = float(told)
        except ValueError:
            values[name] = -1.0
        if not 0 <= values[name] <= 3600:
            wrong[name] = language.say("settings.wrong_seconds")
    return values, wrong


@cache
def _zones() -> frozenset[str]:
    return frozenset(available_timezones())


def _codes(now: str) -> tuple[str, ...]:
    return tuple(dict.fromkeys((*COUNTRIES, *REGIONS, now)))


def _country(code: str, language: Language) -> str:
    country, _, region = code.partition("-")
    return language.country(country) + (f" ({region})" if region else "")
