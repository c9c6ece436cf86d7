"""The same calls as other tools would count them: the service level of each vendor, and why it differs from ours.

A profile is a pure function of counted terms, with the version of the definition it follows and its source. The
application of a vendor's words to our reasons is ours. Where the log does not hold a term, the profile says so.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from decroche.model.call import MissedReason
from decroche.model.figures import Rate, ServiceLevelTerms
from decroche.model.sentence import Sentence
from decroche.prove.kpis.service_level import A_B, A_T, SERVED, A
from decroche.understand.counted import LONG_ABANDONED, NOTHING, REACHABLE, SHORT, CallSet, Reasons, Share

#: A person's phone rang, or the queue gave up, and nobody took the call: "missed" in Talkdesk's words.
_RANG = frozenset(
    {
        MissedReason.ABANDONED_RINGING,
        MissedReason.NO_ANSWER,
        MissedReason.AGENT_REJECTED,
        MissedReason.QUEUE_TIMEOUT,
    }
)
#: Ended in the queue or while ringing before anybody answered, by the caller or by the system: Genesys "abandon".
_GENESYS_ABANDON = frozenset(
    {
        MissedReason.SHORT_ABANDON,
        MissedReason.ABANDONED_QUEUE,
        MissedReason.ABANDONED_RINGING,
        MissedReason.NO_ANSWER,
        MissedReason.AGENT_REJECTED,
    }
)
#: Left the queue unanswered and undisconnected: Genesys "flow-out" (a call sent on, or a callback taken).
_GENESYS_FLOW_OUT = frozenset({MissedReason.QUEUE_TIMEOUT, MissedReason.CALLBACK_REQUESTED})


@dataclass(frozen=True, slots=True, kw_only=True)
class VendorTerms:
    """Counts that the profiles read.

    ``missed`` counts missed calls by reason; ``missed_within`` those of them that ended within the threshold, or
    None when that is not counted by reason. ``called_back`` are missed calls that we called back and reached.
    """

    level: ServiceLevelTerms
    missed: Mapping[MissedReason, int]
    missed_within: Mapping[MissedReason, int] | None = None
    called_back: int | None = None

    def count(self, reasons: Reasons) -> int:
        """Missed calls with one of these reasons."""
        return sum(self.missed.get(reason, 0) for reason in reasons)

    def level_of(self, share: Share) -> Level:
        """A share of these calls, or the word for the term that the log does not hold."""
        if not self.level.wait_known:
            return Level(rate=None, missing="wait")
        try:
            return Level(rate=Rate(self._size(share.counted), self._size(share.among)))
        except _NotTold as error:
            return Level(rate=None, missing=error.term)

    def _size(self, calls: CallSet) -> int:
        """How many calls of a formula there are."""
        level = self.level
        found = level.answered * calls.answered + level.answered_within * calls.answered_within
        found += self._unanswered(calls.missed)
        found += self._within(calls.missed_within)
        found += self._unanswered(calls.missed_after) - self._within(calls.missed_after)
        if not calls.called_back:
            return found
        if self.called_back is None:
            raise _NotTold("called_back")
        return found + min(self.called_back, level.unanswered)

    def _unanswered(self, reasons: Reasons) -> int:
        if REACHABLE - SHORT <= reasons <= REACHABLE:
            return self.level.unanswered - self.count(REACHABLE - reasons)
        return self.count(reasons)

    def _within(self, reasons: Reasons) -> int:
        if reasons in {NOTHING, REACHABLE}:
            return self.level.unanswered_within if reasons else 0
        if self.missed_within is None:
            raise _NotTold("wait_by_reason")
        return sum(self.missed_within.get(reason, 0) for reason in reasons)


class _NotTold(Exception):
    """The log does not hold a term."""

    def __init__(self, term: str) -> None:
        super().__init__(term)
        self.term = term


@dataclass(frozen=True, slots=True, kw_only=True)
class Level:
    """What a profile gives: a rate, or None and the word for the term that the log does not hold."""

    rate: Rate | None
    missing: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class VendorProfile:
    """``version`` is the month in which the definition was read; ``source`` a key of the reference's source list.

    ``share`` is what it counts, and among what. ``*_fr`` are for French readers, where the English name or formula has
    words in it.
    """

    key: str
    vendor: str
    version: str
    source: str
    formula: str
    why: Sentence
    share: Share
    vendor_fr: str | None = None
    formula_fr: str | None = None

    def named(self, language: str) -> str:
        """The vendor, and which of its ways of counting."""
        return (self.vendor_fr if language.startswith("fr") else None) or self.vendor

    def written(self, language: str) -> str:
        """The formula."""
        return (self.formula_fr if language.startswith("fr") else None) or self.formula

    def level(self, terms: VendorTerms) -> Level:
        """The vendor's service level of these calls."""
        return terms.level_of(self.share)


def genesys(*, flow_outs: bool = False, short: bool = True, abandons: bool = True) -> Share:
    """A_T / (A + abandons), where three switches add flow-outs, leave out short abandons, or all abandons [GE1].

    The switches act on the past as well: yesterday's figure changes with today's setting. After-hours calls and
    calls that reached neither a queue nor a phone are not counted.
    """
    missed = (_GENESYS_ABANDON if short else _GENESYS_ABANDON - SHORT) if abandons else NOTHING
    return Share(A_T, CallSet(answered=True, missed=missed | (_GENESYS_FLOW_OUT if flow_outs else NOTHING)))


def talkdesk_calls() -> Share:
    """(A_T + M_T) / (A + M), M = rang somebody or timed out, in business hours; abandons are ignored [TD1][TD2]."""
    return Share(CallSet(answered_within=True, missed_within=_RANG), CallSet(answered=True, missed=_RANG))


def talkdesk_contacts() -> Share:
    """A_T / (inbound contacts − short), inbound being answered, abandoned, short, missed and voicemail [TD3]."""
    return Share(A_T, CallSet(answered=True, missed=REACHABLE - SHORT))


def aircall() -> Share:
    """A_T / A: "inbound calls within SLA" exist only among answered calls [AC2]; the denominator is our reading."""
    return Share(A_T, A)


def ringover_basic() -> Share:
    """A_T / (A + B): answered within the delay among all calls; the denominator is our reading of [RO1]."""
    return SERVED["F3"]


def ringover_advanced() -> Share:
    """(A_T + called back) / (A + B): missed calls that were called back count as served [RO1].

    Ringover also mixes in hidden numbers and internal calls, which we do not count.
    """
    return Share(CallSet(answered_within=True, called_back=True), A_B)


def ringcentral(*, abandons: bool = True) -> Share:
    """A_T / (A + abandons at or over the short threshold); a switch leaves abandons out altogether [RC2].

    Calls sent to voicemail or away by a rule are not missed in RingCentral's words, so only abandons are added.
    """
    return Share(A_T, CallSet(answered=True, missed=LONG_ABANDONED if abandons else NOTHING))


def wazo() -> Share:
    """A_T / A: Wazo's quality of service, formula F2 [G3]."""
    return SERVED["F2"]


def cxengage() -> Share:
    """A_T / (A + B − B_T): default "ignore abandons", its abandon threshold equal to the answer threshold [CX1]."""
    return SERVED["F4"]


PROFILES: tuple[VendorProfile, ...] = (
    VendorProfile(
        key="genesys",
        vendor="Genesys Cloud",
        version="2026-11",
        source="GE1",
        formula="A_T / (A + abandons)",
        why=Sentence(
            key="profile.genesys",
            fr="Genesys ne compte que les appels entrés en file : la nuit et les lignes occupées n'y figurent pas. "
            "Ses réglages changent aussi les chiffres du passé.",
            en="Genesys counts only calls that entered a queue: nights and busy lines are left out. "
            "Its switches also rewrite past figures.",
        ),
        share=genesys(),
    ),
    VendorProfile(
        key="genesys_without_short",
        vendor="Genesys Cloud, short abandons off",
        vendor_fr="Genesys Cloud, sans abandons courts",
        version="2026-11",
        source="GE1",
        formula="A_T / (A + abandons − short)",
        formula_fr="A_T / (A + abandons − courts)",
        why=Sentence(
            key="profile.genesys_without_short",
            fr="Le même calcul, mais qui raccroche tout de suite n'est pas compté : le chiffre monte.",
            en="The same calculation, but whoever hangs up at once is not counted: the figure rises.",
        ),
        share=genesys(short=False),
    ),
    VendorProfile(
        key="talkdesk_calls",
        vendor="Talkdesk, calls model",
        vendor_fr="Talkdesk, modèle « appels »",
        version="2026-11",
        source="TD1",
        formula="(A_T + M_T) / (A + M)",
        why=Sentence(
            key="profile.talkdesk_calls",
            fr="Talkdesk (modèle « appels ») laisse de côté ceux qui renoncent en file et compte comme bon un appel "
            "manqué vite.",
            en="Talkdesk's calls model leaves out whoever gives up in the queue and counts a quickly missed call as "
            "good.",
        ),
        share=talkdesk_calls(),
    ),
    VendorProfile(
        key="talkdesk_contacts",
        vendor="Talkdesk, contacts model",
        vendor_fr="Talkdesk, modèle « contacts »",
        version="2026-11",
        source="TD3",
        formula="A_T / (A + B − short)",
        formula_fr="A_T / (A + B − courts)",
        why=Sentence(
            key="profile.talkdesk_contacts",
            fr="Talkdesk (modèle « contacts ») compte tous les appels sauf les raccrochés immédiats : le même jour, "
            "il contredit son autre modèle.",
            en="Talkdesk's contacts model counts every call but the immediate hang-ups: on the same day it "
            "contradicts its other model.",
        ),
        share=talkdesk_contacts(),
    ),
    VendorProfile(
        key="aircall",
        vendor="Aircall",
        version="2026-11",
        source="AC2",
        formula="A_T / A",
        why=Sentence(
            key="profile.aircall",
            fr="Aircall mesure la rapidité parmi les appels décrochés ; les appels manqués sont un autre chiffre.",
            en="Aircall measures speed among answered calls; missed calls are another figure.",
        ),
        share=aircall(),
    ),
    VendorProfile(
        key="ringover_basic",
        vendor="Ringover, basic",
        vendor_fr="Ringover, mode basique",
        version="2026-11",
        source="RO1",
        formula="A_T / (A + B)",
        why=Sentence(
            key="profile.ringover_basic",
            fr="Ringover (mode basique) compte tout appel sans réponse, même raccroché aussitôt.",
            en="Ringover's basic mode counts every unanswered call, even one dropped at once.",
        ),
        share=ringover_basic(),
    ),
    VendorProfile(
        key="ringover_advanced",
        vendor="Ringover, advanced",
        vendor_fr="Ringover, mode avancé",
        version="2026-11",
        source="RO1",
        formula="(A_T + called back) / (A + B)",
        formula_fr="(A_T + rappelés) / (A + B)",
        why=Sentence(
            key="profile.ringover_advanced",
            fr="Ringover (mode avancé) compte comme servi un appel manqué que vous avez rappelé.",
            en="Ringover's advanced mode counts a missed call as served once you have called back.",
        ),
        share=ringover_advanced(),
    ),
    VendorProfile(
        key="ringcentral",
        vendor="RingCentral",
        version="2026-11",
        source="RC2",
        formula="A_T / (A + abandons − short)",
        formula_fr="A_T / (A + abandons − courts)",
        why=Sentence(
            key="profile.ringcentral",
            fr="Pour RingCentral, un appel parti sur la messagerie n'est pas manqué : il sort du calcul.",
            fr_ca="Pour RingCentral, un appel parti dans la boîte vocale n'est pas manqué : il sort du calcul.",
            en="For RingCentral a call that went to voicemail is not missed: it leaves the calculation.",
        ),
        share=ringcentral(),
    ),
    VendorProfile(
        key="wazo",
        vendor="Wazo",
        version="2026-08",
        source="G3",
        formula="A_T / A",
        why=Sentence(
            key="profile.wazo",
            fr="Wazo divise par les appels décrochés : ceux qui ont renoncé disparaissent.",
            en="Wazo divides by answered calls: those who gave up vanish.",
        ),
        share=wazo(),
    ),
    VendorProfile(
        key="cxengage",
        vendor="CxEngage",
        version="2026-11",
        source="CX1",
        formula="A_T / (A + B − B_T)",
        why=Sentence(
            key="profile.cxengage",
            fr="CxEngage met de côté, par défaut, qui part en moins de 20 secondes, et garde figé le chiffre du jour.",
            en="CxEngage by default sets aside whoever leaves within 20 seconds, and freezes the figure of the day.",
        ),
        share=cxengage(),
    ),
    VendorProfile(
        key="cisco_ignored",
        vendor="Cisco, abandons ignored",
        vendor_fr="Cisco, abandons ignorés",
        version="4.5",
        source="CI1",
        formula="A_T / (A + B − B_T)",
        why=Sentence(
            key="profile.cisco_ignored",
            fr="Cisco, abandons ignorés : qui part avant le délai n'est pas compté.",
            en="Cisco, abandons ignored: whoever leaves within the threshold is not counted.",
        ),
        share=SERVED["F4"],
    ),
    VendorProfile(
        key="cisco_negative",
        vendor="Cisco, abandons negative",
        vendor_fr="Cisco, abandons négatifs",
        version="4.5",
        source="CI1",
        formula="A_T / (A + B)",
        why=Sentence(
            key="profile.cisco_negative",
            fr="Cisco, abandons négatifs : tout appel sans réponse compte contre vous.",
            en="Cisco, abandons negative: every unanswered call counts against you.",
        ),
        share=SERVED["F3"],
    ),
    VendorProfile(
        key="cisco_positive",
        vendor="Cisco, abandons positive",
        vendor_fr="Cisco, abandons positifs",
        version="4.5",
        source="CI1",
        formula="(A_T + B_T) / (A + B)",
        why=Sentence(
            key="profile.cisco_positive",
            fr="Cisco, abandons positifs : qui part avant le délai compte comme servi.",
            en="Cisco, abandons positive: whoever leaves within the threshold counts as served.",
        ),
        share=SERVED["F1"],
    ),
)

#: Why a profile has no figure, by the word in ``Level.missing``.
MISSING: Mapping[str, Sentence] = {
    "wait": Sentence(
        key="profile.missing.wait",
        fr="Cet export ne dit pas combien de temps les gens ont attendu.",
        en="This export does not say how long people waited.",
    ),
    "wait_by_reason": Sentence(
        key="profile.missing.wait_by_reason",
        fr="Il faudrait l'attente de chaque appel qui a sonné sans réponse.",
        en="It would take the wait of each call that rang unanswered.",
    ),
    "called_back": Sentence(
        key="profile.missing.called_back",
        fr="Il faudrait vos appels sortants : cet export n'en contient aucun.",
        en="It would take your outbound calls: this export has none.",
    ),
}
