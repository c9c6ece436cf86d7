"""What ``decroche connectors`` says, in French and in English."""

from __future__ import annotations

from collections.abc import Mapping

from decroche.model.sentence import Sentence

_PAIRS: Mapping[str, tuple[str, str]] = {
    "phone_systems": (
        "Téléphonies à brancher (decroche connect), avec les situations possibles que leurs cas d’essai montrent :",
        "Phone systems to connect (decroche connect), with the possible situations that their cases show:",
    ),
    "files": ("Fichiers reconnus (decroche audit) :", "Files that are recognised (decroche audit):"),
    "part_events": ("webhooks", "webhooks"),
    "part_history": ("appels passés par l’API", "past calls by API"),
    "part_log": ("journal", "log file"),
    "part_connection": ("connexion", "connection"),
    "part_poll": ("interrogation", "long poll"),
    "part_files": ("fichiers", "files"),
    "part_texts": ("textos", "texts"),
    "part_calls": ("appel d’un clic", "click-to-call"),
    "part_voicemails": ("messages vocaux", "voicemails"),
    "cases_recorded": ("{count} cas enregistrés", "{count} recorded cases"),
    "cases_vendor-docs": ("{count} cas de la documentation", "{count} cases from the vendor’s documents"),
    "cases_synthetic": ("{count} cas construits", "{count} made-up cases"),
}

CONNECTOR_SAYINGS: Mapping[str, Sentence] = {key: Sentence(key=key, fr=fr, en=en) for key, (fr, en) in _PAIRS.items()}
