"""Knows an emergency by what was called, what was written or what a person says, and gives it to people at once."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from datetime import datetime
from typing import Any

import sqlalchemy as sa

from decroche.ledger import episodes as runs
from decroche.ledger.account import Account
from decroche.ledger.acting import act_for
from decroche.ledger.recovery_tables import work_items
from decroche.ledger.telling import tell_change
from decroche.ledger.work_items import Kind, Need, open_item, read_item
from decroche.recover.keywords import normal_form
from decroche.recover.names import same_name
from decroche.recover.playbook import EMERGENCY
from decroche.recover.settings import RecoverySettings
from decroche.recover.workflows.tools import SetsTimers

#: The change that a mark of a person leaves for recovery.
MARKED = "journey.marked"


def by_place(settings: RecoverySettings, missed: Iterable[Mapping[str, Any]]) -> bool:
    """Whether a call of these went to a department, a queue or a line that is for emergencies."""
    places = settings.emergency_places
    return any(same_name(call[name], places) for call in missed for name in ("department", "queue", "line"))


def by_word(settings: RecoverySettings, bodies: Iterable[str]) -> bool:
    """Whether somebody wrote a word that is for emergencies; case, accents and what stands around it do not matter."""
    words = [f" {normal_form(word)} " for word in settings.alarm_words if normal_form(word)]
    return any(word in f" {normal_form(body)} " for body in bodies for word in words)


def raised(connection: sa.Connection, account: str, person: int, journey: str, since: datetime) -> bool:
    """Whether people were given an emergency of this journey since then."""
    c = work_items.c
    theirs = (c.account_id == account) & (c.person == person) & c.about.contains('"emergency"')
    lately = (c.state == "open") | (c.closed_at >= since)
    for id in connection.execute(sa.select(c.id).where(theirs, lately)).scalars():
        if any(at >= since and of == journey for of, at in read_item(connection, account, id).emergencies):
            return True
    return False


def need_of(account: str, journey: Mapping[str, Any], *, episode: int, because: str, now: datetime) -> Need:
    """What people are given: a call to make now, that joins whatever call they owe the person already."""
    return Need(
        kind=Kind.CALLBACK,
        key=f"{journey['id']}:{episode}:{EMERGENCY.name}",
        person=journey["person"],
        journey=journey["id"],
        site=journey["site"],
        due_at=now,
        requested_at=now,
        about={"emergency": because},
    )


def mark(connection: sa.Connection, account: str, journey: str, *, who: str, now: datetime) -> str:
    """A person of the business says that a journey is an emergency. Returns the item. Raises KeyError.

    Whoever is to be told is told as soon as recovery heeds the change.
    """
    act_for(connection, account)
    row = Account(connection, account).journey(journey)
    item = _give(connection, account, row, because=f"mark:{who}", now=now)
    tell_change(connection, account, MARKED, row["id"], now)
    return item


def raise_alarm(
    connection: sa.Connection, timers: SetsTimers, account: str, journey: Mapping[str, Any], because: str, now: datetime
) -> None:
    """Give an emergency to people, whatever its playbook does or did; the same again changes nothing."""
    item = _give(connection, account, journey, because=because, now=now)
    tell_people(connection, timers, journey["id"], _number(connection, journey["id"]), item, now)


def tell_people(
    connection: sa.Connection, timers: SetsTimers, journey: str, episode: int, item: str, now: datetime
) -> None:
    """Have those who are meant told, once."""
    told = {"journey": journey, "episode": str(episode), "step": EMERGENCY.name, "item": item}
    timers.set(connection, f"tell:{journey}:{episode}:{EMERGENCY.name}", "tell", told, at=now, now=now)


def _give(connection: sa.Connection, account: str, journey: Mapping[str, Any], *, because: str, now: datetime) -> str:
    number = _number(connection, journey["id"])
    return open_item(connection, account, need_of(account, journey, episode=number, because=because, now=now), now=now)


def _number(connection: sa.Connection, journey: str) -> int:
    episode = runs.episode(connection, journey, hold=False)
    return 0 if episode is None else int(episode["number"])
