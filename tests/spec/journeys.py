"""The page on journeys: what became of the people whose call was missed."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import asdict
from datetime import UTC, datetime
from typing import Any
from zoneinfo import ZoneInfo

from decroche.model.call import Direction, Disposition, NumberKind
from decroche.model.hours import HourClass
from decroche.understand.hours import read_clock
from decroche.understand.journeys import Contact, journeys
from decroche.understand.numbers import read_number
from decroche.warehouse import journeys as warehouse
from tests.spec import columns
from tests.spec.columns import word
from tests.spec.spec import Page, Spec
from tests.spec.table import Rows

PARIS = ZoneInfo("Europe/Paris")
CALLS = {
    "missed": (True, False),
    "answered": (True, True),
    "we reached them": (False, True),
    "we tried in vain": (False, False),
}


def utc(moment: Any) -> datetime:
    return read_clock(moment, PARIS).utc


def contact(row: Mapping[str, Any]) -> tuple[int | None, str, datetime, bool, bool]:
    """Person, site, UTC, inbound, answered."""
    inbound, answered = CALLS[row["call"]]
    person = read_number(word(dict(row), "number"), region="FR").e164
    return person, row.get("site") or "", utc(row["when"]), inbound, answered


def shown(found: Mapping[str, Any]) -> Mapping[str, object]:
    def minutes(name: str) -> float | None:
        seconds = found[f"{name}_after_s"]
        return None if seconds is None else seconds / 60

    opened = found["opened_at"].replace(tzinfo=UTC).astimezone(PARIS).replace(tzinfo=None)
    return {
        "number": f"0{found['person'] % 1_000_000_000}",
        "site": found["site"] or None,
        "opened": opened,
        "attempts": found["attempts"],
        "new": found["first_contact"],
        "state": found["state"],
        "redialed_min": minutes("redialed"),
        "redial_answered_min": minutes("redialed_answered"),
        "called_back_min": minutes("called_back"),
        "reached_min": minutes("called_back_answered"),
    }


def followed(rows: Rows, data_end: datetime) -> list[Mapping[str, object]]:
    known = [
        Contact(person=person, site=site, started_at=moment, inbound=inbound, answered=answered)
        for person, site, moment, inbound, answered in map(contact, rows)
        if person is not None
    ]
    return [shown(asdict(journey)) for journey in journeys(known, data_end=utc(data_end))]


JUDGED = {"person": "int64", "caller_kind": "string", "started": "timestamp",
          "site": "string", "department": "string", "queue": "string", "line": "string", "hour_class": "string",
          "direction": "string", "disposition": "string", "offered": "boolean"}  # fmt: skip


def followed_columns(rows: Rows, data_end: Any) -> Sequence[Mapping[str, object]]:
    judged = []
    for person, site, moment, inbound, answered in map(contact, rows):
        unanswered = Disposition.MISSED if inbound else Disposition.NO_ANSWER
        judged.append(
            {
                "person": person,
                "caller_kind": (NumberKind.EXTERNAL if person else NumberKind.ANONYMOUS).value,
                "started": moment,
                "site": site or None,
                "hour_class": HourClass.OPEN.value,
                "direction": (Direction.INBOUND if inbound else Direction.OUTBOUND).value,
                "disposition": (Disposition.ANSWERED if answered else unanswered).value,
                "offered": inbound,
            }
        )
    with columns.engine() as opened:
        table = opened.load("judged", columns.typed(JUDGED, judged))
        contacts = opened.create("contacts", warehouse.contacts(opened.numbered(table)))
        found = warehouse.journeys(warehouse.packed(contacts), data_end=utc(data_end))
        first = contacts.select("person", "site", first_id=contacts.id)
        found = found.join(first, "first_id").order_by("person", "site", "opened_at")
        return [shown(row) for row in opened.records(found)]


def spec(title: str, prose: str, given: str, expected: str, **more: Any) -> Spec:
    return Spec(
        title=title,
        prose=prose,
        given=given,
        expected=expected,
        plain=followed,
        columnar=followed_columns,
        settings={"data_end": datetime.fromisoformat("2026-04-30 18:00")},
        **more,
    )


SPECS = (
    spec(
        "Recovered by the caller, by us, or lost",
        """
        The first person called again by himself and was answered. The second was called back. The third tried twice
        more and gave up; the data go on for more than 7 days after, so that journey is lost. The fourth was answered
        at once and has no journey: one begins with a miss.
        """,
        """
        number     | when             | call
        -----------+------------------+----------------
        0611111111 | 2026-03-02 09:00 | missed
        0611111111 | 2026-03-02 09:12 | answered
        0622222222 | 2026-03-02 10:00 | missed
        0622222222 | 2026-03-02 10:30 | we reached them
        0633333333 | 2026-03-02 11:00 | missed
        0633333333 | 2026-03-02 11:05 | missed
        0633333333 | 2026-03-03 09:00 | missed
        0644444444 | 2026-03-02 12:00 | answered
        """,
        """
        number     | opened           | attempts | state               | redialed min | reached min
        -----------+------------------+----------+---------------------+--------------+------------
        0611111111 | 2026-03-02 09:00 | 1        | recovered_by_caller | 12           |
        0622222222 | 2026-03-02 10:00 | 1        | recovered_by_us     |              | 30
        0633333333 | 2026-03-02 11:00 | 3        | lost                | 5            |
        """,
        defines=(journeys,),
    ),
    spec(
        "Friday evening, recalled on Monday",
        "Midnight and the week-end end nothing: who was missed on Friday at 17:55 and reached on Monday is recovered.",
        """
        number     | when             | call
        -----------+------------------+----------------
        0611111111 | 2026-03-06 17:55 | missed
        0611111111 | 2026-03-09 08:55 | we reached them
        """,
        """
        number     | opened           | attempts | state           | reached min
        -----------+------------------+----------+-----------------+------------
        0611111111 | 2026-03-06 17:55 | 1        | recovered_by_us | 3 780
        """,
    ),
    spec(
        "One callback is one recovery",
        """
        Three misses of one person and one callback are one journey recovered once, not three. The caller's own
        second call counts like ours.
        """,
        """
        number     | when             | call
        -----------+------------------+----------------
        0611111111 | 2026-03-02 09:00 | missed
        0611111111 | 2026-03-02 09:05 | missed
        0611111111 | 2026-03-02 09:20 | missed
        0611111111 | 2026-03-02 10:00 | we reached them
        0622222222 | 2026-03-02 09:00 | missed
        0622222222 | 2026-03-02 09:05 | missed
        0622222222 | 2026-03-02 09:06 | answered
        0622222222 | 2026-03-02 10:00 | we reached them
        """,
        """
        number     | attempts | state               | redialed min | redial answered min | called back min
        -----------+----------+---------------------+--------------+---------------------+----------------
        0611111111 | 3        | recovered_by_us     | 5            |                     | 60
        0622222222 | 2        | recovered_by_caller | 5            | 6                   | 60
        """,
    ),
    spec(
        "Missed in the same second",
        """
        Two people were missed in the same second and one was called back: the other is not recovered with him. Of two
        calls of one person in one second, one answered and one not, the answered one does not follow the miss.
        """,
        """
        number     | when             | call
        -----------+------------------+----------------
        0611111111 | 2026-03-02 09:00 | missed
        0622222222 | 2026-03-02 09:00 | missed
        0611111111 | 2026-03-02 09:30 | we reached them
        0633333333 | 2026-03-02 09:00 | missed
        0633333333 | 2026-03-02 09:00 | answered
        """,
        """
        number     | attempts | state
        -----------+----------+----------------
        0611111111 | 1        | recovered_by_us
        0622222222 | 1        | lost
        0633333333 | 1        | lost
        """,
    ),
    spec(
        "Seven days of silence",
        """
        A contact within 7 days of the one before belongs to the same journey, to the minute; one minute later, another
        begins. Our attempts in vain are no contact: they prolong nothing.
        """,
        """
        number     | when             | call
        -----------+------------------+-----------------
        0611111111 | 2026-03-02 09:00 | missed
        0611111111 | 2026-03-09 09:00 | missed
        0622222222 | 2026-03-02 09:00 | missed
        0622222222 | 2026-03-09 09:01 | missed
        0633333333 | 2026-03-02 09:00 | missed
        0633333333 | 2026-03-06 09:00 | we tried in vain
        0633333333 | 2026-03-10 09:00 | answered
        """,
        """
        number     | opened           | attempts | new | state | called back min | redialed min
        -----------+------------------+----------+-----+-------+-----------------+-------------
        0611111111 | 2026-03-02 09:00 | 2        | yes | lost  |                 | 10 080
        0622222222 | 2026-03-02 09:00 | 1        | yes | lost  |                 |
        0622222222 | 2026-03-09 09:01 | 1        | no  | lost  |                 |
        0633333333 | 2026-03-02 09:00 | 1        | yes | lost  | 5 760           |
        """,
    ),
    spec(
        "Reopened, or another journey",
        """
        A miss within 7 days of the recovery reopens the journey: it is lost unless the person is reached again. After
        7 days of silence it is another journey, of a person who is not new.
        """,
        """
        number     | when             | call
        -----------+------------------+----------------
        0611111111 | 2026-03-02 09:00 | missed
        0611111111 | 2026-03-02 09:30 | we reached them
        0611111111 | 2026-03-05 09:00 | missed
        0622222222 | 2026-03-02 09:00 | missed
        0622222222 | 2026-03-02 09:30 | we reached them
        0622222222 | 2026-03-12 09:00 | missed
        """,
        """
        number     | opened           | attempts | new | state
        -----------+------------------+----------+-----+----------------
        0611111111 | 2026-03-02 09:00 | 2        | yes | lost
        0622222222 | 2026-03-02 09:00 | 1        | yes | recovered_by_us
        0622222222 | 2026-03-12 09:00 | 1        | no  | lost
        """,
    ),
    spec(
        "Still open when the data end",
        """
        The data end on 30 April at 18:00. Who was missed within the 7 days before may still call again: the journey is
        open, not lost.
        """,
        """
        number     | when             | call
        -----------+------------------+-------
        0611111111 | 2026-04-23 17:59 | missed
        0622222222 | 2026-04-23 18:00 | missed
        0633333333 | 2026-04-30 17:00 | missed
        """,
        """
        number     | state
        -----------+------
        0611111111 | lost
        0622222222 | open
        0633333333 | open
        """,
    ),
    spec(
        "Who counts as one person",
        """
        Masked numbers can be followed by nobody: no journey, they are counted apart. One number is one person, also
        when a couple shares it; one person with two numbers is two, for the log cannot know better. Each site has its
        own journeys. Somebody whom we called first, or who was answered before, is not a new caller.
        """,
        """
        number     | site   | when             | call
        -----------+--------+------------------+-----------------
        anonymous  | Lyon   | 2026-03-02 09:00 | missed
        anonymous  | Lyon   | 2026-03-02 09:10 | answered
        0611111111 | Lyon   | 2026-03-02 09:00 | missed
        0611111111 | Lyon   | 2026-03-02 15:00 | answered
        0622222222 | Lyon   | 2026-03-02 09:00 | missed
        0622222222 | Bron   | 2026-03-02 09:05 | answered
        0633333333 | Lyon   | 2026-02-10 09:00 | answered
        0633333333 | Lyon   | 2026-03-02 09:00 | missed
        0644444444 | Lyon   | 2026-03-01 09:00 | we reached them
        0644444444 | Lyon   | 2026-03-02 09:00 | missed
        0655555555 | Lyon   | 2026-03-01 09:00 | we tried in vain
        0655555555 | Lyon   | 2026-03-02 09:00 | missed
        """,
        """
        number     | site | attempts | new | state
        -----------+------+----------+-----+--------------------
        0611111111 | Lyon | 1        | yes | recovered_by_caller
        0622222222 | Lyon | 1        | yes | lost
        0633333333 | Lyon | 1        | no  | lost
        0644444444 | Lyon | 1        | no  | lost
        0655555555 | Lyon | 1        | yes | lost
        """,
    ),
    spec(
        "The nights when the clock changes",
        """
        Delays are real time. On 29 March 2026 in Paris the clock jumps from 2:00 to 3:00: from 1:50 to 3:10 are 20
        minutes. Seven days are 168 hours: a week over that night reaches an hour further on the clock.
        """,
        """
        number     | when             | call
        -----------+------------------+---------
        0611111111 | 2026-03-29 01:50 | missed
        0611111111 | 2026-03-29 03:10 | answered
        0622222222 | 2026-03-22 10:00 | missed
        0622222222 | 2026-03-29 11:00 | missed
        0633333333 | 2026-03-22 10:00 | missed
        0633333333 | 2026-03-29 11:01 | missed
        """,
        """
        number     | opened           | attempts | state               | redialed min
        -----------+------------------+----------+---------------------+-------------
        0611111111 | 2026-03-29 01:50 | 1        | recovered_by_caller | 20
        0622222222 | 2026-03-22 10:00 | 2        | lost                | 10 080
        0633333333 | 2026-03-22 10:00 | 1        | lost                |
        0633333333 | 2026-03-29 11:01 | 1        | lost                |
        """,
    ),
)

PAGE = Page(
    name="journeys",
    title="Journeys: what became of the people who were missed",
    intro="""
        A missed call is not yet a lost customer: many call again, some are called back. A journey joins the contacts of
        one person with one site until 7 days pass without any. It begins at the first missed call and says how it
        ended, whoever took the last step. Times in these tables are those of Paris; delays count from the first miss.
    """,
    specs=SPECS,
)
