"""The way of a person to a sale: each contact before it, by which channel, and who sought whom."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

from decroche.model.money import Money


class Way(StrEnum):
    """Who sought whom: the person us, or we the person."""

    INBOUND = "inbound"
    OUTBOUND = "outbound"


@dataclass(frozen=True, slots=True, kw_only=True)
class Touch:
    """One contact with a person: a call, a text, a click. ``channel`` is the name by which the business knows it.

    ``source`` and ``campaign`` are told where something says what made them call: a number that stands for a source,
    an advertising platform, a CRM. ``source`` is a word of ``model.source`` or the business's own; empty: nobody knows.
    """

    at: datetime
    channel: str
    way: Way
    source: str = ""
    campaign: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Sale:
    """What a person bought, and when."""

    at: datetime
    revenue: Money


@dataclass(frozen=True, slots=True, kw_only=True)
class Path:
    """The contacts of one lead, in any order, and the sale that they led to; None: none yet."""

    touches: Sequence[Touch]
    sale: Sale | None = None
