"""Counts calls for the desk, whole or split by anything. The twin of ``prove.kpis.calls`` and ``.first_contact``."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime, timedelta
from functools import lru_cache
from typing import Any

import ibis
import ibis.expr.types as ir

from decroche.model.board import CallTally, Step
from decroche.model.call import ABANDONED, Direction, Disposition, MissedReason
from decroche.model.figures import Durations, HandleTime, Rate, ServiceLevelTerms
from decroche.warehouse.engine import Engine
from decroche.warehouse.kinds import OUT_OF_REACH

#: A value by which calls are split: a word, a day, an hour, or None where they are not.
Key = Any
_MICROSECONDS = 1_000_000
#: What is kept of calls for the questions about one period: of now, of the period before, or (null) of neither.
PART_SCHEMA = {
    "now": "boolean", "started": "timestamp(6)", "local_started": "timestamp(6)", "person": "int64", "site": "string",
    "department": "string", "queue": "string", "line": "string", "agent": "string", "hour_class": "string",
    "reason": "string", "offered": "boolean", "missed": "boolean", "reached": "boolean", "voicemail": "boolean",
    "waited_s": "float64", "talk_s": "float64", "hold_s": "float64", "wrap_s": "float64",
}  # fmt: skip
STEPS = {Step.HOUR.value: "h", Step.DAY.value: "D", Step.WEEK.value: "W", Step.MONTH.value: "M"}
_PART = "asked_part"


def with_verdict_columns(calls: ir.Table) -> ir.Table:
    """The calls of the lake with ``missed``, ``offered``, ``waited_s``, and ``reached``: our call was answered."""
    taken = (calls.direction == Direction.INBOUND.value) & (calls.disposition == Disposition.ANSWERED.value)
    missed = (calls.disposition == Disposition.MISSED.value).fill_null(False)
    return calls.mutate(
        missed=missed,
        offered=missed | taken.fill_null(False),
        reached=(
            (calls.direction == Direction.OUTBOUND.value) & (calls.disposition == Disposition.ANSWERED.value)
        ).fill_null(False),
        waited_s=ibis.coalesce(
            calls.wait_s, calls.ring_s, ibis.ifelse(calls.answered, ibis.null("float64"), calls.total_s)
        ),
    )


def call_tallies(
    engine: Engine, part: str, *, by: str | None, answer_within_s: float, short_abandon_s: float
) -> dict[tuple[bool, Key], CallTally]:
    """The counts of the stored calls ``part`` by (now, value): ``now`` or before, and the value of ``by`` or None."""
    counts, reasons = _questions(by, answer_within_s)
    by_reason: dict[Key, dict[str, Mapping[str, Any]]] = {}
    for row in engine.records_of(_of(reasons, part)):
        by_reason.setdefault((row["now"], row["key"]), {})[row["reason"] or MissedReason.UNKNOWN.value] = row
    return {
        (row["now"], row["key"]): _tally(
            row, by_reason.get((row["now"], row["key"]), {}), answer_within_s, short_abandon_s
        )
        for row in engine.records_of(_of(counts, part))
    }


@lru_cache(maxsize=256)
def _questions(by: str | None, answer_within_s: float) -> tuple[str, str]:
    """The counts, and the missed calls by reason, in SQL that asks the table ``_PART``."""
    calls = ibis.table(PART_SCHEMA, name=_PART)
    offered = calls.filter(calls.offered & calls.now.notnull())
    missed, reason = offered.missed, offered.reason
    taken = ~missed
    within = (offered.waited_s <= answer_within_s).fill_null(False)
    reachable = missed & ~reason.isin([each.value for each in OUT_OF_REACH]).fill_null(False)
    known = offered.waited_s.notnull()
    handle = offered.talk_s + offered.hold_s.fill_null(0) + offered.wrap_s.fill_null(0)
    abandoned = missed & reason.isin([each.value for each in ABANDONED]).fill_null(False)
    short = missed & (reason == MissedReason.SHORT_ABANDON.value).fill_null(False)
    counts: dict[str, ir.Value] = {
        "offered": offered.count(),
        "missed": missed.sum(),
        "abandoned": abandoned.sum(),
        "short": short.sum(),
        "voicemail": (missed & offered.voicemail).sum(),
        "a_t": (taken & within).sum(),
        "b": reachable.sum(),
        "b_t": (reachable & within).sum(),
        "b_s": (reachable & short).sum(),
        "known": ((taken | reachable) & known).sum(),
        "agents": offered.agent.nunique(where=taken),
        **_durations("wait", offered.waited_s, taken),
        **_durations("gone", offered.waited_s, abandoned),
        **_durations("handle", handle, taken),
        **_durations("talk", offered.talk_s, taken),
        **_durations("hold", offered.hold_s, taken),
        **_durations("wrap", offered.wrap_s, taken),
    }
    key = _key(offered, by)
    kinds = offered.filter(missed).select("now", "reason", within=within, key=key)
    return (
        Engine.sql(offered.group_by("now", key=key).agg(**counts)),
        Engine.sql(kinds.group_by("now", "key", "reason").agg(missed=kinds.count(), within=kinds.within.sum())),
    )


def _key(table: ir.Table, by: str | None) -> ir.Value:
    """The value of a column (of a step: the local beginning of its stretch), empty words for those that have none."""
    if by is None:
        return ibis.null("string")
    if by in STEPS:
        return table.local_started.truncate(STEPS[by]).cast("timestamp")
    return table[by].fill_null("")


def _of(question: str, part: str) -> str:
    return question.replace(f'"{_PART}"', f'"{part}"')


def nothing_counted(*, answer_within_s: float, short_abandon_s: float) -> CallTally:
    """The tally of no calls."""
    row = dict.fromkeys(
        ("offered", "missed", "abandoned", "short", "voicemail", "a_t", "b", "b_t", "b_s", "known", "agents"), 0
    )
    none = {f"{name}_{part}": None for name in _DURATIONS for part in ("mean", "quantiles")}
    empty: dict[str, Any] = {**row, **none, **{f"{name}_n": 0 for name in _DURATIONS}}
    return _tally(empty, {}, answer_within_s, short_abandon_s)


_DURATIONS = ("wait", "gone", "handle", "talk", "hold", "wrap")


def first_contact_rates(engine: Engine, part: str, *, by: str | None) -> dict[tuple[bool, Key], Rate]:
    """Resolved of all first contacts of the stored ``part`` by (now, value)."""
    rows = engine.records_of(_of(_first_contacts_question(by), part))
    return {(row["now"], row["key"]): Rate(row["resolved"] or 0, row["every"]) for row in rows}


@lru_cache(maxsize=64)
def _first_contacts_question(by: str | None) -> str:
    calls = ibis.table({**PART_SCHEMA, "resolved": "boolean"}, name=_PART)
    grouped = calls.group_by("now", key=_key(calls, by))
    return Engine.sql(grouped.agg(every=calls.count(), resolved=calls.resolved.sum()))


def first_contacts(calls: ir.Table, *, latest: datetime, days: int) -> ir.Table:
    """The first answered calls of needs that began at ``latest`` (UTC, naive) or before, with ``resolved``.

    ``calls`` have the columns PART_SCHEMA and a number ``id``, and are all of the ``days`` before and after those that
    count. Three integers of each are sorted, and not the calls.
    """
    known = calls.filter(calls.offered & calls.person.notnull())
    microseconds = known.started.delta(ibis.literal(_EPOCH), unit="microsecond")
    known = known.select(
        "id",
        pair=ibis.struct({"person": known.person, "site": known.site}).hash(),
        # Of calls in one moment the answered one comes first.
        place=microseconds * 2 + known.missed.cast("int64"),
    )
    window = days * 24 * 3600 * _MICROSECONDS
    so_far = ibis.window(group_by="pair", order_by="place", rows=(None, -1))
    following = ibis.window(group_by="pair", order_by="place")
    answered = (known.place & 1) == 0
    answered_at = ibis.ifelse(answered, known.place, ibis.null("int64"))
    known = known.mutate(before=answered_at.max().over(so_far), after=known.place.lead().over(following))
    at = known.place >> 1
    first = known.before.isnull() | (at - (known.before >> 1) > window)
    last = (latest - _EPOCH) // timedelta(microseconds=1)
    found = known.filter(((known.place & 1) == 0) & first & (at <= last))
    resolved = found.after.isnull() | ((found.after >> 1) - (found.place >> 1) > window)
    found = found.select(number="id", resolved=resolved)
    return calls.join(found, calls.id == found.number).select(*PART_SCHEMA, "resolved")


_EPOCH = datetime(1970, 1, 1)  # noqa: DTZ001


def _durations(name: str, values: ir.FloatingValue, where: ir.BooleanValue) -> dict[str, ir.Value]:
    chosen = ibis.ifelse(where, values, ibis.null("float64"))
    return {
        f"{name}_n": chosen.count(),
        f"{name}_mean": chosen.mean(),
        f"{name}_quantiles": chosen.quantile([0.5, 0.9]),
    }


def _read(row: Mapping[str, Any], name: str) -> Durations:
    median, p90 = row[f"{name}_quantiles"] or (None, None)
    return Durations(n=row[f"{name}_n"], mean=row[f"{name}_mean"], median=median, p90=p90)


def _tally(
    row: Mapping[str, Any], reasons: Mapping[str, Mapping[str, Any]], answer_within_s: float, short_abandon_s: float
) -> CallTally:
    number = {name: value or 0 for name, value in row.items() if not name.endswith("_quantiles")}
    in_order = [each.value for each in MissedReason if each.value in reasons]
    return CallTally(
        offered=number["offered"],
        answered=number["offered"] - number["missed"],
        missed=number["missed"],
        abandoned=number["abandoned"],
        short_abandoned=number["short"],
        voicemail_left=number["voicemail"],
        terms=ServiceLevelTerms(
            answered=number["offered"] - number["missed"],
            unanswered=number["b"],
            answered_within=number["a_t"],
            unanswered_within=number["b_t"],
            unanswered_short=number["b_s"],
            threshold_s=answer_within_s,
            short_s=short_abandon_s,
            wait_known=number["known"],
        ),
        missed_by_reason={reason: reasons[reason]["missed"] for reason in in_order},
        missed_within={reason: within for reason in in_order if (within := reasons[reason]["within"] or 0)},
        wait_answered=_read(row, "wait"),
        wait_abandoned=_read(row, "gone"),
        handle=HandleTime(
            talk=_read(row, "talk"), hold=_read(row, "hold"), wrap=_read(row, "wrap"), handle=_read(row, "handle")
        ),
        agents=number["agents"],
    )
