"""``/api/v1/callbacks``: what people of the business have to do, in its order, and what came of it."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import datetime
from typing import Annotated, TypeVar

import sqlalchemy as sa
from fastapi import APIRouter, Query

from decroche.api.access import Caller, Reader, Writer
from decroche.api.contacts import Word
from decroche.api.errors import (
    Closed,
    Conflict,
    Held,
    NotAcceptable,
    NotAllowedNow,
    NotFound,
    NotPlaceable,
    responses,
)
from decroche.api.presenting import shown_number
from decroche.api.schemas import Id, Page
from decroche.api.work_schemas import (
    AssignIn,
    CallbackOut,
    CallbackWhole,
    CallIn,
    ClaimIn,
    NextIn,
    NoteIn,
    NoteOut,
    OutcomeIn,
    PlaceOut,
    RefusalIn,
    SnoozeIn,
    VoicemailOut,
    schema_values,
)
from decroche.connector_kit.errors import ConnectorError
from decroche.ledger.voicemails import note_listened, what_was_left
from decroche.ledger.work_claims import Taken, assign, claim, finish, release, snooze
from decroche.ledger.work_items import AlreadyClosed, Kind, NoSuchItem, WorkItem, read_item
from decroche.ledger.work_notes import Note, add_note, notes_of
from decroche.ledger.work_outcomes import OutOfDate
from decroche.recover.workflows.calling import JustCalled, NoCalls, NotAllowed, call_item
from decroche.recover.workflows.refusing import NoRefusal, settle_refusal
from decroche.recover.workflows.working import read_list, take_next, tell_outcome
from decroche.telemetry import masked

router = APIRouter(tags=["callbacks"], generate_unique_id_function=lambda route: route.name)

_Out = TypeVar("_Out", bound=CallbackOut)


@router.get("/callbacks", responses=responses())
def list_callbacks(
    caller: Reader,
    kind: Annotated[Kind | None, Query(description="Only these; all when left out.")] = None,
    site: Word = None,
    department: Word = None,
) -> Page[PlaceOut]:
    """What is to be done now, in the order in which most is saved: promises first, then whoever has waited too long."""
    kinds = () if kind is None else (kind,)
    now = caller.services.clock()
    with caller.services.ledger.reading() as connection:
        listed = read_list(connection, caller.account, now=now, kinds=kinds, site=site, department=department)
    items = [
        _shown(
            caller,
            each.item,
            PlaceOut,
            now,
            reasons=[str(reason) for reason in each.place.reasons],
            callable_now=each.place.callable_now,
        )
        for each in listed
    ]
    return Page(items=items)


@router.get("/callbacks/{id}", responses=responses(404))
def read_callback(caller: Reader, id: Id) -> CallbackWhole:
    """One of them, with all that happened to it."""
    now = caller.services.clock()
    with caller.services.ledger.reading() as connection, _said():
        item = read_item(connection, caller.account, id)
        notes = [_note(caller, note) for note in notes_of(connection, caller.account, id)]
        left = what_was_left(connection, item) if item.kind == Kind.VOICEMAIL else None
    text = None if left is None else left.text
    said = text if text is None or caller.whole_numbers else masked(text)
    voicemail = None if left is None else VoicemailOut(recording=left.recording is not None, text=said)
    return _shown(caller, item, CallbackWhole, now, notes=notes, voicemail=voicemail)


@router.post("/callbacks/next", responses=responses(404, 413))
def claim_next(caller: Writer, given: NextIn) -> CallbackOut:
    """Take the next call: the first that nobody has and whose person may be called now."""
    now = caller.services.clock()
    with caller.services.ledger.writing() as connection:
        item = take_next(
            connection,
            caller.account,
            who=given.who,
            now=now,
            key=caller.services.key,
            kinds=(Kind.CALLBACK, Kind.VOICEMAIL),
            site=given.site,
            department=given.department,
        )
    if item is None:
        raise NotFound("Nobody is to be called now.")
    return _shown(caller, item, CallbackOut, now)


@router.post("/callbacks/{id}/claim", responses=responses(404, 409, 413))
def claim_callback(caller: Writer, id: Id, given: ClaimIn) -> CallbackOut:
    """Take it for a quarter of an hour, and again to keep it. Nobody else calls the same person meanwhile."""
    return _changed(caller, id, lambda connection, now: claim(connection, caller.account, id, who=given.who, now=now))


@router.post("/callbacks/{id}/release", responses=responses(404, 409, 413))
def release_callback(caller: Writer, id: Id, given: ClaimIn) -> CallbackOut:
    """Give it back."""
    return _changed(caller, id, lambda connection, now: release(connection, caller.account, id, who=given.who, now=now))


@router.post("/callbacks/{id}/snooze", responses=responses(404, 409, 413))
def snooze_callback(caller: Writer, id: Id, given: SnoozeIn) -> CallbackOut:
    """Have it come back later."""

    def change(connection: sa.Connection, now: datetime) -> None:
        if given.until <= now:
            raise NotAcceptable("that moment has passed", "until")
        snooze(connection, caller.account, id, who=given.who, until=given.until, now=now, why=given.why)

    return _changed(caller, id, change)


@router.post("/callbacks/{id}/outcome", responses=responses(404, 409, 413))
def tell_callback_outcome(caller: Writer, id: Id, given: OutcomeIn) -> CallbackOut:
    """Say what came of an attempt. One that reached nobody comes back at another hour, as often as the limits allow.

    `do_not_call` stops calls and texts to the person at once, everywhere.
    """

    def change(connection: sa.Connection, now: datetime) -> None:
        tell_outcome(
            connection,
            caller.account,
            id,
            given.outcome,
            who=given.who,
            now=now,
            key=caller.services.key,
            attempt=given.attempt,
            note=given.note,
        )

    return _changed(caller, id, change)


@router.post("/callbacks/{id}/assign", responses=responses(404, 409, 413))
def assign_callback(caller: Writer, id: Id, given: AssignIn) -> CallbackOut:
    """Give it to somebody, or to nobody in particular. Whoever has it now keeps it meanwhile."""
    return _changed(
        caller, id, lambda connection, now: assign(connection, caller.account, id, to=given.to, who=given.who, now=now)
    )


@router.post("/callbacks/{id}/done", responses=responses(404, 409, 413))
def finish_callback(caller: Writer, id: Id, given: ClaimIn) -> CallbackOut:
    """Say that it is done: a task, or what needed no call."""
    return _changed(caller, id, lambda connection, now: finish(connection, caller.account, id, who=given.who, now=now))


@router.post("/callbacks/{id}/refusal", responses=responses(404, 409, 413))
def settle_callback_refusal(caller: Writer, id: Id, given: RefusalIn) -> CallbackOut:
    """Say whether what the person wrote was a refusal. Until then it holds; if it was none it ends."""

    def change(connection: sa.Connection, now: datetime) -> None:
        try:
            settle_refusal(
                connection, caller.account, id, refused=given.refused, who=given.who, now=now, key=caller.services.key
            )
        except NoRefusal:
            raise NotAcceptable("it is about no refusal", "id") from None

    return _changed(caller, id, change)


@router.post("/callbacks/{id}/call", responses=responses(404, 409, 413))
def place_callback(caller: Writer, id: Id, given: CallIn) -> CallbackOut:
    """Take it, and have the phone system ring you and the person, when the rules allow a call now.

    `not_allowed_now` says which rule stands in the way; `not_placed` that the phone system did not ring. After an
    answer that was lost a phone may have rung: nobody dials again by themselves.
    """
    services = caller.services
    if services.recovery is None:
        raise NotPlaceable("No phone system of this account places calls.")
    try:
        with _said():
            call_item(
                services.recovery.tools,
                caller.account,
                id,
                who=given.who,
                agent=given.agent,
                line=given.line,
                first=given.first,
            )
    except NoCalls as error:
        raise NotPlaceable("No phone system of this account places calls.") from error
    except JustCalled as error:
        raise Conflict("The phone rings already.") from error
    except NotAllowed as error:
        rule = error.ruling.against[0]
        when = "" if error.ruling.until is None else f" From {error.ruling.until.isoformat()} on it would be."
        raise NotAllowedNow(f"The call is not allowed now ({rule.rule}).{when}") from error
    except ConnectorError as error:
        raise NotPlaceable(str(error)) from error
    with services.ledger.reading() as connection:
        item = read_item(connection, caller.account, id)
    return _shown(caller, item, CallbackOut, services.clock())


@router.post("/callbacks/{id}/notes", status_code=201, responses=responses(404, 413))
def note_callback(caller: Writer, id: Id, given: NoteIn) -> CallbackOut:
    """Add a note, or say that the voicemail was listened to."""

    def change(connection: sa.Connection, now: datetime) -> None:
        if given.kind == "listened":
            note_listened(connection, caller.account, id, who=given.who, now=now)
        if given.kind == "note" or given.body:
            read_item(connection, caller.account, id)
            add_note(connection, id, kind=Note.NOTE, who=given.who, now=now, body=given.body)

    return _changed(caller, id, change)


def _changed(caller: Caller, id: str, change: Callable[[sa.Connection, datetime], object]) -> CallbackOut:
    now = caller.services.clock()
    with caller.services.ledger.writing() as connection, _said():
        change(connection, now)
        item = read_item(connection, caller.account, id)
    return _shown(caller, item, CallbackOut, now)


@contextmanager
def _said() -> Iterator[None]:
    """Refusals of the ledger as errors of the API."""
    try:
        yield
    except NoSuchItem as error:
        raise NotFound("There is no such callback.") from error
    except Taken as error:
        raise Held(f"{masked(error.by)} has it until {error.until.isoformat()}.") from error
    except AlreadyClosed as error:
        raise Closed("There is nothing left to do.") from error
    except OutOfDate as error:
        raise Conflict("Another attempt was told meanwhile: read it again.", "attempt") from error


def _shown(caller: Caller, item: WorkItem, kind: type[_Out], now: datetime, **more: object) -> _Out:
    values = schema_values(item)
    holder = item.holder(now)
    values |= {"claimed_by": holder, "claimed_until": item.claimed_until if holder is not None else None}
    number = None if item.person is None else f"+{item.person}"
    values["person"] = shown_number(number, whole=caller.whole_numbers)
    return kind.model_validate({**values, **more})


def _note(caller: Caller, row: object) -> NoteOut:
    note = NoteOut.model_validate(row)
    return note if caller.whole_numbers else note.model_copy(update={"body": masked(note.body)})
