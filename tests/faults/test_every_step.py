"""A server that dies before every statement and commit of its writing, and after: nothing answered is lost."""

from __future__ import annotations

import json
import subprocess
import sys
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest

from decroche.ledger.store import Ledger
from tests.databases import database
from tests.faults.dying import story
from tests.faults.story import keys, outcome, record, set_up, undisturbed

STATEMENTS = (
    "BEGIN", "INSERT INTO observations", "COMMIT", "committed", "INSERT INTO facts", "INSERT INTO calls",
    "INSERT INTO journeys", "INSERT INTO changes", "UPDATE observations SET state",
)  # fmt: skip


class Zygote:
    """Forks servers that die."""

    def __init__(self) -> None:
        self._process = subprocess.Popen(
            [sys.executable, "-m", "tests.faults.dying"],
            stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True, cwd=Path(__file__).parents[2],
        )  # fmt: skip

    def order(self, **order: Any) -> dict[str, Any]:
        assert self._process.stdin is not None
        assert self._process.stdout is not None
        self._process.stdin.write(json.dumps(order) + "\n")
        self._process.stdin.flush()
        answer: dict[str, Any] = json.loads(self._process.stdout.readline())
        assert answer["failed"] is None, answer
        return answer

    def end(self) -> None:
        self._process.communicate()


@pytest.fixture(scope="module")
def zygote() -> Iterator[Zygote]:
    found = Zygote()
    yield found
    found.end()


@pytest.mark.hard
@pytest.mark.parametrize("kind", ["sqlite", "postgresql"])
def test_dead_at_every_step_of_writing(kind: str, zygote: Zygote, tmp_path: Path) -> None:
    ended = datetime.now(UTC)
    sent = story(ended)
    places, expected = list(range(len(sent))), undisturbed(sent)
    more = {"folder": str(tmp_path), "ended": ended.isoformat()}

    def run(step: list[Any] | None) -> dict[str, Any]:
        with database(kind) as url:
            ledger = Ledger(url)
            set_up(ledger)
            first = zygote.order(**more, database=url, step=step, places=places)
            assert {record(sent[place]).key for place in first["accepted"]} <= set(keys(ledger))
            if first["died"]:
                # The platform repeats what was not answered, and one more.
                missing = [place for place in places if place not in first["accepted"][1:]]
                second = zygote.order(**more, database=url, step=None, places=missing)
                assert sorted(second["accepted"]) == missing
            assert outcome(ledger) == expected, step
            ledger.close()
        return first

    steps = run(None)["steps"]
    # Which batches there are depends on who is quicker, so a step may not come as often another time.
    died = {
        name: sum(bool(run([name, time])["died"]) for time in range(min(times, 2))) for name, times in steps.items()
    }
    for statement in STATEMENTS:
        assert any(times for name, times in died.items() if name.startswith(statement)), (statement, died)
