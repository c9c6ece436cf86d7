"""The one verdict of a call: answered by a person, or missed and why. ``warehouse.verdicts`` is the columnar twin."""

from __future__ import annotations

from dataclasses import dataclass

from decroche.model.call import ABANDONED, Call, Direction, Disposition, MissedReason, NumberKind

#: A caller who leaves sooner than this many seconds did not give anybody a chance to answer (a setting).
SHORT_ABANDON_S = 5.0

OUTBOUND_RESULT = {
    MissedReason.BUSY: Disposition.BUSY,
    MissedReason.TECHNICAL_FAILURE: Disposition.FAILED,
    MissedReason.AGENT_REJECTED: Disposition.REJECTED,
    MissedReason.NO_ANSWER: Disposition.NO_ANSWER,
    MissedReason.ABANDONED_RINGING: Disposition.CANCELED,
}


@dataclass(frozen=True, slots=True)
class Verdict:
    """``reason`` is set for missed and blocked calls; ``after_hours`` is a flag beside it: the business was closed."""

    disposition: Disposition
    reason: MissedReason | None
    after_hours: bool


def judge(call: Call, *, caller: NumberKind, closed: bool, short_abandon_s: float = SHORT_ABANDON_S) -> Verdict:
    """The verdict of a folded call.

    ``caller`` is what the calling number is, ``closed`` whether the business was closed when the call began. An inbound
    call of an extension is internal. The platform's own reason wins, but "closed" is no reason where somebody was
    rung or queued; then the queue, the ringing and the opening hours are the evidence; what none of them tells is
    UNKNOWN. A caller who left before ``short_abandon_s`` is a short abandon, unless the platform gives a reason that
    is not the caller's; a wait of exactly 0 s is no evidence, for many platforms write it when nothing was measured.
    """
    after_hours = call.after_hours or closed or call.reason is MissedReason.AFTER_HOURS
    if call.direction is Direction.INTERNAL or (call.direction is Direction.INBOUND and caller is NumberKind.INTERNAL):
        return Verdict(Disposition.INTERNAL, None, after_hours)
    if call.direction is Direction.UNKNOWN:
        return Verdict(Disposition.UNKNOWN, None, after_hours)
    if call.answered:
        return Verdict(Disposition.ANSWERED, None, after_hours)
    if call.direction is Direction.OUTBOUND:
        result = OUTBOUND_RESULT.get(call.reason or MissedReason.UNKNOWN, Disposition.UNKNOWN)
        return Verdict(result, None, after_hours)
    reason = _reason(call, after_hours=after_hours, short_abandon_s=short_abandon_s)
    if reason is MissedReason.BLOCKED_SPAM:
        return Verdict(Disposition.BLOCKED, reason, after_hours)
    return Verdict(Disposition.MISSED, reason, after_hours)


def waited(call: Call) -> float | None:
    """Seconds from being offered to the answer or to the end: the platform's wait, else ringing, else the whole call.

    The whole call stands for the wait only when nobody answered.
    """
    if call.wait_s is not None:
        return call.wait_s
    if call.ring_s is not None:
        return call.ring_s
    return None if call.answered else call.total_s


def _reason(call: Call, *, after_hours: bool, short_abandon_s: float) -> MissedReason:
    wait = waited(call)
    short = wait is not None and wait < short_abandon_s
    told = call.reason
    if told is not None and told in ABANDONED:
        return MissedReason.SHORT_ABANDON if short else told
    unheard = told is MissedReason.AFTER_HOURS and (call.queued or call.rang)
    if told is not None and told is not MissedReason.UNKNOWN and not unheard:
        return told
    if short and wait and not call.voicemail:
        return MissedReason.SHORT_ABANDON
    if call.queued:
        return MissedReason.ABANDONED_QUEUE
    if call.rang:
        return MissedReason.NO_ANSWER
    return MissedReason.AFTER_HOURS if after_hours else MissedReason.UNKNOWN
