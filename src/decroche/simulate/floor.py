"""The people and lines of an invented business at every moment: who is free, who is next, how many lines are in use."""

from __future__ import annotations

import math
from bisect import bisect_right
from dataclasses import dataclass
from heapq import heappop, heappush

from decroche.simulate.calendar import Day, windows
from decroche.simulate.chance import Chance
from decroche.simulate.world import Agent, World


class Presence:
    """Sorted, disjoint intervals ``[from, to)`` in UTC seconds: opening hours, or one person's time at the phone."""

    def __init__(self, intervals: list[tuple[float, float]]) -> None:
        self.starts = [first for first, _ in intervals]
        self.ends = [last for _, last in intervals]

    def until(self, moment: float) -> float | None:
        """The end of the interval that holds ``moment``; None outside."""
        place = bisect_right(self.ends, moment)
        if place < len(self.ends) and self.starts[place] <= moment:
            return self.ends[place]
        return None

    def next(self, moment: float, length: float = 0.0) -> float:
        """The first time from ``moment`` on with ``length`` seconds left before an end; infinity when there is none."""
        place = bisect_right(self.ends, moment + length)
        if place == len(self.ends):
            return math.inf
        if self.starts[place] + length < self.ends[place]:
            return max(moment, self.starts[place])
        for later in range(place + 1, len(self.ends)):
            if self.starts[later] + length < self.ends[later]:
                return self.starts[later]
        return math.inf


@dataclass(slots=True)
class Floor:
    """What is busy until when. Seconds are UTC.

    A call that arrives takes the first person of its team to become free, for good: later arrivals see him taken.
    Arrivals are handled in time order, so this is exactly first come, first served (Kiefer and Wolfowitz), also for
    people who serve several teams.
    """

    presence: list[Presence]
    planned: list[Presence]
    hours: list[Presence]
    members: list[tuple[int, ...]]
    free: list[float]
    waiting: list[list[float]]

    def first_free(self, team: int, moment: float, length: float) -> tuple[float, int]:
        """When a person of the team can take a call that rings ``length`` seconds, and who: the one idle for longest.

        (infinity, -1) when nobody ever can.
        """
        best, who = math.inf, -1
        for agent in self.members[team]:
            ready = self.presence[agent].next(max(moment, self.free[agent]), length)
            if ready < best or (ready == best and who >= 0 and self.free[agent] < self.free[who]):
                best, who = ready, agent
        return best, who

    def idle(self, agents: tuple[int, ...], moment: float) -> int | None:
        """Somebody of ``agents`` who is present and not taken; None when nobody is."""
        for agent in agents:
            if self.free[agent] <= moment and self.presence[agent].until(moment) is not None:
                return agent
        return None

    def queue_length(self, team: int, moment: float) -> int:
        """How many callers of the team still wait at ``moment``."""
        line = self.waiting[team]
        while line and line[0] <= moment:
            heappop(line)
        return len(line)

    def waits_until(self, team: int, moment: float) -> None:
        """Somebody waits for the team until ``moment``."""
        heappush(self.waiting[team], moment)


def open_floor(world: World, days: tuple[Day, ...], chance: Chance) -> Floor:
    """The floor before the first call: people's presence with absences and time away drawn."""
    closed = world.calendar.closed_on_holidays
    planned = [windows(days, agent.week, closed_on_holidays=closed) for agent in world.agents]
    index = {agent.name: number for number, agent in enumerate(world.agents)}
    return Floor(
        presence=[Presence(_present(agent, spans, chance)) for agent, spans in zip(world.agents, planned, strict=True)],
        planned=[Presence(spans) for spans in planned],
        hours=[Presence(windows(days, team.hours, closed_on_holidays=closed)) for team in world.teams],
        members=[tuple(index[name] for name in team.agents) for team in world.teams],
        free=[-math.inf] * len(world.agents),
        waiting=[[] for _ in world.teams],
    )


def _present(agent: Agent, planned: list[tuple[float, float]], chance: Chance) -> list[tuple[float, float]]:
    """Planned time without the days off sick and the minutes away from the phone."""
    present: list[tuple[float, float]] = []
    day, absent = -1, False
    for first, last in planned:
        if int(first // 86_400) != day:
            day, absent = int(first // 86_400), chance.happens(agent.absence_share)
        if absent:
            continue
        at = first
        while agent.away_per_hour > 0:
            leaves = at + chance.exponential(3600 / agent.away_per_hour)
            if leaves >= last:
                break
            present.append((at, leaves))
            at = leaves + chance.exponential(agent.away_mean_s)
            if at >= last:
                break
        if at < last:
            present.append((at, last))
    return present
