"""The list names everybody once, in an order that does not depend on how it was given, and forgets nobody."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta

import numpy as np
from benchmarks.recovery_proof import callbacks
from hypothesis import given
from hypothesis import strategies as st

from decroche.recover.priority import FLOOR_MIN, TURN_EVERY, Fairness, Reason, Waiting, order

NOW = datetime(2026, 3, 2, 11, tzinfo=UTC)

_slots = st.one_of(
    st.none(),
    st.integers(-300, 300).map(lambda minute: (NOW + timedelta(minutes=minute), NOW + timedelta(minutes=minute + 30))),
)
_waiting = st.builds(
    Waiting,
    id=st.uuids().map(str),
    since=st.integers(0, 3000).map(lambda minutes: NOW - timedelta(minutes=minutes)),
    waited_business_min=st.integers(0, 1000).map(float),
    value=st.floats(0, 1e6),
    reached=st.floats(0, 1),
    wanted=st.floats(0, 1),
    interest_min=st.floats(1, 1e4),
    handle_min=st.floats(0.1, 60),
    misses_today=st.integers(1, 4),
    promised=_slots,
)
LISTS = st.lists(_waiting, max_size=30, unique_by=lambda one: one.id)


@given(LISTS, st.integers(0, 100), st.randoms(use_true_random=False))
def test_everybody_stands_once_whatever_the_order_of_asking(people: list[Waiting], picks: int, chance) -> None:  # type: ignore[no-untyped-def]
    listed = order(people, now=NOW, picks=picks)
    assert sorted(place.waiting.id for place in listed) == sorted(one.id for one in people)
    assert all(place.reasons for place in listed)
    chance.shuffle(people)
    assert order(people, now=NOW, picks=picks) == listed


@given(LISTS)
def test_promises_then_the_longest_waits_then_the_rest_then_slots_to_come(people: list[Waiting]) -> None:
    def rank(one: Waiting) -> int:
        if one.promised is not None:
            return 0 if one.promised[0] - timedelta(minutes=5) <= NOW else 3
        return 1 if one.waited_business_min >= FLOOR_MIN else 2

    listed = order(people, now=NOW)
    ranks = [rank(place.waiting) for place in listed]
    assert ranks == sorted(ranks)
    assert [place.callable_now for place in listed] == [number < 3 for number in ranks]


@given(LISTS)
def test_without_turns_the_rest_goes_by_the_index(people: list[Waiting]) -> None:
    listed = order(people, now=NOW, fairness=Fairness(floor_min=1e9, turn_every=0))
    free = [place.loss_per_min for place in listed if place.waiting.promised is None]
    assert free == sorted(free, reverse=True)


def test_a_caller_of_little_value_is_called_within_the_floor_while_better_ones_keep_coming() -> None:
    """Two new and dearer callers a minute, one pick a minute."""
    fair = Fairness(floor_min=120, turn_every=0)
    people = [Waiting(id="poor", since=NOW, value=0.01)]
    for minute in range(1, 200):
        now = NOW + timedelta(minutes=minute)
        people = [replace(one, waited_business_min=(now - one.since) / timedelta(minutes=1)) for one in people]
        people += [Waiting(id=f"{minute}-{number}", since=now, value=100) for number in range(2)]
        place = order(people, now=now, picks=minute, fairness=fair)[0]
        people.remove(place.waiting)
        if place.waiting.id == "poor":
            break
    assert place.waiting.waited_business_min == fair.floor_min
    assert place.reasons == (Reason.WAITED_TOO_LONG,)


def test_every_twentieth_pick_is_the_longest_wait() -> None:
    people = [
        Waiting(id=f"{minute:03}", since=NOW - timedelta(minutes=minute), waited_business_min=float(minute))
        for minute in range(100)
    ]
    for picks in range(3 * TURN_EVERY):
        first = order(people, now=NOW, picks=picks)[0]
        assert (first.waiting.id == people[-1].id) == ((picks + 1) % TURN_EVERY == 0)
        people.remove(first.waiting)


def test_the_simulated_picks_are_those_of_the_list() -> None:
    """The benchmark's columns against the list itself, on a day that reaches the floor and several turns."""
    missed = callbacks.days(1, np.random.default_rng(4), hours=11, load=1.6, value_error=0.3, interest_error=0.1)
    whom, waits = callbacks.picked(missed, callbacks.ours, fair=True)
    assert waits.max() >= FLOOR_MIN
    waiting = set(range(missed.at.shape[1]))
    clock = 0.0
    for number in range(len(waiting)):
        clock = max(clock, min(missed.at[0, one] for one in waiting))
        people = [
            Waiting(
                id=str(one),
                since=NOW + timedelta(minutes=float(missed.at[0, one])),
                waited_business_min=clock - float(missed.at[0, one]),
                value=float(missed.seen_value[0, one]),
                interest_min=float(missed.seen_interest[0, one]),
            )
            for one in waiting
            if missed.at[0, one] <= clock
        ]
        listed = order(people, now=NOW + timedelta(minutes=clock), picks=number)
        assert int(listed[0].waiting.id) == whom[0, number], number
        waiting.remove(int(listed[0].waiting.id))
        clock += callbacks.HANDLE_MIN
