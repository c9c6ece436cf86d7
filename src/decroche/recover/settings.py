"""What a business wants of recovery, as it is kept for its account."""

from __future__ import annotations

from collections.abc import Mapping
from functools import lru_cache
from typing import Any

import msgspec

from decroche.language import Language
from decroche.model.money import Money
from decroche.recover.keywords import normal_form
from decroche.recover.notices import BadTeam, Team
from decroche.recover.slots import BadSlots, SlotSettings
from decroche.rules.outreach import Sector

#: What makes an emergency of a text where a business has not chosen its words, by the playbook that comes with us. Only
#: where people call in danger: nobody else is woken by a word that they have not chosen.
USUAL_EMERGENCIES: Mapping[str, tuple[str, ...]] = {
    "clinic": (
        "urgence", "urgences", "saigne", "saignement", "malaise", "douleur à la poitrine",
        "emergency", "bleeding", "chest pain",
    ),
}  # fmt: skip


class Way(msgspec.Struct, frozen=True, kw_only=True):
    """A way by which texts go out: a connected platform, and what of its senders the person sees."""

    endpoint: str
    sender: str


class RecoverySettings(msgspec.Struct, frozen=True, kw_only=True):
    """The wishes of one account. Without ``active`` nothing leaves for callers; what the business does itself goes on.

    ``business`` is the name that texts begin with, ``phone`` the number that they tell. ``ways`` are tried in their
    order. ``playbook`` is the shipped one that holds where the account has none of its own. ``daily_cap`` is the most
    that the texts of one day may cost, in ``currency``; ``price_per_segment`` what one costs where its provider does
    not say. ``value`` is what a caller who is won brings, where nothing better is known. ``holdout`` is the share of
    callers that are left alone to measure what recovery brings. ``links`` is the address before ``/r/…``.
    """

    active: bool = False
    business: str = ""
    phone: str = ""
    playbook: str = "garage"
    ways: tuple[Way, ...] = ()
    currency: str = "EUR"
    price_per_segment: float = 0.08
    daily_cap: float | None = None
    value: float | None = None
    holdout: float = 0.0
    links: str = ""
    sector: str = "ordinary"
    #: What callers write, and departments, queues or lines by their names: each makes a journey an emergency. The words
    #: of None are those that are usual in the trade of the ``playbook``.
    emergency_words: tuple[str, ...] | None = None
    emergency_places: tuple[str, ...] = ()
    #: As ``SlotSettings.read`` and ``Team.read`` take them.
    slots: dict[str, int] = {}
    team: dict[str, Any] = {}

    @property
    def alarm_words(self) -> tuple[str, ...]:
        """What callers write in an emergency: chosen, or usual in the trade."""
        usual = USUAL_EMERGENCIES.get(self.playbook, ())
        return usual if self.emergency_words is None else self.emergency_words

    @property
    def usual_value(self) -> Money | None:
        """What a caller who is won brings; None when nobody told."""
        return None if self.value is None else Money.of(self.value, self.currency)


class BadSettings(ValueError):
    """Settings that are none: ``setting`` is at fault, ``said`` says why; the message does in English."""

    def __init__(self, word: str, setting: str, **values: Any) -> None:
        self.word, self.setting, self.values = word, setting, values
        super().__init__(self.said(Language("en")))

    def said(self, language: Language) -> str:
        """What is wrong, in a sentence."""
        return language.say(f"settings.wrong.{self.word}", **self.values)


@lru_cache(maxsize=1024)
def read_settings(body: str | bytes | None) -> RecoverySettings:
    """The settings of their JSON; the defaults, with which nothing is sent, of None. Raises BadSettings."""
    if body is None:
        return RecoverySettings()
    try:
        found = msgspec.json.decode(body, type=RecoverySettings)
    except msgspec.DecodeError as error:
        raise BadSettings("unreadable", "settings", problem=str(error)) from None
    check_settings(found)
    return found


def check_settings(settings: RecoverySettings) -> None:
    """Raise BadSettings for what cannot be meant."""
    try:
        SlotSettings.read(settings.slots)
    except BadSlots as error:
        low, high = error.bounds or (0, 0)
        word = "slots_unknown" if error.bounds is None else "slots"
        raise BadSettings(word, f"slots.{error.setting}", name=error.setting, low=low, high=high) from None
    try:
        Team.read(settings.team)
    except BadTeam as error:
        raise BadSettings(f"team_{error.word}", "team", **error.values) from None
    for wrong, word, setting in (
        (not 0 <= settings.holdout <= 0.5, "share", "holdout"),
        (settings.price_per_segment < 0, "negative", "price_per_segment"),
        (settings.daily_cap is not None and settings.daily_cap < 0, "negative", "daily_cap"),
        (settings.sector not in tuple(Sector), "sector", "sector"),
        (not all(normal_form(word) for word in settings.emergency_words or ()), "no_word", "emergency_words"),
        (not all(place.strip() for place in settings.emergency_places), "no_word", "emergency_places"),
        (settings.active and not settings.business.strip(), "no_business", "business"),
    ):
        if wrong:
            raise BadSettings(word, setting, name=setting, known=", ".join(Sector))


def write_settings(settings: RecoverySettings) -> str:
    """The JSON of the settings."""
    return msgspec.json.encode(settings).decode()


def plain(settings: RecoverySettings) -> dict[str, Any]:
    """The settings as plain values."""
    found: dict[str, Any] = msgspec.to_builtins(settings)
    return found
