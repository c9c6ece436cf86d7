"""What ``decroche surveys`` says, in French and in English."""

from __future__ import annotations

from collections.abc import Mapping

from decroche.model.sentence import Sentence

_PAIRS: Mapping[str, tuple[str, str]] = {
    "surveys_words": (
        "Écrivez : decroche surveys show, wishes, set, people ambassador ou people detractor.",
        "Type: decroche surveys show, wishes, set, people ambassador or people detractor.",
    ),
    "surveys_head": (
        "Personnes interrogées du {first:date} au {last:date} : {asked:n}, dont {answered:n} ont répondu",
        "People asked from {first:date} to {last:date}: {asked:n}, of whom {answered:n} answered",
    ),
    "surveys_nobody": (
        "Personne n’a été interrogé. Pour commencer : decroche surveys set --on",
        "Nobody was asked. To begin: decroche surveys set --on",
    ),
    "surveys_line": ("  {name} : {value}", "  {name}: {value}"),
    "surveys_resolution": (
        "Résolu au premier appel, d’après les appels : la personne ne rappelle pas dans les",
        "Solved at the first call, as calls show it: the person does not call again within",
    ),
    "surveys_window": ("  {days:n} j : {gross} brut ; {net} net", "  {days:n} d: {gross} gross; {net} net"),
    "surveys_not_asked": ("Non interrogées : {why} ({n:n})", "Not asked: {why} ({n:n})"),
    "surveys_none_wished": (
        "Aucune enquête n’est réglée. Pour commencer : decroche surveys set --on",
        "No survey is set up. To begin: decroche surveys set --on",
    ),
    "surveys_wished": (
        "{site} : {state} – {questions} – {share:p0} des contacts ({after}), {delay:n} min après, "
        "une fois en {apart:n} jours",
        "{site}: {state} – {questions} – {share:p0} of contacts ({after}), {delay:n} min later, once in {apart:n} days",
    ),
    "surveys_all_sites": ("Tous les sites", "All sites"),
    "surveys_on": ("en marche", "on"),
    "surveys_off": ("arrêtée", "off"),
    "surveys_kept": ("C’est réglé.", "Done."),
    "surveys_wrong": ("{problem}", "{problem}"),
    "surveys_unknown_word": ("« {word} » n’est pas connu ici : {known}.", "“{word}” is not known here: {known}."),
    "surveys_person": ("  {who} – {answers} – {day:date}{task}", "  {who} – {answers} – {day:date}{task}"),
    "surveys_task": (" – à rappeler", " – to be called"),
    "surveys_no_people": ("Personne pour l’instant.", "Nobody yet."),
    "survey_satisfaction": ("Satisfaction (4 et 5 sur 5)", "Satisfaction (4 and 5 of 5)"),
    "survey_nps": ("NPS", "NPS"),
    "survey_survey_solved": ("Réglé au premier contact, selon eux", "Solved at first contact, as they say"),
    "survey_csi": ("CSI (sur 10)", "CSI (of 10)"),
    "survey_competence": ("Compétence (sur 5)", "Competence (of 5)"),
    "survey_empathy": ("Écoute (sur 5)", "Empathy (of 5)"),
    "survey_response_rate": ("Taux de réponse", "Response rate"),
    "survey_share": ("{rate:p} ({of:n} sur {all:n})", "{rate:p} ({of:n} of {all:n})"),
    "survey_share_between": (", entre {low:p} et {high:p}", ", between {low:p} and {high:p}"),
    "survey_points": (
        "{value:n} ({n:n} réponses), entre {low:n} et {high:n}",
        "{value:n} ({n:n} answers), between {low:n} and {high:n}",
    ),
    "survey_grade": (
        "{value:n1} ({n:n} réponses), entre {low:n1} et {high:n1}",
        "{value:n1} ({n:n} answers), between {low:n1} and {high:n1}",
    ),
    "survey_few": ("pas assez de réponses ({n:n}, il en faut {least:n})", "too few answers ({n:n}, needs {least:n})"),
    "survey_no_outcomes": ("issues des appels non notées", "outcomes of calls are not noted"),
}

SURVEY_SAYINGS: Mapping[str, Sentence] = {
    key: Sentence(key=f"surveys.{key}", fr=french, en=english) for key, (french, english) in _PAIRS.items()
}
