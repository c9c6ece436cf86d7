"""``/api/v1/campaigns``: the outbound campaigns of a business, their figures, and what was decided about them."""

from __future__ import annotations

from collections.abc import Mapping

import sqlalchemy as sa
from fastapi import APIRouter

from decroche.api.access import Caller, Reader, Writer
from decroche.api.campaign_schemas import (
    CampaignChange,
    CampaignDecisionIn,
    CampaignDecisionOut,
    CampaignFiguresOut,
    CampaignIn,
    CampaignOut,
    HeldOut,
    HouseOut,
    WhereOut,
    campaign_figures,
)
from decroche.api.contacts import Cursor
from decroche.api.costs import currency_of
from decroche.api.errors import Conflict, NotAcceptable, responses
from decroche.api.presenting import cursor_text, read_cursor
from decroche.api.schemas import Id, Page
from decroche.language import Language
from decroche.ledger.campaign_calls import TooManyDials
from decroche.ledger.campaigns import (
    Campaign,
    House,
    KeptReading,
    add_campaign,
    add_decision,
    campaign_of,
    campaigns_of,
    change_terms,
    count_again,
    decisions_of,
    remove_campaign,
)
from decroche.ledger.tables import accounts
from decroche.model.campaign import CampaignCounts, Where
from decroche.model.money import CurrencyMismatch
from decroche.prove.campaign_terms import KEYS, BadTerm, read_terms
from decroche.prove.kpis.campaign_decisions import Decision, look_back
from decroche.prove.service_campaigns import counted_from_house

router = APIRouter(tags=["campaigns"], generate_unique_id_function=lambda route: route.name)

_MOST = 50


@router.get("/campaigns", responses=responses())
def list_campaigns(caller: Reader, cursor: Cursor = None) -> Page[CampaignOut]:
    """The campaigns, the newest first."""
    with caller.services.ledger.reading() as connection:
        found = campaigns_of(connection, caller.account, most=_MOST + 1, after=read_cursor(cursor))
    last = found[_MOST - 1] if len(found) > _MOST else None
    following = None if last is None else cursor_text((last.created_at, last.id))
    return Page(items=[_campaign(each) for each in found[:_MOST]], next=following)


@router.post("/campaigns", status_code=201, responses=responses(413))
def create_campaign(caller: Writer, given: CampaignIn) -> CampaignOut:
    """Count a campaign from the calls, opportunities, sales and costs that are here."""
    _checked(given.terms)
    where = Where(
        begins=given.where.begins,
        ends=given.where.ends,
        lines=tuple(given.where.lines),
        queues=tuple(given.where.queues),
        words=tuple(given.where.words),
        days=given.where.days,
    )
    if where.ends is not None and where.ends < where.begins:
        raise NotAcceptable("The last day is before the first.", "where")
    with caller.services.ledger.writing() as connection:
        currency = given.terms.get("currency", currency_of(connection, caller.account)).upper()
        counts, reading, house = _from_house(caller, connection, where, name=given.name, currency=currency)
        id = add_campaign(
            connection,
            caller.account,
            name=given.name,
            terms={"currency": currency, **given.terms},
            counts=counts,
            reading=reading,
            house=house,
            now=caller.services.clock(),
        )
        return _campaign(campaign_of(connection, caller.account, id))


@router.post("/campaigns/{id}/count", responses=responses(404, 409))
def count_campaign_again(caller: Writer, id: Id) -> CampaignOut:
    """Count a campaign of the house anew, with what has come since."""
    with caller.services.ledger.writing() as connection:
        found = campaign_of(connection, caller.account, id)
        if found.house is None:
            raise Conflict("This campaign was read from a file: count it again from a file.")
        counts, reading, house = _from_house(
            caller, connection, found.house.where, name=found.name, currency=read_terms(found.terms).currency
        )
        count_again(
            connection, caller.account, id, counts=counts, reading=reading, house=house, now=caller.services.clock()
        )
        return _campaign(campaign_of(connection, caller.account, id))


def _from_house(
    caller: Caller, connection: sa.Connection, where: Where, *, name: str, currency: str
) -> tuple[CampaignCounts, KeptReading, House]:
    zone = connection.execute(sa.select(accounts.c.zone).where(accounts.c.id == caller.account)).scalar_one()
    try:
        return counted_from_house(
            connection, caller.account, where, name=name, zone=zone, currency=currency, now=caller.services.clock()
        )
    except TooManyDials as error:
        raise NotAcceptable("These are more than 500,000 calls: name lines, or fewer days.", "where") from error
    except CurrencyMismatch as error:
        raise NotAcceptable("The cost lines of the business are in another currency.", "terms") from error


@router.get("/campaigns/{id}", responses=responses(404))
def read_campaign(caller: Reader, id: Id) -> CampaignOut:
    """One campaign."""
    with caller.services.ledger.reading() as connection:
        return _campaign(campaign_of(connection, caller.account, id))


@router.get("/campaigns/{id}/figures", responses=responses(404))
def read_campaign_figures(caller: Reader, id: Id) -> CampaignFiguresOut:
    """Its three indicators, attempts, weeks, parts, sales still to come, and the lever to pull first."""
    with caller.services.ledger.reading() as connection:
        found = campaign_of(connection, caller.account, id)
    return campaign_figures(found.counts, read_terms(found.terms), Language("en"))


@router.patch("/campaigns/{id}", responses=responses(404, 413))
def change_campaign(caller: Writer, id: Id, given: CampaignChange) -> CampaignOut:
    """Tell its name, its money or its goals anew: the figures follow."""
    if given.terms is not None:
        _checked(given.terms)
    with caller.services.ledger.writing() as connection:
        found = campaign_of(connection, caller.account, id)
        terms = found.terms if given.terms is None else given.terms
        change_terms(connection, caller.account, id, name=given.name or found.name, terms=terms)
        return _campaign(campaign_of(connection, caller.account, id))


@router.delete("/campaigns/{id}", status_code=204, responses=responses(404))
def delete_campaign(caller: Writer, id: Id) -> None:
    """Forget a campaign and the decisions on it."""
    with caller.services.ledger.writing() as connection:
        remove_campaign(connection, caller.account, id)


@router.get("/campaigns/{id}/decisions", responses=responses(404))
def list_campaign_decisions(caller: Reader, id: Id) -> Page[CampaignDecisionOut]:
    """What was decided, the latest first, and what came of it."""
    with caller.services.ledger.reading() as connection:
        found = campaign_of(connection, caller.account, id)
        decided = decisions_of(connection, caller.account, id)
    items = []
    for each in decided:
        back = look_back(found.counts.weeks, decided=each.decided_on)
        items.append(
            CampaignDecisionOut(
                id=each.id,
                kind=Decision(each.kind),
                reason=each.reason,
                decided_on=each.decided_on,
                who=each.who,
                since=back.since,
                before=back.before.value,
                before_n=back.before.denominator,
                after=back.after.value,
                after_n=back.after.denominator,
                difference_low=back.low,
                difference_high=back.high,
            )
        )
    return Page(items=items)


@router.post("/campaigns/{id}/decisions", status_code=201, responses=responses(404, 413))
def create_campaign_decision(caller: Writer, id: Id, given: CampaignDecisionIn) -> Page[CampaignDecisionOut]:
    """Write down what was decided. Answers all decisions on the campaign."""
    with caller.services.ledger.writing() as connection:
        add_decision(
            connection,
            caller.account,
            id,
            kind=given.kind,
            reason=given.reason,
            decided_on=given.decided_on,
            who=caller.bearer.name,
            now=caller.services.clock(),
        )
    return list_campaign_decisions(caller, id)


def _checked(terms: Mapping[str, str]) -> None:
    """Raises NotAcceptable for terms that are none."""
    if set(terms) - set(KEYS):
        raise NotAcceptable(f"Terms are {', '.join(KEYS)}.", "terms")
    try:
        read_terms(terms)
    except BadTerm as error:
        raise NotAcceptable(f"{error.key} cannot be read: “{error.text}”.", "terms") from error


def _house(found: House) -> HouseOut:
    held = {name: getattr(found.held, name) for name in HeldOut.model_fields}
    where = {name: getattr(found.where, name) for name in WhereOut.model_fields}
    lists = {name: list(value) for name, value in where.items() if isinstance(value, tuple)}
    return HouseOut(where=WhereOut(**{**where, **lists}), held=HeldOut(**held))


def _campaign(found: Campaign) -> CampaignOut:
    return CampaignOut(
        id=found.id,
        name=found.name,
        terms=dict(found.terms),
        rows_read=found.reading.rows_read,
        rows_kept=found.reading.kept,
        rows_left_out={**found.reading.ignored, **found.reading.rejected},
        house=None if found.house is None else _house(found.house),
        created_at=found.created_at,
        counted_at=found.counted_at,
    )
