"""``/sign-in``: a browser is given the token of an account, and keeps it in a cookie that no script can read."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Annotated

from fastapi import APIRouter, Form
from starlette.requests import Request
from starlette.responses import RedirectResponse, Response

from decroche.web.access import COOKIE, NotSignedIn, Services, signed_in
from decroche.web.frame import browser_language, theme_of
from decroche.web.rendering import page

#: A year, in seconds.
_KEPT_S = 365 * 86_400


@dataclass(frozen=True, slots=True)
class SignIn:
    """What the page needs."""

    refused: bool


def router(services: Services) -> APIRouter:
    """The route of the page."""
    routes = APIRouter(include_in_schema=False)

    @routes.get("/sign-in")
    def show(request: Request, token: str = "") -> Response:
        if token:
            return _enter(token)
        return page("sign_in.html", browser_language(request), SignIn(refused=False), theme=theme_of(request))

    @routes.post("/sign-in")
    def enter(request: Request, token: Annotated[str, Form()] = "") -> Response:
        try:
            signed_in(services, token.strip())
        except NotSignedIn:
            language, theme = browser_language(request), theme_of(request)
            return page("sign_in.html", language, SignIn(refused=True), status=401, theme=theme)
        return _enter(token.strip())

    def _enter(token: str) -> Response:
        signed_in(services, token)
        answer = RedirectResponse("/", status_code=303)
        # Lax: whoever follows a link from an e-mail is signed in; no page changes anything on a GET.
        answer.set_cookie(COOKIE, token, max_age=_KEPT_S, httponly=True, samesite="lax", secure=services.secure)
        return answer

    return routes
