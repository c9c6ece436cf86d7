"""``/campaigns``: the outbound campaigns, each with its three indicators, and a form to count another."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

import sqlalchemy as sa
from fastapi import APIRouter
from starlette.concurrency import run_in_threadpool
from starlette.datastructures import FormData
from starlette.requests import Request
from starlette.responses import Response

from decroche.capture.files.errors import UnreadableFile
from decroche.ledger.audit_log import note
from decroche.ledger.campaign_calls import TooManyDials
from decroche.ledger.campaigns import Campaign, add_campaign, campaign_of, campaigns_of
from decroche.ledger.changing import NotThere
from decroche.ledger.recovery_settings import settings_of
from decroche.model.campaign import CampaignCounts
from decroche.model.member import Right
from decroche.model.money import currency_of
from decroche.prove.campaign_terms import KEYS, BadTerm, read_terms
from decroche.prove.campaign_words import Shown, figures
from decroche.prove.kpis.campaign_indicators import indicators
from decroche.prove.service_campaigns import counted_from_house
from decroche.recover.settings import read_settings
from decroche.web.access import Services, Visit, changing, visit
from decroche.web.addresses import back_to
from decroche.web.campaign_files import MOST_BYTES, counted, why_not, with_form
from decroche.web.first_steps import Posted, typed, whole_business
from decroche.web.house_campaigns import FIELDS, where_of
from decroche.web.rendering import page

HERE = "/campaigns"
_MOST = 50
#: The fields of a campaign's money, in their order; the others are for programs and the command.
TERMS = ("cost", "margin", "closing", "revenue", "profit", "goal")


@dataclass(frozen=True, slots=True, kw_only=True)
class CampaignLine:
    """A campaign of the list, its figures ready to show."""

    href: str
    name: str
    period: str
    conversion: Shown
    cost: Shown
    returns: Shown


@dataclass(frozen=True, slots=True, kw_only=True)
class CampaignsPage:
    """What the page needs; ``given`` is what stands in the form, ``wrong`` what is wrong with it by field."""

    campaigns: tuple[CampaignLine, ...]
    more: str | None
    given: dict[str, str]
    wrong: dict[str, str]
    terms: tuple[str, ...]
    most: int
    own: bool


def router(services: Services) -> APIRouter:
    """The routes of the page."""
    routes = APIRouter(include_in_schema=False)

    def shown(
        here: Visit,
        connection: sa.Connection,
        *,
        given: dict[str, str] | None = None,
        wrong: dict[str, str] | None = None,
        after: str | None = None,
        own: bool = False,
    ) -> Response:
        found = campaigns_of(connection, here.account.id, most=_MOST + 1, after=_after(connection, here, after))
        context = CampaignsPage(
            campaigns=tuple(_line(each, here) for each in found[:_MOST]),
            more=f"{HERE}?after={found[_MOST - 1].id}" if len(found) > _MOST else None,
            given=dict.fromkeys(("name", *FIELDS, *TERMS), "") | {"days": "30"} | (given or {}),
            wrong=wrong or {},
            terms=TERMS,
            most=MOST_BYTES // 1_000_000,
            own=own,
        )
        return page("campaigns.html", here.frame, context, status=422 if wrong else 200)

    @routes.get(HERE)
    def show(request: Request, after: str | None = None) -> Response:
        with visit(services, request, Right.SUPERVISE) as here, services.ledger.reading() as connection:
            whole_business(here)
            return shown(here, connection, after=after)

    def refused(request: Request, wrong: dict[str, str], given: dict[str, str] | None = None) -> Response:
        with visit(services, request, Right.SUPERVISE) as here, services.ledger.reading() as connection:
            said = {field: here.language.say(word) if word.startswith("campaign.") else word
                    for field, word in wrong.items()}  # fmt: skip
            return shown(here, connection, given=given, wrong=said)

    def taken(request: Request, form: FormData) -> Response:
        given = {name: typed(form, name) for name in ("name", *TERMS)}
        now = services.clock()
        with visit(services, request, Right.SUPERVISE) as here:
            language = here.language
        wrong = wrong_terms(given)
        if not given["name"]:
            wrong["name"] = "campaign.wrong.name"
        if wrong:
            return refused(request, wrong, given)
        try:
            counts, reading = counted(form.get("file"), now)
        except UnreadableFile as error:
            return refused(request, {"file": why_not(error, language)}, given)
        with changing(services, request, Right.SUPERVISE) as (here, connection):
            terms = {"currency": currency_of(str(here.about["country"])), **told_terms(given)}
            id = add_campaign(
                connection, here.account.id, name=given["name"], terms=terms, counts=counts,
                reading=reading, now=now,
            )  # fmt: skip
            note(connection, here.account.id, here.who, "campaign.added", id, {"name": given["name"]}, at=now)
        return back_to(f"{HERE}/{id}", done="campaign_kept")

    @routes.post(f"{HERE}/own")
    def count_own(request: Request, form: Posted) -> Response:
        given = {name: typed(form, name, longest=2000) for name in ("name", *FIELDS, *TERMS)}
        with changing(services, request, Right.SUPERVISE) as (here, connection):
            whole_business(here)
            where, wrong = where_of(given)
            wrong |= wrong_terms(given)
            if not given["name"]:
                wrong["name"] = "campaign.wrong.name"
            currency = read_settings(settings_of(connection, here.account.id)).currency
            now = services.clock()
            if where is not None and not wrong:
                try:
                    counts, reading, house = counted_from_house(
                        connection, here.account.id, where, name=given["name"], zone=str(here.about["zone"]),
                        currency=currency, now=now,
                    )  # fmt: skip
                except TooManyDials:
                    wrong["lines"] = "campaign.wrong.too_many"
            if where is None or wrong:
                said = {field: here.language.say(word) for field, word in wrong.items()}
                return shown(here, connection, given=given, wrong=said, own=True)
            terms = {"currency": currency, **told_terms(given)}
            id = add_campaign(
                connection, here.account.id, name=given["name"], terms=terms, counts=counts, reading=reading,
                house=house, now=now,
            )  # fmt: skip
            note(connection, here.account.id, here.who, "campaign.added", id, {"name": given["name"]}, at=now)
        return back_to(f"{HERE}/{id}", done="campaign_kept")

    def allowed(request: Request) -> None:
        with visit(services, request, Right.SUPERVISE) as here:
            whole_business(here)

    @routes.post(HERE)
    async def take(request: Request) -> Response:
        # Who may not is turned away before a byte of the file is read.
        await run_in_threadpool(allowed, request)
        return await with_form(
            request,
            lambda word: refused(request, {"file": f"campaign.failed.{word}"}),
            lambda form: taken(request, form),
        )

    return routes


def told_terms(given: dict[str, str]) -> dict[str, str]:
    """What was told of a campaign's money; what is empty is left out."""
    return {key: given[key] for key in KEYS if given.get(key)}


def wrong_terms(given: dict[str, str]) -> dict[str, str]:
    """The sentence of what cannot be read, by field; empty when all can."""
    try:
        read_terms(told_terms(given))
    except BadTerm as error:
        return {
            error.key: "campaign.wrong.share" if error.key in ("closing", "profit", "goal") else "campaign.wrong.amount"
        }
    return {}


def said_period(counts: CampaignCounts, here: Visit) -> str:
    """The days of a campaign's dials."""
    if counts.first is None or counts.last is None:
        return "–"
    return here.language.say("campaign.period", first=counts.first, last=counts.last)


def _line(found: Campaign, here: Visit) -> CampaignLine:
    terms = read_terms(found.terms)
    shown = list(figures(indicators(found.counts.total, terms), terms, here.language))
    known = next((each for each in shown[:3] if each.missing is None), shown[0])
    by_name = {each.name: each for each in shown}
    return CampaignLine(
        href=f"{HERE}/{found.id}",
        name=found.name,
        period=said_period(found.counts, here),
        conversion=known,
        cost=by_name[here.language.say("campaign.cpq")],
        returns=by_name[here.language.say("campaign.roi_margin")],
    )


def _after(connection: sa.Connection, here: Visit, id: str | None) -> tuple[datetime, str] | None:
    """Where a list goes on; an address that names no campaign of ours begins it anew."""
    if id is None:
        return None
    try:
        found = campaign_of(connection, here.account.id, id)
    except NotThere:
        return None
    return found.created_at, found.id
