from __future__ import annotations

import math

from decroche.simulate.floor import Floor, Presence


def floor(*people: list[tuple[float, float]]) -> Floor:
    presence = [Presence(person) for person in people]
    return Floor(
        presence=presence,
        planned=presence,
        hours=[Presence([(0, 1000)])],
        members=[tuple(range(len(people)))],
        free=[-math.inf] * len(people),
        waiting=[[]],
    )


def test_presence_is_half_open() -> None:
    presence = Presence([(10, 20), (30, 40)])
    assert [presence.until(moment) for moment in (9, 10, 19, 20, 30)] == [None, 20, 20, None, 40]


def test_the_next_moment_leaves_time_to_pick_up() -> None:
    presence = Presence([(10, 20), (30, 33), (50, 60)])
    assert presence.next(0, 5) == 10
    assert presence.next(15, 5) == 50
    assert presence.next(19) == 19
    assert presence.next(56, 5) == math.inf


def test_the_first_to_become_free_takes_the_call() -> None:
    both = floor([(0, 1000)], [(0, 1000)])
    both.free = [50, 40]
    assert both.first_free(0, 10, 0) == (40, 1)


def test_among_idle_people_the_one_idle_for_longest() -> None:
    both = floor([(0, 1000)], [(0, 1000)])
    both.free = [5, 3]
    assert both.first_free(0, 10, 0) == (10, 1)


def test_a_person_at_lunch_is_taken_from_the_end_of_lunch() -> None:
    assert floor([(0, 100), (200, 300)]).first_free(0, 150, 0) == (200, 0)


def test_nobody_ever() -> None:
    assert floor([(0, 100)]).first_free(0, 150, 0) == (math.inf, -1)


def test_who_waits_counts_until_he_leaves() -> None:
    empty = floor([(0, 100)])
    for leaves in (30, 10, 20):
        empty.waits_until(0, leaves)
    assert [empty.queue_length(0, moment) for moment in (5, 10, 25, 30)] == [3, 2, 1, 0]


def test_idle_means_present_and_not_taken() -> None:
    both = floor([(0, 100)], [(50, 100)])
    both.free = [20, -math.inf]
    assert [both.idle((0, 1), moment) for moment in (10, 20, 60)] == [None, 0, 0]
