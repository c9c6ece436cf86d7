"""``/api/v1/privacy``: what people may ask about their numbers, and how long the business keeps what it knows."""

from __future__ import annotations

from typing import Annotated

from fastapi import APIRouter, Response
from pydantic import BaseModel, ConfigDict, Field

from decroche.api.access import Reader, Writer
from decroche.api.errors import NotAcceptable, responses
from decroche.api.schemas import Given, Moment, Number, Page
from decroche.language import Language
from decroche.ledger.audit_log import ByKind, Who, note
from decroche.ledger.erasing import Erasure, erasures_of, request_erasure
from decroche.ledger.keeping import CEILINGS, WHAT, Retention, TooLong, keep_for, retention_of
from decroche.recover.workflows.accessing import everything_about

router = APIRouter(tags=["privacy"], generate_unique_id_function=lambda route: route.name)
_TOKEN = Who(kind=ByKind.TOKEN)
_Months = Annotated[int, Field(ge=1, le=36, description="In months.")]


class PersonAskedIn(Given):
    """Whose request it is."""

    model_config = ConfigDict(json_schema_extra={"examples": [{"number": "+33639980012"}]})

    number: Number


class ErasureOut(BaseModel):
    """A request to be forgotten. The number is not kept; `pseudonym` is what calls show in its place."""

    id: str
    pseudonym: str
    requested_at: Moment
    requested_by: str
    done_at: Moment | None


class RetentionIn(Given):
    """How long things are kept."""

    model_config = ConfigDict(
        json_schema_extra={"examples": [{"numbers": 6, "texts": 3, "notes": 12, "prospects": 36}]}
    )

    numbers: _Months = Field(description="Numbers of calls in clear; then pseudonyms.")
    texts: _Months = Field(description="Words of messages.")
    notes: _Months = Field(description="Notes of colleagues.")
    prospects: _Months = Field(description="What is known of people who no longer call.")


class RetentionOut(RetentionIn):
    """How long things are kept, and the most that may be chosen."""

    most: dict[str, int]


@router.post(
    "/privacy/access",
    response_class=Response,
    responses={**responses(413), 200: {"content": {"application/zip": {}}, "description": "One file: JSON and CSV."}},
)
def give_access(caller: Writer, given: PersonAskedIn) -> Response:
    """Everything that is held about a number, as one file to hand over. Needs the right `numbers` too."""
    caller.needs_numbers("the file names a person")
    services = caller.services
    now = services.clock()
    with services.ledger.for_account(caller.account) as account:
        language = Language(str(account.about()["language"]))
    with services.ledger.writing() as connection:
        packed = everything_about(
            connection, caller.account, int(given.number[1:]), key=services.key, language=language, now=now
        )
        note(connection, caller.account, _TOKEN, "privacy.access_given", at=now)
    return Response(packed, media_type="application/zip", headers={"Cache-Control": "no-store"})


@router.get("/privacy/erasures", responses=responses())
def list_erasures(caller: Reader) -> Page[ErasureOut]:
    """The requests to be forgotten, the newest first."""
    with caller.services.ledger.reading() as connection:
        found = erasures_of(connection, caller.account)
    return Page(items=[_out(each) for each in found])


@router.post("/privacy/erasures", status_code=202, responses=responses(413))
def erase_person(caller: Writer, given: PersonAskedIn) -> ErasureOut:
    """Have a person forgotten: at once nothing is sent to them any more, the rest follows within minutes.

    Their refusals stay, as fingerprints. Needs the right `numbers` too.
    """
    caller.needs_numbers("an erasure names a person")
    services = caller.services
    with services.ledger.writing() as connection:
        found = request_erasure(
            connection, caller.account, int(given.number[1:]), key=services.key, by=_TOKEN, now=services.clock()
        )
    return _out(found)


@router.get("/privacy/retention", responses=responses())
def read_retention(caller: Reader) -> RetentionOut:
    """For how many months things are kept."""
    with caller.services.ledger.reading() as connection:
        return _kept(retention_of(connection, caller.account))


@router.put("/privacy/retention", responses=responses(413))
def write_retention(caller: Writer, given: RetentionIn) -> RetentionOut:
    """Keep things for less long; nothing is kept longer than `most`."""
    wanted = Retention(**given.model_dump())
    with caller.services.ledger.writing() as connection:
        try:
            keep_for(connection, caller.account, wanted, caller.services.clock(), by=_TOKEN)
        except TooLong as error:
            raise NotAcceptable(f"From 1 to {error.most} months.", error.what) from error
    return _kept(wanted)


def _kept(kept: Retention) -> RetentionOut:
    months = {name: getattr(kept, name) for name in WHAT}
    return RetentionOut(**months, most={name: getattr(CEILINGS, name) for name in WHAT})


def _out(each: Erasure) -> ErasureOut:
    return ErasureOut(
        id=each.id,
        pseudonym=f"erased:{-each.pseudonym}",
        requested_at=each.requested_at,
        requested_by=each.requested_by,
        done_at=each.done_at,
    )
