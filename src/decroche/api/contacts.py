"""``/api/v1/calls``, ``journeys``, ``queues``, ``agents``: what happened on the phone."""

from __future__ import annotations

from datetime import datetime
from typing import Annotated

from fastapi import APIRouter, Query
from pydantic import AwareDatetime, StringConstraints

from decroche.api.access import Reader
from decroche.api.errors import RESPONSES, NotFound
from decroche.api.presenting import call_out, cursor_text, journey_out, read_cursor
from decroche.api.schemas import AgentOut, CallOut, JourneyOut, Page, QueueOut
from decroche.ledger.account import CallFilter, JourneyFilter
from decroche.model.call import Direction, Disposition, MissedReason
from decroche.model.fact import Progress
from decroche.understand.live_journeys import LiveState

router = APIRouter(responses=RESPONSES)

Word = Annotated[str | None, StringConstraints(max_length=200, pattern=r"^[^\x00]*$")]
Number = Annotated[str | None, StringConstraints(pattern=r"^\+[1-9][0-9]{6,14}$")]
Limit = Annotated[int, Query(ge=1, le=200)]


@router.get("/calls")
def list_calls(
    caller: Reader,
    since: AwareDatetime | None = None,
    until: AwareDatetime | None = None,
    direction: Direction | None = None,
    disposition: Disposition | None = None,
    reason: MissedReason | None = None,
    progress: Progress | None = None,
    site: Word = None,
    department: Word = None,
    queue: Word = None,
    agent: Word = None,
    person: Number = None,
    cursor: Word = None,
    limit: Limit = 50,
) -> Page[CallOut]:
    """The calls, the latest start first. ``since`` is included, ``until`` is not."""
    wanted = CallFilter(
        since=_utc(since),
        until=_utc(until),
        direction=direction,
        disposition=disposition,
        reason=reason,
        progress=progress,
        site=site,
        department=department,
        queue=queue,
        agent=agent,
        person=_digits(person),
    )
    after = read_cursor(cursor)
    with caller.services.ledger.for_account(caller.account) as account:
        rows, following = account.calls(wanted, after=after, limit=limit)
    return Page(items=[call_out(row, whole=caller.whole_numbers) for row in rows], next=cursor_text(following))


@router.get("/calls/{id}")
def read_call(caller: Reader, id: Annotated[str, StringConstraints(pattern="^[0-9a-f]{1,64}$")]) -> CallOut:
    """One call with its legs."""
    with caller.services.ledger.for_account(caller.account) as account:
        try:
            return call_out(account.call(id), whole=caller.whole_numbers)
        except KeyError as error:
            raise NotFound("There is no such call.") from error


@router.get("/journeys")
def list_journeys(
    caller: Reader,
    since: AwareDatetime | None = None,
    until: AwareDatetime | None = None,
    state: LiveState | None = None,
    site: Word = None,
    person: Number = None,
    cursor: Word = None,
    limit: Limit = 50,
) -> Page[JourneyOut]:
    """The journeys, the latest opening first."""
    wanted = JourneyFilter(since=_utc(since), until=_utc(until), state=state, site=site, person=_digits(person))
    after = read_cursor(cursor)
    with caller.services.ledger.for_account(caller.account) as account:
        rows, following = account.journeys(wanted, after=after, limit=limit)
    return Page(items=[journey_out(row, whole=caller.whole_numbers) for row in rows], next=cursor_text(following))


@router.get("/journeys/{id}")
def read_journey(caller: Reader, id: Annotated[str, StringConstraints(pattern="^[0-9a-f]{1,64}$")]) -> JourneyOut:
    """One journey, by its id or one that it had before another joined it."""
    with caller.services.ledger.for_account(caller.account) as account:
        try:
            return journey_out(account.journey(id), whole=caller.whole_numbers)
        except KeyError as error:
            raise NotFound("There is no such journey.") from error


@router.get("/queues")
def list_queues(caller: Reader) -> Page[QueueOut]:
    """The queues that calls have named."""
    with caller.services.ledger.for_account(caller.account) as account:
        return Page(items=[QueueOut(name=name) for name in account.queues()])


@router.get("/agents")
def list_agents(caller: Reader) -> Page[AgentOut]:
    """The agents, with their state where the platform tells it."""
    with caller.services.ledger.for_account(caller.account) as account:
        return Page(items=[AgentOut.model_validate(row) for row in account.agents()])


def _utc(moment: AwareDatetime | None) -> datetime | None:
    return None if moment is None else datetime.fromisoformat(moment.isoformat())


def _digits(number: str | None) -> int | None:
    return None if number is None else int(number[1:])
