"""``/calls``: every call of a period, by how it ended, why, where and with whom; each filter stands in the address."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date
from typing import Annotated

from fastapi import APIRouter, Form
from starlette.requests import Request
from starlette.responses import RedirectResponse, Response

from decroche.ledger.account import Account, CallFilter, Row
from decroche.ledger.looking import find_calls, last_call_of, names_of_late, person_of_call
from decroche.model.board import Scope
from decroche.model.call import Direction, Disposition, MissedReason
from decroche.model.hours import HourClass
from decroche.model.member import Right
from decroche.prove.opening import CALLS, NONE
from decroche.telemetry import masked
from decroche.understand.numbers import read_number
from decroche.web.access import Services, Visit, visit
from decroche.web.addresses import Pager, changed, own
from decroche.web.behind import OWN_WORDS, Behind, behind_of, days_of, find_counted, shown_behind, words_behind
from decroche.web.filters import (
    Period,
    Presets,
    cursor_of,
    going_on_at,
    name_of,
    period_of,
    presets,
    with_words,
    word_of,
)
from decroche.web.rendering import page
from decroche.web.shown import Outcome, lasted, machine, moment_of, number, outcome, person_of, place_of

#: How many calls a page shows, and how many days it shows when nobody asks for others.
SHOWN, DAYS = 50, 7
#: What stands for a person who never called, where a list is narrowed to a person by one of their calls.
NOBODY = "nobody"
_DIRECTIONS = tuple(str(each) for each in Direction)
_DISPOSITIONS = tuple(str(each) for each in Disposition)
_REASONS = tuple(str(each) for each in MissedReason)
#: The classes of hours of an address, and that of calls which have none.
HOUR_CLASSES = {NONE: "", **{str(each): str(each) for each in HourClass}}
#: The filters of the address besides the period and the place where the list goes on.
WORDS = ("disposition", "reason", "direction", "site", "department", "queue", "line", "hour_class", "agent", "like")

Option = tuple[str, str]


@dataclass(frozen=True, slots=True, kw_only=True)
class CallRow:
    """A call of the list. ``to`` is the address of its own page."""

    to: str
    at: str
    iso: str
    who: str
    direction: str
    outcome: Outcome
    where: str
    agent: str
    waited: str
    talked: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Choice:
    """A filter with words to choose from: ``value`` is the chosen one, empty for all."""

    name: str
    label: str
    value: str
    options: tuple[Option, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Calls:
    """What the page needs. ``choices`` are the filters that this visitor has; ``clear`` leads to the list without them.

    ``active`` names the filters that hold, and the period where it is none of the usual ones.
    ``person``: whose calls are shown, where they are somebody's; ``everybody`` is the list of everybody. ``looked_to``
    says how far the search came that found less than a page. ``csv`` and ``xlsx`` are the addresses of the same list
    as a file. ``behind`` is the number whose calls are listed, where they are those of one.
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
    rows: tuple[CallRow, ...]
    pager: Pager
    looked_to: str | None
    wider: str
    csv: str
    xlsx: str


def router(services: Services) -> APIRouter:
    """The routes of the page."""
    routes = APIRouter(include_in_schema=False)

    @routes.get("/calls")
    def show(request: Request) -> Response:
        with visit(services, request) as here:
            return page("calls.html", here.frame, calls(here, request, services))

    @routes.post("/calls/of")
    def look_for(request: Request, number: Annotated[str, Form()] = "", back: Annotated[str, Form()] = "") -> Response:
        with visit(services, request) as here:
            found = call_like(here.account, number, country=here.about["country"])
            to = own(back) if own(back).split("?")[0] in ("/calls", "/journeys") else "/calls"
            # A number never stands in an address: one of the calls of the person does, whoever may see it.
            headers = {"Cache-Control": "no-store"}
            behind = dict.fromkeys(OWN_WORDS)
            return RedirectResponse(changed(to, **behind, like=found or NOBODY), status_code=303, headers=headers)

    return routes


def today_of(here: Visit, services: Services) -> date:
    """The day that it is for the business."""
    return services.clock().astimezone(here.zone).date()


def call_like(account: Account, written: str, *, country: str) -> str | None:
    """The latest call of the person with this number, as somebody typed it; None when there is none."""
    read = read_number(written[:40], region=country.partition("-")[0]).e164
    return None if read is None else last_call_of(account, read)


def wanted_of(request: Request, here: Visit, period: Period) -> CallFilter:
    """The filter that an address asks for. What agents did is only for those who may know it."""
    since, until = period.moments(here.zone)
    return CallFilter(
        since=since,
        until=until,
        direction=word_of(request, "direction", _DIRECTIONS),
        disposition=word_of(request, "disposition", _DISPOSITIONS),
        reason=word_of(request, "reason", _REASONS),
        site=place_named(request, "site"),
        department=place_named(request, "department"),
        queue=place_named(request, "queue"),
        line=place_named(request, "line"),
        hour_class=HOUR_CLASSES.get(request.query_params.get("hour_class", "")),
        agent=name_of(request, "agent") if here.may(Right.SUPERVISE) else None,
        person=person_asked(request, here),
    )


def place_named(request: Request, name: str) -> str | None:
    """A site, department, queue or line of an address; empty for calls that have none, None where all are meant."""
    word = name_of(request, name)
    return "" if word == NONE else word


def person_asked(request: Request, here: Visit) -> int | None:
    """Whose calls are asked for, by one of them: nobody's (0) where there is no such call."""
    like = name_of(request, "like")
    return None if like is None else person_of_call(here.account, like) or 0


def calls(here: Visit, request: Request, services: Services) -> Calls:
    """The page that an address asks for: of a filter, or of what a number counted."""
    today, after, total = today_of(here, services), cursor_of(request), None
    number = behind_of(request, here, services, CALLS)
    if number is None:
        period = period_of(request, here.language, today=today, days=DAYS, zone=here.zone)
        wanted = wanted_of(request, here, period)
        found = find_calls(here.account, wanted, after=after, limit=SHOWN)
        words: dict[str, str | None] = {name: request.query_params.get(name) for name in WORDS}
    else:
        period, wanted, words = days_of(number), of_scope(number.scope), {**words_behind(number)}
        found, total = find_counted(services, here, here.account, number, after=after, limit=SHOWN)
    behind = None if number is None else shown_behind(number, total, here, CALLS)
    kept = {} if behind is None else dict(behind.kept)
    like = name_of(request, "like") if number is None else None
    address, days = here.frame.address, period.words()
    usual = presets(address, here.language, period, today=today)
    choices = _choices(here, wanted, all_of_them=number is None)
    return Calls(
        behind=behind,
        period=period,
        presets=usual,
        choices=choices,
        active=active_of(choices, period, usual, here),
        clear=with_words("/calls", **days, **kept) if any(words[name] for name in words.keys() - kept) else None,
        like=like,
        person=None if like is None else said_of(like, here),
        everybody=changed(address, like=None),
        rows=tuple(_row(row, here) for row in found.rows),
        pager=Pager(
            shown=len(found.rows),
            total=total,
            first=changed(address) if after is not None else None,
            next=changed(address, after=going_on_at(found.next)) if found.next is not None else None,
        ),
        looked_to=None if found.looked_to is None else moment_of(found.looked_to, here),
        wider=with_words(
            "/calls", **{**words, "since": _earlier(period, today).isoformat(), "until": period.until.isoformat()}
        ),
        csv=with_words("/calls.csv", **days, **words),
        xlsx=with_words("/calls.xlsx", **days, **words),
    )


def of_scope(scope: Scope) -> CallFilter:
    """The filters that a scope stands for."""
    return CallFilter(
        site=scope.site,
        department=scope.department,
        queue=scope.queue,
        line=scope.line,
        hour_class=scope.hour_class,
        agent=scope.agent,
    )


def said_of(like: str, here: Visit) -> str:
    """The number of the person of a call, as the visitor may see it."""
    person = person_of_call(here.account, like)
    return here.language.say("calls.nobody") if person is None else number(f"+{person}", here)


def _earlier(period: Period, today: date) -> date:
    """A beginning that shows more: the month before, the year before."""
    month = period.until.fromordinal(period.until.toordinal() - 29)
    return month if period.since > month else period.until.fromordinal(period.until.toordinal() - 364)


def _row(row: Row, here: Visit) -> CallRow:
    return CallRow(
        to=f"/calls/{row['id']}",
        at=moment_of(row["started_at"], here),
        iso=machine(row["started_at"]),
        who=person_of(row, here),
        direction=row["direction"],
        outcome=outcome(row, here),
        where=place_of(row),
        agent=masked(row["agent"] or ""),
        waited=lasted(row["wait_s"], here),
        talked=lasted(row["talk_s"], here) if row["answered"] else "–",
    )


def _choices(here: Visit, wanted: CallFilter, *, all_of_them: bool) -> tuple[Choice, ...]:
    """The filters of the visitor. How calls ended is told by the number behind which a list stands."""
    say = here.language.say
    names = names_of_late(here.account)
    lines = tuple(dict.fromkeys(each["name"] for each in here.account.lines()))
    sites = tuple(each["name"] for each in here.account.sites())
    ended = [
        choice("disposition", here, wanted.disposition, [(e, say(f"calls.outcome.{e}")) for e in _DISPOSITIONS]),
        choice("reason", here, wanted.reason, [(each, say(f"reason.{each}")) for each in _REASONS]),
        choice("direction", here, wanted.direction, [(e, say(f"calls.direction.{e}")) for e in _DIRECTIONS]),
    ]
    found = [
        *(ended if all_of_them else ()),
        choice("site", here, wanted.site, named(sites, wanted.site)),
        choice("department", here, wanted.department, named(names.departments, wanted.department)),
        choice("queue", here, wanted.queue, named(names.queues, wanted.queue)),
        choice("line", here, wanted.line, named(lines, wanted.line)),
        choice("hour_class", here, wanted.hour_class, [(each, say(f"hour_class.{each}")) for each in HourClass]),
    ]
    if here.may(Right.SUPERVISE):
        found.append(choice("agent", here, wanted.agent, named(names.agents, wanted.agent)))
    # A choice between nothing and one thing is none.
    return tuple(each for each in found if each.value or len(each.options) > 2)


def choice(name: str, here: Visit, value: str | None, options: list[Option]) -> Choice:
    """A filter, with « all » before its words, and « none » after them where those are asked for that have none."""
    none = [(NONE, here.language.say(f"asked.none.{name}"))] if value == "" else []
    return Choice(
        name=name,
        label=here.language.say(f"filters.{name}"),
        value=NONE if value == "" else value or "",
        options=(("", here.language.say("filters.all")), *options, *none),
    )


def active_of(choices: Iterable[Choice], period: Period, usual: Presets, here: Visit) -> tuple[str, ...]:
    """The words of the filters that hold, and the days of a period that is none of the ``usual`` ones."""
    chosen = [said for each in choices for value, said in each.options if value and value == each.value]
    if usual.now:
        return tuple(chosen)
    return (*chosen, " – ".join(dict.fromkeys(here.language.date(day) for day in (period.since, period.until))))


def named(names: tuple[str, ...], value: str | None) -> list[Option]:
    """Names of the business's own as words to choose from, the chosen one among them; no phone number is one."""
    chosen = [value] if value and value not in names else []
    return [(each, each) for each in (*names, *chosen) if masked(each) == each]
