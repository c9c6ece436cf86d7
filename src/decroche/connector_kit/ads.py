"""What an advertising platform can tell: the part ``ads`` of a connector, its calls and what campaigns cost a day."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from decimal import Decimal

from decroche.connector_kit.http import Http

Settings = Mapping[str, str]


@dataclass(frozen=True, slots=True, kw_only=True)
class AdCall:
    """A call that the platform counted. ``ref`` is its id there. No number of the caller is ever told."""

    ref: str
    started_at: datetime
    campaign: str
    campaign_ref: str = ""
    duration_s: float | None = None
    received: bool | None = None
    country: str = ""
    area: str = field(default="", repr=False)


@dataclass(frozen=True, slots=True, kw_only=True)
class Spend:
    """What a campaign cost on a day of the advertiser's account: exact, in its currency."""

    day: date
    campaign: str
    campaign_ref: str = ""
    amount: Decimal


@dataclass(frozen=True, slots=True, kw_only=True)
class AdsPage:
    """All calls and costs of whole days, ``first`` to ``last`` of the clock of the advertiser's account.

    What a platform says of a day takes the place of what it said before. ``customer`` names the advertiser's account,
    ``currency`` is the one in which it pays. ``next`` is where to go on, also after a restart; ``more``: at once.
    """

    customer: str
    currency: str
    zone: str
    first: date
    last: date
    calls: tuple[AdCall, ...]
    spend: tuple[Spend, ...]
    next: str
    more: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class Ads:
    """Reading calls and costs day by day, and the last days again: a platform restates them.

    ``fetch`` gets where to go on (None: from the beginning) and the present moment. It raises Unavailable and
    Misconfigured, and gives nothing of a reading that was cut short. ``source`` is the word of ``model.source`` for it.
    """

    fetch: Callable[[Http, Settings, str | None, datetime], AdsPage]
    source: str
    needs: tuple[str, ...] = ()
    per_minute: int = 30
    every: timedelta = timedelta(hours=1)

    def missing(self, settings: Settings) -> tuple[str, ...]:
        """Which of the settings that it needs are empty."""
        return tuple(key for key in self.needs if not settings.get(key, "").strip())
