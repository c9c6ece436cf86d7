"""Cisco Unified Communications Manager call records (CDR): several rows a call, below a header and a type line.

Each row is one connection attempt between two devices; the rows of a call share cluster, call manager and call id, even
across files. Times are epoch seconds UTC and 0 means "never". Columns grow with the release, so they are read by name.

A person answered when a row connected and its destination is neither voicemail nor a machine (conference bridge,
announcement, CTI port). Which device is what is told by Cisco's default name prefixes: a site that renamed its
voicemail or menu ports counts their calls as answered. A connection out to another trunk counts as answered: the
record cannot say whether a person or an operator's voicemail took it. Calls that nobody answered are only written when
the service parameter "CDR Log Calls with Zero Duration Flag" is on; without it this platform shows no missed call.
"""

from __future__ import annotations

from dataclasses import replace

import ibis
import ibis.expr.types as ir

from decroche.connector_kit.files import Clock, Dialect, FileFormat, Sample, canonical, column
from decroche.connector_kit.headers import has_columns, header_with
from decroche.connector_kit.legs import first_time, told_by_call
from decroche.connector_kit.stages import further, staged
from decroche.connector_kit.values import epoch_seconds, seconds
from decroche.connector_kit.zoned_times import seconds_between
from decroche.model.call import Direction, MissedReason

#: Cause value of the side that cleared first -> reason. 16, 31 and the split causes say nothing by themselves.
CAUSES = {
    17: MissedReason.BUSY,
    18: MissedReason.NO_ANSWER,
    19: MissedReason.NO_ANSWER,
    20: MissedReason.NO_AGENT_AVAILABLE,
    21: MissedReason.AGENT_REJECTED,
    **dict.fromkeys(
        (1, 3, 27, 28, 34, 38, 41, 42, 44, 47, 102, 122, 123, 125, 129, 131), MissedReason.TECHNICAL_FAILURE
    ),
}
#: Causes that a phone gives after it rang.
RANG = (16, 18, 19, 21)

_PHONE = r"(?i)^((SEP|ATA|VGC|AN)[0-9A-F]{8,}|(CSF|BOT|TCT|TAB))"
_VOICEMAIL = r"(?i)(^CiscoUM|unity|voice[ _-]?mail|-VI\d+$)"
_MACHINE = r"(?i)^(CTI|CCX|UCCX|IVR|ANN_|MOH_|CFB|MTP_|IVR_)"
_OUTSIDE_DIGITS = 7

_is_cdr = has_columns("cdrRecordType", "globalCallID_callManagerId", "globalCallID_callId", "dateTimeOrigination")
_is_cmr = has_columns("cdrRecordType", "globalCallID_callManagerId", "globalCallID_callId", "directoryNum")


def _skipping_types(sample: Sample, dialect: Dialect | None) -> Dialect | None:
    """The dialect, with the line of column types left out when the file has one."""
    second = sample.lines(2)[1:]
    typed = bool(second) and second[0].lstrip('"').upper().startswith("INTEGER")
    return replace(dialect, skip_after_header=1) if dialect is not None and typed else dialect


def _recognise_cdr(sample: Sample) -> Dialect | None:
    return _skipping_types(sample, header_with(_is_cdr)(sample))


def _recognise_cmr(sample: Sample) -> Dialect | None:
    return _skipping_types(sample, header_with(_is_cmr)(sample))


def _matches(text: ir.StringValue, pattern: str) -> ir.BooleanValue:
    return text.re_search(pattern).fill_null(False)


def _outside(number: ir.StringValue) -> ir.BooleanValue:
    """Whether a number has too many digits to be an extension."""
    return (number.re_replace(r"\D", "").length() >= _OUTSIDE_DIGITS).fill_null(False)


def translate(table: ir.Table) -> ir.Table:
    """Canonical rows of CDR files, one a connection attempt."""
    cluster, manager, call = (
        column(table, name) for name in ("globalCallId_ClusterID", "globalCallID_callManagerId", "globalCallID_callId")
    )
    final = column(table, "finalCalledPartyNumber")
    to_device, from_device = column(table, "destDeviceName"), column(table, "origDeviceName")
    r = staged(
        table,
        record_type=column(table, "cdrRecordType"),
        key=cluster.fill_null("") + "/" + manager + "/" + call,
        origination=epoch_seconds(column(table, "dateTimeOrigination")),
        connect=epoch_seconds(column(table, "dateTimeConnect")),
        disconnect=epoch_seconds(column(table, "dateTimeDisconnect")),
        orig_cause=column(table, "origCause_value").try_cast("int64").fill_null(0),
        dest_cause=column(table, "destCause_value").try_cast("int64").fill_null(0),
        calling=column(table, "callingPartyNumber"),
        final=final,
        original=ibis.coalesce(column(table, "originalCalledPartyNumber"), final),
        calling_agent=column(table, "callingPartyUnicodeLoginUserID"),
        called_agent=column(table, "finalCalledPartyUnicodeLoginUserID"),
        hunt=column(table, "huntPilotDN"),
        queued=(column(table, "wasCallQueued") == "1").fill_null(False),
        in_queue=seconds(column(table, "totalWaitTimeInQueue")).fill_null(0.0),
        duration=seconds(column(table, "duration")),
        from_known=from_device.notnull(),
        from_phone=_matches(from_device, _PHONE),
        from_machine=_matches(from_device, _MACHINE) | _matches(from_device, _VOICEMAIL),
        to_known=to_device.notnull(),
        to_phone=_matches(to_device, _PHONE),
        to_voicemail=_matches(to_device, _VOICEMAIL),
        to_machine=_matches(to_device, _MACHINE) & ~_matches(to_device, _VOICEMAIL),
    )
    to_outside = ibis.ifelse(r.to_known, ~(r.to_phone | r.to_machine | r.to_voicemail), _outside(r.final))
    r = further(
        r,
        direction=ibis.cases(
            (r.from_machine, ibis.ifelse(_outside(r.calling), str(Direction.INBOUND), str(Direction.INTERNAL))),
            (r.from_phone & to_outside, str(Direction.OUTBOUND)),
            (r.from_phone, str(Direction.INTERNAL)),
            (r.from_known | _outside(r.calling), str(Direction.INBOUND)),
            else_=str(Direction.UNKNOWN),
        ),
        connected=r.connect.notnull(),
        answered=r.connect.notnull() & ~r.to_voicemail & ~r.to_machine,
        cause=ibis.ifelse(r.orig_cause != 0, r.orig_cause, r.dest_cause),
        left=r.orig_cause == 16,
    )
    r = further(
        r,
        first_answer=first_time(r.key, r.connect, r.answered),
        offered=first_time(r.key, r.origination, ~(r.connected & r.to_machine)),
        rang=r.answered | (~r.connected & r.to_phone & r.cause.isin(RANG)),
    )
    before_answer = r.first_answer.isnull() | (r.origination < r.first_answer)
    r = further(
        r,
        waited=ibis.cases(
            (r.answered & (r.connect == r.first_answer), seconds_between(r.offered, r.connect)),
            (r.connected & r.to_voicemail & before_answer, seconds_between(r.offered, r.connect)),
            (~r.connected & before_answer, seconds_between(r.origination, r.disconnect)),
        ),
    )
    unanswered = ibis.cases(
        (r.left & r.queued, str(MissedReason.ABANDONED_QUEUE)),
        (r.left, str(MissedReason.ABANDONED_RINGING)),
        *[(r.cause == value, str(reason)) for value, reason in CAUSES.items()],
    )
    causes = "origCause_value=" + r.orig_cause.cast("string") + " destCause_value=" + r.dest_cause.cast("string")
    outbound = r.direction == str(Direction.OUTBOUND)
    header, quality = _header_again(r.record_type), (r.record_type == "2").fill_null(False)
    none, no_time = ibis.null("string"), ibis.null("float64")
    return canonical(
        r,
        fate=ibis.ifelse(header | quality, "ignored", none),
        fate_reason=ibis.cases((header, "header_again"), (quality, "quality_record")),
        call_key=r.key,
        direction=r.direction,
        started=r.origination,
        caller=r.calling,
        called=ibis.ifelse(outbound, r.final, r.original),
        line=ibis.ifelse(outbound, none, r.original),
        queue=r.hunt,
        agent=ibis.cases(
            (outbound, ibis.coalesce(r.calling_agent, r.calling)),
            (r.rang, ibis.coalesce(r.called_agent, r.final)),
        ),
        answered=r.answered,
        queued=r.queued,
        rang=r.rang,
        voicemail=r.connected & r.to_voicemail,
        reason=ibis.cases(
            (~r.connected, told_by_call(r.key, unanswered, r.rang)),
            (r.to_machine & r.left, str(MissedReason.ABANDONED_IVR)),
        ),
        raw_reason=ibis.ifelse(r.answered, none, causes),
        wait_s=r.waited,
        ring_s=ibis.ifelse(r.rang, (r.waited - ibis.ifelse(r.queued, r.in_queue, 0.0)).clip(lower=0), no_time),
        talk_s=ibis.ifelse(r.answered, r.duration, no_time),
        total_s=seconds_between(r.origination, r.disconnect),
    )


def _header_again(record_type: ir.StringValue) -> ir.BooleanValue:
    """Whether a row is a header or type line again: files put one behind the other carry them."""
    return record_type.upper().isin(["CDRRECORDTYPE", "INTEGER"]).fill_null(False)


def translate_quality(table: ir.Table) -> ir.Table:
    """The rows of a quality file (CMR), all ignored: they measure sound, not calls."""
    return canonical(
        table,
        fate=ibis.literal("ignored"),
        fate_reason=ibis.literal("quality_record"),
        started=epoch_seconds(column(table, "dateTimeStamp")),
    )


FORMATS = (
    FileFormat(
        name="cisco_cucm_cdr",
        title="Cisco CUCM call records (CDR)",
        clock=Clock.UTC,
        translate=translate,
        recognise=_recognise_cdr,
        recognise_columns=_is_cdr,
    ),
    FileFormat(
        name="cisco_cucm_cmr",
        title="Cisco CUCM quality records (CMR)",
        clock=Clock.UTC,
        translate=translate_quality,
        recognise=_recognise_cmr,
        recognise_columns=_is_cmr,
    ),
)
