"""Whom we leave alone: who opted out, staff, spam, nobody in particular, and lines that take no texts."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from datetime import timedelta

from decroche.rules.case import Case
from decroche.rules.outreach import CALLS, Means, OptOut, Purpose, Scope
from decroche.rules.recipient import Texts
from decroche.rules.rulebook import Rule
from decroche.rules.ruling import Finding, Verdict

_SCOPES: Mapping[Means, Scope] = {
    Means.TEXT: Scope.TEXTS,
    Means.EMAIL: Scope.EMAILS,
    Means.CALL: Scope.CALLS,
    Means.AUTOMATED_CALL: Scope.CALLS,
}


def opt_out(rule: Rule, case: Case) -> Iterator[Finding]:
    """They opted out: refused, whatever it is for.

    What remains: one confirmation of it, within ``minutes``; what a later express consent covers; and, by a person, the
    answer to a call of theirs, or the callback that they asked for, after it.
    """
    standing = [each for each in case.known.opt_outs if _covers(each, case) and not _lifted(each, case)]
    if not standing:
        return
    latest = max(standing, key=lambda each: each.at)
    outreach = case.outreach
    if outreach.purpose is Purpose.CONFIRMATION and outreach.confirms_opt_out and outreach.means is not Means.CALL:
        confirmed = any(
            each.at >= latest.at and each.purpose is Purpose.CONFIRMATION and each.means is outreach.means
            for each in case.known.attempts
        )
        soon = case.at < latest.at + timedelta(minutes=rule.numbers["minutes"])
        if not confirmed and soon and not outreach.promotional:
            yield rule.found(Verdict.ALLOW, "confirms_opt_out")
        else:
            yield rule.found(Verdict.REFUSE, "opt_out_confirmed" if confirmed else "opt_out_too_long_ago")
        return
    yield rule.found(Verdict.REFUSE, "opted_out", on=latest.at.astimezone(case.zones[0]).date())


def person(rule: Rule, case: Case) -> Iterator[Finding]:
    """A property of the person, or of their call, that stands in the way: the flag that the rule names."""
    flag = rule.numbers["flag"]
    if getattr(case.known, flag):
        yield rule.found(Verdict.REFUSE, f"person_{flag}")


def own_people(rule: Rule, case: Case) -> Iterator[Finding]:
    """Nobody but people of the business is meant."""
    if not case.known.staff:
        yield rule.found(Verdict.REFUSE, "not_staff")


def number(rule: Rule, case: Case) -> Iterator[Finding]:
    """The number takes no texts, or only an attempt will tell."""
    match case.recipient.texts:
        case Texts.NO:
            yield rule.found(Verdict.REFUSE, f"number_{case.recipient.kind}")
        case Texts.TRY:
            yield rule.found(Verdict.ALLOW, "number_try")
        case Texts.YES:
            pass


def _covers(opted_out: OptOut, case: Case) -> bool:
    if opted_out.scope is Scope.PROMOTION:
        return case.purpose in (Purpose.PROMOTION, Purpose.SURVEY)
    return opted_out.scope in (Scope.EVERYTHING, _SCOPES[case.outreach.means])


def _lifted(opted_out: OptOut, case: Case) -> bool:
    consent = case.consent(promotion=case.purpose is Purpose.PROMOTION)
    if consent is not None and consent.at > opted_out.at:
        return True
    if case.outreach.means not in CALLS:
        return False
    request = case.known.request
    if case.purpose is Purpose.REQUESTED:
        return request is not None and request.asked_at > opted_out.at
    missed = case.outreach.missed_at
    return (
        case.purpose is Purpose.REPLY
        and case.outreach.means is Means.CALL
        and opted_out.scope is not Scope.CALLS
        and missed is not None
        and missed > opted_out.at
    )
