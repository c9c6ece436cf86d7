"""What a caller's reply means before anybody reads it: STOP, a word of return, RAPPEL, help, a choice, a refusal.

Rules KW-1 to KW-5. A refusal in free words goes to a person, and counts as an opt-out until that person has decided.
OUI, YES, OK and the like mean nothing here: providers give them meanings of their own, so the caller is asked for
RAPPEL or CALL.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum


class Keyword(StrEnum):
    """What a reply asks for."""

    OPT_OUT = "opt_out"
    OPT_IN = "opt_in"
    CALL_BACK = "call_back"
    HELP = "help"
    REFUSAL = "refusal"
    """Free words that seem to refuse: to a person, and no automation meanwhile."""
    NUMBER_CHOICE = "number_choice"
    NONE = "none"


@dataclass(frozen=True, slots=True, kw_only=True)
class Reading:
    """``language``: that of the word (``fr``, ``en``), or of the conversation where the word is of both.

    ``choice``: the number of NUMBER_CHOICE. ``ask_again``: the word is one that may mean anything; ask for RAPPEL.
    """

    keyword: Keyword
    language: str
    choice: int | None = None
    ask_again: bool = False


_FR, _EN, _BOTH = "fr", "en", ""

_OPT_OUT_ALONE: Mapping[str, str] = {
    **dict.fromkeys(("STOP", "STOPALL", "STOP ALL", "TD"), _BOTH),
    **dict.fromkeys(
        ("ARRET", "ARRETER", "ARRETEZ", "DESABONNER", "DESABONNEMENT", "DESINSCRIRE", "DESINSCRIPTION", "RETIRER"), _FR
    ),
    **dict.fromkeys(("UNSUBSCRIBE", "UNSUB", "CANCEL", "END", "QUIT", "REVOKE", "OPTOUT", "OPT OUT", "REMOVE"), _EN),
}
_OPT_OUT_FIRST: Mapping[str, str] = {
    **dict.fromkeys(("STOP", "STOPALL"), _BOTH),
    **dict.fromkeys(("ARRET", "ARRETEZ", "DESABONNER", "DESINSCRIRE"), _FR),
    **dict.fromkeys(("UNSUBSCRIBE", "OPTOUT"), _EN),
}
_OPT_IN: Mapping[str, str] = {"START": _BOTH, "UNSTOP": _BOTH, "REPRENDRE": _FR}
_HELP: Mapping[str, str] = {"HELP": _EN, "AIDE": _FR, "INFO": _BOTH}
_CALL_BACK: Mapping[str, str] = {
    **dict.fromkeys(("RAPPEL", "RAPPELER", "RAPPELEZ", "RAPPELEZ MOI", "RAPPELLE MOI", "RAPPELLES MOI"), _FR),
    **dict.fromkeys(("CALL", "CALLBACK", "CALL BACK", "CALL ME", "CALL ME BACK"), _EN),
}
_CALL_BACK_FIRST = re.compile(r"(?P<fr>RAPPEL|RAPPELEZ|RAPPELEZ MOI)\b|(?P<en>CALL ME)\b")
_UNCLEAR: Mapping[str, str] = {
    **dict.fromkeys(("OUI", "D ACCORD", "ANNULER", "ANNULEZ", "FIN", "NON"), _FR),
    **dict.fromkeys(("YES", "NO", "Y", "N"), _EN),
    **dict.fromkeys(("OK", "O", "OKAY"), _BOTH),
}
_COURTESY = frozenset({"SVP", "STP", "MERCI", "BONJOUR", "PLEASE", "PLZ", "THANKS", "THX"})
_COURTESIES = re.compile(r"\b(?:S IL (?:VOUS|TE) PLAIT|THANK YOU)\b")
_CHOICE = re.compile(r"(?:(?:LE|LA|OPTION|CHOIX|NUMERO|NUMBER|CHOICE|N|NO) )*(\d{1,2})")

_VERBS_FR = r"(?:ECRI|CONTACT|APPEL|RAPPEL|TEXT|ENVO|DERANG|SOLLICIT|HARCEL|EMBET|IMPORTUN|RELANC)\w*"
_REFUSAL_FR = re.compile(
    "|".join(
        (
            rf"\bNE (?:(?:ME|M|NOUS|MOI) )?{_VERBS_FR} (?:\w+ )?(?:PLUS|PAS|JAMAIS)\b",
            rf"\b(?:ME|M) {_VERBS_FR} (?:PLUS|PAS|JAMAIS)\b",
            rf"\b{_VERBS_FR} (?:MOI|NOUS) (?:PLUS|PAS|JAMAIS)\b",
            r"\b(?:LAISSE|FOUTE|FICHE)[ZS]? (?:MOI|NOUS) (?:TRANQUILLES?|EN PAIX|LA PAIX)\b",
            r"\b(?:MAUVAIS|FAUX) NUMERO\b|\bERREUR DE NUMERO\b|\bTROMP\w+ DE NUMERO\b",
            r"\b(?:RETIRE|ENLEVE|SUPPRIME|EFFACE|RAYE)[RZS]? (?:MOI|MON NUMERO|MES COORDONNEES|MES DONNEES)\b",
            r"\b(?:ME|M) (?:RETIRER|ENLEVER|SUPPRIMER|EFFACER)\b",
            r"\bPLUS (?:DE|AUCUN|RECEVOIR|JAMAIS) (?:DE )?(?:VOS )?(?:SMS|TEXTOS?|MESSAGES?|APPELS?|RIEN)\b",
            r"\bPAS INTERESSEE?S?\b|\bDESABONN\w*|\bDESINSCRI\w*|\bHARCELEMENT\b",
            r"\bARRETE[ZRS]?\b|\bARRETONS\b|\bSTOPPE[ZRS]?\b",
        )
    )
)
_REFUSAL_EN = re.compile(
    "|".join(
        (
            r"\bWRONG (?:NUMBER|PERSON)\b|\bLEAVE (?:ME|US) ALONE\b|\bLOSE MY NUMBER\b",
            r"\b(?:REMOVE|DELETE|UNSUBSCRIBE) (?:ME|US|MY NUMBER)\b|\bTAKE (?:ME|US|MY NUMBER) OFF\b",
            r"\b(?:DO NOT|DON T|DONT|NEVER|QUIT|CEASE) (?:\w+ )?(?:CALL|TEXT|CONTACT|MESSAG|WRIT|E?MAIL|BOTHER)\w*",
            r"\bNO MORE (?:TEXTS?|MESSAGES?|CALLS?|SMS)\b|\bNOT INTERESTED\b",
            r"\bOPT(?:ING)? ?(?:ME )?OUT\b|\bUNSUBSCRIBE\b|\bHARASS\w*",
        )
    )
)
_STOP_INSIDE = re.compile(r"(?<!NON )\bSTOP\b")


def read_keyword(text: str, *, language: str = "fr", country: str = "") -> Reading:
    """What the reply ``text`` asks for.

    ``language`` is that of the conversation, for words of both languages. In Canada (``country`` CA) STOP is English
    and ARRET French, as the short codes there want it.
    """
    said = normal_form(text)
    spoken = "en" if language.startswith("en") else "fr"
    either = "en" if country == "CA" else spoken

    def read(keyword: Keyword, of: str, *, ask_again: bool = False) -> Reading:
        return Reading(keyword=keyword, language=of or either, ask_again=ask_again)

    first = said.partition(" ")[0]
    for alone, found in (
        (_OPT_OUT_ALONE, Keyword.OPT_OUT),
        (_OPT_IN, Keyword.OPT_IN),
        (_HELP, Keyword.HELP),
        (_CALL_BACK, Keyword.CALL_BACK),
    ):
        if said in alone:
            return read(found, alone[said])
    if first in _OPT_OUT_FIRST:
        return read(Keyword.OPT_OUT, _OPT_OUT_FIRST[first])
    if choice := _CHOICE.fullmatch(said):
        return Reading(keyword=Keyword.NUMBER_CHOICE, language=spoken, choice=int(choice[1]))
    if _REFUSAL_FR.search(said):
        return read(Keyword.REFUSAL, _FR)
    if _REFUSAL_EN.search(said):
        return read(Keyword.REFUSAL, _EN)
    if _STOP_INSIDE.search(said):
        return Reading(keyword=Keyword.REFUSAL, language=spoken)
    if call_back := _CALL_BACK_FIRST.match(said):
        return read(Keyword.CALL_BACK, _FR if call_back["fr"] else _EN)
    if said in _UNCLEAR:
        return Reading(keyword=Keyword.NONE, language=_UNCLEAR[said] or spoken, ask_again=True)
    return Reading(keyword=Keyword.NONE, language=spoken)


def normal_form(text: str) -> str:
    """Capitals without accents or punctuation, one space between words, words of courtesy left out."""
    plain = unicodedata.normalize("NFKD", text.casefold())
    letters = "".join(sign if sign.isalnum() else " " for sign in plain if not unicodedata.combining(sign))
    words = letters.upper().split()
    if len(words) > 1 and all(len(word) == 1 and word.isalpha() for word in words):
        return "".join(words)
    kept = _COURTESIES.sub(" ", " ".join(words)).split()
    return " ".join(word for word in kept if word not in _COURTESY)
