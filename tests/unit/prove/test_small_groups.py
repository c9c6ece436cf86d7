"""How busy agents were is told of groups, of each agent or queue, and of few agents only to those who supervise."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta

from decroche.model.board import CallTally, Missing, NetResolution, Unit
from decroche.model.fact import Presence
from decroche.model.figures import Rate
from decroche.prove.kpis.board import agent_measures, call_measures, closed, count
from decroche.prove.kpis.first_contact import AgentState, occupancies, occupancy
from decroche.warehouse.tallies import nothing_counted

SINCE = datetime(2026, 3, 2, 8, tzinfo=UTC)
UNTIL = SINCE + timedelta(hours=4)


def state(agent: str, presence: Presence, *, after: float = 0, queue: str = "") -> AgentState:
    return AgentState(agent=agent, at=SINCE + timedelta(hours=after), presence=presence, queue=queue)


def test_each_agent_and_each_queue_has_its_own() -> None:
    states = [
        state("Ana", Presence.BUSY),
        state("Bob", Presence.AVAILABLE),
        state("Bob", Presence.BUSY, after=3),
        state("Cleo", Presence.BUSY, queue="Accueil"),
        state("Dora", Presence.OFFLINE),
    ]
    by_agent = occupancies(states, since=SINCE, until=UNTIL)
    assert {name: each.handling_s / 3600 for name, each in by_agent.items()} == {"Ana": 4, "Bob": 1, "Cleo": 4}
    by_queue = occupancies(states, since=SINCE, until=UNTIL, by_queue=True)
    assert {name: each.agents for name, each in by_queue.items()} == {"Accueil": 1}


def test_of_fewer_than_five_agents_nothing_is_told() -> None:
    for agents in (1, 4, 5):
        told = occupancy([state(f"{n}", Presence.BUSY) for n in range(agents)], since=SINCE, until=UNTIL)
        assert told is not None and told.agents == agents
        shown = closed([*agent_measures(told), count("offered", 3)], agents=agents)
        assert [each.missing for each in shown] == ([Missing.TOO_FEW_AGENTS] * 2 if agents < 5 else [None] * 2) + [None]
        assert agents == 5 or {(each.value, each.n, each.least) for each in shown[:2]} == {(None, agents, 5)}
    untold = closed(agent_measures(None), agents=0)
    assert {each.missing for each in untold} == {Missing.STATES}


def test_net_resolution_is_told_where_enough_outcomes_are_noted() -> None:
    def net(found: NetResolution | None) -> tuple[float | None, Missing | None, int, int | None]:
        tally: CallTally = replace(
            nothing_counted(answer_within_s=20, short_abandon_s=5), first_contacts=Rate(30, 40), net=found
        )
        (measure,) = call_measures(tally, only="first_call_resolution_net")
        assert measure.unit is Unit.SHARE
        return measure.value, measure.missing, measure.n, measure.coded

    assert net(None) == (None, Missing.NOT_BY_THIS, 0, None)
    assert net(NetResolution(rate=Rate(30, 40), coded=0)) == (None, Missing.OUTCOMES, 0, None)
    assert net(NetResolution(rate=Rate(30, 38), coded=9)) == (None, Missing.NOT_ENOUGH, 9, 9)
    assert net(NetResolution(rate=Rate(30, 36), coded=10)) == (30 / 36, None, 36, 10)
