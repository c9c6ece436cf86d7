"""Gives each person the opener or script that chance chose, for good, and writes down what came of the call."""

from __future__ import annotations

from datetime import datetime

import sqlalchemy as sa

from decroche.ledger.opener_trials import Trial, note_draw, note_hit
from decroche.recover.fingerprints import account_key, fingerprint
from decroche.recover.holdout import Experiment, draw


def give_opener(
    connection: sa.Connection, account: str, trial: Trial, person: int, *, key: bytes, site: str = "", now: datetime
) -> tuple[str, str]:
    """The name and the words of the opener for ``person`` (E.164 digits), the same at every call.

    It is logged before the call is made, by a keyed fingerprint. ``key`` is that of the fingerprints of the server.
    Raises TrialOver.
    """
    names = [name for name, _ in trial.arms]
    drawn = draw(person, experiment=_name(trial), key=account_key(key, account))
    arm = Experiment.between(_name(trial), names).arm_at(drawn)
    found = note_draw(connection, account, trial, fingerprint(key, account, person), arm, site=site, now=now)
    return found, dict(trial.arms)[found]


def it_worked(
    connection: sa.Connection, account: str, trial: Trial, person: int, *, key: bytes, now: datetime
) -> None:  # fmt: skip
    """The call with ``person`` led to what was hoped for. Raises NotDrawn."""
    note_hit(connection, account, trial, fingerprint(key, account, person), now=now)


def _name(trial: Trial) -> str:
    return f"opener/{trial.id}"
