"""Which of the parts of one call still belong to the caller's wait, and which come after somebody answered."""

from __future__ import annotations

import ibis
import ibis.expr.types as ir

from decroche.model.call import MissedReason

#: Reasons that a phone which never rang can give.
_NOT_RUNG = (MissedReason.BUSY, MissedReason.NO_AGENT_AVAILABLE, MissedReason.TECHNICAL_FAILURE)


def first_time(key: ir.StringValue, time: ir.TimestampValue, which: ir.BooleanValue) -> ir.TimestampValue:
    """For every row: the earliest ``time`` among the rows of the same call for which ``which`` holds, else null."""
    return ibis.ifelse(which, time, ibis.null("timestamp")).min().over(ibis.window(group_by=key))


def any_of_call(key: ir.StringValue, which: ir.BooleanValue) -> ir.BooleanValue:
    """For every row: whether ``which`` holds for some row of the same call."""
    return which.fill_null(False).any().over(ibis.window(group_by=key))


def told_by_call(key: ir.StringValue, reason: ir.StringValue, rang: ir.BooleanValue) -> ir.StringValue:
    """The reason of a leg, left out where it only says that this one phone could not be rung while another one was.

    A call whose second phone was busy, offline or out of order but whose first one rang was not lost for that.
    """
    not_rung = reason.isin([str(word) for word in _NOT_RUNG]).fill_null(False)
    return ibis.ifelse(not_rung & any_of_call(key, rang), ibis.null("string"), reason)
