"""Any order and repetition of its legs gives the same call, and the columns fold and judge as the definition does."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import replace
from math import fsum
from typing import Any

import pyarrow as pa
import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from decroche.model.call import Call, Direction, Disposition, Leg, MissedReason, NumberKind
from decroche.model.hours import HourClass
from decroche.understand.fold import fold, other_number, repeated
from decroche.understand.missed import judge, waited
from decroche.understand.numbers import read_number
from decroche.warehouse.calls import folded_calls, has_legs, mark_duplicates, whole_calls
from decroche.warehouse.engine import Engine
from decroche.warehouse.verdicts import with_verdict
from tests.properties.legs_drawn import MOSTLY_MISSED, START, legs, stored

FLOATS = ("wait_s", "ring_s", "talk_s", "hold_s", "wrap_s", "total_s")
SAME = ("direction", "caller", "called", "line", "queue", "department", "site", "agent", "answered", "queued", "rang",
        "voicemail", "after_hours", "reason", "raw_reason", *FLOATS, "legs")  # fmt: skip

keys = st.sampled_from(["k1", "k2", "k3", None])
masked = legs(st.none(), direction=st.just(Direction.INBOUND), caller=st.just("anonymous"))
leg_lists = st.lists(st.one_of(legs(keys), masked), min_size=1, max_size=14)
of_one_call = st.lists(legs(st.just("k")), min_size=1, max_size=6)
any_seconds = st.one_of(st.none(), st.floats(0, 1e6))


@pytest.fixture(scope="module")
def engine(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Engine]:
    with Engine(tmp_path_factory.mktemp("calls"), threads=1) as opened:
        yield opened


def again(rows: Sequence[Leg], files: Sequence[int]) -> list[bool]:
    """Which of ``rows`` repeat an earlier one by the definition."""
    kinds = [read_number(other_number([leg]), region="FR").kind for leg in rows]
    return repeated(list(zip(files, rows, kinds, strict=True)))


def folded(rows: Sequence[Leg]) -> list[tuple[Call, NumberKind, int | None]]:
    """The calls of ``rows`` by the definition, each with the person at its other end."""
    groups: dict[str, list[Leg]] = {}
    for number, leg in enumerate(rows):
        groups.setdefault(leg.call_key or f"row {number}", []).append(leg)
    parties = [read_number(other_number(group), region="FR") for group in groups.values()]
    return [(fold(group), party.kind, party.e164) for group, party in zip(groups.values(), parties, strict=True)]


def comparable(row: dict[str, Any] | Any) -> tuple[str, ...]:
    return tuple(repr(row[name]) for name in ("call_key", "started", *SAME, "caller_kind", "person"))


def as_row(call: Call, kind: NumberKind, person: int | None) -> dict[str, Any]:
    said = {name: getattr(call, name) for name in SAME}
    words = {name: value.value if name in ("direction", "reason") and value else value for name, value in said.items()}
    key = call.call_key or None
    return {"call_key": key, "started": call.started_at, "caller_kind": kind.value, "person": person, **words}


@given(of_one_call, st.randoms(use_true_random=False), st.data())
def test_a_call_is_the_same_in_any_order_and_however_often_told(
    rows: list[Leg], random: Any, data: st.DataObject
) -> None:
    rows = [replace(leg, talk_s=data.draw(any_seconds), wait_s=data.draw(any_seconds)) for leg in rows]
    again = rows + data.draw(st.lists(st.sampled_from(rows), max_size=4))
    random.shuffle(again)
    assert fold(again) == fold(rows)
    assert other_number(again) == other_number(rows)
    talk = [leg.talk_s for leg in set(rows) if leg.answered and leg.talk_s is not None]
    assert fold(again).talk_s == (fsum(talk) if talk else None)


@given(of_one_call)
def test_a_call_is_answered_when_any_leg_is_and_then_has_no_reason(rows: list[Leg]) -> None:
    call = fold(rows)
    assert call.answered == any(leg.answered for leg in rows)
    assert not (call.answered and call.reason)
    assert call.answered or (call.talk_s is None and call.agent is None)


@pytest.mark.hard
@settings(max_examples=40)
@given(rows=leg_lists, repeats=st.data())
def test_the_columns_fold_as_the_definition_does(engine: Engine, rows: list[Leg], repeats: st.DataObject) -> None:
    written = rows + repeats.draw(st.lists(st.sampled_from(rows), max_size=8))
    files = sorted(repeats.draw(st.lists(st.integers(0, 2), min_size=len(written), max_size=len(written))))
    stored(engine, written, files=files)
    told = again(written, files)
    assert mark_duplicates(engine, "rows", legs=has_legs(engine, "rows")) == sum(told)
    table = engine.table("rows")
    fates = engine.records(table.filter(table.fate.notnull()).select("row", "fate", "fate_reason").order_by("row"))
    assert [row["row"] for row in fates] == [number for number, repeats_one in enumerate(told) if repeats_one]
    assert {(row["fate"], row["fate_reason"]) for row in fates} <= {("ignored", "duplicate")}
    kept = [leg for leg, repeats_one in zip(written, told, strict=True) if not repeats_one]
    wanted = sorted(comparable(as_row(*call)) for call in folded(kept))
    assert sorted(comparable(row) for row in engine.records(folded_calls(table))) == wanted
    groups = [leg.call_key for leg in kept if leg.call_key]
    assert has_legs(engine, "rows") == (len(groups) > len(set(groups)))


@pytest.mark.hard
@settings(max_examples=20)
@given(rows=st.lists(legs(st.none()), min_size=1, max_size=14, unique=True))
def test_rows_that_are_whole_calls_need_no_fold(engine: Engine, rows: list[Leg]) -> None:
    table = stored(engine, rows)
    whole = sorted(comparable(row) for row in engine.records(whole_calls(table)))
    assert whole == sorted(comparable(row) for row in engine.records(folded_calls(table)))
    assert has_legs(engine, "rows") is False


@pytest.mark.hard
@settings(max_examples=40)
@given(
    drawn=st.lists(
        st.tuples(legs(st.just("k"), **MOSTLY_MISSED), st.sampled_from([None, *HourClass])), min_size=1, max_size=30
    ),
    short_s=st.sampled_from([0.0, 5.0, 7.25]),
)
def test_the_columns_judge_as_the_definition_does(
    engine: Engine, drawn: list[tuple[Leg, HourClass | None]], short_s: float
) -> None:
    """Each leg is a call of its own, numbered by its key; a null hour class is a call of unknown time."""
    rows = [replace(leg, call_key=str(number)) for number, (leg, _) in enumerate(drawn)]
    classes = engine.load(
        "classes",
        pa.table(
            {"call_key": [leg.call_key for leg in rows], "hour_class": pa.array([c for _, c in drawn], pa.string())}
        ),
    )
    judged = with_verdict(folded_calls(stored(engine, rows)).join(classes, "call_key"), short_abandon_s=short_s)
    found = {row["call_key"]: row for row in engine.records(judged)}
    for leg, (_, hour_class) in zip(rows, drawn, strict=True):
        ((call, kind, _),) = folded([leg])
        closed = hour_class not in (None, HourClass.OPEN)
        verdict = judge(call, caller=kind, closed=closed, short_abandon_s=short_s)
        row = found[leg.call_key or ""]
        offered = verdict.disposition is Disposition.MISSED or (
            verdict.disposition is Disposition.ANSWERED and call.direction is Direction.INBOUND
        )
        assert (row["disposition"], row["reason"], row["after_hours"], row["offered"], row["waited_s"]) == (
            verdict.disposition,
            verdict.reason,
            verdict.after_hours,
            offered,
            waited(call),
        )


@given(legs(st.just("k"), **MOSTLY_MISSED), st.booleans(), st.sampled_from(NumberKind))
@example(
    Leg(call_key="k", started_at=START, direction=Direction.INBOUND, reason=MissedReason.AFTER_HOURS),
    False,
    NumberKind.EXTERNAL,
)
def test_exactly_the_missed_and_the_blocked_have_a_reason(leg: Leg, closed: bool, kind: NumberKind) -> None:
    call = fold([leg])
    verdict = judge(call, caller=kind, closed=closed)
    assert (verdict.reason is not None) == (verdict.disposition in (Disposition.MISSED, Disposition.BLOCKED))
    assert (verdict.reason is MissedReason.BLOCKED_SPAM) == (verdict.disposition is Disposition.BLOCKED)
    if verdict.reason is MissedReason.AFTER_HOURS:
        assert verdict.after_hours and not call.rang and not call.queued
