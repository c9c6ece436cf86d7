"""Hears Avaya IP Office over its SMDR connection: one line a segment of a call, sent when the segment ends.

The lines of a call share its start and its id, and each gives its own durations only. What went by before a segment is
therefore counted on the connection and kept beside the line. A line that comes again after a break is the same record.
Nothing tells who ended a call, nor whether a caller left a message: the flag means "reached the voicemail".
"""

from __future__ import annotations

import csv
import hashlib
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from datetime import timedelta

from decroche.connector_kit.connector import Record, Settings
from decroche.connector_kit.errors import Malformed
from decroche.connector_kit.instants import clock_time, from_clock, zone_of
from decroche.connector_kit.lines import LineCutter
from decroche.connectors.avaya.files import NAMES
from decroche.model.call import Direction, MissedReason
from decroche.model.fact import Fact, Heard, Stage, UnknownWord

_FEWEST = 30
_START = re.compile(r"\d{4}/\d\d/\d\d \d\d:\d\d:\d\d", re.ASCII)
_CLOCK = re.compile(r"(\d{1,4}):(\d\d):(\d\d)", re.ASCII)
_SECONDS = re.compile(r"\d{1,7}", re.ASCII)
_VOICEMAIL = re.compile(r"V95\d\d")
_ATTENDANT = re.compile(r"^AA[: ]|^AA$|auto ?attendant", re.IGNORECASE)
_TARGETING = re.compile(r"(?:HG|U|LINE|AA|ICR|RAS|\?) (?:fb|fu|fnr|fdnd|CfP|Cfd|MT|TW|XfP|Xfd)")
_WHY = {"fb": MissedReason.BUSY, "fnr": MissedReason.NO_ANSWER}
#: Of so many calls at most, what went by before their next segment is remembered.
_CALLS = 1000


@dataclass(slots=True)
class _Before:
    """What is known of a call whose segments come one by one; and what was said of each line, should it come again."""

    elapsed_s: int = 0
    waited_s: int = 0
    answered: bool = False
    said: dict[str, dict[str, str]] = field(default_factory=dict)


class SmdrLines:
    """One SMDR connection: we say nothing, and every line of a call is a Record."""

    def __init__(self, settings: Settings) -> None:
        self._lines = LineCutter()
        self._calls: dict[str, _Before] = {}

    def opened(self) -> bytes:
        """Nothing: IP Office only speaks."""
        return b""

    def received(self, data: bytes) -> Iterator[bytes | Record]:
        """A Record for every line of a call; what is no such line says nothing."""
        for line in self._lines.feed(data):
            segment = _segment(line)
            if segment is not None:
                yield self._record(line, segment)

    def _record(self, line: str, segment: _Segment) -> Record:
        digest = hashlib.sha256(line.encode()).hexdigest()[:32]
        call = f"{segment['Call Start']}/{segment['Call ID']}"
        before = self._calls.setdefault(call, _Before())
        if len(self._calls) > _CALLS:
            del self._calls[next(iter(self._calls))]
        if digest not in before.said:
            before.said[digest] = {"elapsed_s": str(before.elapsed_s)}
            if not before.answered:
                before.said[digest]["waited_s"] = str(before.waited_s)
            part = _Part(segment)
            before.elapsed_s += part.total_s
            before.waited_s += 0 if part.attendant else part.ring_s
            before.answered = before.answered or part.answered
        return Record(kind="smdr", key=f"smdr/{digest}", body=line.encode(), about=before.said[digest])


_Segment = Mapping[str, str]


def _segment(line: str) -> _Segment | None:
    """The fields of a line by name; None for what is no call record."""
    try:
        rows = list(csv.reader([line]))
    except csv.Error:
        return None
    if len(rows) != 1 or not _FEWEST <= len(rows[0]) <= len(NAMES):
        return None
    fields = {name: value.strip() for name, value in zip(NAMES, rows[0], strict=False)}
    whole = (
        _START.fullmatch(fields["Call Start"])
        and _CLOCK.fullmatch(fields["Connected Time"])
        and _SECONDS.fullmatch(fields["Ring Time"])
        and fields["Direction"] in ("I", "O")
        and fields["Call ID"]
    )
    return fields if whole else None


class _Part:
    """What a segment says by itself."""

    def __init__(self, fields: _Segment) -> None:
        clock = _CLOCK.fullmatch(fields["Connected Time"])
        hours, minutes, seconds = (int(part) for part in clock.groups()) if clock else (0, 0, 0)
        self.connected_s = hours * 3600 + minutes * 60 + seconds
        self.ring_s, self.hold_s, self.park_s = (
            int(told) if _SECONDS.fullmatch(told := fields[f"{name} Time"]) else 0 for name in ("Ring", "Hold", "Park")
        )
        self.total_s = self.connected_s + self.ring_s + self.hold_s + self.park_s
        self.internal = fields["Is Internal"] == "1"
        self.inbound = fields["Direction"] == "I" and not self.internal
        ends = [(fields[f"Party{end} Device"], fields[f"Party{end} Name"]) for end in (1, 2)]
        phones = [(device[1:], name) for device, name in ends if device.startswith("E") and len(device) > 1]
        self.extension, self.person = phones[0] if phones else ("", "")
        at_voicemail = any(_VOICEMAIL.fullmatch(device) for device, _ in ends)
        called = fields["Called Number"]
        at_attendant = any(_ATTENDANT.search(text) for text in (called, fields["Party1 Name"]))
        self.attendant = self.inbound and not phones and at_attendant
        self.voicemail = at_voicemail and not self.attendant
        self.answered = self.connected_s > 0 and not self.voicemail and not self.attendant
        to_group = self.inbound and bool(phones) and called != self.extension and not self.voicemail
        self.queue = called if to_group else None


def heard(record: Record, *, zone: str | None) -> Heard:
    """What a line says, its time read in ``zone``. Raises Malformed."""
    fields = _segment(record.body.decode("utf-8", "replace").replace("\0", ""))
    began = clock_time(fields["Call Start"]) if fields is not None else None
    if fields is None or began is None:
        raise Malformed("not a line of SMDR")
    part = _Part(fields)
    elapsed, waited = _count(record.about, "elapsed_s") or 0, _count(record.about, "waited_s")
    begin = from_clock(began, zone_of(zone)) + timedelta(seconds=elapsed)
    end = begin + timedelta(seconds=part.total_s)
    cause = fields["External Targeting Cause"]
    reason = None
    if part.attendant:
        reason = MissedReason.ABANDONED_IVR
    elif not part.answered:
        reason = _WHY.get(cause.rpartition(" ")[2].lower())
    way = Direction.INBOUND if part.inbound else Direction.INTERNAL if part.internal else Direction.OUTBOUND
    waits = (waited is not None or not record.about) and not part.attendant
    dialled, called = fields["Dialled Number"], fields["Called Number"]
    device = fields["Party1 Device"]
    fact = Fact(
        call_key=f"{fields['Call Start'][:10]}/{fields['Call ID']}",
        leg_key=f"{device}/{called}/{fields['Connected Time']}/{fields['Ring Time']}",
        stage=Stage.ENDED,
        at=end,
        final=fields["Continuation"] != "1",
        complete=True,
        direction=way,
        caller=fields["Caller"] or None,
        called=(dialled or called if part.inbound else called) or None,
        line=dialled or None if part.inbound else None,
        queue=part.queue,
        agent=part.person or part.extension or None,
        answered=part.answered,
        rang=bool(part.extension) and (part.inbound or part.internal),
        voicemail=part.inbound and part.voicemail,
        reason=reason,
        raw_reason=cause or None,
        started_at=begin,
        answered_at=begin + timedelta(seconds=part.ring_s) if part.answered else None,
        ended_at=end,
        wait_s=float((waited or 0) + part.ring_s) if waits else None,
        talk_s=float(part.connected_s) if part.answered else None,
        hold_s=float(part.hold_s) if part.answered else None,
        total_s=float(elapsed + part.total_s),
    )
    strange = (UnknownWord("External Targeting Cause", cause),) if cause and not _TARGETING.fullmatch(cause) else ()
    return Heard(facts=(fact,), unknown=strange)


def _count(about: Mapping[str, str], name: str) -> int | None:
    told = about.get(name, "")
    return int(told) if _SECONDS.fullmatch(told) else None
