"""``/settings/privacy/papers``: who receives data of people, and an impact assessment to complete, with known facts.

Both stand there in French first, then in English: papers that a business completes and keeps.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime
from urllib.parse import urlsplit

import sqlalchemy as sa
from fastapi import APIRouter
from starlette.requests import Request
from starlette.responses import Response

from decroche.connector_kit.connector import Connector
from decroche.connectors.crms import CRMS
from decroche.connectors.vendors import CRM_VENDORS, VENDORS, outside
from decroche.language import Language
from decroche.ledger.audit_log import note
from decroche.ledger.crm_connections import read_crms
from decroche.ledger.keeping import WHAT, retention_of
from decroche.ledger.member_tables import audit_log, sign_in_rules
from decroche.ledger.members import members_of
from decroche.ledger.outgoing import webhooks_of
from decroche.ledger.recovery_tables import push_subscriptions
from decroche.model.member import Right
from decroche.recover.workflows.configuring import read_wishes
from decroche.recover.workflows.surveying import surveyed
from decroche.web.access import Services, Visit, changing, visit
from decroche.web.addresses import back_to
from decroche.web.rendering import Sentences, page

PATH = "/settings/privacy/papers"
_SEEN = "privacy.transfer_acknowledged"
#: The parts of the assessment, each with what is known of this business and what is left to complete.
_PARTS = ("need", "what", "why", "data", "kept", "recipients", "rights", "risks", "colleagues", "decision")


@dataclass(frozen=True, slots=True, kw_only=True)
class Recipient:
    """Somebody who receives data: what they are to the business, who and where, and what they get."""

    name: str
    who: str
    where: str
    gets: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Part:
    """A part of the assessment: what is known, and what is left to complete."""

    title: str
    told: str
    to_fill: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Paper:
    """Both papers in one language, and that language's sentences."""

    code: str
    say: Sentences
    recipients: tuple[Recipient, ...]
    parts: tuple[Part, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Transfer:
    """A phone system whose vendor is abroad; ``seen`` says who took note of it and when, None: nobody has."""

    id: str
    name: str
    told: str
    seen: str | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Papers:
    """What the page needs."""

    transfers: tuple[Transfer, ...]
    papers: tuple[Paper, ...]


@dataclass(frozen=True, slots=True)
class _System:
    """A connected phone system, and whether texts go through it."""

    id: str
    name: str
    platform: Connector
    texts: bool


def router(services: Services) -> APIRouter:
    """The routes of the page."""
    routes = APIRouter(include_in_schema=False)

    @routes.get(PATH)
    def show(request: Request) -> Response:
        with visit(services, request, Right.OWN) as here, services.ledger.reading() as connection:
            french = here.language.code if here.language.code.startswith("fr") else "fr"
            systems = _systems(services, here, connection)
            context = Papers(
                transfers=tuple(_transfers(systems, here, connection)),
                papers=tuple(_paper(Language(code), systems, services, here, connection) for code in (french, "en")),
            )
            return page("privacy_papers.html", here.frame, context)

    @routes.post(f"{PATH}/{{id}}/acknowledge")
    def acknowledge(request: Request, id: str) -> Response:
        with changing(services, request, Right.OWN) as (here, connection):
            found = next((each for each in _systems(services, here, connection) if each.id == id), None)
            abroad = () if found is None else _abroad(found, here)
            if found is not None and abroad and id not in _acknowledged(connection, here.account.id):
                details = {"name": found.name, "countries": " ".join(abroad)}
                note(
                    connection,
                    here.account.id,
                    here.who,
                    "privacy.transfer_acknowledged",
                    id,
                    details,
                    at=services.clock(),
                )
        return back_to(PATH, done="transfer_acknowledged")

    return routes


def unseen_transfers(services: Services, here: Visit, connection: sa.Connection) -> tuple[str, ...]:
    """The phone systems whose vendor is abroad, and of which nobody took note."""
    seen = _acknowledged(connection, here.account.id)
    systems = _systems(services, here, connection)
    return tuple(each.name for each in systems if _abroad(each, here) and each.id not in seen)


def _systems(services: Services, here: Visit, connection: sa.Connection) -> list[_System]:
    known = {each.name: each for each in services.platforms}
    wishes = read_wishes(connection, here.account.id, services.platforms).settings
    ways = {each.endpoint for each in wishes.ways}
    return [
        _System(row["id"], row["name"], known[row["connector"]], row["id"] in ways)
        for row in here.account.endpoints()
        if row["connector"] in known
    ]


def _abroad(system: _System, here: Visit) -> tuple[str, ...]:
    return outside(VENDORS.get(system.platform.name), here.about["country"])


def _acknowledged(connection: sa.Connection, account: str) -> dict[str, tuple[str, datetime]]:
    """Who took note of which phone system, by its id."""
    c = audit_log.c
    query = sa.select(c.subject, c.by_name, c.at).where(c.account_id == account, c.action == _SEEN).order_by(c.id)
    return {row.subject: (row.by_name, row.at) for row in connection.execute(query)}


def _transfers(systems: list[_System], here: Visit, connection: sa.Connection) -> Iterator[Transfer]:
    seen, language = _acknowledged(connection, here.account.id), here.language
    for each in systems:
        if abroad := _abroad(each, here):
            row = seen.get(each.id)
            where = language.listing([language.country(code) for code in abroad])
            yield Transfer(
                id=each.id,
                name=each.name,
                told=language.say("papers.transfer", title=each.platform.title, where=where),
                seen=None
                if row is None
                else language.say("papers.seen", who=row[0], day=row[1].astimezone(here.zone).date()),
            )


def _paper(
    language: Language, systems: list[_System], services: Services, here: Visit, connection: sa.Connection
) -> Paper:
    recipients = (*_of_systems(systems, language), *_others(language, services, here, connection))
    values = _facts(language, systems, services, here, connection)
    return Paper(
        code=language.code,
        say=Sentences(language),
        recipients=recipients,
        parts=tuple(
            Part(
                title=language.say(f"papers.{name}.title"),
                told=language.say(f"papers.{name}.told", **values),
                to_fill=language.say(f"papers.{name}.fill"),
            )
            for name in _PARTS
        ),
    )


def _of_systems(systems: list[_System], language: Language) -> Iterator[Recipient]:
    for each in systems:
        vendor, platform = VENDORS.get(each.platform.name), each.platform
        gets = ["calls"]
        if platform.texts is not None:
            gets.append("texts" if each.texts else "no_texts")
        gets += ["placing"] if platform.calls is not None else []
        gets += ["voicemails"] if platform.voicemails is not None else []
        where = () if vendor is None else vendor.countries
        yield Recipient(
            name=f"{each.name} ({platform.title})",
            who=language.say("papers.own_machine") if vendor is None else vendor.name or language.say("papers.fill_in"),
            where=language.listing([language.country(code) for code in where]) or language.say("papers.fill_in"),
            gets=" ".join(language.say(f"papers.gets.{word}") for word in gets),
        )


def _others(language: Language, services: Services, here: Visit, connection: sa.Connection) -> Iterator[Recipient]:
    """Who else receives something, as far as this installation is set up."""
    fill, s = language.say("papers.fill_in"), push_subscriptions.c
    yield Recipient(name=language.say("papers.host"), who=fill, where=fill, gets=language.say("papers.gets.host"))
    if services.mail is not None:
        yield Recipient(name=language.say("papers.mail"), who=fill, where=fill, gets=language.say("papers.gets.mail"))
    if services.provider is not None:
        host = urlsplit(services.provider.issuer).hostname or ""
        gets = language.say("papers.gets.identity")
        yield Recipient(name=language.say("papers.identity"), who=host, where=fill, gets=gets)
    mine = sa.select(sa.literal(1)).where(s.account_id == here.account.id, s.gone_at.is_(None)).limit(1)
    if connection.execute(mine).first() is not None:
        yield Recipient(
            name=language.say("papers.push"), who=language.say("papers.push_who"), where=fill,
            gets=language.say("papers.gets.push"),
        )  # fmt: skip
    titles = {each.name: each.title for each in CRMS}
    for crm in read_crms(connection, services.box, account=here.account.id):
        vendor = CRM_VENDORS.get(crm.crm)
        yield Recipient(
            name=f"{crm.name} ({titles.get(crm.crm, crm.crm)})",
            who=fill if vendor is None else vendor.name,
            where=fill if vendor is None else language.listing([language.country(code) for code in vendor.countries]),
            gets=language.say("papers.gets.crm_written" if crm.writes else "papers.gets.crm_read"),
        )
    for row in webhooks_of(connection, here.account.id):
        word = "whole" if row.numbers else "masked"
        yield Recipient(
            name=language.say("papers.webhook"), who=urlsplit(row.url).hostname or "", where=fill,
            gets=language.say(f"papers.gets.webhook_{word}"),
        )  # fmt: skip


def _facts(
    language: Language, systems: list[_System], services: Services, here: Visit, connection: sa.Connection
) -> dict[str, object]:
    """What is known of the business, as the sentences of the assessment want it."""
    account = here.account.id
    kept, wishes = retention_of(connection, account), read_wishes(connection, account, services.platforms).settings
    rules = sa.select(sign_in_rules.c.owners_need_second).where(sign_in_rules.c.account_id == account)
    strict = bool(connection.execute(rules).scalar_one_or_none())
    members = members_of(connection, account)
    return {
        **{name: getattr(kept, name) for name in WHAT},
        "business": here.about["name"],
        "country": language.country(here.about["country"]),
        "systems": language.listing([f"{each.name} ({each.platform.title})" for each in systems])
        or language.say("papers.none"),
        "sites": len(here.account.sites()),
        "members": len(members),
        "second": sum(each.has_second for each in members),
        "sending": language.say("papers.sending_on" if wishes.active else "papers.sending_off"),
        "surveys": language.say("papers.surveys_on" if surveyed(connection, account) else "papers.surveys_off"),
        "strict": language.say("papers.strict" if strict else "papers.not_strict"),
    }
