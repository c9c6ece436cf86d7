"""What must hold in every invented business, whatever its people, lines and luck."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import date
from itertools import pairwise
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from decroche.model.call import ABANDONED, MissedReason
from decroche.simulate.calendar import days_of, windows
from decroche.simulate.calls import SimulatedCalls, simulate
from decroche.simulate.causes import TrueCause
from decroche.simulate.dealership import dealership_quebec
from decroche.simulate.presets import garage_lyon
from decroche.simulate.stage import IntentEnd
from decroche.simulate.world import AfterHours, Callback, Patience, Redial, Team, TeamKind, World

LEFT = {reason.value for reason in ABANDONED - {MissedReason.ABANDONED_IVR}}
EPSILON = 1e-6


def first_site(world: World) -> World:
    """The same business with its first site only."""
    site = world.sites[0]
    teams = tuple(team for team in world.teams if team.site == site.name)
    names = {name for team in teams for name in team.agents}
    agents = tuple(agent for agent in world.agents if agent.name in names)
    return replace(world, sites=(site,), teams=teams, agents=agents)


@st.composite
def worlds(draw: st.DrawFn) -> World:
    """The garage or a site of the dealership with other lines, patience, demand, kinds of team and habits."""
    world = draw(st.sampled_from([garage_lyon(), first_site(dealership_quebec())]))
    busier = draw(st.sampled_from([0.3, 1.0, 3.0]))
    patience = Patience(
        mean_s=draw(st.sampled_from([15.0, 60.0, 600.0])),
        shape=draw(st.sampled_from([0.7, 1.0, 2.0])),
        hang_up_share=draw(st.sampled_from([0.0, 0.2])),
    )
    overflows = draw(st.booleans())

    def other(team: Team) -> Team:
        kind = TeamKind.QUEUE if team.kind is not TeamKind.PERSONAL and draw(st.booleans()) else team.kind
        return replace(
            team,
            kind=kind,
            calls_per_day=team.calls_per_day * busier,
            patience=patience,
            capacity=draw(st.sampled_from([0, 2, 50])),
            overflow_to=team.overflow_to if overflows else None,
            max_wait_s=draw(st.sampled_from([20.0, 300.0])),
        )

    return replace(
        world,
        sites=tuple(replace(site, lines=draw(st.integers(1, 8))) for site in world.sites),
        teams=tuple(other(team) for team in world.teams),
        after_hours=draw(st.sampled_from(list(AfterHours))),
        redial=Redial(otherwise=draw(st.sampled_from([0.0, 0.9]))),
        callback=Callback(share=draw(st.sampled_from([0.0, 0.8]))),
        failure_share=0.02,
    )


@dataclass(frozen=True)
class Played:
    """A simulated stay in a world, as rows that join the calls with their truth."""

    simulated: SimulatedCalls
    rows: list[dict[str, Any]]
    start: date
    days: int

    @property
    def world(self) -> World:
        return self.simulated.world

    @property
    def inbound(self) -> list[dict[str, Any]]:
        return [row for row in self.rows if row["direction"] == "inbound"]

    @property
    def intents(self) -> Mapping[int, dict[str, Any]]:
        return {intent["intent_id"]: intent for intent in self.simulated.intents.to_pylist()}


def rows_of(simulated: SimulatedCalls) -> list[dict[str, Any]]:
    calls, truth = simulated.calls, simulated.truth
    hidden = truth.rename_columns([f"true_{name}" for name in truth.column_names])
    pairs = zip(calls.to_pylist(), hidden.to_pylist(), strict=True)
    return [{**call, **secret} for call, secret in pairs]


@st.composite
def stays(draw: st.DrawFn) -> Played:
    start = date(2026, 4, 1).replace(day=draw(st.integers(1, 28)))
    days = draw(st.integers(0, 2))
    simulated = simulate(draw(worlds()), seed=draw(st.integers(0, 2**32)), days=days, start=start)
    return Played(simulated, rows_of(simulated), start, days)


stay = given(played=stays())
#: An example is a whole stay of hundreds of calls, so fewer are tried than of a pure function.
few = settings(max_examples=max(12, settings().max_examples // 10))


@few
@stay
def test_each_intent_ends_once_and_for_a_reason(played: Played) -> None:
    attempts: defaultdict[int, list[dict[str, Any]]] = defaultdict(list)
    for row in played.inbound:
        attempts[row["true_intent_id"]].append(row)
    assert set(attempts) == set(played.intents)
    called_back = {row["true_intent_id"] for row in played.rows if row["direction"] == "outbound" and row["answered"]}
    for number, intent in played.intents.items():
        tries = attempts[number]
        answered = [row["true_attempt"] for row in tries if row["answered"]]
        assert [row["true_attempt"] for row in tries] == list(range(1, len(tries) + 1))
        assert len(tries) == intent["attempts"]
        assert len(answered) <= 1
        match intent["end"]:
            case IntentEnd.ANSWERED:
                assert answered == [1]
            case IntentEnd.ANSWERED_LATER:
                assert answered == [len(tries)] and len(tries) > 1
            case IntentEnd.CALLED_BACK:
                assert not answered and number in called_back
            case IntentEnd.SPAM:
                assert intent["spam"] and len(tries) == 1
            case _:
                assert not answered and number not in called_back


@few
@stay
def test_a_redial_comes_after_the_end_of_a_miss(played: Played) -> None:
    last: dict[int, dict[str, Any]] = {}
    for row in played.inbound:
        before = last.get(row["true_intent_id"])
        if before is not None:
            assert not before["answered"]
            assert row["true_exact_start"] >= before["true_exact_start"] + before["true_exact_total_s"] - EPSILON
        last[row["true_intent_id"]] = row


@few
@stay
def test_nobody_answers_outside_working_hours(played: Played) -> None:
    calendar = days_of(played.world.calendar, zone=played.world.zone, start=played.start, days=played.days)
    duty = {agent.name: windows(calendar, agent.week, closed_on_holidays=True) for agent in played.world.agents}
    for row in played.inbound:
        if row["answered"]:
            moment = row["true_exact_start"] + row["true_exact_total_s"] - row["true_exact_talk_s"]
            assert any(first <= moment <= last for first, last in duty[row["agent"]])


@few
@stay
def test_a_person_talks_to_one_caller_at_a_time(played: Played) -> None:
    spans: defaultdict[str, list[tuple[float, float]]] = defaultdict(list)
    for row in played.rows:
        if row["answered"]:
            ends = row["true_exact_start"] + row["true_exact_total_s"]
            spans[row["agent"]].append((ends - row["true_exact_talk_s"], ends))
    for talks in spans.values():
        talks.sort()
        for (_, ends), (begins, _) in pairwise(talks):
            assert begins >= ends - EPSILON


@few
@stay
def test_callers_wait_no_longer_than_their_patience_and_those_who_leave_exactly_that(played: Played) -> None:
    for row in played.inbound:
        patience, waited = row["true_patience_s"], row["true_exact_wait_s"]
        if row["reason"] in LEFT:
            assert abs(waited - patience) < EPSILON
        elif patience is not None:
            assert waited <= patience + EPSILON
        if row["reason"] == MissedReason.SHORT_ABANDON:
            assert waited < played.world.short_abandon_s


@few
@stay
def test_a_site_never_has_more_calls_than_lines(played: Played) -> None:
    limits = {site.name: site.lines for site in played.world.sites}
    changes: list[tuple[float, int, str]] = []
    for row in played.rows:
        refused = row["reason"] == MissedReason.BUSY and row["true_exact_total_s"] == 0
        if row["direction"] != "internal" and not refused:
            changes.append((row["true_exact_start"], 1, row["site"]))
            changes.append((row["true_exact_start"] + row["true_exact_total_s"] - EPSILON, -1, row["site"]))
    in_use: Counter[str] = Counter()
    for _, change, site in sorted(changes):
        in_use[site] += change
        assert in_use[site] <= limits[site]


@few
@stay
def test_the_truth_says_of_each_call_what_the_export_says(played: Played) -> None:
    causes = {cause.value for cause in TrueCause}
    for row in played.rows:
        assert row["call_id"] == row["true_call_id"]
        assert row["reason"] == row["true_reason"]
        missed = row["direction"] == "inbound" and not row["answered"]
        assert missed == (row["reason"] is not None)
        assert (row["true_cause"] in causes) == (missed and row["reason"] != MissedReason.BLOCKED_SPAM)
        assert row["start"] == int(row["true_exact_start"])
        for name in ("wait_s", "talk_s", "total_s"):
            assert abs(row[name] - row[f"true_exact_{name}"]) <= 0.5
    assert [row["start"] for row in played.rows] == sorted(row["start"] for row in played.rows)


@few
@stay
def test_one_person_has_one_number_and_a_number_one_person(played: Played) -> None:
    owners: defaultdict[str, set[int]] = defaultdict(set)
    numbers: defaultdict[int, set[str]] = defaultdict(set)
    for row in played.inbound:
        if row["caller"] is not None:
            number = row["caller"].replace("-", "")[-9:]
            owners[number].add(row["true_person_id"])
            numbers[row["true_person_id"]].add(number)
    assert all(len(people) == 1 for people in owners.values())
    assert all(len(known) == 1 for known in numbers.values())


@pytest.mark.parametrize(("preset", "per_day"), [(garage_lyon(), 45), (dealership_quebec(), 490)])
def test_presets_have_the_size_they_promise(preset: World, per_day: int) -> None:
    inbound = [
        row
        for row in rows_of(simulate(preset, seed=11, days=28, start=date(2026, 3, 2)))
        if row["direction"] == "inbound"
    ]
    assert 0.8 * per_day < len(inbound) / 28 < 1.2 * per_day
