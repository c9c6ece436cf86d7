"""What one line of Asterisk's Master.csv says of a call that is over: the rules of ``cdr``, for one row at a time.

The legs have the names that ``ami_events`` gives them. A row knows less than the events and the log of the queues, so
its agent, its caller and its reason are told as the earliest word, which every other source overrules; its times and
whether a person answered are a finished record's. A row of a coupling within Asterisk (Local channel) is kept only
where a voicemail answered behind it.

Times are the switch's own, without a zone. The id of the channel holds the second of its making, which tells the two
hours of an autumn night apart, and a switch that writes UTC (``usegmtime``) from one that writes local time.
"""

from __future__ import annotations

import csv
import re
from collections.abc import Mapping
from dataclasses import replace
from datetime import UTC, datetime, timedelta

from decroche.connector_kit.errors import Ignored, Malformed
from decroche.connector_kit.instants import clock_time, zone_of
from decroche.connectors.asterisk.cdr import CONNECTS_PEOPLE, DISPOSITIONS, MENU, columns_of
from decroche.connectors.asterisk.ends import (
    Rank,
    call_start,
    dialled_number,
    direction,
    endpoint,
    is_closed,
    is_local,
    is_long,
    why_missed,
)
from decroche.model.call import Direction, MissedReason
from decroche.model.fact import Fact, Heard, Stage, UnknownWord

_CLID = re.compile(r"<([^<>]*)>\s*$")
_SERIAL = re.compile(r"-[0-9a-fA-F]{8}$")
_SECONDS = re.compile(r"[0-9]{1,8}(\.[0-9]{1,9})?")
_RANG = ("ANSWERED", "NO ANSWER", "CANCEL")
#: A channel is made before its row begins; clocks are cut to the second.
_SLACK = timedelta(seconds=-2)

Row = Mapping[str, str]


def heard(body: bytes, *, zone: str | None) -> Heard:
    """What the row says; ``zone`` is that of the switch's clock. Raises Ignored and Malformed."""
    row = _row(body)
    start, end = _times(row, zone)
    if is_local(row.get("channel")):
        return _behind_coupling(row, start, end)
    return _Reading(row, start, end).heard()


def _row(body: bytes) -> Row:
    text = body.decode("utf-8", "replace").replace("\0", "").replace("\r", " ").replace("\n", " ")
    try:
        [fields] = csv.reader([text])
    except (csv.Error, ValueError) as error:
        raise Malformed("not a line of comma-separated values") from error
    names = columns_of(fields)
    if names is None:
        raise Malformed("not a row of call records")
    return {name: value.strip() for name, value in zip(names, fields, strict=False) if value.strip()}


def _times(row: Row, zone: str | None) -> tuple[datetime, datetime]:
    local = clock_time(row.get("start"))
    lasted = _seconds(row, "duration")
    if local is None or lasted is None:
        raise Malformed("a row that does not say when its call began and how long it lasted")
    where = zone_of(zone)
    read = [local.replace(tzinfo=where, fold=fold).astimezone(UTC) for fold in (0, 1)]
    made = call_start(row.get("uniqueid", ""))
    start = read[0]
    if made is not None:
        later = [(each - made, each) for each in (*read, local.replace(tzinfo=UTC)) if each - made >= _SLACK]
        start = min(later)[1] if later else start
    return start, start + timedelta(seconds=lasted)


def _key(row: Row) -> str:
    told = row.get("linkedid") or row.get("uniqueid")
    if told:
        return told
    channel = row.get("channel", "")
    if not _SERIAL.search(channel):
        raise Malformed("a row that does not name its call")
    return f"{channel} {row['start'][:10]}"


def _behind_coupling(row: Row, start: datetime, end: datetime) -> Heard:
    if row.get("lastapp", "").lower() != "voicemail" or row.get("disposition", "").upper() != "ANSWERED":
        raise Ignored("a row of a coupling within Asterisk")
    # What the row of the caller takes for a person was this voicemail.
    box = Fact(
        call_key=_key(row),
        leg_key=endpoint(row.get("channel")) or "",
        stage=Stage.ENDED,
        at=end,
        complete=True,
        answered=False,
        voicemail=True,
        started_at=start,
        ended_at=end,
    )
    return Heard(facts=(box,))


class _Reading:
    """One row of a real channel, read."""

    def __init__(self, row: Row, start: datetime, end: datetime) -> None:
        self.row, self.start, self.end = row, start, end
        self.call = _key(row)
        self.is_own = row.get("uniqueid", self.call) == self.call or "linkedid" not in row
        self.word = row.get("disposition", "").upper()
        self.application = row.get("lastapp", "").lower()
        self.to = row.get("dstchannel")
        self.queue = re.split(r"[,|]", row.get("lastdata", ""))[0] or None if self.application == "queue" else None
        self.queued = self.application == "queue"
        self.dialled = self.application in CONNECTS_PEOPLE and self.to is not None
        self.billed = _seconds(row, "billsec") or 0.0
        self.answered = self.word == "ANSWERED" and self.dialled and self.billed > 0
        self.mailbox = self.word == "ANSWERED" and self.application == "voicemail"
        self.rang = self.dialled and self.word in _RANG
        source = row.get("src")
        clid = _CLID.search(row.get("clid", ""))
        self.caller = source or (clid.group(1) or None if clid else None)
        self.called = dialled_number(row.get("dst"))
        self.way = direction(
            channel=row.get("channel"),
            context=row.get("dcontext"),
            number=source,
            destination=self.to,
            exten=row.get("dst"),
        )

    def heard(self) -> Heard:
        strange = self.word not in DISPOSITIONS
        facts = [self._record(), *self._earliest_words()]
        if self.is_own:
            facts.append(self._caller())
            if (missed := self._why(strange=strange)) is not None:
                facts.append(missed)
        unknown = (UnknownWord("disposition", self.word[:100]),) if strange else ()
        return Heard(facts=tuple(facts), unknown=unknown)

    def _leg(self) -> str:
        if self.queued:
            phone = None if self.answered else endpoint(self.to)
            return f"queue:{self.queue or ''}" + (f"/{phone}" if phone else "")
        return (endpoint(self.to) or "") if self.dialled else ""

    def _record(self) -> Fact:
        answered_at = self.end - timedelta(seconds=self.billed) if self.answered else None
        # Where a menu or a queue answered first, what came between it and the person is not told.
        offered = self.start if answered_at is None or answered_at > self.start else None
        return Fact(
            call_key=self.call,
            leg_key=self._leg(),
            stage=Stage.ENDED,
            # A voicemail behind a coupling must have the last word.
            at=self.start if is_local(self.to) else self.end,
            final=self.is_own,
            complete=True,
            queue=self.queue,
            answered=True if self.answered else None,
            queued=True if self.queued else None,
            rang=self.rang or None,
            voicemail=self.mailbox or None,
            started_at=self.start,
            queued_at=offered if self.queued else None,
            ringing_at=offered if self.rang and not self.queued else None,
            answered_at=answered_at,
            ended_at=self.end,
            total_s=_seconds(self.row, "duration"),
        )

    def _earliest_words(self) -> list[Fact]:
        """What other sources know better."""
        if not (self.dialled or self.queued):
            return []
        agent = endpoint(self.row.get("channel")) if self.way is Direction.OUTBOUND else endpoint(self.to)
        leg = Fact(call_key=self.call, leg_key=self._leg(), stage=Stage.CREATED, at=self.start, agent=agent)
        if self.answered:
            return [leg]
        waited = (self.end - (call_start(self.call) or self.start)).total_seconds()
        if self.queued:
            return [leg, replace(leg, leg_key=f"queue:{self.queue or ''}", queue=self.queue, queued=True,
                                 agent=None, wait_s=waited)]  # fmt: skip
        return [replace(leg, wait_s=waited)]

    def _caller(self) -> Fact:
        began = call_start(self.call)
        since = 0 if began is None else max(0, int((self.start - began).total_seconds()))
        inbound = self.way is Direction.INBOUND
        return Fact(
            call_key=self.call,
            stage=Stage.CREATED,
            # Of several rows the first knows best who called whom.
            at=self.start if began is None else began,
            sequence=-2 - since,
            direction=self.way,
            caller=self.caller,
            called=self.called,
            line=self.called if inbound and is_long(self.called) else None,
            after_hours=is_closed(self.row.get("dcontext")) or None,
        )

    def _why(self, *, strange: bool) -> Fact | None:
        found: tuple[Rank, MissedReason] | None = None
        if strange:
            found = Rank.MENU, MissedReason.UNKNOWN
        elif self.answered or self.mailbox:
            found = None
        elif self.queued:
            found = Rank.QUEUED, MissedReason.UNKNOWN
        elif self.word == "BUSY":
            found = Rank.BUSY, MissedReason.BUSY
        elif self.word == "NO ANSWER" and self.dialled:
            found = Rank.NO_ANSWER, MissedReason.NO_ANSWER
        elif self.word == "CANCEL":
            found = Rank.GAVE_UP, MissedReason.ABANDONED_RINGING
        elif self.word in ("FAILED", "CONGESTION"):
            found = Rank.FAILED, MissedReason.TECHNICAL_FAILURE
        elif self.application in MENU and not is_closed(self.row.get("dcontext")):
            found = Rank.MENU, MissedReason.ABANDONED_IVR
        if found is None:
            return None
        rank, reason = found
        return why_missed(self.call, rank, reason, raw="" if self.queued else self.word, at=self.start)


def _seconds(row: Row, name: str) -> float | None:
    text = row.get(name, "")
    return float(text) if _SECONDS.fullmatch(text) else None
