"""Asks OVH for the consumption records of past calls, and says what one of them means.

OVH lists the ids of a line's records, and gives each record by itself. A record tells a call and its duration, not who
answered: a call in to a line that lasted is taken for answered, although a voicemail may have it. A queue picks up
every call, so a queue's records tell nothing of a person, and are left to its events. Calls that nobody answered may
have no record at all.
"""

from __future__ import annotations

import hashlib
from datetime import UTC, datetime, timedelta

import msgspec

from decroche.connector_kit.connector import Page, Record, Settings
from decroche.connector_kit.errors import Ignored, Malformed, Misconfigured, Unavailable
from decroche.connector_kit.http import Http
from decroche.connector_kit.objects import Told, decode, encode, moment, number, text
from decroche.connectors.ovh.api import Api, service_path
from decroche.connectors.ovh.numbers import international, is_queue, listed, shared_names
from decroche.model.call import Direction
from decroche.model.fact import Fact, Heard, Stage, UnknownWord

#: How many records are asked for one by one before a page is kept.
PAGE = 20
#: How many lists without a record are passed before a page is given back empty.
_EMPTY_LISTS = 10
_THIS_MONTH, _LAST_MONTH = "voiceConsumption", "previousVoiceConsumption"
_WAYS = {"incoming": Direction.INBOUND, "outgoing": Direction.OUTBOUND, "transfer": Direction.UNKNOWN}


class _Place(msgspec.Struct, frozen=True):
    """The list that is read, and the last id of it that was kept."""

    service: str
    months: str
    after: int = -1


def fetch(http: Http, settings: Settings, begin: datetime, end: datetime, place: str | None) -> Page:
    """The next records of the calls that began in ``[begin, end)``."""
    api = Api(http, settings)
    lists = [(service, months) for service in _services(api, settings) for months in _months(api, begin, end)]
    at = _read(place)
    left = [each for each in lists if at is None or each >= (at.service, at.months)]
    for read, (service, months) in enumerate(left):
        after = at.after if at is not None and (service, months) == (at.service, at.months) else -1
        ids = [each for each in _ids(api, service, months, begin, end) if each > after]
        if not ids and read < _EMPTY_LISTS:
            continue
        records = [found for each in ids[:PAGE] if (found := _record(api, service, months, each)) is not None]
        if len(ids) > PAGE:
            next_place = _Place(service, months, ids[PAGE - 1])
        elif read + 1 < len(left):
            next_place = _Place(*left[read + 1])
        else:
            return Page(records=tuple(records))
        return Page(records=tuple(records), next=msgspec.json.encode(next_place).decode())
    return Page(records=())


def _read(place: str | None) -> _Place | None:
    try:
        return None if place is None else msgspec.json.decode(place, type=_Place)
    except msgspec.DecodeError:
        return None


def _services(api: Api, settings: Settings) -> list[str]:
    """The lines whose records are asked for, as OVH names them."""
    typed = [service_path(each) for each in listed(settings, "lines")]
    if typed:
        return sorted(typed)
    told = api.get(f"{api.account}/service")
    if not isinstance(told, list):
        raise Unavailable("OVH's API does not list the lines")
    found = {each for each in told if isinstance(each, str) and each.isascii() and each.isalnum()}
    return sorted(each for each in found if not is_queue(international(each), settings))


def _months(api: Api, begin: datetime, end: datetime) -> list[str]:
    """In which of OVH's two lists the period lies. Its month begins in its own zone, so a day is left on both sides."""
    month = api.now().replace(day=1, hour=0, minute=0, second=0, microsecond=0)
    lists = [_LAST_MONTH] if begin < month + timedelta(days=1) else []
    return sorted([*lists, *([_THIS_MONTH] if end > month - timedelta(days=1) else [])])


def _ids(api: Api, service: str, months: str, begin: datetime, end: datetime) -> list[int]:
    params = {
        "creationDatetime.from": _written(begin),
        # OVH may count the end in; a record that is read twice is known the second time.
        "creationDatetime.to": _written(end),
    }
    told = api.get(f"{api.account}/service/{service}/{months}", params)
    if not isinstance(told, list):
        raise Unavailable("OVH's API does not list the calls")
    return sorted({each for each in told if isinstance(each, int)})


def _written(at: datetime) -> str:
    return at.astimezone(UTC).isoformat(timespec="seconds")


def _record(api: Api, service: str, months: str, id: int) -> Record | None:
    try:
        told = api.get(f"{api.account}/service/{service}/{months}/{id}")
    except Misconfigured as error:
        if error.status == 404:
            return None
        raise
    if not isinstance(told, dict):
        raise Unavailable("OVH's API does not tell a call")
    body = encode(told)
    # OVH may put a record right afterwards.
    digest = hashlib.sha256(body).hexdigest()[:16]
    return Record(kind="consumption", key=f"consumption/{id}/{digest}", body=body, about={"service": service})


def heard(body: bytes, service: str | None, settings: Settings) -> Heard:
    """What a consumption record says. Raises Ignored and Malformed."""
    told = decode(body)
    key, began = text(told, "consumptionId"), moment(told, "creationDatetime")
    lasted = number(told, "duration")
    if key is None or began is None or lasted is None or not 0 <= lasted < 10_000_000:
        raise Malformed("a consumption record without its id, its time or its duration")
    word = (text(told, "wayType") or "").lower()
    caller, called = international(text(told, "calling")), international(text(told, "called"))
    dialled = international(text(told, "dialed")) or called
    if word == "incoming" and (is_queue(dialled, settings) or is_queue(called, settings)):
        raise Ignored("a call to a queue, of which the queue's events tell")
    way = _WAYS.get(word, Direction.UNKNOWN)
    inbound = way is Direction.INBOUND
    ended_at = began + timedelta(seconds=lasted)
    own = Fact(
        call_key=key,
        same_call=shared_names(caller, (called, dialled), began, within_s=2),
        stage=Stage.CREATED,
        at=began,
        direction=way,
        caller=caller,
        called=dialled,
        line=called if inbound else None,
    )
    line = international(service) or (called if inbound else caller)
    talked = Fact(
        call_key=key,
        leg_key=f"line:{line or ''}",
        stage=Stage.ENDED,
        at=ended_at,
        final=True,
        complete=True,
        answered=True if lasted else None,
        raw_reason=_nature(told),
        started_at=began,
        ended_at=ended_at,
        talk_s=lasted or None,
        total_s=lasted,
    )
    unknown = () if word in _WAYS else (UnknownWord("wayType", word[:100]),)
    return Heard(facts=(own, talked), unknown=unknown)


def _nature(told: Told) -> str | None:
    """How the call was hung up, in OVH's words, which are not published."""
    return text(told, "hangupNature")
