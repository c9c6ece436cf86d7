"""Writes journeys in the middle of their playbook straight into the ledger, with their timers: thousands in seconds."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta
from typing import Any

import sqlalchemy as sa

from decroche.ledger.recovery_tables import acts, episodes, texts
from decroche.ledger.store import Ledger
from decroche.ledger.tables import journeys
from decroche.model.text import TextState
from decroche.recover.timers import Timers
from decroche.recover.workflows.advancing import ADVANCE
from decroche.rules.outreach import Purpose

#: Journeys written in one transaction.
_AT_ONCE = 1_000


def open_journeys(
    ledger: Ledger, timers: Timers, account: str, due: Mapping[int, datetime], *, texted: bool, now: datetime
) -> None:
    """An open journey for each person of ``due``, missed a minute ago, looked at once, and next at that moment.

    Those who were ``texted`` have their text, and the playbook waits for their answer; the others are texted next.
    """
    people = list(due)
    for first in range(0, len(people), _AT_ONCE):
        some = people[first : first + _AT_ONCE]
        with ledger.writing() as connection:
            connection.execute(sa.insert(journeys), [_journey(account, person, now) for person in some])
            connection.execute(sa.insert(episodes), [_episode(account, person, due[person], now) for person in some])
            if texted:
                connection.execute(sa.insert(texts), [_text(account, person, now) for person in some])
                connection.execute(sa.insert(acts), [_act(account, person, now) for person in some])
            for person in some:
                subject = {"journey": f"j{person}", "episode": "1", "turn": "1"}
                timers.set(connection, f"advance:j{person}:1:1", ADVANCE, subject, at=due[person], now=now)


def untouched(ledger: Ledger, people: Sequence[int]) -> int:
    """How many of them nobody has looked at since, and nothing was sent to."""
    mine = {f"j{person}" for person in people}
    asleep = sa.select(episodes.c.journey_id).where(episodes.c.turn == 1, episodes.c.ended_at.is_(None))
    wrote = sa.select(texts.c.journey_id).where(texts.c.template != "before")
    with ledger.reading() as connection:
        found = set(connection.execute(asleep).scalars()) - set(connection.execute(wrote).scalars())
    return len(mine & found)


def _journey(account: str, person: int, now: datetime) -> dict[str, Any]:
    missed = now - timedelta(minutes=1)
    return {
        "id": f"j{person}", "account_id": account, "revision": 0, "site": "", "person": person, "state": "open",
        "opened_at": missed, "last_missed_at": missed, "expires_at": missed + timedelta(days=7), "attempts": 1,
        "missed_calls": "[]", "calls": "[]", "learned_at": missed,
    }  # fmt: skip


def _episode(account: str, person: int, due_at: datetime, now: datetime) -> dict[str, Any]:
    missed = now - timedelta(minutes=1)
    return {
        "account_id": account, "journey_id": f"j{person}", "number": 1, "opened_at": missed, "begun_at": missed,
        "playbook": "at_once", "turn": 1, "due_at": due_at,
    }  # fmt: skip


def _text(account: str, person: int, now: datetime) -> dict[str, Any]:
    return {
        "id": f"t{person}", "account_id": account, "journey_id": f"j{person}", "person": person, "direction": "out",
        "channel": "sms", "recipient": f"+{person}", "body": "Bonjour", "purpose": str(Purpose.REPLY),
        "template": "before", "segments": 1, "state": str(TextState.DELIVERED), "created_at": now, "tried_at": now,
        "handed_at": now,
    }  # fmt: skip


def _act(account: str, person: int, now: datetime) -> dict[str, Any]:
    return {
        "account_id": account, "journey_id": f"j{person}", "episode": 1, "step": "missed", "at": now,
        "outcome": "done", "subject": f"t{person}", "reasons": "[]",
    }  # fmt: skip
