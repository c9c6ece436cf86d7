"""Tells simulated calls as they happen: when which telephone rings, who answers, when it is over. No platform's words.

A simulated call knows when it began, how long the caller waited and talked, and how it ended. The telephones that ring
are drawn in: those of the first people of the team, and of the person who answers.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from enum import StrEnum
from typing import Any

from decroche.model.call import Direction, MissedReason
from decroche.simulate.calls import SimulatedCalls
from decroche.simulate.world import Numbering, Team, TeamKind, World

#: A message is ready this long after it was left.
MESSAGE_READY = timedelta(seconds=8)
#: The first simulated call has this number and the next ones follow; more than a number of JavaScript holds exactly.
FIRST_CALL = 1_920_000_000_000_000_000
FIRST_COLLEAGUE = 11_330_000
#: Reasons for which no telephone rang.
_SILENT = frozenset(
    {
        MissedReason.ABANDONED_IVR,
        MissedReason.AFTER_HOURS,
        MissedReason.BLOCKED_SPAM,
        MissedReason.BUSY,
        MissedReason.NO_AGENT_AVAILABLE,
        MissedReason.QUEUE_FULL,
        MissedReason.TECHNICAL_FAILURE,
    }
)


class Happening(StrEnum):
    """What happens in a call at one moment."""

    RINGING = "ringing"
    ANSWERED = "answered"
    HUNG_UP = "hung_up"
    MISSED = "missed"
    MESSAGE_LEFT = "message_left"
    MESSAGE_READY = "message_ready"


@dataclass(frozen=True, slots=True, kw_only=True)
class Colleague:
    """Somebody of the business whose telephone takes part."""

    number: int
    first_name: str
    last_name: str = ""

    @property
    def name(self) -> str:
        """First and last name."""
        return f"{self.first_name} {self.last_name}".strip()

    @property
    def email(self) -> str:
        """An address in a domain kept for examples."""
        return f"{self.first_name}.{self.last_name or 'team'}@business.example".lower().replace(" ", "-")


@dataclass(frozen=True, slots=True, kw_only=True)
class Step:
    """One thing that happens; ``colleague`` is whose telephone it concerns, None for the call as a whole."""

    at: datetime
    happening: Happening
    colleague: Colleague | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class CallStory:
    """A call from its beginning to what follows it, its steps in order of time.

    ``caller`` and ``called`` are E.164 with ``+``, or an extension; a hidden caller is None. ``menu`` is the name of
    the menu that received the call, ``closed`` whether the business was closed to it. Times are UTC.
    """

    number: int
    started_at: datetime
    direction: Direction
    caller: str | None
    called: str
    steps: tuple[Step, ...]
    menu: str | None = None
    closed: bool = False

    @property
    def answered_at(self) -> datetime | None:
        """When a person first answered."""
        return next((step.at for step in self.steps if step.happening is Happening.ANSWERED), None)

    @property
    def ended_at(self) -> datetime | None:
        """When the call was over."""
        over = (Happening.HUNG_UP, Happening.MISSED, Happening.MESSAGE_LEFT)
        return next((step.at for step in reversed(self.steps) if step.happening in over), None)


def stories(simulated: SimulatedCalls, *, shift: timedelta = timedelta()) -> Iterator[CallStory]:
    """The simulated calls as stories, in order of start, ``shift`` later than they were simulated."""
    world = simulated.world
    people = {agent.name: _colleague(place, agent.name) for place, agent in enumerate(world.agents)}
    teams = {team.name: team for team in world.teams}
    exact = simulated.truth.select(["exact_start", "exact_wait_s", "exact_talk_s", "exact_total_s"]).to_pylist()
    for place, (row, times) in enumerate(zip(simulated.calls.to_pylist(), exact, strict=True)):
        yield _story(place, {**row, **times}, world, teams[row["queue"]], people, shift)


def _story(
    place: int, row: dict[str, Any], world: World, team: Team, people: dict[str, Colleague], shift: timedelta
) -> CallStory:
    started = datetime.fromtimestamp(row["exact_start"], UTC) + shift
    direction = Direction(row["direction"])
    reason = MissedReason(row["reason"]) if row["reason"] else None
    total, talk, wait = (float(row[f"exact_{name}_s"]) for name in ("total", "talk", "wait"))
    site = next(site for site in world.sites if site.name == team.site)
    person = people.get(row["agent"] or "")
    inbound = direction is Direction.INBOUND
    closed = inbound and reason is MissedReason.AFTER_HOURS
    answered_at = started + timedelta(seconds=max(0.0, total - talk)) if row["answered"] else None
    ended_at = started + timedelta(seconds=total)
    if answered_at is not None:
        rings_at = max(started, answered_at - timedelta(seconds=wait)) if inbound else started
    else:
        rings_at = min(started + timedelta(seconds=min(site.menu_s, max(0.0, total - wait))), ended_at)
    steps: list[Step] = []
    if reason not in _SILENT or not inbound:
        rung = _rung(team, person, people) if inbound else [person]
        steps += [Step(at=rings_at, happening=Happening.RINGING, colleague=who) for who in rung]
    if answered_at is not None:
        steps.append(Step(at=answered_at, happening=Happening.ANSWERED, colleague=person))
    if answered_at is not None or direction is Direction.OUTBOUND:
        steps.append(Step(at=ended_at, happening=Happening.HUNG_UP, colleague=person))
    elif row["voicemail"]:
        steps.append(Step(at=ended_at, happening=Happening.MESSAGE_LEFT))
        steps.append(Step(at=ended_at + MESSAGE_READY, happening=Happening.MESSAGE_READY))
    else:
        steps.append(Step(at=ended_at, happening=Happening.MISSED))
    return CallStory(
        number=FIRST_CALL + place,
        started_at=started,
        direction=direction,
        caller=None if row["caller"] is None else international(row["caller"], world.numbering),
        called=international(row["called"], world.numbering),
        steps=tuple(steps),
        menu=team.line if inbound and site.menu_s > 0 and not closed else None,
        closed=closed,
    )


def _rung(team: Team, person: Colleague | None, people: dict[str, Colleague]) -> list[Colleague | None]:
    """Whose telephones ring: a whole small group's, else one person's."""
    members = [people[name] for name in team.agents]
    first = person or (members[0] if members else None)
    if team.kind is not TeamKind.RING_GROUP:
        return [first]
    return [first, *[member for member in members if member is not first][:2]]


def _colleague(place: int, name: str) -> Colleague:
    first, _, last = name.partition(" ")
    return Colleague(number=FIRST_COLLEAGUE + place, first_name=first, last_name=last)


def international(written: str, numbering: Numbering) -> str:
    """A simulated number as E.164 with ``+``; an extension stays as it is."""
    digits = "".join(sign for sign in written if sign.isdigit())
    if written.startswith("+"):
        return f"+{digits}"
    if len(digits) < 9:
        return digits
    return f"+33{digits.removeprefix('0')}" if numbering is Numbering.FRANCE else f"+1{digits}"
