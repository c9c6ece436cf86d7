"""Hears 3CX over its CDR socket: one line for each part of a call, sent when it ends, its fields in a set order.

The rules are those of the file (``cdr.py``): a queue and a menu answer at once, so a filled ``time-answered`` does not
mean that a person answered. The socket asks for no password: what is no line of the set order is dropped unkept.
"""

from __future__ import annotations

import csv
import hashlib
import re
from collections.abc import Iterator, Mapping
from datetime import datetime

from decroche.connector_kit.connector import Record, Settings
from decroche.connector_kit.errors import Malformed, Misconfigured
from decroche.connector_kit.instants import clock_time, from_clock, zone_of
from decroche.connector_kit.lines import LineCutter
from decroche.model.call import Direction, MissedReason
from decroche.model.fact import Fact, Heard, Stage, UnknownWord
from decroche.model.problem import Problem

#: The order that 3CX documents; newer fields come last, and lines may end early.
DEFAULT_ORDER = (
    "historyid,callid,duration,time-start,time-answered,time-end,reason-terminated,from-no,to-no,from-dn,to-dn,dial-no,"
    "reason-changed,final-number,final-dn,bill-code,bill-rate,bill-cost,bill-name,chain,from-type,to-type,final-type,"
    "from-dispname,to-dispname,final-dispname,missed-queue-calls"
)
_NEEDED = ("historyid", "time-start", "time-end", "from-no", "to-no")
_HISTORY = re.compile(r"[\w {}().:-]{1,80}")
_BY_CALLER = ("terminatedbysrc", "src_participant_terminated")
_BY_CALLED = ("terminatedbydst", "dst_participant_terminated")
_GROUPS = ("queue", "ivr", "voicemail", "ringgroup")

_Line = Mapping[str, str]


def order_of(settings: Settings) -> tuple[str, ...]:
    """The names of the fields in the order of the settings. Raises Misconfigured when a needed one is missing."""
    told = settings.get("cdr_fields") or DEFAULT_ORDER
    names = tuple(name.strip().lower().replace("_", "-") for name in re.split(r"[,;\s]+", told) if name.strip())
    if missing := [name for name in _NEEDED if name not in names]:
        raise Misconfigured(
            Problem("the order of the CDR's fields lacks {fields}", {"fields": ", ".join(missing)}), ["cdr_fields"]
        )
    return names


class CdrLines:
    """One CDR connection: we say nothing, and every line of a call is a Record."""

    def __init__(self, settings: Settings) -> None:
        self._order = order_of(settings)
        told = ",".join(self._order)
        # Kept beside the line where it is not the usual one: the order may be set anew later.
        self._about = {} if told == DEFAULT_ORDER else {"fields": told}
        self._lines = LineCutter()

    def opened(self) -> bytes:
        """Nothing: 3CX only speaks."""
        return b""

    def received(self, data: bytes) -> Iterator[bytes | Record]:
        """A Record for every line in the set order; whatever else comes is dropped."""
        for line in self._lines.feed(data):
            if _fields(line, self._order) is not None:
                kept = line.encode()
                yield Record(
                    kind="cdr", key=f"cdr/{hashlib.sha256(kept).hexdigest()[:32]}", body=kept, about=self._about
                )


def _fields(line: str, order: tuple[str, ...]) -> _Line | None:
    try:
        rows = list(csv.reader([line]))
    except csv.Error:
        return None
    # An end of line may leave an empty field, and 3CX ends the order early where its last fields are empty.
    if len(rows) != 1 or len(rows[0]) > len(order) + 1:
        return None
    fields = {name: value.strip() for name, value in zip(order, rows[0], strict=False)}
    clear = _HISTORY.fullmatch(fields.get("historyid", "")) and fields.get("from-no")
    times = clock_time(fields.get("time-start")) and clock_time(fields.get("time-end"))
    answered = fields.get("time-answered", "")
    return fields if clear and times and (not answered or clock_time(answered)) else None


def heard(record: Record, settings: Settings) -> Heard:
    """What a line says. Raises Malformed."""
    order = tuple(record.about.get("fields", DEFAULT_ORDER).split(","))
    fields = _fields(record.body.decode("utf-8", "replace").replace("\0", ""), order)
    if fields is None:
        raise Malformed("not a line of the CDR socket in the set order")
    return _Told(fields, settings.get("cdr_zone")).heard()


class _Told:
    """What a line says, step by step."""

    def __init__(self, fields: _Line, zone: str | None) -> None:
        self.fields = fields
        there = zone_of(zone)

        def when(name: str) -> datetime | None:
            local = clock_time(fields.get(name))
            return None if local is None else from_clock(local, there)

        started, ended = when("time-start"), when("time-end")
        if started is None or ended is None:
            raise Malformed("a line of the CDR socket without its times")
        self.started, self.ended, self.answered_at = started, max(started, ended), when("time-answered")
        self.source, self.target, self.final = (
            self._of("from-no"),
            self._of("to-no"),
            self._of("final-number", "final-dn"),
        )
        self.types = {end: self._of(f"{end}-type").lower() for end in ("from", "to", "final")}
        self.changed, self.ended_by = self._of("reason-changed").lower(), self._of("reason-terminated").lower()
        self.last_type = self.types["final"] if self.final else self.types["to"]
        self.typed = bool(self.types["to"]) and (not self.final or bool(self.types["final"]))
        self.later = self.answered_at is not None and self.answered_at > started
        self.forwarded = self.changed.startswith("qfwd")
        self.way = self._way()
        self.answered = self._is_answered()
        in_queue = "queue" in self.types.values() or bool(self._of("missed-queue-calls"))
        self.queued = self.forwarded or in_queue
        self.voicemail = self.typed and self.last_type == "voicemail" and self.answered_at is not None
        self.by_caller, self.by_called = self.ended_by in _BY_CALLER, self.ended_by in _BY_CALLED

    def _of(self, *names: str) -> str:
        return next((value for name in names if (value := self.fields.get(name, ""))), "")

    def _inside(self, number: str, kind: str) -> bool:
        return number.lower().startswith("ext.") or kind == "extension"

    def _way(self) -> Direction:
        if not self._inside(self.source, self.types["from"]):
            return Direction.INBOUND
        inside = self._inside(self.target, self.types["to"]) or self.types["to"] in _GROUPS
        return Direction.INTERNAL if inside else Direction.OUTBOUND

    def _is_answered(self) -> bool:
        if self.answered_at is None:
            return False
        if self.way is Direction.OUTBOUND:
            return True
        if self.typed:
            return self.last_type == "extension"
        if self.forwarded:
            return False
        return self.later or (self.changed.startswith("replaced") and bool(self.final))

    def _reason(self) -> MissedReason | None:
        if self.answered or self.voicemail:
            return None
        if self.forwarded:
            return MissedReason.QUEUE_TIMEOUT
        if not (self.by_caller or self.by_called):
            return MissedReason.UNKNOWN
        if self.by_caller and self.typed and self.last_type in ("queue", "ivr"):
            return MissedReason.ABANDONED_QUEUE if self.last_type == "queue" else MissedReason.ABANDONED_IVR
        ringing = self.by_caller and self.answered_at is None and not self.queued
        return MissedReason.ABANDONED_RINGING if ringing else None

    def _queue(self) -> str | None:
        if self.types["to"] == "queue" or (self.forwarded and self.types["final"] != "queue"):
            return self._of("to-dispname", "to-dn", "to-no") or None
        return (
            (self._of("final-dispname", "final-dn") or self.final or None) if self.types["final"] == "queue" else None
        )

    def heard(self) -> Heard:
        ends = ("final-dispname", "final-dn", "final-number") if self.final else ("to-dispname", "to-dn", "to-no")
        outbound = self.way is Direction.OUTBOUND
        agent = (
            self._of("from-dispname", "from-dn", "from-no") if outbound else self._of(*ends) if self.answered else ""
        )
        to_inside = self._inside(self.target, self.types["to"]) or self.types["to"] in _GROUPS
        offered = self.last_type == "extension" if self.typed else to_inside
        rang = self.answered or (self.answered_at is None and offered and self.by_caller)
        machine_first = self.answered and not self.later
        words = [word for word in (self._of("reason-terminated"), self._of("reason-changed")) if word]
        main = self._of("main-callhistory-id", "maincallhistoryid", "main-historyid")
        # A phone that let the call go unanswered may not have been the last one: another line can follow.
        goes_on = self.by_called and not self.answered and not self.voicemail and not self.forwarded
        strange = self.ended_by and not (self.by_caller or self.by_called)
        until_machine = (self.answered_at or self.ended) - self.started
        fact = Fact(
            call_key=self.fields["historyid"],
            leg_key=f"{self.fields['time-start']} {self.target} {self.final}",
            same_call=(main,) if main and main != self.fields["historyid"] else (),
            stage=Stage.ENDED,
            at=self.ended,
            final=not goes_on,
            complete=True,
            direction=self.way,
            caller=self.source or None,
            called=self._of("dial-no", "to-no") or None,
            line=self._of("from-dn") or None if self.way is Direction.INBOUND else None,
            queue=self._queue(),
            agent=agent or None,
            answered=self.answered,
            queued=self.queued,
            rang=rang,
            voicemail=self.voicemail,
            reason=self._reason(),
            raw_reason="; ".join(words) or None,
            started_at=self.started,
            queued_at=self.started if self.queued and not machine_first else None,
            ringing_at=self.started if not self.queued and not machine_first else None,
            answered_at=self.answered_at if self.answered and self.later else None,
            ended_at=self.ended,
            wait_s=until_machine.total_seconds() if self.voicemail and self.later else None,
            total_s=(self.ended - self.started).total_seconds(),
        )
        return Heard(
            facts=(fact,), unknown=(UnknownWord("reason-terminated", self._of("reason-terminated")),) if strange else ()
        )
