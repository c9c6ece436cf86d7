"""What the pages of figures share: the filters above them, and what they say until figures are there."""

from __future__ import annotations

import threading
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from functools import cache

from fastapi.exceptions import HTTPException
from markupsafe import Markup
from starlette.datastructures import URL
from starlette.requests import Request
from starlette.responses import Response

from decroche.ledger.looking import names_of_late
from decroche.model.board import Dimension
from decroche.model.hours import HourClass
from decroche.model.member import Right
from decroche.prove.opening import NONE
from decroche.prove.reports.desk_charts import DESK, PHONE, Beside, Course, Swings, drawn, warm
from decroche.prove.service_desk import AtOnce, Desk, NotReady
from decroche.telemetry import masked
from decroche.web.access import Services, Visit
from decroche.web.asked import PRESETS, Asked, said_period
from decroche.web.moments import since
from decroche.web.rendering import page

Option = tuple[str, str]
#: The parameter by which a browser asks for figures of this revision of the data, or later.
NEWER = "newer"


@dataclass(frozen=True, slots=True, kw_only=True)
class Filter:
    """A choice of the filter bar: ``options`` are (value, text) pairs."""

    name: str
    label: str
    value: str
    options: tuple[Option, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Filters:
    """What stands above figures. ``tabs`` are the presets (name, text, address), ``kept`` goes along with the form."""

    action: str
    tabs: tuple[tuple[str, str, str], ...]
    preset: str
    said: str
    since: str
    until: str
    choices: tuple[Filter, ...]
    agent: str | None
    kept: tuple[tuple[str, str], ...]
    clear: str | None
    wrong: str | None
    open: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class Part:
    """Figures. Where they are those of a moment ago, that moment and where to ask for those of now."""

    body: Markup
    at: str | None
    source: str | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Waiting:
    """Figures that are still being made ready; ``source`` is where to ask again."""

    source: str


def filters(asked: Asked, here: Visit, path: str, *, kept: Sequence[Option] = ()) -> Filters:
    """The filters of ``path``; ``kept`` are its own parameters, which the filters leave as they are."""
    say, more = here.language.say, dict(kept)
    return Filters(
        action=path,
        tabs=tuple(
            (each, say(f"asked.{each}"), asked.at(path, **more, period=each, since=None, until=None))
            for each in PRESETS
        ),
        preset=asked.preset,
        said=said_period(asked.period, here.language),
        since=asked.period.start.isoformat(),
        until=asked.last.isoformat(),
        choices=_choices(asked, here),
        agent=None if asked.scope.agent is None else masked(asked.scope.agent),
        kept=(*kept, *(() if asked.scope.agent is None else (("agent", asked.scope.agent or NONE),))),
        clear=asked.at(path, **more, **dict.fromkeys(each.value for each in Dimension)) if asked.narrowed else None,
        wrong=None if asked.wrong is None else say(asked.wrong),
        open=bool(asked.wrong or asked.narrowed or not asked.preset),
    )


def part(services: Services, here: Visit, request: Request, make: Callable[[Desk], Response]) -> Response:
    """What ``make`` answers, or that figures are not ready yet; the browser then asks again."""
    if services.desk is None:
        raise HTTPException(503)
    try:
        return make(services.desk)
    except NotReady:
        return page("figures_waiting.html", here.language, Waiting(source=str(_address(request))))


def part_at_once(services: Services, here: Visit, request: Request, make: Callable[[Desk], Response]) -> Response:
    """The same without a wait: what was true a moment ago with the moment, and the browser asks for what is true now.

    Asked for what is true now, it answers nothing until that is there.
    """
    if services.desk is None:
        raise HTTPException(503)
    every, newer = services.desk, request.query_params.get(NEWER, "")
    address = str(_address(request))
    who = (here.account.id, here.sites, here.language.locale, here.may(Right.SUPERVISE), here.may(Right.NUMBERS))
    if newer and every.prepares((*who, address)):
        return Response(status_code=204, headers={"Cache-Control": "no-store"})
    desk = AtOnce(every, least=int(newer) if newer.isascii() and newer.isdigit() and len(newer) < 19 else None)
    answer = part(replace(services, desk=desk), here, request, make)
    if desk.older is None:
        return _whole(answer, here, None, None)
    # Drawn as well: whoever asks for it again finds it made.
    every.prepare((*who, address), lambda: make(every))
    at = since(desk.older, services.clock(), here.zone, here.language)
    return _whole(answer, here, at, str(URL(address).include_query_params(**{NEWER: desk.wanted})))


def _whole(answer: Response, here: Visit, at: str | None, source: str | None) -> Response:
    body = Markup(bytes(answer.body).decode())  # noqa: S704 - a template wrote it
    return page("figures_part.html", here.language, Part(body=body, at=at, source=source))


def _address(request: Request) -> URL:
    """The address of a part, without the wish for what is true now."""
    return URL(f"{request.url.path}?{request.url.query}").remove_query_params(NEWER)


def pictures(chart: Course | Beside | Swings) -> tuple[Markup, Markup]:
    """``chart`` for a desk and for a phone: our own drawings, in which every text is escaped."""
    wide, narrow = (drawn(chart, width=width) for width in (DESK, PHONE))
    return Markup(wide), Markup(narrow)  # noqa: S704


@cache
def ready_to_draw() -> None:
    """Make the tools of drawing ready beside the first page that will need them: they take seconds to load."""
    threading.Thread(target=warm, name="warm-drawing", daemon=True).start()


def _choices(asked: Asked, here: Visit) -> tuple[Filter, ...]:
    say, told = here.language.say, asked.scope.told()
    found = []
    for each, names in _names(here).items():
        value = told.get(each.value)
        if value:
            names = sorted({*names, value})
        if len(names) < 2 and value is None:
            continue
        options = [("", say(f"asked.every.{each}")), *((name, masked(name)) for name in names)]
        if value == "":
            options.append((NONE, say(f"asked.none.{each}")))
        found.append(
            Filter(
                name=each.value,
                label=say(f"asked.by.{each}"),
                value="" if value is None else value or NONE,
                options=tuple(options),
            )
        )
    hours, chosen = [(each.value, say(f"hour_class.{each}")) for each in HourClass], told.get(Dimension.HOUR_CLASS)
    found.append(
        Filter(
            name=Dimension.HOUR_CLASS.value,
            label=say("asked.by.hour_class"),
            value=NONE if chosen == "" else chosen or "",
            options=(
                ("", say("asked.every.hour_class")),
                *hours,
                *(((NONE, say("asked.none.hour_class")),) if chosen == "" else ()),
            ),
        )
    )
    return tuple(found)


def _names(here: Visit) -> dict[Dimension, list[str]]:
    """The sites and lines of the business, and the departments and queues that the latest calls named."""
    late, account = names_of_late(here.account), here.account
    return {
        Dimension.SITE: [row["name"] for row in account.sites()],
        Dimension.DEPARTMENT: list(late.departments),
        Dimension.QUEUE: list(late.queues),
        Dimension.LINE: sorted({row["name"] for row in account.lines() if row["name"]}),
    }
