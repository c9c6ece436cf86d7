"""A call, its legs, and the one verdict that a call receives."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum


class Direction(StrEnum):
    """Which way a call went, seen from the business."""

    INBOUND = "inbound"
    OUTBOUND = "outbound"
    INTERNAL = "internal"
    UNKNOWN = "unknown"


class Disposition(StrEnum):
    """How a call ended: one per call."""

    ANSWERED = "answered"
    MISSED = "missed"
    FORWARDED = "forwarded"
    CANCELED = "canceled"
    BUSY = "busy"
    NO_ANSWER = "no_answer"
    FAILED = "failed"
    REJECTED = "rejected"
    BLOCKED = "blocked"
    INTERNAL = "internal"
    UNKNOWN = "unknown"


class MissedReason(StrEnum):
    """Why an inbound call was missed. The order of the members is their precedence when several apply."""

    BLOCKED_SPAM = "blocked_spam"
    TECHNICAL_FAILURE = "technical_failure"
    SHORT_ABANDON = "short_abandon"
    ABANDONED_IVR = "abandoned_ivr"
    CALLBACK_REQUESTED = "callback_requested"
    QUEUE_FULL = "queue_full"
    NO_AGENT_AVAILABLE = "no_agent_available"
    QUEUE_TIMEOUT = "queue_timeout"
    ABANDONED_QUEUE = "abandoned_queue"
    BUSY = "busy"
    AGENT_REJECTED = "agent_rejected"
    ABANDONED_RINGING = "abandoned_ringing"
    NO_ANSWER = "no_answer"
    AFTER_HOURS = "after_hours"
    UNKNOWN = "unknown"


#: Reasons in which the caller ended the call himself: the calls that "abandoned" counts.
ABANDONED = frozenset(
    {
        MissedReason.SHORT_ABANDON,
        MissedReason.ABANDONED_IVR,
        MissedReason.ABANDONED_QUEUE,
        MissedReason.ABANDONED_RINGING,
    }
)


class NumberKind(StrEnum):
    """What a caller's number is: only an external one names a person who can be recognised again."""

    EXTERNAL = "external"
    INTERNAL = "internal"
    ANONYMOUS = "anonymous"
    INVALID = "invalid"


@dataclass(frozen=True, slots=True, kw_only=True)
class Leg:
    """One row that a phone system wrote about a call: the whole call, or a part of it.

    Times are UTC. Durations are whole or fractional seconds; None means "the platform does not say".
    """

    call_key: str | None
    started_at: datetime
    direction: Direction = Direction.UNKNOWN
    ended_at: datetime | None = None
    caller: str | None = None
    called: str | None = None
    line: str | None = None
    queue: str | None = None
    department: str | None = None
    site: str | None = None
    agent: str | None = None
    answered: bool = False
    queued: bool = False
    rang: bool = False
    voicemail: bool = False
    after_hours: bool = False
    reason: MissedReason | None = None
    raw_reason: str | None = None
    wait_s: float | None = None
    ring_s: float | None = None
    talk_s: float | None = None
    hold_s: float | None = None
    wrap_s: float | None = None
    total_s: float | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Call:
    """What the legs of one call say together, with its verdict. Times are UTC, durations seconds."""

    call_key: str
    started_at: datetime
    ended_at: datetime | None
    direction: Direction
    caller: str | None
    called: str | None
    line: str | None
    queue: str | None
    department: str | None
    site: str | None
    agent: str | None
    answered: bool
    queued: bool
    rang: bool
    voicemail: bool
    after_hours: bool
    reason: MissedReason | None
    raw_reason: str | None
    wait_s: float | None
    ring_s: float | None
    talk_s: float | None
    hold_s: float | None
    wrap_s: float | None
    total_s: float | None
    legs: int
