"""Texts through OVH: handing one over, asking what became of it by our reference, and reading what people answered.

Our reference is the ``tag`` of the job, by which OVH lists what it sent. OVH's callbacks are signed by nobody, and what
they carry is documented only in part: answers and receipts are read through the API, which knows who asks.
"""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any

from decroche.connector_kit.alphabet import fits_basic
from decroche.connector_kit.connector import Record, Settings
from decroche.connector_kit.errors import Malformed, Misconfigured, Unavailable
from decroche.connector_kit.http import Http, answered
from decroche.connector_kit.objects import Told, decode, encode, moment, number, text
from decroche.connector_kit.texts import Handed, Message, OutcomeUnknown, Refused, Texts, answered_object
from decroche.connectors.ovh.api import KEYS, Api
from decroche.model.fact import Heard
from decroche.model.problem import Problem
from decroche.model.text import TextFailure, TextReceipt, TextReceived, TextState

_FIELDS = (*KEYS, "sms_service", "sender")
#: OVH's codes of a text that arrived, and of one that did not; the others are on their way.
_ARRIVED, _FAILED = 4, 5
#: How far back answers are read at first, and again each time: OVH's list may lag.
_OVERLAP = timedelta(minutes=5)
_MOST_KNOWN = 500


def send(http: Http, settings: Settings, message: Message) -> Handed:
    """Hand a text over. Raises as ``Texts`` says. Without a sender, a short number of OVH's sends and takes answers."""
    api, service = Api(http, settings, account=False), _service(settings)
    told: dict[str, Any] = {
        "message": message.body,
        "receivers": [message.recipient],
        # A text-back is no advertising: OVH would add a clause, and hold the text at night.
        "noStopClause": True,
        "priority": "high",
        "charset": "UTF-8",
        "coding": "7bit" if fits_basic(message.body) else "8bit",
        "tag": message.reference,
    }
    if _is_short(message.sender):
        told["senderForResponse"] = True
    else:
        told["sender"] = message.sender
    answer = api.hand_over(f"{service}/jobs", told, fields=_FIELDS)
    said = answered_object(answer)
    if answer.status_code == 404:
        raise Misconfigured(answered(answer), ("sms_service",), status=404)
    if answer.status_code >= 400:
        code = text(said, "class", "errorCode") or str(answer.status_code)
        failure = TextFailure.ACCOUNT_LIMIT if answer.status_code == 402 else TextFailure.UNKNOWN
        raise Refused(Problem("the provider refuses the text ({code})", {"code": code}), failure, code)
    ids, invalid = said.get("ids"), said.get("invalidReceivers")
    if isinstance(ids, list) and ids and isinstance(ids[0], int):
        return Handed(ref=str(ids[0]))
    if isinstance(invalid, list) and invalid:
        raise Refused("the provider says that the number is none", TextFailure.INVALID_NUMBER, "invalidReceivers")
    raise OutcomeUnknown("the provider accepted a text and did not name it")


def _is_short(sender: str) -> bool:
    return sender.isascii() and (not sender or (sender.isdigit() and len(sender) <= 5))


def _service(settings: Settings) -> str:
    name = settings.get("sms_service", "").strip()
    if not name.replace("-", "").isalnum():
        raise Misconfigured("the SMS account is missing, or is none", ["sms_service"])
    return f"/sms/{name}"


def find(http: Http, settings: Settings, message: Message, since: datetime) -> TextReceipt | None:
    """What OVH tells of the text with our reference. While jobs wait there, nothing is sure."""
    api, service = Api(http, settings, account=False), _service(settings)
    ids = _ids(api.get(f"{service}/outgoing", {"tag": message.reference}))
    if not ids:
        if _ids(api.get(f"{service}/jobs")):
            raise Unavailable("texts still wait at the provider")
        return None
    row = api.get(f"{service}/outgoing/{min(ids)}")
    if not isinstance(row, dict):
        raise Unavailable("the provider's list of texts cannot be read")
    state, ptt = _state(row), number(row, "ptt")
    failed = state is TextState.FAILED
    segments = number(row, "numberOfSms")
    return TextReceipt(
        ref=str(min(ids)),
        reference=message.reference,
        state=state,
        at=moment(row, "deliveredAt") or moment(row, "sentAt", "creationDatetime") or api.now(),
        failure=TextFailure.UNKNOWN if failed else None,
        raw_failure=f"ptt={ptt:.0f}" if failed and ptt is not None else None,
        segments=int(segments) if segments is not None and 0 < segments < 1000 else None,
    )


def _state(row: Told) -> TextState:
    ptt = number(row, "ptt")
    if moment(row, "deliveredAt") is not None or ptt == _ARRIVED:
        return TextState.DELIVERED
    return TextState.FAILED if ptt == _FAILED else TextState.HANDED


def _ids(told: Any) -> list[int]:
    if not isinstance(told, list) or not all(isinstance(each, int) for each in told):
        raise Unavailable("the provider's list of texts cannot be read")
    return told


def poll(http: Http, settings: Settings, position: str | None) -> tuple[tuple[Record, ...], str | None]:
    """The answers of people since ``position``: an object {since, known}. None where no SMS account is set."""
    if not settings.get("sms_service", "").strip():
        return (), position
    api, service = Api(http, settings, account=False), _service(settings)
    place = decode(position) if position is not None else {}
    since = moment(place, "since") or api.now() - _OVERLAP
    listed = place.get("known")
    known = [each for each in listed if isinstance(each, int)] if isinstance(listed, list) else []
    asked = api.now()
    found = _ids(api.get(f"{service}/incoming", {"creationDatetime.from": since.astimezone(UTC).isoformat()}))
    fresh = sorted(set(found) - set(known))
    rows = [api.get(f"{service}/incoming/{each}") for each in fresh]
    kept = tuple(
        Record(kind="incoming", key=f"incoming/{each}", body=encode({"id": each, **row}))
        for each, row in zip(fresh, rows, strict=True)
        if isinstance(row, dict)
    )
    further = {"since": max(since, asked - _OVERLAP).isoformat(), "known": [*known, *fresh][-_MOST_KNOWN:]}
    return kept, encode(further).decode()


def hear_incoming(body: bytes, settings: Settings) -> Heard:
    """What a person answered. Raises Malformed."""
    told = decode(body)
    ref, sender, at = text(told, "id"), text(told, "sender"), moment(told, "creationDatetime")
    words = told.get("message", "")
    if ref is None or sender is None or at is None or not isinstance(words, str):
        raise Malformed("a text without an id, a sender or a time")
    said = TextReceived(
        ref=ref,
        sender=_plus(sender),
        recipient=settings.get("sender", "").strip(),
        body=words.replace("\0", ""),
        at=at,
    )
    return Heard(texts=(said,))


def _plus(number_: str) -> str:
    """``0033639980001`` is ``+33639980001``."""
    return f"+{number_[2:]}" if number_.startswith("00") else number_


TEXTS = Texts(send=send, find=find, receipts_come=False, per_second=5.0, needs=((*KEYS, "sms_service"),))
