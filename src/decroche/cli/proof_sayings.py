"""What ``decroche proof`` says, in French and in English."""

from __future__ import annotations

from collections.abc import Mapping

from decroche.model.sentence import Sentence

_PAIRS: Mapping[str, tuple[str, str]] = {
    "proof_head": (
        "{name}{site}, du {begin:date} au {end:date} : {n:n} {n:=parcours manqué|parcours manqués}",
        "{name}{site}, from {begin:date} to {end:date}: {n:n} missed {n:=journey|journeys}",
    ),
    "proof_site": (" ({site})", " ({site})"),
    "outcome_by_us": ("joints par nous", "reached by us"),
    "outcome_by_reply": ("ont répondu", "replied"),
    "outcome_by_booking": ("ont réservé une heure", "booked a time"),
    "outcome_by_their_own_return": ("revenus d’eux-mêmes", "came back by themselves"),
    "outcome_not": ("pas récupérés", "not recovered"),
    "outcome_undecided": ("encore ouverts", "still open"),
    "recovered": ("Récupérés", "Recovered"),
    "to_attempt": ("Premier essai", "First attempt"),
    "to_contact": ("Premier contact", "First contact"),
    "to_booking": ("Heure choisie", "Time chosen"),
    "promises_kept": ("Promesses tenues", "Promises kept"),
    "voicemails_heard": ("Messages écoutés", "Voicemails heard"),
    "share_of": ("{rate:p0} ({of:n} sur {all:n})", "{rate:p0} ({of:n} of {all:n})"),
    "nothing_of": ("–", "–"),
    "speed": (
        "médiane {elapsed:duration}, dont {business:duration} d’ouverture ({of:n} sur {all:n})",
        "median {elapsed:duration}, {business:duration} of open time ({of:n} of {all:n})",
    ),
    "speed_alone": (
        "médiane {elapsed:duration} ({of:n} sur {all:n})",
        "median {elapsed:duration} ({of:n} of {all:n})",
    ),
    "no_hours": (
        "Sans heures d’ouverture, les délais ne se comptent pas en minutes ouvrées.",
        "Without open hours no delay is told in business minutes.",
    ),
    "holdout_head": (
        "Groupe témoin {name}, depuis le {begin:date}, vu le {at:date}",
        "Hold-out {name}, since {begin:date}, looked at {at:date}",
    ),
    "variants_head": (
        "Textes comparés ({playbook}, étape {step}), depuis le {begin:date}, vus le {at:date}",
        "Texts compared ({playbook}, step {step}), since {begin:date}, looked at {at:date}",
    ),
    "arm_control": ("Laissés de côté", "Left alone"),
    "arm_treated": ("Avec action", "Acted on"),
    "difference": ("Différence", "Difference"),
    "points": ("{middle} {middle_n:=point|points}", "{middle} {middle_n:=point|points}"),
    "points_between": ("{middle} points (entre {low} et {high})", "{middle} points (between {low} and {high})"),
    "owed": ("Dus à l’action", "Owed to the remedy"),
    "owed_between": (
        "{middle:n} récupérations (entre {low:n} et {high:n})",
        "{middle:n} recoveries (between {low:n} and {high:n})",
    ),
    "money": ("En argent", "In money"),
    "money_of": ("{middle:money}", "{middle:money}"),
    "money_between": (
        "{middle:money} (entre {low:money} et {high:money})",
        "{middle:money} (between {low:money} and {high:money})",
    ),
    "arms_waiting": (
        "{rate:p0} ({of:n} sur {all:n} ; {waiting:n} en attente)",
        "{rate:p0} ({of:n} of {all:n}; {waiting:n} waiting)",
    ),
    "arms_empty": ("aucun encore décidé ; {waiting:n} en attente", "none decided yet; {waiting:n} waiting"),
    "reached_on": (
        "Établi le {at:date}, sur {n:n} appelants.",
        "Established on {at:date}, with {n:n} callers.",
    ),
    "proposal_head": ("Groupe témoin : aucun", "Hold-out: none"),
    "proposal_cost": (
        "Coût attendu : {mean:n1} récupérations (entre {low:n1} et {high:n1}, à 80 %){money}.",
        "Expected cost: {mean:n1} recoveries (between {low:n1} and {high:n1}, with 80%){money}.",
    ),
    "proposal_money": (", soit {mean:money}", ", which is {mean:money}"),
    "definitions": ("Définitions", "Definitions"),
    "period_empty": ("La période est vide : --from vient après --to.", "The period is empty: --from is after --to."),
    "site_unknown": ("Aucun site {site}. Sites connus : {known}", "There is no site {site}. Known sites: {known}"),
}

PROOF_SAYINGS: Mapping[str, Sentence] = {
    key: Sentence(key=f"proof.{key}", fr=french, en=english) for key, (french, english) in _PAIRS.items()
}
