"""``/attribution``: which contacts earned the sales, by five rules, beside what an experiment measured of them."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass

from fastapi import APIRouter
from starlette.requests import Request
from starlette.responses import Response

from decroche.language import Language
from decroche.ledger.recovery_settings import settings_of
from decroche.model.cost import Among
from decroche.model.member import Right
from decroche.model.money import CurrencyMismatch, Money
from decroche.prove.kpis.by_way import gap
from decroche.prove.kpis.credits import USUAL_WINDOW, WINDOWS, Credits, Rule
from decroche.prove.kpis.delays import DelayCurve
from decroche.prove.kpis.winning import AcquisitionCost, Closing
from decroche.prove.service_attribution import Attribution, attribution
from decroche.prove.service_costs import counted
from decroche.prove.service_desk import Desk
from decroche.recover.settings import read_settings
from decroche.warehouse.desk_scope import Clocks
from decroche.web.access import Services, Visit, visit
from decroche.web.asked import asked_of, said_period
from decroche.web.figure_page import part
from decroche.web.first_steps import whole_business
from decroche.web.incremental import Incremental, incremental
from decroche.web.rendering import page

HERE = "/attribution"
_PRESETS = ("days28", "month", "quarter", "year")
Tab = tuple[str, str, str]


@dataclass(frozen=True, slots=True, kw_only=True)
class AttributionPage:
    """What the page needs: the filters that hold, and ``source``, where its figures come from."""

    tabs: tuple[Tab, ...]
    preset: str
    said: str
    since: str
    until: str
    wrong_period: str | None
    windows: tuple[Tab, ...]
    window: str
    rules: tuple[tuple[str, str], ...]
    rule: str
    source: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Credited:
    """A channel, and what it is credited with in each column; the last row is the sum."""

    name: str
    amounts: tuple[str, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class WayLine:
    """Being called, or calling: what it cost, and what a lead and a customer cost of how many."""

    name: str
    cost: str
    lead: str
    lead_range: str
    customer: str
    customer_range: str


@dataclass(frozen=True, slots=True, kw_only=True)
class DelayLine:
    """How long the leads of a channel take to buy."""

    name: str
    leads: str
    bought: str
    interval: str
    quartiles: str
    waiting: str


@dataclass(frozen=True, slots=True, kw_only=True)
class ClosingLine:
    """Leads of a channel that ended in a sale."""

    name: str
    rate: str
    of: str
    interval: str
    waiting: str


@dataclass(frozen=True, slots=True, kw_only=True)
class AttributionShown:
    """What the figures need. ``gap`` says in a sentence what calling costs more than being called."""

    empty: bool
    head: str
    rules: tuple[str, ...]
    by_rule: tuple[Credited, ...]
    windows: tuple[str, ...]
    by_window: tuple[Credited, ...]
    rule: str
    measured: Incremental
    ways: tuple[WayLine, ...]
    gap: str | None
    spent: bool
    delays: tuple[DelayLine, ...]
    closing: tuple[ClosingLine, ...]
    days: int
    left_out: str | None


def router(services: Services) -> APIRouter:
    """The routes of the page."""
    routes = APIRouter(include_in_schema=False)

    @routes.get(HERE)
    def show(request: Request) -> Response:
        with visit(services, request, Right.SUPERVISE) as here:
            whole_business(here)
            return page("attribution.html", here.frame, _page(request, here, services))

    @routes.get(f"{HERE}/figures")
    def show_figures(request: Request) -> Response:
        now = services.clock()
        with visit(services, request, Right.SUPERVISE) as here:
            whole_business(here)
            asked, window, rule = asked_of(request, here, now), _window(request), _rule(request)
            zone = str(here.about["zone"])

        def made(desk: Desk) -> Response:
            handled, _ = counted(desk, here.account.id, period=asked.period, among=Among.CAMPAIGN)
            since, until = Clocks(zone).bounds(asked.period)
            with services.ledger.reading() as connection:
                currency = read_settings(settings_of(connection, here.account.id)).currency
                try:
                    found = attribution(
                        connection, here.account.id, period=asked.period, since=since, until=until, now=now,
                        currency=currency, handled=handled, window_days=window, rule=rule,
                    )  # fmt: skip
                except CurrencyMismatch:
                    return page("attribution_nothing.html", here.language, here.language.say("sources.currency"))
            measured = incremental(
                services.ledger, here.account.id, now=now, key=services.key, language=here.language
            )  # fmt: skip
            return page("attribution_figures.html", here.language, attribution_shown(found, measured, here.language))

        return part(services, here, request, made)

    return routes


def _window(request: Request) -> int:
    word = request.query_params.get("window", "")
    return int(word) if word in {str(each) for each in WINDOWS} else USUAL_WINDOW


def _rule(request: Request) -> Rule:
    word = request.query_params.get("rule", "")
    return Rule(word) if word in set(Rule) else Rule.POSITION


def _page(request: Request, here: Visit, services: Services) -> AttributionPage:
    say = here.language.say
    asked, window, rule = asked_of(request, here, services.clock()), str(_window(request)), _rule(request)
    return AttributionPage(
        tabs=tuple(
            (
                each,
                say(f"asked.{each}"),
                asked.at(HERE, window=window, rule=rule.value, period=each, since=None, until=None),
            )
            for each in _PRESETS
        ),
        preset=asked.preset,
        said=said_period(asked.period, here.language),
        since=asked.period.start.isoformat(),
        until=asked.last.isoformat(),
        wrong_period=None if asked.wrong is None else say(asked.wrong),
        windows=tuple(
            (str(each), say("attribution.window", days=each), asked.at(HERE, window=str(each), rule=rule.value))
            for each in WINDOWS
        ),
        window=window,
        rules=tuple((each.value, say(f"attribution.rule.{each}")) for each in Rule),
        rule=rule.value,
        source=asked.at(f"{HERE}/figures", window=window, rule=rule.value),
    )


def attribution_shown(found: Attribution, measured: Incremental, language: Language) -> AttributionShown:
    """Attribution in words."""
    say = language.say
    return AttributionShown(
        empty=not found.sales,
        head=say(
            "attribution.head", revenue=_money(found.revenue, language), sales=found.sales, days=found.window_days
        ),
        rules=tuple(say(f"attribution.rule.{each}") for each in Rule),
        by_rule=tuple(_credited(list(found.by_rule.values()), language)),
        windows=tuple(say("attribution.window", days=each) for each in WINDOWS),
        by_window=tuple(_credited([by_rule[found.rule] for by_rule in found.tables.values()], language)),
        rule=say(f"attribution.rule.{found.rule}"),
        measured=measured,
        ways=tuple(
            WayLine(
                name=say(f"attribution.way.{each.way}"),
                cost=_money(each.cost, language),
                lead=_money(each.lead.each, language),
                lead_range=_each(each.lead, language.number(each.lead.customers), language),
                customer=_money(each.customer.each, language),
                customer_range=_each(each.customer, language.number(each.customer.customers, 1), language),
            )
            for each in found.costs
        ),
        gap=_gap(found, language),
        spent=bool(found.spent.amount),
        delays=tuple(_delay(each, language) for each in found.delays),
        closing=tuple(_closing(each, language) for each in found.closing),
        days=found.window_days,
        left_out=say("attribution.left_out", foreign=found.foreign, unknown=found.unknown)
        if found.foreign or found.unknown
        else None,
    )


def _credited(columns: Iterable[Credits], language: Language) -> Iterator[Credited]:
    known = list(columns)
    parts = [{part.channel: part.revenue for part in each.parts} for each in known]
    names = {name for each in parts for name in each}
    first = parts[0]
    for name in sorted(
        names, key=lambda each: (each is None, -float(first[each]) if each in first else 0.0, each or "")
    ):
        yield Credited(
            name=language.say("attribution.nobody") if name is None else channel_said(name, language),
            amounts=tuple(_money(each.get(name), language) for each in parts),
        )
    if names:
        yield Credited(
            name=language.say("attribution.sum"), amounts=tuple(_money(each.revenue, language) for each in known)
        )


def channel_said(name: str, language: Language) -> str:
    """A channel by its name, a known source in words; that of calls without a known line is who sought whom."""
    known = (key for key in (f"attribution.way.{name}", f"source.{name}") if language.has(key))
    return next((language.say(key) for key in known), name)


def _each(found: AcquisitionCost, n: str, language: Language) -> str:
    """Of how many, and between what."""
    if found.each is None or found.low is None:
        return language.say("attribution.nobody_won")
    high = language.say("attribution.no_end") if found.high is None else _money(found.high, language)
    return language.say("attribution.each", n=n, low=_money(found.low, language), high=high)


def _gap(found: Attribution, language: Language) -> str | None:
    told = []
    for key, more in zip(("lead", "customer"), gap(found.costs), strict=True):
        if more is not None:
            side = "more" if more.amount >= 0 else "less"
            told.append(
                language.say(f"attribution.gap.{key}.{side}", gap=_money(more if more.amount >= 0 else -more, language))
            )
    return " ".join(told) or None


def _delay(found: DelayCurve, language: Language) -> DelayLine:
    quartiles = "–"
    if found.quartiles is not None:
        first, middle, third = (language.number(each, 1) for each in found.quartiles)
        quartiles = language.say("attribution.quartiles", first=first, middle=middle, third=third)
    return DelayLine(
        name=channel_said(found.channel, language),
        leads=language.number(found.leads),
        bought=language.say("attribution.bought", share=found.bought, sales=found.sales),
        interval=_range(found.low, found.high, language),
        quartiles=quartiles,
        waiting=language.number(found.waiting),
    )


def _closing(found: Closing, language: Language) -> ClosingLine:
    low, high = found.interval or (None, None)
    return ClosingLine(
        name=channel_said(found.channel, language),
        rate="–" if found.rate.value is None else language.percent(found.rate.value),
        of=language.say("attribution.of", n=found.rate.numerator, all=found.rate.denominator),
        interval=_range(low, high, language),
        waiting=language.number(found.waiting),
    )


def _range(low: float | None, high: float | None, language: Language) -> str:
    if low is None or high is None:
        return "–"
    return language.say("campaign.range", low=language.percent(low), high=language.percent(high))


def _money(money: Money | None, language: Language) -> str:
    return "–" if money is None else language.money(float(money.rounded()), money.currency, 2)
