"""The page on the proof of recovery: who is left alone, what is compared, what may be said and when."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import UTC, datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

import numpy as np

from decroche.model.figures import Rate
from decroche.model.hours import OpeningHours
from decroche.model.money import Money
from decroche.prove.experiments import (
    ArmCount,
    Caller,
    Difference,
    Plan,
    by_arm,
    compare,
    compare_money,
)
from decroche.prove.outcomes import JourneyRow, Lapse, outcome, outcomes
from decroche.recover.holdout import Assignment, Experiment, assign
from decroche.recover.holdout_proposal import propose
from decroche.understand import sequential
from decroche.understand.beliefs import Fixed
from decroche.understand.business_minutes import business_minutes
from decroche.understand.hours import parse_week, read_clock
from decroche.understand.live_journeys import RecoveredBy
from tests.spec.spec import Page, Spec, each
from tests.spec.table import Rows, cell

PARIS = ZoneInfo("Europe/Paris")
KEY = b"an account's own key"
WEEK = OpeningHours(week=parse_week("mon-fri 09:00-12:00 14:00-18:00"))


def misses(rows: Rows, share: float) -> list[Mapping[str, object]]:
    """Each row is a miss; the log holds what chance decided at an earlier one."""
    log: dict[int, Assignment] = {}
    experiment = Experiment.holdout(share=share)
    found: list[Mapping[str, object]] = []
    for row in rows:
        person = int(str(row["person"]))
        at = datetime(2026, 3, 2, tzinfo=UTC)
        given = assign(person, experiment, key=KEY, emergency=row["emergency"] is True, at=at, earlier=log.get(person))
        if given.counted:
            log[person] = given
        found.append({"drawn": given.drawn, "arm": given.arm, "how": given.how, "counts": given.counted})
    return found


def half_widths(callers: int, planned: int) -> Mapping[str, object]:
    return {"errors": float(sequential.price(float(callers), planned=planned))}


def counted(rows: Rows, now: Any) -> list[Mapping[str, object]]:
    callers = [
        Caller(
            person=int(str(row["person"])),
            arm=str(row["arm"]),
            assigned_at=_utc(row["assigned"]),
            recovered_at=None if row["recovered"] is None else _utc(row["recovered"]),
            recovered_by=None if row["by"] is None else RecoveredBy(str(row["by"])),
        )
        for row in rows
    ]
    return [
        {
            "arm": arm,
            "callers": count.callers,
            "recovered": count.recovered,
            **{str(by): count.by.get(by, 0) for by in (RecoveredBy.OUR_CALL, RecoveredBy.THEIR_CALL)},
            "waiting": count.waiting,
        }
        for arm, count in by_arm(callers, now=_utc(now)).items()
    ]


def _utc(moment: Any) -> datetime:
    found: datetime = moment
    return found.replace(tzinfo=UTC)


def verdict(
    control: int, recovered: int, treated: int, of_them: int, a_week: int = 0, planned: int = 2000
) -> Mapping[str, object]:
    found = compare(
        control=ArmCount(callers=control, recovered=recovered),
        treated=ArmCount(callers=treated, recovered=of_them),
        plan=Plan(planned=planned),
        per_week=a_week,
    )
    return {
        **_ends(found.difference),
        "owed": found.incremental.middle,
        "verdict": found.verdict,
        "weeks": found.weeks,
    }


def _ends(difference: Difference) -> Mapping[str, object]:
    return {"difference": difference.middle, "low": difference.low, "high": difference.high}


def brought(control: str, treated: str, margin: float) -> Mapping[str, object]:
    """Arms as ``payers × amount of callers``."""

    def arm(text: str) -> ArmCount:
        payers, _, amount, _, callers = text.split()
        sales, each_one = int(payers), Money.of(amount, "EUR").amount
        return ArmCount(
            callers=int(callers),
            recovered=sales,
            payers=sales,
            amount=sales * each_one,
            squares=sales * each_one * each_one,
        )

    found = compare_money(
        control=arm(control), treated=arm(treated), plan=Plan(planned=2000), margin=Money.of(margin, "EUR")
    )
    return {**_ends(found.per_caller), "owed": found.incremental.middle, "verdict": found.verdict}


def proposed(a_day: float, recovered: int, of: int, value: int | None) -> Mapping[str, object]:
    found = propose(
        callers_per_day=a_day,
        base=Rate(recovered, of),
        rng=np.random.default_rng(1),
        value=None if value is None else Fixed(value),
    )
    money = found.money
    return {
        "answer": found.decision,
        "share": found.share,
        "weeks": found.weeks,
        "alone": found.held_out,
        "recoveries": None if found.recoveries is None else found.recoveries.mean,
        "low": None if money is None else float(money.low),
        "mean": None if money is None else float(money.mean),
        "high": None if money is None else float(money.high),
    }


def told(rows: Rows) -> list[Mapping[str, object]]:
    figures = outcomes(
        JourneyRow(
            outcome=outcome(None if row["by"] is None else RecoveredBy(str(row["by"])), over=row["over"] is True),
            ripe=row["ripe"] is True,
            attempt=_lapse(row["attempt"]),
            contact=_lapse(row["contact"]),
        )
        for row in rows
    )
    return [
        {
            "time_to": name,
            "happened": speed.happened.numerator,
            "of": speed.happened.denominator,
            "elapsed": speed.elapsed_min,
            "business": speed.business_min,
            "half_within": speed.half_within_elapsed_min,
            "recovered": figures.recovered.numerator,
            "decided": figures.recovered.denominator,
        }
        for name, speed in (("attempt", figures.to_attempt), ("contact", figures.to_contact))
    ]


def _lapse(cell: Any) -> Lapse | None:
    """``90 (30)``: minutes on the wall, and of open hours."""
    if cell is None:
        return None
    elapsed, business = str(cell).replace("(", "").replace(")", "").split()
    return Lapse(float(elapsed), float(business))


def minutes(start: Any, end: Any) -> Mapping[str, object]:
    first, last = (read_clock(moment, PARIS).utc.replace(tzinfo=UTC) for moment in (start, end))
    return {
        "elapsed": (last - first) / timedelta(minutes=1),
        "business": business_minutes(first, last, hours=WEEK, zone=PARIS),
    }


PAGE = Page(
    name="recovery_proof",
    title="What recovery really brings",
    intro="""
        Many missed callers come back by themselves, so the share of texted callers who were recovered proves nothing.
        Proof compares them with callers whom chance left alone. `docs/explanation/how-recovery-is-proved.md` tells
        why; here are the definitions.
    """,
    specs=(
        Spec(
            title="Who is left alone",
            prose="""
                A hold-out of one caller in five. A number has one draw between 0 and 1, the same at every miss. An
                emergency is acted on whatever the draw and does not count; the next miss is where chance put the
                person.
            """,
            settings={"share": 0.2},
            given="""
person      | emergency
33612345678 | no
33612345605 | no
33612345600 | yes
33612345600 | no
33612345605 | no
33612345605 | yes
""",
            expected="""
drawn   | arm     | how       | counts
0.368   | act     | chance    | yes
0.099   | holdout | chance    | yes
nothing | act     | emergency | no
0.116   | holdout | chance    | yes
0.099   | holdout | chance    | yes
nothing | act     | emergency | no
""",
            plain=misses,
            defines=(assign,),
        ),
        Spec(
            title="Off unless turned on",
            prose="With a share of 0, the default, everybody is acted on and nothing is drawn.",
            settings={"share": 0.0},
            given="""
person      | emergency
33612345671 | no
33612345678 | no
""",
            expected="""
drawn   | arm | how | counts
nothing | act | off | no
nothing | act | off | no
""",
            plain=misses,
        ),
        Spec(
            title="Who counts",
            prose="""
                Seven days after the draw an outcome is settled, for those recovered at once like for the others. What
                happens later counts no more. A person counts once, at their first draw.
            """,
            settings={"now": cell("2026-03-12 12:00")},
            given="""
person | arm     | assigned         | recovered        | by
1      | act     | 2026-03-02 09:00 | 2026-03-02 09:30 | our_call
2      | act     | 2026-03-03 09:00 | 2026-03-11 09:00 | our_call
3      | act     | 2026-03-04 09:00 |                  |
4      | act     | 2026-03-09 09:00 | 2026-03-09 09:10 | our_call
5      | holdout | 2026-03-02 10:00 | 2026-03-05 10:00 | their_call
6      | holdout | 2026-03-05 10:00 |                  |
1      | act     | 2026-03-04 09:00 |                  |
""",
            expected="""
arm     | callers | recovered | our_call | their_call | waiting
act     | 3       | 1         | 1        | 0          | 1
holdout | 2       | 1         | 0        | 1          | 0
""",
            plain=counted,
            defines=(by_arm,),
        ),
        Spec(
            title="The price of looking at will",
            prose="""
                By how many standard errors the interval reaches to each side. One look, fixed in advance, would do
                with 1.96. The interval is narrowest at the planned number of callers.
            """,
            given="""
callers | planned || errors
100     | 2 000   || 4.665
500     | 2 000   || 3.251
2 000   | 2 000   || 3.035
4 000   | 2 000   || 3.064
10 000  | 2 000   || 3.157
2 000   | 4 000   || 3.079
""",
            plain=each(half_widths),
            defines=(sequential.price, sequential.tuning, sequential.share_error),
        ),
        Spec(
            title="The verdict",
            prose="""
                The difference is treated − control. The planned effect is 10 points, nobody cares below 5. “Owed” are
                the recoveries that the treated callers owe to the remedy. Weeks are until a verdict, when the stated
                number of callers comes in a week; a week is added for the outcome of the last.
            """,
            given="""
control | recovered | treated | of them | a week || difference | low    | high   | owed   | verdict              | weeks
0       | 0         | 0       | 0       | 280    || 0.0        |        |        | 0      | not_yet              | 7
40      | 9         | 360     | 110     | 280    || 0.081      |        |        | 29.0   | not_yet              | 11
100     | 20        | 900     | 270     | 280    || 0.100      | -0.033 | 0.233  | 90.0   | not_yet              | 8
276     | 55        | 2474    | 742     | 280    || 0.101      | 0.022  | 0.179  | 249.0  | better               |
1000    | 200       | 1000    | 250     | 280    || 0.050      | -0.007 | 0.107  | 50.0   | not_yet              | 4
2000    | 400       | 2000    | 500     | 280    || 0.050      | 0.010  | 0.090  | 100.0  | better               |
1000    | 300       | 1000    | 200     | 280    || -0.100     | -0.158 | -0.042 | -100.0 | worse                |
4000    | 800       | 4000    | 810     | 280    || 0.003      | -0.026 | 0.031  | 10.0   | no_larger_difference |
1000    | 2         | 1000    | 1       | 280    || -0.001     |        |        | -1.0   | not_yet              | 30
1000    | 200       | 1000    | 200     | 0      || 0.0        | -0.054 | 0.054  | 0.0    | not_yet              |
""",
            plain=each(verdict),
            defines=(compare,),
        ),
        Spec(
            title="Money",
            prose="""
                The same on what a caller brought, those who brought nothing counting as zero; below the margin per
                caller nobody cares.
            """,
            given="""
control           | treated           | margin || difference | low   | high  | owed    | verdict
200 × 300 of 1000 | 300 × 300 of 1000 | 10     || 30.0       | 12.48 | 47.52 | 30000.0 | better
20 × 300 of 100   | 270 × 300 of 900  | 10     || 30.0       | -9.72 | 69.72 | 27000.0 | not_yet
15 × 300 of 100   | 270 × 300 of 900  | 10     || 45.0       |       |       | 40500.0 | not_yet
""",
            plain=each(brought),
            defines=(compare_money,),
        ),
        Spec(
            title="Whether a hold-out is worth it",
            prose="""
                Ten points more must be told four times in five within 90 days, outcomes included. The smallest share
                that does is proposed: it leaves the fewest alone. The cost is what the remedy is believed to add, 2
                to 15 points, on those left alone.
            """,
            given="""
a day | recovered | of   | value || answer             | share | weeks | alone | recoveries | low   | mean    | high
60    | 400       | 2000 |       || proposed           | 0.1   | 8     | 318   | 23.5       |       |         |
40    | 60        | 300  | 120   || proposed           | 0.1   | 11    | 306   | 22.6       | ≈ 600 | 2714.51 | ≈ 5640
20    | 60        | 300  | 120   || proposed           | 0.2   | 13    | 350   | 25.9       | ≈ 720 | 3106.35 | ≈ 6360
12    | 60        | 300  | 120   || not_enough_callers |       | 15    |       |            |       |         |
1.4   | 60        | 300  |       || not_enough_callers |       | 116   |       |            |       |         |
40    | 0         | 0    |       || not_measured       |       |       |       |            |       |         |
40    | 295       | 300  |       || no_room            |       |       |       |            |       |         |
""",
            plain=each(proposed),
            defines=(propose, sequential.callers_needed),
        ),
        Spec(
            title="What became of them, and how fast",
            prose="""
                Minutes elapsed, and of open hours in brackets. Medians are of those to whom it happened; “half
                within” is of all, and empty while it happened to less than half. A journey that is still open is not
                decided, and one of the last seven days is not ripe: neither enters the rate, or it would look better
                than it is.
            """,
            given="""
by         | over | ripe | attempt  | contact
our_call   | yes  | yes  | 10 (10)  | 10 (10)
reply      | yes  | yes  | 1 (1)    | 45 (45)
booking    | yes  | yes  | 1 (1)    | 900 (60)
their_call | yes  | yes  |          | 30 (30)
           | yes  | yes  | 840 (20) |
           | no   | yes  | 5 (5)    |
our_call   | yes  | no   | 10 (10)  | 10 (10)
""",
            expected="""
time to | happened | of | elapsed | business | half within | recovered | decided
attempt | 6        | 7  | 7.5     | 7.5      | 10.0        | 4         | 5
contact | 5        | 7  | 30.0    | 30.0     | 45.0        | 4         | 5
""",
            plain=told,
            defines=(outcomes, outcome),
        ),
        Spec(
            title="Business minutes",
            prose="""
                Open Monday to Friday, 9 to 12 and 14 to 18, in Paris. The last line crosses the night in which clocks
                skip an hour.
            """,
            given="""
start            | end              || elapsed | business
2026-03-02 11:50 | 2026-03-02 12:30 || 40.0    | 10.0
2026-03-02 11:50 | 2026-03-02 14:10 || 140.0   | 20.0
2026-03-06 17:50 | 2026-03-09 09:20 || 3810.0  | 30.0
2026-03-07 10:00 | 2026-03-07 18:00 || 480.0   | 0.0
2026-03-27 17:00 | 2026-03-30 10:00 || 3840.0  | 120.0
""",
            plain=each(minutes),
            defines=(business_minutes,),
        ),
    ),
)
