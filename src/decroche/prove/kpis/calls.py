"""What is counted on calls: totals, answer and abandonment rates, waits, handle time and the terms of a service level.

These functions define the measures one call at a time; the warehouse counts whole files with column expressions
that must give the same numbers. Durations are seconds, rates are fractions.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

from decroche.model.call import ABANDONED, Direction, MissedReason, NumberKind
from decroche.model.figures import Durations, HandleTime, Rate, ServiceLevelTerms, Totals

#: Missed calls that no person could have taken: they are missed, yet no service level counts them.
NOT_FOR_A_PERSON = frozenset({MissedReason.AFTER_HOURS, MissedReason.BLOCKED_SPAM, MissedReason.CALLBACK_REQUESTED})


@dataclass(frozen=True, slots=True, kw_only=True)
class JudgedCall:
    """A call after its verdict. ``reason`` is set exactly on inbound calls that nobody answered.

    ``answered`` means by a person. ``wait_s`` is the time until somebody answered or the caller left; None where
    the platform does not say. ``forwarded`` calls left for an outside number and their outcome is unknown.
    """

    answered: bool = False
    reason: MissedReason | None = None
    direction: Direction = Direction.INBOUND
    forwarded: bool = False
    queued: bool = False
    voicemail: bool = False
    caller: str | None = None
    caller_kind: NumberKind = NumberKind.EXTERNAL
    wait_s: float | None = None
    talk_s: float | None = None
    hold_s: float | None = None
    wrap_s: float | None = None

    @property
    def from_outside(self) -> bool:
        """Inbound, and not from one of the business's own extensions."""
        return self.direction is Direction.INBOUND and self.caller_kind is not NumberKind.INTERNAL

    @property
    def masked(self) -> bool:
        """Offered by somebody who cannot be recognised again: no number, or one that is not a number."""
        return self.offered and self.caller_kind in (NumberKind.ANONYMOUS, NumberKind.INVALID)

    @property
    def missed(self) -> bool:
        """From outside, answered by nobody, neither refused as spam nor handed to an outside number."""
        return (
            self.from_outside
            and not self.answered
            and not self.forwarded
            and self.reason is not MissedReason.BLOCKED_SPAM
        )

    @property
    def offered(self) -> bool:
        """Inbound and counted: answered or missed."""
        return self.missed or (self.answered and self.from_outside)

    @property
    def abandoned(self) -> bool:
        """Missed because the caller ended the call himself, short or not."""
        return self.missed and self.reason in ABANDONED

    @property
    def unanswered(self) -> bool:
        """Missed, and a person could have taken it: the B of a service level."""
        return self.missed and self.reason not in NOT_FOR_A_PERSON


def totals(calls: Iterable[JudgedCall]) -> Totals:
    """Counts of calls; offered = answered + missed."""
    every = list(calls)
    offered = [call for call in every if call.offered]
    missed = [call for call in offered if call.missed]
    inbound = [call for call in every if call.direction is Direction.INBOUND]
    abandoned = [call for call in missed if call.abandoned]
    queued = [call for call in offered if call.queued]
    return Totals(
        calls=len(every),
        inbound=len(inbound),
        outbound=sum(call.direction is Direction.OUTBOUND for call in every),
        internal=sum(call.direction is Direction.INTERNAL for call in every),
        unknown_direction=sum(call.direction is Direction.UNKNOWN for call in every),
        blocked_spam=sum(call.reason is MissedReason.BLOCKED_SPAM for call in inbound if not call.answered),
        forwarded=sum(call.forwarded and not call.answered for call in inbound),
        offered=len(offered),
        answered=len(offered) - len(missed),
        missed=len(missed),
        abandoned=len(abandoned),
        short_abandoned=sum(_short(call) for call in abandoned),
        queued=len(queued),
        queued_abandoned=sum(call.abandoned for call in queued),
        queued_short_abandoned=sum(call.abandoned and _short(call) for call in queued),
        voicemail_left=sum(call.voicemail for call in missed),
        masked=sum(call.masked for call in offered),
        masked_missed=sum(call.masked for call in missed),
        unique_callers=len(_people(offered)),
        unique_callers_missed=len(_people(missed)),
    )


def service_level_terms(calls: Iterable[JudgedCall], *, threshold_s: float, short_s: float) -> ServiceLevelTerms:
    """The counts A, B, A_T, B_T and B_s of a service level, at ``threshold_s`` (≤) and ``short_s`` (<).

    B are the missed calls that a person could have taken: every reason but after hours, blocked and callback
    requested. "Within" needs a wait that is told; B_s is decided by the reason (the platform's own flag wins).
    """
    offered = [call for call in calls if call.offered]
    answered = [call for call in offered if call.answered]
    unanswered = [call for call in offered if call.unanswered]
    return ServiceLevelTerms(
        answered=len(answered),
        unanswered=len(unanswered),
        answered_within=sum(_within(call, threshold_s) for call in answered),
        unanswered_within=sum(_within(call, threshold_s) for call in unanswered),
        unanswered_short=sum(_short(call) for call in unanswered),
        threshold_s=threshold_s,
        short_s=short_s,
        wait_known=sum(call.wait_s is not None for call in [*answered, *unanswered]),
    )


def missed_within(calls: Iterable[JudgedCall], *, threshold_s: float) -> Mapping[MissedReason, int]:
    """Missed calls by reason that ended within ``threshold_s`` (≤), where the wait is told: their sum includes B_T."""
    found = Counter(call.reason for call in calls if call.missed and _within(call, threshold_s))
    return {reason: number for reason, number in found.items() if reason is not None}


def answer_rate(totals: Totals) -> Rate:
    """Taux de décroché: answered / offered. Answered is by a person; spam and forwarded calls are not offered."""
    return Rate(totals.answered, totals.offered)


def missed_rate(totals: Totals) -> Rate:
    """Missed / offered: the complement of the answer rate."""
    return Rate(totals.missed, totals.offered)


def abandonment_rate(totals: Totals) -> Rate:
    """(abandoned − short) / (offered − short): those who gave up, among those who gave us the time to answer.

    Source: UniVoIP's definition of a long abandon [UN1]; the threshold of "short" stands beside the rate.
    """
    return Rate(totals.abandoned - totals.short_abandoned, totals.offered - totals.short_abandoned)


def queue_abandonment(totals: Totals) -> Rate:
    """Abandoned after entering a queue / entered a queue, short ones in both."""
    return Rate(totals.queued_abandoned, totals.queued)


def durations(seconds: Iterable[float | None]) -> Durations:
    """Mean, median and 90th percentile of the durations that are known; percentiles interpolate linearly."""
    known = sorted(value for value in seconds if value is not None)
    if not known:
        return Durations(n=0, mean=None, median=None, p90=None)
    return Durations(
        n=len(known), mean=sum(known) / len(known), median=percentile(known, 0.5), p90=percentile(known, 0.9)
    )


def percentile(ordered: Sequence[float], share: float) -> float:
    """The value below which ``share`` of an ordered, non-empty sequence lies, linear between neighbours.

    Position (n − 1) × share: what SQL calls PERCENTILE_CONT and DuckDB quantile_cont.
    """
    position = (len(ordered) - 1) * share
    below = int(position)
    above = min(below + 1, len(ordered) - 1)
    return ordered[below] + (ordered[above] - ordered[below]) * (position - below)


def wait_answered(calls: Iterable[JudgedCall]) -> Durations:
    """Wait of the answered calls. Its mean is the ASA, average speed of answer [GE6][CI3].

    The ASA forgets those who gave up, so the median, the 90th percentile and the time to abandon stand beside it.
    """
    return durations(call.wait_s for call in calls if call.offered and call.answered)


def wait_abandoned(calls: Iterable[JudgedCall]) -> Durations:
    """Time to abandon: how long those who gave up had waited, short abandons included as in their count."""
    return durations(call.wait_s for call in calls if call.abandoned)


def handle_time(calls: Iterable[JudgedCall]) -> HandleTime:
    """DMT, average handle time: talk + hold + wrap-up of the answered calls; ringing is not handling.

    Each part is taken over the calls on which it is known. Handle time is known where talk is; a hold or a wrap-up
    that the platform does not tell then counts as zero, which makes the figure a lower bound.
    """
    answered = [call for call in calls if call.offered and call.answered]
    return HandleTime(
        talk=durations(call.talk_s for call in answered),
        hold=durations(call.hold_s for call in answered),
        wrap=durations(call.wrap_s for call in answered),
        handle=durations(
            None if call.talk_s is None else call.talk_s + (call.hold_s or 0) + (call.wrap_s or 0) for call in answered
        ),
    )


def _short(call: JudgedCall) -> bool:
    return call.reason is MissedReason.SHORT_ABANDON


def _within(call: JudgedCall, threshold_s: float) -> bool:
    return call.wait_s is not None and call.wait_s <= threshold_s


def _people(calls: Iterable[JudgedCall]) -> set[str]:
    return {call.caller for call in calls if call.caller is not None and call.caller_kind is NumberKind.EXTERNAL}
