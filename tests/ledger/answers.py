"""People who were asked how it went, and what they answered, straight into the ledger."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime

import sqlalchemy as sa

from decroche.ledger import surveys as kept
from decroche.ledger import texts as sent
from decroche.ledger.recovery_tables import texts
from decroche.ledger.store import Ledger
from decroche.ledger.work_items import Kind, Need, open_item
from decroche.model.survey import Mood, Occasion, Question


def answered(
    ledger: Ledger,
    account: str,
    person: int,
    values: Mapping[Question, int],
    *,
    at: datetime,
    subject: str = "",
    site: str = "",
    agent: str = "",
    queue: str = "",
    after: Occasion = Occasion.CALL,
) -> str:
    """Somebody was asked, and answered ``values`` (nothing: they said nothing). Returns the id of the survey."""
    with ledger.writing() as connection:
        id = kept.plan(
            connection, account, person=person, after=after, subject=subject or f"c{person}", ended_at=at, site=site,
            agent=agent, queue=queue,
        )  # fmt: skip
        text = {
            "id": f"{person:x}", "account_id": account, "person": person, "body": "?", "purpose": "survey",
            "created_at": at,
        }  # fmt: skip
        sent.intend(connection, text)
        connection.execute(sa.update(texts).where(texts.c.id == text["id"]).values(state="handed", handed_at=at))
        questions = tuple(values) or (Question.SATISFACTION,)
        kept.asked(connection, id, text=str(text["id"]), questions=questions, now=at)
        survey = kept.hold(connection, id)
        assert survey is not None
        if values and kept.answer(connection, survey, values, at=at) is Mood.DETRACTOR:
            need = Need(kind=Kind.CALLBACK, key=f"survey:{id}", person=person, site=site, about={"survey": id})
            kept.give_item(connection, id, open_item(connection, account, need, now=at))
    return id
