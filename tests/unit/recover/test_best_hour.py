"""Learning when people answer: little history stays near what is common, and choosing keeps exploring."""

from __future__ import annotations

import numpy as np
import pytest

from decroche.recover.best_hour import AnswerTimes, Attempt, Shrinkage

#: Hours of Monday, 8 to 19.
HOURS = tuple(range(8, 20))
SEGMENTS = ("garage", "clinic")


def truth(segment: str) -> dict[int, float]:
    """Garages answer early, clinics at the end of the day."""
    best = 8 if segment == "garage" else 18
    return {hour: 0.15 + 0.6 * float(np.exp(-(((hour - best) / 2) ** 2))) for hour in HOURS}


def reached(seed: int, *, drawn: bool, calls: int = 800) -> tuple[float, AnswerTimes]:
    """The share of callbacks that were answered, over people never called before, learning as it goes."""
    rng = np.random.default_rng(seed)
    known, answers = AnswerTimes(), 0
    for person in range(calls):
        segment = SEGMENTS[person % 2]
        hour = known.best_first(HOURS, person=person, segment=segment, rng=rng if drawn else None)[0]
        answered = bool(rng.random() < truth(segment)[hour])
        known.learn(Attempt(person=person, segment=segment, hour=hour, answered=answered))
        answers += answered
    return answers / calls, known


def test_nothing_known_is_one_half_everywhere_and_the_earliest_hour_first() -> None:
    known = AnswerTimes()
    assert known.belief(person=1, segment="garage", hour=100).mean == 0.5
    assert known.best_first([30, 10, 20], person=1, segment="garage") == [10, 20, 30]


def test_a_level_leaves_its_parent_as_its_own_counts_grow() -> None:
    known, means = AnswerTimes(), []
    for _ in range(3):
        means.append(known.belief(person=1, segment="garage", hour=10).mean)
        for number in range(20):
            known.learn(Attempt(person=1000 + number, segment="garage", hour=10, answered=True))
    assert means == sorted(means)
    assert means[0] == 0.5 < 0.9 < means[2] < 1
    other = known.belief(person=1, segment="clinic", hour=10).mean
    assert 0.5 < other < known.belief(person=1, segment="garage", hour=10).mean


def test_what_one_person_does_weighs_more_for_them_than_for_others() -> None:
    known = AnswerTimes(
        [Attempt(person=1, segment="garage", hour=10, answered=False)] * 4
        + [Attempt(person=number, segment="garage", hour=10, answered=True) for number in range(2, 40)]
    )
    assert known.belief(person=1, segment="garage", hour=10).mean < 0.6
    assert known.belief(person=99, segment="garage", hour=10).mean > 0.8


def test_a_second_attempt_is_made_at_another_time_of_day() -> None:
    known = AnswerTimes([Attempt(person=n, segment="garage", hour=9, answered=True) for n in range(50)])
    assert known.best_first(HOURS, person=99, segment="garage")[0] == 9
    again = known.best_first(HOURS, person=99, segment="garage", tried=[33])
    assert again[0] not in (9, 10, 11)
    assert {9, 10, 11} == set(again[-3:])
    assert sorted(again) == list(HOURS)


def test_nearly_as_many_are_reached_as_if_the_truth_were_known() -> None:
    shares = [reached(seed, drawn=True)[0] for seed in range(4)]
    best, anywhere = 0.75, np.mean(list(truth("garage").values()))
    assert np.mean(shares) > anywhere + 0.6 * (best - anywhere)


def test_drawing_learns_of_hours_that_the_mean_would_never_try() -> None:
    """The best hour is the last that the mean would look at: 8 is answered often enough to be kept for ever."""
    late = {hour: 0.55 if hour == 8 else 0.9 if hour == 19 else 0.2 for hour in HOURS}

    def share(drawn: bool) -> float:
        rng = np.random.default_rng(11)
        known, answers = AnswerTimes(shrinkage=Shrinkage(start=0.3)), 0
        for person in range(600):
            hour = known.best_first(HOURS, person=person, segment="all", rng=rng if drawn else None)[0]
            answered = bool(rng.random() < late[hour])
            known.learn(Attempt(person=person, segment="all", hour=hour, answered=answered))
            answers += answered
        return answers / 600

    assert share(drawn=True) > share(drawn=False) + 0.1


@pytest.mark.parametrize("hour", [-1, 168])
def test_a_week_has_168_hours(hour: int) -> None:
    with pytest.raises(ValueError, match="not an hour of the week"):
        AnswerTimes().belief(person=1, segment="garage", hour=hour)
