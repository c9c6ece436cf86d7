"""RingCentral's call log: the CSV downloaded from its pages, and the records of its API as JSON lines.

RingCentral gives each call (or, in a queue, each rung member) a result word. Only ``Accepted``, ``Call connected`` and
``Connected`` mean that somebody talked; the members that did not answer say ``Missed`` or ``IP Phone Offline``, so the
records of one telephony session are joined. The CSV names no session: its rows stand alone, and a queue whose members
are listed one by one counts as several calls there.

The duration of a record runs from its start, so ``talk_s`` of an answered call includes its ring. The CSV is written in
the account's own zone; its dates are read month first unless some day of the file is above 12 in the first place.
"""

from __future__ import annotations

import ibis
import ibis.expr.types as ir

from decroche.connector_kit.files import Clock, FileFormat, canonical, column
from decroche.connector_kit.headers import has_columns, header_with
from decroche.connector_kit.legs import told_by_call
from decroche.connector_kit.nested import member
from decroche.connector_kit.values import one_of, seconds
from decroche.connector_kit.zoned_times import utc_time
from decroche.model.call import Direction, MissedReason

ANSWERED = ("accepted", "call connected", "connected")
#: Result word (without case) -> reason. ``Stopped``, ``Reply``, ``Unknown`` and new words tell no reason.
REASONS = {
    "missed": MissedReason.NO_ANSWER,
    "no answer": MissedReason.NO_ANSWER,
    "busy": MissedReason.BUSY,
    "rejected": MissedReason.AGENT_REJECTED,
    "declined": MissedReason.AGENT_REJECTED,
    "hang up": MissedReason.ABANDONED_RINGING,
    "abandoned": MissedReason.ABANDONED_QUEUE,
    "ip phone offline": MissedReason.NO_AGENT_AVAILABLE,
    **dict.fromkeys(("blocked", "restricted number", "not allowed"), MissedReason.BLOCKED_SPAM),
    **dict.fromkeys(
        (
            "call failed", "call failure", "internal error", "wrong number", "suspended account", "no calling credit",
            "international disabled", "international restricted",
        ),
        MissedReason.TECHNICAL_FAILURE,
    ),
}  # fmt: skip

_is_csv = has_columns("Phone Number", "Date", "Time", "Action", "Action Result", "Duration")
_is_csv_from_to = has_columns("From", "To", "Date", "Time", "Action", "Action Result", "Duration")
_is_records = has_columns("sessionId", "startTime", "direction", "action", "result", "duration")

_DATE = r"(\d{1,2})[/.-](\d{1,2})[/.-](\d{4})"
_TIME = r"^(\d{1,2}):(\d{2})(?::(\d{2}))?\s*([AaPp][Mm])?$"


def _local_time(date: ir.StringValue, time: ir.StringValue) -> ir.TimestampValue:
    """A naive time from ``Wed 11/04/2026`` (or ``2026-11-04``) and ``9:15 AM`` (or ``21:15``); null when unreadable."""
    first, second = (date.re_extract(_DATE, place).try_cast("int64") for place in (1, 2))
    day_first = (first > 12).fill_null(False).any().over(ibis.window())
    day, month = ibis.ifelse(day_first, first, second), ibis.ifelse(day_first, second, first)
    split = date.re_extract(_DATE, 3) + "-" + month.cast("string").lpad(2, "0") + "-" + day.cast("string").lpad(2, "0")
    iso = ibis.ifelse(first.isnull(), date.re_extract(r"\d{4}-\d{2}-\d{2}", 0), split)
    half = time.re_extract(_TIME, 4).lower()
    hour = time.re_extract(_TIME, 1).try_cast("int64")
    hour = ibis.cases(((half == "pm") & (hour < 12), hour + 12), ((half == "am") & (hour == 12), 0), else_=hour)
    second_text = ibis.coalesce(time.re_extract(_TIME, 3).nullif(""), "00")
    clock = hour.cast("string").lpad(2, "0") + ":" + time.re_extract(_TIME, 2) + ":" + second_text
    return (iso + " " + clock).try_cast("timestamp")


def _verdict(*, result: ir.StringValue, way: ir.StringValue, fax: ir.BooleanValue) -> dict[str, ir.Value]:
    """The columns that both forms derive from a result word and a direction word."""
    inbound = one_of(way, "inbound", "incoming", "in")
    answered = one_of(result, *ANSWERED)
    running = one_of(result, "in progress")
    word = result.lower()
    return {
        "fate": ibis.cases((fax, "ignored"), (running, "rejected")),
        "fate_reason": ibis.cases((fax, "fax"), (running, "outcome_unknown")),
        "direction": ibis.cases(
            (inbound, str(Direction.INBOUND)),
            (one_of(way, "outbound", "outgoing", "out"), str(Direction.OUTBOUND)),
            else_=str(Direction.UNKNOWN),
        ),
        "answered": answered,
        "rang": answered | one_of(result, "missed", "no answer", "hang up", "rejected", "declined"),
        "reason": ibis.ifelse(
            answered, ibis.null("string"), ibis.cases(*[(word == key, str(ours)) for key, ours in REASONS.items()])
        ),
        "raw_reason": ibis.ifelse(answered, ibis.null("string"), result),
    }


def translate_csv(table: ir.Table) -> ir.Table:
    """Canonical rows of the downloaded CSV, one a line, in the account's local clock."""
    kind, action = column(table, "Type"), column(table, "Action")
    way = ibis.coalesce(column(table, "Direction"), kind)
    result = column(table, "Action Result")
    inbound = one_of(way, "inbound", "incoming", "in")
    fax = one_of(kind, "fax") | action.lower().contains("fax").fill_null(False)
    duration = seconds(column(table, "Duration"))
    other = column(table, "Phone Number")
    columns = _verdict(result=result, way=way, fax=fax)
    answered = one_of(result, *ANSWERED)
    description = column(table, "Result Description")
    columns["raw_reason"] = ibis.ifelse(
        answered, ibis.null("string"), ibis.ifelse(description.notnull(), result + ": " + description, result)
    )
    return canonical(
        table,
        **columns,
        started=_local_time(column(table, "Date"), column(table, "Time")),
        caller=ibis.coalesce(column(table, "From"), ibis.ifelse(inbound, other, ibis.null("string"))),
        called=ibis.coalesce(column(table, "To"), ibis.ifelse(inbound, ibis.null("string"), other)),
        line=ibis.ifelse(inbound, column(table, "To"), ibis.null("string")),
        agent=column(table, "Extension"),
        queued=one_of(result, "abandoned"),
        voicemail=inbound & one_of(result, "voicemail"),
        wait_s=ibis.ifelse(answered | one_of(result, "voicemail"), ibis.null("float64"), duration),
        talk_s=ibis.ifelse(answered, duration, ibis.null("float64")),
        total_s=duration,
    )


def translate_records(table: ir.Table) -> ir.Table:
    """Canonical rows of call-log records, one a record; times are UTC."""
    way, result = column(table, "direction"), column(table, "result")
    inbound = one_of(way, "inbound")
    answered = one_of(result, *ANSWERED)
    voicemail = one_of(result, "voicemail") | one_of(member(column(table, "message"), "type"), "voicemail")
    duration = seconds(column(table, "duration"))
    from_json, to_json = column(table, "from"), column(table, "to")
    extension = ibis.coalesce(
        member(column(table, "extension"), "name"),
        member(column(table, "extension"), "extensionNumber"),
        member(column(table, "extension"), "id"),
        ibis.ifelse(inbound, ibis.null("string"), member(from_json, "name")),
    )
    hunting = column(table, "legs").re_search(r'"legType"\s*:\s*"Hunting"').fill_null(False)
    to_number = ibis.coalesce(member(to_json, "phoneNumber"), member(to_json, "extensionNumber"))
    columns = _verdict(result=result, way=way, fax=one_of(column(table, "type"), "fax"))
    key = ibis.coalesce(column(table, "telephonySessionId"), column(table, "sessionId"))
    columns["reason"] = told_by_call(key, columns["reason"], columns["rang"])
    return canonical(
        table,
        **columns,
        call_key=key,
        started=utc_time(column(table, "startTime")),
        caller=ibis.coalesce(member(from_json, "phoneNumber"), member(from_json, "extensionNumber")),
        called=to_number,
        line=ibis.ifelse(inbound, to_number, ibis.null("string")),
        agent=extension,
        queued=inbound & (hunting | one_of(result, "abandoned")),
        voicemail=inbound & ~answered & voicemail,
        wait_s=ibis.ifelse(answered | voicemail, ibis.null("float64"), duration),
        talk_s=ibis.ifelse(answered, duration, ibis.null("float64")),
        total_s=duration,
    )


FORMATS = (
    FileFormat(
        name="ringcentral_call_log_csv",
        title="RingCentral call log (CSV)",
        clock=Clock.LOCAL,
        translate=translate_csv,
        recognise=header_with(_is_csv, _is_csv_from_to),
        recognise_columns=lambda names: _is_csv(names) or _is_csv_from_to(names),
    ),
    FileFormat(
        name="ringcentral_call_log_records",
        title="RingCentral call-log records",
        clock=Clock.UTC,
        translate=translate_records,
        recognise=header_with(_is_records),
        recognise_columns=_is_records,
    ),
)
