"""How a text is handed to a provider: the part ``texts`` of a connector."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

import httpx

from decroche.connector_kit.errors import AnswerLost, ConnectorError, Malformed, Misconfigured, Unavailable
from decroche.connector_kit.http import Http, answered, retry_after
from decroche.connector_kit.objects import Told, decode
from decroche.model.problem import Problem
from decroche.model.text import TextFailure, TextReceipt

Settings = Mapping[str, str]


@dataclass(frozen=True, slots=True, kw_only=True)
class Message:
    """A text to hand over. ``reference`` is ours, at most 32 letters and digits, and the same at every try.

    ``recipient`` is E.164 with its plus sign; ``sender`` E.164, a short code or letters. ``hook_url`` is the public
    address to which receipts and answers are to come; empty when there is none.
    """

    reference: str
    sender: str
    recipient: str
    body: str
    hook_url: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Handed:
    """The provider accepted a text: its id of it, and what it tells at once of segments and price."""

    ref: str
    segments: int | None = None
    price: float | None = None
    currency: str | None = None


class Refused(ConnectorError):
    """The provider will never send this text, and has not sent it."""

    def __init__(self, message: str | Problem, failure: TextFailure, raw: str = "") -> None:
        super().__init__(message)
        self.failure = failure
        self.raw = raw


class OutcomeUnknown(ConnectorError):
    """The provider may have accepted the text and may not: it must not be sent again before that is known."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Texts:
    """Sending texts through a platform.

    ``send`` raises Unavailable when the text was surely not accepted (no connection, 429, an error that says so) and
    may be handed over later or to somebody else, OutcomeUnknown when an answer was lost, Refused, or Misconfigured.
    Where ``keyed`` is True, the provider itself drops a repetition with the same reference, so that a lost answer may
    be followed by another try. ``find`` asks what the provider knows of a message that was handed over at or after
    the moment given: its receipt, or None when it is sure that there is none; it raises Unavailable while it cannot
    tell. None in its place means that only a receipt can settle an unknown outcome.
    Where ``receipts_come`` is False, what becomes of a text is learned only by asking ``find``, now and then until it
    is final; without ``find`` it is never learned.
    ``find`` is not asked before ``settled_after`` has passed: a provider's list may lag behind what it accepted.
    ``senders`` are the keys of the settings that hold what we may send from. Nothing can be sent unless all settings of
    one of the alternatives that it ``needs`` are given.
    """

    send: Callable[[Http, Settings, Message], Handed]
    find: Callable[[Http, Settings, Message, datetime], TextReceipt | None] | None = None
    receipts_come: bool = True
    keyed: bool = False
    settled_after: timedelta = timedelta(minutes=1)
    #: How many texts one sender may hand over in a second.
    per_second: float = 1.0
    #: Whether answers of people reach us through this platform.
    two_way: bool = True
    senders: tuple[str, ...] = ("sender",)
    needs: tuple[tuple[str, ...], ...] = ()

    def missing(self, settings: Settings) -> tuple[str, ...]:
        """Which of the settings that it needs are empty: of the first alternative, where none is complete."""
        lacking = [tuple(key for key in keys if not settings.get(key, "").strip()) for keys in self.needs]
        return lacking[0] if lacking and all(lacking) else ()


def answered_object(answer: httpx.Response) -> Told:
    """The JSON object of an answer; an empty one for anything else."""
    try:
        return decode(answer.content)
    except Malformed:
        return {}


def hand_over(
    http: Http,
    method: str,
    url: str,
    *,
    fields: tuple[str, ...],
    params: Mapping[str, str | int] | None = None,
    headers: Mapping[str, str] | None = None,
    json: Any = None,
    form: Mapping[str, str] | None = None,
    content: bytes | None = None,
) -> httpx.Response:
    """The provider's answer to a text: 2xx, or a 4xx that says why it refuses.

    Raises as ``Texts.send``. Only 429 and 503 say that nothing was done; after another 5xx, a proxy may have lost the
    answer to a text that was accepted. ``fields`` are the settings to look at when the provider does not know us.
    """
    try:
        answer = http.exchange(method, url, params=params, headers=headers, json=json, form=form, content=content)
    except AnswerLost as error:
        raise OutcomeUnknown(error.problem) from error
    status = answer.status_code
    if status in (429, 503):
        raise Unavailable(answered(answer), retry_after(answer.headers))
    if status >= 500 or status == 408:
        raise OutcomeUnknown(answered(answer))
    if status in (401, 403) or not (200 <= status < 300 or 400 <= status < 500):
        raise Misconfigured(answered(answer), fields, status=status)
    return answer
