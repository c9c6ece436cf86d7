"""What ``decroche members`` says, in French and in English."""

from __future__ import annotations

from collections.abc import Mapping

from decroche.model.sentence import Sentence

_PAIRS: Mapping[str, tuple[str, str]] = {
    "words_of_members": (
        "Écrivez : decroche members list ; add ADRESSE RÔLE ; role ADRESSE RÔLE ; remove ADRESSE ; link ADRESSE.\n"
        "Sans adresse, link donne le premier lien tant que personne ne travaille ici.",
        "Write: decroche members list; add ADDRESS ROLE; role ADDRESS ROLE; remove ADDRESS; link ADDRESS.\n"
        "Without an address, link gives the first link as long as nobody works here.",
    ),
    "unknown_role": ("Rôles possibles : {known}.", "Possible roles: {known}."),
    "member_known": ("{name} <{email}> : {role}, {sites}", "{name} <{email}>: {role}, {sites}"),
    "all_sites": ("tous les sites", "all sites"),
    "no_member": (
        "Personne ne travaille encore ici. Pour un premier lien : decroche members link",
        "Nobody works here yet. For a first link: decroche members link",
    ),
    "no_email": ("« {email} » n’est pas une adresse e-mail.", "“{email}” is not an e-mail address."),
    "member_there": ("{email} travaille déjà ici.", "{email} works here already."),
    "no_such_member": ("Personne ici n’a l’adresse {email}.", "Nobody here has the address {email}."),
    "member_invited": (
        "Invitation pour {email}, valable 7 jours et une seule fois :\n  {url}",
        "Invitation for {email}, good for 7 days, once:\n  {url}",
    ),
    "member_changed": ("{name} a maintenant le rôle {role}.", "{name} has the role {role} now."),
    "member_removed": ("{name} n’entre plus ici.", "{name} does not come in here any more."),
    "member_link": (
        "Lien pour {name}, qui choisira un nouveau mot de passe ; une heure, une seule fois :\n  {url}",
        "Link for {name}, who will choose a new password; an hour, once:\n  {url}",
    ),
    "last_owner": (
        "{name} est le dernier propriétaire : donnez d’abord ce rôle à quelqu’un d’autre.",
        "{name} is the last owner: give somebody else this role first.",
    ),
    "unknown_site_of_member": (
        "Il n’y a pas de site « {site} ». Sites connus : {known}.",
        "There is no site “{site}”. Known sites: {known}.",
    ),
}

MEMBERS_SAYINGS: Mapping[str, Sentence] = {key: Sentence(key=key, fr=fr, en=en) for key, (fr, en) in _PAIRS.items()}
