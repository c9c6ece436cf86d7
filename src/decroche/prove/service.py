"""Proves recovery from the ledger: what became of missed callers, how fast, and what a hold-out shows of it."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from zoneinfo import ZoneInfo

import sqlalchemy as sa

from decroche.ledger.bookings import Promises, promises
from decroche.ledger.businesses import business
from decroche.ledger.draws import ExperimentLog, everybody_drawn, experiments, first_remedy, variants_of
from decroche.ledger.recovery_rows import RecoveryRow, recovery_rows
from decroche.ledger.store import Ledger
from decroche.ledger.voicemails import Listening, listening
from decroche.model.figures import Rate
from decroche.model.hours import OpeningHours
from decroche.model.money import Money
from decroche.prove.experiments import CALLERS_AT_LEAST, Caller
from decroche.prove.looks import Standing, look, plan_for
from decroche.prove.outcomes import JourneyRow, Lapse, Outcomes, outcome, outcomes
from decroche.understand.business import Business
from decroche.understand.business_minutes import business_minutes
from decroche.understand.hours import hours_told
from decroche.understand.journeys import SILENCE

#: The arms of a hold-out: who is left alone, and who is not.
CONTROL, TREATED = "holdout", "act"
#: The days from which the pace of callers is read, and the days before recovery from which their return is.
PACE_DAYS, BEFORE_DAYS = 28, 90
_DAY = timedelta(days=1)


@dataclass(frozen=True, slots=True, kw_only=True)
class Experiment:
    """A hold-out, or two variants: what its log says, and how it stands. ``left_out`` were drawn and count nowhere.

    ``control`` and ``treated`` are the arms that are compared.

    They are those whose miss was learned too late, was contradicted later, or who are erased.
    """

    log: ExperimentLog
    standing: Standing
    left_out: int
    control: str = CONTROL
    treated: str = TREATED


@dataclass(frozen=True, slots=True, kw_only=True)
class Pace:
    """What a hold-out is planned from: different people missed a day lately, and how many are recovered without it.

    ``before``: ``base`` is of the people missed a week or more before the first text or callback; else of those missed
    lately, remedy included, for want of better.
    """

    callers_per_day: float
    base: Rate
    before: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class Proof:
    """All of it. Journeys, promises and voicemails are of ``[since, until)``; experiments of all their time.

    ``hours_told``: whether open hours are known; without them every minute is one of business. ``site`` narrows the
    journeys and the promises: chance draws for the whole business, and voicemails are counted for all of it.
    """

    since: datetime
    until: datetime
    now: datetime
    site: str | None
    hours_told: bool
    figures: Outcomes
    promises: Promises
    listening: Listening
    experiments: tuple[Experiment, ...]
    pace: Pace


def prove(
    ledger: Ledger,
    account: str,
    *,
    since: datetime,
    until: datetime,
    now: datetime,
    key: bytes,
    site: str | None = None,
    value: Money | None = None,
) -> Proof:
    """What recovery brought an account. ``key`` is that of the account's fingerprints.

    ``value`` is what a caller who is won brings where nothing is known of them alone; without it nothing is said of
    money. Raises KeyError when there is no such account.
    """
    with ledger.reading() as connection:
        about = business(connection, account, now)
        rows = recovery_rows(connection, account, since=since, until=until, site=site)
        return Proof(
            since=since,
            until=until,
            now=now,
            site=site,
            hours_told=bool(about.hours),
            figures=outcomes(_timed(rows, about, now)),
            promises=promises(connection, account, since=since, until=until, site=site),
            listening=listening(connection, account, since=since, until=until),
            experiments=tuple(
                each
                for log in experiments(connection, account)
                if 0 < log.share < 1
                for each in _compared(connection, account, log, now=now, key=key, value=value)
            ),
            pace=_pace(connection, account, now=now),
        )


def _timed(rows: Iterable[RecoveryRow], about: Business, now: datetime) -> Iterator[JourneyRow]:
    for row in rows:
        hours = hours_told(about.hours, site=row.site or None, department=None)
        zone = ZoneInfo(about.zones.get(row.site, about.zone))
        yield JourneyRow(
            outcome=outcome(row.recovered_by, over=row.state == "expired"),
            ripe=row.opened_at + SILENCE <= now,
            attempt=_lapse(row.opened_at, row.attempt_at, hours, zone),
            contact=_lapse(row.opened_at, row.contact_at, hours, zone),
            booking=_lapse(row.opened_at, row.booked_at, hours, zone),
        )


def _lapse(start: datetime, end: datetime | None, hours: OpeningHours | None, zone: ZoneInfo) -> Lapse | None:
    if end is None:
        return None
    elapsed = (end - start) / timedelta(minutes=1)
    return Lapse(elapsed, elapsed if hours is None else business_minutes(start, end, hours=hours, zone=zone))


def _compared(
    connection: sa.Connection, account: str, log: ExperimentLog, *, now: datetime, key: bytes, value: Money | None
) -> Iterator[Experiment]:
    """A hold-out against all others, or each variant against the first, which share the risk of being wrong."""
    variants = [name for name, _ in variants_of(log.name)]
    if not variants and set(log.drawn) <= {CONTROL, TREATED}:
        variants = [CONTROL, TREATED]
    if len(variants) < 2:
        return
    callers = _callers(connection, account, log, key=key, value=value)
    plan = replace(plan_for(log.share), comparisons=len(variants) - 1)
    for treated in variants[1:]:
        arms = {variants[0], treated}
        standing = look(
            [caller for caller in callers if caller.arm in arms],
            control=variants[0],
            treated=treated,
            plan=plan,
            began_at=log.began_at,
            now=now,
            margin=None if value is None else value * plan.margin,
        )
        people = len({caller.person for caller in callers if caller.arm in arms})
        drawn = sum(n for arm, n in log.drawn.items() if arm in arms)
        yield Experiment(log=log, standing=standing, left_out=drawn - people, control=variants[0], treated=treated)


def _callers(
    connection: sa.Connection, account: str, log: ExperimentLog, *, key: bytes, value: Money | None
) -> list[Caller]:
    callers = []
    for run, drawn in everybody_drawn(connection, account, since=log.began_at, key=key):
        if drawn.experiment != log.name or not drawn.counted:
            continue
        amount = value if value is None or run.value is None else Money.of(run.value, value.currency)
        callers.append(
            Caller(
                person=run.person,
                arm=drawn.arm,
                assigned_at=drawn.at,
                recovered_at=drawn.answered_at,
                recovered_by=drawn.answered_by,
                amount=amount,
            )
        )
    return callers


def _pace(connection: sa.Connection, account: str, *, now: datetime) -> Pace:
    lately = list(recovery_rows(connection, account, since=now - PACE_DAYS * _DAY, until=now))
    days = max(1.0, (now - min((row.opened_at for row in lately), default=now)) / _DAY)
    first = first_remedy(connection, account) or now
    begin, end = first - BEFORE_DAYS * _DAY, first - SILENCE
    base = _recovered(recovery_rows(connection, account, since=begin, until=end), by=first)
    known = base.denominator >= CALLERS_AT_LEAST
    return Pace(
        callers_per_day=len({row.person for row in lately}) / days,
        base=base if known else _recovered((row for row in lately if row.opened_at + SILENCE <= now), by=now),
        before=known,
    )


def _recovered(rows: Iterable[RecoveryRow], *, by: datetime) -> Rate:
    """Of the people whose first need was decided then, those who were recovered."""
    found: dict[int, bool] = {}
    for row in rows:
        if row.state != "open" and row.closed_at is not None and row.closed_at <= by:
            found.setdefault(row.person, row.recovered_by is not None)
    return Rate(sum(found.values()), len(found))
