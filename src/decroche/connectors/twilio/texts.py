"""Texts through Twilio: handing one over, asking what became of it, and what Twilio tells of texts.

Twilio repeats nothing of ours, so our reference goes into the address of the receipts: a text whose answer was lost is
settled by its first receipt, or by the list of messages. Codes of 21000 and up refuse a text at once; those from 30000
on come with a receipt.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime, timedelta
from typing import Any
from urllib.parse import urlencode

import httpx

from decroche.connector_kit.connector import Record, Settings
from decroche.connector_kit.errors import Malformed, Misconfigured, Unavailable
from decroche.connector_kit.http import Http, answered
from decroche.connector_kit.objects import Told, encode, moment, number, objects, text
from decroche.connector_kit.texts import Handed, Message, OutcomeUnknown, Refused, Texts, answered_object, hand_over
from decroche.connectors.twilio.account import FIELDS, HOST, account_path, authorization
from decroche.connectors.twilio.words import rfc2822
from decroche.model.fact import Heard, UnknownWord
from decroche.model.problem import Problem
from decroche.model.text import TextFailure, TextReceipt, TextReceived, TextState

_STATES = {
    **dict.fromkeys(("accepted", "scheduled", "queued", "sending", "sent", "partially_delivered"), TextState.HANDED),
    **dict.fromkeys(("delivered", "read"), TextState.DELIVERED),
    **dict.fromkeys(("undelivered", "failed", "canceled"), TextState.FAILED),
}
_CODES = {
    "21211": TextFailure.INVALID_NUMBER,
    "21408": TextFailure.SENDER_REFUSED,
    "21602": TextFailure.FILTERED,
    "21606": TextFailure.SENDER_REFUSED,
    "21608": TextFailure.ACCOUNT_LIMIT,
    "21610": TextFailure.OPTED_OUT,
    "21612": TextFailure.SENDER_REFUSED,
    "21614": TextFailure.LANDLINE,
    "21617": TextFailure.FILTERED,
    "21635": TextFailure.LANDLINE,
    "30001": TextFailure.UNREACHABLE,
    "30002": TextFailure.ACCOUNT_LIMIT,
    "30003": TextFailure.UNREACHABLE,
    "30004": TextFailure.FILTERED,
    "30005": TextFailure.INVALID_NUMBER,
    "30006": TextFailure.LANDLINE,
    "30007": TextFailure.FILTERED,
    "30008": TextFailure.UNKNOWN,
    "30036": TextFailure.EXPIRED,
}
#: The sender's queue is full: nothing was accepted, and soon there is room.
_QUEUE_FULL = "21611"
#: What is kept of a request about a text, of both kinds; the rest tells where people live.
_KEPT = (
    "MessageSid", "SmsSid", "SmsMessageSid", "MessageStatus", "SmsStatus", "ErrorCode", "From", "To", "Body",
    "OptOutType", "NumSegments",
)  # fmt: skip
#: The word in the address of a receipt that carries our reference.
REFERENCE = "text"
_PAGE_SIZE = 100
#: Clocks differ, and Twilio writes whole seconds.
_SLACK = timedelta(seconds=5)


def send(http: Http, settings: Settings, message: Message) -> Handed:
    """Hand a text over. Raises as ``Texts`` says."""
    form = {"To": message.recipient, "Body": message.body}
    form["MessagingServiceSid" if message.sender.startswith("MG") else "From"] = message.sender
    if message.hook_url:
        # The end asks Twilio to try again when we do not answer, as for calls.
        form["StatusCallback"] = f"{message.hook_url}?{urlencode({REFERENCE: message.reference})}#rc=2&rp=all"
    answer = hand_over(
        http,
        "POST",
        _messages(settings),
        fields=FIELDS,
        headers={"authorization": authorization(settings)},
        form=form,
    )
    told = answered_object(answer)
    if answer.status_code >= 400:
        raise _refusal(answer, text(told, "code"))
    if (sid := text(told, "sid")) is None:
        raise OutcomeUnknown("the provider accepted a text and did not name it")
    return Handed(ref=sid, segments=_whole(told, "num_segments"), price=_price(told), currency=_currency(told))


def _refusal(answer: httpx.Response, code: str | None) -> Exception:
    if code == _QUEUE_FULL:
        return Unavailable("Twilio's queue of this sender is full")
    if code is None or answer.status_code == 404:
        return Misconfigured(answered(answer), FIELDS, status=answer.status_code)
    return Refused(
        Problem("the provider refuses the text ({code})", {"code": code}), _CODES.get(code, TextFailure.UNKNOWN), code
    )


def find(http: Http, settings: Settings, message: Message, since: datetime) -> TextReceipt | None:
    """What Twilio's list of messages tells of a text that was handed over at or after ``since``."""
    params: dict[str, str | int] = {"To": message.recipient, "PageSize": _PAGE_SIZE}
    if not message.sender.startswith("MG"):
        params["From"] = message.sender
    told = http.get(_messages(settings), params=params, headers={"authorization": authorization(settings)})
    if not isinstance(told, dict) or not isinstance(told.get("messages"), list):
        raise Unavailable("the provider's list of texts cannot be read")
    rows = objects(told, "messages")
    created = [at for row in rows if (at := rfc2822(row, "date_created")) is not None]
    found = [
        row
        for row in rows
        if (at := rfc2822(row, "date_created")) is not None
        and at >= since - _SLACK
        and (text(row, "direction") or "").startswith("outbound")
        # A trial account's texts begin with words of Twilio's.
        and str(row.get("body")).endswith(message.body)
    ]
    if found:
        return _of_row(min(found, key=lambda row: rfc2822(row, "date_created") or since), message.reference)
    if text(told, "next_page_uri") is not None and (not created or min(created) >= since - _SLACK):
        raise Unavailable("the provider's list of texts is longer than a page")
    return None


def _of_row(row: Told, reference: str) -> TextReceipt:
    sid, at = text(row, "sid"), rfc2822(row, "date_updated", "date_created")
    if sid is None or at is None:
        raise Unavailable("the provider's list of texts cannot be read")
    state = _STATES.get((text(row, "status") or "").lower(), TextState.HANDED)
    return TextReceipt(
        ref=sid,
        state=state,
        at=at,
        reference=reference,
        **_failure(state, text(row, "error_code")),
        segments=_whole(row, "num_segments"),
        price=_price(row),
        currency=_currency(row),
    )


def record(fields: Told, query: Told, received_at: datetime | None) -> Record:
    """What is kept of a request about a text: the same for every repetition of one status."""
    sid = text(fields, "MessageSid", "SmsSid", "SmsMessageSid")
    kept = {name: fields[name] for name in _KEPT if isinstance(fields.get(name), str)}
    about = {name: told for name in (REFERENCE,) if (told := text(query, name))}
    if received_at is not None:
        about["received"] = received_at.isoformat()
    return Record(kind="text", key=f"text/{sid}/{_status(fields)}", body=encode(kept), about=about)


def _status(told: Told) -> str:
    return (text(told, "MessageStatus", "SmsStatus") or "received").lower()


def hear_text(told: Told, about: Mapping[str, str]) -> Heard:
    """What a kept request says of a text. Raises Malformed."""
    sid, at = text(told, "MessageSid", "SmsSid", "SmsMessageSid"), moment(about, "received")
    if sid is None or at is None:
        raise Malformed("a text without an id or without a time")
    status = _status(told)
    if status in ("received", "receiving"):
        return _received(told, sid, at)
    state = _STATES.get(status)
    if state is None:
        return Heard(unknown=(UnknownWord("MessageStatus", status),))
    code = text(told, "ErrorCode")
    receipt = TextReceipt(
        ref=sid,
        state=state,
        at=at,
        reference=text(about, REFERENCE),
        **_failure(state, code),
        segments=_whole(told, "NumSegments"),
    )
    odd = code is not None and state is TextState.FAILED and code not in _CODES
    return Heard(texts=(receipt,), unknown=(UnknownWord("ErrorCode", code or ""),) if odd else ())


def _received(told: Told, sid: str, at: datetime) -> Heard:
    sender, recipient, body = text(told, "From"), text(told, "To"), told.get("Body", "")
    if sender is None or recipient is None or not isinstance(body, str):
        raise Malformed("a text without a sender, a recipient or words")
    refusal = (text(told, "OptOutType") or "").upper() == "STOP"
    said = TextReceived(
        ref=sid, sender=sender, recipient=recipient, body=body.replace("\0", ""), at=at, opted_out=refusal
    )
    return Heard(texts=(said,))


def _failure(state: TextState, code: str | None) -> dict[str, Any]:
    if state is not TextState.FAILED:
        return {}
    return {"failure": _CODES.get(code or "", TextFailure.UNKNOWN), "raw_failure": code}


def _whole(told: Told, name: str) -> int | None:
    found = number(told, name)
    return int(found) if found is not None and 0 < found < 1000 else None


def _price(told: Told) -> float | None:
    """Twilio writes what we pay as a negative amount, and nothing before it knows."""
    found = number(told, "price")
    return None if found is None else abs(found)


def _currency(told: Told) -> str | None:
    return text(told, "price_unit") if number(told, "price") is not None else None


def _messages(settings: Settings) -> str:
    return f"https://{settings.get('api_host', '').strip() or HOST}{account_path(settings)}/Messages.json"


#: The account, with the Auth Token or an API key.
_NEEDS = (("account_sid", "auth_token"), ("account_sid", "api_key", "api_secret"))
TEXTS = Texts(send=send, find=find, per_second=1.0, needs=_NEEDS)
