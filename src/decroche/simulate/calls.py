"""Simulate a business: its calls as a phone system would export them, and the truth that no export tells."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from typing import Any

import numpy as np
import numpy.typing as npt
import pyarrow as pa

from decroche.model.call import Direction
from decroche.simulate.calendar import days_of
from decroche.simulate.callers import Callers
from decroche.simulate.chance import Chance
from decroche.simulate.demand import Intents, People, draw
from decroche.simulate.floor import open_floor
from decroche.simulate.phone_numbers import national_numbers, written
from decroche.simulate.staff import Staff
from decroche.simulate.stage import Stage, set_stage
from decroche.simulate.world import World


@dataclass(frozen=True, slots=True, kw_only=True)
class SimulatedCalls:
    """The calls of an invented business, by start time.

    ``calls`` (one row a call): call_id; start (UTC seconds, whole); direction; caller, called (as written by the phone
    system, null when withheld); line, queue, department, site, agent; answered, voicemail, after_hours (what the
    platform itself knows); reason (model.MissedReason, null when answered); wait_s, talk_s, total_s (seconds, whole).

    ``truth`` (one row a call, same order): call_id, reason, cause (one of the seven causes), person_id, intent_id (null
    for calls of staff that follow no intent), attempt (1 = first intent, 2… = redial, 0 = call of staff), new_customer,
    spam, value, patience_s (null where nobody waited), exact_start, exact_wait_s, exact_talk_s, exact_total_s.

    ``intents`` (one row an intent): intent_id, person_id, team, start, new_customer, spam, value, attempts, end
    (stage.IntentEnd).
    """

    world: World
    seed: int
    calls: pa.Table
    truth: pa.Table
    intents: pa.Table


def simulate(world: World, *, seed: int, days: int, start: date) -> SimulatedCalls:
    """The calls of ``days`` local days from ``start``. The same arguments give the same calls.

    Raises ``phone_numbers.TooManyPeople`` when the world's fictional ranges are too small.
    """
    demand, callers, staff, naming = (np.random.default_rng(part) for part in np.random.SeedSequence(seed).spawn(4))
    calendar = days_of(world.calendar, zone=world.zone, start=start, days=days)
    intents, people = draw(world, calendar, demand)
    chance = Chance(callers)
    floor = open_floor(world, calendar, chance)
    stage = set_stage(world, days=calendar, floor=floor, intents=intents, people=people, chance=chance)
    Callers(stage, Staff(stage, staff), intents)
    stage.run()
    stage.rows.sort(key=lambda row: row.start)
    names = [f"{world.call_prefix}{number:07d}" for number in range(1, len(stage.rows) + 1)]
    return SimulatedCalls(
        world=world,
        seed=seed,
        calls=_calls(world, stage, people, names, naming),
        truth=_truth(stage, intents, names),
        intents=_intents(world, stage, intents),
    )


def _calls(world: World, stage: Stage, people: People, names: list[str], chance: np.random.Generator) -> pa.Table:
    numbers = national_numbers(people, world.numbering, chance)
    abroad = chance.random(len(stage.rows)) < world.callers.international_written_share
    callers: list[str | None] = []
    called: list[str | None] = []
    for row, international in zip(stage.rows, abroad.tolist(), strict=True):
        line = written(world.teams[row.team].number, world.numbering, international=False)
        if row.direction is Direction.INTERNAL:
            callers.append(world.agents[row.agent].extension)
            called.append(world.agents[row.colleague].extension)
            continue
        other = written(numbers[row.person], world.numbering, international=international)
        inbound = row.direction is Direction.INBOUND
        callers.append((None if people.masked[row.person] else other) if inbound else line)
        called.append(line if inbound else other)
    rows = stage.rows
    starts = np.floor([row.start for row in rows]).astype(np.int64) if rows else np.zeros(0, dtype=np.int64)
    ends = [world.teams[row.served_by] for row in rows]
    return pa.table(
        {
            "call_id": pa.array(names, pa.string()),
            "start": pa.array(starts, pa.int64()),
            "direction": pa.array([row.direction.value for row in rows], pa.string()),
            "caller": pa.array(callers, pa.string()),
            "called": pa.array(called, pa.string()),
            "line": pa.array([world.teams[row.team].line for row in rows], pa.string()),
            "queue": pa.array([team.name for team in ends], pa.string()),
            "department": pa.array([team.department for team in ends], pa.string()),
            "site": pa.array([team.site for team in ends], pa.string()),
            "agent": pa.array([world.agents[row.agent].name if row.agent >= 0 else None for row in rows], pa.string()),
            "answered": pa.array([row.reason is None and row.reached for row in rows], pa.bool_()),
            "voicemail": pa.array([row.voicemail for row in rows], pa.bool_()),
            "after_hours": pa.array([row.after_hours for row in rows], pa.bool_()),
            "reason": pa.array([row.reason.value if row.reason else None for row in rows], pa.string()),
            "wait_s": _whole([row.wait_s for row in rows]),
            "talk_s": _whole([row.talk_s for row in rows]),
            "total_s": _whole([row.total_s for row in rows]),
        }
    )


def _whole(seconds: list[float]) -> pa.Int64Array:
    return pa.array(np.rint(seconds).astype(np.int64) if seconds else [], pa.int64())


def _truth(stage: Stage, intents: Intents, names: list[str]) -> pa.Table:
    rows = stage.rows
    which = np.array([row.intent for row in rows], dtype=np.int64)
    own = which >= 0
    place = np.maximum(which, 0)
    person = np.array([row.person for row in rows], dtype=np.int64)
    patience = np.array([row.patience_s for row in rows], dtype=np.float64)

    def known(values: npt.NDArray[Any], kind: pa.DataType) -> Any:
        return pa.array(values[place] if len(values) else np.zeros(len(rows)), kind, mask=~own)

    return pa.table(
        {
            "call_id": pa.array(names, pa.string()),
            "reason": pa.array([row.reason.value if row.reason else None for row in rows], pa.string()),
            "cause": pa.array([row.cause.value if row.cause else None for row in rows], pa.string()),
            "person_id": pa.array(person, pa.int64(), mask=person < 0),
            "intent_id": pa.array(which, pa.int64(), mask=~own),
            "attempt": pa.array([row.attempt for row in rows], pa.int64()),
            "new_customer": known(intents.new, pa.bool_()),
            "spam": known(intents.spam, pa.bool_()),
            "value": known(intents.value, pa.float64()),
            "patience_s": pa.array(patience, pa.float64(), mask=np.isnan(patience)),
            "exact_start": pa.array([row.start for row in rows], pa.float64()),
            "exact_wait_s": pa.array([row.wait_s for row in rows], pa.float64()),
            "exact_talk_s": pa.array([row.talk_s for row in rows], pa.float64()),
            "exact_total_s": pa.array([row.total_s for row in rows], pa.float64()),
        }
    )


def _intents(world: World, stage: Stage, intents: Intents) -> pa.Table:
    attempts = np.zeros(len(intents.start), dtype=np.int64)
    for row in stage.rows:
        if row.attempt > 0:
            attempts[row.intent] += 1
    return pa.table(
        {
            "intent_id": pa.array(np.arange(len(intents.start)), pa.int64()),
            "person_id": pa.array(intents.person, pa.int64()),
            "team": pa.array([world.teams[team].name for team in intents.team.tolist()], pa.string()),
            "start": pa.array(intents.start, pa.float64()),
            "new_customer": pa.array(intents.new, pa.bool_()),
            "spam": pa.array(intents.spam, pa.bool_()),
            "value": pa.array(intents.value, pa.float64()),
            "attempts": pa.array(attempts, pa.int64()),
            "end": pa.array([end.value for end in stage.ends], pa.string()),
        }
    )
