"""What ``decroche inbox`` says, in French and in English."""

from __future__ import annotations

from collections.abc import Mapping

from decroche.model.sentence import Sentence

_PAIRS: Mapping[str, tuple[str, str]] = {
    "words_of_inbox": (
        "Écrivez decroche inbox [--find MOTS], read ID ou reply ID RÉPONSE.",
        "Type decroche inbox [--find WORDS], read ID or reply ID ANSWER.",
    ),
    "who_answers": ("Dites qui répond : --who zoe", "Say who answers: --who zoe"),
    "no_such_length": ("Une réponse a de 1 à {most:n} caractères.", "An answer has 1 to {most:n} characters."),
    "no_such_talk": ("Aucune conversation {id}.", "There is no conversation {id}."),
    "no_talk": ("Aucun message.", "No messages."),
    "nothing_found": (
        "Rien de tel. Les noms et les numéros ne se cherchent qu’avec --numbers.",
        "Nothing like it. Names and numbers are found with --numbers only.",
    ),
    "more_found": (
        "Il y en a trop pour tout montrer : voici les plus récents. Ajoutez un mot.",
        "Too much was found to show it all: these are the latest. Add a word.",
    ),
    "talk_line": ("{id}  {person}  {at}  {said}{waits}", "{id}  {person}  {at}  {said}{waits}"),
    "talk_with": ("Avec {person} :", "With {person}:"),
    "text_line": ("{at}  {who} : {said}", "{at}  {who}: {said}"),
    "by_us": ("nous", "us"),
    "by_them": ("la personne", "them"),
    "waits_callback": ("à rappeler", "to call back"),
    "waits_voicemail": ("message vocal à écouter", "voicemail to hear"),
    "waits_reply": ("réponse à donner", "answer to give"),
    "waits_refusal": ("refus à confirmer", "refusal to confirm"),
    "waits_text_unknown": ("SMS incertain", "uncertain text"),
    "waits_task": ("tâche", "task"),
    "answer_written": (
        "Écrit. La réponse part dès que les règles le permettent.",
        "Written. The answer leaves as soon as the rules allow.",
    ),
    "not_sent_no_journey": (
        "Aucun appel manqué de cette personne : rien à quoi répondre par écrit. Appelez-la.",
        "They have no missed call to answer in writing. Call them.",
    ),
    "not_sent_not_active": ("Les envois sont éteints : aucun message ne part.", "Sending is off: no message leaves."),
    "not_sent_no_way": (
        "Aucun moyen d’envoyer des SMS n’est réglé.",
        "No way to send texts is set up.",
    ),
    "not_sent_refused": ("Les règles refusent ce message. {why}", "The rules refuse this message. {why}"),
}
_CANADA = {
    "waits_text_unknown": "texto incertain",
    "waits_voicemail": "message de la boîte vocale à écouter",
    "not_sent_no_way": "Aucun moyen d’envoyer des textos n’est réglé.",
}

INBOX_SAYINGS: Mapping[str, Sentence] = {
    key: Sentence(key=key, fr=fr, en=en, fr_ca=_CANADA.get(key)) for key, (fr, en) in _PAIRS.items()
}
