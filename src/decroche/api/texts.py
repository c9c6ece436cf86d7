"""``/api/v1/texts``: what was written to a caller and by them, and the answer of a person of the business."""

from __future__ import annotations

import hashlib
from typing import Annotated

from fastapi import APIRouter, Query

from decroche.api.access import Reader, Writer
from decroche.api.errors import Closed, NotAcceptable, NotFound, NotPermitted, responses
from decroche.api.presenting import journey_out, text_out
from decroche.api.recovery_schemas import AppointmentIn, MarkIn, TextIn
from decroche.api.schemas import Id, JourneyOut, Page, TextOut
from decroche.language import Language
from decroche.ledger.account import Account
from decroche.ledger.meeting import meet
from decroche.ledger.texts import texts_of
from decroche.recover.workflows.alarms import mark
from decroche.recover.workflows.replying import NotSent, reply
from decroche.understand.live_journeys import RecoveredBy

router = APIRouter(tags=["recovery"], generate_unique_id_function=lambda route: route.name)

_NO_JOURNEY = "There is no such journey."
_WHY = {
    "not_active": "Sending is off: no message leaves.",
    "no_way": "No way to send texts is set up.",
}


@router.get("/texts", responses=responses(404))
def list_texts(caller: Reader, journey: Annotated[Id, Query(description="Of which journey.")]) -> Page[TextOut]:
    """The conversation of a journey, the oldest first, all on one page."""
    with caller.services.ledger.reading() as connection:
        try:
            id = Account(connection, caller.account).journey(journey)["id"]
        except KeyError as error:
            raise NotFound(_NO_JOURNEY) from error
        rows = texts_of(connection, caller.account, id)
    return Page(items=[text_out(row, whole=caller.whole_numbers) for row in rows])


@router.post("/texts", status_code=201, responses=responses(404, 409, 413))
def write_text(caller: Writer, given: TextIn) -> TextOut:
    """Answer a caller who wrote. It leaves as soon as the rules allow; then the journey is recovered by reply.

    The rules are asked at once: what they refuse is not written down, and the message says why.
    """
    services = caller.services
    refused: NotSent | None = None
    with services.ledger.writing() as connection:
        try:
            row = reply(
                connection,
                caller.account,
                given.journey,
                given.body,
                author=given.who,
                key=services.key,
                now=services.clock(),
                request=given.request,
            )
        except KeyError as error:
            raise NotFound(_NO_JOURNEY) from error
        except NotSent as error:
            # The ruling that was logged stays.
            refused = error
    if refused is not None:
        raise NotPermitted(not_sent_said(refused))
    return text_out(row, whole=caller.whole_numbers)


@router.post("/journeys/{id}/emergency", status_code=201, responses=responses(404, 409, 413))
def mark_emergency(caller: Writer, id: Id, given: MarkIn) -> JourneyOut:
    """Say that an open journey is an emergency: people are told at once, and the first callback is theirs."""
    with caller.services.ledger.writing() as connection:
        try:
            row = Account(connection, caller.account).journey(id)
        except KeyError as error:
            raise NotFound(_NO_JOURNEY) from error
        if row["state"] != "open":
            raise Closed("The journey is over.")
        mark(connection, caller.account, row["id"], who=given.who, now=caller.services.clock())
    return journey_out(row, whole=caller.whole_numbers)


@router.post("/journeys/{id}/appointment", responses=responses(404, 413))
def tell_appointment(caller: Writer, id: Id, given: AppointmentIn) -> JourneyOut:
    """Say that the caller got an appointment elsewhere: the journey is recovered by booking, and nobody calls."""
    now = caller.services.clock()
    if given.at is not None and given.at > now:
        raise NotAcceptable("It was made at a moment that has not come.", "at")
    with caller.services.ledger.writing() as connection:
        try:
            row = Account(connection, caller.account).journey(id)
        except KeyError as error:
            raise NotFound(_NO_JOURNEY) from error
        ref = hashlib.blake2b(f"{caller.account}|booking|{given.ref}".encode(), digest_size=16).hexdigest()
        at = given.at or now
        meet(connection, caller.account, row["person"], kind=RecoveredBy.BOOKING, at=at, ref=ref, now=now)
        found = Account(connection, caller.account).journey(row["id"])
    return journey_out(found, whole=caller.whole_numbers)


def not_sent_said(error: NotSent) -> str:
    """Why nothing is sent, in English."""
    if error.ruling is None:
        return _WHY[error.word]
    english = Language("en")
    return " ".join(f"{each.sentence(english)} ({each.rule})" for each in error.ruling.against)
