"""The page on verdicts: answered, missed and why, with the order of the fifteen reasons."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from itertools import pairwise
from typing import Any

from decroche.model.call import Call, Direction, Leg, MissedReason, NumberKind
from decroche.model.hours import HourClass
from decroche.prove.kpis.calls import JudgedCall, totals
from decroche.understand.fold import fold
from decroche.understand.missed import judge, waited
from decroche.warehouse.calls import folded_calls
from decroche.warehouse.verdicts import with_verdict
from tests.spec import columns
from tests.spec.spec import Page, Spec
from tests.spec.table import Cell, Rows

MEANINGS = {
    MissedReason.BLOCKED_SPAM: "refused by a rule or a spam filter; not offered, in no rate",
    MissedReason.TECHNICAL_FAILURE: "network, trunk or configuration",
    MissedReason.SHORT_ABANDON: "the caller left before the threshold (5 s; the platform's own flag wins)",
    MissedReason.ABANDONED_IVR: "left in the menu; no queue or phone was reached",
    MissedReason.CALLBACK_REQUESTED: "left on purpose, asking to be called back",
    MissedReason.QUEUE_FULL: "refused: the queue was at capacity",
    MissedReason.NO_AGENT_AVAILABLE: "nobody logged in, or all away",
    MissedReason.QUEUE_TIMEOUT: "waited the longest that is allowed, sent elsewhere",
    MissedReason.ABANDONED_QUEUE: "left while waiting",
    MissedReason.BUSY: "the phone or the line was busy",
    MissedReason.AGENT_REJECTED: "a colleague declined",
    MissedReason.ABANDONED_RINGING: "left while a phone rang",
    MissedReason.NO_ANSWER: "rang to the limit",
    MissedReason.AFTER_HOURS: "the business was closed, nothing rang and nothing queued",
    MissedReason.UNKNOWN: "the export does not tell",
}
NAMES = {"wait": "wait_s", "ring": "ring_s", "total": "total_s", "told": "reason"}


def one_leg(row: Mapping[str, Any], **more: object) -> Leg:
    said = {NAMES.get(name, name): value for name, value in row.items() if name not in ("case", "caller_is", "closed")}
    said["direction"] = Direction(said.get("direction") or "inbound")
    said["reason"] = MissedReason(said["reason"]) if said.get("reason") else None
    given: dict[str, Any] = {"call_key": "1", "started_at": columns.at("09:00"), **said, **more}
    return Leg(**given)


def verdict(call: Call, row: Mapping[str, Any]) -> Mapping[str, object]:
    found = judge(call, caller=NumberKind(row.get("caller_is") or "external"), closed=bool(row.get("closed")))
    return {
        "verdict": found.disposition.value,
        "reason": found.reason,
        "after_hours": found.after_hours,
        "waited": waited(call),
    }


def verdicts(rows: Rows) -> list[Mapping[str, object]]:
    return [verdict(fold([one_leg(row)]), row) for row in rows]


def judged_columns(legs: Sequence[Leg], rows: Rows) -> list[Mapping[str, object]]:
    kinds = {leg.call_key: row.get("caller_is") or "external" for leg, row in zip(legs, rows, strict=True)}
    given = [
        {name: getattr(leg, name) for name in Leg.__dataclass_fields__ if not name.endswith("_at")}
        | {"started": leg.started_at, "caller": "number", "called": "number", "caller_kind": kinds[leg.call_key]}
        for leg in legs
    ]
    classes = [
        {"key": leg.call_key, "hour_class": (HourClass.CLOSED_WEEKDAY if row.get("closed") else HourClass.OPEN).value}
        for leg, row in zip(legs, rows, strict=True)
    ]
    with columns.engine() as opened:
        calls = folded_calls(columns.kept_rows(opened, given))
        hours = opened.load("hours", columns.typed({"key": "string", "hour_class": "string"}, classes)).distinct()
        judged = with_verdict(calls.join(hours, calls.call_key == hours.key))
        found = {row["call_key"]: row for row in opened.records(judged)}
    return [
        {"verdict": row["disposition"], **{k: row[k] for k in ("reason", "after_hours")}, "waited": row["waited_s"]}
        for row in found.values()
    ]


def verdicts_columns(rows: Rows, **_: Cell) -> Sequence[Mapping[str, object]]:
    legs = [one_leg(row, call_key=f"{number:03}") for number, row in enumerate(rows)]
    return judged_columns(legs, rows)


def two_legs(row: Mapping[str, Any], key: str) -> list[Leg]:
    legs = [MissedReason(row["one_leg_says"]), MissedReason(row["another_says"])]
    return [one_leg({}, call_key=key, agent=f"{number}", reason=told) for number, told in enumerate(legs)]


def precedence(rows: Rows) -> list[Mapping[str, object]]:
    return [verdict(fold(two_legs(row, "1")), row) for row in rows]


def precedence_columns(rows: Rows, **_: Cell) -> Sequence[Mapping[str, object]]:
    legs = [leg for number, row in enumerate(rows) for leg in two_legs(row, f"{number:03}")]
    return judged_columns(legs, [row for row in rows for _ in range(2)])


def in_order() -> str:
    lines = [f"| {place} | `{reason.value}` | {MEANINGS[reason]} |" for place, reason in enumerate(MissedReason, 1)]
    return "\n".join(["## The fifteen reasons", "", "| order | reason | meaning |", "| ---: | --- | --- |", *lines])


def taken(row: Mapping[str, Any], key: str) -> list[Leg]:
    """The legs of a call that ``first`` picks up, and then perhaps ``then``; a machine's leg is a flag, no answer."""
    found = []
    for number, who in enumerate((row["first"], row["then"])):
        if who is not None:
            person = who == "person"
            found.append(
                one_leg(
                    {"answered": person, "voicemail": not person, "total": 60 if number == 0 else 90},
                    call_key=key, agent="Nadia" if person else None, started_at=columns.at(f"09:0{number}"),
                    wait_s=10 if person else 60,
                )
            )  # fmt: skip
    return found


def picked_up(rows: Rows) -> list[Mapping[str, object]]:
    found: list[Mapping[str, object]] = []
    for row in rows:
        call = fold(taken(row, "1"))
        told = judge(call, caller=NumberKind.EXTERNAL, closed=False)
        counted = totals([JudgedCall(answered=call.answered, reason=told.reason, voicemail=call.voicemail)])
        found.append(
            {
                "verdict": told.disposition.value,
                "answered": counted.answered,
                "missed": counted.missed,
                "by_a_machine_alone": counted.voicemail_left,
            }
        )
    return found


LADDER = "one leg says | another says || reason\n" + "\n".join(
    f"{lower.value} | {higher.value} || {higher.value}" for higher, lower in pairwise(MissedReason)
)

SPECS = (
    Spec(
        title="When several legs tell a reason",
        prose="Each reason wins over the next one in the order, whichever leg told it and when.",
        given=LADDER,
        plain=precedence,
        columnar=precedence_columns,
    ),
    Spec(
        title="Answered, missed, or neither",
        prose="""
            Answered means by a person. Only calls that come in from outside can be missed: a call between colleagues
            is internal, our own call that nobody took has the result of an outbound call. What a spam rule refused is
            blocked, and an export that does not say the direction gets no verdict.
        """,
        given="""
            direction | caller is | answered | told              || verdict   | reason
            ----------+-----------+----------+-------------------++-----------+-------------
            inbound   | external  | yes      |                   || answered  |
            inbound   | external  | no       | no_answer         || missed    | no_answer
            inbound   | anonymous | no       | no_answer         || missed    | no_answer
            inbound   | internal  | no       | no_answer         || internal  |
            internal  | internal  | yes      |                   || internal  |
            inbound   | external  | no       | blocked_spam      || blocked   | blocked_spam
            unknown   | external  | no       | no_answer         || unknown   |
            outbound  | external  | yes      |                   || answered  |
            outbound  | external  | no       | no_answer         || no_answer |
            outbound  | external  | no       | busy              || busy      |
            outbound  | external  | no       | technical_failure || failed    |
            outbound  | external  | no       | agent_rejected    || rejected  |
            outbound  | external  | no       | abandoned_ringing || canceled  |
            outbound  | external  | no       |                   || unknown   |
        """,
        plain=verdicts,
        columnar=verdicts_columns,
        defines=(judge,),
    ),
    Spec(
        title="Picked up by a machine",
        prose="""
            An assistant or a voicemail that picks up is a flag of the call and no answer: “nobody waits any more” is
            not “everybody was served”. What a machine alone took is missed, and counted apart; passed on to a person,
            it is answered.
        """,
        given="""
            first   | then   || verdict  | answered | missed | by a machine alone
            --------+--------++----------+----------+--------+-------------------
            person  |        || answered | 1        | 0      | 0
            machine |        || missed   | 0        | 1      | 1
            machine | person || answered | 1        | 0      | 0
        """,
        plain=picked_up,
    ),
    Spec(
        title="When the platform tells no reason",
        prose="""
            Then the log itself is the evidence: a wait that was short, a queue, a phone that rang, the opening hours.
            What none of them shows stays unknown: it is never guessed.
        """,
        given="""
            wait | queued | rang | closed || reason          | after hours
            -----+--------+------+--------++-----------------+------------
            40   | yes    | no   | no     || abandoned_queue | no
            40   | yes    | yes  | no     || abandoned_queue | no
            25   | no     | yes  | no     || no_answer       | no
            3    | no     | yes  | no     || short_abandon   | no
            3    | no     | no   | no     || short_abandon   | no
            0    | no     | yes  | no     || no_answer       | no
            40   | no     | no   | yes    || after_hours     | yes
            40   | no     | no   | no     || unknown         | no
                 | no     | no   | no     || unknown         | no
        """,
        plain=verdicts,
        columnar=verdicts_columns,
    ),
    Spec(
        title="Short abandons",
        prose="""
            Under 5 seconds (a setting, shown beside every rate) nobody had a chance to answer. The threshold itself is
            not short. A platform that says that the caller left is believed, and the wait decides whether it was short;
            a platform that says "short" by its own threshold is believed too. A reason that is not the caller's is
            kept. The wait is what the platform tells, else the ringing, else the whole call.
        """,
        given="""
            told              | wait | ring | total || reason            | waited
            ------------------+------+------+-------++-------------------+-------
            abandoned_ringing | 4.9  |      |       || short_abandon     | 4.9
            abandoned_ringing | 5    |      |       || abandoned_ringing | 5
            abandoned_queue   | 0    |      |       || short_abandon     | 0
            abandoned_ivr     |      | 3    | 9     || short_abandon     | 3
            abandoned_ivr     |      |      | 4     || short_abandon     | 4
            abandoned_queue   |      |      |       || abandoned_queue   |
            short_abandon     | 9    |      |       || short_abandon     | 9
            busy              | 1    |      |       || busy              | 1
            unknown           | 3    |      |       || short_abandon     | 3
        """,
        plain=verdicts,
        columnar=verdicts_columns,
        defines=(waited,),
    ),
    Spec(
        title="Closed: a flag always, a reason sometimes",
        prose="""
            The flag says that the business was closed, by the platform or by its opening hours. It stands beside any
            reason, and beside an answer. It is the reason itself only where nothing rang and nothing queued: a phone
            that rang at night could have been answered.
        """,
        given="""
            told            | closed | queued | rang | answered | wait || verdict  | reason          | after hours
            ----------------+--------+--------+------+----------+------++----------+-----------------+------------
                            | yes    | no     | no   | no       |      || missed   | after_hours     | yes
            after_hours     | no     | no     | no   | no       |      || missed   | after_hours     | yes
            after_hours     | no     | no     | no   | no       | 3    || missed   | after_hours     | yes
            after_hours     | no     | no     | yes  | no       | 20   || missed   | no_answer       | yes
            after_hours     | no     | yes    | no   | no       | 60   || missed   | abandoned_queue | yes
                            | yes    | no     | no   | no       | 3    || missed   | short_abandon   | yes
                            | yes    | no     | yes  | no       | 25   || missed   | no_answer       | yes
            busy            | yes    | no     | no   | no       |      || missed   | busy            | yes
                            | yes    | no     | yes  | yes      | 8    || answered |                 | yes
        """,
        plain=verdicts,
        columnar=verdicts_columns,
    ),
)

PAGE = Page(
    name="missed_reasons",
    title="Answered or missed, and why",
    intro="""
        Every call has one verdict. A missed call has one reason out of fifteen; voicemail and after hours are flags
        beside it. When several reasons apply, the first of this list is the call's.
    """,
    specs=SPECS,
    body=in_order,
)
