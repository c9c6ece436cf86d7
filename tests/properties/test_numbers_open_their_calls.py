"""Every number of the figures opens a list of exactly what it counted, whatever the calls are."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from decroche.ledger.work_outcomes import Noted, Outcome
from decroche.model.board import Dimension, Measure, Opens, Scope, Step, Unit
from decroche.prove.kpis.board import KEYS
from decroche.prove.opening import counted_by
from decroche.prove.service_board import board, over_time, split
from decroche.prove.service_causes import hour_of_week, why
from decroche.warehouse.engine import Engine
from tests.properties.figures_drawn import EVERYTHING, DrawnDesk, desk_of
from tests.properties.test_twins_board import PERIOD, TURN, Need, Row, _needs, _quick, _rows, engine

__all__ = ["engine"]

pytestmark = pytest.mark.hard
_few = settings(_quick, max_examples=8)
_scopes = st.sampled_from([
    EVERYTHING, replace(EVERYTHING, site="Québec"), replace(EVERYTHING, queue=""), replace(EVERYTHING, agent="Ana"),
    replace(EVERYTHING, hour_class="open"),
])  # fmt: skip


def claims(measure: Measure) -> Iterator[tuple[str, Opens, int]]:
    """What the lists of a measure have to hold: as many rows as it claims."""
    if measure.opens is not None and (measure.numerator is not None or measure.unit is not Unit.SHARE):
        claimed = measure.numerator if measure.unit is Unit.SHARE else measure.n
        yield measure.key, measure.opens, claimed or 0
    if measure.of is not None and measure.denominator is not None:
        yield f"{measure.key} among", measure.of, measure.denominator


def check(desk: DrawnDesk, claimed: Iterator[tuple[str, Opens, int]]) -> int:
    checked = 0
    for name, opens, count in claimed:
        pages = desk.opened(opens, limit=20)
        rows = [row for page in pages for row in page.rows]
        assert pages[0].total == count == len(rows), name
        assert [(row.at, row.id) for row in rows] == sorted({(row.at, row.id) for row in rows}, reverse=True)
        checked += 1
    return checked


_notes = st.builds(
    Noted,
    person=st.sampled_from([1, 2, 3]),
    site=st.sampled_from(["", "Lyon"]),
    at=st.just(TURN.replace(tzinfo=UTC)),
    outcome=st.sampled_from(Outcome),
)


@_few
@given(
    rows=st.lists(_rows, max_size=60),
    needs=st.lists(_needs, max_size=15),
    notes=st.lists(_notes, max_size=6),
    scope=_scopes,
)
def test_the_board(engine: Engine, rows: list[Row], needs: list[Need], notes: list[Noted], scope: Scope) -> None:
    desk = desk_of(engine, rows, needs, notes)
    found = board(desk, "drawn", period=PERIOD, scope=scope, supervise=True)
    assert check(desk, (claim for measure in found.measures for claim in claims(measure))) > 20


@_few
@given(rows=st.lists(_rows, max_size=40), needs=st.lists(_needs, max_size=10))
def test_places_queues_hours_and_agents(engine: Engine, rows: list[Row], needs: list[Need]) -> None:
    desk = desk_of(engine, rows, needs)
    for by in (Dimension.SITE, Dimension.QUEUE, Dimension.HOUR_CLASS, Dimension.AGENT):
        found = split(desk, "drawn", by=by, period=PERIOD, scope=EVERYTHING, supervise=True)
        wanted = {"answered", "missed", "answer_rate", "service_level:F4", "first_call_resolution", "journeys_opened"}
        measures = [each for row in found.rows for each in row.measures if each.key in wanted]
        if by is Dimension.AGENT:
            measures = [each for each in measures if each.key in {"answered", "first_call_resolution"}]
        check(desk, (claim for measure in measures for claim in claims(measure)))


@_few
@given(
    rows=st.lists(_rows, max_size=40),
    needs=st.lists(_needs, max_size=10),
    key=st.sampled_from(["missed", "answer_rate", "profile:talkdesk_calls", "recovery_rate"]),
    step=st.sampled_from([Step.DAY, Step.WEEK, Step.MONTH]),
)
def test_over_time(engine: Engine, rows: list[Row], needs: list[Need], key: str, step: Step) -> None:
    desk = desk_of(engine, rows, needs)
    found = over_time(desk, "drawn", key=key, step=step, period=PERIOD, scope=EVERYTHING)
    points = [point.measure for point in found.points if point.measure.n]
    check(desk, (claim for measure in points for claim in claims(measure)))
    hours = over_time(desk, "drawn", key="missed", step=Step.HOUR, period=PERIOD, scope=EVERYTHING).points
    check(desk, (claim for point in hours if point.measure.n for claim in claims(point.measure)))


@_few
@given(rows=st.lists(_rows, max_size=60), needs=st.lists(_needs, max_size=15), scope=_scopes)
def test_causes_places_and_hours_of_the_week(
    engine: Engine, rows: list[Row], needs: list[Need], scope: Scope
) -> None:  # fmt: skip
    desk = desk_of(engine, rows, needs)
    found = why(desk, "drawn", period=PERIOD, scope=scope, supervise=True)
    told: list[tuple[str, Opens, int]] = []
    for each in found.causes:
        if each.opens is not None and each.cause.missed is not None:
            told.append((each.cause.cause, each.opens, each.cause.missed))
        if each.lies_in is not None:
            told.append((each.cause.cause, *each.lies_in))
    for places in found.places.values():
        for place in places:
            assert place.opens is not None and place.among is not None
            told += [("place", place.opens, place.missed), ("place", place.among, place.offered)]
    assert check(desk, iter(told)) == len(told) > 0
    for date_ in hour_of_week(desk, "drawn", weekday=3, hour=9, period=PERIOD, scope=scope, supervise=True):
        assert date_.opens is not None
        check(desk, iter([("hour", date_.opens, date_.missed)]))


def test_every_measure_that_counts_calls_or_journeys_has_its_list() -> None:
    without = {"satisfaction", "nps", "occupancy", "utilisation"}
    assert without.isdisjoint(counted_by()) and {*KEYS} - without - {"service_level"} <= counted_by().keys()
