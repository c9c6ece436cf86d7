"""What ``decroche crm`` and ``decroche opportunities`` say, in French and in English."""

from __future__ import annotations

from collections.abc import Mapping

from decroche.model.sentence import Sentence

_PAIRS: Mapping[str, tuple[str, str]] = {
    "unknown_crm": (
        "« {name} » n’est pas un CRM connu. Ceux qui le sont : {known}.",
        "“{name}” is not a CRM we know. Those we know: {known}.",
    ),
    "crm_connected": (
        "{title} est relié sous le nom « {name} ». Ses opportunités sont lues tant que decroche serve tourne.",
        "{title} is connected under the name “{name}”. Its opportunities are read while decroche serve runs.",
    ),
    "crm_none": (
        "Aucun CRM n’est relié : decroche crm connect hubspot",
        "No CRM is connected: decroche crm connect hubspot",
    ),
    "crm_shown": (
        "{name} ({title}) : {state} – appels écrits : {calls} – tâches : {tasks}",
        "{name} ({title}): {state} – calls written: {calls} – tasks: {tasks}",
    ),
    "crm_never_read": ("pas encore lu", "not read yet"),
    "crm_read_at": ("lu le {at}", "read on {at}"),
    "crm_writes_none": ("aucun", "none"),
    "crm_writes_missed": ("manqués", "missed"),
    "crm_writes_all": ("tous", "all"),
    "crm_yes": ("oui", "yes"),
    "crm_no": ("non", "no"),
    "crm_written": (
        "  écrits : {written:n} – en attente : {waiting:n} – refusés : {refused:n}",
        "  written: {written:n} – waiting: {waiting:n} – refused: {refused:n}",
    ),
    "crm_not_there": ("Aucun CRM ne s’appelle « {name} ».", "No CRM is called “{name}”."),
    "crm_removed": (
        "« {name} » n’est plus lu. Ce qu’il a dit reste.",
        "“{name}” is read no more. What it told stays.",
    ),
    "crm_bad_calls": ("--calls : none, missed ou all.", "--calls: none, missed or all."),
    "words_of_opportunities": (
        "Écrivez decroche opportunities show, doubts, import FICHIER ou decide NUMÉRO PERSONNE.",
        "Type decroche opportunities show, doubts, import FILE or decide ID PERSON.",
    ),
    "opportunities_none": ("Aucune opportunité.", "No opportunity."),
    "opportunity_shown": ("{id}  {state}  {amount}  {who}  {title}", "{id}  {state}  {amount}  {who}  {title}"),
    "opportunity_doubt": ("    à décider entre : {who}", "    to be decided between: {who}"),
    "opportunities_imported": (
        "{rows:n} lignes : {new:n} nouvelles, {changed:n} changées, {same:n} déjà connues, {rejected:n} écartées.",
        "{rows:n} rows: {new:n} new, {changed:n} changed, {same:n} known already, {rejected:n} rejected.",
    ),
    "opportunities_matched": (
        "À décider : {doubtful:n}. Sans personne connue : {nobody:n}.",
        "To be decided: {doubtful:n}. Nobody known: {nobody:n}.",
    ),
    "opportunities_unread": ("Colonnes non lues : {names}.", "Columns not read: {names}."),
    "opportunities_unknown": (
        "Mots d’état inconnus, gardés comme « inconnu » : {words}.",
        "Words for a state that nobody knows, kept as “unknown”: {words}.",
    ),
    "opportunity_rejected": ("  ligne {line} : {why} ({text})", "  line {line}: {why} ({text})"),
    "rejected_why_amount": ("montant illisible", "amount cannot be read"),
    "rejected_why_date": ("date illisible", "date cannot be read"),
    "rejected_why_number": ("numéro illisible", "number cannot be read"),
    "no_opportunities": (
        "{file} : aucune colonne ne dit de qui il s’agit (numéro, e-mail, référence) ni de quoi (montant, état, date).",
        "{file}: no column says who (number, e-mail, reference) and what (amount, state, date).",
    ),
    "opportunity_not_there": ("Aucune opportunité n’a le numéro {id}.", "No opportunity has the id {id}."),
    "opportunity_no_candidate": (
        "{who} n’est pas l’une des personnes possibles.",
        "{who} is not one of the people it may be.",
    ),
    "opportunity_decided": ("C’est décidé.", "Decided."),
    "nobody": ("personne", "nobody"),
    "state_open": ("ouverte", "open"),
    "state_won": ("gagnée", "won"),
    "state_lost": ("perdue", "lost"),
    "state_unknown": ("inconnue", "unknown"),
}

CRM_SAYINGS: Mapping[str, Sentence] = {key: Sentence(key=key, fr=fr, en=en) for key, (fr, en) in _PAIRS.items()}
