"""``/api/v1/sources``, ``tracked-numbers`` and ``ad-calls``: where calls come from, and what each source brings."""

from __future__ import annotations

from datetime import timedelta
from typing import Annotated
from zoneinfo import ZoneInfo

from fastapi import APIRouter, Query

from decroche.api.access import Reader, Writer
from decroche.api.costs import currency_of
from decroche.api.errors import Conflict, NotAcceptable, NotFound, responses
from decroche.api.schemas import Day, Id, Page
from decroche.api.source_schemas import (
    AdCallDecisionIn,
    AdCallOut,
    PaidPartOut,
    PlatformOut,
    SourceGroupOut,
    SourceOut,
    SourcesOut,
    TrackingEnd,
    TrackingIn,
    TrackingOut,
    WonOut,
)
from decroche.ledger.ad_calls import KeptAdCall, NoCandidate, NoSuchAdCall, decide_ad_call, list_ad_calls
from decroche.ledger.tracked_numbers import (
    KeptTracking,
    NoSuchTracking,
    TooManyTracked,
    add_tracking,
    end_tracking,
    read_trackings,
    remove_tracking,
)
from decroche.model.board import Period
from decroche.model.money import CurrencyMismatch, Money
from decroche.model.source import BadTracking, Tracking, source_word
from decroche.prove.kpis.credits import USUAL_WINDOW, WINDOWS, Rule
from decroche.prove.kpis.sources import SourceFigures
from decroche.prove.service_sources import Sources, sources

router = APIRouter(tags=["sources"], generate_unique_id_function=lambda route: route.name)

_DAYS, _MOST_DAYS = 30, 1100


@router.get("/sources", responses=responses())
def read_sources(
    caller: Reader,
    since: Annotated[Day | None, Query(description="The first local day; 30 days up to today by default.")] = None,
    until: Annotated[Day | None, Query(description="The local day after the last.")] = None,
    rule: Annotated[Rule, Query(description="How a sale is divided among the contacts before it.")] = Rule.POSITION,
    window: Annotated[int, Query(description="Days before a sale: 30, 60, 90 or 180.")] = USUAL_WINDOW,
) -> SourcesOut:
    """What each source of calls costs and brings, and the waste of paid calls that nobody answered beside it."""
    services = caller.services
    with services.ledger.for_account(caller.account) as account:
        zone = ZoneInfo(account.about()["zone"])
    end = until or services.clock().astimezone(zone).date() + timedelta(days=1)
    far = any(each is not None and not 2000 <= each.year <= 2100 for each in (since, end))
    begin = since or (end if far else end - timedelta(days=_DAYS))
    if far or not 0 < (end - begin).days <= _MOST_DAYS:
        raise NotAcceptable("The period is empty, too long, or out of sight.", "until")
    if window not in WINDOWS:
        raise NotAcceptable("The window is 30, 60, 90 or 180 days.", "window")
    with services.ledger.reading() as connection:
        try:
            found = sources(
                connection,
                caller.account,
                period=Period(begin, end),
                zone=zone,
                currency=currency_of(connection, caller.account),
                rule=rule,
                window_days=window,
            )
        except CurrencyMismatch as error:
            raise Conflict("A cost is in another currency.") from error
    return sources_out(found)


@router.get("/tracked-numbers", responses=responses())
def list_tracked_numbers(caller: Reader) -> Page[TrackingOut]:
    """What the numbers of the business stand for, the newest first."""
    with caller.services.ledger.reading() as connection:
        kept = read_trackings(connection, caller.account)
    return Page(items=[tracking_out(each) for each in kept], next=None)


@router.post("/tracked-numbers", status_code=201, responses=responses(409, 413))
def create_tracked_number(caller: Writer, given: TrackingIn) -> TrackingOut:
    """Say what a number stands for."""
    services = caller.services
    with services.ledger.writing() as connection:
        try:
            tracking = Tracking(
                number=int(given.number[1:]),
                source=source_word(given.source),
                campaign=" ".join(given.campaign.split()),
                begins=given.begins,
                ends=given.ends,
            )
            id = add_tracking(connection, caller.account, tracking, now=services.clock())
        except BadTracking as error:
            raise _wrong(error) from error
        except TooManyTracked as error:
            raise Conflict("The business has told of as many numbers as it may.") from error
    return tracking_out(KeptTracking(id=id, tracking=tracking))


@router.patch("/tracked-numbers/{id}", responses=responses(404, 409, 413))
def end_tracked_number(caller: Writer, id: Id, given: TrackingEnd) -> TrackingOut:
    """Say which day is the last."""
    with caller.services.ledger.writing() as connection:
        try:
            return tracking_out(end_tracking(connection, caller.account, id, given.ends))
        except NoSuchTracking as error:
            raise NotFound("There is no such number.") from error
        except BadTracking as error:
            raise _wrong(error) from error


@router.delete("/tracked-numbers/{id}", status_code=204, responses=responses(404))
def delete_tracked_number(caller: Writer, id: Id) -> None:
    """Take it away, as if nobody had told it."""
    with caller.services.ledger.writing() as connection:
        try:
            remove_tracking(connection, caller.account, id)
        except NoSuchTracking as error:
            raise NotFound("There is no such number.") from error


@router.get("/ad-calls", responses=responses())
def list_platform_calls(
    caller: Reader,
    doubtful: Annotated[bool, Query(description="Only those that wait for a decision.")] = False,
    cursor: Id | None = None,
    limit: Annotated[int, Query(ge=1, le=200)] = 50,
) -> Page[AdCallOut]:
    """The calls that advertising platforms counted, the newest first."""
    with caller.services.ledger.reading() as connection:
        some, more = list_ad_calls(connection, caller.account, doubtful=doubtful, after=cursor, limit=limit)
    return Page(items=[ad_call_out(each) for each in some], next=some[-1].id if more else None)


@router.post("/ad-calls/{id}/decision", responses=responses(404, 413))
def decide_platform_call(caller: Writer, id: Id, given: AdCallDecisionIn) -> AdCallOut:
    """Decide which of our calls it is."""
    services = caller.services
    with services.ledger.writing() as connection:
        try:
            kept = decide_ad_call(
                connection, caller.account, id, given.call, by=caller.bearer.name, now=services.clock()
            )  # fmt: skip
        except NoSuchAdCall as error:
            raise NotFound("There is no such call of a platform.") from error
        except NoCandidate as error:
            raise NotAcceptable("Not one of those it may be.", "call") from error
    return ad_call_out(kept)


def _wrong(error: BadTracking) -> Conflict | NotAcceptable:
    if error.why == "taken":
        return Conflict("The number stands for something else on one of these days.")
    if error.why == "other_source":
        return Conflict("The campaign belongs to another source.")
    return NotAcceptable("This cannot be.", error.why)


def tracking_out(kept: KeptTracking) -> TrackingOut:
    """What a number stands for, as programs get it."""
    told = kept.tracking
    return TrackingOut(
        id=kept.id,
        number=f"+{told.number}",
        source=told.source,
        campaign=told.campaign,
        begins=told.begins,
        ends=told.ends,
        origin=kept.origin,
    )


def ad_call_out(kept: KeptAdCall) -> AdCallOut:
    """A call of a platform as programs get it."""
    return AdCallOut(
        id=kept.id,
        source=kept.source,
        campaign=kept.campaign,
        started_at=kept.started_at,
        duration_s=kept.duration_s,
        received=kept.received,
        fit=kept.fit.value,
        call=kept.call,
        candidates=list(kept.candidates),
    )


def sources_out(found: Sources) -> SourcesOut:
    """The sources of a period as programs get them."""
    return SourcesOut(
        since=found.period.start,
        until=found.period.end,
        currency=found.currency,
        rule=found.rule,
        window_days=found.window_days,
        sources=[
            SourceGroupOut(**_figures(each.whole).model_dump(), campaigns=[_figures(part) for part in each.campaigns])
            for each in found.groups
        ],
        platforms=[
            PlatformOut(source=source, campaign=campaign, told=each.told, found=each.found, doubtful=each.doubtful)
            for (source, campaign), each in sorted(found.platform.items())
        ],
        untied=found.untied.exact,
        foreign_sales=found.foreign,
        unknown_sales=found.unknown,
    )


def _figures(one: SourceFigures) -> SourceOut:
    low, high = one.interval or (None, None)
    return SourceOut(
        source=one.source,
        campaign=one.campaign,
        calls=one.calls,
        answered=one.answered,
        missed=one.missed,
        low=low,
        high=high,
        cost=one.cost.exact,
        opportunities=one.opportunities,
        sales=one.sales,
        revenue=one.revenue.exact,
        margin=one.margin.exact,
        margin_of=one.margin_of,
        won=WonOut(each=_maybe(one.won.each), low=_maybe(one.won.low), high=_maybe(one.won.high)),
        paid=PaidPartOut(wasted=_maybe(one.paid.wasted), each=_maybe(one.paid.per_call)),
    )


def _maybe(money: Money | None) -> str | None:
    return None if money is None else money.rounded(4).exact
