"""Counts what costs are divided by: the calls that people handled, the minutes they took, and the agents, by place."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import ibis
import ibis.expr.types as ir

from decroche.model.board import Dimension
from decroche.warehouse.counting import Counting
from decroche.warehouse.prepared import RESOLVED_DAYS

_AGAIN_S = RESOLVED_DAYS * 24 * 3600


@dataclass(frozen=True, slots=True, kw_only=True)
class Handled:
    """What people handled in a period. Minutes are of talk, hold and wrap-up; ``waited_minutes`` of callers in line.

    ``repeats`` are answered calls of a person who had been answered at the same site within the 7 days before.
    ``timed`` are the calls of which the talk is known, ``wrapped`` those of which the wrap-up is, ``waits`` those of
    which the wait is. ``heads`` are the agents who handled any. ``our_calls`` and ``our_minutes`` are of those
    that we placed.
    """

    calls: int = 0
    minutes: float = 0.0
    waited_minutes: float = 0.0
    repeats: int = 0
    repeated_minutes: float = 0.0
    timed: int = 0
    wrapped: int = 0
    waits: int = 0
    heads: int = 0
    our_calls: int = 0
    our_minutes: float = 0.0


def handled(counting: Counting, by: Dimension | None = None) -> dict[str, Handled]:
    """By the name of each site or queue, the empty one where it has none; all under the empty name without ``by``.

    Handled: calls in that a person answered, and our own that somebody did. The period before of ``counting`` is long
    enough to tell repeats: 7 days or more.
    """
    calls = counting.call_rows()
    name = ibis.literal("") if by is None else calls[by.value].fill_null("")
    calls = calls.mutate(
        name=name,
        taken=(calls.offered & ~calls.missed) | (calls.ours & calls.reached),
        seconds=calls.talk_s + calls.hold_s.fill_null(0) + calls.wrap_s.fill_null(0),
    )
    mine = calls.filter(calls.now)
    figures = mine.group_by("name").agg(
        calls=mine.taken.sum(),
        minutes=mine.seconds.sum(where=mine.taken) / 60,
        waited_minutes=mine.waited_s.sum(where=mine.offered) / 60,
        timed=mine.talk_s.count(where=mine.taken),
        wrapped=mine.wrap_s.count(where=mine.taken),
        waits=mine.waited_s.count(where=mine.offered),
        heads=mine.agent.nunique(where=mine.taken),
        our_calls=(mine.ours & mine.reached).sum(),
        our_minutes=mine.seconds.sum(where=mine.ours & mine.reached) / 60,
    )
    engine = counting.columns.engine
    found: dict[str, dict[str, Any]] = {row["name"]: dict(row) for row in engine.records(figures)}
    for row in engine.records(_repeats(calls)):
        found[row["name"]] |= row
    return {name: _read(row) for name, row in found.items()}


def _read(row: Mapping[str, Any]) -> Handled:
    return Handled(
        calls=int(row["calls"] or 0),
        minutes=float(row["minutes"] or 0),
        waited_minutes=float(row["waited_minutes"] or 0),
        repeats=int(row.get("repeats") or 0),
        repeated_minutes=float(row.get("repeated_minutes") or 0),
        timed=int(row["timed"] or 0),
        wrapped=int(row["wrapped"] or 0),
        waits=int(row["waits"] or 0),
        heads=int(row["heads"] or 0),
        our_calls=int(row["our_calls"] or 0),
        our_minutes=float(row["our_minutes"] or 0),
    )


def _repeats(calls: ir.Table) -> ir.Table:
    answered = calls.filter(calls.offered & calls.taken & calls.person.notnull())
    in_turn = ibis.window(group_by=["person", "site"], order_by="started")
    answered = answered.mutate(before=answered.started.lag().over(in_turn))
    again = answered.filter(answered.now & (answered.started.delta(answered.before, unit="second") <= _AGAIN_S))
    return again.group_by("name").agg(repeats=again.count(), repeated_minutes=again.seconds.sum() / 60)
