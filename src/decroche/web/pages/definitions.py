"""``/definitions``: what the words and figures of the pages mean; figures and verdicts lead here."""

from __future__ import annotations

from dataclasses import dataclass

from fastapi import APIRouter
from starlette.requests import Request
from starlette.responses import Response

from decroche.language import Language
from decroche.model.call import Disposition, MissedReason
from decroche.understand.live_journeys import LiveState
from decroche.web.access import Services, visit
from decroche.web.rendering import page

#: The figures of the day, by the names of their definitions.
_FIGURES = ("waiting", "answered", "open", "recovered", "promised", "at_risk", "brought_back")


@dataclass(frozen=True, slots=True, kw_only=True)
class Word:
    """A word and what it means; ``id`` is where links to it lead."""

    id: str
    name: str
    said: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Part:
    """Words that belong together."""

    title: str
    words: tuple[Word, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Definitions:
    """What the page needs."""

    parts: tuple[Part, ...]


def router(services: Services) -> APIRouter:
    """The routes of the page."""
    routes = APIRouter(include_in_schema=False)

    @routes.get("/definitions")
    def show(request: Request) -> Response:
        with visit(services, request) as here:
            return page("definitions.html", here.frame, definitions(here.language))

    return routes


def definitions(language: Language) -> Definitions:
    """All of them."""
    say = language.say
    figures = tuple(Word(id=f"today_{e}", name=say(f"today.{e}"), said=say(f"meaning.today.{e}")) for e in _FIGURES)
    verdicts = tuple(
        Word(id=str(each), name=say(f"calls.outcome.{each}"), said=say(f"meaning.disposition.{each}"))
        for each in Disposition
        # « Busy » is also why a call was missed, and « unknown » too: the reason says it.
        if each not in {str(reason) for reason in MissedReason}
    )
    reasons = tuple(
        Word(id=str(each), name=say(f"reason.{each}"), said=say(f"meaning.reason.{each}")) for each in MissedReason
    )
    journey = Word(id="journey", name=say("journeys.one"), said=say("meaning.journey"))
    states = tuple(
        Word(id=f"journey_{e}", name=say(f"journeys.state.{e}"), said=say(f"meaning.journey.{e}")) for e in LiveState
    )
    going_on = Word(id="going_on", name=say("calls.going_on"), said=say("call.why.going_on"))
    return Definitions(
        parts=(
            Part(title=say("definitions.today"), words=figures),
            Part(title=say("definitions.verdicts"), words=(*verdicts, going_on)),
            Part(title=say("definitions.reasons"), words=reasons),
            Part(title=say("definitions.journeys"), words=(journey, *states)),
        )
    )
