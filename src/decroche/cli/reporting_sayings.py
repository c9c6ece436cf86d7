"""What ``decroche report`` says, in French and in English."""

from __future__ import annotations

from collections.abc import Mapping

from decroche.model.sentence import Sentence

_PAIRS: Mapping[str, tuple[str, str]] = {
    "bad_quarter": (
        "« {text} » n’est pas un trimestre : écrivez 2026T3 ou 2026Q3.",
        "“{text}” is not a quarter: type 2026Q3.",
    ),
    "quarter_empty": (
        "Aucun appel reçu du {begin:date} au {end:date} (exclu) : choisissez un autre trimestre avec --quarter.",
        "No call was received from {begin:date} to {end:date} (excluded): choose another quarter with --quarter.",
    ),
    "quarter_made": (
        "{business}, {quarter} : {missed:n} appels manqués sur {offered:n} reçus ({rate:p}).",
        "{business}, {quarter}: {missed:n} calls missed of {offered:n} received ({rate:p}).",
    ),
    "bad_day": ("« {text} » n’est pas un jour : écrivez 2026-11-16.", "“{text}” is no day: type 2026-11-16."),
    "no_targets": (
        "Aucun objectif n’est fixé : posez-en un sur la page Objectifs.",
        "No target is set: set one on the page Targets.",
    ),
    "targets_week": (
        "Semaine du {first:date} au {last:date}, face aux objectifs :",
        "The week from {first:date} to {last:date}, against the targets:",
    ),
    "quarter_again": (
        "Pour le refaire et comparer : decroche report remake {path}",
        "To make it again and compare: decroche report remake {path}",
    ),
    "no_archive": (
        "{path} n’est pas un fichier de chiffres archivés par « decroche report quarter ».",
        "{path} is no file of figures that “decroche report quarter” archived.",
    ),
    "archive_gone": (
        "Les appels de {path} ne sont plus là : ils ont été effacés, ou leur durée de conservation est passée.",
        "The calls of {path} are not there any more: they were erased, or kept as long as they may be.",
    ),
    "remade_same": (
        "Mêmes chiffres, jusqu’au dernier : empreinte {fingerprint}, {calls:n} appels.",
        "The same figures, every one: fingerprint {fingerprint}, {calls:n} calls.",
    ),
    "remade_other": (
        "{n:n} {n:=chiffre diffère|chiffres diffèrent} de l’archive.",
        "{n:n} {n:=figure differs|figures differ} from the archive.",
    ),
    "remade_data": (
        "Les données ont changé depuis (faits tardifs, effacements ou conservation) : "
        "{calls:n} {calls:=appel|appels} et {journeys:n} {journeys:=parcours|parcours} d’écart, "
        "et peut-être d’autres jugés autrement.",
        "The data have changed since (late facts, erasures or retention): a difference of {calls:n} "
        "{calls:=call|calls} and {journeys:n} {journeys:=journey|journeys}, and maybe others judged otherwise.",
    ),
    "remade_definitions": (
        "Les définitions ont changé : version {old} alors, {new} maintenant.",
        "The definitions have changed: version {old} then, {new} now.",
    ),
    "bad_month": ("« {text} » n’est pas un mois : écrivez 2026-10.", "“{text}” is not a month: type 2026-10."),
    "letter_subject": ("Objet : {subject}", "Subject: {subject}"),
    "no_mail": (
        "Aucun serveur de messagerie n’est réglé : dites mail et mail_from dans les réglages du serveur.",
        "No mail server is set up: tell mail and mail_from in the settings of the server.",
    ),
    "not_mailed": ("L’e-mail n’est pas parti : {problem}", "The e-mail was not sent: {problem}"),
    "mailed": ("Envoyé à {address}.", "Sent to {address}."),
    "remade_more": ("  … et {more:n} {more:=autre|autres}", "  … and {more:n} {more:=other|others}"),
}

REPORTING_SAYINGS: Mapping[str, Sentence] = {
    key: Sentence(key=f"reporting.{key}", fr=french, en=english) for key, (french, english) in _PAIRS.items()
}
