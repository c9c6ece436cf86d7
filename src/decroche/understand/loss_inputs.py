"""What an owner tells us so that lost journeys can be priced: margin, conversion, and the numbers that refine them."""

from __future__ import annotations

import dataclasses
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from difflib import get_close_matches

from decroche.model.money import Money, NotACurrency
from decroche.understand.beliefs import BadRange, Belief, Fixed, read_amount, read_share


class BadLossInput(ValueError):
    """An input that cannot be used; ``key`` names it as the owner wrote it."""

    def __init__(self, key: str, problem: str) -> None:
        super().__init__(f"{key}: {problem}")
        self.key = key


@dataclass(frozen=True, slots=True, kw_only=True)
class Prices:
    """What a journey is worth. Every amount is margin, not revenue, in the account's currency.

    ``margin``: on one sale. ``conversion``: of the people we speak to, the share who buy. ``need``: of the missed
    callers, the share who call about a new need (1 when not told: say so). ``lifetime_value``: margin over the years
    a new customer stays, used instead of ``margin`` for the share ``new_customers``. ``referral``: further customers
    whom one customer brings (0.2 = one for five). None = not told.
    """

    margin: Belief | None = None
    conversion: Belief | None = None
    need: Belief | None = None
    new_customers: Belief | None = None
    lifetime_value: Belief | None = None
    referral: Belief | None = None

    def completed_by(self, other: Prices) -> Prices:
        """These prices, with ``other``'s where they are silent."""
        told = {f.name: getattr(self, f.name) for f in dataclasses.fields(self) if getattr(self, f.name) is not None}
        return dataclasses.replace(other, **told)

    @property
    def missing(self) -> tuple[str, ...]:
        """The two inputs without which there is no amount of money."""
        return tuple(name for name in ("margin", "conversion") if getattr(self, name) is None)


@dataclass(frozen=True, slots=True, kw_only=True)
class LossInputs:
    """Everything told about money. Nothing here has a default value: without margin and conversion, no money.

    ``remedy_per_month`` is the price of what would answer the calls; ``ad_spend`` what was paid, over the period of
    the calls, for advertisements that made people call; ``ad_calls`` of the calls came from them, as (calls, missed).
    """

    currency: str = "EUR"
    prices: Prices = Prices()
    departments: Mapping[str, Prices] = field(default_factory=dict)
    remedy_per_month: Money | None = None
    ad_spend: Money | None = None
    ad_calls: tuple[int, int] | None = None

    @classmethod
    def from_mapping(cls, given: Mapping[str, object]) -> LossInputs:
        """Inputs from flags or a parsed TOML table.

        Keys: currency, margin, conversion, need, new_customers, lifetime_value, referral, remedy_per_month,
        ad_spend, ad_calls with ad_missed, and departments, a table of tables with the price keys.
        Amounts are 400, [250, 600] or "250-600";
        shares 0.25, "25 %", [0.2, 0.3] or "20-30 %". Raises BadLossInput, which names the key.
        """
        _refuse_unknown(given, LOSS_KEYS, prefix="")
        currency = given.get("currency", "EUR")
        try:
            Money.of(0, str(currency))
        except NotACurrency as error:
            raise BadLossInput("currency", str(error)) from error
        departments = given.get("departments", {})
        if not isinstance(departments, Mapping):
            raise BadLossInput("departments", "is a table: one sub-table for each department")
        return cls(
            currency=str(currency),
            prices=_prices(given, prefix=""),
            departments={str(name): _department(str(name), table) for name, table in departments.items()},
            remedy_per_month=_single_amount(given, "remedy_per_month", str(currency)),
            ad_spend=_single_amount(given, "ad_spend", str(currency)),
            ad_calls=_ad_calls(given),
        )


def _read_referral(written: object) -> Belief:
    # Above one further customer a referral is an amount-like count, not a share.
    return read_amount(written) if written not in (0, "0") else Fixed(0.0)


_PRICE_READERS: Mapping[str, Callable[[object], Belief]] = {
    "margin": read_amount,
    "conversion": read_share,
    "need": read_share,
    "new_customers": read_share,
    "lifetime_value": read_amount,
    "referral": _read_referral,
}
#: What can be told of the whole business or of one department, and what of the business only.
PRICE_KEYS = tuple(_PRICE_READERS)
LOSS_KEYS = (*PRICE_KEYS, "currency", "remedy_per_month", "ad_spend", "ad_calls", "ad_missed", "departments")


def _prices(given: Mapping[str, object], *, prefix: str) -> Prices:
    told: dict[str, Belief] = {}
    for key, read in _PRICE_READERS.items():
        if given.get(key) is not None:
            try:
                told[key] = read(given[key])
            except BadRange as error:
                raise BadLossInput(prefix + key, str(error)) from error
    return Prices(**told)


def _department(name: str, table: object) -> Prices:
    prefix = f"departments.{name}."
    if not isinstance(table, Mapping):
        raise BadLossInput(prefix.rstrip("."), "is a table with margin, conversion, …")
    _refuse_unknown(table, PRICE_KEYS, prefix=prefix)
    return _prices(table, prefix=prefix)


def _single_amount(given: Mapping[str, object], key: str, currency: str) -> Money | None:
    if given.get(key) is None:
        return None
    try:
        belief = read_amount(given[key])
    except BadRange as error:
        raise BadLossInput(key, str(error)) from error
    if not isinstance(belief, Fixed):
        raise BadLossInput(key, "is one amount, not a range")
    return Money.of(belief.value, currency)


def _ad_calls(given: Mapping[str, object]) -> tuple[int, int] | None:
    told = {key: given[key] for key in ("ad_calls", "ad_missed") if given.get(key) is not None}
    if not told:
        return None
    counts = {}
    for key, written in told.items():
        text = str(written).replace(" ", "").replace("\u202f", "").replace("\u00a0", "")
        if not text.isdecimal():
            raise BadLossInput(key, "is a whole number of calls")
        counts[key] = int(text)
    if len(counts) < 2:
        raise BadLossInput(next(iter(counts)), "says nothing alone: give both ad_calls and ad_missed")
    if counts["ad_missed"] > counts["ad_calls"]:
        raise BadLossInput("ad_missed", "is at most ad_calls")
    return counts["ad_calls"], counts["ad_missed"]


def _refuse_unknown(given: Mapping[str, object], known: Sequence[str], *, prefix: str) -> None:
    for key in given:
        if key not in known:
            near = get_close_matches(str(key), known, n=1)
            hint = f"did you mean {near[0]}?" if near else "known are " + ", ".join(sorted(known))
            raise BadLossInput(prefix + str(key), f"is not an input: {hint}")
