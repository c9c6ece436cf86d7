"""What callers say of a period, by place and over time, with the resolution that calls show beside it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date, timedelta

import sqlalchemy as sa

from decroche.ledger.survey_reading import SurveyScope, counted, ever_asked, let_be_by_reason
from decroche.model.board import Measure, Missing, Period, Scope, Unit
from decroche.model.figures import Rate
from decroche.prove.kpis.board import LEAST, absent, share
from decroche.prove.kpis.satisfaction import SurveyTally, survey_measures
from decroche.prove.service_board import NeedsSupervise, counting_of, notes_of
from decroche.prove.service_desk import Business, Desk
from decroche.warehouse.live_columns import Columns
from decroche.warehouse.prepared import Clocks
from decroche.warehouse.resolution import resolution

#: The days after a first call within which the same person must not call again, for the need to count as met.
WINDOWS = (1, 3, 7, 14, 30)
#: Weeks that the trend goes back.
WEEKS = 12
_WEEK = timedelta(days=7)


@dataclass(frozen=True, slots=True, kw_only=True)
class Satisfaction:
    """What was said of a period and of the one before. ``asked``: anybody ever was.

    ``let_be`` are the chosen contacts that were not asked about, by why.
    """

    period: Period
    asked: bool
    measures: tuple[Measure, ...]
    before: Mapping[str, Measure]
    let_be: Mapping[str, int]


@dataclass(frozen=True, slots=True, kw_only=True)
class Window:
    """Resolution within so many ``days``: gross, and without the needs that no first call could meet."""

    days: int
    gross: Measure
    net: Measure


def satisfaction(
    connection: sa.Connection, account: str, clocks: Clocks, *, period: Period, scope: Scope, supervise: bool
) -> Satisfaction:
    """What callers said who were asked in a period. Raises NeedsSupervise for one agent without the right."""
    if scope.agent is not None and not supervise:
        raise NeedsSupervise
    before = Period(period.start - (period.end - period.start), period.start)
    now, then = (_tally(connection, account, clocks, days, scope) for days in (period, before))
    since, until = clocks.bounds(period, scope.site)
    return Satisfaction(
        period=period,
        asked=ever_asked(connection, account),
        measures=tuple(survey_measures(now)),
        before={measure.key: measure for measure in survey_measures(then)},
        let_be=let_be_by_reason(connection, account, since=since, until=until, scope=_where(scope)),
    )


def by_place(
    connection: sa.Connection,
    account: str,
    clocks: Clocks,
    *,
    by: str,
    period: Period,
    scope: Scope,
    supervise: bool,
) -> list[tuple[str, tuple[Measure, ...]]]:
    """The measures of each value of a column (site, department, queue, agent, after), the most answers first.

    What has too few answers says so and shows no figure. Raises NeedsSupervise for agents without the right.
    """
    if (by == "agent" or scope.agent is not None) and not supervise:
        raise NeedsSupervise
    since, until = clocks.bounds(period, scope.site)
    found = counted(connection, account, since=since, until=until, scope=_where(scope), by=by)
    ordered = sorted(found.items(), key=lambda each: (-each[1].answered, each[0]))
    return [
        (name, tuple(survey_measures(SurveyTally(asked=each.asked, answered=each.answered, values=each.values))))
        for name, each in ordered
    ]


def by_week(
    connection: sa.Connection, account: str, clocks: Clocks, *, today: date, scope: Scope
) -> list[tuple[date, tuple[Measure, ...]]]:
    """The measures of each of the last weeks, from the first; the last one goes on."""
    monday = today - timedelta(days=today.weekday())
    starts = [monday - number * _WEEK for number in range(WEEKS - 1, -1, -1)]
    return [
        (start, tuple(survey_measures(_tally(connection, account, clocks, Period(start, start + _WEEK), scope))))
        for start in starts
    ]


def windows(
    desk: Desk, account: str, *, period: Period, scope: Scope, days: Sequence[int] = WINDOWS
) -> tuple[Window, ...]:
    """First-call resolution that the calls show, by how long the person stayed away. Raises NotReady.

    Of one site or of all: somebody who calls another queue calls again.
    """
    longest, where = max(days), Scope(site=scope.site, within=scope.within)

    def find(columns: Columns, about: Business) -> tuple[Window, ...]:
        today = desk.now().astimezone(about.clocks.clock(scope.site)).date() + timedelta(days=1)
        whole = Period(period.start, max(period.end, today))
        before = Period(period.start - timedelta(days=longest + 1), period.start)
        since, until = (about.clocks.bounds(each)[place] for place, each in enumerate((before, whole)))
        counting = replace(
            counting_of(desk, columns, about, whole, before, where),
            noted=lambda: notes_of(desk, columns, since, until, days=longest),
        )
        found = []
        for number in days:
            gross, net = resolution(counting, period, days=number)
            found.append(
                Window(
                    days=number,
                    gross=share("first_call_resolution", gross),
                    net=_net(net.rate, net.coded),
                )
            )
        return tuple(found)

    return desk.answer(account, ("resolution", period, where, tuple(days)), find)


def _net(rate: Rate, coded: int) -> Measure:
    """Only where outcomes are noted of as many first contacts as any share needs."""
    key = "first_call_resolution_net"
    if coded >= LEAST:
        return replace(share(key, rate), coded=coded)
    why = Missing.NOT_ENOUGH if coded else Missing.OUTCOMES
    return replace(absent(key, Unit.SHARE, why), n=coded, least=LEAST, coded=coded)


def _tally(connection: sa.Connection, account: str, clocks: Clocks, period: Period, scope: Scope) -> SurveyTally:
    since, until = clocks.bounds(period, scope.site)
    found = counted(connection, account, since=since, until=until, scope=_where(scope)).get("")
    if found is None:
        return SurveyTally()
    return SurveyTally(asked=found.asked, answered=found.answered, values=found.values)


def _where(scope: Scope) -> SurveyScope:
    return SurveyScope(
        site=scope.site, department=scope.department, queue=scope.queue, agent=scope.agent, within=scope.within
    )
