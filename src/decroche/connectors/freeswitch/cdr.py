"""Reads FreeSWITCH's call records: mod_cdr_csv's Master.csv, and exports of FusionPBX's call table with a header.

A menu, a queue and a voicemail answer too, so billed seconds alone do not mean that a person answered. Here a person
answered when the row has billed seconds and was bridged to a second leg (``bleg_uuid``, ``bridge_uuid``, an agent's
answer), and did not end in the voicemail.

Which way the call went: FusionPBX says it (``direction``: inbound, outbound, local). Otherwise the context ``public``
(or one that names the outside) is inbound; a called number of 7 digits or more is outbound; between two numbers of 2 to
6 digits the call is internal; anything else is unknown.

Rows of second legs join the first leg where the file links them: they tell who answered and how long the two talked. A
phone that stopped ringing because another took the call is set aside where the file does not link it. The stamps are
the switch's local time.
"""

from __future__ import annotations

import re
from collections.abc import Mapping

import ibis
import ibis.expr.types as ir

from decroche.connector_kit.files import Dialect, Sample, canonical, column
from decroche.connector_kit.headers import has_columns, header_with
from decroche.connector_kit.samples import records
from decroche.connector_kit.stages import further, staged
from decroche.connector_kit.values import epoch_seconds, iso_time, one_of, seconds
from decroche.connectors.freeswitch.causes import BY_CAUSE, BY_QUEUE, ELSEWHERE, RANG, SILENT
from decroche.model.call import MissedReason

_NAMES = (
    *("caller_id_name", "caller_id_number", "destination_number", "context", "start_stamp", "answer_stamp"),
    *("end_stamp", "duration", "billsec", "hangup_cause", "uuid", "bleg_uuid", "accountcode"),
    *("read_codec", "write_codec"),
)
_TIME = re.compile(r"\d{4}-\d\d-\d\d \d\d:\d\d:\d\d")
_UUID = re.compile(r"[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}", re.IGNORECASE)
_CAUSE = re.compile(r"[A-Z][A-Z0-9_]+")

_SHORT = r"^\d{2,6}$"
_LONG = r"^\+?\d{7,}$"
_OUTSIDE_CONTEXT = r"public|inbound|incoming|entrant|trunk|pstn"
_MENU = ("ivr", "play_and_get_digits", "read", "playback")


def _is_record(fields: list[str]) -> bool:
    if not 13 <= len(fields) <= len(_NAMES):
        return False
    start, answer, end, duration, billsec, cause, uuid, second = fields[4:12]
    return (
        _TIME.fullmatch(start) is not None
        and _TIME.fullmatch(end) is not None
        and (not answer or _TIME.fullmatch(answer) is not None)
        and duration.isdigit()
        and billsec.isdigit()
        and _CAUSE.fullmatch(cause) is not None
        and _UUID.fullmatch(uuid) is not None
        and (not second or _UUID.fullmatch(second) is not None)
    )


#: Whether column names are those of a FreeSWITCH or FusionPBX call table.
recognise_columns = has_columns("caller_id_number", "destination_number", "start_stamp", "billsec", "hangup_cause")
_with_header = header_with(recognise_columns)


def recognise(sample: Sample) -> Dialect | None:
    """The dialect of a Master.csv (``example`` or built-in template), or of an export with a header."""
    rows = records(sample)
    good = [row for row in rows if _is_record(row)]
    if good and len(good) * 10 >= len(rows) * 8:
        return Dialect(header_line=None, names=_NAMES[: max(len(row) for row in good)])
    return _with_header(sample)


def _looked_up(text: ir.StringValue, words: Mapping[str, MissedReason]) -> ir.StringValue:
    return ibis.cases(*[(text == word, reason.value) for word, reason in words.items()], else_=ibis.null("string"))


def _parsed(table: ir.Table) -> ir.Table:
    own, started = column(table, "uuid", "xml_cdr_uuid"), iso_time(column(table, "start_stamp").left(19))
    answered_at = iso_time(column(table, "answer_stamp").left(19))
    joined = epoch_seconds(column(table, "cc_queue_joined_epoch"))
    left = epoch_seconds(column(table, "cc_queue_canceled_epoch"))
    with_agent = epoch_seconds(column(table, "cc_queue_answered_epoch"))
    ended = epoch_seconds(column(table, "end_epoch"))
    of_agent = ibis.ifelse(
        one_of(column(table, "cc_side"), "agent"), column(table, "cc_member_session_uuid"), ibis.null("string")
    )
    return staged(
        table,
        own=own,
        second=column(table, "bleg_uuid", "bridge_uuid"),
        told_first=ibis.coalesce(of_agent, column(table, "originating_leg_uuid", "call_uuid")).nullif(own),
        started=started,
        caller=column(table, "caller_id_number"),
        called=column(table, "destination_number"),
        dialled=column(table, "caller_destination"),
        told_way=column(table, "direction").lower(),
        context=column(table, "context").lower(),
        billed=seconds(column(table, "billsec")),
        total=seconds(column(table, "duration")),
        word=column(table, "hangup_cause"),
        cause=column(table, "hangup_cause").upper(),
        application=column(table, "last_app").lower().fill_null(""),
        queue=column(table, "cc_queue"),
        queue_word=column(table, "cc_cancel_reason"),
        agent=column(table, "cc_agent"),
        with_agent=with_agent,
        to_agent=one_of(column(table, "cc_agent_bridged"), "true", "1", "t") | with_agent.notnull(),
        message=one_of(column(table, "status"), "voicemail")
        | one_of(column(table, "voicemail_message"), "true", "1", "t"),
        before_answer=_between(started, answered_at),
        in_queue=_between(joined, ibis.coalesce(with_agent, left)),
        with_person=_between(with_agent, ended),
    )


def _between(start: ir.TimestampValue, end: ir.TimestampValue) -> ir.FloatingValue:
    return (end.epoch_seconds() - start.epoch_seconds()).cast("float64")


def _joined_to_first_legs(rows: ir.Table) -> ir.Table:
    """``rows`` with ``first_leg``, where a row is not it: told by FusionPBX, or by the row that names this one."""
    naming = rows.filter(rows["second"].notnull() & rows["own"].notnull() & (rows["second"] != rows["own"]))
    # Two bridged legs may name each other: the smaller name then leads, so that the pair stays one call.
    first = naming.group_by(leg=naming["second"]).agg(named_by=naming["own"].min()).view()
    joined = rows.left_join(first, rows["own"] == first["leg"])
    mutual = (joined["second"] == joined["named_by"]) & (joined["own"] < joined["named_by"])
    named_by = ibis.ifelse(mutual.fill_null(False), ibis.null("string"), joined["named_by"])
    known = further(joined, first_leg=ibis.coalesce(joined["told_first"], named_by.nullif(joined["own"])))
    keyed = further(
        known,
        call_key=ibis.coalesce(known["first_leg"], known["own"], known["second"]),
        linked=known["first_leg"].notnull(),
    )
    talked = (keyed["linked"] & (keyed["billed"] > 0)).fill_null(False)
    return further(keyed, told_by_second=~keyed["linked"] & talked.any().over(ibis.window(group_by="call_key")))


def _judged(rows: ir.Table) -> ir.Table:
    cause, application = rows["cause"], rows["application"]
    spoke = (rows["billed"] > 0).fill_null(False)
    queued = rows["queue"].notnull() | application.isin(["callcenter", "fifo"])
    voicemail = rows["message"] | ((application == "voicemail") & spoke)
    bridged = rows["second"].notnull() | rows["linked"] | rows["to_agent"]
    to_long, to_short = rows["called"].re_search(_LONG), rows["called"].re_search(_SHORT)
    way = ibis.cases(
        (rows["told_way"] == "inbound", "inbound"),
        (rows["told_way"] == "outbound", "outbound"),
        (rows["told_way"] == "local", "internal"),
        (rows["told_way"].notnull(), "unknown"),
        (rows["context"].re_search(_OUTSIDE_CONTEXT), "inbound"),
        (to_long, "outbound"),
        (to_short & rows["caller"].re_search(_SHORT), "internal"),
        else_="unknown",
    )
    judged = further(
        rows,
        way=way,
        to_long=to_long.fill_null(False),
        to_short=to_short.fill_null(False),
        queued=queued,
        voicemail=voicemail,
        answered=spoke & bridged & ~voicemail,
        left_menu=spoke & ~bridged & application.isin(_MENU),
        after_queue=_looked_up(rows["queue_word"].upper(), BY_QUEUE),
        rang_out=(cause.isin(RANG + ELSEWHERE) & (rows["billed"] == 0) & ~queued).fill_null(False),
        set_aside=(cause.isin(ELSEWHERE) & ~rows["linked"]).fill_null(False),
    )
    answered, number = judged["answered"], ibis.null("float64")
    return further(
        judged,
        rang=answered | judged["rang_out"],
        wait=ibis.cases(
            (judged["linked"], number),
            (judged["in_queue"].notnull(), judged["in_queue"]),
            (answered & (judged["before_answer"] > 0), judged["before_answer"]),
            (~answered & (judged["rang_out"] | judged["queued"]), judged["total"]),
            else_=number,
        ),
    )


def translate(table: ir.Table) -> ir.Table:
    """Canonical rows of FreeSWITCH call records; ``started`` in the switch's local time."""
    rows = _judged(_joined_to_first_legs(_parsed(table)))
    text, number = ibis.null("string"), ibis.null("float64")
    answered, way, cause = rows["answered"], rows["way"], rows["cause"]
    inbound, to_short = way == "inbound", rows["to_short"]
    reason = ibis.cases(
        (answered | rows["voicemail"], text),
        (rows["after_queue"].notnull(), rows["after_queue"]),
        (rows["queued"], text),
        (rows["left_menu"], MissedReason.ABANDONED_IVR.value),
        (cause.isin([*BY_CAUSE]), _looked_up(cause, BY_CAUSE)),
        (cause.isin([*SILENT, *ELSEWHERE]) | cause.isnull(), text),
        else_=MissedReason.UNKNOWN.value,
    )
    line = ibis.coalesce(rows["dialled"], ibis.ifelse(rows["to_long"], rows["called"], text))
    talk = ibis.coalesce(rows["with_person"], rows["billed"])
    return canonical(
        rows,
        fate=ibis.ifelse(rows["set_aside"], "ignored", text),
        fate_reason=ibis.ifelse(rows["set_aside"], "not_a_call", text),
        call_key=rows["call_key"],
        direction=way,
        started=rows["started"],
        caller=rows["caller"],
        called=ibis.ifelse(inbound, ibis.coalesce(rows["dialled"], rows["called"]), rows["called"]),
        line=ibis.ifelse(inbound, line, text),
        queue=rows["queue"],
        agent=ibis.cases(
            (answered & rows["agent"].notnull(), rows["agent"]),
            (rows["told_by_second"], text),
            (answered & to_short & (rows["linked"] | (inbound & ~rows["queued"])), rows["called"]),
            ((way == "outbound") & rows["caller"].re_search(_SHORT), rows["caller"]),
            else_=text,
        ),
        answered=answered,
        queued=rows["queued"],
        rang=rows["rang"],
        voicemail=rows["voicemail"],
        reason=reason,
        raw_reason=ibis.ifelse(rows["after_queue"].notnull() & ~answered, rows["queue_word"], rows["word"]),
        wait_s=rows["wait"],
        ring_s=ibis.ifelse(rows["rang"] & ~rows["queued"], rows["wait"], number),
        talk_s=ibis.ifelse(answered & ~rows["told_by_second"], talk, number),
        total_s=rows["total"],
    )
