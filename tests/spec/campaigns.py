"""Outbound campaigns, defined on small tables: what is counted, divided, projected, advised and looked back on."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict
from datetime import UTC, date, datetime, time
from decimal import Decimal
from pathlib import Path
from tempfile import TemporaryDirectory

import pyarrow as pa

from decroche.ledger.campaign_calls import Opened, OurCall
from decroche.model.campaign import (
    CampaignCounts,
    Denominator,
    Followed,
    Group,
    GroupKind,
    Row,
    Rung,
    Tally,
    Told,
    Week,
    Where,
)
from decroche.model.figures import Rate
from decroche.model.money import Money
from decroche.prove.kpis import certainty
from decroche.prove.kpis.campaign_attempts import attempts, stop_after
from decroche.prove.kpis.campaign_cohorts import all_together, cohorts
from decroche.prove.kpis.campaign_decisions import look_back
from decroche.prove.kpis.campaign_fold import Attempt, fold
from decroche.prove.kpis.campaign_house import count_house
from decroche.prove.kpis.campaign_indicators import Terms, indicators
from decroche.prove.kpis.campaign_lever import advise, outliers
from decroche.warehouse.campaigns import ROW_COLUMNS, ROWS, count_campaign
from decroche.warehouse.engine import Engine
from tests.spec.spec import Page, Spec, each
from tests.spec.table import Rows

_ARROW = {
    "int32": pa.int32(), "int64": pa.int64(), "string": pa.string(), "timestamp": pa.timestamp("us"),
    "boolean": pa.bool_(), "decimal(18, 2)": pa.decimal128(18, 2),
}  # fmt: skip


def told_of(rows: Rows, row: str) -> Told:
    """What the drawn table has columns for."""
    columns = set(rows[0])
    return Told(
        row=Row(row),
        person="person" in columns,
        dials="dials" in columns or row == "dial",
        reached="reached" in columns,
        opportunity="opportunity" in columns or "sale" in columns,
        sale="sale" in columns,
        amount="amount" in columns,
    )


def in_plain(rows: Rows, row: str) -> CampaignCounts:
    """The drawn table folded row by row."""
    drawn = [
        Attempt(
            person=None if each.get("person") is None else str(each["person"]),
            dials=int(each.get("dials") or 1),  # type: ignore[arg-type]
            at=each.get("at"),  # type: ignore[arg-type]
            reached=bool(each.get("reached")),
            opportunity=bool(each.get("opportunity")),
            sale=bool(each.get("sale")),
            amount=None if each.get("amount") is None else Decimal(str(each["amount"])),
            sold_at=each.get("sold_at"),  # type: ignore[arg-type]
        )
        for each in rows
    ]
    return fold(drawn, told_of(rows, row))


def in_columns(rows: Rows, row: str) -> CampaignCounts:
    """The drawn table counted by the engine."""
    columns = {
        name: pa.array([_cell(name, each, place) for place, each in enumerate(rows)], _ARROW[kind])
        for name, kind in ROW_COLUMNS.items()
    }
    with TemporaryDirectory() as scratch, Engine(Path(scratch), memory="200MB", threads=1) as engine:
        engine.load(ROWS, pa.table(columns))
        return count_campaign(engine, told_of(rows, row))


def _cell(name: str, row: Mapping[str, object], place: int) -> object:
    if name in ("file", "row"):
        return place if name == "row" else 0
    value = row.get(name)
    if name == "amount" and value is not None:
        return Decimal(str(value))
    return str(value) if name == "person" and value is not None else value


def counts_of(counts: CampaignCounts) -> list[Mapping[str, object]]:
    found = asdict(counts.total)
    return [{name: float(value) if isinstance(value, Decimal) else value for name, value in found.items()}]


def counted_plain(rows: Rows, row: str) -> list[Mapping[str, object]]:
    return counts_of(in_plain(rows, row))


def counted_columns(rows: Rows, row: str) -> list[Mapping[str, object]]:
    return counts_of(in_columns(rows, row))


def weekly_plain(rows: Rows, row: str) -> list[Mapping[str, object]]:
    return [{"monday": week.monday, **asdict(week.tally)} for week in in_plain(rows, row).weeks]


def weekly_columns(rows: Rows, row: str) -> list[Mapping[str, object]]:
    return [{"monday": week.monday, **asdict(week.tally)} for week in in_columns(rows, row).weeks]


def ladder_plain(rows: Rows, row: str) -> list[Mapping[str, object]]:
    return [asdict(rung) for rung in in_plain(rows, row).ladder]


def ladder_columns(rows: Rows, row: str) -> list[Mapping[str, object]]:
    return [asdict(rung) for rung in in_columns(rows, row).ladder]


def followed_plain(rows: Rows, row: str) -> list[Mapping[str, object]]:
    return [asdict(cell) for cell in in_plain(rows, row).followed]


def followed_columns(rows: Rows, row: str) -> list[Mapping[str, object]]:
    return [asdict(cell) for cell in in_columns(rows, row).followed]


def rungs(rows: Rows) -> list[Rung]:
    return [Rung(**row) for row in rows]  # type: ignore[arg-type]


def by_attempt(rows: Rows) -> list[Mapping[str, object]]:
    return [
        {
            "attempt": line.number,
            "had_it": line.at.denominator,
            "yes_at_it": line.at.numerator,
            "at": line.at.value,
            "last_dial": line.last.denominator,
            "yes": line.last.numerator,
            "last": line.last.value,
        }
        for line in attempts(rungs(rows))
    ]


def stopping(rows: Rows, dial_cost: float, value: float) -> list[Mapping[str, object]]:
    found = stop_after(attempts(rungs(rows)), dial_cost=eur(dial_cost), opportunity_value=eur(value))
    if found is None:
        return [dict.fromkeys(("after", "dials", "opportunities", "gain"))]
    return [
        {"after": found.after, "dials": found.dials, "opportunities": found.opportunities, "gain": float(found.gain)}
    ]


def three(
    cost: int | None, dials: int, opportunities: int, margin: int | None, closing: float | None, profit: float = 0.0
) -> Mapping[str, object]:
    found = indicators(
        Tally(dials=dials, opportunities=opportunities),
        Terms(
            cost=None if cost is None else eur(cost),
            margin=None if margin is None else eur(margin),
            closing=None if closing is None else (closing, closing),
            profit=profit,
        ),
    )
    cpq, roi = found.cost_per_opportunity, found.roi_on_margin
    return {
        "CPQ": cpq and float(cpq.value),
        "least": cpq and float(cpq.low),
        "most": cpq and cpq.high and float(cpq.high),
        "threshold": found.threshold and float(found.threshold),
        "target": found.target and float(found.target),
        "ROI": roi and roi.value,
        "low": roi and roi.low,
        "high": roi and roi.high,
    }


def counted_sales(cost: int, dials: int, opportunities: int, sales: int, revenue: int) -> Mapping[str, object]:
    tally = Tally(
        dials=dials,
        opportunities=opportunities,
        sales=sales,
        revenue=Decimal(revenue),
        revenue_squares=Decimal(revenue) ** 2 / sales,
    )
    found = indicators(tally, Terms(cost=eur(cost)))
    assert found.closing is not None and found.roi_on_revenue is not None and found.revenue_per_cost is not None
    return {
        "closing": found.closing.value,
        "ROI_revenue": found.roi_on_revenue.value,
        "low": found.roi_on_revenue.low,
        "high": found.roi_on_revenue.high,
        "ratio": found.revenue_per_cost.value,
    }


def cells(rows: Rows) -> list[Followed]:
    return [Followed(**row) for row in rows]  # type: ignore[arg-type]


def projected(rows: Rows) -> list[Mapping[str, object]]:
    known = cells(rows)
    named = [("all", all_together(known)), *((f"{each.month:%Y-%m}", each.at) for each in cohorts(known))]
    return [{"cohort": name, **asdict(found)} for name, projections in named for found in projections]


def advised(
    cost: int | None,
    dials: int,
    opportunities: int | None,
    margin: int | None,
    closing: float | None,
    goal: float | None,
) -> Mapping[str, object]:
    advice = advise(
        CampaignCounts(row=Row.DIAL, total=Tally(dials=dials, opportunities=opportunities)),
        Terms(
            cost=None if cost is None else eur(cost),
            margin=None if margin is None else eur(margin),
            closing=None if closing is None else (closing, closing),
            goal=None if goal is None else (Denominator.DIAL, goal),
        ),
    )
    return {
        "lever": advice.lever,
        "sure": advice.sure,
        "more": advice.opportunities,
        "gain": advice.gain and float(advice.gain),
    }


def apart(rows: Rows) -> list[Mapping[str, object]]:
    groups = [
        Group(
            kind=GroupKind.SEGMENT,
            column=str(row["column"]),
            value=str(row["value"]),
            tally=Tally(dials=row["dials"], people=row["people"], opportunities=row["opportunities"]),  # type: ignore[arg-type]
        )
        for row in rows
    ]
    terms = Terms(dial_cost=eur(1), margin=eur(400), closing=(0.1, 0.1))
    return [
        {
            "value": found.group.value,
            "rate": found.rate.value,
            "rest": found.rest.value,
            "better": found.better,
            "spared": found.gain and float(found.gain),
        }
        for found in outliers(groups, terms)
    ]


def looked_back(rows: Rows, decided: date) -> list[Mapping[str, object]]:
    weeks = [
        Week(monday=row["monday"], tally=Tally(dials=row["dials"], opportunities=row["opportunities"]))  # type: ignore[arg-type]
        for row in rows
    ]
    found = look_back(weeks, decided=decided)
    return [
        {
            "before": found.before.value,
            "n": found.before.denominator,
            "after": found.after.value,
            "n_after": found.after.denominator,
            "low": found.low,
            "high": found.high,
            "since": found.since,
        }
    ]


WHY = ("by_name", "by_person", "undialled", "doubtful")
PEOPLE = {"anna": 1, "bob": 2, "carl": 3, "dora": 4}
OUR_CALLS = (
    ("2026-03-02 09:00", "anna", False),
    ("2026-03-02 09:10", "bob", True),
    ("2026-03-03 10:00", "anna", True),
    ("2026-03-04 10:00", "carl", True),
    ("2026-03-04 11:00", None, False),
)


def of_the_house(rows: Rows) -> list[Mapping[str, object]]:
    """One opportunity at a time, beside the five calls of the campaign “Printemps”."""
    calls = [
        OurCall(at=_utc(at), person=None if person is None else PEOPLE[person], answered=taken)
        for at, person, taken in OUR_CALLS
    ]
    shown: list[Mapping[str, object]] = []
    for row in rows:
        won = row["won"]
        opened = Opened(
            opened_at=datetime.combine(row["opened"], time(12), UTC),  # type: ignore[arg-type]
            person=None if row["person"] is None else PEOPLE[str(row["person"])],
            names=frozenset({str(row["named"]).casefold()} if row["named"] else ()),
            campaign=None if row["named"] is None else str(row["named"]),
            won_at=None if won is None else datetime.combine(won, time(), UTC),  # type: ignore[arg-type]
            amount=None if row["amount"] is None else str(row["amount"]),
            margin=None if row["margin"] is None else str(row["margin"]),
            currency="EUR",
        )
        found = count_house(
            calls, [opened], Where(begins=date(2026, 3, 1), days=30), name="Printemps", currency="EUR", known=True,
            local=lambda moment: moment.replace(tzinfo=None), until=_utc("2026-06-30 00:00"),
        )  # fmt: skip
        total = found.counts.total
        assert (total.dials, total.people) == (5, 3)
        shown.append(
            {
                "opps": total.opportunities,
                "sales": total.sales,
                "revenue": total.revenue and float(total.revenue),
                "earned": total.margin and float(total.margin),
                "why": next((word for word in WHY if found.found[word]), None),
            }
        )
    return shown


def _utc(text: str) -> datetime:
    return datetime.fromisoformat(text).replace(tzinfo=UTC)


def newcombe(before: int, of: int, after: int, all: int) -> Mapping[str, object]:
    low, high = certainty.difference(Rate(before, of), Rate(after, all)) or (None, None)
    return {"low": low, "high": high}


def eur(amount: float) -> Money:
    return Money.of(amount, "EUR")


DIALS = """
person | at               | reached | opportunity | sale | amount  | sold at
-------+------------------+---------+-------------+------+---------+-----------------
anna   | 2026-03-02 09:00 | no      | no          | no   |         |
anna   | 2026-03-03 10:00 | yes     | yes         | no   |         |
bob    | 2026-03-02 09:05 | yes     | no          | no   |         |
carl   | 2026-03-04 11:00 | no      | no          | no   |         |
carl   | 2026-03-10 11:00 | no      | no          | no   |         |
dora   | 2026-03-05 14:00 | yes     | yes         | yes  | 1200.50 | 2026-03-20 09:00
anna   | 2026-03-12 10:00 | yes     | yes         | yes  | 800     | 2026-04-02 09:00
"""

BANK = """
dials | converted at | people
------+--------------+-------
1     | 1            | 2561
1     |              | 14983
2     | 2            | 1401
2     |              | 11104
3     | 3            | 618
3     |              | 4903
4     | 4            | 709
4     |              | 8932
"""

SPECS = (
    Spec(
        title="A table of dials",
        prose="""
            Seven dials to four people. Anna is one opportunity, though two rows say so, and one sale. The last dial
            to her, after her yes, is a dial and a contact like any other. Amounts are those of sales.
        """,
        settings={"row": "dial"},
        given=DIALS,
        expected="""
dials | contacts | people | opportunities | sales | revenue | revenue squares
7     | 4        | 4      | 2             | 2     | 2000.50 | 2081200.25
""",
        plain=counted_plain,
        columnar=counted_columns,
        defines=(fold,),
    ),
    Spec(
        title="A campaign of the house",
        prose="""
            Our five calls of “Printemps”: two to Anna, one each to Bob and Carl, one to nobody known. An opportunity is
            its own by its name, or by its person within 30 days of a call; never that of another campaign, nor one that
            nobody was called for. A name whose person nobody dialled is said and not counted.
        """,
        given="""
person | opened     | named     | won        | amount | margin || opps | sales | revenue | earned | why
anna   | 2026-03-05 |           |            |        |        || 1    | 0     |         |        | by_person
anna   | 2026-03-05 | printemps | 2026-03-20 | 800    | 300    || 1    | 1     | 800.0   | 300.0  | by_name
bob    | 2026-04-20 |           |            |        |        || 0    | 0     |         |        |
bob    | 2026-04-20 | Printemps |            |        |        || 1    | 0     |         |        | by_name
carl   | 2026-03-05 | Automne   |            |        |        || 0    | 0     |         |        |
carl   | 2026-03-01 |           |            |        |        || 0    | 0     |         |        |
dora   | 2026-03-05 | Printemps | 2026-03-20 | 800    |        || 0    | 0     |         |        | undialled
       | 2026-03-05 | Printemps |            |        |        || 0    | 0     |         |        | doubtful
""",
        plain=of_the_house,
        defines=(count_house,),
    ),
    Spec(
        title="A table of people",
        prose="""
            A row is a person with a number of dials. Only the last dial is told of: it alone can count as a contact.
            A sale implies an opportunity, and an opportunity was reached.
        """,
        settings={"row": "person"},
        given="""
dials | reached | opportunity | sale
------+---------+-------------+-----
1     | yes     | no          | no
3     | no      | yes         | no
2     | no      | no          | yes
5     | no      | no          | no
""",
        expected="""
dials | contacts | people | opportunities | sales
11    | 3        | 4      | 2             | 1
""",
        plain=counted_plain,
        columnar=counted_columns,
    ),
    Spec(
        title="What a table does not say stays unknown",
        prose="Dials without a person: neither people nor attempts can be counted, and nothing is made up for them.",
        settings={"row": "dial"},
        given="""
reached | opportunity
--------+------------
yes     | yes
no      | no
yes     | yes
""",
        expected="""
dials | contacts | people  | opportunities | sales
3     | 2        | nothing | 2             | nothing
""",
        plain=counted_plain,
        columnar=counted_columns,
    ),
    Spec(
        title="Week by week",
        prose="Weeks begin on Monday. The opportunity of Anna is of the week in which she first said yes.",
        settings={"row": "dial"},
        given=DIALS,
        expected="""
monday     | dials | contacts | people | opportunities | sales
2026-03-02 | 5     | 3        | 4      | 2             | 1
2026-03-09 | 2     | 1        | 2      | 0             | 1
""",
        plain=weekly_plain,
        columnar=weekly_columns,
    ),
    Spec(
        title="Who was dialled how often",
        prose="Anna said yes at her second dial, and had a third.",
        settings={"row": "dial"},
        given=DIALS,
        expected="""
dials | converted at | people
1     | 1            | 1
1     |              | 1
2     |              | 1
3     | 2            | 1
""",
        plain=ladder_plain,
        columnar=ladder_columns,
    ),
    Spec(
        title="Who was followed how long",
        prose="People are followed until the last moment in the table, the sale of 2 April.",
        settings={"row": "dial"},
        given=DIALS,
        expected="""
month      | days | sold after | people
2026-03-01 | 28   | 15         | 1
2026-03-01 | 29   |            | 1
2026-03-01 | 31   | 31         | 1
2026-03-01 | 31   |            | 1
""",
        plain=followed_plain,
        columnar=followed_columns,
    ),
    Spec(
        title="Conversion at an attempt, and by the last one",
        prose="""
            The calls of a bank to 45 211 people, here with four and more dials as one line. Of those whose last contact
            was number 1, 14.60 % said yes: among them is nobody who had to be called again. Of all who were called a
            first time, 5.66 % said yes then. Only the second figure says what an attempt brings.
        """,
        given=BANK,
        expected="""
attempt | had it | yes at it | at     | last dial | yes  | last
1       | 45 211 | 2 561     | 5.66 % | 17 544    | 2561 | 14.60 %
2       | 27 667 | 1 401     | 5.06 % | 12 505    | 1401 | 11.20 %
3       | 15 162 | 618       | 4.08 % | 5 521     | 618  | 11.19 %
4       | 9 641  | 709       | 7.35 % | 9 641     | 709  | 7.35 %
""",
        plain=by_attempt,
        defines=(attempts,),
    ),
    Spec(
        title="Where to stop dialling",
        prose="""
            At 2 a dial and 40 an opportunity, the third dials cost 200 and bring 80: stopping after the second spares
            120 more than it gives up. The second ones cost 400 and bring 480: they stay.
        """,
        settings={"dial_cost": 2, "value": 40},
        given="""
dials | converted at | people
1     | 1            | 50
1     |              | 750
2     | 2            | 12
2     |              | 88
3     | 3            | 2
3     |              | 98
""",
        expected="""
after | dials | opportunities | gain
2     | 100   | 2             | 120.00
""",
        plain=stopping,
        defines=(stop_after,),
    ),
    Spec(
        title="The three indicators with their intervals",
        prose="""
            Seed 004 again, with 2 667 dials for its 3 %. The cost per opportunity of 50 lies anywhere between 40 and 62
            by chance, and the return on margin of 0 % between −19 and +24 %. With 10 % of opportunities closed, 40 is
            where nothing is earned; to keep a quarter of the margin the target is 30. Without opportunities there is
            no cost of one.
        """,
        given="""
cost | dials | opportunities | margin | closing | profit || CPQ | least | most | threshold | target | ROI | low | high
4000 | 2667 | 80 | 400 | 12.5 % | 0 %  || 50.0 | 40.3 | 62.1 | 50 | 50 | 0 %    | -19 %  | 24 %
4000 | 2667 | 80 | 400 | 10 %   | 25 % || 50.0 | 40.3 | 62.1 | 40 | 30 | -20 %  | -36 %  | -1 %
4000 | 2667 | 0  | 400 | 10 %   | 0 %  ||      |      |      | 40 | 40 | -100 % | -100 % | -96 %
4000 | 2667 | 80 |     |        | 0 %  || 50.0 | 40.3 | 62.1 |    |    |        |        |
     | 2667 | 80 | 400 | 10 %   | 0 %  ||      |      |      | 40 | 40 |        |        |
""",
        plain=each(three),
        defines=(indicators,),
    ),
    Spec(
        title="Counted sales and their amounts",
        prose="""
            Where sales are counted nobody has to tell how many opportunities become one. Ten sales of 1 200: their sum
            is known, but another ten would sum to something else.
        """,
        given="""
cost  | dials | opportunities | sales | revenue || closing | ROI revenue | low  | high  | ratio
4 000 | 2667  | 80            | 10    | 12 000  || 12.5 %  | 200 %       | 14 % | 386 % | 3.0
""",
        plain=each(counted_sales),
    ),
    Spec(
        title="Sales still to come",
        prose="""
            Of 100 people of January, all followed for 120 days, 10 bought within 30 days and 10 more within 90. The 100
            of April are followed for 30 days: 12 bought. As of January's 90 left after 30 days 10 bought later, 88 of
            April should bring 9 or 10 more. Nobody of a campaign that is 30 days old says anything of day 90.
        """,
        given="""
month      | days | sold after | people
2026-01-01 | 120  | 10         | 10
2026-01-01 | 120  | 60         | 10
2026-01-01 | 120  |            | 80
2026-04-01 | 30   | 12         | 12
2026-04-01 | 30   |            | 88
""",
        expected="""
cohort  | days | people | seen | settled | expected | low  | high
all     | 30   | 200    | 22   | 200     | 22.0     | 22.0 | 22.0
all     | 90   | 200    | 32   | 100     | 41.8     | 34.5 | 52.0
2026-01 | 30   | 100    | 10   | 100     | 10.0     | 10.0 | 10.0
2026-01 | 90   | 100    | 20   | 100     | 20.0     | 20.0 | 20.0
2026-04 | 30   | 100    | 12   | 100     | 12.0     | 12.0 | 12.0
2026-04 | 90   | 100    | 12   | 0       | 21.8     | 14.5 | 32.0
""",
        plain=projected,
        defines=(cohorts, all_together),
    ),
    Spec(
        title="Too early to foresee",
        prose="Nobody was followed for 90 days: the sales seen and the people left are all that bounds the figure.",
        given="""
month      | days | sold after | people
2026-04-01 | 40   | 12         | 12
2026-04-01 | 40   |            | 88
""",
        expected="""
cohort  | days | people | seen | settled | expected | low  | high
all     | 30   | 100    | 12   | 100     | 12.0     | 12.0 | 12.0
all     | 90   | 100    | 12   | 0       | nothing  | 12.0 | 100.0
2026-04 | 30   | 100    | 12   | 100     | 12.0     | 12.0 | 12.0
2026-04 | 90   | 100    | 12   | 0       | nothing  | 12.0 | 100.0
""",
        plain=projected,
    ),
    Spec(
        title="The lever to pull first",
        prose="""
            What cannot be computed is collected first. A conversion under its goal comes before everything: scripts and
            training. Then a cost per opportunity above the target. A cost of 50 against 40 is not yet sure with 80
            opportunities. When nothing is bad, dialling more leaves at most a tenth of what is earned.
        """,
        given="""
cost  | dials  | opportunities | margin | closing | goal || lever   | sure | more  | gain
4 000 | 2 667  |               | 400    | 12.5 %  |      || collect | yes  |       |
      | 2 667  | 80            | 400    | 12.5 %  |      || collect | yes  |       |
4 000 | 2 667  | 80            | 400    | 12.5 %  | 5 %  || script  | yes  | 53.35 | 2667.50
4 000 | 2 667  | 80            |        |         | 3.2 % || script  | no   | 5.34  |
4 000 | 2 667  | 80            | 400    | 10 %    | 2 %  || cost    | yes  |       | 800.00
4 000 | 2 667  | 80            | 400    | 11 %    |      || cost    | no   |       | 480.00
4 000 | 2 667  | 80            | 400    | 25 %    |      || raise   | yes  |       | 400.00
4 000 | 2 667  | 80            | 400    | 13 %    |      || raise   | no   |       | 16.00
4 000 | 2 667  | 80            | 400    | 12.5 %  |      || keep    | yes  |       |
""",
        plain=each(advised),
        defines=(advise,),
    ),
    Spec(
        title="Parts that stand out",
        prose="""
            Three cities and three sizes. With six parts compared, one must stand out further than 1.96 standard errors.
            Lille converts less, and even at the kind end of its interval its dials cost more than they bring.
        """,
        given="""
column | value | dials | people | opportunities
city   | Paris | 2 000 | 1 000  | 80
city   | Lyon  | 2 000 | 1 000  | 60
city   | Lille | 2 000 | 1 000  | 20
size   | small | 2 000 | 1 000  | 55
size   | mid   | 2 000 | 1 000  | 50
size   | large | 2 000 | 1 000  | 55
""",
        expected="""
value | rate  | rest  | better | spared
Paris | 8.0 % | 4.0 % | yes    |
Lille | 2.0 % | 7.0 % | no     | 1200.00
""",
        plain=apart,
        defines=(outliers,),
    ),
    Spec(
        title="Quality of the lists before their quantity",
        prose="""
            A seed's line begins in the middle, “quantity)”. It is read so: a better list before a longer one. The
            bought list costs more than it brings, and not dialling it leaves 3,200; the same dials again would not.
        """,
        given="""
column | value     | dials | people | opportunities
list   | bought    | 4 000 | 2 000  | 20
list   | customers | 600   | 300    | 24
""",
        expected="""
value     | rate  | rest  | better | spared
customers | 8.0 % | 1.0 % | yes    |
bought    | 1.0 % | 8.0 % | no     | 3200.00
""",
        plain=apart,
    ),
    Spec(
        title="A difference of two rates",
        prose="The example of Newcombe's paper: 56 of 70 against 48 of 80. It is the later minus the earlier rate.",
        given="""
before | of | after | all || low     | high
48     | 80 | 56    | 70  || 5.24 %  | 33.39 %
10     | 10 | 10    | 10  || -27.75 % | 27.75 %
0      | 0  | 5     | 10  ||         |
""",
        plain=each(newcombe),
        defines=(certainty.difference,),
    ),
    Spec(
        title="Looking back on a decision",
        prose="""
            A new script from Wednesday 18 March on. The week of the decision belongs to neither side. What else changed
            in the meantime is in the difference: an experiment tells more.
        """,
        settings={"decided": date(2026, 3, 18)},
        given="""
monday     | dials | opportunities
2026-03-02 | 1 000 | 28
2026-03-09 | 1 000 | 32
2026-03-16 | 1 000 | 35
2026-03-23 | 1 000 | 50
2026-03-30 | 1 000 | 46
""",
        expected="""
before | n     | after | n after | low    | high   | since
3.0 %  | 2 000 | 4.8 % | 2 000   | 0.6 %  | 3.0 %  | better
""",
        plain=looked_back,
        defines=(look_back,),
    ),
)

PAGE = Page(
    name="campaigns",
    title="Outbound campaigns",
    intro="""
        What is counted of an outbound campaign, and what is made of it: three indicators with their intervals,
        attempts, weeks, sales still to come, the lever to pull first, and the look back on what was decided. The
        tables are the tests. How a file is read: [campaign files](campaign-files.md).
    """,
    specs=SPECS,
)
