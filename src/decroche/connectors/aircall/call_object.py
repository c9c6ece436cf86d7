"""What Aircall's call object says, in every event and in the history: one call, from its menu to its last transfer.

Every call event carries the whole call as it stood when the event was written. Aircall keeps one call for all its
transfers, so the answer belongs to the call, and agents' telephones that ring are legs beside it.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from decroche.connector_kit.errors import Malformed
from decroche.connector_kit.objects import Told, inner, moment, number, objects, text
from decroche.connectors.aircall.files import REASONS
from decroche.model.call import Direction, MissedReason
from decroche.model.fact import Fact, Message, Stage, UnknownWord

_DIRECTIONS = {"inbound": Direction.INBOUND, "outbound": Direction.OUTBOUND, "internal": Direction.INTERNAL}
_STATUSES = frozenset({"initial", "answered", "done"})
#: Reasons after which agents' telephones had rung.
_RANG = frozenset({MissedReason.ABANDONED_QUEUE, MissedReason.NO_ANSWER})


@dataclass(frozen=True, slots=True, kw_only=True)
class AircallCall:
    """A call object, read. ``says`` holds the fields of a Fact that are known of the call as a whole."""

    key: str
    says: Mapping[str, Any]
    started_at: datetime | None
    answered_at: datetime | None
    ended_at: datetime | None
    reason: MissedReason | None
    agent: str | None
    total_s: float | None
    unknown: tuple[UnknownWord, ...]

    def fact(self, stage: Stage, at: datetime, **more: Any) -> Fact:
        """A statement about the call as a whole."""
        return Fact(call_key=self.key, stage=stage, at=at, **{**self.says, **more})

    def legs(self, stage: Stage, at: datetime, user: Told) -> list[Fact]:
        """A statement about the telephone of ``user``; nothing when the user is not named."""
        key = text(user, "id", "name", "email")
        if key is None:
            return []
        return [Fact(call_key=self.key, leg_key=f"user:{key}", stage=stage, at=at, agent=name_of(user))]

    def finished(self, ended_at: datetime) -> Fact:
        """The call as a finished record: Aircall's last word on its result and durations.

        The wait is counted from the beginning of the call when no event told when telephones began to ring.
        """
        missed = self.answered_at is None and self.says["direction"] is Direction.INBOUND
        rang = self.answered_at is not None or (missed and self.reason in _RANG)
        waited = missed and self.reason is MissedReason.NO_AGENT_AVAILABLE
        return self.fact(
            Stage.ENDED,
            ended_at,
            final=True,
            complete=True,
            answered=self.answered_at is not None,
            answered_at=self.answered_at,
            agent=self.agent,
            rang=rang or None,
            ringing_at=self.started_at if rang else None,
            queued=missed and self.reason is MissedReason.ABANDONED_QUEUE,
            queued_at=self.started_at if waited else None,
            ended_at=ended_at,
            talk_s=None if self.answered_at is None else max(0.0, (ended_at - self.answered_at).total_seconds()),
            total_s=self.total_s,
        )


def read_call(data: Told) -> AircallCall:
    """The call object ``data``. Raises Malformed when it has no id."""
    key = text(data, "id")
    if key is None:
        raise Malformed("a call without an id")
    uuid = text(data, "call_uuid", "sid")
    way, why, status = (text(data, name) for name in ("direction", "missed_call_reason", "status"))
    direction = _DIRECTIONS.get((way or "").lower())
    inbound = direction is Direction.INBOUND
    answered_at = moment(data, "answered_at")
    reason = REASONS.get((why or "").lower()) if inbound and answered_at is None else None
    outside, line = text(data, "raw_digits"), inner(data, "number")
    ours = text(line, "digits", "e164_digits")
    left = inbound and text(data, "voicemail", "voicemail_short_url") is not None
    words = (
        UnknownWord("direction", way) if way and direction is None else None,
        UnknownWord("missed_call_reason", why) if why and why.lower() not in REASONS else None,
        UnknownWord("status", status) if status and status not in _STATUSES else None,
    )
    says: dict[str, Any] = {
        "same_call": () if uuid is None else (uuid,),
        "direction": direction,
        "caller": outside if inbound else ours,
        "called": ours if inbound else outside,
        "line": text(line, "name") or ours,
        "department": _department(data),
        "started_at": moment(data, "started_at"),
        "voicemail": True if left else None,
        # Its address is not good for long: the call is asked for it anew.
        "message": Message(recording=key) if left else None,
        "after_hours": True if reason is MissedReason.AFTER_HOURS else None,
        "reason": reason,
        "raw_reason": why,
    }
    return AircallCall(
        key=key,
        says=says,
        started_at=says["started_at"],
        answered_at=answered_at,
        ended_at=moment(data, "ended_at"),
        reason=reason,
        agent=name_of(inner(data, "user")),
        total_s=number(data, "duration"),
        unknown=tuple(word for word in words if word is not None),
    )


def name_of(user: Told) -> str | None:
    """The name by which a user is known, as the call export writes it; else the address, else the number."""
    return text(user, "name", "email", "id")


def _department(data: Told) -> str | None:
    """The first team that was offered the call, else what the caller chose last in the menu."""
    for told in (*objects(data, "teams"), *reversed(objects(data, "ivr_options_selected"))):
        if (name := text(told, "name", "branch", "title")) is not None:
            return name
    return None
