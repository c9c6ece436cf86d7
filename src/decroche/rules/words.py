"""How a contact presents itself: who speaks, in what language, from which number."""

from __future__ import annotations

from collections.abc import Iterator

from decroche.rules.case import Case
from decroche.rules.outreach import Means
from decroche.rules.rulebook import Rule
from decroche.rules.ruling import Finding, Verdict
from decroche.rules.sender import sender_findings, sender_kind


def disclosure(rule: Rule, case: Case) -> Iterator[Finding]:
    """A machine says at once that it is one; an automated voice always, words when a machine writes them."""
    disclosed = case.outreach.ai_disclosed
    if disclosed is False or (disclosed is None and case.outreach.means is Means.AUTOMATED_CALL):
        yield rule.found(Verdict.REFUSE, "machine_undisclosed")


def language(rule: Rule, case: Case) -> Iterator[Finding]:
    """The language that must be there is not."""
    if not case.outreach.language.startswith(rule.numbers["first"]):
        yield rule.found(Verdict.REFUSE, "french_needed")


def sender(rule: Rule, case: Case) -> Iterator[Finding]:
    """The sender shown may not be used for this."""
    shown = case.outreach.sender
    kind = sender_kind(shown, case.business[0], rules=case.rules)
    yield from sender_findings(rule, shown, kind, expects_reply=case.outreach.expects_reply)
