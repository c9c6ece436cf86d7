"""What whoever calls back does with one person: take them, call, say what came of it, put off, promise, give on."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime
from typing import Annotated

import sqlalchemy as sa
from fastapi import APIRouter, Form
from fastapi.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import RedirectResponse, Response

from decroche.connector_kit.calls import First
from decroche.connector_kit.errors import ConnectorError
from decroche.ledger.bookings import SlotFull
from decroche.ledger.members import members_of
from decroche.ledger.voicemails import note_listened
from decroche.ledger.work_claims import Taken, assign, claim, finish, release, snooze
from decroche.ledger.work_items import AlreadyClosed, Kind
from decroche.ledger.work_notes import Note, add_note
from decroche.ledger.work_outcomes import Outcome, OutOfDate
from decroche.model.member import Right
from decroche.recover.workflows.calling import JustCalled, NoCalls, NotAllowed, call_item
from decroche.recover.workflows.choosing import NotOffered, choose
from decroche.recover.workflows.refusing import NoRefusal, settle_refusal
from decroche.recover.workflows.working import take_next, tell_outcome
from decroche.web.access import Services, Visit, changing, visit
from decroche.web.acting import acting, acting_names
from decroche.web.addresses import own
from decroche.web.pages.callback import DESK_COOKIE, item_for, moments_of, one, slot_link
from decroche.web.rendering import page

#: A year, in seconds.
_KEPT_S = 365 * 86_400
#: The longest note, in characters.
_LONGEST = 2000


class _Not(Exception):
    """A wish that cannot be granted; the word says why."""


def router(services: Services) -> APIRouter:
    """The routes of the acts. Each answers with the page of the person, or with its moving part to htmx."""
    routes = APIRouter(include_in_schema=False)

    def changed(
        request: Request,
        id: str,
        done: str,
        change: Callable[[Visit, sa.Connection, str, datetime], object],
        needs: Right = Right.WORK,
    ) -> Response:
        problem = ""
        try:
            with changing(services, request, needs) as (here, connection):
                item_for(connection, here, id)
                change(here, connection, acting(here, connection), services.clock())
        except Taken:
            problem = "taken"
        except AlreadyClosed:
            problem = "closed"
        except OutOfDate:
            problem = "seen"
        except _Not as error:
            problem = str(error)
        services.feed.wake()
        return answered(request, id, done, problem)

    def answered(request: Request, id: str, done: str, problem: str) -> Response:
        if "hx-request" in request.headers:
            with visit(services, request, Right.WORK) as here:
                context = one(services, here, request, id, problem=problem, done=done)
                return page("callback_now.html", here.language, context)
        told = f"problem={problem}" if problem else f"done={done}"
        return _to(f"/callbacks/{id}?{told}")

    @routes.post("/callbacks/next")
    def take(
        request: Request,
        site: Annotated[str, Form()] = "",
        department: Annotated[str, Form()] = "",
        back: Annotated[str, Form()] = "/callbacks",
    ) -> Response:
        with changing(services, request, Right.WORK) as (here, connection):
            item = take_next(
                connection,
                here.account.id,
                who=acting(here, connection),
                now=services.clock(),
                key=services.key,
                kinds=(Kind.CALLBACK, Kind.VOICEMAIL),
                site=site or None,
                department=department or None,
                sites=here.sites,
            )
        if item is not None:
            return _to(f"/callbacks/{item.id}?done=callback_claimed")
        to = own(back)
        return _to(to + ("&" if "?" in to else "?") + "done=nobody_next")

    @routes.post("/callbacks/{id}/claim")
    def take_one(request: Request, id: str) -> Response:
        return changed(
            request,
            id,
            "callback_claimed",
            lambda here, connection, who, now: claim(connection, here.account.id, id, who=who, now=now),
        )

    @routes.post("/callbacks/{id}/release")
    def give_back(request: Request, id: str) -> Response:
        return changed(
            request,
            id,
            "callback_released",
            lambda here, connection, who, now: release(connection, here.account.id, id, who=who, now=now),
        )

    @routes.post("/callbacks/{id}/outcome")
    def tell(
        request: Request,
        id: str,
        outcome: Annotated[str, Form()] = "",
        attempt: Annotated[str, Form()] = "",
        note: Annotated[str, Form()] = "",
    ) -> Response:
        def change(here: Visit, connection: sa.Connection, who: str, now: datetime) -> None:
            if outcome not in set(Outcome):
                raise HTTPException(422)
            tell_outcome(
                connection,
                here.account.id,
                id,
                Outcome(outcome),
                who=who,
                now=now,
                key=services.key,
                attempt=int(attempt) if attempt.isdecimal() and len(attempt) < 6 else None,
                note=_plain(note),
            )

        return changed(request, id, "outcome_told", change)

    @routes.post("/callbacks/{id}/note")
    def write_note(request: Request, id: str, note: Annotated[str, Form()] = "") -> Response:
        def change(here: Visit, connection: sa.Connection, who: str, now: datetime) -> None:
            if not _plain(note):
                raise _Not("empty")
            add_note(connection, id, kind=Note.NOTE, who=who, now=now, body=_plain(note))

        return changed(request, id, "note_written", change)

    @routes.post("/callbacks/{id}/listened")
    def listened(request: Request, id: str) -> Response:
        return changed(
            request,
            id,
            "listened",
            lambda here, connection, who, now: note_listened(connection, here.account.id, id, who=who, now=now),
        )

    @routes.post("/callbacks/{id}/snooze")
    def put_off(
        request: Request, id: str, until: Annotated[str, Form()] = "", moment: Annotated[str, Form()] = ""
    ) -> Response:
        def change(here: Visit, connection: sa.Connection, who: str, now: datetime) -> None:
            item = item_for(connection, here, id)
            at = moments_of(connection, here.account.id, here, item, now).get(until)
            if at is None:
                at = _moment(moment, here)
            if at is None or at <= now:
                raise _Not("past")
            snooze(connection, here.account.id, id, who=who, until=at, now=now)

        return changed(request, id, "callback_snoozed", change)

    @routes.post("/callbacks/{id}/promise")
    def promise(request: Request, id: str, slot: Annotated[str, Form()] = "") -> Response:
        def change(here: Visit, connection: sa.Connection, who: str, now: datetime) -> None:
            item = item_for(connection, here, id)
            starts_at = _moment(slot, here)
            if starts_at is None or item.journey_id is None or item.person is None:
                raise _Not("slot_gone")
            try:
                choose(connection, slot_link(item, now), starts_at, now=now)
            except (NotOffered, SlotFull):
                raise _Not("slot_gone") from None
            release(connection, here.account.id, id, who=who, now=now)

        return changed(request, id, "time_promised", change)

    @routes.post("/callbacks/{id}/assign")
    def give(request: Request, id: str, to: Annotated[str, Form()] = "") -> Response:
        def change(here: Visit, connection: sa.Connection, who: str, now: datetime) -> None:
            known = set(acting_names(members_of(connection, here.account.id)).values())
            if to and to not in known:
                raise HTTPException(422)
            assign(connection, here.account.id, id, to=to or None, who=who, now=now)

        return changed(request, id, "callback_assigned", change, Right.SUPERVISE)

    @routes.post("/callbacks/{id}/done")
    def say_done(request: Request, id: str) -> Response:
        return changed(
            request,
            id,
            "callback_done",
            lambda here, connection, who, now: finish(connection, here.account.id, id, who=who, now=now),
        )

    @routes.post("/callbacks/{id}/refusal")
    def decide(request: Request, id: str, refused: Annotated[str, Form()] = "") -> Response:
        def change(here: Visit, connection: sa.Connection, who: str, now: datetime) -> None:
            if refused not in ("true", "false"):
                raise HTTPException(422)
            try:
                settle_refusal(
                    connection, here.account.id, id, refused=refused == "true", who=who, now=now, key=services.key
                )  # fmt: skip
            except NoRefusal:
                raise HTTPException(422) from None

        return changed(request, id, "refusal_settled", change)

    @routes.post("/callbacks/{id}/call")
    def ring(
        request: Request,
        id: str,
        first: Annotated[str, Form()] = "",
        desk: Annotated[str, Form()] = "",
    ) -> Response:
        with visit(services, request, Right.WORK) as here, services.ledger.reading() as connection:
            item_for(connection, here, id)
            account, who = here.account.id, acting(here, connection)
        wanted = First(first) if first in set(First) else First.AGENT
        named, problem = _plain(desk)[:200], "no_calls"
        if services.recovery is not None:
            problem = ""
            try:
                call_item(services.recovery.tools, account, id, who=who, agent=named, first=wanted)
            except Taken:
                problem = "taken"
            except AlreadyClosed:
                problem = "closed"
            except NoCalls:
                problem = "no_calls"
            except JustCalled:
                problem = "just_called"
            except NotAllowed:
                problem = "not_allowed"
            except ConnectorError:
                problem = "not_placed"
        services.feed.wake()
        answer = answered(request, id, "ringing", problem)
        if named.isprintable() and named.isascii() and named:
            answer.set_cookie(
                DESK_COOKIE, named, max_age=_KEPT_S, httponly=True, samesite="lax", secure=services.secure
            )
        return answer

    return routes


def _to(address: str) -> RedirectResponse:
    return RedirectResponse(address, status_code=303, headers={"Cache-Control": "no-store"})


def _plain(text: str) -> str:
    return "".join(sign for sign in text if sign.isprintable() or sign in "\n\t").strip()[:_LONGEST]


def _moment(told: str, here: Visit) -> datetime | None:
    """A moment of a form: with its zone, or by the clocks of the business."""
    try:
        found = datetime.fromisoformat(told)
        return (found if found.tzinfo is not None else found.replace(tzinfo=here.zone)).astimezone(UTC)
    except (ValueError, OverflowError):
        return None
