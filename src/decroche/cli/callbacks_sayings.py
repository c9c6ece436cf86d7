"""What ``decroche callbacks`` says, in French and in English."""

from __future__ import annotations

from collections.abc import Mapping

from decroche.model.sentence import Sentence

_PAIRS: Mapping[str, tuple[str, str]] = {
    "recovery_unset": (
        "La récupération n’est pas réglée : personne n’est mis sur la liste (decroche recovery set).",
        "Recovery is not set up: nobody is put on the list (decroche recovery set).",
    ),
    "open_journeys": ("Suivis ouverts :", "Open journeys:"),
    "open_journey": ("  {person}  manqué le {at}  {site}", "  {person}  missed {at}  {site}"),
    "more_open": ("  … et d’autres, après ces {n:n}.", "  … and others, after these {n:n}."),
    "nobody_waits": ("Personne n’est à rappeler.", "Nobody is to be called back."),
    "nobody_now": (
        "Personne n’est à rappeler maintenant : tout est pris, promis pour plus tard, ou hors des heures permises.",
        "Nobody is to be called now: all are taken, promised for later, or outside the hours that are allowed.",
    ),
    "waits": ("{id}  {kind}  {person}  {since}  {why}{held}", "{id}  {kind}  {person}  {since}  {why}{held}"),
    "held": ("  (pris par {who})", "  (taken by {who})"),
    "claimed": (
        "À vous jusqu’à {until:clock} : {kind}, {person} ({id}). Ensuite : decroche callbacks outcome {id} RÉSULTAT",
        "Yours until {until:clock}: {kind}, {person} ({id}). Then: decroche callbacks outcome {id} OUTCOME",
    ),
    "told_open": (
        "Noté : {outcome}. Prochain essai {day:day} à {at:clock}.",
        "Noted: {outcome}. Next attempt {day:day} at {at:clock}.",
    ),
    "told_closed": ("Noté : {outcome}. C’est terminé.", "Noted: {outcome}. It is over."),
    "put_off": ("Reporté : revient {day:day} à {at:clock}.", "Put off: it comes back {day:day} at {at:clock}."),
    "given_to": ("Confié à {who}.", "Given to {who}."),
    "given_to_nobody": ("Confié à personne en particulier.", "Given to nobody in particular."),
    "act_release": ("Rendu : quelqu’un d’autre peut le prendre.", "Given back: somebody else can take it."),
    "act_done": ("C’est fait.", "It is done."),
    "act_note": ("Note ajoutée.", "Note added."),
    "refusal_yes": (
        "C’est noté : plus aucun message ni appel à cette personne.",
        "Noted: no texts and no calls to this person any more.",
    ),
    "refusal_no": ("C’est noté : ce n’était pas un refus.", "Noted: it was no refusal."),
    "no_refusal": ("Ce n’est pas un refus à confirmer.", "It is no refusal to confirm."),
    "unknown_word": ("Mots connus : {known}", "Known words: {known}"),
    "promise_booked": (
        "{day:day} {at:clock} – {until:clock}  {person}  {site}{late}",
        "{day:day} {at:clock} – {until:clock}  {person}  {site}{late}",
    ),
    "promise_asked": (
        "{day:day} {at:clock}  {person}  {site}  a demandé qu’on rappelle{late}",
        "{day:day} {at:clock}  {person}  {site}  asked to be called{late}",
    ),
    "promise_late": ("  (dépassé)", "  (overdue)"),
    "no_promise": ("Rien n’est promis.", "Nothing is promised."),
    "who_needed": (
        "Dites qui vous êtes : --who zoe",
        "Say who you are: --who zoe",
    ),
    "words_of_callbacks": (
        "Écrivez decroche callbacks list, promises, claim [ID], outcome ID RÉSULTAT, snooze ID MOMENT,"
        " assign ID NOM, refusal ID yes ou no, note ID TEXTE, release ID, done ID ou emergency ID.",
        "Type decroche callbacks list, promises, claim [ID], outcome ID OUTCOME, snooze ID MOMENT,"
        " assign ID NAME, refusal ID yes or no, note ID TEXT, release ID, done ID or emergency ID.",
    ),
    "unknown_outcome": ("Résultats connus : {known}", "Known outcomes: {known}"),
    "no_such_callback": ("Aucun rappel {id}.", "There is no callback {id}."),
    "taken_by": ("{who} l’a pris jusqu’à {until:clock}.", "{who} has it until {until:clock}."),
    "closed_already": ("C’est déjà terminé.", "It is over already."),
    "kind_callback": ("rappel", "callback"),
    "kind_voicemail": ("message vocal", "voicemail"),
    "kind_reply": ("réponse à donner", "answer to give"),
    "kind_refusal": ("refus à confirmer", "refusal to confirm"),
    "kind_text_unknown": ("SMS incertain", "uncertain text"),
    "kind_task": ("tâche", "task"),
    "why_promise_broken": ("promesse dépassée", "promise overdue"),
    "why_promise_due": ("promis maintenant", "promised now"),
    "why_promised_later": ("promis plus tard", "promised for later"),
    "why_waited_too_long": ("attend depuis trop longtemps", "has waited too long"),
    "why_emergency": ("urgence", "emergency"),
    "act_emergency": (
        "C’est noté : ce suivi est une urgence, les personnes concernées sont prévenues.",
        "Noted: this journey is an emergency, and those concerned are told.",
    ),
    "why_turn_of_the_longest_wait": ("au tour de la plus longue attente", "turn of the longest wait"),
    "why_value_about_to_be_lost": ("valeur bientôt perdue", "value about to be lost"),
    "why_likely_to_answer_now": ("répond souvent à cette heure", "likely to answer now"),
    "why_keeps_place": ("garde sa place dans la file", "keeps their place in the queue"),
    "why_missed_again_today": ("a rappelé aujourd’hui", "called again today"),
    "why_latest": ("le plus récent", "the latest"),
    "outcome_reached": ("joint", "reached"),
    "outcome_appointment": ("rendez-vous pris", "appointment made"),
    "outcome_sold": ("vente conclue", "sold"),
    "outcome_no_answer": ("pas de réponse", "no answer"),
    "outcome_voicemail_left": ("message laissé", "voicemail left"),
    "outcome_busy": ("occupé", "busy"),
    "outcome_wrong_number": ("mauvais numéro", "wrong number"),
    "outcome_do_not_call": ("ne veut plus être appelé", "does not want to be called"),
}
_CANADA = {"kind_text_unknown": "Texto incertain", "kind_voicemail": "message dans la boîte vocale"}

CALLBACKS_SAYINGS: Mapping[str, Sentence] = {
    key: Sentence(key=key, fr=fr, en=en, fr_ca=_CANADA.get(key)) for key, (fr, en) in _PAIRS.items()
}
