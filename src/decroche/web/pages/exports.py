"""``/calls.csv``, ``/journeys.xlsx``: the list that somebody looks at as a file, and a line that they took it."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from functools import partial

from fastapi import APIRouter
from fastapi.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import Response

from decroche.ledger.account import Account, Cursor, Row
from decroche.ledger.audit_log import note
from decroche.ledger.looking import Found, find_calls, find_journeys
from decroche.model.call import Direction
from decroche.model.member import Right
from decroche.prove.service_opened import Number
from decroche.telemetry import masked
from decroche.web.access import Services, Visit, visit
from decroche.web.behind import OWN_WORDS, behind_of, days_of, find_counted
from decroche.web.filters import Period, period_of
from decroche.web.pages import calls, journeys
from decroche.web.pages.calls import today_of
from decroche.web.sheets import Value, sheet
from decroche.web.shown import number, outcome

#: The most rows of a file, and how many are read at once: each time in a transaction of its own, which a slow reader
#: does not keep open.
MOST, AT_ONCE = 50_000, 1_000


Find = Callable[[Account, Cursor | None, int], Found]


@dataclass(frozen=True, slots=True, kw_only=True)
class Export:
    """A list as a file: its columns, how a page of it is found, and how a row is written."""

    name: str
    columns: tuple[str, ...]
    find: Find
    written: Callable[[Row, Visit], Sequence[Value]]


def router(services: Services) -> APIRouter:
    """The routes of the files."""
    routes = APIRouter(include_in_schema=False)

    @routes.get("/calls.csv")
    def calls_as_csv(request: Request) -> Response:
        return _answer(services, request, "csv", "calls")

    @routes.get("/calls.xlsx")
    def calls_as_xlsx(request: Request) -> Response:
        return _answer(services, request, "xlsx", "calls")

    @routes.get("/journeys.csv")
    def journeys_as_csv(request: Request) -> Response:
        return _answer(services, request, "csv", "journeys")

    @routes.get("/journeys.xlsx")
    def journeys_as_xlsx(request: Request) -> Response:
        return _answer(services, request, "xlsx", "journeys")

    return routes


def _answer(services: Services, request: Request, kind: str, what: str) -> Response:
    with visit(services, request) as here:
        today = today_of(here, services)
        days, columns = (calls.DAYS, call_columns(here)) if what == "calls" else (journeys.DAYS, _JOURNEY)
        number = behind_of(request, here, services, what)
        if number is None:
            period = period_of(request, here.language, today=today, days=days, zone=here.zone)
            find = _wanted(request, here, period, what)
        else:
            period = days_of(number)
            find = partial(_counted, services, here, number)
        made = Export(
            name=what,
            columns=tuple(here.language.say(f"export.column.{each}") for each in columns),
            find=find,
            written=_call if what == "calls" else _journey,
        )
    known = (*calls.WORDS, *OWN_WORDS, "state")
    words = {name: masked(value) for name, value in request.query_params.items() if name in known}
    details = {"kind": kind, **period.words(), **words}
    with services.ledger.writing() as connection:
        note(connection, here.account.id, here.who, f"{what}.exported", details=details, at=services.clock())
    rows = _rows(services, here, made)
    name = f"{here.language.say(f'export.file.{what}')}-{period.since}-{period.until}.{kind}"
    return sheet(name, kind, made.columns, rows, here.language)


def call_columns(here: Visit) -> tuple[str, ...]:
    """What is told of a call; what an agent did only to those who may know it."""
    agent = ("agent",) if here.may(Right.SUPERVISE) else ()
    return (*_CALL, *agent, "waited_s", "talked_s", "held_s", "lasted_s", "voicemail", "id")


_CALL = ("at", "direction", "caller", "called", "outcome", "reason", "site", "department", "queue", "line")
_JOURNEY = ("opened", "who", "state", "recovered_by", "site", "missed", "attempts", "last_missed", "closed", "id")


def _wanted(request: Request, here: Visit, period: Period, what: str) -> Find:
    """The calls or journeys of a filter."""
    if what == "calls":
        of_calls = calls.wanted_of(request, here, period)
        return lambda account, after, limit: find_calls(account, of_calls, after=after, limit=limit)
    of_journeys = journeys.wanted_of(request, here, period)
    return lambda account, after, limit: find_journeys(account, of_journeys, after=after, limit=limit)


def _counted(
    services: Services, here: Visit, number: Number, account: Account, after: Cursor | None, limit: int
) -> Found:
    """The calls or journeys that a number counted. Raises HTTPException 503 while figures are made ready."""
    found, total = find_counted(services, here, account, number, after=after, limit=limit)
    if total is None:
        raise HTTPException(503)
    return found


def _call(row: Row, here: Visit) -> Sequence[Value]:
    verdict = outcome(row, here)
    agent = [masked(row["agent"] or "")] if here.may(Right.SUPERVISE) else []
    direction = row["direction"] if row["direction"] in set(Direction) else str(Direction.UNKNOWN)
    return (
        _local(row["started_at"], here),
        here.language.say(f"calls.direction.{direction}"),
        number(row["caller"], here),
        number(row["called"], here),
        verdict.said,
        verdict.why,
        *(masked(row[name] or "") for name in ("site", "department", "queue", "line")),
        *agent,
        *(row[name] for name in ("wait_s", "talk_s", "hold_s", "total_s")),
        here.language.say("export.yes") if row["voicemail"] else "",
        row["id"],
    )


def _journey(row: Row, here: Visit) -> Sequence[Value]:
    return (
        _local(row["opened_at"], here),
        number(f"+{row['person']}", here),
        here.language.say(f"journeys.state.{row['state']}"),
        journeys.recovered_by(row, here),
        masked(row["site"]),
        len(row["missed_calls"]),
        row["attempts"],
        _local(row["last_missed_at"], here),
        _local(row["closed_at"], here),
        row["id"],
    )


def _local(at: datetime | None, here: Visit) -> datetime | None:
    """A moment in the time of the business, without its zone, as spreadsheets want it."""
    return None if at is None else at.astimezone(here.zone).replace(tzinfo=None, microsecond=0)


def _rows(services: Services, here: Visit, made: Export) -> Iterator[Sequence[Value]]:
    after: Cursor | None = None
    count = 0
    while True:
        with services.ledger.for_account(here.account.id, sites=here.sites) as account:
            found = made.find(account, after, min(AT_ONCE, MOST - count))
        for row in found.rows:
            yield made.written(row, replace(here, account=account))
        count += len(found.rows)
        after = found.next
        if after is None:
            return
        if count >= MOST:
            yield (here.language.say("export.cut", most=MOST),)
            return
