"""Makes of calls and journeys what the figures of any period count: the local time, the verdict, what came after."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime, time, timedelta
from zoneinfo import ZoneInfo

import ibis
import ibis.expr.types as ir

from decroche.model.board import Period
from decroche.model.call import Direction
from decroche.understand.counted import OUT_OF_REACH
from decroche.understand.journeys import SILENCE
from decroche.warehouse.tallies import with_verdict_columns
from decroche.warehouse.zones import to_local

#: How many days after an answered call the same person must stay away for the need to count as met, and before it.
RESOLVED_DAYS = 7
#: A call: its place in local time, its verdict, and how long it took.
BASE_SCHEMA = {
    "id": "string", "started": "timestamp(6)", "local_started": "timestamp(6)", "person": "int64", "site": "string",
    "department": "string", "queue": "string", "line": "string", "agent": "string", "hour_class": "string",
    "reason": "string", "offered": "boolean", "missed": "boolean", "reached": "boolean", "ours": "boolean",
    "voicemail": "boolean", "waited_s": "float64", "talk_s": "float64", "hold_s": "float64", "wrap_s": "float64",
}  # fmt: skip
#: What other calls of the same person say of it: whether it was the first answered one of a need, whether the need was
#: met by it, and whether our own call reached whoever was missed.
CALLS_SCHEMA = {**BASE_SCHEMA, "first": "boolean", "resolved": "boolean", "called_back": "boolean"}
#: A journey, with the place and hour of its first missed call, and the wait for our first call.
JOURNEYS_SCHEMA = {
    "id": "string", "opened": "timestamp(6)", "expires": "timestamp(6)", "closed": "timestamp(6)",
    "local_opened": "timestamp(6)",
    "person": "int64", "site": "string", "department": "string", "queue": "string", "line": "string",
    "hour_class": "string", "state": "string", "recovered_by": "string", "callback_s": "float64",
    "first_call": "string",
}  # fmt: skip
#: The first and last year of which clocks must be right.
Years = tuple[int, int]
_MICROSECONDS = 1_000_000
_EPOCH = datetime(1970, 1, 1)  # noqa: DTZ001


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


def base_calls(calls: ir.Table, clocks: Clocks, *, years: Years) -> ir.Table:
    """Calls of the lake with the columns BASE_SCHEMA, each by the clock of its site.

    What is neither offered nor ours is counted nowhere, and left out.
    """
    found = with_verdict_columns(calls).mutate(ours=(calls.direction == Direction.OUTBOUND.value).fill_null(False))
    found = found.filter(found.offered | found.ours)
    return found.mutate(local_started=by_local_clock(found, "started", clocks, years)).select(*BASE_SCHEMA)


def first_contacts(calls: ir.Table, *, days: int = RESOLVED_DAYS) -> ir.Table:
    """The first answered calls of needs: their ``number``, and ``resolved``, within so many days.

    ``calls`` have the columns BASE_SCHEMA and a number ``row``, and are all there are of their people. Three integers
    of each are sorted, and not the calls.
    """
    known = calls.filter(calls.offered & calls.person.notnull())
    # Of calls in one moment the answered one comes first.
    known = known.select(
        "row", pair=_pair(known), place=_since(known.started) * 2 + known.missed.cast("int64")
    )  # fmt: skip
    window = days * 24 * 3600 * _MICROSECONDS
    so_far = ibis.window(group_by="pair", order_by="place", rows=(None, -1))
    following = ibis.window(group_by="pair", order_by="place")
    answered_at = ibis.ifelse((known.place & 1) == 0, known.place, ibis.null("int64"))
    known = known.mutate(before=answered_at.max().over(so_far), after=known.place.lead().over(following))
    at = known.place >> 1
    first = known.before.isnull() | (at - (known.before >> 1) > window)
    found = known.filter(((known.place & 1) == 0) & first)
    return found.select(
        number="row", resolved=found.after.isnull() | ((found.after >> 1) - (found.place >> 1) > window)
    )


def called_back(calls: ir.Table) -> ir.Table:
    """The ``missed_one`` numbers of missed calls whose caller our own call reached later, within the silence.

    ``calls`` are as those of ``first_contacts``.
    """
    known = calls.filter(calls.person.notnull())
    ours = known.filter(known.reached)
    reachable = known.missed & ~known.reason.isin(sorted(reason.value for reason in OUT_OF_REACH)).fill_null(False)
    theirs = known.filter(reachable).semi_join(ours, ["person", "site"])
    both = [
        rows.select("row", pair=_pair(rows), time=_since(rows.started), by_us=ibis.literal(by_us))
        for rows, by_us in ((ours, True), (theirs, False))
    ]
    timed = both[0].union(both[1])
    later = ibis.window(group_by="pair", order_by="time", range=(1, None))
    timed = timed.mutate(next=ibis.ifelse(timed.by_us, timed.time, ibis.null("int64")).min().over(later))
    soon = (timed.next - timed.time <= SILENCE // timedelta(microseconds=1)).fill_null(False)
    return timed.filter(~timed.by_us & soon).select(missed_one="row")


def prepared_calls(calls: ir.Table) -> ir.Table:
    """``calls`` as those of ``first_contacts``, with the columns CALLS_SCHEMA."""
    firsts, backs = first_contacts(calls), called_back(calls)
    found = calls.left_join(firsts, calls.row == firsts.number)
    found = found.left_join(backs, found.row == backs.missed_one)
    return found.mutate(
        first=found.number.notnull(),
        resolved=found.resolved.fill_null(False),
        called_back=found.missed_one.notnull(),
    ).select(*CALLS_SCHEMA)


def prepared_journeys(journeys: ir.Table, calls: ir.Table, clocks: Clocks, *, years: Years) -> ir.Table:
    """Journeys of the lake with the columns JOURNEYS_SCHEMA; ``calls`` are all of their people, with BASE_SCHEMA.

    The wait is for our first call to the person while the need was open, answered or not.
    """
    misses = calls.filter(calls.missed)
    misses = misses.select(miss="id", department="department", queue="queue", line="line", hour_class="hour_class")
    found = journeys.left_join(misses, journeys.first_call == misses.miss).drop("miss")
    ours = calls.filter(calls.ours & calls.person.notnull()).select(called="person", at="started")
    met = journeys.join(ours, journeys.person == ours.called)
    until = ibis.coalesce(met.closed, met.expires)
    met = met.filter((met.at > met.opened) & (met.at <= until))
    first = met.group_by("id").agg(called_at=met.at.min()).rename(journey="id")
    found = found.left_join(first, found.id == first.journey)
    found = found.mutate(callback_s=found.called_at.delta(found.opened, unit="microsecond") / _MICROSECONDS)
    return found.mutate(local_opened=by_local_clock(found, "opened", clocks, years)).select(*JOURNEYS_SCHEMA)


def _pair(calls: ir.Table) -> ir.Value:
    return ibis.struct({"person": calls.person, "site": calls.site}).hash()


def _since(moment: ir.TimestampValue) -> ir.IntegerValue:
    found: ir.IntegerValue = moment.delta(ibis.literal(_EPOCH), unit="microsecond")
    return found


def by_local_clock(table: ir.Table, column: str, clocks: Clocks, years: Years) -> ir.TimestampValue:
    """A moment of UTC by the clock of the row's site."""
    utc = table[column]
    there = [
        (table.site.isin(sorted(name for name, zone in clocks.zones.items() if zone == other)), other)
        for other in sorted(set(clocks.zones.values()))
    ]
    if not there:
        return to_local(utc, clocks.zone, years=years)
    found: ir.TimestampValue = ibis.cases(
        *((places, to_local(utc, other, years=years)) for places, other in there),
        else_=to_local(utc, clocks.zone, years=years),
    )
    return found
