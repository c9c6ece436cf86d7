"""Gives every call its one verdict, for whole files at once. The twin of ``understand.missed``."""

from __future__ import annotations

import ibis
import ibis.expr.types as ir

from decroche.model.call import ABANDONED, Direction, Disposition, MissedReason, NumberKind
from decroche.model.hours import HourClass
from decroche.understand.missed import OUTBOUND_RESULT, SHORT_ABANDON_S


def with_verdict(calls: ir.Table, *, short_abandon_s: float = SHORT_ABANDON_S) -> ir.Table:
    """``calls`` (with ``hour_class``) with ``disposition``, ``reason``, ``after_hours``, ``offered``, ``waited_s``."""
    calls = calls.mutate(
        after_hours=calls.after_hours
        | (calls.hour_class != HourClass.OPEN.value).fill_null(False)
        | (calls.reason == MissedReason.AFTER_HOURS.value).fill_null(False),
        waited_s=ibis.coalesce(
            calls.wait_s, calls.ring_s, ibis.ifelse(calls.answered, ibis.null("float64"), calls.total_s)
        ),
    )
    calls = calls.mutate(_reason=_reason(calls, short_abandon_s))
    inbound = calls.direction == Direction.INBOUND.value
    calls = calls.mutate(
        disposition=ibis.cases(
            (
                (calls.direction == Direction.INTERNAL.value)
                | (inbound & (calls.caller_kind == NumberKind.INTERNAL.value)),
                Disposition.INTERNAL.value,
            ),
            (calls.direction == Direction.UNKNOWN.value, Disposition.UNKNOWN.value),
            (calls.answered, Disposition.ANSWERED.value),
            (calls.direction == Direction.OUTBOUND.value, _outbound(calls.reason)),
            (calls._reason == MissedReason.BLOCKED_SPAM.value, Disposition.BLOCKED.value),
            else_=Disposition.MISSED.value,
        )
    )
    refused = calls.disposition.isin([Disposition.MISSED.value, Disposition.BLOCKED.value])
    return calls.mutate(
        reason=ibis.ifelse(refused, calls._reason, ibis.null("string")),
        offered=(calls.disposition == Disposition.MISSED.value)
        | (inbound & (calls.disposition == Disposition.ANSWERED.value)),
    ).drop("_reason")


def _outbound(reason: ir.StringValue) -> ir.StringValue:
    return ibis.cases(
        *((reason == told.value, result.value) for told, result in OUTBOUND_RESULT.items()),
        else_=Disposition.UNKNOWN.value,
    )


def _reason(calls: ir.Table, short_abandon_s: float) -> ir.StringValue:
    told = calls.reason
    short = (calls.waited_s < short_abandon_s).fill_null(False)
    unheard = (told == MissedReason.AFTER_HOURS.value) & (calls.queued | calls.rang)
    return ibis.cases(
        (
            told.isin([reason.value for reason in ABANDONED]),
            ibis.ifelse(short, MissedReason.SHORT_ABANDON.value, told),
        ),
        (told.notnull() & (told != MissedReason.UNKNOWN.value) & ~unheard, told),
        (short & (calls.waited_s != 0) & ~calls.voicemail, MissedReason.SHORT_ABANDON.value),
        (calls.queued, MissedReason.ABANDONED_QUEUE.value),
        (calls.rang, MissedReason.NO_ANSWER.value),
        (calls.after_hours, MissedReason.AFTER_HOURS.value),
        else_=MissedReason.UNKNOWN.value,
    )
