"""Reads Asterisk's call detail records: Master.csv, cdr_custom files, and exports of the cdr table.

Queue(), a menu and a voicemail answer the channel, so ``ANSWERED`` alone does not mean that a person answered. Here a
person answered when the row is ``ANSWERED``, has a called channel, has billed seconds, and its last application
connects people (Dial, Queue…). A row that a queue wrote has no reason of its own: what a phone of the queue did is not
why the call was missed.

Rows of one call share ``linkedid``, else ``uniqueid``, else the calling channel's name and day. Local channels double
the rows of a call: such a row is set aside when a real channel shares its ``linkedid``, and always when the file has no
``linkedid``.

Asterisk counts billed seconds from the first answer. Where a menu or a queue answered first, the talk time contains
that wait, and the wait before the person is not told (null).
"""

from __future__ import annotations

import re
from collections.abc import Iterable

import ibis
import ibis.expr.types as ir

from decroche.connector_kit.files import Dialect, Sample, canonical, column
from decroche.connector_kit.headers import has_columns, header_with
from decroche.connector_kit.samples import records
from decroche.connector_kit.stages import further, staged
from decroche.connector_kit.values import iso_time, one_of, seconds
from decroche.connectors.asterisk.channels import direction, endpoint, is_local, is_long

_HEAD = ("accountcode", "src", "dst", "dcontext", "clid", "channel", "dstchannel", "lastapp", "lastdata")
_TIMES = ("start", "answer", "end", "duration", "billsec", "disposition", "amaflags")
_MASTER = (*_HEAD, *_TIMES)
_NEWER = ("peeraccount", "linkedid", "sequence")
_CUSTOM = (
    *("clid", "src", "dst", "dcontext", "channel", "dstchannel", "lastapp", "lastdata"),
    *(*_TIMES, "accountcode", "uniqueid", "userfield", "sequence"),
)

_TIME = re.compile(r"\d{4}-\d\d-\d\d \d\d:\d\d:\d\d")
_SECONDS = re.compile(r"-?\d+(\.\d+)?")
_WORD = re.compile(r"[A-Z][A-Z _]*")
_UNIQUEID = re.compile(r"(\S+-)?\d{9,11}\.\d+")
_AMA = frozenset({"OMIT", "BILLING", "DOCUMENTATION", "DEFAULT", "1", "2", "3", ""})

CONNECTS_PEOPLE = ("dial", "queue", "appdial", "appqueue", "pickup", "pickupchan", "retrydial", "followme", "page")
MENU = ("background", "waitexten", "read", "ivr", "playback", "backgrounddetect")
CLOSED_CONTEXT = r"closed|after-?_?hours|ferme|hors-?_?ouverture|night|nuit"
DISPOSITIONS = ("ANSWERED", "NO ANSWER", "BUSY", "FAILED", "CONGESTION", "CANCEL")
NOT_NUMBERS = ("s", "h", "t", "i", "fax", "failed", "hang", "hangup")


def _is_record(fields: list[str], *, first_time: int) -> bool:
    if len(fields) < first_time + len(_TIMES):
        return False
    start, answer, end, duration, billsec, disposition, ama = fields[first_time : first_time + len(_TIMES)]
    return (
        _TIME.fullmatch(start) is not None
        and _TIME.fullmatch(end) is not None
        and (not answer or _TIME.fullmatch(answer) is not None)
        and _SECONDS.fullmatch(duration) is not None
        and _SECONDS.fullmatch(billsec) is not None
        and _WORD.fullmatch(disposition) is not None
        and ama in _AMA
    )


def _master_names(rows: list[list[str]]) -> tuple[str, ...] | None:
    """The columns after the sixteenth depend on three switches of Asterisk; the widest row shows which are on."""
    extra = max(len(row) for row in rows) - len(_MASTER)
    has_uniqueid = any(len(row) > 16 and _UNIQUEID.fullmatch(row[16]) for row in rows)
    one = ("uniqueid",) if has_uniqueid else ("userfield",)
    both = ("uniqueid", "userfield")
    tails: dict[int, tuple[str, ...]] = {0: (), 1: one, 2: both, 3: _NEWER, 4: (*one, *_NEWER), 5: (*both, *_NEWER)}
    return (*_MASTER, *tails[extra]) if extra in tails else None


def columns_of(row: list[str]) -> tuple[str, ...] | None:
    """The names of the columns of one row of a Master.csv or of a cdr_custom file; None when it is neither's."""
    if _is_record(row, first_time=len(_HEAD)):
        return _master_names([row])
    return _CUSTOM[: len(row)] if len(row) <= len(_CUSTOM) and _is_record(row, first_time=8) else None


def _without_header(sample: Sample) -> Dialect | None:
    rows = records(sample)
    for first_time, width in ((len(_HEAD), (16, 21)), (8, (15, 19))):
        good = [row for row in rows if width[0] <= len(row) <= width[1] and _is_record(row, first_time=first_time)]
        if good and len(good) * 10 >= len(rows) * 8:
            names = _master_names(good) if first_time == len(_HEAD) else _CUSTOM[: max(len(row) for row in good)]
            return Dialect(header_line=None, names=names, ragged=True) if names else None
    return None


_SHARED = ("src", "dst", "channel", "duration", "billsec", "disposition")
_of_table = has_columns(*_SHARED, "calldate")
_of_newer_table = has_columns(*_SHARED, "start")
_with_header = header_with(_of_table, _of_newer_table)


def recognise_columns(names: Iterable[str]) -> bool:
    """Whether these are columns of Asterisk's cdr table."""
    given = frozenset(names)
    return _of_table(given) or _of_newer_table(given)


def recognise(sample: Sample) -> Dialect | None:
    """The dialect of a Master.csv of 16 to 21 columns, of a cdr_custom file, or of a table export with a header."""
    return _without_header(sample) or _with_header(sample)


def _anywhere(rows: ir.Table, flag: ir.BooleanValue) -> ir.BooleanValue:
    """Whether any row of the same call has the flag; a row without a key is a call of its own."""
    return ibis.ifelse(rows["call_key"].isnull(), flag, flag.any().over(ibis.window(group_by="call_key")))


def _first_offer(rows: ir.Table) -> ir.TimestampValue:
    """When the call first came to a queue or a phone: each attempt of a call is a row with a start of its own."""
    offered = ibis.ifelse(rows["queued"] | rows["dialled"], rows["started"], ibis.null("timestamp"))
    of_call = offered.min().over(ibis.window(group_by="call_key")).coalesce(rows["started"])
    return ibis.ifelse(rows["call_key"].isnull(), rows["started"], of_call)


def _parsed(table: ir.Table) -> ir.Table:
    channel, destination = column(table, "channel"), column(table, "dst")
    source, clid = column(table, "src", "cnum"), column(table, "clid")
    started = iso_time(column(table, "start", "calldate"))
    linked = column(table, "linkedid")
    same_channel = ibis.ifelse(
        channel.re_search(r"-[0-9a-fA-F]{8}$"), channel + " " + started.date().cast("string"), ibis.null("string")
    )
    return staged(
        table,
        call_key=ibis.coalesce(linked, column(table, "uniqueid"), same_channel),
        linked=linked.notnull(),
        started=started,
        channel=channel,
        dstchannel=column(table, "dstchannel"),
        source=source,
        caller=ibis.coalesce(source, clid.re_extract(r"<([^<>]*)>\s*$", 1).nullif("")),
        destination=destination,
        number=ibis.ifelse(one_of(destination, *NOT_NUMBERS), ibis.null("string"), destination),
        did=column(table, "did"),
        context=column(table, "dcontext").lower(),
        application=column(table, "lastapp").lower().fill_null(""),
        lastdata=column(table, "lastdata"),
        billed=seconds(column(table, "billsec")),
        total=seconds(column(table, "duration")),
        raw_reason=column(table, "disposition"),
        disposition=column(table, "disposition").upper(),
    )


def _flagged(rows: ir.Table) -> ir.Table:
    up = rows["disposition"] == "ANSWERED"
    dialled = rows["application"].isin(CONNECTS_PEOPLE) & rows["dstchannel"].notnull()
    return further(
        rows,
        local=is_local(rows["channel"]),
        to_local=is_local(rows["dstchannel"]),
        picked_up=(up & dialled & (rows["billed"] > 0)).fill_null(False),
        mailbox=(up & (rows["application"] == "voicemail")).fill_null(False),
        queued=rows["application"] == "queue",
        dialled=dialled,
        rang=(dialled & rows["disposition"].isin(["ANSWERED", "NO ANSWER", "CANCEL"])).fill_null(False),
        closed=rows["context"].re_search(CLOSED_CONTEXT).fill_null(False),
        direction=direction(
            did=rows["did"],
            context=rows["context"],
            source_channel=rows["channel"],
            source=rows["source"],
            destination_channel=rows["dstchannel"],
            destination=rows["destination"],
        ),
    )


def _across_call(rows: ir.Table) -> ir.Table:
    across = further(
        rows,
        real_row=_anywhere(rows, ~rows["local"]),
        real_pick_up=_anywhere(rows, rows["picked_up"] & ~rows["to_local"]),
        any_mailbox=_anywhere(rows, rows["mailbox"]),
        any_rang=_anywhere(rows, rows["rang"]),
        any_queued=_anywhere(rows, rows["queued"]),
        offered=_first_offer(rows),
    )
    by_machine = across["to_local"] & across["any_mailbox"] & ~across["real_pick_up"]
    return further(
        across,
        answered=across["picked_up"] & ~by_machine,
        voicemail=across["mailbox"] | by_machine,
        set_aside=across["local"] & (across["real_row"] | ~across["linked"]),
        since_offer=(across["started"].epoch_seconds() - across["offered"].epoch_seconds()).cast("float64"),
        before_answer=across["total"] - across["billed"],
    )


def translate(table: ir.Table) -> ir.Table:
    """Canonical rows of a CDR table; durations in seconds, ``started`` in the switch's local time."""
    rows = _across_call(_flagged(_parsed(table)))
    text, number = ibis.null("string"), ibis.null("float64")
    disposition, answered, way = rows["disposition"], rows["answered"], rows["direction"]
    elsewhere = rows["any_rang"] | rows["any_queued"] | rows["any_mailbox"]
    reason = ibis.cases(
        (answered | rows["voicemail"], text),
        (disposition.notnull() & ~disposition.isin(DISPOSITIONS), "unknown"),
        (rows["queued"], text),
        (disposition == "BUSY", "busy"),
        ((disposition == "NO ANSWER") & rows["dialled"], "no_answer"),
        (disposition == "CANCEL", "abandoned_ringing"),
        (disposition.isin(["FAILED", "CONGESTION"]) & ~rows["any_rang"], "technical_failure"),
        (rows["application"].isin(MENU) & ~elsewhere & ~rows["closed"], "abandoned_ivr"),
        else_=text,
    )
    until_answer = rows["since_offer"] + rows["before_answer"]
    return canonical(
        rows,
        fate=ibis.ifelse(rows["set_aside"], "ignored", text),
        fate_reason=ibis.ifelse(rows["set_aside"], "local_channel", text),
        call_key=rows["call_key"],
        direction=way,
        started=rows["started"],
        caller=rows["caller"],
        called=ibis.ifelse(way == "inbound", ibis.coalesce(rows["did"], rows["number"]), rows["number"]),
        line=ibis.coalesce(
            rows["did"], ibis.ifelse((way == "inbound") & is_long(rows["number"]), rows["number"], text)
        ),
        queue=ibis.ifelse(rows["queued"], rows["lastdata"].re_extract(r"^([^,|]+)", 1).nullif(""), text),
        agent=ibis.cases(
            (way == "outbound", endpoint(rows["channel"])), (answered, endpoint(rows["dstchannel"])), else_=text
        ),
        answered=answered,
        queued=rows["queued"],
        rang=rows["rang"],
        voicemail=rows["voicemail"],
        after_hours=rows["closed"],
        reason=reason,
        raw_reason=rows["raw_reason"],
        wait_s=ibis.cases(
            (answered & (until_answer > 0), until_answer),
            (answered, number),
            (rows["dialled"] | rows["queued"], rows["since_offer"] + rows["total"]),
            else_=number,
        ),
        ring_s=ibis.ifelse(rows["rang"] & ~rows["queued"] & (rows["before_answer"] > 0), rows["before_answer"], number),
        talk_s=ibis.ifelse(answered, rows["billed"], number),
        total_s=rows["total"],
    )
