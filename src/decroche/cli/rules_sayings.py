"""What ``decroche rules`` says, in French and in English."""

from __future__ import annotations

from collections.abc import Mapping

from decroche.model.sentence import Sentence

_PAIRS: Mapping[str, tuple[str, str]] = {
    "rules_on": (
        "Règles en vigueur le {day:date} ({count:n}). Ceci n’est pas un avis juridique.",
        "Rules in force on {day:date} ({count:n}). This is no legal advice.",
    ),
    "everywhere": ("Partout", "Everywhere"),
    "basis_law": ("loi", "law"),
    "basis_charter": ("charte des opérateurs", "charter of operators"),
    "basis_product": ("notre choix", "our default"),
    "basis_practice": ("pratique des opérateurs", "practice of carriers"),
    "adjustable": ("réglable", "adjustable"),
    "not_verified": ("NON VÉRIFIÉ", "NOT VERIFIED"),
    "grade": ("fiabilité {grade}", "grade {grade}"),
    "no_rules": (
        "Aucune règle propre à ce pays : {country}. Connus : {known}.",
        "No rules for this country: {country}. Known: {known}.",
    ),
    "list_empty": ("{file} ne contient aucune ligne à vérifier.", "{file} has no row to check."),
    "list_columns": (
        "{file} n’a pas de colonne de numéros. Colonnes comprises : {known}.",
        "{file} has no column of numbers. Columns that are understood: {known}.",
    ),
    "column_unknown": (
        "Colonne non lue : {name}. Colonnes comprises : {known}.",
        "Column not read: {name}. Columns that are understood: {known}.",
    ),
    "word_unknown": (
        "{option} : « {word} » est inconnu. Possibles : {known}.",
        "{option}: “{word}” is not known. Possible: {known}.",
    ),
    "moment_unreadable": (
        "{option} : « {text} » n’est pas une date et une heure. Exemple : 2026-11-24 10:30",
        "{option}: “{text}” is no date and time. Example: 2026-11-24 10:30",
    ),
    "verdict_allow": ("permis", "allowed"),
    "verdict_delay": ("à différer au {day:day}, {hour:clock}", "wait until {day:day}, {hour:clock}"),
    "verdict_refuse": ("refusé", "refused"),
    "row": ("ligne {row} ({number}) : {verdict}", "row {row} ({number}): {verdict}"),
    "row_rejected": ("ligne {row} : rejetée, {reason}", "row {row}: rejected, {reason}"),
    "rejected_number": ("numéro illisible", "the number cannot be read"),
    "rejected_moment": ("date ou heure illisible : {text}", "date or time cannot be read: {text}"),
    "rejected_word": ("mot inconnu : {text}", "unknown word: {text}"),
    "rejected_cells": ("plus de cellules que de titres", "more cells than headings"),
    "totals": (
        "{rows:n} {rows:=ligne|lignes} = {allow:n} {allow:=permise|permises} + {delay:n} {delay:=différée|différées} + "
        "{refuse:n} {refuse:=refusée|refusées} + {rejected:n} {rejected:=rejetée|rejetées}. Rien n’a été envoyé.",
        "{rows:n} {rows:=row|rows} = {allow:n} allowed + {delay:n} delayed + {refuse:n} refused + {rejected:n} "
        "rejected. Nothing was sent.",
    ),
    "by_rule": ("Règles opposées :", "Rules in the way:"),
    "written": ("Détail : {path}", "Details: {path}"),
}

RULES_SAYINGS: Mapping[str, Sentence] = {key: Sentence(key=key, fr=fr, en=en) for key, (fr, en) in _PAIRS.items()}
