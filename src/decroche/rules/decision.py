"""The one decision on whatever leaves for a person: may it go, from when, or not at all, and by which rules."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from zoneinfo import ZoneInfo

from decroche.rules import grounds, limits, persons, windows, words
from decroche.rules.case import Case, Check
from decroche.rules.outreach import Known, Outreach
from decroche.rules.recipient import recipient
from decroche.rules.rulebook import Rulebook, rulebook
from decroche.rules.ruling import Basis, Finding, Grade, Ruling, Verdict, ruling

__all__ = ["Basis", "Finding", "Grade", "Ruling", "Verdict", "decide"]

_CHECKS: Mapping[str, Check] = {
    "opt_out": persons.opt_out,
    "person": persons.person,
    "own_people": persons.own_people,
    "number": persons.number,
    "request": grounds.request,
    "consent": grounds.consent,
    "register": grounds.register,
    "conversation": grounds.conversation,
    "basis": grounds.basis,
    "refusal": limits.refusal,
    "limit": limits.limit,
    "window": windows.window,
    "disclosure": words.disclosure,
    "language": words.language,
    "sender": words.sender,
}


def decide(outreach: Outreach, known: Known, *, rules: Rulebook | None = None) -> Ruling:
    """Whether ``outreach`` may leave, with every finding; the strictest wins.

    The rules are those of the recipient's country and region (by the number), those for everywhere, those that also
    bind a sender from the business's country, and, where the recipient's country has none, the business's. A delay ends
    at the first instant that the hours permit in every zone where the person may be; decide again then, with what is
    known by then. ``rules`` defaults to those that come with the program.
    """
    if outreach.recipient <= 0:
        # A pseudonym of somebody who was erased: there is no number.
        known = replace(known, masked=True)
    case = the_case(outreach, known, rules=rules or rulebook())
    concerned = [rule for rule in case.rules.rules if case.concerned(rule)]
    findings = [finding for rule in concerned if rule.check in _CHECKS for finding in _CHECKS[rule.check](rule, case)]
    delays = [each for each in findings if each.verdict is Verdict.DELAY]
    until = None
    if delays:
        # A window may open earlier once another delay is over: a slot that they chose is open in quiet hours.
        hours = case.rules.checked("window")
        shut = {rule.id for rule in hours}
        others = [each.until for each in delays if each.until is not None and each.rule not in shut]
        until = windows.first_opening(hours, case, after=max(others, default=case.at))
        if until is None:
            findings.append(case.rules.rule(delays[0].rule).found(Verdict.REFUSE, "never_open"))
    return ruling(findings, until=until)


def the_case(outreach: Outreach, known: Known, *, rules: Rulebook) -> Case:
    """The outreach with where the person is."""
    place = recipient(outreach.recipient, rules=rules)
    country, _, region = outreach.country.strip().upper().partition("-")
    business = (country, outreach.subdivision or region or None)
    home = (place.country, place.subdivision) if rules.knows(place.country) else business
    if home[0] == business[0] and home[1] is None and home[0] not in ("CA", "US"):
        home = business
    zones = known.zones or place.zones or tuple(rules.table(business[0], "place").get("zones", ("UTC",)))
    return Case(
        outreach=outreach,
        known=known,
        recipient=place,
        zones=tuple(ZoneInfo(zone) for zone in zones),
        home=home,
        business=business,
        rules=rules,
    )
