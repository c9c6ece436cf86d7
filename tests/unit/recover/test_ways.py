"""A text keeps its sender's turn for a moment: long enough to be handed over, not so long that all go at once."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any, cast

import pytest

from decroche.connector_kit.texts import Texts
from decroche.ledger.setting_up import Endpoint
from decroche.recover.settings import Way
from decroche.recover.workflows.tools import Tools
from decroche.recover.workflows.ways import OpenWay, has_turn, wait_for_turn

AT = datetime(2026, 3, 4, 9, 42, tzinfo=UTC)
TURN = {"text": "t", "try": "0", "turn": AT.isoformat(), "way": "kannel"}


def way(endpoint: str = "kannel") -> OpenWay:
    made = Endpoint(
        id=endpoint, account_id="garage", connector="smpp", name="", key="", settings={}, secret={}, site=""
    )
    return OpenWay(Way(endpoint=endpoint, sender="36111"), made, cast("Texts", None), True)


@pytest.mark.parametrize(
    ("subject", "late_s", "has"),
    [
        (TURN, 0, True),
        (TURN, 4, True),
        (TURN, 6, False),
        (TURN, -0.4, True),
        (TURN, -0.6, False),
        (TURN | {"again": "yes"}, 3600, True),
        (TURN | {"again": "yes"}, -0.6, False),
        (TURN | {"way": "other"}, 0, False),
        ({"text": "t", "try": "0"}, 0, False),
        # As it was written before turns had a moment.
        ({"text": "t", "try": "0", "turn": "taken"}, 0, False),
    ],
)
def test_whose_turn_it_is(subject: Mapping[str, str], late_s: float, has: bool) -> None:
    assert has_turn(subject, way(), AT + timedelta(seconds=late_s)) is has


@pytest.mark.parametrize(
    ("subject", "early_s", "rested"),
    [(TURN, 0.3, 0.3), (TURN, 0, None), (TURN, -1, None), (TURN, 0.6, None), ({"turn": "taken"}, 0.3, None)],
)
def test_a_turn_that_comes_soon_is_waited_for(subject: Mapping[str, str], early_s: float, rested: float | None) -> None:
    rests: list[timedelta] = []
    unused: Any = None
    tools = Tools(
        ledger=unused, timers=unused, clock=lambda: AT - timedelta(seconds=early_s), key=b"", ways=unused, http=unused
    )
    wait_for_turn(replace(tools, rest=rests.append), subject)
    assert rests == ([] if rested is None else [timedelta(seconds=rested)])
