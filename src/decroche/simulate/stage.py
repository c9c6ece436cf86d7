"""What the events of a simulated day share: the clock, the lines in use, the calls, what became of each intent."""

from __future__ import annotations

import math
from bisect import bisect_right
from collections.abc import Callable
from dataclasses import dataclass, field
from enum import StrEnum
from heapq import heappop, heappush
from typing import NamedTuple

from decroche.model.call import Direction, MissedReason
from decroche.simulate.calendar import DAY_S, Day
from decroche.simulate.causes import TrueCause
from decroche.simulate.chance import Chance
from decroche.simulate.demand import SLOT_S, Intents, People
from decroche.simulate.floor import Floor
from decroche.simulate.world import SLOTS, World

#: What happens at a moment (UTC seconds).
Action = Callable[[float], None]


class IntentEnd(StrEnum):
    """What became of an intent to call; ``open`` when an attempt or a call-back was planned after the last day."""

    ANSWERED = "answered"
    ANSWERED_LATER = "answered_later"
    CALLED_BACK = "called_back"
    LOST = "lost"
    OPEN = "open"
    SPAM = "spam"


class Row(NamedTuple):
    """One call. Times are UTC seconds, durations seconds; -1 stands for nobody, or for no intent.

    ``team`` is the line that was called (or that staff called from), ``served_by`` the team where the call ended.
    An inbound call without a reason was answered by a person; ``reached`` says so of calls that staff made.
    """

    start: float
    direction: Direction
    team: int
    served_by: int
    agent: int
    person: int
    intent: int
    attempt: int
    wait_s: float
    talk_s: float
    total_s: float
    reason: MissedReason | None = None
    cause: TrueCause | None = None
    patience_s: float = math.nan
    voicemail: bool = False
    after_hours: bool = False
    reached: bool = True
    colleague: int = -1


@dataclass(slots=True, kw_only=True)
class Stage:
    """The state of a simulated business. Actions run in the order of time; at one moment, lines are freed first."""

    world: World
    days: tuple[Day, ...]
    floor: Floor
    chance: Chance
    person: list[int]
    surge: list[float]
    masked: list[bool]
    spam: list[bool]
    ends: list[IntentEnd]
    end: float
    site_of_team: list[int]
    rows: list[Row] = field(default_factory=list)
    in_use: list[int] = field(default_factory=list)
    resolved: list[bool] = field(default_factory=list)
    _events: list[tuple[float, int, int, Action]] = field(default_factory=list)
    _count: int = 0
    _bases: list[int] = field(default_factory=list)

    def at(self, moment: float, action: Action, *, first: bool = False) -> None:
        """Plan an action; ``first`` runs it before the others of the same moment."""
        self._count += 1
        heappush(self._events, (moment, 0 if first else 1, self._count, action))

    def run(self) -> None:
        """Every planned action, and those that they plan."""
        events = self._events
        while events:
            moment, _, _, action = heappop(events)
            action(moment)

    def take_line(self, site: int) -> bool:
        """Use one more line of the site; False when all are in use."""
        if self.in_use[site] >= self.world.sites[site].lines:
            return False
        self.in_use[site] += 1
        return True

    def release_line(self, site: int, moment: float) -> None:
        """Free a line at ``moment``."""

        def free(_: float) -> None:
            self.in_use[site] -= 1

        self.at(moment, free, first=True)

    def later(self, intent: int, moment: float, action: Action) -> None:
        """Plan something for an intent; after the last day it does not happen and the intent stays open."""
        if moment < self.end:
            self.at(moment, action)
        elif self.ends[intent] is IntentEnd.LOST:
            self.ends[intent] = IntentEnd.OPEN

    def resolve(self, intent: int, end: IntentEnd) -> None:
        """The caller has reached somebody, or somebody him."""
        if not self.resolved[intent]:
            self.resolved[intent] = True
            if self.ends[intent] is not IntentEnd.SPAM:
                self.ends[intent] = end

    def half_hour(self, moment: float) -> tuple[int, int]:
        """The weekday (Monday = 0) and half-hour of a moment, both local."""
        place = max(bisect_right(self._bases, moment) - 1, 0)
        return self.days[place].weekday - 1, min(int((moment - self._bases[place]) // SLOT_S), SLOTS - 1)


def set_stage(
    world: World, *, days: tuple[Day, ...], floor: Floor, intents: Intents, people: People, chance: Chance
) -> Stage:
    """A stage before the first call."""
    site_index = {site.name: number for number, site in enumerate(world.sites)}
    spam = intents.spam.tolist()
    bases = [day.base for day in days]
    return Stage(
        world=world,
        days=days,
        floor=floor,
        chance=chance,
        person=intents.person.tolist(),
        surge=intents.surge.tolist(),
        masked=people.masked.tolist(),
        spam=spam,
        ends=[IntentEnd.SPAM if is_spam else IntentEnd.LOST for is_spam in spam],
        resolved=[False] * len(spam),
        end=bases[-1] + DAY_S if bases else 0.0,
        site_of_team=[site_index[team.site] for team in world.teams],
        in_use=[0] * len(world.sites),
        _bases=bases,
    )
