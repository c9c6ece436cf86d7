"""``/api/v1/campaigns``: the outbound campaigns of a business, their figures, and what was decided about them."""

from __future__ import annotations

from fastapi import APIRouter

from decroche.api.access import Reader, Writer
from decroche.api.campaign_schemas import (
    CampaignChange,
    CampaignDecisionIn,
    CampaignDecisionOut,
    CampaignFiguresOut,
    CampaignOut,
    campaign_figures,
)
from decroche.api.contacts import Cursor
from decroche.api.errors import NotAcceptable, responses
from decroche.api.presenting import cursor_text, read_cursor
from decroche.api.schemas import Id, Page
from decroche.language import Language
from decroche.ledger.campaigns import (
    Campaign,
    add_decision,
    campaign_of,
    campaigns_of,
    change_terms,
    decisions_of,
    remove_campaign,
)
from decroche.prove.campaign_terms import KEYS, BadTerm, read_terms
from decroche.prove.kpis.campaign_decisions import Decision, look_back

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
        unknown = sorted(set(given.terms) - set(KEYS))
        if unknown:
            raise NotAcceptable(f"Terms are {', '.join(KEYS)}.", "terms")
        try:
            read_terms(given.terms)
        except BadTerm as error:
            raise NotAcceptable(f"{error.key} cannot be read: “{error.text}”.", "terms") from error
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


def _campaign(found: Campaign) -> CampaignOut:
    return CampaignOut(
        id=found.id,
        name=found.name,
        terms=dict(found.terms),
        rows_read=found.reading.rows_read,
        rows_kept=found.reading.kept,
        rows_left_out={**found.reading.ignored, **found.reading.rejected},
        created_at=found.created_at,
        counted_at=found.counted_at,
    )
