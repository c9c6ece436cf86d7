"""Which rows of the columns a figure counts: what is added up and what is listed are chosen here, nowhere else."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime, timedelta

import ibis
import ibis.expr.types as ir

from decroche.model.call import MissedReason
from decroche.model.hours import HourClass
from decroche.understand.counted import EVERY_REASON, RECOVERED_BY, CallSet, JourneySet, Reasons
from decroche.understand.live_journeys import LiveState

#: A call of ours within so long is a callback, where days without any are counted.
CALLED_BACK_WITHIN = timedelta(hours=24)


def in_set(calls: ir.Table, which: CallSet, *, answer_within_s: float) -> ir.BooleanValue:
    """Whether a call is one of a set. ``calls`` are offered ones, with the columns of ``tallies.PART_SCHEMA``.

    Asked for those that were called back, they have ``called_back`` as well.
    """
    within = (calls.waited_s <= answer_within_s).fill_null(False)
    kinds: list[ir.BooleanValue] = []
    if which.answered:
        kinds.append(~calls.missed)
    elif which.answered_within:
        kinds.append(~calls.missed & within)
    for reasons, more in ((which.missed, None), (which.missed_within, within), (which.missed_after, ~within)):
        if reasons:
            kinds.append(_because(calls, reasons) if more is None else _because(calls, reasons) & more)
    if which.called_back:
        kinds.append(calls.called_back)
    found = ibis.or_(*kinds)
    if which.told is not None:
        found = found & calls[which.told].notnull()
    if which.first:
        found = found & calls.first
    if which.resolved:
        found = found & calls.resolved
    if which.open is not None:
        open_ = (calls.hour_class == HourClass.OPEN.value).fill_null(True)
        found = found & (open_ if which.open else ~open_)
    return found


def _because(calls: ir.Table, reasons: Reasons) -> ir.BooleanValue:
    """Missed for one of these reasons; a call whose reason nobody told is of the reason « unknown »."""
    if reasons == EVERY_REASON:
        return calls.missed
    others = EVERY_REASON - reasons
    # The shorter list is compared with.
    listed = reasons if len(reasons) <= len(others) else others
    words = sorted(reason.value for reason in listed)
    found = calls.reason == words[0] if len(words) == 1 else calls.reason.isin(words)
    found = found.fill_null(MissedReason.UNKNOWN in listed)
    return calls.missed & (found if listed is reasons else ~found)


def in_journey_set(journeys: ir.Table, which: JourneySet, *, now: datetime) -> ir.BooleanValue:
    """Whether a journey is one of a set. ``journeys`` have the columns of ``journey_tallies.PART_SCHEMA``.

    ``now`` is UTC, naive.
    """
    if which in RECOVERED_BY:
        return (journeys.recovered_by == RECOVERED_BY[which].value).fill_null(False)
    return _JOURNEYS[which](journeys, now)


def _recovered(journeys: ir.Table) -> ir.BooleanValue:
    return journeys.recovered_by.notnull()


def _expired(journeys: ir.Table) -> ir.BooleanValue:
    return (journeys.state == LiveState.EXPIRED.value) & ~_recovered(journeys)


def _decided(journeys: ir.Table) -> ir.BooleanValue:
    return journeys.ripe & (_expired(journeys) | _recovered(journeys))


def _over(journeys: ir.Table, now: datetime) -> ir.BooleanValue:
    return journeys.opened + _first_day() <= now


def _not_called(journeys: ir.Table) -> ir.BooleanValue:
    called = (journeys.callback_s <= CALLED_BACK_WITHIN.total_seconds()).fill_null(False)
    settled = (journeys.closed - _first_day() <= journeys.opened).fill_null(False)
    return ~called & ~(settled & _recovered(journeys))


def _first_day() -> ir.IntervalScalar:
    return ibis.interval(seconds=int(CALLED_BACK_WITHIN.total_seconds()))


_JOURNEYS: dict[JourneySet, Callable[[ir.Table, datetime], ir.BooleanValue]] = {
    JourneySet.OPENED: lambda journeys, _: journeys.opened.notnull(),
    JourneySet.RECOVERED: lambda journeys, _: _recovered(journeys),
    JourneySet.EXPIRED: lambda journeys, _: _expired(journeys),
    JourneySet.OPEN: lambda journeys, _: ~_expired(journeys) & ~_recovered(journeys),
    JourneySet.DECIDED: lambda journeys, _: _decided(journeys),
    JourneySet.KEPT: lambda journeys, _: _decided(journeys) & _recovered(journeys),
    JourneySet.CALLED: lambda journeys, _: journeys.callback_s.notnull(),
    JourneySet.OVER: _over,
    JourneySet.NOT_CALLED: lambda journeys, now: _over(journeys, now) & _not_called(journeys),
}
