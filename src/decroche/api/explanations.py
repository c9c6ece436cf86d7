"""``/api/v1/journeys/{id}/explanation``: why something was done for a caller, or was not."""

from __future__ import annotations

from dataclasses import asdict
from typing import Annotated, Any, Literal

from fastapi import APIRouter, Query

from decroche.api.access import Caller, Reader
from decroche.api.errors import NotFound, responses
from decroche.api.recovery_schemas import ExplanationOut
from decroche.api.schemas import Id
from decroche.language import Language
from decroche.recover.told import Explanation
from decroche.recover.workflows.explaining import read_explanation
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
