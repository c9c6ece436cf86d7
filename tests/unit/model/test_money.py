from __future__ import annotations

from decimal import Decimal

import pytest

from decroche.model.money import CurrencyMismatch, Money, MoneyRange, NotACurrency
from decroche.model.sentence import Sentence


def eur(amount: float | str) -> Money:
    return Money.of(amount, "EUR")


def test_amounts_are_exact() -> None:
    assert eur(0.1) + eur(0.2) == eur("0.3")
    assert (eur(10) / 3).rounded() == eur("3.33")
    assert eur("0.125").rounded() == eur("0.13")
    assert -eur(5) - eur(1) == eur(-6)
    assert 2 * eur(3) == eur(6)
    assert str(eur("12.50")) == "12.50 EUR"
    assert eur(Decimal("1.5").__float__()).amount == Decimal("1.5")


def test_two_currencies_never_meet() -> None:
    cad = Money.of(1, "CAD")
    for meet in (lambda: eur(1) + cad, lambda: eur(1) - cad, lambda: eur(1).ratio(cad), lambda: eur(1) < cad):
        with pytest.raises(CurrencyMismatch, match="EUR and CAD"):
            meet()
    with pytest.raises(CurrencyMismatch):
        MoneyRange(mean=eur(1), low=eur(1), middle=cad, high=eur(1))
    assert eur(1) != Money.of(1, "CAD")


def test_order_and_ratio() -> None:
    assert eur(1) < eur(2) <= eur(2)
    assert eur(12_000).ratio(eur(4_000)) == 3


@pytest.mark.parametrize("word", ["€", "eur", "EURO", ""])
def test_a_currency_has_three_letters(word: str) -> None:
    with pytest.raises(NotACurrency, match="EUR or CAD"):
        Money.of(1, word)


def test_a_range_scales_and_rounds() -> None:
    found = MoneyRange(mean=eur(10), low=eur(1), middle=eur(9), high=eur("20.009")).scaled(0.5).rounded()
    assert (found.mean, found.low, found.middle, found.high) == (eur("5.00"), eur("0.50"), eur("4.50"), eur("10.00"))
    assert found.currency == "EUR"


def test_a_sentence_speaks_three_languages() -> None:
    sentence = Sentence(key="k", fr="messagerie", en="voicemail", fr_ca="boîte vocale")
    assert [sentence.text(language) for language in ("fr", "fr-CA", "en", "de")] == [
        "messagerie",
        "boîte vocale",
        "voicemail",
        "voicemail",
    ]
    assert Sentence(key="k", fr="appel", en="call").text("fr-CA") == "appel"
