"""Puts the pages into an application, with what they look like."""

from __future__ import annotations

from fastapi import FastAPI
from starlette.staticfiles import StaticFiles

from decroche.web.access import NotSignedIn, Services, to_sign_in
from decroche.web.pages import choosing, connecting, live, signing_in


def install_pages(app: FastAPI, services: Services) -> None:
    """Every page, and the files that they load."""
    app.add_exception_handler(NotSignedIn, to_sign_in)
    for page in (signing_in, live, connecting, choosing):
        app.include_router(page.router(services))
    app.mount("/static", StaticFiles(packages=[("decroche.web", "static")]), name="static")
