"""How busy agents were, by the states that the phone system tells of them: whole, by agent and by queue."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime

from decroche.model.board import Dimension, Measure, Missing, Occupancy, Period, Scope, Unit
from decroche.prove.kpis.board import OF_STATES, absent, agent_measures, closed
from decroche.prove.kpis.first_contact import LONGEST_STATE, AgentState, occupancies, occupancy
from decroche.prove.service_desk import Business, Desk

#: By what it is told how busy agents were.
BUSY_BY = frozenset({Dimension.AGENT, Dimension.QUEUE})


def busy(desk: Desk, account: str, about: Business, days: Period, scope: Scope) -> Occupancy | None:
    """Of all agents, or of the one of the scope; None without any state. Other scopes are not told: see ``narrow``."""
    since, until = _until_now(desk, about, days, scope)
    return occupancy(_states(desk, account, scope, since=since, until=until), since=since, until=until)


def busy_by(
    desk: Desk, account: str, about: Business, days: Period, scope: Scope, by: Dimension, *, supervise: bool
) -> dict[str, list[Measure]] | None:
    """The measures of each agent or queue; None where states cannot tell. Without the right none of too few agents.

    Who may not supervise has all agents together, under the empty name.
    """
    if by not in BUSY_BY or narrow(scope):
        return None
    since, until = _until_now(desk, about, days, scope)
    states = _states(desk, account, scope, since=since, until=until)
    if by is Dimension.AGENT and not supervise:
        together = occupancy(states, since=since, until=until)
        found = {} if together is None else {"": together}
    else:
        found = occupancies(states, since=since, until=until, by_queue=by is Dimension.QUEUE)
    return {
        name: agent_measures(each) if supervise else closed(agent_measures(each), agents=each.agents)
        for name, each in found.items()
    }


def of_states(found: Mapping[str, list[Measure]] | None, name: str, by: Dimension) -> list[Measure]:
    """What ``busy_by`` says of one value of a dimension."""
    if by not in BUSY_BY:
        return []
    return not_by_this() if found is None else found.get(name, agent_measures(None))


def narrow(scope: Scope) -> bool:
    """Whether it is told by something that no state of an agent tells."""
    return bool(scope.told().keys() - {"agent"}) or scope.within is not None


def not_by_this() -> list[Measure]:
    """The measures where states cannot tell."""
    return [absent(key, Unit.SHARE, Missing.NOT_BY_THIS) for key in OF_STATES]


def _until_now(desk: Desk, about: Business, days: Period, scope: Scope) -> tuple[datetime, datetime]:
    since, until = about.clocks.bounds(days, scope.site)
    return since, min(until, desk.now())


def _states(desk: Desk, account: str, scope: Scope, *, since: datetime, until: datetime) -> list[AgentState]:
    found = desk.states(account, since=since - LONGEST_STATE, until=until)
    return [state for state in found if scope.agent in {None, state.agent}]
