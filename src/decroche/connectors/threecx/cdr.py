"""Reads 3CX's call detail records (cdr.log): lines without a header, in the order of fields that 3CX documents.

In 3CX a queue and a menu answer at once, so a filled ``time-answered`` does not mean that a person answered. Where the
line says what the last party is (``final-type``, else ``to-type``), a person answered when the call was answered and
that party is an extension. Where the line does not say it (older or shortened lines), a person answered when the call
was answered later than it started, or when a party replaced another (``Replaced…``); a call that a queue forwarded
(``QFwd…``) is not counted as answered by a person, because its last party may be anything.

An end written ``Ext.…`` or of type ``extension`` is inside. A call from outside is inbound, from inside to outside is
outbound, else internal. Types and words are compared without regard to case, as 3CX writes both. Where a machine
answered first, waiting and talking cannot be told apart: both are null.

Lines of one call share ``historyid``. The times are read as UTC: no public document states it, one public reader of
live files relies on it.
"""

from __future__ import annotations

import re

import ibis
import ibis.expr.types as ir

from decroche.connector_kit.files import Dialect, Sample, canonical, column
from decroche.connector_kit.samples import records
from decroche.connector_kit.values import iso_time, seconds

_NAMES = (
    *("historyid", "callid", "duration", "time-start", "time-answered", "time-end", "reason-terminated"),
    *("from-no", "to-no", "from-dn", "to-dn", "dial-no", "reason-changed", "final-number", "final-dn"),
    *("bill-code", "bill-rate", "bill-cost", "bill-name", "chain", "from-type", "to-type", "final-type"),
    *("from-dispname", "to-dispname", "final-dispname", "missed-queue-calls"),
)
_TIME = re.compile(r"\d{4}/\d\d/\d\d \d\d:\d\d:\d\d")
_HISTORY = re.compile(r"Call \d+")

_BY_CALLER = ("terminatedbysrc", "src_participant_terminated")
_BY_CALLED = ("terminatedbydst", "dst_participant_terminated")


def _is_record(fields: list[str]) -> bool:
    return (
        15 <= len(fields) <= len(_NAMES) + 1
        and _HISTORY.fullmatch(fields[0]) is not None
        and _TIME.fullmatch(fields[3]) is not None
        and (not fields[4] or _TIME.fullmatch(fields[4]) is not None)
        and _TIME.fullmatch(fields[5]) is not None
    )


def recognise(sample: Sample) -> Dialect | None:
    """The dialect of a cdr.log in the documented order of fields, whole or cut short at the right."""
    rows = records(sample)
    good = [row for row in rows if _is_record(row)]
    if not good or len(good) * 10 < len(rows) * 8:
        return None
    return Dialect(header_line=None, names=_NAMES, ragged=True)


def _is_inside(number: ir.StringValue, kind: ir.StringValue) -> ir.BooleanValue:
    return (number.lower().startswith("ext.") | (kind == "extension")).fill_null(False)


def translate(table: ir.Table) -> ir.Table:
    """Canonical rows of 3CX call detail records."""
    started = iso_time(column(table, "time-start"))
    answered_at = iso_time(column(table, "time-answered"))
    ended = iso_time(column(table, "time-end"))
    source, target = column(table, "from-no"), column(table, "to-no")
    from_type, to_type = column(table, "from-type").lower(), column(table, "to-type").lower()
    final, final_type = column(table, "final-number", "final-dn"), column(table, "final-type").lower()
    changed = column(table, "reason-changed").lower()
    ended_by = column(table, "reason-terminated").lower()

    from_inside = _is_inside(source, from_type)
    to_inside = _is_inside(target, to_type) | to_type.isin(["queue", "ivr", "voicemail", "ringgroup"]).fill_null(False)
    way = ibis.cases((~from_inside, "inbound"), (to_inside, "internal"), else_="outbound")

    has_final = final.notnull()
    last_type = ibis.ifelse(has_final, ibis.coalesce(final_type, ibis.literal("")), to_type)
    typed = (to_type.notnull() & (~has_final | final_type.notnull())).fill_null(False)
    is_answered = answered_at.notnull()
    later = (answered_at > started).fill_null(False)
    forwarded = changed.startswith("qfwd").fill_null(False)
    replaced = changed.startswith("replaced").fill_null(False)
    answered = ibis.cases(
        (~is_answered, False),
        (way == "outbound", True),
        (typed, last_type == "extension"),
        (forwarded, False),
        (replaced & has_final, True),
        else_=later,
    ).fill_null(False)

    in_queue = [(kind == "queue").fill_null(False) for kind in (from_type, to_type, final_type)]
    queued = forwarded | in_queue[0] | in_queue[1] | in_queue[2] | column(table, "missed-queue-calls").notnull()
    voicemail = (typed & (last_type == "voicemail") & is_answered).fill_null(False)
    by_caller, by_called = ended_by.isin(_BY_CALLER), ended_by.isin(_BY_CALLED)
    reason = ibis.cases(
        (answered | voicemail, ibis.null("string")),
        (forwarded, "queue_timeout"),
        (~(by_caller | by_called), "unknown"),
        (by_caller & typed & (last_type == "queue"), "abandoned_queue"),
        (by_caller & typed & (last_type == "ivr"), "abandoned_ivr"),
        (by_caller & ~is_answered & ~queued, "abandoned_ringing"),
        else_=ibis.null("string"),
    )
    rang = answered | (~is_answered & ibis.cases((typed, last_type == "extension"), else_=to_inside) & by_caller)
    rows = table.mutate(call_key_=column(table, "historyid"), started_=started)
    of_call = rows["started_"].min().over(ibis.window(group_by="call_key_"))
    first = ibis.ifelse(rows["call_key_"].isnull(), rows["started_"], of_call)
    until = ibis.cases(
        ((answered | voicemail) & later, answered_at), (answered, ibis.null("timestamp")), else_=ended
    ).epoch_seconds()
    waited = (until - first.epoch_seconds()).cast("float64")
    rung = (until - started.epoch_seconds()).cast("float64")
    talked = ibis.ifelse(
        answered & later, (ended.epoch_seconds() - answered_at.epoch_seconds()).cast("float64"), ibis.null("float64")
    )
    queue = ibis.cases(
        (to_type == "queue", ibis.coalesce(column(table, "to-dispname"), column(table, "to-dn"), target)),
        (final_type == "queue", ibis.coalesce(column(table, "final-dispname"), column(table, "final-dn"), final)),
        (forwarded, ibis.coalesce(column(table, "to-dispname"), column(table, "to-dn"), target)),
        else_=ibis.null("string"),
    )
    person = ibis.ifelse(
        has_final,
        ibis.coalesce(column(table, "final-dispname"), column(table, "final-dn"), final),
        ibis.coalesce(column(table, "to-dispname"), column(table, "to-dn"), target),
    )
    by = ibis.coalesce(column(table, "from-dispname"), column(table, "from-dn"), source)
    end_word, change_word = column(table, "reason-terminated"), column(table, "reason-changed")
    return canonical(
        rows,
        call_key=rows["call_key_"],
        direction=way,
        started=started,
        caller=source,
        called=ibis.coalesce(column(table, "dial-no"), target),
        line=ibis.ifelse(way == "inbound", column(table, "from-dn"), ibis.null("string")),
        queue=queue,
        agent=ibis.cases((way == "outbound", by), (answered, person), else_=ibis.null("string")),
        answered=answered,
        queued=queued,
        rang=rang,
        voicemail=voicemail,
        reason=reason,
        raw_reason=ibis.coalesce(end_word + "; " + change_word, end_word, change_word),
        wait_s=waited,
        ring_s=ibis.ifelse((rang & ~queued).fill_null(False), rung, ibis.null("float64")),
        talk_s=talked,
        total_s=ibis.coalesce(
            (ended.epoch_seconds() - started.epoch_seconds()).cast("float64"), seconds(column(table, "duration"))
        ),
    )
