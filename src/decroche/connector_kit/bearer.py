"""Asks with an access token as long as it is good, and with a new one once a platform says that it has expired."""

from __future__ import annotations

from collections.abc import Callable
from typing import TypeVar

from decroche.connector_kit.errors import Misconfigured
from decroche.connector_kit.http import Http

_Answer = TypeVar("_Answer")
_EXPIRED = 401


def with_token(http: Http, name: str, log_in: Callable[[], str], ask: Callable[[str], _Answer]) -> _Answer:
    """What ``ask`` gives for a token: the one that ``http`` remembers as ``name``, else one that ``log_in`` gives.

    A remembered token that is refused (Misconfigured with status 401) is replaced once. Raises as both do.
    """
    known = http.memory.get(name)
    if known is not None:
        try:
            return ask(str(known))
        except Misconfigured as error:
            if error.status != _EXPIRED:
                raise
            http.memory.pop(name, None)
    token = log_in()
    http.memory[name] = token
    try:
        return ask(token)
    except Misconfigured as error:
        if error.status == _EXPIRED:
            http.memory.pop(name, None)
        raise
