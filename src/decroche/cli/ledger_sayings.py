"""What the commands that keep the ledger say, in French and in English."""

from __future__ import annotations

from collections.abc import Mapping

from decroche.model.sentence import Sentence

_PAIRS: Mapping[str, tuple[str, str]] = {
    "backed_up": (
        "Sauvegarde faite : {path} ({observations:n} {observations:=observation|observations}).",
        "Backed up: {path} ({observations:n} {observations:=observation|observations}).",
    ),
    "keep_the_key": (
        "Gardez {key} à part, en lieu sûr : sans cette clé, les mots de passe des téléphonies seraient à saisir de "
        "nouveau.",
        "Keep {key} elsewhere, in a safe place: without this key the passwords of the phone systems would have to be "
        "typed again.",
    ),
    "file_exists": (
        "{path} existe déjà : choisissez un autre nom. Rien n’a été écrit.",
        "{path} is there already: choose another name. Nothing was written.",
    ),
    "no_ledger": (
        "Il n’y a pas de registre dans {path}.",
        "There is no ledger at {path}.",
    ),
    "database_has_its_own": (
        "Ce registre est sur PostgreSQL : sauvegardez-le avec pg_dump, restaurez-le avec pg_restore.",
        "This ledger is on PostgreSQL: back it up with pg_dump, restore it with pg_restore.",
    ),
    "restored": (
        "{path} est restauré ({observations:n} {observations:=observation|observations}).",
        "{path} is restored ({observations:n} {observations:=observation|observations}).",
    ),
    "kept_aside": (
        "Le registre précédent est conservé : {path}",
        "The ledger that was there is kept: {path}",
    ),
    "other_key": (
        "La clé {key} n’est pas celle de cette sauvegarde : remettez la bonne, sinon les téléphonies ne pourront plus "
        "être écoutées.",
        "The key {key} is not that of this backup: put the right one back, or the phone systems cannot be listened to.",
    ),
    "backup_damaged": (
        "{file} est abîmé : rien n’a été remplacé. Essayez une sauvegarde plus ancienne.",
        "{file} is damaged: nothing was replaced. Try an older backup.",
    ),
    "backup_foreign": (
        "{file} n’est pas une sauvegarde de Décroche : rien n’a été remplacé.",
        "{file} is not a backup of Décroche: nothing was replaced.",
    ),
    "backup_too_new": (
        "{file} vient d’une version plus récente de Décroche : installez-la d’abord.",
        "{file} comes from a newer version of Décroche: install that first.",
    ),
    "ledger_in_use": (
        "{file} est en service : arrêtez d’abord le serveur (decroche serve).",
        "{file} is in use: stop the server (decroche serve) first.",
    ),
    "ledger_newer": (
        "{file} en sait plus que la sauvegarde : ce qui est arrivé depuis serait perdu. Rien n’a été remplacé ; pour "
        "remplacer quand même, ajoutez --replace.",
        "{file} knows more than the backup: what has come since would be lost. Nothing was replaced; to replace it all "
        "the same, add --replace.",
    ),
    "folding_elsewhere": (
        "Un serveur travaille sur ce registre : arrêtez-le d’abord, ou son rôle « worker ».",
        "A server is at work on this ledger: stop it first, or its worker.",
    ),
    "rebuilding": (
        "{done:n} {done:=observation relue|observations relues} sur {total:n}",
        "{done:n} {done:=observation|observations} of {total:n} read again",
    ),
    "rebuilt": (
        "Registre reconstruit : {done:n} {done:=observation relue|observations relues}, "
        "{changes:n} {changes:=changement|changements}.",
        "Ledger rebuilt: {done:n} {done:=observation|observations} read again, {changes:n} {changes:=change|changes}.",
    ),
    "rebuild_failed": (
        "{failed:n} {failed:=observation n’a pas pu être relue et garde|observations n’ont pas pu être relues et "
        "gardent} l’ancien résultat : c’est une erreur du logiciel, signalez-la.",
        "{failed:n} {failed:=observation|observations} could not be read again and {failed:=keeps its|keep their} old "
        "result: it is a fault of the software, please report it.",
    ),
}

LEDGER_SAYINGS: Mapping[str, Sentence] = {key: Sentence(key=key, fr=fr, en=en) for key, (fr, en) in _PAIRS.items()}
