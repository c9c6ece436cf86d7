"""``/settings/team``: who of the business is told of what, by which way, who is on call when, and who comes next."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import msgspec
import sqlalchemy as sa
from fastapi import APIRouter
from starlette.datastructures import FormData
from starlette.requests import Request
from starlette.responses import Response

from decroche.language import Language
from decroche.ledger.audit_log import note
from decroche.model.member import Right
from decroche.recover.playbook_telling import ROLES, duties, role_said
from decroche.recover.settings import BadSettings
from decroche.recover.workflows.configuring import NotReady, Wishes, change_settings, read_wishes
from decroche.web.access import Services, Visit, changing, visit
from decroche.web.addresses import back_to
from decroche.web.first_steps import Posted, typed, whole_business
from decroche.web.rendering import page

_HERE = "/settings/team"
_WAYS = ("email", "text", "webhook")
#: The roles that can be given whatever the playbooks in force name.
_ALWAYS = ("owner", "supervisor", "reception")


@dataclass(frozen=True, slots=True, kw_only=True)
class Person:
    """Somebody of the team: their roles and teams, and how they are reached. ``held`` are the roles that have a box,
    ``others`` those that a business made up, with commas between like ``teams``.
    """

    name: str
    roles: str
    held: tuple[str, ...]
    others: str
    teams: str
    email: str
    text: str
    webhook: str
    push: bool
    reached: str


@dataclass(frozen=True, slots=True, kw_only=True)
class RoleChoice:
    """A role of the team: what it is called, and what falls to it by the playbooks in force."""

    name: str
    label: str
    does: str


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
    told: str


@dataclass(frozen=True, slots=True, kw_only=True)
class TeamPage:
    """What the page needs: ``names`` may be on call, ``recipients`` may be told (word, name)."""

    people: tuple[Person, ...]
    shifts: tuple[Shift, ...]
    rungs: tuple[Rung, ...]
    names: tuple[tuple[str, str], ...]
    roles: tuple[RoleChoice, ...]
    recipients: tuple[tuple[str, str], ...]
    wrong: str | None


def router(services: Services) -> APIRouter:
    """The routes of the page."""
    routes = APIRouter(include_in_schema=False)

    def shown(here: Visit, connection: sa.Connection, *, wrong: str | None = None) -> Response:
        known = read_wishes(connection, here.account.id, services.platforms)
        team = dict(known.settings.team)
        members: list[dict[str, Any]] = list(team.get("members", ()))
        used = {role for each in members for role in each.get("roles", ())}
        roles = [
            *_ALWAYS,
            *(each for each in ROLES if each not in _ALWAYS and (each in used or duties(known.in_use, each))),
        ]
        groups = {group for each in members for group in each.get("teams", ())}
        context = TeamPage(
            people=tuple(_person(each, here) for each in members),
            shifts=tuple(Shift(member=each["member"], week=each["week"]) for each in team.get("on_call", ())),
            rungs=tuple(
                Rung(minutes=str(each["after_minutes"]), to=each["to"], told=_told(each["to"], here.language))
                for each in team.get("ladder", ())
            ),
            names=tuple((each["name"], each["name"]) for each in members),
            roles=tuple(_role(each, known, here.language) for each in roles),
            recipients=tuple(
                (each, _told(each, here.language))
                for each in (
                    *(f"role:{role}" for role in (*roles, *sorted(used - set(roles)))),
                    *(f"team:{group}" for group in sorted(groups)),
                    *(f"person:{each['name']}" for each in members),
                )
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
            person = {"name": name, "roles": _roles(form), "teams": _words(typed(form, "teams"))}
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
        roles=_begun(here.language.listing([role_said(each, here.language) for each in told.get("roles", ())])),
        held=tuple(each for each in told.get("roles", ()) if each in ROLES),
        others=", ".join(each for each in told.get("roles", ()) if each not in ROLES),
        teams=", ".join(told.get("teams", ())),
        email=told.get("email") or "",
        text=told.get("text") or "",
        webhook=told.get("webhook") or "",
        push=bool(told.get("push")),
        reached=here.language.listing(ways) if ways else here.language.say("team.not_reached"),
    )


def _role(name: str, known: Wishes, language: Language) -> RoleChoice:
    found = duties(known.in_use, name)
    does = language.listing([language.say(f"team.duty.{each}") for each in found]) or language.say("team.duty.none")
    return RoleChoice(name=name, label=_begun(role_said(name, language)), does=_begun(does))


def _told(recipient: str, language: Language) -> str:
    """Somebody who may be told, in words."""
    kind, _, name = recipient.partition(":")
    if kind == "team":
        return language.say("team.the_team", name=name)
    return _begun(role_said(name, language)) if kind == "role" else name


def _roles(form: FormData) -> list[str]:
    """The roles that are ticked, and those that were typed."""
    ticked = [each for each in form.getlist("role") if each in ROLES]
    return list(dict.fromkeys([*map(str, ticked), *_words(typed(form, "roles"))]))


def _begun(words: str) -> str:
    return words[:1].upper() + words[1:]


def _words(told: str) -> list[str]:
    return [each.strip() for each in told.split(",") if each.strip()]
