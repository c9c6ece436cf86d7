"""``/opportunities``: what may become a sale and what has, whose each is, and those that wait for a decision."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import sqlalchemy as sa
from fastapi import APIRouter
from starlette.requests import Request
from starlette.responses import Response

from decroche.ledger.audit_log import note
from decroche.ledger.crm_connections import read_crms
from decroche.ledger.opportunities import API, FILE, NoCandidate, NoSuchOpportunity, decide, list_opportunities
from decroche.model.member import Right
from decroche.web.access import Services, Visit, changing, visit
from decroche.web.addresses import Pager, back_to, changed
from decroche.web.filters import cursor_of, going_on_at
from decroche.web.first_steps import Posted, typed, whole_business
from decroche.web.people import who
from decroche.web.rendering import page

PATH = "/opportunities"
_STATES = ("open", "won", "lost", "unknown")
_NOBODY = "nobody"


@dataclass(frozen=True, slots=True, kw_only=True)
class OpportunityLine:
    """An opportunity: amounts and days in words. ``doubt`` says why it is not known whose it is; ``candidates`` are
    those it may be, as (value, text).
    """

    id: str
    title: str
    state: str
    kind: str
    amount: str
    day: str
    who: str
    how: str
    owner: str
    origin: str
    doubt: str
    candidates: tuple[tuple[str, str], ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Opportunities:
    """What the page needs. ``view``: all or doubts; ``state`` narrows the list. ``crm``: whether one is connected."""

    view: str
    tabs: tuple[tuple[str, str, str], ...]
    state: str
    states: tuple[tuple[str, str], ...]
    rows: tuple[OpportunityLine, ...]
    pager: Pager
    crm: bool
    clear: str | None


def router(services: Services) -> APIRouter:
    """The routes of the page."""
    routes = APIRouter(include_in_schema=False)

    @routes.get(PATH)
    def show(request: Request) -> Response:
        with visit(services, request, Right.SUPERVISE) as here, services.ledger.reading() as connection:
            whole_business(here)
            return _shown(services, here, connection, request)

    @routes.post(f"{PATH}/{{id}}/decide")
    def decide_one(request: Request, id: str, form: Posted) -> Response:
        with changing(services, request, Right.SUPERVISE) as (here, connection):
            whole_business(here)
            chosen, now = typed(form, "person"), services.clock()
            if chosen != _NOBODY and not chosen.isdigit():
                return back_to(f"{PATH}?view=doubts")
            person = None if chosen == _NOBODY else int(chosen)
            try:
                decide(connection, here.account.id, id, person, by=here.who.name, now=now)
            except (NoSuchOpportunity, NoCandidate):
                return back_to(f"{PATH}?view=doubts")
            note(connection, here.account.id, here.who, "opportunities.decided", id, at=now)
        return back_to(f"{PATH}?view=doubts", done="opportunity_decided")

    return routes


def _shown(services: Services, here: Visit, connection: sa.Connection, request: Request) -> Response:
    language, asked = here.language, request.query_params
    view = "doubts" if asked.get("view") == "doubts" else "all"
    state = asked.get("state", "") if asked.get("state") in _STATES else ""
    after = cursor_of(request)
    rows, following = list_opportunities(
        connection, here.account.id, state=state or None, doubtful=view == "doubts", after=after
    )
    crms = read_crms(connection, services.box, account=here.account.id)
    names = {each.id: each.name for each in crms}
    address = changed(f"{PATH}?{request.url.query}")
    context = Opportunities(
        view=view,
        tabs=(
            ("all", language.say("opportunities.all"), PATH),
            ("doubts", language.say("opportunities.doubts"), f"{PATH}?view=doubts"),
        ),
        state=state,
        states=(("", language.say("opportunities.any_state")), *((each, _state(each, here)) for each in _STATES)),
        rows=tuple(_line(row, names, here) for row in rows),
        pager=Pager(
            shown=len(rows),
            first=address if after is not None else None,
            next=None if following is None else changed(address, after=going_on_at(following)),
        ),
        crm=bool(crms),
        clear=PATH if state else None,
    )
    return page("opportunities.html", here.frame, context)


def _line(row: Mapping[str, Any], names: Mapping[str, str], here: Visit) -> OpportunityLine:
    language = here.language
    day = row["closed_at"] or row["opened_at"] or row["changed_at"]
    doubt = row["doubt"]
    person = row["person"]
    return OpportunityLine(
        id=row["id"],
        title=row["title"] or language.say("opportunities.untitled"),
        state=_state(row["state"], here),
        kind={"won": "good", "lost": "plain", "open": "busy"}.get(row["state"], "note"),
        amount="–" if row["amount"] is None else language.money(float(row["amount"]), row["currency"]),
        day=language.date(day.astimezone(here.zone).date()),
        who=_person(person, doubt, here),
        how="" if row["matched_by"] is None else language.say(f"opportunities.by.{row['matched_by']}"),
        owner=row["owner"] or "",
        origin=names.get(row["origin"]) or _origin(row["origin"], here),
        doubt="" if doubt is None else language.say(f"opportunities.doubt.{doubt}"),
        candidates=tuple((str(each), _who(each, here)) for each in row["candidates"]) if doubt else (),
    )


def _person(person: int | None, doubt: str | None, here: Visit) -> str:
    if person is not None:
        return _who(person, here)
    return here.language.say("opportunities.doubts" if doubt else "opportunities.nobody")


def _who(person: int, here: Visit) -> str:
    return who(f"+{person}", here.language, whole=here.may(Right.NUMBERS), country=here.about["country"])


def _state(word: str, here: Visit) -> str:
    return here.language.say(f"opportunities.state.{word}")


def _origin(word: str, here: Visit) -> str:
    return here.language.say(f"opportunities.from.{word if word in (FILE, API) else 'crm'}")
