"""Says what was spent on paid calls that nobody answered, from three numbers that somebody types."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from decimal import Decimal, InvalidOperation

from decroche.language import Language
from decroche.model.money import Money
from decroche.prove.kpis.call_cost import paid_calls


@dataclass(frozen=True, slots=True, kw_only=True)
class PaidShown:
    """The waste of paid calls, as it was asked for; ``said`` are its sentences, ``wrong`` what cannot be."""

    spend: str
    calls: str
    missed: str
    said: tuple[str, ...]
    wrong: str | None


def paid_shown(asked: Mapping[str, str], language: Language, *, currency: str) -> PaidShown:
    """What is asked about paid calls, and the answer in sentences."""
    spend, calls, missed = (asked.get(name, "")[:20].strip() for name in ("spend", "paid_calls", "paid_missed"))
    said: tuple[str, ...] = ()
    wrong = None
    if spend or calls or missed:
        try:
            amount = Decimal(spend.replace(",", ".").replace(" ", ""))
            of, lost = int(calls), int(missed)
            if not (0 <= amount <= 10**12 and 0 <= lost <= of <= 10**9):
                raise ValueError
            said = _paid_said(Money(amount, currency), of, lost, language)
        except (ValueError, InvalidOperation):
            wrong = language.say("costs.paid_wrong")
    return PaidShown(spend=spend, calls=calls, missed=missed, said=said, wrong=wrong)


def _paid_said(spend: Money, calls: int, missed: int, language: Language) -> tuple[str, ...]:
    found = paid_calls(spend=spend, calls=calls, missed=missed)
    if found.missed.value is None or found.interval is None:
        return (language.say("costs.paid_none"),)
    low, high = found.interval
    return (
        language.say("costs.paid_rate", missed=missed, calls=calls, rate=found.missed.value, low=low, high=high),
        language.say(
            "costs.paid_wasted",
            wasted=_money(found.wasted, language),
            spend=_money(spend, language),
            each=_money(found.per_call, language),
        ),
        language.say("costs.paid_beside"),
    )


def _money(money: Money | None, language: Language) -> str:
    return "–" if money is None else language.money(float(money.rounded()), money.currency, 2)
