"""What the pages of figures share: the filters above them, and what they say until figures are there."""

from __future__ import annotations

import threading
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import cache

from fastapi.exceptions import HTTPException
from markupsafe import Markup
from starlette.requests import Request
from starlette.responses import Response

from decroche.ledger.looking import names_of_late
from decroche.model.board import Dimension
from decroche.prove.reports.desk_charts import DESK, PHONE, Beside, Course, drawn, warm
from decroche.prove.service_desk import Desk, NotReady
from decroche.telemetry import masked
from decroche.web.access import Services, Visit
from decroche.web.asked import NONE, PRESETS, Asked, said_period
from decroche.web.rendering import page

Option = tuple[str, str]


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
        address = f"{request.url.path}?{request.url.query}"
        return page("figures_waiting.html", here.language, Waiting(source=address))


def pictures(chart: Course | Beside) -> tuple[Markup, Markup]:
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
