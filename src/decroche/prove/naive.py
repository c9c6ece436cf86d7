"""The figures that sales pages print about missed calls, worked out as they do, beside what is right about them.

An owner has met these numbers. They are shown, labelled, each with the reason why ours is different.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from decroche.model.money import Money
from decroche.model.sentence import Sentence


def naive_per_call(*, basket: Money, conversion: float) -> Money:
    """Basket × conversion: what one missed call "costs" when every caller is new and none calls again."""
    return (basket * conversion).rounded()


def naive_per_day(*, basket: Money, conversion: float, missed_per_day: float) -> Money:
    """The same × missed calls a day: every call a different person."""
    return (basket * conversion * missed_per_day).rounded()


@dataclass(frozen=True, slots=True, kw_only=True)
class LifetimeReading:
    """A lifetime value as seed 000 prints it for one missed call, and what can be expected of it."""

    printed: Money
    expected: Money


def naive_lifetime(*, basket: Money, purchases_per_year: float, years: float, conversion: float) -> LifetimeReading:
    """Basket × purchases a year × years; expected is that × conversion, which the seed drops."""
    printed = (basket * purchases_per_year * years).rounded()
    return LifetimeReading(printed=printed, expected=(printed * conversion).rounded())


@dataclass(frozen=True, slots=True, kw_only=True)
class Sector:
    """A row of seed 001's table: missed calls a month, and the price of one, low and (where printed) high."""

    name_fr: str
    name_en: str
    missed_per_month: int
    low: Money
    high: Money

    @property
    def printed(self) -> Money:
        """What the seed prints: count × the *lowest* price, every miss a loss."""
        return self.low * self.missed_per_month

    @property
    def at_the_high_price(self) -> Money:
        """The same sum with the row's own highest price."""
        return self.high * self.missed_per_month


def _sector(name_fr: str, name_en: str, missed: int, low: int, high: int | None = None) -> Sector:
    return Sector(
        name_fr=name_fr,
        name_en=name_en,
        missed_per_month=missed,
        low=Money.of(low, "USD"),
        high=Money.of(high or low, "USD"),
    )


#: Seed 001's table, in the dollars of its American sources.
SECTORS: tuple[Sector, ...] = (
    _sector("Services à domicile", "Home services", 42, 300, 1200),
    _sector("Services juridiques", "Legal services", 38, 425),
    _sector("Réparation automobile", "Car repair", 45, 250),
    _sector("Soins de santé", "Health care", 56, 175, 200),
    _sector("Immobilier", "Real estate", 35, 500),
)


def yearly_mean_of_sectors() -> Money:
    """Mean of the five rows × 12: 161 520 $, where the same page says 126 000 $."""
    total = SECTORS[0].printed
    for sector in SECTORS[1:]:
        total = total + sector.printed
    return total / len(SECTORS) * 12


#: Why each naive figure differs from ours, by the key of the figure.
WHY: Mapping[str, Sentence] = {
    "per_call": Sentence(
        key="naive.per_call",
        fr="Ce calcul suppose que chaque appel manqué est un nouveau client, qu'il ne rappelle jamais, et que tout "
        "le prix de vente est du bénéfice. Chez vous, une partie rappelle et finit par vous joindre, d'autres "
        "appelaient pour un suivi, et seule la marge est perdue.",
        fr_ca="Ce calcul suppose que chaque appel manqué est un nouveau client, qu'il ne rappelle jamais, et que "
        "tout le prix de vente est du profit. Chez vous, une partie rappelle et finit par vous joindre, d'autres "
        "appelaient pour un suivi, et seule la marge est perdue.",
        en="This takes every missed call for a new customer who never calls again, and the whole price for profit. "
        "Some of your callers try again and reach you, some called about work in progress, and only the margin is "
        "lost.",
    ),
    "per_day": Sentence(
        key="naive.per_day",
        fr="Cinq appels manqués ne sont pas cinq personnes : la même rappelle souvent trois fois. Nous comptons les "
        "personnes, et seulement celles que personne n'a fini par joindre.",
        en="Five missed calls are not five people: one often tries three times. We count people, and only those whom "
        "nobody reached in the end.",
    ),
    "lifetime": Sentence(
        key="naive.lifetime",
        fr="Le calcul oublie en route qu'un appelant sur quatre seulement devient client : la valeur attendue est le "
        "quart du chiffre annoncé. Elle ne vaut que pour les nouveaux clients, et c'est un chiffre d'affaires, pas "
        "une marge.",
        en="The sum forgets on the way that only one caller in four becomes a customer: what can be expected is a "
        "quarter of the figure. It holds for new customers only, and it is revenue, not margin.",
    ),
    "ads": Sentence(
        key="naive.ads",
        fr="Cette publicité est déjà payée, que l'on décroche ou non. Nous la montrons à part : l'ajouter à la marge "
        "perdue compterait deux fois la même vente.",
        en="That advertising is paid whether or not you answer. We show it apart: adding it to the lost margin would "
        "count the same sale twice.",
    ),
    "sectors": Sentence(
        key="naive.sectors",
        fr="Le tableau multiplie tous les appels manqués par le prix le plus bas de la ligne, comme si chacun était "
        "une vente perdue. Ce sont des dollars américains, d'autres métiers, d'autres pays : aucun de ces chiffres "
        "n'entre dans votre calcul.",
        en="The table multiplies every missed call by the lowest price of its row, as if each were a lost sale. These "
        "are US dollars, other trades, other countries: none of them enters your figure.",
    ),
    "remedy": Sentence(
        key="naive.remedy",
        fr="« Moins cher qu'un seul client perdu » dépend de votre marge : voici combien de clients par mois il "
        "faut vraiment garder pour payer la solution.",
        en="“Cheaper than one lost customer” depends on your margin: here is how many customers a month must really "
        "be kept to pay for the remedy.",
    ),
}


@dataclass(frozen=True, slots=True, kw_only=True)
class NaiveFigure:
    """An example of a seed: what it prints, what its own numbers give, and why that is still not your loss."""

    key: str
    seed: str
    sum: str
    printed: Money
    right: Money
    why: Sentence


def _eur(amount: float) -> Money:
    return Money.of(amount, "EUR")


#: The examples that the seeds print, recomputed.
EXAMPLES: tuple[NaiveFigure, ...] = (
    NaiveFigure(
        key="per_call",
        seed="000",
        sum="500 € × 25 %",
        printed=_eur(125),
        right=naive_per_call(basket=_eur(500), conversion=0.25),
        why=WHY["per_call"],
    ),
    NaiveFigure(
        key="per_day",
        seed="000",
        sum="500 € × 25 % × 5",
        printed=_eur(625),
        right=naive_per_day(basket=_eur(500), conversion=0.25, missed_per_day=5),
        why=WHY["per_day"],
    ),
    NaiveFigure(
        key="lifetime",
        seed="000",
        sum="500 € × 2 × 3 (× 25 %)",
        printed=_eur(3000),
        right=naive_lifetime(basket=_eur(500), purchases_per_year=2, years=3, conversion=0.25).expected,
        why=WHY["lifetime"],
    ),
    NaiveFigure(
        key="ads",
        seed="001",
        sum="1 000 $ × 30 / 50",
        printed=Money.of(600, "USD"),
        right=Money.of(1000, "USD") * 30 / 50,
        why=WHY["ads"],
    ),
    NaiveFigure(
        key="sectors",
        seed="001",
        sum="(12 600 + 16 150 + 11 250 + 9 800 + 17 500) / 5 × 12",
        printed=Money.of(126_000, "USD"),
        right=yearly_mean_of_sectors(),
        why=WHY["sectors"],
    ),
)
