"""``/settings/lines``: the numbers of the business, and the site and department at which each rings."""

from __future__ import annotations

from dataclasses import dataclass

import sqlalchemy as sa
from fastapi import APIRouter
from starlette.requests import Request
from starlette.responses import Response

from decroche.ledger.audit_log import note
from decroche.ledger.changing import NotThere, change_line, remove_line
from decroche.ledger.members import name_of
from decroche.ledger.rejudging import ask_again
from decroche.ledger.setting_up import add_line
from decroche.model.member import Right
from decroche.understand.numbers import read_number
from decroche.web.access import Services, Visit, changing, visit
from decroche.web.addresses import back_to
from decroche.web.first_steps import Posted, Stepper, bases, stepper, typed
from decroche.web.pages.settings_sites import departments_of
from decroche.web.people import who
from decroche.web.rendering import page


@dataclass(frozen=True, slots=True, kw_only=True)
class LineLine:
    """A number of the business. ``number`` is as people write it, ``whole`` in international form."""

    id: str
    name: str
    number: str
    whole: str
    site: str
    department: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Lines:
    """What the page needs; ``given`` is what was typed, ``wrong`` what is wrong with it, in words."""

    base: str
    stepper: Stepper | None
    lines: tuple[LineLine, ...]
    sites: tuple[tuple[str, str], ...]
    departments: tuple[str, ...]
    given: dict[str, str]
    wrong: str | None


def router(services: Services) -> APIRouter:
    """The routes of the page."""
    routes = APIRouter(include_in_schema=False)
    for base in bases("lines"):
        _add(routes, services, base)
    return routes


def _add(routes: APIRouter, services: Services, base: str) -> None:
    def shown(
        here: Visit, connection: sa.Connection, *, given: dict[str, str] | None = None, wrong: str | None = None
    ) -> Response:
        everywhere = (("", here.language.say("settings.all_sites")),) if here.sites is None else ()
        names = {name for each in departments_of(here).values() for name in each}
        context = Lines(
            base=base,
            stepper=stepper(base, here, connection, services),
            lines=tuple(
                LineLine(
                    id=row["id"],
                    name=row["name"],
                    number="" if row["number"] is None else _shown(row["number"], here),
                    whole="" if row["number"] is None else f"+{row['number']}",
                    site=row["site"],
                    department=row["department"],
                )
                for row in here.account.lines()
            ),
            sites=(*everywhere, *((row["name"], row["name"]) for row in here.account.sites())),
            departments=tuple(sorted(names)),
            given=given or {},
            wrong=wrong,
        )
        return page("settings_lines.html", here.frame, context, status=422 if wrong else 200)

    @routes.get(base)
    def show(request: Request) -> Response:
        with visit(services, request, Right.SET_UP) as here, services.ledger.reading() as connection:
            return shown(here, connection)

    @routes.post(base)
    def add(request: Request, form: Posted) -> Response:
        with changing(services, request, Right.SET_UP) as (here, connection):
            given = {name: typed(form, name) for name in ("name", "number", "site", "department")}
            number, wrong = _read(given, here, besides="")
            if wrong:
                return shown(here, connection, given=given, wrong=wrong)
            now = services.clock()
            values = {**given, "name": name_of(given["name"]), "number": number}
            id = add_line(connection, here.account.id, **values)  # type: ignore[arg-type]
            ask_again(connection, here.account.id, now)
            note(connection, here.account.id, here.who, "settings.line_added", id, _told(given), at=now)
        return back_to(base, done="line_added")

    @routes.post(f"{base}/{{id}}")
    def change(request: Request, id: str, form: Posted) -> Response:
        with changing(services, request, Right.SET_UP) as (here, connection):
            if not _mine(here, id):
                return back_to(base)
            given = {name: typed(form, name) for name in ("name", "number", "site", "department")}
            number, wrong = _read(given, here, besides=id)
            if wrong:
                return shown(here, connection, wrong=wrong)
            now = services.clock()
            values = {**given, "name": name_of(given["name"]), "number": number}
            change_line(connection, here.account.id, id, values, now=now)
            note(connection, here.account.id, here.who, "settings.line_changed", id, _told(given), at=now)
        return back_to(base, done="settings_kept")

    @routes.post(f"{base}/{{id}}/remove")
    def remove(request: Request, id: str) -> Response:
        with changing(services, request, Right.SET_UP) as (here, connection):
            now = services.clock()
            name = next((row["name"] for row in here.account.lines() if row["id"] == id), None)
            if name is None or not _mine(here, id):
                return back_to(base)
            try:
                remove_line(connection, here.account.id, id, now=now)
            except NotThere:
                return back_to(base)
            note(connection, here.account.id, here.who, "settings.line_removed", id, {"name": name}, at=now)
        return back_to(base, done="line_removed")


def _mine(here: Visit, id: str) -> bool:
    """Whether the line belongs to a site of theirs; those of all sites are for who sees all."""
    return any(row["id"] == id and (here.sites is None or row["site"] in here.sites) for row in here.account.lines())


def _read(given: dict[str, str], here: Visit, *, besides: str) -> tuple[int | None, str | None]:
    """The number as E.164 digits, and what is wrong, in words."""
    language = here.language
    if not name_of(given["name"]):
        return None, language.say("settings.line_nameless")
    known = {row["name"] for row in here.account.sites()} | ({""} if here.sites is None else set())
    if given["site"] not in known:
        return None, language.say("member.wrong.choice")
    if not given["number"]:
        return None, None
    number = read_number(given["number"], region=here.about["country"].partition("-")[0]).e164
    if number is None:
        return None, language.say("settings.number_unread", number=given["number"])
    if any(row["number"] == number and row["id"] != besides for row in here.account.lines()):
        return None, language.say("settings.line_taken")
    return number, None


def _told(given: dict[str, str]) -> dict[str, str]:
    """What the audit log keeps: no whole number."""
    return {"name": given["name"], "site": given["site"], "department": given["department"]}


def _shown(number: int, here: Visit) -> str:
    return who(f"+{number}", here.language, whole=True, country=here.about["country"])
