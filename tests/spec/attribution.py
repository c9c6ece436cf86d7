"""The page on attribution: which contacts count before a sale, who gets which cents of it, and what winning costs."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import UTC, date, datetime, time, timedelta
from typing import Any

from decroche.model.cost import Among, CostKind, CostLine, Key, Rhythm, Sharing
from decroche.model.money import Money
from decroche.model.splitting import split
from decroche.model.touch import Path, Sale, Touch, Way
from decroche.prove.kpis import credits, winning
from decroche.prove.kpis.by_way import costs_by_way, ways_cost
from decroche.prove.kpis.costs import period_cost
from decroche.prove.kpis.delays import delay_curves
from tests.spec import table
from tests.spec.spec import Page, Spec, each
from tests.spec.table import Rows

SOLD = datetime(2026, 3, 31, 12, tzinfo=UTC)
NOW = datetime(2026, 6, 30, tzinfo=UTC)


def parts(total: float, a: float, b: float, c: float) -> Mapping[str, object]:
    found = split(Money.of(total, "EUR"), [a, b, c])
    return {name: float(part) for name, part in zip(("of_a", "of_b", "of_c"), found, strict=True)}


def path_of(rows: Rows, *, revenue: float, sold: bool = True) -> Path:
    """Rows of channel, days before the sale, and way."""
    touches = [
        Touch(
            at=SOLD - timedelta(days=float(str(row["days_before"]))),
            channel=str(row["channel"]),
            way=Way(str(row.get("way") or "inbound")),
        )
        for row in rows
    ]
    return Path(touches=touches, sale=Sale(at=SOLD, revenue=Money.of(revenue, "EUR")) if sold else None)


def under_all(rows: Rows, revenue: float, window: int) -> list[Mapping[str, object]]:
    found: list[Mapping[str, object]] = []
    for rule in credits.Rule:
        answer = credits.credits([path_of(rows, revenue=revenue)], rule, currency="EUR", window_days=window)
        earned: dict[str, object] = {part.channel or "nobody": float(part.revenue) for part in answer.parts}
        names = [str(row["channel"]) for row in rows] + ["nobody"]
        found.append({"rule": rule.value, **{name: earned.get(name) for name in names}, "sum": float(answer.revenue)})
    return found


def within(days_before: float, window: int) -> Mapping[str, object]:
    row: table.Row = {"channel": "ads", "days_before": days_before}
    return {"counts": bool(credits.touches_before(path_of([row], revenue=1.0), window_days=window))}


def of_ways(rows: Rows, revenue: float) -> list[Mapping[str, object]]:
    path = path_of(rows, revenue=revenue)
    answer = credits.credits([path], credits.Rule.LINEAR, currency="EUR", channel_of=lambda touch: touch.way.value)
    return [
        {"way": part.channel, "revenue": float(part.revenue), "sales": part.sales, "touched": part.touched}
        for part in answer.parts
    ]


def cost_of_winning(cost: float, customers: float) -> Mapping[str, object]:
    found = winning.acquisition_cost(cost=Money.of(cost, "EUR"), customers=customers)
    return {
        name: None if money is None else float(money)
        for name, money in (("each", found.each), ("low", found.low), ("high", found.high))
    }


def leads(rows: Rows) -> list[Path]:
    found = []
    for row in rows:
        first, bought = _moment(row["first"]), row.get("bought")
        sale = None if bought is None else Sale(at=_moment(bought), revenue=Money.of(100, "EUR"))
        found.append(Path(touches=[Touch(at=first, channel=str(row["channel"]), way=Way.INBOUND)], sale=sale))
    return found


def _moment(cell: Any) -> datetime:
    return datetime.combine(cell, time(), UTC)


def closed(rows: Rows, within_days: int) -> list[Mapping[str, object]]:
    found = winning.closing_rates(leads(rows), now=NOW, within_days=within_days)
    return [
        {
            "channel": one.channel,
            "closed": one.rate.numerator,
            "leads": one.rate.denominator,
            "rate": one.rate.value,
            "low": None if one.interval is None else one.interval[0],
            "high": None if one.interval is None else one.interval[1],
            "waiting": one.waiting,
        }
        for one in found
    ]


def delays(rows: Rows) -> list[Mapping[str, object]]:
    found = winning.conversion_delays(leads(rows), window_days=90)
    return [
        {"channel": one.channel, "n": one.n, "median": one.median_days, "low": one.low, "high": one.high}
        for one in found
    ]


def curves(rows: Rows, within_days: int) -> list[Mapping[str, object]]:
    return [
        {
            "channel": one.channel,
            "leads": one.leads,
            "sales": one.sales,
            "waiting": one.waiting,
            **dict(zip(("quarter", "half", "most"), one.quartiles or (None, None, None), strict=True)),
            "bought": one.bought,
            "low": one.low,
            "high": one.high,
        }
        for one in delay_curves(leads(rows), now=NOW, window_days=within_days)
    ]


def by_way(rows: Rows, minutes_in: int, minutes_out: int) -> list[Mapping[str, object]]:
    lines = []
    for row in rows:
        shares = {str(row["campaign"]): 1.0} if row["campaign"] else {}
        lines.append(
            CostLine(
                kind=CostKind(str(row["kind"])),
                label=str(row["kind"]),
                amount=Money.of(str(row["amount"]), "EUR"),
                rhythm=Rhythm.ONCE,
                begins=date(2026, 5, 1),
                sharing=Sharing(among=Among.CAMPAIGN, key=Key.FIXED, shares=shares) if shares else None,
            )
        )
    cost = period_cost(
        lines, begin=date(2026, 5, 1), end=date(2026, 6, 1), currency="EUR", counted={}, among=Among.CAMPAIGN
    )  # fmt: skip
    minutes = {Way.INBOUND: float(minutes_in), Way.OUTBOUND: float(minutes_out)}
    found = ways_cost(cost, minutes, leads={Way.INBOUND: 100, Way.OUTBOUND: 20}, customers={Way.INBOUND: 10.0})
    return [
        {
            "way": each.way.value,
            "own": float(each.own),
            "cost": float(each.cost),
            "per_lead": each.lead.each and float(each.lead.each),
            "per_customer": each.customer.each and float(each.customer.each),
        }
        for each in found
    ]


def outside(n: int) -> Mapping[str, object]:
    place = winning.median_interval(n)
    return {"from": None if place is None else place + 1, "to": None if place is None else n - place}


SPECS = (
    Spec(
        title="Parts that sum to the cent",
        prose="A third of ten euros three times would be a cent short. The shares need not sum to 1.",
        given="""
total  | a   | b   | c   || of a   | of b  | of c
10.00  | 1   | 1   | 1   || 3.34   | 3.33  | 3.33
100.00 | 0.4 | 0.2 | 0.4 || 40.00  | 20.00 | 40.00
0.01   | 1   | 2   | 1   || 0.00   | 0.01  | 0.00
-10.00 | 1   | 1   | 1   || -3.34  | -3.33 | -3.33
1.005  | 1   | 0   | 1   || 0.503  | 0.000 | 0.502
""",
        plain=each(parts),
        defines=(split,),
    ),
    Spec(
        title="Who gets which cents of a sale",
        prose="""
            One sale of 1,000.00 after four contacts. Under every rule the parts sum to it. A contact of 100 days before
            lies outside a window of 90 days.
        """,
        settings={"revenue": 1000, "window": 90},
        given="""
channel | days before
radio   | 100
ads     | 22
web     | 15
text    | 8
phone   | 1
""",
        expected="""
rule       | radio | ads     | web    | text   | phone   | sum
first      |       | 1000.00 | 0.00   | 0.00   | 0.00    | 1000.00
last       |       | 0.00    | 0.00   | 0.00   | 1000.00 | 1000.00
linear     |       | 250.00  | 250.00 | 250.00 | 250.00  | 1000.00
position   |       | 400.00  | 100.00 | 100.00 | 400.00  | 1000.00
time_decay |       | 66.67   | 133.33 | 266.67 | 533.33  | 1000.00
""",
        plain=under_all,
        defines=(credits.credits, credits.shares),
    ),
    Spec(
        title="Contacts of one moment",
        prose="""
            Two contacts of the very same moment have no order: what their places earn, they share. A cent that cannot
            be halved goes to the part that lost most by rounding, and to the first name where they lost the same.
        """,
        settings={"revenue": 100.01, "window": 90},
        given="""
channel | days before
text    | 8
ads     | 8
phone   | 1
""",
        expected="""
rule       | text  | ads   | phone  | sum
first      | 50.00 | 50.01 | 0.00   | 100.01
last       | 0.00  | 0.00  | 100.01 | 100.01
linear     | 33.34 | 33.34 | 33.33  | 100.01
position   | 30.00 | 30.00 | 40.01  | 100.01
time_decay | 25.00 | 25.00 | 50.01  | 100.01
""",
        plain=under_all,
    ),
    Spec(
        title="A sale that nothing came before",
        prose="It is credited to nobody, so that nothing is missing from the sum.",
        settings={"revenue": 80, "window": 30},
        given="""
channel | days before
ads     | 31
""",
        expected="""
rule       | ads | nobody | sum
first      |     | 80.00  | 80.00
last       |     | 80.00  | 80.00
linear     |     | 80.00  | 80.00
position   |     | 80.00  | 80.00
time_decay |     | 80.00  | 80.00
""",
        plain=under_all,
    ),
    Spec(
        title="Which contacts count",
        prose="Those before the sale and at most so many days before it, 30, 60, 90 or 180, the edge included.",
        given="""
days before | window || counts
30          | 30     || yes
30.01       | 30     || no
60          | 60     || yes
90          | 90     || yes
180.5       | 180    || no
0           | 30     || yes
-0.5        | 30     || no
""",
        plain=each(within),
        defines=(credits.touches_before,),
    ),
    Spec(
        title="Who sought whom",
        prose="The same division, between those who called us and those whom we called.",
        settings={"revenue": 300},
        given="""
channel | days before | way
ads     | 20          | inbound
sales   | 10          | outbound
web     | 5           | inbound
""",
        expected="""
way      | revenue | sales | touched
inbound  | 200.00  | 0.667 | 1
outbound | 100.00  | 0.333 | 1
""",
        plain=of_ways,
    ),
    Spec(
        title="What winning a customer costs",
        prose="The cost of a channel, or of all inbound or outbound ones, over the customers credited to it.",
        given="""
cost | customers || each  | low   | high
4000 | 10        || 400.0 | 217.3 | 736.4
4000 | 100       || 40.00 | 32.89 | 48.65
4000 | 2.5       || 1600.0 | 495.9 | 5162.7
4000 | 0         ||       | 1041.3 |
""",
        plain=each(cost_of_winning),
        defines=(winning.acquisition_cost,),
    ),
    Spec(
        title="Leads that end in a sale",
        prose="""
            On 30 June, within 30 days. A lead of 15 June is not counted yet, even where it was sold: those of its age
            that are not sold may still be.
        """,
        settings={"within_days": 30},
        given="""
channel | first      | bought
ads     | 2026-05-01 | 2026-05-11
ads     | 2026-05-02 |
ads     | 2026-05-03 | 2026-06-20
ads     | 2026-05-04 |
ads     | 2026-06-15 | 2026-06-16
web     | 2026-06-20 |
""",
        expected="""
channel | closed | leads | rate | low   | high   | waiting
ads     | 1      | 4     | 25 % | 4.6 % | 69.9 % | 1
web     | 0      | 0     |      |       |        | 1
""",
        plain=closed,
        defines=(winning.closing_rates,),
    ),
    Spec(
        title="How long a sale takes",
        prose="The middle one of the delays, in days, and its interval once there are six sales.",
        given="""
channel | first      | bought
ads     | 2026-05-01 | 2026-05-02
ads     | 2026-05-01 | 2026-05-03
ads     | 2026-05-01 | 2026-05-05
ads     | 2026-05-01 | 2026-05-07
ads     | 2026-05-01 | 2026-05-11
ads     | 2026-05-01 | 2026-05-31
web     | 2026-05-01 | 2026-05-02
web     | 2026-05-01 | 2026-05-04
web     | 2026-05-01 |
""",
        expected="""
channel | n | median | low | high
ads     | 6 | 5.0    | 1.0 | 30.0
web     | 2 | 2.0    |     |
""",
        plain=delays,
        defines=(winning.conversion_delays,),
    ),
    Spec(
        title="How long leads take, with those still to come",
        prose="""
            On 30 June, within 30 days. The lead of 10 June has been followed for 20 days and says nothing of day 21.
            The sale of 20 June came 48 days after its first contact: outside the window it is none. A quarter, half and
            three quarters are of those who buy within the window.
        """,
        settings={"within_days": 30},
        given="""
channel | first      | bought
ads     | 2026-05-01 | 2026-05-11
ads     | 2026-05-02 |
ads     | 2026-05-03 | 2026-06-20
ads     | 2026-06-10 |
ads     | 2026-06-15 | 2026-06-20
ads     | 2026-06-25 |
web     | 2026-06-20 |
""",
        expected="""
channel | leads | sales | waiting | quarter | half | most | bought | low    | high
ads     | 6     | 2     | 2       | 5.0     | 10.0 | 10.0 | 37.5 % | 10.7 % | 85.8 %
web     | 1     | 0     | 1       |         |      |      | 0 %    |        |
""",
        plain=curves,
        defines=(delay_curves,),
    ),
    Spec(
        title="Being called beside calling",
        prose="""
            Advertising is of calls received, call lists and what a campaign bears of calls made. Salaries are shared by
            minutes: two thirds of them were spent on calls received. With 100 leads in and 20 out, and 10 customers in.
        """,
        settings={"minutes_in": 600, "minutes_out": 300},
        given="""
kind        | amount | campaign
salaries    | 9000   |
advertising | 1000   |
lists       | 500    |
telephony   | 200    | spring
""",
        expected="""
way      | own    | cost    | per lead | per customer
inbound  | 1000.0 | 7000.00 | 70.00    | 700.00
outbound | 700.0  | 3700.00 | 185.00   |
""",
        plain=by_way,
        defines=(costs_by_way,),
    ),
    Spec(
        title="Between which values the middle lies",
        prose="The place of the lower and of the upper end among the sorted values. 95 % or more, whatever they are.",
        given="""
n     || from | to
0     ||      |
5     ||      |
6     || 1    | 6
20    || 6    | 15
100   || 40   | 61
10000 || 4902 | 5099
""",
        plain=each(outside),
        defines=(winning.median_interval,),
    ),
)


PAGE = Page(
    name="attribution",
    title="Attribution",
    intro="""
        Which contacts earned a sale. A rule divides revenue, it does not prove what caused it: where an experiment was
        made, its incremental figure stands beside these. Every rule divides each sale into whole cents that sum to it.
    """,
    specs=SPECS,
)
