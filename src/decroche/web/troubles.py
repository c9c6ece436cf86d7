"""What people see when something does not work: a page that says what happened and what to do, in their language."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from fastapi import FastAPI
from fastapi.exceptions import RequestValidationError
from starlette.concurrency import run_in_threadpool
from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import Response

from decroche.language import Language
from decroche.ledger.folding import STORE_TROUBLE
from decroche.web.access import NotSignedIn, SecondFactorWanted, Services, visit
from decroche.web.frame import Frame, browser_language, theme_of
from decroche.web.rendering import page

#: Addresses for programs: whoever asks there is not looking at a page.
_FOR_PROGRAMS = ("/api/", "/hooks/", "/reach/", "/metrics", "/health")
#: When to ask again after the store did not answer, in seconds.
_RETRY_AFTER_S = 5
_KINDS = {403: "forbidden", 404: "missing", 429: "too_often", 503: "unavailable"}


@dataclass(frozen=True, slots=True, kw_only=True)
class Trouble:
    """What the page needs. ``kind`` names its sentences: forbidden, missing, too_often, unavailable, wrong, fault."""

    kind: str
    status: int


def install(app: FastAPI, services: Services) -> None:
    """Have ``app`` answer people with a page; programs are answered as before."""

    def answers(error: type[Exception], status: Callable[[Any], int]) -> None:
        before = app.exception_handlers.get(error)

        async def handle(request: Request, raised: Exception) -> Response:
            if not _looks_at_a_page(request):
                if before is None:
                    raise raised
                found = before(request, raised)
                return found if isinstance(found, Response) else await found
            code = status(raised)
            headers = dict(getattr(raised, "headers", None) or {})
            answer = await run_in_threadpool(_page, services, request, code)
            answer.headers.update(headers)
            if code == 503:
                answer.headers.setdefault("Retry-After", str(_RETRY_AFTER_S))
            return answer

        app.add_exception_handler(error, handle)

    answers(HTTPException, lambda raised: int(raised.status_code))
    answers(RequestValidationError, lambda _: 422)
    for kind in STORE_TROUBLE:
        answers(kind, lambda _: 503)
    answers(Exception, lambda _: 500)


def _looks_at_a_page(request: Request) -> bool:
    html = "text/html" in request.headers.get("accept", "") or "hx-request" in request.headers
    return html and not request.url.path.startswith(_FOR_PROGRAMS)


def trouble_of(status: int) -> Trouble:
    """The trouble that goes with a status."""
    kind = _KINDS.get(status, "fault" if status >= 500 else "wrong")
    return Trouble(kind=kind, status=status)


def _page(services: Services, request: Request, status: int) -> Response:
    trouble = trouble_of(status)
    reader = _reader(services, request, status)
    if "hx-request" in request.headers:
        # A part that cannot be fetched is told where messages are, and leaves the page as it is.
        language = reader.language if isinstance(reader, Frame) else reader
        answer = page("trouble_part.html", language, trouble, status=status)
        answer.headers.update({"HX-Retarget": "#toasts", "HX-Reswap": "innerHTML"})
        return answer
    template = "trouble.html" if isinstance(reader, Frame) else "trouble_alone.html"
    return page(template, reader, trouble, status=status, theme=theme_of(request))


def _reader(services: Services, request: Request, status: int) -> Frame | Language:
    """The frame of who is signed in. Where the store may be the trouble, nothing is asked of it."""
    if status < 500:
        try:
            with visit(services, request) as here:
                return here.frame
        except (NotSignedIn, SecondFactorWanted, HTTPException, *STORE_TROUBLE):
            pass
    return browser_language(request)
