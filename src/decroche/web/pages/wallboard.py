"""``/wallboard``: the day in large figures for a screen on the wall: nothing of any person, honest when it is old."""

from __future__ import annotations

from dataclasses import dataclass

from fastapi import APIRouter
from markupsafe import Markup
from starlette.requests import Request
from starlette.responses import Response

from decroche.web.access import Services, Visit, visit
from decroche.web.day import age, moving
from decroche.web.frame import Theme
from decroche.web.rendering import page, sent, written
from decroche.web.sharing import Part, Shared


@dataclass(frozen=True, slots=True, kw_only=True)
class Wallboard:
    """What the page needs around its figures, which are ``age`` seconds old. ``zone`` is where its clock is."""

    business: str
    zone: str
    times_faster: float | None
    age: float
    moving: Markup


def router(services: Services) -> APIRouter:
    """The routes of the page."""
    routes = APIRouter(include_in_schema=False)
    shared = Shared()

    def part(here: Visit) -> Part:
        return moving(here, services, shared, "wall", lambda now: written("wallboard_now.html", here.language, now))

    @routes.get("/wallboard")
    def show(request: Request) -> Response:
        with visit(services, request) as here:
            made = part(here)
            light = request.query_params.get("theme") == Theme.LIGHT
            around = Wallboard(
                business=here.about["name"],
                zone=here.zone.key,
                times_faster=services.times_faster,
                age=age(made, services),
                moving=made.text,
            )
            return page("wallboard.html", here.language, around, theme=Theme.LIGHT if light else Theme.DARK)

    @routes.get("/wallboard/now")
    def show_moving_part(request: Request) -> Response:
        with visit(services, request) as here:
            made = part(here)
        answer = sent(made.text)
        answer.headers["X-Age"] = str(age(made, services))
        return answer

    return routes
