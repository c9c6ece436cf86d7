"""Invented exports of phone systems, French and English, each with what a person reads in its rows."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True)
class Export:
    """A table as text (one delimiter), and for each row ``date time direction verdict column=value…``.

    Direction: in, out, int or ?. Verdict: yes (answered) or no. A fate is written as ``rejected:<reason>`` or
    ``ignored:<reason>`` instead of everything else. ``warns`` are the words of the sentences that must be said.
    """

    name: str
    text: str
    expected: str
    delimiter: str = ";"
    warns: tuple[str, ...] = ()


EXPORTS = (
    Export(
        "French PBX, split date and time, clock durations",
        """Date d'appel;Heure;Sens;N° appelant;N° appelé;Poste;Résultat;Durée d'attente;Durée de conversation
13/03/2026;09:01:12;Entrant;0612345678;0472000001;201;Répondu;0:00:05;0:02:14
13/03/2026;09:07:40;Entrant;0698765432;0472000001;;Abandonné;0:00:42;0:00:00
13/03/2026;09:15:02;Sortant;0472000001;0612345678;202;Répondu;0:00:11;0:01:00
""",
        """2026-03-13 09:01:12 in yes caller=0612345678 called=0472000001 agent=201 wait_s=5 talk_s=134
2026-03-13 09:07:40 in no reason=abandoned_queue wait_s=42 agent=None
2026-03-13 09:15:02 out yes caller=0472000001 talk_s=60""",
    ),
    Export(
        "French cloud, one column, capitals without accents",
        """DATE ET HEURE;TYPE D'APPEL;APPELANT;APPELE;STATUT;TEMPS DE SONNERIE;DUREE;SERVICE
25/02/2026 14:05;ENTRANT;+33612345678;+33472000001;DECROCHE;12;95;Atelier
25/02/2026 14:09;ENTRANT;+33698765432;+33472000001;MANQUE;30;0;Atelier
25/02/2026 14:20;INTERNE;201;202;DECROCHE;4;30;Accueil
""",
        """2026-02-25 14:05:00 in yes ring_s=12 wait_s=12 talk_s=95 department=Atelier
2026-02-25 14:09:00 in no ring_s=30 rang=True reason=None
2026-02-25 14:20:00 int yes caller=201 talk_s=30""",
    ),
    Export(
        "durations in words, times with h",
        """Jour;Heure d'appel;Appelant;Issue de l'appel;Temps d'attente;Durée de communication
27/02/2026;8h05;0612345678;Pris en charge;14 s;2 min 14
27/02/2026;13h40;0698765432;Abandon;1 min 05;
27/02/2026;17h59;Masqué;Hors horaires;;
""",
        """2026-02-27 08:05:00 in yes wait_s=14 talk_s=134
2026-02-27 13:40:00 in no wait_s=65 talk_s=None
2026-02-27 17:59:00 in no caller=Masqué after_hours=True reason=after_hours""",
        warns=("guess.direction_assumed",),
    ),
    Export(
        "mobile journal, type says direction and result",
        """Type;Correspondant;Date;Durée
Appel entrant;06 12 34 56 78;2026-03-04 09:00:00;0:02:14
Appel manqué;06 98 76 54 32;2026-03-04 09:10:00;0:00:00
Appel sortant;06 98 76 54 32;2026-03-04 09:30:00;0:01:00
""",
        """2026-03-04 09:00:00 in yes caller=06_12_34_56_78 talk_s=134
2026-03-04 09:10:00 in no caller=06_98_76_54_32
2026-03-04 09:30:00 out yes called=06_98_76_54_32 caller=None""",
        warns=("guess.type_is_outcome",),
    ),
    Export(
        "no result column, talk time decides",
        """Début;Numéro appelant;Numéro appelé;Sens;Durée (s)
2026-03-04 09:00:00;0612345678;0472000001;E;134
2026-03-04 09:10:00;0698765432;0472000001;E;0
2026-03-04 09:12:00;0472000001;0698765432;S;20
""",
        """2026-03-04 09:00:00 in yes talk_s=134
2026-03-04 09:10:00 in no talk_s=0
2026-03-04 09:12:00 out yes talk_s=20""",
        warns=("guess.answered_from_talk",),
    ),
    Export(
        "answered and ended times tell the rest",
        """Identifiant;Date début;Date réponse;Date fin;Appelant;Site
a1;2026-03-04 09:00:00;2026-03-04 09:00:12;2026-03-04 09:03:00;0612345678;Lyon
a2;2026-03-04 09:10:00;;2026-03-04 09:10:45;0698765432;Villeurbanne
""",
        """2026-03-04 09:00:00 in yes call_key=a1 wait_s=12 talk_s=168 total_s=180 site=Lyon
2026-03-04 09:10:00 in no call_key=a2 wait_s=45 talk_s=None site=Villeurbanne""",
        warns=("guess.answered_from_answered_at", "guess.direction_assumed"),
    ),
    Export(
        "yes or no: décroché",
        """Date;Heure;Client;Décroché;Messagerie
04.03.2026;09:00;0612345678;Oui;Non
16.03.2026;09:10;0698765432;Non;Oui
""",
        """2026-03-04 09:00:00 in yes voicemail=False
2026-03-16 09:10:00 in no voicemail=True""",
    ),
    Export(
        "Québec words",
        """Date et heure;Sens;Afficheur;Préposé;Succursale;Résultat;Attente;Conversation
2026-02-27 09:00:00;Entrant;514-555-0101;Marie;Laval;Répondu;00:00:08;00:03:00
2026-02-27 09:04:00;Entrant;450-555-0102;;Laval;Boîte vocale;00:00:25;00:00:00
2026-02-27 09:05:00;Entrant;450-555-0102;;Laval;Ligne occupée;00:00:00;00:00:00
""",
        """2026-02-27 09:00:00 in yes agent=Marie site=Laval wait_s=8 talk_s=180
2026-02-27 09:04:00 in no voicemail=True reason=None
2026-02-27 09:05:00 in no reason=busy""",
    ),
    Export(
        "French month names",
        """Date;Appelant;État;Durée totale;Durée conversation
4 mars 2026 à 09:00;0612345678;Traité;150;134
1er avril 2026 à 10:30;0698765432;Non traité;40;0
""",
        """2026-03-04 09:00:00 in yes total_s=150 talk_s=134 wait_s=16
2026-04-01 10:30:00 in no total_s=40 wait_s=40""",
    ),
    Export(
        "decimal commas, milliseconds and dashes for nothing",
        """Horodatage;Sens;De;Vers;Statut;Temps attente (ms);Temps de parole
2026/03/04 09:00:00;Entrant;0612345678;3900;Répondu;5200;134,5
2026/03/04 09:10:00;Entrant;0698765432;3900;Sans réponse;30000;-
""",
        """2026-03-04 09:00:00 in yes wait_s=5.2 talk_s=134.5 called=3900
2026-03-04 09:10:00 in no reason=no_answer wait_s=30 talk_s=None""",
    ),
    Export(
        "queue, agent, reasons of a call centre",
        """Date;Heure début;File d'attente;Téléconseiller;Client;Qualification;Attente;Conversation;Post-appel
2026-03-04;09:00:00;SAV;Paul;0612345678;Appel traité;12;134;20
2026-03-04;09:01:00;SAV;;0698765432;File pleine;0;0;0
2026-03-04;09:02:00;Ventes;;0698765433;Débordement;60;0;0
2026-03-04;09:03:00;Ventes;;0698765434;Rappel demandé;33;0;0
""",
        """2026-03-04 09:00:00 in yes queue=SAV agent=Paul wrap_s=20 wait_s=12 talk_s=134
2026-03-04 09:01:00 in no reason=queue_full
2026-03-04 09:02:00 in no reason=queue_timeout queue=Ventes
2026-03-04 09:03:00 in no reason=callback_requested""",
    ),
    Export(
        "quoted names with accents and delimiters",
        """"Début d'appel";"Nom de l'agent";"Numéro de l'appelant";"Résultat de l'appel";"Durée d'appel"
"2026-03-04 09:00:00";"Zoé; d'Été";"+33 6 12 34 56 78";"Répondu";"00:01:00"
"2026-03-04 09:01:00";"";"+33 6 98 76 54 32";"Refusé";"00:00:00"
""",
        """2026-03-04 09:00:00 in yes agent=Zoé;_d'Été talk_s=60
2026-03-04 09:01:00 in no reason=agent_rejected agent=None""",
    ),
    Export(
        "a header again in the middle, and a total at the end",
        """Date;Heure;Appelant;Statut
13/03/2026;09:00;0612345678;Répondu
Date;Heure;Appelant;Statut
13/03/2026;09:10;0698765432;Perdu
Total;;;2
;;;
""",
        """2026-03-13 09:00:00 in yes
ignored:header_again
2026-03-13 09:10:00 in no
rejected:start_unreadable
rejected:no_start""",
    ),
    Export(
        "US, AM and PM",
        """Call Date,Caller ID,Dialed Number,Direction,Call Status,Talk Time,Wait Time
03/13/2026 1:05:09 PM,(212) 555-0101,(212) 555-0199,Inbound,Answered,0:02:14,0:00:12
3/4/2026 9:00:00 AM,(212) 555-0102,(212) 555-0199,Inbound,Missed,0:00:00,0:00:31
3/4/2026 12:00:01 AM,(212) 555-0199,(212) 555-0102,Outbound,Busy,0:00:00,0:00:00
""",
        """2026-03-13 13:05:09 in yes talk_s=134 wait_s=12
2026-03-04 09:00:00 in no wait_s=31
2026-03-04 00:00:01 out no reason=busy""",
        delimiter=",",
    ),
    Export(
        "US, split columns, from and to",
        """Date,Time,From,To,Direction,Result,Duration
12/31/2026,11:05 PM,2125550101,2125550199,Incoming,Call connected,134
12/30/2026,9:00 AM,2125550102,2125550199,Incoming,Voicemail,25
12/29/2026,9:10 AM,2125550103,2125550199,Incoming,Missed,18
""",
        """2026-12-31 23:05:00 in yes total_s=134
2026-12-30 09:00:00 in no voicemail=True total_s=25
2026-12-29 09:10:00 in no total_s=18 wait_s=18""",
        delimiter=",",
        warns=("guess.duration_is_total",),
    ),
    Export(
        "ISO with offsets",
        """call_id,started_at,answered_at,ended_at,direction,from,to,status
c1,2026-03-04T09:00:00+01:00,2026-03-04T09:00:10+01:00,2026-03-04T09:02:00+01:00,inbound,+33612345678,+33472000001,completed
c2,2026-03-04T09:10:00+01:00,,2026-03-04T09:10:20+01:00,inbound,+33698765432,+33472000001,no-answer
""",
        """2026-03-04 08:00:00 in yes call_key=c1 wait_s=10 talk_s=110
2026-03-04 08:10:00 in no call_key=c2 reason=no_answer wait_s=20""",
        delimiter=",",
    ),
    Export(
        "epoch seconds, camel case",
        """CallGuid\tStartTime\tCallDirection\tCallerNumber\tAgentName\tCallOutcome\tRingSeconds\tTalkSeconds
g1\t1772629878\tIN\t+15145550101\tAnn\tANSWERED\t6\t60
g2\t1772629978\tIN\t+15145550102\t\tNO_ANSWER\t30\t0
""",
        """2026-03-04 13:11:18 in yes call_key=g1 ring_s=6 talk_s=60 agent=Ann
2026-03-04 13:12:58 in no ring_s=30 reason=no_answer""",
        delimiter="\t",
    ),
    Export(
        "epoch milliseconds",
        """id,created_at,direction,caller,disposition,billsec
1,1772629878000,inbound,+15145550101,ANSWERED,60
2,1772629978500,inbound,+15145550102,FAILED,0
""",
        """2026-03-04 13:11:18 in yes talk_s=60
2026-03-04 13:12:58.500 in no reason=technical_failure""",
        delimiter=",",
    ),
    Export(
        "Excel serials",
        """Date;Heure;Appelant;Statut;Durée
46085;0,375;0612345678;Répondu;120
46086;0,549;0698765432;Manqué;0
""",
        """2026-03-04 09:00:00 in yes talk_s=120
2026-03-05 13:10:34 in no talk_s=0""",
    ),
    Export(
        "Excel times of day that carry a date",
        """Date,Time,Caller,Status,Duration
2026-03-04 00:00:00,1899-12-31 09:00:00,2125550101,Answered,60
2026-03-05 00:00:00,1899-12-31 13:10:34,2125550102,Abandoned,0
""",
        """2026-03-04 09:00:00 in yes
2026-03-05 13:10:34 in no reason=abandoned_ringing""",
        delimiter=",",
    ),
    Export(
        "compact dates of an old PBX",
        """DATE;HEURE;NUMERO APPELANT;POSTE;SENS;ETAT;SONNERIE;DUREE
260304;090000;0612345678;201;E;Répondu;5;60
260304;131034;0698765432;202;E;Perdu;20;0
""",
        """2026-03-04 09:00:00 in yes ring_s=5 talk_s=60 agent=201
2026-03-04 13:10:34 in no ring_s=20""",
    ),
    Export(
        "missed: yes or no",
        """Start Time,Caller Number,Location,Missed
2026-03-04 09:00:00,2125550101,Boston,No
2026-03-04 09:10:00,2125550102,Boston,Yes
""",
        """2026-03-04 09:00:00 in yes site=Boston
2026-03-04 09:10:00 in no""",
        delimiter=",",
    ),
    Export(
        "headings that say nothing",
        """col1,col2,col3,col4
2026-03-04 09:00:00,+33612345678,inbound,answered
2026-03-04 09:10:00,+33698765432,inbound,missed
""",
        """2026-03-04 09:00:00 in yes caller=+33612345678
2026-03-04 09:10:00 in no caller=+33698765432""",
        delimiter=",",
    ),
    Export(
        "both date orders in one column",
        """Date et heure;Appelant;Statut
13/03/2026 09:00:00;0612345678;Répondu
31/12/2025 09:00:00;0612345678;Répondu
12/31/2025 09:00:00;0698765432;Manqué
05/03/2026 09:00:00;0698765432;Manqué
""",
        """2026-03-13 09:00:00 in yes
2025-12-31 09:00:00 in yes
rejected:start_unreadable
2026-03-05 09:00:00 in no""",
        warns=("guess.date_orders_mixed",),
    ),
    Export(
        "ambiguous dates of one week in March",
        """Date;Time;Caller;Status
02/03/2026;09:00;2125550101;Answered
03/03/2026;09:00;2125550101;Answered
04/03/2026;09:00;2125550101;Missed
05/03/2026;09:00;2125550101;Missed
""",
        """2026-03-02 09:00:00 in yes
2026-03-03 09:00:00 in yes
2026-03-04 09:00:00 in no
2026-03-05 09:00:00 in no""",
        warns=("guess.date_order_unsure",),
    ),
    Export(
        "a word that nobody knows is kept and counted as not answered",
        """Date;Heure;Appelant;Statut
13/03/2026;09:00;0612345678;Répondu
13/03/2026;09:10;0698765432;Zorglub
13/03/2026;09:20;0698765432;Manqué
""",
        """2026-03-13 09:00:00 in yes
2026-03-13 09:10:00 in no reason=None raw_reason=Zorglub
2026-03-13 09:20:00 in no""",
        warns=("guess.words_unknown",),
    ),
    Export(
        "wrong years and negative durations",
        """Début;Appelant;Statut;Conversation
1970-01-01 00:00:00;0612345678;Répondu;60
2099-01-01 00:00:00;0612345678;Répondu;60
1999-06-01 10:00:00;0612345678;Répondu;60
2026-03-04 09:00:00;0612345678;Répondu;-5
2026-03-04 09:00:00;0612345678;Répondu;60
""",
        """rejected:year_out_of_range
rejected:year_out_of_range
1999-06-01 10:00:00 in yes
rejected:negative_duration
2026-03-04 09:00:00 in yes""",
    ),
    Export(
        "two-part durations, dealership",
        """Call Time,Caller Phone Number,Tracking Number,Department,Call Result,Call Length,Answered By
2026-03-04 09:00,5145550101,5145550190,Service,Answered,2:14,Luc
2026-03-04 09:05,5145550102,5145550191,Parts,Abandoned,0:40,
""",
        """2026-03-04 09:00:00 in yes line=5145550190 department=Service total_s=134 agent=Luc
2026-03-04 09:05:00 in no total_s=40 wait_s=40""",
        delimiter=",",
        warns=("guess.two_part_durations",),
    ),
    Export(
        "UTC in the heading, columns without use",
        """Start (UTC),Type,From,Recording URL,Notes,Status,In Queue,Talk
2026-03-04 09:00:00,Inbound,+33612345678,https://example.invalid/1,call back,Handled,00:00:10,00:01:00
2026-03-04 09:10:00,Inbound,Anonymous,,,Abandoned,00:01:10,00:00:00
""",
        """2026-03-04 09:00:00 in yes talk_s=60
2026-03-04 09:10:00 in no caller=Anonymous""",
        delimiter=",",
    ),
)
