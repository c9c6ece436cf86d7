"""The formulas of brochures as calculators: the figure that they print beside the right one, and why they differ."""

from __future__ import annotations

from collections.abc import Mapping

from decroche.model.figures import Rate
from decroche.model.money import Money
from decroche.prove.calculators import Answer, BadInput, Bar, Calculator, Field, FieldKind, Line, LineKind
from decroche.prove.kpis.campaign import GainKind, break_even_cost_per_opportunity, call_conversion, campaign
from decroche.prove.kpis.certainty import NPS_MINIMUM, months_needed, net_promoter_score, sample_size_per_arm, wilson
from decroche.prove.kpis.investment import Investment, investment_return, sensitivity
from decroche.prove.kpis.shares import capacity_excess
from decroche.prove.naive import naive_lifetime, naive_per_call

Given = Mapping[str, float | str]

_CURRENCY = Field(key="currency", kind=FieldKind.CURRENCY, example="EUR")


def _percentage(key: str, example: str = "") -> Field:
    """A share of a hundred; without an example it need not be told."""
    return Field(key=key, kind=FieldKind.PERCENT, example=example, needed=bool(example), most=100.0)


def _money(given: Given, key: str) -> Money:
    return Money.of(float(given[key]), str(given["currency"]))


def _share(given: Given, key: str) -> float:
    return float(given[key]) / 100


def _amount(key: str, amount: Money | None, *, strong: bool = False) -> Line:
    currency = "" if amount is None else amount.currency
    value = None if amount is None else float(amount)
    return Line(key=key, value=value, kind=LineKind.MONEY, currency=currency, strong=strong)


def _percent(key: str, value: float | None, *, strong: bool = False, n: int | None = None) -> Line:
    return Line(key=key, value=value, kind=LineKind.PERCENT, strong=strong, n=n)


def _return(given: Given) -> Answer:
    """Seed 002: 120 000 invested, 180 000 a year: 150 % if that is net, 50 % if it is gross."""
    if float(given["invested"]) <= 0:
        raise BadInput("invested", "more")
    asked = Investment(
        invested=_money(given, "invested"),
        yearly_gain=_money(given, "gain"),
        months=float(given["months"]),
        delay=float(given.get("delay", 0.0)),
    )
    found = investment_return(asked)
    kind = GainKind(str(given["reading"])) if given.get("reading") else None
    lines = (
        _percent("if_net", found.net, strong=kind is GainKind.NET),
        _percent("if_gross", found.gross, strong=kind is GainKind.GROSS),
        Line(key="payback_net", value=found.payback_net, kind=LineKind.MONTHS, strong=kind is GainKind.NET),
        Line(key="payback_gross", value=found.payback_gross, kind=LineKind.MONTHS, strong=kind is GainKind.GROSS),
        _amount("brought", found.brought),
    )
    drawn = kind or GainKind.GROSS
    return Answer(
        naive=(_percent("unlabelled", investment_return(Investment(invested=asked.invested,
                                                                   yearly_gain=asked.yearly_gain)).gross),),
        right=lines,
        bars=tuple(Bar(key=each.of, worse=each.worse, better=each.better) for each in sensitivity(asked, drawn)),
        base=found.of(drawn),
        ask="" if kind else "reading",
    )  # fmt: skip


def _missed_call(given: Given) -> Answer:
    """Seed 000: basket × conversion for every miss, a life of purchases for each; ours is a chance, on the margin."""
    basket, conversion = _money(given, "basket"), _share(given, "conversion")
    per_call = naive_per_call(basket=basket, conversion=conversion)
    life = naive_lifetime(
        basket=basket,
        purchases_per_year=float(given["purchases"]),
        years=float(given["years"]),
        conversion=conversion,
    )
    naive = (
        _amount("per_call", per_call),
        _amount("per_day", per_call * float(given["missed"])),
        _amount("lifetime", life.printed),
    )
    right = [_amount("expected_life", life.expected)]
    untold = [key for key in ("margin", "new", "recovered", "people") if key not in given]
    if not untold:
        lost = _share(given, "new") * (1 - _share(given, "recovered"))
        margin = basket * _share(given, "margin")
        each, life_margin = margin * conversion * lost, life.expected * _share(given, "margin") * lost
        people = float(given["people"])
        if people > float(given["missed"]):
            raise BadInput("people", "people")
        right = [
            _amount("per_person", each.rounded(), strong=True),
            _amount("per_day_people", (each * people).rounded(), strong=True),
            _amount("life_person", life_margin.rounded()),
            *right,
        ]
    return Answer(naive=naive, right=tuple(right), ask="own_figures" if untold else "")


def _campaign(given: Given) -> Answer:
    """Seed 004: 200 % on revenue is 0 % on the margin of the same campaign."""
    if float(given["cost"]) <= 0:
        raise BadInput("cost", "more")
    margin, conversion = _money(given, "margin"), _share(given, "conversion")
    found = campaign(
        cost=_money(given, "cost"),
        opportunities=int(float(given["opportunities"])),
        conversion=conversion,
        sale_value=_money(given, "sale"),
        sale_margin=margin,
    )
    target = _share(given, "profit") if "profit" in given else 0.0
    wanted = break_even_cost_per_opportunity(margin=margin, conversion=conversion, target_profit=target)
    return Answer(
        naive=(
            _percent("roi_revenue", found.roi_on_revenue),
            Line(key="ratio", value=found.revenue_per_cost, kind=LineKind.NUMBER),
        ),
        right=(
            _percent("roi_margin", found.roi_on_margin, strong=True),
            _amount("cpq", found.cost_per_opportunity, strong=True),
            _amount("break_even", found.break_even_cost_per_opportunity),
            _amount("target_cpq", wanted),
            Line(key="sales", value=found.sales, kind=LineKind.NUMBER),
        ),
    )


def _conversion(given: Given) -> Answer:
    """Seed 004: opportunities over dials; dials are not conversations nor people."""
    wanted = {name: int(float(given[name])) for name in ("dials", "contacts", "people") if name in given}
    opportunities = int(float(given["opportunities"]))
    for name, n in wanted.items():
        if n < opportunities:
            raise BadInput(name, "fewer")
    found = call_conversion(
        opportunities=opportunities,
        dials=wanted["dials"],
        contacts=wanted.get("contacts"),
        people=wanted.get("people"),
    )
    rates = {"per_dial": found.per_dial, "per_contact": found.per_contact, "per_person": found.per_person}
    lines = [_rate(key, rate) for key, rate in rates.items() if rate is not None]
    ask = "" if found.per_contact is not None and found.per_person is not None else "denominators"
    return Answer(naive=(_percent("tco", Rate(opportunities, wanted["dials"]).value),), right=tuple(lines), ask=ask)


def _rate(key: str, rate: Rate) -> Line:
    low, high = wilson(rate) or (None, None)
    return Line(key=key, value=rate.value, kind=LineKind.PERCENT, low=low, high=high, n=rate.denominator)


def _nps(given: Given) -> Answer:
    """60/20/20 is 40 whatever the number of answers; with 50 it is 40 ± 22."""
    counts = {name: int(float(given[name])) for name in ("promoters", "passives", "detractors")}
    found = net_promoter_score(**counts)
    if found.score is None or found.margin is None:
        raise BadInput("promoters", "more")
    low, high = max(-100.0, found.score - found.margin), min(100.0, found.score + found.margin)
    score = Line(key="score", value=found.score, kind=LineKind.POINTS)
    return Answer(
        naive=(score,),
        right=(
            Line(key="interval", value=found.score, kind=LineKind.POINTS, low=low, high=high, n=found.answers,
                 strong=True),
            Line(key="margin", value=found.margin, kind=LineKind.POINTS),
        ),
        ask="" if found.answers >= NPS_MINIMUM else "answers",
    )  # fmt: skip


def _sample_size(given: Given) -> Answer:
    """Seed 004 tests an opening for two weeks: whether that is enough hangs on the calls, not on the weeks."""
    base, changed, month = _share(given, "base"), _share(given, "changed"), float(given["month"])
    if base == changed:
        raise BadInput("changed", "equal")
    n = sample_size_per_arm(base=base, changed=changed)
    return Answer(
        naive=(Line(key="two_weeks", value=0.5, kind=LineKind.MONTHS),),
        right=(
            Line(key="per_arm", value=float(n), kind=LineKind.COUNT, strong=True),
            Line(key="months", value=months_needed(per_arm=n, per_month=month) if month else None,
                 kind=LineKind.MONTHS, strong=True),
        ),
    )  # fmt: skip


def _ads(given: Given) -> Answer:
    """Seed 001: 30 of 50 calls is 60 %, not 62 %; the money is spent either way."""
    calls, missed = int(float(given["calls"])), int(float(given["missed"]))
    if not calls or missed > calls:
        raise BadInput("missed", "people" if calls else "more")
    rate = Rate(missed, calls)
    wasted = (_money(given, "spend") * missed / calls).rounded()
    return Answer(naive=(_amount("wasted", wasted),), right=(_rate("missed_rate", rate), _amount("sunk", wasted)))


def _capacity(given: Given) -> Answer:
    """Seed 001: 300 calls for 180 places is 40 % too many a day, which says nothing of how many are missed."""
    demand, capacity = float(given["demand"]), float(given["capacity"])
    if demand <= 0:
        raise BadInput("demand", "more")
    excess = capacity_excess(demand=demand, capacity=capacity)
    return Answer(naive=(_percent("missed", excess),), right=(_percent("excess", excess, strong=True),))


CALCULATORS: Mapping[str, Calculator] = {
    each.name: each
    for each in (
        Calculator(
            name="return",
            fields=(
                Field(key="invested", kind=FieldKind.MONEY, example="120000"),
                Field(key="gain", kind=FieldKind.MONEY, example="180000"),
                Field(key="reading", kind=FieldKind.CHOICE, needed=False, choices=("gross", "net")),
                Field(key="months", kind=FieldKind.MONTHS, example="12", least=1, most=240),
                Field(key="delay", kind=FieldKind.MONTHS, needed=False, most=240),
                _CURRENCY,
            ),
            work_out=_return,
            seed="002",
            missions=("M172", "M173"),
        ),
        Calculator(
            name="missed-call",
            fields=(
                Field(key="basket", kind=FieldKind.MONEY, example="500"),
                _percentage("conversion", "25"),
                Field(key="missed", kind=FieldKind.NUMBER, example="5"),
                Field(key="purchases", kind=FieldKind.NUMBER, example="2", most=1000),
                Field(key="years", kind=FieldKind.NUMBER, example="3", most=100),
                _percentage("margin"),
                Field(key="people", kind=FieldKind.NUMBER, needed=False),
                _percentage("new"),
                _percentage("recovered"),
                _CURRENCY,
            ),
            work_out=_missed_call,
            seed="000",
            missions=("M003", "M035", "M043", "M045", "M054"),
        ),
        Calculator(
            name="campaign",
            fields=(
                Field(key="cost", kind=FieldKind.MONEY, example="4000"),
                Field(key="opportunities", kind=FieldKind.COUNT, example="80"),
                _percentage("conversion", "12.5"),
                Field(key="sale", kind=FieldKind.MONEY, example="1200"),
                Field(key="margin", kind=FieldKind.MONEY, example="400"),
                _percentage("profit"),
                _CURRENCY,
            ),
            work_out=_campaign,
            seed="004",
            missions=("M192", "M200"),
        ),
        Calculator(
            name="conversion",
            fields=(
                Field(key="opportunities", kind=FieldKind.COUNT, example="300"),
                Field(key="dials", kind=FieldKind.COUNT, example="10000", least=1),
                Field(key="contacts", kind=FieldKind.COUNT, needed=False, least=1),
                Field(key="people", kind=FieldKind.COUNT, needed=False, least=1),
            ),
            work_out=_conversion,
            seed="004",
            missions=("M195",),
        ),
        Calculator(
            name="nps",
            fields=(
                Field(key="promoters", kind=FieldKind.COUNT, example="30"),
                Field(key="passives", kind=FieldKind.COUNT, example="10"),
                Field(key="detractors", kind=FieldKind.COUNT, example="10"),
            ),
            work_out=_nps,
            seed="002",
            missions=("M165",),
        ),
        Calculator(
            name="sample-size",
            fields=(
                Field(key="base", example="3", kind=FieldKind.PERCENT, least=0.01, most=99.99),
                Field(key="changed", example="4", kind=FieldKind.PERCENT, least=0.01, most=99.99),
                Field(key="month", kind=FieldKind.NUMBER, example="2000"),
            ),
            work_out=_sample_size,
            seed="004",
            missions=("M207",),
        ),
        Calculator(
            name="advertising",
            fields=(
                Field(key="spend", kind=FieldKind.MONEY, example="1000"),
                Field(key="calls", kind=FieldKind.COUNT, example="50"),
                Field(key="missed", kind=FieldKind.COUNT, example="30"),
                Field(key="currency", kind=FieldKind.CURRENCY, example="USD"),
            ),
            work_out=_ads,
            seed="001",
            missions=("M057", "M058"),
        ),
        Calculator(
            name="capacity",
            fields=(
                Field(key="demand", kind=FieldKind.NUMBER, example="300"),
                Field(key="capacity", kind=FieldKind.NUMBER, example="180"),
            ),
            work_out=_capacity,
            seed="001",
            missions=("M026",),
        ),
    )
}
