"""What ``decroche campaign`` says, in French and in English."""

from __future__ import annotations

from collections.abc import Mapping

from decroche.model.sentence import Sentence

_PAIRS: Mapping[str, tuple[str, str]] = {
    "not_a_campaign": (
        "{file} ne ressemble pas à un tableau : aucun titre de colonne n’y a été trouvé. Exportez la campagne en CSV "
        "ou en Excel, puis recommencez.",
        "{file} does not look like a table: no column headings were found in it. Export the campaign as CSV or Excel, "
        "then try again.",
    ),
    "campaign_rows": (
        "{name} : {rows:n} lignes lues",
        "{name}: {rows:n} rows read",
    ),
    "campaign_columns": (
        "Colonnes reconnues (à corriger avec --column ou --mapping) :",
        "Columns recognised (correct them with --column or --mapping):",
    ),
    "campaign_column": ("  {use} ← {column} ({confidence:p0})", "  {use} ← {column} ({confidence:p0})"),
    "campaign_kept": (
        "{rows:n} {rows:=ligne lue|lignes lues} : {kept:n} {kept:=comptée|comptées}, {ignored:n} "
        "{ignored:=laissée|laissées} de côté, {rejected:n} {rejected:=illisible|illisibles}.",
        "{rows:n} rows read: {kept:n} counted, {ignored:n} left out, {rejected:n} unreadable.",
    ),
    "campaign_reason": ("  {n:n} : {reason}", "  {n:n}: {reason}"),
    "campaign_period": ("Appels du {first:date} au {last:date}", "Dials from {first:date} to {last:date}"),
    "campaign_counts": ("Ce qui est compté", "What is counted"),
    "campaign_indicators": ("Les trois indicateurs", "The three indicators"),
    "campaign_interval": (
        "L’intervalle dit ce que le hasard seul ferait d’une campagne pareille, 19 fois sur 20.",
        "The interval says what chance alone would make of a campaign like this one, 19 times in 20.",
    ),
    "campaign_attempts": (
        "Tentatives. « À la tentative » : parmi les personnes qui l’ont eue. « Dernier appel » : parmi celles que l’on "
        "n’a plus appelées ensuite ; ce second taux ne dit pas ce que rapporte une tentative de plus.",
        "Attempts. “At the attempt”: of the people who had it. “Last dial”: of those who were not dialled again; the "
        "second rate does not say what one more attempt brings.",
    ),
    "campaign_attempt": (
        "  {number}   à la tentative {at} ({at_of})   dernier appel {last} ({last_of})",
        "  {number}   at the attempt {at} ({at_of})   last dial {last} ({last_of})",
    ),
    "campaign_weeks": ("Par semaine", "By week"),
    "campaign_parts": (
        "Les parties qui s’écartent du reste plus que le hasard ne le ferait",
        "The parts that differ from the rest by more than chance would make them",
    ),
    "campaign_no_parts": (
        "Aucune partie ne s’écarte du reste plus que le hasard ne le ferait.",
        "No part differs from the rest by more than chance would make it.",
    ),
    "campaign_cohorts": ("Ventes à 30 et à 90 jours du premier appel", "Sales 30 and 90 days after the first dial"),
    "campaign_cohort_line": ("  {month} · {days:n} jours : {said}", "  {month} · {days:n} days: {said}"),
    "campaign_lever": ("Le levier à actionner d’abord", "The lever to pull first"),
    "campaign_nothing": (
        "Aucune ligne ne peut être comptée : {rows:n} lues, {rejected:n} illisibles.",
        "No row can be counted: {rows:n} read, {rejected:n} unreadable.",
    ),
    "campaign_saved": (
        "Correspondance écrite dans {path} : corrigez-la et redonnez-la avec --mapping.",
        "Mapping written to {path}: correct it and give it back with --mapping.",
    ),
    "campaign_bad_term": (
        "--{option} : « {text} » ne peut pas être lu. Exemples : --cost 4000, --margin 400, --closing « 10-15 % », "
        "--bands « 0 %: faible; 3 %: bon » avec --bands-source.",
        "--{option}: “{text}” cannot be read. Examples: --cost 4000, --margin 400, --closing “10-15 %”, --bands “0 %: "
        "weak; 3 %: good” with --bands-source.",
    ),
    "campaign_bad_column": (
        "--column s’écrit USAGE=COLONNE, par exemple opportunity=RDV ; « {text} » ne va pas.",
        "--column is written USE=COLUMN, such as opportunity=Meeting; “{text}” is not.",
    ),
    "campaign_bad_day": ("--until : « {text} » n’est pas un jour, comme 2026-01-31.",
                         "--until: “{text}” is not a day, such as 2026-01-31."),
}  # fmt: skip

CAMPAIGN_SAYINGS: Mapping[str, Sentence] = {key: Sentence(key=key, fr=fr, en=en) for key, (fr, en) in _PAIRS.items()}
