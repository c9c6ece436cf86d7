"""The one shape of every error of the API, and which error has which status."""

from __future__ import annotations

import json

from fastapi import FastAPI, Request
from fastapi.exception_handlers import http_exception_handler, request_validation_exception_handler
from fastapi.exceptions import RequestValidationError
from pydantic import BaseModel, ConfigDict, Field
from starlette.exceptions import HTTPException
from starlette.responses import PlainTextResponse, Response

from decroche.language import Language
from decroche.ledger.changing import NotThere
from decroche.ledger.folding import STORE_TROUBLE
from decroche.ledger.removing_places import StillNeeded

PREFIX = "/api/"
#: When a program should ask again after the store did not answer, in seconds.
RETRY_AFTER_S = 5


class Problem(BaseModel):
    """What went wrong."""

    code: str = Field(description="A word that stays the same: what a program decides by.")
    message: str = Field(description="A sentence for people.")
    field: str | None = Field(default=None, description="The field or parameter at fault, if there is one.")


class ErrorBody(BaseModel):
    """The body of every answer that is not a success."""

    model_config = ConfigDict(
        json_schema_extra={
            "examples": [{"error": {"code": "not_found", "message": "There is no such call.", "field": None}}]
        }
    )

    error: Problem


class ApiError(Exception):
    """An error that the API answers with; the kinds below say with which status."""

    status = 500
    code = "internal"

    def __init__(self, message: str, field: str | None = None) -> None:
        super().__init__(message)
        self.problem = Problem(code=self.code, message=message, field=field)


class NotSignedIn(ApiError):
    """No token, or one that nobody has."""

    status, code = 401, "not_signed_in"


class NotAllowed(ApiError):
    """A token without the right."""

    status, code = 403, "not_allowed"


class NotFound(ApiError):
    """There is no such thing in this account."""

    status, code = 404, "not_found"


class NotAcceptable(ApiError):
    """A value that cannot be taken."""

    status, code = 422, "invalid"


class Conflict(ApiError):
    """It is there already."""

    status, code = 409, "conflict"


class Held(ApiError):
    """Somebody else has it."""

    status, code = 409, "taken"


class NotAllowedNow(ApiError):
    """The rules of the country do not allow it now."""

    status, code = 409, "not_allowed_now"


class NotPlaceable(ApiError):
    """No phone system rings."""

    status, code = 409, "not_placed"


class NotFetched(ApiError):
    """The phone system gives no sound now."""

    status, code = 502, "not_fetched"


class Closed(ApiError):
    """There is nothing left to do."""

    status, code = 409, "closed"


class NotPermitted(ApiError):
    """A rule, or how recovery is set up, stands against it."""

    status, code = 409, "not_permitted"


class StillUsed(ApiError):
    """Something else needs it."""

    status, code = 409, "still_needed"


class Unavailable(ApiError):
    """The store does not answer, or is full."""

    status, code = 503, "unavailable"


_CODES = {401: "not_signed_in", 403: "not_allowed", 404: "not_found", 405: "method_not_allowed", 413: "too_large"}
_SAID: dict[int, str] = {
    401: "No token, or one that nobody has.",
    403: "The token lacks a right.",
    404: "There is no such thing in this account.",
    409: "It is there already, something needs it, somebody has it, it is over, or a rule is against it: see `code`.",
    413: "The body is larger than anything that is asked for.",
    422: "A value that cannot be taken; `field` says which.",
    502: "A phone system did not give what was asked of it.",
    503: "The store does not answer now: ask again after `Retry-After` seconds.",
}
_Described = dict[int | str, dict[str, object]]


def responses(*more: int) -> _Described:
    """The errors that an operation may answer with, for its description: those of all, and ``more``."""
    return {
        status: {"model": ErrorBody, "description": _SAID[status]} for status in sorted({401, 403, 422, 503, *more})
    }


def install(app: FastAPI) -> None:
    """Have ``app`` answer every error under the API in its one shape. Elsewhere nothing changes."""

    @app.exception_handler(ApiError)
    async def _api(_: Request, error: ApiError) -> Response:
        headers = {401: {"WWW-Authenticate": "Bearer"}, 503: {"Retry-After": str(RETRY_AFTER_S)}}.get(error.status)
        return _answer(error.status, error.problem, headers)

    @app.exception_handler(NotThere)
    async def _nothing(request: Request, _: NotThere) -> Response:
        return await _api(request, NotFound("There is no such thing in this account."))

    @app.exception_handler(StillNeeded)
    async def _needed(request: Request, error: StillNeeded) -> Response:
        return await _api(request, StillUsed(error.said(Language("en"))))

    @app.exception_handler(RequestValidationError)
    async def _invalid(request: Request, error: RequestValidationError) -> Response:
        if not _ours(request):
            return await request_validation_exception_handler(request, error)
        first = error.errors()[0]
        path = first["loc"][1:] if first["type"] != "json_invalid" else ()
        field = ".".join(str(part) for part in path) or None
        return _answer(422, Problem(code="invalid", message=str(first["msg"]), field=field))

    async def _store(request: Request, error: Exception) -> Response:
        if not _ours(request):
            raise error
        return await _api(request, Unavailable("The store does not answer now."))

    for kind in STORE_TROUBLE:
        app.add_exception_handler(kind, _store)

    @app.exception_handler(HTTPException)
    async def _http(request: Request, error: HTTPException) -> Response:
        if not _ours(request):
            return await http_exception_handler(request, error)
        # A body that cannot be read at all is as wrong as one with a wrong value in it.
        status = 422 if error.status_code == 400 else error.status_code
        code = _CODES.get(status, "invalid")
        return _answer(status, Problem(code=code, message=str(error.detail)), dict(error.headers or {}))

    @app.exception_handler(Exception)
    async def _fault(request: Request, _: Exception) -> Response:
        if not _ours(request):
            return PlainTextResponse("Internal Server Error", status_code=500)
        return _answer(500, Problem(code="internal", message="A fault of ours: it is in the log of the server."))


def _ours(request: Request) -> bool:
    return request.url.path.startswith(PREFIX)


def _answer(status: int, problem: Problem, headers: dict[str, str] | None = None) -> Response:
    # In ASCII: what a program sent may come back in it, and half a character has no bytes.
    text = json.dumps(ErrorBody(error=problem).model_dump())
    return Response(text, status_code=status, media_type="application/json", headers=headers)
