"""``POST /hooks/<connector>/<endpoint key>``: answered 2xx only when the delivery is on disk."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum

from starlette.requests import ClientDisconnect, Request
from starlette.responses import Response

from decroche.capture.receive.journal import Journal, StoreUnavailable
from decroche.capture.receive.public_address import PublicAddress
from decroche.connector_kit.connector import Answer, Connector, Delivery
from decroche.connector_kit.errors import Ignored, Malformed, NotAuthentic
from decroche.ledger.observations import Observation
from decroche.ledger.setting_up import Endpoint

#: The largest delivery that is read; those of every platform are smaller by far.
LARGEST_BODY = 1024 * 1024
#: How long a delivery may take to arrive, in seconds.
SLOWEST_BODY_S = 10.0
#: When a platform should try again after it was sent back, in seconds.
RETRY_AFTER_S = 5


class Received(StrEnum):
    """What became of a delivery."""

    ACCEPTED = "accepted"
    CHALLENGE = "challenge"
    IGNORED = "ignored"
    NOT_AUTHENTIC = "not_authentic"
    MALFORMED = "malformed"
    TOO_LARGE = "too_large"
    TOO_SLOW = "too_slow"
    SENT_BACK = "sent_back"
    NO_SUCH_DOOR = "no_such_door"


Note = Callable[[Endpoint | None, Received, str], None]


@dataclass(slots=True)
class Doors:
    """The endpoints that have a door, by connector and key. Replaced whole when an endpoint is added or removed."""

    by_key: Mapping[tuple[str, str], tuple[Endpoint, Connector]] = field(default_factory=dict)

    def of(self, connector: str, key: str) -> tuple[Endpoint, Connector] | None:
        """The endpoint behind a door, and its platform; None when there is no such door."""
        return self.by_key.get((connector, key))


def hook_door(
    doors: Doors, journal: Journal, address: PublicAddress, *, clock: Callable[[], datetime], note: Note
) -> Callable[[Request], Awaitable[Response]]:
    """The request handler of ``/hooks/{connector}/{key}``. ``note`` hears what became of every delivery."""

    async def receive(request: Request) -> Response:
        found = doors.of(request.path_params["connector"], request.path_params["key"])
        if found is None or found[1].events is None:
            note(None, Received.NO_SUCH_DOOR, "")
            return Response(status_code=404)
        endpoint, events = found[0], found[1].events
        try:
            body = await asyncio.wait_for(_body(request), SLOWEST_BODY_S)
        except (TimeoutError, ClientDisconnect):
            note(endpoint, Received.TOO_SLOW, "")
            return Response(status_code=408)
        if body is None:
            note(endpoint, Received.TOO_LARGE, "")
            return Response(status_code=413)
        delivery = _delivery(request, body, address, received_at=clock())
        settings = endpoint.all_settings
        if (challenge := events.challenge(delivery, settings)) is not None:
            note(endpoint, Received.CHALLENGE, "")
            return _response(challenge)
        try:
            events.verify(delivery, settings, clock())
            record = events.record(delivery)
        except NotAuthentic as error:
            note(endpoint, Received.NOT_AUTHENTIC, str(error))
            return Response(status_code=401)
        except Ignored:
            note(endpoint, Received.IGNORED, "")
            return _response(events.answer)
        except Malformed as error:
            note(endpoint, Received.MALFORMED, str(error))
            return Response(status_code=400)
        observation = Observation(endpoint_id=endpoint.id, record=record, source="live", received_at=clock())
        try:
            await journal.keep(observation)
        except StoreUnavailable as error:
            note(endpoint, Received.SENT_BACK, str(error))
            return Response(status_code=503, headers={"Retry-After": str(RETRY_AFTER_S)})
        note(endpoint, Received.ACCEPTED, "")
        return _response(events.answer)

    return receive


async def _body(request: Request) -> bytes | None:
    """The body; None as soon as it is larger than any delivery."""
    parts, size = [], 0
    async for part in request.stream():
        size += len(part)
        if size > LARGEST_BODY:
            return None
        parts.append(part)
    return b"".join(parts)


def _delivery(request: Request, body: bytes, address: PublicAddress, *, received_at: datetime) -> Delivery:
    headers = dict(request.headers)
    url = address.called(
        scheme=request.url.scheme,
        path=request.scope.get("raw_path", request.url.path.encode()).decode("latin-1").partition("?")[0],
        query=request.scope["query_string"].decode("latin-1"),
        peer=request.client.host if request.client is not None else "",
        headers=headers,
    )
    return Delivery(url=url, headers=headers, body=body, method=request.method, received_at=received_at)


def _response(answer: Answer) -> Response:
    return Response(
        content=answer.body, status_code=answer.status, media_type=answer.content_type, headers=dict(answer.headers)
    )
