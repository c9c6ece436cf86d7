"""Narrows calls and journeys to what the desk asks about: a period of local days, and a place, queue, line or agent."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime

import ibis
import ibis.expr.types as ir

from decroche.model.board import Dimension, Period, Scope
from decroche.understand.live_journeys import LiveState
from decroche.warehouse.prepared import Clocks

__all__ = ["SPLITS", "Clocks", "at_sites", "calls_asked", "journeys_asked", "narrowed"]

#: What calls can be told apart by. Campaigns are not known of calls.
SPLITS = tuple(dimension for dimension in Dimension if dimension is not Dimension.CAMPAIGN)


def calls_asked(calls: ir.Table, period: Period, before: Period, scope: Scope, *, latest: datetime) -> ir.Table:
    """The calls of two periods and a scope, with the columns of ``tallies.PART_SCHEMA``.

    ``calls`` have ``prepared.CALLS_SCHEMA``. ``now`` is true in ``period`` and false in ``before``. What became of
    first contacts after ``latest`` (UTC, naive) is not known yet.
    """
    found = _in_periods(_of_scope(calls, scope), "local_started", period, before)
    return found.mutate(first=found.first & (found.started <= latest))


def journeys_asked(
    journeys: ir.Table, period: Period, before: Period, scope: Scope, *, ripe_until: datetime
) -> ir.Table:
    """The journeys that opened in two periods, with the columns of ``journey_tallies.PART_SCHEMA``.

    ``journeys`` have ``prepared.JOURNEYS_SCHEMA``. Those whose miss a late fact contradicted are none. ``ripe_until``
    (UTC, naive): those opened then or before are old enough to be decided.
    """
    found = _in_periods(_of_scope(journeys, scope), "local_opened", period, before)
    found = found.filter(found.state != LiveState.WITHDRAWN.value)
    return found.mutate(ripe=found.opened <= ripe_until)


def _of_scope(rows: ir.Table, scope: Scope) -> ir.Table:
    return narrowed(at_sites(rows, scope), replace(scope, site=None))


def _in_periods(rows: ir.Table, column: str, period: Period, before: Period) -> ir.Table:
    local = rows[column]
    starts = [datetime.combine(each, datetime.min.time()) for each in (before.start, before.end, period.start)]
    end = datetime.combine(period.end, datetime.min.time())
    found = rows.filter((local >= starts[0]) & (local < end) & ((local < starts[1]) | (local >= starts[2])))
    return found.mutate(now=found[column] >= starts[2])


def at_sites(table: ir.Table, scope: Scope) -> ir.Table:
    """The rows of the sites of a scope."""
    if scope.site is not None:
        table = table.filter(table.site == scope.site)
    if scope.within is not None:
        table = table.filter(table.site.isin(scope.within) if scope.within else ibis.literal(False))
    return table


def narrowed(calls: ir.Table, scope: Scope) -> ir.Table:
    """``calls`` or journeys of a scope. A campaign is known of none, and an agent of no journey."""
    for name, value in scope.told().items():
        if name not in calls.columns:
            return calls.filter(ibis.literal(False))
        calls = calls.filter(calls[name] == value) if value else calls.filter(calls[name].fill_null("") == "")
    return calls
