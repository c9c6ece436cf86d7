"""How well each phone system is known: its parts, and the situations that its cases show. Counted, never declared."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass
from importlib.resources import files

import msgspec

from decroche.connector_kit.connector import Connector, LogFile, LongPoll, Socket

#: The situations that matter on every phone system, in English and in French, by their number.
SITUATIONS: Mapping[int, tuple[str, str]] = {
    1: ("answered", "décroché"),
    2: ("no answer", "sans réponse"),
    3: ("busy", "occupé"),
    4: ("abandoned while waiting", "abandonné en attente"),
    5: ("short abandon", "abandon court"),
    6: ("after hours", "hors horaires"),
    7: ("voicemail", "messagerie"),
    8: ("transfer", "transfert"),
    9: ("two phones ring, one answers", "deux postes sonnent, un décroche"),
    10: ("delivered twice", "livré deux fois"),
    11: ("out of order", "dans le désordre"),
    12: ("the end never comes", "la fin ne vient jamais"),
    13: ("hidden number", "numéro masqué"),
    14: ("clock-change night", "nuit du changement d’heure"),
    15: ("a word that nobody knows", "un mot inconnu"),
    16: ("refused: wrong signature or time", "refusé : signature ou heure fausse"),
    17: ("outbound, unanswered", "émis, sans réponse"),
    18: ("text delivered", "texto remis"),
    19: ("text that failed, and why", "texto non remis, et pourquoi"),
    20: ("text from a person", "texto d’une personne"),
    21: ("text refused by the person’s stop", "texto refusé après un STOP"),
    22: ("open deal", "opportunité ouverte"),
    23: ("deal won or lost", "opportunité gagnée ou perdue"),
    24: ("deal deleted", "opportunité supprimée"),
    25: ("records merged", "fiches fusionnées"),
    26: ("asked too often", "trop de demandes"),
    27: ("token expired", "jeton expiré"),
    28: ("call, note or task written", "appel, note ou tâche écrits"),
    29: ("written again after a lost answer", "réécrit après une réponse perdue"),
    30: ("writing refused", "écriture refusée"),
    31: ("paid calls, received and missed", "appels payés, reçus et manqués"),
    32: ("costs by campaign and day", "coûts par campagne et par jour"),
    33: ("the last days read again", "derniers jours relus"),
    34: ("an answer that breaks off", "une réponse qui s’interrompt"),
    35: ("people of tickets", "personnes des tickets"),
}
#: Those that a phone system’s calls can show, those that its texts can, and those of a CRM.
_OF_CALLS, _OF_TEXTS = frozenset(range(1, 18)), frozenset({10, 11, 15, 16, 18, 19, 20, 21})
_OF_CRMS = frozenset(range(22, 31))
_OF_HELP_DESKS = frozenset({*range(26, 31), 35})
_OF_ADS = frozenset({26, 27, *range(31, 35)})
PROVENANCES = ("recorded", "vendor-docs", "synthetic")


class _Case(msgspec.Struct):
    provenance: str
    situations: list[int] = []


@dataclass(frozen=True, slots=True, kw_only=True)
class Quality:
    """``parts`` are those that the connector has; ``cases`` how many of each provenance.

    ``possible`` are the situations that such parts can show.
    """

    parts: tuple[str, ...]
    possible: frozenset[int]
    situations: frozenset[int]
    cases: Mapping[str, int]

    @property
    def missing(self) -> tuple[int, ...]:
        """The possible situations that no case shows."""
        return tuple(number for number in SITUATIONS if number in self.possible - self.situations)


def quality(connector: Connector) -> Quality:
    """How well ``connector`` is known."""
    shown: set[int] = set()
    cases: Counter[str] = Counter()
    cases_of = files(f"decroche.connectors.{connector.name}").joinpath("cases")
    folders = [cases_of.joinpath(kind) for kind in ("live", "crm")]
    for path in [path for folder in folders if folder.is_dir() for path in folder.iterdir()]:
        if path.name.endswith(".json"):
            case = msgspec.json.decode(path.read_bytes(), type=_Case)
            shown.update(case.situations)
            cases[case.provenance] += 1
    has_calls = connector.history is not None or bool(connector.follow) or bool(connector.files)
    possible = (_OF_CALLS if has_calls else frozenset()) | (_OF_TEXTS if connector.texts is not None else frozenset())
    if connector.deals is not None:
        possible |= _OF_HELP_DESKS if connector.deals.of_tickets else _OF_CRMS
    possible |= _OF_ADS if connector.ads is not None else frozenset()
    return Quality(parts=parts(connector), possible=possible, situations=possible & shown, cases=cases)


def parts(connector: Connector) -> tuple[str, ...]:
    """The parts that a connector has: events, history, log, connection, poll, files, texts, calls, voicemails, deals,
    tickets, activities, ads.
    """
    follows = {LogFile: "log", Socket: "connection", LongPoll: "poll"}
    found = {
        "events": connector.events is not None,
        "history": connector.history is not None,
        **{word: any(isinstance(each, kind) for each in connector.follow) for kind, word in follows.items()},
        "files": bool(connector.files),
        "texts": connector.texts is not None,
        "calls": connector.calls is not None,
        "voicemails": connector.voicemails is not None,
        "deals": connector.deals is not None and not connector.deals.of_tickets,
        "tickets": connector.deals is not None and connector.deals.of_tickets,
        "activities": connector.activities is not None,
        "ads": connector.ads is not None,
    }
    return tuple(word for word, there in found.items() if there)
