"""Rows of exports as observations: what a file says of a call that is over, kept as the audit understood it.

A row is hearsay beside what the platform itself told: where its events or its history tell the end of the call, the
file adds nothing to it; where they do not, the file's word is taken for the whole call.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Mapping
from datetime import UTC, datetime, timedelta
from typing import Any, Protocol, TypeVar

import msgspec

from decroche.connector_kit.connector import Record
from decroche.connector_kit.errors import Malformed
from decroche.model.call import Direction, MissedReason
from decroche.model.fact import Fact, Heard, Stage

#: The source of these observations.
FILE = "file"
_KIND = "file_row"
#: What tells the rows of one call apart, whatever an export made later says of their durations.
_OF_LEG = ("started", "queue", "agent", "caller", "called")


class _Row(msgspec.Struct, frozen=True, omit_defaults=True):
    """A row of the canonical columns: those that a fact can hold."""

    started: datetime
    call_key: str | None = None
    direction: Direction = Direction.UNKNOWN
    caller: str | None = None
    called: str | None = None
    line: str | None = None
    queue: str | None = None
    department: str | None = None
    site: str | None = None
    agent: str | None = None
    answered: bool | None = None
    queued: bool | None = None
    rang: bool | None = None
    voicemail: bool | None = None
    after_hours: bool | None = None
    reason: MissedReason | None = None
    raw_reason: str | None = None
    wait_s: float | None = None
    ring_s: float | None = None
    talk_s: float | None = None
    hold_s: float | None = None
    wrap_s: float | None = None
    total_s: float | None = None


#: The columns that are kept of a row.
COLUMNS = _Row.__struct_fields__
_decoder = msgspec.json.Decoder(_Row)


def file_row(row: Mapping[str, Any], *, alike: int = 0) -> Record:
    """The record of a row of canonical columns, ``started`` in UTC.

    ``alike`` counts rows of one file that say the very same of different calls. The same row of another file has the
    same key.
    """
    started = row["started"].replace(tzinfo=UTC)
    told = {name: value for name in COLUMNS if (value := row[name]) is not None} | {"started": started}
    body = msgspec.json.encode(told)
    digest = hashlib.blake2b(body, digest_size=16).hexdigest()
    return Record(kind=_KIND, key=f"{FILE}/{digest}" + (f"/{alike}" if alike else ""), body=body)


def hear_file_row(record: Record) -> Heard:
    """What such a record says. Raises Malformed."""
    try:
        row = _decoder.decode(record.body)
    except (msgspec.DecodeError, UnicodeDecodeError) as error:
        raise Malformed("not a row of an export") from error
    lasted = row.total_s if row.total_s is not None else sum(each or 0.0 for each in (row.wait_s, row.talk_s))
    ended = row.started + timedelta(seconds=min(max(lasted, 0.0), 1e7))
    leg = msgspec.json.encode([getattr(row, name) for name in _OF_LEG])
    fact = Fact(
        call_key=row.call_key or record.key,
        leg_key=f"{FILE}/{hashlib.blake2b(leg, digest_size=8).hexdigest()}",
        stage=Stage.ENDED,
        at=ended,
        final=True,
        complete=True,
        direction=None if row.direction is Direction.UNKNOWN else row.direction,
        caller=row.caller,
        called=row.called,
        line=row.line,
        queue=row.queue,
        department=row.department,
        site=row.site,
        agent=row.agent,
        answered=bool(row.answered),
        queued=bool(row.queued),
        rang=bool(row.rang),
        voicemail=row.voicemail,
        after_hours=row.after_hours,
        reason=row.reason,
        raw_reason=row.raw_reason,
        started_at=row.started,
        ended_at=ended,
        wait_s=row.wait_s,
        ring_s=row.ring_s,
        talk_s=row.talk_s,
        hold_s=row.hold_s,
        wrap_s=row.wrap_s,
        total_s=row.total_s,
    )
    return Heard(facts=(fact,))


class _Told(Protocol):
    @property
    def fact(self) -> Fact: ...
    @property
    def source(self) -> str: ...


_Any = TypeVar("_Any", bound=_Told)


def without_hearsay(told: Iterable[_Any]) -> list[_Any]:
    """Of what was told of a call, what it is to be made of: not twice the same from the platform and from a file."""
    known = list(told)
    rows = [each for each in known if each.source == FILE]
    others = [each for each in known if each.source != FILE]
    if not rows or not others:
        return known
    return others if any(each.fact.final for each in others) else rows
