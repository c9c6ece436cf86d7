"""One outreach as the checks see it: who is meant, where they are, what is known, and the rules that hold there."""

from __future__ import annotations

from calendar import monthrange
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from datetime import date, datetime
from typing import TypeAlias
from zoneinfo import ZoneInfo

from decroche.rules.outreach import Consent, Known, Outreach, Purpose
from decroche.rules.recipient import Recipient
from decroche.rules.rulebook import Rule, Rulebook
from decroche.rules.ruling import Finding


@dataclass(frozen=True, slots=True, kw_only=True)
class Case:
    """``zones``: every time zone in which the person may be. ``places``: country and subdivision of the person, then
    those of the business.
    """

    outreach: Outreach
    known: Known
    recipient: Recipient
    zones: tuple[ZoneInfo, ...]
    home: tuple[str, str | None]
    business: tuple[str, str | None]
    rules: Rulebook

    @property
    def purpose(self) -> Purpose:
        """The purpose that counts."""
        return self.outreach.treated_as

    @property
    def at(self) -> datetime:
        """When it would leave."""
        return self.outreach.at

    def days(self, moment: datetime) -> frozenset[date]:
        """The dates that it is, at ``moment``, where they may be."""
        return frozenset(moment.astimezone(zone).date() for zone in self.zones)

    def concerned(self, rule: Rule, *, moment: datetime | None = None) -> bool:
        """Whether the rule speaks of this outreach, on the day of ``moment`` (when it would leave, if not given)."""
        outreach = self.outreach
        places = [self.home, self.business] if rule.sender_too else [self.home]
        return (
            any(
                rule.place in ("", country) and (not rule.subdivisions or subdivision in rule.subdivisions)
                for country, subdivision in places
            )
            and (not rule.means or outreach.means in rule.means)
            and (not rule.purposes or self.purpose in rule.purposes)
            and (not rule.sectors or outreach.sector in rule.sectors)
            and (self.known.is_consumer or not rule.consumers_only)
            and any(rule.in_force(day) for day in self.days(moment or self.at))
        )

    def consent(self, *, promotion: bool, written: bool = False) -> Consent | None:
        """The latest consent that stands: proven, not withdrawn, and not older than the rules let it grow."""
        standing = [
            each
            for each in self.known.consents
            if each.covers(self.outreach.means, self.at, promotion=promotion)
            and (each.written or not written)
            and not self._aged(each)
        ]
        return max(standing, key=lambda each: each.at, default=None)

    def _aged(self, consent: Consent) -> bool:
        return any(
            not within_months(self, consent.at, rule.numbers["months"])
            for rule in self.rules.checked("consent_age")
            if self.concerned(rule)
        )


Check: TypeAlias = Callable[[Rule, Case], Iterable[Finding]]


def within_months(case: Case, since: datetime | None, months: int) -> bool:
    """Whether ``since`` is at most so many months back, by the calendar where the person is; the last day counts."""
    if since is None:
        return False
    return all(
        case.at.astimezone(zone).date() <= months_later(since.astimezone(zone).date(), months) for zone in case.zones
    )


def months_later(day: date, months: int) -> date:
    """The same day so many months later, or the last day of that month."""
    year, month = divmod(day.year * 12 + day.month - 1 + months, 12)
    return date(year, month + 1, min(day.day, monthrange(year, month + 1)[1]))
