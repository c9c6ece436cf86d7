"""What ``decroche feeds`` says, in French and in English."""

from __future__ import annotations

from collections.abc import Mapping

from decroche.model.sentence import Sentence

_PAIRS: Mapping[str, tuple[str, str]] = {
    "feed_made": (
        "Adresse « {name} », montrée cette seule fois :\n  {url}/feeds/{secret}/v1_daily_kpi.csv\n"
        "Qui la connaît lit ces tables : {tables}. « decroche feeds revoke » la ferme.",
        "Address “{name}”, shown this once:\n  {url}/feeds/{secret}/v1_daily_kpi.csv\n"
        "Whoever knows it reads these tables: {tables}. “decroche feeds revoke” closes it.",
    ),
    "feed_every_table": ("toutes", "all"),
    "feed_known": (
        "{name} – {tables} – créée le {made:date} – {read} (n° {id})",
        "{name} – {tables} – made on {made:date} – {read} (no. {id})",
    ),
    "feed_read_at": ("lue le {at}", "read on {at}"),
    "feed_never_read": ("jamais lue", "never read"),
    "feed_none": (
        "Aucune adresse : decroche feeds make « Looker Studio »",
        "No address: decroche feeds make “Looker Studio”",
    ),
    "feed_not_there": ("Aucune adresse ne s’appelle « {name} ».", "No address is called “{name}”."),
    "feed_revoked": ("L’adresse « {name} » est fermée.", "The address “{name}” is closed."),
    "feed_unknown_table": (
        "Il n’y a pas de table « {name} ». Celles qui existent : {known}.",
        "There is no table “{name}”. Those that exist: {known}.",
    ),
    "feed_unknown_site": ("Aucun site ne s’appelle « {name} ».", "No site is called “{name}”."),
    "feed_unknown_format": (
        "« {name} » n’est pas un format : csv, parquet ou arrow.",
        "“{name}” is not a format: csv, parquet or arrow.",
    ),
    "feed_bad_wish": ("Cette table ne se demande pas ainsi : {field}.", "This table is not asked like that: {field}."),
    "sheet_no_address": (
        "« {text} » n’est pas l’adresse d’une feuille : https://docs.google.com/spreadsheets/d/…",
        "“{text}” is not the address of a spreadsheet: https://docs.google.com/spreadsheets/d/…",
    ),
    "sheet_bad_key": (
        "{file} n’est pas la clé d’un compte de service (le fichier JSON que Google donne).",
        "{file} is not the key of a service account (the JSON file that Google gives).",
    ),
    "sheet_connected": (
        "La feuille « {name} » est reliée. Partagez-la avec {email}, en modification ; "
        "elle se remplit tant que decroche serve tourne.",
        "The spreadsheet “{name}” is connected. Share it with {email}, which may edit it; "
        "it fills while decroche serve runs.",
    ),
    "sheet_shown": ("{name} – {tables} – {state}", "{name} – {tables} – {state}"),
    "sheet_not_yet": ("pas encore écrite", "not written yet"),
    "sheet_pushed_at": ("à jour le {at}", "up to date on {at}"),
    "sheet_none": (
        "Aucune feuille : decroche sheets connect https://docs.google.com/spreadsheets/d/… --key cle.json",
        "No spreadsheet: decroche sheets connect https://docs.google.com/spreadsheets/d/… --key key.json",
    ),
    "sheet_not_there": ("Aucune feuille ne s’appelle « {name} ».", "No spreadsheet is called “{name}”."),
    "sheet_removed": ("La feuille « {name} » n’est plus écrite.", "The spreadsheet “{name}” is written no more."),
    "feed_every_site": ("tous les sites", "all sites"),
    "feed_masked": ("sans les numéros", "without numbers"),
    "feed_whole_numbers": ("numéros en clair", "numbers in full"),
    "views_need_postgresql": (
        "Les vues demandent PostgreSQL : --database postgresql://… Les fichiers se lisent sans : decroche feeds read",
        "Views need PostgreSQL: --database postgresql://… Files are read without: decroche feeds read",
    ),
    "views_made": (
        "Les vues du schéma decroche_bi se lisent avec le rôle {role} ; mot de passe, montré cette seule fois :\n"
        "  {password}",
        "The views of the schema decroche_bi are read with the role {role}; password, shown this once:\n  {password}",
    ),
    "views_role": ("{role} – {sites} – {numbers}", "{role} – {sites} – {numbers}"),
    "views_none": (
        "Les vues sont là ; aucun rôle ne les lit encore : decroche feeds views bi_garage",
        "The views are there; no role reads them yet: decroche feeds views bi_garage",
    ),
    "views_removed": ("Le rôle {role} n’existe plus.", "The role {role} is gone."),
    "views_no_role": ("Aucun rôle {role} ne lit ces vues.", "No role {role} reads these views."),
    "views_bad_role": (
        "« {role} » ne convient pas : des minuscules, des chiffres et des soulignés, et un nom que personne n’a.",
        "“{role}” will not do: small letters, digits and underscores, and a name that nobody has.",
    ),
    "feed_written": (
        "{path} : {rows:n} {rows:=ligne|lignes} de {table}",
        "{path}: {rows:n} {rows:=row|rows} of {table}",
    ),
}
FEEDS_SAYINGS: Mapping[str, Sentence] = {key: Sentence(key=key, fr=fr, en=en) for key, (fr, en) in _PAIRS.items()}
