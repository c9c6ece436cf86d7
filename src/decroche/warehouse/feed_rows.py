"""Writes calls, journeys and days as the flat tables that BI tools read. The twin of the views of PostgreSQL."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass
from datetime import date, timedelta

import ibis
import ibis.expr.types as ir

from decroche.ledger.feed_words import said
from decroche.model.call import Direction, Disposition, MissedReason
from decroche.model.feed import CALLS, DAILY, JOURNEYS, TOLD_IN, Column, Feed
from decroche.understand.live_journeys import LiveState
from decroche.warehouse.live_columns import Columns
from decroche.warehouse.prepared import Clocks, Years, by_local_clock
from decroche.warehouse.tallies import with_verdict_columns

#: What the writer of a file turns into columns of the feed: how new a row is, and whose it is.
REVISION, PERSON = "revision", "person"


@dataclass(frozen=True, slots=True, kw_only=True)
class Asked:
    """Which rows are wanted: of local days ``[since, until)``, of ``sites`` (None: all), changed after ``after``.

    ``after`` is a revision, and the id of a row of it; ``limit`` the most rows. With a limit, or ``ordered``, calls and
    journeys come in the order in which they changed.
    """

    since: date | None = None
    until: date | None = None
    sites: Collection[str] | None = None
    after: tuple[int, str] = (0, "")
    limit: int | None = None
    ordered: bool = False


def feed_rows(columns: Columns, feed: Feed, clocks: Clocks, asked: Asked, *, answer_within_s: float) -> ir.Table:
    """The rows of CALLS, JOURNEYS or DAILY: their columns, and what the writer makes others of."""
    years = _years(columns)
    if feed is CALLS:
        return _calls(columns.calls, clocks, years, asked)
    if feed is JOURNEYS:
        return _journeys(columns.journeys, clocks, years, asked)
    assert feed is DAILY
    return _daily(columns, clocks, years, asked, answer_within_s)


def _calls(calls: ir.Table, clocks: Clocks, years: Years, asked: Asked) -> ir.Table:
    rows = with_verdict_columns(_changed(_there(calls, asked), asked))
    rows = _timed(rows, "started", clocks, years, asked)
    reason = ibis.ifelse(rows.missed, rows.reason, ibis.null("string"))
    rows = rows.mutate(
        call_id=rows.id,
        missed_reason=reason,
        **{name: rows[name].fill_null("") for name in ("queue", "department", "site")},
        is_offered=_flag(rows.offered),
        is_answered=_flag(rows.offered & ~rows.missed),
        is_missed=_flag(rows.missed),
        is_short_abandon=_flag(rows.missed & (rows.reason == MissedReason.SHORT_ABANDON.value)),
        is_voicemail=_flag(rows.voicemail),
        is_after_hours=_flag(rows.after_hours),
        **{name: _whole(rows[name]) for name in ("ring_s", "talk_s", "hold_s", "wrap_s", "total_s")},
        wait_s=_whole(rows.waited_s),
    )
    return _shown(rows, CALLS, asked)


def _journeys(journeys: ir.Table, clocks: Clocks, years: Years, asked: Asked) -> ir.Table:
    rows = _timed(_changed(_there(journeys, asked), asked), "opened", clocks, years, asked)
    recovered = rows.state == LiveState.RECOVERED.value
    rows = rows.mutate(
        journey_id=rows.id,
        first_call_id=rows.first_call,
        last_missed_at=rows.last_missed,
        closed_at=rows.closed,
        expires_at=rows.expires,
        recovery_s=ibis.ifelse(recovered, rows.closed.delta(rows.opened, unit="second"), ibis.null("int64")),
        **{f"is_{state}": _flag(rows.state == state.value) for state in LiveState},
    )
    return _shown(rows, JOURNEYS, asked)


def _daily(columns: Columns, clocks: Clocks, years: Years, asked: Asked, answer_within_s: float) -> ir.Table:
    place = dict.fromkeys(("site", "department", "queue"), "")
    every = with_verdict_columns(_there(columns.calls, asked))
    every = every.mutate(**{name: every[name].fill_null("") for name in place})
    ours = (every.direction == Direction.OUTBOUND.value).fill_null(False)
    calls = _timed(every.mutate(ours=ours).filter(every.offered | ours), "started", clocks, years, asked)
    taken, at = calls.offered & ~calls.missed, ("local_date", *place)
    of_calls = calls.group_by(at).agg(
        revision=calls.revision.max(),
        offered=_sum(calls.offered),
        answered=_sum(taken),
        missed=_sum(calls.missed),
        short_abandons=_sum(calls.missed & (calls.reason == MissedReason.SHORT_ABANDON.value)),
        answered_within=_sum(taken & (calls.waited_s <= answer_within_s)),
        voicemails=_sum(calls.missed & calls.voicemail),
        missed_after_hours=_sum(calls.missed & (calls.reason == MissedReason.AFTER_HOURS.value)),
        waits=_sum(taken & calls.waited_s.notnull()),
        wait_s=_total(calls.waited_s, taken),
        talks=_sum(taken & calls.talk_s.notnull()),
        talk_s=_total(calls.talk_s, taken),
        hold_s=_total(calls.hold_s, taken),
        wrap_s=_total(calls.wrap_s, taken),
        outbound=_sum(calls.ours),
        outbound_reached=_sum(calls.ours & (calls.disposition == Disposition.ANSWERED.value)),
    )
    first = every.select(first_id="id", department="department", queue="queue")
    opened = _there(columns.journeys, asked).filter(lambda rows: rows.state != LiveState.WITHDRAWN.value)
    opened = opened.left_join(first, opened.first_call == first.first_id)
    opened = opened.mutate(**{name: opened[name].fill_null("") for name in place})
    opened = _timed(opened, "opened", clocks, years, asked)
    states = {name: _sum(opened.state == name) for name in ("open", "recovered", "expired")}
    of_journeys = opened.group_by(at).agg(
        revision=opened.revision.max(),
        journeys_opened=opened.count(),
        **{f"journeys_{name}": count for name, count in states.items()},
    )
    counted = [each.name for each in DAILY.columns if each.adds]
    both = _padded(of_calls, at, counted).union(_padded(of_journeys, at, counted))
    days = both.group_by(at).agg(revision=both.revision.max(), **{name: both[name].sum() for name in counted})
    if asked.after[0]:
        # A call that changed may have left another place of its day.
        changed = days.filter(days.revision > asked.after[0]).select("local_date").distinct()
        days = days.semi_join(changed, "local_date")
    days = days.mutate(
        **_calendar(days.local_date),
        **{name: days[name].cast("int64") for name in counted},
        answer_within_s=ibis.literal(float(answer_within_s)),
    )
    # Words and moments of change are made when the file is written.
    return days.order_by(at).select(
        *(each.name for each in DAILY.columns if each.name in days.columns), REVISION
    )  # fmt: skip


def _padded(rows: ir.Table, at: Collection[str], counted: Collection[str]) -> ir.Table:
    nothing = {name: ibis.literal(0, "int64") for name in counted if name not in rows.columns}
    rows = rows.mutate(**nothing, **{name: rows[name].cast("int64") for name in counted if name in rows.columns})
    return rows.select(*at, REVISION, *counted)


def _shown(rows: ir.Table, feed: Feed, asked: Asked) -> ir.Table:
    made = {name: words for each in feed.told for name, words in _said(rows, each).items()}
    rows = rows.mutate(**made)
    names = [each.name for each in feed.columns if each.name in rows.columns]
    # Putting a million rows in order takes more memory than all else together.
    if asked.ordered or asked.limit is not None:
        rows = rows.order_by([REVISION, feed.key[0]])
    rows = rows.limit(asked.limit) if asked.limit is not None else rows
    return rows.select(*names, REVISION, PERSON)


def _said(rows: ir.Table, column: Column) -> dict[str, ir.Value]:
    if not column.says:
        return {}
    told = rows[column.name]
    return {
        f"{column.name}_{code}": ibis.cases(
            *((told == value, words) for value, words in said(column, code).items()), else_=ibis.null("string")
        )
        for code in TOLD_IN
    }


def _timed(rows: ir.Table, begin: str, clocks: Clocks, years: Years, asked: Asked) -> ir.Table:
    """``rows`` with the moment ``begin`` by the clock of the site, of the days that are asked for."""
    local = by_local_clock(rows, begin, clocks, years)
    rows = rows.mutate(**{f"{begin}_local": local, f"{begin}_at": rows[begin]})
    local = rows[f"{begin}_local"]
    rows = rows.mutate(local_date=local.date(), local_hour=local.hour().cast("int64"), tz=_zone(rows, clocks))
    if asked.since is not None:
        rows = rows.filter(rows.local_date >= asked.since)
    if asked.until is not None:
        rows = rows.filter(rows.local_date < asked.until)
    return rows.mutate(**_calendar(rows.local_date))


def _calendar(day: ir.DateValue) -> dict[str, ir.Value]:
    return {"iso_week": day.strftime("%G-W%V"), "dow": (day.day_of_week.index() + 1).cast("int64")}


def _zone(rows: ir.Table, clocks: Clocks) -> ir.Value:
    if not clocks.zones:
        return ibis.literal(clocks.zone)
    return ibis.cases(*((rows.site == site, zone) for site, zone in clocks.zones.items()), else_=clocks.zone)


def _there(rows: ir.Table, asked: Asked) -> ir.Table:
    if asked.sites is None:
        return rows
    return rows.filter(rows.site.isin(sorted(asked.sites)) if asked.sites else ibis.literal(False))


def _changed(rows: ir.Table, asked: Asked) -> ir.Table:
    revision, id = asked.after
    if not revision:
        return rows
    return rows.filter((rows.revision > revision) | ((rows.revision == revision) & (rows.id > id)))


def _years(columns: Columns) -> Years:
    span = columns.engine.records(
        columns.calls.agg(first=columns.calls.started.min(), last=columns.calls.started.max())
    )
    first, last = span[0]["first"], span[0]["last"]
    if first is None:
        return (2026, 2026)
    return ((first - timedelta(days=366)).year, (last + timedelta(days=366)).year)


def _flag(condition: ir.BooleanValue) -> ir.IntegerValue:
    found: ir.IntegerValue = condition.fill_null(False).cast("int64")
    return found


def _sum(condition: ir.BooleanValue) -> ir.IntegerValue:
    return condition.fill_null(False).cast("int64").sum()


def _total(seconds: ir.NumericValue, where: ir.BooleanValue) -> ir.NumericValue:
    return seconds.sum(where=where).fill_null(0).round().cast("int64")


def _whole(seconds: ir.NumericValue) -> ir.IntegerValue:
    found: ir.IntegerValue = seconds.round().cast("int64")
    return found
