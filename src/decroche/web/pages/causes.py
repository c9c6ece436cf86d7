"""``/causes``: why calls were missed: the causes with their evidence and calls, when, where, and around holidays."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace

from fastapi import APIRouter
from fastapi.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import Response

from decroche.language import Language
from decroche.ledger.looking import calls_by_id
from decroche.ledger.recovery_settings import settings_of
from decroche.model.board import Dimension
from decroche.model.figures import Rate
from decroche.model.member import Right
from decroche.model.money import Money, MoneyRange
from decroche.prove.kpis.board import count, share
from decroche.prove.opening import NONE, opens
from decroche.prove.reports.annex_people import COUNTED_IN_PEOPLE, evidence
from decroche.prove.service_causes import CauseShown, HourOfDate, Place, Why, hour_of_week, why
from decroche.prove.service_desk import Desk
from decroche.recover.settings import read_settings
from decroche.telemetry import masked
from decroche.web.access import Services, Visit, visit
from decroche.web.addresses import Sort, sort_of
from decroche.web.asked import Asked, asked_of, said_period
from decroche.web.causes_when import (
    HERE,
    READINGS,
    DayLine,
    DaysShown,
    WeekShown,
    day_line,
    days_shown,
    hours_of_day,
    percent,
    week_shown,
)  # fmt: skip
from decroche.web.figure_page import Filters, filters, part_at_once, ready_to_draw
from decroche.web.figure_words import Shown, address, interval, shown
from decroche.web.moments import since as moment_said
from decroche.web.pages.measures import HERE as MEASURES
from decroche.web.people import who
from decroche.web.rendering import page

SORTED = ("missed", "rate", "value")
#: The longest period whose days are drawn.
LONGEST_DRAWN = 190
_HOURS = 24


@dataclass(frozen=True, slots=True, kw_only=True)
class Example:
    """A call that shows a cause."""

    to: str
    said: str


@dataclass(frozen=True, slots=True, kw_only=True)
class CauseLine:
    """A cause: how many calls show it, of all missed, the evidence in a sentence, and the calls.

    ``missed`` is « – » where the calls cannot tell it.
    """

    key: str
    name: str
    missed: str
    share: str
    href: str | None
    told: str
    width: int
    examples: tuple[Example, ...]
    lies_in: tuple[str, str] | None


@dataclass(frozen=True, slots=True, kw_only=True)
class PlaceLine:
    """A site, department or line. ``value`` is what its callers who were not won back were worth."""

    name: str
    to: str
    missed: str
    href: str | None
    rate: str
    interval: str
    offered: str
    offered_href: str | None
    value: str
    value_interval: str | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Places:
    """The places of one dimension, and where there is only one of it nothing to compare."""

    title: str
    column: str
    rows: tuple[PlaceLine, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class CausesPage:
    """What the page needs. ``source`` is where its figures come from."""

    filters: Filters
    source: str
    csv: str
    xlsx: str


@dataclass(frozen=True, slots=True, kw_only=True)
class CausesShown:
    """What the figures need."""

    head: tuple[Shown, ...]
    causes: tuple[CauseLine, ...]
    days: DaysShown | None
    week: WeekShown | None
    places: tuple[Places, ...]
    sort: Sort
    kinds: tuple[DayLine, ...]
    holidays: tuple[DayLine, ...]
    valued: bool
    empty: bool
    wider: str


@dataclass(frozen=True, slots=True, kw_only=True)
class HourPage:
    """What the page of one hour of the week needs. ``source`` is where its figures come from."""

    title: str
    said: str
    back: str
    source: str


@dataclass(frozen=True, slots=True, kw_only=True)
class HourShown:
    """One hour of the week on each of its dates, each with its calls; ``total`` leads to those of all."""

    title: str
    total: tuple[str, str] | None
    lines: tuple[DayLine, ...]


def router(services: Services) -> APIRouter:
    """The routes of the page."""
    routes = APIRouter(include_in_schema=False)

    @routes.get(HERE)
    def show(request: Request, map: str = "", sort: str = "") -> Response:
        with visit(services, request) as here:
            asked, kept = asked_of(request, here, services.clock()), _kept(map, sort)
            context = CausesPage(
                filters=filters(asked, here, HERE, kept=kept),
                source=asked.at(f"{HERE}/figures", **dict(kept)),
                csv=asked.at(f"{HERE}.csv"),
                xlsx=asked.at(f"{HERE}.xlsx"),
            )
            ready_to_draw()
            return page("causes.html", here.frame, context)

    @routes.get(f"{HERE}/figures")
    def show_figures(request: Request, map: str = "", sort: str = "") -> Response:
        with visit(services, request) as here:
            asked = asked_of(request, here, services.clock())
        value = usual_value(services, here)

        def made(desk: Desk) -> Response:
            found = told(desk, here, asked, value)
            with services.ledger.for_account(here.account.id, sites=here.sites) as account:
                examples = examples_of(found, replace(here, account=account), services)
            return page("causes_figures.html", here.language, causes_shown(
                found, examples, asked, here.language, reading=map if map in READINGS else "count", sort=sort,
            ))  # fmt: skip

        return part_at_once(services, here, request, made)

    @routes.get(f"{HERE}/hour")
    def show_hour(request: Request, weekday: int = 0, hour: int = -1) -> Response:
        with visit(services, request) as here:
            asked, clock = asked_of(request, here, services.clock()), _clock(weekday, hour)
            return page("causes_hour.html", here.frame, HourPage(
                title=said_hour(weekday, hour, here.language),
                said=said_period(asked.period, here.language),
                back=asked.at(HERE),
                source=asked.at(f"{HERE}/hour/figures", **clock),
            ))  # fmt: skip

    @routes.get(f"{HERE}/hour/figures")
    def show_dates(request: Request, weekday: int = 0, hour: int = -1) -> Response:
        with visit(services, request) as here:
            asked = asked_of(request, here, services.clock())
        _clock(weekday, hour)

        def made(desk: Desk) -> Response:
            found = hour_of_week(desk, here.account.id, weekday=weekday, hour=hour, period=asked.period,
                                 scope=asked.scope, supervise=here.may(Right.SUPERVISE))  # fmt: skip
            dates = dates_of_hour(found, asked, here.language, weekday=weekday, hour=hour)
            return page("causes_dates.html", here.language, dates)

        return part_at_once(services, here, request, made)

    return routes


def _kept(map: str, sort: str) -> tuple[tuple[str, str], ...]:
    found = (("map", map if map in READINGS else ""), ("sort", sort if sort.removeprefix("-") in SORTED else ""))
    return tuple(each for each in found if each[1])


def told(desk: Desk, here: Visit, asked: Asked, value: Money | None) -> Why:
    """Why calls were missed, of what an address asks for."""
    return why(
        desk, here.account.id, period=asked.period, scope=asked.scope, value=value,
        supervise=here.may(Right.SUPERVISE),
    )  # fmt: skip


def usual_value(services: Services, here: Visit) -> Money | None:
    """What a caller who is won brings; None where nobody told."""
    with services.ledger.reading() as connection:
        return read_settings(settings_of(connection, here.account.id)).usual_value


def examples_of(found: Why, here: Visit, services: Services) -> Mapping[str, Example]:
    """The calls that show causes, by their ids: those that this visitor may see."""
    now, country = services.clock(), here.about["country"]
    return {
        row["id"]: Example(
            to=f"/calls/{row['id']}",
            said=f"{moment_said(row['started_at'], now, here.zone, here.language)}, "
            + who(row["caller"], here.language, whole=here.may(Right.NUMBERS), country=country),
        )
        for row in calls_by_id(here.account, {id for each in found.causes for id in each.examples})
    }


def causes_shown(
    found: Why, examples: Mapping[str, Example], asked: Asked, language: Language, *, reading: str, sort: str
) -> CausesShown:
    """Why calls were missed, in words."""
    rate = share("missed_rate", Rate(found.missed, found.offered))
    figures = [
        replace(each, opens=counted, of=among)
        for each in (count("missed", found.missed), rate, count("offered", found.offered))
        for counted, among in [opens(each.key, period=found.period, scope=found.scope)]
    ]
    sorting = sort_of(asked.at(HERE, map=reading), SORTED, asked=sort or None, default="-missed")
    valued = any(place.value is not None for places in found.places.values() for place in places)
    return CausesShown(
        head=tuple(
            shown(
                each,
                None,
                language,
                about=asked.at(f"{MEASURES}/{'answer_rate' if each.key == rate.key else each.key}"),
            )
            for each in figures
        ),
        causes=_causes(found, examples, language),
        days=hours_of_day(found, asked, language)
        if asked.period.days == 1
        else days_shown(found, asked, language)
        if asked.period.days <= LONGEST_DRAWN
        else None,
        week=week_shown(found, asked, language, reading) if asked.period.days > 1 else None,
        places=_places(found, asked, language, sorting),
        sort=sorting,
        kinds=_kinds(found, language),
        holidays=tuple(day_line(each, asked, language) for each in found.daily if each.holiday or each.after_holiday),
        valued=valued,
        empty=not found.missed,
        wider=asked.at(HERE, period="year", since=None, until=None),
    )


def _clock(weekday: int, hour: int) -> dict[str, str | None]:
    """An hour of the week as parameters of an address. Raises HTTPException 404 where there is none."""
    if not (1 <= weekday <= 7 and 0 <= hour < _HOURS):
        raise HTTPException(404)
    return {"weekday": str(weekday), "hour": str(hour)}


def said_hour(weekday: int, hour: int, language: Language) -> str:
    """An hour of the week in words."""
    return language.say("causes.hour", weekday=language.weekday(weekday), hour=hour, next=hour + 1)


def dates_of_hour(
    found: Sequence[HourOfDate], asked: Asked, language: Language, *, weekday: int, hour: int
) -> HourShown:  # fmt: skip
    """The dates of an hour of the week."""
    missed = sum(each.missed for each in found)
    to = address(opens("missed", period=asked.period, scope=asked.scope, weekday=weekday, hour=hour)[0])
    return HourShown(
        title=said_hour(weekday, hour, language),
        total=None if not missed or to is None else (to, language.say("causes.all_of_hour", missed=missed)),
        lines=tuple(
            DayLine(
                name=language.whole_day(each.day),
                to=asked.of_day(HERE, each.day),
                days="",
                offered=language.number(each.offered),
                missed=language.number(each.missed),
                rate=percent(each.missed_rate, language),
                usual="",
                note=each.holiday or "",
                missed_href=address(each.opens) if each.missed else None,
            )
            for each in found
        ),
    )


def _causes(found: Why, examples: Mapping[str, Example], language: Language) -> tuple[CauseLine, ...]:
    ordered = sorted(found.causes, key=lambda each: -(each.cause.missed or 0))
    return tuple(_cause(each, found, examples, language) for each in ordered)


def _cause(each: CauseShown, found: Why, examples: Mapping[str, Example], language: Language) -> CauseLine:
    cause, missed = each.cause, each.cause.missed
    of_people = cause.cause in COUNTED_IN_PEOPLE
    part_ = 0.0 if not missed or of_people or not found.missed else missed / found.missed
    return CauseLine(
        key=cause.cause,
        name=language.say(f"cause.{cause.cause}"),
        missed="–" if missed is None else language.number(missed),
        share="" if missed is None or of_people or not found.missed else language.percent(part_, 0),
        href=address(each.opens) if missed else None,
        told=said_cause(each, language),
        width=min(20, round(20 * part_)),
        examples=tuple(examples[id] for id in each.examples if id in examples),
        lies_in=_lies_in(each, language),
    )


def _lies_in(each: CauseShown, language: Language) -> tuple[str, str] | None:
    """Where the calls are in which the cause lies, and how many they are."""
    if each.lies_in is None or (to := address(each.lies_in[0])) is None:
        return None
    return to, language.say("causes.lies_in", calls=each.lies_in[1])


def said_cause(each: CauseShown, language: Language) -> str:
    """The evidence of a cause in sentences, or that there is none."""
    if each.cause.missed is None:
        return language.say("text.cannot_tell")
    if not each.cause.missed:
        return language.say("text.no_sign")
    return evidence(each.cause, each.cause.missed, language)


def _kinds(found: Why, language: Language) -> tuple[DayLine, ...]:
    return tuple(
        DayLine(
            name=language.say(f"causes.kind.{each.kind}"),
            to=None,
            days=language.number(each.days),
            offered=language.number(each.offered),
            missed=language.number(each.missed),
            rate=percent(each.missed_rate, language),
            usual=interval(each.missed_rate, language) or "–",
            note=language.number(each.missed / each.days, 1) if each.days else "–",
        )
        for each in found.kinds_of_day
    )


def _places(found: Why, asked: Asked, language: Language, sort: Sort) -> tuple[Places, ...]:
    keys = {
        "missed": lambda place: place.missed,
        "rate": lambda place: -1.0 if place.missed_rate.value is None else place.missed_rate.value,
        "value": lambda place: -1.0 if place.value is None else float(place.value.mean.amount),
    }
    return tuple(
        Places(
            title=language.say(f"causes.places.{by}"),
            column=language.say(f"asked.by.{by}"),
            rows=tuple(
                _place(place, by, asked, language) for place in sorted(places, key=keys[sort.column], reverse=sort.down)
            ),
        )
        for by, places in found.places.items()
        if len(places) > 1
    )


def _place(place: Place, by: Dimension, asked: Asked, language: Language) -> PlaceLine:
    return PlaceLine(
        name=masked(place.name) or language.say(f"asked.none.{by}"),
        to=asked.at(HERE, **{by.value: place.name or NONE}),
        missed=language.number(place.missed),
        href=address(place.opens) if place.missed else None,
        rate=percent(place.missed_rate, language),
        interval=interval(place.missed_rate, language) or "–",
        offered=language.number(place.offered),
        offered_href=address(place.among),
        value="–" if place.value is None else _money(place.value.mean, language),
        value_interval=_between(place.value, language),
    )


def _between(value: MoneyRange | None, language: Language) -> str | None:
    if value is None:
        return None
    return language.say("ui.interval", low=_money(value.low, language), high=_money(value.high, language))


def _money(money: Money, language: Language) -> str:
    return language.money(float(money.amount), money.currency)
