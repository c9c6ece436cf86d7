"""``POST /hooks/<connector>/<endpoint key>``: answered 2xx only when the delivery is on disk."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum

from starlette.types import ASGIApp, Receive, Scope, Send

from decroche.capture.receive.journal import Journal, StoreUnavailable
from decroche.capture.receive.late_doors import LateDoors
from decroche.capture.receive.public_address import PublicAddress
from decroche.connector_kit.connector import Answer, Connector, Delivery, Events
from decroche.connector_kit.errors import Ignored, Malformed, NotAuthentic
from decroche.connector_kit.unreadable import unreadable
from decroche.ledger.observations import Observation
from decroche.ledger.setting_up import Endpoint

#: The largest delivery that is read; those of every platform are smaller by far.
LARGEST_BODY = 1024 * 1024
#: How long a delivery may take to arrive and to be on disk, in seconds.
PATIENCE_S = 10.0
#: How a platform may deliver, or test the address.
METHODS = ("GET", "HEAD", "POST", "PUT")
#: When a platform should try again after it was sent back, in seconds.
RETRY_AFTER_S = 5
_CLOSE = {"Connection": "close"}


class Received(StrEnum):
    """What became of a delivery."""

    ACCEPTED = "accepted"
    CHALLENGE = "challenge"
    IGNORED = "ignored"
    NOT_AUTHENTIC = "not_authentic"
    #: The platform's, kept, and not to be read.
    MALFORMED = "malformed"
    TOO_LARGE = "too_large"
    TOO_SLOW = "too_slow"
    SENT_BACK = "sent_back"
    NO_SUCH_DOOR = "no_such_door"
    #: A mistake of ours: answered 500, and delivered again.
    FAILED = "failed"


@dataclass(frozen=True, slots=True, kw_only=True)
class Outcome:
    """What became of a delivery at a door (None: there is none), and why it was refused, without secrets."""

    result: Received
    endpoint: Endpoint | None
    problem: str = ""


#: Hears what became of every delivery, and how long that took, in seconds.
Note = Callable[[Outcome, float], None]


@dataclass(slots=True)
class Doors:
    """The endpoints that have a door, by connector and key. Replaced whole when an endpoint is added or removed."""

    by_key: Mapping[tuple[str, str], tuple[Endpoint, Connector]] = field(default_factory=dict)

    def of(self, connector: str, key: str) -> tuple[Endpoint, Events] | None:
        """The endpoint behind a door, and how its platform delivers; None when there is no such door."""
        found = self.by_key.get((connector, key))
        return None if found is None or found[1].events is None else (found[0], found[1].events)


class HookDoor:
    """Answers what comes to ``/hooks/{connector}/{key}`` and passes everything else on to ``app``.

    It speaks ASGI itself and stands before all else: what a framework does for a request costs as much as all that is
    done here for a delivery. ``late`` looks for doors that were added a moment ago; ``patience_s`` is how long a
    delivery may take to arrive and be on disk.
    """

    def __init__(
        self,
        app: ASGIApp,
        doors: Doors,
        journal: Journal,
        address: PublicAddress,
        *,
        clock: Callable[[], datetime],
        note: Note,
        late: LateDoors | None = None,
        patience_s: float = PATIENCE_S,
    ) -> None:
        self._app = app
        self._doors = doors
        self._journal = journal
        self._address = address
        self._clock = clock
        self._note = note
        self._late = late
        self._patience_s = patience_s

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer a delivery, or pass the request on."""
        place = scope["path"].split("/") if scope["type"] == "http" else []
        if len(place) != 4 or place[1] != "hooks" or not place[2] or not place[3]:
            await self._app(scope, receive, send)
            return
        if scope["method"] not in METHODS:
            await _send(send, Answer(status=405, headers={"Allow": ", ".join(METHODS)}))
            return
        began = time.perf_counter()
        found = self._doors.of(place[2], place[3])
        crowded = False
        if found is None and self._late is not None:
            crowded = not await self._late.looked()
            found = self._doors.of(place[2], place[3])
        endpoint = None if found is None else found[0]
        result, problem = Received.FAILED, ""
        try:
            if found is None and crowded:
                # Nobody knows whether there is such a door: it is asked for again.
                result, answer = Received.SENT_BACK, Answer(status=503, headers={"Retry-After": str(RETRY_AFTER_S)})
            elif found is None:
                result, answer = Received.NO_SUCH_DOOR, Answer(status=404)
            else:
                result, answer, problem = await self._received(scope, receive, *found)
            await _send(send, answer)
        finally:
            self._note(Outcome(result=result, endpoint=endpoint, problem=problem), time.perf_counter() - began)

    async def _received(
        self, scope: Scope, receive: Receive, endpoint: Endpoint, events: Events
    ) -> tuple[Received, Answer, str]:
        headers = _headers(scope)
        arrived = False
        try:
            async with asyncio.timeout(self._patience_s):
                body = await _body(headers, receive)
                arrived = True
                if body is None:
                    return Received.TOO_LARGE, Answer(status=413, headers=_CLOSE), "a body too large"
                now = self._clock()
                delivery = self._delivery(scope, headers, body, received_at=now)
                settings = endpoint.all_settings
                if (challenge := events.challenge(delivery, settings)) is not None:
                    return Received.CHALLENGE, challenge, ""
                result, why = Received.ACCEPTED, ""
                try:
                    events.verify(delivery, settings, now)
                except (NotAuthentic, Malformed) as error:
                    return Received.NOT_AUTHENTIC, Answer(status=401), str(error)
                try:
                    record = events.record(delivery)
                except NotAuthentic as error:
                    return Received.NOT_AUTHENTIC, Answer(status=401), str(error)
                except Ignored:
                    return Received.IGNORED, events.answer, ""
                except Malformed as error:
                    # As any other: it would not be better the next time, and after many refusals platforms stop.
                    record, result, why = unreadable(delivery, error), Received.MALFORMED, str(error)
                await self._journal.keep(
                    Observation(endpoint_id=endpoint.id, record=record, source="live", received_at=now)
                )
        except (TimeoutError, StoreUnavailable, _Gone) as error:
            if not arrived:
                return Received.TOO_SLOW, Answer(status=408, headers=_CLOSE), ""
            # Should it be kept after all, it will be known when it is delivered again.
            problem = str(error) or "the disk takes too long"
            return Received.SENT_BACK, Answer(status=503, headers={"Retry-After": str(RETRY_AFTER_S)}), problem
        return result, events.answer, why

    def _delivery(self, scope: Scope, headers: Mapping[str, str], body: bytes, *, received_at: datetime) -> Delivery:
        path, client = scope.get("raw_path"), scope.get("client")
        url = self._address.called(
            scheme=scope["scheme"],
            path=scope["path"] if path is None else path.decode("latin-1").partition("?")[0],
            query=scope["query_string"].decode("latin-1"),
            peer="" if client is None else client[0],
            headers=headers,
        )
        return Delivery(url=url, headers=headers, body=body, method=scope["method"], received_at=received_at)


class _Gone(Exception):
    """Who delivered hung up before all of it had come."""


def _headers(scope: Scope) -> dict[str, str]:
    """The headers by their lower-case names; one that came several times as one, as HTTP joins them."""
    headers: dict[str, str] = {}
    for raw_name, raw_value in scope["headers"]:
        name, value = raw_name.decode("latin-1"), raw_value.decode("latin-1")
        headers[name] = f"{headers[name]}, {value}" if name in headers else value
    return headers


async def _body(headers: Mapping[str, str], receive: Receive) -> bytes | None:
    """The body; None as soon as it is, or says that it is, larger than any delivery."""
    told = headers.get("content-length", "")
    if told.isascii() and told.isdigit() and int(told[:20]) > LARGEST_BODY:
        return None
    parts, size, more = [], 0, True
    while more and size <= LARGEST_BODY:
        message = await receive()
        if message["type"] == "http.disconnect":
            raise _Gone
        parts.append(message.get("body", b""))
        size += len(parts[-1])
        more = message.get("more_body", False)
    return None if size > LARGEST_BODY else b"".join(parts)


async def _send(send: Send, answer: Answer) -> None:
    content_type = answer.content_type
    if content_type.startswith("text/") and "charset=" not in content_type:
        content_type += "; charset=utf-8"
    headers = [(name.lower().encode("latin-1"), value.encode("latin-1")) for name, value in answer.headers.items()]
    headers += [(b"content-length", b"%d" % len(answer.body)), (b"content-type", content_type.encode("latin-1"))]
    await send({"type": "http.response.start", "status": answer.status, "headers": headers})
    await send({"type": "http.response.body", "body": answer.body})
