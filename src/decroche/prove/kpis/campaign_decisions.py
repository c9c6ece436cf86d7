"""What was decided about a campaign, and whether conversion was better after it than before: the look back."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, timedelta
from enum import StrEnum

from decroche.model.campaign import Denominator, Tally, Week
from decroche.model.figures import Rate
from decroche.prove.kpis.campaign_indicators import conversions
from decroche.prove.kpis.certainty import difference

#: The weeks before a decision that it is held against: older ones were another season.
WEEKS_BEFORE = 8


class Decision(StrEnum):
    """What can be decided of a campaign."""

    RAISE = "raise"
    REWRITE = "rewrite"
    RETARGET = "retarget"
    CUT = "cut"


class Since(StrEnum):
    """What may be said of the weeks after a decision, being wrong once in twenty."""

    BETTER = "better"
    WORSE = "worse"
    NO_DIFFERENCE_SEEN = "no_difference_seen"
    NOT_YET = "not_yet"


@dataclass(frozen=True, slots=True, kw_only=True)
class LookBack:
    """Conversion in whole weeks before and after a decision, and their difference with its interval.

    It compares times, not people drawn by chance: what else changed in the meantime is in it. An experiment tells more.
    """

    since: Since
    denominator: Denominator | None
    before: Rate
    after: Rate
    low: float | None
    high: float | None


def look_back(weeks: Iterable[Week], *, decided: date, before: int = WEEKS_BEFORE) -> LookBack:
    """The whole weeks after the day of a decision against the last ``before`` whole weeks until that day."""
    known = list(weeks)
    first = decided - timedelta(weeks=before, days=decided.weekday())
    then = [week.tally for week in known if first <= week.monday and week.monday + timedelta(days=7) <= decided]
    now = [week.tally for week in known if week.monday > decided]
    denominator = next((each for each in Denominator if _rate(then, each).denominator), None)
    if denominator is None:
        return LookBack(since=Since.NOT_YET, denominator=None, before=Rate(0, 0), after=Rate(0, 0), low=None, high=None)
    earlier, later = _rate(then, denominator), _rate(now, denominator)
    bounds = difference(earlier, later)
    if bounds is None:
        return LookBack(since=Since.NOT_YET, denominator=denominator, before=earlier, after=later, low=None, high=None)
    low, high = bounds
    verdict = Since.BETTER if low > 0 else Since.WORSE if high < 0 else Since.NO_DIFFERENCE_SEEN
    return LookBack(since=verdict, denominator=denominator, before=earlier, after=later, low=low, high=high)


def _rate(tallies: Iterable[Tally], denominator: Denominator) -> Rate:
    rates = [rate for tally in tallies if (rate := conversions(tally).get(denominator)) is not None]
    return Rate(sum(rate.numerator for rate in rates), sum(rate.denominator for rate in rates))
