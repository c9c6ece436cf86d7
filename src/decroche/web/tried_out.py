"""Says what became of the test of a text: on its way, with the provider, or not, and then who does not answer."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

import sqlalchemy as sa

from decroche.ledger import texts
from decroche.model.member import Right
from decroche.model.text import NotTaken, TextState
from decroche.recover.explanation import text_why
from decroche.web.access import Visit
from decroche.web.moments import clock
from decroche.web.people import who

Row = Mapping[str, Any]
#: A test that is older says nothing of how things are.
_LASTS = timedelta(hours=24)
#: So long nobody wonders where a text is.
_SOON = timedelta(seconds=45)


@dataclass(frozen=True, slots=True, kw_only=True)
class Tried:
    """What became of the last test, in a sentence, and how good that is. ``keys``: the keys are to be looked at."""

    kind: str
    said: str
    keys: bool


def last_tried(connection: sa.Connection, here: Visit, now: datetime) -> Tried | None:
    """What became of the test that was sent last; None where there is none, or only one of long ago."""
    row = texts.last_test(connection, here.account.id)
    if row is None or row["created_at"] < now - _LASTS:
        return None
    names = {each["id"]: each["name"] for each in here.account.endpoints()}
    word, kind = _became(row, now)
    country = here.about["country"]
    why = text_why(row["state"], row["failure"], row["raw_failure"], here.language) or ""
    said = here.language.say(
        f"tried.{word}",
        to=who(f"+{row['person']}", here.language, whole=here.may(Right.NUMBERS), country=country),
        name=names.get(row["endpoint_id"]) or here.language.say("tried.somebody"),
        at=clock(row["handed_at"] or row["tried_at"] or row["created_at"], here.zone, here.language),
        until=clock(row["expires_at"] or row["created_at"], here.zone, here.language),
        why=why,
    )
    return Tried(kind=kind, said=said, keys=word == "misconfigured")


def _became(row: Row, now: datetime) -> tuple[str, str]:
    """The word of the sentence, and its kind."""
    state, not_taken = TextState(row["state"]), row["raw_failure"]
    match state:
        case TextState.HANDED | TextState.DELIVERED:
            return str(state), "good"
        case TextState.FAILED | TextState.GIVEN_UP:
            return str(state), "bad"
        case TextState.CANCELLED:
            return ("never_taken" if row["tries"] else "cancelled"), "bad"
    if not_taken == NotTaken.MISCONFIGURED:
        return "misconfigured", "bad"
    if not_taken is not None or (state is TextState.INTENDED and row["tries"]):
        return "unavailable", "bad"
    if now - (row["tried_at"] or row["created_at"]) < _SOON:
        return "going", "busy"
    return ("unsure" if state is TextState.UNKNOWN else "waiting"), "busy"
