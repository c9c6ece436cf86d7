"""``/design``: every component of the desk in every state, for whoever builds or judges a page. The data is made up."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from fastapi import APIRouter
from fastapi.exceptions import HTTPException
from markupsafe import Markup
from starlette.requests import Request
from starlette.responses import Response

from decroche.language import LANGUAGES, Language
from decroche.model.member import Right
from decroche.web.access import Services
from decroche.web.addresses import Pager, Sort, sort_of
from decroche.web.frame import PLACES, Frame, Theme, browser_language, theme_of
from decroche.web.rendering import page
from decroche.web.troubles import Trouble, trouble_of

#: What the samples show: numbers that France and Canada keep for fiction.
_CALLERS = (("06 39 98 12 34", 3, 412.0), ("06 39 98 56 78", 1, 96.5), ("01 99 00 31 72", 2, 0.0))
_TROUBLES = (403, 404, 429, 500, 503)
_HOURS = range(8, 19)
#: Each colour's values in ``tokens.css``, in the order in which the page shows them.
_COLOURS = ("ink", "soft", "accent", "good", "busy", "bad", "note", "wash", "edge", "line")


@dataclass(frozen=True, slots=True, kw_only=True)
class SampleRow:
    """A caller of the sample table."""

    who: str
    misses: int
    worth: float


@dataclass(frozen=True, slots=True, kw_only=True)
class SampleMoment:
    """An entry of the sample timeline."""

    when: str
    iso: str
    title: str
    text: str
    kind: str


@dataclass(frozen=True, slots=True, kw_only=True)
class SampleHour:
    """A cell of the sample heat map."""

    shown: str
    step: int
    href: str | None
    n: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Design:
    """What the page needs: the samples, and the languages that it can be read in as (code, name)."""

    languages: tuple[tuple[str, str], ...]
    colours: tuple[str, ...]
    rows: tuple[SampleRow, ...]
    sort: Sort
    pager: Pager
    moments: tuple[SampleMoment, ...]
    hours: tuple[str, ...]
    week: tuple[tuple[str, tuple[SampleHour, ...]], ...]
    drawing: Markup
    troubles: tuple[Trouble, ...]


def router(services: Services) -> APIRouter:
    """The routes of the page, its slow part and the pages of each trouble."""
    routes = APIRouter(include_in_schema=False)

    @routes.get("/design")
    def show(request: Request) -> Response:
        language = _language(request)
        return page("design.html", _frame(request, language), _design(request, language))

    @routes.get("/design/part")
    def show_part(request: Request) -> Response:
        return page("design_part.html", _language(request), None)

    @routes.get("/design/trouble/{status}")
    def show_trouble(request: Request, status: int) -> Response:
        if status not in _TROUBLES:
            raise HTTPException(404)
        return page("trouble_alone.html", _language(request), trouble_of(status), theme=theme_of(request))

    return routes


def _language(request: Request) -> Language:
    asked = request.query_params.get("lang", "")
    return Language(asked) if asked in LANGUAGES else browser_language(request)


def _frame(request: Request, language: Language) -> Frame:
    theme = request.query_params.get("theme", "")
    return Frame(
        business=language.say("design.business"),
        member=language.say("design.member"),
        language=language,
        theme=Theme(theme) if theme in set(Theme) else theme_of(request),
        places=tuple(place for place in PLACES if place.needs in set(Right)),
        here="",
        address=f"/design?lang={language.code}",
        times_faster=15,
        done=language.say("design.done"),
    )


def _design(request: Request, language: Language) -> Design:
    rows = tuple(SampleRow(who=who, misses=misses, worth=worth) for who, misses, worth in _CALLERS)
    address = f"/design?lang={language.code}"
    sort = sort_of(address, ("misses", "worth"), asked=request.query_params.get("sort"), default="-worth")
    weekdays = tuple(language.weekday(number, "abbreviated") for number in range(1, 6))
    return Design(
        languages=(("fr", "Français"), ("fr-CA", "Français (Canada)"), ("en", "English")),
        colours=_COLOURS,
        rows=tuple(sorted(rows, key=lambda row: float(getattr(row, sort.column)), reverse=sort.down)),
        sort=sort,
        pager=Pager(shown=3, total=132, first=address, next=address),
        moments=tuple(
            SampleMoment(when=language.clock(hours), iso=iso, title=title, text=text, kind=kind)
            for hours, iso, title, text, kind in _story(language)
        ),
        hours=tuple(language.clock(hour) for hour in _HOURS),
        week=tuple((name, _hours_of(day, address)) for day, name in enumerate(weekdays)),
        drawing=_drawing(weekdays, language.say("design.chart")),
        troubles=tuple(trouble_of(status) for status in _TROUBLES),
    )


def _story(language: Language) -> tuple[tuple[float, str, str, str, str], ...]:
    words: Mapping[str, str] = {key: language.say(f"design.story.{key}") for key in ("miss", "text", "reply", "back")}
    why = language.say("design.story.why")
    return (
        (8.57, "2026-11-16T07:34:00Z", words["miss"], "", "bad"),
        (8.6, "2026-11-16T07:36:00Z", words["text"], why, "note"),
        (9.2, "2026-11-16T08:12:00Z", words["reply"], "", "busy"),
        (9.5, "2026-11-16T08:30:00Z", words["back"], "", "good"),
    )


def _hours_of(day: int, address: str) -> tuple[SampleHour, ...]:
    return tuple(_hour((day * 5 + hour * 3) % 13 * (2 if hour in (8, 9, 12) else 1), address) for hour in _HOURS)


def _hour(calls: int, address: str) -> SampleHour:
    step = min(6, (calls + 2) // 3)
    return SampleHour(shown=str(calls) if calls else "–", step=step, href=address if calls else None, n=calls)


def _drawing(names: tuple[str, ...], title: str) -> Markup:
    """Five bars, drawn as charts of the desk are: an SVG that needs no style and says what it is."""
    heights = (86, 60, 52, 64, 40)
    bars = Markup("").join(
        Markup('<rect x="{x}" y="{y}" width="44" height="{height}"/><text x="{middle}" y="122">{name}</text>').format(
            x=10 + 60 * at, y=104 - height, height=height, middle=32 + 60 * at, name=name
        )
        for at, (name, height) in enumerate(zip(names, heights, strict=True))
    )
    return Markup(
        '<svg class="sample-chart" viewBox="0 0 310 130" width="310" height="130" role="img" aria-label="{title}">'
        "{bars}</svg>"
    ).format(title=title, bars=bars)
