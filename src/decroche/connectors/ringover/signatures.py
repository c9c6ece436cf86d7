"""Proves that a delivery is Ringover's: the signed copy of the event, the newer keyed hash, or the bare key.

Each family of webhooks has its own key in the dashboard. Three schemes are met:

- V1, the usual one: a JWT (HS512) in ``X-Ringover-Webhook-Signature`` or, deprecated, in ``Authorization``. It names
  the address that was called and holds the whole event; that copy, not the body, is what is believed.
- V3, on request: Base64 of HMAC-SHA256 over method, address, body and time of signing. A time more than five minutes
  away is refused. V1 signs no time: a delivery that was heard before is known by its key and changes nothing.
- The bare key: in the same header, or in Base64 after ``Authorization: Bearer``.

A copy that is given must be true, whatever else is: what is believed is always what was signed. ``ivr_response_code``
is signed by nobody: only the secret of our own address protects it, so it is accepted and nothing of it is kept.
"""

from __future__ import annotations

import base64
import binascii
import hashlib
import hmac
from collections.abc import Iterable, Sequence
from datetime import datetime, timedelta
from typing import Any
from urllib.parse import urlsplit

import jwt
from jwt.algorithms import HMACAlgorithm

from decroche.connector_kit.connector import Delivery, Settings
from decroche.connector_kit.errors import Malformed, NotAuthentic
from decroche.connector_kit.objects import Told, decode, moment, text

TOLERANCE = timedelta(minutes=5)
UNSIGNED = "ivr_response_code"
SIGNATURE = "x-ringover-webhook-signature"
SIGNATURE_V3 = "x-ringover-webhook-signature-v3"
TIME_V3 = "x-ringover-request-signature-v3-timestamp"


class _Hs512(HMACAlgorithm):
    """HS512 with the keys that Ringover gives, which are shorter than the library would like."""

    def __init__(self) -> None:
        super().__init__(HMACAlgorithm.SHA512)

    def check_key_length(self, key: Any) -> str | None:
        """No complaint: the length is Ringover's choice."""
        return None


_SIGNED = jwt.PyJWS(algorithms=["HS512"])
_SIGNED.unregister_algorithm("HS512")
_SIGNED.register_algorithm("HS512", _Hs512())


def verify(delivery: Delivery, settings: Settings, now: datetime) -> None:
    """Raises NotAuthentic unless the delivery was signed with the key of its family."""
    signed = signed_copy(delivery)
    try:
        event = trusted(delivery)
    except Malformed as error:
        raise NotAuthentic("neither the body nor a signed copy is an event") from error
    keys = _keys(event, settings)
    if signed is not None:
        _verify_copy(delivery, signed, keys, now)
    if (given := delivery.headers.get(SIGNATURE_V3)) is not None:
        _verify_v3(delivery, given, keys, now, needed=signed is None)
    elif signed is None and not _bare_key(delivery, keys) and text(event, "event") != UNSIGNED:
        raise NotAuthentic("no signature of a known key")


def trusted(delivery: Delivery) -> Told:
    """The event to believe: the signed copy when there is one, else the body. Raises Malformed.

    Says nothing about authenticity: that is ``verify``.
    """
    signed = signed_copy(delivery)
    if signed is None:
        return decode(delivery.body)
    claims = _claims(signed)
    payload = claims.get("payload")
    if isinstance(payload, str):
        return decode(payload)
    event = payload if isinstance(payload, dict) else claims
    if text(event, "event") is None:
        raise Malformed("the signed copy holds no event")
    return event


def signed_copy(delivery: Delivery) -> str | None:
    """The JWT of a delivery."""
    for given in (delivery.headers.get(SIGNATURE), delivery.headers.get("authorization")):
        token = (given or "").removeprefix("Bearer ").strip()
        if token.count(".") == 2:
            return token
    return None


def _keys(event: Told, settings: Settings) -> tuple[bytes, ...]:
    """The keys that may sign ``event``: call events only with their own, all others with any."""
    call = text(event, "resource", "ressource") == "call"
    names = ("call_key",) if call else ("call_key", "after_call_key", "sms_key")
    return tuple(key.encode() for name in names if (key := settings.get(name, "").strip()))


def _claims(token: str) -> Told:
    try:
        return decode(_SIGNED.decode(token, options={"verify_signature": False}))
    except (jwt.PyJWTError, ValueError, TypeError, RecursionError) as error:
        raise Malformed("the signed copy is not readable") from error


def _verify_copy(delivery: Delivery, token: str, keys: Sequence[bytes], now: datetime) -> None:
    matches = [_signed_by(token, key) for key in keys]
    if not any(matches):
        raise NotAuthentic("the signed copy is not signed with the key of its webhook")
    claims = _claims(token)
    url = text(claims, "url")
    if url is not None and _place(url) != _place(delivery.url):
        raise NotAuthentic("the signed copy was made for another address")
    expires = moment(claims, "exp")
    if expires is not None and now > expires + TOLERANCE:
        raise NotAuthentic("the signed copy has expired")


def _signed_by(token: str, key: bytes) -> bool:
    try:
        _SIGNED.decode(token, key, algorithms=["HS512"])
    except (jwt.PyJWTError, ValueError, TypeError, RecursionError):
        return False
    return True


def _verify_v3(delivery: Delivery, given: str, keys: Sequence[bytes], now: datetime, *, needed: bool) -> None:
    """A wrong hash beside a true signed copy is no fault of the delivery: how V3 is computed is not published."""
    written = delivery.headers.get(TIME_V3, "").strip()
    message = delivery.method.upper().encode() + delivery.url.encode() + delivery.body + written.encode()
    hashes = [base64.b64encode(hmac.digest(key, message, hashlib.sha256)) for key in keys]
    if not _same(given.strip().encode(), hashes):
        if needed:
            raise NotAuthentic("the hash of the delivery is not made with the key of its webhook")
        return
    signed_at = moment({"at": written}, "at")
    if signed_at is None or abs(now - signed_at) > TOLERANCE:
        raise NotAuthentic("the delivery was signed too long ago, or in the future")


def _bare_key(delivery: Delivery, keys: Sequence[bytes]) -> bool:
    given = delivery.headers.get("authorization", "")
    try:
        bearer = base64.b64decode(given[7:].strip(), validate=True) if given.startswith("Bearer ") else b""
    except (binascii.Error, ValueError):
        bearer = b""
    found = [_same(each, keys) for each in (bearer, delivery.headers.get(SIGNATURE, "").strip().encode())]
    return any(found)


def _same(given: bytes, known: Iterable[bytes]) -> bool:
    """Whether ``given`` is one of ``known``, in a time that does not tell how nearly."""
    matches = [hmac.compare_digest(given, each) for each in known]
    return any(matches)


def _place(url: str) -> tuple[str, str]:
    """Host and path, the usual ports and a last slash left out."""
    try:
        parts = urlsplit(url)
        port = parts.port
    except ValueError:
        return "", url
    host = (parts.hostname or "").lower()
    return f"{host}:{port}" if port not in (None, 80, 443) else host, parts.path.rstrip("/")
