"""What unanswered calls cost, defined on small tables."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np

from decroche.model.money import Money
from decroche.prove import naive
from decroche.prove.seed_errors import SEED_ERRORS
from decroche.understand import loss_beside
from decroche.understand.beliefs import Belief, Beta, Fixed, LogNormal, read_amount, read_share
from decroche.understand.loss import Loss, LossCounts, estimate
from decroche.understand.loss_inputs import LossInputs, Prices
from tests.spec.spec import Page, Spec, each
from tests.spec.table import Cell, Rows


def rng() -> np.random.Generator:
    return np.random.default_rng(20_261_122)


def eur(amount: float) -> Money:
    return Money.of(amount, "EUR")


def oracle() -> Loss:
    """30 of 100 have a new need, 45 of 100 convert, a margin of 250 on average (σ 0.6)."""
    prices = Prices(need=Beta(a=30, b=70), conversion=Beta(a=45, b=55), margin=LogNormal.around(mean=250, sigma=0.6))
    counts = LossCounts(journeys=1, observable=1, lost=1, open_at_end=0)
    return estimate(counts, LossInputs(prices=prices), days=30, rng=rng(), draws=1_000_000)


def journey_value(new_need: str, conversion: str, margin: str) -> Mapping[str, object]:
    assert (new_need, conversion, margin) == ("Beta(30, 70)", "Beta(45, 55)", "mean 250, σ 0.6")
    found = oracle().lost_journey
    assert found is not None
    return {
        "mean": float(found.mean),
        "P10": float(found.low),
        "P50": float(found.middle),
        "P90": float(found.high),
    }


def percentiles(kind: str, written: str) -> Mapping[str, object]:
    belief: Belief = (read_amount if kind == "amount" else read_share)(written)
    drawn = belief.draw(rng(), 1_000_000)
    low, high = np.quantile(drawn, (0.1, 0.9))
    return {"P10": float(low), "P90": float(high), "mean": belief.mean}


def period(rows: Rows, margin: int, conversion: float, days: int) -> list[Mapping[str, object]]:
    answers: list[Mapping[str, object]] = []
    for row in rows:
        counts = {name: int(row[name] or 0) for name in ("journeys", "observable", "lost", "open_at_end")}  # type: ignore[arg-type]
        inputs = LossInputs(prices=Prices(margin=Fixed(margin), conversion=Fixed(conversion)))
        found = estimate(
            LossCounts(
                journeys=counts["journeys"],
                observable=counts["observable"],
                lost=counts["lost"],
                open_at_end=counts["open_at_end"],
            ),
            inputs,
            days=days,
            rng=rng(),
        )
        assert found.period is not None and found.year is not None
        answers.append(
            {
                "not_recovered": found.not_recovered.value,
                "mean": float(found.period.mean),
                "low": float(found.period.low),
                "high": float(found.period.high),
                "year": float(found.year.mean),
            }
        )
    return answers


def unpriced(margin: int | None, conversion: float | None) -> Mapping[str, object]:
    told = {"margin": margin, "conversion": conversion}
    inputs = LossInputs.from_mapping({key: value for key, value in told.items() if value is not None})
    counts = LossCounts(journeys=60, observable=50, lost=40, open_at_end=10)
    found = estimate(counts, inputs, days=90, rng=rng())
    return {
        "lost_journeys": found.counts.lost,
        "of": found.counts.observable,
        "amount": found.period and float(found.period.mean),
        "to_ask": " and ".join(found.missing) or None,
    }


def lifetime(basket: int, a_year: int, years: int, conversion: float, discount: float) -> Mapping[str, object]:
    printed = naive.naive_lifetime(basket=eur(basket), purchases_per_year=a_year, years=years, conversion=conversion)
    value = loss_beside.lifetime_value(
        per_purchase=eur(basket), purchases_per_year=a_year, years=years, discount=discount
    )
    return {
        "printed": float(printed.printed),
        "lifetime_value": float(value),
        "expected": float((value * conversion).rounded()),
    }


def simple(basket: int, conversion: float, missed_a_day: int) -> Mapping[str, object]:
    return {
        "per_call": float(naive.naive_per_call(basket=eur(basket), conversion=conversion)),
        "per_day": float(naive.naive_per_day(basket=eur(basket), conversion=conversion, missed_per_day=missed_a_day)),
    }


def ads(spend: int, calls: int, missed: int) -> Mapping[str, object]:
    found = loss_beside.sunk_ad_spend(spend=Money.of(spend, "USD"), calls=calls, missed=missed)
    return {
        "share": found and found.missed.value,
        "sunk": found and float(found.amount),
        "each": float(found.amount) / missed if found and missed else None,
    }


def invoca(calls: int, paid: float, missed: float, wasted: int) -> Mapping[str, object]:
    lost = calls * paid * missed
    return {"missed_paid_calls": round(lost), "each": wasted / lost}


def sectors(rows: Rows) -> list[Mapping[str, object]]:
    by_name = {sector.name_en: sector for sector in naive.SECTORS}
    return [
        {
            "printed": float(by_name[str(row["trade"])].printed),
            "high": float(by_name[str(row["trade"])].at_the_high_price),
        }
        for row in rows
    ]


def remedy(price: int, margin: int, conversion: float, lost: int, days: int) -> Mapping[str, object]:
    inputs = LossInputs(prices=Prices(margin=Fixed(margin), conversion=Fixed(conversion)), remedy_per_month=eur(price))
    counts = LossCounts(journeys=lost, observable=lost, lost=lost, open_at_end=0)
    found = estimate(counts, inputs, days=days, rng=rng()).remedy
    assert found is not None
    return {
        "customers": found.customers.middle,
        "journeys": found.journeys.middle,
        "lost_per_month": found.lost_per_month,
    }


def silence(
    lost: int, of: int, margin: int, conversion: float, open_hours: int, callers: float
) -> Mapping[str, object]:
    inputs = LossInputs(prices=Prices(margin=Fixed(margin), conversion=Fixed(conversion)))
    counts = LossCounts(journeys=of, observable=of, lost=lost, open_at_end=0)
    found = estimate(counts, inputs, days=30, rng=rng())
    assert found.period is not None and found.missed_journey is not None
    hour = loss_beside.per_open_hour(found.period, open_hours=open_hours)
    minute = loss_beside.per_unreachable_minute(found.missed_journey, callers_per_open_hour=callers)
    return {"open_hour": float(hour.mean), "silent_minute": float(minute.mean)}


def errors() -> str:
    def line(*cells: Cell) -> str:
        return "| " + " | ".join(str(c) for c in cells) + " |"

    rows = [
        line(
            e.number,
            e.seed,
            e.says,
            e.wrong,
            e.answer,
            "<br>".join(f"`{name.removeprefix('decroche.')}`" for name in e.shown_by) or f"later: {e.later}",
        )
        for e in SEED_ERRORS
    ]
    head = [
        line("", "seed", "it says", "the trouble", "what Décroche does", "shown by"),
        "| ---: " + "| --- " * 5 + "|",
    ]
    return "\n".join(["## Errors of the documents we started from", "", *head, *rows])


PAGE = Page(
    name="loss",
    title="The price of missed calls",
    intro="""
        For each person whose call was missed: P(new need) × P(not recovered) × P(converts) × margin. The first and the
        third are told by the owner, the second is counted in the log, the margin is told; a lifetime value replaces
        the margin for new customers. The answer is an 80 % interval, never one number. Without a margin and a
        conversion there is no amount, only lost journeys.
    """,
    specs=(
        Spec(
            title="Value of a lost journey",
            prose="The oracle of the calculation: the mean is exact, the percentiles are drawn (≈: within 1 %).",
            given="""
new need     | conversion   | margin          || mean  | P10  | P50  | P90
-------------+--------------+-----------------++-------+------+------+-----
Beta(30, 70) | Beta(45, 55) | mean 250, σ 0.6 || 33.75 | ≈ 12.4 | ≈ 27.7 | ≈ 61.9
""",
            plain=each(journey_value),
            defines=(estimate,),
        ),
        Spec(
            title="What a range means",
            prose="A range is read as: one time in ten it is lower, one time in ten it is higher.",
            given="""
kind   | written      || P10      | P90      | mean
amount | 250-600      || ≈ 250    | ≈ 600    | 410.56
amount | 250 à 600 €  || ≈ 250    | ≈ 600    | 410.56
amount | 1 200..3 000 || ≈ 1200   | ≈ 3000   | 2022.6
amount | 400 EUR      || 400      | 400      | 400
share  | 20-30 %      || ≈ 20.0 % | ≈ 30.0 % | 24.9 %
share  | 12,5 %       || 12.5 %   | 12.5 %   | 12.5 %
""",
            plain=each(percentiles),
            defines=(read_amount, read_share),
        ),
        Spec(
            title="Loss of a period",
            prose="""
                A margin of 400 and one sale in four: a lost journey costs 100 on average. Ten journeys that are not
                over yet count at the account's own rate. Exact inputs still give an interval: how many of the lost
                would have bought is chance.
            """,
            settings={"margin": 400, "conversion": 0.25, "days": 73},
            given="""
journeys | observable | lost | open at end
110      | 100        | 40   | 0
110      | 100        | 40   | 10
50       | 50         | 0    | 0
""",
            expected="""
not recovered | mean    | low  | high | year
40 %          | 4000    | 2800 | 5600 | 20000
40 %          | 4400.99 | 2800 | 6000 | 22004.95
0 %           | 0       | 0    | 0    | 0
""",
            plain=period,
        ),
        Spec(
            title="Without the two numbers",
            prose="No margin or no conversion, no money: nothing is supposed in their place.",
            given="""
margin | conversion || lost journeys | of | amount | to ask
       |            || 40            | 50 |        | margin and conversion
400    |            || 40            | 50 |        | conversion
       | 25 %       || 40            | 50 |        | margin
400    | 25 %       || 40            | 50 | 4794.12 |
""",
            plain=each(unpriced),
            defines=(LossInputs.from_mapping,),
        ),
        Spec(
            title="The naive sum of seed 000",
            prose="What a sales page prints: every missed call a new person, lost for certain, the price all profit.",
            given="""
basket | conversion | missed a day || per call | per day
500    | 25 %       | 5            || 125      | 625
""",
            plain=each(simple),
            defines=(naive.naive_per_call, naive.naive_per_day),
        ),
        Spec(
            title="Lifetime value",
            prose="Seed 000 prints 3,000 for one missed call; with its own conversion 750 can be expected.",
            given="""
basket | a year | years | conversion | discount || printed | lifetime value | expected
500    | 2      | 3     | 25 %       | 0 %      || 3 000   | 3 000          | 750
500    | 2      | 3     | 25 %       | 10 %     || 3 000   | 2735.54        | 683.88
""",
            plain=each(lifetime),
            defines=(naive.naive_lifetime, loss_beside.lifetime_value),
        ),
        Spec(
            title="Advertising already paid",
            prose="Sunk: shown beside the loss, never added to it. 30 of 50 is 60 %, not 62 %.",
            given="""
spend | calls | missed || share | sunk | each
1 000 | 50    | 30     || 60.0 % | 600 | 20
1 000 | 0     | 0      ||       |      |
""",
            plain=each(ads),
            defines=(loss_beside.sunk_ad_spend,),
        ),
        Spec(
            title="A waste that does not add up",
            prose="Seed 001: 1.2 million calls a month, 70 % paid, 23 % missed, 53,000 dollars wasted.",
            given="""
calls     | paid | missed | wasted || missed paid calls | each
1 200 000 | 70 % | 23 %   | 53 000 || 193 200           | 0.274
""",
            plain=each(invoca),
        ),
        Spec(
            title="The sector table, recomputed",
            prose="""
                Each printed loss is count × the lowest price of its row, every miss lost. Over a year the five rows
                have a mean of 161,520 dollars; the same page says 126,000.
            """,
            given="""
trade          || printed | high
Home services  || 12 600  | 50 400
Legal services || 16 150  | 16 150
Car repair     || 11 250  | 11 250
Health care    || 9 800   | 11 200
Real estate    || 17 500  | 17 500
""",
            plain=sectors,
        ),
        Spec(
            title="The sector table over a year",
            prose="Twelve times the mean of the five printed losses, beside what the same page says a year costs.",
            given="""
trades || the page says | mean
5      || 126 000       | 161 520
""",
            plain=lambda rows: [
                {
                    "the_page_says": next(float(each.printed) for each in naive.EXAMPLES if each.key == "sectors"),
                    "mean": float(naive.yearly_mean_of_sectors()),
                }
                for row in rows
                if row["trades"] == len(naive.SECTORS)
            ],
            defines=(naive.yearly_mean_of_sectors,),
        ),
        Spec(
            title="The remedy against a lost customer",
            prose="What must be recovered in a month to pay for a month of the remedy, beside what is lost in one.",
            given="""
price | margin | conversion | lost | days || customers | journeys | lost per month
150   | 400    | 25 %       | 40   | 73   || 0.375     | 1.5      | 16.67
""",
            plain=each(remedy),
        ),
        Spec(
            title="An open hour, a silent minute",
            prose="""
                The period's loss over its open hours; and a minute in which nobody can be reached: the people who call
                in it × what a missed one costs before one knows whether it will be recovered.
            """,
            given="""
lost | of  | margin | conversion | open hours | callers || open hour | silent minute
40   | 100 | 400    | 25 %       | 160        | 6       || 25        | 4.01
""",
            plain=each(silence),
            defines=(loss_beside.per_open_hour, loss_beside.per_unreachable_minute),
        ),
    ),
    body=errors,
)
