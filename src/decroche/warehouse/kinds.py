"""Adds up calls by what they are: the totals, the reasons and the terms of a service level."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import ibis
import ibis.expr.types as ir

from decroche.model.call import ABANDONED, Direction, Disposition, MissedReason, NumberKind
from decroche.model.figures import ReasonCount, ServiceLevelTerms, Totals
from decroche.understand.counted import OUT_OF_REACH


def by_kind(judged: ir.Table, answer_within_s: float) -> ir.Table:
    """A small table of counts by everything that a total asks about."""
    return judged.group_by(
        "direction", "disposition", "offered", "reason", "after_hours", "queued", "voicemail", "caller_kind",
        within=(judged.waited_s <= answer_within_s).fill_null(False), known=judged.waited_s.notnull(),
        taken=judged.answered,
    ).agg(calls=ibis._.count())  # fmt: skip


class Kinds:
    """The counts of ``by_kind``, added up in the ways a report asks for."""

    def __init__(self, rows: Sequence[Mapping[str, Any]]) -> None:
        self.rows = [
            {
                **row,
                "missed": row["disposition"] == Disposition.MISSED.value,
                "answered": bool(row["offered"]) and row["disposition"] == Disposition.ANSWERED.value,
                "abandoned": row["reason"] in {reason.value for reason in ABANDONED},
                "short": row["reason"] == MissedReason.SHORT_ABANDON.value,
                "masked": bool(row["offered"]) and row["caller_kind"] in {NumberKind.ANONYMOUS, NumberKind.INVALID},
                "reachable": row["reason"] not in {reason.value for reason in OUT_OF_REACH},
            }
            for row in rows
        ]

    def count(self, **wanted: Any) -> int:
        """Calls in which every named property has the given value."""
        return sum(row["calls"] for row in self.rows if all(row[name] == value for name, value in wanted.items()))

    def totals(self, callers: Mapping[str, Any]) -> Totals:
        """The totals; ``callers`` are the counts of different people."""
        queued = {"offered": True, "queued": True}
        return Totals(
            calls=self.count(),
            inbound=self.count(direction=Direction.INBOUND.value),
            outbound=self.count(direction=Direction.OUTBOUND.value),
            internal=self.count(direction=Direction.INTERNAL.value),
            unknown_direction=self.count(direction=Direction.UNKNOWN.value),
            blocked_spam=self.count(disposition=Disposition.BLOCKED.value),
            forwarded=self.count(disposition=Disposition.FORWARDED.value),
            offered=self.count(offered=True),
            answered=self.count(answered=True),
            missed=self.count(missed=True),
            abandoned=self.count(missed=True, abandoned=True),
            short_abandoned=self.count(missed=True, short=True),
            queued=self.count(**queued),
            queued_abandoned=self.count(**queued, missed=True, abandoned=True),
            queued_short_abandoned=self.count(**queued, missed=True, short=True),
            voicemail_left=self.count(missed=True, voicemail=True),
            masked=self.count(masked=True),
            masked_missed=self.count(masked=True, missed=True),
            unique_callers=callers["callers"],
            unique_callers_missed=callers["callers_missed"],
        )

    def terms(self, *, answer_within_s: float, short_abandon_s: float) -> ServiceLevelTerms:
        """The terms of every service level formula."""
        lost = {"missed": True, "reachable": True}
        return ServiceLevelTerms(
            answered=self.count(answered=True),
            unanswered=self.count(**lost),
            answered_within=self.count(answered=True, within=True),
            unanswered_within=self.count(**lost, within=True),
            unanswered_short=self.count(**lost, short=True),
            threshold_s=answer_within_s,
            short_s=short_abandon_s,
            wait_known=self.count(answered=True, known=True) + self.count(**lost, known=True),
        )

    def reasons(self) -> tuple[ReasonCount, ...]:
        """The missed calls of each reason that occurs, in the order of precedence."""
        return tuple(
            ReasonCount(
                reason=reason.value,
                missed=missed,
                within=self.count(missed=True, reason=reason.value, within=True),
                after_hours=self.count(missed=True, reason=reason.value, after_hours=True),
                voicemail=self.count(missed=True, reason=reason.value, voicemail=True),
            )
            for reason in MissedReason
            if (missed := self.count(missed=True, reason=reason.value))
        )
