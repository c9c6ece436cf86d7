"""Shows a call or a journey as every page does: who, where and how it ended, with the rights of a visitor."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any
from zoneinfo import ZoneInfo

from decroche.ledger.account import Row
from decroche.model.call import Direction, Disposition, MissedReason
from decroche.model.member import Right
from decroche.telemetry import masked
from decroche.web.access import Visit
from decroche.web.moments import clock
from decroche.web.people import who

#: How each disposition looks; others are plain.
_KINDS: Mapping[str, str] = {
    Disposition.ANSWERED: "good",
    Disposition.MISSED: "bad",
    Disposition.FAILED: "busy",
    Disposition.NO_ANSWER: "busy",
    Disposition.BUSY: "busy",
}
STATE_KINDS: Mapping[str, str] = {"open": "busy", "recovered": "good", "expired": "bad", "withdrawn": "plain"}


@dataclass(frozen=True, slots=True, kw_only=True)
class Outcome:
    """How a call ended: ``kind`` colours it, ``said`` is a word or two, ``why`` the reason of a miss (or empty)."""

    kind: str
    said: str
    why: str


def outcome(call: Row, here: Visit) -> Outcome:
    """The verdict of a call; that it goes on, where it has none."""
    disposition, say = call["disposition"], here.language.say
    if disposition is None:
        return Outcome(kind="note", said=say("calls.going_on"), why="")
    known = disposition if disposition in set(Disposition) else str(Disposition.UNKNOWN)
    outbound = call["direction"] == Direction.OUTBOUND and known == Disposition.ANSWERED
    return Outcome(
        kind=_KINDS.get(known, "plain"),
        said=say("calls.outcome.reached") if outbound else say(f"calls.outcome.{known}"),
        why=why_missed(call, here),
    )


def why_missed(call: Row, here: Visit) -> str:
    """The reason of a missed or refused call, in words; empty where there is none."""
    reason = call["reason"]
    if reason is None or call["disposition"] not in (Disposition.MISSED, Disposition.BLOCKED):
        return ""
    if reason not in set(MissedReason) or reason == MissedReason.UNKNOWN:
        return here.language.say("live.unanswered")
    return here.language.say(f"reason.{reason}")


def person_of(call: Row, here: Visit) -> str:
    """Who is outside: the one who called, or the one who was called."""
    return number(call["called"] if call["direction"] == Direction.OUTBOUND else call["caller"], here)


def number(written: str | None, here: Visit) -> str:
    """A number as the visitor may see it."""
    return who(written, here.language, whole=here.may(Right.NUMBERS), country=here.about["country"])


def place_of(row: Mapping[str, Any]) -> str:
    """Site, department and queue, as far as they are known."""
    names = (row.get("site"), row.get("department"), row.get("queue"))
    return masked(" · ".join(dict.fromkeys(name for name in names if name)))


def moment_of(at: datetime, here: Visit, *, seconds: bool = False) -> str:
    """« mar. 3 mars 10 h 12 » in the time of the business; with its seconds, where they matter."""
    local = at.astimezone(here.zone)
    tail = f"\u00a0{local.second:02d}\u00a0s" if seconds and local.second else ""
    return f"{here.language.day(local.date())}, {clock(at, here.zone, here.language)}{tail}"


def machine(at: datetime) -> str:
    """A moment for machines."""
    return at.astimezone(UTC).isoformat(timespec="seconds").replace("+00:00", "Z")


def lasted(seconds: float | None, here: Visit) -> str:
    """A duration, or a dash where nobody told."""
    return "–" if seconds is None else here.language.duration(seconds)


def day_of(at: datetime, zone: ZoneInfo) -> str:
    """The day of a moment for the address of a list."""
    return at.astimezone(zone).date().isoformat()
