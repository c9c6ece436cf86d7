"""The page on calls and legs: how the rows that a phone system writes become one call."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from itertools import groupby
from typing import Any

from decroche.model.call import Call, Direction, Leg, MissedReason, NumberKind
from decroche.understand.fold import fold, other_number, repeated
from decroche.understand.numbers import read_number
from decroche.warehouse.calls import folded_calls, has_legs, mark_duplicates
from tests.spec import columns
from tests.spec.spec import Page, Spec
from tests.spec.table import Cell, Rows

DURATIONS = {"wait": "wait_s", "talk": "talk_s"}


def leg(row: Mapping[str, Any]) -> Leg:
    """A drawn row; a column that the table does not draw says nothing."""
    said = {
        DURATIONS.get(name, name): value for name, value in row.items() if name not in ("leg", "time", "call", "file")
    }
    said["direction"] = Direction(said.get("direction") or "inbound")
    said["reason"] = MissedReason(said["reason"]) if said.get("reason") else None
    for name in ("caller", "called", "agent"):
        said[name] = columns.word(said, name)
    key = None if row["call"] is None else str(row["call"])
    return Leg(call_key=key, started_at=columns.at(row["time"]), **said)


def shown(call: Call) -> Mapping[str, object]:
    said = {name: getattr(call, name) for name in Call.__dataclass_fields__}
    return said | {
        "call": int(call.call_key),
        "time": f"{call.started_at:%H:%M:%S}",
        "wait": call.wait_s,
        "talk": call.talk_s,
    }


def folded(rows: Rows) -> list[Mapping[str, object]]:
    legs = sorted((leg(row) for row in rows), key=lambda each: each.call_key or "")
    return [shown(fold(group)) for _, group in groupby(legs, key=lambda each: each.call_key)]


def folded_columns(rows: Rows, **_: Cell) -> Sequence[Mapping[str, object]]:
    found = []
    for row in rows:
        said = leg(row)
        given = {name: getattr(said, name) for name in Leg.__dataclass_fields__}
        found.append(given | {"started": said.started_at})
    with columns.engine() as opened:
        columns.kept_rows(opened, found)
        mark_duplicates(opened, "rows", legs=has_legs(opened, "rows"))
        calls = opened.records(folded_calls(opened.table("rows")).order_by("call_key"))
    return [
        {
            **row,
            "call": int(row["call_key"]),
            "time": f"{row['started']:%H:%M:%S}",
            "wait": row["wait_s"],
            "talk": row["talk_s"],
        }
        for row in calls
    ]


def whose(row: Mapping[str, Any]) -> NumberKind:
    return read_number(leg(row).caller, region="FR").kind


def repeats(rows: Rows) -> list[Mapping[str, object]]:
    told = repeated([(int(str(row["file"])), leg(row), whose(row)) for row in rows])
    return [{"repeated": again} for again in told]


def repeats_in_columns(rows: Rows) -> list[Mapping[str, object]]:
    found = []
    for row in rows:
        said = leg(row)
        given = {name: getattr(said, name) for name in Leg.__dataclass_fields__}
        found.append(given | {"started": said.started_at, "file": row["file"], "caller_kind": whose(row).value})
    with columns.engine() as opened:
        columns.kept_rows(opened, found)
        mark_duplicates(opened, "rows", legs=has_legs(opened, "rows"))
        fates = opened.records(opened.table("rows").order_by("row").select("fate_reason"))
    return [{"repeated": row["fate_reason"] == "duplicate"} for row in fates]


def caller_of(rows: Rows) -> list[Mapping[str, object]]:
    return [
        {"call": call, "other_number": other_number(leg(row) for row in group)}
        for call, group in groupby(rows, key=lambda row: row["call"])
    ]


SPECS = (
    Spec(
        title="Answered by the second colleague",
        prose="""
            A rang for 15 seconds, then B took the call. One call, answered, by B: that nobody took the first leg is no
            miss, for A neither. What the first leg said about the reason is forgotten.
        """,
        given="""
            call | time     | agent | answered | rang | reason    | wait | talk
            -----+----------+-------+----------+------+-----------+------+-----
            1    | 09:00:00 | A     | no       | yes  | no_answer | 15   |
            1    | 09:00:15 | B     | yes      | yes  |           | 3    | 120
        """,
        expected="""
            call | time     | agent | answered | reason | wait | talk | legs
            -----+----------+-------+----------+--------+------+------+-----
            1    | 09:00:00 | B     | yes      |        | 3    | 120  | 2
        """,
        plain=folded,
        columnar=folded_columns,
        defines=(fold,),
    ),
    Spec(
        title="A transfer",
        prose="""
            A answered and passed the caller to B, who also spoke. The call is A's, who answered first; the talk of both
            counts; the wait is the shortest among those who answered.
        """,
        given="""
            call | time     | agent | answered | wait | talk
            -----+----------+-------+----------+------+-----
            2    | 10:00:00 | A     | yes      | 8    | 30
            2    | 10:00:38 | B     | yes      | 12   | 200
        """,
        expected="""
            call | agent | answered | wait | talk | legs
            -----+-------+----------+------+------+-----
            2    | A     | yes      | 8    | 230  | 2
        """,
        plain=folded,
        columnar=folded_columns,
    ),
    Spec(
        title="A group of phones rings",
        prose="""
            Three phones ring at once. In call 3 B takes it; in call 4 nobody does, and the most telling reason of all
            legs is the call's, in the order of the [missed reasons](missed_reasons.md).
        """,
        given="""
            call | time     | agent | answered | rang | reason         | wait | talk
            -----+----------+-------+----------+------+----------------+------+-----
            3    | 11:00:00 | A     | no       | yes  | no_answer      | 6    |
            3    | 11:00:00 | B     | yes      | yes  |                | 6    | 90
            3    | 11:00:00 | C     | no       | yes  | agent_rejected | 2    |
            4    | 11:30:00 | A     | no       | yes  | no_answer      | 25   |
            4    | 11:30:00 | B     | no       | yes  | busy           | 0    |
            4    | 11:30:00 | C     | no       | yes  | agent_rejected | 4    |
        """,
        expected="""
            call | agent | answered | rang | reason | wait | talk | legs
            -----+-------+----------+------+--------+------+------+-----
            3    | B     | yes      | yes  |        | 6    | 90   | 3
            4    |       | no       | yes  | busy   | 25   |      | 3
        """,
        plain=folded,
        columnar=folded_columns,
    ),
    Spec(
        title="Overflow from queue to queue, and voicemail",
        prose="""
            Call 5 waited a minute for sales and overflowed to the reception, which answered: it belongs to the queue
            that it entered first. Call 6 overflowed to the voicemail and left a message: it is not answered, and the
            message is a flag beside the reason. A voicemail that picks up is not a person.
        """,
        given="""
            call | time     | queue     | answered | queued | voicemail | reason        | wait | talk
            -----+----------+-----------+----------+--------+-----------+---------------+------+-----
            5    | 12:00:00 | sales     | no       | yes    | no        | queue_timeout | 60   |
            5    | 12:01:00 | reception | yes      | yes    | no        |               | 9    | 45
            6    | 12:10:00 | sales     | no       | yes    | no        | queue_timeout | 60   |
            6    | 12:11:00 |           | no       | no     | yes       |               |      | 18
        """,
        expected="""
            call | queue | answered | queued | voicemail | reason        | wait | talk | legs
            -----+-------+----------+--------+-----------+---------------+------+------+-----
            5    | sales | yes      | yes    | no        |               | 9    | 45   | 2
            6    | sales | no       | yes    | yes       | queue_timeout | 60   |      | 2
        """,
        plain=folded,
        columnar=folded_columns,
    ),
    Spec(
        title="Late rows, repeated rows, rows in any order",
        prose="""
            The same call as above, its rows reversed and one of them written twice, as exports that overlap do. The
            answer is the same; the repeated row is counted apart, as ignored.
        """,
        given="""
            call | time     | agent | answered | rang | reason    | wait | talk
            -----+----------+-------+----------+------+-----------+------+-----
            1    | 09:00:15 | B     | yes      | yes  |           | 3    | 120
            1    | 09:00:00 | A     | no       | yes  | no_answer | 15   |
            1    | 09:00:15 | B     | yes      | yes  |           | 3    | 120
        """,
        expected="""
            call | time     | agent | answered | reason | wait | talk | legs
            -----+----------+-------+----------+--------+------+------+-----
            1    | 09:00:00 | B     | yes      |        | 3    | 120  | 2
        """,
        plain=folded,
        columnar=folded_columns,
    ),
    Spec(
        title="Rows that say the same",
        prose="""
            Two rows that say the same are one row written twice, whether in one file or in two that overlap. Where the
            platform gives no id and the caller hides the number, nothing proves it: two such callers may give up in the
            same second after the same wait, and both count. Files that overlap still count such rows once: as many as
            the file that holds most of them.
        """,
        given="""
            file | call | time     | caller     | wait || repeated
            -----+------+----------+------------+------++---------
            1    | 1    | 09:00:00 | 0612345678 | 15   || no
            1    | 1    | 09:00:00 | 0612345678 | 15   || yes
            1    |      | 09:30:00 | 0612345678 | 15   || no
            1    |      | 09:30:00 | 0612345678 | 15   || yes
            1    |      | 10:00:00 | anonymous  | 15   || no
            1    |      | 10:00:00 | anonymous  | 15   || no
            2    |      | 09:30:00 | 0612345678 | 15   || yes
            2    |      | 10:00:00 | anonymous  | 15   || yes
            2    |      | 10:00:00 | anonymous  | 15   || yes
            2    |      | 10:00:00 | anonymous  | 15   || no
            2    |      | 10:00:00 | anonymous  | 16   || no
            2    | 2    | 11:00:00 | anonymous  | 15   || no
            2    | 2    | 11:00:00 | anonymous  | 15   || yes
        """,
        plain=repeats,
        columnar=repeats_in_columns,
        defines=(repeated,),
    ),
    Spec(
        title="Legs that go different ways",
        prose="""
            A call that came in and was sent on to a mobile has an inbound and an outbound leg: it is inbound. The
            person outside is whoever the legs of that direction name, not the mobile, not the extension of the
            colleague who passed the call on.
        """,
        given="""
            call | time     | direction | caller     | called     | answered
            -----+----------+-----------+------------+------------+---------
            7    | 14:00:00 | inbound   | 0612345678 | 0472000000 | no
            7    | 14:00:20 | outbound  | 0472000000 | 0699999999 | yes
            8    | 14:10:00 | internal  | 101        | 102        | no
            8    | 14:10:00 | inbound   | 0612345678 | 0472000000 | no
            9    | 14:20:00 | inbound   |            | 0472000000 | no
            9    | 14:20:00 | internal  | 101        | 102        | no
            10   | 14:30:00 | outbound  | 101        | 0612345678 | no
        """,
        expected="""
            call | other number
            -----+-------------
            7    | 0612345678
            8    | 0612345678
            9    |
            10   | 0612345678
        """,
        plain=caller_of,
        defines=(other_number,),
    ),
)

PAGE = Page(
    name="fold",
    title="Calls and legs",
    intro="""
        A phone system may write one row for a call or a row for each phone that rang. Rows that carry the same call id
        are legs of one call, and the call has one verdict: a colleague's phone that rang in vain is not a missed call
        when another colleague answered.
    """,
    specs=SPECS,
)
