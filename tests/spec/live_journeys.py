"""The page on live journeys: when one opens, what closes it, and what a late word changes."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import UTC, datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

from decroche.model.call import Direction
from decroche.model.fact import Fact, Stage
from decroche.understand.hours import read_clock
from decroche.understand.live import live_call
from decroche.understand.live_journeys import LiveContact, LiveJourney, RecoveredBy, live_journeys
from decroche.understand.numbers import read_number
from tests.spec.columns import word
from tests.spec.spec import Page, Spec
from tests.spec.table import Rows

PARIS = ZoneInfo("Europe/Paris")
#: Inbound, answered, over, and what else than a call it is.
CALLS: Mapping[str, tuple[bool, bool, bool, RecoveredBy | None]] = {
    "missed": (True, False, True, None),
    "ringing": (True, False, False, None),
    "answered": (True, True, True, None),
    "we reached them": (False, True, True, None),
    "we tried in vain": (False, False, True, None),
    "replied to our text": (True, True, True, RecoveredBy.REPLY),
    "booked": (True, True, True, RecoveredBy.BOOKING),
}


def utc(moment: Any) -> datetime:
    return read_clock(moment, PARIS).utc


def contact(row: Mapping[str, Any], number: int) -> LiveContact | None:
    person = read_number(word(dict(row), "number"), region="FR").e164
    if person is None:
        return None
    inbound, answered, over, by = CALLS[row["call"]]
    return LiveContact(
        person=person,
        site="" if by else row.get("site") or "",
        started_at=utc(row["when"]),
        inbound=inbound,
        answered=answered,
        id=f"{number:03}",
        over=over,
        by=by,
    )


def shown(journey: LiveJourney) -> Mapping[str, object]:
    def local(moment: datetime | None) -> datetime | None:
        return None if moment is None else moment.astimezone(PARIS).replace(tzinfo=None)

    return {
        "number": f"0{journey.person % 1_000_000_000}",
        "site": journey.site or None,
        "opened": local(journey.opened_at),
        "misses": len(journey.missed),
        "state": str(journey.state),
        "closed": local(journey.closed_at),
        "by": None if journey.recovered_by is None else str(journey.recovered_by),
    }


def followed(rows: Rows, now: Any) -> list[Mapping[str, object]]:
    people: dict[int, list[LiveContact]] = {}
    for number, row in enumerate(rows):
        if (found := contact(row, number)) is not None:
            people.setdefault(found.person, []).append(found)
    return [
        shown(journey)
        for person in sorted(people)
        for journey in live_journeys(people[person], account="spec", now=utc(now))
    ]


def as_heard(rows: Rows) -> list[Mapping[str, object]]:
    """What is known after each thing that was heard, in the order of hearing."""
    facts: list[Fact] = []
    found: list[Mapping[str, object]] = []
    for row in sorted(rows, key=lambda row: str(row["heard"])):
        day = datetime(2026, 3, 2, tzinfo=UTC)
        clock = datetime.strptime(str(row["happened"]), "%H:%M:%S")  # noqa: DTZ007 - a time of that day
        facts.append(
            Fact(
                call_key="1",
                stage=Stage(str(row["stage"])),
                at=day + timedelta(hours=clock.hour, minutes=clock.minute, seconds=clock.second),
                leg_key=word(dict(row), "leg") or "",
                direction=Direction.INBOUND,
                caller="0611111111",
                final=row["stage"] == "ended",
            )
        )
        call = live_call(facts)
        person = read_number(call.other, region="FR").e164
        assert person is not None
        one = LiveContact(
            person=person,
            site="",
            started_at=call.call.started_at,
            inbound=True,
            answered=call.call.answered,
            id="1",
            over=call.over,
        )
        journeys = live_journeys([one], account="spec", now=day + timedelta(days=1))
        found.append(
            {
                "heard": row["heard"],
                "call": str(call.progress),
                "answered": call.call.answered,
                "journey": str(journeys[0].state) if journeys else None,
            }
        )
    return found


def spec(title: str, prose: str, given: str, expected: str, **more: Any) -> Spec:
    return Spec(
        title=title,
        prose=prose,
        given=given,
        expected=expected,
        plain=followed,
        settings={"now": datetime.fromisoformat("2026-03-12 12:00")},
        **more,
    )


SPECS = (
    spec(
        "A miss opens it, at the end of the call",
        """
        While it rings nobody knows whether the call will be missed: there is no journey yet. Once it has ended without
        an answer there is one, at once, and it is open until something closes it.
        """,
        """
        number     | when             | call
        -----------+------------------+---------
        0611111111 | 2026-03-12 11:59 | ringing
        0622222222 | 2026-03-12 11:58 | missed
        0633333333 | 2026-03-12 11:57 | answered
        """,
        """
        number     | opened           | misses | state | closed | by
        -----------+------------------+--------+-------+--------+---
        0622222222 | 2026-03-12 11:58 | 1      | open  |        |
        """,
        defines=(live_journeys,),
    ),
    spec(
        "Friday evening, called back on Monday",
        "Midnight ends nothing: a call missed on Friday at 17:55 and returned on Monday morning is recovered.",
        """
        number     | when             | call
        -----------+------------------+----------------
        0611111111 | 2026-03-06 17:55 | missed
        0611111111 | 2026-03-09 08:55 | we reached them
        """,
        """
        number     | opened           | misses | state     | closed           | by
        -----------+------------------+--------+-----------+------------------+---------
        0611111111 | 2026-03-06 17:55 | 1      | recovered | 2026-03-09 08:55 | our_call
        """,
    ),
    spec(
        "The caller's own second call",
        "Who calls again and is answered needs no callback. Our attempt in vain in between closes nothing.",
        """
        number     | when             | call
        -----------+------------------+-----------------
        0611111111 | 2026-03-10 09:00 | missed
        0611111111 | 2026-03-10 09:10 | we tried in vain
        0611111111 | 2026-03-10 09:12 | answered
        """,
        """
        number     | opened           | misses | state     | closed           | by
        -----------+------------------+--------+-----------+------------------+-----------
        0611111111 | 2026-03-10 09:00 | 1      | recovered | 2026-03-10 09:12 | their_call
        """,
    ),
    spec(
        "One callback is one recovery",
        """
        Three misses of one person are one journey, and one callback recovers it once. Whoever was reached before the
        miss is not recovered by that: the answer must follow the last miss.
        """,
        """
        number     | when             | call
        -----------+------------------+----------------
        0611111111 | 2026-03-10 09:00 | missed
        0611111111 | 2026-03-10 09:05 | missed
        0611111111 | 2026-03-10 09:20 | missed
        0611111111 | 2026-03-10 10:00 | we reached them
        0622222222 | 2026-03-10 08:00 | we reached them
        0622222222 | 2026-03-10 09:00 | missed
        """,
        """
        number     | opened           | misses | state     | closed           | by
        -----------+------------------+--------+-----------+------------------+---------
        0611111111 | 2026-03-10 09:00 | 3      | recovered | 2026-03-10 10:00 | our_call
        0622222222 | 2026-03-10 09:00 | 1      | open      |                  |
        """,
    ),
    spec(
        "Missed in the same second",
        "Two people were missed in the same second and one was called back: the other is still waiting.",
        """
        number     | when             | call
        -----------+------------------+----------------
        0611111111 | 2026-03-10 09:00 | missed
        0622222222 | 2026-03-10 09:00 | missed
        0611111111 | 2026-03-10 09:30 | we reached them
        """,
        """
        number     | misses | state     | by
        -----------+--------+-----------+---------
        0611111111 | 1      | recovered | our_call
        0622222222 | 1      | open      |
        """,
    ),
    spec(
        "An answer at any of our lines",
        """
        The caller does not care which of our lines answers. Missed in Lyon and answered in Bron, the need is met;
        missed at both, two journeys are closed by one answer. A person missed in Lyon only has no journey in Bron.
        """,
        """
        number     | site | when             | call
        -----------+------+------------------+----------------
        0611111111 | Lyon | 2026-03-10 09:00 | missed
        0611111111 | Bron | 2026-03-10 09:05 | answered
        0622222222 | Lyon | 2026-03-10 09:00 | missed
        0622222222 | Bron | 2026-03-10 09:05 | missed
        0622222222 | Bron | 2026-03-10 11:00 | we reached them
        0633333333 | Lyon | 2026-03-10 09:00 | answered
        0633333333 | Bron | 2026-03-10 09:05 | missed
        """,
        """
        number     | site | opened           | misses | state     | closed           | by
        -----------+------+------------------+--------+-----------+------------------+-----------
        0611111111 | Lyon | 2026-03-10 09:00 | 1      | recovered | 2026-03-10 09:05 | their_call
        0622222222 | Bron | 2026-03-10 09:05 | 1      | recovered | 2026-03-10 11:00 | our_call
        0622222222 | Lyon | 2026-03-10 09:00 | 1      | recovered | 2026-03-10 11:00 | our_call
        0633333333 | Bron | 2026-03-10 09:05 | 1      | open      |                  |
        """,
    ),
    spec(
        "A reply or a booking",
        """
        Besides a call, a reply to our text or a booking meets the need, wherever the person was missed.
        """,
        """
        number     | site | when             | call
        -----------+------+------------------+--------------------
        0611111111 | Lyon | 2026-03-10 09:00 | missed
        0611111111 |      | 2026-03-10 09:20 | replied to our text
        0622222222 | Lyon | 2026-03-10 09:00 | missed
        0622222222 |      | 2026-03-10 20:00 | booked
        """,
        """
        number     | site | misses | state     | closed           | by
        -----------+------+--------+-----------+------------------+--------
        0611111111 | Lyon | 1      | recovered | 2026-03-10 09:20 | reply
        0622222222 | Lyon | 1      | recovered | 2026-03-10 20:00 | booking
        """,
    ),
    spec(
        "Masked numbers, and two people on one number",
        """
        Nobody can call a masked number back, and two masked calls may be two people: there is no journey, the misses
        are counted with the calls. One number is one person, also when a couple shares it: what one of them asked, the
        other is supposed to have told. The same number written in two ways is one.
        """,
        """
        number          | when             | call
        ----------------+------------------+---------
        anonymous       | 2026-03-10 09:00 | missed
        anonymous       | 2026-03-10 09:10 | answered
        0611111111      | 2026-03-10 09:00 | missed
        0611111111      | 2026-03-10 15:00 | answered
        0622222222      | 2026-03-10 09:00 | missed
        +33 6 22 222222 | 2026-03-10 09:30 | missed
        """,
        """
        number     | misses | state     | by
        -----------+--------+-----------+-----------
        0611111111 | 1      | recovered | their_call
        0622222222 | 2      | open      |
        """,
    ),
    spec(
        "Reopened within seven days",
        """
        A miss within 7 days of the recovery opens the same journey again, until the person is reached again. After
        7 days of silence it is another journey.
        """,
        """
        number     | when             | call
        -----------+------------------+----------------
        0611111111 | 2026-03-05 09:00 | missed
        0611111111 | 2026-03-05 09:30 | we reached them
        0611111111 | 2026-03-11 09:00 | missed
        0622222222 | 2026-03-03 09:00 | missed
        0622222222 | 2026-03-03 09:30 | we reached them
        0622222222 | 2026-03-10 09:31 | missed
        0633333333 | 2026-03-05 09:00 | missed
        0633333333 | 2026-03-05 09:30 | answered
        0633333333 | 2026-03-11 09:00 | missed
        0633333333 | 2026-03-11 09:04 | answered
        """,
        """
        number     | opened           | misses | state     | closed           | by
        -----------+------------------+--------+-----------+------------------+-----------
        0611111111 | 2026-03-05 09:00 | 2      | open      |                  |
        0622222222 | 2026-03-03 09:00 | 1      | recovered | 2026-03-03 09:30 | our_call
        0622222222 | 2026-03-10 09:31 | 1      | open      |                  |
        0633333333 | 2026-03-05 09:00 | 2      | recovered | 2026-03-11 09:04 | their_call
        """,
    ),
    spec(
        "Expired after seven days of silence",
        """
        It is 12 March, noon. Seven days after the last contact a journey expires, dated to that moment; to the minute
        it is still open. Our attempts in vain prolong nothing; the person's own next call does.
        """,
        """
        number     | when             | call
        -----------+------------------+-----------------
        0611111111 | 2026-03-05 11:59 | missed
        0622222222 | 2026-03-05 12:00 | missed
        0633333333 | 2026-03-04 09:00 | missed
        0633333333 | 2026-03-10 09:00 | we tried in vain
        0644444444 | 2026-03-04 09:00 | missed
        0644444444 | 2026-03-08 09:00 | missed
        """,
        """
        number     | opened           | misses | state   | closed           | by
        -----------+------------------+--------+---------+------------------+---
        0611111111 | 2026-03-05 11:59 | 1      | expired | 2026-03-12 11:59 |
        0622222222 | 2026-03-05 12:00 | 1      | open    |                  |
        0633333333 | 2026-03-04 09:00 | 1      | expired | 2026-03-11 09:00 |
        0644444444 | 2026-03-04 09:00 | 2      | open    |                  |
        """,
    ),
    Spec(
        title="The night when the clock changes",
        prose="""
            Seven days are 168 hours. On 29 March 2026 in Paris the clock jumps from 2:00 to 3:00: who was missed on the
            22nd at 10:00 may be called back until the 29th at 11:00 on the clock. A callback in the hour after the jump
            follows a miss in the hour before it.
        """,
        given="""
            number     | when             | call
            -----------+------------------+----------------
            0611111111 | 2026-03-29 01:50 | missed
            0611111111 | 2026-03-29 03:10 | we reached them
            0622222222 | 2026-03-22 10:00 | missed
            0622222222 | 2026-03-29 11:00 | answered
            0633333333 | 2026-03-22 10:00 | missed
            0633333333 | 2026-03-29 11:01 | answered
        """,
        expected="""
            number     | opened           | misses | state     | closed           | by
            -----------+------------------+--------+-----------+------------------+-----------
            0611111111 | 2026-03-29 01:50 | 1      | recovered | 2026-03-29 03:10 | our_call
            0622222222 | 2026-03-22 10:00 | 1      | recovered | 2026-03-29 11:00 | their_call
            0633333333 | 2026-03-22 10:00 | 1      | expired   | 2026-03-29 11:00 |
        """,
        plain=followed,
        settings={"now": datetime.fromisoformat("2026-03-29 12:00")},
    ),
    Spec(
        title="A late word withdraws it",
        prose="""
            The end of the call came before the news that a colleague had answered, as happens when a platform tries
            again later. What was known in between was a miss, and a journey stood open; with the late fact there is
            none, as if it had come in time. Whoever was told of the journey is told that it is withdrawn.
        """,
        given="""
            heard | happened | stage    | leg
            ------+----------+----------+----
            09:01 | 09:00:00 | created  |
            09:02 | 09:00:05 | ringing  | a
            09:03 | 09:00:40 | ended    |
            09:20 | 09:00:15 | answered | a
        """,
        expected="""
            heard | call     | answered | journey
            ------+----------+----------+--------
            09:01 | arriving | no       |
            09:02 | ringing  | no       |
            09:03 | ended    | no       | open
            09:20 | ended    | yes      |
        """,
        plain=as_heard,
        defines=(live_call,),
    ),
)

PAGE = Page(
    name="live_journeys",
    title="Live journeys: who is still waiting for us",
    intro="""
        A journey is a person who was missed at a site, from the miss to the moment when the need is met or given up.
        Live, it is made again from all calls of the person whenever one of them changes, so that a late fact gives the
        journey that it would have given in time. Times in these tables are those of Paris.
    """,
    specs=SPECS,
)
