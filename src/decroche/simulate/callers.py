"""Callers at work: they ring, wait, are answered, give up or are refused, and perhaps try again."""

from __future__ import annotations

import math
from dataclasses import dataclass
from functools import partial

from decroche.model.call import Direction, MissedReason
from decroche.simulate.causes import Scene, TrueCause, pressed_slots, true_cause
from decroche.simulate.demand import Intents
from decroche.simulate.staff import Staff
from decroche.simulate.stage import IntentEnd, Row, Stage
from decroche.simulate.world import AfterHours, Team, TeamKind

#: Where a miss ends at a voicemail box.
_VOICEMAIL = frozenset(
    {
        MissedReason.NO_ANSWER,
        MissedReason.AFTER_HOURS,
        MissedReason.QUEUE_TIMEOUT,
        MissedReason.NO_AGENT_AVAILABLE,
        MissedReason.AGENT_REJECTED,
    }
)
_GREETING_S = 14.0
#: After closing, most who would have tried again in the night wait for the opening.
_WAITS_FOR_OPENING = 0.85


@dataclass(slots=True, kw_only=True)
class Attempt:
    """One inbound call under way. ``joined`` is when it began to wait, ``tried`` how many teams it has been through."""

    intent: int
    number: int
    start: float
    team: int
    joined: float = math.nan
    patience: float = math.nan
    tried: int = 0
    closed: bool = False


class Callers:
    """Plays inbound calls on a stage."""

    def __init__(self, stage: Stage, staff: Staff, intents: Intents) -> None:
        self.stage = stage
        self.staff = staff
        self._teams = stage.world.teams
        names = {team.name: number for number, team in enumerate(self._teams)}
        self._overflow = [names[team.overflow_to] if team.overflow_to else None for team in self._teams]
        self._pressed = [pressed_slots(stage.world, team) for team in self._teams]
        self._others = [self._other_agents(number) for number in range(len(self._teams))]
        self._intent_team: list[int] = intents.team.tolist()
        for intent, (start, team) in enumerate(zip(intents.start.tolist(), self._intent_team, strict=True)):
            stage.at(start, partial(self._ring, Attempt(intent=intent, number=1, start=start, team=team)))

    def _other_agents(self, team: int) -> tuple[int, ...]:
        """The people of the same site who are not of the team."""
        site = self.stage.site_of_team[team]
        members = self.stage.floor.members
        teams = [other for other, site_of in enumerate(self.stage.site_of_team) if site_of == site]
        return tuple(sorted({who for other in teams for who in members[other]} - set(members[team])))

    def _ring(self, call: Attempt, moment: float) -> None:
        stage, chance = self.stage, self.stage.chance
        if stage.resolved[call.intent]:
            return
        site_number = stage.site_of_team[call.team]
        site = stage.world.sites[site_number]
        call.closed = stage.floor.hours[call.team].until(moment) is None
        if not stage.take_line(site_number):
            self._missed(call, moment, MissedReason.BUSY, line=False)
        elif chance.happens(stage.world.failure_share):
            self._missed(call, moment, MissedReason.TECHNICAL_FAILURE)
        elif stage.spam[call.intent] and chance.happens(stage.world.callers.spam_blocked_share):
            self._missed(call, moment, MissedReason.BLOCKED_SPAM)
        elif site.menu_s > 0 and not call.closed and self._teams[call.team].kind is not TeamKind.PERSONAL:
            if chance.happens(site.menu_leave_share):
                self._missed(call, moment + chance.between(1.0, site.menu_s), MissedReason.ABANDONED_IVR)
            else:
                stage.at(moment + chance.between(0.5, 1.2) * site.menu_s, partial(self._join, call))
        else:
            self._join(call, moment)

    def _join(self, call: Attempt, moment: float) -> None:
        """Begin to wait for a team: the wanted one, or the one that takes its overflow."""
        floor, team = self.stage.floor, self._teams[call.team]
        call.tried += 1
        if math.isnan(call.joined):
            call.joined = moment
            call.patience = self.stage.chance.patience(team.patience)
        closes = floor.hours[call.team].until(moment)
        if closes is None:
            self._meet_closed_door(call, moment)
        elif team.kind is TeamKind.QUEUE and floor.queue_length(call.team, moment) >= team.capacity:
            self._refused(call, moment, MissedReason.QUEUE_FULL)
        elif team.kind is TeamKind.PERSONAL and floor.free[floor.members[call.team][0]] > moment:
            self._refused(call, moment, MissedReason.BUSY)
        elif self.stage.chance.happens(team.rejected_share):
            self._refused(call, moment + min(4.0, call.patience), MissedReason.AGENT_REJECTED)
        else:
            self._wait(call, moment, closes, team)

    def _wait(self, call: Attempt, moment: float, closes: float, team: Team) -> None:
        stage, floor, chance = self.stage, self.stage.floor, self.stage.chance
        pick_up = chance.lognormal(median=team.pick_up_mean_s * 0.88, spread=0.5) if team.pick_up_mean_s else 0.0
        ready, who = floor.first_free(call.team, moment, pick_up)
        vain = MissedReason.QUEUE_TIMEOUT if team.kind is TeamKind.QUEUE else MissedReason.NO_ANSWER
        leaves, why = min(
            (call.joined + call.patience, self._abandoned(call, team)),
            (moment + team.max_wait_s, vain),
            (closes, MissedReason.NO_AGENT_AVAILABLE),
        )
        target = self._target(call, moment + team.overflow_after_s)
        if target is not None and moment + team.overflow_after_s < leaves:
            leaves = moment + team.overflow_after_s
        else:
            target = None
        asks = call.joined + team.callback_offer_s
        if moment <= asks < min(leaves, ready + pick_up) and chance.happens(team.callback_offer_share):
            leaves, why, target = asks, MissedReason.CALLBACK_REQUESTED, None
        if ready + pick_up <= leaves:
            self._answered(call, ready + pick_up, who, team)
            return
        floor.waits_until(call.team, leaves)
        if ready < leaves:
            floor.free[who] = leaves
        if target is not None:
            call.team = target
            stage.at(leaves, partial(self._join, call))
        else:
            self._missed(call, leaves, why, pick_up=pick_up)

    def _abandoned(self, call: Attempt, team: Team) -> MissedReason:
        if call.patience < self.stage.world.short_abandon_s:
            return MissedReason.SHORT_ABANDON
        return MissedReason.ABANDONED_QUEUE if team.kind is TeamKind.QUEUE else MissedReason.ABANDONED_RINGING

    def _target(self, call: Attempt, moment: float) -> int | None:
        """The team that takes the overflow, if there is one and it is open; a call overflows once."""
        target = self._overflow[call.team]
        if target is None or call.tried > 1 or self.stage.floor.hours[target].until(moment) is None:
            return None
        return target

    def _refused(self, call: Attempt, moment: float, reason: MissedReason) -> None:
        """Not let in: to the overflow team at once, or missed."""
        target = self._target(call, moment)
        if target is not None and moment < call.joined + call.patience:
            call.team = target
            self.stage.at(moment, partial(self._join, call))
        else:
            self._missed(call, moment, reason)

    def _meet_closed_door(self, call: Attempt, moment: float) -> None:
        team = self._teams[call.team]
        if self.stage.world.after_hours is AfterHours.GREETING:
            self._missed(call, moment, MissedReason.AFTER_HOURS)
        elif call.patience < (rings := min(team.max_wait_s, 45.0)):
            short = call.patience < self.stage.world.short_abandon_s
            self._missed(
                call, moment + call.patience, MissedReason.SHORT_ABANDON if short else MissedReason.ABANDONED_RINGING
            )
        else:
            self._missed(call, moment + rings, MissedReason.NO_ANSWER)

    def _answered(self, call: Attempt, moment: float, who: int, team: Team) -> None:
        stage, chance = self.stage, self.stage.chance
        talk = chance.between(4.0, 25.0) if stage.spam[call.intent] else chance.conversation(team.handle)
        wrap = chance.exponential(team.handle.wrap_mean_s)
        stage.floor.waits_until(call.team, moment)
        stage.floor.free[who] = moment + talk + wrap
        stage.release_line(stage.site_of_team[call.team], moment + talk)
        stage.resolve(call.intent, IntentEnd.ANSWERED if call.number == 1 else IntentEnd.ANSWERED_LATER)
        self._write(call, ended=moment + talk, waited=moment - call.joined, agent=who, talk=talk)

    def _missed(
        self, call: Attempt, moment: float, reason: MissedReason, *, line: bool = True, pick_up: float = 0.0
    ) -> None:
        stage, chance = self.stage, self.stage.chance
        personal = self._teams[call.team].kind is TeamKind.PERSONAL
        boxed = line and (reason in _VOICEMAIL or (reason is MissedReason.BUSY and personal))
        message = boxed and chance.happens(stage.world.callers.voicemail_share)
        ended = moment
        if message:
            ended += _GREETING_S + chance.lognormal(median=22.0, spread=0.5)
        elif boxed:
            ended += chance.between(2.0, _GREETING_S)
        if line:
            stage.release_line(stage.site_of_team[call.team], ended)
        weekday, slot = stage.half_hour(call.start)
        cause = true_cause(
            Scene(
                reason=reason,
                closed=call.closed,
                no_line=not line,
                could_wait=reason is not MissedReason.ABANDONED_IVR and not call.patience <= pick_up,
                surge=stage.surge[call.intent],
                pressed=self._pressed[call.team][weekday][slot],
                somebody_idle=stage.floor.idle(self._others[call.team], call.start) is not None,
            )
        )
        agent = stage.floor.members[call.team][0] if personal else -1
        waited = 0.0 if math.isnan(call.joined) else moment - call.joined
        self._write(
            call, ended=ended, waited=waited, agent=agent, talk=0.0, reason=reason, cause=cause, voicemail=message
        )
        if not stage.spam[call.intent]:
            self._try_again(call, ended, reason)
            self.staff.after_miss(call.intent, call.team, ended, reason, message=message)

    def _write(
        self,
        call: Attempt,
        *,
        ended: float,
        waited: float,
        agent: int,
        talk: float,
        reason: MissedReason | None = None,
        cause: TrueCause | None = None,
        voicemail: bool = False,
    ) -> None:
        self.stage.rows.append(
            Row(
                start=call.start,
                direction=Direction.INBOUND,
                team=self._intent_team[call.intent],
                served_by=call.team,
                agent=agent,
                person=self.stage.person[call.intent],
                intent=call.intent,
                attempt=call.number,
                reason=reason,
                cause=cause,
                wait_s=waited,
                talk_s=talk,
                total_s=ended - call.start,
                patience_s=call.patience,
                voicemail=voicemail,
                after_hours=call.closed,
            )
        )

    def _try_again(self, call: Attempt, moment: float, reason: MissedReason) -> None:
        stage, chance, redial = self.stage, self.stage.chance, self.stage.world.redial
        share = redial.by_reason.get(reason, redial.otherwise) * redial.decay ** (call.number - 1)
        if call.number >= redial.max_attempts or not chance.happens(share):
            return
        team = self._intent_team[call.intent]
        hours = stage.floor.hours[team]
        kind = chance.uniform()
        if kind < redial.soon_share:
            when = moment + chance.lognormal(median=redial.soon_median_s, spread=redial.spread)
        elif kind < redial.soon_share + redial.night_share:
            when = hours.next(moment + 10 * 3600) + chance.lognormal(median=2400.0, spread=redial.spread)
        else:
            when = moment + chance.lognormal(median=redial.later_median_s, spread=redial.spread)
        if hours.until(when) is None and chance.happens(_WAITS_FOR_OPENING):
            when = hours.next(when) + chance.lognormal(median=1800.0, spread=redial.spread)
        again = Attempt(intent=call.intent, number=call.number + 1, start=when, team=team)
        stage.later(call.intent, when, partial(self._ring, again))
