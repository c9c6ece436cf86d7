"""``/api/v1/costs`` and ``cost-lines``: what calls cost, who bears it, and the lines that it is told from."""

from __future__ import annotations

from datetime import timedelta
from decimal import Decimal
from typing import Annotated
from zoneinfo import ZoneInfo

import sqlalchemy as sa
from fastapi import APIRouter, Query

from decroche.api.access import Reader, Writer
from decroche.api.cost_schemas import (
    BearerOut,
    CheckOut,
    CostLineEnd,
    CostLineIn,
    CostLineOut,
    CostsOut,
    FrictionOut,
    LineCostOut,
    PaidCallsOut,
    SharingOut,
)
from decroche.api.errors import Conflict, NotAcceptable, NotFound, Unavailable, responses
from decroche.api.schemas import Day, Id, Page
from decroche.ledger.cost_lines import (
    KeptLine,
    NoSuchLine,
    TooManyLines,
    add_line,
    end_line,
    only_lines,
    page_of_lines,
    read_line,
    read_lines,
    remove_line,
)
from decroche.ledger.recovery_settings import settings_of
from decroche.model.board import Period
from decroche.model.cost import USUAL_NATURE, Among, BadCostLine, CostKind, CostLine, Nature, Sharing
from decroche.model.money import CurrencyMismatch, Money, NotACurrency
from decroche.prove.kpis.call_cost import PaidCalls, paid_calls
from decroche.prove.service_costs import Costs, costs, keys_of
from decroche.prove.service_desk import NotReady
from decroche.recover.settings import read_settings

router = APIRouter(tags=["costs"], generate_unique_id_function=lambda route: route.name)

_DAYS, _MOST_DAYS = 30, 3700


@router.get("/costs", responses=responses(404, 409, 503))
def read_costs(
    caller: Reader,
    since: Annotated[Day | None, Query(description="The first local day; 30 days up to today by default.")] = None,
    until: Annotated[Day | None, Query(description="The local day after the last.")] = None,
    by: Among = Among.SITE,
    line_minute: Annotated[
        float | None, Query(ge=0, le=1e6, description="A minute of an open line; by default from telephony per call.")
    ] = None,
    transferred_minutes: Annotated[
        float | None, Query(ge=0, le=1e9, description="Minutes after a transfer; by default measured.")
    ] = None,
) -> CostsOut:
    """What a period cost, who bears it, what one call costs in full and at the margin, and what is forgotten."""
    services = caller.services
    if services.desk is None:
        raise NotFound("No figures are computed here.")
    with services.ledger.for_account(caller.account) as account:
        zone = ZoneInfo(account.about()["zone"])
    today = services.clock().astimezone(zone).date()
    end = until or today + timedelta(days=1)
    begin = since or end - timedelta(days=_DAYS)
    if not 0 < (end - begin).days <= _MOST_DAYS or begin.year < 2000 or end.year > 2100:
        raise NotAcceptable("The period is empty, too long, or out of sight.", "until")
    with services.ledger.reading() as connection:
        currency = currency_of(connection, caller.account)
        lines = only_lines(read_lines(connection, caller.account, begin=begin, end=end))
    try:
        found = costs(
            services.desk,
            caller.account,
            lines,
            period=Period(begin, end),
            currency=currency,
            among=by,
            line_minute=None if line_minute is None else Money.of(line_minute, currency),
            transferred_minutes=transferred_minutes,
        )
    except NotReady as error:
        raise Unavailable("Figures are not ready yet.") from error
    except CurrencyMismatch as error:
        raise Conflict("A cost is in another currency.") from error
    return costs_out(found, salaries=caller.salaries)


@router.get("/costs/paid-calls", responses=responses())
def read_paid_calls(
    caller: Reader,
    spend: Annotated[float, Query(ge=0, le=1e12)],
    calls: Annotated[int, Query(ge=0, le=10**9)],
    missed: Annotated[int, Query(ge=0, le=10**9)],
    currency: Annotated[str | None, Query(min_length=3, max_length=3)] = None,
) -> PaidCallsOut:
    """What was spent on paid calls that nobody answered: beside the lost margin, never added to it."""
    if missed > calls:
        raise NotAcceptable("There are more missed calls than calls.", "missed")
    with caller.services.ledger.reading() as connection:
        usual = currency_of(connection, caller.account)
    try:
        amount = Money.of(spend, currency or usual)
    except NotACurrency as error:
        raise NotAcceptable("This is no currency.", "currency") from error
    return paid_out(amount, paid_calls(spend=amount, calls=calls, missed=missed))


@router.get("/cost-lines", responses=responses())
def list_cost_lines(
    caller: Reader,
    cursor: Annotated[str | None, Query(max_length=64)] = None,
    limit: Annotated[int, Query(ge=1, le=500)] = 100,
) -> Page[CostLineOut]:
    """The lines of cost, the first to begin first; those of salaries with the right `salaries`."""
    with caller.services.ledger.reading() as connection:
        some, more = page_of_lines(
            connection, caller.account, after=cursor, limit=limit, salaries=caller.salaries
        )  # fmt: skip
    return Page(items=[line_out(each) for each in some], next=some[-1].id if more else None)


@router.post("/cost-lines", status_code=201, responses=responses(409, 413))
def create_cost_line(caller: Writer, given: CostLineIn) -> CostLineOut:
    """Add a line of cost."""
    services = caller.services
    with services.ledger.writing() as connection:
        line = _line(given, currency_of(connection, caller.account))
        try:
            id = add_line(connection, caller.account, line, now=services.clock())
        except TooManyLines as error:
            raise Conflict("The business has as many cost lines as it may.") from error
    return line_out(KeptLine(id=id, line=line, source=""))


@router.patch("/cost-lines/{id}", responses=responses(404, 413))
def end_cost_line(caller: Writer, id: Id, given: CostLineEnd) -> CostLineOut:
    """Say which day is the last of a line."""
    with caller.services.ledger.writing() as connection:
        try:
            _seen_line(caller, connection, id)
            end_line(connection, caller.account, id, given.ends)
            return line_out(read_line(connection, caller.account, id))
        except NoSuchLine as error:
            raise NotFound("There is no such line.") from error
        except BadCostLine as error:
            raise NotAcceptable("The last day is before the first.", "ends") from error


@router.delete("/cost-lines/{id}", status_code=204, responses=responses(404))
def delete_cost_line(caller: Writer, id: Id) -> None:
    """Take a line away that should never have been there."""
    with caller.services.ledger.writing() as connection:
        try:
            _seen_line(caller, connection, id)
            remove_line(connection, caller.account, id)
        except NoSuchLine as error:
            raise NotFound("There is no such line.") from error


def _seen_line(caller: Writer, connection: sa.Connection, id: str) -> None:
    """Raises NoSuchLine, also for a line that the caller may not see."""
    if read_line(connection, caller.account, id).line.kind is CostKind.SALARIES and not caller.salaries:
        raise NoSuchLine(id)


def currency_of(connection: sa.Connection, account: str) -> str:
    """The currency in which a business counts."""
    return read_settings(settings_of(connection, account)).currency


def _line(given: CostLineIn, currency: str) -> CostLine:
    try:
        sharing = None
        if given.sharing is not None:
            among, key = given.sharing.among, given.sharing.key
            if key not in keys_of(among):
                raise NotAcceptable("Of campaigns and sources only fixed shares are known.", "sharing")
            sharing = Sharing(among=among, key=key, shares=given.sharing.shares)
        return CostLine(
            kind=given.kind,
            label=given.label,
            amount=Money(Decimal(given.amount), currency),
            rhythm=given.rhythm,
            begins=given.begins,
            ends=given.ends,
            nature=given.nature or USUAL_NATURE[given.kind],
            per_call=given.per_call,
            sharing=sharing,
        )
    except BadCostLine as error:
        field = {"days": "ends", "shares": "sharing"}.get(error.why, error.why)
        raise NotAcceptable("This line cannot be.", field) from error


def line_out(kept: KeptLine) -> CostLineOut:
    """A line as programs get it."""
    line, sharing = kept.line, kept.line.sharing
    return CostLineOut(
        id=kept.id,
        kind=line.kind,
        label=line.label,
        amount=_exact(line.amount),
        currency=line.amount.currency,
        rhythm=line.rhythm,
        begins=line.begins,
        ends=line.ends,
        nature=line.nature,
        per_call=line.per_call,
        sharing=None
        if sharing is None
        else SharingOut(among=sharing.among, key=sharing.key, shares=dict(sharing.shares)),
        source=kept.source,
    )


def costs_out(found: Costs, *, salaries: bool = True) -> CostsOut:
    """The costs of a period as programs get them; without ``salaries`` lines, who is paid what stays out."""
    cost, nothing = found.cost, Money.of(0, found.cost.total.currency)
    return CostsOut(
        since=cost.begin,
        until=cost.end,
        currency=cost.total.currency,
        total=_exact(cost.total),
        direct=_exact(cost.by_nature.get(Nature.DIRECT, nothing)),
        indirect=_exact(cost.by_nature.get(Nature.INDIRECT, nothing)),
        per_call=_exact(cost.per_call),
        calls=found.one_call.calls,
        loaded=_maybe(found.one_call.loaded),
        marginal=_maybe(found.one_call.marginal),
        friction=FrictionOut(
            minute=_maybe(found.friction.minute),
            waiting=_maybe(found.friction.waiting),
            transfers=_maybe(found.friction.transfers),
            repeats=_maybe(found.friction.repeats),
            waited_minutes=found.handled.waited_minutes,
            transferred_calls=found.transfers.passed_on,
            taken_calls=found.transfers.calls,
            transferred_minutes=found.transfers.minutes,
            repeats_calls=found.handled.repeats,
            repeated_minutes=found.handled.repeated_minutes,
        ),
        checks=[CheckOut(what=each.what, counted=each.counted) for each in found.checks],
        among=found.among,
        bearers=[
            BearerOut(
                name=each.name,
                cost=_exact(each.cost),
                calls=None if each.handled is None else each.handled.calls,
                minutes=None if each.handled is None else each.handled.minutes,
                heads=None if each.handled is None else each.handled.heads,
                loaded=_maybe(each.loaded),
            )
            for each in found.bearers
        ],
        nobody=_exact(found.nobody),
        lines=[
            LineCostOut(
                kind=each.line.kind,
                label=each.line.label,
                cost=_exact(each.cost),
                borne={name: _exact(part) for name, part in each.borne.items()},
            )
            for each in cost.lines
            if salaries or each.line.kind is not CostKind.SALARIES
        ],
        salaries_left_out=0 if salaries else sum(each.line.kind is CostKind.SALARIES for each in cost.lines),
    )


def paid_out(spend: Money, found: PaidCalls) -> PaidCallsOut:
    """The waste of paid calls as programs get it."""
    return PaidCallsOut(
        currency=spend.currency,
        spend=_exact(spend),
        calls=found.missed.denominator,
        missed=found.missed.numerator,
        rate=found.missed.value,
        low=None if found.interval is None else found.interval[0],
        high=None if found.interval is None else found.interval[1],
        wasted=_maybe(found.wasted),
        each=_maybe(found.per_call),
    )


def _maybe(money: Money | None) -> str | None:
    return None if money is None else money.rounded(4).exact


def _exact(money: Money) -> str:
    return money.exact
