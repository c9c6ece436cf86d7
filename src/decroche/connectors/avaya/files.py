"""Avaya IP Office call records (SMDR): one row a segment of a call, no header line, times of the system's own clock.

The rows of a call share its start and its call id; ids restart at a reboot, so the day is part of the key.

A person answered when a segment connected and is not one with the voicemail (devices V95xx). The record has no field
for who ended the call: an unanswered call has no reason of its own, except the targeting cause of a diverted one (busy,
no response) and a caller who never left the auto attendant. Connected Time on a voicemail segment is the greeting and
the message together: whether a message was left is not told, so the flag means "reached the voicemail".
Ring Time runs from arrival to answer, queueing included.
"""

from __future__ import annotations

import csv
import re

import ibis
import ibis.expr.types as ir

from decroche.connector_kit.files import Clock, Dialect, FileFormat, Sample, canonical, column
from decroche.connector_kit.headers import has_columns, header_with
from decroche.connector_kit.stages import further, staged
from decroche.connector_kit.values import iso_time, seconds
from decroche.model.call import Direction, MissedReason

#: The columns in their order; 31-34 join the two ends of a call between systems, the last three came with release 11.
NAMES = (
    "Call Start", "Connected Time", "Ring Time", "Caller", "Direction", "Called Number", "Dialled Number", "Account",
    "Is Internal", "Call ID", "Continuation", "Party1 Device", "Party1 Name", "Party2 Device", "Party2 Name",
    "Hold Time", "Park Time", "AuthValid", "AuthCode", "User Charged", "Call Charge", "Currency",
    "Amount at Last User Change", "Call Units", "Units at Last User Change", "Cost per Unit", "Mark Up",
    "External Targeting Cause", "External Targeter Id", "External Targeted Number",
    "Calling Server", "Calling Server Call ID", "Called Server", "Called Server Call ID",
    "Column 35", "Column 36", "Column 37",
)  # fmt: skip
_FEWEST = 30
_LINE = re.compile(r"^\d{4}/\d\d/\d\d \d\d:\d\d:\d\d,\d+:\d\d:\d\d,\d+,[^,]*,[IO],")
_is_headed = has_columns("Call Start", "Connected Time", "Ring Time", "Direction", "Is Internal", "Call ID")
_headed = header_with(_is_headed)

_VOICEMAIL_DEVICE = r"^V95\d\d$"
_ATTENDANT = r"(?i)(^AA[: ]|^AA$|auto ?attendant)"


def _recognise(sample: Sample) -> Dialect | None:
    """Records start with a date, two durations, a caller and I or O, and have 30 to 37 columns."""
    if (headed := _headed(sample)) is not None:
        return headed
    lines = [line for line in sample.lines(20) if line.strip()]
    widths = [len(next(csv.reader([line]))) for line in lines if _LINE.match(line)]
    if not widths or not _LINE.match(lines[0]) or len(widths) < 0.8 * len(lines):
        return None
    if not _FEWEST <= min(widths) <= max(widths) <= len(NAMES):
        return None
    return Dialect(header_line=None, names=NAMES, ragged=True)


def _is(text: ir.StringValue, pattern: str) -> ir.BooleanValue:
    return text.re_search(pattern).fill_null(False)


def translate(table: ir.Table) -> ir.Table:
    """Canonical rows of SMDR records, one a segment. Times stay in the system's local clock."""
    device1, device2 = (column(table, f"Party{end} Device", f"Party{end}Device") for end in (1, 2))
    name1, name2 = (column(table, f"Party{end} Name", f"Party{end}Name") for end in (1, 2))
    called = column(table, "Called Number", "CalledNumber")
    start_text = column(table, "Call Start", "CallStart")
    internal = (column(table, "Is Internal", "IsInternal") == "1").fill_null(False)
    way = column(table, "Direction")
    r = staged(
        table,
        start_text=start_text,
        started=iso_time(start_text),
        key=start_text.substr(0, 10) + "/" + column(table, "Call ID", "CallID"),
        connected=seconds(column(table, "Connected Time", "ConnectedTime")),
        ring=seconds(column(table, "Ring Time", "RingTime")),
        hold=seconds(column(table, "Hold Time", "HoldTime")),
        park=seconds(column(table, "Park Time", "ParkTime")),
        caller=column(table, "Caller"),
        called=called,
        dialled=column(table, "Dialled Number", "DialledNumber", "Dialed Number"),
        targeting=column(table, "External Targeting Cause", "ExternalTargetingCause"),
        way=way,
        internal=internal,
        inbound=(way == "I").fill_null(False) & ~internal,
        extension=ibis.coalesce(*[device.re_extract(r"^E(.+)$", 1).nullif("") for device in (device1, device2)]),
        person=ibis.cases((_is(device1, "^E"), name1), (_is(device2, "^E"), name2)),
        at_voicemail=_is(device1, _VOICEMAIL_DEVICE) | _is(device2, _VOICEMAIL_DEVICE),
        at_attendant=_is(called, _ATTENDANT) | _is(name1, _ATTENDANT),
    )
    attendant = r.inbound & r.extension.isnull() & r.at_attendant
    r = further(r, attendant=attendant, voicemail=r.at_voicemail & ~attendant)
    machine = r.attendant | r.voicemail
    r = further(r, machine=machine, answered=(r.connected > 0).fill_null(False) & ~machine)
    # A record that stands in two overlapping files must give the same row twice: it takes the place of the first.
    position = r.file.cast("int64") * 2**40 + r.row
    alike = [r.key, r.connected, r.ring, r.hold, r.park, r.called, r.extension, r.machine]
    r = further(r, position=position, place=position.min().over(ibis.window(group_by=alike)))
    answer_place = ibis.ifelse(r.answered, r.place, ibis.null("int64")).min().over(ibis.window(group_by=r.key))
    r = further(r, waiting=answer_place.isnull() | (r.place <= answer_place))
    offered_ring = ibis.ifelse((r.position == r.place) & r.waiting & ~r.attendant, r.ring, 0.0)
    r = further(
        r,
        waited=offered_ring.sum().over(ibis.window(group_by=r.key)),
        why=r.targeting.lower().re_extract(r" (fb|fnr)$", 1),
        header=r.start_text.lower().isin(["call start", "callstart"]).fill_null(False),
    )
    to_group = r.inbound & r.extension.notnull() & (r.called != r.extension) & ~r.voicemail
    none, no_time = ibis.null("string"), ibis.null("float64")
    return canonical(
        r,
        fate=ibis.ifelse(r.header, "ignored", none),
        fate_reason=ibis.ifelse(r.header, "header_again", none),
        call_key=r.key,
        direction=ibis.cases(
            (r.internal, str(Direction.INTERNAL)),
            (r.way == "I", str(Direction.INBOUND)),
            (r.way == "O", str(Direction.OUTBOUND)),
            else_=str(Direction.UNKNOWN),
        ),
        started=r.started,
        caller=r.caller,
        called=ibis.ifelse(r.inbound, ibis.coalesce(r.dialled, r.called), r.called),
        line=ibis.ifelse(r.inbound, r.dialled, none),
        queue=ibis.ifelse(to_group, r.called, none),
        agent=ibis.coalesce(r.person, r.extension),
        answered=r.answered,
        rang=r.extension.notnull() & (r.inbound | r.internal),
        voicemail=r.inbound & r.voicemail,
        reason=ibis.cases(
            (r.answered, none),
            (r.attendant, str(MissedReason.ABANDONED_IVR)),
            (r.why == "fb", str(MissedReason.BUSY)),
            (r.why == "fnr", str(MissedReason.NO_ANSWER)),
        ),
        raw_reason=r.targeting,
        wait_s=ibis.ifelse(r.waiting & ~r.attendant, r.waited, no_time),
        talk_s=ibis.ifelse(r.answered, r.connected, no_time),
        hold_s=ibis.ifelse(r.answered, r.hold, no_time),
        total_s=r.connected.fill_null(0.0) + r.ring.fill_null(0.0) + r.hold.fill_null(0.0) + r.park.fill_null(0.0),
    )


FORMATS = (
    FileFormat(
        name="avaya_ip_office_smdr",
        title="Avaya IP Office call records (SMDR)",
        clock=Clock.LOCAL,
        translate=translate,
        recognise=_recognise,
        recognise_columns=_is_headed,
    ),
)
