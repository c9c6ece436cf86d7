"""The page on the order of the callback list, and on the hour at which a person is likely to answer."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime, timedelta
from typing import Any

from decroche.recover.best_hour import AnswerTimes, Attempt
from decroche.recover.priority import Fairness, Waiting, loss_per_minute, order
from tests.spec.spec import Page, Spec, each
from tests.spec.table import Rows, cell

_MOMENT = "%Y-%m-%d %H:%M"


def listed(
    rows: Rows, now: Any, picks: int = 0, turn_every: int = 0, floor_min: int = 480
) -> list[Mapping[str, object]]:
    people = [_waiting(row) for row in rows]
    places = order(people, now=now, picks=picks, fairness=Fairness(turn_every=turn_every, floor_min=floor_min))
    return [
        {
            "call": place.waiting.id,
            "because": ", ".join(place.reasons),
            "index": place.loss_per_min,
            "now": place.callable_now,
        }
        for place in places
    ]


def _waiting(row: Mapping[str, Any]) -> Waiting:
    known = {
        field: row[column]
        for column, field in (
            ("value", "value"),
            ("reached", "reached"),
            ("interest", "interest_min"),
            ("minutes", "handle_min"),
            ("business", "waited_business_min"),
            ("misses", "misses_today"),
        )
        if row.get(column) is not None
    }
    promised = None
    if row.get("promised") is not None:
        begins: datetime = row["promised"]
        promised = (begins, begins + timedelta(minutes=30))
    return Waiting(id=row["person"], since=row["missed"], promised=promised, **known)


def index(value: float, reached: float, waited: float, interest: float, minutes: float) -> Mapping[str, object]:
    return {
        "index": float(
            loss_per_minute(
                value=float(value),
                reached=reached,
                wanted=1.0,
                interest_min=float(interest),
                handle_min=float(minutes),
                waited_min=float(waited),
            )
        )
    }


_DAYS = {"Mon": 0, "Tue": 1, "Sat": 5}


def chances(rows: Rows) -> list[Mapping[str, object]]:
    """The history is the rows with callbacks, the questions are all rows."""
    known = AnswerTimes()
    for row in rows:
        for number in range(int(str(row["made"]))):
            known.learn(
                Attempt(
                    person=int(str(row["person"])),
                    segment=str(row["segment"]),
                    hour=_hour(row),
                    answered=number < int(str(row["answered"])),
                )
            )
    found: list[Mapping[str, object]] = []
    for row in rows:
        belief = known.belief(person=int(str(row["person"])), segment=str(row["segment"]), hour=_hour(row))
        found.append({"chance": belief.mean, "callbacks": belief.a + belief.b})
    return found


def _hour(row: Mapping[str, Any]) -> int:
    day, hour = str(row["at"]).split()
    return 24 * _DAYS[day] + int(hour)


PAGE = Page(
    name="callback_order",
    title="Whom to call back first",
    intro="""
        First come, first served is the worst order for people who will not wait for ever. The list goes by what would
        be lost during the next half hour, for each minute of work; promises come first, and nobody is forgotten.
    """,
    specs=(
        Spec(
            title="The index",
            prose="""
                A quick interest (15 minutes) goes before a slow one (180) while it is fresh, and after it once it has
                mostly gone. A call that takes twice as long counts half.
            """,
            given="""
value | reached | waited | interest | minutes || index
100   | 0.5     | 0      | 15       | 3       || 14.411
100   | 0.5     | 0      | 180      | 3       || 2.559
100   | 0.5     | 45     | 15       | 3       || 0.717
100   | 0.5     | 45     | 180      | 3       || 1.993
100   | 0.5     | 0      | 15       | 6       || 7.206
""",
            plain=each(index),
            defines=(loss_per_minute,),
        ),
        Spec(
            title="Nothing known yet",
            prose="Without values, times or callbacks to learn from everybody is alike, and the latest comes first.",
            settings={"now": cell("2026-03-02 11:00")},
            given="""
person | missed           | business
A      | 2026-03-02 09:00 | 120
B      | 2026-03-02 10:30 | 30
C      | 2026-03-02 10:50 | 10
""",
            expected="""
call | because                | now
C    | value_about_to_be_lost | yes
B    | latest                 | yes
A    | latest                 | yes
""",
            plain=listed,
        ),
        Spec(
            title="Value, interest, a second miss",
            prose="D is worth four times the others; B called twice today; C is known to answer at this hour.",
            settings={"now": cell("2026-03-02 11:00")},
            given="""
person | missed           | value | reached | interest | misses
A      | 2026-03-02 10:40 | 100   | 0.5     | 60       | 1
B      | 2026-03-02 10:50 | 100   | 0.5     | 60       | 2
C      | 2026-03-02 10:40 | 100   | 0.8     | 60       | 1
D      | 2026-03-02 10:00 | 400   | 0.5     | 60       | 1
""",
            expected="""
call | because                                      | index | now
D    | value_about_to_be_lost                       | 9.65  | yes
C    | value_about_to_be_lost, likely_to_answer_now | 7.52  | yes
B    | missed_again_today                           | 5.55  | yes
A    | latest                                       | 4.70  | yes
""",
            plain=listed,
        ),
        Spec(
            title="Promises, and the longest anybody may wait",
            prose="""
                P's slot began at 11:00 (it comes 5 minutes early), Q's ended at 10:30 and is late, R's is in the
                afternoon: R is not called before. A has waited a whole working day, which is as long as anybody may:
                A comes before the others whatever A is worth.
            """,
            settings={"now": cell("2026-03-02 10:55")},
            given="""
person | missed           | business | value | promised
A      | 2026-02-27 10:50 | 485      | 1     |
B      | 2026-03-02 10:40 | 15       | 500   |
P      | 2026-03-02 09:10 | 105      | 10    | 2026-03-02 11:00
Q      | 2026-03-02 09:05 | 110      | 10    | 2026-03-02 10:00
R      | 2026-03-02 09:00 | 115      | 900   | 2026-03-02 15:00
""",
            expected="""
call | because         | now
Q    | promise_broken  | yes
P    | promise_due     | yes
A    | waited_too_long | yes
B    | latest          | yes
R    | promised_later  | no
""",
            plain=listed,
            defines=(order,),
        ),
        Spec(
            title="The turn of the longest wait",
            prose="""
                With a turn at every third pick, and one person called already today, the second place is pick number
                three: it goes to A, who has waited longest, and the order then goes on.
            """,
            settings={"now": cell("2026-03-02 11:00"), "picks": 1, "turn_every": 3},
            given="""
person | missed           | business
A      | 2026-03-02 09:00 | 120
B      | 2026-03-02 10:30 | 30
C      | 2026-03-02 10:50 | 10
D      | 2026-03-02 10:55 | 5
""",
            expected="""
call | because
D    | value_about_to_be_lost
A    | turn_of_the_longest_wait
C    | value_about_to_be_lost
B    | latest
""",
            plain=listed,
        ),
        Spec(
            title="When somebody answers",
            prose="""
                Before the first callback the chance is a half, worth two callbacks. Here 40 callbacks teach that
                garages answer on Tuesday at 8 and not at 14. A garage never called yet inherits that; person 1, who
                did not answer three times, is likely to be worse than other garages at that hour; nothing was learned
                of Saturdays but what holds at all times.
            """,
            given="""
person | segment | at     | made | answered || chance | callbacks
1      | garage  | Tue 8  | 3    | 0        || 0.438  | 7.0
2      | garage  | Tue 8  | 17   | 16       || 0.908  | 21.0
3      | garage  | Tue 14 | 20   | 4        || 0.206  | 24.0
4      | garage  | Tue 8  | 0    | 0        || 0.767  | 4.0
4      | garage  | Tue 14 | 0    | 0        || 0.233  | 4.0
4      | garage  | Sat 10 | 0    | 0        || 0.500  | 4.0
4      | clinic  | Tue 8  | 0    | 0        || 0.700  | 4.0
""",
            plain=chances,
            defines=(AnswerTimes.belief, AnswerTimes.best_first),
        ),
    ),
)
