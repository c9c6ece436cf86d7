"""The measures of a call centre, defined on small tables."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict

from decroche.model.call import Direction, MissedReason, NumberKind
from decroche.model.figures import Rate, ServiceLevelTerms
from decroche.model.money import Money
from decroche.prove.kpis import attribution, calls, campaign, certainty, shares
from decroche.prove.kpis.service_level import service_levels
from tests.spec import desk_kpis
from tests.spec.spec import Page, Spec, each
from tests.spec.table import Cell, Rows


def judged(rows: Rows) -> list[calls.JudgedCall]:
    """The rows of a spec as calls; a column that the table does not draw keeps its default."""

    def one(
        call: Cell = None, reason: str | None = None, direction: str = "inbound", kind: str = "external", **rest: Cell
    ) -> calls.JudgedCall:
        given = {name.replace("wait", "wait_s"): value for name, value in rest.items()}
        return calls.JudgedCall(
            reason=MissedReason(reason) if reason else None,
            direction=Direction(direction),
            caller_kind=NumberKind(kind),
            **given,  # type: ignore[arg-type]
        )

    return [one(**row) for row in rows]  # type: ignore[arg-type]


def count_totals(rows: Rows) -> list[Mapping[str, object]]:
    return [asdict(calls.totals(judged(rows)))]


def rates(rows: Rows) -> list[Mapping[str, object]]:
    totals = calls.totals(judged(rows))
    return [
        {
            "answer_rate": calls.answer_rate(totals).value,
            "missed_rate": calls.missed_rate(totals).value,
            "abandonment_rate": calls.abandonment_rate(totals).value,
            "queue_abandonment": calls.queue_abandonment(totals).value,
        }
    ]


def terms(rows: Rows, threshold: float, short: float) -> list[Mapping[str, object]]:
    return [asdict(calls.service_level_terms(judged(rows), threshold_s=threshold, short_s=short))]


def quickly_missed(rows: Rows, threshold: float) -> list[Mapping[str, object]]:
    found = calls.missed_within(judged(rows), threshold_s=threshold)
    return [{"reason": reason.value, "within": number} for reason, number in found.items()]


def five_forms(A: int, B: int, A_T: int, B_T: int, B_s: int) -> Mapping[str, object]:  # noqa: N803
    counted = ServiceLevelTerms(
        answered=A,
        unanswered=B,
        answered_within=A_T,
        unanswered_within=B_T,
        unanswered_short=B_s,
        threshold_s=20,
        short_s=5,
        wait_known=A + B,
    )
    return {form: rate.value for form, rate in service_levels(counted).items()}


def waits(rows: Rows) -> list[Mapping[str, object]]:
    return [
        {"of": name, **asdict(measure(judged(rows)))}
        for name, measure in (("answered", calls.wait_answered), ("abandoned", calls.wait_abandoned))
    ]


def handling(rows: Rows) -> list[Mapping[str, object]]:
    found = calls.handle_time(
        [
            calls.JudgedCall(answered=True, talk_s=row["talk"], hold_s=row["hold"], wrap_s=row["wrap"])  # type: ignore[arg-type]
            for row in rows
        ]
    )
    return [{"part": name, **part} for name, part in asdict(found).items()]


def interval(numerator: int, denominator: int) -> Mapping[str, object]:
    low, high = certainty.wilson(Rate(numerator, denominator)) or (None, None)
    return {"low": low, "high": high}


def nps(promoters: int, passives: int, detractors: int) -> Mapping[str, object]:
    return asdict(certainty.net_promoter_score(promoters=promoters, passives=passives, detractors=detractors))


def both_returns(invested: int, gained_a_year: int) -> Mapping[str, object]:
    found = campaign.return_on_investment(invested=eur(invested), yearly_gain=eur(gained_a_year))
    return {"if_net": found.if_net, "if_gross": found.if_gross, "payback_months": found.payback_months}


def campaign_table(cost: int, opportunities: int, conversion: float, sale: int, margin: int) -> Mapping[str, object]:
    found = campaign.campaign(
        cost=eur(cost),
        opportunities=opportunities,
        conversion=conversion,
        sale_value=eur(sale),
        sale_margin=eur(margin),
    )
    return {
        "CPQ": found.cost_per_opportunity and float(found.cost_per_opportunity),
        "break-even": float(found.break_even_cost_per_opportunity),
        "sales": found.sales,
        "ROI_revenue": found.roi_on_revenue,
        "ratio": found.revenue_per_cost,
        "ROI_margin": found.roi_on_margin,
    }


def threshold(margin: int, conversion: float, target_profit: float) -> float:
    return float(
        campaign.break_even_cost_per_opportunity(margin=eur(margin), conversion=conversion, target_profit=target_profit)
    )


def conversion(opportunities: int, dials: int | None, contacts: int | None, people: int | None) -> Mapping[str, object]:
    found = campaign.call_conversion(opportunities=opportunities, dials=dials, contacts=contacts, people=people)
    return {
        "per_dial": found.per_dial and found.per_dial.value,
        "per_contact": found.per_contact and found.per_contact.value,
        "per_person": found.per_person and found.per_person.value,
    }


def decayed(rows: Rows) -> list[Mapping[str, object]]:
    ages = [float(row["days_before"]) for row in rows]  # type: ignore[arg-type]
    split = attribution.time_decay(ages)
    return [{"weight": attribution.decay(age), "share": share} for age, share in zip(ages, split, strict=True)]


def u_shaped(touches: int) -> Mapping[str, object]:
    return dict.fromkeys(("first", "second", "third", "fourth")) | dict(
        zip(("first", "second", "third", "fourth"), attribution.u_shape(touches), strict=False)
    )


def eur(amount: float) -> Money:
    return Money.of(amount, "EUR")


DAY = """
call | direction | answered | reason          | queued | voicemail | caller | kind
-----+-----------+----------+-----------------+--------+-----------+--------+----------
1    | inbound   | yes      |                 | yes    | no        | anna   | external
2    | inbound   | no       | abandoned_queue | yes    | no        | bob    | external
3    | inbound   | no       | short_abandon   | yes    | no        | bob    | external
4    | inbound   | no       | no_answer       | no     | yes       |        | anonymous
5    | inbound   | no       | after_hours     | no     | yes       | carl   | external
6    | inbound   | no       | blocked_spam    | no     | no        | spam   | external
7    | outbound  | yes      |                 | no     | no        | bob    | external
8    | internal  | no       |                 | no     | no        | 101    | internal
"""

SPECS = (
    Spec(
        title="Offered, answered, missed",
        prose="""
            Offered calls are inbound calls from outside that no spam rule refused; each is answered or missed.
            A short abandon is missed and abandoned like any other: only the rates leave it out.
        """,
        given=DAY,
        expected="""
offered | answered | missed | abandoned | short abandoned | blocked spam | voicemail left | masked missed
5       | 1        | 4      | 2         | 1               | 1            | 2              | 1
""",
        plain=count_totals,
        defines=(calls.totals,),
    ),
    Spec(
        title="Answer rate and abandonment",
        prose="""
            On the calls above: 1 of 5 answered. Of the 4 that were not hung up at once, 1 gave up. Of the 3 that
            entered a queue, 2 left it, short one included.
        """,
        given=DAY,
        expected="""
answer rate | missed rate | abandonment rate | queue abandonment
20.0 %      | 80.0 %      | 25.0 %           | 66.7 %
""",
        plain=rates,
        defines=(calls.answer_rate, calls.missed_rate, calls.abandonment_rate, calls.queue_abandonment),
    ),
    Spec(
        title="Terms of the service level",
        prose="""
            A call answered at exactly the threshold is within it. A night call, a spam call and a taken callback are
            missed, but no person could have taken them: they are not among B.
        """,
        settings={"threshold": 20, "short": 5},
        given="""
call | answered | reason             | wait
-----+----------+--------------------+-----
1    | yes      |                    | 20
2    | yes      |                    | 20.5
3    | yes      |                    |
4    | no       | abandoned_queue    | 12
5    | no       | abandoned_queue    | 90
6    | no       | short_abandon      | 3
7    | no       | short_abandon      |
8    | no       | no_answer          | 30
9    | no       | after_hours        | 8
10   | no       | callback_requested | 15
11   | no       | blocked_spam       | 0
""",
        expected="""
answered | unanswered | answered within | unanswered within | unanswered short | wait known
3        | 5          | 1               | 2                 | 2                | 6
""",
        plain=terms,
        defines=(calls.service_level_terms,),
    ),
    Spec(
        title="Missed within the threshold, by reason",
        prose="Some vendors count a quickly missed call as good. An untold wait is not within.",
        settings={"threshold": 20},
        given="""
call | answered | reason          | wait
-----+----------+-----------------+-----
1    | yes      |                 | 5
2    | no       | no_answer       | 20
3    | no       | no_answer       | 31
4    | no       | no_answer       |
5    | no       | abandoned_queue | 12
6    | no       | busy            |
""",
        expected="""
reason          | within
----------------+-------
no_answer       | 1
abandoned_queue | 1
""",
        plain=quickly_missed,
        defines=(calls.missed_within,),
    ),
    Spec(
        title="Service level, five formulas",
        prose="""
            The same day gives five percentages. The second line is the day of a Cisco manual: 70 answered and 10
            abandoned within the threshold, 20 later.
        """,
        given="""
A    | B  | A_T | B_T | B_s || F1      | F2      | F3      | F4      | F5
-----+----+-----+-----+-----++---------+---------+---------+---------+--------
1000 | 60 | 860 | 20  | 10  || 83.02 % | 86.00 % | 81.13 % | 82.69 % | 82.08 %
90   | 10 | 70  | 10  | 0   || 80.00 % | 77.78 % | 70.00 % | 77.78 % | 70.00 %
0    | 4  | 0   | 4   | 4   || 100 %   |         | 0 %     |         | 100 %
""",
        plain=each(five_forms),
        defines=(service_levels,),
    ),
    Spec(
        title="Waits",
        prose="The mean of the answered calls is the ASA. It forgets those who gave up: their waits stand beside.",
        given="""
call | answered | reason          | wait
-----+----------+-----------------+-----
1    | yes      |                 | 2
2    | yes      |                 | 4
3    | yes      |                 | 6
4    | yes      |                 | 28
5    | yes      |                 |
6    | no       | abandoned_queue | 60
7    | no       | abandoned_queue | 120
8    | no       | short_abandon   | 1
9    | no       | no_answer       | 45
""",
        expected="""
of        | n | mean | median | p90
answered  | 4 | 10   | 5      | 21.4
abandoned | 3 | 60.3 | 60     | 108.0
""",
        plain=waits,
        defines=(calls.wait_answered, calls.wait_abandoned, calls.percentile),
    ),
    Spec(
        title="Handle time",
        prose="Talk, hold and wrap-up; ringing stands apart.",
        given="""
call | talk | hold | wrap
1    | 100  | 20   | 30
2    | 200  |      |
3    |      |      | 40
""",
        expected="""
part   | n | mean
talk   | 2 | 150
hold   | 1 | 20
wrap   | 2 | 35
handle | 2 | 175
""",
        plain=handling,
        defines=(calls.handle_time,),
    ),
    Spec(
        title="How sure a rate is",
        prose="An interval of 95 %. Three misses in three calls do not prove that all are missed.",
        given="""
numerator | denominator || low     | high
3         | 3           || 43.85 % | 100.00 %
0         | 10          || 0.00 %  | 27.75 %
50        | 100         || 40.38 % | 59.62 %
0         | 0           ||         |
""",
        plain=each(interval),
        defines=(certainty.wilson,),
    ),
    Spec(
        title="Net promoter score",
        prose="The same 40 points are worth ±29 with 30 answers and ±11 with 200. Under 30 it is insufficient.",
        given="""
promoters | passives | detractors || score | margin | sufficient
18        | 6        | 6          || 40.0  | 28.6   | yes
30        | 10       | 10         || 40.0  | 22.2   | yes
120       | 40       | 40         || 40.0  | 11.1   | yes
6         | 2        | 2          || 40.0  | 49.6   | no
0         | 0        | 0          ||       |        | no
""",
        plain=each(nps),
        defines=(certainty.net_promoter_score,),
    ),
    Spec(
        title="Calls an experiment needs",
        prose="For each of the two arms, at a two-sided risk of 5 % and a power of 80 %.",
        given="""
base | changed || per arm
3 %  | 4 %     || 5 301
3 %  | 3.6 %   || 13 914
1 %  | 2 %     || 2 319
30 % | 40 %    || 356
30 % | 35 %    || 1 377
20 % | 30 %    || 294
""",
        plain=each(certainty.sample_size_per_arm, into="per arm"),
        defines=(certainty.sample_size_per_arm,),
    ),
    Spec(
        title="Months an experiment takes",
        prose="A shop with 42 missed calls a month that wants to see text replies rise from 30 to 40 %.",
        given="""
per arm | per month || months
356     | 42        || 17.0
""",
        plain=each(certainty.months_needed, into="months"),
        defines=(certainty.months_needed,),
    ),
    Spec(
        title="Return on investment, both readings",
        prose="A gain that is not labelled gross or net has two answers; Décroche asks, and prints both.",
        given="""
invested | gained a year || if net | if gross | payback months
120 000  | 180 000       || 150 %  | 50 %     | 8.0
""",
        plain=each(both_returns),
        defines=(campaign.return_on_investment, campaign.roi),
    ),
    Spec(
        title="Campaign",
        prose="The campaign of seed 004: 200 % on revenue, and exactly nothing on the margin of 400.",
        given="""
cost  | opportunities | conversion | sale  | margin || CPQ | break-even | sales | ROI revenue | ratio | ROI margin
4 000 | 80            | 12.5 %     | 1 200 | 400    || 50  | 50         | 10    | 200 %       | 3.0   | 0 %
4 000 | 0             | 12.5 %     | 1 200 | 400    ||     | 50         | 0     | -100 %      | 0.0   | -100 %
""",
        plain=each(campaign_table),
        defines=(campaign.campaign, campaign.cost_per_opportunity),
    ),
    Spec(
        title="Threshold of the cost per opportunity",
        prose="40 is where the first campaign earns nothing; to keep a quarter of the margin it must stay under 30.",
        given="""
margin | conversion | target profit || threshold
400    | 10 %       | 0 %           || 40
400    | 12.5 %     | 0 %           || 50
400    | 10 %       | 25 %          || 30
""",
        plain=each(threshold, into="threshold"),
        defines=(campaign.break_even_cost_per_opportunity,),
    ),
    Spec(
        title="Conversion of calls (TCO), three denominators",
        prose="Dials are not conversations, and conversations are not people.",
        given="""
opportunities | dials  | contacts | people || per dial | per contact | per person
300           | 10 000 | 2 000    | 4 000  || 3 %      | 15 %        | 7.5 %
300           | 10 000 |          |        || 3 %      |             |
300           |        |          | 4 000  ||          |             | 7.5 %
""",
        plain=each(conversion),
        defines=(campaign.call_conversion,),
    ),
    Spec(
        title="A peak against its base",
        prose="""
            "Up to 2.7 % of all missed calls in one hour": against 75 % of the misses spread over 45 open hours it is
            1.62 times an ordinary hour. Three such hours hold 8.1 % of the misses.
        """,
        given="""
share | group share | group hours || share  | base    | ratio
2.7 % | 75 %        | 45          || 2.7 %  | 1.667 % | 1.62
8.1 % | 75 %        | 15          || 8.1 %  | 5.000 % | 1.62
""",
        plain=each(shares.peak),
        defines=(shares.peak,),
    ),
    Spec(
        title="Demand above capacity",
        prose="300 calls a day with a team for 180: 40 % of the demand is too much. It is not a missed rate.",
        given="""
demand | capacity || excess
300    | 180      || 40 %
100    | 180      || 0 %
""",
        plain=each(shares.capacity_excess, into="excess"),
        defines=(shares.capacity_excess,),
    ),
    Spec(
        title="Attribution by age",
        prose="With a half-life of 7 days. The shares sum to 1.",
        given="""
touch | days before
a     | 0
b     | 7
c     | 14
d     | 21
""",
        expected="""
weight | share
1.000  | 53.33 %
0.500  | 26.67 %
0.250  | 13.33 %
0.125  | 6.67 %
""",
        plain=decayed,
        defines=(attribution.decay, attribution.time_decay),
    ),
    Spec(
        title="Attribution by position",
        prose="The share of the sale that each touch receives.",
        given="""
touches || first | second | third | fourth
1       || 100 % |        |       |
2       || 50 %  | 50 %   |       |
3       || 40 %  | 20 %   | 40 %  |
4       || 40 %  | 10 %   | 10 %  | 40 %
""",
        plain=each(u_shaped),
        defines=(attribution.u_shape,),
    ),
)


PAGE = Page(
    name="kpis",
    title="Measures",
    intro="""
        Every measure that Décroche prints, as a small table: what goes in, what must come out. The tables are the
        tests. A rate is a fraction inside and a percentage on screens, and always stands beside its numerator, its
        denominator and its settings. Letters in brackets name the source of a definition.
    """,
    specs=(*SPECS, *desk_kpis.SPECS),
)
