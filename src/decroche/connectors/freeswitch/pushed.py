"""Reads the call records that mod_json_cdr and mod_xml_cdr push to us when a leg ends, in each way they can write them.

The body is the record itself (``encode`` false), a form field ``cdr`` (true), or that field in base64; values of
variables may be percent-encoded besides. Whatever the way, one shape is kept: JSON, without what could be a password.
"""

from __future__ import annotations

import base64
import binascii
import re
from collections.abc import Mapping
from typing import Any
from urllib.parse import parse_qs, unquote, unquote_to_bytes, urlsplit

from decroche.connector_kit.connector import Delivery, Record
from decroche.connector_kit.errors import Malformed
from decroche.connector_kit.objects import decode, encode
from decroche.connectors.freeswitch import finished
from decroche.connectors.freeswitch.xml_record import read_xml
from decroche.model.fact import Heard

_SECRET = re.compile(
    r"pass(?:word|wd|phrase)?(?:_|-|$)|secret|token|authorization|(?:^|[_-])(?:pin|nonce|a1)(?:$|[_-])", re.I
)
_TOP = ("core-uuid", "switchname", "channel_data")
#: What is kept of a step of the call flow: what its applications were given may hold a password.
_STEP = ("profile_index", "caller_profile", "times")

_ESCAPE = re.compile(r"%[0-9A-Fa-f]{2}")


def is_secret(name: str) -> bool:
    """Whether a variable of this name could hold a password."""
    return _SECRET.search(name) is not None


def record(delivery: Delivery) -> Record:
    """What is kept of a push. Raises Malformed."""
    body = _unwrapped(delivery)
    written = "xml" if body.lstrip()[:1] == b"<" else "json"
    told = read_xml(body) if written == "xml" else decode(body)
    variables = told.get("variables")
    variables = variables if isinstance(variables, dict) else {}
    uuid = variables.get("uuid") or _uuid_of(delivery.url)
    if not isinstance(uuid, str) or not uuid:
        raise Malformed("a call record without the uuid of its leg")
    kept: dict[str, Any] = {name: told[name] for name in _TOP if name in told}
    kept["callflow"] = [_kept_of(step) for step in _steps(told)]
    kept["variables"] = {"uuid": uuid} | {name: value for name, value in variables.items() if not is_secret(name)}
    return Record(kind="cdr", key=f"cdr/{uuid}", body=encode(kept), about={"written": written})


def _uuid_of(url: str) -> str | None:
    try:
        told = parse_qs(urlsplit(url).query).get("uuid", [""])[0]
    except ValueError:
        return None
    return told.removeprefix("a_") or None


def _unwrapped(delivery: Delivery) -> bytes:
    """The record itself, out of its form."""
    body = delivery.body.strip()
    if body[:1] in (b"{", b"<"):
        return body
    body = body.removeprefix(b"cdr=")
    plain = unquote_to_bytes(body.replace(b"+", b" ")).lstrip()
    if plain[:1] in (b"{", b"<"):
        return plain
    try:
        # The alphabet of base64 has a plus, and an end that a form may have escaped.
        return base64.b64decode(unquote_to_bytes(body), validate=True)
    except (binascii.Error, ValueError) as error:
        raise Malformed("a call record that is neither JSON, XML, nor either in base64") from error


def heard(body: bytes) -> Heard:
    """What a kept record says. Raises Malformed."""
    told = decode(body)
    return finished.heard(variables_of(told))


def variables_of(told: Mapping[str, Any]) -> dict[str, str]:
    """The variables that say something, decoded, with what only the call flow says."""
    raw = told.get("variables")
    written = {name: value for name, value in raw.items() if isinstance(value, str)} if isinstance(raw, dict) else {}
    # Where values are encoded no space is left in any of them.
    encoded = not any(" " in value for value in written.values())
    variables = {name: unquote(value) if encoded else value for name, value in written.items()}
    if steps := _steps(told):
        # The newest step stands first; the caller dialled what the oldest has.
        newest, oldest = min(steps, key=_negative_index), max(steps, key=_negative_index)
        now, then = _texts(newest.get("caller_profile"), encoded), _texts(oldest.get("caller_profile"), encoded)
        told_by_flow = {
            "caller_id_number": then.get("caller_id_number"),
            "destination_number": now.get("destination_number"),
            "first_destination": then.get("destination_number"),
            "context": then.get("context"),
            "extensions": " ".join(_texts(step.get("extension"), encoded).get("name", "") for step in steps).strip(),
        }
        variables = {name: value for name, value in told_by_flow.items() if value} | variables
        variables = {"start_uepoch": _texts(oldest.get("times"), False).get("created_time", "")} | variables
        variables = {"end_uepoch": _texts(newest.get("times"), False).get("hangup_time", "")} | variables
    channel = _texts(told.get("channel_data"), False)
    variables = {"direction": channel.get("direction", "")} | variables
    return {name: found for name, value in variables.items() if (found := value.replace("\0", "").strip())}


def _steps(told: Mapping[str, Any]) -> list[dict[str, Any]]:
    flow = told.get("callflow")
    return [step for step in (flow if isinstance(flow, list) else [flow]) if isinstance(step, dict)]


def _kept_of(step: Mapping[str, Any]) -> dict[str, Any]:
    extension = step.get("extension")
    name = extension.get("name") if isinstance(extension, dict) else None
    return {each: step[each] for each in _STEP if each in step} | {"extension": {"name": name}}


def _negative_index(step: Mapping[str, Any]) -> int:
    told = step.get("profile_index")
    return -int(told) if isinstance(told, str) and told.isascii() and told.isdigit() and len(told) < 6 else 0


def _texts(told: object, encoded: bool) -> dict[str, str]:
    if not isinstance(told, dict):
        return {}
    texts = {name: value for name, value in told.items() if isinstance(value, str)}
    return {name: unquote(value) if encoded and _ESCAPE.search(value) else value for name, value in texts.items()}
