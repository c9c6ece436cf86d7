"""What the proof of recovery says: the definition of each figure, and each verdict, in French and in English."""

from __future__ import annotations

from collections.abc import Mapping

from decroche.model.sentence import Sentence

_PAIRS: Mapping[str, tuple[str, str]] = {
    "recovered": (
        "parcours où la personne a été jointe, a répondu, a réservé ou a rappelé ÷ parcours décidés (ni ouverts, ni "
        "annulés par un fait plus tardif), ouverts dans la période et depuis 7 jours au moins",
        "journeys in which the person was reached, replied, booked or called again ÷ decided journeys (neither open "
        "nor withdrawn by a late fact) that opened in the period and 7 days ago at least",
    ),
    "outcomes": (
        "parcours ouverts dans la période, chacun compté une fois par ce qui a répondu au besoin en premier après le "
        "dernier appel manqué",
        "journeys that opened in the period, each counted once by what first met the need after the last miss",
    ),
    "attempt": (
        "du premier appel manqué à notre premier SMS remis ou à notre premier appel",
        "from the first miss to our first text handed over or our first call",
    ),
    "contact": (
        "du premier appel manqué à la première conversation, ou au premier SMS de la personne qui n’est pas un refus",
        "from the first miss to the first talk, or to the first text of the person that is no refusal",
    ),
    "booking": (
        "du premier appel manqué au moment où la personne a choisi une heure",
        "from the first miss to the moment when the person chose a time",
    ),
    "promises_kept": (
        "rappels promis faits dans le créneau (à 10 minutes près) ÷ rappels promis dont le créneau a pris fin dans la "
        "période, sans les déplacés ni les annulés",
        "bookings in whose slot (10 minutes more or less) we called ÷ bookings whose slot ended in the period, neither "
        "moved nor cancelled",
    ),
    "voicemails_heard": (
        "messages vocaux écoutés ÷ messages vocaux laissés dans la période, tous sites confondus",
        "voicemails that somebody listened to ÷ voicemails left in the period, at any site",
    ),
    "holdout": (
        "Le hasard laisse de côté une part des appelants. Chacun compte une fois, dans le groupe tiré au sort, quoi "
        "qu’on lui ait envoyé ensuite, pour les 7 jours qui suivent son appel. L’intervalle tient à chaque lecture, à "
        "95 %. Tous sites confondus, depuis le premier tirage.",
        "Chance leaves a share of the callers alone. Each counts once, in the group that was drawn, whatever was then "
        "sent, for the 7 days after the call. The interval holds at every look, with 95%. At any site, since the "
        "first draw.",
    ),
    "incremental": (
        "récupérations dues à l’action : différence des deux taux × appelants sur lesquels on agit",
        "recoveries owed to the remedy: the difference of the two rates × the callers who are acted on",
    ),
    "money": (
        "la même différence sur ce que rapporte chaque appelant, zéro pour ceux qui ne sont pas récupérés",
        "the same difference on what each caller brings, nothing for those who are not recovered",
    ),
    "variants": (
        "Le hasard choisit le texte que reçoit chaque appelant, une fois pour toutes. Chacun compte une fois, pour les "
        "7 jours qui suivent son appel. L’intervalle tient à chaque lecture, à 95 %.",
        "Chance chooses the text that each caller gets, once and for all. Each counts once, for the 7 days after the "
        "call. The interval holds at every look, with 95%.",
    ),
    "variant_better": (
        "« {treated} » récupère davantage d’appelants que « {control} » : c’est établi.",
        "“{treated}” recovers more callers than “{control}”: that is established.",
    ),
    "variant_worse": (
        "« {treated} » récupère moins d’appelants que « {control} » : c’est établi.",
        "“{treated}” recovers fewer callers than “{control}”: that is established.",
    ),
    "variant_no_larger_difference": (
        "« {treated} » et « {control} » ne diffèrent pas de plus de 5 points : c’est établi.",
        "“{treated}” and “{control}” differ by no more than 5 points: that is established.",
    ),
    "verdict_better": (
        "L’action récupère davantage d’appelants : c’est établi.",
        "The remedy recovers more callers: that is established.",
    ),
    "verdict_worse": (
        "L’action en récupère moins que ne rien faire : c’est établi. Suspendez-la.",
        "The remedy recovers fewer than doing nothing: that is established. Stop it.",
    ),
    "verdict_no_larger_difference": (
        "L’action ne change pas plus de 5 points : c’est établi.",
        "The remedy changes no more than 5 points: that is established.",
    ),
    "verdict_not_yet": (
        "Pas encore assez de données : environ {weeks:n} {weeks:=semaine|semaines}.",
        "Not enough data yet: about {weeks:n} {weeks:=week|weeks}.",
    ),
    "verdict_not_yet_nobody": (
        "Pas encore assez de données, et presque plus personne n’est tiré au sort.",
        "Not enough data yet, and hardly anybody is drawn any more.",
    ),
}

WORDS: Mapping[str, Sentence] = {
    key: Sentence(
        key=f"proof.{key}", fr=french, en=english, fr_ca=french.replace("SMS", "texto") if "SMS" in french else None
    )
    for key, (french, english) in _PAIRS.items()
}


def verdict_words(verdict: str, weeks: int | None, *, variants: bool = False) -> Sentence:
    """What is said of a verdict; ``weeks`` fills the hole of a missing one."""
    if verdict == "not_yet" and weeks is None:
        return WORDS["verdict_not_yet_nobody"]
    return WORDS[f"{'variant' if variants and verdict != 'not_yet' else 'verdict'}_{verdict}"]
