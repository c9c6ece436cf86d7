"""``/settings/phone-systems``: what is connected and how it is; connect another, rename, change keys, remove."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

import sqlalchemy as sa
from fastapi import APIRouter
from fastapi.exceptions import HTTPException
from markupsafe import Markup
from starlette.requests import Request
from starlette.responses import Response

from decroche.capture.connecting import FieldsMissing, change_keys, connect, lacks_said
from decroche.connector_kit.connector import Connector
from decroche.connectors.setup_pages import setup_page
from decroche.language import Language
from decroche.language.problems import say_problems
from decroche.ledger.audit_log import note
from decroche.ledger.changing import change_endpoint, remove_endpoint
from decroche.ledger.members import name_of
from decroche.ledger.part_problems import read_problems
from decroche.ledger.reach import Reach
from decroche.ledger.setting_up import Endpoint, read_endpoints
from decroche.model.member import Right
from decroche.web.access import Services, Visit, changing, visit
from decroche.web.addresses import back_to
from decroche.web.first_steps import Posted, Stepper, bases, stepper, typed, whole_business
from decroche.web.moments import since
from decroche.web.pages.connecting import PlatformLine, as_html, platform_line
from decroche.web.rendering import page

#: What is said of a phone system of which only what we ask it fails.
_SILENT = frozenset({"{host} cannot be reached ({error})", "{host} did not answer ({error})"})
#: The longest key or setting that is taken.
_LONGEST = 4_000


@dataclass(frozen=True, slots=True, kw_only=True)
class FieldLine:
    """Something that a phone system must be told. ``value`` is never that of a secret; ``kept``: one is there."""

    key: str
    label: str
    secret: bool
    required: bool
    value: str
    kept: bool
    wrong: str | None


@dataclass(frozen=True, slots=True, kw_only=True)
class SystemLine:
    """A connected phone system: its health in words and its ``kind``, where it delivers, and what it may be told.

    ``lacks`` say what does not work for want of a key; ``still`` whether calls come although it does not answer us.
    """

    id: str
    name: str
    title: str
    platform: str
    site: str
    kind: str
    health: str
    still: str
    hook: str | None
    lacks: tuple[str, ...]
    fields: tuple[FieldLine, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class PhoneSystems:
    """What the list needs. ``reach`` says whether platforms reach us, ``reach_kind`` how good that is; empty where it
    does not matter.
    """

    base: str
    stepper: Stepper | None
    systems: tuple[SystemLine, ...]
    platforms: tuple[PlatformLine, ...]
    reach: str
    reach_kind: str
    wrong: str | None


@dataclass(frozen=True, slots=True, kw_only=True)
class ConnectOne:
    """What the page of one phone system needs: its form, its steps at the vendor's, and its lights as they move.

    ``delivers``: it is told an address of ours, which is known once it is connected.
    """

    base: str
    stepper: Stepper | None
    platform: str
    title: str
    name: str
    site: str
    sites: tuple[tuple[str, str], ...]
    fields: tuple[FieldLine, ...]
    steps: Markup
    delivers: bool
    systems: tuple[SystemLine, ...]
    reach: str
    reach_kind: str
    wrong: str | None


def router(services: Services) -> APIRouter:
    """The routes of the pages."""
    routes = APIRouter(include_in_schema=False)
    for base in bases("phone-systems"):
        _add(routes, services, base)
    return routes


def _add(routes: APIRouter, services: Services, base: str) -> None:
    known = {each.name: each for each in services.platforms}

    def listed(
        request: Request,
        here: Visit,
        connection: sa.Connection,
        *,
        wrong: str | None = None,
        wrong_of: tuple[str, ...] = (),
    ) -> Response:
        base_url = services.public_url or services.link(request, "").rstrip("/")
        systems = tuple(_systems(services, here, connection, base_url, wrong_of=wrong_of))
        reach = _reach(services, here, {each.platform for each in systems})
        context = PhoneSystems(
            base=base,
            stepper=stepper(base, here, connection, services),
            systems=systems,
            platforms=tuple(platform_line(each, {line.platform for line in systems}) for each in services.platforms),
            reach=reach[0],
            reach_kind=reach[1],
            wrong=wrong,
        )
        return page("settings_phones.html", here.frame, context, status=422 if wrong else 200)

    def one(
        request: Request,
        here: Visit,
        connection: sa.Connection,
        platform: Connector,
        *,
        given: Mapping[str, str] | None = None,
        missing: tuple[str, ...] = (),
        wrong: str | None = None,
        part: bool = False,
    ) -> Response:
        told = given or {}
        base_url = services.public_url or services.link(request, "").rstrip("/")
        systems = _systems(services, here, connection, base_url)
        mine = tuple(each for each in systems if each.platform == platform.name)
        hook = next((each.hook for each in mine if each.hook), None) or f"{base_url}/hooks/{platform.name}/…"
        text = setup_page(platform.name, here.language.code, hook_url=hook, public_url=base_url)
        reach = _reach(services, here, {platform.name})
        context = ConnectOne(
            base=base,
            stepper=stepper(base, here, connection, services),
            platform=platform.name,
            title=platform.title,
            name=told.get("name", "") or platform.title,
            site=told.get("site", ""),
            sites=_site_choices(here),
            fields=tuple(_fields(platform, here.language, told=told, missing=missing)),
            steps=as_html(text, here.language),
            delivers=platform.events is not None,
            systems=mine,
            reach=reach[0],
            reach_kind=reach[1],
            wrong=wrong,
        )
        if part:
            return page("settings_phone_now.html", here.language, context)
        return page("settings_phone.html", here.frame, context, status=422 if wrong else 200)

    def platform_of(name: str) -> Connector:
        if name not in known:
            raise HTTPException(404)
        return known[name]

    @routes.get(base)
    def show(request: Request) -> Response:
        with visit(services, request, Right.SET_UP) as here, services.ledger.reading() as connection:
            whole_business(here)
            return listed(request, here, connection)

    @routes.get(f"{base}/{{platform}}")
    def show_one(request: Request, platform: str) -> Response:
        with visit(services, request, Right.SET_UP) as here, services.ledger.reading() as connection:
            whole_business(here)
            return one(request, here, connection, platform_of(platform))

    @routes.get(f"{base}/{{platform}}/now")
    def show_lights(request: Request, platform: str) -> Response:
        with visit(services, request, Right.SET_UP) as here, services.ledger.reading() as connection:
            whole_business(here)
            return one(request, here, connection, platform_of(platform), part=True)

    @routes.post(f"{base}/{{platform}}")
    def add(request: Request, platform: str, form: Posted) -> Response:
        with changing(services, request, Right.SET_UP) as (here, connection):
            whole_business(here)
            chosen = platform_of(platform)
            given = {key: typed(form, key, longest=_LONGEST) for key in form}
            site, name = given.get("site", ""), name_of(given.get("name", "")) or chosen.title
            if site not in dict(_site_choices(here)):
                site = ""
            if any(row["name"].casefold() == name.casefold() for row in here.account.endpoints()):
                taken = here.language.say("settings.system_taken", name=name)
                return one(request, here, connection, chosen, given=given, wrong=taken)
            now = services.clock()
            try:
                made = connect(
                    connection, here.account.id, chosen, {each.key: given.get(each.key, "") for each in chosen.fields},
                    name=name, site=site, zone=here.about["zone"], country=here.about["country"], box=services.box,
                    now=now,
                )  # fmt: skip
            except FieldsMissing as error:
                wrong = here.language.say("settings.fields_missing")
                return one(request, here, connection, chosen, given=given, missing=error.keys, wrong=wrong)
            details = {"name": name, "platform": chosen.title, "site": site}
            note(connection, here.account.id, here.who, "endpoint.connected", made.id, details, at=now)
        return back_to(f"{base}/{platform}", done="system_connected")

    @routes.post(f"{base}/{{id}}/rename")
    def rename(request: Request, id: str, form: Posted) -> Response:
        with changing(services, request, Right.SET_UP) as (here, connection):
            whole_business(here)
            endpoint, name = _endpoint(services, here, connection, id), name_of(typed(form, "name"))
            if not name:
                return listed(request, here, connection, wrong=here.language.say("member.wrong.name"))
            change_endpoint(connection, endpoint, box=services.box, name=name)
            details = {"name": name, "before": endpoint.name}
            note(connection, here.account.id, here.who, "endpoint.renamed", id, details, at=services.clock())
        return back_to(base, done="settings_kept")

    @routes.post(f"{base}/{{id}}/keys")
    def change(request: Request, id: str, form: Posted) -> Response:
        with changing(services, request, Right.SET_UP) as (here, connection):
            whole_business(here)
            endpoint = _endpoint(services, here, connection, id)
            platform = platform_of(endpoint.connector)
            given = {each.key: typed(form, each.key, longest=_LONGEST) for each in platform.fields if each.key in form}
            try:
                change_keys(connection, endpoint, platform, given, box=services.box)
            except FieldsMissing as error:
                wrong = here.language.say("settings.fields_missing")
                return listed(request, here, connection, wrong=wrong, wrong_of=(id, *error.keys))
            # Which were changed is told, never to what.
            changed = ", ".join(key for key, value in given.items() if value)
            details = {"name": endpoint.name, "changed": changed}
            note(connection, here.account.id, here.who, "endpoint.changed", id, details, at=services.clock())
        return back_to(base, done="keys_kept")

    @routes.post(f"{base}/{{id}}/remove")
    def remove(request: Request, id: str) -> Response:
        with changing(services, request, Right.SET_UP) as (here, connection):
            whole_business(here)
            endpoint, now = _endpoint(services, here, connection, id), services.clock()
            remove_endpoint(connection, endpoint, now=now)
            details = {"name": endpoint.name}
            note(connection, here.account.id, here.who, "endpoint.removed", id, details, at=now)
        return back_to(base, done="system_removed")


def _endpoint(services: Services, here: Visit, connection: sa.Connection, id: str) -> Endpoint:
    """A phone system of the business. Raises HTTPException 404."""
    found = next(
        (each for each in read_endpoints(connection, services.box, account=here.account.id) if each.id == id), None
    )
    if found is None:
        raise HTTPException(404)
    return found


def _systems(
    services: Services, here: Visit, connection: sa.Connection, base_url: str, *, wrong_of: tuple[str, ...] = ()
) -> Iterator[SystemLine]:
    known = {each.name: each for each in services.platforms}
    kept = {each.id: each for each in read_endpoints(connection, services.box, account=here.account.id)}
    for row in here.account.endpoints():
        platform, endpoint = known.get(row["connector"]), kept.get(row["id"])
        kind, health = _health(row, services, here)
        delivers = platform is not None and platform.events is not None
        missing = wrong_of[1:] if wrong_of[:1] == (row["id"],) else ()
        yield SystemLine(
            id=row["id"],
            name=row["name"],
            title=row["connector"] if platform is None else platform.title,
            platform=row["connector"],
            site=row["site"],
            kind=kind,
            health=health,
            still=_still(row, services, here) if delivers else "",
            hook=f"{base_url}/hooks/{row['connector']}/{row['key']}" if delivers else None,
            lacks=()
            if platform is None or endpoint is None
            else lacks_said(platform, endpoint.all_settings, here.language),
            fields=()
            if platform is None
            else tuple(_fields(platform, here.language, endpoint=endpoint, missing=missing)),
        )


def _health(row: Mapping[str, Any], services: Services, here: Visit) -> tuple[str, str]:
    """How a phone system is: its kind, and a sentence."""
    if problem := say_problems(here.language, read_problems(row["problem"])):
        return "bad", problem
    heard = row["heard_at"]
    if heard is None:
        return "busy", here.language.say("connect.silent")
    return "good", here.language.say("connect.heard", at=since(heard, services.clock(), here.zone, here.language))


def _still(row: Mapping[str, Any], services: Services, here: Visit) -> str:
    """Whether calls come from a phone system that does not answer what we ask; empty where it answers."""
    if not {each.sentence for each in read_problems(row["problem"])} & _SILENT:
        return ""
    comes = row["heard_at"] is not None or here.account.reach() is Reach.REACHABLE
    return here.language.say("settings.still_comes" if comes else "settings.nothing_comes")


def _reach(services: Services, here: Visit, platforms: set[str]) -> tuple[str, str]:
    """Whether platforms reach us, in words, and how good that is; empty where it does not matter."""
    if not services.deliveries_matter(platforms):
        return "", ""
    found = here.account.reach()
    unseen = "unknown" if services.public_url else "no_address"
    word = unseen if found is None else str(found)
    kind = "good" if found is Reach.REACHABLE else "busy" if word == "unknown" else "bad"
    return here.language.say(f"settings.reach.{word}", address=services.public_url or ""), kind


def _fields(
    platform: Connector,
    language: Language,
    *,
    endpoint: Endpoint | None = None,
    told: Mapping[str, str] | None = None,
    missing: tuple[str, ...] = (),
) -> Iterator[FieldLine]:
    for each in platform.fields:
        open_value = (told or {}).get(each.key) or (endpoint.settings.get(each.key, "") if endpoint else each.default)
        kept = endpoint is not None and bool(endpoint.secret.get(each.key))
        yield FieldLine(
            key=each.key,
            label=language.set(each.english if language.code == "en" else each.french),
            secret=each.secret,
            required=each.required and not kept,
            value="" if each.secret else open_value,
            kept=kept,
            wrong=language.say("settings.field_missing") if each.key in missing else None,
        )


def _site_choices(here: Visit) -> tuple[tuple[str, str], ...]:
    names = tuple((row["name"], row["name"]) for row in here.account.sites())
    return (("", here.language.say("settings.all_sites")), *names)
