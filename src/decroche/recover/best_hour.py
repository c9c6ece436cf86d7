"""At which hour a person is likely to answer, learned from callbacks, with little history and without fooling itself.

Four levels share what they know: all callbacks, those of an hour of the week, those of a segment at that hour, those of
the person at that part of the day. Each level starts from the one above and leaves it as its own counts grow. Who only
ever calls at the hour that looks best never learns of a better one: choices are drawn from what is believed (Thompson
sampling), with a generator that is passed in.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Hashable, Iterable, Sequence
from dataclasses import dataclass, field

import numpy as np

from decroche.understand.beliefs import Beta

HOURS_PER_WEEK = 168
_HOURS_PER_DAY, _WORKING_DAYS, _PART_HOURS = 24, 5, 3


@dataclass(frozen=True, slots=True, kw_only=True)
class Attempt:
    """One callback: ``hour`` is the hour of the week on the person's clock (0 = Monday 0:00), ``segment`` any word."""

    person: int
    segment: str
    hour: int
    answered: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class Shrinkage:
    """What is believed before any callback, and how many callbacks a level must have to weigh as much as its parent.

    ``start`` with ``start_weight``: half of the callbacks are answered, worth two callbacks (no public figure was
    found; it is forgotten after a day). Ten for hours and segments and four for a person are product defaults.
    """

    start: float = 0.5
    start_weight: float = 2.0
    hour_weight: float = 10.0
    segment_weight: float = 10.0
    person_weight: float = 4.0


@dataclass(slots=True)
class _Counts:
    """Answered and all callbacks under each key."""

    answered: dict[Hashable, int] = field(default_factory=lambda: defaultdict(int))
    made: dict[Hashable, int] = field(default_factory=lambda: defaultdict(int))

    def add(self, key: Hashable, answered: bool) -> None:
        self.made[key] += 1
        self.answered[key] += answered

    def below(self, key: Hashable, parent: Beta, weight: float) -> Beta:
        """The belief about ``key``: its own counts on top of ``weight`` callbacks like its parent's."""
        answered, made = self.answered.get(key, 0), self.made.get(key, 0)
        return Beta(a=weight * parent.mean + answered, b=weight * (1 - parent.mean) + made - answered)


class AnswerTimes:
    """Chances of being answered, by person, segment and hour of the week."""

    def __init__(self, attempts: Iterable[Attempt] = (), shrinkage: Shrinkage | None = None) -> None:
        self._shrinkage = shrinkage or Shrinkage()
        self._counts = _Counts()
        for attempt in attempts:
            self.learn(attempt)

    def learn(self, attempt: Attempt) -> None:
        """Take one more callback into account."""
        for key in _keys(attempt.person, attempt.segment, attempt.hour):
            self._counts.add(key, attempt.answered)

    def belief(self, *, person: int, segment: str, hour: int) -> Beta:
        """What is believed of the chance that ``person`` answers at ``hour``; its mean is ``Waiting.reached``."""
        shrinkage = self._shrinkage
        every, at_hour, in_segment, of_person = _keys(person, segment, hour)
        start = Beta(
            a=shrinkage.start * shrinkage.start_weight + self._counts.answered.get(every, 0),
            b=(1 - shrinkage.start) * shrinkage.start_weight
            + self._counts.made.get(every, 0)
            - self._counts.answered.get(every, 0),
        )
        found = self._counts.below(at_hour, start, shrinkage.hour_weight)
        found = self._counts.below(in_segment, found, shrinkage.segment_weight)
        return self._counts.below(of_person, found, shrinkage.person_weight)

    def best_first(
        self,
        hours: Sequence[int],
        *,
        person: int,
        segment: str,
        rng: np.random.Generator | None = None,
        tried: Collection[int] = (),
    ) -> list[int]:
        """``hours`` (allowed ones, hours of the week), the one to choose first.

        With a generator each is drawn from what is believed of it, so that little known hours are tried at times;
        without one they stand by their mean, as a page would show them. Hours of a part of the day in which the
        person was ``tried`` in vain come after all others: a second attempt is made at another time of day.
        """
        again = {_part_of_day(hour) for hour in tried}

        def chance(hour: int) -> float:
            belief = self.belief(person=person, segment=segment, hour=hour)
            return belief.mean if rng is None else float(belief.draw(rng, 1)[0])

        drawn = {hour: chance(hour) for hour in hours}
        return sorted(hours, key=lambda hour: (_part_of_day(hour) in again, -drawn[hour], hour))


def _part_of_day(hour: int) -> int:
    return hour % _HOURS_PER_DAY // _PART_HOURS


def _keys(person: int, segment: str, hour: int) -> tuple[Hashable, Hashable, Hashable, Hashable]:
    if not 0 <= hour < HOURS_PER_WEEK:
        raise ValueError(f"{hour} is not an hour of the week, 0 to {HOURS_PER_WEEK - 1}")
    working_day = hour // _HOURS_PER_DAY < _WORKING_DAYS
    return "all", hour, (segment, hour), (person, working_day, _part_of_day(hour))
