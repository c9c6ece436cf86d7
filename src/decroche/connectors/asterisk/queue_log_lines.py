"""What one line of Asterisk's queue_log says: who joined a queue, who was rung, who answered, why the caller left.

The legs have the names that ``ami_events`` gives them. A line that tells how long the caller had waited dates his
entry, so a log whose first lines are lost still gives the start. The log says that a call is over only where the caller
or the agent hung up: after a time-out or a transfer the dial plan goes on.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass, replace
from datetime import datetime, timedelta

from decroche.connector_kit.errors import Ignored, Malformed
from decroche.connector_kit.instants import from_epoch
from decroche.connectors.asterisk.ends import Rank, agent_name, is_short, why_missed
from decroche.connectors.asterisk.queue_log import AGENT_STATE, NO_CALL, SYSTEM
from decroche.model.call import Direction, MissedReason
from decroche.model.fact import AgentFact, Fact, Heard, Presence, Stage, UnknownWord

_NUMBER = re.compile(r"[0-9]{1,9}(\.[0-9]{1,9})?")
_LEFT = {
    "ABANDON": (MissedReason.ABANDONED_QUEUE, 3),
    "EXITWITHTIMEOUT": (MissedReason.QUEUE_TIMEOUT, 3),
    "EXITEMPTY": (MissedReason.NO_AGENT_AVAILABLE, 3),
    "EXITWITHKEY": (MissedReason.CALLBACK_REQUESTED, 4),
    "WITHDRAW": (MissedReason.UNKNOWN, 3),
    "SYSCOMPAT": (MissedReason.TECHNICAL_FAILURE, 0),
}
#: The places of the seconds waited and talked.
_TALKED = {
    "COMPLETEAGENT": (1, 2),
    "COMPLETECALLER": (1, 2),
    "BLINDTRANSFER": (3, 4),
    "ATTENDEDTRANSFER": (3, 4),
    "TRANSFER": (3, 4),
}
_STATES = {
    "ADDMEMBER": Presence.AVAILABLE,
    "REMOVEMEMBER": Presence.OFFLINE,
    "PAUSE": Presence.PAUSED,
    "PAUSEALL": Presence.PAUSED,
    "UNPAUSE": Presence.AVAILABLE,
    "UNPAUSEALL": Presence.AVAILABLE,
    "AGENTLOGIN": Presence.AVAILABLE,
    "AGENTCALLBACKLOGIN": Presence.AVAILABLE,
    "AGENTLOGOFF": Presence.OFFLINE,
    "AGENTCALLBACKLOGOFF": Presence.OFFLINE,
}


@dataclass(frozen=True, slots=True, kw_only=True)
class _Line:
    """A line, and the leg of its queue as the line's own fact."""

    wait: Fact
    agent: str | None
    parameters: tuple[str, ...]

    def text(self, place: int) -> str | None:
        return self.parameters[place - 1] or None if 0 < place <= len(self.parameters) else None

    def seconds(self, place: int) -> float | None:
        text = self.text(place) or ""
        return float(text) if _NUMBER.fullmatch(text) else None

    def back(self, *seconds: float | None) -> datetime | None:
        """The time so many seconds before the line; None where they are not told."""
        known = [each for each in seconds if each is not None]
        return self.wait.at - timedelta(seconds=sum(known)) if len(known) == len(seconds) else None


def heard(body: bytes) -> Heard:
    """What the line says. Raises Ignored for what is about neither a call nor an agent, and Malformed."""
    fields = [field.strip() for field in body.decode("utf-8", "replace").replace("\0", "").split("|")]
    if len(fields) < 5 or (at := from_epoch(fields[0])) is None:
        raise Malformed("not a line of queue_log")
    _, call, queue, agent, event, *parameters = fields
    if event in SYSTEM:
        raise Ignored("a line about Asterisk itself")
    if event in AGENT_STATE:
        return _agent(event, at, queue=_told(queue), agent=agent_name(_told(agent)), parameters=parameters)
    if event not in _MEANINGS and event not in _LEFT and event not in _TALKED:
        return Heard(unknown=(UnknownWord("event", event[:100]),))
    if not call or call.upper() in NO_CALL:
        raise Ignored("a line of no call")
    name = _told(queue)
    wait = Fact(call_key=call, leg_key=f"queue:{name or ''}", stage=Stage.QUEUED, at=at, queue=name, queued=True)
    line = _Line(wait=wait, agent=agent_name(_told(agent)), parameters=tuple(parameters))
    if event in _LEFT:
        return _left(line, event)
    return _talked(line, event) if event in _TALKED else _MEANINGS[event](line)


def _joined(line: _Line) -> Heard:
    caller = line.text(2)
    facts = (replace(line.wait, caller=caller, direction=Direction.INBOUND), _superseded(line))
    if not is_short(caller):
        return Heard(facts=facts)
    inside = replace(_own(line), direction=Direction.INTERNAL)
    return Heard(facts=(*facts, inside))


def _own(line: _Line) -> Fact:
    return replace(line.wait, leg_key="", stage=Stage.ENRICHED, queue=None, queued=None)


def _superseded(line: _Line) -> Fact:
    """What a dial before the queue said of the call no longer stands."""
    return why_missed(line.wait.call_key, Rank.QUEUED, MissedReason.UNKNOWN, raw="", at=line.wait.at)


def _connected(line: _Line) -> Heard:
    waited, ring = line.seconds(1), line.seconds(3)
    answered = replace(
        line.wait,
        stage=Stage.ANSWERED,
        direction=Direction.INBOUND,
        agent=line.agent,
        rang=True,
        queued_at=line.back(waited),
        wait_s=waited,
        ring_s=ring,
    )
    rung = replace(_rung(line), stage=Stage.ENDED, ringing_at=line.back(ring))
    return Heard(facts=(answered, rung, _superseded(line)))


def _rung(line: _Line) -> Fact:
    return replace(line.wait, leg_key=f"{line.wait.leg_key}/{line.agent or ''}", agent=line.agent, rang=True)


def _not_taken(line: _Line) -> Heard:
    """A phone of the queue rang in vain; here the log counts milliseconds."""
    told = line.seconds(1)
    rang = None if told is None else told / 1000
    began = line.back(rang)
    leg = replace(_rung(line), stage=Stage.ENDED, started_at=began, ringing_at=began, ring_s=rang)
    return Heard(facts=(leg,))


def _dropped(line: _Line) -> Heard:
    return Heard(facts=(replace(_rung(line), stage=Stage.ENDED, raw_reason="AGENTDUMP"),))


def _talked(line: _Line, event: str) -> Heard:
    waited, talked = (line.seconds(place) for place in _TALKED[event])
    ended = replace(
        line.wait,
        stage=Stage.ENDED,
        final=event.startswith("COMPLETE"),
        direction=Direction.INBOUND,
        answered=True,
        agent=line.agent,
        rang=True,
        raw_reason=event,
        queued_at=line.back(waited, talked),
        answered_at=line.back(talked),
        started_at=line.back(waited, talked),
        wait_s=waited,
        talk_s=talked,
    )
    return Heard(facts=(ended, _superseded(line)))


def _left(line: _Line, event: str) -> Heard:
    reason, place = _LEFT[event]
    waited = line.seconds(place)
    ended = replace(
        line.wait,
        stage=Stage.ENDED,
        final=event == "ABANDON",
        direction=Direction.INBOUND,
        reason=reason,
        raw_reason=event,
        queued_at=line.back(waited),
        started_at=line.back(waited),
        wait_s=waited,
    )
    return Heard(facts=(ended, _superseded(line)))


def _number_called(line: _Line) -> Heard:
    """FreePBX writes here which of our numbers was called."""
    number = line.text(1)
    return Heard(facts=(replace(_own(line), line=number, called=number),))


def _called_out(line: _Line) -> Heard:
    """A queue's own call to somebody outside."""
    talked = line.seconds(2)
    placed = replace(
        line.wait,
        stage=Stage.ENDED,
        final=True,
        direction=Direction.OUTBOUND,
        queue=None,
        queued=False,
        answered=bool(talked),
        agent=line.agent,
        raw_reason=line.text(1),
        talk_s=talked,
    )
    return Heard(facts=(placed,))


_MEANINGS: dict[str, Callable[[_Line], Heard]] = {
    "ENTERQUEUE": _joined,
    "CONNECT": _connected,
    "RINGNOANSWER": _not_taken,
    "RINGCANCELED": _not_taken,
    "AGENTDUMP": _dropped,
    "DID": _number_called,
    "OUTCALL": _called_out,
}


def _agent(event: str, at: datetime, *, queue: str | None, agent: str | None, parameters: list[str]) -> Heard:
    if event not in _STATES or agent is None:
        raise Ignored("a line that does not say what an agent does")
    reason = parameters[0] or None if event.startswith("PAUSE") and parameters else None
    fact = AgentFact(agent=agent, presence=_STATES[event], at=at, queue=queue, reason=reason)
    return Heard(agents=(fact,))


def _told(field: str) -> str | None:
    return None if field in ("", "NONE") else field
