"""The page on trials of scripts and openers: what they need before they start, and what may be said of them when."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import UTC, datetime, timedelta

from decroche.prove import trials
from decroche.prove.experiments import ArmCount, verdict_of
from decroche.prove.kpis.certainty import sample_size_per_arm
from tests.spec.spec import Page, Spec, each
from tests.spec.table import Rows

BEGAN = datetime(2026, 3, 2, tzinfo=UTC)


def needed(base: float, changed: float, arms: int = 2, a_week: float = 0) -> Mapping[str, object]:
    found = trials.needs(base=base, changed=changed, arms=arms, per_week=a_week)
    return {"per_arm": found.per_arm, "at_will": found.per_arm_at_will, "weeks": found.weeks}


def over_places(rows: Rows) -> list[Mapping[str, object]]:
    def arm(row: Mapping[str, object], name: str) -> ArmCount:
        return ArmCount(callers=int(str(row[name])), recovered=int(str(row[f"{name}_hits"])))

    plan = trials.plan_of(trials.needs(base=0.1, changed=0.2))
    strata = {str(row["site"]): (arm(row, "old"), arm(row, "new")) for row in rows}
    difference, verdict = trials.pooled(strata, plan=plan)
    return [{"difference": difference.middle, "low": difference.low, "high": difference.high, "verdict": verdict}]


def stood(rows: Rows, day: int, days: int) -> list[Mapping[str, object]]:
    called = [
        trials.Called(
            arm=str(row["opener"]),
            at=BEGAN + timedelta(days=int(str(row["drawn"]))),
            hit_at=None if row["hit"] is None else BEGAN + timedelta(days=int(str(row["hit"]))),
        )
        for row in rows
    ]
    found = trials.standing(
        called,
        arms=("today", "question"),
        plan=trials.plan_of(trials.needs(base=0.1, changed=0.2)),
        now=BEGAN + timedelta(days=day),
        window=timedelta(days=days),
    )
    return [
        {
            "opener": arm.name,
            "hits": arm.rate.numerator,
            "people": arm.rate.denominator,
            "waiting": arm.waiting,
            "verdict": arm.verdict,
        }
        for arm in found.arms
    ]


SPECS = (
    Spec(
        title="What a trial needs before it starts",
        prose="""
            People in each arm, at a two-sided risk of 5 % and a power of 80 %: for one look that was fixed beforehand,
            and for looking every day and stopping at will. With three arms two are compared with the first, and share
            the risk. Weeks are those until all arms have come, where so many people can be called in one.
        """,
        given="""
base | changed | arms | a week || per arm | at will | weeks
3 %  | 4 %     | 2    | 500    || 5 301   | 10 145  | 41
3 %  | 3.6 %   | 2    | 500    || 13 914  | 26 637  | 107
1 %  | 2 %     | 2    | 500    || 2 319   | 4 434   | 18
30 % | 40 %    | 2    | 42     || 356     | 677     | 33
30 % | 35 %    | 2    | 0      || 1 377   | 2 631   |
3 %  | 4 %     | 3    | 500    || 6 420   | 11 463  | 69
""",
        plain=each(needed),
        defines=(trials.needs, sample_size_per_arm),
    ),
    Spec(
        title="Several places together",
        prose="""
            Paris sells twice as often whatever is said, and used the new opener more. Compared within each place the
            opener changes nothing; thrown together, it would seem to bring 13.3 points (30.0 % against 16.7 %).
        """,
        given="""
site  | old | old hits | new | new hits
Paris | 100 | 40       | 200 | 80
Lyon  | 200 | 10       | 100 | 5
Metz  | 40  | 2        | 0   | 0
""",
        expected="""
difference | low    | high  | verdict
0.0 %      | -10.1 % | 10.1 % | not_yet
""",
        plain=over_places,
        defines=(trials.pooled, verdict_of),
    ),
    Spec(
        title="Who counts",
        prose="""
            On day 20, with a window of 10 days. Whoever was drawn on day 15 is waiting, also where the call has already
            led somewhere; a hit after the window is none. Of so few people nothing is said.
        """,
        settings={"day": 20, "days": 10},
        given="""
opener   | drawn | hit
today    | 1     |
today    | 2     | 3
today    | 15    | 16
question | 1     | 12
question | 10    | 20
question | 11    |
""",
        expected="""
opener   | hits | people | waiting | verdict
today    | 1    | 2      | 1       |
question | 1    | 2      | 1       | not_yet
""",
        plain=stood,
        defines=(trials.standing, trials.first_verdict),
    ),
)


PAGE = Page(
    name="trials",
    title="Trials of scripts and openers",
    intro="""
        Two ways to open a call, given to people by chance. What a trial needs is told before it starts; what may be
        said holds at every look; and as long as nothing may be said, the answer is "not yet".
    """,
    specs=SPECS,
)
