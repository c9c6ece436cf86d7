"""The words that campaigns' exports use: column headings, and what became of a dial."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from functools import lru_cache
from itertools import pairwise

from decroche.capture.files.campaign_codes import (
    DIALLER_RESULTS,
    GERMAN_HEADINGS,
    GERMAN_NEGATIONS,
    GERMAN_RESULTS,
)
from decroche.capture.files.words import bag, fold

#: Headings by use. Accents, case, punctuation, word order and small words do not matter.
HEADINGS: Mapping[str, tuple[str, ...]] = {
    "person": (
        "téléphone", "numéro téléphone", "numéro", "phone", "phone number", "mobile", "portable", "cellulaire",
        "numéro appelé", "numéro composé", "called number", "called", "dialed number", "destinataire", "to", "msisdn",
        "id client", "client", "n° client", "code client", "identifiant client", "client id", "customer",
        "customer id", "customer number", "id contact", "contact id", "contact", "lead", "id lead", "lead id",
        "prospect", "id prospect", "prospect id", "fiche", "id fiche", "n° fiche", "email", "e-mail", "courriel",
        "siret", "siren", "person", "person id", "personne", "account id", "record id", "id", "identifiant",
        "company", "société", "entreprise", "raison sociale", "nom", "dnis", "to number", "associated contact",
        "phone number dialed", "destination number", "customer phone", "prospect ref",
    ),
    "dials": (
        "campaign", "nombre appels", "appels", "nombre tentatives", "tentatives", "nombre contacts", "contacts",
        "number of contacts", "no of contacts", "attempts", "call attempts", "number of calls", "calls", "num calls",
        "dials", "number of dials", "number of attempts", "total calls", "total attempts", "nombre relances",
        "relances", "touches", "call count", "attempt count", "contact count", "essais", "nombre essais",
        "appels passés", "appels émis", "calls made", "times called", "times contacted", "nombre appels émis",
        "nombre appels passés", "count of calls", "dial count", "tentative", "attempt", "n° tentative",
        "attempt number", "rang", "rang appel", "essai", "num attempts", "n attempts", "ncalls",
    ),
    "outcome": (
        "résultat", "résultat appel", "statut", "statut appel", "issue", "qualification", "disposition", "outcome",
        "result", "status", "call result", "call outcome", "call status", "code résultat", "conclusion", "état",
        "codification", "classification", "dernier résultat", "last result", "final status", "lead status",
        "statut fiche", "retour", "call disposition",
        "statut final", "tags", "tag", "étiquettes", "last outcome", "dispo", "code", "motif", "stage", "étape",
        "contact result",
    ),
    "opportunity": (
        "opportunité", "opportunité qualifiée", "opportunités", "rdv", "rendez-vous", "rendez-vous pris", "rdv pris",
        "rdv obtenu", "lead qualifié", "qualifié", "qualifiée", "intéressé", "opportunity", "opportunities",
        "qualified", "qualified lead", "qualified opportunity", "is qualified", "appointment", "appointment set",
        "meeting", "meeting booked", "demo", "demo booked", "interested", "y", "converted", "conversion", "converti",
        "success", "succès", "response", "responded", "target", "réponse positive", "positif", "accord", "lead",
        "is converted", "has converted", "transformation", "opportunity id", "id opportunité", "date rdv",
        "associated deal", "associated opportunity", "transaction associée", "affaire associée",
    ),
    "sale": (
        "vente", "ventes", "vendu", "vente conclue", "sale", "sales", "sold", "won", "gagné", "gagnée", "signé",
        "signature", "contrat", "contrat signé", "commande", "order", "ordered", "purchase", "purchased", "bought",
        "achat", "acheté", "closed won", "deal won", "deal", "souscrit", "souscription", "subscribed", "subscription",
        "deposit", "term deposit", "is sale", "is won", "policy", "transformé", "adhésion", "don", "donation",
    ),
    "reached": (
        "contacté", "joint", "joignable", "contact joint", "décroché", "répondu", "reached", "contact made",
        "answered", "connected", "contact établi", "conversation", "abouti", "argumenté", "contact utile",
        "contact argumenté", "rpc", "right party contact", "is reached", "contacted", "spoke", "parlé", "picked up",
    ),
    "talk": (
        "durée", "durée appel", "durée conversation", "duration", "call duration", "talk time", "talk duration",
        "duration seconds", "durée s", "temps conversation", "talk", "billsec", "length", "temps parole",
    ),
    "amount": (
        "montant", "montant vente", "montant ht", "montant ttc", "ca", "chiffre affaires", "revenu", "revenue",
        "amount", "sale amount", "deal amount", "value", "sale value", "deal value", "valeur", "prix", "price",
        "order value", "ca généré", "total", "total ht", "panier", "basket", "order amount", "contract value",
    ),
    "margin": ("marge", "marge brute", "marge nette", "margin", "gross margin", "profit", "bénéfice", "contribution"),
    "cost": ("coût", "coût appel", "cost", "call cost", "cost of call", "coût unitaire", "frais", "dial cost"),
    "sold": (
        "date vente", "date signature", "date commande", "date souscription", "date achat", "date transformation",
        "sale date", "sold at", "sold on", "won date", "close date", "closed at", "closed date", "order date",
        "converted at", "conversion date", "purchase date", "date conversion", "signature date", "won at",
    ),
    "script": (
        "script", "argumentaire", "accroche", "opener", "variant", "variante", "version script", "script version",
        "pitch", "script id", "nom script", "script name", "message", "ab group", "test group", "groupe test",
    ),
    "agent": (
        "agent", "nom agent", "téléconseiller", "conseiller", "vendeur", "commercial", "opérateur", "user", "operator",
        "rep", "sales rep", "agent id", "agent name", "caller", "appelant", "utilisateur", "owner", "propriétaire",
    ),
}  # fmt: skip

#: Words of a heading that speak of an earlier campaign: nothing in such a column came of this one.
BEFORE = frozenset(
    {"previous", "previously", "prev", "precedent", "precedente", "precedents", "precedentes", "anterieur"}
    | {"anterieure", "anterieurs", "poutcome", "pdays", "past", "earlier", "passed", "historique"}
)

#: What a word of a result column means. What is sold was an opportunity, and an opportunity was reached.
RESULTS: Mapping[str, tuple[str, ...]] = {
    "sale": (
        "vente", "vendu", "vendue", "vente conclue", "sale", "sold", "won", "closed won", "gagné", "gagnée", "signé",
        "signée", "contrat signé", "commande", "commandé", "accord vente", "sale made", "purchase", "purchased",
        "bought", "acheté", "achat", "souscrit", "souscription", "subscribed", "order", "ordered", "policy sold",
        "deal won", "don", "adhésion",
    ),
    "opportunity": (
        "rdv", "rdv pris", "rdv obtenu", "rdv fixé", "rdv confirmé", "prise de rdv", "rendez-vous", "rendez-vous pris",
        "intéressé", "intéressée", "très intéressé", "interested", "qualified", "qualifié", "lead qualifié",
        "opportunité", "opportunité qualifiée", "opportunity", "appointment", "appointment set", "meeting",
        "meeting booked", "meeting set", "demo", "demo booked", "lead", "hot lead", "warm lead", "lead chaud",
        "positif", "positive", "réponse positive", "devis", "devis demandé", "demande de devis", "quote requested",
        "success", "successful", "succès", "converted", "converti", "accord", "accepté", "accepted", "yes", "oui",
        "proposition envoyée", "proposal sent", "qualified lead", "sales qualified",
    ),
    "reached": (
        "refus", "refusé", "refus argumenté", "pas intéressé", "non intéressé", "not interested", "no interest",
        "refused", "refusal", "declined", "callback", "call back", "call back later", "callback requested",
        "à rappeler", "rappel", "rappeler", "rappeler plus tard", "rappel programmé", "rappel client", "follow up",
        "follow-up", "à relancer", "relance", "do not call", "dnc", "ne plus appeler", "opposition", "blacklist",
        "hors cible", "déjà client", "already customer", "failure", "lost", "perdu", "perdue", "closed lost",
        "no sale", "contacted", "reached", "joint", "contact", "contact établi", "connected", "answered", "répondu",
        "décroché", "argumenté", "not qualified", "non qualifié", "unqualified", "disqualified", "barrage",
        "barrage secrétaire", "gatekeeper", "completed", "complete", "negative", "négatif", "hung up", "raccroché",
        "a raccroché", "language barrier", "wrong person", "mauvais interlocuteur", "réflexion", "en réflexion",
        "envoi documentation", "documentation", "send info", "budget", "no budget", "pas de budget", "no", "non",
        "conversation", "spoke", "undecided", "indécis",
    ),
    "unreached": (
        "no answer", "noanswer", "pas de réponse", "sans réponse", "non réponse", "aucune réponse", "absent",
        "absence", "non joint", "non joignable", "pas joint", "injoignable", "unreachable", "not reached", "busy",
        "occupé", "ligne occupée", "occupation", "voicemail", "voice mail", "vm", "répondeur", "messagerie",
        "boîte vocale", "left message", "left voicemail", "message laissé", "message", "faux numéro", "wrong number",
        "mauvais numéro", "numéro invalide", "invalid number", "invalid", "numéro non attribué", "failed",
        "failed call",
        "abandon", "abandoned", "dropped", "hors service", "out of service", "disconnected", "fax", "not contacted",
        "non contacté", "à appeler", "new", "nouveau", "nrp", "npai", "machine", "answering machine", "amd",
        "cancelled", "canceled", "network error", "congestion", "error", "erreur", "sonne dans le vide", "unanswered",
        "ring no answer", "no contact", "pas de contact", "not answered", "non répondu", "missed", "manqué", "timeout",
        "rejected", "not available", "unavailable", "indisponible", "échec technique",
    ),
}  # fmt: skip
#: What people write where nothing is known.
UNKNOWN = frozenset({"", "unknown", "inconnu", "inconnue", "nonexistent", "na", "n a", "none", "other", "autre"})
_NEGATIONS = frozenset({"pas", "non", "not", "no", "sans", "aucun", "aucune", "jamais", "never"}) | GERMAN_NEGATIONS
#: Headings that name people less surely than a number of theirs does.
_NAMES = frozenset(map(fold, ("nom", "company", "société", "entreprise", "raison sociale", "associated contact")))
_NAMED_AT_MOST = 0.6
_LONGEST_CODE = 6


@lru_cache(maxsize=1)
def _headings() -> Mapping[str, tuple[tuple[str, frozenset[str]], ...]]:
    return {
        use: tuple((fold(text), bag(text)) for text in (*texts, *GERMAN_HEADINGS.get(use, ())))
        for use, texts in HEADINGS.items()
    }


def heading_of(heading: str, use: str) -> float:
    """How surely a column called ``heading`` has this use: 1 for its very words, less for a part, 0 for none."""
    folded, words = fold(heading), bag(heading)
    if not words or (words & BEFORE):
        return 0.0
    if use == "person" and folded in _NAMES:
        return _NAMED_AT_MOST
    best = 0.0
    for phrase, phrase_words in _headings()[use]:
        if folded == phrase:
            return 1.0
        if words == phrase_words:
            best = max(best, 0.95)
        elif phrase_words < words and not (words & _NEGATIONS):
            best = max(best, 0.35 + 0.5 * len(phrase_words) / len(words))
    return best


def of_before(heading: str) -> bool:
    """Whether a heading speaks of an earlier campaign."""
    return bool(bag(heading) & BEFORE)


@lru_cache(maxsize=1)
def _results() -> Mapping[frozenset[str], str]:
    return {
        frozenset(fold(word).split()): sense
        for known in (DIALLER_RESULTS, GERMAN_RESULTS, RESULTS)
        for sense, words in known.items()
        for word in words
    }


@lru_cache(maxsize=1)
def _codes() -> frozenset[frozenset[str]]:
    """The codes of diallers: of up to three letters, they mean something only alone."""
    short = (fold(word) for words in DIALLER_RESULTS.values() for word in words)
    return frozenset(frozenset({word}) for word in short if " " not in word and len(word) <= _LONGEST_CODE)


def _denied(text: str, phrases: Iterable[frozenset[str]]) -> bool:
    """Whether a word that denies stands right before one of the phrases."""
    words = fold(text).split()
    return any(
        first in _NEGATIONS and second in phrase for first, second in pairwise(words) for phrase in phrases
    )  # fmt: skip


@lru_cache(maxsize=10_000)
def result_of(word: str) -> str | None:
    """What a result means ("sale", "opportunity", "reached", "unreached"); None when it is not known.

    A code in front ("03 - Refus") does not matter, nor do words after known ones, unless they deny something.
    """
    words = frozenset(part for part in fold(word).split() if not part.isdigit())
    known = _results()
    if words in known:
        return known[words]
    # The longest known phrase in it speaks; what denies is never left out, and says nothing alone, nor does a code.
    inside = [
        phrase
        for phrase in known
        if phrase < words
        and not ((words - phrase) & _NEGATIONS)
        and not phrase <= _NEGATIONS
        and phrase not in _codes()
    ]
    if not inside:
        # "left vm, no callback": what is denied beside a plain word says no more than it.
        told = [phrase for phrase in known if phrase < words and not phrase & _NEGATIONS and phrase not in _codes()]
        unreached = [phrase for phrase in told if known[phrase] == "unreached"]
        return "unreached" if unreached and not _denied(word, unreached) else None
    longest = max(map(len, inside), default=0)
    senses = {known[phrase] for phrase in inside if len(phrase) == longest}
    return senses.pop() if len(senses) == 1 else None
