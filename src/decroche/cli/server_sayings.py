"""What the commands of the server say, in French and in English."""

from __future__ import annotations

from collections.abc import Mapping

from decroche.model.sentence import Sentence

_PAIRS: Mapping[str, tuple[str, str]] = {
    "bad_server_setting": (
        "Le réglage {key} ne convient pas : {problem}.",
        "The setting {key} will not do: {problem}.",
    ),
    "database_unreachable": (
        "La base de données {database} ne répond pas.",
        "The database {database} does not answer.",
    ),
    "no_account": (
        "Aucune entreprise n’est enregistrée. Commencez par : "
        'decroche account "Garage Martin" --country FR --zone Europe/Paris --hours "lun-ven 08:00-18:00"',
        "No business is set up yet. Begin with: "
        'decroche account "Martin\'s Garage" --country CA-QC --zone America/Toronto --hours "mon-fri 08:00-18:00"',
    ),
    "which_account": (
        "Plusieurs entreprises sont enregistrées ; dites laquelle avec --account :",
        "Several businesses are set up; say which with --account:",
    ),
    "account_added": ("{name} est enregistré (numéro {id}).", "{name} is set up (number {id})."),
    "unknown_platform": (
        "« {name} » n’est pas une téléphonie connue. Celles qui le sont : {known}.",
        "“{name}” is not a phone system we know. Those we know: {known}.",
    ),
    "address_comes": (
        "L’adresse qui finit par « … » est donnée, entière, par decroche connect {name} (et decroche endpoints show).",
        "The address that ends in “…” is told in full by decroche connect {name} (and decroche endpoints show).",
    ),
    "setting_without_value": (
        "« {text} » se lit mal : écrivez --set {example}.",
        "“{text}” cannot be read: write --set {example}.",
    ),
    "unknown_field": (
        "{title} n’a pas de réglage « {key} ». Il a : {known}.",
        "{title} has no setting “{key}”. It has: {known}.",
    ),
    "field_missing": (
        "Il manque : {names}. Donnez-les avec --set clé=valeur, ou lancez la commande dans un terminal.",
        "Missing: {names}. Give them with --set key=value, or run the command in a terminal to type them.",
    ),
    "connected": ("{title} est branché sous le nom « {name} ».", "{title} is connected under the name “{name}”."),
    "hook_address": (
        "Adresse à donner à {title} :\n  {url}",
        "Address to give to {title}:\n  {url}",
    ),
    "needs_public_url": (
        "{title} livre par webhook : il lui faut une adresse publique en HTTPS "
        "(decroche serve --public-url https://…). {polled}",
        "{title} delivers by webhook: it needs a public HTTPS address "
        "(decroche serve --public-url https://…). {polled}",
    ),
    "polled_meanwhile": (
        "Sans elle, ses appels sont lus chaque minute par son API.",
        "Without one, its calls are read each minute through its API.",
    ),
    "follow_page": (
        "La marche à suivre : decroche connect {name} --steps",
        "The steps: decroche connect {name} --steps",
    ),
    "keys_later": (
        'Donnez-les dès que vous les avez : decroche endpoints set "{name}" --set {key}=…',
        'Give them as soon as you have them: decroche endpoints set "{name}" --set {key}=…',
    ),
    "words_of_endpoints": (
        "Écrivez decroche endpoints list, show NOM, set NOM --set clé=valeur, rename NOM NOUVEAU ou remove NOM.",
        "Type decroche endpoints list, show NAME, set NAME --set key=value, rename NAME NEW or remove NAME.",
    ),
    "no_such_endpoint": (
        "Aucune téléphonie branchée ne s’appelle « {name} », ou plusieurs : {known}.",
        "No connected phone system is called “{name}”, or several are: {known}.",
    ),
    "endpoint_shown": ("{name} ({title}), branché pour {account}", "{name} ({title}), connected for {account}"),
    "key_kept": ("(enregistrée)", "(kept)"),
    "key_unset": ("(manque)", "(missing)"),
    "endpoint_changed": (
        "C’est noté ; le serveur le reprend en quelques secondes.",
        "Noted; the server takes it up within seconds.",
    ),
    "endpoint_renamed": ("« {name} » s’appelle maintenant « {new} ».", "“{name}” is now called “{new}”."),
    "endpoint_removed": (
        "« {name} » est débranché. Ses appels restent ; retirez aussi le webhook chez {title}.",
        "“{name}” is disconnected. Its calls stay; remove the webhook at {title} too.",
    ),
    "words_of_hours": (
        'Écrivez decroche hours show, set "lun-ven 8:00-18:00", forget, close AAAA-MM-JJ [NOM], open AAAA-MM-JJ ou '
        "reset AAAA-MM-JJ.",
        'Type decroche hours show, set "mon-fri 8:00-18:00", forget, close YYYY-MM-DD [NAME], open YYYY-MM-DD or reset '
        "YYYY-MM-DD.",
    ),
    "hours_shown": ("  {place} : {week}", "  {place}: {week}"),
    "hours_everywhere": ("partout", "everywhere"),
    "hours_none": (
        'Aucun horaire n’est réglé : decroche hours set "lun-ven 8:00-18:00"',
        'No opening hours are set: decroche hours set "mon-fri 8:00-18:00"',
    ),
    "day_closed": ("  {day:date} : fermé ({name})", "  {day:date}: closed ({name})"),
    "day_open": ("  {day:date} : ouvert malgré le jour férié", "  {day:date}: open in spite of the holiday"),
    "hours_set": ("Horaires notés : {week}", "Opening hours noted: {week}"),
    "closed_by_hand": ("fermeture", "closed"),
    "hours_changed": ("C’est noté.", "Noted."),
    "hours_not_there": ("Rien n’est réglé ici.", "Nothing is set here."),
    "day_not_read": (
        "« {text} » n’est pas un jour. Exemple : 2026-12-24",
        "“{text}” is not a day. Example: 2026-12-24",
    ),
    "no_endpoint": ("Aucune téléphonie n’est branchée.", "No phone system is connected."),
    "endpoint_well": ("{name} ({title}) : tout va bien", "{name} ({title}): all is well"),
    "endpoint_silent": ("{name} ({title}) : rien entendu encore", "{name} ({title}): nothing heard yet"),
    "endpoint_problem": ("{name} ({title}) : {problem}", "{name} ({title}): {problem}"),
    "no_history": (
        "{title} ne donne pas ses appels passés. Importez un export : decroche import.",
        "{title} does not give its past calls. Import an export instead: decroche import.",
    ),
    "history_without_key": (
        "« {name} » n’a pas de clé d’API ({missing}) : ses appels passés ne peuvent pas être lus.",
        "“{name}” has no API key ({missing}): its past calls cannot be read.",
    ),
    "history_unread": (
        "    pas de clé d’API {title} : les appels passés ne sont pas lus",
        "    no API key for {title}: past calls are not read",
    ),
    "backfill_nothing": (
        "Il n’y a rien à lire : la période est vide, à venir, ou plus ancienne que ce que {title} "
        "garde ({days} jours).",
        "There is nothing to read: the period is empty, in the future, or older than {title} keeps ({days} days).",
    ),
    "backfill_limited": (
        "{title} garde ses appels {days} jours : la lecture commence au {begin}.",
        "{title} keeps calls for {days} days: reading begins on {begin}.",
    ),
    "backfill_replaced": (
        "La lecture du {begin} au {end}, qui n’était pas finie, est abandonnée.",
        "The reading from {begin} to {end}, which was not finished, is given up.",
    ),
    "backfill_asked": (
        "Les appels de « {name} » du {begin} au {end} seront lus par le serveur (decroche serve). "
        "Où il en est : decroche endpoints",
        "The calls of “{name}” from {begin} to {end} will be read by the server (decroche serve). "
        "How far it is: decroche endpoints",
    ),
    "backfill_going": (
        "    appels du {begin} au {end} : {share} lus, {records} reçus",
        "    calls from {begin} to {end}: {share} read, {records} received",
    ),
    "backfill_done": (
        "    appels du {begin} au {end} : tout est lu, {records} reçus",
        "    calls from {begin} to {end}: all read, {records} received",
    ),
    "unknown_endpoint": (
        "Aucune téléphonie ne s’appelle « {name} ». Celles qui sont branchées : {known}.",
        "No phone system is called “{name}”. Those connected: {known}.",
    ),
    "which_endpoint": (
        "Plusieurs téléphonies s’appellent « {name} » ; donnez l’identifiant : {known}.",
        "Several phone systems are called “{name}”; give the id: {known}.",
    ),
    "day_unreadable": (
        "« {text} » n’est pas un jour : écrivez 2026-01-31.",
        "“{text}” is not a day: write 2026-01-31.",
    ),
    "reach_reachable": (
        "Adresse publique {url} : joignable",
        "Public address {url}: reachable",
    ),
    "reach_not_us": (
        "Adresse publique {url} : un autre serveur répond ; les téléphonies qui ont une API sont "
        "interrogées chaque minute",
        "Public address {url}: another server answers; phone systems with an API are asked each minute",
    ),
    "reach_silent": (
        "Adresse publique {url} : personne ne répond, vu du serveur ; les téléphonies qui ont une "
        "API sont interrogées chaque minute",
        "Public address {url}: nobody answers, as seen from the server; phone systems with an API "
        "are asked each minute",
    ),
    "reach_no_address": (
        "Pas d’adresse publique : les téléphonies qui ont une API sont interrogées chaque minute",
        "No public address: phone systems with an API are asked each minute",
    ),
    "keep": (
        "Enregistrement",
        "Keeping",
    ),
    "import_rejected": (
        "Les lignes illisibles, et pourquoi : {path}",
        "The rows that cannot be read, and why: {path}",
    ),
    "imported": (
        "{new} lignes nouvelles pour « {name} », {known} déjà connues. Le serveur en fait des appels (decroche serve).",
        "{new} new rows for “{name}”, {known} known already. The server makes calls of them (decroche serve).",
    ),
    "token_added": (
        "Jeton « {name} » ({scopes}), montré cette seule fois :\n  {token}",
        "Token “{name}” ({scopes}), shown this once:\n  {token}",
    ),
    "token_known": (
        "{name} ({scopes}), créé le {made:date}, numéro {id}",
        "{name} ({scopes}), made on {made:date}, number {id}",
    ),
    "no_token": ("Aucun jeton.", "No token."),
    "no_such_token": (
        "Aucun jeton valable ne s’appelle « {name} » : voir decroche token list.",
        "No valid token is called “{name}”: see decroche token list.",
    ),
    "tokens_of_one_name": (
        "Plusieurs jetons s’appellent {name} : donnez le numéro de l’un d’eux : {ids}.",
        "Several tokens are called {name}: give the number of one of them: {ids}.",
    ),
    "token_revoked": (
        "Le jeton {name} n’ouvre plus rien.",
        "The token {name} opens nothing any more.",
    ),
    "token_words": (
        "Écrivez decroche token NOM pour créer, decroche token list, ou decroche token revoke NOM.",
        "Type decroche token NAME to make one, decroche token list, or decroche token revoke NAME.",
    ),
    "unknown_scope": ("Droits possibles : {known}.", "Possible rights: {known}."),
}

SERVER_SAYINGS: Mapping[str, Sentence] = {key: Sentence(key=key, fr=fr, en=en) for key, (fr, en) in _PAIRS.items()}
