"""``/api/v1/bookings``: what was promised to callers, and kept."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Annotated

from fastapi import APIRouter, Query

from decroche.api.access import Caller, Reader
from decroche.api.contacts import Since, Until, Word
from decroche.api.errors import responses
from decroche.api.presenting import shown_number
from decroche.api.schemas import BookingOut, Page
from decroche.api.work_schemas import RateOut, schema_values
from decroche.ledger.bookings import BookingState, booked, promises

router = APIRouter(tags=["callbacks"], generate_unique_id_function=lambda route: route.name)

#: What is shown unless a period is asked for.
_BACK, _AHEAD = timedelta(days=30), timedelta(days=30)
State = Annotated[BookingState | None, Query(description="Only these; all when left out.")]


@router.get("/bookings", responses=responses())
def list_bookings(
    caller: Reader,
    since: Since = None,
    until: Until = None,
    state: State = None,
    site: Word = None,
    department: Word = None,
) -> Page[BookingOut]:
    """The times that callers chose, by their beginning: 30 days before and after now, unless told otherwise."""
    begin, end = period(caller, since, until, ahead=_AHEAD)
    states = tuple(BookingState) if state is None else (state,)
    with caller.services.ledger.reading() as connection:
        found = booked(
            connection, caller.account, since=begin, until=end, states=states, site=site, department=department
        )
    items = [
        BookingOut.model_validate(
            {**schema_values(each), "person": shown_number(f"+{each.person}", whole=caller.whole_numbers)}
        )
        for each in found
    ]
    return Page(items=items)


@router.get("/bookings/kept", responses=responses())
def read_promises_kept(caller: Reader, since: Since = None, until: Until = None, site: Word = None) -> RateOut:
    """Which part of our promises we kept, of those whose time ended in a period (the last 30 days)."""
    begin, end = period(caller, since, until)
    with caller.services.ledger.reading() as connection:
        found = promises(connection, caller.account, since=begin, until=end, site=site)
    return RateOut(
        numerator=found.kept,
        denominator=found.n,
        rate=found.rate,
        definition="bookings in whose slot (10 minutes more or less) we called ÷ bookings neither moved nor cancelled",
    )


def period(
    caller: Caller, since: datetime | None, until: datetime | None, *, ahead: timedelta = timedelta()
) -> tuple[datetime, datetime]:
    """The period that is asked for, else the last 30 days and what lies ``ahead``."""
    now = caller.services.clock()
    return since or now - _BACK, until or now + ahead
