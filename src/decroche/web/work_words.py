"""Says in words what is to be done: for whom, why, since when, why it stands where it stands, and what ended it."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from decroche.ledger.work_items import Kind, WorkItem
from decroche.ledger.work_outcomes import Outcome
from decroche.model.member import Right
from decroche.recover.priority import Reason
from decroche.recover.workflows.working import Listed
from decroche.telemetry import masked
from decroche.understand.live_journeys import RecoveredBy
from decroche.web.access import Visit
from decroche.web.figure_words import name_of
from decroche.web.moments import clock, lasting, since
from decroche.web.people import who

Row = Mapping[str, Any]
_SOON = frozenset({Reason.PROMISE_DUE, Reason.WAITED_TOO_LONG})
#: Where an item that is told by this word stands in the way of nothing else.
_ENDED = frozenset(
    {
        "recovered", "expired", "withdrawn", "all_tried", "refused", "no_time_left", "cancelled_by_caller", "answered",
        "do_not_call", "done", "merged", "refusal_confirmed", "no_refusal", *(str(each) for each in Outcome),
    }
)  # fmt: skip


@dataclass(frozen=True, slots=True)
class Words:
    """The words of a visit, at a moment."""

    here: Visit
    now: datetime

    @property
    def whole(self) -> bool:
        """Whether numbers and names are told in full."""
        return self.here.may(Right.NUMBERS)

    def person(self, item: WorkItem, about: Row | None) -> tuple[str, str]:
        """Who it is about: what they are called by (their name, else their number), and their number beside a name."""
        number = self.number(item.person)
        name = (about or {}).get("name") if self.whole else None
        return (str(name), number) if name else (number, "")

    def number(self, person: int | None) -> str:
        """A number, in full only to those who may see it."""
        language, country = self.here.language, self.here.about["country"]
        return who(None if person is None else f"+{person}", language, whole=self.whole, country=country)

    def tel(self, item: WorkItem) -> str | None:
        """What a telephone dials."""
        return f"tel:+{item.person}" if item.person is not None and self.whole else None

    def since(self, moment: datetime) -> str:
        """A moment that has passed, or is near."""
        return since(moment, self.now, self.here.zone, self.here.language)

    def lasting(self, moment: datetime) -> str:
        """Since when something is so, in words that are no duration."""
        return lasting(moment, self.now, self.here.zone, self.here.language)

    def when(self, moment: datetime) -> str:
        """A moment ahead: the time today, with its day otherwise."""
        language, local = self.here.language, moment.astimezone(self.here.zone)
        if local.date() == self.now.astimezone(self.here.zone).date():
            return clock(moment, self.here.zone, language)
        return f"{language.day(local.date())} {clock(moment, self.here.zone, language)}"

    def free(self, text: str) -> str:
        """What people or platforms wrote, with the numbers in it hidden from those who may not see them."""
        return text if self.whole else masked(text)

    def given(self, to: str) -> str:
        """To whom somebody was given: a member, or those whom a playbook means (role:owner, team:service)."""
        kind, _, name = to.partition(":")
        if kind not in {"role", "team", "person"}:
            return self.free(to)
        known = self.here.language.has(f"work.to.{name}")
        return self.here.language.say(f"work.to.{name}") if known else self.free(name)

    def why(self, item: WorkItem, missed: Row | None) -> str:
        """Why somebody has to do it: what the person did, and what was missed."""
        say = self.here.language.say
        parts = [say(f"work.kind.{Kind(item.kind)}")]
        if item.about.get("kpi"):
            name = name_of(str(item.about["kpi"]), self.here.language)
            return say("targets.task", name=name, action=self.free(str(item.about.get("action", ""))))
        if item.kind in (Kind.CALLBACK, Kind.VOICEMAIL):
            parts = [say("work.survey")] if item.about.get("survey") else []
            if item.requested_at is not None:
                parts.append(say("work.asked", at=self.since(item.requested_at)))
            if item.kind == Kind.VOICEMAIL or (missed is not None and missed["voicemail"]):
                parts.append(say("work.voicemail"))
            if missed is not None and missed["reason"] not in (None, "unknown"):
                parts.append(say(f"reason.{missed['reason']}"))
            elif missed is not None:
                parts.append(say("work.unanswered"))
            joined = len(item.about.get("needs", ()))
            if joined:
                parts.append(say("work.again", times=joined + 1))
            parts = parts or [say(f"work.kind.{Kind(item.kind)}")]
        return " · ".join(parts)

    def place(self, item: WorkItem) -> str:
        """The site and the department."""
        return self.free(" · ".join(part for part in dict.fromkeys((item.site, item.department)) if part))

    def stands(self, listed: Listed, *, only: Collection[Reason] = tuple(Reason)) -> str:
        """Why it stands where it stands, of the reasons ``only``; empty without one."""
        language = self.here.language
        said = [language.say(f"work.why.{reason}") for reason in listed.place.reasons if reason in only]
        return said[0] if len(said) == 1 else language.listing(said)

    def due(self, item: WorkItem) -> str:
        """What was promised, or by when it should be done; empty without either."""
        say = self.here.language.say
        if item.promised_at is not None:
            until = item.due_at or item.promised_at
            return say("work.promised", since=self.when(item.promised_at), until=clock(until, *self._clocks))
        if item.due_at is not None:
            word = "work.late" if item.due_at < self.now else "work.due"
            return say(word, at=self.when(item.due_at))
        return ""

    def holder(self, item: WorkItem, me: str) -> str:
        """Who has it; empty when nobody else has."""
        held = item.holder(self.now)
        if held is None or held == me or item.claimed_until is None:
            return ""
        return self.here.language.say("work.held", who=self.free(held), until=clock(item.claimed_until, *self._clocks))

    def gone(self, item: WorkItem, call: Row | None = None) -> str:
        """What took an item off the list; empty while it is there. ``call`` is the one that met the need."""
        say = self.here.language.say
        if item.state == "open":
            asleep = item.snoozed_until is not None and item.snoozed_until > self.now
            return say("work.gone.asleep", at=self.when(item.snoozed_until)) if asleep and item.snoozed_until else ""
        at = clock(item.closed_at or self.now, *self._clocks)
        emptied = item.about.get("emptied") or {}
        by = emptied.get("by")
        if item.closed_because == "recovered" and by in set(RecoveredBy):
            agent = self.free(str((call or {}).get("agent") or ""))
            if by == RecoveredBy.OUR_CALL and agent:
                return say("work.gone.by_agent", who=agent, at=at)
            return say(f"work.gone.{RecoveredBy(by)}", at=at)
        because = item.closed_because if item.closed_because in _ENDED else "done"
        return say(f"work.gone.{because}", at=at)

    @property
    def _clocks(self) -> tuple[Any, Any]:
        return self.here.zone, self.here.language


def badge_of(reasons: Iterable[Reason], item: WorkItem) -> tuple[str, str]:
    """The word on an item, and its colour."""
    reasons = set(reasons)
    if Reason.EMERGENCY in reasons:
        return "emergency", "bad"
    if Reason.PROMISE_BROKEN in reasons:
        return "overdue", "bad"
    if item.promised_at is not None:
        return "promised", "busy" if reasons & _SOON else "note"
    if item.requested_at is not None:
        return "asked", "busy"
    if Reason.WAITED_TOO_LONG in reasons:
        return "long", "busy"
    if item.kind == Kind.VOICEMAIL:
        return "voicemail", "note"
    return "", "plain"
