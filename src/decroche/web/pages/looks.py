"""``/look``: somebody chooses the light or the dark desk, and this browser keeps it."""

from __future__ import annotations

from typing import Annotated

from fastapi import APIRouter, Form
from starlette.responses import Response

from decroche.web.access import Services
from decroche.web.addresses import back_to
from decroche.web.frame import THEME_COOKIE, Theme

#: A year, in seconds.
_KEPT_S = 365 * 86_400


def router(services: Services) -> APIRouter:
    """The route."""
    routes = APIRouter(include_in_schema=False)

    @routes.post("/look")
    def choose(theme: Annotated[str, Form()] = "", back: Annotated[str, Form()] = "/") -> Response:
        answer = back_to(back)
        if theme in set(Theme):
            kept = 0 if theme == Theme.SYSTEM else _KEPT_S
            answer.set_cookie(THEME_COOKIE, theme, max_age=kept, httponly=True, samesite="lax", secure=services.secure)
        return answer

    return routes
