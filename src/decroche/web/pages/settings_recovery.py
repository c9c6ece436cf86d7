"""``/settings/recovery``: by which name, number and sender texts go out, what they may cost, and the switch."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import asdict, dataclass
from datetime import datetime
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
from decroche.recover.activation import sender_obstacles
from decroche.recover.holdout_proposal import Decision, Proposal
from decroche.recover.settings import BadSettings, RecoverySettings, Way
from decroche.recover.slots import SlotSettings
from decroche.recover.toml_tables import BadFile
from decroche.recover.workflows.configuring import (
    NotReady,
    Wishes,
    against,
    change_settings,
    holdout_proposal,
    offer_no_slots,
    offers_slots,
    read_wishes,
)
from decroche.rules.outreach import Sector
from decroche.web.access import Services, Visit, changing, visit
from decroche.web.addresses import back_to
from decroche.web.first_steps import FIRST_RUN, Posted, Stepper, bases, stepper, typed, whole_business
from decroche.web.people import who
from decroche.web.rendering import page

CURRENCIES = ("EUR", "CAD", "CHF", "USD", "GBP")
_SLOTS = ("minutes", "capacity", "lead_minutes", "horizon_days", "tolerance_minutes")
_AMOUNTS = ("price_per_segment", "daily_cap", "value")
#: The most ways that the form offers.
_WAYS = 3


@dataclass(frozen=True, slots=True, kw_only=True)
class RecoveryPage:
    """What the page needs. ``given`` is what stands in the fields; ``ways`` the platform and the sender of each way;
    ``obstacles`` stand against switching it on, and ``lacks`` are those that a first run tells while it is set up;
    ``playbook`` offers times, and ``no_links``: nobody told under which address; ``proposal`` says whether a hold-out
    would prove something, ``cost`` what it would cost, and ``share`` how large it would be; ``alarm`` what a word of
    emergency does; ``on_page``: nothing but the switch is shown.
    """

    base: str
    stepper: Stepper | None
    on_page: bool
    active: bool
    obstacles: tuple[str, ...]
    lacks: tuple[str, ...]
    playbook: str
    no_links: bool
    given: dict[str, str]
    ways: tuple[tuple[str, str], ...]
    endpoints: tuple[tuple[str, str], ...]
    currencies: tuple[tuple[str, str], ...]
    sectors: tuple[tuple[str, str], ...]
    alarm: str
    slots: tuple[tuple[str, str, str], ...]
    proposal: str
    cost: str
    share: str
    wrong: str | None
    wrong_of: str


def router(services: Services) -> APIRouter:
    """The routes of the page."""
    routes = APIRouter(include_in_schema=False)
    for base in (*bases("recovery"), f"{FIRST_RUN}/on"):
        _add(routes, services, base)
    return routes


def _add(routes: APIRouter, services: Services, base: str) -> None:
    def shown(
        here: Visit,
        connection: sa.Connection,
        *,
        given: dict[str, str] | None = None,
        wrong: str | None = None,
        wrong_of: str = "",
    ) -> Response:
        now, language = services.clock(), here.language
        known = read_wishes(connection, here.account.id, services.platforms, box=services.box)
        proposal = holdout_proposal(connection, here.account.id, now=now)
        proposed = _proposed(here, known)
        obstacles = against(known, known.settings, now)
        begun = bool(known.settings.business or known.settings.phone or known.settings.ways)
        no_links = any(each.word == "no_links" for each in obstacles)
        offering = [each.title(language.code) for each in known.in_use if offers_slots(each)]
        fields = {**_written(known.settings, services, language), **proposed, **(given or {})}
        context = RecoveryPage(
            base=base,
            stepper=stepper(base, here, connection, services),
            on_page=base.endswith("/on"),
            active=known.settings.active,
            obstacles=tuple(each.said(language) for each in obstacles),
            lacks=tuple(each.said(language) for each in obstacles) if begun and not wrong else (),
            playbook=offering[0] if offering else "",
            no_links=no_links,
            given=fields,
            ways=tuple(_ways(known.settings, given or proposed)),
            endpoints=_endpoints(here, known, language),
            currencies=tuple((each, each) for each in CURRENCIES),
            sectors=tuple((str(each), language.say(f"recovery.sector.{each}")) for each in Sector),
            alarm=_alarm(known.settings, language),
            slots=tuple((name, language.say(f"recovery.slot.{name}"), fields[f"slot_{name}"]) for name in _SLOTS),
            proposal=_proposal(proposal, language),
            cost=_cost(proposal, language),
            share="" if proposal.share is None else f"{100 * proposal.share:g}",
            wrong=wrong,
            wrong_of=wrong_of,
        )
        return page("settings_recovery.html", here.frame, context, status=422 if wrong else 200)

    @routes.get(base)
    def show(request: Request) -> Response:
        with visit(services, request, Right.SET_UP) as here, services.ledger.reading() as connection:
            whole_business(here)
            return shown(here, connection)

    @routes.post(base)
    def keep(request: Request, form: Posted) -> Response:
        with changing(services, request, Right.SET_UP) as (here, connection):
            whole_business(here)
            now = services.clock()
            given = {key: typed(form, key, longest=1_000) for key in form}
            before = read_wishes(connection, here.account.id, services.platforms).settings
            try:
                wanted = msgspec.structs.replace(before, **_read(form, here.language, before))
                if refused := _refused_sender(connection, here, services, wanted):
                    number, said = refused
                    return shown(here, connection, given=given, wrong=said, wrong_of=f"sender_{number}")
                with connection.begin_nested():
                    change_settings(connection, here.account.id, wanted, services.platforms, now=now, box=services.box)
            except NotReady as error:
                said = " ".join(each.said(here.language) for each in error.obstacles)
                return shown(here, connection, given=given, wrong=said)
            except BadSettings as error:
                said, field = error.said(here.language), error.setting
                return shown(here, connection, given=given, wrong=said, wrong_of=field.replace("slots.", "slot_"))
            _note(connection, here, before, wanted, now)
        return back_to(base, done="settings_kept")

    @routes.post(f"{base}/without-times")
    def offer_none(request: Request) -> Response:
        with changing(services, request, Right.SET_UP) as (here, connection):
            whole_business(here)
            now, account = services.clock(), here.account.id
            try:
                with connection.begin_nested():
                    changed = offer_no_slots(connection, account, services.platforms, now=now)
            except BadFile as error:
                return shown(here, connection, wrong=" ".join(each.said(here.language) for each in error.problems))
            except NotReady as error:
                return shown(here, connection, wrong=" ".join(each.said(here.language) for each in error.obstacles))
            for site, department in changed:
                note(
                    connection,
                    account,
                    here.who,
                    "playbook.written",
                    "",
                    {"site": site, "department": department},
                    at=now,
                )
        return back_to(base, done="playbook_kept")

    @routes.post(f"{base}/switch")
    def switch(request: Request, form: Posted) -> Response:
        with changing(services, request, Right.SET_UP) as (here, connection):
            whole_business(here)
            on, now = typed(form, "on") == "yes", services.clock()
            before = read_wishes(connection, here.account.id, services.platforms).settings
            try:
                with connection.begin_nested():
                    wanted = msgspec.structs.replace(before, active=on)
                    change_settings(connection, here.account.id, wanted, services.platforms, now=now, box=services.box)
            except (NotReady, BadSettings):
                return shown(here, connection, wrong=here.language.say("recovery.not_ready"))
            word = "settings.recovery_on" if on else "settings.recovery_off"
            note(connection, here.account.id, here.who, word, at=now)
        return back_to("/callbacks" if on and base.startswith(FIRST_RUN) else base, done="on" if on else "off")


def _refused_sender(
    connection: sa.Connection, here: Visit, services: Services, wanted: RecoverySettings
) -> tuple[int, str] | None:
    """Which way has a sender that may not write, or none, and why; None when all may."""
    place = read_wishes(connection, here.account.id, services.platforms).place
    for number, way in enumerate(wanted.ways):
        for each in sender_obstacles(way, place):
            if each.word in ("sender", "no_sender"):
                return number, each.said(here.language)
    return None


def _note(
    connection: sa.Connection, here: Visit, before: RecoverySettings, after: RecoverySettings, now: datetime
) -> None:
    """Which settings changed, and to what; no numbers, no addresses."""
    told = {
        name: getattr(after, name)
        for name in RecoverySettings.__struct_fields__
        if getattr(after, name) != getattr(before, name)
    }
    for secret in {"phone", "team", "ways"} & told.keys():
        told[secret] = "…"
    if told:
        note(connection, here.account.id, here.who, "settings.recovery", "", told, at=now)


def _read(form: FormData, language: Language, before: RecoverySettings) -> dict[str, Any]:
    """The settings that a form tells; what it does not have stays. Raises BadSettings."""
    values: dict[str, Any] = {name: typed(form, name) for name in ("business", "phone", "links") if name in form}
    for name in _AMOUNTS:
        if name in form:
            told = typed(form, name)
            values[name] = None if not told and name != "price_per_segment" else _amount(told or "0", name, language)
    if "currency" in form and typed(form, "currency") in CURRENCIES:
        values["currency"] = typed(form, "currency")
    if "sector" in form:
        values["sector"] = typed(form, "sector")
    if "holdout" in form:
        values["holdout"] = _amount(typed(form, "holdout") or "0", "holdout", language) / 100
    for name in ("emergency_words", "emergency_places"):
        if name in form:
            told = typed(form, name, longest=1_000)
            values[name] = tuple(each.strip() for each in told.split(",") if each.strip())
    if values.get("emergency_words") == before.alarm_words:
        # Who leaves the usual words as they stand chooses none.
        values["emergency_words"] = before.emergency_words
    if "endpoint_0" in form:
        pairs = [(typed(form, f"endpoint_{each}"), typed(form, f"sender_{each}")) for each in range(_WAYS)]
        values["ways"] = tuple(Way(endpoint=endpoint, sender=sender) for endpoint, sender in pairs if endpoint)
    if "slot_minutes" in form:
        values["slots"] = {
            name: int(_amount(typed(form, f"slot_{name}"), f"slots.{name}", language)) for name in _SLOTS
        }
    return values


def _amount(told: str, setting: str, language: Language) -> float:
    try:
        found = float(told.replace(",", ".").replace("\u202f", "").replace("\xa0", "").replace(" ", ""))
    except ValueError:
        raise BadSettings("negative", setting, name=setting) from None
    if not 0 <= found < 1_000_000:
        raise BadSettings("negative", setting, name=setting)
    return found


def _written(settings: RecoverySettings, services: Services, language: Language) -> dict[str, str]:
    """The settings as they stand in fields."""
    slots: Mapping[str, int] = {**asdict(SlotSettings()), **settings.slots}
    amounts = {name: getattr(settings, name) for name in _AMOUNTS}
    comma = "." if language.code == "en" else ","
    return {
        "business": settings.business,
        "phone": settings.phone,
        "links": settings.links or services.public_url or "",
        "currency": settings.currency,
        "sector": settings.sector,
        "holdout": f"{100 * settings.holdout:g}",
        "emergency_words": ", ".join(settings.alarm_words),
        "emergency_places": ", ".join(settings.emergency_places),
        **{name: "" if value is None else f"{value:g}".replace(".", comma) for name, value in amounts.items()},
        **{f"slot_{name}": str(slots[name]) for name in _SLOTS},
    }


def _proposed(here: Visit, known: Wishes) -> dict[str, str]:
    """What stands in fields that nobody filled yet, by what the business told elsewhere; kept only when it is sent."""
    wanted, found = known.settings, dict[str, str]()
    if not wanted.business:
        found["business"] = str(here.about["name"])
    numbers = [row["number"] for row in here.account.lines() if row["number"] is not None]
    if not wanted.phone and numbers:
        found["phone"] = who(f"+{numbers[0]}", here.language, whole=True, country=here.about["country"])
    if not wanted.ways:
        for row in here.account.endpoints():
            sender = row["settings"].get("sender", "").strip()
            if sender and row["id"] in known.place.able and not known.place.lacking.get(row["id"]):
                return {**found, "endpoint_0": row["id"], "sender_0": sender}
    return found


def _ways(settings: RecoverySettings, given: Mapping[str, str] | None) -> Iterator[tuple[str, str]]:
    """One field more than there are ways."""
    kept = [(each.endpoint, each.sender) for each in settings.ways]
    if given is not None and "endpoint_0" in given:
        kept = [(given.get(f"endpoint_{each}", ""), given.get(f"sender_{each}", "")) for each in range(_WAYS)]
        kept = [each for each in kept if any(each)]
    yield from [*kept, ("", "")][:_WAYS]


def _endpoints(here: Visit, known: Wishes, language: Language) -> tuple[tuple[str, str], ...]:
    """The connected platforms that send texts."""
    able = tuple((row["id"], row["name"]) for row in here.account.endpoints() if row["id"] in known.place.able)
    return (("", language.say("recovery.no_way")), *able)


def _alarm(settings: RecoverySettings, language: Language) -> str:
    """What happens, by the settings that are kept, when somebody writes of an emergency."""
    if not settings.alarm_words:
        return language.say("recovery.emergency_words_none")
    said = language.say("recovery.emergency_words_wake")
    usual = settings.emergency_words is None
    return f"{said} {language.say('recovery.emergency_words_usual')}" if usual else said


def _proposal(found: Proposal, language: Language) -> str:
    shown = {
        "share": "–" if found.share is None else language.percent(found.share, 0),
        "weeks": "–" if found.weeks is None else language.number(found.weeks),
        "effect": language.number(100 * found.effect),
        "held_out": "–" if found.held_out is None else language.number(found.held_out),
    }
    return language.write(language.text(found.why), **shown)


def _cost(found: Proposal, language: Language) -> str:
    if found.decision is not Decision.PROPOSED or found.recoveries is None:
        return ""
    return language.say("recovery.holdout_cost", low=round(found.recoveries.low), high=round(found.recoveries.high))
