"""Reads 3CX's call log: the rows of ReportCallLogData, and the report that the web client exports.

One call is several rows, joined by ``MainCallHistoryId`` (``Call ID`` in the report): the queue, each phone, the menu.
A row that is not answered is not a missed call; the call is missed when no row was answered by a person. A row says so
when it is answered, has talking time, and its destination is an extension. The report has no destination type: there
every answered row counts but those of a queue (``Inbound Queue``).

The times of ReportCallLogData are UTC. Those of the report are read as UTC too, which its documents do not state.
"""

from __future__ import annotations

from collections.abc import Iterable

import ibis
import ibis.expr.types as ir

from decroche.connector_kit.files import canonical, column
from decroche.connector_kit.headers import has_columns, header_with
from decroche.connector_kit.values import iso_time, one_of, seconds

_of_rows = has_columns("MainCallHistoryId", "StartTime", "RingingDuration", "TalkingDuration", "Answered", "Direction")
_of_report = has_columns("Call Time", "Call ID", "From", "To", "Direction", "Status", "Ringing", "Talking")
recognise = header_with(_of_rows, _of_report)

_IN_BRACKETS = r"\(([^()]*)\)\s*$"
_ISO_DURATION = r"^PT(?:(\d+)H)?(?:(\d+)M)?(?:(\d+(?:\.\d+)?)S)?$"


def recognise_columns(names: Iterable[str]) -> bool:
    """Whether these are columns of 3CX's call log."""
    given = frozenset(names)
    return _of_rows(given) or _of_report(given)


def _duration(text: ir.StringValue) -> ir.FloatingValue:
    """Seconds from ``PT1M31.2S`` or from ``0:01:31``; null when unreadable."""
    parts = [
        text.re_extract(_ISO_DURATION, group).nullif("").try_cast("float64").fill_null(0) * unit
        for group, unit in ((1, 3600.0), (2, 60.0), (3, 1.0))
    ]
    return ibis.ifelse(text.startswith("PT"), parts[0] + parts[1] + parts[2], seconds(text))


def translate(table: ir.Table) -> ir.Table:
    """Canonical rows of the call log; ``started`` in UTC."""
    told = column(table, "Direction").lower()
    kind = column(table, "CallType").lower()
    destination_type = column(table, "DestinationType").lower()
    status = column(table, "Status")
    ring = _duration(column(table, "RingingDuration", "Ringing"))
    talk = _duration(column(table, "TalkingDuration", "Talking"))

    queued = ((told == "inbound queue") | (kind == "queue")).fill_null(False)
    to_person = ibis.coalesce(destination_type.isin(["0", "extension"]), ~queued)
    picked_up = ibis.ifelse(
        column(table, "Answered").notnull(),
        one_of(column(table, "Answered"), "true", "1"),
        one_of(status, "answered"),
    )
    answered = (picked_up & to_person & (talk > 0)).fill_null(False)
    way = ibis.cases(
        (told.startswith("inbound"), "inbound"),
        (told.startswith("outbound"), "outbound"),
        (told == "internal", "internal"),
        else_="unknown",
    )
    # An outbound row's destination is an outside line: a person answered when the line did.
    answered = answered | ((way == "outbound") & picked_up & (talk > 0)).fill_null(False)

    source, target = column(table, "From"), column(table, "To")
    caller = ibis.coalesce(
        column(table, "SourceCallerId"),
        source.re_extract(_IN_BRACKETS, 1).nullif(""),
        source,
        column(table, "SourceDn"),
    )
    called = ibis.coalesce(
        column(table, "DestinationCallerId"),
        ibis.ifelse(way == "outbound", column(table, "DestinationDisplayName"), ibis.null("string")),
        target.re_extract(_IN_BRACKETS, 1).nullif(""),
        target,
        column(table, "DestinationDn"),
    )
    named = ibis.coalesce(column(table, "DestinationDisplayName"), target, column(table, "DestinationDn"))
    by = ibis.coalesce(column(table, "SourceDisplayName"), source, column(table, "SourceDn"))
    rows = table.mutate(
        call_key_=column(table, "MainCallHistoryId", "Call ID"),
        started_=iso_time(column(table, "StartTime", "Call Time").re_replace(r"Z$", "")),
        offered_=queued | to_person.fill_null(False),
    )
    offered = ibis.ifelse(rows["offered_"], rows["started_"], ibis.null("timestamp"))
    first = offered.min().over(ibis.window(group_by="call_key_"))
    since_offer = rows["started_"].delta(first, unit="millisecond").cast("float64") / 1000
    known = picked_up | one_of(status, "answered", "unanswered") | status.isnull()
    return canonical(
        rows,
        call_key=rows["call_key_"],
        direction=way,
        started=rows["started_"],
        caller=caller,
        called=called,
        line=ibis.ifelse(way == "inbound", column(table, "SourceDn"), ibis.null("string")),
        queue=ibis.ifelse(queued, named, ibis.null("string")),
        agent=ibis.cases((way == "outbound", by), (answered, named), else_=ibis.null("string")),
        answered=answered,
        queued=queued,
        rang=answered | (to_person & (ring > 0)).fill_null(False),
        reason=ibis.ifelse(known, ibis.null("string"), "unknown"),
        raw_reason=ibis.coalesce(column(table, "Reason"), status),
        wait_s=ibis.ifelse(rows["offered_"] & rows["call_key_"].notnull(), since_offer + ring, ring),
        ring_s=ibis.ifelse(queued, ibis.null("float64"), ring),
        talk_s=ibis.ifelse(answered, talk, ibis.null("float64")),
        total_s=ring + talk,
    )
