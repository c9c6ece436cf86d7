"""Staff at work: they call back missed callers, call customers of their own accord, and call each other a little."""

from __future__ import annotations

from functools import partial

import numpy as np

from decroche.model.call import Direction, MissedReason
from decroche.simulate.stage import IntentEnd, Row, Stage

#: A call-back finds nobody free: tried again after so long, so often.
_RETRY_S = 600.0
_RETRIES = 40
#: Of callers served in the meantime, the share that staff call back all the same, not knowing.
_NEEDLESS_SHARE = 0.25
#: Callers who left at once are called back less often.
_SHORT_WEIGHT = 0.5


class Staff:
    """Plays outbound and internal calls on a stage. A person who calls takes no other call meanwhile."""

    def __init__(self, stage: Stage, generator: np.random.Generator) -> None:
        self.stage = stage
        world = stage.world
        first_team: dict[str, int] = {}
        for number, crew in enumerate(world.teams):
            for name in crew.agents:
                first_team.setdefault(name, number)
        customers = max(world.callers.customers, 1)
        for agent, person in enumerate(world.agents):
            if person.outbound_per_hour <= 0 or person.name not in first_team:
                continue
            team = first_team[person.name]
            for moment in self._moments(agent, person.outbound_per_hour, generator):
                customer = stage.site_of_team[team] * customers + int(generator.integers(customers))
                stage.at(moment, partial(self._call_customer, agent, team, customer))
        for site, place in enumerate(world.sites):
            teams = [number for number in range(len(world.teams)) if stage.site_of_team[number] == site]
            agents = sorted({who for team in teams for who in stage.floor.members[team]})
            if place.internal_per_hour <= 0 or len(agents) < 2:
                continue
            for moment in self._moments(agents[0], place.internal_per_hour, generator):
                pair = generator.permutation(agents)[:2].tolist()
                stage.at(moment, partial(self._call_colleague, first_team[world.agents[pair[0]].name], *pair))

    def _moments(self, agent: int, per_hour: float, generator: np.random.Generator) -> list[float]:
        """Poisson moments within a person's planned hours."""
        planned = self.stage.floor.planned[agent]
        moments: list[float] = []
        for first, last in zip(planned.starts, planned.ends, strict=True):
            count = int(generator.poisson(per_hour * (last - first) / 3600))
            moments += np.sort(generator.uniform(first, last, count)).tolist()
        return moments

    def after_miss(self, intent: int, team: int, moment: float, reason: MissedReason, *, message: bool) -> None:
        """Perhaps plan a call-back. A withheld number cannot be called, unless its owner left a message."""
        stage, chance, law = self.stage, self.stage.chance, self.stage.world.callback
        if stage.masked[stage.person[intent]] and not message:
            return
        share = law.share_after_message if message else law.share
        if reason is MissedReason.CALLBACK_REQUESTED:
            share = 1.0
        elif reason is MissedReason.SHORT_ABANDON:
            share *= _SHORT_WEIGHT
        if chance.happens(share):
            wanted = moment + chance.lognormal(median=law.median_s, spread=law.spread)
            self._plan(intent, team, wanted, tries=0, second=False)

    def _plan(self, intent: int, team: int, wanted: float, *, tries: int, second: bool) -> None:
        moment = self.stage.floor.hours[team].next(wanted)
        self.stage.later(intent, moment, partial(self._call_back, intent, team, tries, second))

    def _call_back(self, intent: int, team: int, tries: int, second: bool, moment: float) -> None:
        stage, chance, law = self.stage, self.stage.chance, self.stage.world.callback
        if stage.resolved[intent] and (second or not chance.happens(_NEEDLESS_SHARE)):
            return
        agent = stage.floor.idle(stage.floor.members[team], moment)
        if agent is None or not stage.take_line(stage.site_of_team[team]):
            if tries < _RETRIES:
                self._plan(intent, team, moment + _RETRY_S, tries=tries + 1, second=second)
            return
        reached = self._dial(agent, team, stage.person[intent], intent, moment)
        if reached:
            stage.resolve(intent, IntentEnd.CALLED_BACK)
        elif not second and chance.happens(law.second_try_share):
            self._plan(intent, team, moment + chance.lognormal(median=7200.0, spread=1.0), tries=0, second=True)

    def _call_customer(self, agent: int, team: int, customer: int, moment: float) -> None:
        stage = self.stage
        if stage.floor.idle((agent,), moment) is not None and stage.take_line(stage.site_of_team[team]):
            self._dial(agent, team, customer, -1, moment)

    def _dial(self, agent: int, team: int, person: int, intent: int, moment: float) -> bool:
        """Place an outbound call; the line is already taken. Whether the person answered."""
        stage, chance = self.stage, self.stage.chance
        reached = chance.happens(stage.world.callback.reached_share)
        rings = chance.between(5.0, 22.0) if reached else chance.between(18.0, 35.0)
        law = stage.world.teams[team].handle
        talk = 0.8 * chance.conversation(law) if reached else 0.0
        stage.floor.free[agent] = moment + rings + talk + (chance.exponential(law.wrap_mean_s) if reached else 0.0)
        stage.release_line(stage.site_of_team[team], moment + rings + talk)
        stage.rows.append(
            Row(
                start=moment,
                direction=Direction.OUTBOUND,
                team=team,
                served_by=team,
                agent=agent,
                person=person,
                intent=intent,
                attempt=0,
                wait_s=rings,
                talk_s=talk,
                total_s=rings + talk,
                reached=reached,
            )
        )
        return reached

    def _call_colleague(self, team: int, agent: int, colleague: int, moment: float) -> None:
        stage, floor = self.stage, self.stage.floor
        if floor.idle((agent,), moment) is None or floor.idle((colleague,), moment) is None:
            return
        rings, talk = stage.chance.between(2.0, 9.0), stage.chance.lognormal(median=45.0, spread=0.7)
        floor.free[agent] = floor.free[colleague] = moment + rings + talk
        stage.rows.append(
            Row(
                start=moment,
                direction=Direction.INTERNAL,
                team=team,
                served_by=team,
                agent=agent,
                person=-1,
                intent=-1,
                attempt=0,
                wait_s=rings,
                talk_s=talk,
                total_s=rings + talk,
                colleague=colleague,
            )
        )
