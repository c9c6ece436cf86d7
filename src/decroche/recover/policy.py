"""What to do next for a caller whom nobody answered, and why: a pure function of what is known now.

It is asked again before every act, with everything known by then, so that nothing is done for a need that was met
meanwhile. It decides *whether* and *when*; the words, the provider and the person who acts are found by others.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from enum import StrEnum
from typing import Any
from zoneinfo import ZoneInfo

from decroche.model.hours import OpeningHours
from decroche.recover.playbook import TURNS_TO, WRITES, Act, Playbook, Since, Situation, Step, Unmet
from decroche.rules.decision import Ruling, Verdict, decide
from decroche.rules.outreach import Known, Means, Outreach, Purpose, Scope, Sector
from decroche.understand.business_deadline import business_deadline
from decroche.understand.hours import intervals_of

#: Who refuses this much after their call wants nobody to come back to it.
_LEAVE_ALONE = frozenset({Scope.EVERYTHING, Scope.CALLS})
#: Business days are counted at most so far.
_FAR = timedelta(days=30)


class Ending(StrEnum):
    """Why the run of a playbook is over."""

    RECOVERED = "recovered"
    WITHDRAWN = "withdrawn"
    EXPIRED = "expired"
    TOO_OLD = "too_old"
    HELD_OUT = "held_out"
    NOBODY = "nobody"
    OPTED_OUT = "opted_out"
    CLOSED = "closed"


class Outcome(StrEnum):
    """What became of a step."""

    DONE = "done"
    SKIPPED = "skipped"
    REFUSED = "refused"


@dataclass(frozen=True, slots=True)
class Reason:
    """Why something is done or not: a code, worded ``recover.<code>`` in the catalogues, and what fills the words."""

    code: str
    values: Mapping[str, Any] = field(default_factory=dict)

    def record(self) -> dict[str, Any]:
        """Plain values: what is kept."""
        return {"code": self.code, **self.values}


@dataclass(frozen=True, slots=True, kw_only=True)
class Past:
    """A step that was decided. ``over_at``: when it was over; None: it goes on, at most until ``over_by``."""

    outcome: Outcome
    over_at: datetime | None
    over_by: datetime | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Office:
    """The business as it acts: ``country`` as CA-QC, ``senders`` by means (what is shown), ``hours`` of the place."""

    country: str
    zone: str
    language: str = "fr"
    hours: OpeningHours | None = None
    senders: Mapping[Means, str] = field(default_factory=dict)
    sector: Sector = Sector.ORDINARY
    #: Since when the phone system is connected: what it tells of the time before is history.
    connected_at: datetime | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Standing:
    """An episode of a journey as it stands now.

    ``ended`` is why its journey is not open any more, None while it is. ``missed_at`` is the end of the missed call
    that began the episode, ``learned_at`` when we heard of it, ``due_at`` when this look at it was due. ``person``
    are E.164 digits, None when nobody can be reached. ``answered_at``: when the caller last wrote or booked in this
    episode.
    """

    missed_at: datetime
    learned_at: datetime
    due_at: datetime
    person: int | None
    situation: Situation
    known: Known
    ended: Ending | None = None
    held_out: bool = False
    answered_at: datetime | None = None
    past: Mapping[str, Past] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Ruled:
    """What would leave for the caller, and what the rules say of it."""

    outreach: Outreach
    ruling: Ruling


@dataclass(frozen=True, slots=True, kw_only=True)
class Do:
    """Take this step now. ``ruled`` allows it, where something leaves for the caller."""

    step: Step
    reasons: tuple[Reason, ...] = ()
    ruled: Ruled | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Skip:
    """Leave this step: its conditions do not hold (SKIPPED), it must not be taken (REFUSED), or it is over (DONE)."""

    step: Step
    outcome: Outcome
    reasons: tuple[Reason, ...]
    ruled: Ruled | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Wait:
    """Look again at ``until``; None: when something happens."""

    until: datetime | None
    step: Step
    reasons: tuple[Reason, ...]
    ruled: Ruled | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class End:
    """Nothing more is done for this miss."""

    because: Ending
    reasons: tuple[Reason, ...] = ()


Action = Do | Skip | Wait | End


def next_action(standing: Standing, playbook: Playbook, office: Office, *, now: datetime) -> Action:
    """The one thing to do now. After a Do or a Skip is written down, ask again: the next step may be due too."""
    over = _over(standing, office)
    if over is not None:
        return over
    before = standing.missed_at
    emergency = standing.situation.emergency
    for step in playbook.walked(emergency=emergency):
        past = standing.past.get(step.name)
        if past is not None:
            if past.over_at is None and not emergency:
                return Wait(until=past.over_by, step=step, reasons=(Reason("step_goes_on", {"step": step.name}),))
            if past.outcome is Outcome.DONE and past.over_at is not None:
                before = max(before, past.over_at)
            continue
        return _decide(step, before, standing, playbook, office, now)
    return End(because=Ending.CLOSED, reasons=(Reason("all_steps_done"),))


def _over(standing: Standing, office: Office) -> End | None:
    """Whether nothing may be done at all, whatever the playbook says."""
    if standing.ended is not None:
        return End(because=standing.ended, reasons=(Reason(f"journey_{standing.ended}"),))
    if standing.person is None:
        return End(because=Ending.NOBODY, reasons=(Reason("no_number"),))
    if office.connected_at is not None and standing.missed_at < office.connected_at:
        return End(because=Ending.TOO_OLD, reasons=(Reason("before_connection"),))
    if any(each.at > standing.missed_at and each.scope in _LEAVE_ALONE for each in standing.known.opt_outs):
        return End(because=Ending.OPTED_OUT, reasons=(Reason("refused_since"),))
    if standing.held_out and not standing.situation.emergency:
        return End(because=Ending.HELD_OUT, reasons=(Reason("held_out"),))
    return None


def _decide(
    step: Step, before: datetime, standing: Standing, playbook: Playbook, office: Office, now: datetime
) -> Action:
    if step.act is Act.CLOSE:
        unmet = step.when.unmet(standing.situation)
        if unmet:
            return Skip(step=step, outcome=Outcome.SKIPPED, reasons=_unmet(unmet))
        return End(because=Ending.CLOSED, reasons=(Reason("playbook_closes"),))
    if standing.situation.emergency and step.needless_in_an_emergency:
        return Skip(step=step, outcome=Outcome.SKIPPED, reasons=(Reason("emergency"),))
    due = _after(standing.missed_at if step.since is Since.OPENING else before, step.after, step, office)
    if due is None:
        return Skip(step=step, outcome=Outcome.SKIPPED, reasons=(Reason("never_open"),))
    if now < due:
        return Wait(until=due, step=step, reasons=(Reason("not_yet", {"step": step.name}),))
    if step.second and not playbook.second_touch:
        return Skip(step=step, outcome=Outcome.SKIPPED, reasons=(Reason("no_second_touch"),))
    unmet = step.when.unmet(standing.situation)
    if unmet:
        return Skip(step=step, outcome=Outcome.SKIPPED, reasons=_unmet(unmet))
    if step.act is Act.WAIT:
        return _wait(step, due, standing, office, now)
    late = _too_old(step, due, standing, playbook, office, now)
    if late is not None:
        return Skip(step=step, outcome=Outcome.REFUSED, reasons=(late,))
    if step.act in WRITES:
        return _write(step, standing, office, now)
    if step.act is Act.CALLBACK:
        return _call(step, standing, office, now)
    return Do(step=step, reasons=(Reason("conditions_hold"),))


def _after(start: datetime, lasting: timedelta, step: Step, office: Office) -> datetime | None:
    if not step.business:
        return start + lasting
    return business_deadline(start, lasting, hours=office.hours, zone=ZoneInfo(office.zone))


def _wait(step: Step, due: datetime, standing: Standing, office: Office, now: datetime) -> Action:
    if standing.answered_at is not None:
        return Skip(step=step, outcome=Outcome.DONE, reasons=(Reason("caller_answered"),))
    until = _after(due, step.wait or timedelta(), step, office)
    if until is None or now >= until:
        return Skip(step=step, outcome=Outcome.DONE, reasons=(Reason("nobody_answered"),))
    return Wait(until=until, step=step, reasons=(Reason("waiting_for_answer"),))


def _too_old(
    step: Step, due: datetime, standing: Standing, playbook: Playbook, office: Office, now: datetime
) -> Reason | None:
    """Whether we learned of the miss, or come to this step, too late for it to be welcome."""
    if step.act in WRITES:
        reach = playbook.text_reach
        # A delay that the rules or the playbook asked for is no lateness of ours.
        late = max(standing.learned_at - standing.missed_at, now - max(due, standing.due_at))
        return Reason("too_old", {"reach_s": reach.total_seconds()}) if late > reach else None
    if step.act is Act.CALLBACK or (step.act in TURNS_TO and not standing.situation.emergency):
        last = _business_days_after(standing.missed_at, playbook.callback_reach_days, office)
        return Reason("too_old", {"days": playbook.callback_reach_days}) if standing.learned_at > last else None
    return None


def _business_days_after(start: datetime, days: int, office: Office) -> datetime:
    """The same time of day so many days later, counting only days on which the business opens."""
    zone = ZoneInfo(office.zone)
    moment, left = start, days
    while left and moment - start < _FAR:
        moment += timedelta(days=1)
        if office.hours is None:
            left -= moment.astimezone(zone).isoweekday() < 6
        else:
            left -= bool(intervals_of(moment.astimezone(zone).date(), office.hours))
    return moment


def _write(step: Step, standing: Standing, office: Office, now: datetime) -> Action:
    means = Means.EMAIL if step.act is Act.EMAIL else Means.TEXT
    purpose = Purpose.FOLLOW_UP if step.second or standing.situation.texted else Purpose.REPLY
    ruled = _ruled(means, purpose, standing, office, now)
    if ruled.ruling.verdict is Verdict.DELAY:
        return Wait(until=ruled.ruling.until, step=step, reasons=against(ruled.ruling), ruled=ruled)
    return _taken_unless_refused(step, ruled)


def _call(step: Step, standing: Standing, office: Office, now: datetime) -> Action:
    """A callback is put on the list when it is allowed at all; when to dial is looked at again then."""
    purpose = Purpose.REPLY if standing.known.request is None else Purpose.REQUESTED
    return _taken_unless_refused(step, _ruled(Means.CALL, purpose, standing, office, now))


def _ruled(means: Means, purpose: Purpose, standing: Standing, office: Office, now: datetime) -> Ruled:
    leaving = outreach(means, purpose, standing, office, now)
    return Ruled(leaving, decide(leaving, standing.known))


def _taken_unless_refused(step: Step, ruled: Ruled) -> Do | Skip:
    if ruled.ruling.verdict is Verdict.REFUSE:
        return Skip(step=step, outcome=Outcome.REFUSED, reasons=against(ruled.ruling), ruled=ruled)
    return Do(step=step, reasons=(Reason("conditions_hold"),), ruled=ruled)


def outreach(means: Means, purpose: Purpose, standing: Standing, office: Office, now: datetime) -> Outreach:
    """What would leave for the caller, as the rules look at it. Raises ValueError when there is nobody."""
    if standing.person is None:
        raise ValueError("nobody to write to")
    return Outreach(
        means=means,
        purpose=purpose,
        recipient=standing.person,
        at=now,
        country=office.country,
        sender=office.senders.get(means, ""),
        language=standing.situation.language,
        missed_at=standing.missed_at,
        expects_reply=means is Means.TEXT,
        sector=office.sector,
    )


def against(ruling: Ruling) -> tuple[Reason, ...]:
    """What of a ruling stands in the way."""
    return tuple(
        Reason("rule", {"rule": each.rule, "reason": each.reason, "values": each.record()["values"]})
        for each in ruling.against
    )


def _unmet(unmet: tuple[Unmet, ...]) -> tuple[Reason, ...]:
    return tuple(
        Reason("unmet", {"condition": each.condition, "wanted": list(each.wanted), "found": each.found})
        for each in unmet
    )
