"""``/measures.csv``, ``/causes.xlsx``: the figures that somebody looks at as a file, and a line that they took them."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from fastapi import APIRouter
from fastapi.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import Response

from decroche.language import Language
from decroche.ledger.audit_log import note
from decroche.model.board import Measure
from decroche.model.member import Right
from decroche.prove.service_board import Board, OverTime, Split, board, over_time, split
from decroche.prove.service_causes import Why
from decroche.prove.service_desk import Desk
from decroche.telemetry import masked
from decroche.web.access import Services, Visit, visit
from decroche.web.asked import Asked, asked_of
from decroche.web.causes_when import HERE as CAUSES
from decroche.web.figure_page import part
from decroche.web.figure_words import name_of, said_missing
from decroche.web.pages import causes
from decroche.web.pages.causes import said_cause
from decroche.web.pages.measure import WHOLE, dimension_of, known, step_of
from decroche.web.pages.measures import HERE as MEASURES
from decroche.web.sheets import KINDS, Value, sheet

_MEASURE = (
    "unit", "value", "numerator", "denominator", "n", "low", "high", "median", "p90", "before", "missing",
)  # fmt: skip


def router(services: Services) -> APIRouter:
    """The routes of the files."""
    routes = APIRouter(include_in_schema=False)

    def answer(request: Request, kind: str, what: str, key: str | None = None) -> Response:
        if kind not in KINDS:
            raise HTTPException(404)
        with visit(services, request) as here:
            asked = asked_of(request, here, services.clock())
        value = causes.usual_value(services, here) if what == "causes" else None

        def made(desk: Desk) -> Response:
            if what == "causes":
                columns, rows = of_causes(causes.told(desk, here, asked, value), here.language)
            elif key is None:
                mine = here.may(Right.SUPERVISE)
                columns, rows = of_board(
                    board(desk, here.account.id, period=asked.period, scope=asked.scope, supervise=mine), here.language
                )
            else:
                columns, rows = _of_measure(desk, here, asked, key, request)
            with services.ledger.writing() as connection:
                details = {"name": key or what, "kind": kind, **{n: masked(v) for n, v in asked.words().items()}}
                note(connection, here.account.id, here.who, "figures.exported", details=details, at=services.clock())
            name = here.language.say(f"sheets.file.{what}")
            days = f"{asked.period.start}-{asked.last}"
            return sheet(f"{name}-{days}.{kind}", kind, columns, rows, here.language)

        return part(services, here, request, made)

    @routes.get(f"{MEASURES}.csv")
    def measures_as_csv(request: Request) -> Response:
        return answer(request, "csv", "measures")

    @routes.get(f"{MEASURES}.xlsx")
    def measures_as_xlsx(request: Request) -> Response:
        return answer(request, "xlsx", "measures")

    @routes.get(f"{CAUSES}.csv")
    def causes_as_csv(request: Request) -> Response:
        return answer(request, "csv", "causes")

    @routes.get(f"{CAUSES}.xlsx")
    def causes_as_xlsx(request: Request) -> Response:
        return answer(request, "xlsx", "causes")

    @routes.get(f"{MEASURES}/{{key}}.csv")
    def measure_as_csv(request: Request, key: str) -> Response:
        return answer(request, "csv", "measures", key)

    @routes.get(f"{MEASURES}/{{key}}.xlsx")
    def measure_as_xlsx(request: Request, key: str) -> Response:
        return answer(request, "xlsx", "measures", key)

    return routes


def of_board(found: Board, language: Language) -> tuple[list[str], Iterator[Sequence[Value]]]:
    """The board: a row for each measure."""
    columns = [*_said(("measure", "key"), language), *_said(_MEASURE, language)]
    rows = (
        (name_of(each.key, language), each.key, *_measure(each, found.before.get(each.key), language))
        for each in found.measures
    )
    return columns, rows


def _of_measure(
    desk: Desk, here: Visit, asked: Asked, key: str, request: Request
) -> tuple[list[str], Iterator[Sequence[Value]]]:
    key, told = known(key), request.query_params
    if key in WHOLE:
        raise HTTPException(404)
    mine, account = here.may(Right.SUPERVISE), here.account.id
    step, by = step_of(told.get("step", ""), asked.period), dimension_of(told.get("by", ""))
    in_time = over_time(desk, account, key=key, step=step, period=asked.period, scope=asked.scope, supervise=mine)
    places = split(desk, account, by=by, period=asked.period, scope=asked.scope, supervise=mine)
    columns = [*_said(("part", "start", "name"), here.language), *_said(_MEASURE, here.language)]
    return columns, _rows_of_measure(key, in_time, places, here.language)


def _rows_of_measure(
    key: str, in_time: OverTime, places: Split, language: Language
) -> Iterator[Sequence[Value]]:  # fmt: skip
    step, by = language.say(f"figures.step.{in_time.step}"), language.say(f"figures.split.{places.dimension}")
    for point in in_time.points:
        yield step, point.start, point.holiday or "", *_measure(point.measure, point.before, language)
    for row in places.rows:
        measure = next((each for each in row.measures if each.key == key), None)
        if measure is not None:
            yield by, None, masked(row.name), *_measure(measure, row.before.get(key), language)


def of_causes(found: Why, language: Language) -> tuple[list[str], Iterator[Sequence[Value]]]:
    """Why calls were missed: the causes, the days, the hours of the week and the places, told apart by their part."""
    names = ("part", "name", "value_low", "value_mean", "value_high", "currency", "evidence")
    columns = [language.say("sheets.part"), language.say("sheets.name"), language.say("figures.name.missed")]
    columns += [language.say("figures.name.offered"), *_said(names[2:], language)]
    return columns, _rows_of_causes(found, language)


def _rows_of_causes(found: Why, language: Language) -> Iterator[Sequence[Value]]:
    nothing = (None, None, None, None)
    part_ = language.say("sheets.part.cause")
    for each in found.causes:
        name = language.say(f"cause.{each.cause.cause}")
        yield part_, name, each.cause.missed, found.offered, *nothing, said_cause(each, language)
    part_ = language.say("sheets.part.day")
    for day in found.daily:
        yield part_, day.day.isoformat(), day.missed, day.offered, *nothing, day.holiday or day.after_holiday or ""
    part_ = language.say("sheets.part.hour")
    for weekday in range(7):
        for hour in range(24):
            missed, offered = found.week.missed[weekday][hour], found.week.offered[weekday][hour]
            if offered:
                name = f"{language.weekday(weekday + 1)} {language.clock(hour)}"
                yield part_, name, missed, offered, *nothing, ""
    for by, places in found.places.items():
        for place in places:
            value = place.value
            amounts: Sequence[Value] = nothing
            if value is not None:
                amounts = (float(value.low), float(value.mean), float(value.high), value.mean.currency)
            part_ = language.say(f"asked.by.{by}")
            yield part_, masked(place.name), place.missed, place.offered, *amounts, ""


def _measure(measure: Measure, before: Measure | None, language: Language) -> Sequence[Value]:
    return (
        language.say(f"sheets.unit.{measure.unit}"),
        measure.value,
        measure.numerator,
        measure.denominator,
        measure.n,
        measure.low,
        measure.high,
        measure.median,
        measure.p90,
        None if before is None else before.value,
        said_missing(measure, language) if measure.value is None else "",
    )


def _said(words: Sequence[str], language: Language) -> list[str]:
    shared = {"value": "figures.value", "n": "figures.n", "before": "figures.before"}
    return [language.say(shared[word]) if word in shared else language.say(f"sheets.{word}") for word in words]
