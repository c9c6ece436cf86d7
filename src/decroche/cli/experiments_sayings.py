"""What ``decroche experiments`` says, in French and in English."""

from __future__ import annotations

from collections.abc import Mapping

from decroche.model.sentence import Sentence

_PAIRS: Mapping[str, tuple[str, str]] = {
    "trials_none": (
        "Aucun essai : decroche experiments begin NOM …",
        "No experiment: decroche experiments begin NAME …",
    ),
    "trial_head": (
        "{name}, depuis le {began:date}, regardé le {at:date}",
        "{name}, since {began:date}, looked at {at:date}",
    ),
    "trial_planned": (
        "Prévu : de {base:p} à {changed:p}, {at_will:n} personnes par façon",
        "Planned: from {base:p} to {changed:p}, {at_will:n} people for each way",
    ),
    "trial_arm": (
        "{rate:p} ({hits:n} sur {people:n} ; entre {low:p} et {high:p} ; {waiting:n} en attente)",
        "{rate:p} ({hits:n} of {people:n}; between {low:p} and {high:p}; {waiting:n} waiting)",
    ),
    "trial_arm_empty": ("personne encore ; {waiting:n} en attente", "nobody yet; {waiting:n} waiting"),
    "trial_difference": (
        " ; différence {middle} points (entre {low} et {high})",
        "; difference {middle} points (between {low} and {high})",
    ),
    "trial_reached": ("Établi le {at:date}, sur {n:n} personnes.", "Established on {at:date}, with {n:n} people."),
    "trial_begun": ("L’essai « {name} » a commencé.", "The experiment “{name}” has begun."),
    "trial_ended": ("L’essai « {name} » est terminé.", "The experiment “{name}” has ended."),
    "trial_unknown": (
        "Aucun essai ne s’appelle {name} : voir decroche experiments list.",
        "No experiment is called {name}: see decroche experiments list.",
    ),
    "trial_taken": ("Un essai s’appelle déjà {name}.", "An experiment is called {name} already."),
    "trial_over": (
        "« {name} » est terminé : plus personne n’est tiré.",
        "“{name}” has ended: nobody is drawn any more.",
    ),
    "trial_bad": (
        'Il faut deux façons au moins (--arm "nom=texte") et deux parts différentes entre 0 et 1.',
        'Two ways at least (--arm "name=words") and two different shares between 0 and 1 are needed.',
    ),
    "trial_drawn": ("Ouvrez avec « {arm} ». {words}", "Open with “{arm}”. {words}"),
    "trial_worked": ("La réussite est notée.", "The success is noted."),
    "trial_not_drawn": (
        "Cette personne n’a reçu aucune ouverture de « {name} ».",
        "This person was given no opener of “{name}”.",
    ),
    "trial_bad_number": ("{number} n’est pas un numéro de téléphone.", "{number} is no phone number."),
}

EXPERIMENTS_SAYINGS: Mapping[str, Sentence] = {key: Sentence(key=key, fr=fr, en=en) for key, (fr, en) in _PAIRS.items()}
