"""The measures of the desk that need more than one call at a time, defined on small tables."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import UTC, date, datetime, timedelta

from decroche.ledger.work_outcomes import UNRESOLVABLE
from decroche.model.board import Period
from decroche.model.fact import Presence
from decroche.prove.kpis import board, first_contact
from decroche.understand.journeys import SILENCE
from decroche.understand.live_journeys import RecoveredBy
from tests.spec.spec import Spec, each
from tests.spec.table import Rows


def at(day: object, hour: object = 0) -> datetime:
    """A moment of March; days and hours are counted from its first midnight."""
    return datetime(2026, 3, 1, tzinfo=UTC) + timedelta(days=float(str(day)), hours=float(str(hour)))


def met_at_once(rows: Rows, today: int) -> list[Mapping[str, object]]:
    contacts = [
        first_contact.Contact(person=row["person"], site="", at=at(row["day"]), answered=bool(row["answered"]))  # type: ignore[arg-type]
        for row in rows
    ]
    found = first_contact.first_contacts(contacts, now=at(today))
    return [{"first_contacts": len(found), "resolved": sum(met for _, met in found)}]


def met_within(rows: Rows) -> list[Mapping[str, object]]:
    contacts = [
        first_contact.Contact(person=int(str(row["person"])), site="", at=at(row["day"]), answered=True) for row in rows
    ]
    found = {days: first_contact.first_contacts(contacts, now=at(60), days=days) for days in (1, 3, 7, 14, 30)}
    return [
        {"within_days": days, "first_contacts": len(mine), "resolved": sum(met for _, met in mine)}
        for days, mine in found.items()
    ]


def met_net(rows: Rows, today: int) -> list[Mapping[str, object]]:
    contacts = [
        first_contact.Contact(person=row["person"], site="", at=at(row["day"]), answered=bool(row["answered"]))  # type: ignore[arg-type]
        for row in rows
        if not row["noted"]
    ]
    noted = [
        first_contact.Coded(
            person=row["person"],  # type: ignore[arg-type]
            site="",
            at=at(row["day"]),
            resolvable=row["noted"] not in {each.value for each in UNRESOLVABLE},
        )
        for row in rows
        if row["noted"]
    ]
    found = first_contact.net(first_contact.first_contacts(contacts, now=at(today)), noted)
    return [{"first_contacts": found.rate.denominator, "resolved": found.rate.numerator, "noted": found.coded}]


def won_back(rows: Rows, today: int) -> list[Mapping[str, object]]:
    needs = [
        first_contact.JourneyFacts(
            opened=at(row["opened"]),
            expires=at(row["opened"]) + SILENCE,
            closed=None if row["closed"] is None else at(row["closed"]),
            recovered_by=None if row["recovered_by"] is None else RecoveredBy(str(row["recovered_by"])),
            expired=bool(row["expired"]),
            our_calls=()
            if row["we_called_after_hours"] is None
            else (at(row["opened"], row["we_called_after_hours"]),),
        )
        for row in rows
    ]
    found = first_contact.journey_tally(needs, now=at(today), silence=SILENCE)
    return [
        {
            "opened": found.opened,
            "recovered": found.recovered,
            "expired": found.expired,
            "open": found.open,
            "recovery_rate": found.decided.value,
            "of": found.decided.denominator,
            "median_hours_to_callback": None if found.to_callback.median is None else found.to_callback.median / 3600,
        }
    ]


def busy_agents(rows: Rows) -> list[Mapping[str, object]]:
    states = [
        first_contact.AgentState(agent=str(row["agent"]), at=at(0, row["hour"]), presence=Presence(str(row["state"])))
        for row in rows
    ]
    found = first_contact.occupancy(states, since=at(0, 9), until=at(0, 13))
    shown = {measure.key: measure.value for measure in board.agent_measures(found)}
    assert found is not None
    hours = {name: getattr(found, f"{name}_s") / 3600 for name in ("handling", "ready", "away")}
    return [{**hours, "occupancy": shown["occupancy"], "utilisation": shown["utilisation"]}]


def period_before(days: int) -> Mapping[str, object]:
    start = date(2026, 3, 2)
    found = board.previous(Period(start, start + timedelta(days=days)))
    return {"starts_days_earlier": (start - found.start).days, "days_between": (start - found.end).days}


SPECS = (
    Spec(
        title="First-call resolution",
        prose="""
            Anna called once. Bob called again on the third day: his need was not met. Carl called again after more than
            a week: two needs, both met. Dora was missed, then answered: her first contact is the answered call. Emil
            called yesterday: nobody can tell yet. Who has not been answered has no first contact.
        """,
        settings={"today": 30},
        given="""
person | day | answered
-------+-----+---------
1      | 1   | yes
2      | 1   | yes
2      | 3   | yes
3      | 1   | yes
3      | 9   | yes
4      | 1   | no
4      | 1.5 | yes
5      | 29  | yes
6      | 1   | no
""",
        expected="""
first contacts | resolved
5              | 4
""",
        plain=met_at_once,
        defines=(first_contact.first_contacts,),
    ),
    Spec(
        title="First-call resolution, by how many days",
        prose="""
            Anna calls once. Bob calls again two days later, Carl ten days later. With a short window a second call is
            another need; with a long one it says that the first was not met.
        """,
        given="""
person | day
-------+----
1      | 1
2      | 1
2      | 3
3      | 1
3      | 11
""",
        expected="""
within days | first contacts | resolved
1           | 5              | 5
3           | 4              | 3
7           | 4              | 3
14          | 3              | 1
30          | 3              | 1
""",
        plain=met_within,
    ),
    Spec(
        title="First-call resolution, net",
        prose="""
            The same people, and what was noted of calls with them: Bob was reached, which leaves him as he is. Carl's
            second call was to a wrong number, as somebody noted two days later: no first call could have met that need.
            What was noted of Anna is two weeks away, and about another need.
        """,
        settings={"today": 30},
        given="""
person | day | answered | noted
-------+-----+----------+-------------
1      | 1   | yes      |
1      | 15  |          | wrong_number
2      | 1   | yes      |
2      | 2   |          | reached
2      | 3   | yes      |
3      | 1   | yes      |
3      | 12  | yes      |
3      | 14  |          | wrong_number
""",
        expected="""
first contacts | resolved | noted
3              | 2        | 2
""",
        plain=met_net,
        defines=(first_contact.net,),
    ),
    Spec(
        title="Journeys won back, and the wait for our call",
        prose="""
            The rate leaves out what opened less than seven days ago, won back or not: recovery is quick and loss is
            slow. Only a call of ours while the need was open is a callback.
        """,
        settings={"today": 20},
        given="""
opened | closed | recovered by | expired | we called after hours
-------+--------+--------------+---------+----------------------
1      | 1.5    | our_call     | no      | 2
2      | 3      | their_call   | no      |
3      |        |              | yes     | 24
4      | 5      | our_call     | no      | 4
18     | 18.5   | reply        | no      | 13
19     |        |              | no      |
""",
        expected="""
opened | recovered | expired | open | recovery rate | of | median hours to callback
6      | 4         | 1       | 1    | 75 %          | 4  | 4
""",
        plain=won_back,
        defines=(first_contact.journey_tally,),
    ),
    Spec(
        title="Occupancy and utilisation",
        prose="""
            Between 9 and 13 o'clock. Occupancy is handling among handling and ready; utilisation also counts breaks.
            Who is signed out counts nowhere. A phone that rings is still ready.
        """,
        given="""
agent | hour | state
------+------+----------
Ana   | 8    | available
Ana   | 10   | busy
Ana   | 11   | wrap_up
Ana   | 12   | paused
Bob   | 11   | ringing
Bob   | 12   | busy
Bob   | 12.5 | offline
""",
        expected="""
handling | ready | away | occupancy | utilisation
2.5      | 2     | 1    | 55.56 %   | 45.45 %
""",
        plain=busy_agents,
        defines=(first_contact.occupancy, board.agent_measures),
    ),
    Spec(
        title="The period before",
        prose="Whole weeks earlier, so that Mondays stand beside Mondays.",
        given="""
days || starts days earlier | days between
1    || 7                   | 6
7    || 7                   | 0
8    || 14                  | 6
30   || 35                  | 5
""",
        plain=each(period_before),
        defines=(board.previous,),
    ),
)
