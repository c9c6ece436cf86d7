"""First-call resolution, time to callback and occupancy: figures that need more than one call at a time."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from decroche.model.board import JourneyTally, NetResolution, Occupancy
from decroche.model.fact import Presence
from decroche.model.figures import Rate
from decroche.prove.kpis.calls import durations
from decroche.understand.live_journeys import RecoveredBy

#: A call of the same person to the same site within so many days is about the same need [CH2]; 1, 14, 30 are used too.
RESOLVED_DAYS = 7


@dataclass(frozen=True, slots=True, kw_only=True)
class Contact:
    """An offered call of a known person. Of calls in one moment the answered one comes first."""

    person: int
    site: str
    at: datetime
    answered: bool


def first_contacts(calls: Iterable[Contact], *, now: datetime, days: int = RESOLVED_DAYS) -> list[tuple[Contact, bool]]:
    """The first answered calls of needs, each with whether it met the need; only those ``days`` old, or older.

    An answered call is the first of a need when the same person was not answered at the same site in the ``days``
    before. It met the need when the person did not call that site again, answered or not, in the ``days`` after. What
    the need was is not known: someone who calls twice about two things counts as unresolved, so the rate is a lower
    bound. Gross: needs that could not be met at the first call are in it too [RC5].
    """
    window = timedelta(days=days)
    found: list[tuple[Contact, bool]] = []
    by_pair: dict[tuple[int, str], list[Contact]] = {}
    for call in calls:
        by_pair.setdefault((call.person, call.site), []).append(call)
    for mine in by_pair.values():
        mine.sort(key=lambda call: (call.at, not call.answered))
        answered_before: datetime | None = None
        for place, call in enumerate(mine):
            if not call.answered:
                continue
            first = answered_before is None or call.at - answered_before > window
            answered_before = call.at
            following = mine[place + 1].at if place + 1 < len(mine) else None
            if first and call.at + window <= now:
                found.append((call, following is None or following - call.at > window))
    return found


@dataclass(frozen=True, slots=True, kw_only=True)
class Coded:
    """What somebody noted of a call with a person. ``resolvable``: a first call could have met the need there was."""

    person: int
    site: str
    at: datetime
    resolvable: bool


def net(found: Iterable[tuple[Contact, bool]], coded: Iterable[Coded], *, days: int = RESOLVED_DAYS) -> NetResolution:
    """Resolved first contacts of those that a first call could meet [RC5][CW1], and of how many an outcome is noted.

    An outcome noted within the ``days`` before or after a first contact of the same person with the same site is about
    its need. Needs that no first call could meet are in neither part; where nothing was noted a need is kept, so that
    the figure lies between the gross one and that of a business that notes everything.
    """
    window, codes = timedelta(days=days), list(coded)
    met = every = noted = 0
    for call, resolved in found:
        mine = [
            code
            for code in codes
            if (code.person, code.site) == (call.person, call.site) and abs(code.at - call.at) <= window
        ]
        noted += bool(mine)
        if all(code.resolvable for code in mine):
            every += 1
            met += resolved
    return NetResolution(rate=Rate(met, every), coded=noted)


@dataclass(frozen=True, slots=True, kw_only=True)
class JourneyFacts:
    """One journey that no late fact contradicted, and the calls that we placed to its person."""

    opened: datetime
    expires: datetime
    closed: datetime | None = None
    recovered_by: RecoveredBy | None = None
    expired: bool = False
    our_calls: Sequence[datetime] = ()


def journey_tally(journeys: Iterable[JourneyFacts], *, now: datetime, silence: timedelta) -> JourneyTally:
    """Counts of journeys, and how long people waited for our first call, answered or not, while the need was open.

    Journeys are decided when they are not open; of those, the ones whose first miss is ``silence`` old count in the
    rate, for recovery is quick and loss is slow: with the youngest the rate would look better than it is.
    """
    known = list(journeys)
    by = {each.value: sum(journey.recovered_by is each for journey in known) for each in RecoveredBy}
    decided = [
        journey
        for journey in known
        if journey.opened + silence <= now and (journey.expired or journey.recovered_by is not None)
    ]
    return JourneyTally(
        opened=len(known),
        open=sum(not journey.expired and journey.recovered_by is None for journey in known),
        expired=sum(journey.expired for journey in known),
        recovered_by=by,
        decided=Rate(sum(journey.recovered_by is not None for journey in decided), len(decided)),
        to_callback=durations(_to_callback(journey) for journey in known),
    )


def _to_callback(journey: JourneyFacts) -> float | None:
    end = journey.closed or journey.expires
    ours = [at for at in journey.our_calls if journey.opened < at <= end]
    return (min(ours) - journey.opened).total_seconds() if ours else None


@dataclass(frozen=True, slots=True, kw_only=True)
class AgentState:
    """An agent began to do something at ``at``, in one ``queue`` or (empty) in general."""

    agent: str
    at: datetime
    presence: Presence
    queue: str = ""


#: What is said of an agent holds no longer than this: a system that stopped speaking is not an agent who works on.
LONGEST_STATE = timedelta(hours=12)
_HANDLING = frozenset({Presence.BUSY, Presence.WRAP_UP})
_READY = frozenset({Presence.AVAILABLE, Presence.RINGING})


def occupancy(states: Iterable[AgentState], *, since: datetime, until: datetime) -> Occupancy | None:
    """Seconds in ``[since, until)`` that agents handled calls, were ready for one, or were signed in but away.

    Occupancy is handling / (handling + ready), utilisation handling / all of it [CH3]. A phone that rings is still
    ready. Each queue of an agent is followed by itself. None without any state.
    """
    by_agent: dict[tuple[str, str], list[AgentState]] = {}
    for state in states:
        by_agent.setdefault((state.agent, state.queue), []).append(state)
    seconds = {"handling": 0.0, "ready": 0.0, "away": 0.0}
    seen = set()
    for (agent, _), mine in by_agent.items():
        mine.sort(key=lambda state: state.at)
        for place, state in enumerate(mine):
            if state.presence is Presence.OFFLINE:
                continue
            following = mine[place + 1].at if place + 1 < len(mine) else until
            begin, end = max(since, state.at), min(until, following, state.at + LONGEST_STATE)
            if end > begin:
                kind = "handling" if state.presence in _HANDLING else "ready" if state.presence in _READY else "away"
                seconds[kind] += (end - begin).total_seconds()
                seen.add(agent)
    if not seen:
        return None
    return Occupancy(handling_s=seconds["handling"], ready_s=seconds["ready"], away_s=seconds["away"], agents=len(seen))


def occupancies(
    states: Iterable[AgentState], *, since: datetime, until: datetime, by_queue: bool = False
) -> dict[str, Occupancy]:
    """The same of each agent, or of each queue that states are told of."""
    groups: dict[str, list[AgentState]] = {}
    for state in states:
        groups.setdefault(state.queue if by_queue else state.agent, []).append(state)
    found = {name: occupancy(mine, since=since, until=until) for name, mine in groups.items() if name}
    return {name: each for name, each in found.items() if each is not None}
