"""What ``decroche privacy`` says, in French and in English."""

from __future__ import annotations

from collections.abc import Mapping

from decroche.model.sentence import Sentence

_PAIRS: Mapping[str, tuple[str, str]] = {
    "access_written": (
        "Tout ce que nous savons de ce numéro est dans {path}. Vérifiez que la demande vient bien de cette personne.",
        "All that we know of this number is in {path}. Make sure that the request comes from this very person.",
    ),
    "erase_asks": (
        "Le numéro, les messages et les notes disparaîtront ; les appels restent dans vos chiffres, sans le numéro. "
        "Restent les empreintes de ses refus et des décisions. Cela ne se défait pas : redites la commande avec --yes.",
        "The number, messages and notes will go; the calls stay in your figures, without the number. The fingerprints "
        "of their refusals and of decisions stay. This cannot be undone: give the command again with --yes.",
    ),
    "erased": (
        "Effacé. Les sauvegardes déjà faites gardent le numéro.",
        "Erased. Backups made before still hold the number.",
    ),
    "erasing": (
        "Demande notée, plus rien ne part vers ce numéro ; le serveur efface le reste en quelques minutes.",
        "Noted, nothing more goes to this number; the server erases the rest within minutes.",
    ),
    "erase_waits": (
        "Demande notée ; des appels reçus attendent encore d’être lus : le serveur achèvera l’effacement.",
        "Noted; some calls are not read yet: the server will finish the erasure.",
    ),
    "kept_for": ("{what} : {months:n} mois ({most:n} au plus)", "{what}: {months:n} months ({most:n} at most)"),
    "keep_numbers": ("Numéros en clair (--numbers)", "Numbers in clear (--numbers)"),
    "keep_texts": ("Contenu des messages (--texts)", "Words of messages (--texts)"),
    "keep_notes": ("Notes (--notes)", "Notes (--notes)"),
    "keep_prospects": ("Fiches de qui n’appelle plus (--prospects)", "Those who no longer call (--prospects)"),
    "keep_wrong": ("{what} : de 1 à {most:n} mois.", "{what}: from 1 to {most:n} months."),
    "file_exists": ("{path} existe déjà.", "{path} exists already."),
    "no_number_read": ("Ce numéro ne se lit pas.", "This number cannot be read."),
}

PRIVACY_SAYINGS: Mapping[str, Sentence] = {key: Sentence(key=key, fr=fr, en=en) for key, (fr, en) in _PAIRS.items()}
