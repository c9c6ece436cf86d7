"""A campaign's figures in words: each with what it is divided by, its interval, and what is missing for it."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass

from decroche.language import Language
from decroche.model.campaign import CampaignCounts, Denominator, Group, GroupKind
from decroche.model.figures import Rate
from decroche.model.money import Money
from decroche.prove.kpis.campaign import band
from decroche.prove.kpis.campaign_attempts import AttemptLine
from decroche.prove.kpis.campaign_cohorts import Projection
from decroche.prove.kpis.campaign_indicators import Estimate, Indicators, MoneyEstimate, Terms, conversions
from decroche.prove.kpis.campaign_lever import Advice, Lever, Outlier
from decroche.prove.kpis.certainty import wilson

#: What each indicator needs; only what concerns it is said to be missing.
_NEEDS = {
    "cpq": ("cost", "opportunities"),
    "roi_margin": ("cost", "closing", "margin"),
    "roi_revenue": ("cost", "revenue"),
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Shown:
    """A figure ready to be shown: ``of`` says numerator and denominator, ``missing`` why there is none."""

    name: str
    shown: str
    of: str | None = None
    interval: str | None = None
    note: str | None = None
    missing: str | None = None


def share(language: Language, value: float) -> str:
    """A rate with two decimals: conversions are small."""
    return language.percent(value, 2)


def of_rate(language: Language, rate: Rate) -> tuple[str, str | None, str | None]:
    """A rate as shown, what it is of, and its interval."""
    bounds = wilson(rate)
    if rate.value is None or bounds is None:
        return "–", None, None
    return (
        share(language, rate.value),
        language.say("campaign.of", of=rate.numerator, all=rate.denominator),
        language.say("campaign.between", low=share(language, bounds[0]), high=share(language, bounds[1])),
    )


def counted(counts: CampaignCounts, language: Language) -> Iterator[tuple[str, str]]:
    """The counts that a campaign has."""
    total = counts.total
    for name, value in (
        ("people", total.people),
        ("dials", total.dials),
        ("contacts", total.contacts),
        ("opportunities", total.opportunities),
        ("sales", total.sales),
    ):
        if value is not None:
            yield language.say(f"campaign.counted.{name}"), language.number(value)


def figures(found: Indicators, terms: Terms, language: Language) -> Iterator[Shown]:
    """The three indicators, the first figure of each first."""
    yield from _conversion(found, terms, language)
    yield from _cost(found, terms, language)
    yield from _returns(found, language)


def _conversion(found: Indicators, terms: Terms, language: Language) -> Iterator[Shown]:
    for denominator in Denominator:
        name = language.say(f"campaign.tco.{denominator}")
        rate = found.conversion.get(denominator)
        if rate is None:
            yield Shown(name=name, shown="–", missing=language.say(f"campaign.missing.{_counted_as(denominator)}"))
            continue
        shown, of, interval = of_rate(language, rate)
        yield Shown(name=name, shown=shown, of=of, interval=interval, note=_banded(rate, denominator, terms, language))


def _counted_as(denominator: Denominator) -> str:
    return {Denominator.DIAL: "dials", Denominator.CONTACT: "contacts", Denominator.PERSON: "people"}[denominator]


def _banded(rate: Rate, denominator: Denominator, terms: Terms, language: Language) -> str | None:
    bands = terms.bands
    if bands is None or bands.on is not denominator or rate.value is None:
        return None
    name = band(rate.value, bands.limits)
    if name is None:
        return language.say("campaign.band_below", source=bands.source)
    return language.say("campaign.band", name=name, source=bands.source)


def _cost(found: Indicators, terms: Terms, language: Language) -> Iterator[Shown]:
    name = language.say("campaign.cpq")
    cpq = found.cost_per_opportunity
    if cpq is None or found.cost is None:
        yield Shown(name=name, shown="–", missing=_missing(found, "cpq", language))
    else:
        n = next(iter(found.conversion.values())).numerator
        of = language.say("campaign.cost_of", cost=_pair(found.cost), n=n)
        yield Shown(name=name, shown=money(language, cpq.value), of=of, interval=_between(cpq, language))
    if found.threshold is not None and found.target is not None:
        why = None
        if found.closing is not None and found.closing_counted is not None:
            why = language.say(
                "campaign.closing_counted",
                share=share(language, found.closing.value),
                of=found.closing_counted.numerator,
                all=found.closing_counted.denominator,
            )
        elif found.closing is not None:
            why = language.say("campaign.closing_told", share=language.percent(found.closing.value))
        yield Shown(name=language.say("campaign.threshold"), shown=money(language, found.threshold), of=why)
        if terms.profit:
            yield Shown(
                name=language.say("campaign.target", profit=language.percent(terms.profit, 0)),
                shown=money(language, found.target),
            )


def _returns(found: Indicators, language: Language) -> Iterator[Shown]:
    for key, value, gain in (
        ("roi_margin", found.roi_on_margin, found.margin),
        ("roi_revenue", found.roi_on_revenue, found.revenue),
    ):
        name = language.say(f"campaign.{key}")
        if value is None or gain is None or found.cost is None:
            yield Shown(name=name, shown="–", missing=_missing(found, key, language))
            continue
        yield Shown(
            name=name,
            shown=language.percent(value.value, 0),
            of=language.say(f"campaign.{key}_of", gain=_pair(gain.value), cost=_pair(found.cost)),
            interval=_shares(value, language),
        )
    if found.revenue_per_cost is not None:
        ratio = found.revenue_per_cost
        yield Shown(
            name=language.say("campaign.ratio"),
            shown=language.number(ratio.value, 2),
            interval=language.say(
                "campaign.between", low=language.number(ratio.low, 2), high=language.number(ratio.high, 2)
            ),
        )


def _missing(found: Indicators, key: str, language: Language) -> str:
    needed = [language.say(f"campaign.missing.{name}") for name in _NEEDS[key] if name in found.missing]
    return " ".join(needed) or language.say("campaign.missing.nothing_yet")


def _between(found: MoneyEstimate, language: Language) -> str:
    if found.high is None:
        return language.say("campaign.at_least", low=money(language, found.low))
    return language.say("campaign.between", low=money(language, found.low), high=money(language, found.high))


def _shares(found: Estimate, language: Language) -> str:
    return language.say("campaign.between", low=language.percent(found.low, 0), high=language.percent(found.high, 0))


def money(language: Language, amount: Money) -> str:
    """An amount; cents under 100."""
    return language.money(float(amount), amount.currency)


def _pair(amount: Money) -> tuple[float, str]:
    return float(amount), amount.currency


def attempt_rows(lines: Iterable[AttemptLine], language: Language) -> Iterator[tuple[str, Shown, Shown]]:
    """Each attempt: its number, conversion at it among those who reached it, and of those whose last dial it was."""
    for line in lines:
        at, last = (
            Shown(name=language.say(f"campaign.attempt.{key}"), shown=shown, of=of, interval=interval)
            for key, (shown, of, interval) in (
                ("at", of_rate(language, line.at)),
                ("last", of_rate(language, line.last)),
            )
        )
        yield language.number(line.number), at, last


def group_name(group: Group, language: Language) -> str:
    """What the rows of a part have in common."""
    if group.kind is GroupKind.WEEKDAY:
        return language.weekday(int(group.value))
    if group.kind is GroupKind.HOUR:
        hour = int(group.value)
        return language.say("campaign.hours", begin=language.clock(hour), end=language.clock(hour + 1))
    value = group.value or language.say("campaign.no_value")
    if group.kind is GroupKind.SCRIPT:
        return language.say("campaign.script", name=value)
    return f"{group.column} = {value}"


def group_rate(group: Group) -> tuple[Denominator, Rate] | None:
    """The conversion of a part: by dial for calling windows, by person for the others where people are known."""
    found = conversions(group.tally)
    order = [Denominator.DIAL, Denominator.PERSON]
    if group.kind in (GroupKind.SEGMENT, GroupKind.SCRIPT):
        order.reverse()
    return next(((each, found[each]) for each in order if each in found), None)


def projection_said(found: Projection, language: Language) -> str:
    """A cohort at a horizon in a sentence."""
    if found.over:
        return language.say("campaign.cohort.over", seen=found.seen, people=found.people)
    if found.expected is None:
        return language.say("campaign.cohort.unknown", seen=found.seen, people=found.people, settled=found.settled)
    return language.say(
        "campaign.cohort.expected",
        seen=found.seen,
        people=found.people,
        expected=round(found.expected),
        low=round(found.low),
        high=round(found.high),
    )


def advice_said(advice: Advice, language: Language) -> Iterator[str]:
    """The lever to pull first, why, what it should bring, and how."""
    key = f"{advice.lever}" if advice.sure else f"{advice.lever}_maybe"
    if advice.lever is Lever.COLLECT:
        missing = " ".join(language.say(f"campaign.missing.{name}") for name in advice.missing)
        yield language.say("campaign.lever.collect", missing=missing)
    elif advice.lever is Lever.SCRIPT and advice.denominator is not None and advice.goal is not None:
        yield language.say(
            f"campaign.lever.{key}",
            which=language.say(f"campaign.tco.{advice.denominator}"),
            goal=share(language, advice.goal),
            n=round(advice.opportunities or 0),
        )
    else:
        yield language.say(f"campaign.lever.{key}")
    if advice.gain is not None and advice.gain.amount > 0:
        yield language.say(f"campaign.gain.{advice.lever}", gain=_pair(advice.gain))
    if advice.stop is not None:
        yield language.say(
            "campaign.how.stop",
            after=advice.stop.after,
            dials=advice.stop.dials,
            lost=advice.stop.opportunities,
            gain=_pair(advice.stop.gain),
        )
    if advice.spare is not None and advice.spare.gain is not None:
        yield language.say(
            "campaign.how.spare", part=group_name(advice.spare.group, language), gain=_pair(advice.spare.gain)
        )
    if advice.best is not None:
        yield language.say("campaign.how.best", **_outlier(advice.best, language))


def outlier_said(found: Outlier, language: Language) -> str:
    """A part that stands out, beside the rest."""
    return language.say(f"campaign.part.{'better' if found.better else 'worse'}", **_outlier(found, language))


def _outlier(found: Outlier, language: Language) -> dict[str, str | int]:
    return {
        "part": group_name(found.group, language),
        "rate": share(language, found.rate.value or 0.0),
        "of": found.rate.numerator,
        "all": found.rate.denominator,
        "rest": share(language, found.rest.value or 0.0),
    }
