"""Hands texts to Kannel's ``sendsms``, and asks for receipts at our own address.

Kannel names no message: our reference, in the address of its receipts, is the only name. It keeps what it accepted on
its own disk; nothing lists it, so that after a lost answer only a receipt tells.
"""

from __future__ import annotations

from urllib.parse import urlencode

from decroche.connector_kit.alphabet import fits_basic
from decroche.connector_kit.connector import Settings
from decroche.connector_kit.errors import Misconfigured
from decroche.connector_kit.http import Http, answered
from decroche.connector_kit.texts import Handed, Message, Refused, Texts, hand_over
from decroche.model.text import TextFailure

#: Delivered, not delivered, waiting at the carrier, taken by the carrier, refused by the carrier.
_EVERY_RECEIPT = 1 + 2 + 4 + 8 + 16
_SEVEN_BITS, _WIDE = "0", "2"
#: What Kannel puts into the address: the state, the carrier's answer, its id of the message, the time (epoch).
_TOLD = "status=%d&answer=%A&id=%F&at=%T"
_FIELDS = ("sendsms_url", "username", "password")


def send(http: Http, settings: Settings, message: Message) -> Handed:
    """Hand a text over. Raises as ``Texts`` says. The secrets and the person's number stay out of the address."""
    url, user, password = (settings.get(name, "").strip() for name in _FIELDS)
    missing = [name for name in _FIELDS if not settings.get(name, "").strip()]
    if missing:
        raise Misconfigured("the gateway's address, user and password are needed", missing)
    headers = {
        "Content-Type": "text/plain; charset=UTF-8",
        "X-Kannel-Username": user,
        "X-Kannel-Password": password,
        "X-Kannel-From": message.sender,
        "X-Kannel-To": message.recipient,
        "X-Kannel-Coding": _SEVEN_BITS if fits_basic(message.body) else _WIDE,
    }
    if smsc := settings.get("smsc", "").strip():
        headers["X-Kannel-SMSC"] = smsc
    if message.hook_url:
        headers["X-Kannel-DLR-Mask"] = str(_EVERY_RECEIPT)
        headers["X-Kannel-DLR-Url"] = receipt_url(settings, message)
    answer = hand_over(http, "POST", url, fields=_FIELDS, headers=headers, content=message.body.encode())
    if answer.status_code >= 400:
        # "0: Accepted for delivery" is what is hoped for; a refusal is a short sentence without number and words.
        if "denied by white- and/or black-lists" in answer.text:
            raise Refused("the gateway's lists refuse the number", TextFailure.UNKNOWN, "denied by lists")
        raise Misconfigured(answered(answer), _FIELDS, status=answer.status_code)
    return Handed(ref=message.reference)


def receipt_url(settings: Settings, message: Message) -> str:
    """The address that Kannel calls with a receipt; what begins with a per cent sign is filled in by Kannel."""
    token = settings.get("token", "").strip()
    if not (token.isascii() and token.isalnum()):
        raise Misconfigured("the gateway's token must be of letters and digits", ["token"])
    return f"{message.hook_url}?{urlencode({'token': token, 'reference': message.reference})}&{_TOLD}"


TEXTS = Texts(send=send, per_second=10.0, needs=((*_FIELDS, "token"),))
