"""RingCentral's call log: read by period, page by page, and followed by its sync token, so that no record is missed.

In a queue, each member who was rung may have a record of its own; the records of one session make one call.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterable
from datetime import UTC, datetime, timedelta
from typing import Any

from decroche.connector_kit.connector import Page, Record, Settings
from decroche.connector_kit.errors import Ignored, Malformed, Misconfigured, Unavailable
from decroche.connector_kit.http import Http
from decroche.connector_kit.numbers import with_plus
from decroche.connector_kit.objects import Told, encode, inner, moment, number, objects, text, without
from decroche.connector_kit.versions import by_version
from decroche.connectors.ringcentral.api import ask
from decroche.connectors.ringcentral.files import ANSWERED, REASONS
from decroche.model.call import Direction
from decroche.model.fact import Fact, Heard, Message, Stage, UnknownWord

_LOG = "/restapi/v1.0/account/~/call-log"
_SYNC = "/restapi/v1.0/account/~/call-log-sync"
_PAGE = 250
#: Results that tell no reason.
_SILENT = frozenset({"voicemail", "reply", "stopped", "unknown", "received", "answered not accepted", "in progress"})
_RANG = frozenset({"missed", "no answer", "hang up", "rejected", "declined"})
_DIRECTIONS = {"inbound": Direction.INBOUND, "outbound": Direction.OUTBOUND}


def fetch(http: Http, settings: Settings, begin: datetime, end: datetime, next_: str | None) -> Page:
    """A page of the records of calls that began in [begin, end). ``next_`` is the number of the page."""
    page = int(next_) if next_ is not None and next_.isdigit() else 1
    params: dict[str, str | int] = {
        "view": "Detailed", "type": "Voice", "dateFrom": _stamp(begin), "dateTo": _stamp(end),
        "page": page, "perPage": _PAGE,
    }  # fmt: skip
    told = ask(http, settings, "GET", _LOG, params=params)
    if not isinstance(told.get("records"), list):
        raise Unavailable("the call log has no list of records")
    records = objects(told, "records")
    within = [each for each in records if (at := moment(each, "startTime")) is None or begin <= at < end]
    more = bool(records) and text(inner(told, "navigation", "nextPage"), "uri") is not None
    return Page(records=tuple(_kept(within)), next=str(page + 1) if more else None)


def follow(http: Http, settings: Settings, position: str | None) -> tuple[tuple[Record, ...], str | None]:
    """What is new in the call log since ``position``, RingCentral's sync token; all anew when it takes it no more."""
    whole: dict[str, str | int] = {"syncType": "FSync", "recordCount": _PAGE, "statusGroup": "All", "view": "Detailed"}
    if position is None:
        told = ask(http, settings, "GET", _SYNC, params=whole)
    else:
        try:
            told = ask(http, settings, "GET", _SYNC, params={"syncType": "ISync", "syncToken": position})
        except Misconfigured as error:
            if error.status != 400:
                raise
            told = ask(http, settings, "GET", _SYNC, params=whole)
    token = text(inner(told, "syncInfo"), "syncToken")
    if token is None:
        raise Unavailable("the call log gave no sync token")
    return tuple(_kept(objects(told, "records"))), token


def _kept(records: Iterable[Told]) -> Iterable[Record]:
    for each in records:
        if (id_ := text(each, "id")) is not None:
            body = encode(without(each, ()))
            version = text(each, "lastModifiedTime") or hashlib.sha256(body).hexdigest()[:16]
            yield Record(kind="call_log", key=f"log/{id_}/{version}", body=body)


def _stamp(at: datetime) -> str:
    return at.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%S.") + f"{at.microsecond // 1000:03d}Z"


def hear_record(told: Told) -> Heard:
    """What a record of the call log says. Raises Malformed and Ignored."""
    key, began = text(told, "telephonySessionId", "sessionId"), moment(told, "startTime")
    result = text(told, "result")
    if (text(told, "type") or "Voice") != "Voice":
        raise Ignored("a fax")
    if key is None or began is None or result is None:
        raise Malformed("a record without a session, a time or a result")
    word = result.lower()
    way = _DIRECTIONS.get((text(told, "direction") or "").lower())
    unknown = [] if word in ANSWERED or word in REASONS or word in _SILENT else [UnknownWord("result", result)]
    if way is None:
        unknown.append(UnknownWord("direction", text(told, "direction") or ""))
    facts = _Entry(told, key, began, word, way).facts(result)
    return Heard(facts=by_version(facts, moment(told, "lastModifiedTime")), unknown=tuple(unknown))


class _Entry:
    """A record of the call log, read."""

    def __init__(self, told: Told, key: str, began: datetime, word: str, way: Direction | None) -> None:
        self.key, self.began, self.word = key, began, word
        self.lasted = _seconds(told)
        self.ended = began + timedelta(seconds=self.lasted or 0)
        self.extension = text(inner(told, "extension"), "id")
        from_, to = inner(told, "from"), inner(told, "to")
        inside = all(text(side, "phoneNumber") is None and text(side, "extensionNumber") for side in (from_, to))
        self.way = Direction.INTERNAL if inside and way is not None else way
        self.caller, self.called = _number(from_), _number(to)
        self.legs = objects(told, "legs")
        self.answered = word in ANSWERED
        self.queued = way is Direction.INBOUND and (
            word == "abandoned" or any(text(leg, "legType") == "Hunting" for leg in self.legs)
        )
        self.queue = text(to, "name") if self.queued else None
        message = (text(inner(told, "message"), "type") or "").lower()
        named = text(inner(told, "message"), "id")
        self.message = f"{self.extension}/{named}" if self.extension and named and message == "voicemail" else None
        self.voicemail = (
            way is Direction.INBOUND and not self.answered and (word == "voicemail" or message == "voicemail")
        )

    def facts(self, result: str) -> Iterable[Fact]:
        """The record as facts of the extension that it belongs to, and of whoever talked."""
        own = self.extension or ""
        running = self.word == "in progress"
        who: dict[str, Any] = {
            "direction": self.way,
            "caller": self.caller,
            "called": self.called,
            "line": {Direction.INBOUND: self.called, Direction.OUTBOUND: self.caller}.get(
                self.way or Direction.UNKNOWN
            ),
            "agent": self.extension,
        }
        yield Fact(call_key=self.key, leg_key=own, stage=Stage.CREATED, at=self.began, complete=not running, **who)
        if running:
            return
        people = self._people(own) if self.answered else {}
        for leg_key, (since, until) in people.items():
            agent: dict[str, Any] = {"call_key": self.key, "leg_key": leg_key, "agent": leg_key or None}
            yield Fact(stage=Stage.ANSWERED, at=since, complete=True, rang=True, **agent)
            yield Fact(stage=Stage.ENDED, at=until, ended_at=until, complete=True, answered=True, **agent)
        yield Fact(
            call_key=self.key,
            leg_key=own,
            stage=Stage.ENDED,
            at=self.ended,
            # Whoever talked until a transfer left before the call ended.
            ended_at=people[own][1] if own in people else self.ended,
            complete=True,
            final=True,
            # A queue or a menu whose call was answered by somebody else did not answer it.
            answered=None if own in people else False,
            rang=True if self.word in _RANG else None,
            queued=True if self.queued else None,
            queue=self.queue,
            voicemail=True if self.voicemail else None,
            message=Message(recording=self.message) if self.voicemail and self.message else None,
            reason=None if self.answered else REASONS.get(self.word),
            raw_reason=None if self.answered else result,
            total_s=self.lasted,
        )

    def _people(self, own: str) -> dict[str, tuple[datetime, datetime]]:
        """Who talked, from when until when. ``Accept`` is RingCentral itself taking the call."""
        talked: dict[str, tuple[datetime, datetime]] = {}
        if self.way is not Direction.OUTBOUND:
            for leg in self.legs:
                extension, since = text(inner(leg, "extension"), "id"), moment(leg, "startTime") or self.began
                if extension is None or text(leg, "legType") == "Accept":
                    continue
                if (text(leg, "result") or "").lower() in ANSWERED:
                    until = since + timedelta(seconds=_seconds(leg) or (self.ended - since).total_seconds())
                    before = talked.get(extension, (since, until))
                    talked[extension] = (min(since, before[0]), max(until, before[1]))
        return talked or {own: (self.began, self.ended)}


def _seconds(told: Told) -> float | None:
    """A duration, finer where RingCentral tells it finer; None when it is not one."""
    fine, whole = number(told, "durationMs"), number(told, "duration")
    found = fine / 1000 if fine is not None else whole
    return found if found is not None and 0 <= found <= 1e7 else None


def _number(told: Told) -> str | None:
    return with_plus(text(told, "phoneNumber")) or text(told, "extensionNumber")
