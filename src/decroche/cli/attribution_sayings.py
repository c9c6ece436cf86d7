"""What ``decroche attribution`` says, in French and in English."""

from __future__ import annotations

from collections.abc import Mapping

from decroche.model.sentence import Sentence

_PAIRS: Mapping[str, tuple[str, str]] = {
    "attr_head": (
        "{revenue:money}, {sales:n} {sales:=vente|ventes}, contacts des {days:n} jours d’avant",
        "{revenue:money}, {sales:n} {sales:=sale|sales}, contacts of the {days:n} days before",
    ),
    "attr_divides": (
        "Une règle partage le chiffre d’affaires ; elle ne prouve pas ce qui l’a causé."
        " Chaque colonne fait la somme des ventes, au centime.",
        "A rule divides revenue; it does not prove what caused it. Each column sums to the sales, to the cent.",
    ),
    "attr_rule_first": ("premier", "first"),
    "attr_rule_last": ("dernier", "last"),
    "attr_rule_linear": ("égal", "linear"),
    "attr_rule_position": ("40/20/40", "40/20/40"),
    "attr_rule_time_decay": ("récent", "time decay"),
    "attr_nobody": ("aucun contact", "no contact"),
    "attr_sum": ("somme", "sum"),
    "attr_ways": ("Qui a cherché qui (règle : {rule})", "Who sought whom (rule: {rule})"),
    "attr_way_inbound": ("ils nous ont cherchés", "they sought us"),
    "attr_way_outbound": ("nous les avons cherchés", "we sought them"),
    "attr_way": ("{revenue:money}, {sales:n1} ventes", "{revenue:money}, {sales:n1} sales"),
    "attr_acquired": (
        "{each:money} par client (entre {low:money} et {high})",
        "{each:money} a customer (between {low:money} and {high})",
    ),
    "attr_no_upper": ("sans borne haute", "no upper end"),
    "attr_nobody_won": ("personne n’a été gagné", "nobody was won"),
    "attr_costs": ("Coût d’un client gagné (règle : {rule})", "Cost of winning a customer (rule: {rule})"),
    "attr_delays": (
        "Du premier contact à la vente, chez ceux qui ont acheté",
        "From the first contact to the sale, of those who bought",
    ),
    "attr_delay": (
        "médiane {median:n1} jours (entre {low:n1} et {high:n1}), n = {n:n}",
        "median {median:n1} days (between {low:n1} and {high:n1}), n = {n:n}",
    ),
    "attr_delay_few": (
        "médiane {median:n1} jours, n = {n:n} : trop peu pour un intervalle",
        "median {median:n1} days, n = {n:n}: too few for an interval",
    ),
    "attr_closing": ("Prospects conclus en {days:n} jours", "Leads closed within {days:n} days"),
    "attr_closed": (
        "{rate:p} ({of:n} sur {all:n} ; entre {low:p} et {high:p} ; {waiting:n} trop récents)",
        "{rate:p} ({of:n} of {all:n}; between {low:p} and {high:p}; {waiting:n} too recent)",
    ),
    "attr_closing_none": ("{waiting:n} trop récents", "{waiting:n} too recent"),
    "attr_refused": ("{file} : {n:n} {n:=ligne refusée|lignes refusées}.", "{file}: {n:n} {n:=row|rows} refused."),
    "attr_refused_row": ("  ligne {line} : {column}, « {text} »", "  line {line}: {column}, “{text}”"),
    "attr_file_large": ("{file} est trop grand.", "{file} is too large."),
    "attr_file_damaged": ("{file} ne s’ouvre pas.", "{file} cannot be opened."),
    "attr_file_columns": (
        "{file} : il faut les colonnes personne, date, et canal (contacts) ou montant (ventes).",
        "{file}: the columns person, date, and channel (contacts) or amount (sales) are needed.",
    ),
    "attr_window": ("La fenêtre est de 30, 60, 90 ou 180 jours.", "The window is 30, 60, 90 or 180 days."),
    "attr_bad_cost": ('--cost se donne ainsi : --cost "nom=1200".', '--cost is given so: --cost "name=1200".'),
    "period_empty": ("La période est vide : --from vient après --to.", "The period is empty: --from is after --to."),
    "attr_both": (
        "Il faut les deux fichiers, contacts et ventes ; ou aucun, et le registre est lu.",
        "Both files are needed, contacts and sales; or none, and the ledger is read.",
    ),
    "attr_left_out": (
        "Ventes laissées de côté : {foreign:n} dans une autre devise, {unknown:n} sans personne, montant ou date sûrs.",
        "Sales left out: {foreign:n} in another currency, {unknown:n} without a certain person, amount or day.",
    ),
    "attr_bad_currency": ("{currency} n’est pas une devise.", "{currency} is no currency."),
    "attr_bad_zone": ("{zone} n’est pas un fuseau horaire.", "{zone} is no time zone."),
}

ATTRIBUTION_SAYINGS: Mapping[str, Sentence] = {key: Sentence(key=key, fr=fr, en=en) for key, (fr, en) in _PAIRS.items()}
