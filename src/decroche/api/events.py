"""``/api/v1/events``: what changes, as it changes, as server-sent events."""

from __future__ import annotations

from collections.abc import AsyncIterator, Sequence
from typing import Annotated

import msgspec
from fastapi import APIRouter, Header, Query
from starlette.concurrency import run_in_threadpool
from starlette.responses import StreamingResponse

from decroche.api.access import Caller, Reader
from decroche.api.errors import RESPONSES
from decroche.api.presenting import call_out, journey_out
from decroche.capture.feed import Change
from decroche.ledger.account import Account
from decroche.ledger.store import Ledger

router = APIRouter(responses=RESPONSES)


@router.get(
    "/events",
    response_class=StreamingResponse,
    responses={200: {"content": {"text/event-stream": {}}, "description": "Changes, one event each."}},
)
async def follow_events(
    caller: Reader,
    after: Annotated[int | None, Query(ge=0, description="Begin after this event; else with what comes.")] = None,
    last_event_id: Annotated[str | None, Header(description="Sent by browsers that come back.")] = None,
) -> StreamingResponse:
    """Calls that change, misses, journeys that open and close. The id of an event is where to go on from."""
    position = int(last_event_id) if last_event_id and last_event_id.isascii() and last_event_id.isdigit() else after
    if position is None:
        position = await run_in_threadpool(caller.services.feed.end)
    return StreamingResponse(
        _stream(caller, min(position, 2**63 - 1)),
        media_type="text/event-stream",
        headers={"Cache-Control": "no-store", "X-Accel-Buffering": "no"},
    )


async def _stream(caller: Caller, position: int) -> AsyncIterator[bytes]:
    async for found in caller.services.feed.follow(caller.account, position):
        if not found:
            yield b": still here\n\n"
            continue
        whole = caller.whole_numbers
        for text in await run_in_threadpool(event_bodies, caller.services.ledger, caller.account, found, whole=whole):
            yield text


def event_bodies(ledger: Ledger, account: str, found: Sequence[Change], *, whole: bool) -> list[bytes]:
    """The changes as server-sent events, each with the call or journey as it is now."""
    with ledger.for_account(account) as mine:
        return [
            b"id: %d\nevent: %s\ndata: %s\n\n" % (each.id, each.kind.encode(), event_json(mine, each, whole=whole))
            for each in found
        ]


def event_json(account: Account, change: Change, *, whole: bool) -> bytes:
    """A change with its call or journey as it is now."""
    try:
        if change.kind.startswith("call."):
            subject = call_out(account.call(change.subject), whole=whole).model_dump(mode="json")
        else:
            subject = journey_out(account.journey(change.subject), whole=whole).model_dump(mode="json")
    except KeyError:  # it became part of another
        subject = {"id": change.subject}
    body = {"id": change.id, "kind": change.kind, "at": change.at.isoformat(), "subject": subject}
    return msgspec.json.encode(body)
