"""``/settings/team``: who of the business is told of what, by which way, who is on call when, and who comes next."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import msgspec
import sqlalchemy as sa
from fastapi import APIRouter
from starlette.requests import Request
from starlette.responses import Response

from decroche.ledger.audit_log import note
from decroche.model.member import Right
from decroche.recover.settings import BadSettings
from decroche.recover.workflows.configuring import NotReady, change_settings, read_wishes
from decroche.web.access import Services, Visit, changing, visit
from decroche.web.addresses import back_to
from decroche.web.first_steps import Posted, typed, whole_business
from decroche.web.rendering import page

_HERE = "/settings/team"
_WAYS = ("email", "text", "webhook")


@dataclass(frozen=True, slots=True, kw_only=True)
class Person:
    """Somebody of the team: roles and teams with commas between, and how they are reached."""

    name: str
    roles: str
    teams: str
    email: str
    text: str
    webhook: str
    push: bool
    reached: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Shift:
    """Who is on call at which hours of the week."""

    member: str
    week: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Rung:
    """Who is told when so many minutes passed and nobody acts."""

    minutes: str
    to: str


@dataclass(frozen=True, slots=True, kw_only=True)
class TeamPage:
    """What the page needs; ``names`` are those who may be on call, ``recipients`` those who may be told."""

    people: tuple[Person, ...]
    shifts: tuple[Shift, ...]
    rungs: tuple[Rung, ...]
    names: tuple[tuple[str, str], ...]
    recipients: tuple[str, ...]
    wrong: str | None


def router(services: Services) -> APIRouter:
    """The routes of the page."""
    routes = APIRouter(include_in_schema=False)

    def shown(here: Visit, connection: sa.Connection, *, wrong: str | None = None) -> Response:
        team = dict(read_wishes(connection, here.account.id, services.platforms).settings.team)
        members: list[dict[str, Any]] = list(team.get("members", ()))
        roles = {role for each in members for role in each.get("roles", ())}
        groups = {group for each in members for group in each.get("teams", ())}
        context = TeamPage(
            people=tuple(_person(each, here) for each in members),
            shifts=tuple(Shift(member=each["member"], week=each["week"]) for each in team.get("on_call", ())),
            rungs=tuple(Rung(minutes=str(each["after_minutes"]), to=each["to"]) for each in team.get("ladder", ())),
            names=tuple((each["name"], each["name"]) for each in members),
            recipients=(
                *(f"role:{each}" for each in sorted(roles | {"owner", "reception"})),
                *(f"team:{each}" for each in sorted(groups)),
                *(f"person:{each['name']}" for each in members),
            ),
            wrong=wrong,
        )
        return page("settings_team.html", here.frame, context, status=422 if wrong else 200)

    @routes.get(_HERE)
    def show(request: Request) -> Response:
        with visit(services, request, Right.SET_UP) as here, services.ledger.reading() as connection:
            whole_business(here)
            return shown(here, connection)

    def changed(request: Request, change: Callable[[dict[str, list[Any]]], None], *, about: str) -> Response:
        with changing(services, request, Right.SET_UP) as (here, connection):
            whole_business(here)
            now = services.clock()
            before = read_wishes(connection, here.account.id, services.platforms).settings
            team = {name: list(before.team.get(name, ())) for name in ("members", "on_call", "ladder")}
            try:
                change(team)
                with connection.begin_nested():
                    wanted = msgspec.structs.replace(before, team=team)
                    change_settings(connection, here.account.id, wanted, services.platforms, now=now)
            except BadSettings as error:
                return shown(here, connection, wrong=error.said(here.language))
            except (NotReady, ValueError):
                return shown(here, connection, wrong=here.language.say("team.wrong"))
            note(connection, here.account.id, here.who, "settings.team", about, {"name": about}, at=now)
        return back_to(_HERE, done="settings_kept")

    @routes.post(f"{_HERE}/people")
    def keep_person(request: Request, form: Posted) -> Response:
        name, before = typed(form, "name"), typed(form, "before")

        def change(team: dict[str, list[Any]]) -> None:
            if not name:
                raise ValueError
            told = {way: typed(form, way) for way in _WAYS if typed(form, way)}
            push = {"push": True} if typed(form, "push") == "yes" else {}
            person = {"name": name, "roles": _words(typed(form, "roles")), "teams": _words(typed(form, "teams"))}
            entry = {**person, **told, **push}
            at = next((number for number, each in enumerate(team["members"]) if each["name"] == before), None)
            if at is None:
                team["members"].append(entry)
            else:
                team["members"][at] = entry
                for shift in team["on_call"]:
                    shift["member"] = name if shift["member"] == before else shift["member"]

        return changed(request, change, about=name)

    @routes.post(f"{_HERE}/people/remove")
    def remove_person(request: Request, form: Posted) -> Response:
        name = typed(form, "name")

        def change(team: dict[str, list[Any]]) -> None:
            team["members"] = [each for each in team["members"] if each["name"] != name]
            team["on_call"] = [each for each in team["on_call"] if each["member"] != name]

        return changed(request, change, about=name)

    @routes.post(f"{_HERE}/shifts")
    def keep_shift(request: Request, form: Posted) -> Response:
        member, week = typed(form, "member"), typed(form, "week")
        return changed(request, lambda team: team["on_call"].append({"member": member, "week": week}), about=member)

    @routes.post(f"{_HERE}/shifts/remove")
    def remove_shift(request: Request, form: Posted) -> Response:
        gone = {"member": typed(form, "member"), "week": typed(form, "week")}

        def change(team: dict[str, list[Any]]) -> None:
            team["on_call"] = [each for each in team["on_call"] if each != gone]

        return changed(request, change, about=gone["member"])

    @routes.post(f"{_HERE}/rungs")
    def keep_rung(request: Request, form: Posted) -> Response:
        minutes, to = typed(form, "minutes"), typed(form, "to")

        def change(team: dict[str, list[Any]]) -> None:
            team["ladder"].append({"after_minutes": int(minutes), "to": to})

        return changed(request, change, about=to)

    @routes.post(f"{_HERE}/rungs/remove")
    def remove_rung(request: Request, form: Posted) -> Response:
        gone = (typed(form, "minutes"), typed(form, "to"))

        def change(team: dict[str, list[Any]]) -> None:
            team["ladder"] = [each for each in team["ladder"] if (str(each["after_minutes"]), each["to"]) != gone]

        return changed(request, change, about=gone[1])

    return routes


def _person(told: dict[str, Any], here: Visit) -> Person:
    ways = [here.language.say(f"team.by.{way}") for way in (*_WAYS, "push") if told.get(way)]
    return Person(
        name=told["name"],
        roles=", ".join(told.get("roles", ())),
        teams=", ".join(told.get("teams", ())),
        email=told.get("email") or "",
        text=told.get("text") or "",
        webhook=told.get("webhook") or "",
        push=bool(told.get("push")),
        reached=here.language.listing(ways) if ways else here.language.say("team.not_reached"),
    )


def _words(told: str) -> list[str]:
    return [each.strip() for each in told.split(",") if each.strip()]
