from __future__ import annotations

from collections import defaultdict
from datetime import date
from itertools import islice, pairwise
from pathlib import Path

import numpy as np
import pytest
from pyarrow import csv as arrow_csv

from decroche.simulate.bulk import CLOSES, CUSTOMERS, LONGEST_WAIT_S, OPENS, SLOT_S, Calls, days, masked
from decroche.simulate.export import bulk_csv

ANSWERED, CLOSED = 0, 4


@pytest.fixture(scope="module")
def stay() -> list[Calls]:
    """The inbound calls of two days."""
    return [inbound for _, inbound, _ in islice(days(5), 2)]


def test_nobody_answers_when_closed(stay: list[Calls]) -> None:
    for day in stay:
        shut = (day.at < OPENS) | (day.at >= CLOSES)
        assert (day.outcome[shut] == CLOSED).all()
        assert (day.outcome[~shut] != CLOSED).all()
        assert ((day.agent >= 0) == (day.outcome == ANSWERED)).all()


def test_a_person_talks_to_one_caller_at_a_time(stay: list[Calls]) -> None:
    talks: defaultdict[tuple[int, int], list[tuple[float, float]]] = defaultdict(list)
    day = stay[0]
    for row in np.flatnonzero(day.outcome == ANSWERED).tolist():
        begins = day.at[row] + day.wait[row]
        talks[int(day.queue[row]), int(day.agent[row])].append((begins, begins + day.talk[row]))
    for spans in talks.values():
        assert all(later[0] >= earlier[1] for earlier, later in pairwise(sorted(spans)))


def test_first_come_is_first_served(stay: list[Calls]) -> None:
    served = stay[0].where(stay[0].outcome == ANSWERED)
    for queue in range(48):
        begins = (served.at + served.wait)[served.queue == queue]
        assert (np.diff(begins) >= 0).all()


def test_redials_follow_a_miss_of_the_same_person(stay: list[Calls]) -> None:
    first, second = stay
    missed = {
        (int(first.person[row]), int(first.attempt[row])): first.at[row] + first.wait[row]
        for row in np.flatnonzero(first.outcome != ANSWERED)[::-1].tolist()
    }
    again = np.flatnonzero(first.attempt > 1).tolist()
    assert len(again) > 1000
    for row in again:
        assert first.at[row] >= missed[int(first.person[row]), int(first.attempt[row]) - 1] + SLOT_S
    overnight = second.where(second.attempt > 1)
    assert len(overnight.at) > len(again) / 10


def test_waits_are_bounded_and_new_callers_are_new(stay: list[Calls]) -> None:
    first, second = (day.where(day.attempt == 1) for day in stay)
    assert max(stay[0].wait.max(), stay[1].wait.max()) <= LONGEST_WAIT_S
    new = [set(day.person[day.person >= CUSTOMERS].tolist()) for day in (first, second)]
    assert new[0].isdisjoint(new[1])
    assert len(new[0]) == (first.person >= CUSTOMERS).sum()


def test_a_twentieth_of_people_withhold_their_number() -> None:
    assert masked(np.arange(100_000)).mean() == pytest.approx(0.05, abs=0.001)


@pytest.mark.hard
def test_days_follow_one_another(tmp_path: Path) -> None:
    bulk_csv(tmp_path / "calls.csv", calls=110_000, seed=5, start=date(2025, 1, 11))
    table = arrow_csv.read_csv(tmp_path / "calls.csv")
    starts = table["Start time"].to_numpy()
    assert table["Call ID"].to_pylist() == list(range(1, 110_001))
    assert (starts[1:] >= starts[:-1]).all()
    assert len(set(starts.astype("datetime64[D]").tolist())) > 2
