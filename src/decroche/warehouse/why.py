"""Counts why calls were missed: by clock hour, by place, and how many callers nobody called back."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from typing import Any

import ibis

from decroche.model.board import Scope
from decroche.understand.counted import JourneySet
from decroche.understand.live_journeys import LiveState
from decroche.warehouse.counting import Counting
from decroche.warehouse.desk_scope import Clocks, at_sites
from decroche.warehouse.live_columns import Columns
from decroche.warehouse.prepared import JOURNEYS_SCHEMA
from decroche.warehouse.sets import in_journey_set


@dataclass(frozen=True, slots=True, kw_only=True)
class HourRow:
    """What one clock hour of one day brought, in one class of hours."""

    day: date
    hour: int
    hour_class: str | None
    offered: int
    missed: int


def by_hour(counting: Counting) -> list[HourRow]:
    """The offered calls of the period by local day, hour and class."""
    calls = counting.call_rows()
    offered = calls.filter(calls.offered & calls.now)
    local = offered.local_started
    rows = counting.columns.engine.records(
        offered.group_by(day=local.date(), hour=local.hour(), hour_class=offered.hour_class).agg(
            offered=offered.count(), missed=offered.missed.sum()
        )
    )
    return [
        HourRow(day=_day(row["day"]), hour=row["hour"], hour_class=row["hour_class"], offered=row["offered"],
                missed=row["missed"] or 0)
        for row in rows
    ]  # fmt: skip


def outbound_calls(counting: Counting) -> int:
    """Our own calls in the period that somebody answered."""
    calls = counting.call_rows()
    return int(counting.columns.engine.records(calls.agg(n=(calls.reached & calls.now).sum()))[0]["n"] or 0)


def not_called_back(counting: Counting) -> tuple[int, int]:
    """Journeys whose first day is over; and those in which nobody was reached within it, and that we did not call."""
    journeys, now = counting.journey_rows(), counting.now.astimezone(UTC).replace(tzinfo=None)
    mine = journeys.filter(journeys.now)
    row = counting.columns.engine.records(
        mine.agg(
            every=in_journey_set(mine, JourneySet.OVER, now=now).sum(),
            nobody=in_journey_set(mine, JourneySet.NOT_CALLED, now=now).sum(),
        )
    )[0]
    return row["every"] or 0, row["nobody"] or 0


def places(counting: Counting) -> Sequence[Mapping[str, Any]]:
    """Expired and open journeys of the period by site, department and line of their first missed call."""
    journeys, now = counting.journey_rows(), counting.now.astimezone(UTC).replace(tzinfo=None)
    mine = journeys.filter(journeys.now)
    return counting.columns.engine.records(
        mine.group_by(
            site=mine.site.fill_null(""), department=mine.department.fill_null(""), line=mine.line.fill_null("")
        ).agg(
            expired=in_journey_set(mine, JourneySet.EXPIRED, now=now).sum(),
            open=in_journey_set(mine, JourneySet.OPEN, now=now).sum(),
        )
    )


def open_and_recovered(
    columns: Columns, clocks: Clocks, scope: Scope, *, midnight: datetime, since: datetime, silence: timedelta
) -> dict[str, int]:
    """Journeys that are open, that were recovered ``today``, and of those since ``since`` that are old enough: decided.

    ``kept`` of the ``decided`` were recovered.
    """
    begin, day = (moment.astimezone(UTC).replace(tzinfo=None) for moment in (since, midnight))
    prepared = columns.prepare(clocks, begin)
    journeys = at_sites(ibis.table(JOURNEYS_SCHEMA, name=prepared.journeys), scope)
    recovered = (journeys.state == LiveState.RECOVERED.value) & journeys.recovered_by.notnull()
    expired = journeys.state == LiveState.EXPIRED.value
    lately = (journeys.opened >= begin) & (journeys.opened < day - silence)
    row = columns.engine.records(
        journeys.agg(
            open=(journeys.state == LiveState.OPEN.value).sum(),
            today=(recovered & (journeys.closed >= day).fill_null(False)).sum(),
            kept=(lately & recovered).sum(),
            decided=(lately & (recovered | expired)).sum(),
        )
    )[0]
    return {name: number or 0 for name, number in row.items()}


def _day(value: date | datetime) -> date:
    return value.date() if isinstance(value, datetime) else value
