"""What an audit counts in columns is what the measures count call by call, and its parts add up to its totals."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import asdict, replace
from typing import Any

import pyarrow as pa
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from decroche.model.call import Direction, Leg
from decroche.model.figures import Durations, Measures
from decroche.model.hours import HourClass
from decroche.prove.kpis import calls as kpis
from decroche.understand.fold import fold, other_number
from decroche.understand.missed import judge, waited
from decroche.understand.numbers import read_number
from decroche.warehouse.calls import folded_calls
from decroche.warehouse.engine import Engine
from decroche.warehouse.hours import with_local_time
from decroche.warehouse.measures import JUDGED, measure
from decroche.warehouse.verdicts import with_verdict
from tests.properties.legs_drawn import MOSTLY_MISSED, START, legs, stored

drawn_calls = st.lists(
    st.tuples(legs(st.just("k"), **MOSTLY_MISSED), st.sampled_from(HourClass)), min_size=1, max_size=40
)


@pytest.fixture(scope="module")
def engine(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Engine]:
    with Engine(tmp_path_factory.mktemp("measures"), threads=1) as opened:
        yield opened


def judged_call(leg: Leg, *, closed: bool, short_s: float) -> kpis.JudgedCall:
    call, party = fold([leg]), read_number(other_number([leg]), region="FR")
    return kpis.JudgedCall(
        answered=call.answered,
        reason=judge(call, caller=party.kind, closed=closed, short_abandon_s=short_s).reason,
        direction=call.direction,
        queued=call.queued,
        voicemail=call.voicemail,
        caller=None if party.e164 is None else str(party.e164),
        caller_kind=party.kind,
        wait_s=waited(call),
        talk_s=call.talk_s,
        hold_s=call.hold_s,
        wrap_s=call.wrap_s,
    )


def measured(
    engine: Engine, rows: Sequence[Leg], classes: Sequence[HourClass], *, within: float, short: float
) -> Measures:
    keys = [leg.call_key for leg in rows]
    by_key = engine.load("classes", pa.table({"key": keys, "hour_class": [kind.value for kind in classes]}))
    calls = with_local_time(folded_calls(stored(engine, rows)), "UTC", years=(2026, 2026))
    judged = with_verdict(calls.join(by_key, calls.call_key == by_key.key), short_abandon_s=short)
    stored_calls = engine.create("judged", judged.select(*JUDGED))
    return measure(
        engine, stored_calls, data_end=START, answer_within_s=within, short_abandon_s=short, holidays={}, calendars=()
    )


def near(found: Durations) -> dict[str, Any]:
    return {name: value if value is None else pytest.approx(value, rel=1e-12) for name, value in asdict(found).items()}


@pytest.mark.hard
@settings(max_examples=40)
@given(drawn=drawn_calls, within=st.sampled_from([20.0, 5.0, 0.25]), short=st.sampled_from([5.0, 0.0, 10.5]))
def test_the_columns_count_as_the_measures_do(
    engine: Engine, drawn: list[tuple[Leg, HourClass]], within: float, short: float
) -> None:
    rows = [replace(leg, call_key=str(number)) for number, (leg, _) in enumerate(drawn)]
    classes = [kind for _, kind in drawn]
    found = measured(engine, rows, classes, within=within, short=short)
    calls = [
        judged_call(leg, closed=kind is not HourClass.OPEN, short_s=short)
        for leg, kind in zip(rows, classes, strict=True)
    ]
    assert found.totals == kpis.totals(calls)
    assert found.terms == kpis.service_level_terms(calls, threshold_s=within, short_s=short)
    assert asdict(found.wait_answered) == near(kpis.wait_answered(calls))
    assert asdict(found.wait_abandoned) == near(kpis.wait_abandoned(calls))
    wanted = kpis.handle_time(calls)
    for part in ("talk", "hold", "wrap", "handle"):
        assert asdict(getattr(found.handle_time, part)) == near(getattr(wanted, part))


@pytest.mark.hard
@settings(max_examples=40)
@given(drawn=drawn_calls)
def test_the_parts_add_up_to_the_totals(engine: Engine, drawn: list[tuple[Leg, HourClass]]) -> None:
    rows = [replace(leg, call_key=str(number)) for number, (leg, _) in enumerate(drawn)]
    classes = [kind for _, kind in drawn]
    found = measured(engine, rows, classes, within=20, short=5)
    offered, missed = found.totals.offered, found.totals.missed
    assert offered == found.totals.answered + missed
    assert found.totals.calls == len(rows)
    assert sum(reason.missed for reason in found.reasons) == missed
    assert (sum(map(sum, found.week.offered)), sum(map(sum, found.week.missed))) == (offered, missed)
    assert (sum(day.offered for day in found.daily), sum(day.missed for day in found.daily)) == (offered, missed)
    for groups in (found.sites, found.departments, found.queues, found.lines, found.hour_classes):
        if groups:
            assert sum(group.offered for group in groups) == offered
            assert sum(group.missed for group in groups) == missed
            assert all(group.offered == group.answered + group.missed for group in groups)
    calls = [
        (judged_call(leg, closed=kind is not HourClass.OPEN, short_s=5), kind)
        for leg, kind in zip(rows, classes, strict=True)
    ]
    by_class = Counter(kind for call, kind in calls if call.missed)
    assert {part.hour_class: part.missed for part in found.hour_classes} == {kind: by_class[kind] for kind in HourClass}
    reasons = Counter(call.reason for call, _ in calls if call.missed)
    assert {reason.reason: reason.missed for reason in found.reasons} == {k: n for k, n in reasons.items() if k}


def test_an_answered_call_of_an_extension_is_not_a_missed_one(engine: Engine) -> None:
    of_extensions = [
        Leg(call_key=str(number), started_at=START, direction=Direction.INBOUND, caller="201", answered=answered)
        for number, answered in enumerate((True, False, False))
    ]
    found = measured(engine, of_extensions, [HourClass.OPEN] * 3, within=20, short=5)
    assert found.journeys.internal_missed == 2
    assert found.totals.offered == 0
