"""``/satisfaction``: what callers say when they are asked, with its n, what calls show, and who is pleased."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any

import sqlalchemy as sa
from fastapi import APIRouter
from fastapi.exceptions import HTTPException
from markupsafe import Markup
from starlette.requests import Request
from starlette.responses import Response

from decroche.language import Language
from decroche.ledger.survey_reading import surveys_page
from decroche.model.board import Measure, Step, Unit
from decroche.model.member import Right
from decroche.model.survey import Mood, Question
from decroche.prove.reports.desk_charts import Course, Mark
from decroche.prove.service_desk import Desk
from decroche.prove.service_satisfaction import by_place, by_week, satisfaction, windows
from decroche.recover.workflows.surveying import surveyed
from decroche.telemetry import masked
from decroche.warehouse.desk_scope import Clocks
from decroche.web.access import Services, Visit, visit
from decroche.web.addresses import Pager, changed
from decroche.web.asked import Asked, asked_of
from decroche.web.axes import levels_of, ticks_of
from decroche.web.figure_page import Filters, filters, part_at_once, pictures, ready_to_draw
from decroche.web.figure_words import Shown, interval, said_missing, shown, written
from decroche.web.filters import cursor_of, going_on_at
from decroche.web.moments import since
from decroche.web.people import who
from decroche.web.rendering import page

HERE = "/satisfaction"
PEOPLE, SETTINGS = f"{HERE}/people", f"{HERE}/settings"
#: By what results are split; agents only for those who supervise.
_WAYS = ("site", "department", "queue", "after", "agent")
#: The figures of a table, for which there is room.
_COLUMNS = ("satisfaction", "nps", "survey_solved", "response_rate")
_KINDS = {Mood.AMBASSADOR: "good", Mood.DETRACTOR: "bad"}


@dataclass(frozen=True, slots=True, kw_only=True)
class FigureRow:
    """A site, a queue or a week, and its figures in words, in the order of the columns."""

    name: str
    cells: tuple[str, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Trend:
    """The last weeks: two drawings of the satisfaction where there is anything to draw, and the table."""

    about: str
    wide: Markup | None
    narrow: Markup | None
    rows: tuple[FigureRow, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class SatisfactionPage:
    """What the page needs. ``asks``: somebody is asked something now; ``ever``: somebody was.

    ``not_asked`` are (why, number) of chosen contacts; ``ways`` and ``by`` the splits, ``source`` the part with calls.
    """

    tabs: tuple[tuple[str, str, str], ...]
    filters: Filters
    figures: tuple[Shown, ...]
    asks: bool
    ever: bool
    may_set: bool
    not_asked: tuple[tuple[str, str], ...]
    trend: Trend
    ways: tuple[tuple[str, str, str], ...]
    by: str
    rows: tuple[FigureRow, ...]
    columns: tuple[str, ...]
    source: str


@dataclass(frozen=True, slots=True, kw_only=True)
class WindowLine:
    """Resolution within some days: each figure with its interval and what it is of."""

    days: str
    gross: str
    gross_of: str
    net: str
    net_of: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Resolution:
    """What the part needs: the windows, and what callers say of the same days."""

    lines: tuple[WindowLine, ...]
    told: str
    told_of: str


@dataclass(frozen=True, slots=True, kw_only=True)
class PersonLine:
    """Somebody who answered. ``href`` leads to what was written with them, ``task`` to what is to be done."""

    who: str
    when: str
    kind: str
    answers: str
    about: str
    call: str | None
    href: str | None
    task: tuple[str, str] | None


@dataclass(frozen=True, slots=True, kw_only=True)
class PeoplePage:
    """What the lists of ambassadors and detractors need."""

    tabs: tuple[tuple[str, str, str], ...]
    mood: str
    rows: tuple[PersonLine, ...]
    pager: Pager


def router(services: Services) -> APIRouter:
    """The routes of the pages."""
    routes = APIRouter(include_in_schema=False)

    @routes.get(HERE)
    def show(request: Request) -> Response:
        with visit(services, request) as here, services.ledger.reading() as connection:
            asked = asked_of(request, here, services.clock())
            by = request.query_params.get("by", "")
            ready_to_draw()
            return page("satisfaction.html", here.frame, _shown(here, connection, asked, by, services.clock()))

    @routes.get(f"{HERE}/resolution")
    def show_resolution(request: Request) -> Response:
        with visit(services, request) as here, services.ledger.reading() as connection:
            asked = asked_of(request, here, services.clock())
            found = satisfaction(
                connection, here.account.id, _clocks(here), period=asked.period, scope=asked.scope,
                supervise=here.may(Right.SUPERVISE),
            )  # fmt: skip
        told = next(each for each in found.measures if each.key == "survey_solved")

        def make(desk: Desk) -> Response:
            lines = tuple(_windows(desk, here, asked))
            context = Resolution(
                lines=lines, told=_said(told, here.language), told_of=_of(told, here.language) if told.value else ""
            )
            return page("satisfaction_resolution.html", here.language, context)

        return part_at_once(services, here, request, make)

    @routes.get(PEOPLE)
    def show_people(request: Request, mood: str = Mood.AMBASSADOR) -> Response:
        with visit(services, request) as here, services.ledger.reading() as connection:
            if mood not in _KINDS:
                raise HTTPException(404)
            return page(
                "satisfaction_people.html", here.frame, _people(here, connection, Mood(mood), request, services)
            )

    return routes


def tabs(here: Visit) -> tuple[tuple[str, str, str], ...]:
    """The pages beside each other: name, text and address."""
    say = here.language.say
    found = [
        ("results", say("satisfaction.results"), HERE),
        ("ambassador", say("satisfaction.ambassadors"), PEOPLE),
        ("detractor", say("satisfaction.detractors"), f"{PEOPLE}?mood=detractor"),
    ]
    if may_set(here):
        found.append(("settings", say("satisfaction.settings"), SETTINGS))
    return tuple(found)


def may_set(here: Visit) -> bool:
    """Whether they may say what is asked: it concerns the whole business."""
    return here.may(Right.SET_UP) and here.sites is None


def _shown(here: Visit, connection: sa.Connection, asked: Asked, by: str, now: datetime) -> SatisfactionPage:
    account, language, clocks = here.account.id, here.language, _clocks(here)
    supervise = here.may(Right.SUPERVISE)
    ways = [way for way in _WAYS if way != "agent" or supervise]
    by = by if by in ways else ways[0]
    period, scope = asked.period, asked.scope
    found = satisfaction(connection, account, clocks, period=period, scope=scope, supervise=supervise)
    split = by_place(connection, account, clocks, by=by, period=period, scope=scope, supervise=supervise)
    today = now.astimezone(here.zone).date()
    weeks = by_week(connection, account, clocks, today=today, scope=asked.scope)
    whole = filters(asked, here, HERE, kept=(("by", by),))
    return SatisfactionPage(
        tabs=tabs(here),
        filters=replace(whole, choices=tuple(each for each in whole.choices if each.name != "line")),
        figures=tuple(_figures(found.measures, found.before, asked, language)),
        asks=surveyed(connection, account),
        ever=found.asked,
        may_set=may_set(here),
        not_asked=tuple((_why(why, language), language.number(n)) for why, n in found.let_be.items()),
        trend=_trend(weeks, language),
        ways=tuple((way, language.say(f"satisfaction.by.{way}"), asked.at(HERE, by=way)) for way in ways),
        by=by,
        rows=tuple(
            FigureRow(name=_place(by, name, here), cells=_cells(measures, language)) for name, measures in split
        ),
        columns=tuple(language.say(f"figures.name.{key}") for key in _COLUMNS),
        source=asked.at(f"{HERE}/resolution"),
    )


def _figures(
    measures: Sequence[Measure], before: Mapping[str, Measure], asked: Asked, language: Language
) -> Iterator[Shown]:
    """What was asked, and always the satisfaction, the NPS and the rate of answers."""
    for measure in measures:
        always = measure.key in {"satisfaction", "nps", "response_rate"}
        if measure.n or always:
            own = asked.at(f"/measures/{measure.key}") if measure.key in {"satisfaction", "nps"} else ""
            yield shown(measure, before.get(measure.key), language, about=own)


def _trend(weeks: Sequence[tuple[Any, tuple[Measure, ...]]], language: Language) -> Trend:
    marks = []
    for start, measures in weeks:
        found = next(each for each in measures if each.key == "satisfaction")
        said = language.say("satisfaction.week", day=start, value=_said(found, language), n=found.n)
        marks.append(Mark(said, found.value, low=found.low, high=found.high))
    rows = tuple(
        FigureRow(name=language.date(start), cells=_cells(measures, language))
        for start, measures in reversed(weeks)
        if any(each.denominator or each.n for each in measures)
    )
    wide = narrow = None
    if sum(mark.value is not None for mark in marks) > 1:
        starts = [datetime(start.year, start.month, start.day) for start, _ in weeks]  # noqa: DTZ001
        chart = Course(
            marks=tuple(marks),
            ticks=ticks_of(starts, Step.WEEK, language, most=8),
            few=ticks_of(starts, Step.WEEK, language, most=4),
            levels=levels_of([mark.value for mark in marks], Unit.SHARE, language),
            bars=False,
        )
        wide, narrow = pictures(chart)
    return Trend(about=language.say("satisfaction.trend_about"), wide=wide, narrow=narrow, rows=rows)


def _cells(measures: Sequence[Measure], language: Language) -> tuple[str, ...]:
    known = {each.key: each for each in measures}
    return tuple(_cell(known[key], language) for key in _COLUMNS)


def _cell(measure: Measure, language: Language) -> str:
    """« 80,0 % (20) », or that there are too few."""
    if measure.value is None:
        return language.say("satisfaction.few", n=measure.n, least=measure.least) if measure.n else "–"
    return language.say("satisfaction.cell", value=written(measure.value, measure.unit, language), n=measure.n)


def _said(measure: Measure, language: Language) -> str:
    return said_missing(measure, language) if measure.value is None else written(measure.value, measure.unit, language)


def _of(measure: Measure, language: Language) -> str:
    """Of how many it is, and between which ends."""
    ends = interval(measure, language)
    told = language.say("ui.n", n=measure.n)
    if measure.coded is not None:
        told = f"{told}, {language.say('figures.coded', coded=measure.coded)}"
    return f"{told}, {ends}" if ends else told


def _windows(desk: Desk, here: Visit, asked: Asked) -> Iterator[WindowLine]:
    language = here.language
    for each in windows(desk, here.account.id, period=asked.period, scope=asked.scope):
        yield WindowLine(
            days=language.say("satisfaction.days", n=each.days),
            gross=_said(each.gross, language),
            gross_of=_of(each.gross, language) if each.gross.value is not None else "",
            net=_said(each.net, language),
            net_of=_of(each.net, language) if each.net.value is not None else "",
        )


def _people(here: Visit, connection: sa.Connection, mood: Mood, request: Request, services: Services) -> PeoplePage:
    after = cursor_of(request)
    rows, following = surveys_page(
        connection, here.account.id, mood=mood, within=None if here.sites is None else sorted(here.sites), after=after
    )
    address = changed(f"{PEOPLE}?mood={mood}")
    return PeoplePage(
        tabs=tabs(here),
        mood=mood,
        rows=tuple(_person(row, mood, here, services.clock()) for row in rows),
        pager=Pager(
            shown=len(rows),
            first=address if after is not None else None,
            next=None if following is None else changed(address, after=going_on_at(following)),
        ),
    )


def _person(row: Mapping[str, Any], mood: Mood, here: Visit, now: datetime) -> PersonLine:
    language, whole, work = here.language, here.may(Right.NUMBERS), here.may(Right.WORK)
    place = [masked(row["site"]) if not whole else row["site"]]
    if here.may(Right.SUPERVISE) and row["agent"]:
        place.append(row["agent"])
    answers = [
        language.say(f"satisfaction.answer.{question}", value=_value(question, value, language))
        for question, value in row["values"].items()
    ]
    task = None
    if mood is Mood.DETRACTOR and row["item_id"] is not None:
        word = "open" if row["item_state"] == "open" else "done"
        task = (f"/callbacks/{row['item_id']}", language.say(f"satisfaction.task.{word}")) if work else None
    return PersonLine(
        who=who(f"+{row['person']}", language, whole=whole, country=here.about["country"]),
        when=since(row["answered_at"], now, here.zone, language),
        kind=_KINDS[mood],
        answers=" · ".join(answers),
        about=" · ".join(each for each in place if each),
        call=f"/calls/{row['subject']}" if row["after"] == "call" else None,
        href=f"/inbox/{row['text_id']}" if work and row["text_id"] else None,
        task=task,
    )


def _value(question: Question, value: int, language: Language) -> str:
    if question is Question.SOLVED:
        return language.say("satisfaction.yes" if value else "satisfaction.no")
    return str(value)


def _place(by: str, name: str, here: Visit) -> str:
    """A site, queue or agent by its name; an occasion in words."""
    if by == "after":
        return here.language.say(f"satisfaction.after.{name}")
    if not name:
        return here.language.say("satisfaction.nowhere")
    return name if here.may(Right.NUMBERS) else masked(name)


def _why(why: str, language: Language) -> str:
    """A reason in words; a rule by its name."""
    key = f"surveys.why.{why}"
    return language.say(f"surveys.why.{why}") if language.has(key) else language.say("surveys.why_rule", rule=why)


def _clocks(here: Visit) -> Clocks:
    zones = {row["name"]: row["zone"] for row in here.account.sites() if row["zone"]}
    return Clocks(here.zone.key, zones)
