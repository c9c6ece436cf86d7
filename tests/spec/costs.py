"""The page on costs: what a period cost, who bears it, what one call costs, and what is easily forgotten."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import UTC, date, datetime, timedelta

from decroche.model.call import Leg
from decroche.model.cost import Among, CostKind, CostLine, Key, Nature, Rhythm, Sharing
from decroche.model.money import Money
from decroche.prove.kpis import call_cost, costs
from decroche.understand.transfers import seconds_after_transfer
from tests.spec.spec import Page, Spec, each
from tests.spec.table import Rows

MARCH = date(2026, 3, 1), date(2026, 4, 1)


def eur(amount: object) -> Money:
    return Money.of(str(amount), "EUR")


def prorated(
    amount: float, rhythm: str, first: date, to: date, begins: date, ends: date | None = None
) -> Mapping[str, object]:
    """The days of the page are inclusive, as those of a line are."""
    line = CostLine(
        kind=CostKind.OTHER, label="x", amount=eur(amount), rhythm=Rhythm(rhythm), begins=begins, ends=ends
    )  # fmt: skip
    return {"cost": float(costs.prorated(line, begin=first, end=to + timedelta(days=1)))}


def borne(rows: Rows, amount: float) -> list[Mapping[str, object]]:
    counted = {
        str(row["site"]): costs.Counted(
            calls=int(str(row["calls"])), minutes=float(str(row["minutes"])), heads=float(str(row["heads"]))
        )
        for row in rows
    }
    fixed = {str(row["site"]): float(str(row["fixed"])) for row in rows if row["fixed"]}
    found: list[Mapping[str, object]] = []
    for key in Key:
        sharing = Sharing(among=Among.SITE, key=key, shares=fixed if key is Key.FIXED else {})
        line = CostLine(
            kind=CostKind.OTHER,
            label="x",
            amount=eur(amount),
            rhythm=Rhythm.MONTHLY,
            begins=MARCH[0],
            sharing=sharing,
        )
        parts = costs.allocated(eur(amount), line, counted, among=Among.SITE)
        shown = {(name or "nobody").casefold(): float(part) for name, part in parts.items()}
        found.append(dict.fromkeys(("lyon", "nice", "metz", "nobody")) | {"key": key.value} | shown)
    return found


def line_of(row: Mapping[str, object]) -> CostLine:
    return CostLine(
        kind=CostKind(str(row["kind"])),
        label=str(row["kind"]),
        amount=eur(row["amount"]),
        rhythm=Rhythm(str(row["rhythm"])),
        begins=date(2026, 1, 1),
        nature=Nature(str(row["nature"])),
        per_call=row["per_call"] is True,
    )


def a_month(rows: Rows) -> costs.PeriodCost:
    return costs.period_cost(map(line_of, rows), begin=MARCH[0], end=MARCH[1], currency="EUR", counted={})


def per_call(rows: Rows, calls: int) -> list[Mapping[str, object]]:
    found = a_month(rows)
    nothing = eur(0)
    one = call_cost.cost_per_call(total=found.total, per_call=found.per_call, calls=calls)
    return [
        {
            "total": float(found.total),
            "direct": float(found.by_nature.get(Nature.DIRECT, nothing)),
            "indirect": float(found.by_nature.get(Nature.INDIRECT, nothing)),
            "loaded": None if one.loaded is None else float(one.loaded),
            "marginal": None if one.marginal is None else float(one.marginal),
        }
    ]


def frictions(
    people: float, handled: float, line_minute: float, waited: float, transferred: float, repeated: float
) -> Mapping[str, object]:
    found = call_cost.friction(
        people=eur(people),
        handled_minutes=handled,
        line_minute=eur(line_minute),
        waited_minutes=waited,
        transferred_minutes=transferred,
        repeated_minutes=repeated,
    )
    return {
        name: None if money is None else float(money)
        for name, money in (
            ("minute", found.minute),
            ("waiting", found.waiting),
            ("transfers", found.transfers),
            ("repeats", found.repeats),
        )
    }


def open_line(telephony: float, talked: float, waited: float) -> Mapping[str, object]:
    found = call_cost.line_minute(telephony=eur(telephony), handled_minutes=talked, waited_minutes=waited)
    return {"minute": found and float(found)}


def passed_on(rows: Rows) -> list[Mapping[str, object]]:
    legs = [
        Leg(
            call_key="1", started_at=datetime(2026, 3, 2, 9, int(str(row["minute"])), tzinfo=UTC),
            answered=row["taken"] is True, agent=None if row["by"] is None else str(row["by"]),
            talk_s=None if row["talk"] is None else float(str(row["talk"])),
        )
        for row in rows
    ]  # fmt: skip
    return [{"seconds": seconds_after_transfer(legs), "of_the_first_alone": seconds_after_transfer(legs[:1])}]


def missing(rows: Rows, waits_known: bool, wrap_up_known: bool) -> list[Mapping[str, object]]:
    kinds = {line.line.kind for line in a_month(rows).lines}
    checks = call_cost.checklist(kinds, waits_known=waits_known, wrap_up_known=wrap_up_known)
    return [{"what": check.what.value, "counted": check.counted} for check in checks]


def wasted(spend: float, calls: int, missed: int) -> Mapping[str, object]:
    found = call_cost.paid_calls(spend=Money.of(spend, "USD"), calls=calls, missed=missed)
    return {
        "rate": found.missed.value,
        "low": None if found.interval is None else found.interval[0],
        "high": None if found.interval is None else found.interval[1],
        "wasted": None if found.wasted is None else float(found.wasted),
        "each": None if found.per_call is None else float(found.per_call),
    }


LINES = """
kind        | amount  | rhythm  | nature   | per call
salaries    | 9000.00 | monthly | direct   | no
telephony   | 450.00  | monthly | direct   | yes
maintenance | 1200.00 | yearly  | indirect | no
training    | 0.00    | monthly | indirect | no
"""

SPECS = (
    Spec(
        title="What a line costs in a period",
        prose="""
            The first and the last day are included. A whole month costs the whole amount, whatever its length; what is
            paid once is spread over the days from its first to its last.
        """,
        given="""
amount | rhythm    | begins     | ends       | first      | to         || cost
310    | monthly   | 2026-01-01 |            | 2026-03-01 | 2026-03-31 || 310.00
310    | monthly   | 2026-01-01 |            | 2026-03-01 | 2026-03-10 || 100.00
280    | monthly   | 2026-01-01 |            | 2026-02-15 | 2026-02-28 || 140.00
310    | monthly   | 2026-03-22 |            | 2026-03-01 | 2026-03-31 || 100.00
310    | monthly   | 2026-01-01 | 2026-03-10 | 2026-03-01 | 2026-04-30 || 100.00
900    | quarterly | 2026-01-01 |            | 2026-01-01 | 2026-03-31 || 900.00
900    | quarterly | 2026-01-01 |            | 2026-01-01 | 2026-01-31 || 310.00
365    | yearly    | 2026-01-01 |            | 2026-03-01 | 2026-03-31 || 31.00
366    | yearly    | 2028-01-01 |            | 2028-02-01 | 2028-02-29 || 29.00
70     | weekly    | 2026-01-01 |            | 2026-03-01 | 2026-03-31 || 310.00
10     | daily     | 2026-01-01 |            | 2026-03-01 | 2026-03-31 || 310.00
600    | once      | 2026-03-15 |            | 2026-03-01 | 2026-03-31 || 600.00
600    | once      | 2026-03-15 |            | 2026-04-01 | 2026-04-30 || 0.00
600    | once      | 2026-03-22 | 2026-04-20 | 2026-03-01 | 2026-03-31 || 200.00
600    | once      | 2026-03-22 | 2026-04-20 | 2026-04-01 | 2026-04-30 || 400.00
100    | once      | 2026-03-01 | 2026-03-03 | 2026-03-01 | 2026-03-01 || 33.33
100    | once      | 2026-03-01 | 2026-03-03 | 2026-03-02 | 2026-03-02 || 33.34
100    | once      | 2026-03-01 | 2026-03-03 | 2026-03-03 | 2026-03-03 || 33.33
""",
        plain=each(prorated),
        defines=(costs.prorated,),
    ),
    Spec(
        title="Who bears it",
        prose="""
            1,000.00 by each key. Fixed shares of 0.5 and 0.25 leave a quarter that no site bears. The parts sum to the
            whole.
        """,
        settings={"amount": 1000},
        given="""
site | calls | minutes | heads | fixed
Lyon | 300   | 600.0   | 3     | 0.5
Nice | 200   | 900.0   | 2     | 0.25
Metz | 100   | 300.0   | 2     |
""",
        expected="""
key     | lyon   | nice   | metz   | nobody
calls   | 500.00 | 333.33 | 166.67 |
minutes | 333.33 | 500.00 | 166.67 |
heads   | 428.57 | 285.71 | 285.72 |
fixed   | 500.00 | 250.00 |        | 250.00
""",
        plain=borne,
        defines=(costs.allocated,),
    ),
    Spec(
        title="What one call costs",
        prose="March 2026, with 1,900 handled calls. A line of 0 says that somebody looked and there is none.",
        settings={"calls": 1900},
        given=LINES,
        expected="""
total   | direct  | indirect | loaded | marginal
9551.92 | 9450.00 | 101.92   | 5.027  | 0.237
""",
        plain=per_call,
        defines=(costs.period_cost, call_cost.cost_per_call),
    ),
    Spec(
        title="What serves nobody",
        prose="Minutes that went on waiting, transfers and repeated calls, at what a minute costs.",
        given="""
people | handled | line minute | waited | transferred | repeated || minute | waiting | transfers | repeats
9000   | 9000    | 0.05        | 1200   | 300         | 450      || 1.00   | 60.00   | 300.00    | 450.00
9000   | 0       | 0.05        | 1200   | 0           | 0        ||        | 60.00   |           |
""",
        plain=each(frictions),
        defines=(call_cost.friction,),
    ),
    Spec(
        title="A minute of an open line",
        prose="Telephony that grows with calls, over the minutes in which a line was open: talk and waiting.",
        given="""
telephony | talked | waited || minute
510       | 9000   | 1200   || 0.05
0         | 9000   | 1200   ||
510       | 0      | 0      ||
""",
        plain=each(open_line),
        defines=(call_cost.line_minute,),
    ),
    Spec(
        title="After a transfer",
        prose="Who took the call second and third, and not the phone that rang in vain; a length untold adds nothing.",
        given="""
minute | by    | taken | talk
0      | Léa   | yes   | 60
1      | Tom   | no    | 30
2      | Nadia | yes   | 120
4      | Ali   | yes   |
5      | Léa   | yes   | 15
""",
        expected="""
seconds | of the first alone
120     |
""",
        plain=passed_on,
        defines=(seconds_after_transfer,),
    ),
    Spec(
        title="What is easily forgotten",
        prose="The log of calls tells waits here, and no wrap-up time.",
        settings={"waits_known": True, "wrap_up_known": False},
        given=LINES,
        expected="""
what        | counted
salaries    | yes
licences    | no
telephony   | yes
training    | yes
maintenance | yes
waiting     | yes
wrap_up     | no
rework      | no
peaks       | no
automation  | no
""",
        plain=missing,
        defines=(call_cost.checklist,),
    ),
    Spec(
        title="Paid calls that nobody answered",
        prose="""
            1,000 $ of advertising brought 50 calls, of which 30 were missed: 60.0 %, and 600 $ (seed 001 prints 62 %).
            It stands beside the margin that these calls would have brought, never added to it.
        """,
        given="""
spend | calls | missed || rate   | low    | high   | wasted | each
1000  | 50    | 30     || 60.0 % | 46.2 % | 72.4 % | 600.00 | 20.00
1000  | 3     | 1      || 33.3 % | 6.1 %  | 79.2 % | 333.33 | 333.33
1000  | 0     | 0      ||        |        |        |        |
""",
        plain=each(wasted),
        defines=(call_cost.paid_calls,),
    ),
)


PAGE = Page(
    name="costs",
    title="Costs",
    intro="""
        What calls cost, as small tables. Amounts are exact: every sum is that of its parts to the cent, over lines,
        over sites and over the days of a period. One business has one currency; nothing is converted.
    """,
    specs=SPECS,
)
