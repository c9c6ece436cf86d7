"""Reads Asterisk's queue_log: one row per event, joined by the caller's channel, the best witness of a missed call.

Every event that tells how long the caller had waited dates the call back to its entry into the queue, so a log whose
first lines are cut off still gives the start. ``RINGNOANSWER`` counts milliseconds, all other events seconds.
``ENTERQUEUE`` carries the reason ``unknown``: it stands only when no other event says how the wait ended. Where the log
tells no end at all, the call is flagged neither queued nor rung: that the caller gave up would be a guess.
``EXITWITHKEY`` means that the caller pressed the key that leaves the queue; it is read as asking to be called back.
A caller number of 2 to 6 digits is an extension's: the call is internal.
"""

from __future__ import annotations

import re

import ibis
import ibis.expr.types as ir

from decroche.connector_kit.files import Dialect, Sample, canonical, column
from decroche.connector_kit.headers import has_columns, header_with
from decroche.connector_kit.samples import records
from decroche.connector_kit.stages import further, staged
from decroche.connector_kit.values import epoch_seconds, iso_time, seconds
from decroche.connectors.asterisk.channels import endpoint, is_short

_NAMES = ("epoch", "callid", "queue", "agent", "event", "p1", "p2", "p3", "p4", "p5", "p6")
_EPOCH = re.compile(r"\d{9,10}(\.\d+)?")

SYSTEM = ("CONFIGRELOAD", "QUEUESTART")
AGENT_STATE = (
    *("ADDMEMBER", "REMOVEMEMBER", "PAUSE", "UNPAUSE", "PAUSEALL", "UNPAUSEALL", "PENALTY", "RINGINUSE"),
    *("AGENTLOGIN", "AGENTLOGOFF", "AGENTCALLBACKLOGIN", "AGENTCALLBACKLOGOFF"),
)
_COMPLETED = ("COMPLETEAGENT", "COMPLETECALLER")
_TRANSFERRED = ("BLINDTRANSFER", "ATTENDEDTRANSFER", "TRANSFER")
_ANSWERED = ("CONNECT", *_COMPLETED, *_TRANSFERRED)
_LEFT = ("ABANDON", "EXITWITHTIMEOUT", "EXITEMPTY", "WITHDRAW")
_RINGING = ("RINGNOANSWER", "RINGCANCELED")
_CALL = ("ENTERQUEUE", *_ANSWERED, *_LEFT, "EXITWITHKEY", *_RINGING, "AGENTDUMP", "SYSCOMPAT", "DID", "OUTCALL")
_EVENTS = frozenset({*_CALL, *SYSTEM, *AGENT_STATE})
NO_CALL = ("NONE", "REALTIME", "MANAGER")


def recognise(sample: Sample) -> Dialect | None:
    """The dialect of a pipe-separated queue_log: seconds since 1970, and mostly events that Asterisk documents."""
    rows = records(sample, delimiter="|", quote="")
    good = [row for row in rows if 5 <= len(row) <= len(_NAMES) and _EPOCH.fullmatch(row[0]) and row[4].isupper()]
    known = [row for row in good if row[4] in _EVENTS]
    if not known or len(good) * 10 < len(rows) * 9 or len(known) * 2 < len(good):
        return None
    return Dialect(delimiter="|", quote="", header_line=None, names=_NAMES, ragged=True)


#: Whether column names are those of Asterisk's realtime queue_log table.
recognise_columns = has_columns("time", "callid", "queuename", "agent", "event", "data1")
recognise_table = header_with(recognise_columns)


def _parsed(table: ir.Table) -> ir.Table:
    event, call_id = column(table, "event").upper(), column(table, "callid")
    parameters = {f"p{n}": column(table, f"p{n}", f"data{n}") for n in range(1, 5)}
    at = ibis.coalesce(epoch_seconds(column(table, "epoch")), iso_time(column(table, "time")))
    return staged(
        table,
        event=event,
        word=column(table, "event"),
        key=ibis.ifelse(call_id.upper().isin(NO_CALL), ibis.null("string"), call_id),
        at=at,
        queue=column(table, "queue", "queuename").nullif("NONE"),
        agent=column(table, "agent").nullif("NONE"),
        caller=ibis.ifelse(event == "ENTERQUEUE", parameters["p2"], ibis.null("string")),
        **parameters,
    )


def _timed(rows: ir.Table) -> ir.Table:
    event, number = rows["event"], ibis.null("float64")
    completed, transferred = event.isin(_COMPLETED), event.isin(_TRANSFERRED)
    timed = further(
        rows,
        waited=ibis.cases(
            (event.isin(["CONNECT", *_COMPLETED]), seconds(rows["p1"])),
            (event.isin([*_LEFT, *_TRANSFERRED]), seconds(rows["p3"])),
            (event == "EXITWITHKEY", seconds(rows["p4"])),
            else_=number,
        ),
        talked=ibis.cases(
            (completed | (event == "OUTCALL"), seconds(rows["p2"])), (transferred, seconds(rows["p4"])), else_=number
        ),
        is_answer=event.isin(_ANSWERED),
        is_end=event.isin([*_ANSWERED, *_LEFT, "EXITWITHKEY", "AGENTDUMP", "SYSCOMPAT"]),
        is_call=event.isin(_CALL).fill_null(False),
    )
    # An outgoing call has no wait: its duration says nothing about the time of an entry.
    known = timed["waited"].notnull()
    elapsed = ibis.ifelse(known, timed["waited"] + timed["talked"].fill_null(0), 0.0)
    entered = timed["at"] - (elapsed * 1000).round().cast("int64").as_interval("ms")
    answer_at = timed["at"] - (timed["talked"].fill_null(0) * 1000).round().cast("int64").as_interval("ms")
    return further(
        timed,
        entered=entered,
        total=ibis.ifelse(known, elapsed, number),
        answer_at=ibis.ifelse(timed["is_answer"], answer_at, ibis.null("timestamp")),
    )


def _across_call(rows: ir.Table) -> ir.Table:
    call, keyed = ibis.window(group_by="key"), rows["key"].notnull()
    first_answer = rows["answer_at"].min().over(call)
    return further(
        rows,
        of_caller=ibis.ifelse(keyed, rows["caller"].max().over(call), rows["caller"]),
        goes_on=ibis.ifelse(keyed, rows["is_end"].any().over(call), rows["is_end"]).fill_null(False),
        # After a transfer another agent answers: the caller had been answered before, and waits no more.
        again=(keyed & (rows["answer_at"] > first_answer + ibis.interval(seconds=1))).fill_null(False),
    )


def translate(table: ir.Table) -> ir.Table:
    """Canonical rows of a queue log: UTC for the file, the zone of the switch for the table."""
    rows = _across_call(_timed(_parsed(table)))
    text, number = ibis.null("string"), ibis.null("float64")
    event, kept, agent = rows["event"], rows["is_call"], rows["agent"]
    in_queue = kept & ~event.isin(["DID", "OUTCALL"])
    way = ibis.cases((event == "OUTCALL", "outbound"), (is_short(rows["of_caller"]), "internal"), else_="inbound")

    def when_kept(value: ir.Value) -> ir.Value:
        return ibis.ifelse(kept, value, ibis.null(value.type()))

    return canonical(
        rows,
        fate=ibis.ifelse(kept, text, "ignored"),
        fate_reason=ibis.cases(
            (kept, text),
            (event.isin(AGENT_STATE), "agent_state"),
            (event.isin(SYSTEM), "system_event"),
            else_="not_a_call",
        ),
        call_key=rows["key"],
        direction=when_kept(way),
        started=rows["entered"],
        caller=rows["caller"],
        line=ibis.ifelse(event == "DID", rows["p1"], text),
        queue=ibis.ifelse(in_queue, rows["queue"], text),
        agent=when_kept(ibis.ifelse(agent.contains("/"), endpoint(agent), agent)),
        answered=when_kept(rows["is_answer"] | ((event == "OUTCALL") & (rows["talked"] > 0))),
        queued=when_kept(in_queue & rows["goes_on"]),
        rang=when_kept(event.isin([*_RINGING, *_ANSWERED, "AGENTDUMP"]) & rows["goes_on"]),
        reason=ibis.cases(
            (event == "ABANDON", "abandoned_queue"),
            (event == "EXITWITHTIMEOUT", "queue_timeout"),
            (event == "EXITEMPTY", "no_agent_available"),
            (event == "EXITWITHKEY", "callback_requested"),
            (event == "SYSCOMPAT", "technical_failure"),
            (event.isin(["ENTERQUEUE", "WITHDRAW"]), "unknown"),
            else_=text,
        ),
        raw_reason=ibis.cases(
            (event == "OUTCALL", rows["p1"]),
            (event.isin(["ENTERQUEUE", "CONNECT", "DID", *_RINGING]), text),
            else_=rows["word"],
        ),
        wait_s=ibis.ifelse(rows["again"], number, rows["waited"]),
        ring_s=ibis.cases(
            (event.isin(_RINGING), seconds(rows["p1"]) / 1000),
            (event == "CONNECT", seconds(rows["p3"])),
            else_=number,
        ),
        talk_s=rows["talked"],
        total_s=rows["total"],
    )
