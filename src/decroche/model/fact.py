"""What a phone system says about a call at one moment: the pieces from which a live call is put together."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum

from decroche.model.call import Direction, MissedReason
from decroche.model.text import TextReceipt, TextReceived


class Stage(StrEnum):
    """What has just happened to a leg. The order of the members breaks ties between facts of one moment."""

    CREATED = "created"
    QUEUED = "queued"
    RINGING = "ringing"
    ANSWERED = "answered"
    HELD = "held"
    RESUMED = "resumed"
    ENDED = "ended"
    ENRICHED = "enriched"


@dataclass(frozen=True, slots=True, kw_only=True)
class Message:
    """What a caller left on the voicemail: ``recording`` names it at the platform, ``text`` is what they said.

    Each is None where the platform does not tell it. Neither is an address that somebody could follow.
    """

    recording: str | None = None
    text: str | None = field(default=None, repr=False)


@dataclass(frozen=True, slots=True, kw_only=True)
class Fact:
    """One statement of a platform about one leg of one call. What it does not say is None.

    ``call_key`` is the platform's id of the call, ``same_call`` other ids under which it also speaks of it.
    ``leg_key`` is the platform's id of the leg; empty for the call as a whole (the caller's own leg). ``at`` (UTC) is
    when it happened; the time of ``stage`` is taken from it unless the fact names that time itself. ``sequence`` is
    the platform's own order, where it has one.

    ``Stage.ANSWERED`` and ``answered`` mean a *person*: an IVR, a queue, a voicemail or an assistant picking up is not.
    ``final`` marks the definitive end of the whole call. A ``complete`` fact is a finished record (a row of a history,
    a CDR): its durations and its result win over those of live facts, whose times of day win over its own.
    """

    call_key: str
    stage: Stage
    at: datetime
    leg_key: str = ""
    same_call: tuple[str, ...] = ()
    sequence: int | None = None
    final: bool = False
    complete: bool = False
    direction: Direction | None = None
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
    started_at: datetime | None = None
    queued_at: datetime | None = None
    ringing_at: datetime | None = None
    answered_at: datetime | None = None
    ended_at: datetime | None = None
    wait_s: float | None = None
    ring_s: float | None = None
    talk_s: float | None = None
    hold_s: float | None = None
    wrap_s: float | None = None
    total_s: float | None = None
    message: Message | None = None


class Presence(StrEnum):
    """What an agent is doing, as far as a platform tells."""

    AVAILABLE = "available"
    BUSY = "busy"
    RINGING = "ringing"
    WRAP_UP = "wrap_up"
    PAUSED = "paused"
    OFFLINE = "offline"


@dataclass(frozen=True, slots=True, kw_only=True)
class AgentFact:
    """An agent changed state at ``at`` (UTC). ``reason`` is the platform's own word, such as "lunch"."""

    agent: str
    presence: Presence
    at: datetime
    queue: str | None = None
    reason: str | None = None


@dataclass(frozen=True, slots=True)
class UnknownWord:
    """A value of ``field`` that we do not know: kept as written, counted and shown, never guessed."""

    field: str
    word: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Heard:
    """Everything that one delivery, line or row says."""

    facts: tuple[Fact, ...] = ()
    agents: tuple[AgentFact, ...] = ()
    texts: tuple[TextReceived | TextReceipt, ...] = ()
    unknown: tuple[UnknownWord, ...] = ()


class Progress(StrEnum):
    """Where a call stands now."""

    ARRIVING = "arriving"
    WAITING = "waiting"
    RINGING = "ringing"
    TALKING = "talking"
    ENDED = "ended"
