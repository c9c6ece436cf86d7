"""What ``decroche sites`` says, in French and in English."""

from __future__ import annotations

from collections.abc import Mapping

from decroche.model.sentence import Sentence

_PAIRS: Mapping[str, tuple[str, str]] = {
    "words_of_sites": (
        "Écrivez decroche sites show, add NOM [--zone ZONE] ou remove NOM [--department SERVICE].",
        "Type decroche sites show, add NAME [--zone ZONE] or remove NAME [--department DEPARTMENT].",
    ),
    "sites_none": ("Aucun site : decroche sites add Lyon", "No site yet: decroche sites add Lyon"),
    "sites_all": ("Tous les sites", "All sites"),
    "sites_no_department": ("aucun service nommé", "no department named"),
    "site_shown": ("  {name} : {departments}", "  {name}: {departments}"),
    "site_added": ("Le site « {name} » est ajouté.", "The site “{name}” is added."),
    "site_taken": ("Un site s’appelle déjà {name}.", "A site is called {name} already."),
    "sites_not_there": (
        "Il n’y a rien du nom de « {name} » : voir decroche sites.",
        "There is nothing called “{name}”: see decroche sites.",
    ),
    "site_removed": ("« {name} » est retiré.", "“{name}” is removed."),
}

SITES_SAYINGS: Mapping[str, Sentence] = {key: Sentence(key=key, fr=fr, en=en) for key, (fr, en) in _PAIRS.items()}
