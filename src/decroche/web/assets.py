"""The files that pages load: each has its content's mark in its address, so that a browser asks for it only once."""

from __future__ import annotations

import hashlib
from functools import cache
from importlib.resources import files
from pathlib import PurePosixPath

from starlette.responses import Response
from starlette.staticfiles import StaticFiles
from starlette.types import Scope

_FOLDER = files("decroche.web") / "static"
_A_YEAR_S = 31_536_000


@cache
def asset(name: str) -> str:
    """The address of ``static/<name>``. One that is missing keeps its address, and the browser says so."""
    found = _FOLDER.joinpath(*PurePosixPath(name).parts)
    mark = hashlib.sha256(found.read_bytes()).hexdigest()[:12] if found.is_file() else ""
    return f"/static/{name}" + (f"?v={mark}" if mark else "")


class Assets(StaticFiles):
    """The folder, whose marked addresses may be kept for as long as a browser likes."""

    def __init__(self) -> None:
        super().__init__(packages=[("decroche.web", "static")])

    async def get_response(self, path: str, scope: Scope) -> Response:
        """The file, with how long it may be kept."""
        answer = await super().get_response(path, scope)
        marked = asset(path).partition("?")[2].encode()
        kept = bool(marked) and scope.get("query_string") == marked
        answer.headers["Cache-Control"] = f"public, max-age={_A_YEAR_S}, immutable" if kept else "no-cache"
        answer.headers["X-Content-Type-Options"] = "nosniff"
        return answer
