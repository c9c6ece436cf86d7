"""What is said of the sources of calls: their names, their figures with n and interval, and the waste beside them."""

from __future__ import annotations

from dataclasses import dataclass

from decroche.language import Language
from decroche.model.money import Money
from decroche.prove.kpis.sources import SourceFigures
from decroche.prove.service_sources import Sources


@dataclass(frozen=True, slots=True, kw_only=True)
class SourceLine:
    """A source or a campaign, ready to show. ``each`` is what a call cost, ``won`` a customer, with its interval."""

    name: str
    calls: str
    missed: str
    cost: str
    each: str
    opportunities: str
    sales: str
    revenue: str
    margin: str
    won: str


@dataclass(frozen=True, slots=True, kw_only=True)
class WasteLine:
    """Paid calls that nobody answered: how many of how many, what one costs, and what was spent on them."""

    name: str
    missed: str
    share: str
    each: str
    wasted: str
    margin: str
    platform: str


@dataclass(frozen=True, slots=True, kw_only=True)
class SourcesShown:
    """What the figures need: each source is followed by its campaigns."""

    empty: bool
    sources: tuple[SourceLine, ...]
    waste: tuple[WasteLine, ...]
    notes: tuple[str, ...]


def source_name(word: str, language: Language) -> str:
    """A source in words: a known one by its name, another as the business calls it."""
    if not word:
        return language.say("sources.unknown")
    return language.say(f"source.{word}") if language.has(f"source.{word}") else word


def sources_shown(found: Sources, language: Language) -> SourcesShown:
    """The sources of a period in words."""
    say = language.say
    notes = [say("sources.how", rule=say(f"sources.rule.{found.rule}"), days=found.window_days)]
    if found.untied.amount:
        notes.append(say("sources.untied", cost=_money(found.untied, language)))
    if found.foreign or found.unknown:
        notes.append(say("sources.left_out", foreign=found.foreign, unknown=found.unknown))
    groups = [(each.whole, source_name(each.whole.source, language)) for each in found.groups]
    rows = [
        row
        for group, (whole, name) in zip(found.groups, groups, strict=True)
        for row in ((whole, name), *((part, f"{name} · {part.campaign}") for part in group.campaigns))
    ]
    paid = [
        (one, name)
        for group, (whole, name) in zip(found.groups, groups, strict=True)
        for one, name in ([(part, f"{name} · {part.campaign}") for part in group.campaigns] or [(whole, name)])
        if one.cost.amount and one.calls
    ]
    return SourcesShown(
        empty=not any(whole.source for whole, _ in groups),
        sources=tuple(_line(one, name, language) for one, name in rows),
        waste=tuple(_waste(one, name, found, language) for one, name in paid),
        notes=tuple(notes),
    )


def _line(one: SourceFigures, name: str, language: Language) -> SourceLine:
    nothing = "–"
    share = nothing
    if one.calls and one.interval is not None:
        share = language.say(
            "sources.share", missed=one.missed, share=one.missed / one.calls, low=one.interval[0], high=one.interval[1]
        )
    won, customer = one.won, nothing
    if one.cost.amount and won.each is not None and won.low is not None:
        customer = language.say(
            "sources.won" if won.high is not None else "sources.won_open",
            each=_money(won.each, language),
            low=_money(won.low, language),
            high="" if won.high is None else _money(won.high, language),
        )
    margin = nothing
    if one.margin_of:
        margin = language.say("sources.margin", margin=_money(one.margin, language), sales=one.margin_of)
    return SourceLine(
        name=name,
        calls=language.number(one.calls) if one.calls else nothing,
        missed=share,
        cost=_money(one.cost, language) if one.cost.amount else nothing,
        each=_money(one.paid.per_call, language) if one.cost.amount else nothing,
        opportunities=language.number(one.opportunities, 1) if one.opportunities else nothing,
        sales=language.number(one.sales, 1) if one.sales else nothing,
        revenue=_money(one.revenue, language) if one.sales else nothing,
        margin=margin,
        won=customer,
    )


def _waste(one: SourceFigures, name: str, found: Sources, language: Language) -> WasteLine:
    paid, told = one.paid, found.platform.get((one.source, one.campaign))
    platform = "–"
    if told is not None:
        platform = language.say("sources.platform", told=told.told, found=told.found, doubtful=told.doubtful)
    low, high = paid.interval or (0.0, 1.0)
    return WasteLine(
        name=name,
        missed=language.say("sources.of_calls", missed=one.missed, calls=one.calls),
        share=language.say("sources.interval", share=one.missed / one.calls, low=low, high=high),
        each=_money(paid.per_call, language),
        wasted=_money(paid.wasted, language),
        margin=_money(one.margin, language) if one.margin_of else "–",
        platform=platform,
    )


def _money(money: Money | None, language: Language) -> str:
    return "–" if money is None else language.money(float(money.rounded().amount), money.currency, 2)
