"""Counts the calls of each source in a period: by the number that was called, and by the calls of Google Ads found."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, time, timedelta
from typing import Any
from zoneinfo import ZoneInfo

import sqlalchemy as sa

from decroche.ledger.source_tables import ad_calls
from decroche.ledger.tables import calls
from decroche.ledger.tracked_numbers import written_forms
from decroche.model.call import Direction
from decroche.model.fact import Progress
from decroche.model.source import Tracking

#: The fits of a platform's call that say which of our calls it is.
FOUND = ("matched", "chosen")


@dataclass(frozen=True, slots=True, kw_only=True)
class SourceCalls:
    """Calls from outside that are over: those that a person answered, and those that nobody did."""

    answered: int = 0
    missed: int = 0

    @property
    def calls(self) -> int:
        """All of them."""
        return self.answered + self.missed

    def and_also(self, other: SourceCalls) -> SourceCalls:
        """Both together."""
        return SourceCalls(answered=self.answered + other.answered, missed=self.missed + other.missed)


@dataclass(frozen=True, slots=True, kw_only=True)
class PlatformCalls:
    """What a platform says that it brought, and how many of it were found among our calls."""

    told: int = 0
    found: int = 0
    doubtful: int = 0


@dataclass(frozen=True, slots=True, kw_only=True)
class SourceCounts:
    """Both by source and campaign (empty: none told)."""

    calls: Mapping[tuple[str, str], SourceCalls] = field(default_factory=dict)
    platform: Mapping[tuple[str, str], PlatformCalls] = field(default_factory=dict)


def source_counts(
    connection: sa.Connection,
    account: str,
    trackings: Sequence[Tracking],
    *,
    begin: date,
    end: date,
    zone: ZoneInfo,
) -> SourceCounts:
    """The calls that began on a local day in ``[begin, end)``.

    A call that a platform counted is that campaign's, whichever number was called: it is counted once.
    """
    since, until = _moment(begin, zone), _moment(end, zone)
    found: dict[tuple[str, str], SourceCalls] = {}
    a, c = ad_calls.c, calls.c
    told = sa.exists().where(a.account_id == account, a.call_id == c.id, a.fit.in_(FOUND))
    for (first, last), stands in _by_days(trackings, begin, end, zone).items():
        mine = (
            (c.account_id == account) & c.called.in_(sorted(stands)) & (c.started_at >= first) & (c.started_at < last)
        )  # fmt: skip
        found |= {key: found.get(key, SourceCalls()) for key in stands.values()}
        for called, *tally in connection.execute(
            sa.select(c.called, *_TALLY).where(mine, _OVER, ~told).group_by(c.called)
        ):
            found[stands[called]] = found[stands[called]].and_also(_counted(*tally))
    theirs = (a.account_id == account) & (a.started_at >= since) & (a.started_at < until)
    query = (
        sa.select(a.source, a.campaign, *_TALLY)
        .join_from(ad_calls, calls, c.id == a.call_id)
        .where(theirs, a.fit.in_(FOUND), c.account_id == account, _OVER)
        .group_by(a.source, a.campaign)
    )
    for source, campaign, *tally in connection.execute(query):
        found[source, campaign] = found.get((source, campaign), SourceCalls()).and_also(_counted(*tally))
    by_fit = (
        sa.select(a.source, a.campaign, a.fit, sa.func.count().label("n"))
        .where(theirs)
        .group_by(a.source, a.campaign, a.fit)
    )
    return SourceCounts(calls=found, platform=_platform(connection.execute(by_fit)))


_OVER = (calls.c.direction == Direction.INBOUND) & (calls.c.progress == str(Progress.ENDED))
_TALLY = (
    sa.func.sum(sa.case((calls.c.disposition == "answered", 1), else_=0)),
    sa.func.sum(sa.case((calls.c.disposition == "missed", 1), else_=0)),
)


def _counted(answered: Any, missed: Any) -> SourceCalls:
    return SourceCalls(answered=int(answered or 0), missed=int(missed or 0))


def _platform(rows: Iterable[sa.Row[Any]]) -> dict[tuple[str, str], PlatformCalls]:
    found: dict[tuple[str, str], PlatformCalls] = {}
    for row in rows:
        source, campaign, fit, n = row.source, row.campaign, row.fit, row.n
        before = found.get((source, campaign), PlatformCalls())
        found[source, campaign] = PlatformCalls(
            told=before.told + n,
            found=before.found + (n if fit in FOUND else 0),
            doubtful=before.doubtful + (n if fit == "doubtful" else 0),
        )
    return found


def _by_days(
    trackings: Iterable[Tracking], begin: date, end: date, zone: ZoneInfo
) -> dict[tuple[datetime, datetime], dict[str, tuple[str, str]]]:
    """What the written forms of numbers stand for, by the moments between which they do: source and campaign."""
    found: dict[tuple[datetime, datetime], dict[str, tuple[str, str]]] = {}
    for tracking in trackings:
        first, last = _days_of(tracking, begin, end, zone)
        if first < last:
            forms = dict.fromkeys(written_forms(tracking.number), (tracking.source, tracking.campaign))
            found.setdefault((first, last), {}).update(forms)
    return found


def _days_of(tracking: Tracking, begin: date, end: date, zone: ZoneInfo) -> tuple[datetime, datetime]:
    last = end if tracking.ends is None else min(end, tracking.ends + timedelta(days=1))
    return _moment(max(begin, tracking.begins), zone), _moment(max(last, date.min), zone)


def _moment(day: date, zone: ZoneInfo) -> datetime:
    return datetime.combine(day, time(), zone).astimezone(UTC)
