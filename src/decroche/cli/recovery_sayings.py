"""What ``decroche explain`` and ``decroche recovery`` say, in French and in English."""

from __future__ import annotations

from collections.abc import Mapping

from decroche.model.sentence import Sentence

_PAIRS: Mapping[str, tuple[str, str]] = {
    "words_of_explain": (
        "Dites quel suivi : decroche explain SUIVI, ou decroche explain --person NUMÉRO.",
        "Say which journey: decroche explain JOURNEY, or decroche explain --person NUMBER.",
    ),
    "no_such_journey": ("Aucun suivi {id}.", "There is no journey {id}."),
    "journeys_of_one_beginning": (
        "Plusieurs suivis commencent par {id} : donnez-en davantage.",
        "Several journeys begin with {id}: give more of it.",
    ),
    "no_number_read": ("Ce numéro ne se lit pas.", "This number cannot be read."),
    "no_journey_of_person": ("Aucun appel manqué de ce numéro.", "No missed call of this number."),
}
_CANADA: Mapping[str, str] = {}

RECOVERY_SAYINGS: Mapping[str, Sentence] = {
    key: Sentence(key=key, fr=fr, en=en, fr_ca=_CANADA.get(key)) for key, (fr, en) in _PAIRS.items()
}
