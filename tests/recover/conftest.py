"""Recovery is tested on both databases, on PostgreSQL with the hard tests; its timers also in told time."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from decroche.ledger.store import Ledger
from decroche.recover.timers import Timers
from tests.databases import opened
from tests.recover.frozen_timers import FrozenTimers
from tests.recover.stage import FrozenStage, LiveStage, Stage


@pytest.fixture(params=["sqlite", pytest.param("postgresql", marks=pytest.mark.hard)])
def ledger(request: pytest.FixtureRequest) -> Iterator[Ledger]:
    """An empty ledger, once on each database."""
    with opened(request.param) as found:
        yield found


@pytest.fixture(params=["dbos", "frozen"])
def stage(request: pytest.FixtureRequest, ledger: Ledger) -> Iterator[Stage]:
    """The timers as they are, and their twin in told time."""
    made: Stage = (
        LiveStage(ledger, Timers(ledger)) if request.param == "dbos" else FrozenStage(ledger, FrozenTimers(ledger))
    )
    made.timers.migrate()
    try:
        yield made
    finally:
        made.timers.stop(patience_s=0)
