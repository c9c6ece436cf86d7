"""What is said to people about the reading of a table: what was assumed, what was ambiguous, what is missing."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

#: English and French text of each sentence; ``{names}`` are filled with values.
TEXTS: Mapping[str, tuple[str, str]] = {
    "mapping.bad_value": (
        'The mapping says "{value}" for {key}; it can be: {allowed}.',
        "La correspondance indique « {value} » pour {key} ; valeurs possibles : {allowed}.",
    ),
    "mapping.bad_type": (
        "In the mapping, {key} should be {expected}.",
        "Dans la correspondance, {key} devrait être {expected}.",
    ),
    "mapping.unknown_key": (
        'The mapping has an unknown key "{key}". Known here: {allowed}.',
        "La correspondance contient une clé inconnue : « {key} ». Clés connues ici : {allowed}.",
    ),
    "mapping.missing_key": (
        "The mapping lacks {key}.",
        "Il manque {key} dans la correspondance.",
    ),
    "mapping.not_toml": (
        "The mapping file is not readable TOML: {detail}.",
        "Le fichier de correspondance n’est pas du TOML lisible : {detail}.",
    ),
    "mapping.unusable": (
        "The mapping file cannot be used: {detail}.",
        "Le fichier de correspondance est inutilisable : {detail}.",
    ),
    "mapping.two_conditions": (
        'For the column "{column}" give equals or not_equals, not both.',
        "Pour la colonne « {column} », indiquez equals ou not_equals, pas les deux.",
    ),
    "mapping.rule_without_column": (
        'The mapping says {rule} = "{value}", but maps no column for it.',
        "La correspondance indique {rule} = « {value} », mais aucune colonne ne le donne.",
    ),
    "mapping.unknown_zone": (
        'There is no time zone named "{value}". Example: Europe/Paris.',
        "Aucun fuseau horaire ne s’appelle « {value} ». Exemple : Europe/Paris.",
    ),
    "mapping.column_absent": (
        'The mapping reads {use} from the column "{column}", which the table does not have. Its columns: {columns}.',
        "La correspondance lit {use} dans la colonne « {column} », absente du tableau. Colonnes du tableau "
        ": {columns}.",
    ),
    "column_not_found.start": (
        "No column says when the calls began. Looked at: {candidates}. Name the column in a mapping file "
        "(start.date) and pass it with --mapping.",
        "Aucune colonne ne dit quand les appels ont commencé. Colonnes examinées : {candidates}. Indiquez la colonne "
        "dans un fichier de correspondance (start.date) et donnez-le avec --mapping.",
    ),
    "column_not_found.answered": (
        "No column says whether the calls were answered (a result, a talk time or a time of answer). Looked at: "
        "{candidates}. Name the column in a mapping file (outcome, durations.talk or answered_at) and pass it with "
        "--mapping.",
        "Aucune colonne ne dit si les appels ont été décrochés (un résultat, une durée de conversation ou une heure de "
        "décroché). Colonnes examinées : {candidates}. Indiquez la colonne dans un fichier de correspondance (outcome, "
        "durations.talk ou answered_at) et donnez-le avec --mapping.",
    ),
    "sheets_left_out": (
        "In {file}, other sheets have other columns and are not read: {sheets}.",
        "Dans {file}, d’autres feuilles ont d’autres colonnes et ne sont pas lues : {sheets}.",
    ),
    "zone_elsewhere": (
        "Hours are those of {zone}, the zone of this machine, but the phone numbers are of {region}, where clocks show "
        "another time. To count in that time, run again with --zone {better}.",
        "Les heures sont celles de {zone}, le fuseau de cette machine, mais les numéros sont de {region}, où il est "
        "une autre heure. Pour compter à cette heure-là, relancez avec --zone {better}.",
    ),
    "guess.direction_assumed": (
        "No column gives the direction of the calls: all are taken as inbound, but those of an extension.",
        "Aucune colonne ne donne le sens des appels : tous sont comptés comme entrants, sauf ceux passés par un poste.",
    ),
    "guess.no_caller": (
        "No column gives the caller's number: repeat calls cannot be recognised.",
        "Aucune colonne ne donne le numéro de l’appelant : les rappels d’une même personne ne peuvent pas "
        "être reconnus.",
    ),
    "guess.answered_from_talk": (
        'No column gives the result of the calls: a call is taken as answered when "{column}" is above zero.',
        "Aucune colonne ne donne le résultat des appels : un appel est compté comme décroché quand « "
        "{column} » dépasse zéro.",
    ),
    "guess.answered_from_answered_at": (
        'No column gives the result of the calls: a call is taken as answered when "{column}" is filled in.',
        "Aucune colonne ne donne le résultat des appels : un appel est compté comme décroché quand « "
        "{column} » est rempli.",
    ),
    "guess.all_answered": (
        'Every call of the sample would be answered, judging by "{column}": check that it is the talk time.',
        "D’après « {column} », tous les appels de l’échantillon seraient décrochés : vérifiez qu’il s’agit "
        "de la durée de "
        "conversation.",
    ),
    "guess.type_is_outcome": (
        'The column "{column}" gives both direction and result: a call that it does not call missed is '
        "taken as answered.",
        "La colonne « {column} » donne à la fois le sens et le résultat : un appel qu’elle ne dit pas "
        "manqué est compté "
        "comme décroché.",
    ),
    "guess.date_orders_mixed": (
        'The dates of "{column}" are written in two orders: {kept} rows of the sample are read as {order}, '
        "{rejected} only make sense in the other order and are rejected.",
        "Les dates de « {column} » sont écrites dans deux ordres : {kept} lignes de l’échantillon sont lues "
        "comme {order}, "
        "{rejected} n’ont de sens que dans l’autre ordre et sont rejetées.",
    ),
    "guess.date_order_unsure": (
        'The dates of "{column}" can be read in two orders; {order} is assumed ({because}).',
        "Les dates de « {column} » peuvent se lire dans deux ordres ; {order} est supposé ({because}).",
    ),
    "guess.words_unknown": (
        'In "{column}" the words {words} are not known: those calls count as not answered, reason unknown.',
        "Dans « {column} », les mots {words} sont inconnus : ces appels comptent comme non décrochés, motif inconnu.",
    ),
    "guess.duration_is_total": (
        '"{column}" also runs for unanswered calls: it is taken as the whole duration, not as talk time.',
        "« {column} » court aussi pour les appels non décrochés : elle est prise comme durée totale, et non "
        "comme durée de "
        "conversation.",
    ),
    "guess.two_part_durations": (
        'The durations of "{column}" have two parts, such as {example}: they are read as minutes:seconds.',
        "Les durées de « {column} » ont deux parties, comme {example} : elles sont lues en minutes:secondes.",
    ),
    "campaign.no_result": (
        "No column says what came of the calls (an opportunity, a sale or a result). Looked at: {candidates}. Name it: "
        "--column opportunity=NAME, or in a mapping file (opportunity.column).",
        "Aucune colonne ne dit ce que les appels ont donné (une opportunité, une vente ou un résultat). Colonnes "
        "examinées : {candidates}. Nommez-la : --column opportunity=NOM, ou dans un fichier de correspondance "
        "(opportunity.column).",
    ),
    "campaign.column_absent": (
        'The table has no column "{column}". Its columns: {columns}.',
        "Le tableau n’a pas de colonne « {column} ». Ses colonnes : {columns}.",
    ),
    "campaign.column_use": (
        'A column can be given as {allowed}, not as "{use}".',
        "Une colonne peut être donnée comme {allowed}, mais pas comme « {use} ».",
    ),
    "campaign.no_yes": (
        'Nothing in "{column}" says yes: {values}. Say in a mapping file which words do ([{use}] words).',
        "Rien dans « {column} » ne dit oui : {values}. Dites dans un fichier de correspondance quels mots le font "
        "([{use}] words).",
    ),
    "campaign.rows_person": (
        'Each row is taken as one person, dialled as many times as "{column}" says.',
        "Chaque ligne est prise pour une personne, appelée autant de fois que l’indique « {column} ».",
    ),
    "campaign.rows_person_once": (
        "Each row is taken as one person; no column says how often they were dialled, so conversion per dial cannot be "
        "computed.",
        "Chaque ligne est prise pour une personne ; aucune colonne ne dit combien de fois on l’a appelée : le taux par "
        "appel passé ne peut pas être calculé.",
    ),
    "campaign.rows_dial": (
        'Each row is taken as one dial; the same "{column}" is the same person.',
        "Chaque ligne est prise pour un appel passé ; le même « {column} » est la même personne.",
    ),
    "campaign.rows_dial_alone": (
        "Each row is taken as one dial; no column says to whom, so people and attempts cannot be counted.",
        "Chaque ligne est prise pour un appel passé ; aucune colonne ne dit à qui : ni les personnes ni les tentatives "
        "ne peuvent être comptées.",
    ),
    "campaign.no_reached": (
        "No column says whether a person was reached: conversion per contact cannot be computed.",
        "Aucune colonne ne dit si une personne a été jointe : le taux par contact ne peut pas être calculé.",
    ),
    "campaign.reached_from_talk": (
        'No column says whether a person was reached: a dial counts as a contact when "{column}" is above zero, '
        "voicemails included.",
        "Aucune colonne ne dit si une personne a été jointe : un appel compte comme contact quand « {column} » dépasse "
        "zéro, répondeurs compris.",
    ),
    "campaign.reached_last_only": (
        "Of each person the table only tells of the last dial: contacts made at earlier ones are not counted.",
        "De chaque personne, le tableau ne raconte que le dernier appel : les contacts des appels précédents ne sont "
        "pas comptés.",
    ),
    "campaign.no_dates": (
        "No column dates the dials: neither weeks, nor calling windows, nor what sales are still to come can be told.",
        "Aucune colonne ne date les appels : ni les semaines, ni les plages d’appel, ni les ventes encore à venir ne "
        "peuvent être dites.",
    ),
    "campaign.dates_of_last_dial": (
        "The dates are those of each person’s last dial: weeks and calling windows are of last dials only.",
        "Les dates sont celles du dernier appel de chaque personne : semaines et plages ne portent que sur lui.",
    ),
    "campaign.no_sale": (
        "No column says which opportunities became sales: tell the share with --closing.",
        "Aucune colonne ne dit quelles opportunités sont devenues des ventes : donnez-en la part avec --closing.",
    ),
    "campaign.sale_is_opportunity": (
        'No column tells opportunities apart from sales: every sale ("{column}") counts as one opportunity.',
        "Aucune colonne ne distingue les opportunités des ventes : chaque vente (« {column} ») compte pour une "
        "opportunité.",
    ),
    "campaign.of_before": (
        'The column "{column}" tells of an earlier campaign: it is not taken as a result of this one.',
        "La colonne « {column} » parle d’une campagne précédente : elle n’est pas prise pour un résultat de celle-ci.",
    ),
    "campaign.words_unknown": (
        'In "{column}" the words {words} are not known: these rows ({rows}) count as not reached.',
        "Dans « {column} », les mots {words} sont inconnus : ces lignes ({rows}) comptent comme non jointes.",
    ),
    "campaign.filled": (
        'A row counts as {use} where "{column}" is filled in.',
        "Une ligne compte comme {use} quand « {column} » est renseignée.",
    ),
}


#: What fills a sentence.
Value = str | int | tuple[str, ...]

#: What ``expected`` says of a mapping, in French.
_EXPECTED = {
    "a table": "une table",
    "a table of words": "une table de mots",
    "a text": "un texte",
    "a list of texts": "une liste de textes",
    "a whole number": "un nombre entier",
    "true or false": "true ou false",
    "[[ignore]] tables": "des tables [[ignore]]",
}


def said(word: str, values: Mapping[str, Value], *, french: bool) -> str:
    """The sentence ``word`` of TEXTS filled with ``values``; several words are quoted one by one."""
    if french and "expected" in values:
        values = {**values, "expected": _EXPECTED[str(values["expected"])]}
    mark = "« {} »" if french else '"{}"'
    written = {
        name: ", ".join(map(mark.format, value)) if isinstance(value, tuple) else value
        for name, value in values.items()
    }
    return TEXTS[word][french].format(**written)


@dataclass(frozen=True, slots=True)
class Sentence:
    """A thing to say: ``word`` names it in every language, ``values`` fill it."""

    word: str
    values: Mapping[str, Value] = field(default_factory=dict)

    @property
    def english(self) -> str:
        """The sentence in English."""
        return said(self.word, self.values, french=False)

    @property
    def french(self) -> str:
        """The sentence in French."""
        return said(self.word, self.values, french=True)
