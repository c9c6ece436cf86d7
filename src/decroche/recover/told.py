"""What is told of a journey in words: its runs and their steps, texts, work and rulings, each with its reasons."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from decroche.recover.playbook import Playbook
from decroche.recover.policy import Reason

Row = Mapping[str, Any]


@dataclass(frozen=True, slots=True, kw_only=True)
class Grounds:
    """The rule that speaks: where it comes from, and how well it is known (grade A to D, I)."""

    rule: str
    verdict: str
    basis: str
    source: str
    source_date: str | None
    grade: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Why:
    """A reason, in words; ``grounds`` where a rule gives it."""

    code: str
    said: str
    grounds: Grounds | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class StepTold:
    """What became of a step. ``act`` is None where the playbook has no such step any more."""

    step: str
    act: str | None
    at: datetime
    outcome: str
    why: tuple[Why, ...]
    subject: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class EpisodeTold:
    """One run of a playbook. ``waits``: what it waits for now, until ``due_at`` at the latest."""

    number: int
    playbook: str
    arm: str
    arm_said: str
    opened_at: datetime
    begun_at: datetime
    due_at: datetime | None
    ended_at: datetime | None
    ended_because: str | None
    ended_said: str | None
    ended_why: tuple[Why, ...]
    steps: tuple[StepTold, ...]
    waits: tuple[Why, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class TextTold:
    """A text of the journey, and how far it came. ``why``: why it did not arrive, or was taken back."""

    id: str
    at: datetime
    inbound: bool
    purpose: str
    author: str | None
    body: str
    state: str
    said: str
    why: str | None


@dataclass(frozen=True, slots=True, kw_only=True)
class WorkTold:
    """Something that people were given to do."""

    id: str
    kind: str
    said: str
    state: str
    state_said: str
    opened_at: datetime
    due_at: datetime | None
    closed_at: datetime | None


@dataclass(frozen=True, slots=True, kw_only=True)
class RulingTold:
    """What the rules said of something that was about to leave, and what stood in its way."""

    at: datetime
    means: str
    means_said: str
    purpose: str
    verdict: str
    verdict_said: str
    until: str | None
    why: tuple[Why, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Explanation:
    """Everything about one journey. ``never``: why no playbook began; empty when one did."""

    journey: Row
    never: tuple[Why, ...] = ()
    episodes: tuple[EpisodeTold, ...] = ()
    texts: tuple[TextTold, ...] = ()
    work: tuple[WorkTold, ...] = ()
    rulings: tuple[RulingTold, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Kept:
    """What the ledger keeps of a journey.

    ``acts`` with their reasons read; ``rulings``: when, and the body of the entry of the chain. ``waits``: what the
    policy says of the run that goes on. ``playbooks``: those that hold now, by the number of the run.
    """

    journey: Row
    never: Sequence[Reason] = ()
    episodes: Sequence[Row] = ()
    acts: Sequence[Row] = ()
    texts: Sequence[Row] = ()
    work: Sequence[Any] = ()
    rulings: Sequence[tuple[datetime, Row]] = ()
    waits: Sequence[Reason] = ()
    ended: Sequence[Reason] = ()
    playbooks: Mapping[int, Playbook] = field(default_factory=dict)
