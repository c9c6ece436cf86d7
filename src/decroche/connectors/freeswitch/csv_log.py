"""Follows FreeSWITCH's Master.csv: one line for a finished call, in the local time of the switch, without a header.

A line does not say whether it is the call or a phone that the call rang. It is taken for the call when it came from
outside, went outside, or went from one extension to another; any other line is a leg, of the call that it names.
"""

from __future__ import annotations

import csv
import hashlib
import re
from dataclasses import replace

from decroche.connector_kit.connector import Record
from decroche.connector_kit.errors import Ignored, Malformed
from decroche.connector_kit.instants import clock_time, from_clock, zone_of
from decroche.connectors.freeswitch import finished
from decroche.connectors.freeswitch.causes import ELSEWHERE
from decroche.model.fact import Heard

NAMES = (
    *("caller_id_name", "caller_id_number", "destination_number", "context", "start_stamp", "answer_stamp"),
    *("end_stamp", "duration", "billsec", "hangup_cause", "uuid", "bleg_uuid", "accountcode"),
    *("read_codec", "write_codec"),
)
_FEWEST = 13
_UUID = re.compile(r"[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}", re.IGNORECASE)


def record(line: str) -> Record:
    """What is kept of a line. Raises Ignored for one that is no call record of the usual templates."""
    if _fields(line) is None:
        raise Ignored("not a line of the templates that Master.csv is written with")
    kept = line.rstrip("\r\n").encode("utf-8", "surrogateescape")
    return Record(kind="csv", key=f"csv/{hashlib.sha256(kept).hexdigest()[:32]}", body=kept)


def _fields(line: str) -> dict[str, str] | None:
    try:
        rows = list(csv.reader([line.replace("\0", "").rstrip("\r\n")], skipinitialspace=True))
    except csv.Error:
        return None
    if len(rows) != 1 or not _FEWEST <= len(rows[0]) <= len(NAMES):
        return None
    fields = dict(zip(NAMES, rows[0], strict=False))
    return fields if _UUID.fullmatch(fields["uuid"]) and fields["hangup_cause"] else None


def heard(body: bytes, *, zone: str | None) -> Heard:
    """What a line says, its stamps read in ``zone``. Raises Malformed, and Ignored for a phone that rang in vain."""
    fields = _fields(body.decode("utf-8", "replace"))
    if fields is None:
        raise Malformed("not a line of Master.csv")
    variables = {name: value for name, value in fields.items() if value} | _epochs(fields, zone)
    variables["first_destination"] = fields["destination_number"]
    own, second = fields["uuid"], fields["bleg_uuid"]
    if finished.direction(variables) is not None:
        return finished.heard(variables)
    if not second and fields["hangup_cause"].upper() in ELSEWHERE:
        raise Ignored("a phone that stopped ringing because another took the call")
    # The record of a phone names the call that it was made for, if it was joined to it.
    [leg] = finished.heard(variables | {"bridge_uuid": second}, leg_of=second or own).facts
    told = replace(leg, caller=variables.get("caller_id_number"), called=variables.get("destination_number"))
    return Heard(facts=(told,))


def _epochs(fields: dict[str, str], zone: str | None) -> dict[str, str]:
    """The stamps as seconds since 1970. The start is read from the clock; the rest follow by the durations."""
    there = zone_of(zone)
    start, answer, end = (clock_time(fields[f"{name}_stamp"]) for name in ("start", "answer", "end"))
    if start is None or not fields["duration"].isdecimal() or not fields["billsec"].isdecimal():
        raise Malformed("a line of Master.csv without its times")
    total, billed = int(fields["duration"][:9]), int(fields["billsec"][:9])
    began = int(from_clock(start, there, end=end, lasted=total).timestamp())
    epochs = {"start_epoch": str(began), "end_epoch": str(began + total)}
    if answer is not None:
        epochs["answer_epoch"] = str(began + total - billed)
    return epochs
