"""What ``decroche sources`` says, in French and in English."""

from __future__ import annotations

from collections.abc import Mapping

from decroche.model.sentence import Sentence

_PAIRS: Mapping[str, tuple[str, str]] = {
    "sources_head": (
        "D’où viennent les appels de {name}, du {begin:date} au {end:date}",
        "Where the calls of {name} come from, {begin:date} to {end:date}",
    ),
    "sources_none": (
        "Aucune source connue. Dites ce que représente un numéro : decroche sources add NUMÉRO google_ads",
        "No source known. Say what a number stands for: decroche sources add NUMBER google_ads",
    ),
    "sources_unknown": ("(source inconnue)", "(source unknown)"),
    "sources_calls": (
        "{calls:n} {calls:=appel|appels}, {missed:n} {missed:=manqué|manqués}",
        "{calls:n} {calls:=call|calls}, {missed:n} missed",
    ),
    "sources_cost": ("coût {cost:money}", "cost {cost:money}"),
    "sources_brought": (
        "{opportunities:n1} {opportunities:=opportunité|opportunités}, {sales:n1} {sales:=vente|ventes},"
        " {revenue:money} de chiffre d’affaires, marge {margin:money} (sur {of:n1})",
        "{opportunities:n1} {opportunities:=opportunity|opportunities}, {sales:n1} {sales:=sale|sales},"
        " {revenue:money} of revenue, margin {margin:money} (of {of:n1})",
    ),
    "sources_won": (
        "un client coûte {each:money} (entre {low:money} et {high})",
        "a customer costs {each:money} (between {low:money} and {high})",
    ),
    "sources_no_upper": ("sans limite connue", "no known limit"),
    "sources_wasted": (
        "à côté de la marge, sans s’y ajouter : {wasted:money} pour {missed:n} {missed:=appel payé|appels payés}"
        " que personne n’a pris ({each:money} l’appel)",
        "beside the margin, not added to it: {wasted:money} for {missed:n} paid {missed:=call|calls}"
        " that nobody took ({each:money} a call)",
    ),
    "sources_platform": (
        "appels comptés par la plateforme : {told:n}, retrouvés : {found:n}, douteux : {doubtful:n}",
        "calls the platform counted: {told:n}, found: {found:n}, in doubt: {doubtful:n}",
    ),
    "sources_untied": (
        "Publicité sans source : {untied:money}. Répartissez ces lignes par source ou par campagne.",
        "Advertising without a source: {untied:money}. Share these lines among sources or campaigns.",
    ),
    "sources_left_out": (
        "Laissées de côté : {foreign:n} {foreign:=vente|ventes} dans une autre devise, {unknown:n} sans personne,"
        " montant ou date.",
        "Left out: {foreign:n} {foreign:=sale|sales} in another currency, {unknown:n} without a person, an amount or a"
        " day.",
    ),
    "sources_window": ("La fenêtre est de 30, 60, 90 ou 180 jours.", "The window is 30, 60, 90 or 180 days."),
    "sources_currency": (
        "Un coût est dans une autre devise que celle de l’entreprise.",
        "A cost is in another currency than that of the business.",
    ),
    "sources_added": ("{number} : {source}, à partir du {begins:date}.", "{number}: {source}, from {begins:date} on."),
    "sources_ended": ("{number} : {source}, jusqu’au {ends:date}.", "{number}: {source}, until {ends:date}."),
    "sources_removed": ("{number} ne représente plus rien.", "{number} stands for nothing any more."),
    "sources_no_number": (
        "Aucun numéro ne commence par {id} : voir decroche sources list.",
        "No number begins with {id}: see decroche sources list.",
    ),
    "sources_bad": ("« {text} » ne se lit pas ({column}).", "“{text}” cannot be read ({column})."),
    "sources_taken": (
        "Ce numéro représente déjà autre chose l’un de ces jours.",
        "The number stands for something else on one of these days.",
    ),
    "sources_other_source": (
        "Cette campagne appartient à une autre source.",
        "The campaign belongs to another source.",
    ),
    "sources_too_many": ("L’entreprise suit trop de numéros.", "The business tracks too many numbers."),
    "sources_file_large": ("{file} est trop grand.", "{file} is too large."),
    "sources_file_damaged": ("{file} ne s’ouvre pas.", "{file} cannot be opened."),
    "sources_file_columns": (
        "{file} : il faut des colonnes numéro et source, ou un export de Google Ads (appels, ou coûts par jour et"
        " campagne).",
        "{file}: columns number and source are needed, or an export of Google Ads (calls, or costs by day and"
        " campaign).",
    ),
    "sources_imported": (
        "{file} : {new:n} {new:=numéro ajouté|numéros ajoutés}, {known:n} déjà là, {refused:n}"
        " {refused:=refusé|refusés}.",
        "{file}: {new:n} {new:=number|numbers} added, {known:n} there already, {refused:n} refused.",
    ),
    "sources_ads_imported": (
        "{file} : {calls:n} {calls:=appel|appels} ({new:n} {new:=nouveau|nouveaux}, {found:n} retrouvés),"
        " {spend:n} {spend:=coût|coûts} ({known:n} déjà lus chez Google), {refused:n} {refused:=refusé|refusés}.",
        "{file}: {calls:n} {calls:=call|calls} ({new:n} new, {found:n} found), {spend:n} {spend:=cost|costs}"
        " ({known:n} read from Google already), {refused:n} refused.",
    ),
    "sources_refused": ("  ligne {line} : {column}, « {text} »", "  line {line}: {column}, “{text}”"),
    "sources_column_number": ("numéro", "number"),
    "sources_column_source": ("source", "source"),
    "sources_column_campaign": ("campagne", "campaign"),
    "sources_column_begins": ("premier jour", "first day"),
    "sources_column_ends": ("dernier jour", "last day"),
    "sources_column_start": ("début de l’appel", "start of the call"),
    "sources_column_duration": ("durée", "duration"),
    "sources_column_status": ("état", "status"),
    "sources_column_day": ("jour", "day"),
    "sources_column_cost": ("coût", "cost"),
    "sources_no_doubt": ("Rien à décider.", "Nothing to decide."),
    "sources_doubt": (
        "{id}  {at}  {campaign}  {seconds:n} s  : {candidates}",
        "{id}  {at}  {campaign}  {seconds:n} s: {candidates}",
    ),
    "sources_decided": ("C’est décidé.", "Decided."),
    "sources_no_call": ("Aucun appel de plateforme n’a le numéro {id}.", "No platform's call has the id {id}."),
    "sources_no_candidate": (
        "{call} n’est pas l’un des appels possibles.",
        "{call} is not one of the calls it may be.",
    ),
}

SOURCES_SAYINGS: Mapping[str, Sentence] = {key: Sentence(key=key, fr=fr, en=en) for key, (fr, en) in _PAIRS.items()}
