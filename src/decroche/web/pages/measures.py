"""``/measures``: the board: every figure of a period with what it rests on, and the same of the period before."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from fastapi import APIRouter
from starlette.requests import Request
from starlette.responses import Response

from decroche.language import Language
from decroche.model.board import Measure
from decroche.model.call import MissedReason
from decroche.model.member import Right
from decroche.prove.kpis.service_level import DEFAULT_FORM, FORM_SENTENCES, FORMULAS
from decroche.prove.service_board import Board, board
from decroche.prove.vendor_profiles import PROFILES
from decroche.web.access import Services, visit
from decroche.web.asked import Asked, asked_of, said_period
from decroche.web.figure_page import Filters, filters, part_at_once, ready_to_draw
from decroche.web.figure_words import Shown, shown
from decroche.web.rendering import page

HERE = "/measures"
LEVEL = f"service_level:{DEFAULT_FORM}"
#: The figures of the board, in groups of what they are about.
GROUPS: Mapping[str, tuple[str, ...]] = {
    "reached": ("offered", "answered", "missed", "answer_rate", "abandonment_rate"),
    "fast": (LEVEL, "speed_of_answer", "time_to_abandon"),
    "back": (
        "journeys_opened", "journeys_recovered", "journeys_open", "journeys_expired", "recovery_rate",
        "time_to_callback",
    ),
    "well": (
        "first_call_resolution", "first_call_resolution_net", "satisfaction", "nps", "handle_time", "talk_time",
        "hold_time", "wrap_up_time",
    ),
    "team": ("occupancy", "utilisation"),
}  # fmt: skip


@dataclass(frozen=True, slots=True, kw_only=True)
class Group:
    """Figures that belong together."""

    title: str
    figures: tuple[Shown, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Reading:
    """One way to count the service level: its formula, what it does to the figure, and what it gives."""

    formula: str
    why: str
    figure: Shown


@dataclass(frozen=True, slots=True, kw_only=True)
class MeasuresPage:
    """What the page needs. ``source`` is where its figures come from."""

    filters: Filters
    source: str
    csv: str
    xlsx: str


@dataclass(frozen=True, slots=True, kw_only=True)
class BoardShown:
    """What the figures need. ``reasons`` are the missed calls by why; ``settings`` the thresholds of every rate."""

    said: str
    before_said: str
    settings: str
    groups: tuple[Group, ...]
    readings: tuple[Reading, ...]
    reasons: tuple[Shown, ...]
    holidays: str | None
    empty: bool
    wider: str


def router(services: Services) -> APIRouter:
    """The routes of the page."""
    routes = APIRouter(include_in_schema=False)

    @routes.get(HERE)
    def show(request: Request) -> Response:
        with visit(services, request) as here:
            asked = asked_of(request, here, services.clock())
            context = MeasuresPage(
                filters=filters(asked, here, HERE),
                source=asked.at(f"{HERE}/board"),
                csv=asked.at(f"{HERE}.csv"),
                xlsx=asked.at(f"{HERE}.xlsx"),
            )
            ready_to_draw()
            return page("measures.html", here.frame, context)

    @routes.get(f"{HERE}/board")
    def show_board(request: Request) -> Response:
        with visit(services, request) as here:
            asked = asked_of(request, here, services.clock())
        supervise = here.may(Right.SUPERVISE)
        return part_at_once(services, here, request, lambda desk: page(
            "measures_board.html",
            here.language,
            board_shown(
                board(desk, here.account.id, period=asked.period, scope=asked.scope, supervise=supervise),
                asked,
                here.language,
            ),
        ))  # fmt: skip

    return routes


def board_shown(found: Board, asked: Asked, language: Language) -> BoardShown:
    """The board in words."""
    measures = {measure.key: measure for measure in found.measures}

    def figure(measure: Measure) -> Shown:
        return shown(measure, found.compared.get(measure.key), language, about=about(asked, measure.key))

    def figures(keys: Sequence[str]) -> tuple[Shown, ...]:
        return tuple(figure(measures[key]) for key in keys if key in measures)

    groups = (
        Group(title=language.say(f"figures.group.{name}"), figures=figures(keys)) for name, keys in GROUPS.items()
    )
    return BoardShown(
        said=said_period(found.period, language),
        before_said=said_period(found.before_period, language),
        settings=language.say("figures.settings", within=found.answer_within_s, short=found.short_abandon_s),
        groups=tuple(group for group in groups if group.figures),
        readings=readings(found, asked, language),
        reasons=figures([f"missed:{reason}" for reason in MissedReason if (found_reason(measures, reason))]),
        holidays=said_holidays(found, language),
        empty=not measures["offered"].n,
        wider=asked.at(HERE, period="year", since=None, until=None),
    )


def readings(found: Board, asked: Asked, language: Language) -> tuple[Reading, ...]:
    """The service level under each formula and as each vendor counts it."""
    measures = {measure.key: measure for measure in found.measures}
    french = language.locale.startswith("fr")

    def figure(key: str) -> Shown:
        return shown(measures[key], found.compared.get(key), language, about=about(asked, key))

    formulas = [
        Reading(formula=FORMULAS[form], why=language.text(FORM_SENTENCES[form]), figure=figure(f"service_level:{form}"))
        for form in FORMULAS
    ]
    vendors = [
        Reading(
            formula=(profile.formula_fr if french else None) or profile.formula,
            why=language.text(profile.why),
            figure=figure(f"profile:{profile.key}"),
        )
        for profile in PROFILES
    ]
    return (*formulas, *vendors)


def about(asked: Asked, key: str) -> str:
    """The page of a measure, with the same filters."""
    return asked.at(f"{HERE}/{key}")


def found_reason(measures: Mapping[str, Measure], reason: MissedReason) -> bool:
    """Whether calls were missed for a reason."""
    measure = measures.get(f"missed:{reason}")
    return measure is not None and bool(measure.n)


def said_holidays(found: Board, language: Language) -> str | None:
    """The holidays of the period in a sentence; None without any."""
    if not found.holidays:
        return None
    days = [f"{language.day(day)} ({name})" for day, name in sorted(found.holidays.items())]
    return language.say("figures.holidays", days=language.listing(days), count=len(days))
