"""``/live/worth``: what the callers who wait may be worth, and those recovered today, as intervals."""

from __future__ import annotations

from dataclasses import dataclass

from fastapi import APIRouter
from starlette.requests import Request
from starlette.responses import Response

from decroche.ledger.recovery_settings import settings_of
from decroche.model.board import Scope
from decroche.model.money import Money, MoneyRange
from decroche.prove.service_causes import ValueToday, value_today
from decroche.prove.service_desk import NotReady
from decroche.recover.settings import read_settings
from decroche.web.access import Services, Visit, visit
from decroche.web.rendering import page


@dataclass(frozen=True, slots=True, kw_only=True)
class Amount:
    """An amount, ready to show: its mean, and its interval where it has one."""

    shown: str
    interval: str | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Worth:
    """What the part needs. ``decided`` is on how many journeys the rate of recovery rests, ``back`` how many came back.

    An amount is None where it cannot be told, and ``missing`` says why.
    """

    at_risk: Amount | None
    recovered: Amount | None
    decided: int
    back: int
    missing: str | None


def router(services: Services) -> APIRouter:
    """The routes of the part."""
    routes = APIRouter(include_in_schema=False)

    @routes.get("/live/worth")
    def show(request: Request) -> Response:
        with visit(services, request) as here:
            value = read_settings(settings_of(here.account.connection, here.account.id)).usual_value
        # The columns are asked when the ledger is let go: other pages wait for neither.
        return page("worth.html", here.language, worth(here, services, value))

    return routes


def worth(here: Visit, services: Services, value: Money | None) -> Worth:
    """The amounts of now, from what the business says a caller who is won brings."""
    say = here.language.say
    if value is None:
        return Worth(at_risk=None, recovered=None, decided=0, back=0, missing=say("today.no_value"))
    if services.desk is None:
        return Worth(at_risk=None, recovered=None, decided=0, back=0, missing=say("today.not_ready"))
    within = None if here.sites is None else tuple(sorted(here.sites))
    try:
        found = value_today(services.desk, here.account.id, scope=Scope(within=within), value=value)
    except NotReady:
        return Worth(at_risk=None, recovered=None, decided=0, back=0, missing=say("today.not_ready"))
    return told(found, here)


def told(found: ValueToday, here: Visit) -> Worth:
    """The amounts in words. Where no journey has come to its end, nobody knows how many are lost."""
    decided = found.rate.denominator
    return Worth(
        at_risk=_amount(found.at_risk, here) if decided else None,
        recovered=_amount(found.recovered, here),
        decided=decided,
        back=found.recovered_today,
        missing=None if decided else here.language.say("today.nothing_settled"),
    )


def _amount(found: MoneyRange | None, here: Visit) -> Amount | None:
    if found is None:
        return None
    mean, low, high = (
        here.language.money(float(each), each.currency, 0) for each in (found.mean, found.low, found.high)
    )
    return Amount(shown=mean, interval=None if low == high else here.language.say("ui.interval", low=low, high=high))
