"""Whether a request is Twilio's: its signature over the public address and the body, by Twilio's own library.

Twilio signs with the primary Auth Token and HMAC-SHA1, or, where the header ``X-Twilio-Webhooks-Signature-Settings``
says so, with a shared key and the algorithm that it names. A JSON body is covered by the address, which carries its
SHA-256. No time is signed: a repeated request is known by its key, not by its age.
"""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from datetime import datetime
from hmac import compare_digest
from urllib.parse import parse_qs, parse_qsl, urlparse, urlsplit

from twilio.request_validator import (
    HMAC_SHA1,
    HMAC_SHA256,
    RequestValidator,
    add_port,
    get_signature_algorithm,
    remove_port,
)

from decroche.connector_kit.connector import Delivery, Settings
from decroche.connector_kit.errors import NotAuthentic

_SIGNATURE = "x-twilio-signature"
_SIGNATURE_SETTINGS = "x-twilio-webhooks-signature-settings"
_BODY_HASH = "bodySHA256"


class Form(dict[str, list[str]]):
    """Fields of a form, each with all its values, as Twilio's library asks for them."""

    def getlist(self, name: str) -> list[str]:
        """The values of ``name``."""
        return self[name]


def form(body: bytes) -> Form:
    """The fields of a form. Raises ValueError when it is none."""
    fields = Form()
    for name, value in parse_qsl(body.decode(), keep_blank_values=True):
        fields.setdefault(name, []).append(value)
    return fields


def verify(delivery: Delivery, settings: Settings, now: datetime) -> None:
    """Raises NotAuthentic unless Twilio signed exactly this request."""
    signature = delivery.headers.get(_SIGNATURE, "")
    announced = delivery.headers.get(_SIGNATURE_SETTINGS)
    secret = settings.get("auth_token" if announced is None else "shared_key", "")
    algorithm = get_signature_algorithm(announced).upper()
    if not signature or not secret:
        raise NotAuthentic("no signature" if secret else "no secret is set for this kind of signature")
    if algorithm not in (HMAC_SHA1, HMAC_SHA256):
        raise NotAuthentic("an algorithm that is not known")
    try:
        variants = _addresses(delivery.url)
        fields = _signed_fields(delivery)
        validator = RequestValidator(secret)
        expected = [validator.compute_signature(url, fields, algorithm).encode() for url in variants]
    except ValueError as error:
        raise NotAuthentic("the request cannot be read as Twilio would sign it") from error
    given = signature.encode("utf-8", "replace")
    # Every variant is compared, so that the time taken tells nothing.
    matches = [compare_digest(each, given) for each in expected]
    if not any(matches):
        raise NotAuthentic("the signature is not Twilio's")


def _addresses(url: str) -> list[str]:
    """The address as called, with and without the port that it may or may not have been signed with."""
    parsed = urlparse(url)
    return [url, add_port(parsed), remove_port(parsed)]


def _signed_fields(delivery: Delivery) -> Mapping[str, list[str]]:
    """The fields that the signature covers beside the address. Raises NotAuthentic for another body than announced."""
    announced = parse_qs(urlsplit(delivery.url).query).get(_BODY_HASH)
    if announced is None:
        return Form() if delivery.method == "GET" else form(delivery.body)
    if not compare_digest(hashlib.sha256(delivery.body).hexdigest().encode(), announced[0].encode()):
        raise NotAuthentic("the body is not the one that was signed")
    return Form()
