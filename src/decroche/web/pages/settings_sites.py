"""``/settings/sites``: the places of the business, and the departments that its lines and hours name."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from zoneinfo import available_timezones

import sqlalchemy as sa
from fastapi import APIRouter
from starlette.requests import Request
from starlette.responses import Response

from decroche.ledger.audit_log import note
from decroche.ledger.changing import NotThere, change_site
from decroche.ledger.members import name_of
from decroche.ledger.rejudging import ask_again
from decroche.ledger.removing_places import StillNeeded, remove_department, remove_site
from decroche.ledger.setting_up import add_site
from decroche.model.member import Right
from decroche.web.access import Services, Visit, changing, visit
from decroche.web.addresses import back_to
from decroche.web.first_steps import FIRST_RUN, Posted, Stepper, bases, stepper, typed, whole_business
from decroche.web.rendering import page
from decroche.web.zones import offered_zones


@dataclass(frozen=True, slots=True, kw_only=True)
class SiteLine:
    """A place. ``zone`` is empty where it has that of the business."""

    id: str
    name: str
    zone: str
    departments: tuple[str, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Sites:
    """What the page needs. ``departments`` are those that belong to no site, ``zone`` that of the business; who sees
    all sites ``may_add`` and remove one.
    """

    base: str
    stepper: Stepper | None
    sites: tuple[SiteLine, ...]
    departments: tuple[str, ...]
    zone: str
    zones: tuple[str, ...]
    may_add: bool
    name: str
    wrong: str | None


def departments_of(here: Visit) -> dict[str, tuple[str, ...]]:
    """The departments that lines and hours name, by site; empty stands for all."""
    found: dict[str, set[str]] = {}
    rows: list[Mapping[str, object]] = [*here.account.lines(), *here.account.opening_hours()]
    for row in rows:
        if row["department"]:
            found.setdefault(str(row["site"]), set()).add(str(row["department"]))
    return {site: tuple(sorted(names)) for site, names in found.items()}


def router(services: Services) -> APIRouter:
    """The routes of the page."""
    routes = APIRouter(include_in_schema=False)
    for base in bases("sites"):
        _add(routes, services, base)
    return routes


def _add(routes: APIRouter, services: Services, base: str) -> None:
    def shown(here: Visit, connection: sa.Connection, *, name: str = "", wrong: str | None = None) -> Response:
        departments, known = departments_of(here), here.account.sites()
        if not known and not wrong and base.startswith(FIRST_RUN):
            # A business of one place needs but press the button.
            name = here.about["name"]
        context = Sites(
            base=base,
            stepper=stepper(base, here, connection, services),
            sites=tuple(
                SiteLine(
                    id=row["id"],
                    name=row["name"],
                    zone=row["zone"] or "",
                    departments=departments.get(row["name"], ()),
                )
                for row in known
            ),
            departments=departments.get("", ()),
            zone=here.zone.key,
            zones=offered_zones(),
            may_add=here.sites is None,
            name=name,
            wrong=wrong,
        )
        return page("settings_sites.html", here.frame, context, status=422 if wrong else 200)

    @routes.get(base)
    def show(request: Request) -> Response:
        with visit(services, request, Right.SET_UP) as here, services.ledger.reading() as connection:
            return shown(here, connection)

    @routes.post(base)
    def add(request: Request, form: Posted) -> Response:
        with changing(services, request, Right.SET_UP) as (here, connection):
            whole_business(here)
            name, zone = name_of(typed(form, "name")), typed(form, "zone")
            if wrong := _wrong(here, name, zone, besides=""):
                return shown(here, connection, name=name, wrong=wrong)
            now = services.clock()
            id = add_site(connection, here.account.id, name, zone=zone or None)
            ask_again(connection, here.account.id, now)
            note(connection, here.account.id, here.who, "settings.site_added", id, {"name": name}, at=now)
        return back_to(base, done="site_added")

    @routes.post(f"{base}/{{id}}")
    def change(request: Request, id: str, form: Posted) -> Response:
        with changing(services, request, Right.SET_UP) as (here, connection):
            name, zone = name_of(typed(form, "name")), typed(form, "zone")
            if id not in {row["id"] for row in here.account.sites()}:
                return back_to(base)
            if wrong := _wrong(here, name, zone, besides=id):
                return shown(here, connection, wrong=wrong)
            now = services.clock()
            try:
                change_site(connection, here.account.id, id, {"name": name, "zone": zone or None}, now=now)
            except NotThere:
                return back_to(base)
            note(
                connection, here.account.id, here.who, "settings.site_changed", id, {"name": name, "zone": zone}, at=now
            )
        return back_to(base, done="settings_kept")

    @routes.post(f"{base}/departments/remove")
    def remove_a_department(request: Request, form: Posted) -> Response:
        site, department = typed(form, "site"), typed(form, "department")
        with changing(services, request, Right.SET_UP) as (here, connection):
            whole_business(here)
            now = services.clock()
            try:
                remove_department(connection, here.account.id, site=site, department=department, now=now)
            except NotThere:
                return shown(here, connection, wrong=here.language.say("place.not_there"))
            except StillNeeded as error:
                return shown(here, connection, wrong=error.said(here.language))
            details = {"name": department, "site": site}
            note(connection, here.account.id, here.who, "settings.department_removed", department, details, at=now)
        return back_to(base, done="department_removed")

    @routes.post(f"{base}/{{id}}/remove")
    def remove(request: Request, id: str) -> Response:
        with changing(services, request, Right.SET_UP) as (here, connection):
            whole_business(here)
            now = services.clock()
            try:
                name = remove_site(connection, here.account.id, id, now=now)
            except NotThere:
                return back_to(base)
            except StillNeeded as error:
                return shown(here, connection, wrong=error.said(here.language))
            note(connection, here.account.id, here.who, "settings.site_removed", id, {"name": name}, at=now)
        return back_to(base, done="site_removed")


def _wrong(here: Visit, name: str, zone: str, *, besides: str) -> str | None:
    """What is wrong with the name and the zone of a site, in words; None when they will do."""
    if not name:
        return here.language.say("settings.site_nameless")
    if any(row["name"].casefold() == name.casefold() and row["id"] != besides for row in here.account.sites()):
        return here.language.say("settings.site_taken", name=name)
    if zone and zone not in available_timezones():
        return here.language.say("member.wrong.choice")
    return None
