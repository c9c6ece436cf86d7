"""What a quarterly audit counts in columns is what the measures count call by call, for each site and for last year."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from datetime import UTC, date, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from decroche.model.board import Period, Scope
from decroche.prove.kpis import calls as kpis
from decroche.understand.journeys import SILENCE
from decroche.warehouse.desk_scope import Clocks
from decroche.warehouse.engine import Engine
from decroche.warehouse.quarterly import QuarterCounts, count_quarter
from tests.properties.test_twins_board import (
    NOW,
    OTHER,
    PERIOD,
    SHORT_S,
    WITHIN_S,
    ZONE,
    Need,
    Row,
    _needs,
    _quick,
    _rows,
    columns_of,
    local,
    narrowed,
    within,
)

#: Stands for the same days a year before: rows are drawn around both.
BEFORE = Period(PERIOD.start - timedelta(days=8), PERIOD.start)


@pytest.fixture(scope="module")
def engine(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Engine]:
    with Engine(tmp_path_factory.mktemp("quarter"), threads=1) as opened:
        yield opened


def counted(engine: Engine, rows: list[Row], needs: list[Need], scope: Scope) -> QuarterCounts:
    return count_quarter(
        columns_of(engine, rows, needs),
        clocks=Clocks(ZONE, {"Québec": OTHER}),
        period=PERIOD,
        before=BEFORE,
        scope=scope,
        now=NOW,
        silence=SILENCE,
        answer_within_s=WITHIN_S,
        short_abandon_s=SHORT_S,
        holidays={},
        calendars=[],
        called_within_s=(3600,),
    )


@pytest.mark.hard
@_quick
@given(
    rows=st.lists(_rows, max_size=60),
    needs=st.lists(_needs, max_size=30),
    scope=st.sampled_from([Scope(), Scope(site="Lyon"), Scope(within=("Québec", ""))]),
)
def test_a_quarter_is_the_sum_of_its_calls(engine: Engine, rows: list[Row], needs: list[Need], scope: Scope) -> None:
    found = counted(engine, rows, needs, scope)
    seen = [row for row in narrowed(rows, Scope(site=scope.site)) if scope.within is None or row.site in scope.within]
    mine = [row for row in seen if within(row.started, row.site, PERIOD)]
    wanted = kpis.totals([row.judged for row in mine])
    for name in ("offered", "answered", "missed", "abandoned", "short_abandoned", "voicemail_left", "outbound"):
        assert getattr(found.measures.totals, name) == getattr(wanted, name), name
    calls = [row.judged for row in mine]
    assert found.measures.terms == kpis.service_level_terms(calls, threshold_s=WITHIN_S, short_s=SHORT_S)
    offered = [row for row in mine if row.judged.offered]
    by_site = Counter(row.site for row in offered)
    if any(by_site):
        assert {each.name: each.offered for each in found.measures.sites} == by_site
    assert found.stamp.calls == len(mine)
    days: Counter[date] = Counter(
        local(row.started, row.site).date()
        for row in seen
        if row.judged.offered and within(row.started, row.site, BEFORE)
    )
    assert {day: n for day, (n, _) in found.last_year.items()} == days
    journeys = [
        need
        for need in needs
        if need.ends != "withdrawn"
        and within(need.opened, need.site, PERIOD)
        and (scope.site is None or need.site == scope.site)
        and (scope.within is None or need.site in scope.within)
    ]
    ends = Counter(need.ends for need in journeys)
    assert (found.journeys.opened, found.journeys.expired, found.journeys.open) == (
        len(journeys), ends["expired"], ends["open"],
    )  # fmt: skip
    assert {by: n for by, n in found.journeys.recovered_by.items() if n} == {
        by: n for by, n in ends.items() if by not in {"open", "expired"}
    }
    assert sum(tally.opened for (by, _), tally in found.by.items() if by == "site") == len(journeys)


def test_a_change_of_a_row_changes_the_stamp(engine: Engine) -> None:
    row = Row(
        started=NOW.astimezone(UTC).replace(tzinfo=None, year=2026, month=3, day=26),
        direction="inbound", answered=False, reason="no_answer", person=1, site="", queue=None, agent=None,
        wait_s=None, talk_s=None, hold_s=None, voicemail=False,
    )  # fmt: skip
    one, two = (counted(engine, [row] * n, [], Scope()).stamp for n in (1, 2))
    assert one.calls == 1 and two != one
