"""``/api/v1/attribution``: which contacts earned the sales, under five rules, beside what an experiment measured."""

from __future__ import annotations

from datetime import timedelta
from typing import Annotated
from zoneinfo import ZoneInfo

from fastapi import APIRouter, Query

from decroche.api.access import Caller, Reader
from decroche.api.attribution_schemas import (
    AttributionOut,
    ClosingOut,
    CreditOut,
    DelayOut,
    DivisionOut,
    MeasuredOut,
    WayCostOut,
    WonOut,
)
from decroche.api.costs import currency_of
from decroche.api.errors import Conflict, NotAcceptable, Unavailable, responses
from decroche.api.proof import proof_out, proved
from decroche.api.schemas import Day
from decroche.language import Language
from decroche.model.board import Period
from decroche.model.cost import Among
from decroche.model.money import CurrencyMismatch, Money
from decroche.prove.kpis.attribution import HALF_LIFE_DAYS
from decroche.prove.kpis.by_way import WayCost, gap
from decroche.prove.kpis.credits import USUAL_WINDOW, WINDOWS, Credits, Rule
from decroche.prove.kpis.delays import DelayCurve
from decroche.prove.kpis.winning import AcquisitionCost, Closing
from decroche.prove.service_attribution import Attribution, attribution
from decroche.prove.service_costs import counted
from decroche.prove.service_desk import NotReady
from decroche.warehouse.desk_scope import Clocks
from decroche.warehouse.handled import Handled

router = APIRouter(tags=["costs"], generate_unique_id_function=lambda route: route.name)

_DAYS, _MOST_DAYS = 90, 1100


@router.get("/attribution", responses=responses(409, 503))
def read_attribution(
    caller: Reader,
    since: Annotated[Day | None, Query(description="The first local day of sales; 90 days by default.")] = None,
    until: Annotated[Day | None, Query(description="The local day after the last.")] = None,
    window: Annotated[int, Query(description="Days before a sale in which contacts count: 30, 60, 90, 180.")] = (
        USUAL_WINDOW
    ),
    rule: Annotated[Rule, Query(description="By which customers are credited for what winning costs.")] = (
        Rule.POSITION
    ),
    half_life: Annotated[float, Query(ge=0.1, le=3650, description="Days after which a contact counts half.")] = (
        HALF_LIFE_DAYS
    ),
) -> AttributionOut:
    """Who is credited with the sales, what a lead and a customer cost each way, delays, closing, what is measured.

    A rule divides revenue; it does not prove what caused it.
    """
    services = caller.services
    if window not in WINDOWS:
        raise NotAcceptable("The window is 30, 60, 90 or 180 days.", "window")
    now = services.clock()
    with services.ledger.for_account(caller.account) as account:
        zone = str(account.about()["zone"])
    end = until or now.astimezone(ZoneInfo(zone)).date() + timedelta(days=1)
    begin = since or end - timedelta(days=_DAYS)
    if not 0 < (end - begin).days <= _MOST_DAYS or begin.year < 2000 or end.year > 2100:
        raise NotAcceptable("The period is empty, too long, or out of sight.", "until")
    period = Period(begin, end)
    first, last = Clocks(zone).bounds(period)
    handled = Handled()
    try:
        if services.desk is not None:
            handled, _ = counted(services.desk, caller.account, period=period, among=Among.CAMPAIGN)
    except NotReady as error:
        raise Unavailable("Figures are not ready yet.") from error
    with services.ledger.reading() as connection:
        try:
            found = attribution(
                connection,
                caller.account,
                period=period,
                since=first,
                until=last,
                now=now,
                currency=currency_of(connection, caller.account),
                handled=handled,
                window_days=window,
                rule=rule,
                half_life=half_life,
            )
        except CurrencyMismatch as error:
            raise Conflict("A cost is in another currency.") from error
    return attribution_out(found, _measured(caller))


def _measured(caller: Caller) -> MeasuredOut:
    services, now, english = caller.services, caller.services.clock(), Language("en")
    proof = proof_out(
        *proved(services.ledger, caller.account, since=now, until=now, now=now, key=services.key, site=None), english
    )  # fmt: skip
    told = [each.says for each in proof.experiments if each.between == "holdout"]
    says = told[0] if told else english.say("attribution.not_measured")
    return MeasuredOut(experiments=proof.experiments, proposal=proof.proposal, says=says)


def attribution_out(found: Attribution, measured: MeasuredOut) -> AttributionOut:
    """Attribution as programs get it."""
    lead, customer = gap(found.costs)
    return AttributionOut(
        since=found.period.start,
        until=found.period.end,
        currency=found.revenue.currency,
        window_days=found.window_days,
        rule=found.rule,
        revenue=found.revenue.exact,
        sales=found.sales,
        divisions=[_division(each) for by_rule in found.tables.values() for each in by_rule.values()],
        ways=_division(found.ways),
        spent=found.spent.exact,
        ways_cost=[_way(each) for each in found.costs],
        gap_per_lead=_maybe(lead),
        gap_per_customer=_maybe(customer),
        delays=[_delay(each) for each in found.delays],
        closing=[_closing(each) for each in found.closing],
        left_out_foreign=found.foreign,
        left_out_unknown=found.unknown,
        measured=measured,
    )


def _division(found: Credits) -> DivisionOut:
    return DivisionOut(
        rule=found.rule,
        window_days=found.window_days,
        revenue=found.revenue.exact,
        sales=found.sales,
        parts=[
            CreditOut(channel=each.channel, revenue=each.revenue.exact, sales=each.sales, touched=each.touched)
            for each in found.parts
        ],
    )


def _way(found: WayCost) -> WayCostOut:
    return WayCostOut(
        way=found.way,
        cost=found.cost.exact,
        own=found.own.exact,
        lead=_won(found.lead),
        customer=_won(found.customer),
    )


def _won(found: AcquisitionCost) -> WonOut:
    return WonOut(n=found.customers, each=_maybe(found.each), low=_maybe(found.low), high=_maybe(found.high))


def _maybe(found: Money | None) -> str | None:
    return None if found is None else found.rounded(4).exact


def _delay(found: DelayCurve) -> DelayOut:
    quarter, median, most = found.quartiles or (None, None, None)
    return DelayOut(
        channel=found.channel,
        leads=found.leads,
        sales=found.sales,
        waiting=found.waiting,
        until_days=found.until,
        quarter_days=quarter,
        median_days=median,
        three_quarters_days=most,
        bought=found.bought,
        low=found.low,
        high=found.high,
    )


def _closing(found: Closing) -> ClosingOut:
    low, high = found.interval or (None, None)
    return ClosingOut(
        channel=found.channel,
        numerator=found.rate.numerator,
        denominator=found.rate.denominator,
        rate=found.rate.value,
        low=low,
        high=high,
        waiting=found.waiting,
    )
