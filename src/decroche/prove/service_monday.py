"""Monday's letter: three figures of the last week and one decision; and the month's variances from its targets."""

from __future__ import annotations

import hashlib
from datetime import date, datetime, timedelta

import msgspec

from decroche.ledger.store import Ledger
from decroche.model.board import Measure, Period, Scope
from decroche.prove.kpis.targets import Verdict
from decroche.prove.monday import FIGURES, OVER_FOUR_WEEKS, Decision, MondayFigures, MonthFigures, Variance
from decroche.prove.reports.actions import peak_of
from decroche.prove.service_board import board
from decroche.prove.service_causes import why
from decroche.prove.service_desk import Desk
from decroche.prove.service_targets import Held, held, last_week


def monday_figures(
    desk: Desk,
    ledger: Ledger,
    account: str,
    *,
    business: str,
    now: datetime,
    within: tuple[str, ...] | None = None,
) -> MondayFigures:
    """The letter of the last whole week, of the sites ``within`` (None: all). Raises NotReady, KeyError."""
    today = now.astimezone(desk.business(account).clocks.clock(None)).date()
    week, scope = last_week(today), Scope(within=within)
    found = board(desk, account, period=week, scope=scope)
    # What becomes of a missed person takes a week to be known: it is told of four weeks.
    month = board(desk, account, period=Period(week.end - 4 * (week.end - week.start), week.end), scope=scope)
    measures = {measure.key: measure for measure in found.measures}
    later = {measure.key: measure for measure in month.measures if measure.key in OVER_FOUR_WEEKS}
    before = {**found.before, **{key: month.before[key] for key in OVER_FOUR_WEEKS if key in month.before}}
    chosen = tuple(later.get(key, measures[key]) for key in FIGURES)
    decision = _decision(desk, ledger, account, week, scope, now=now)
    offered, missed = (int(measures[key].value or 0) for key in ("offered", "missed"))
    told = (week, offered, missed, [(each.key, each.value, each.n) for each in chosen], decision)
    return MondayFigures(
        business=business,
        made_at=now,
        period=week,
        offered=offered,
        missed=missed,
        figures=tuple(_bare(each) for each in chosen),
        before={key: _bare(before[key]) for key in FIGURES if key in before},
        decision=decision,
        fingerprint=_digest(told),
    )


def _decision(desk: Desk, ledger: Ledger, account: str, week: Period, scope: Scope, *, now: datetime) -> Decision:
    """A missed target first, the farthest from it relative to itself; else the hours in which most was missed."""
    if scope.within is None:
        off = [
            each for each in held(desk, ledger, account, period=week, now=now) if each.standing.verdict is Verdict.OFF
        ]
        if off:
            worst = max(off, key=_weight)
            return Decision(
                word="deviation",
                values={
                    "kpi": worst.target.kpi,
                    "value": worst.standing.value or 0.0,
                    "wanted": worst.target.wanted,
                    "action": worst.target.action,
                    "days": worst.target.days,
                    "n": worst.standing.n,
                },
            )
    window = peak_of(why(desk, account, period=week, scope=scope).week)
    if window is None:
        return Decision(word="nothing")
    return Decision(
        word="peak",
        values={
            "weekday": window.weekday,
            "first": window.first,
            "last": window.last,
            "missed": window.missed,
            "offered": window.offered,
        },
    )


def _weight(found: Held) -> tuple[float, str]:
    value = found.standing.value or 0.0
    aimed = value + found.standing.distance if found.band and found.band.low is not None else value
    return found.standing.distance / aimed if aimed else found.standing.distance, found.target.id


def last_month(today: date) -> Period:
    """The last whole month before ``today``."""
    end = today.replace(day=1)
    return Period((end - timedelta(days=1)).replace(day=1), end)


def month_figures(
    desk: Desk, ledger: Ledger, account: str, *, business: str, now: datetime, period: Period | None = None
) -> MonthFigures:
    """The variances of a month (the last whole one) from all targets. Raises as ``monday_figures``."""
    today = now.astimezone(desk.business(account).clocks.clock(None)).date()
    month = period or last_month(today)
    found = board(desk, account, period=month)
    measures = {measure.key: measure for measure in found.measures}
    variances = tuple(variance(each) for each in held(desk, ledger, account, period=month, now=now))
    offered, missed = (int(measures[key].value or 0) for key in ("offered", "missed"))
    told = (month, offered, missed, [(each.kpi, each.site, each.wanted, each.standing) for each in variances])
    return MonthFigures(
        business=business,
        made_at=now,
        period=month,
        offered=offered,
        missed=missed,
        figures=tuple(_bare(measures[key]) for key in FIGURES),
        before={key: _bare(found.before[key]) for key in FIGURES if key in found.before},
        variances=variances,
        fingerprint=_digest(told),
    )


def variance(found: Held) -> Variance:
    """A target as the month's report says it."""
    task = "none" if found.last is None or found.last.item is None else "open" if found.last.done_at is None else "done"
    return Variance(
        kpi=found.target.kpi,
        site=found.target.site,
        wanted=found.target.wanted,
        measure=_bare(found.measure),
        before=None if found.before is None else _bare(found.before),
        standing=found.standing,
        action=found.target.action,
        days=found.target.days,
        task=task,
        effect=found.effect,
    )


def _bare(measure: Measure) -> Measure:
    """A measure without its lists: an archive has none."""
    return Measure(
        **{name: getattr(measure, name) for name in Measure.__dataclass_fields__ if name not in {"opens", "of"}}
    )


def _digest(told: object) -> str:
    return hashlib.blake2b(msgspec.json.encode(told), digest_size=8).hexdigest()


def written(found: MondayFigures | MonthFigures) -> bytes:
    """The figures as JSON, for the archive."""
    return msgspec.json.encode(found)


def read_monday(text: str) -> MondayFigures:
    """The figures of an archived letter. Raises msgspec.DecodeError."""
    return msgspec.json.decode(text, type=MondayFigures)


def read_month(text: str) -> MonthFigures:
    """The figures of an archived month. Raises msgspec.DecodeError."""
    return msgspec.json.decode(text, type=MonthFigures)
