"""Puts a call together from what a platform says about it, piece by piece, in whatever order and however often.

The facts of one leg make a leg, and ``understand.fold`` makes one call of the legs. Nothing depends on the order in
which facts arrive: a late fact gives the call that it would have given in time.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from itertools import groupby
from typing import TypeVar

from decroche.model.call import Call, Direction, Leg, MissedReason
from decroche.model.fact import Fact, Progress, Stage
from decroche.understand.fold import fold, other_number

_Value = TypeVar("_Value")
_STAGES = tuple(Stage)
#: Reasons that a telephone which never rang can give.
_NOT_RUNG = frozenset({MissedReason.BUSY, MissedReason.NO_AGENT_AVAILABLE, MissedReason.TECHNICAL_FAILURE})


@dataclass(frozen=True, slots=True, kw_only=True)
class LiveCall:
    """A call as far as it is known. ``other`` is the number of the person outside; ``last_at`` the latest fact."""

    call: Call
    legs: tuple[Leg, ...]
    progress: Progress
    answered_at: datetime | None
    last_at: datetime
    other: str | None

    @property
    def over(self) -> bool:
        """Whether its definitive end is known."""
        return self.progress is Progress.ENDED


def live_call(facts: Iterable[Fact]) -> LiveCall:
    """The call that ``facts`` tell: the same for every order of them and for every repetition.

    Raises ValueError when there are none.
    """
    known = _ordered(set(facts))
    if not known:
        raise ValueError("a call without facts")
    by_leg: dict[str, list[Fact]] = {}
    for fact in known:
        by_leg.setdefault(fact.leg_key, []).append(fact)
    key = min(fact.call_key for fact in known)
    parts = [_Part.of(facts) for _, facts in sorted(by_leg.items())]
    answers = sorted(part.answered_at for part in parts if part.answered and part.answered_at is not None)
    parts = [part.silenced(answers) for part in parts]
    over = any(fact.final for fact in known)
    ended_at = max((part.ended_at for part in parts if part.ended_at is not None), default=None) if over else None
    # What goes on in a call that is over has ended with it.
    parts = [
        part if part.ended_at is not None or not over else replace(part, ended_at=part.handed_on(answers) or ended_at)
        for part in parts
    ]
    legs = _told_by_call([part.leg(key) for part in parts], own=parts[0].facts[0].leg_key == "")
    call = fold(legs)
    answered_at = answers[0] if answers else None
    return LiveCall(
        call=replace(
            call,
            ended_at=ended_at,
            wait_s=_wait(parts, call, answered_at, ended_at),
            direction=_direction(known),
        ),
        legs=tuple(legs),
        progress=Progress.ENDED if over else _progress(parts),
        answered_at=answered_at,
        last_at=max(fact.at for fact in known),
        other=other_number(legs),
    )


def _ordered(facts: Iterable[Fact]) -> list[Fact]:
    """By time, then the platform's own order, then what can only come after what; never by order of arrival."""
    ordered: list[Fact] = []
    for _, same in groupby(sorted(facts, key=_place), key=_place):
        several = list(same)
        ordered += several if len(several) == 1 else sorted(several, key=repr)
    return ordered


def _place(fact: Fact) -> tuple[datetime, int, int]:
    return fact.at, -1 if fact.sequence is None else fact.sequence, _STAGES.index(fact.stage)


@dataclass(frozen=True, slots=True)
class _Part:
    """What the facts of one leg say together."""

    facts: Sequence[Fact]
    #: The same, in the order of their authority.
    words: Sequence[Fact]
    started_at: datetime
    queued_at: datetime | None
    ringing_at: datetime | None
    answered_at: datetime | None
    ended_at: datetime | None
    answered: bool
    told_wait: float | None

    @classmethod
    def of(cls, facts: Sequence[Fact]) -> _Part:
        """``facts`` of one leg, in order."""
        live = [fact for fact in facts if not fact.complete] or facts

        def first(stage: Stage, name: str) -> datetime | None:
            """When ``stage`` was reached: of the live facts if they tell it, else of the finished record."""
            for some in (live, facts):
                told: list[datetime] = [moment for fact in some if (moment := getattr(fact, name)) is not None]
                told += [fact.at for fact in some if fact.stage is stage and getattr(fact, name) is None]
                if told:
                    return min(told)
            return None

        words = _by_authority(facts)
        answered = _said(words, lambda fact: fact.answered)
        by_person = [fact for fact in live if fact.stage is Stage.ANSWERED]
        ends = [fact.ended_at or fact.at for fact in facts if fact.stage is Stage.ENDED and not fact.complete]
        ends = ends or [fact.ended_at for fact in facts if fact.ended_at is not None]
        began = [fact.started_at or fact.at for fact in facts if fact.stage is not Stage.ENRICHED or fact.started_at]
        started = min(began or [fact.at for fact in facts])
        return cls(
            facts=facts,
            words=words,
            started_at=started,
            queued_at=first(Stage.QUEUED, "queued_at"),
            ringing_at=first(Stage.RINGING, "ringing_at"),
            answered_at=first(Stage.ANSWERED, "answered_at"),
            ended_at=max(ends, default=None),
            answered=bool(by_person) if answered is None else answered,
            told_wait=_said(words, lambda fact: fact.wait_s),
        )

    def silenced(self, answers: Sequence[datetime]) -> _Part:
        """A colleague's telephone whose end nobody tells stopped ringing when somebody answered the call."""
        if not self.facts[0].leg_key or self.answered or self.ended_at is not None or self.ringing_at is None:
            return self
        stopped = next((moment for moment in answers if moment >= self.ringing_at), None)
        return replace(self, ended_at=stopped)

    def handed_on(self, answers: Sequence[datetime]) -> datetime | None:
        """When a colleague answered in the place of somebody whose end nobody tells."""
        if not self.facts[0].leg_key or not self.answered or self.answered_at is None:
            return None
        return next((moment for moment in answers if moment > self.answered_at), None)

    def leg(self, call_key: str) -> Leg:
        """The leg as a row of a finished export would tell it."""
        until = self.answered_at if self.answered else self.ended_at
        rang = _said(self.words, lambda fact: fact.rang)
        queued = _said(self.words, lambda fact: fact.queued)
        return Leg(
            call_key=call_key,
            started_at=self.started_at,
            ended_at=self.ended_at,
            direction=_said(self.words, lambda fact: fact.direction) or Direction.UNKNOWN,
            caller=_said(self.words, lambda fact: fact.caller),
            called=_said(self.words, lambda fact: fact.called),
            line=_said(self.words, lambda fact: fact.line),
            queue=_said(self.words, lambda fact: fact.queue),
            department=_said(self.words, lambda fact: fact.department),
            site=_said(self.words, lambda fact: fact.site),
            agent=_said(self.words, lambda fact: fact.agent),
            answered=self.answered,
            queued=self.queued_at is not None if queued is None else queued,
            rang=self.ringing_at is not None if rang is None else rang,
            voicemail=any(fact.voicemail for fact in self.facts),
            after_hours=any(fact.after_hours for fact in self.facts),
            reason=_said(self.words, lambda fact: fact.reason),
            raw_reason=_said(self.words, lambda fact: fact.raw_reason),
            wait_s=self.told_wait,
            ring_s=_or(_said(self.words, lambda fact: fact.ring_s), _between(self.ringing_at, until)),
            talk_s=_or(
                _said(self.words, lambda fact: fact.talk_s),
                _between(self.answered_at, self.ended_at) if self.answered else None,
            ),
            hold_s=_said(self.words, lambda fact: fact.hold_s),
            wrap_s=_said(self.words, lambda fact: fact.wrap_s),
            total_s=_or(_said(self.words, lambda fact: fact.total_s), _between(self.started_at, self.ended_at)),
        )


def _by_authority(facts: Sequence[Fact]) -> list[Fact]:
    """``facts`` of a leg, in order: finished records before live facts, and of each the latest first."""
    finished = [fact for fact in facts if fact.complete]
    return (
        [*reversed(finished), *(fact for fact in reversed(facts) if not fact.complete)] if finished else [*facts[::-1]]
    )


def _said(facts: Iterable[Fact], value: Callable[[Fact], _Value | None]) -> _Value | None:
    """The last word on a matter; ``facts`` are in the order of their authority."""
    for fact in facts:
        if (said := value(fact)) is not None:
            return said
    return None


def _direction(facts: Sequence[Fact]) -> Direction:
    """The direction told of the call itself; where only its legs tell one, theirs, inbound first."""
    own = _said(_by_authority([fact for fact in facts if not fact.leg_key]), lambda fact: fact.direction)
    if own is not None:
        return own
    told = {fact.direction for fact in facts}
    return next((way for way in Direction if way in told), Direction.UNKNOWN)


def _told_by_call(legs: Sequence[Leg], *, own: bool) -> list[Leg]:
    """The legs, without the reasons that only say that one telephone could not be rung while another one was.

    A telephone is a leg with an agent. ``own``: the first leg is the caller's, whose reason is the call's.
    """
    if not any(leg.rang for leg in legs):
        return list(legs)

    def of_telephone(leg: Leg) -> bool:
        return leg.agent is not None and not leg.rang and leg.reason in _NOT_RUNG

    return [
        replace(leg, reason=None) if of_telephone(leg) and not (own and place == 0) else leg
        for place, leg in enumerate(legs)
    ]


def _wait(parts: Sequence[_Part], call: Call, answered_at: datetime | None, ended_at: datetime | None) -> float | None:
    """The caller's wait: as the platform tells it, else from the first queue or ringing phone to the answer or end."""
    if call.wait_s is not None:
        return call.wait_s
    offered = [moment for part in parts for moment in (part.queued_at, part.ringing_at) if moment is not None]
    return _between(min(offered, default=None), answered_at if call.answered else ended_at)


def _progress(parts: Sequence[_Part]) -> Progress:
    going = [part for part in parts if part.ended_at is None]
    if any(part.answered for part in going):
        return Progress.TALKING
    if any(part.ringing_at for part in going):
        return Progress.RINGING
    return Progress.WAITING if any(part.queued_at for part in going) else Progress.ARRIVING


def _between(begin: datetime | None, end: datetime | None) -> float | None:
    return max(0.0, (end - begin).total_seconds()) if begin is not None and end is not None else None


def _or(told: float | None, derived: float | None) -> float | None:
    return derived if told is None else told
