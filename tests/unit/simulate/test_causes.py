from __future__ import annotations

from dataclasses import replace

import pytest

from decroche.model.call import MissedReason
from decroche.simulate.causes import Scene, TrueCause, pressed_slots, true_cause
from decroche.simulate.shapes import week
from decroche.simulate.world import Agent
from tests.unit.simulate.worlds import queue_world

PLAIN = Scene(
    reason=MissedReason.ABANDONED_QUEUE,
    closed=False,
    no_line=False,
    could_wait=True,
    surge=1.0,
    pressed=False,
    somebody_idle=False,
)


@pytest.mark.parametrize(
    ("scene", "cause"),
    [
        (PLAIN, TrueCause.UNDERSTAFFING),
        (replace(PLAIN, somebody_idle=True), TrueCause.NO_OVERFLOW),
        (replace(PLAIN, pressed=True, somebody_idle=True), TrueCause.BAD_PLANNING),
        (replace(PLAIN, surge=1.2, pressed=True), TrueCause.UNFORESEEN_PEAK),
        (replace(PLAIN, could_wait=False, surge=2.0), TrueCause.NO_CALLBACK),
        (replace(PLAIN, no_line=True, could_wait=False), TrueCause.SATURATED_LINES),
        (replace(PLAIN, reason=MissedReason.TECHNICAL_FAILURE), TrueCause.SATURATED_LINES),
        (replace(PLAIN, closed=True, no_line=True), TrueCause.NO_COVER),
        (replace(PLAIN, reason=MissedReason.BUSY), TrueCause.UNDERSTAFFING),
        (replace(PLAIN, reason=MissedReason.BLOCKED_SPAM, closed=True), None),
    ],
)
def test_the_cheapest_remedy_names_the_cause(scene: Scene, cause: TrueCause | None) -> None:
    assert true_cause(scene) is cause


def test_half_hours_are_pressed_where_the_team_is_away() -> None:
    world = queue_world(calls_per_day=100, agents=2, handle_s=100, patience_s=100)
    half = week(range(1, 8), (0, 720))
    world = replace(world, agents=(world.agents[0], Agent(name="A1", extension="1", week=half)))
    monday = pressed_slots(world, world.teams[0])[0]
    assert monday == [False] * 24 + [True] * 24


def test_nobody_ever_on_duty_is_not_bad_planning() -> None:
    world = queue_world(calls_per_day=100, agents=1, handle_s=100, patience_s=100)
    world = replace(world, agents=(replace(world.agents[0], week={}),))
    assert pressed_slots(world, world.teams[0]) == [[False] * 48] * 7
