"""What is said about settings that will not do, and at the start of the server, in French and in English."""

from __future__ import annotations

from collections.abc import Mapping

from decroche.model.sentence import Sentence

_PAIRS: Mapping[str, tuple[str, str]] = {
    "wants_": ("{problem}", "{problem}"),
    "wants_data": ("un dossier", "a folder"),
    "wants_database": (
        "une adresse comme postgresql://utilisateur@hôte/base",
        "an address such as postgresql://user@host/base",
    ),
    "wants_secret_key": (
        "une clé de 32 octets en base64 (celle du fichier secret.key du dossier de données)",
        "a key of 32 bytes in base64 (that of the file secret.key of the data folder)",
    ),
    "wants_public_url": (
        "une adresse comme https://appels.exemple.fr",
        "an address such as https://calls.example.com",
    ),
    "wants_trusted_proxies": ("des réseaux comme 10.0.0.0/8, 127.0.0.1", "networks such as 10.0.0.0/8, 127.0.0.1"),
    "wants_host": ("une adresse de cette machine", "an address of this machine"),
    "wants_port": ("un nombre de 0 à 65535", "a number from 0 to 65535"),
    "wants_role": ("all, web ou worker", "all, web or worker"),
    "wants_log_level": ("debug, info, warning ou error", "debug, info, warning or error"),
    "wants_quiet_unanswered": ("au moins une minute", "at least one minute"),
    "wants_quiet_answered": ("au moins une minute", "at least one minute"),
    "setting_wanted": (
        "Le réglage {key} ne convient pas ; attendu : {wanted}.",
        "The setting {key} will not do; wanted: {wanted}.",
    ),
    "unknown_setting": ("Il n’y a pas de réglage « {key} ».", "There is no setting “{key}”."),
    "roles_need_postgresql": (
        "Le registre embarqué n’a qu’un processus : --role web ou worker demande PostgreSQL (--database).",
        "The embedded ledger has one process: --role web or worker needs PostgreSQL (--database).",
    ),
    "settings_file_unreadable": (
        "Le fichier de réglages ne se lit pas : {problem}",
        "The settings file cannot be read: {problem}",
    ),
    "wrong_key": (
        "La clé {key} ne convient pas : 32 octets en base64 sont attendus. Remettez celle de votre sauvegarde.",
        "The key {key} will not do: 32 bytes in base64 are wanted. Put back that of your backup.",
    ),
    "key_of_others": (
        "La clé n’ouvre pas les secrets de cette base : c’est celle d’une autre installation.",
        "The key does not open the secrets of this database: it is that of another installation.",
    ),
    "newer_ledger": (
        "Cette base vient d’une version plus récente de Décroche : mettez Décroche à jour.",
        "This database comes from a newer version of Décroche: update Décroche.",
    ),
    "unknown_country": (
        "Aucun calendrier de jours fériés n’est connu pour « {country} ». Exemples : FR, FR-57, BE, CH-GE, CA-QC.",
        "No calendar of public holidays is known for “{country}”. Examples: FR, FR-57, BE, CH-GE, CA-QC.",
    ),
    "bad_name": (
        "« {name} » ne peut pas être un nom : de 1 à 200 signes, sur une ligne.",
        "“{name}” cannot be a name: 1 to 200 characters, on one line.",
    ),
    "name_taken": (
        "Une entreprise s’appelle déjà {name} : donnez à celle-ci un autre nom.",
        "A business is called {name} already: give this one another name.",
    ),
    "unknown_site": (
        "Il n’y a pas de site « {site} ». Ceux de {name} : {known}.",
        "There is no site “{site}”. Those of {name}: {known}.",
    ),
    "no_site": ("aucun", "none"),
    "port_in_use": (
        "un autre programme s’en sert déjà (une démonstration qui tourne encore ?)",
        "another program uses it already (a demonstration that still runs?)",
    ),
    "address_taken": (
        "Impossible d’écouter sur {host}, port {port} : {problem}. Choisissez un autre port avec --port.",
        "Cannot listen on {host}, port {port}: {problem}. Choose another port with --port.",
    ),
    "serving": ("Décroche est ouvert à {url} (Ctrl-C pour arrêter).", "Décroche is open at {url} (Ctrl-C to stop)."),
    "working": ("Décroche travaille (Ctrl-C pour arrêter).", "Décroche is at work (Ctrl-C to stop)."),
    "first_link": (
        "Pour commencer, ouvrez ce lien, qui ne sert qu’une fois :\n  {url}",
        "To begin, open this link, which works once:\n  {url}",
    ),
    "sign_in_with": (
        "Personne n’y travaille encore. Pour un premier lien : decroche members link",
        "Nobody works there yet. For a first link: decroche members link",
    ),
}

SERVING_SAYINGS: Mapping[str, Sentence] = {key: Sentence(key=key, fr=fr, en=en) for key, (fr, en) in _PAIRS.items()}
