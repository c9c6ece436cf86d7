"""Calls through Ringover: the devices of the key's owner ring first, then the customer's."""

from __future__ import annotations

from typing import Any

from decroche.connector_kit.calls import Calls, NotPlaced, Placed, Wanted
from decroche.connector_kit.connector import Settings
from decroche.connector_kit.errors import Misconfigured
from decroche.connector_kit.http import Http, answered
from decroche.connector_kit.objects import text
from decroche.connector_kit.texts import answered_object, hand_over
from decroche.connectors.ringover.api import host_of

_FIELDS = ("api_key", "region")


def place(http: Http, settings: Settings, wanted: Wanted) -> Placed:
    """Have it ring. Raises as ``Calls`` says. Without the right “Monitoring” Ringover ignores the line."""
    host, key = host_of(settings)
    told: dict[str, Any] = {"to_number": _digits(wanted.person), "device": "ALL"}
    if wanted.line:
        told["from_number"] = _digits(wanted.line)
    headers = {"authorization": key}
    answer = hand_over(http, "POST", f"https://{host}/v2/callback", fields=_FIELDS, headers=headers, json=told)
    if answer.status_code == 404:
        raise Misconfigured(answered(answer), _FIELDS, status=404)
    if answer.status_code >= 400:
        raise NotPlaced(answered(answer))
    return Placed(ref=text(answered_object(answer), "call_id"))


def _digits(number: str) -> int:
    found = number.removeprefix("+")
    if not (found.isascii() and found.isdigit()):
        raise NotPlaced("the number is not an international one")
    return int(found)


CALLS = Calls(place=place, needs=("api_key",))
