"""The one shape of every error of the API, and which error has which status."""

from __future__ import annotations

from fastapi import FastAPI, Request
from fastapi.exceptions import RequestValidationError
from pydantic import BaseModel
from sqlalchemy.exc import OperationalError
from starlette.exceptions import HTTPException
from starlette.responses import JSONResponse

PREFIX = "/api/"


class Problem(BaseModel):
    """What went wrong: a stable ``code``, a ``message`` for people, and the ``field`` at fault if there is one."""

    code: str
    message: str
    field: str | None = None


class ErrorBody(BaseModel):
    """The body of every answer that is not a success."""

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


_CODES = {404: "not_found", 405: "method_not_allowed", 401: "not_signed_in", 403: "not_allowed"}
#: The errors that an operation may answer with, for its OpenAPI description.
RESPONSES: dict[int | str, dict[str, object]] = {
    status: {"model": ErrorBody} for status in (401, 403, 404, 409, 422, 503)
}


def install(app: FastAPI) -> None:
    """Have ``app`` answer every error under the API in its one shape."""

    @app.exception_handler(ApiError)
    async def _api(_: Request, error: ApiError) -> JSONResponse:
        headers = {"WWW-Authenticate": "Bearer"} if error.status == 401 else None
        return _answer(error.status, error.problem, headers)

    @app.exception_handler(RequestValidationError)
    async def _invalid(_: Request, error: RequestValidationError) -> JSONResponse:
        first = error.errors()[0]
        field = ".".join(str(part) for part in first["loc"][1:]) or None
        return _answer(422, Problem(code="invalid", message=str(first["msg"]), field=field))

    @app.exception_handler(OperationalError)
    async def _store(_: Request, __: OperationalError) -> JSONResponse:
        return _answer(503, Problem(code="unavailable", message="The store does not answer now."), {"Retry-After": "5"})

    @app.exception_handler(HTTPException)
    async def _http(_: Request, error: HTTPException) -> JSONResponse:
        code = _CODES.get(error.status_code, "invalid")
        return _answer(error.status_code, Problem(code=code, message=str(error.detail)), dict(error.headers or {}))


def _answer(status: int, problem: Problem, headers: dict[str, str] | None = None) -> JSONResponse:
    return JSONResponse(ErrorBody(error=problem).model_dump(), status_code=status, headers=headers)
