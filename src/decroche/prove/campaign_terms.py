"""Reads what people tell of a campaign's money and goals, as they write it: 4 000 €, 12,5 %, 10-15 %."""

from __future__ import annotations

import re
from collections.abc import Mapping

from decroche.model.campaign import Denominator
from decroche.model.money import Money, NotACurrency
from decroche.prove.kpis.campaign_indicators import Bands, Terms
from decroche.understand.beliefs import BadRange, Fixed, read_amount, read_share

#: What can be told, in the order in which it is asked for.
KEYS = (
    "currency", "cost", "dial_cost", "margin", "revenue", "closing", "profit", "goal", "goal_per", "bands",
    "bands_source", "bands_per",
)  # fmt: skip
_AMOUNTS = ("cost", "dial_cost", "margin", "revenue")
_TO = re.compile(r"\s*(?:\.\.|–|—|-|\bà\b|\bto\b)\s*")
_BAND = re.compile(r"\s*([\d.,]+\s*%?)\s*[:=]?\s*(.+?)\s*")


class BadTerm(ValueError):
    """What was told of a campaign cannot be read; ``key`` says which, ``text`` as it was written."""

    def __init__(self, key: str, text: str) -> None:
        super().__init__(f"{key}: {text}")
        self.key = key
        self.text = text


def read_terms(told: Mapping[str, str | None]) -> Terms:
    """The terms in what people wrote; what is empty or missing is not told. Raises BadTerm."""
    given = {key: text.strip() for key, text in told.items() if text is not None and text.strip()}
    currency = given.get("currency", "EUR").upper()
    try:
        Money.of(0, currency)
    except NotACurrency as error:
        raise BadTerm("currency", currency) from error
    amounts = {key: Money.of(_amount(key, given[key]), currency) for key in _AMOUNTS if key in given}
    goal = None
    if "goal" in given:
        goal = (_denominator("goal_per", given), _share("goal", given["goal"]))
    return Terms(
        currency=currency,
        cost=amounts.get("cost"),
        dial_cost=amounts.get("dial_cost"),
        margin=amounts.get("margin"),
        revenue=amounts.get("revenue"),
        closing=_closing(given["closing"]) if "closing" in given else None,
        profit=_share("profit", given["profit"]) if "profit" in given else 0.0,
        goal=goal,
        bands=_bands(given) if "bands" in given else None,
    )


def _amount(key: str, text: str) -> str:
    try:
        found = read_amount(text)
    except BadRange as error:
        raise BadTerm(key, text) from error
    if not isinstance(found, Fixed):
        raise BadTerm(key, text)
    return str(found.value)


def _share(key: str, text: str) -> float:
    try:
        found = read_share(text)
    except BadRange as error:
        raise BadTerm(key, text) from error
    if not isinstance(found, Fixed):
        raise BadTerm(key, text)
    return found.value


def _closing(text: str) -> tuple[float, float]:
    ends = _TO.split(text)
    percents = "%" in text
    shares = [_share("closing", end if "%" in end or not percents else f"{end} %") for end in ends]
    if len(shares) > 2 or shares[0] > shares[-1] or shares[-1] <= 0:
        raise BadTerm("closing", text)
    return shares[0], shares[-1]


def _denominator(key: str, given: Mapping[str, str]) -> Denominator:
    text = given.get(key, Denominator.DIAL.value)
    try:
        return Denominator(text)
    except ValueError as error:
        raise BadTerm(key, text) from error


def _bands(given: Mapping[str, str]) -> Bands:
    """Bands written as ``0 %: weak; 3 %: good``. Whose they are must be told, too."""
    limits = []
    for part in given["bands"].split(";"):
        found = _BAND.fullmatch(part)
        if found is None:
            raise BadTerm("bands", part.strip() or given["bands"])
        limits.append((_share("bands", found[1]), found[2]))
    if "bands_source" not in given:
        raise BadTerm("bands_source", "")
    if [lower for lower, _ in limits] != sorted({lower for lower, _ in limits}):
        raise BadTerm("bands", given["bands"])
    return Bands(limits=tuple(limits), source=given["bands_source"], on=_denominator("bands_per", given))
