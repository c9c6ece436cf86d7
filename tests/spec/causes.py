"""The page on first signs: which of the seven causes of missed calls a log alone can point to."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict
from typing import Any

from decroche.model.hours import OpeningHours
from decroche.understand.causes import ClockHour, HourOfDay, Signs, every_open_hour, first_signs
from decroche.understand.hours import parse_week
from tests.spec.spec import Page, Spec
from tests.spec.table import Cell, Rows

QUIET: dict[str, Any] = {
    "missed": 0,
    "missed_closed": 0,
    "missed_by_reason": {},
    "open_hours": (),
    "wait_before_leaving_s": None,
    "waits_known": 0,
    "outbound_calls": 0,
    "journeys": 0,
    "not_called_back": 0,
}


def by_reason(rows: Rows, closed: Cell = 0) -> list[Mapping[str, object]]:
    reasons = {str(row["reason"]): row["missed"] for row in rows}
    total = sum(count for count in reasons.values() if isinstance(count, int))
    causes = first_signs(Signs(**QUIET | {"missed": total, "missed_closed": closed, "missed_by_reason": reasons}))
    return [{"sign": cause.cause, "missed": cause.missed} for cause in causes]


def by_hour(rows: Rows, sign: str) -> list[Mapping[str, object]]:
    hours = tuple(HourOfDay(**row) for row in rows)  # type: ignore[arg-type]
    missed = sum(hour.missed for hour in hours)
    (found,) = (c for c in first_signs(Signs(**QUIET | {"missed": missed, "open_hours": hours})) if c.cause == sign)
    return [{"sign": found.cause, "missed": found.missed, **found.evidence}]


def open_clock_hours(rows: Rows, open_hours: str) -> list[Mapping[str, object]]:
    brought = [ClockHour(**row) for row in rows]  # type: ignore[arg-type]
    calendar = OpeningHours(week=parse_week(open_hours))
    return [asdict(hour) for hour in every_open_hour(brought, [calendar])]


def callbacks(rows: Rows) -> list[Mapping[str, object]]:
    found: list[Mapping[str, object]] = []
    for row in rows:
        *_, cause = first_signs(Signs(**QUIET | dict(row)))
        found.append({"sign": cause.cause, "missed": cause.missed})
    return found


SPECS = (
    Spec(
        title="What the reasons point to",
        prose="""
            Waiting in vain and ringing in vain point to too few people; busy and full lines to too few lines; a wait
            that ended nowhere, nobody logged in or a busy line to no overflow. A call may carry several signs: they do
            not add up to the misses. `closed` of the misses came while the business was closed.
        """,
        settings={"closed": 7},
        given="""
            reason             | missed
            -------------------+-------
            abandoned_queue    | 20
            queue_timeout      | 5
            no_answer          | 30
            no_agent_available | 4
            busy               | 3
            queue_full         | 2
            technical_failure  | 1
            after_hours        | 6
            unknown            | 9
        """,
        expected="""
            sign            | missed
            ----------------+-------
            understaffing   | 59
            unforeseen_peak |
            bad_planning    |
            saturated_lines | 6
            no_overflow     | 14
            no_cover        | 7
            no_callback     |
        """,
        plain=by_reason,
        defines=(first_signs,),
    ),
    Spec(
        title="What the export cannot tell",
        prose="""
            An export without a single reason says nothing of staff, lines or overflow, one without outbound calls
            nothing of callbacks, and one without an hour that is open three times nothing of peaks: the report says so
            instead of printing a zero.
        """,
        given="""
            reason  | missed
            --------+-------
            unknown | 40
        """,
        expected="""
            sign            | missed
            ----------------+-------
            understaffing   |
            unforeseen_peak |
            bad_planning    |
            saturated_lines |
            no_overflow     |
            no_cover        | 0
            no_callback     |
        """,
        plain=by_reason,
    ),
    Spec(
        title="An unforeseen peak",
        prose="""
            An hour is a peak when it brings half as many calls again as the same hour of the same weekday usually does
            (the median), and at least 10. Its misses carry the sign. Here the Monday hour of 30 calls, against a usual
            12, and not the Tuesday hour of 9.
        """,
        settings={"sign": "unforeseen_peak"},
        given="""
            weekday | hour | offered | missed
            --------+------+---------+-------
            1       | 9    | 12      | 1
            1       | 9    | 12      | 2
            1       | 9    | 30      | 15
            2       | 9    | 2       | 0
            2       | 9    | 2       | 0
            2       | 9    | 9       | 6
        """,
        expected="""
            sign            | missed | hours | ratio
            ----------------+--------+-------+------
            unforeseen_peak | 15     | 1     | 1.5
        """,
        plain=by_hour,
    ),
    Spec(
        title="What is usual takes three",
        prose="""
            Where no hour of the week stands in the export three times, nothing is usual, and whether an hour was a peak
            cannot be told. A zero is a finding: there was enough to compare, and no peak.
        """,
        settings={"sign": "unforeseen_peak"},
        given="""
            weekday | hour | offered | missed
            --------+------+---------+-------
            1       | 9    | 12      | 1
            1       | 9    | 60      | 30
            2       | 9    | 40      | 20
        """,
        expected="""
            sign            | missed | hours | ratio
            ----------------+--------+-------+------
            unforeseen_peak |        | 0     | 1.5
        """,
        plain=by_hour,
    ),
    Spec(
        title="The open hours of an export",
        prose="""
            An hour that was open and brought no call counts as 0, or what is usual would be too high. Open here: Monday
            8:00 to 9:30 and Tuesday 8:00 to 9:00. The Monday without any call at all, the 9th, is a gap of the export
            and counts for nothing; nor do the hours before its first call (Monday the 2nd at 8) and after its last
            (Monday the 16th at 9). Tuesday the 3rd only had a call in the evening, when the business was closed.
        """,
        settings={"open_hours": "mon 08:00-09:30; tue 08:00-09:00"},
        given="""
            day        | hour | open | offered | missed
            -----------+------+------+---------+-------
            2026-03-02 | 9    | yes  | 12      | 1
            2026-03-03 | 20   | no   | 1       | 1
            2026-03-16 | 8    | yes  | 5       | 2
        """,
        expected="""
            day        | weekday | hour | offered | missed
            -----------+---------+------+---------+-------
            2026-03-02 | 1       | 9    | 12      | 1
            2026-03-03 | 2       | 8    | 0       | 0
            2026-03-16 | 1       | 8    | 5       | 2
        """,
        plain=open_clock_hours,
        defines=(every_open_hour,),
    ),
    Spec(
        title="An hour of the week that is badly covered",
        prose="""
            Every Monday at noon 10 of 20 calls are missed, elsewhere 8 of 80, that is 10 %. At least twice the rate of
            the other hours, on at least 10 calls: the sign counts the 8 misses above the 2 that the rate elsewhere
            would have given.
        """,
        settings={"sign": "bad_planning"},
        given="""
            weekday | hour | offered | missed
            --------+------+---------+-------
            1       | 12   | 10      | 5
            1       | 12   | 10      | 5
            1       | 9    | 40      | 4
            2       | 9    | 40      | 4
        """,
        expected="""
            sign         | missed | slots | worst rate | worst weekday | worst hour
            -------------+--------+-------+------------+---------------+-----------
            bad_planning | 8      | 1     | 50.0 %     | 1             | 12
        """,
        plain=by_hour,
    ),
    Spec(
        title="One hour of the week alone",
        prose="""
            Where all calls of the open hours came in one hour of the week, there are no others to compare it with, and
            whether it is badly covered cannot be told.
        """,
        settings={"sign": "bad_planning"},
        given="""
            weekday | hour | offered | missed
            --------+------+---------+-------
            1       | 12   | 10      | 9
            1       | 12   | 10      | 9
            2       | 12   | 0       | 0
        """,
        expected="""
            sign         | missed | slots | ratio
            -------------+--------+-------+------
            bad_planning |        | 0     | 2
        """,
        plain=by_hour,
    ),
    Spec(
        title="Nobody called back",
        prose="""
            Of the journeys with a whole day of data behind their first miss, those that nobody called back within that
            day. Where the export holds no outbound call at all, it cannot tell.
        """,
        given="""
            journeys | not called back | outbound calls || sign        | missed
            ---------+-----------------+----------------++-------------+-------
            50       | 42              | 300            || no_callback | 42
            50       | 50              | 0              || no_callback |
        """,
        plain=callbacks,
    ),
)

PAGE = Page(
    name="causes",
    title="First signs of the seven causes",
    intro="""
        Too few people, an unforeseen peak, hours badly planned, too few lines, no overflow, no cover when closed, no
        callback: a log alone shows first signs of each, with their evidence. They are signs, not shares of blame.
    """,
    specs=SPECS,
)
