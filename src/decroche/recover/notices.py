"""Whom of the business to tell, how and when: whoever is on call at once, everybody else in their own hours."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime, time, timedelta, tzinfo
from enum import StrEnum
from typing import Any

from decroche.model.hours import OpeningHours
from decroche.recover.playbook import QuietHours, Recipient, RecipientKind
from decroche.understand.hours import HoursUnreadable, is_open, parse_week, read_clock
from decroche.understand.numbers import read_number


class Channel(StrEnum):
    """By which way somebody of the business is told."""

    EMAIL = "email"
    TEXT = "text"
    PUSH = "push"
    WEBHOOK = "webhook"


class BadTeam(ValueError):
    """What is told of the team cannot be used: ``word`` and ``values`` say why."""

    def __init__(self, word: str, **values: str) -> None:
        super().__init__(f"{word}: {', '.join(values.values())}")
        self.word, self.values = word, values


@dataclass(frozen=True, slots=True, kw_only=True)
class Member:
    """Somebody of the business: their roles and teams, and how they are reached, the preferred way first."""

    name: str
    roles: frozenset[str] = frozenset()
    teams: frozenset[str] = frozenset()
    ways: tuple[tuple[Channel, str], ...] = field(default=(), repr=False)

    def answers_to(self, recipient: Recipient) -> bool:
        """Whether ``recipient`` means this member, among others."""
        match recipient.kind:
            case RecipientKind.ROLE:
                return recipient.name in self.roles
            case RecipientKind.TEAM:
                return recipient.name in self.teams
            case _:
                return recipient.name == self.name or any(recipient.name == address for _, address in self.ways)


@dataclass(frozen=True, slots=True, kw_only=True)
class Shift:
    """``member`` is on call at these hours of the week, for everybody whose quiet hours they keep."""

    member: str
    week: OpeningHours


@dataclass(frozen=True, slots=True, kw_only=True)
class Rung:
    """Whom to tell when ``after`` has passed and nobody has taken the matter in hand."""

    after: timedelta
    to: Recipient


@dataclass(frozen=True, slots=True, kw_only=True)
class Team:
    """The people of a business, who is on call when, and who is told when the first do nothing."""

    members: tuple[Member, ...] = ()
    shifts: tuple[Shift, ...] = ()
    ladder: tuple[Rung, ...] = ()

    def numbers(self, region: str) -> frozenset[int]:
        """The numbers of its members, as E.164 digits; ``region`` is that of numbers without a country."""
        told = (address for member in self.members for channel, address in member.ways if channel is Channel.TEXT)
        found = (read_number(each, region=region).e164 for each in told)
        return frozenset(number for number in found if number is not None)

    @classmethod
    def read(cls, told: Mapping[str, Any]) -> Team:
        """The team as the settings tell it. Raises BadTeam.

        ``members``: name, roles, teams, and ``email``, ``text``, ``push = true``, ``webhook``, tried in their order.
        ``on_call``: member and ``week`` (as opening hours). ``ladder``: ``after_minutes`` and ``to`` (``role:owner``).
        """
        try:
            members = tuple(_member(each) for each in told.get("members", ()))
            shifts = tuple(
                Shift(member=each["member"], week=OpeningHours(week=parse_week(each["week"])))
                for each in told.get("on_call", ())
            )
            ladder = tuple(
                Rung(after=timedelta(minutes=each["after_minutes"]), to=_recipient(each["to"]))
                for each in told.get("ladder", ())
            )
        except (KeyError, TypeError, AttributeError) as error:
            raise BadTeam("incomplete", what=str(error)) from None
        except HoursUnreadable as error:
            raise BadTeam("hours", part=str(error)) from None
        names = [each.name for each in members]
        if len(set(names)) != len(names):
            raise BadTeam("same_name")
        if strangers := {each.member for each in shifts} - set(names):
            raise BadTeam("strangers", names=", ".join(sorted(strangers)))
        return cls(members=members, shifts=shifts, ladder=tuple(sorted(ladder, key=lambda rung: rung.after)))


@dataclass(frozen=True, slots=True, kw_only=True)
class Notice:
    """One message to one member, due at a moment. ``instead``: the ways to try when the first fails."""

    member: str
    channel: Channel
    address: str = field(repr=False)
    due_at: datetime
    instead: tuple[tuple[Channel, str], ...] = field(default=(), repr=False)


def notices(
    to: Recipient,
    team: Team,
    *,
    now: datetime,
    quiet: QuietHours,
    zone: tzinfo,
    climbing: bool = True,
    urgent: bool = False,
) -> tuple[Notice, ...]:
    """Who is told of something that ``to`` should take in hand, when and how.

    In quiet hours those on call are told at once, whoever was meant, and nobody else before the quiet ends: the owner's
    evening is theirs. Where nobody is on call, all wait for the end of the quiet hours. The rungs of the ladder are
    due one after the other, none in the quiet hours of somebody who is not on call; each member is told once.
    ``urgent``: where nobody is on call those meant are told in their quiet hours too, and all where nobody is meant.
    """
    steps = [Rung(after=timedelta(), to=to), *(team.ladder if climbing else ())]
    found: dict[str, Notice] = {}
    for step in steps:
        due = now + step.after
        meant = [member for member in team.members if member.answers_to(step.to)]
        if urgent and not any(member.ways for member in meant):
            meant = list(team.members)
        for member, moment in _told(meant, team, due, quiet, zone, urgent=urgent):
            if member.name not in found and member.ways:
                (channel, address), *instead = member.ways
                found[member.name] = Notice(
                    member=member.name, channel=channel, address=address, due_at=moment, instead=tuple(instead)
                )
    return tuple(sorted(found.values(), key=lambda notice: (notice.due_at, notice.member)))


def on_call(team: Team, moment: datetime, zone: tzinfo) -> tuple[Member, ...]:
    """Who is on call at a moment."""
    local = moment.astimezone(zone).replace(tzinfo=None)
    names = {shift.member for shift in team.shifts if is_open(local, shift.week)}
    return tuple(member for member in team.members if member.name in names)


def quiet_until(moment: datetime, quiet: QuietHours, zone: tzinfo) -> datetime:
    """The first moment from ``moment`` on at which people may be disturbed."""
    local = moment.astimezone(zone).replace(tzinfo=None)
    minute = local.hour * 60 + local.minute
    if not quiet.holds(minute):
        return moment
    day = local.date() + timedelta(days=minute >= quiet.end)
    ends = datetime.combine(day, time()) + timedelta(minutes=quiet.end)
    return max(moment, read_clock(ends, zone).utc.replace(tzinfo=UTC))


def _told(
    meant: Sequence[Member], team: Team, due: datetime, quiet: QuietHours, zone: tzinfo, *, urgent: bool
) -> Iterable[tuple[Member, datetime]]:
    awake = quiet_until(due, quiet, zone)
    if awake == due:
        return [(member, due) for member in meant]
    watch = on_call(team, due, zone)
    if watch:
        return [(member, due) for member in watch]
    return [(member, due if urgent else awake) for member in meant]


def _member(told: Mapping[str, Any]) -> Member:
    # On a screen somebody is found by their name: their browsers are known to the ledger.
    ways = tuple(
        (Channel(key), str(told["name"]) if key == Channel.PUSH else str(value))
        for key, value in told.items()
        if key in tuple(Channel) and value
    )
    return Member(
        name=told["name"], roles=frozenset(told.get("roles", ())), teams=frozenset(told.get("teams", ())), ways=ways
    )


def _recipient(told: str) -> Recipient:
    kind, _, name = told.partition(":")
    try:
        return Recipient(RecipientKind(kind), name)
    except ValueError:
        raise BadTeam("recipient", told=str(told)) from None
