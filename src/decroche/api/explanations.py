"""``/api/v1/journeys/{id}/explanation``: why something was done for a caller, or was not."""

from __future__ import annotations

from dataclasses import asdict
from typing import Annotated, Any, Literal

from fastapi import APIRouter, Query

from decroche.api.access import Caller, Reader
from decroche.api.errors import NotFound, responses
from decroche.api.recovery_schemas import ExplanationOut
from decroche.api.schemas import Id, Page
from decroche.api.work_schemas import HappenedOut
from decroche.language import Language
from decroche.ledger.account import Account
from decroche.recover.told import Explanation
from decroche.recover.workflows.explaining import read_explanation
from decroche.recover.workflows.listing import Happened, story_of_journey
from decroche.telemetry import masked

router = APIRouter(tags=["recovery"], generate_unique_id_function=lambda route: route.name)

Spoken = Annotated[
    Literal["fr", "fr-CA", "en"] | None, Query(description="Of the sentences; that of the business when left out.")
]


@router.get("/journeys/{id}/explanation", responses=responses(404))
def explain_journey(caller: Reader, id: Id, language: Spoken = None) -> ExplanationOut:
    """What was done for the caller, what was not, and why: each step with its reasons, the next look, texts, work."""
    services = caller.services
    with services.ledger.for_account(caller.account) as account:
        spoken = Language(language or str(account.about()["language"]))
    try:
        with services.ledger.reading() as connection:
            found = read_explanation(
                connection, caller.account, id, language=spoken, key=services.key, now=services.clock()
            )
    except KeyError as error:
        raise NotFound("There is no such journey.") from error
    return _shown(caller, found)


@router.get("/journeys/{id}/story", responses=responses(404))
def tell_journey(caller: Reader, id: Id) -> Page[HappenedOut]:
    """What happened in a journey, the first first: calls, texts, promises, and what was done about its callbacks."""
    with caller.services.ledger.reading() as connection:
        try:
            row = Account(connection, caller.account).journey(id)
        except KeyError as error:
            raise NotFound("There is no such journey.") from error
        story = story_of_journey(connection, caller.account, row)
    return Page(items=[_happened(caller, each) for each in story])


def _happened(caller: Caller, each: Happened) -> HappenedOut:
    row, subject, said, who = each.row, "id", "", ""
    if each.kind == "call":
        said, who = row["disposition"] or row["progress"], row["agent"] or ""
    elif each.kind == "text":
        said, who = row["body"], row["author"] or ""
    elif each.kind == "booking":
        said = f"{row['starts_at'].isoformat()} {row['state']}"
    else:
        subject, said, who = "item_id", row["body"], row["who"]
    if not caller.whole_numbers:
        said, who = masked(said), masked(who)
    return HappenedOut(at=each.at, kind=each.kind, id=row[subject], said=said, who=who)


def _shown(caller: Caller, found: Explanation) -> ExplanationOut:
    values: dict[str, Any] = {
        "journey": found.journey["id"],
        "state": found.journey["state"],
        "recovered_by": found.journey["recovered_by"],
    }
    for name in ("never", "episodes", "texts", "work", "rulings"):
        values[name] = [asdict(each) for each in getattr(found, name)]
    if not caller.whole_numbers:
        for text in values["texts"]:
            text["body"] = masked(text["body"])
    return ExplanationOut.model_validate(values)
