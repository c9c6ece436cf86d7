"""Amounts that stand beside the loss: sunk advertising, a lifetime value, an hour and a minute of silence.

None of them is ever added to the loss: advertising is spent whether or not the call is answered.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from decroche.model.figures import Rate
from decroche.model.money import Money, MoneyRange
from decroche.model.sentence import Sentence


@dataclass(frozen=True, slots=True, kw_only=True)
class SunkAdSpend:
    """What was paid for calls that nobody answered. Sunk: shown beside the loss, never in it.

    ``told``: the owner said how many calls the spend brought; else all calls received are counted as brought by it.
    """

    spend: Money
    missed: Rate
    amount: Money
    told: bool = True


def sunk_ad_spend(*, spend: Money, calls: int, missed: int, told: bool = True) -> SunkAdSpend | None:
    """Spend × missed / calls that the spend brought; None when it brought no call."""
    if not calls:
        return None
    return SunkAdSpend(spend=spend, missed=Rate(missed, calls), amount=(spend * missed / calls).rounded(), told=told)


def lifetime_value(*, per_purchase: Money, purchases_per_year: float, years: float, discount: float = 0.0) -> Money:
    """Per purchase × purchases a year × years; each later year is worth 1/(1 + discount) of the one before.

    Give a margin to get a margin. Seed 000 gives a basket, and so gets revenue.
    """
    total, year, left = 0.0, 0, years
    while left > 0:
        total += min(1.0, left) / (1 + discount) ** year
        year, left = year + 1, left - 1
    return per_purchase * purchases_per_year * total


def per_open_hour(loss: MoneyRange, *, open_hours: float) -> MoneyRange:
    """The loss of a period over the hours the business was open in it."""
    return loss.scaled(1 / open_hours).rounded()


def per_unreachable_minute(missed_journey: MoneyRange, *, callers_per_open_hour: float) -> MoneyRange:
    """What a minute costs in which nobody can be reached: the people who call in it × what a missed one costs."""
    return missed_journey.scaled(callers_per_open_hour / 60).rounded()


#: What the notes of a loss say.
NOTES: Mapping[str, Sentence] = {
    "only_counting": Sentence(
        key="loss.only_counting",
        fr="Vous avez donné des chiffres exacts : la fourchette ne couvre que le hasard des nombres d'appels.",
        en="You gave exact figures: the interval only covers chance in the numbers of calls.",
    ),
    "need_not_told": Sentence(
        key="loss.need_not_told",
        fr="Chaque appelant perdu est compté comme une vente possible. Si beaucoup appellent pour un suivi, "
        "la perte est plus petite.",
        en="Every lost caller is counted as a possible sale. If many call about work in progress, the loss is smaller.",
    ),
    "open_journeys": Sentence(
        key="loss.open_journeys",
        fr="Les appels des derniers jours ne sont pas encore perdus : ils comptent selon votre taux habituel.",
        en="The last days' callers are not lost yet: they count at your usual rate.",
    ),
    "new_customers_from_log": Sentence(
        key="loss.new_customers_from_log",
        fr="La part de nouveaux clients est celle des numéros jamais vus auparavant dans cet export : "
        "elle est sans doute trop haute.",
        en="The share of new customers is that of numbers never seen before in this export: it is probably too high.",
    ),
    "lifetime_value_unused": Sentence(
        key="loss.lifetime_value_unused",
        fr="La valeur à vie n'est pas utilisée : il manque la part de nouveaux clients.",
        en="The lifetime value is not used: the share of new customers is missing.",
    ),
}
