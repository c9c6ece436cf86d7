"""Trials of openers and scripts in the ledger: begun, drawn by chance for each person, and what came of the calls."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum
from typing import Any

import msgspec
import sqlalchemy as sa

from decroche.ledger.cost_tables import opener_draws, opener_trials
from decroche.ledger.inserting import insert_new
from decroche.ledger.setting_up import new_id


class Success(StrEnum):
    """What a hit is: told by who called, or an opportunity or a sale of the person within the window."""

    TOLD = "told"
    OPPORTUNITY = "opportunity"
    SALE = "sale"


class NoSuchTrial(KeyError):
    """The business has no trial with this id or name."""


class NameTaken(ValueError):
    """A trial of the business has this name already."""


class TrialOver(ValueError):
    """The trial has ended: nobody is drawn any more."""


class NotDrawn(KeyError):
    """The person was never given an opener of this trial."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Trial:
    """A trial. ``arms`` are (name, words), the first being what is used today.

    ``base`` and ``changed`` are the shares that it was planned with.
    """

    id: str
    name: str
    arms: tuple[tuple[str, str], ...]
    base: float
    changed: float
    window_days: int
    began_at: datetime
    ended_at: datetime | None
    success: Success = Success.TOLD


@dataclass(frozen=True, slots=True, kw_only=True)
class OpenerDraw:
    """What chance gave one person, and when the call led to what was hoped for."""

    arm: str
    site: str
    at: datetime
    hit_at: datetime | None
    mark: bytes = field(default=b"", repr=False)


def begin_trial(
    connection: sa.Connection,
    account: str,
    *,
    name: str,
    arms: Sequence[tuple[str, str]],
    base: float,
    changed: float,
    window_days: int,
    now: datetime,
    success: Success = Success.TOLD,
) -> str:
    """Begin a trial. Returns its id. Raises NameTaken."""
    id = new_id()
    row = {
        "id": id,
        "account_id": account,
        "name": name,
        "arms": msgspec.json.encode([list(arm) for arm in arms]).decode(),
        "base": base,
        "changed": changed,
        "window_days": window_days,
        "success": success.value,
        "began_at": now,
    }
    if not insert_new(connection, opener_trials, [row], unique=("account_id", "name")):
        raise NameTaken(name)
    return id


def trials_of(connection: sa.Connection, account: str) -> list[Trial]:
    """The trials of an account, the latest first."""
    c = opener_trials.c
    query = sa.select(opener_trials).where(c.account_id == account).order_by(c.began_at.desc(), c.id)
    return [_trial(row._mapping) for row in connection.execute(query)]


def read_trial(connection: sa.Connection, account: str, id: str) -> Trial:
    """The trial with this id or name. Raises NoSuchTrial."""
    c = opener_trials.c
    query = sa.select(opener_trials).where(c.account_id == account, (c.id == id) | (c.name == id))
    row = connection.execute(query).first()
    if row is None:
        raise NoSuchTrial(id)
    return _trial(row._mapping)


def end_trial(connection: sa.Connection, account: str, id: str, *, now: datetime) -> None:
    """Draw nobody any more. Raises NoSuchTrial."""
    c = opener_trials.c
    query = sa.update(opener_trials).where(c.account_id == account, c.id == id)
    if not connection.execute(query.values(ended_at=sa.func.coalesce(c.ended_at, now))).rowcount:
        raise NoSuchTrial(id)


def note_draw(
    connection: sa.Connection, account: str, trial: Trial, mark: bytes, arm: str, *, site: str, now: datetime
) -> str:
    """Write down the arm of a person, by fingerprint, before the call. Returns the arm of the first time, for good.

    Raises TrialOver.
    """
    c = opener_draws.c
    row = {
        "account_id": account,
        "trial_id": trial.id,
        "fingerprint": mark,
        "arm": arm,
        "site": site,
        "at": now,
    }
    if trial.ended_at is None:
        insert_new(connection, opener_draws, [row], unique=("trial_id", "fingerprint"))
    query = sa.select(c.arm).where(c.account_id == account, c.trial_id == trial.id, c.fingerprint == mark)
    found = connection.execute(query).scalar_one_or_none()
    if found is None:
        raise TrialOver(trial.name)
    return str(found)


def note_hit(connection: sa.Connection, account: str, trial: Trial, mark: bytes, *, now: datetime) -> None:
    """Write down that the call with a person led to what was hoped for; the first time stays. Raises NotDrawn."""
    c = opener_draws.c
    query = sa.update(opener_draws).where(c.account_id == account, c.trial_id == trial.id, c.fingerprint == mark)
    if not connection.execute(query.values(hit_at=sa.func.coalesce(c.hit_at, now))).rowcount:
        raise NotDrawn(trial.name)


def draws_of(connection: sa.Connection, account: str, trial: str) -> list[OpenerDraw]:
    """Whom chance gave what, the first first."""
    c = opener_draws.c
    query = sa.select(c.arm, c.site, c.at, c.hit_at, c.fingerprint).where(c.account_id == account, c.trial_id == trial)
    return [
        OpenerDraw(arm=row.arm, site=row.site, at=row.at, hit_at=row.hit_at, mark=bytes(row.fingerprint))
        for row in connection.execute(query.order_by(c.at, c.fingerprint))
    ]


def _trial(row: Any) -> Trial:
    arms = msgspec.json.decode(row["arms"], type=list[tuple[str, str]])
    return Trial(
        id=row["id"],
        name=row["name"],
        arms=tuple(arms),
        base=row["base"],
        changed=row["changed"],
        window_days=row["window_days"],
        began_at=row["began_at"],
        ended_at=row["ended_at"],
        success=Success(row["success"]),
    )
