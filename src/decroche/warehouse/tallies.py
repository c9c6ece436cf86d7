"""Counts calls for the desk, whole or split by anything. The twin of ``prove.kpis.calls`` and ``.first_contact``."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping
from functools import lru_cache
from typing import Any

import ibis
import ibis.expr.types as ir

from decroche.model.board import CallTally, Step
from decroche.model.call import ABANDONED, Direction, Disposition, MissedReason
from decroche.model.figures import Durations, HandleTime, Rate, ServiceLevelTerms
from decroche.understand.counted import EVERY_REASON, FIRST_CONTACTS, REACHABLE, RESOLVED, SHORT, CallSet
from decroche.warehouse.engine import Engine
from decroche.warehouse.sets import in_set

#: A value by which calls are split: a word, a day, an hour, or None where they are not.
Key = Any
#: What is asked of calls: those of now, and those of the period before; see ``prepared.CALLS_SCHEMA``.
PART_SCHEMA = {
    "now": "boolean", "local_started": "timestamp(6)", "site": "string", "department": "string", "queue": "string",
    "line": "string", "agent": "string", "hour_class": "string", "reason": "string", "offered": "boolean",
    "missed": "boolean", "voicemail": "boolean", "waited_s": "float64", "talk_s": "float64", "hold_s": "float64",
    "wrap_s": "float64", "first": "boolean", "resolved": "boolean",
}  # fmt: skip
STEPS = {Step.HOUR.value: "h", Step.DAY.value: "D", Step.WEEK.value: "W", Step.MONTH.value: "M"}
_PART = "asked_part"
_DURATIONS = ("wait", "gone", "handle", "talk", "hold", "wrap")
#: What costs more than counting offered and missed calls: durations by their names, the terms of the service level
#: (and abandoned calls and voicemails), the reasons of missed calls, and how many agents there are.
EXTRAS = frozenset({*_DURATIONS, "terms", "reasons", "agents"})


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
    engine: Engine,
    part: str,
    *,
    by: str | None,
    answer_within_s: float,
    short_abandon_s: float,
    wanted: frozenset[str] | None = None,
) -> dict[tuple[bool, Key], CallTally]:
    """The counts of the calls ``part`` by (now, value): ``now`` or before, and the value of ``by`` or None.

    Of EXTRAS only those ``wanted`` are counted (None: all); the others are as of no calls.
    """
    wanted = EXTRAS if wanted is None else wanted
    counts, reasons = _questions(by, answer_within_s, wanted)
    by_reason: dict[Key, dict[str, Mapping[str, Any]]] = {}
    if "reasons" in wanted:
        for row in engine.records_of(_of(reasons, part)):
            by_reason.setdefault((row["now"], row["key"]), {})[row["reason"] or MissedReason.UNKNOWN.value] = row
    return {
        (row["now"], row["key"]): _tally(
            row, by_reason.get((row["now"], row["key"]), {}), answer_within_s, short_abandon_s
        )
        for row in engine.records_of(_of(counts, part))
    }


@lru_cache(maxsize=256)
def _questions(by: str | None, answer_within_s: float, wanted: frozenset[str]) -> tuple[str, str]:
    """The counts, and the missed calls by reason, in SQL that asks the table ``_PART``."""
    calls = ibis.table(PART_SCHEMA, name=_PART)
    offered = calls.filter(calls.offered)
    missed = offered.missed

    def those(which: CallSet) -> ir.BooleanValue:
        return in_set(offered, which, answer_within_s=answer_within_s)

    taken, abandoned = those(CallSet(answered=True)), those(CallSet(missed=ABANDONED))
    handle = offered.talk_s + offered.hold_s.fill_null(0) + offered.wrap_s.fill_null(0)
    durations = {
        "wait": (offered.waited_s, taken),
        "gone": (offered.waited_s, abandoned),
        "handle": (handle, taken),
        "talk": (offered.talk_s, taken),
        "hold": (offered.hold_s, taken),
        "wrap": (offered.wrap_s, taken),
    }
    counts: dict[str, ir.Value] = {"offered": offered.count(), "missed": missed.sum()}
    if "terms" in wanted:
        counts |= {
            "abandoned": abandoned.sum(),
            "short": those(CallSet(missed=SHORT)).sum(),
            "voicemail": (missed & offered.voicemail).sum(),
            "a_t": those(CallSet(answered_within=True)).sum(),
            "b": those(CallSet(missed=REACHABLE)).sum(),
            "b_t": those(CallSet(missed_within=REACHABLE)).sum(),
            "b_s": those(CallSet(missed=SHORT)).sum(),
            "known": those(CallSet(answered=True, missed=REACHABLE, told="waited_s")).sum(),
        }
    if "agents" in wanted:
        counts["agents"] = offered.agent.nunique(where=taken)
    for name in _DURATIONS:
        if name in wanted:
            counts |= _durations(name, *durations[name])
    key = _key(offered, by)
    within = those(CallSet(missed_within=EVERY_REASON))
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
    return _tally({}, {}, answer_within_s, short_abandon_s)


def first_contact_rates(engine: Engine, part: str, *, by: str | None) -> dict[tuple[bool, Key], Rate]:
    """Resolved of all first contacts of ``part`` by (now, value)."""
    rows = engine.records_of(_of(_first_contacts_question(by), part))
    return {(row["now"], row["key"]): Rate(row["resolved"] or 0, row["every"]) for row in rows}


@lru_cache(maxsize=64)
def _first_contacts_question(by: str | None) -> str:
    calls = ibis.table(PART_SCHEMA, name=_PART)
    offered = calls.filter(calls.offered)
    first = offered.filter(in_set(offered, FIRST_CONTACTS, answer_within_s=0))
    resolved = in_set(first, RESOLVED, answer_within_s=0)
    return Engine.sql(first.group_by("now", key=_key(first, by)).agg(every=first.count(), resolved=resolved.sum()))


def _durations(name: str, values: ir.FloatingValue, where: ir.BooleanValue) -> dict[str, ir.Value]:
    chosen = ibis.ifelse(where, values, ibis.null("float64"))
    return {
        f"{name}_n": chosen.count(),
        f"{name}_mean": chosen.mean(),
        f"{name}_quantiles": chosen.quantile([0.5, 0.9]),
    }


def _read(row: Mapping[str, Any], name: str) -> Durations:
    if f"{name}_n" not in row:
        return Durations(n=0, mean=None, median=None, p90=None)
    median, p90 = row[f"{name}_quantiles"] or (None, None)
    return Durations(n=row[f"{name}_n"], mean=row[f"{name}_mean"], median=median, p90=p90)


def _tally(
    row: Mapping[str, Any], reasons: Mapping[str, Mapping[str, Any]], answer_within_s: float, short_abandon_s: float
) -> CallTally:
    number = defaultdict(int, {name: value or 0 for name, value in row.items() if not name.endswith("_quantiles")})
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
