"""Annex: what the lost journeys cost, beside the figures that circulate, then assumptions and definitions."""

from __future__ import annotations

import math
from statistics import NormalDist

from decroche.language import Language
from decroche.model.money import Money, MoneyRange
from decroche.prove.claims import Claim
from decroche.prove.naive import WHY, naive_lifetime, naive_per_call, naive_per_day
from decroche.prove.reports.assumptions import full_assumptions
from decroche.prove.reports.blocks import Block, Cell, Kind, Listing, Section, Table
from decroche.prove.reports.inputs import ReportInputs
from decroche.prove.reports.writing import NOTHING, money, plain, rounded, words
from decroche.understand.beliefs import Belief, Fixed, LogitNormal, LogNormal
from decroche.understand.loss_beside import NOTES

#: The worked example that brochures print: basket, conversion, missed calls a day, purchases a year, years.
#: Shown to be answered, never a default.
BASKET, CONVERSION, MISSED_A_DAY, PURCHASES, YEARS = Money.of(500, "EUR"), 0.25, 5, 2, 3
#: Terms defined at the end of the report.
TERMS = (
    "call",
    "answered",
    "missed",
    "abandoned",
    "short_abandon",
    "journey",
    "lost",
    "rate",
    "share",
    "interval",
    "service_level",
)
#: Rows of the claim ledger that the annex has room for.
MOST_CLAIMS = 16
#: The pages about missed calls; the others are about campaigns and whole call centres.
QUOTED_IN = {"000", "001", "003"}
_Z90 = NormalDist().inv_cdf(0.9)
#: Digits that a person may have written; what comes after them is what the arithmetic left.
_WRITTEN = 10


def cost(inputs: ReportInputs, language: Language) -> Section:
    """The interval, what it is made of, and the popular figures with the reason why they differ."""
    say, journeys, loss = language.say, inputs.figures.journeys, inputs.priced
    blocks: list[Block] = []
    if loss is None:
        blocks += [say("page.loss.people", people=journeys.lost), say("page.loss.ask"), say("page.loss.how")]
    else:
        blocks += [say("cost.method"), _interval(inputs, language), _told(inputs, language)]
        if notes := tuple(language.text(NOTES[note]) for note in loss.notes):
            blocks.append(Listing(notes))
        if loss.departments:
            blocks.append(_departments(inputs, language))
    blocks += [_naive(inputs, language), say("cost.ads.example") + " " + language.text(WHY["ads"])]
    if inputs.ads is not None:
        blocks.append(
            say(
                "cost.ads" if inputs.ads.told else "cost.ads.all_calls",
                spend=_pair(inputs.ads.spend),
                calls=inputs.ads.missed.denominator,
                missed=inputs.ads.missed.numerator,
                share=inputs.ads.missed.value or 0.0,
                wasted=_pair(inputs.ads.amount),
            )
        )
    if (remedy := _remedy(inputs, language)) is not None:
        blocks.append(remedy)
    return Section(key="cost", title=say("section.cost"), sheet=say("sheet.cost"), blocks=tuple(blocks))


def _pair(amount: Money) -> tuple[float, str]:
    return float(amount), amount.currency


def _range_row(language: Language, label: str, amounts: MoneyRange) -> tuple[Cell, ...]:
    low, mean, high = (float(amount) for amount in (amounts.low, amounts.mean, amounts.high))
    return (words(label), *(money(language, amount, amounts.currency) for amount in (low, mean, high)))


def _interval(inputs: ReportInputs, language: Language) -> Table:
    say, loss = language.say, inputs.priced
    assert loss is not None
    rows = (
        ("whole", loss.period),
        ("month", loss.month),
        ("year", loss.year),
        ("customer", loss.customer),
        ("lost_journey", loss.lost_journey),
        ("missed_journey", loss.missed_journey),
    )
    return Table(
        title=say("table.interval", people=loss.counts.lost),
        columns=(say("column.amount_of"), say("column.low"), say("column.mean"), say("column.high")),
        rows=tuple(_range_row(language, say(f"amount.{name}"), found) for name, found in rows if found is not None),
        note=say("text.interval"),
    )


def _departments(inputs: ReportInputs, language: Language) -> Table:
    say, loss = language.say, inputs.priced
    assert loss is not None
    return Table(
        title=say("table.cost_departments"),
        columns=(say("column.name"), say("column.low"), say("column.mean"), say("column.high")),
        rows=tuple(_range_row(language, plain(name), found) for name, found in loss.departments.items()),
    )


def ends(belief: Belief) -> tuple[float, float]:
    """The 10th and 90th percentiles of a belief, as they were written; both the same for a single value."""
    if isinstance(belief, (LogNormal, LogitNormal)):
        spans = (belief.mu - _Z90 * belief.sigma, belief.mu + _Z90 * belief.sigma)
        odds = [math.exp(span) for span in spans]
        low, high = odds if isinstance(belief, LogNormal) else (odd / (1 + odd) for odd in odds)
    else:
        low = high = belief.value if isinstance(belief, Fixed) else belief.mean
    return float(f"{low:.{_WRITTEN}g}"), float(f"{high:.{_WRITTEN}g}")


def _told(inputs: ReportInputs, language: Language) -> Table:
    say = language.say
    told, loss = inputs.told, inputs.priced
    assert loss is not None and loss.period is not None
    rows: list[tuple[Cell, ...]] = []
    if told is not None:
        for name in ("margin", "conversion", "need", "new_customers", "lifetime_value", "referral"):
            belief: Belief | None = getattr(told.prices, name)
            if belief is None:
                continue
            cells = [
                Cell(language.money(round(end, 2), told.currency), end, Kind.MONEY)
                if name in {"margin", "lifetime_value"}
                else Cell(language.percent(end, 0), end, Kind.PERCENT)
                for end in ends(belief)
            ]
            rows.append((words(say(f"told.{name}")), *cells))
    if (own := loss.not_recovered_spread) is not None:
        cells = [Cell(language.percent(end, 0), end, Kind.PERCENT) for end in (own.low, own.high)]
        rows.append(
            (words(say("told.not_recovered", lost=loss.counts.lost, observable=loss.counts.observable)), *cells)
        )
    return Table(
        title=say("table.told"),
        columns=(say("column.measure"), say("column.low"), say("column.high")),
        rows=tuple(rows),
    )


def _naive(inputs: ReportInputs, language: Language) -> Table:
    say, figures, loss = language.say, inputs.figures, inputs.priced
    missed, days = figures.totals.missed, figures.days or 1
    each = naive_per_call(basket=BASKET, conversion=CONVERSION)
    lifetime = naive_lifetime(basket=BASKET, purchases_per_year=PURCHASES, years=YEARS, conversion=CONVERSION)
    per_day = naive_per_day(basket=BASKET, conversion=CONVERSION, missed_per_day=MISSED_A_DAY)
    mean = float(loss.period.mean) if loss and loss.period else None
    lost = inputs.each_lost
    values = {
        "basket": _pair(BASKET),
        "conversion": CONVERSION,
        "a_day": MISSED_A_DAY,
        "each": _pair(each),
        "purchases": PURCHASES,
        "years": YEARS,
        "missed": missed,
    }
    rows = (
        ("per_call", each, "per_call", mean / missed if mean is not None and missed else None),
        ("per_day", per_day, "per_day", mean / days if mean is not None else None),
        ("lifetime", lifetime.printed, None, None),
        ("lifetime_expected", lifetime.expected, "lifetime", lost[0] if lost else None),
        ("period", each * missed, None, mean),
    )
    reasons = {
        "lifetime": say("naive.lifetime.why"),
        "period": say("naive.period.why", missed=missed, lost=figures.journeys.lost),
    }
    currency = loss.period.currency if loss and loss.period else "EUR"
    return Table(
        title=say("table.naive"),
        columns=(say("column.formula"), say("column.naive"), say("column.ours"), say("column.why")),
        rows=tuple(
            (
                words(say(f"naive.{name}", **values)),
                Cell(language.money(float(printed), printed.currency), float(printed), Kind.MONEY),
                money(language, ours, currency),
                words(language.text(WHY[why]) if why else reasons[name]),
            )
            for name, printed, why, ours in rows
        ),
        note=None if loss else say("naive.no_inputs"),
    )


def _remedy(inputs: ReportInputs, language: Language) -> str | None:
    price = inputs.told.remedy_per_month if inputs.told else None
    if price is None:
        return None
    loss = inputs.priced
    if loss is None or loss.remedy is None or loss.customer is None:
        return language.say("cost.remedy.alone", price=_pair(price))
    return (
        language.say(
            "cost.remedy",
            price=_pair(price),
            each=(rounded(float(loss.customer.mean)), loss.customer.currency),
            low=max(1, math.ceil(loss.remedy.journeys.low)),
            high=max(1, math.ceil(loss.remedy.journeys.high)),
            lost=round(loss.remedy.lost_per_month),
        )
        + " "
        + language.text(WHY["remedy"])
    )


def claims(inputs: ReportInputs, language: Language) -> Section:
    """Figures that circulate, graded; none is used in this report."""
    say = language.say
    quoted = [claim for claim in inputs.claims.values() if QUOTED_IN & set(claim.seeds)]
    shown = sorted(quoted, key=lambda claim: (not claim.contradicted_by, -claim.grade, claim.id))[:MOST_CLAIMS]
    table = Table(
        title=say("table.claims", shown=len(shown), all=len(inputs.claims)),
        columns=(
            say("column.grade"),
            say("column.claim"),
            say("column.source"),
            say("column.population"),
            say("column.contradicted"),
        ),
        rows=tuple(_claim(claim, inputs, language) for claim in shown),
        note=say("text.grades"),
    )
    return Section(
        key="claims", title=say("section.claims"), sheet=say("sheet.sources"), blocks=(say("text.claims"), table)
    )


def _claim(claim: Claim, inputs: ReportInputs, language: Language) -> tuple[Cell, ...]:
    others = [inputs.claims[other].wording(language.code) for other in claim.contradicted_by if other in inputs.claims]
    wording = " – ".join(text for text in (claim.wording(language.code), claim.note(language.code)) if text)
    told = (claim.fact("population", language.code), _countries(claim.country, language), str(claim.year or ""))
    return (
        words(claim.stars),
        words(language.set(plain(wording, 240))),
        words(language.set(plain(claim.fact("source", language.code), 120))),
        words(language.set(plain(", ".join(text for text in told if text), 120)) or NOTHING),
        words(language.set(plain((" ; " if language.code != "en" else "; ").join(others[:2]), 200)) or NOTHING),
    )


def _countries(codes: str, language: Language) -> str:
    """« CA-QC » or « US, CA » by name."""
    return ", ".join(language.country(code) for code in codes.split(", ")) if codes else ""


def assumptions(inputs: ReportInputs, language: Language) -> Section:
    """Everything supposed, and how to change it."""
    say = language.say
    table = Table(
        title=say("table.assumptions"),
        columns=(say("column.assumption"), say("column.change")),
        rows=tuple((words(text), words(change)) for text, change in full_assumptions(inputs.figures, language)),
    )
    return Section(key="assumptions", title=say("section.assumptions"), sheet=say("sheet.sources"), blocks=(table,))


def definitions(language: Language) -> Section:
    """The words of this report."""
    say = language.say
    return Section(
        key="definitions",
        title=say("section.definitions"),
        sheet=say("sheet.sources"),
        blocks=(Listing(tuple(say(f"definition.{term}") for term in TERMS)),),
    )
