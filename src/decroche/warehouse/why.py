"""Counts why calls were missed: by clock hour, by place, and the calls that show each cause."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from typing import Any

import ibis

from decroche.model.board import Scope
from decroche.model.call import MissedReason
from decroche.model.hours import HourClass
from decroche.understand.live_journeys import LiveState
from decroche.warehouse.counting import Counting
from decroche.warehouse.desk_scope import Clocks, at_sites
from decroche.warehouse.live_columns import Columns
from decroche.warehouse.prepared import JOURNEYS_SCHEMA

#: The reasons that are a sign of a cause, in the order of ``understand.causes``. Other causes have other signs.
REASONS_OF: Mapping[str, tuple[MissedReason, ...]] = {
    "understaffing": (
        MissedReason.ABANDONED_QUEUE,
        MissedReason.QUEUE_TIMEOUT,
        MissedReason.NO_ANSWER,
        MissedReason.NO_AGENT_AVAILABLE,
    ),
    "saturated_lines": (MissedReason.BUSY, MissedReason.QUEUE_FULL, MissedReason.TECHNICAL_FAILURE),
    "no_overflow": (
        MissedReason.QUEUE_TIMEOUT,
        MissedReason.NO_AGENT_AVAILABLE,
        MissedReason.QUEUE_FULL,
        MissedReason.BUSY,
    ),
}
#: How many calls are shown of each cause.
EXAMPLES = 5


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


def not_called_back(counting: Counting, *, now: datetime, within: timedelta) -> tuple[int, int]:
    """Journeys whose first ``within`` are over; and those in which nobody was reached and no call of ours was made."""
    journeys = counting.journey_rows()
    over = journeys.filter(journeys.now & (journeys.opened + ibis.interval(seconds=_seconds(within)) <= now))
    called = (over.callback_s <= _seconds(within)).fill_null(False)
    settled = (over.closed - ibis.interval(seconds=_seconds(within)) <= over.opened).fill_null(False)
    row = counting.columns.engine.records(
        over.agg(every=over.count(), nobody=(~called & ~(settled & over.recovered_by.notnull())).sum())
    )[0]
    return row["every"], row["nobody"] or 0


def places(counting: Counting) -> Sequence[Mapping[str, Any]]:
    """Expired and open journeys of the period by site, department and line of their first missed call."""
    journeys = counting.journey_rows()
    mine = journeys.filter(journeys.now)
    return counting.columns.engine.records(
        mine.group_by(
            site=mine.site.fill_null(""), department=mine.department.fill_null(""), line=mine.line.fill_null("")
        ).agg(expired=(mine.state == "expired").sum(), open=(mine.state == "open").sum())
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


def examples(counting: Counting, cause: str, slots: Sequence[tuple[int, int]]) -> tuple[str, ...]:
    """The latest calls of the period that show a cause; ``slots`` are the weekdays and hours of those with a time."""
    engine = counting.columns.engine
    if cause == "no_callback":
        journeys = counting.journey_rows()
        open_ones = journeys.filter(journeys.now & journeys.callback_s.isnull() & journeys.recovered_by.isnull())
        rows = engine.records(
            open_ones.filter(open_ones.first_call.notnull())
            .order_by(ibis.desc("opened"))
            .limit(EXAMPLES)
            .select(id="first_call")
        )
        return tuple(row["id"] for row in rows)
    calls = counting.call_rows()
    missed = calls.filter(calls.missed & calls.now)
    if cause in REASONS_OF:
        missed = missed.filter(missed.reason.isin([reason.value for reason in REASONS_OF[cause]]))
    elif cause == "no_cover":
        missed = missed.filter((missed.hour_class != HourClass.OPEN.value).fill_null(False))
    else:
        if not slots:
            return ()
        local = missed.local_started
        slot = (local.day_of_week.index() + 1) * 100 + local.hour()
        missed = missed.filter(
            (missed.hour_class == HourClass.OPEN.value).fill_null(True)
            & slot.isin([weekday * 100 + hour for weekday, hour in slots])
        )
    rows = engine.records(missed.order_by([ibis.desc("started"), "id"]).limit(EXAMPLES).select("id"))
    return tuple(row["id"] for row in rows)


def _seconds(duration: timedelta) -> int:
    return int(duration.total_seconds())


def _day(value: date | datetime) -> date:
    return value.date() if isinstance(value, datetime) else value
