"""Lists of the API that stand behind a number: the calls or journeys that a figure counted."""

from __future__ import annotations

from collections.abc import Callable, Collection
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Annotated, Any

from fastapi import Query

from decroche.api.access import Caller
from decroche.api.errors import NotAcceptable, NotAllowed, NotFound, Unavailable
from decroche.api.schemas import Day
from decroche.ledger.account import Account, Cursor, Row
from decroche.model.board import Period, Scope
from decroche.prove.opening import NONE, is_of_journeys
from decroche.prove.service_board import NeedsSupervise
from decroche.prove.service_desk import NotReady
from decroche.prove.service_opened import NoSuchList, Number, Opened, opened

_Key = Annotated[
    str | None,
    Query(max_length=60, description="Only what this figure counts, of the local days `first_day` to `last_day`."),
]
_Among = Annotated[str | None, Query(max_length=60, description="Only that among which this figure counts.")]
_First = Annotated[Day | None, Query(description="The first local day, with `counted` or `among`.")]
_Last = Annotated[Day | None, Query(description="The last local day, included.")]
_Weekday = Annotated[int | None, Query(ge=1, le=7, description="With `counted` or `among`: 1 is Monday.")]
_Hour = Annotated[int | None, Query(ge=0, le=23, description="With `counted` or `among`: the hour of the local clock.")]
Find = Callable[[Account, Collection[str]], list[Row]]


@dataclass(frozen=True, slots=True, kw_only=True)
class Behind:
    """The number that a list is asked to stand behind."""

    key: str
    among: bool
    first_day: date | None
    last_day: date | None
    weekday: int | None
    hour: int | None


def behind(
    counted: _Key = None,
    among: _Among = None,
    first_day: _First = None,
    last_day: _Last = None,
    weekday: _Weekday = None,
    hour: _Hour = None,
) -> Behind | None:
    """What the parameters of a list ask for; None where it stands behind no number."""
    key = counted or among
    if key is None:
        return None
    return Behind(key=key, among=not counted, first_day=first_day, last_day=last_day, weekday=weekday, hour=hour)


def counted_rows(
    caller: Caller,
    wanted: Behind,
    find: Find,
    *,
    journeys: bool,
    after: Cursor | None,
    limit: int,
    **told: str | None,
) -> tuple[list[Row], Cursor | None]:
    """A page of the rows that a number counted, the latest first. ``told`` narrows it; ``~`` is of calls without."""
    if wanted.first_day is None or wanted.last_day is None or wanted.first_day > wanted.last_day:
        raise NotAcceptable("the days of the figure are needed", "first_day")
    if is_of_journeys(wanted.key) != journeys:
        raise NotAcceptable("there is no such figure of this list", "counted")
    narrowed: dict[str, Any] = {name: "" if value == NONE else value for name, value in told.items()}
    scope = Scope(**narrowed)
    number = Number(
        key=wanted.key,
        among=wanted.among,
        period=Period(wanted.first_day, wanted.last_day + timedelta(days=1)),
        scope=scope,
        weekday=wanted.weekday,
        hour=wanted.hour,
    )
    found = _opened(caller, number, after, limit)
    ids = [row.id for row in found.rows]
    with caller.services.ledger.for_account(caller.account) as account:
        by_id = {row["id"]: row for row in find(account, ids)}
    return [by_id[id] for id in ids if id in by_id], found.next


def _opened(caller: Caller, number: Number, after: Cursor | None, limit: int) -> Opened:
    if caller.services.desk is None:
        raise NotFound("No figures are computed here.")
    try:
        return opened(caller.services.desk, caller.account, number, after=after, limit=limit)
    except NoSuchList:
        raise NotAcceptable("there is no such figure", "counted") from None
    except NeedsSupervise:
        raise NotAllowed("Figures of one agent are for those who supervise.") from None
    except NotReady:
        raise Unavailable("The figures are being prepared: ask again in a moment.") from None
