"""The page on what may go out: the decision on small tables."""

from __future__ import annotations

from decroche.rules.decision import decide
from tests.spec.outreach_rows import rulings
from tests.spec.spec import Page, Spec
from tests.spec.table import cell

SPECS = (
    Spec(
        title="A reply to a missed call, in the evening",
        prose="""
            A text that answers a missed call is a service, and no law sets its hours. We keep quiet from 21:30 to
            8:00 all the same, unless the person has called within 15 minutes: they are awake, and waiting.
        """,
        given="""
            when             | missed           || verdict | until            | by
            -----------------+------------------++---------+------------------+---------
            2026-11-23 18:06 | 2026-11-23 18:05 || allow   |                  |
            2026-11-23 21:29 | 2026-11-23 18:05 || allow   |                  |
            2026-11-23 21:30 | 2026-11-23 18:05 || delay   | 2026-11-24 08:00 | QUIET-01
            2026-11-23 22:10 | 2026-11-23 22:00 || allow   |                  |
            2026-11-23 22:15 | 2026-11-23 22:00 || delay   | 2026-11-24 08:00 | QUIET-01
            2026-11-24 06:00 | 2026-11-23 22:00 || delay   | 2026-11-24 08:00 | QUIET-01
            2026-10-25 02:30 | 2026-10-24 20:00 || delay   | 2026-10-25 08:00 | QUIET-01
        """,
        settings={"purpose": "reply"},
        plain=rulings,
        defines=(decide,),
    ),
    Spec(
        title="One answer for each missed call",
        prose="""
            One text for each missed call, one to a person in 24 hours (4 if they answered the last one), none after
            two texts without an answer in 30 days.
        """,
        given="""
            missed           | text before | text             | answered || verdict | by
            -----------------+-------------+------------------+----------++---------+-----------------
            2026-11-23 10:00 |             |                  |          || allow   |
            2026-11-23 10:00 |             | 2026-11-23 11:00 |          || refuse  | TXT-ONCE TXT-24H
            2026-11-23 10:00 |             | 2026-11-22 12:01 |          || refuse  | TXT-24H
            2026-11-23 10:00 |             | 2026-11-22 12:00 |          || allow   |
            2026-11-23 10:00 |             | 2026-11-23 08:01 | yes      || refuse  | TXT-24H
            2026-11-23 10:00 |             | 2026-11-23 08:00 | yes      || allow   |
            2026-11-23 10:00 | 2026-11-03  | 2026-11-13       |          || refuse  | TXT-UNANSWERED
            2026-11-23 10:00 | 2026-10-23  | 2026-11-13       |          || allow   |
        """,
        settings={"purpose": "reply", "when": cell("2026-11-23 12:00")},
        plain=rulings,
    ),
    Spec(
        title="To whom nothing goes",
        prose="""
            Staff, spam, withheld numbers, calls that were not authenticated, and people to whom somebody is writing
            already. In North America a number does not say whether it takes texts: the attempt does, and its failure
            is remembered.
        """,
        given="""
            business | who                | known              || verdict | because
            ---------+--------------------+--------------------++---------+--------------------------
            FR       | mobile in France   |                    || allow   |
            FR       | landline in France |                    || refuse  | number_fixed
            FR       | number in 09       |                    || refuse  | number_voip
            FR       | mobile in France   | masked             || refuse  | person_masked
            FR       | mobile in France   | staff              || refuse  | person_staff
            FR       | mobile in France   | spam               || refuse  | person_spam
            FR       | mobile in France   | suspicious         || refuse  | person_suspicious
            FR       | mobile in France   | human_conversation || refuse  | person_human_conversation
            FR       | Québec             |                    || allow   |
            CA-QC    | Québec             |                    || allow   |
            CA-QC    | Québec             | sms_incapable      || refuse  | person_sms_incapable
            BE       | Belgium            |                    || allow   |
            CH       | Switzerland        |                    || allow   |
        """,
        settings={"purpose": "reply", "when": cell("2026-11-23 16:00"), "missed": cell("2026-11-23 15:59")},
        plain=rulings,
    ),
    Spec(
        title="A test of our own words",
        prose="""
            What a business sends to see its own words goes to its own people, at any hour, and to nobody else.
        """,
        given="""
            when             | known || verdict | because
            -----------------+-------++---------+----------
            2026-11-23 11:00 | staff || allow   |
            2026-11-23 23:00 | staff || allow   |
            2026-11-23 11:00 |       || refuse  | not_staff
        """,
        settings={"purpose": "test"},
        plain=rulings,
    ),
    Spec(
        title="Whoever writes is answered",
        prose="""
            A line that sent us a text takes texts, whatever the numbering plan says; a conversation is over when the
            person has written nothing for 7 days.
        """,
        given="""
            who          | purpose      | wrote            || verdict | because
            -------------+--------------+------------------++---------+----------------
            number in 09 | conversation | 2026-11-23 10:50 || allow   |
            number in 09 | conversation | 2026-11-16 10:59 || refuse  | no_conversation
            number in 09 | conversation |                  || refuse  | no_conversation
            number in 09 | reminder     | 2026-11-23 10:50 || refuse  | number_voip
        """,
        settings={"when": cell("2026-11-23 11:00")},
        plain=rulings,
    ),
    Spec(
        title="STOP, and its one confirmation",
        prose="""
            A STOP at 10:00 is confirmed once, within the hour; in the United States within 5 minutes. Nothing but the
            confirmation of the STOP may be said.
        """,
        given="""
            business | who              | when             | confirms it | confirmed || verdict | because
            ---------+------------------+------------------+-------------+-----------++---------+---------------------
            FR       | mobile in France | 2026-11-23 10:01 | yes         |           || allow   |
            FR       | mobile in France | 2026-11-23 10:01 | no          |           || refuse  | opted_out
            FR       | mobile in France | 2026-11-23 10:02 | yes         | yes       || refuse  | opt_out_confirmed
            FR       | mobile in France | 2026-11-23 11:00 | yes         |           || refuse  | opt_out_too_long_ago
            US       | Nevada           | 2026-11-23 10:04 | yes         |           || allow   |
            US       | Nevada           | 2026-11-23 10:05 | yes         |           || refuse  | opt_out_too_long_ago
        """,
        settings={"purpose": "confirmation", "stop": cell("2026-11-23 10:00")},
        plain=rulings,
    ),
    Spec(
        title="After a STOP",
        prose="""
            It ends every text for every purpose. A new missed call does not open texts again, though a person may
            answer it by a call. Only a new express consent, such as START, opens them again.
        """,
        given="""
            when             | means | purpose   | missed           | consent          || verdict | because
            -----------------+-------+-----------+------------------+------------------++---------+----------
            2026-11-23 10:01 | text  | requested |                  |                  || refuse  | opted_out
            2026-11-24 10:01 | text  | reminder  |                  |                  || refuse  | opted_out
            2026-11-24 10:01 | text  | promotion |                  | 2026-05-01       || refuse  | opted_out
            2026-11-24 10:01 | text  | reply     | 2026-11-24 10:00 |                  || refuse  | opted_out
            2026-11-24 10:01 | text  | reply     | 2026-11-24 10:00 | 2026-11-24 09:00 || allow   |
            2026-11-24 10:01 | call  | reply     | 2026-11-24 10:00 |                  || allow   |
            2026-11-23 10:01 | call  | reply     | 2026-11-23 09:00 |                  || refuse  | opted_out
        """,
        settings={"stop": cell("2026-11-23 10:00")},
        plain=rulings,
    ),
    Spec(
        title="Calls that sell, in France: days and hours",
        prose="""
            Monday to Friday, 10:00 to 13:00 and 14:00 to 20:00, never on a holiday, even with consent. The day
            between a holiday and a week-end is an ordinary one. Good Friday is a holiday in Moselle, though not for
            this law: we keep it all the same.
        """,
        given="""
            when             | business || verdict | until            | by
            -----------------+----------++---------+------------------+----------------------
            2026-05-14 11:00 | FR       || delay   | 2026-05-15 10:00 | CALL-04 CALL-04-LOCAL
            2026-05-15 11:00 | FR       || allow   |                  |
            2026-11-23 13:30 | FR       || delay   | 2026-11-23 14:00 | CALL-04
            2026-11-23 20:00 | FR       || delay   | 2026-11-24 10:00 | CALL-04
            2026-11-23 19:59 | FR       || allow   |                  |
            2026-11-20 20:30 | FR       || delay   | 2026-11-23 10:00 | CALL-04
            2026-04-03 11:00 | FR       || allow   |                  |
            2026-04-03 11:00 | FR-57    || delay   | 2026-04-07 10:00 | CALL-04-LOCAL
        """,
        settings={"means": "call", "consent": cell("2026-01-05"), "list_consulted": cell("2026-04-01")},
        plain=rulings,
    ),
    Spec(
        title="The hour is the person’s",
        prose="""
            A number of La Réunion may also lie in Mayotte, an hour away: both clocks must agree. Written in the time
            of Paris.
        """,
        given="""
            when             | who        || verdict | until
            -----------------+------------++---------+-----------------
            2026-11-23 09:00 | La Réunion || allow   |
            2026-11-23 10:30 | La Réunion || delay   | 2026-11-23 12:00
            2026-11-23 13:30 | La Réunion || allow   |
            2026-11-23 17:30 | La Réunion || delay   | 2026-11-24 08:00
            2026-11-23 07:30 | La Réunion || delay   | 2026-11-23 08:00
        """,
        settings={"means": "call", "consent": cell("2026-01-05")},
        plain=rulings,
    ),
    Spec(
        title="Calls that sell, in France: how often",
        prose="""
            Four calls or attempts in 30 days of the calendar, today and the 29 before. One was made each day.
        """,
        given="""
            when             | first call | calls made || verdict | free on    | by
            -----------------+------------+------------++---------+------------+-------------
            2026-09-04 11:00 | 2026-09-01 | 3          || allow   |            |
            2026-09-30 11:00 | 2026-09-01 | 4          || refuse  | 2026-10-01 | CALL-04-FOUR
            2026-10-01 11:00 | 2026-09-01 | 4          || allow   |            |
            2026-10-01 11:00 | 2026-09-01 | 5          || refuse  | 2026-10-02 | CALL-04-FOUR
        """,
        settings={"means": "call", "consent": cell("2026-01-05")},
        plain=rulings,
    ),
    Spec(
        title="After a no",
        prose="60 whole days without a call that sells; the day of the refusal does not count.",
        given="""
            no               | when             || verdict | free on
            -----------------+------------------++---------+-----------
            2026-09-01 11:00 | 2026-09-02 11:00 || refuse  | 2026-11-01
            2026-09-01 11:00 | 2026-10-30 11:00 || refuse  | 2026-11-01
            2026-09-01 11:00 | 2026-11-02 11:00 || allow   |
        """,
        settings={"means": "call", "consent": cell("2026-01-05")},
        plain=rulings,
    ),
    Spec(
        title="The first day of a free Sunday",
        prose="""
            The 60 days end with 31 October 2026; 1 November is free of the refusal, but a Sunday and a holiday: the
            call waits for Monday. The findings are listed each with its own rule.
        """,
        given="""
            no               | when             || verdict | until            | by
            -----------------+------------------++---------+------------------+------------------------------------
            2026-09-01 11:00 | 2026-10-31 11:00 || refuse  |                  | REFUSED-60D CALL-04-REFUSED CALL-04
            2026-09-01 11:00 | 2026-11-01 11:00 || delay   | 2026-11-02 10:00 | CALL-04 CALL-04-LOCAL
        """,
        settings={"means": "call", "consent": cell("2026-01-05")},
        plain=rulings,
    ),
    Spec(
        title="Calls that sell, in France: on what ground",
        prose="""
            Until 10 August 2026 the list Bloctel was to be consulted (not verified: grade D). Since 11 August 2026 a
            call that sells to a consumer takes a proven consent, or a contract in progress that is named. A consent
            without proof is none, and one older than 24 months is held to be none until a decree says otherwise.
        """,
        given="""
            when             | list consulted | consent    | proof | contract || verdict | because
            -----------------+----------------+------------+-------+----------++---------+-------------------
            2026-08-10 11:00 | 2026-08-01     |            |       |          || allow   |
            2026-08-10 11:00 | 2026-07-01     |            |       |          || refuse  | register_unchecked
            2026-08-11 11:00 | 2026-08-01     |            |       |          || refuse  | no_consent
            2026-08-11 11:00 |                | 2026-05-01 | form  |          || allow   |
            2026-08-11 11:00 |                | 2026-05-01 |       |          || refuse  | no_consent
            2026-08-11 11:00 |                | 2024-08-10 | form  |          || refuse  | no_consent
            2026-08-11 11:00 |                |            |       | C-2041   || allow   |
        """,
        settings={"means": "call"},
        plain=rulings,
    ),
    Spec(
        title="Forbidden sectors in France",
        prose="""
            Energy renovation and home adaptation may not prospect consumers by any means, a contract in progress
            apart.
        """,
        given="""
            sector            | means | consent    | contract || verdict | because
            ------------------+-------+------------+----------++---------+-----------------
            energy_renovation | call  | 2026-05-01 |          || refuse  | sector_forbidden
            energy_renovation | text  | 2026-05-01 |          || refuse  | sector_forbidden
            home_adaptation   | email | 2026-05-01 |          || refuse  | sector_forbidden
            home_adaptation   | call  |            | C-2041   || allow   |
        """,
        settings={"when": cell("2026-11-23 11:00")},
        plain=rulings,
    ),
    Spec(
        title="Answering callers in these sectors",
        prose="""
            Who answers a caller prospects nobody: the sector changes nothing, unless the words promote. It is asked
            when a text is written, again right before it is handed over, and of every callback.
        """,
        given="""
            sector            | means | purpose   | asked            | promotes || verdict | because
            ------------------+-------+-----------+------------------+----------++---------+-----------------
            energy_renovation | text  | reply     |                  |          || allow   |
            energy_renovation | text  | reply     |                  | yes      || refuse  | sector_forbidden
            energy_renovation | call  | reply     |                  |          || allow   |
            home_adaptation   | call  | requested | 2026-11-23 10:55 |          || allow   |
            ordinary          | text  | reply     |                  | yes      || allow   |
        """,
        settings={
            "when": cell("2026-11-23 11:00"),
            "missed": cell("2026-11-23 10:50"),
            "consent": cell("2026-05-01"),
        },
        plain=rulings,
    ),
    Spec(
        title="A callback that was asked for",
        prose="""
            It is no prospecting while it keeps to the delay that was announced (48 hours unless said otherwise) and
            to what was asked.
        """,
        given="""
            within hours | when             | asked about | about  || verdict | because         | ground
            -------------+------------------+-------------+--------++---------+-----------------+---------------
                         | 2026-11-25 09:00 |             |        || allow   |                 | ground_request
                         | 2026-11-25 11:00 |             |        || refuse  | request_expired |
            4            | 2026-11-23 14:00 |             |        || allow   |                 | ground_request
            4            | 2026-11-23 14:01 |             |        || refuse  | request_expired |
                         | 2026-11-23 11:00 | brakes      | brakes || allow   |                 | ground_request
                         | 2026-11-23 11:00 | brakes      | tyres  || refuse  | request_about   |
        """,
        settings={"means": "call", "purpose": "requested", "asked": cell("2026-11-23 10:00")},
        plain=rulings,
    ),
    Spec(
        title="RAPPEL in the evening, and a slot of their choice",
        prose="Whoever chose a slot is called in it, whatever our quiet hours; nobody is called before it.",
        given="""
            asked            | slot             | when             || verdict | until            | by
            -----------------+------------------+------------------++---------+------------------+-----------------
            2026-11-23 22:00 |                  | 2026-11-23 22:10 || allow   |                  |
            2026-11-23 22:00 |                  | 2026-11-23 22:20 || delay   | 2026-11-24 08:00 | QUIET-01
            2026-11-23 10:00 | 2026-11-27 07:30 | 2026-11-26 10:00 || delay   | 2026-11-27 07:30 | CALL-11
            2026-11-23 10:00 | 2026-11-27 07:30 | 2026-11-26 23:00 || delay   | 2026-11-27 07:30 | QUIET-01 CALL-11
            2026-11-23 10:00 | 2026-11-27 07:30 | 2026-11-27 07:45 || allow   |                  |
            2026-11-23 10:00 | 2026-11-27 07:30 | 2026-11-27 08:01 || refuse  |                  | CALL-11
                             |                  | 2026-11-25 09:00 || refuse  |                  | CALL-11
        """,
        settings={"means": "call", "purpose": "requested"},
        plain=rulings,
    ),
    Spec(
        title="Texts that sell, in France",
        prose="""
            Whatever a text is called, promotion in it makes it prospecting: it takes consent, or a customer. The
            hours are those of the operators’ charter; closed Sundays and holidays are our own choice.
        """,
        given="""
            when             | consent | purchase   || verdict | until            | by
            -----------------+---------+------------++---------+------------------+----------------
            2026-11-23 11:00 |         |            || refuse  |                  | SMS-01
            2026-11-23 11:00 |         | 2025-03-01 || allow   |                  |
            2026-11-23 21:29 | yes     |            || allow   |                  |
            2026-11-23 21:30 | yes     |            || delay   | 2026-11-24 08:00 | QUIET-02 SMS-04
            2026-11-22 11:00 | yes     |            || delay   | 2026-11-23 08:00 | SMS-04-REST
            2026-11-11 11:00 | yes     |            || delay   | 2026-11-12 08:00 | SMS-04-REST
            2026-02-15 11:00 | yes     |            || delay   | 2026-02-16 08:00 | SMS-04-2024
        """,
        plain=rulings,
    ),
    Spec(
        title="Promotion under another name",
        prose="Words that were found to promote make any purpose promotion, for every rule.",
        given="""
            purpose  | promotes || verdict | by
            ---------+----------++---------+-------
            reply    | no       || allow   |
            reply    | yes      || refuse  | SMS-01
            reminder | yes      || refuse  | SMS-01
        """,
        settings={"when": cell("2026-11-23 11:00"), "missed": cell("2026-11-23 10:59")},
        plain=rulings,
    ),
    Spec(
        title="Texts that sell, in Canada",
        prose="""
            Beyond the reply itself, an inquiry carries for 6 months and a purchase for 2 years; the last day counts.
        """,
        given="""
            when             | inquiry    | purchase   || verdict | because         | ground
            -----------------+------------+------------++---------+-----------------+---------------------------
            2026-11-20 11:00 | 2026-05-20 |            || allow   |                 | number_try ground_inquiry
            2026-11-21 11:00 | 2026-05-20 |            || refuse  | inquiry_too_old | number_try
            2026-11-21 11:00 | 2026-05-20 | 2024-11-21 || allow   |                 | number_try ground_customer
            2026-11-21 11:00 |            | 2024-11-20 || refuse  | no_consent      | number_try
        """,
        settings={"business": "CA-QC", "who": "Québec"},
        plain=rulings,
    ),
    Spec(
        title="Texts that sell, elsewhere",
        prose="Consent, in the United States a written one. Belgium is not verified (grade D).",
        given="""
            business | who         | consent    | written || verdict | by             | because
            ---------+-------------+------------+---------++---------+----------------+-------------------
            BE       | Belgium     |            |         || refuse  | SMS-20         | no_consent
            CH       | Switzerland |            |         || refuse  | SMS-21         | no_consent
            CH       | Switzerland | 2026-05-01 |         || allow   |                |
            US       | Nevada      | 2026-05-01 |         || refuse  | SMS-14-WRITTEN | no_written_consent
            US       | Nevada      | 2026-05-01 | yes     || allow   |                |
        """,
        settings={"when": cell("2026-11-23 15:00")},
        plain=rulings,
    ),
    Spec(
        title="Hours of the States",
        prose="""
            The federal hours are 8:00 to 21:00; some States are stricter, and a number does not say in which one the
            person is: outside Rhode Island the hours that all permit are kept. Written in the time of New York.
        """,
        given="""
            who          | when             || verdict | until            | by
            -------------+------------------++---------+------------------+----------------------------
            Florida      | 2026-11-23 19:59 || allow   |                  |
            Florida      | 2026-11-23 20:00 || delay   | 2026-11-24 09:00 | SMS-19-STATES SMS-19-SAFE
            Rhode Island | 2026-11-27 18:00 || delay   | 2026-11-30 09:00 | SMS-19-RI
            Texas        | 2026-11-22 12:30 || delay   | 2026-11-22 13:00 | SMS-19-TX SMS-19-SAFE
            Nevada       | 2026-11-23 10:30 || delay   | 2026-11-23 12:00 | QUIET-02 SMS-19 SMS-19-SAFE
        """,
        settings={"business": "US", "consent": cell("2026-01-05"), "written": True},
        plain=rulings,
    ),
    Spec(
        title="Calls that sell, in Canada",
        prose="""
            Canada has its hours and its list, consulted within 31 days. A recorded or synthesized voice takes express
            consent; no relation replaces it.
        """,
        given="""
            means          | when             | list consulted | consent || verdict | until            | by
            ---------------+------------------+----------------+---------++---------+------------------+----------------
            call           | 2026-11-23 11:00 | 2026-11-01     |         || allow   |                  |
            call           | 2026-11-21 18:00 | 2026-11-01     |         || delay   | 2026-11-22 10:00 | CALL-13
            call           | 2026-11-23 11:00 | 2026-10-22     |         || refuse  |                  | CALL-13-LIST
            automated_call | 2026-11-23 11:00 | 2026-11-01     |         || refuse  |                  | AUTO-01 CALL-14
            automated_call | 2026-11-23 11:00 | 2026-11-01     | yes     || allow   |                  |
        """,
        settings={
            "business": "CA-QC",
            "who": "Québec",
            "purchase": cell("2026-11-01"),
            "says_it_is_a_machine": True,
        },
        plain=rulings,
    ),
    Spec(
        title="Calls that sell, in Belgium and Switzerland",
        prose="The list of Belgium gives way to a consent. In Switzerland a person holds the call.",
        given="""
            business | who         | means          | listed | consent    || verdict | because
            ---------+-------------+----------------+--------+------------++---------+------------------
            BE       | Belgium     | call           | no     |            || allow   |
            BE       | Belgium     | call           | yes    |            || refuse  | register_listed
            BE       | Belgium     | call           | yes    | 2026-11-10 || allow   |
            CH       | Switzerland | call           | no     |            || allow   |
            CH       | Switzerland | automated_call | no     | 2026-05-01 || refuse  | machine_forbidden
        """,
        settings={
            "when": cell("2026-11-23 11:00"),
            "list_consulted": cell("2026-11-01"),
            "says_it_is_a_machine": True,
        },
        plain=rulings,
    ),
    Spec(
        title="In Québec, in French",
        prose="""
            A text to a number of Québec is in French, or in French too. Whoever writes in English is answered in
            English.
        """,
        given="""
            who     | language | purpose      || verdict | because
            --------+----------+--------------++---------+--------------
            Québec  | fr-CA    | reply        || allow   |
            Québec  | en       | reply        || refuse  | french_needed
            Québec  | en       | conversation || allow   |
            Ontario | en       | reply        || allow   |
        """,
        settings={
            "business": "CA-QC",
            "when": cell("2026-11-23 11:00"),
            "missed": cell("2026-11-23 10:59"),
            "wrote": cell("2026-11-23 10:58"),
        },
        plain=rulings,
    ),
)

PAGE = Page(
    name="outreach",
    title="What may go out",
    intro="""
        One decision stands before every text, call, automated voice and e-mail: it may go, it waits until an instant,
        or it may not go. These tables are the decision; [the rules in force](rules.md) say where each rule comes from.
        Where a table has no column for it, the person is a consumer with a French mobile, and nothing else is known.
        None of this is legal advice.
    """,
    specs=SPECS,
)
