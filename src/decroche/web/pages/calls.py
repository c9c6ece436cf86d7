"""``/calls``: every call of a period, by how it ended, why, where and with whom; each filter stands in the address."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from typing import Annotated

from fastapi import APIRouter, Form
from starlette.requests import Request
from starlette.responses import RedirectResponse, Response

from decroche.ledger.account import Account, CallFilter, Row
from decroche.ledger.looking import find_calls, last_call_of, names_of_late, person_of_call
from decroche.model.call import Direction, Disposition, MissedReason
from decroche.model.member import Right
from decroche.telemetry import masked
from decroche.understand.numbers import read_number
from decroche.web.access import Services, Visit, visit
from decroche.web.addresses import Pager, changed, own
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
#: The filters of the address besides the period and the place where the list goes on.
WORDS = ("disposition", "reason", "direction", "site", "department", "queue", "line", "agent", "like")

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

    ``person``: whose calls are shown, where they are somebody's; ``everybody`` is the list of everybody. ``looked_to``
    says how far the search came that found less than a page. ``csv`` and ``xlsx`` are the addresses of the same list
    as a file.
    """

    period: Period
    presets: Presets
    choices: tuple[Choice, ...]
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
            return page("calls.html", here.frame, calls(here, request, today=today_of(here, services)))

    @routes.post("/calls/of")
    def look_for(request: Request, number: Annotated[str, Form()] = "", back: Annotated[str, Form()] = "") -> Response:
        with visit(services, request) as here:
            found = call_like(here.account, number, country=here.about["country"])
            to = own(back) if own(back).split("?")[0] in ("/calls", "/journeys") else "/calls"
            # A number never stands in an address: one of the calls of the person does, whoever may see it.
            headers = {"Cache-Control": "no-store"}
            return RedirectResponse(changed(to, like=found or NOBODY), status_code=303, headers=headers)

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
        site=name_of(request, "site"),
        department=name_of(request, "department"),
        queue=name_of(request, "queue"),
        line=name_of(request, "line"),
        agent=name_of(request, "agent") if here.may(Right.SUPERVISE) else None,
        person=person_asked(request, here),
    )


def person_asked(request: Request, here: Visit) -> int | None:
    """Whose calls are asked for, by one of them: nobody's (0) where there is no such call."""
    like = name_of(request, "like")
    return None if like is None else person_of_call(here.account, like) or 0


def calls(here: Visit, request: Request, *, today: date) -> Calls:
    """The page that an address asks for."""
    period = period_of(request, here.language, today=today, days=DAYS, zone=here.zone)
    wanted = wanted_of(request, here, period)
    after = cursor_of(request)
    found = find_calls(here.account, wanted, after=after, limit=SHOWN)
    address, like = here.frame.address, name_of(request, "like")
    words = {name: request.query_params.get(name) for name in WORDS}
    days = period.words()
    return Calls(
        period=period,
        presets=presets(address, here.language, period, today=today),
        choices=_choices(here, wanted),
        clear=with_words("/calls", **days) if any(words.values()) else None,
        like=like,
        person=None if like is None else said_of(like, here),
        everybody=changed(address, like=None),
        rows=tuple(_row(row, here) for row in found.rows),
        pager=Pager(
            shown=len(found.rows),
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


def _choices(here: Visit, wanted: CallFilter) -> tuple[Choice, ...]:
    say = here.language.say
    names = names_of_late(here.account)
    lines = tuple(dict.fromkeys(each["name"] for each in here.account.lines()))
    sites = tuple(each["name"] for each in here.account.sites())
    found = [
        choice("disposition", here, wanted.disposition, [(e, say(f"calls.outcome.{e}")) for e in _DISPOSITIONS]),
        choice("reason", here, wanted.reason, [(each, say(f"reason.{each}")) for each in _REASONS]),
        choice("direction", here, wanted.direction, [(e, say(f"calls.direction.{e}")) for e in _DIRECTIONS]),
        choice("site", here, wanted.site, named(sites, wanted.site)),
        choice("department", here, wanted.department, named(names.departments, wanted.department)),
        choice("queue", here, wanted.queue, named(names.queues, wanted.queue)),
        choice("line", here, wanted.line, named(lines, wanted.line)),
    ]
    if here.may(Right.SUPERVISE):
        found.append(choice("agent", here, wanted.agent, named(names.agents, wanted.agent)))
    # A choice between nothing and one thing is none.
    return tuple(each for each in found if each.value or len(each.options) > 2)


def choice(name: str, here: Visit, value: str | None, options: list[Option]) -> Choice:
    """A filter, with « all » before its words."""
    return Choice(
        name=name,
        label=here.language.say(f"filters.{name}"),
        value=value or "",
        options=(("", here.language.say("filters.all")), *options),
    )


def named(names: tuple[str, ...], value: str | None) -> list[Option]:
    """Names of the business's own as words to choose from, the chosen one among them; no phone number is one."""
    chosen = [value] if value and value not in names else []
    return [(each, each) for each in (*names, *chosen) if masked(each) == each]
