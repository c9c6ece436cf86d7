"""``/journeys``: the callers whom somebody missed, how it went on with each, and which are still open."""

from __future__ import annotations

from dataclasses import dataclass

from fastapi import APIRouter
from starlette.requests import Request
from starlette.responses import Response

from decroche.ledger.account import JourneyFilter, Row
from decroche.ledger.looking import find_journeys, names_of_late
from decroche.model.board import Scope
from decroche.model.call import MissedReason
from decroche.model.hours import HourClass
from decroche.prove.opening import JOURNEYS
from decroche.telemetry import masked
from decroche.understand.live_journeys import LiveState, RecoveredBy
from decroche.web.access import Services, Visit, visit
from decroche.web.addresses import Pager, changed
from decroche.web.behind import Behind, behind_of, days_of, find_counted, shown_behind, words_behind
from decroche.web.filters import (
    Period,
    Presets,
    cursor_of,
    day_of,
    going_on_at,
    midnight,
    name_of,
    period_of,
    presets,
    with_words,
    word_of,
)
from decroche.web.pages.calls import Choice, active_of, choice, named, person_asked, place_named, said_of, today_of
from decroche.web.rendering import page
from decroche.web.shown import STATE_KINDS, machine, moment_of, number

SHOWN, DAYS = 50, 30
_STATES = tuple(str(each) for each in LiveState)
_REASONS = tuple(str(each) for each in MissedReason)
WORDS = ("state", "reason", "site", "like", "closed")


@dataclass(frozen=True, slots=True, kw_only=True)
class JourneyRow:
    """A journey of the list. ``kind`` colours its state."""

    to: str
    opened: str
    iso: str
    who: str
    kind: str
    state: str
    by: str
    where: str
    missed: int
    last: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Journeys:
    """What the page needs; as ``calls.Calls``. ``closed`` is the day since which they were closed, if told.

    ``closed_said`` says it, and ``whenever`` leads to the list without it.
    """

    behind: Behind | None
    period: Period
    presets: Presets
    choices: tuple[Choice, ...]
    active: tuple[str, ...]
    clear: str | None
    like: str | None
    person: str | None
    everybody: str
    closed: str | None
    closed_said: str
    whenever: str
    rows: tuple[JourneyRow, ...]
    pager: Pager
    looked_to: str | None
    wider: str
    csv: str
    xlsx: str


def router(services: Services) -> APIRouter:
    """The routes of the page."""
    routes = APIRouter(include_in_schema=False)

    @routes.get("/journeys")
    def show(request: Request) -> Response:
        with visit(services, request) as here:
            return page("journeys.html", here.frame, journeys(here, request, services))

    return routes


def wanted_of(request: Request, here: Visit, period: Period) -> JourneyFilter:
    """The filter that an address asks for."""
    since, until = period.moments(here.zone)
    return JourneyFilter(
        since=since,
        until=until,
        state=word_of(request, "state", _STATES),
        reason=word_of(request, "reason", _REASONS),
        closed_since=None if (day := day_of(request, "closed")) is None else midnight(day, here.zone),
        site=place_named(request, "site"),
        person=person_asked(request, here),
    )


def journeys(here: Visit, request: Request, services: Services) -> Journeys:
    """The page that an address asks for: of a filter, or of what a number counted."""
    today, after, total = today_of(here, services), cursor_of(request), None
    number = behind_of(request, here, services, JOURNEYS)
    if number is None:
        period = period_of(request, here.language, today=today, days=DAYS, zone=here.zone)
        found = find_journeys(here.account, wanted_of(request, here, period), after=after, limit=SHOWN)
        words: dict[str, str | None] = {name: request.query_params.get(name) for name in WORDS}
    else:
        period, words = days_of(number), {**words_behind(number)}
        found, total = find_counted(services, here, here.account, number, after=after, limit=SHOWN)
    behind = None if number is None else shown_behind(number, total, here, JOURNEYS)
    kept = {} if behind is None else dict(behind.kept)
    closed = None if number is not None else day_of(request, "closed")
    like = name_of(request, "like") if number is None else None
    address, say, days = here.frame.address, here.language.say, period.words()
    sites = tuple(each["name"] for each in here.account.sites())
    offered = _choices(here, request, sites) if number is None else _places(here, number.scope, sites)
    choices = tuple(each for each in offered if each.value or len(each.options) > 2)
    usual = presets(address, here.language, period, today=today)
    longer = period.until.fromordinal(period.until.toordinal() - 364).isoformat()
    return Journeys(
        behind=behind,
        period=period,
        presets=usual,
        choices=choices,
        active=active_of(choices, period, usual, here),
        clear=with_words("/journeys", **days, **kept) if any(words[name] for name in words.keys() - kept) else None,
        like=like,
        person=None if like is None else said_of(like, here),
        everybody=changed(address, like=None),
        closed=None if closed is None else closed.isoformat(),
        closed_said="" if closed is None else say("journeys.closed_since", day=closed),
        whenever=changed(address, closed=None),
        rows=tuple(_row(row, here) for row in found.rows),
        pager=Pager(
            shown=len(found.rows),
            total=total,
            first=changed(address) if after is not None else None,
            next=changed(address, after=going_on_at(found.next)) if found.next is not None else None,
        ),
        looked_to=None if found.looked_to is None else moment_of(found.looked_to, here),
        wider=with_words("/journeys", **{**words, "since": longer, "until": period.until.isoformat()}),
        csv=with_words("/journeys.csv", **days, **words),
        xlsx=with_words("/journeys.xlsx", **days, **words),
    )


def _choices(here: Visit, request: Request, sites: tuple[str, ...]) -> tuple[Choice, ...]:
    say = here.language.say
    state, reason = word_of(request, "state", _STATES), word_of(request, "reason", _REASONS)
    site = place_named(request, "site")
    return (
        choice("state", here, state, [(each, say(f"journeys.state.{each}")) for each in _STATES]),
        choice("reason", here, reason, [(each, say(f"reason.{each}")) for each in _REASONS]),
        choice("site", here, site, named(sites, site)),
    )


def _places(here: Visit, scope: Scope, sites: tuple[str, ...]) -> tuple[Choice, ...]:
    """By what a number of journeys is narrowed: where and when the first call was missed."""
    say, names = here.language.say, names_of_late(here.account)
    lines = tuple(dict.fromkeys(each["name"] for each in here.account.lines()))
    hours = [(str(each), say(f"hour_class.{each}")) for each in HourClass]
    return (
        choice("site", here, scope.site, named(sites, scope.site)),
        choice("department", here, scope.department, named(names.departments, scope.department)),
        choice("queue", here, scope.queue, named(names.queues, scope.queue)),
        choice("line", here, scope.line, named(lines, scope.line)),
        choice("hour_class", here, scope.hour_class, hours),
    )


def recovered_by(row: Row, here: Visit) -> str:
    """How a person was reached; empty where nobody was."""
    how = row["recovered_by"]
    return here.language.say(f"journeys.by.{how}") if how in set(RecoveredBy) else ""


def _row(row: Row, here: Visit) -> JourneyRow:
    return JourneyRow(
        to=f"/journeys/{row['id']}",
        opened=moment_of(row["opened_at"], here),
        iso=machine(row["opened_at"]),
        who=number(f"+{row['person']}", here),
        kind=STATE_KINDS.get(row["state"], "plain"),
        state=here.language.say(f"journeys.state.{row['state']}"),
        by=recovered_by(row, here),
        where=masked(row["site"]),
        missed=len(row["missed_calls"]),
        last=moment_of(row["last_missed_at"], here),
    )
