"""Texts through Aircall: handing one over from one of its numbers, and its webhooks about texts.

Aircall sends from a number that it knows by an id: the list of numbers is asked for once. It repeats nothing of ours.
The words for how far a text came are not published: those known here are the usual ones, any other is kept and shown.
"""

from __future__ import annotations

import base64
from datetime import datetime

from decroche.connector_kit.connector import Delivery, Record, Settings
from decroche.connector_kit.errors import Malformed, Misconfigured, Unavailable
from decroche.connector_kit.http import Http, answered
from decroche.connector_kit.numbers import with_plus
from decroche.connector_kit.objects import Told, encode, inner, moment, objects, text
from decroche.connector_kit.texts import Handed, Message, OutcomeUnknown, Refused, Texts, answered_object, hand_over
from decroche.model.fact import Heard, UnknownWord
from decroche.model.problem import Problem
from decroche.model.text import TextFailure, TextReceipt, TextReceived, TextState

_NUMBERS = "https://api.aircall.io/v1/numbers"
_FIELDS = ("api_id", "api_token", "sender")
_KNOWN = "aircall_numbers"
_STATES = {
    **dict.fromkeys(("pending", "queued", "sending", "sent"), TextState.HANDED),
    "delivered": TextState.DELIVERED,
    **dict.fromkeys(("failed", "undelivered"), TextState.FAILED),
}
_KEPT = ("id", "status", "direction", "external_number", "raw_digits", "body")


def send(http: Http, settings: Settings, message: Message) -> Handed:
    """Hand a text over. Raises as ``Texts`` says."""
    headers = {"authorization": _authorization(settings)}
    url = f"{_NUMBERS}/{_number_id(http, headers, message.sender)}/messages/native/send"
    told = {"to": message.recipient, "body": message.body}
    answer = hand_over(http, "POST", url, fields=_FIELDS, headers=headers, json=told)
    if answer.status_code == 404:
        http.memory.pop(_KNOWN, None)
        raise Misconfigured(answered(answer), _FIELDS, status=404)
    if answer.status_code >= 400:
        code = str(answer.status_code)
        raise Refused(Problem("the provider refuses the text ({code})", {"code": code}), TextFailure.UNKNOWN, code)
    ref = text(answered_object(answer), "id")
    if ref is None:
        raise OutcomeUnknown("the provider accepted a text and did not name it")
    return Handed(ref=ref)


def _authorization(settings: Settings) -> str:
    if not settings.get("api_id") or not settings.get("api_token"):
        raise Misconfigured("Aircall's API needs an API id and an API token", ["api_id", "api_token"])
    return "Basic " + base64.b64encode(f"{settings['api_id']}:{settings['api_token']}".encode()).decode()


def _number_id(http: Http, headers: dict[str, str], sender: str) -> str:
    """Aircall's id of the number that we send from."""
    if (known := http.memory.get(_KNOWN)) is None or _plain(sender) not in known:
        known = {}
        link: str | None = f"{_NUMBERS}?per_page=50"
        while link is not None:
            try:
                told = http.get(link, headers=headers)
            except Misconfigured as error:
                raise Misconfigured(error.problem, _FIELDS, status=error.status) from error
            if not isinstance(told, dict):
                raise Unavailable("Aircall's list of numbers cannot be read")
            rows = objects(told, "numbers")
            known |= {_plain(text(row, "digits") or ""): id_ for row in rows if (id_ := text(row, "id"))}
            link = text(inner(told, "meta"), "next_page_link") if rows else None
            if link is not None and not link.startswith(f"{_NUMBERS}?"):
                raise Unavailable("the next page is not at Aircall's address")
        http.memory[_KNOWN] = known
    found = known.get(_plain(sender))
    if found is None:
        raise Misconfigured("the sender is none of Aircall's numbers of this company", ["sender"])
    return str(found)


def _plain(number: str) -> str:
    return "".join(character for character in number if character.isascii() and character.isdigit())


def record(told: Told, delivery: Delivery) -> Record:
    """What is kept of an event about a text. Raises Malformed."""
    event, data = text(told, "event"), inner(told, "data")
    ref, status = text(data, "id"), text(data, "status") or ""
    if event is None or ref is None:
        raise Malformed("an event about nothing")
    kept = {
        "event": event,
        "timestamp": told.get("timestamp"),
        "data": {name: data[name] for name in _KEPT if name in data},
        "number": {"digits": text(inner(data, "number"), "digits")},
    }
    about = {} if delivery.received_at is None else {"received": delivery.received_at.isoformat()}
    return Record(kind="text", key=f"{event}/{ref}/{status}", body=encode(kept), about=about)


def hear_text(told: Told, about: Told) -> Heard:
    """What a kept event says of a text. Raises Malformed."""
    event, data = text(told, "event") or "", inner(told, "data")
    ref, at = text(data, "id"), moment(told, "timestamp") or moment(about, "received")
    if ref is None or at is None:
        raise Malformed("a text without an id or without a time")
    if event == "message.received":
        return _received(told, data, ref, at=at)
    if event not in ("message.sent", "message.status_updated"):
        return Heard(unknown=(UnknownWord("event", event),))
    status = (text(data, "status") or ("sent" if event == "message.sent" else "")).lower()
    state = _STATES.get(status)
    if state is None:
        return Heard(unknown=(UnknownWord("status", status),))
    failed = state is TextState.FAILED
    receipt = TextReceipt(
        ref=ref,
        state=state,
        at=at,
        failure=TextFailure.UNKNOWN if failed else None,
        raw_failure=status if failed else None,
    )
    return Heard(texts=(receipt,))


def _received(told: Told, data: Told, ref: str, *, at: datetime) -> Heard:
    sender, line = text(data, "external_number", "raw_digits"), text(inner(told, "number"), "digits")
    body = data.get("body", "")
    if sender is None or line is None or not isinstance(body, str):
        raise Malformed("a text without a sender, a recipient or words")
    said = TextReceived(
        ref=ref,
        sender=_international(sender),
        recipient=_international(line),
        body=body.replace("\0", ""),
        at=at,
    )
    return Heard(texts=(said,))


def _international(number: str) -> str:
    """Aircall writes "+33 1 99 00 00 02"; elsewhere digits alone."""
    plain = _plain(number)
    return f"+{plain}" if number.startswith("+") and plain else with_plus(plain) or number


TEXTS = Texts(send=send, needs=(_FIELDS[:2],))
