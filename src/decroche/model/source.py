"""Where calls come from: the numbers that a business shows in its advertisements, and the source each stands for."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from datetime import date
from enum import StrEnum

_FIRST, _LAST = date(1990, 1, 1), date(2200, 12, 31)
#: The longest name of a source or a campaign.
LONGEST = 200


class Source(StrEnum):
    """Sources that have a name in every language; a business may write any other."""

    GOOGLE_ADS = "google_ads"
    ONLINE_ADS = "online_ads"
    ORGANIC = "organic"
    WEBSITE = "website"
    MAPS = "maps"
    DIRECTORY = "directory"
    PRINT = "print"
    RADIO_TV = "radio_tv"
    MAIL = "mail"
    PARTNER = "partner"
    #: What is no source of callers, and stands beside them: our own calls and texts.
    OUTBOUND = "outbound"
    TEXT = "text"


class BadTracking(ValueError):
    """What cannot be said of a number; ``why`` is number, source, campaign, begins, ends, taken or other_source."""

    def __init__(self, why: str) -> None:
        super().__init__(f"no such tracked number: {why}")
        self.why = why


@dataclass(frozen=True, slots=True, kw_only=True)
class Tracking:
    """A number of the business (E.164 digits) stands for a source, and a campaign of it, from a day to a day.

    ``ends`` is the last day; None: until somebody ends it. Without a ``campaign`` it is the source as a whole.
    """

    number: int = field(repr=False)
    source: str
    campaign: str = ""
    begins: date
    ends: date | None = None

    def __post_init__(self) -> None:
        for word, text in (("source", self.source), ("campaign", self.campaign)):
            if len(text) > LONGEST or not text.isprintable() or text != text.strip():
                raise BadTracking(word)
        if not self.source:
            raise BadTracking("source")
        if not 0 < self.number < 10**16:
            raise BadTracking("number")
        if not _FIRST <= self.begins <= _LAST:
            raise BadTracking("begins")
        if self.ends is not None and not self.begins <= self.ends <= _LAST:
            raise BadTracking("ends")

    def holds(self, day: date) -> bool:
        """Whether the number stands for it on ``day``."""
        return self.begins <= day and (self.ends is None or day <= self.ends)


def tracked_on(trackings: Iterable[Tracking], number: int, day: date) -> Tracking | None:
    """What a number stands for on a day; None: nothing that anybody told."""
    return next((each for each in trackings if each.number == number and each.holds(day)), None)


def check_beside(tracking: Tracking, others: Sequence[Tracking]) -> None:
    """Raises BadTracking where the number stands for something else on one of its days (taken), or where the campaign
    belongs to another source (other_source): what it costs could not be told from the other's.
    """
    for other in others:
        apart = (other.ends is not None and other.ends < tracking.begins) or (
            tracking.ends is not None and tracking.ends < other.begins
        )
        if other.number == tracking.number and not apart:
            raise BadTracking("taken")
        if tracking.campaign and same_name(other.campaign, tracking.campaign) and other.source != tracking.source:
            raise BadTracking("other_source")


def same_name(one: str, other: str) -> bool:
    """Whether two names of campaigns are the same, whatever their capitals."""
    return one.casefold() == other.casefold()


def source_word(text: str) -> str:
    """A source as it is kept: ``Google Ads`` is google_ads; what is none of ``Source`` stays as it is written."""
    plain = " ".join(text.split())
    known = plain.casefold().replace(" ", "_").replace("-", "_")
    return known if known in set(Source) else plain
