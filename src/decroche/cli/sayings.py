"""What the commands say, in French and in English; fields are written as in the catalogues (``Language.say``)."""

from __future__ import annotations

from collections.abc import Mapping

from decroche.language import Language
from decroche.model.sentence import Sentence

_PAIRS: Mapping[str, tuple[str, str]] = {
    # why a file cannot be read
    "file_not_found": ("Le fichier {file} n’existe pas.", "The file {file} does not exist."),
    "file_is_directory": (
        "{file} est un dossier : indiquez les fichiers d’export qu’il contient.",
        "{file} is a folder: name the export files in it.",
    ),
    "file_empty": ("Le fichier {file} est vide.", "The file {file} is empty."),
    "file_binary": (
        "{file} n’est pas un export d’appels : ce n’est ni un tableau, ni un journal de téléphonie. Exportez le "
        "journal des appels de votre standard en CSV ou en Excel, puis recommencez.",
        "{file} is not an export of calls: it is neither a table nor a phone log. Export the call log of your phone "
        "system as CSV or Excel, then try again.",
    ),
    "file_damaged": (
        "{file} ne s’ouvre pas : il est abîmé ou protégé. Exportez-le à nouveau.",
        "{file} cannot be opened: it is damaged or protected. Export it again.",
    ),
    "archive_damaged": (
        "L’archive {file} est abîmée ou incomplète. Téléchargez-la à nouveau.",
        "The archive {file} is damaged or incomplete. Download it again.",
    ),
    "archive_bomb": (
        "{file} grossirait démesurément en se décompressant : il n’est pas ouvert. Si c’est un vrai export, "
        "décompressez-le vous-même et donnez le fichier obtenu.",
        "{file} would grow out of all proportion when unpacked: it is not opened. If it is a real export, unpack it "
        "yourself and give the resulting file.",
    ),
    "archive_too_many_files": (
        "L’archive {file} contient {count} fichiers : c’est trop pour un export d’appels.",
        "The archive {file} holds {count} files: too many for an export of calls.",
    ),
    "archive_encrypted": (
        "L’archive {file} est protégée par un mot de passe : ouvrez-la et donnez son contenu.",
        "The archive {file} is protected by a password: open it and give its contents.",
    ),
    "archive_nested": (
        "L’archive {file} contient trop d’archives emboîtées : décompressez-la vous-même et donnez son contenu.",
        "The archive {file} holds too many archives inside one another: unpack it yourself and give its contents.",
    ),
    "archive_empty": ("L’archive {file} ne contient aucun fichier.", "The archive {file} holds no file."),
    "file_special": (
        "{file} n’est pas un fichier ordinaire : enregistrez d’abord son contenu dans un fichier.",
        "{file} is not an ordinary file: save its contents to a file first.",
    ),
    "file_unreadable": (
        "Le fichier {file} ne peut pas être lu : {problem}.",
        "The file {file} cannot be read: {problem}.",
    ),
    "no_rows": (
        "{file} n’a que des titres de colonnes : il ne contient aucun appel.",
        "{file} only has column headings: there is no call in it.",
    ),
    "json_not_lines": (
        "{file} est du JSON d’un seul tenant : donnez un objet par ligne (JSON Lines), un CSV ou un fichier Excel.",
        "{file} is JSON in one piece: give one object a line (JSON Lines), a CSV or an Excel file.",
    ),
    "one_column": (
        "{file} n’a qu’une seule colonne : un export d’appels en a plusieurs (date, numéro, résultat…).",
        "{file} has only one column: an export of calls has several (date, number, result…).",
    ),
    "too_many_columns": (
        "{file} a {count} colonnes : ce n’est pas un export d’appels.",
        "{file} has {count} columns: it is not an export of calls.",
    ),
    "not_a_call_export": (
        "{file} ne ressemble pas à un export d’appels : aucun tableau d’au moins deux colonnes n’y a été trouvé. "
        "Exportez le journal des appels de votre standard en CSV ou en Excel, puis recommencez.",
        "{file} does not look like an export of calls: no table of at least two columns was found in it. Export the "
        "call log of your phone system as CSV or Excel, then try again.",
    ),
    "no_calls": (
        "Aucun appel lisible sur {rows:n} {rows:=ligne lue|lignes lues}. Les lignes rejetées et leurs motifs sont dans "
        "{path}.",
        "No readable call in {rows:n} {rows:=row|rows} read. The rejected rows and their reasons are in {path}.",
    ),
    "unknown_zone": (
        "Le fuseau horaire « {zone} » n’existe pas. Exemples : Europe/Paris, America/Toronto.",
        "There is no time zone “{zone}”. Examples: Europe/Paris, America/Toronto.",
    ),
    "unknown_place": (
        "Les jours fériés de « {place} » ne sont pas connus. Exemples : FR, FR-57, CA-QC, BE, CH-GE.",
        "The holidays of “{place}” are not known. Examples: FR, FR-57, CA-QC, BE, CH-GE.",
    ),
    "settings_not_toml": (
        "Le fichier de réglages {file} n’est pas du TOML lisible : {problem}",
        "The settings file {file} is not readable TOML: {problem}",
    ),
    "setting_wrong": (
        "Dans les réglages, {key} n’a pas la forme attendue. Exemple : {example}",
        "In the settings, {key} does not have the form expected. Example: {example}",
    ),
    "setting_unknown": (
        "Dans les réglages, {key} est inconnu. Possibles ici : {known}.",
        "In the settings, {key} is not known. Possible here: {known}.",
    ),
    "hours_unreadable": (
        "{key} : les horaires « {part} » sont illisibles. Exemple : mon-fri 08:00-12:00 14:00-18:00; sat 09:00-12:00",
        "{key}: the opening hours “{part}” cannot be read. Example: mon-fri 08:00-12:00 14:00-18:00; sat 09:00-12:00",
    ),
    "not_a_date": (
        "Dans les réglages, « {text} » n’est pas une date. Exemple : 2026-12-24",
        "In the settings, “{text}” is not a date. Example: 2026-12-24",
    ),
    "bad_loss_input": (
        "La valeur donnée pour « {key} » ne convient pas. Exemples : --margin 250-600, --conversion 20-30 %, "
        "--currency EUR.",
        "{problem}. Examples: --margin 250-600, --conversion 20-30 %, --currency EUR.",
    ),
    "bad_memory": (
        "« {memory} » n’est pas une quantité de mémoire. Exemple : --memory {usual}",
        "“{memory}” is not an amount of memory. Example: --memory {usual}",
    ),
    "too_little_memory": (
        "{memory} de mémoire ne suffisent pas pour ces fichiers. Donnez-en davantage, par exemple --memory 3GB.",
        "{memory} of memory are not enough for these files. Give more, such as --memory 3GB.",
    ),
    "errno_EACCES": ("l’accès est refusé", "access is denied"),
    "errno_EEXIST": ("un fichier porte déjà ce nom", "a file has this name already"),
    "errno_EISDIR": ("c’est un dossier", "it is a folder"),
    "errno_ENOENT": ("ce dossier n’existe pas", "there is no such folder"),
    "errno_ENOSPC": ("le disque est plein", "the disk is full"),
    "errno_ENOTDIR": ("une partie de ce chemin n’est pas un dossier", "a part of this path is not a folder"),
    "errno_EROFS": ("ce disque est en lecture seule", "this disk is read-only"),
    "unknown_language": (
        "Langue inconnue : {language}. Choisissez fr, fr-CA ou en.",
        "Unknown language: {language}. Choose fr, fr-CA or en.",
    ),
    "cannot_write": (
        "Impossible d’écrire dans {path} : {problem}",
        "Cannot write to {path}: {problem}",
    ),
    # what happens
    "open": ("Ouverture", "Opening"),
    "read": ("Lecture de {name}", "Reading {name}"),
    "check": ("Vérification", "Checking"),
    "count": ("Calcul", "Counting"),
    "render": ("Mise en page", "Writing the report"),
    "settings_taken": ("Réglages repris de {path}.", "Settings taken from {path}."),
    "settings_left": (
        "{path} a été enregistré pour un autre export : il n’est pas repris (--settings {path} pour le forcer).",
        "{path} was saved for another export: it is not taken (--settings {path} to force it).",
    ),
    "file_read": (
        "{name} : {title}, {rows:n} {rows:=ligne|lignes}.",
        "{name}: {title}, {rows:n} {rows:=row|rows}.",
    ),
    "table": ("tableau", "table"),
    "unknown_site": (
        "Les réglages {section} nomment le site « {name} », que l’export n’a pas. Ses sites : {known}.",
        "The settings {section} name the site “{name}”, which the export does not have. Its sites: {known}.",
    ),
    "no_site": (
        "Les réglages {section} nomment le site « {name} », mais l’export ne nomme aucun site.",
        "The settings {section} name the site “{name}”, but of sites the export names none.",
    ),
    "unknown_department": (
        "Les réglages {section} nomment le service « {name} », que l’export n’a pas. Ses services : {known}.",
        "The settings {section} name the department “{name}”, which the export does not have. Its departments: "
        "{known}.",
    ),
    "no_department": (
        "Les réglages {section} nomment le service « {name} », mais l’export ne nomme aucun service.",
        "The settings {section} name the department “{name}”, but of departments the export names none.",
    ),
    "mapping_shown": (
        "Colonnes reconnues (confiance {confidence:p0}) :",
        "Columns recognised (confidence {confidence:p0}):",
    ),
    "ask_margin": (
        "Marge sur une vente{unit}, par exemple 300 ou 250-600 (Entrée pour passer) : ",
        "Margin on one sale{unit}, such as 300 or 250-600 (Enter to skip): ",
    ),
    "ask_conversion": (
        "Part des appelants qui achètent, par exemple 25 % ou 20-30 % (Entrée pour passer) : ",
        "Share of callers who buy, such as 25 % or 20-30 % (Enter to skip): ",
    ),
    "accounting": (
        "{rows:n} {rows:=ligne lue|lignes lues} = {calls:n} {calls:=appel|appels} + {legs:n} "
        "{legs:=segment rattaché|segments rattachés} + {ignored:n} {ignored:=ignorée|ignorées} + {rejected:n} "
        "{rejected:=rejetée|rejetées}",
        "{rows:n} {rows:=row|rows} read = {calls:n} {calls:=call|calls} + {legs:n} {legs:=leg|legs} joined + "
        "{ignored:n} ignored + {rejected:n} rejected",
    ),
    "no_incoming": (
        "Ce relevé ne contient aucun appel reçu de l’extérieur : aucun n’a pu être manqué.",
        "This export holds no call from outside: none could be missed.",
    ),
    "headline": (
        "{missed:n} {missed:=appel manqué|appels manqués} sur {offered:n} {offered:=reçu|reçus} ({rate:p})",
        "{missed:n} {missed:=call|calls} missed of {offered:n} received ({rate:p})",
    ),
    "redial": (
        "{share:p0} des personnes manquées ont rappelé d’elles-mêmes dans les 7 jours ({redialed:n} sur "
        "{observable:n})",
        "{share:p0} of the people missed called again by themselves within 7 days ({redialed:n} of {observable:n})",
    ),
    "lost": (
        "{lost:n} {lost:=parcours perdu|parcours perdus} (personne n’a joint l’appelant en 7 jours)",
        "{lost:n} {lost:=journey|journeys} lost (nobody reached the caller within 7 days)",
    ),
    "lost_unknown": (
        "Ce relevé ne permet pas de compter les parcours perdus : il faut le numéro des appelants et 7 jours de recul.",
        "Lost journeys cannot be counted from this export: it takes the callers’ numbers and 7 days to look back on.",
    ),
    "cost": (
        "coût estimé sur la période : de {low:money} à {high:money} (8 chances sur 10)",
        "estimated cost over the period: {low:money} to {high:money} (8 chances in 10)",
    ),
    "give_money": (
        "Pour chiffrer la perte, relancez avec --margin et --conversion (ex. --margin 250-600 --conversion 20-30%).",
        "To price the loss, run again with --margin and --conversion (e.g. --margin 250-600 --conversion 20-30%).",
    ),
    "reports": ("Rapports :", "Reports:"),
    "settings_saved": (
        "Réglages et suppositions : {path} (corrigez-les, la prochaine exécution les reprendra).",
        "Settings and assumptions: {path} (correct them, the next run takes them).",
    ),
    "simulated": (
        "Données simulées : ces deux entreprises n’existent pas.",
        "Simulated data: these two businesses do not exist.",
    ),
    "demo_business": ("{name} ({days} jours simulés)", "{name} ({days} simulated days)"),
    "next_step": ("Ensuite : {command}", "Next: {command}"),
    "live_demo": (
        "En direct : les appels de {name}, {speed:n1} fois plus vite que dans la vie. Ouvrez dans un navigateur :\n\n"
        "  {url}\n\nCette adresse fait entrer une fois, pour un jour.",
        "Live: the calls of {name}, {speed:n1} times faster than life. Open in a browser:\n\n  {url}\n\n"
        "This address lets you in once, for a day.",
    ),
    "live_demo_until": ("Ctrl-C pour arrêter.", "Ctrl-C to stop."),
    "live_demo_seconds": ("S’arrête tout seul dans {seconds:n} s.", "Stops by itself in {seconds:n} s."),
    "live_demo_over": (
        "Démonstration terminée : {taken:n} {taken:=événement livré|événements livrés}.",
        "The demonstration is over: {taken:n} {taken:=event|events} delivered.",
    ),
    "demo_seconds_unreadable": (
        "DEMO_SECONDS={text} : écrivez un nombre de secondes, par exemple 30.",
        "DEMO_SECONDS={text}: write a number of seconds, such as 30.",
    ),
}

#: Every saying by its key.
SAYINGS: Mapping[str, Sentence] = {key: Sentence(key=key, fr=fr, en=en) for key, (fr, en) in _PAIRS.items()}


def saying(language: Language, key: str, /, **values: object) -> str:
    """The saying ``key`` in ``language``, filled with ``values``, of which no character is changed."""
    return language.write(language.set(SAYINGS[key].text(language.code)), **values)
