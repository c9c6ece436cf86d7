"""Hands texts to Vonage's Messages API.

Vonage repeats our reference in every receipt (``client_ref``) and does not drop a repetition. What it has sent is
listed only by a reporting product that not every account has, so that after a lost answer only a receipt tells.
"""

from __future__ import annotations

import base64
import re
from typing import Any

from decroche.connector_kit.alphabet import fits_basic
from decroche.connector_kit.connector import Settings
from decroche.connector_kit.errors import Misconfigured
from decroche.connector_kit.http import Http, answered
from decroche.connector_kit.objects import Told, text
from decroche.connector_kit.texts import Handed, Message, OutcomeUnknown, Refused, Texts, answered_object, hand_over
from decroche.model.problem import Problem
from decroche.model.text import TextFailure

HOST = "api.nexmo.com"
_FIELDS = ("api_key", "api_secret", "sender")
#: Vonage's codes of the Messages API, as its page of errors tells them.
CODES = {
    "1040": TextFailure.INVALID_NUMBER,
    "1050": TextFailure.OPTED_OUT,
    "1060": TextFailure.ACCOUNT_LIMIT,
    "1070": TextFailure.ACCOUNT_LIMIT,
    "1090": TextFailure.FILTERED,
    "1120": TextFailure.SENDER_REFUSED,
    "1140": TextFailure.SENDER_REFUSED,
    "1160": TextFailure.ACCOUNT_LIMIT,
    "1170": TextFailure.INVALID_NUMBER,
    "1180": TextFailure.UNREACHABLE,
    "1190": TextFailure.INVALID_NUMBER,
    "1200": TextFailure.UNREACHABLE,
    "1210": TextFailure.FILTERED,
    "1220": TextFailure.UNREACHABLE,
    "1360": TextFailure.EXPIRED,
}
_CODE = re.compile(r"\b(1[0-9]{3})\b")


def send(http: Http, settings: Settings, message: Message) -> Handed:
    """Hand a text over. Raises as ``Texts`` says."""
    key, secret = (settings.get(name, "").strip() for name in _FIELDS[:2])
    if not (key and secret):
        raise Misconfigured("Vonage's API needs the API key and its secret", _FIELDS[:2])
    told: dict[str, Any] = {
        "channel": "sms",
        "message_type": "text",
        "to": message.recipient.removeprefix("+"),
        "from": message.sender.removeprefix("+"),
        "text": message.body,
        "client_ref": message.reference,
        "sms": {"encoding_type": "text" if fits_basic(message.body) else "unicode"},
    }
    if message.hook_url:
        told |= {"webhook_url": message.hook_url, "webhook_version": "v1"}
    headers = {"authorization": "Basic " + base64.b64encode(f"{key}:{secret}".encode()).decode()}
    url = f"https://{settings.get('api_host', '').strip() or HOST}/v1/messages"
    answer = hand_over(http, "POST", url, fields=_FIELDS, headers=headers, json=told)
    said = answered_object(answer)
    if answer.status_code == 404:
        raise Misconfigured(answered(answer), ("api_host",), status=404)
    if answer.status_code >= 400:
        code = code_of(said) or str(answer.status_code)
        limit = TextFailure.ACCOUNT_LIMIT if answer.status_code == 402 else TextFailure.UNKNOWN
        problem = Problem("the provider refuses the text ({code})", {"code": code})
        raise Refused(problem, CODES.get(code, limit), code)
    ref = text(said, "message_uuid")
    if ref is None:
        raise OutcomeUnknown("the provider accepted a text and did not name it")
    return Handed(ref=ref)


def code_of(error: Told) -> str | None:
    """The number of an error: its title, or the end of the address that explains it."""
    for name in ("title", "type"):
        if found := _CODE.search(text(error, name) or ""):
            return found[1]
    return None


TEXTS = Texts(send=send, per_second=1.0, needs=(_FIELDS[:2],))
