"""Reads what is kept of a journey, and what its run waits for now, to be explained."""

from __future__ import annotations

from datetime import datetime

import msgspec
import sqlalchemy as sa

from decroche.language import Language
from decroche.ledger import episodes as runs
from decroche.ledger import recovery_settings as wishes
from decroche.ledger.account import Account
from decroche.ledger.decisions import rulings
from decroche.ledger.recovery_tables import episodes
from decroche.ledger.tables import changes, endpoints
from decroche.ledger.texts import texts_of
from decroche.ledger.work_items import items_of_journey
from decroche.recover.explanation import explain
from decroche.recover.playbook import Playbook
from decroche.recover.policy import End, Reason, Wait, next_action
from decroche.recover.told import Explanation, Kept
from decroche.recover.workflows.standing import read_run


def read_explanation(
    connection: sa.Connection, account: str, journey: str, *, language: Language, key: bytes, now: datetime
) -> Explanation:
    """Everything about a journey, by its id or one that it had. Raises KeyError. Nothing is changed."""
    row = Account(connection, account).journey(journey)
    id = row["id"]
    query = sa.select(episodes).where(episodes.c.account_id == account, episodes.c.journey_id == id)
    known = [dict(each._mapping) for each in connection.execute(query.order_by(episodes.c.number))]
    waits: tuple[Reason, ...] = ()
    ended: tuple[Reason, ...] = ()
    playbooks: dict[int, Playbook] = {}
    if known:
        run = read_run(connection, id, known[-1], key=key, now=now)
        if run is not None:
            playbooks = {each["number"]: run.playbook for each in known if each["playbook"] == run.playbook.name}
            action = next_action(run.standing, run.playbook, run.office, now=now)
            if known[-1]["ended_at"] is None:
                waits = action.reasons if isinstance(action, Wait | End) else (_due(action.step.name),)
            elif isinstance(action, End) and action.because == known[-1]["ended_because"]:
                ended = action.reasons
    return explain(
        Kept(
            journey=row,
            never=() if known else _never(connection, account, id, row["opened_at"]),
            episodes=known,
            acts=runs.acts_of(connection, id),
            texts=texts_of(connection, account, id),
            work=items_of_journey(connection, account, id),
            rulings=[
                (each.at, msgspec.json.decode(each.body, type=dict))
                for each in rulings(connection, account, journey=id)
            ],
            waits=waits,
            ended=ended,
            playbooks=playbooks,
        ),
        language,
    )


def _due(step: str) -> Reason:
    return Reason("due_now", {"step": step})


def _never(connection: sa.Connection, account: str, journey: str, opened_at: datetime) -> tuple[Reason, ...]:
    """Why no playbook began."""
    connected = connection.execute(
        sa.select(sa.func.min(endpoints.c.created_at)).where(endpoints.c.account_id == account)
    ).scalar_one_or_none()
    early = (Reason("before_connection"),) if connected is not None and opened_at < connected else ()
    if wishes.settings_of(connection, account) is None:
        return (Reason("no_settings"), *early)
    c = changes.c
    unseen = sa.select(c.id).where(c.account_id == account, c.subject == journey, c.id > runs.followed(connection))
    if connection.execute(unseen.limit(1)).first() is not None:
        return (Reason("not_looked_yet"), *early)
    return early or (Reason("set_up_later"),)
