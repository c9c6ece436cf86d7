"""How the invented money of the live demonstration is called, in French and in English: each name says what it is."""

from __future__ import annotations

from collections.abc import Mapping

from decroche.model.sentence import Sentence

_PAIRS: Mapping[str, tuple[str, str]] = {
    "demo_campaign": ("Relance des entretiens (simulée)", "Service reminders (simulated)"),
    "demo_decision": ("Accroche trop longue (décision simulée)", "The opener is too long (simulated decision)"),
    "demo_who": ("Démonstration", "Demonstration"),
    "demo_deal": ("Devis simulé n° {number}", "Simulated quote no. {number}"),
    "demo_mouth": ("Bouche-à-oreille", "Word of mouth"),
    "demo_cost_salaries": ("Salaires de l’accueil (simulés)", "Salaries of the front desk (simulated)"),
    "demo_cost_telephony": ("Téléphonie, au volume (simulée)", "Telephony, by volume (simulated)"),
    "demo_cost_licences": ("Licences (simulées)", "Licences (simulated)"),
    "demo_cost_advertising": ("Publicité (simulée)", "Advertising (simulated)"),
    "demo_cost_training": ("Formation à l’accueil (simulée)", "Training of the front desk (simulated)"),
    "demo_action": ("{action} (simulé)", "{action} (simulated)"),
    "demo_trial": ("Deux accroches (simulées)", "Two openers (simulated)"),
    "demo_opener_a": ("Bonjour, je vous appelle au sujet de votre véhicule.", "Hello, I am calling about your car."),
    "demo_opener_b": (
        "Bonjour, votre révision tombe ce mois-ci : voulez-vous une date ?",
        "Hello, your service is due this month: would you like a date?",
    ),
}

DEMO_SAYINGS: Mapping[str, Sentence] = {
    key: Sentence(key=f"demo.{key}", fr=french, en=english) for key, (french, english) in _PAIRS.items()
}
