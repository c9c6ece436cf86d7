"""On what ground a contact stands: their consent, their request, their question, a contract, a purchase."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import timedelta

from decroche.rules.case import Case, months_later, within_months
from decroche.rules.outreach import Purpose
from decroche.rules.rulebook import Rule
from decroche.rules.ruling import Finding, Verdict


def consent(rule: Rule, case: Case) -> Iterator[Finding]:
    """A ground is needed: a proven consent, or one of the others that the rule takes.

    ``contract``: a contract in progress. ``customer``: they bought, ``customer_months`` back at most.
    ``inquiry_months``: they asked, so many months back at most. ``business``: a business is free of it. ``written``:
    only a written consent counts. ``service``: a consent to service messages is enough. ``forbidden``: no consent
    helps, and this is the reason.
    """
    numbers, known, zone = rule.numbers, case.known, case.zones[0]
    if numbers.get("business") and not known.is_consumer:
        yield rule.found(Verdict.ALLOW, "ground_business")
        return
    if numbers.get("contract") and known.has_contract:
        yield rule.found(Verdict.ALLOW, "ground_contract", contract=known.contract_ref)
        return
    if numbers.get("forbidden"):
        yield rule.found(Verdict.REFUSE, numbers["forbidden"])
        return
    given = case.consent(promotion=not numbers.get("service"), written=bool(numbers.get("written")))
    if given is not None:
        yield rule.found(Verdict.ALLOW, "ground_consent", on=given.at.astimezone(zone).date(), evidence=given.evidence)
        return
    bought, asked = known.last_purchase_at, case.known.last_inquiry_at
    if bought is not None and _customer(rule, case):
        yield rule.found(Verdict.ALLOW, "ground_customer", on=bought.astimezone(zone).date())
        return
    months = numbers.get("inquiry_months")
    if months and asked is not None:
        on = asked.astimezone(zone).date()
        if within_months(case, asked, months):
            yield rule.found(Verdict.ALLOW, "ground_inquiry", on=on, last=months_later(on, months))
        else:
            yield rule.found(Verdict.REFUSE, "inquiry_too_old", on=on, last=months_later(on, months))
        return
    yield rule.found(Verdict.REFUSE, "no_written_consent" if numbers.get("written") else "no_consent")


def request(rule: Rule, case: Case) -> Iterator[Finding]:
    """A requested callback: within the delay announced, or in the slot they chose, and about what they asked."""
    asked = case.known.request
    if asked is None or asked.asked_at > case.at:
        yield rule.found(Verdict.REFUSE, "not_requested")
        return
    hours = asked.within or timedelta(hours=rule.numbers["within_hours"])
    last = max(asked.asked_at + hours, *(asked.slot or (asked.asked_at,)))
    if case.at > last:
        yield rule.found(Verdict.REFUSE, "request_expired", hours=round(hours.total_seconds() / 3600))
    elif asked.about and case.outreach.about and asked.about.casefold() != case.outreach.about.casefold():
        yield rule.found(Verdict.REFUSE, "request_about", about=asked.about)
    elif asked.slot and case.at < asked.slot[0]:
        begins = asked.slot[0].astimezone(case.zones[0])
        yield rule.found(
            Verdict.DELAY,
            "slot_later",
            until=asked.slot[0],
            day=begins.date(),
            hour=begins.hour + begins.minute / 60,
        )
    else:
        yield rule.found(Verdict.ALLOW, "ground_request", on=asked.asked_at.astimezone(case.zones[0]).date())


def register(rule: Rule, case: Case) -> Iterator[Finding]:
    """The national do-not-call list: consulted lately, and they are not on it, unless a ground goes before it."""
    numbers, known = rule.numbers, case.known
    if (
        case.consent(promotion=True) is not None
        or (numbers.get("contract") and known.has_contract)
        or (numbers.get("business") and not known.is_consumer)
        or within_months(case, known.last_inquiry_at, numbers.get("inquiry_months", 0))
    ):
        return
    checked = known.register_checked_at
    days = numbers["max_age_days"]
    if known.register_listed:
        yield rule.found(Verdict.REFUSE, "register_listed", name=numbers["name"])
    elif checked is None or not timedelta(0) <= case.at - checked <= timedelta(days=days):
        yield rule.found(Verdict.REFUSE, "register_unchecked", name=numbers["name"], days=days)


def conversation(rule: Rule, case: Case) -> Iterator[Finding]:
    """A conversation is one that they keep up: their last words are not too old."""
    heard = case.known.last_heard_at
    days = rule.numbers["days"]
    if heard is None or case.at - heard > timedelta(days=days):
        yield rule.found(Verdict.REFUSE, "no_conversation", days=days)


def basis(rule: Rule, case: Case) -> Iterator[Finding]:
    """The ground that is recorded with a service contact that needs no consent."""
    yield rule.found(Verdict.ALLOW, str(rule.numbers["reason"]))


def _customer(rule: Rule, case: Case) -> bool:
    numbers = rule.numbers
    if case.purpose is not Purpose.PROMOTION and not numbers.get("customer_months"):
        return False
    months = numbers.get("customer_months")
    return within_months(case, case.known.last_purchase_at, months) if months else bool(numbers.get("customer"))
