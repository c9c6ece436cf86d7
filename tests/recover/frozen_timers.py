"""The timers of recovery in told time: the same door as ``recover.timers``, and nothing runs until it is told the hour.

A journey moves its clock from one due step to the next::

    while (due := timers.next_due()) is not None and due <= until:
        clock.now = due
        timers.run_due(due)
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from datetime import UTC, datetime

import sqlalchemy as sa

from decroche.ledger.store import Ledger
from decroche.recover.timers import TRIES, Step, pause

_SLEEPS, _DONE, _FAILED = "sleeps", "done", "failed"

_timers = sa.Table(
    "frozen_timers",
    sa.MetaData(),
    sa.Column("number", sa.Integer, primary_key=True, autoincrement=True),
    sa.Column("key", sa.Text, nullable=False, unique=True),
    sa.Column("step", sa.Text, nullable=False),
    sa.Column("subject", sa.Text, nullable=False),
    sa.Column("at", sa.Float, nullable=False),
    sa.Column("attempt", sa.Integer, nullable=False, default=0),
    sa.Column("state", sa.Text, nullable=False, default=_SLEEPS),
)
_AT_ONCE = -1.0


class FrozenTimers:
    """Keeps its rows in the ledger's database, so that what a transaction takes back is taken back here too."""

    def __init__(self, ledger: Ledger) -> None:
        self._ledger = ledger
        self._steps: Mapping[str, Step] = {}

    def migrate(self) -> None:
        with self._ledger.writing() as connection:
            _timers.create(connection, checkfirst=True)

    def set(
        self, connection: sa.Connection, key: str, step: str, subject: Mapping[str, str], *, at: datetime, now: datetime
    ) -> None:
        if connection.execute(sa.select(_timers.c.number).where(_timers.c.key == key)).first() is None:
            moment = at.timestamp() if at > now else _AT_ONCE
            connection.execute(
                sa.insert(_timers).values(key=key, step=step, subject=json.dumps(dict(subject)), at=moment)
            )

    def bring_forward(self, connection: sa.Connection, key: str) -> None:
        connection.execute(self._waits(key).values(at=_AT_ONCE))

    def cancel(self, connection: sa.Connection, key: str) -> None:
        connection.execute(self._waits(key).values(state=_DONE))

    def waiting(self) -> int:
        return self._count(_SLEEPS)

    def failed(self) -> int:
        return self._count(_FAILED)

    def start(self, steps: Mapping[str, Step]) -> None:
        self._steps = steps

    def stop(self, *, patience_s: float) -> None:
        self._steps = {}

    def next_due(self) -> datetime | None:
        """When the next step is due, in UTC; the beginning of time when at once; None when nothing waits."""
        with self._ledger.reading() as connection:
            at = connection.execute(sa.select(sa.func.min(_timers.c.at)).where(_timers.c.state == _SLEEPS)).scalar()
        if at is None:
            return None
        return datetime.min.replace(tzinfo=UTC) if at == _AT_ONCE else datetime.fromtimestamp(at, UTC)

    def run_due(self, now: datetime) -> int:
        """Run every step due at ``now`` in the order of their times, with those they set for now. Returns how many."""
        ran = 0
        while (due := self._next(now)) is not None:
            ran += 1
            values: dict[str, object] = {"state": _DONE}
            try:
                self._steps[due.step](json.loads(due.subject))
            except Exception:
                values = {"attempt": due.attempt + 1, "at": (now + pause(due.attempt)).timestamp()}
                if due.attempt + 1 >= TRIES:
                    values = {"state": _FAILED}
            with self._ledger.writing() as connection:
                connection.execute(sa.update(_timers).where(_timers.c.number == due.number).values(**values))
        return ran

    def run_until(self, now: datetime, until: datetime) -> datetime:
        """Run what is due from ``now`` to ``until``, each step at its time. Returns ``until``."""
        while (due := self.next_due()) is not None and due <= until:
            now = max(now, due)
            self.run_due(now)
        return until

    def _next(self, now: datetime) -> sa.Row[int, str, str, int] | None:
        with self._ledger.reading() as connection:
            return connection.execute(
                sa.select(_timers.c.number, _timers.c.step, _timers.c.subject, _timers.c.attempt)
                .where(_timers.c.state == _SLEEPS, _timers.c.at <= now.timestamp())
                .order_by(_timers.c.at, _timers.c.number)
                .limit(1)
            ).first()

    def _waits(self, key: str) -> sa.Update:
        return sa.update(_timers).where(_timers.c.key == key, _timers.c.state == _SLEEPS)

    def _count(self, state: str) -> int:
        with self._ledger.reading() as connection:
            query = sa.select(sa.func.count()).where(_timers.c.state == state)
            return connection.execute(query).scalar_one()
