"""``/measures/<measure>``: one figure with its definition, over time beside the period before, and split."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from fastapi import APIRouter
from fastapi.exceptions import HTTPException
from markupsafe import Markup
from starlette.requests import Request
from starlette.responses import Response

from decroche.language import Language
from decroche.model.board import Dimension, Measure, Missing, Period, Step, Unit
from decroche.model.call import MissedReason
from decroche.model.member import Right
from decroche.prove.kpis.board import KEYS, LEAST_AGENTS, OF_STATES
from decroche.prove.kpis.service_level import FORM_SENTENCES, FORMULAS
from decroche.prove.opening import NONE
from decroche.prove.reports.desk_charts import Beside, Course, Mark
from decroche.prove.service_board import Board, OverTime, Point, Split, SplitRow, board, over_time, split
from decroche.prove.vendor_profiles import PROFILES
from decroche.telemetry import masked
from decroche.understand.live_journeys import RecoveredBy
from decroche.web.access import Services, visit
from decroche.web.asked import Asked, asked_of, said_period
from decroche.web.axes import levels_of, ticks_of
from decroche.web.figure_page import Filters, filters, part_at_once, pictures, ready_to_draw
from decroche.web.figure_words import Shown, address, interval, name_of, said_missing, shown, written
from decroche.web.pages.measures import HERE, LEVEL, Reading, about, readings
from decroche.web.rendering import page

#: The longest periods that are shown by the hour and by the day: more points than this nobody reads.
LONGEST = {Step.HOUR: 8, Step.DAY: 190}
#: Measures that are of a whole period: they are not told by the hour, nor by place; how busy agents are only by these.
WHOLE = frozenset({"occupancy", "utilisation", "satisfaction", "nps", "first_call_resolution_net"})
BUSY = (Dimension.AGENT, Dimension.QUEUE)
#: What can be told of one agent: who missed a call is not known, so that a rate of all calls would be of answered ones.
OF_AGENTS = frozenset({
    "answered", "speed_of_answer", "handle_time", "talk_time", "hold_time", "wrap_up_time", "first_call_resolution",
    *OF_STATES,
})  # fmt: skip
#: How many values of a dimension are drawn; the table has them all.
DRAWN = 15
#: All keys that a page exists for.
KNOWN = frozenset(KEYS) - {"service_level"} | {
    "journeys_open",
    *(f"missed:{reason}" for reason in MissedReason),
    *(f"journeys_recovered:{by}" for by in RecoveredBy),
    *(f"service_level:{form}" for form in FORMULAS),
    *(f"profile:{profile.key}" for profile in PROFILES),
}


@dataclass(frozen=True, slots=True, kw_only=True)
class MeasurePage:
    """What the page needs. ``means`` is the definition; each ``…_source`` is where a part comes from.

    ``steps`` and ``by`` are tabs (name, text, address), ``step`` and ``split`` the names of the open ones.
    """

    name: str
    means: str
    formula: str | None
    filters: Filters
    back: str
    now_source: str
    time_source: str | None
    split_source: str | None
    steps: tuple[tuple[str, str, str], ...]
    step: str
    by: tuple[tuple[str, str, str], ...]
    split: str
    csv: str
    xlsx: str


@dataclass(frozen=True, slots=True, kw_only=True)
class MeasureNow:
    """The figure of the whole period, and all readings of it where there are several."""

    figure: Shown
    before_said: str
    settings: str
    readings: tuple[Reading, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Line:
    """A line of the table beside a chart. ``to`` narrows to it, ``href`` opens its calls, ``n_href`` its base."""

    name: str
    to: str | None
    value: str
    href: str | None
    n: str
    n_href: str | None
    interval: str
    before: str
    note: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Drawing:
    """A chart for a desk and for a phone, with its table. Without ``wide`` there is nothing to draw: ``missing`` says.

    ``kind`` is how its legend reads: line, bars, or beside (values side by side). ``named``: a holiday is in it.
    """

    title: str
    about: str
    wide: Markup | None
    narrow: Markup | None
    kind: str
    named: bool
    lines: tuple[Line, ...]
    column: str
    missing: str | None = None
    whole: str | None = None


def router(services: Services) -> APIRouter:
    """The routes of the page and its parts."""
    routes = APIRouter(include_in_schema=False)

    @routes.get(f"{HERE}/{{key}}")
    def show(request: Request, key: str, step: str = "", by: str = "") -> Response:
        with visit(services, request) as here:
            key = known(key)
            asked = asked_of(request, here, services.clock())
            ready_to_draw()
            return page("measure.html", here.frame, measure_page(
                key, asked, here.language, filters_=filters(asked, here, f"{HERE}/{key}", kept=_kept(step, by)),
                step=step, by=by, supervise=here.may(Right.SUPERVISE),
            ))  # fmt: skip

    @routes.get(f"{HERE}/{{key}}/now")
    def show_now(request: Request, key: str) -> Response:
        with visit(services, request) as here:
            key = known(key)
            asked = asked_of(request, here, services.clock())
        mine = here.may(Right.SUPERVISE)
        return part_at_once(services, here, request, lambda desk: page("measure_now.html", here.language, measure_now(
            key, board(desk, here.account.id, period=asked.period, scope=asked.scope, supervise=mine), asked,
            here.language,
        )))  # fmt: skip

    @routes.get(f"{HERE}/{{key}}/time")
    def show_time(request: Request, key: str, step: str = "") -> Response:
        with visit(services, request) as here:
            key = known(key)
            asked = asked_of(request, here, services.clock())
        chosen, mine = step_of(step, asked.period), here.may(Right.SUPERVISE)
        return part_at_once(services, here, request, lambda desk: page("measure_drawing.html", here.language, course(
            over_time(desk, here.account.id, key=key, step=chosen, period=asked.period, scope=asked.scope,
                      supervise=mine),
            asked, here.language,
        )))  # fmt: skip

    @routes.get(f"{HERE}/{{key}}/split")
    def show_split(request: Request, key: str, by: str = "") -> Response:
        with visit(services, request) as here:
            key = known(key)
            asked = asked_of(request, here, services.clock())
        chosen, mine = dimension_of(by, key), here.may(Right.SUPERVISE)
        return part_at_once(services, here, request, lambda desk: page("measure_drawing.html", here.language, beside(
            key,
            split(desk, here.account.id, by=chosen, period=asked.period, scope=asked.scope, supervise=mine),
            board(desk, here.account.id, period=asked.period, scope=asked.scope, supervise=mine),
            asked, here.language,
        )))  # fmt: skip

    return routes


def measure_page(
    key: str, asked: Asked, language: Language, *, filters_: Filters, step: str, by: str, supervise: bool
) -> MeasurePage:
    """The page of a measure."""
    here, chosen, dimension = f"{HERE}/{key}", step_of(step, asked.period), dimension_of(by, key)
    kept = dict(_kept(step, by))
    dimensions = [
        each
        for each in (BUSY if key in OF_STATES else Dimension)
        if supervise or asked.scope.agent is None or each is not Dimension.AGENT
    ]
    return MeasurePage(
        name=name_of(key, language),
        means=definition(key, language),
        formula=formula(key, language),
        filters=filters_,
        back=asked.at(HERE),
        now_source=asked.at(f"{here}/now"),
        time_source=None if key in WHOLE else asked.at(f"{here}/time", step=chosen.value),
        split_source=None if key in WHOLE and key not in OF_STATES else asked.at(f"{here}/split", by=dimension.value),
        steps=tuple(
            (each.value, language.say(f"figures.step.{each}"), asked.at(here, **{**kept, "step": each.value}))
            for each in steps(asked.period)
        ),
        step=chosen.value,
        by=tuple(
            (each.value, language.say(f"figures.split.{each}"), asked.at(here, **{**kept, "by": each.value}))
            for each in dimensions
        ),
        split=dimension.value,
        csv=asked.at(f"{here}.csv", step=chosen.value, by=dimension.value),
        xlsx=asked.at(f"{here}.xlsx", step=chosen.value, by=dimension.value),
    )


def measure_now(key: str, found: Board, asked: Asked, language: Language) -> MeasureNow:
    """The figure of the whole period."""
    measure = next((each for each in found.measures if each.key == key), None)
    if measure is None:
        measure = Measure(key=key, unit=Unit.COUNT, value=0.0, n=0)
    several = key.partition(":")[0] in {"service_level", "profile"}
    return MeasureNow(
        figure=shown(measure, found.compared.get(key), language, about=about(asked, key)),
        before_said=said_period(found.before_period, language),
        settings=language.say("figures.settings", within=found.answer_within_s, short=found.short_abandon_s),
        readings=readings(found, asked, language) if several else (),
    )


def course(found: OverTime, asked: Asked, language: Language) -> Drawing:
    """A measure over time."""
    name, unit = name_of(found.key, language), _unit(found.points)
    step = language.say(f"figures.step.{found.step}")
    marks = tuple(_point(point, found.step, language) for point in found.points)
    lines = tuple(_line(point, mark, found, asked, language) for point, mark in zip(found.points, marks, strict=True))
    title = language.say("figures.over_time", name=name, step=lowered(step))
    if not any(mark.value is not None for mark in marks):
        return Drawing(title=title, about="", wide=None, narrow=None, kind="line", named=False, lines=lines,
                       column=step, missing=language.say("figures.nothing_over_time"))  # fmt: skip
    levels = levels_of([each for mark in marks for each in (mark.value, mark.before)], unit, language)
    starts = [point.start for point in found.points]
    chart = Course(
        marks=marks,
        ticks=ticks_of(starts, found.step, language, most=8),
        few=ticks_of(starts, found.step, language, most=4),
        levels=levels,
        bars=unit is Unit.COUNT,
    )
    wide, narrow = pictures(chart)
    valued = [mark for mark in marks if mark.value is not None]
    most = max(valued, key=lambda mark: mark.value or 0)
    least = min(valued, key=lambda mark: mark.value or 0)
    return Drawing(
        title=title,
        about=language.say("figures.most_and_least", most=most.said, least=least.said),
        wide=wide,
        narrow=narrow,
        kind="bars" if chart.bars else "line",
        named=any(mark.named for mark in marks),
        lines=lines,
        column=step,
    )


def beside(key: str, found: Split, whole: Board, asked: Asked, language: Language) -> Drawing:
    """A measure by the values of a dimension."""
    name, column = name_of(key, language), language.say(f"figures.split.{found.dimension}")
    title = language.say("figures.split_by", name=name, by=lowered(column))
    rows = [(row, measure) for row in found.rows for measure in row.measures if measure.key == key]
    if found.dimension is Dimension.AGENT and key not in OF_AGENTS:
        rows = []
    if not rows:
        missing = _no_split(key, found, language)
        return Drawing(title=title, about="", wide=None, narrow=None, kind="beside", named=False, lines=(),
                       column=column, missing=missing)  # fmt: skip
    lines = tuple(_value(row, measure, found, asked, language) for row, measure in rows)
    all_of_it = _of(whole.measures, key)
    total = None if all_of_it is None or all_of_it.unit is Unit.COUNT else all_of_it.value
    chart = Beside(
        names=tuple(line.name for line in lines[:DRAWN]),
        texts=tuple(line.value if not line.n else f"{line.value} ({line.n})" for line in lines[:DRAWN]),
        marks=tuple(
            Mark(
                language.say("figures.said", name=line.name, value=line.value),
                measure.value,
                low=measure.low,
                high=measure.high,
                href=line.href,
            )
            for line, (_, measure) in zip(lines[:DRAWN], rows, strict=False)
        ),
        whole=total,
    )
    wide, narrow = pictures(chart)
    pooled = None if found.agents is None else language.say("figures.pooled", agents=found.agents)
    return Drawing(
        title=title,
        about=pooled or language.say("figures.by_calls", shown=min(len(lines), DRAWN), all=len(lines)),
        wide=wide,
        narrow=narrow,
        kind="beside",
        named=False,
        lines=lines,
        column=column,
        whole=None if total is None or all_of_it is None else written(total, all_of_it.unit, language),
    )


def definition(key: str, language: Language) -> str:
    """What a measure is."""
    name, _, part_ = key.partition(":")
    if name == "service_level":
        return language.say("figures.means.service_level") + " " + language.text(FORM_SENTENCES[part_])
    if name == "profile":
        profile = next(each for each in PROFILES if each.key == part_)
        return language.say("figures.means.profile", vendor=name_of(key, language)) + " " + language.text(profile.why)
    if name == "missed" and part_:
        return language.say("figures.means.missed_reason", reason=name_of(key, language))
    return language.say(f"figures.means.{name}")


def formula(key: str, language: Language) -> str | None:
    """The formula of a service level."""
    name, _, part_ = key.partition(":")
    if name == "service_level":
        return FORMULAS[part_]
    profile = next((each for each in PROFILES if key == f"profile:{each.key}"), None)
    if profile is None:
        return None
    return (profile.formula_fr if language.locale.startswith("fr") else None) or profile.formula


def steps(period: Period) -> tuple[Step, ...]:
    """The steps that a period may be shown by."""
    return tuple(step for step in Step if period.days <= LONGEST.get(step, period.days))


def step_of(asked: str, period: Period) -> Step:
    """The step that is asked for; else the one that suits the period."""
    possible = steps(period)
    if asked in {each.value for each in possible}:
        return Step(asked)
    usual = Step.HOUR if period.days <= 2 else Step.DAY if period.days <= 93 else Step.WEEK
    return usual if usual in possible else possible[0]


def said_start(start: datetime, step: Step, language: Language) -> str:
    """The stretch of time that begins at a local moment."""
    if step is Step.HOUR:
        return f"{language.day(start.date())}, {language.clock(start.hour)}"
    if step is Step.DAY:
        return language.day(start.date())
    if step is Step.WEEK:
        return language.say("figures.week_of", day=language.short_day(start.date()))
    return f"{language.month(start.month)} {start.year}"


def lowered(word: str) -> str:
    """A word as it stands within a sentence."""
    return word[:1].lower() + word[1:]


def known(key: str) -> str:
    """The key of a measure that has a page. Raises HTTPException 404."""
    key = LEVEL if key == "service_level" else key
    if key not in KNOWN:
        raise HTTPException(404)
    return key


def _kept(step: str, by: str) -> tuple[tuple[str, str], ...]:
    found = (("step", step if step in set(Step) else ""), ("by", by if by in set(Dimension) else ""))
    return tuple(each for each in found if each[1])


def dimension_of(by: str, key: str = "") -> Dimension:
    """What a measure is split by; by department unless asked otherwise, and how busy agents are by agent."""
    if key in OF_STATES:
        return Dimension.QUEUE if by == Dimension.QUEUE else Dimension.AGENT
    return Dimension(by) if by in set(Dimension) else Dimension.DEPARTMENT


def _of(measures: Sequence[Measure], key: str) -> Measure | None:
    return next((measure for measure in measures if measure.key == key), None)


def _unit(points: Sequence[Point]) -> Unit:
    """That of the points which say something: those without calls do not know it."""
    return next((point.measure.unit for point in points if point.measure.value is not None), Unit.SHARE)


def _point(point: Point, step: Step, language: Language) -> Mark:
    measure, before = point.measure, point.before
    told = "–" if measure.value is None else written(measure.value, measure.unit, language)
    counted = "" if measure.unit is Unit.COUNT else f" ({language.say('ui.n', n=measure.n)})"
    named = "" if point.holiday is None or (step is Step.HOUR and point.start.hour) else point.holiday
    return Mark(
        said=language.say("figures.said", name=said_start(point.start, step, language), value=f"{told}{counted}")
        + (f", {named}" if named else ""),
        value=measure.value,
        before=None if before is None else before.value,
        low=measure.low,
        high=measure.high,
        named=named,
        href=address(measure.opens) if measure.n else None,
    )


def _line(point: Point, mark: Mark, found: OverTime, asked: Asked, language: Language) -> Line:
    measure, before = point.measure, point.before
    then = "–" if before is None or before.value is None else written(before.value, before.unit, language)
    to = asked.of_day(f"{HERE}/{found.key}", point.start.date()) if found.step is Step.DAY else None
    return Line(
        name=said_start(point.start, found.step, language),
        to=to,
        value="–" if measure.value is None else written(measure.value, measure.unit, language),
        href=mark.href,
        n="" if measure.unit is Unit.COUNT and measure.value is not None else language.number(measure.n),
        n_href=_base(measure),
        interval=interval(measure, language) or "–",
        before=then,
        note=point.holiday or "",
    )


def _base(measure: Measure) -> str | None:
    """The calls on which a measure rests."""
    return address(measure.of if measure.unit is Unit.SHARE else measure.opens) if measure.n else None


def _value(row: SplitRow, measure: Measure, found: Split, asked: Asked, language: Language) -> Line:
    before = row.before.get(measure.key)
    alone = found.agents is None
    if not alone:
        name = language.say("figures.agents_together", agents=found.agents)
    elif found.dimension is Dimension.HOUR_CLASS:
        name = language.say(f"hour_class.{row.name}") if language.has(f"hour_class.{row.name}") else row.name or "–"
    else:
        name = masked(row.name) or language.say(f"asked.none.{found.dimension}")
    narrowed = alone and found.dimension is not Dimension.CAMPAIGN
    return Line(
        name=name,
        to=asked.at(f"{HERE}/{measure.key}", **{found.dimension.value: row.name or NONE}) if narrowed else None,
        value="–" if measure.value is None else written(measure.value, measure.unit, language),
        href=address(measure.opens) if measure.n else None,
        n="" if measure.unit is Unit.COUNT else language.say("ui.n", n=measure.n),
        n_href=_base(measure),
        interval=interval(measure, language) or "–",
        before="–" if before is None or before.value is None else written(before.value, before.unit, language),
        note=said_missing(measure, language) if measure.value is None else "",
    )


def _no_split(key: str, found: Split, language: Language) -> str:
    if found.missing is Missing.CAMPAIGNS:
        return language.say("figures.missing.campaigns")
    if found.missing is Missing.NOT_ENOUGH:
        return language.say("figures.too_few_agents", agents=found.agents or 0, least=LEAST_AGENTS)
    if found.dimension is Dimension.AGENT and key not in OF_AGENTS:
        return language.say("figures.not_of_agents")
    return language.say("figures.nothing_over_time") if not found.rows else language.say("figures.missing.not_by_this")
