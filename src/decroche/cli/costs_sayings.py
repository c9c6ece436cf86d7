"""What ``decroche costs`` says, in French and in English."""

from __future__ import annotations

from collections.abc import Mapping

from decroche.model.sentence import Sentence

_PAIRS: Mapping[str, tuple[str, str]] = {
    "period_empty": ("La période est vide : --from vient après --to.", "The period is empty: --from is after --to."),
    "costs_head": (
        "{name}, du {begin:date} au {end:date} : ce que coûtent les appels",
        "{name}, from {begin:date} to {end:date}: what calls cost",
    ),
    "costs_none": (
        'Aucune ligne de coût sur ces jours : decroche costs add "Salaires" 9000 --kind salaries --rhythm monthly',
        'No cost line on these days: decroche costs add "Salaries" 9000 --kind salaries --rhythm monthly',
    ),
    "costs_total": ("Coût complet", "Full cost"),
    "costs_direct": ("dont direct", "of which direct"),
    "costs_indirect": ("dont indirect", "of which indirect"),
    "costs_loaded": ("Coût complet d’un appel", "Full cost of a call"),
    "costs_marginal": ("Coût d’un appel de plus", "Cost of one more call"),
    "costs_of_calls": (
        "{cost:money} ({calls:n} {calls:=appel traité|appels traités})",
        "{cost:money} ({calls:n} {calls:=call|calls} handled)",
    ),
    "costs_no_calls": ("– (aucun appel traité)", "– (no call handled)"),
    "costs_waiting": ("Attente des appelants", "Callers’ waiting"),
    "costs_repeats": ("Appels répétés", "Repeated calls"),
    "costs_transfers": ("Transferts", "Transfers"),
    "costs_friction": ("{cost:money} ({minutes:n} min)", "{cost:money} ({minutes:n} min)"),
    "costs_unpriced": ("{minutes:n} min, sans prix", "{minutes:n} min, without a price"),
    "costs_included": (
        "Attente, transferts et répétitions sont déjà dans le coût complet : ils ne s’y ajoutent pas.",
        "Waiting, transfers and repeats are part of the full cost already: they are not added to it.",
    ),
    "costs_money": ("{cost:money}", "{cost:money}"),
    "costs_by_site": ("Par site", "By site"),
    "costs_by_queue": ("Par file", "By queue"),
    "costs_by_campaign": ("Par campagne", "By campaign"),
    "costs_by_source": ("Par source", "By source"),
    "costs_nobody": ("non réparti", "not shared"),
    "costs_checks": ("Ce qu’on oublie souvent", "What is often forgotten"),
    "costs_counted": ("compté", "counted"),
    "costs_missing": ("manque", "missing"),
    "costs_added": ("Ligne ajoutée : {label}, {amount:money} ({id}).", "Line added: {label}, {amount:money} ({id})."),
    "costs_ended": ("Dernier jour de « {label} » : le {last:date}.", "Last day of “{label}”: {last:date}."),
    "costs_removed": ("« {label} » est retiré.", "“{label}” is removed."),
    "costs_no_line": (
        "Aucune ligne ne commence par {id} : voir decroche costs list.",
        "No line begins with {id}: see decroche costs list.",
    ),
    "costs_bad": ("{column} : « {text} » ne se lit pas.", "{column}: “{text}” cannot be read."),
    "costs_file_large": ("{file} est trop grand.", "{file} is too large."),
    "costs_file_damaged": ("{file} ne s’ouvre pas.", "{file} cannot be opened."),
    "costs_file_columns": (
        "{file} : il faut au moins une colonne « montant » et une colonne « début ».",
        "{file}: a column “amount” and a column “begins” are needed at least.",
    ),
    "costs_too_many": ("L’entreprise a trop de lignes de coût.", "The business has too many cost lines."),
    "costs_imported": (
        "{file} : {new:n} {new:=ligne ajoutée|lignes ajoutées}, {known:n} déjà là,"
        " {refused:n} {refused:=refusée|refusées}.",
        "{file}: {new:n} {new:=line|lines} added, {known:n} there already, {refused:n} refused.",
    ),
    "costs_refused": ("  ligne {line} : {column}, « {text} »", "  line {line}: {column}, “{text}”"),
    "costs_paid": (
        "{missed:n} manqués sur {calls:n} appels payés : {rate:p} (entre {low:p} et {high:p}).",
        "{missed:n} of {calls:n} paid calls missed: {rate:p} (between {low:p} and {high:p}).",
    ),
    "costs_paid_wasted": (
        "{wasted:money} sur {spend:money} pour des appels que personne n’a pris ({each:money} l’appel).",
        "{wasted:money} of {spend:money} for calls that nobody took ({each:money} a call).",
    ),
    "costs_paid_beside": (
        "À lire à côté de la marge perdue avec ces appels, sans l’y ajouter : la dépense est faite, répondre ou non.",
        "To be read beside the margin lost with these calls, not added to it: the money is spent, answered or not.",
    ),
    "costs_paid_none": ("Aucun appel payé.", "No paid call."),
    "costs_paid_more": ("Il y a plus de manqués que d’appels.", "There are more missed calls than calls."),
}

COSTS_SAYINGS: Mapping[str, Sentence] = {key: Sentence(key=key, fr=fr, en=en) for key, (fr, en) in _PAIRS.items()}
