"""``POST /hooks/<connector>/<endpoint key>``: answered 2xx only when the delivery is on disk."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum

from starlette.requests import ClientDisconnect, Request
from starlette.responses import Response

from decroche.capture.receive.journal import Journal, StoreUnavailable
from decroche.capture.receive.public_address import PublicAddress
from decroche.connector_kit.connector import Answer, Connector, Delivery, Events
from decroche.connector_kit.errors import Ignored, Malformed, NotAuthentic
from decroche.connector_kit.unreadable import unreadable
from decroche.ledger.observations import Observation
from decroche.ledger.setting_up import Endpoint

#: The largest delivery that is read; those of every platform are smaller by far.
LARGEST_BODY = 1024 * 1024
#: How long a delivery may take to arrive, and the disk to take it, in seconds.
PATIENCE_S = 10.0
#: When a platform should try again after it was sent back, in seconds.
RETRY_AFTER_S = 5


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


def hook_door(
    doors: Doors,
    journal: Journal,
    address: PublicAddress,
    *,
    clock: Callable[[], datetime],
    note: Note,
    patience_s: float = PATIENCE_S,
) -> Callable[[Request], Awaitable[Response]]:
    """The request handler of ``/hooks/{connector}/{key}``."""

    async def receive(request: Request) -> Response:
        began = time.perf_counter()
        found = doors.of(request.path_params["connector"], request.path_params["key"])
        endpoint = None if found is None else found[0]
        result, response, problem = Received.FAILED, None, ""
        try:
            if found is None:
                result, response = Received.NO_SUCH_DOOR, Response(status_code=404)
            else:
                result, response, problem = await received(request, *found)
            return response
        finally:
            note(Outcome(result=result, endpoint=endpoint, problem=problem), time.perf_counter() - began)

    async def received(request: Request, endpoint: Endpoint, events: Events) -> tuple[Received, Response, str]:
        try:
            async with asyncio.timeout(patience_s):
                body = await _body(request)
        except (TimeoutError, ClientDisconnect):
            return Received.TOO_SLOW, Response(status_code=408, headers={"Connection": "close"}), ""
        if body is None:
            return Received.TOO_LARGE, Response(status_code=413, headers={"Connection": "close"}), "a body too large"
        now = clock()
        delivery = _delivery(request, body, address, received_at=now)
        settings = endpoint.all_settings
        if (challenge := events.challenge(delivery, settings)) is not None:
            return Received.CHALLENGE, _response(challenge), ""
        result, why = Received.ACCEPTED, ""
        try:
            events.verify(delivery, settings, now)
        except (NotAuthentic, Malformed) as error:
            return Received.NOT_AUTHENTIC, Response(status_code=401), str(error)
        try:
            record = events.record(delivery)
        except NotAuthentic as error:
            return Received.NOT_AUTHENTIC, Response(status_code=401), str(error)
        except Ignored:
            return Received.IGNORED, _response(events.answer), ""
        except Malformed as error:
            # Answered as any other: it would not be better the next time, and platforms stop after many refusals.
            record, result, why = unreadable(delivery, error), Received.MALFORMED, str(error)
        observation = Observation(endpoint_id=endpoint.id, record=record, source="live", received_at=now)
        try:
            async with asyncio.timeout(patience_s):
                await journal.keep(observation)
        except (TimeoutError, StoreUnavailable) as error:
            # Should it be kept after all, it will be known when it is delivered again.
            problem = str(error) or "the disk takes too long"
            return Received.SENT_BACK, Response(status_code=503, headers={"Retry-After": str(RETRY_AFTER_S)}), problem
        return result, _response(events.answer), why

    return receive


async def _body(request: Request) -> bytes | None:
    """The body; None as soon as it is, or says that it is, larger than any delivery."""
    told = request.headers.get("content-length", "")
    if told.isascii() and told.isdigit() and int(told[:20]) > LARGEST_BODY:
        return None
    parts, size = [], 0
    async for part in request.stream():
        size += len(part)
        if size > LARGEST_BODY:
            return None
        parts.append(part)
    return b"".join(parts)


def _delivery(request: Request, body: bytes, address: PublicAddress, *, received_at: datetime) -> Delivery:
    scope, headers = request.scope, dict[str, str]()
    for name, value in request.headers.items():
        headers[name] = f"{headers[name]}, {value}" if name in headers else value
    url = address.called(
        scheme=scope["scheme"],
        path=scope.get("raw_path", scope["path"].encode()).decode("latin-1").partition("?")[0],
        query=scope["query_string"].decode("latin-1"),
        peer=request.client.host if request.client is not None else "",
        headers=headers,
    )
    return Delivery(url=url, headers=headers, body=body, method=request.method, received_at=received_at)


def _response(answer: Answer) -> Response:
    return Response(
        content=answer.body, status_code=answer.status, media_type=answer.content_type, headers=dict(answer.headers)
    )
