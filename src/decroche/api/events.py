"""``/api/v1/events``: what changes, as it changes, as server-sent events."""

from __future__ import annotations

from collections.abc import AsyncIterator, Sequence
from typing import Annotated

from fastapi import APIRouter, Header, Query
from starlette.concurrency import run_in_threadpool
from starlette.responses import StreamingResponse

from decroche.api.access import Caller, Reader
from decroche.api.errors import responses
from decroche.api.presenting import change_json
from decroche.capture.feed import Change
from decroche.ledger.store import Ledger

router = APIRouter(tags=["events"], generate_unique_id_function=lambda route: route.name)

#: The largest position that a database can hold.
_LAST = 2**63 - 1


@router.get(
    "/events",
    response_class=StreamingResponse,
    responses={
        **responses(),
        200: {
            "description": "Changes, one event each: `id`, `event` (the kind) and `data` (a `ChangeOut`). A comment "
            "every 15 seconds is a sign of life.",
            "content": {"text/event-stream": {"schema": {"type": "string"}}},
        },
    },
)
async def follow_events(
    caller: Reader,
    after: Annotated[
        int | None, Query(ge=0, le=_LAST, description="Begin after this event; else with what comes.")
    ] = None,
    last_event_id: Annotated[str | None, Header(description="Sent by browsers that come back; wins.")] = None,
) -> StreamingResponse:
    """Calls that change, misses, journeys that open and close, until you hang up.

    The id of an event is where to go on from.
    """
    position = _position(last_event_id)
    if position is None:
        position = after
    if position is None:
        position = await run_in_threadpool(caller.services.feed.end)
    return StreamingResponse(
        _stream(caller, position),
        media_type="text/event-stream",
        headers={"Cache-Control": "no-store", "X-Accel-Buffering": "no"},
    )


def _position(last_event_id: str | None) -> int | None:
    """The position of a header that we may have sent ourselves; what is none says nothing."""
    told = last_event_id or ""
    return min(int(told), _LAST) if told.isascii() and told.isdigit() and len(told) < 20 else None


async def _stream(caller: Caller, position: int) -> AsyncIterator[bytes]:
    services = caller.services
    async for found in services.feed.follow(caller.account, position, alive_s=services.alive_s):
        if found:
            bodies = await run_in_threadpool(
                event_bodies, services.ledger, caller.account, found, whole=caller.whole_numbers
            )
            for text in bodies:
                yield text
            continue
        yield b": still here\n\n"
        if not await run_in_threadpool(caller.still_allowed):
            return


def event_bodies(ledger: Ledger, account: str, found: Sequence[Change], *, whole: bool) -> list[bytes]:
    """The changes as server-sent events, each with the call or journey as it is now."""
    with ledger.for_account(account) as mine:
        return [
            b"id: %d\nevent: %s\ndata: %s\n\n" % (each.id, each.kind.encode(), change_json(mine, each, whole=whole))
            for each in found
        ]
