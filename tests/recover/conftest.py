"""Recovery is tested on both databases; its timers also in told time."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from decroche.ledger.store import Ledger
from decroche.recover.timers import Timers
from tests.databases import ledger
from tests.recover.frozen_timers import FrozenTimers
from tests.recover.stage import FrozenStage, LiveStage, Stage

__all__ = ["ledger"]


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
