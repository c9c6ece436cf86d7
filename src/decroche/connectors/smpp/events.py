"""What Kannel tells: receipts of our texts, and texts of people. Both are calls of our address with a token in it.

A receipt repeats our reference. Its ``status`` is a bit mask: 1 delivered, 2 not delivered, 4 waiting at the carrier,
8 taken by the carrier, 16 refused by it; 32 and 64 beside 2 say expired, and that the carrier does not know. ``answer``
is what the carrier said: ``NACK/`` and SMPP's number of the error, or the receipt of SMPP 3.4 with ``stat:`` and
``err:``.
"""

from __future__ import annotations

import hmac
import re
from datetime import datetime
from typing import Any
from urllib.parse import unquote_to_bytes, urlsplit

from decroche.connector_kit.connector import Delivery, Record, Settings
from decroche.connector_kit.errors import Malformed, NotAuthentic
from decroche.connector_kit.objects import Told, decode, encode, moment, text
from decroche.model.fact import Heard, UnknownWord
from decroche.model.text import TextFailure, TextReceipt, TextReceived, TextState

_STATES = {
    1: TextState.DELIVERED,
    2: TextState.FAILED,
    4: TextState.HANDED,
    8: TextState.HANDED,
    16: TextState.FAILED,
    34: TextState.FAILED,
    66: TextState.HANDED,
}
_EXPIRED = 34
#: Errors of SMPP 3.4, table 5-2, that say more than "no".
_ERRORS = {
    0x0A: TextFailure.SENDER_REFUSED,
    0x0B: TextFailure.INVALID_NUMBER,
    0x14: TextFailure.ACCOUNT_LIMIT,
    0x58: TextFailure.ACCOUNT_LIMIT,
}
#: Final states of SMPP 3.4, appendix B, that say more than "no". UNDELIV may be a phone that is off, or none at all.
_WORDS = {"EXPIRED": TextFailure.EXPIRED, "REJECTD": TextFailure.FILTERED}
_NACK = re.compile(r"NACK/(0x[0-9a-fA-F]{1,8}|[0-9]{1,9})")
_STAT = re.compile(r"\bstat:([A-Z]{3,10})")
_ERR = re.compile(r"\berr:([0-9A-Za-z]{1,8})")
_RECEIPT = ("reference", "status", "answer", "id", "at")
_RECEIVED = ("id", "from", "to", "text", "at", "charset", "coding")


def verify(delivery: Delivery, settings: Settings, now: datetime) -> None:
    """The token in the address. Kannel signs nothing and tells no time that could be believed."""
    wanted, given = settings.get("token", "").strip().encode(), _fields(delivery.url).get("token", b"")
    if not wanted:
        raise NotAuthentic("no token is set for this gateway")
    if not hmac.compare_digest(given, wanted):
        raise NotAuthentic("the token is not the one that was agreed")


def record(delivery: Delivery) -> Record:
    """What is kept of a receipt or of a text, without the token. Raises Malformed."""
    fields = _fields(delivery.url)
    about = {} if delivery.received_at is None else {"received": delivery.received_at.isoformat()}
    if "status" in fields:
        told = {name: _text(fields[name], "") for name in _RECEIPT if name in fields}
        reference, status = text(told, "reference"), text(told, "status")
        if reference is None or status is None:
            raise Malformed("a receipt without our reference or without a state")
        return Record(kind="receipt", key=f"receipt/{reference}/{status}", body=encode(told), about=about)
    charset = _text(fields.get("charset", b""), "")
    told = {name: _text(fields[name], charset if name == "text" else "") for name in _RECEIVED if name in fields}
    if (ref := text(told, "id")) is None:
        raise Malformed("neither a receipt nor a text with an id")
    return Record(kind="received", key=f"received/{ref}", body=encode(told), about=about)


def _fields(url: str) -> dict[str, bytes]:
    """The bytes of each parameter: the words of a text come in the carrier's own alphabet."""
    found: dict[str, bytes] = {}
    for pair in urlsplit(url).query.split("&"):
        name, _, value = pair.partition("=")
        found.setdefault(name, unquote_to_bytes(value.replace("+", " ")))
    return found


def _text(raw: bytes, charset: str) -> str:
    """``raw`` as text, in the alphabet that Kannel names; never an error."""
    if charset.upper().startswith("UTF-16"):
        found = raw.decode("utf-16-be", "replace")
    else:
        try:
            found = raw.decode()
        except UnicodeDecodeError:
            found = raw.decode("cp1252", "replace")
    return found.replace("\0", "")


def hear(kept: Record, settings: Settings) -> Heard:
    """What a kept receipt or text says. Raises Malformed."""
    told = decode(kept.body)
    at = moment(told, "at") or moment(kept.about, "received")
    if at is None:
        raise Malformed("nothing tells when this was")
    if kept.kind == "receipt":
        return _hear_receipt(told, at)
    if kept.kind == "received":
        return _hear_received(told, at)
    raise Malformed("neither a receipt nor a text")


def _hear_receipt(told: Told, at: datetime) -> Heard:
    reference, status = text(told, "reference"), text(told, "status") or ""
    if reference is None:
        raise Malformed("a receipt without our reference")
    state = _STATES.get(int(status)) if status.isascii() and status.isdigit() and len(status) < 4 else None
    if state is None:
        return Heard(unknown=(UnknownWord("status", status),))
    failure = _failure(told, int(status)) if state is TextState.FAILED else {}
    return Heard(texts=(TextReceipt(ref=reference, reference=reference, state=state, at=at, **failure),))


def _failure(told: Told, status: int) -> dict[str, Any]:
    answer = text(told, "answer") or ""
    if found := _NACK.search(answer):
        number = int(found[1], 0) if found[1].startswith("0x") else int(found[1])
        return {"failure": _ERRORS.get(number, TextFailure.UNKNOWN), "raw_failure": found[0]}
    stat, err = _STAT.search(answer), _ERR.search(answer)
    failure = TextFailure.EXPIRED if status == _EXPIRED else _WORDS.get(stat[1] if stat else "", TextFailure.UNKNOWN)
    return {"failure": failure, "raw_failure": " ".join(each[0] for each in (stat, err) if each) or str(status)}


def _hear_received(told: Told, at: datetime) -> Heard:
    ref, sender, recipient, body = text(told, "id"), text(told, "from"), text(told, "to"), told.get("text", "")
    if ref is None or sender is None or recipient is None or not isinstance(body, str):
        raise Malformed("a text without an id, a sender or a recipient")
    said = TextReceived(ref=ref, sender=sender, recipient=recipient, body=body.replace("\0", ""), at=at)
    return Heard(texts=(said,))
