"""Campaigns that are counted from the house's own calls: what a form says of them, and where each figure comes from."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from datetime import date

from decroche.language import Language
from decroche.ledger.campaigns import Campaign, House
from decroche.model.campaign import Where
from decroche.model.money import Money
from decroche.prove.kpis.campaign_indicators import Terms

#: The fields of where a campaign is.
FIELDS = ("begins", "ends", "lines", "queues", "words", "days")
_MOST_DAYS, _USUAL_DAYS, _LONGEST, _MOST_NAMES = 365, 30, 200, 50


def where_of(given: Mapping[str, str]) -> tuple[Where | None, dict[str, str]]:
    """Where a form says that a campaign is, or what is wrong by field (a word of ``campaign.wrong``)."""
    wrong: dict[str, str] = {}
    begins, ends = _day(given["begins"]), _day(given["ends"])
    if begins is None:
        wrong["begins"] = "campaign.wrong.begins"
    if given["ends"] and (ends is None or (begins is not None and ends < begins)):
        wrong["ends"] = "campaign.wrong.ends"
    days = int(given["days"]) if given["days"].isascii() and given["days"].isdigit() else None
    if given["days"] and (days is None or not 1 <= days <= _MOST_DAYS):
        wrong["days"] = "campaign.wrong.days"
    if wrong or begins is None:
        return None, wrong
    names = {key: names_of(given[key]) for key in ("lines", "queues", "words")}
    return Where(begins=begins, ends=ends, days=days or _USUAL_DAYS, **names), {}


def names_of(text: str) -> tuple[str, ...]:
    """Names parted by semicolons or lines."""
    parts = (part.strip()[:_LONGEST] for part in text.replace("\n", ";").split(";"))
    return tuple(dict.fromkeys(part for part in parts if part))[:_MOST_NAMES]


def form_of(where: Where) -> dict[str, str]:
    """The same as the fields of the form."""
    return {
        "begins": where.begins.isoformat(),
        "ends": "" if where.ends is None else where.ends.isoformat(),
        "lines": "; ".join(where.lines),
        "queues": "; ".join(where.queues),
        "words": "; ".join(where.words),
        "days": str(where.days),
    }


def sources_said(found: Campaign, terms: Terms, language: Language, *, salaries: bool) -> Iterator[str]:
    """Where each figure of a campaign of the house comes from; ``salaries``: whether each line of cost may be seen."""
    if found.house is None:
        return
    say, held, where = language.say, found.house.held, found.house.where
    places = language.listing([*where.lines, *where.queues]) if where.lines or where.queues else None
    period = {"first": where.begins, "last": held.until}
    if places is None:
        yield say("campaign.source.dials_all", dials=held.dials, answered=held.answered, **period)
    else:
        yield say("campaign.source.dials", dials=held.dials, answered=held.answered, places=places, **period)
    if held.unnamed:
        yield say("campaign.source.unnamed", n=held.unnamed)
    yield from _opportunities(found.house, language)
    yield from _money(found.house, terms, language, salaries=salaries)


def _opportunities(house: House, language: Language) -> Iterator[str]:
    say, held = language.say, house.held
    if not held.known_opportunities:
        yield say("campaign.source.no_opportunity")
        return
    yield say("campaign.source.opportunities", named=held.by_name, matched=held.by_person, days=house.where.days)
    if held.undialled or held.doubtful:
        yield say("campaign.source.left_out", undialled=held.undialled, doubtful=held.doubtful)
    yield say("campaign.source.sales", sales=held.sales, amounts=held.with_amount, margins=held.with_margin)
    if held.foreign:
        yield say("campaign.source.foreign", n=held.foreign)


def _money(house: House, terms: Terms, language: Language, *, salaries: bool) -> Iterator[str]:
    say, held = language.say, house.held
    if terms.cost is not None:
        yield say("campaign.source.cost_told")
    elif held.cost is not None:
        cost = _said(held.cost, held.currency, language)
        yield say("campaign.source.cost_lines", cost=cost, n=len(held.lines))
        for line in held.lines if salaries else ():
            kind, amount = say(f"cost.kind.{line.kind}"), _said(line.amount, held.currency, language)
            yield say("campaign.source.cost_line", kind=kind, label=line.label, amount=amount)
    else:
        yield say("campaign.source.no_cost")
    if terms.margin is not None:
        yield say("campaign.source.margin_told")
    elif held.sales and held.with_margin == held.sales:
        yield say("campaign.source.margin_counted")
    else:
        yield say("campaign.source.no_margin")


def _said(amount: str, currency: str, language: Language) -> str:
    return language.money(float(Money.of(amount, currency).rounded()), currency, 2)


def _day(text: str) -> date | None:
    try:
        found = date.fromisoformat(text)
    except ValueError:
        return None
    return found if 2000 <= found.year <= 2100 else None
