"""Narrows calls and journeys to what the desk asks about: a period of local days, and a place, queue, line or agent."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime, time, timedelta
from zoneinfo import ZoneInfo

import ibis
import ibis.expr.types as ir

from decroche.model.board import Dimension, Period, Scope
from decroche.model.call import Disposition
from decroche.understand.live_journeys import LiveState
from decroche.warehouse.journey_tallies import PART_SCHEMA as JOURNEYS_PART
from decroche.warehouse.journey_tallies import with_callback
from decroche.warehouse.tallies import PART_SCHEMA as CALLS_PART
from decroche.warehouse.tallies import with_verdict_columns
from decroche.warehouse.zones import to_local

#: What calls can be told apart by. Campaigns are not known of calls.
SPLITS = tuple(dimension for dimension in Dimension if dimension is not Dimension.CAMPAIGN)


@dataclass(frozen=True, slots=True)
class Clocks:
    """The zone of the business, and those of the sites that have another."""

    zone: str
    zones: Mapping[str, str] = field(default_factory=dict)

    def of(self, site: str | None) -> str:
        """The zone of a site; that of the business where it has none of its own."""
        return self.zones.get(site or "", self.zone)

    def clock(self, site: str | None) -> ZoneInfo:
        """The clock of a site."""
        return ZoneInfo(self.of(site))

    def bounds(self, period: Period, site: str | None = None) -> tuple[datetime, datetime]:
        """The moments ``[since, until)`` of local days, UTC, with their zone."""
        clock = ZoneInfo(self.of(site))
        since, until = (datetime.combine(day, time(), clock).astimezone(UTC) for day in (period.start, period.end))
        return since, until


def calls_part(
    calls: ir.Table, clocks: Clocks, period: Period, before: Period, *, scope: Scope, margin_days: int
) -> ir.Table:
    """The calls of two periods (and of ``margin_days`` around both) with the columns of ``tallies.PART_SCHEMA``.

    ``now`` is true in ``period``, false in ``before``, else null. Each call has the clock of its own site. Of ``scope``
    only the sites are looked at.
    """
    site = scope.site
    margin = timedelta(days=margin_days + 1)
    found = between(calls, "started", clocks.bounds(before, site)[0] - margin, clocks.bounds(period, site)[1] + margin)
    found = with_verdict_columns(at_sites(found, scope))
    # What is neither offered nor ours and answered is counted nowhere.
    found = found.filter(found.offered | found.reached)
    found = found.mutate(local_started=_local(found, "started", clocks, (before, period), site))
    return found.mutate(now=_now(found.local_started, period, before)).select(*CALLS_PART)


def journeys_part(
    journeys: ir.Table,
    calls: ir.Table,
    clocks: Clocks,
    period: Period,
    before: Period,
    *,
    scope: Scope,
    ripe_until: datetime,
) -> ir.Table:
    """The journeys that opened in two periods, with the columns of ``journey_tallies.PART_SCHEMA``.

    Department, queue, line and hour are those of the first missed call. Journeys whose miss a late fact contradicted
    are none. ``ripe_until`` (UTC, naive): those opened then or before are old enough to be decided.
    """
    site = scope.site
    since, until = clocks.bounds(before, site)[0], clocks.bounds(period, site)[1]
    day = timedelta(days=1)
    found = between(journeys, "opened", since - day, until + day)
    found = found.filter(found.state != LiveState.WITHDRAWN.value)
    found = at_sites(found, scope)
    found = found.mutate(local_opened=_local(found, "opened", clocks, (before, period), site))
    found = found.mutate(now=_now(found.local_opened, period, before))
    found = found.filter(found.now.notnull())
    month = f"{(since - day).astimezone(UTC):%Y-%m}"
    later = calls.filter((calls.month >= month) & (calls.started >= _naive(since - day)))
    misses = later.filter(later.disposition == Disposition.MISSED.value)
    misses = misses.select(miss="id", department="department", queue="queue", line="line", hour_class="hour_class")
    found = found.left_join(misses, found.first_call == misses.miss).drop("miss")
    return with_callback(found, later).mutate(ripe=ibis._.opened <= ripe_until).select(*JOURNEYS_PART)


def _local(
    table: ir.Table, column: str, clocks: Clocks, periods: tuple[Period, Period], site: str | None
) -> ir.TimestampValue:
    years = (periods[0].start.year - 1, periods[1].end.year + 1)
    utc = table[column]
    if not clocks.zones or site is not None:
        return to_local(utc, clocks.of(site), years=years)
    there = [
        (table.site.isin(sorted(name for name, zone in clocks.zones.items() if zone == other)), other)
        for other in sorted(set(clocks.zones.values()))
    ]
    found: ir.TimestampValue = ibis.cases(
        *((places, to_local(utc, other, years=years)) for places, other in there),
        else_=to_local(utc, clocks.zone, years=years),
    )
    return found


def at_sites(table: ir.Table, scope: Scope) -> ir.Table:
    """The rows of the sites of a scope."""
    if scope.site is not None:
        table = table.filter(table.site == scope.site)
    if scope.within is not None:
        table = table.filter(table.site.isin(scope.within) if scope.within else ibis.literal(False))
    return table


def _now(local: ir.TimestampValue, period: Period, before: Period) -> ir.BooleanValue:
    day = local.date()
    found: ir.BooleanValue = ibis.cases(
        ((day >= period.start) & (day < period.end), True),
        ((day >= before.start) & (day < before.end), False),
        else_=ibis.null("boolean"),
    )
    return found


def narrowed(calls: ir.Table, scope: Scope) -> ir.Table:
    """``calls`` or journeys of a scope. A campaign is known of none, and an agent of no journey."""
    for name, value in scope.told().items():
        if name not in calls.columns:
            return calls.filter(ibis.literal(False))
        calls = calls.filter(calls[name] == value) if value else calls.filter(calls[name].fill_null("") == "")
    return calls


def between(table: ir.Table, column: str, since: datetime, until: datetime) -> ir.Table:
    """The rows whose ``column`` lies in ``[since, until)``; whole months of files are left out by their names."""
    begin, end = _naive(since), _naive(until)
    months = (table.month >= f"{begin:%Y-%m}") & (table.month <= f"{end:%Y-%m}")
    return table.filter(months & (table[column] >= begin) & (table[column] < end))


def _naive(moment: datetime) -> datetime:
    return moment.astimezone(UTC).replace(tzinfo=None)
