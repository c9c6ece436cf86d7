"""``/api/v1/voicemails``: what callers left to be heard, and which of it was."""

from __future__ import annotations

from typing import Annotated

from fastapi import APIRouter, Header, Query
from starlette.responses import Response, StreamingResponse

from decroche.api.access import Reader
from decroche.api.bookings import period
from decroche.api.contacts import Since, Until
from decroche.api.errors import NotFetched, NotFound, responses
from decroche.api.schemas import Id
from decroche.api.work_schemas import RateOut, Who
from decroche.connector_kit.errors import ConnectorError
from decroche.ledger.voicemails import listening
from decroche.ledger.work_items import NoSuchItem
from decroche.recover.workflows.listening import NoRecording, listen

router = APIRouter(tags=["callbacks"], generate_unique_id_function=lambda route: route.name)

_AUDIO: dict[int | str, dict[str, object]] = {
    status: {"description": said, "content": {"audio/*": {"schema": {"type": "string", "format": "binary"}}}}
    for status, said in ((200, "The sound."), (206, "The part of it that was asked for."))
}


@router.get("/voicemails/heard", responses=responses())
def read_voicemails_heard(caller: Reader, since: Since = None, until: Until = None) -> RateOut:
    """Which part of the voicemails left in a period (the last 30 days) somebody listened to."""
    begin, end = period(caller, since, until)
    with caller.services.ledger.reading() as connection:
        found = listening(connection, caller.account, since=begin, until=end)
    return RateOut(
        numerator=found.heard,
        denominator=found.left,
        rate=found.rate,
        definition="voicemails that somebody listened to ÷ voicemails left",
    )


@router.get("/voicemails/{id}/audio", response_class=StreamingResponse, responses={**responses(404, 502), **_AUDIO})
def hear_voicemail(
    caller: Reader,
    id: Id,
    who: Annotated[Who, Query(description="Who listens: any name that stays the same.")] = "api",
    range: Annotated[str | None, Header(max_length=100, description="The part that is wanted, in bytes.")] = None,
) -> Response:
    """The sound of a voicemail, fetched from the phone system that keeps it; the token needs the right `numbers`.

    It counts as heard by `who`. `not_fetched` says that the phone system gives no sound, and why.
    """
    caller.needs_numbers("who hears a voicemail may hear a number")
    recovery = caller.services.recovery
    if recovery is None:
        raise NotFound("There is no recording of it.")
    try:
        sound = listen(recovery.tools, caller.account, id, who=who, part=range)
    except NoSuchItem as error:
        raise NotFound("There is no such voicemail.") from error
    except NoRecording as error:
        raise NotFound("There is no recording of it.") from error
    except ConnectorError as error:
        raise NotFetched(str(error)) from error
    return StreamingResponse(
        sound.chunks(), status_code=sound.status, media_type=sound.media_type, headers=dict(sound.headers)
    )
