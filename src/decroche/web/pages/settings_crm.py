"""``/settings/crm``: the CRMs that are connected and how they are; connect another, change its keys, remove it."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

import sqlalchemy as sa
from fastapi import APIRouter
from fastapi.exceptions import HTTPException
from markupsafe import Markup
from starlette.requests import Request
from starlette.responses import Response

from decroche.capture.connecting import FieldsMissing
from decroche.capture.connecting_crm import change_crm_keys, connect_crm
from decroche.connector_kit.connector import Connector
from decroche.connectors.crms import CRMS
from decroche.connectors.setup_pages import setup_page
from decroche.language.problems import say_problems
from decroche.ledger.audit_log import note
from decroche.ledger.crm_connections import WRITES, CrmConnection, read_crms, remove_crm
from decroche.ledger.crm_writes import WriteState, tally
from decroche.ledger.members import name_of
from decroche.model.member import Right
from decroche.web.access import Services, Visit, changing, visit
from decroche.web.addresses import back_to
from decroche.web.first_steps import Posted, typed, whole_business
from decroche.web.moments import since
from decroche.web.pages.connecting import as_html
from decroche.web.rendering import page

PATH = "/settings/crm"
_LONGEST = 4_000
_KNOWN = {each.name: each for each in CRMS}


@dataclass(frozen=True, slots=True, kw_only=True)
class CrmField:
    """Something that a CRM must be told. ``value`` is never that of a secret; ``kept``: one is there."""

    key: str
    label: str
    secret: bool
    required: bool
    value: str
    kept: bool
    wrong: str | None


@dataclass(frozen=True, slots=True, kw_only=True)
class CrmLine:
    """A connected CRM: its health in words and its ``kind``, what was written there, and what it may be told.

    ``writes``: something can be written there; into an advertising platform nothing is.
    """

    id: str
    name: str
    title: str
    kind: str
    health: str
    written: str
    calls: str
    tasks: bool
    writes: bool
    fields: tuple[CrmField, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Crms:
    """What the list needs. ``known`` are the CRMs that can be connected: name and title."""

    crms: tuple[CrmLine, ...]
    known: tuple[tuple[str, str], ...]
    calls: tuple[tuple[str, str], ...]
    wrong: str | None


@dataclass(frozen=True, slots=True, kw_only=True)
class ConnectCrm:
    """What the page of one CRM needs: its form and its steps at the vendor's."""

    platform: str
    title: str
    name: str
    fields: tuple[CrmField, ...]
    calls: tuple[tuple[str, str], ...]
    call: str
    tasks: bool
    writes: bool
    steps: Markup
    wrong: str | None


def router(services: Services) -> APIRouter:
    """The routes of the pages."""
    routes = APIRouter(include_in_schema=False)

    @routes.get(PATH)
    def show(request: Request) -> Response:
        with visit(services, request, Right.SET_UP) as here, services.ledger.reading() as connection:
            whole_business(here)
            return _listed(services, here, connection)

    @routes.get(f"{PATH}/connect/{{platform}}")
    def show_one(request: Request, platform: str) -> Response:
        with visit(services, request, Right.SET_UP) as here:
            whole_business(here)
            return _one(here, _crm(platform))

    @routes.post(f"{PATH}/connect/{{platform}}")
    def connect(request: Request, platform: str, form: Posted) -> Response:
        with changing(services, request, Right.SET_UP) as (here, connection):
            whole_business(here)
            connector, now = _crm(platform), services.clock()
            given = {each.key: typed(form, each.key, longest=_LONGEST) for each in connector.fields}
            name = name_of(typed(form, "name")) or connector.title
            calls, tasks = _writes(typed(form, "calls")), typed(form, "tasks") == "yes"
            try:
                made = connect_crm(
                    connection,
                    here.account.id,
                    connector,
                    given,
                    name=name,
                    writes_calls=calls,
                    writes_tasks=tasks,
                    box=services.box,
                    now=now,
                )
            except FieldsMissing as error:
                wrong = here.language.say("settings.crm.missing")
                return _one(here, connector, given=given, missing=error.keys, wrong=wrong, calls=calls, tasks=tasks)
            details = {"name": name, "platform": connector.title}
            note(connection, here.account.id, here.who, "crm.connected", made.id, details, at=now)
        return back_to(PATH, done="crm_connected")

    @routes.post(f"{PATH}/{{id}}")
    def change(request: Request, id: str, form: Posted) -> Response:
        with changing(services, request, Right.SET_UP) as (here, connection):
            whole_business(here)
            crm, now = _mine(services, here, connection, id), services.clock()
            connector = _crm(crm.crm)
            given = {each.key: typed(form, each.key, longest=_LONGEST) for each in connector.fields}
            try:
                change_crm_keys(
                    connection,
                    crm,
                    connector,
                    given,
                    writes_calls=_writes(typed(form, "calls")),
                    writes_tasks=typed(form, "tasks") == "yes",
                    box=services.box,
                )
            except FieldsMissing:
                return _listed(services, here, connection, wrong=here.language.say("settings.crm.missing"))
            note(connection, here.account.id, here.who, "crm.changed", id, {"name": crm.name}, at=now)
        return back_to(PATH, done="settings_kept")

    @routes.post(f"{PATH}/{{id}}/remove")
    def remove(request: Request, id: str) -> Response:
        with changing(services, request, Right.SET_UP) as (here, connection):
            whole_business(here)
            crm, now = _mine(services, here, connection, id), services.clock()
            remove_crm(connection, here.account.id, id, now=now)
            note(connection, here.account.id, here.who, "crm.removed", id, {"name": crm.name}, at=now)
        return back_to(PATH, done="crm_removed")

    return routes


def _listed(services: Services, here: Visit, connection: sa.Connection, *, wrong: str | None = None) -> Response:
    found = read_crms(connection, services.box, account=here.account.id)
    context = Crms(
        crms=tuple(_line(services, here, connection, each) for each in found),
        known=tuple((each.name, each.title) for each in CRMS),
        calls=_choices(here),
        wrong=wrong,
    )
    return page("settings_crm.html", here.frame, context, status=422 if wrong else 200)


def _one(
    here: Visit,
    connector: Connector,
    *,
    given: dict[str, str] | None = None,
    missing: tuple[str, ...] = (),
    wrong: str | None = None,
    calls: str = "missed",
    tasks: bool = True,
) -> Response:
    code = here.language.code
    context = ConnectCrm(
        platform=connector.name,
        title=connector.title,
        name=connector.title,
        fields=tuple(_fields(connector, here, given=given or {}, missing=missing)),
        calls=_choices(here),
        call=calls,
        tasks=tasks,
        writes=connector.activities is not None,
        steps=as_html(setup_page(connector.name, code, hook_url="", public_url=""), here.language),
        wrong=wrong,
    )
    return page("settings_crm_one.html", here.frame, context, status=422 if wrong else 200)


def _line(services: Services, here: Visit, connection: sa.Connection, crm: CrmConnection) -> CrmLine:
    language, connector = here.language, _KNOWN.get(crm.crm)
    if crm.problem is not None:
        kind, health = "bad", say_problems(language, [crm.problem])
    elif crm.read_at is None:
        kind, health = "busy", language.say("settings.crm.reading")
    else:
        at = since(crm.read_at, services.clock(), here.zone, language)
        kind, health = "good", language.say("settings.crm.read", at=at)
    counts = tally(connection, crm.id)
    waiting = counts.get(WriteState.INTENDED, 0) + counts.get(WriteState.ASKING, 0)
    written = language.say(
        "settings.crm.written",
        written=counts.get(WriteState.WRITTEN, 0),
        waiting=waiting,
        refused=counts.get(WriteState.REFUSED, 0),
    )
    return CrmLine(
        id=crm.id,
        name=crm.name,
        title=crm.crm if connector is None else connector.title,
        kind=kind,
        health=health,
        written=written if counts else "",
        calls=crm.writes_calls,
        tasks=crm.writes_tasks,
        writes=connector is not None and connector.activities is not None,
        fields=() if connector is None else tuple(_fields(connector, here, crm=crm)),
    )


def _fields(
    connector: Connector,
    here: Visit,
    *,
    crm: CrmConnection | None = None,
    given: dict[str, str] | None = None,
    missing: tuple[str, ...] = (),
) -> Iterator[CrmField]:
    english = here.language.code == "en"
    known = {} if crm is None else crm.settings
    told = given or {}
    for each in connector.fields:
        yield CrmField(
            key=each.key,
            label=here.language.set(each.english if english else each.french),
            secret=each.secret,
            required=each.required,
            value="" if each.secret else told.get(each.key) or known.get(each.key, each.default),
            kept=crm is not None and each.key in crm.secret,
            wrong=here.language.say("settings.crm.wanted") if each.key in missing else None,
        )


def _choices(here: Visit) -> tuple[tuple[str, str], ...]:
    return tuple((each, here.language.say(f"settings.crm.calls.{each}")) for each in WRITES)


def _writes(word: str) -> str:
    return word if word in WRITES else "none"


def _crm(name: str) -> Connector:
    """The CRM ``name``. Raises HTTPException 404."""
    if name not in _KNOWN:
        raise HTTPException(404)
    return _KNOWN[name]


def _mine(services: Services, here: Visit, connection: sa.Connection, id: str) -> CrmConnection:
    """A CRM of the business. Raises HTTPException 404."""
    known = {each.id: each for each in read_crms(connection, services.box, account=here.account.id)}
    if id not in known:
        raise HTTPException(404)
    return known[id]
