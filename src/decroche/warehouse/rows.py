"""Completes the rows of a translated export: UTC times, one person per number, and a fate for every row.

What comes in are the canonical columns of a connector or a mapping; what goes out says of each row whether it is kept,
ignored or rejected, and carries its UTC time and the person at the other end.
"""

from __future__ import annotations

from datetime import datetime

import ibis
import ibis.expr.types as ir

from decroche.connector_kit.files import Clock
from decroche.model.call import Direction, MissedReason, NumberKind
from decroche.understand.numbers import INTERNAL_DIGITS
from decroche.warehouse.numbers import UNDECIDED, with_person, with_person_id
from decroche.warehouse.zones import to_utc

#: An export of calls does not begin before this year; a clock that lost its battery says 1970.
FIRST_YEAR = 1990
#: The shortest number of somebody outside, written without a country code.
_OUTSIDE_DIGITS = 8
#: The words that some columns of completed rows are made of.
ROW_WORDS = {
    "fate": ["ignored", "rejected"],
    "direction": [way.value for way in Direction],
    "reason": [reason.value for reason in MissedReason],
    "caller_kind": [*(kind.value for kind in NumberKind), UNDECIDED],
}


def completed(
    rows: ir.Table, *, zone: str, clock: Clock, region: str, caller_is_id: bool, direction_told: bool, latest: datetime
) -> ir.Table:
    """``rows`` with ``started`` in UTC, ``caller_kind``, ``person``, ``hour_repeated``, ``hour_missing``.

    ``latest`` (UTC, naive): a call cannot begin later. Rows without a readable start, out of range or with a negative
    duration are given the fate "rejected"; a fate that the connector gave stays. Where nothing tells the direction
    (``direction_told`` is False) a call from an extension to an outside number is ours.
    """
    if not direction_told and not caller_is_id:
        rows = rows.mutate(direction=_direction_of_numbers(rows))
    if clock is Clock.LOCAL:
        reading = to_utc(rows.started, zone, years=(FIRST_YEAR, latest.year))
        timed = rows.mutate(started=reading.utc, hour_repeated=reading.repeated, hour_missing=reading.missing)
    else:
        timed = rows.mutate(hour_repeated=ibis.literal(False), hour_missing=ibis.literal(False))
    other = ibis.ifelse(timed.direction == Direction.OUTBOUND.value, timed.called, timed.caller)
    known = with_person_id(timed, other) if caller_is_id else with_person(timed, other, region=region)
    return _with_fate(known, latest)


def _direction_of_numbers(rows: ir.Table) -> ir.StringValue:
    """The direction as given, but outbound from a short number to a long one and internal between two short ones."""
    calling, called = (rows[name].replace(" ", "") for name in ("caller", "called"))
    from_inside = calling.re_search(rf"^[0-9]{{1,{INTERNAL_DIGITS}}}$").fill_null(False)
    outside = called.length() >= _OUTSIDE_DIGITS
    inside = called.re_search(rf"^[0-9]{{1,{INTERNAL_DIGITS}}}$").fill_null(False)
    return ibis.cases(
        (from_inside & outside, Direction.OUTBOUND.value),
        (from_inside & inside, Direction.INTERNAL.value),
        else_=rows.direction,
    )


def _with_fate(rows: ir.Table, latest: datetime) -> ir.Table:
    negative = ibis.or_(
        *((rows[name] < 0).fill_null(False) for name in ("wait_s", "ring_s", "talk_s", "hold_s", "wrap_s", "total_s"))
    )
    wrong = ibis.cases(
        (rows.started.isnull(), "start_unreadable"),
        ((rows.started < datetime(FIRST_YEAR, 1, 1)) | (rows.started > latest), "year_out_of_range"),  # noqa: DTZ001
        (negative, "negative_duration"),
        else_=ibis.null("string"),
    )
    kept = rows.fate.isnull()
    return rows.mutate(
        fate=ibis.ifelse(kept & wrong.notnull(), "rejected", rows.fate),
        fate_reason=ibis.ifelse(kept, wrong, rows.fate_reason),
        direction=rows.direction.fill_null(Direction.UNKNOWN.value),
    )
