"""What ``decroche explain`` and ``decroche recovery`` say, in French and in English."""

from __future__ import annotations

from collections.abc import Mapping

from decroche.model.sentence import Sentence

_PAIRS: Mapping[str, tuple[str, str]] = {
    "words_of_explain": (
        "Dites quel suivi : decroche explain SUIVI, ou decroche explain --person NUMÉRO.",
        "Say which journey: decroche explain JOURNEY, or decroche explain --person NUMBER.",
    ),
    "times_of": ("Heures de {zone}.", "Times of {zone}."),
    "no_such_journey": ("Aucun suivi {id}.", "There is no journey {id}."),
    "journeys_of_one_beginning": (
        "Plusieurs suivis commencent par {id} : donnez-en davantage.",
        "Several journeys begin with {id}: give more of it.",
    ),
    "no_number_read": ("Ce numéro ne se lit pas.", "This number cannot be read."),
    "recovery_on": ("La récupération est en marche.", "Recovery is on."),
    "recovery_off": (
        "La récupération est à l’arrêt : aucun message ne part aux appelants ; la liste à rappeler continue.",
        "Recovery is off: no message goes to callers; the list of callbacks goes on.",
    ),
    "recovery_untold": (
        "La récupération n’est pas réglée : commencez par decroche recovery set.",
        "Recovery is not set up: begin with decroche recovery set.",
    ),
    "setting_shown": ("  {name} : {value}", "  {name}: {value}"),
    "way_shown": ("  Part par {platform}, expéditeur {sender}", "  Leaves by {platform}, sender {sender}"),
    "set_business": ("Nom dans les messages (--business)", "Name in messages (--business)"),
    "set_phone": ("Numéro donné aux appelants (--phone)", "Number told to callers (--phone)"),
    "set_playbook": ("Scénario (--playbook)", "Playbook (--playbook)"),
    "set_price_per_segment": ("Prix d’un segment (--price)", "Price of a segment (--price)"),
    "set_daily_cap": ("Dépense au plus par jour (--daily-cap)", "Most spent in a day (--daily-cap)"),
    "set_value": ("Ce que rapporte un appelant (--value)", "What a caller who is won brings (--value)"),
    "set_holdout": ("Appelants laissés de côté pour mesurer (--holdout)", "Callers left alone, to measure (--holdout)"),
    "set_links": ("Adresse publique des créneaux (--links)", "Public address of the slots (--links)"),
    "set_sector": ("Secteur (--sector)", "Sector (--sector)"),
    "set_slots": ("Créneaux (--slot)", "Slots (--slot)"),
    "set_emergency_words": ("Mots d’urgence (--emergency-word)", "Words of an emergency (--emergency-word)"),
    "set_emergency_places": (
        "Services, files ou lignes d’urgence (--emergency-place)",
        "Departments, queues or lines of emergencies (--emergency-place)",
    ),
    "set_team": ("Équipe (decroche recovery team)", "Team (decroche recovery team)"),
    "sector_ordinary": ("ordinaire", "ordinary"),
    "sector_energy_renovation": ("rénovation énergétique", "energy renovation"),
    "sector_home_adaptation": ("adaptation du logement", "home adaptation"),
    "recovery_set": ("C’est noté.", "Noted."),
    "switched_on": ("La récupération est en marche.", "Recovery is on."),
    "switched_off": (
        "La récupération est à l’arrêt : aucun message ne part aux appelants ; la liste à rappeler continue.",
        "Recovery is off: no message goes to callers; the list of callbacks goes on.",
    ),
    "stands_against": ("Avant de la mettre en marche :", "Before it can be switched on:"),
    "way_unread": (
        "Écrivez --way TÉLÉPHONIE=EXPÉDITEUR. Téléphonies branchées : {known}.",
        "Write --way PLATFORM=SENDER. Connected phone systems: {known}.",
    ),
    "own_playbook": (
        "Votre scénario (site {site}, service {department})",
        "Your own playbook (site {site}, department {department})",
    ),
    "own_words": ("Vos textes : {language}", "Your own words: {language}"),
    "words_of_playbook": (
        "Écrivez decroche recovery playbook list, show NOM, check FICHIER ou use FICHIER. Noms : {known}.",
        "Type decroche recovery playbook list, show NAME, check FILE or use FILE. Names: {known}.",
    ),
    "words_of_words": (
        "Écrivez decroche recovery words show, check FICHIER ou use FICHIER, avec --language fr, fr-CA ou en.",
        "Type decroche recovery words show, check FILE or use FILE, with --language fr, fr-CA or en.",
    ),
    "playbook_good": ("Le scénario « {name} » est bon.", "The playbook “{name}” is good."),
    "playbook_used": ("Le scénario « {name} » s’applique.", "The playbook “{name}” holds now."),
    "words_good": ("Ces textes sont bons ({language}).", "These words are good ({language})."),
    "words_used": ("Ces textes s’appliquent ({language}).", "These words hold now ({language})."),
    "no_such_template": ("Aucun modèle de ce nom. Modèles : {known}.", "No template of this name. Templates: {known}."),
    "values_missing": ("Il manque {names}.", "{names} missing."),
    "preview_segments": (
        "  {segments:n} {segments:=segment|segments} ({encoding})",
        "  {segments:n} {segments:=segment|segments} ({encoding})",
    ),
    "preview_priced": (
        "  {segments:n} {segments:=segment|segments} ({encoding}), {price:money}",
        "  {segments:n} {segments:=segment|segments} ({encoding}), {price:money}",
    ),
    "alphabet_gsm_7": ("alphabet des opérateurs", "carriers’ alphabet"),
    "alphabet_ucs_2": ("texte Unicode, plus cher", "Unicode text, dearer"),
    "not_text": ("{file} n’est pas un texte en UTF-8.", "{file} is no text in UTF-8."),
    "nothing_to_test": (
        "Ce modèle n’a pas de texte dans cette langue.",
        "This template has no words in this language.",
    ),
    "no_way_yet": (
        "Dites d’abord par où partent les SMS : decroche recovery set --way …",
        "Tell first by which way texts go: decroche recovery set --way …",
    ),
    "test_written": (
        "Essai confié au serveur : il part en quelques secondes si decroche serve tourne.",
        "Test given to the server: it leaves within seconds if decroche serve is running.",
    ),
    "words_of_opt_outs": (
        "Écrivez decroche recovery opt-outs list, add NUMÉRO, undo NUMÉRO ou import FICHIER.csv.",
        "Type decroche recovery opt-outs list, add NUMBER, undo NUMBER or import FILE.csv.",
    ),
    "unknown_refusal_scope": ("Portées connues : {known}.", "Known scopes: {known}."),
    "opt_out_known": ("  {mark}  {scope}  {source}  {day:date}", "  {mark}  {scope}  {source}  {day:date}"),
    "opt_outs_counted": ("{n:n} {n:=refus|refus} en vigueur.", "{n:n} {n:=refusal|refusals} in force."),
    "opt_out_added": ("Refus noté : plus rien ne part.", "Refusal noted: nothing is sent any more."),
    "opt_out_undone": ("Refus levé.", "Refusal taken back."),
    "no_such_opt_out": ("Aucun refus de ce numéro.", "No refusal of this number."),
    "nothing_noted": (
        "Dites ce qu’il faut noter : --staff, --vip, --spam, --name…",
        "Say what is to be noted: --staff, --vip, --spam, --name…",
    ),
    "person_noted": ("C’est noté.", "Noted."),
    "slot_unread": (
        "Un créneau se règle ainsi : --slot capacity=2 --slot minutes=30 (aussi lead_minutes, horizon_days, "
        "tolerance_minutes).",
        "Slots are set like this: --slot capacity=2 --slot minutes=30 (also lead_minutes, horizon_days, "
        "tolerance_minutes).",
    ),
    "words_of_team": (
        "Écrivez decroche recovery team show, check FICHIER.toml ou use FICHIER.toml.",
        "Type decroche recovery team show, check FILE.toml or use FILE.toml.",
    ),
    "no_team": (
        "Personne n’est prévenu : aucune équipe n’est réglée. Exemple à copier :",
        "Nobody is told: there is no team. An example to copy:",
    ),
    "team_good": (
        "L’équipe est juste : {n:n} {n:=personne|personnes}.",
        "The team is right: {n:n} {n:=person|people}.",
    ),
    "team_used": (
        "L’équipe est enregistrée : {n:n} {n:=personne prévenue|personnes prévenues}.",
        "The team is kept: {n:n} {n:=person|people} will be told.",
    ),
    "words_of_consents": (
        "Écrivez decroche recovery consents list NUMÉRO, add NUMÉRO, withdraw NUMÉRO ou import FICHIER.csv. "
        "Moyens : {means}. Objets : {purposes}.",
        "Type decroche recovery consents list NUMBER, add NUMBER, withdraw NUMBER or import FILE.csv. "
        "Means: {means}. Purposes: {purposes}.",
    ),
    "no_evidence": (
        "Un consentement sans preuve ne vaut rien : dites où elle se trouve (--evidence).",
        "A consent without proof counts for nothing: tell where it lies (--evidence).",
    ),
    "consent_holds": ("en vigueur", "holds"),
    "consent_over": ("terminé", "over"),
    "consent_known": (
        "  {means}  {purpose}  {day:date} (il y a {age:n} {age:=jour|jours})  {state}  {evidence}",
        "  {means}  {purpose}  {day:date} ({age:n} {age:=day|days} ago)  {state}  {evidence}",
    ),
    "consents_counted": (
        "{n:n} {n:=consentement|consentements} en vigueur.",
        "{n:n} {n:=consent|consents} in force.",
    ),
    "consents_withdrawn": (
        "{n:n} {n:=consentement retiré|consentements retirés}.",
        "{n:n} {n:=consent|consents} withdrawn.",
    ),
    "consent_added": ("Consentement noté.", "Consent noted."),
    "list_kept": (
        "{kept:n} {kept:=ligne retenue|lignes retenues}, {rejected:n} {rejected:=rejetée|rejetées}.",
        "{kept:n} {kept:=row|rows} kept, {rejected:n} rejected.",
    ),
    "no_journey_of_person": ("Aucun appel manqué de ce numéro.", "No missed call of this number."),
}
_CANADA: Mapping[str, str] = {
    "no_way_yet": "Dites d’abord par où partent les textos : decroche recovery set --way …",
}

RECOVERY_SAYINGS: Mapping[str, Sentence] = {
    key: Sentence(key=key, fr=fr, en=en, fr_ca=_CANADA.get(key)) for key, (fr, en) in _PAIRS.items()
}
