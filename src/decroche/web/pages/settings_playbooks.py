"""``/settings/playbooks``: what happens after a missed call, in words; choose one, or edit one of your own by place."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

import msgspec
import sqlalchemy as sa
from fastapi import APIRouter
from starlette.datastructures import FormData
from starlette.requests import Request
from starlette.responses import Response

from decroche.ledger.audit_log import note
from decroche.model.member import Right
from decroche.recover.playbook import Playbook
from decroche.recover.playbook_telling import ToldStep, told
from decroche.recover.playbook_toml import read_playbook, shipped, shipped_text
from decroche.recover.toml_tables import BadFile
from decroche.recover.workflows.configuring import (
    NotReady,
    Wishes,
    change_settings,
    check_playbook,
    drop_playbook,
    read_wishes,
    use_playbook,
)
from decroche.web.access import Services, Visit, changing, visit
from decroche.web.addresses import back_to
from decroche.web.first_steps import Posted, Stepper, bases, stepper, typed, whole_business
from decroche.web.pages.settings_sites import departments_of
from decroche.web.rendering import page

#: The longest playbook that is taken, as in the API.
_LONGEST = 60_000


@dataclass(frozen=True, slots=True, kw_only=True)
class Play:
    """A playbook in words. ``chosen``: it holds where there is no other."""

    name: str
    title: str
    steps: tuple[ToldStep, ...]
    chosen: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class OwnPlay:
    """A playbook of the business's own, and where it holds."""

    site: str
    department: str
    place: str
    title: str
    steps: tuple[ToldStep, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Playbooks:
    """What the list needs. ``hidden``: one of their own holds everywhere, so that no shipped one does."""

    base: str
    stepper: Stepper | None
    shipped: tuple[Play, ...]
    own: tuple[OwnPlay, ...]
    hidden: bool
    wrong: str | None


@dataclass(frozen=True, slots=True, kw_only=True)
class EditPlaybook:
    """What the editor needs. ``problems`` are those of the checker, each with its line; ``steps`` say what was read."""

    base: str
    stepper: Stepper | None
    body: str
    site: str
    department: str
    sites: tuple[tuple[str, str], ...]
    departments: tuple[tuple[str, str], ...]
    problems: tuple[str, ...]
    steps: tuple[ToldStep, ...]


def router(services: Services) -> APIRouter:
    """The routes of the pages."""
    routes = APIRouter(include_in_schema=False)
    for base in bases("playbooks"):
        _add(routes, services, base)
    return routes


def _add(routes: APIRouter, services: Services, base: str) -> None:
    def listed(here: Visit, connection: sa.Connection, *, wrong: str | None = None) -> Response:
        known, language = read_wishes(connection, here.account.id, services.platforms), here.language
        hidden = ("", "") in known.playbooks
        context = Playbooks(
            base=base,
            stepper=stepper(base, here, connection, services),
            shipped=tuple(
                Play(
                    name=name,
                    title=each.title(language.code),
                    steps=told(each, language),
                    chosen=known.told and not hidden and known.settings.playbook == name,
                )
                for name, each in shipped().items()
            ),
            own=tuple(_own(known, here)),
            hidden=hidden,
            wrong=wrong,
        )
        return page("settings_playbooks.html", here.frame, context, status=422 if wrong else 200)

    def edited(
        here: Visit,
        connection: sa.Connection,
        body: str,
        *,
        site: str,
        department: str,
        problems: tuple[str, ...] = (),
        part: bool = False,
    ) -> Response:
        known, language = read_wishes(connection, here.account.id, services.platforms), here.language
        steps: tuple[ToldStep, ...] = ()
        if not problems:
            try:
                steps = told(check_playbook(known, body), language)
            except BadFile as error:
                problems = tuple(each.said(language) for each in error.problems)
        names = sorted({name for each in departments_of(here).values() for name in each} | {department} - {""})
        context = EditPlaybook(
            base=base,
            stepper=None if part else stepper(base, here, connection, services),
            body=body,
            site=site,
            department=department,
            sites=(
                ("", language.say("settings.all_sites")),
                *((row["name"], row["name"]) for row in here.account.sites()),
            ),
            departments=(("", language.say("settings.all_departments")), *((name, name) for name in names)),
            problems=problems,
            steps=steps,
        )
        if part:
            return page("settings_playbook_checked.html", language, context)
        return page("settings_playbook.html", here.frame, context, status=422 if problems else 200)

    @routes.get(base)
    def show(request: Request) -> Response:
        with visit(services, request, Right.SET_UP) as here, services.ledger.reading() as connection:
            whole_business(here)
            return listed(here, connection)

    @routes.post(base)
    def choose(request: Request, form: Posted) -> Response:
        with changing(services, request, Right.SET_UP) as (here, connection):
            whole_business(here)
            name, now = typed(form, "name"), services.clock()
            before = read_wishes(connection, here.account.id, services.platforms).settings
            try:
                with connection.begin_nested():
                    wanted = msgspec.structs.replace(before, playbook=name)
                    change_settings(connection, here.account.id, wanted, services.platforms, now=now)
            except NotReady as error:
                return listed(here, connection, wrong=" ".join(each.said(here.language) for each in error.obstacles))
            note(connection, here.account.id, here.who, "playbook.chosen", name, {"name": name}, at=now)
        return back_to(base, done="playbook_chosen")

    @routes.get(f"{base}/edit")
    def edit(request: Request, copy: str = "", site: str = "", department: str = "") -> Response:
        with visit(services, request, Right.SET_UP) as here, services.ledger.reading() as connection:
            whole_business(here)
            known = read_wishes(connection, here.account.id, services.platforms)
            shipped_one = copy if copy in shipped() else known.settings.playbook
            body = known.playbooks.get((site, department)) if not copy else None
            text = body or shipped_text(shipped_one if shipped_one in shipped() else "garage")
            return edited(here, connection, text, site=site, department=department)

    @routes.post(f"{base}/check")
    def check(request: Request, form: Posted) -> Response:
        with visit(services, request, Right.SET_UP) as here, services.ledger.reading() as connection:
            whole_business(here)
            return edited(here, connection, _body(form), site="", department="", part=True)

    @routes.post(f"{base}/edit")
    def keep(request: Request, form: Posted) -> Response:
        with changing(services, request, Right.SET_UP) as (here, connection):
            whole_business(here)
            site, department, now = typed(form, "site"), typed(form, "department"), services.clock()
            if site not in {"", *(row["name"] for row in here.account.sites())}:
                site = ""
            problems: tuple[str, ...] = ()
            try:
                with connection.begin_nested():
                    use_playbook(
                        connection, here.account.id, _body(form), services.platforms, site=site, department=department,
                        now=now,
                    )  # fmt: skip
            except BadFile as error:
                problems = tuple(each.said(here.language) for each in error.problems)
            except NotReady as error:
                problems = tuple(each.said(here.language) for each in error.obstacles)
            if problems:
                return edited(here, connection, _body(form), site=site, department=department, problems=problems)
            details = {"site": site, "department": department}
            note(connection, here.account.id, here.who, "playbook.written", "", details, at=now)
        return back_to(base, done="playbook_kept")

    @routes.post(f"{base}/remove")
    def remove(request: Request, form: Posted) -> Response:
        with changing(services, request, Right.SET_UP) as (here, connection):
            whole_business(here)
            site, department, now = typed(form, "site"), typed(form, "department"), services.clock()
            try:
                with connection.begin_nested():
                    found = drop_playbook(
                        connection, here.account.id, services.platforms, site=site, department=department, now=now
                    )
            except NotReady as error:
                return listed(here, connection, wrong=" ".join(each.said(here.language) for each in error.obstacles))
            if found:
                details = {"site": site, "department": department}
                note(connection, here.account.id, here.who, "playbook.removed", "", details, at=now)
        return back_to(base, done="settings_kept")


def _own(known: Wishes, here: Visit) -> Iterator[OwnPlay]:
    for (site, department), body in sorted(known.playbooks.items()):
        playbook: Playbook = read_playbook(body)
        yield OwnPlay(
            site=site,
            department=department,
            place=", ".join(each for each in (site, department) if each) or here.language.say("settings.everywhere"),
            title=playbook.title(here.language.code),
            steps=told(playbook, here.language),
        )


def _body(form: FormData) -> str:
    value = form.get("body", "")
    text = value if isinstance(value, str) else ""
    return text.replace("\r\n", "\n").replace("\x00", "")[:_LONGEST]
