"""The service level under its five formulas: the same calls, five honest percentages.

A answered and B unanswered calls; A_T and B_T those of them within the threshold; B_s the short ones among B.
"""

from __future__ import annotations

from collections.abc import Mapping

from decroche.model.figures import Rate, ServiceLevelTerms
from decroche.model.sentence import Sentence
from decroche.understand.counted import NOTHING, REACHABLE, SHORT, CallSet, Share

#: The formula that Décroche prints first: who left within the threshold gave us no chance and is not counted.
DEFAULT_FORM = "F4"

#: Each formula, spelled out.
FORMULAS: Mapping[str, str] = {
    "F1": "(A_T + B_T) / (A + B)",
    "F2": "A_T / A",
    "F3": "A_T / (A + B)",
    "F4": "A_T / (A + B − B_T)",
    "F5": "(A_T + B_s) / (A + B)",
}

#: Which calls each formula counts, and among which.
A, A_T, A_B = CallSet(answered=True), CallSet(answered_within=True), CallSet(answered=True, missed=REACHABLE)
SERVED: Mapping[str, Share] = {
    "F1": Share(CallSet(answered_within=True, missed_within=REACHABLE), A_B),
    "F2": Share(A_T, A),
    "F3": Share(A_T, A_B),
    "F4": Share(A_T, CallSet(answered=True, missed_after=REACHABLE)),
    "F5": Share(CallSet(answered_within=True, missed=SHORT), A_B),
}

#: What each formula does with the callers who gave up: why two tools disagree on the same day.
FORM_SENTENCES: Mapping[str, Sentence] = {
    "F1": Sentence(
        key="service_level.F1",
        fr="Qui raccroche vite compte comme servi : le chiffre monte quand les gens partent tôt.",
        en="Whoever hangs up early counts as served: the figure rises when people leave soon.",
    ),
    "F2": Sentence(
        key="service_level.F2",
        fr="Les appels sans réponse ne comptent pas : on peut en perdre la moitié et afficher 100 %.",
        en="Unanswered calls do not count: half of them can be lost and the figure still says 100%.",
    ),
    "F3": Sentence(
        key="service_level.F3",
        fr="Tout appel sans réponse compte contre vous, même raccroché au bout de deux secondes.",
        en="Every unanswered call counts against you, even one dropped after two seconds.",
    ),
    "F4": Sentence(
        key="service_level.F4",
        fr="Qui part avant le délai est mis de côté ; qui attend plus longtemps pour rien compte contre vous.",
        en="Whoever leaves within the threshold is set aside; whoever waits longer in vain counts against you.",
    ),
    "F5": Sentence(
        key="service_level.F5",
        fr="Seuls les raccrochés immédiats comptent comme servis, les autres abandons comptent contre vous.",
        en="Only immediate hang-ups count as served; every other unanswered call counts against you.",
    ),
}


def service_levels(terms: ServiceLevelTerms) -> Mapping[str, Rate]:
    """F1 … F5, each with its numerator and denominator.

    F1 = (A_T + B_T)/(A + B), F2 = A_T/A, F3 = A_T/(A + B), F4 = A_T/(A + B − B_T), F5 = (A_T + B_s)/(A + B).
    Calls whose wait is not told are in A and B but never within the threshold; where no wait is told at all
    (``terms.wait_known`` is 0) every rate is 0/0, for the log cannot say. Sources: [CH1], [IC1]; F4 also [BP2].
    """
    if not terms.wait_known:
        return dict.fromkeys(FORMULAS, Rate(0, 0))
    return {form: Rate(_size(terms, share.counted), _size(terms, share.among)) for form, share in SERVED.items()}


def _size(terms: ServiceLevelTerms, calls: CallSet) -> int:
    """How many calls of a formula there are, by the terms."""
    missed = {NOTHING: 0, REACHABLE: terms.unanswered, SHORT: terms.unanswered_short}[calls.missed]
    missed += {NOTHING: 0, REACHABLE: terms.unanswered_within}[calls.missed_within]
    missed += {NOTHING: 0, REACHABLE: terms.unanswered - terms.unanswered_within}[calls.missed_after]
    return terms.answered * calls.answered + terms.answered_within * calls.answered_within + missed
