"""What Vonage's Messages API tells: how far a text of ours came, and the texts of people.

Each delivery bears a JSON Web Token (HS256) signed with the account's signature secret. It holds the SHA-256 of the
body and the time of signing; whoever checks the signature alone would believe any body.
"""

from __future__ import annotations

import base64
import binascii
import hashlib
import hmac
from datetime import datetime, timedelta

from decroche.connector_kit.connector import Delivery, Record, Settings
from decroche.connector_kit.errors import Malformed, NotAuthentic
from decroche.connector_kit.numbers import with_plus
from decroche.connector_kit.objects import Told, decode, encode, inner, moment, number, text
from decroche.connectors.vonage.texts import CODES, code_of
from decroche.model.fact import Heard, UnknownWord
from decroche.model.text import TextFailure, TextReceipt, TextReceived, TextState

TOLERANCE = timedelta(minutes=5)
_STATES = {
    "submitted": TextState.HANDED,
    "delivered": TextState.DELIVERED,
    "read": TextState.DELIVERED,
    "rejected": TextState.FAILED,
    "undeliverable": TextState.FAILED,
}
_KEPT = ("message_uuid", "to", "from", "timestamp", "status", "client_ref", "text", "channel", "message_type")


def verify(delivery: Delivery, settings: Settings, now: datetime) -> None:
    """Raises NotAuthentic unless Vonage signed exactly this body, lately."""
    secret = settings.get("signature_secret", "").strip().encode()
    scheme, _, token = delivery.headers.get("authorization", "").partition(" ")
    if not secret or scheme.lower() != "bearer" or token.count(".") != 2:
        raise NotAuthentic("no signature" if secret else "no secret is set for this kind of signature")
    head, claims, signature = token.split(".")
    expected = hmac.digest(secret, f"{head}.{claims}".encode("utf-8", "replace"), hashlib.sha256)
    wanted = base64.urlsafe_b64encode(expected).rstrip(b"=")
    if not hmac.compare_digest(signature.encode("utf-8", "replace"), wanted):
        raise NotAuthentic("the signature is not Vonage's")
    told, algorithm = _object(claims), text(_object(head), "alg")
    if algorithm != "HS256":
        raise NotAuthentic("an algorithm that is not known")
    digest = (text(told, "payload_hash") or "").lower().encode()
    if not hmac.compare_digest(digest, hashlib.sha256(delivery.body).hexdigest().encode()):
        raise NotAuthentic("the body is not the one that was signed")
    signed_at = moment(told, "iat")
    if signed_at is None or abs(now - signed_at) > TOLERANCE:
        raise NotAuthentic("the delivery was signed too long ago, or in the future")


def _bytes(part: str) -> bytes:
    """A part of a token, decoded; empty when it is none."""
    try:
        return base64.b64decode(part.encode() + b"=" * (-len(part) % 4), altchars=b"-_", validate=True)
    except (binascii.Error, ValueError):
        return b""


def _object(part: str) -> Told:
    try:
        return decode(_bytes(part))
    except Malformed as error:
        raise NotAuthentic("the signature is not Vonage's") from error


def record(delivery: Delivery) -> Record:
    """What is kept: the same for every repetition of one state, or of one text of a person. Raises Malformed."""
    told = decode(delivery.body)
    ref, status = text(told, "message_uuid"), text(told, "status")
    if ref is None:
        raise Malformed("a text without an id or without a time")
    usage, error = inner(told, "usage"), inner(told, "error")
    kept = {name: told[name] for name in _KEPT if name in told}
    kept["usage"] = {name: text(usage, name) for name in ("currency", "price") if text(usage, name)}
    kept["error"] = {name: text(error, name) for name in ("type", "title") if text(error, name)}
    kept["segments"] = text(inner(told, "sms"), "count_total", "num_messages")
    about = {} if delivery.received_at is None else {"received": delivery.received_at.isoformat()}
    key = f"received/{ref}" if status is None else f"status/{ref}/{status}"
    return Record(kind="received" if status is None else "status", key=key, body=encode(kept), about=about)


def hear(kept: Record, settings: Settings) -> Heard:
    """What a kept delivery says. Raises Malformed."""
    told = decode(kept.body)
    ref, at = text(told, "message_uuid"), moment(told, "timestamp") or moment(kept.about, "received")
    if ref is None or at is None:
        raise Malformed("a text without an id or without a time")
    if kept.kind == "status":
        return _hear_status(told, ref, at)
    if kept.kind == "received":
        return _hear_received(told, ref, at)
    raise Malformed("neither a receipt nor a text")


def _hear_status(told: Told, ref: str, at: datetime) -> Heard:
    word = (text(told, "status") or "").lower()
    state = _STATES.get(word)
    if state is None:
        return Heard(unknown=(UnknownWord("status", word),))
    code = code_of(inner(told, "error")) if state is TextState.FAILED else None
    usage = inner(told, "usage")
    price, segments = number(usage, "price"), number(told, "segments")
    failure = CODES.get(code or "", TextFailure.UNKNOWN) if state is TextState.FAILED else None
    receipt = TextReceipt(
        ref=ref,
        reference=text(told, "client_ref"),
        state=state,
        at=at,
        failure=failure,
        raw_failure=(code or word) if failure is not None else None,
        segments=int(segments) if segments is not None and 0 < segments < 1000 else None,
        price=price,
        currency=text(usage, "currency") if price is not None else None,
    )
    odd = code is not None and code not in CODES
    return Heard(texts=(receipt,), unknown=(UnknownWord("error", code or ""),) if odd else ())


def _hear_received(told: Told, ref: str, at: datetime) -> Heard:
    sender, recipient, body = with_plus(text(told, "from")), with_plus(text(told, "to")), told.get("text") or ""
    if sender is None or recipient is None or not isinstance(body, str):
        raise Malformed("a text without a sender, a recipient or words")
    said = TextReceived(ref=ref, sender=sender, recipient=recipient, body=body.replace("\0", ""), at=at)
    return Heard(texts=(said,))
