"""How often a person may be contacted, and how long a refusal keeps us away."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime, time, timedelta

from decroche.rules.case import Case
from decroche.rules.outreach import Attempt, Purpose
from decroche.rules.rulebook import Rule
from decroche.rules.ruling import Finding, Verdict


def limit(rule: Rule, case: Case) -> Iterator[Finding]:
    """As many contacts as the rule permits have left in its period: refused until one of them is old enough.

    ``once``: the period is the inquiry itself. ``calendar``: days count whole, where the person is.
    """
    numbers = rule.numbers
    counted = [each for each in case.known.attempts if _counts(rule, each)]
    if numbers.get("once"):
        since = case.outreach.missed_at or case.known.last_inquiry_at
        if since is not None and sum(each.at >= since for each in counted) >= numbers["count"]:
            yield rule.found(Verdict.REFUSE, "already_answered", count=numbers["count"])
        return
    ends = sorted(end for each in counted if (end := _forgotten(rule, case, each)) > case.at)
    if len(ends) >= numbers["count"]:
        until = ends[len(ends) - numbers["count"]]
        yield rule.found(
            Verdict.REFUSE,
            "too_often",
            until=until,
            count=numbers["count"],
            made=len(ends),
            day=until.astimezone(case.zones[0]).date(),
        )


def refusal(rule: Rule, case: Case) -> Iterator[Finding]:
    """They said no: as many whole days without contact as the rule says, the day of the refusal not counted."""
    days = timedelta(days=rule.numbers["days"] + 1)
    ends = [
        _midnight(case, each.at, days)
        for each in case.known.refusals
    ]  # fmt: skip
    until = max(ends, default=case.at)
    if until > case.at:
        yield rule.found(Verdict.REFUSE, "refused_lately", until=until, day=until.astimezone(case.zones[0]).date())


def _counts(rule: Rule, attempt: Attempt) -> bool:
    purposes = frozenset(Purpose(each) for each in rule.numbers.get("counts", ())) or rule.purposes
    return (
        (not rule.means or attempt.means in rule.means)
        and (not purposes or attempt.purpose in purposes)
        and not (rule.numbers.get("unanswered") and attempt.answered)
    )


def _forgotten(rule: Rule, case: Case, attempt: Attempt) -> datetime:
    numbers = rule.numbers
    if numbers.get("calendar"):
        return _midnight(case, attempt.at, timedelta(days=numbers["days"]))
    hours = numbers.get("hours", 24 * numbers.get("days", 0))
    if attempt.answered:
        hours = numbers.get("hours_if_answered", hours)
    return attempt.at + timedelta(hours=hours)


def _midnight(case: Case, since: datetime, days: timedelta) -> datetime:
    """The first instant of the day so many days after ``since``, in the zone where it comes last."""
    return max(
        datetime.combine(since.astimezone(zone).date() + days, time(), zone).astimezone(UTC) for zone in case.zones
    )
