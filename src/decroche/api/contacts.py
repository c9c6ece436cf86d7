"""``/api/v1/calls``, ``journeys``, ``queues``, ``agents``: what happened on the phone."""

from __future__ import annotations

from typing import Annotated, Literal

from fastapi import APIRouter, Depends, Query
from pydantic import StringConstraints

from decroche.api.access import Caller, Reader
from decroche.api.counted import Behind, behind, counted_rows
from decroche.api.errors import NotFound, responses
from decroche.api.presenting import call_out, cursor_text, journey_out, read_cursor, shown_word
from decroche.api.schemas import AgentOut, CallOut, Id, JourneyOut, Moment, Number, Page, QueueOut
from decroche.ledger.account import CallFilter, JourneyFilter
from decroche.ledger.looking import calls_by_id, journeys_by_id
from decroche.model.call import Direction, Disposition, MissedReason
from decroche.model.fact import Progress
from decroche.model.hours import HourClass
from decroche.understand.live_journeys import LiveState

router = APIRouter(tags=["calls"], generate_unique_id_function=lambda route: route.name)

_Text = Annotated[str, StringConstraints(max_length=200, pattern=r"^[^\x00]*$")]
Word = Annotated[_Text | None, Query()]
Since = Annotated[Moment | None, Query(description="The earliest start; included.", examples=["2026-03-04T13:00:00Z"])]
Until = Annotated[Moment | None, Query(description="The latest start; not included.")]
Person = Annotated[Number | None, Query(description="The number of the person; only with the right `numbers`.")]
Cursor = Annotated[_Text | None, Query(description="What `next` of the page before says.")]
Limit = Annotated[int, Query(ge=1, le=200)]
#: A class of hours, or calls that have none.
HourOrNone = HourClass | Literal["~"] | None
OfNumber = Annotated[Behind | None, Depends(behind)]


@router.get("/calls", responses=responses())
def list_calls(
    caller: Reader,
    since: Since = None,
    until: Until = None,
    direction: Direction | None = None,
    disposition: Disposition | None = None,
    reason: MissedReason | None = None,
    progress: Progress | None = None,
    site: Word = None,
    department: Word = None,
    queue: Word = None,
    line: Word = None,
    hour_class: HourOrNone = None,
    agent: Word = None,
    person: Person = None,
    number: OfNumber = None,
    cursor: Cursor = None,
    limit: Limit = 50,
) -> Page[CallOut]:
    """The calls, the latest start first. Each filter narrows the list.

    With `counted` or `among` they are those of one figure, narrowed by place, queue, line and class of hours alone.
    """
    if number is not None:
        places = {"site": site, "department": department, "queue": queue, "line": line, "hour_class": hour_class}
        rows, following = counted_rows(
            caller, number, calls_by_id, journeys=False, after=read_cursor(cursor), limit=limit, agent=agent, **places
        )
        return Page(items=[call_out(row, whole=caller.whole_numbers) for row in rows], next=cursor_text(following))
    wanted = CallFilter(
        since=since,
        until=until,
        direction=direction,
        disposition=disposition,
        reason=reason,
        progress=progress,
        site=site,
        department=department,
        queue=queue,
        line=line,
        hour_class=hour_class,
        agent=agent,
        person=_digits(caller, person),
    )
    after = read_cursor(cursor)
    with caller.services.ledger.for_account(caller.account) as account:
        rows, following = account.calls(wanted, after=after, limit=limit)
    return Page(items=[call_out(row, whole=caller.whole_numbers) for row in rows], next=cursor_text(following))


@router.get("/calls/{id}", responses=responses(404))
def read_call(caller: Reader, id: Id) -> CallOut:
    """One call with its legs."""
    with caller.services.ledger.for_account(caller.account) as account:
        try:
            return call_out(account.call(id), whole=caller.whole_numbers)
        except KeyError as error:
            raise NotFound("There is no such call.") from error


@router.get("/journeys", responses=responses())
def list_journeys(
    caller: Reader,
    since: Since = None,
    until: Until = None,
    state: LiveState | None = None,
    site: Word = None,
    person: Person = None,
    department: Word = None,
    queue: Word = None,
    line: Word = None,
    hour_class: HourOrNone = None,
    number: OfNumber = None,
    cursor: Cursor = None,
    limit: Limit = 50,
) -> Page[JourneyOut]:
    """The journeys, the latest opening first.

    With `counted` or `among` they are those of one figure; department, queue, line and class of hours are those of the
    first missed call, and narrow such a list alone.
    """
    if number is not None:
        places = {"site": site, "department": department, "queue": queue, "line": line, "hour_class": hour_class}
        rows, following = counted_rows(
            caller, number, journeys_by_id, journeys=True, after=read_cursor(cursor), limit=limit, **places
        )
        return Page(items=[journey_out(row, whole=caller.whole_numbers) for row in rows], next=cursor_text(following))
    wanted = JourneyFilter(since=since, until=until, state=state, site=site, person=_digits(caller, person))
    after = read_cursor(cursor)
    with caller.services.ledger.for_account(caller.account) as account:
        rows, following = account.journeys(wanted, after=after, limit=limit)
    return Page(items=[journey_out(row, whole=caller.whole_numbers) for row in rows], next=cursor_text(following))


@router.get("/journeys/{id}", responses=responses(404))
def read_journey(caller: Reader, id: Id) -> JourneyOut:
    """One journey, by its id or one that it had before another joined it."""
    with caller.services.ledger.for_account(caller.account) as account:
        try:
            return journey_out(account.journey(id), whole=caller.whole_numbers)
        except KeyError as error:
            raise NotFound("There is no such journey.") from error


@router.get("/queues", responses=responses())
def list_queues(caller: Reader) -> Page[QueueOut]:
    """The queues that calls have named."""
    with caller.services.ledger.for_account(caller.account) as account:
        return Page(
            items=[QueueOut(name=shown_word(name, whole=caller.whole_numbers) or "") for name in account.queues()]
        )


@router.get("/agents", responses=responses())
def list_agents(caller: Reader) -> Page[AgentOut]:
    """The agents, with their state where the platform tells it."""
    with caller.services.ledger.for_account(caller.account) as account:
        return Page(
            items=[
                AgentOut.model_validate({**row, "name": shown_word(row["name"], whole=caller.whole_numbers)})
                for row in account.agents()
            ]
        )


def _digits(caller: Caller, number: str | None) -> int | None:
    """The digits of a number that is asked for. Whether somebody called is as private as their number."""
    if number is None:
        return None
    caller.needs_numbers("it cannot ask for a person")
    return int(number[1:])
