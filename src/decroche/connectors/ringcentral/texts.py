"""Texts through RingCentral: handing one over, finding it again in the message store, and texts of people.

RingCentral repeats nothing of ours and pushes no receipt: what became of a text stands in the message store, where it
is known by its words, its recipient and its time. Only numbers of the extension whose JWT we use may send.
"""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

from decroche.connector_kit.connector import Delivery, Record, Settings
from decroche.connector_kit.errors import Malformed, Misconfigured, Unavailable
from decroche.connector_kit.http import Http, answered
from decroche.connector_kit.objects import Told, encode, inner, moment, objects, text
from decroche.connector_kit.texts import Handed, Message, OutcomeUnknown, Refused, Texts, answered_object, hand_over
from decroche.connectors.ringcentral.api import CREDENTIALS, ask, forget_token, server_of, token_of
from decroche.model.fact import Heard
from decroche.model.problem import Problem
from decroche.model.text import TextFailure, TextReceipt, TextReceived, TextState

#: The filter of a subscription to texts of people.
FILTER = "/restapi/v1.0/account/~/extension/~/message-store/instant?type=SMS"
_EXTENSION = "/restapi/v1.0/account/~/extension/~"
_FIELDS = (*CREDENTIALS, "sender")
_STATES = {
    "Queued": TextState.HANDED,
    "Sent": TextState.HANDED,
    "Delivered": TextState.DELIVERED,
    "SendingFailed": TextState.FAILED,
    "DeliveryFailed": TextState.FAILED,
}
_CODES = {
    **dict.fromkeys(("SMS-RC-413", "SMS-UP-413", "SMS-CAR-413"), TextFailure.OPTED_OUT),
    # "Invalid or landline": RingCentral does not tell them apart.
    **dict.fromkeys(("SMS-RC-410", "SMS-UP-410", "SMS-CAR-411"), TextFailure.INVALID_NUMBER),
    **dict.fromkeys(("SMS-RC-430", "SMS-UP-430", "SMS-CAR-430"), TextFailure.FILTERED),
    **dict.fromkeys(("SMS-RC-403", "SMS-CAR-450", "SMS-CAR-451", "SMS-CAR-452"), TextFailure.ACCOUNT_LIMIT),
    "SMS-CAR-461": TextFailure.SENDER_REFUSED,
    "SMS-CAR-412": TextFailure.UNREACHABLE,
}
_PAGE_SIZE = 100
#: Clocks differ, and a day of texts to one person is read anyway.
_SLACK = timedelta(seconds=5)


def send(http: Http, settings: Settings, message: Message) -> Handed:
    """Hand a text over. Raises as ``Texts`` says."""
    told = {
        "from": {"phoneNumber": message.sender},
        "to": [{"phoneNumber": message.recipient}],
        "text": message.body,
    }
    url = f"{server_of(settings)}{_EXTENSION}/sms"
    for again in (False, True):
        headers = {"authorization": f"Bearer {token_of(http, settings)}"}
        try:
            answer = hand_over(http, "POST", url, fields=_FIELDS, headers=headers, json=told)
        except Misconfigured as error:
            # An old access token is refused before anything is read.
            if error.status != 401 or again:
                raise
            forget_token(http)
            continue
        break
    said = answered_object(answer)
    if answer.status_code >= 400:
        code = text(said, "errorCode")
        if code is None or answer.status_code == 404:
            raise Misconfigured(answered(answer), _FIELDS, status=answer.status_code)
        problem = Problem("the provider refuses the text ({code})", {"code": code})
        raise Refused(problem, _CODES.get(code, TextFailure.UNKNOWN), code)
    ref = text(said, "id")
    if ref is None:
        raise OutcomeUnknown("the provider accepted a text and did not name it")
    return Handed(ref=ref)


def find(http: Http, settings: Settings, message: Message, since: datetime) -> TextReceipt | None:
    """What the message store tells of a text that was handed over at or after ``since``."""
    after = since - _SLACK
    params: dict[str, str | int] = {
        "messageType": "SMS", "direction": "Outbound", "phoneNumber": message.recipient, "perPage": _PAGE_SIZE,
        "dateFrom": after.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%S.000Z"),
    }  # fmt: skip
    told = ask(http, settings, "GET", f"{_EXTENSION}/message-store", params=params)
    if not isinstance(told.get("records"), list):
        raise Unavailable("the provider's list of texts cannot be read")
    rows = objects(told, "records")
    found = [
        (at, row)
        for row in rows
        if (at := moment(row, "creationTime")) is not None
        and at >= after
        and row.get("subject") == message.body
        and text(inner(row, "from"), "phoneNumber") == message.sender
    ]
    if found:
        return _of_row(min(found, key=lambda each: each[0])[1], message.reference)
    if len(rows) >= _PAGE_SIZE:
        raise Unavailable("the provider's list of texts is longer than a page")
    return None


def _of_row(row: Told, reference: str) -> TextReceipt:
    ref, at = text(row, "id"), moment(row, "lastModifiedTime", "creationTime")
    if ref is None or at is None:
        raise Unavailable("the provider's list of texts cannot be read")
    state = _STATES.get(text(row, "messageStatus") or "", TextState.HANDED)
    if state is not TextState.FAILED:
        return TextReceipt(ref=ref, reference=reference, state=state, at=at)
    codes = [text(row, "deliveryErrorCode"), *(text(each, "deliveryErrorCode") for each in objects(row, "to"))]
    code = next((each for each in codes if each), None)
    failure = _CODES.get(code or "", TextFailure.UNKNOWN)
    return TextReceipt(ref=ref, reference=reference, state=state, at=at, failure=failure, raw_failure=code)


def is_about_text(event: str | None) -> bool:
    """Whether a notification of this event is about a text of a person."""
    return "/message-store/instant" in (event or "")


def record(told: Told, delivery: Delivery) -> Record:
    """What is kept of a notification about a text. Raises Malformed."""
    body = inner(told, "body")
    ref = text(body, "id")
    if ref is None:
        raise Malformed("a text without an id or without a time")
    kept = {
        "id": ref,
        "from": text(inner(body, "from"), "phoneNumber"),
        "to": [text(each, "phoneNumber") for each in objects(body, "to")],
        "direction": text(body, "direction"),
        "subject": body.get("subject"),
        "creationTime": text(body, "creationTime"),
        "timestamp": text(told, "timestamp"),
    }
    about = {} if delivery.received_at is None else {"received": delivery.received_at.isoformat()}
    return Record(kind="text", key=f"text/{ref}", body=encode(kept), about=about)


def hear_text(told: Told, about: Told) -> Heard:
    """What a kept notification says. Raises Malformed."""
    ref, sender, to = text(told, "id"), text(told, "from"), told.get("to")
    at = moment(told, "creationTime", "timestamp") or moment(about, "received")
    recipient = to[0] if isinstance(to, list) and to and isinstance(to[0], str) else None
    body = told.get("subject") or ""
    if ref is None or at is None or sender is None or recipient is None or not isinstance(body, str):
        raise Malformed("a text without an id, a sender or a recipient")
    said = TextReceived(ref=ref, sender=sender, recipient=recipient, body=body.replace("\0", ""), at=at)
    return Heard(texts=(said,))


TEXTS = Texts(send=send, find=find, receipts_come=False, per_second=0.5, needs=(CREDENTIALS,))
