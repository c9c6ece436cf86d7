"""Aircall's call export (CSV or XLSX): one row a call, with Aircall's own reason for each missed call.

The file counts from 2025 columns ("v3") back to two older headers; the UTC time, the direction, the answer and the
missed reason are in all of them, and only these are demanded. Numbers are written as digits with the country code.

An answer counts as a person's unless the call has no user and an AI voice agent spent time on it. Waiting time
excludes the menu. A reason of Aircall that is not among its six stays in ``raw_reason`` and gets no reason of ours.
"""

from __future__ import annotations

import ibis
import ibis.expr.types as ir

from decroche.connector_kit.files import Clock, FileFormat, canonical, column
from decroche.connector_kit.headers import has_columns, header_with
from decroche.connector_kit.numbers import international
from decroche.connector_kit.stages import further, staged
from decroche.connector_kit.values import one_of, seconds
from decroche.connector_kit.zoned_times import utc_time
from decroche.model.call import Direction, MissedReason

#: Aircall's reasons. The two misspelt ones occur in exports rewritten by other tools.
REASONS = {
    "out_of_opening_hours": MissedReason.AFTER_HOURS,
    "short_abandoned": MissedReason.SHORT_ABANDON,
    "abandoned_in_ivr": MissedReason.ABANDONED_IVR,
    "abandonned_in_ivr": MissedReason.ABANDONED_IVR,
    "abandoned_in_classic": MissedReason.ABANDONED_QUEUE,
    "abandonned_in_classic": MissedReason.ABANDONED_QUEUE,
    "no_available_agent": MissedReason.NO_AGENT_AVAILABLE,
    "agents_did_not_answer": MissedReason.NO_ANSWER,
}

_is_export = has_columns("datetime (utc)", "direction", "from", "to", "answered", "missed_call_reason")


def translate(table: ir.Table) -> ir.Table:
    """Canonical rows of an Aircall export. Times: ``datetime (UTC)``."""
    r = staged(
        table,
        key=column(table, "call id (internal)", "call id"),
        way=column(table, "direction").lower(),
        started=utc_time(column(table, "datetime (utc)")),
        from_=international(column(table, "from")),
        to=international(column(table, "to")),
        customer=column(table, "customer number"),
        line=column(table, "line"),
        department=ibis.coalesce(column(table, "team"), column(table, "ivr branch")),
        user=column(table, "user").nullif("[No associated user]"),
        yes=one_of(column(table, "answered"), "yes", "oui", "true", "1"),
        machine_s=seconds(column(table, "time with ai voice agent")),
        why=column(table, "missed_call_reason"),
        call_type=column(table, "call type").lower(),
        voicemail=column(table, "voicemail"),
        in_call=seconds(column(table, "duration (in call)", "in-call duration")),
        total=seconds(column(table, "duration (total)")),
        menu=seconds(column(table, "time in ivr")),
        to_answer=seconds(column(table, "time to answer")),
        waiting=seconds(column(table, "waiting time")),
    )
    inbound = (r.way == "inbound").fill_null(False)
    by_machine = r.user.isnull() & (r.machine_s > 0).fill_null(False)
    r = further(
        r, inbound=inbound, taken=r.yes & ~by_machine, missed=inbound & ~(r.yes & ~by_machine), word=r.why.lower()
    )
    closed = r.missed & ((r.word == "out_of_opening_hours") | (r.call_type == "out of business hours")).fill_null(False)
    told = ibis.cases(*[(r.word == theirs, str(ours)) for theirs, ours in REASONS.items()])
    none = ibis.null("string")
    waited = ibis.coalesce(r.waiting, r.total - r.in_call.fill_null(0.0)) - r.menu.fill_null(0.0)
    distributed = one_of(r.word, "abandoned_in_classic", "abandonned_in_classic")
    return canonical(
        r,
        call_key=r.key,
        direction=ibis.cases(
            (r.inbound, str(Direction.INBOUND)),
            (r.way == "outbound", str(Direction.OUTBOUND)),
            (r.way == "internal", str(Direction.INTERNAL)),
            else_=str(Direction.UNKNOWN),
        ),
        started=r.started,
        caller=ibis.ifelse(r.inbound, ibis.coalesce(r.customer, r.from_), r.from_),
        called=ibis.ifelse(r.inbound, r.to, ibis.coalesce(r.customer, r.to)),
        line=r.line,
        department=r.department,
        agent=r.user,
        answered=r.taken,
        queued=r.missed & distributed,
        rang=r.taken | distributed | one_of(r.word, "agents_did_not_answer"),
        voicemail=r.missed & r.voicemail.notnull(),
        after_hours=closed,
        reason=ibis.ifelse(
            r.missed, ibis.coalesce(told, ibis.ifelse(closed, str(MissedReason.AFTER_HOURS), none)), none
        ),
        raw_reason=r.why,
        wait_s=ibis.coalesce(r.to_answer, waited.clip(lower=0)),
        talk_s=ibis.ifelse(r.taken, r.in_call, ibis.null("float64")),
        total_s=r.total,
    )


FORMATS = (
    FileFormat(
        name="aircall_export",
        title="Aircall call export",
        clock=Clock.UTC,
        translate=translate,
        recognise=header_with(_is_export),
        recognise_columns=_is_export,
    ),
)
