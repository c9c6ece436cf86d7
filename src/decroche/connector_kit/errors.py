"""Why a connector cannot go on: a closed list, whose kinds tell the caller what to do next."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import timedelta

from decroche.model.problem import Problem


class ConnectorError(Exception):
    """What a connector raises; the kind tells the caller what to do next. ``str(error)`` is a safe English sentence.

    ``problem`` is the same for a page that says it in another language: a message that has values in it is a Problem.
    """

    def __init__(self, message: str | Problem = "") -> None:
        super().__init__(str(message))
        self.problem = message if isinstance(message, Problem) else Problem(message)


class NotAuthentic(ConnectorError):
    """The delivery is not the platform's, or is too old: refuse it, store nothing."""


class Ignored(ConnectorError):
    """Authentic, and nothing about calls: acknowledge it; the platform need not send it again."""


class Malformed(ConnectorError):
    """Authentic, and not what the platform documents: keep it, count it, show it."""


class Unavailable(ConnectorError):
    """The platform does not answer now: try again after ``retry_after`` (None: as you see fit)."""

    def __init__(self, message: str | Problem, retry_after: timedelta | None = None) -> None:
        super().__init__(message)
        self.retry_after = retry_after


class AnswerLost(Unavailable):
    """The request was on its way, and no answer came: nobody can tell whether the platform did what it asks."""


class Misconfigured(ConnectorError):
    """The platform refuses our settings: only a person can mend it. ``fields`` are the keys to look at.

    ``status`` is the platform's HTTP status, where it answered with one.
    """

    def __init__(self, message: str | Problem, fields: Sequence[str] = (), *, status: int | None = None) -> None:
        super().__init__(message)
        self.fields = tuple(fields)
        self.status = status
