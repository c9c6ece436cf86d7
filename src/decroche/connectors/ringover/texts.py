"""Texts through Ringover: handing one over, and its webhook of texts that were sent and received.

Ringover says that it sent a text, and never whether it arrived; it repeats nothing of ours, and no list is documented.
After a lost answer, only its webhook of texts that were sent tells.
"""

from __future__ import annotations

from typing import Any

from decroche.connector_kit.connector import Delivery, Record, Settings
from decroche.connector_kit.errors import Ignored, Malformed, Misconfigured
from decroche.connector_kit.http import Http, answered
from decroche.connector_kit.numbers import with_plus
from decroche.connector_kit.objects import Told, encode, flag, inner, moment, text
from decroche.connector_kit.texts import Handed, Message, OutcomeUnknown, Refused, Texts, answered_object, hand_over
from decroche.connectors.ringover.api import host_of
from decroche.model.fact import Heard, UnknownWord
from decroche.model.problem import Problem
from decroche.model.text import TextFailure, TextReceipt, TextReceived, TextState

_FIELDS = ("api_key", "region", "sender")
_KEPT = ("id", "message_id", "conversation_id", "time", "direction", "from_number", "to_number", "body", "is_internal")


def send(http: Http, settings: Settings, message: Message) -> Handed:
    """Hand a text over. Raises as ``Texts`` says."""
    host, key = host_of(settings)
    told: dict[str, Any] = {"to_number": _digits(message.recipient), "content": message.body}
    if message.sender.startswith("+"):
        path = "/v2/push/sms"
        told |= {"from_number": _digits(message.sender), "archived_auto": False}
    else:
        path = "/v2/push/sms/v1"
        told["from_alphanum"] = message.sender
    headers = {"authorization": key}
    answer = hand_over(http, "POST", f"https://{host}{path}", fields=_FIELDS, headers=headers, json=told)
    if answer.status_code == 404:
        raise Misconfigured(answered(answer), _FIELDS, status=404)
    if answer.status_code >= 400:
        code = str(answer.status_code)
        failure = TextFailure.ACCOUNT_LIMIT if answer.status_code == 402 else TextFailure.UNKNOWN
        raise Refused(Problem("the provider refuses the text ({code})", {"code": code}), failure, code)
    ref = text(answered_object(answer), "message_id")
    if ref is None:
        raise OutcomeUnknown("the provider accepted a text and did not name it")
    return Handed(ref=ref)


def _digits(number: str) -> int:
    """Ringover writes numbers as integers, without the plus sign."""
    found = number.removeprefix("+")
    if not (found.isascii() and found.isdigit()):
        raise Refused("the number is not an international one", TextFailure.INVALID_NUMBER)
    return int(found)


def record(told: Told, delivery: Delivery) -> Record:
    """What is kept of an event about a text. Raises Malformed."""
    event, data = text(told, "event"), inner(told, "data")
    ref = text(data, "message_id", "id")
    if event is None or ref is None:
        raise Malformed("an event about nothing")
    kept = {
        "event": event,
        "resource": "sms",
        "timestamp": told.get("timestamp"),
        "data": {name: data[name] for name in _KEPT if name in data},
    }
    about = {} if delivery.received_at is None else {"received": delivery.received_at.isoformat()}
    return Record(kind="text", key=f"sms/{event}/{ref}", body=encode(kept), about=about)


def hear_text(told: Told, about: Told) -> Heard:
    """What a kept event says of a text. Raises Malformed and Ignored."""
    event, data = text(told, "event") or "", inner(told, "data")
    ref = text(data, "message_id", "id")
    at = moment(data, "time") or moment(told, "timestamp") or moment(about, "received")
    if ref is None or at is None:
        raise Malformed("a text without an id or without a time")
    if flag(data, "is_internal"):
        raise Ignored("a text between colleagues")
    if event == "sent":
        return Heard(texts=(TextReceipt(ref=ref, state=TextState.HANDED, at=at),))
    if event != "received":
        return Heard(unknown=(UnknownWord("event", event),))
    sender, recipient = with_plus(text(data, "from_number")), with_plus(text(data, "to_number"))
    body = data.get("body", "")
    if sender is None or recipient is None or not isinstance(body, str):
        raise Malformed("a text without a sender, a recipient or words")
    said = TextReceived(ref=ref, sender=sender, recipient=recipient, body=body.replace("\0", ""), at=at)
    return Heard(texts=(said,))


TEXTS = Texts(send=send, receipts_come=False, needs=(("api_key",),))
