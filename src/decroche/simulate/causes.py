"""The hidden truth about a miss: which of the seven causes explains it, told by the world and not by the log."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum

import numpy as np

from decroche.model.call import MissedReason
from decroche.simulate.world import SLOTS, Agent, Team, World

#: A day that brings this much more than usual is a peak.
SURGE = 1.2
#: A half-hour whose calls per person on duty exceed the week's mean by this much is badly staffed.
PRESSURE = 1.4


class TrueCause(StrEnum):
    """The words of ``model.figures.Cause``."""

    UNDERSTAFFING = "understaffing"
    UNFORESEEN_PEAK = "unforeseen_peak"
    BAD_PLANNING = "bad_planning"
    SATURATED_LINES = "saturated_lines"
    NO_OVERFLOW = "no_overflow"
    NO_COVER = "no_cover"
    NO_CALLBACK = "no_callback"


@dataclass(frozen=True, slots=True, kw_only=True)
class Scene:
    """What the world knew at the moment of a miss.

    ``no_line``: every line of the site was in use. ``could_wait`` is false when the caller left before anybody,
    however free, would have picked up. ``surge`` is the day's demand against a usual day; ``pressed`` says that the
    half-hour has too few of the team's own hours; ``somebody_idle`` that a person of another team of the site was free.
    """

    reason: MissedReason
    closed: bool
    no_line: bool
    could_wait: bool
    surge: float
    pressed: bool
    somebody_idle: bool


def true_cause(scene: Scene) -> TrueCause | None:
    """The cheapest remedy that would have served the caller, by rule; None for spam."""
    if scene.reason is MissedReason.BLOCKED_SPAM:
        return None
    if scene.closed:
        return TrueCause.NO_COVER
    if scene.no_line or scene.reason is MissedReason.TECHNICAL_FAILURE:
        return TrueCause.SATURATED_LINES
    if not scene.could_wait:
        return TrueCause.NO_CALLBACK
    if scene.surge >= SURGE:
        return TrueCause.UNFORESEEN_PEAK
    if scene.pressed:
        return TrueCause.BAD_PLANNING
    if scene.somebody_idle:
        return TrueCause.NO_OVERFLOW
    return TrueCause.UNDERSTAFFING


def pressed_slots(world: World, team: Team) -> list[list[bool]]:
    """By weekday (Monday first) and half-hour: whether the team has too few of its own hours there."""
    agents = [agent for agent in world.agents if agent.name in team.agents]
    calls = np.zeros((7, SLOTS))
    for weekday in range(7):
        shape = np.asarray(team.profile.shape(weekday + 1))
        calls[weekday] = team.profile.weekdays[weekday] * shape / shape.sum()
    people = np.array([[_on_duty(agents, weekday + 1, slot) for slot in range(SLOTS)] for weekday in range(7)])
    staffed = people > 0
    if not staffed.any():
        return [[False] * SLOTS for _ in range(7)]
    mean = calls[staffed].sum() / people.sum()
    pressed = staffed & (calls > PRESSURE * mean * people)
    return [[bool(cell) for cell in row] for row in pressed]


def _on_duty(agents: list[Agent], weekday: int, slot: int) -> float:
    minutes = sum(
        max(0, min(last, (slot + 1) * 30) - max(first, slot * 30))
        for agent in agents
        for first, last in agent.week.get(weekday, ())
    )
    return minutes / 30
