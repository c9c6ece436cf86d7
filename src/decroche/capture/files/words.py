"""The words that exports use, in French and English: column headings, directions and results of calls."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Mapping
from functools import lru_cache

#: Headings by use. Accents, case, punctuation, word order and the small words below do not matter.
HEADINGS: Mapping[str, tuple[str, ...]] = {
    "start": (
        "date et heure", "date heure", "date heure début", "horodatage", "début", "début appel", "heure début",
        "date début", "commencé", "reçu", "appel reçu", "date appel heure", "arrivée", "heure arrivée", "start",
        "start time", "start date", "started", "started at", "start date time", "begin", "begin time", "call start",
        "timestamp", "datetime", "date time", "date and time", "call date", "calldate", "call time", "created",
        "created at", "time of call", "offered at", "arrival time", "initiated", "date début appel", "quand", "when",
        "setup time", "connect time utc", "start time utc",
    ),
    "date": ("date", "jour", "day", "date appel", "call date", "date début", "start date", "date du jour", "call day"),
    "time": (
        "heure", "heure appel", "heure début", "time", "time of day", "hour", "start time", "call time", "début",
        "heure locale", "local time", "heure arrivée",
    ),
    "end": (
        "fin", "fin appel", "heure fin", "date fin", "date heure fin", "raccroché à", "heure raccroché", "end",
        "end time",
        "ended", "ended at", "end date", "stop time", "hangup time", "call end", "disconnect time", "terminé",
    ),
    "answered_at": (
        "heure décroché", "heure réponse", "décroché à", "répondu à", "date réponse", "heure prise appel",
        "prise appel",
        "heure décrochage", "answered at", "answer time", "answer", "answered time", "pickup time", "picked up at",
        "connect time", "connected at",
    ),
    "call_id": (
        "id", "id appel", "identifiant", "identifiant appel", "numéro appel", "n° appel", "réf appel", "référence",
        "référence appel", "call id", "callid", "call key", "call guid", "guid", "uuid", "unique id", "uniqueid",
        "linkedid", "call reference", "call ref", "session id", "conversation id", "ticket", "call sid", "id unique",
        "call uuid", "interaction id", "contact id",
    ),
    "direction": (
        "sens", "sens appel", "direction", "call direction", "type", "type appel", "call type", "entrant sortant",
        "entrant/sortant", "in out", "inbound outbound", "nature", "catégorie", "trafic",
    ),
    "outcome": (
        "statut", "statut appel", "état", "état appel", "résultat", "résultat appel", "issue", "issue appel",
        "disposition",
        "status", "call status", "result", "call result", "outcome", "state", "call state", "conclusion",
        "fin de appel",
        "cause", "cause de fin", "raison", "motif", "qualification", "qualification appel", "answered", "répondu",
        "décroché", "traité", "pris", "missed", "manqué", "perdu", "abandonné", "abandoned", "last state",
        "dernier état",
        "final status", "call outcome", "réponse", "handled", "type", "type appel", "call type", "aboutissement",
        "final disposition", "hangup cause", "termination",
    ),
    "caller": (
        "appelant", "numéro appelant", "n° appelant", "no appelant", "num appelant", "tél appelant",
        "téléphone appelant",
        "émetteur", "numéro émetteur", "origine", "source", "de", "provenance", "numéro client", "client",
        "numéro entrant",
        "appel de", "ligne appelante", "from", "from number", "caller", "caller id", "callerid", "caller number", "src",
        "calling number", "calling", "calling party", "cli", "ani", "caller phone", "caller phone number",
        "customer number",
        "origin", "originator", "a number", "clid", "numéro source", "customer phone", "afficheur", "demandeur",
        "customer id", "numéro de l'appelant",
    ),
    "called": (
        "appelé", "numéro appelé", "n° appelé", "no appelé", "num appelé", "destinataire", "numéro destinataire",
        "destination", "numéro composé", "n° composé", "composé", "vers", "à", "numéro destination", "ligne appelée",
        "to",
        "to number", "called", "called number", "dialed", "dialled", "dialed number", "dialled number",
        "called party", "callee", "dst",
        "destination number", "dnis", "b number", "recipient", "receiver", "target", "number dialed",
    ),
    "other_number": (
        "correspondant", "numéro", "numéro correspondant", "téléphone", "numéro de téléphone", "numéro téléphone",
        "tél",
        "contact", "number", "phone", "phone number", "contact number", "external number", "numéro externe",
        "remote party",
        "other party", "interlocuteur", "tiers",
    ),
    "line": (
        "ligne", "numéro ligne", "nom ligne", "sda", "numéro sda", "notre numéro", "numéro interne", "line",
        "line name",
        "did", "ddi", "inbound number", "tracking number", "our number", "numéro suivi", "trunk", "faisceau",
        "vru line",
        "numéro public", "business number", "ligne entrante",
    ),
    "queue": (
        "file", "file attente", "nom file", "groupement", "groupe", "groupe appel", "groupe réponse", "queue",
        "queue name",
        "call queue", "ring group", "hunt group", "group", "skill", "split", "campagne", "compétence", "acd group",
    ),
    "department": (
        "service", "département", "department", "équipe", "team", "pôle", "dept", "activité", "business unit",
        "service demandé", "entité", "direction métier",
    ),
    "site": (
        "site", "agence", "établissement", "magasin", "concession", "succursale", "lieu", "location", "branch", "store",
        "office", "bureau", "centre", "ville", "point de vente", "dealership", "clinic", "cabinet", "garage",
    ),
    "agent": (
        "agent", "nom agent", "poste", "utilisateur", "collaborateur", "opérateur", "opératrice", "conseiller",
        "conseillère",
        "téléconseiller", "répondu par", "décroché par", "pris par", "traité par", "extension", "user", "user name",
        "username", "agent name", "operator", "answered by", "employee", "rep", "handled by", "advisor", "salarié",
        "hôtesse", "server", "member", "numéro poste", "préposé", "assigned to", "n° poste",
    ),
    "wait": (
        "attente", "durée attente", "temps attente", "délai attente", "temps avant réponse", "délai réponse",
        "temps avant décroché", "délai décroché", "délai avant décroché", "temps de réponse", "wait", "wait time",
        "waiting time", "queue time", "time in queue", "hold in queue", "speed of answer", "time to answer",
        "answer delay", "waiting", "queue wait", "q time", "asa", "durée file", "temps en file", "waiting duration",
        "waitsec",
        "queue duration", "temps mise en relation", "wait duration",
    ),
    "ring": (
        "sonnerie", "durée sonnerie", "temps sonnerie", "ring", "ring time", "ringing", "ring duration", "ringing time",
        "ringing duration", "ring seconds", "temps présentation", "alert time",
    ),
    "talk": (
        "conversation", "durée conversation", "temps conversation", "durée communication", "temps communication",
        "communication", "durée parole", "temps parole", "durée dialogue", "talk", "talk time", "talking",
        "talk duration",
        "conversation time", "billsec", "billable seconds", "connected time", "talking time", "durée facturée",
        "in call duration",
        "time talking", "conversation duration", "connected duration", "talktime", "durée échange", "ser time",
        "service time", "bill sec", "duration talk",
    ),
    "hold": (
        "garde", "mise en garde", "durée garde", "temps garde", "mise en attente", "hold", "hold time",
        "hold duration",
    ),
    "wrap": (
        "post appel", "durée post appel", "temps post appel", "clôture", "wrap", "wrap up", "wrap up time",
        "wrap time", "acw",
        "after call work", "after call work time", "traitement post appel", "tpa",
    ),
    "total": (
        "durée totale", "temps total", "total", "durée totale appel", "total duration", "total time", "call length",
        "overall duration", "elapsed", "elapsed time",
    ),
    "duration": (
        "durée", "durée appel", "temps", "temps appel", "duration", "call duration", "length", "seconds", "secondes",
        "durée s", "durée sec", "duration seconds", "durée en secondes", "minutes", "dur",
    ),
    "voicemail": (
        "messagerie", "message vocal", "boîte vocale", "répondeur", "message laissé", "message", "messagerie vocale",
        "voicemail", "voice mail", "vm", "voicemail left", "left voicemail", "message left",
    ),
    "after_hours": ("hors horaires", "hors heures", "fermé", "hors ouverture", "after hours", "closed", "out of hours"),
}  # fmt: skip

#: The values of a direction column.
DIRECTION_WORDS: Mapping[str, tuple[str, ...]] = {
    "inbound": (
        "entrant", "entrante", "appel entrant", "entrants", "reçu", "appel reçu", "arrivée", "arrivé", "in", "i", "e",
        "inbound", "incoming", "inbound call", "incoming call", "received", "call in", "externe entrant", "inbnd",
        "en entrée",
        "externe vers interne", "external to internal", "ext int", "entrée",
    ),
    "outbound": (
        "sortant", "sortante", "appel sortant", "sortants", "émis", "appel émis", "départ", "out", "o", "s", "outbound",
        "outgoing", "outbound call", "outgoing call", "dialed", "made", "placed", "call out", "externe sortant",
        "interne vers externe", "internal to external", "int ext", "sortie", "outbound api", "outbound dial",
    ),
    "internal": (
        "interne", "appel interne", "internes", "internal", "internal call", "intern", "local", "entre postes",
        "extension to extension", "intra", "station to station",
    ),
}  # fmt: skip

#: The values of a result column, by what they mean for the caller.
OUTCOME_WORDS: Mapping[str, tuple[str, ...]] = {
    "answered": (
        "répondu", "répondue", "appel répondu", "décroché", "décrochée", "appel décroché", "traité", "traitée",
        "appel traité", "pris", "prise", "abouti", "aboutie", "établi", "en communication", "communication établie",
        "servi", "accepté", "ok", "réussi", "connecté", "terminé normalement", "prise en charge", "pris en charge",
        "answered", "answer", "answered call", "handled", "connected", "completed", "complete", "accepted", "success",
        "successful", "served", "call answered", "picked up", "conversation", "call connected", "talked", "agent",
    ),
    "missed": (
        "manqué", "manquée", "appel manqué", "non répondu", "non décroché", "pas répondu", "pas décroché", "non traité",
        "perdu", "perdue", "appel perdu", "non abouti", "échappé", "missed", "missed call", "unanswered",
        "not answered",
        "lost", "unhandled", "not handled", "call missed", "inbound missed", "non pris", "non servi",
        "appel non répondu", "appel non décroché", "appel en absence",
    ),
    "abandoned": (
        "abandon", "abandonné", "abandonnée", "abandonnés", "appel abandonné", "raccroché", "raccroché par appelant",
        "raccroché avant réponse", "abandon en attente", "abandon file", "abandon client", "dissuadé", "abandoned",
        "abandoned call", "abandon in queue", "abandoned in queue", "caller hung up", "hang", "hangup", "hung up",
        "hang up", "caller abandoned", "renoncé", "cancel", "cancelled", "canceled", "annulé", "abandon sonnerie",
        "originator cancel", "customer abandoned",
    ),
    "busy": (
        "occupé", "occupée", "ligne occupée", "poste occupé", "busy", "line busy", "user busy", "saturé",
        "ligne saturée",
    ),
    "no_answer": (
        "sans réponse", "pas de réponse", "non réponse", "aucune réponse", "no answer", "noanswer", "no reply",
        "ring no answer",
        "rna", "ringing timeout", "no user response", "appel sans réponse", "no pickup",
    ),
    "voicemail": (
        "messagerie", "messagerie vocale", "boîte vocale", "répondeur", "message", "message vocal", "message laissé",
        "renvoyé messagerie", "renvoi messagerie", "voicemail", "voice mail", "vm", "left voicemail", "voicemail left",
        "sent to voicemail", "to voicemail", "message left", "dépôt de message",
    ),
    "rejected": (
        "refusé", "refusée", "rejeté", "rejetée", "appel rejeté", "appel refusé", "rejected", "declined",
        "call rejected",
    ),
    "failed": (
        "échec", "échoué", "erreur", "panne", "injoignable", "indisponible", "numéro invalide", "non attribué",
        "failed",
        "failure", "error", "congestion", "unreachable", "chanunavail", "invalid number", "network error",
        "appel échoué",
        "wrong number format",
    ),
    "after_hours": (
        "hors horaires", "hors horaire", "hors heures", "hors heures ouverture", "fermé", "fermeture", "service fermé",
        "hors plage", "after hours", "out of hours", "closed", "outside business hours", "outside hours",
        "out of office hours", "out of opening hours", "bureau fermé",
    ),
    "blocked": (
        "bloqué", "bloquée", "spam", "indésirable", "liste noire", "blocked", "blacklisted", "blacklist",
        "appel bloqué",
    ),
    "callback_requested": (
        "rappel demandé", "demande de rappel", "rappel programmé", "callback", "callback requested",
        "call back requested",
        "requested callback",
    ),
    "queue_timeout": (
        "délai dépassé", "attente maximale", "temps maximum dépassé", "débordement", "débordé", "timeout",
        "time out", "queue timeout",
        "max wait", "overflow", "overflowed", "exit with timeout", "timed out", "expiré",
    ),
    "queue_full": ("file pleine", "file saturée", "queue full", "full", "joinfull", "file d'attente pleine"),
    "ignore:fax": ("fax", "télécopie"),
    "ignore:test_call": ("test", "appel test", "test call"),
}  # fmt: skip

YES = ("oui", "o", "yes", "y", "true", "vrai", "1", "x", "v", "ja")
NO = ("non", "n", "no", "false", "faux", "0", "f", "-", "nein")

#: Words that carry no meaning in a heading.
SMALL_WORDS = frozenset(
    ("l", "d", "le", "la", "les", "de", "des", "du", "en", "the", "of", "in", "at", "a", "call", "appel")
)


@lru_cache(maxsize=50_000)
def fold(text: str) -> str:
    """``text`` without accents, case and punctuation, its words parted by one space (``CallStart`` is two words)."""
    parted = re.sub(r"(?<=[a-z0-9])(?=[A-Z])", " ", text.strip())
    parted = re.sub(r"(?i)\bn[°º]\.?", "numero ", parted)
    plain = unicodedata.normalize("NFKD", parted.replace("œ", "oe").replace("°", " "))
    letters = "".join(each for each in plain if not unicodedata.combining(each)).casefold()
    return " ".join(re.findall(r"[a-z0-9]+", letters))


@lru_cache(maxsize=50_000)
def bag(text: str) -> frozenset[str]:
    """The meaningful words of a heading, without order."""
    whole = {"num": "numero", "no": "numero", "tel": "telephone", "nb": "nombre"}
    words = [whole.get(word, word) for word in fold(text).split()]
    return frozenset(word for word in words if word not in SMALL_WORDS) or frozenset(words)


@lru_cache(maxsize=1)
def _headings() -> Mapping[str, tuple[tuple[str, frozenset[str]], ...]]:
    return {use: tuple((fold(text), bag(text)) for text in texts) for use, texts in HEADINGS.items()}


def heading_score(heading: str, use: str) -> float:
    """How surely a column called ``heading`` has this use: 1 for its very words, less for a part, 0 for none."""
    folded, words = fold(heading), bag(heading)
    if not words:
        return 0.0
    best = 0.0
    for phrase, phrase_words in _headings()[use]:
        if folded == phrase:
            return 1.0
        if words == phrase_words:
            best = max(best, 0.95)
        elif phrase_words < words:
            # One known word among several says little; two of three say much.
            best = max(best, 0.35 + 0.5 * len(phrase_words) / len(words))
    return best


@lru_cache(maxsize=4)
def _meanings(kind: str) -> Mapping[str, str]:
    table = {"direction": DIRECTION_WORDS, "outcome": OUTCOME_WORDS}[kind]
    return {fold(word): meaning for meaning, words in table.items() for word in words}


def meaning(word: str, kind: str) -> str | None:
    """What a word of a ``direction`` or ``outcome`` column means; None when it is not in the vocabulary."""
    return _meanings(kind).get(fold(word))


@lru_cache(maxsize=4)
def spellings(kind: str) -> Mapping[str, tuple[str, ...]]:
    """Every usual lower-case spelling of the vocabulary by meaning: with and without accents, ``no answer``,
    ``no_answer`` and ``noanswer``. No spelling has two meanings.
    """
    table = {"direction": DIRECTION_WORDS, "outcome": OUTCOME_WORDS}[kind]
    taken: set[str] = set()
    result: dict[str, tuple[str, ...]] = {}
    for meaning_, words in table.items():
        forms: dict[str, None] = {}
        for word in words:
            plain = fold(word)
            for form in (word, plain, plain.replace(" ", "_"), plain.replace(" ", "")):
                if form not in taken:
                    forms[form] = None
                    taken.add(form)
        result[meaning_] = tuple(forms)
    return result
