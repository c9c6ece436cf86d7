"""Parts of the figures add up to the whole, rates lie between 0 and 1, and the order of calls changes nothing."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import asdict

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from decroche.model.board import Dimension, Measure, Step, Unit
from decroche.model.money import Money
from decroche.prove.kpis.board import LEAST
from decroche.prove.service_board import board, over_time, split
from decroche.prove.service_causes import Why, hour_of_week, why
from decroche.warehouse.engine import Engine
from tests.properties.figures_drawn import EVERYTHING, desk_of
from tests.properties.test_twins_board import PERIOD, Need, Row, _needs, _quick, _rows, engine

__all__ = ["engine"]

pytestmark = pytest.mark.hard
_few = settings(_quick, max_examples=10)
VALUE = Money.of(120, "EUR")


def between_0_and_1(measures: Sequence[Measure]) -> None:
    for each in measures:
        if each.unit is Unit.SHARE and each.value is not None:
            assert 0 <= each.value <= 1, each.key
            assert each.low is None or 0 <= each.low <= each.value <= (each.high or 0) <= 1
            assert each.denominator is not None and each.n >= LEAST
        elif each.value is None:
            assert each.missing is not None


def without_examples(found: Why) -> dict[str, object]:
    """All but the calls that are shown of each cause: of calls in one moment any may be the latest."""
    causes = [(each.cause, each.opens, each.lies_in) for each in found.causes]
    return {"causes": causes, **{name: value for name, value in asdict(found).items() if name != "causes"}}


@_few
@given(rows=st.lists(_rows, max_size=60), needs=st.lists(_needs, max_size=15))
def test_hours_days_places_and_causes_add_up(engine: Engine, rows: list[Row], needs: list[Need]) -> None:
    desk = desk_of(engine, rows, needs)
    found = why(desk, "drawn", period=PERIOD, scope=EVERYTHING, value=VALUE)
    whole = {each.key: each for each in board(desk, "drawn", period=PERIOD, scope=EVERYTHING).measures}
    assert (found.offered, found.missed) == (whole["offered"].n, whole["missed"].n)
    assert sum(map(sum, found.week.offered)) == found.offered and sum(map(sum, found.week.missed)) == found.missed
    assert sum(day.offered for day in found.daily) == found.offered
    assert sum(kind.missed for kind in found.kinds_of_day) == found.missed
    for places in found.places.values():
        assert sum(place.offered for place in places) == found.offered
        assert sum(place.missed for place in places) == found.missed
        assert sum(place.expired for place in places) == whole["journeys_expired"].n
        assert sum(place.open for place in places) == whole["journeys_open"].n
        between_0_and_1([place.missed_rate for place in places])
        for value in (place.value for place in places):
            assert value is not None and 0 <= value.low.amount <= value.mean.amount <= value.high.amount
    reasons = sum(each.n for key, each in whole.items() if key.startswith("missed:"))
    assert reasons == found.missed
    for cause in found.causes:
        most = whole["journeys_opened"].n if cause.cause.cause == "no_callback" else found.missed
        assert cause.cause.missed is None or 0 <= cause.cause.missed <= most
    for weekday in range(1, 8):
        hours = [
            hour_of_week(desk, "drawn", weekday=weekday, hour=hour, period=PERIOD, scope=EVERYTHING) for hour in (2, 9)
        ]
        for hour, dates in zip((2, 9), hours, strict=True):
            assert sum(date.missed for date in dates) == found.week.missed[weekday - 1][hour]
    shares = [found.share(day, hour).value for day in range(1, 8) for hour in range(24)]
    assert not found.missed or sum(each or 0 for each in shares) == pytest.approx(1)


@_few
@given(rows=st.lists(_rows, max_size=50), needs=st.lists(_needs, max_size=10))
def test_months_days_and_classes_of_hours_add_up(engine: Engine, rows: list[Row], needs: list[Need]) -> None:
    desk = desk_of(engine, rows, needs)
    whole = {each.key: each for each in board(desk, "drawn", period=PERIOD, scope=EVERYTHING).measures}
    between_0_and_1([*whole.values()])
    for key in ("missed", "answered", "journeys_opened"):
        for step in (Step.MONTH, Step.WEEK, Step.DAY, Step.HOUR):
            points = over_time(desk, "drawn", key=key, step=step, period=PERIOD, scope=EVERYTHING).points
            assert sum(point.measure.n for point in points) == whole[key].n, (key, step)
            between_0_and_1([point.measure for point in points])
    for by in (Dimension.HOUR_CLASS, Dimension.SITE, Dimension.QUEUE):
        parts = split(desk, "drawn", by=by, period=PERIOD, scope=EVERYTHING).rows
        for key in ("offered", "missed"):
            assert sum(each.n for row in parts for each in row.measures if each.key == key) == whole[key].n
        between_0_and_1([each for row in parts for each in row.measures])


@_few
@given(rows=st.lists(_rows, max_size=40), needs=st.lists(_needs, max_size=10), data=st.data())
def test_the_order_of_calls_changes_nothing(
    engine: Engine, rows: list[Row], needs: list[Need], data: st.DataObject
) -> None:  # fmt: skip
    turned = data.draw(st.permutations(rows))
    found = [
        (
            without_examples(why(desk, "drawn", period=PERIOD, scope=EVERYTHING, value=VALUE)),
            counts(board(desk, "drawn", period=PERIOD, scope=EVERYTHING).measures),
        )
        for desk in (desk_of(engine, each, ()) for each in (rows, turned))
    ]
    assert found[0] == found[1]


def counts(measures: Sequence[Measure]) -> list[tuple[object, ...]]:
    """What is counted, without means: they are added up in another order."""
    return [(each.key, each.n, each.numerator, each.denominator, each.missing, each.opens) for each in measures]
