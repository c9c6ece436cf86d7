"""What ``decroche kpis`` says, in French and in English."""

from __future__ import annotations

from collections.abc import Mapping

from decroche.model.sentence import Sentence

_PAIRS: Mapping[str, tuple[str, str]] = {
    "kpis_head": ("{name}, du {begin:date} au {end:date}", "{name}, from {begin:date} to {end:date}"),
    "kpis_before": (
        "À droite : la période d’avant, du {begin:date} au {end:date}",
        "On the right: the period before, from {begin:date} to {end:date}",
    ),
    "kpis_settings": (
        "Décroché à temps : {within:duration} au plus. Abandon court : moins de {short:duration}.",
        "Answered in time: within {within:duration}. Short abandon: under {short:duration}.",
    ),
    "kpis_holiday": ("{day:date} : {name}", "{day:date}: {name}"),
    "period_empty": ("La période est vide : --from vient après --to.", "The period is empty: --from is after --to."),
    "kpi_offered": ("Appels présentés", "Offered calls"),
    "kpi_answered": ("Décrochés", "Answered"),
    "kpi_missed": ("Manqués", "Missed"),
    "kpi_missed_part": ("  dont {part}", "  of these {part}"),
    "kpi_answer_rate": ("Taux de décroché", "Answer rate"),
    "kpi_abandonment_rate": ("Taux d’abandon", "Abandonment rate"),
    "kpi_service_level_part": ("Qualité de service {part}", "Service level {part}"),
    "kpi_speed_of_answer": ("Attente avant décroché", "Speed of answer"),
    "kpi_time_to_abandon": ("Attente avant abandon", "Time to abandon"),
    "kpi_handle_time": ("DMT", "Handle time"),
    "kpi_talk_time": ("Conversation", "Talk time"),
    "kpi_hold_time": ("Mise en attente", "Hold time"),
    "kpi_wrap_up_time": ("Après-appel", "Wrap-up time"),
    "kpi_first_call_resolution": ("Résolus au premier appel, brut", "First-call resolution, gross"),
    "kpi_first_call_resolution_net": ("Résolus au premier appel, net", "First-call resolution, net"),
    "kpi_journeys_opened": ("Parcours ouverts", "Journeys opened"),
    "kpi_journeys_recovered": ("Récupérés", "Recovered"),
    "kpi_journeys_recovered_part": ("  dont {part}", "  of these {part}"),
    "kpi_by_our_call": ("rappelés par nous", "called back by us"),
    "kpi_by_their_call": ("revenus d’eux-mêmes", "came back by themselves"),
    "kpi_by_reply": ("ont répondu", "replied"),
    "kpi_by_booking": ("ont réservé une heure", "booked a time"),
    "kpi_journeys_expired": ("Perdus", "Expired"),
    "kpi_journeys_open": ("Encore ouverts", "Still open"),
    "kpi_recovery_rate": ("Taux de récupération", "Recovery rate"),
    "kpi_time_to_callback": ("Délai de rappel", "Time to callback"),
    "kpi_occupancy": ("Occupation", "Occupancy"),
    "kpi_utilisation": ("Utilisation", "Utilisation"),
    "kpi_satisfaction": ("Satisfaction", "Satisfaction"),
    "kpi_nps": ("NPS", "NPS"),
    "kpi_points": ("{score:n} ({n:n} réponses)", "{score:n} ({n:n} answers)"),
    "kpi_points_between": (", entre {low:n} et {high:n}", ", between {low:n} and {high:n}"),
    "kpi_share": ("{rate:p} ({of:n} sur {all:n})", "{rate:p} ({of:n} of {all:n})"),
    "kpi_between": (", entre {low:p} et {high:p}", ", between {low:p} and {high:p}"),
    "kpi_mean": ("{mean:duration} en moyenne ({n:n})", "{mean:duration} on average ({n:n})"),
    "kpi_median": (", médiane {median:duration}", ", median {median:duration}"),
    "kpi_missing_not_enough": (
        "pas assez de données ({n:n}, il en faut {least:n})",
        "not enough data ({n:n}, needs {least:n})",
    ),
    "kpi_missing_nothing": ("aucun appel à compter", "no call to count"),
    "kpi_missing_wait": ("attente inconnue", "waits not told"),
    "kpi_missing_wait_by_reason": ("attente inconnue", "waits not told"),
    "kpi_missing_called_back": ("aucun appel sortant", "no outbound call"),
    "kpi_missing_talk": ("durée inconnue", "durations not told"),
    "kpi_missing_outcomes": ("issues des appels non notées", "outcomes of calls are not noted"),
    "kpi_missing_states": ("états des agents inconnus", "states of agents not told"),
    "kpi_missing_surveys": ("pas mesurée : aucun sondage", "not available: nobody is asked"),
    "kpi_missing_not_by_this": ("pas connue ainsi", "not known by this"),
}

KPI_SAYINGS: Mapping[str, Sentence] = {
    key: Sentence(key=f"kpis.{key}", fr=french, en=english) for key, (french, english) in _PAIRS.items()
}
