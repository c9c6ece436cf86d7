"""Puts the pages into an application, with what they look like."""

from __future__ import annotations

from fastapi import FastAPI
from starlette.routing import Route

from decroche.web import troubles
from decroche.web.access import NotSignedIn, Services, to_sign_in
from decroche.web.assets import Assets
from decroche.web.pages import choosing, connecting, design, live, looks, signing_in


def install_pages(app: FastAPI, services: Services) -> None:
    """Every page, and the files that they load."""
    app.add_exception_handler(NotSignedIn, to_sign_in)
    troubles.install(app, services)
    paths: set[str] = set()
    for page in (signing_in, live, connecting, choosing, looks, design):
        router = page.router(services)
        paths |= {route.path for route in router.routes if isinstance(route, Route)}
        app.include_router(router)
    app.state.pages = frozenset(paths)
    app.mount("/static", Assets(), name="static")
