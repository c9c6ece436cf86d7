"""Legs and calls as Hypothesis draws them, and the same as a stored table of rows."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import fields
from datetime import datetime, timedelta
from typing import Any

import ibis.expr.types as ir
import pyarrow as pa
from hypothesis import strategies as st

from decroche.model.call import Direction, Leg, MissedReason
from decroche.understand.numbers import read_number
from decroche.warehouse.engine import Engine

START = datetime.fromisoformat("2026-03-02 09:00")
#: Few values, so that legs often agree, tie and differ.
moments = st.sampled_from([START + timedelta(seconds=number) for number in (0, 0, 1, 2, 60)])
numbers = st.sampled_from([None, "0612345678", "+33612345678", "+15145550101", "101", "anonymous", "612345678"])
names = st.sampled_from([None, "a", "b", "c"])
flags = st.booleans()
#: Quarters of a second, whose sums are exact.
seconds = st.one_of(
    st.none(), st.integers(0, 200).map(lambda quarters: quarters / 4), st.sampled_from([0.0, 5.0, 20.0])
)
reasons = st.one_of(st.none(), st.sampled_from(list(MissedReason)))

#: Mostly calls that come in and are missed, as verdicts are about: ``legs(…, **MOSTLY_MISSED)``.
MOSTLY_MISSED: dict[str, Any] = {
    "direction": st.sampled_from([*(Direction.INBOUND,) * 5, *Direction]),
    "answered": st.sampled_from([False, False, False, True]),
    "reason": st.one_of(reasons, st.sampled_from([None, MissedReason.AFTER_HOURS, MissedReason.UNKNOWN])),
}


def legs(call_keys: st.SearchStrategy[str | None], **likelier: st.SearchStrategy[Any]) -> st.SearchStrategy[Leg]:
    """One leg; its durations are None or quarters of a second. ``likelier`` replaces the strategy of a field."""
    fields: dict[str, Any] = {
        "call_key": call_keys,
        "started_at": moments,
        "direction": st.sampled_from(Direction),
        **dict.fromkeys(("caller", "called"), numbers),
        **dict.fromkeys(("line", "queue", "department", "site", "agent", "raw_reason"), names),
        **dict.fromkeys(("answered", "queued", "rang", "voicemail", "after_hours"), flags),
        "reason": reasons,
        **dict.fromkeys(("wait_s", "ring_s", "talk_s", "hold_s", "wrap_s", "total_s"), seconds),
    }
    return st.builds(Leg, **fields | likelier)


def stored(engine: Engine, drawn: Sequence[Leg], *, name: str = "rows", files: Sequence[int] = ()) -> ir.Table:
    """``drawn`` as the table of kept rows that reading an export leaves behind, each row of its file of ``files``."""
    columns: dict[str, Any] = {
        "file": pa.array(files or [0] * len(drawn), pa.int32()),
        "row": pa.array(range(len(drawn)), pa.int64()),
        "fate": pa.nulls(len(drawn), pa.string()),
        "fate_reason": pa.nulls(len(drawn), pa.string()),
        "started": pa.array([leg.started_at for leg in drawn], pa.timestamp("us")),
        "local_started": pa.array([leg.started_at for leg in drawn], pa.timestamp("us")),
    }
    for field in fields(Leg):
        if field.name.endswith("_at"):
            continue
        kind = pa.bool_() if "bool" in str(field.type) else pa.float64() if field.name.endswith("_s") else pa.string()
        columns[field.name] = pa.array([getattr(leg, field.name) for leg in drawn], kind)
    others = [leg.called if leg.direction is Direction.OUTBOUND else leg.caller for leg in drawn]
    parties = [read_number(number, region="FR") for number in others]
    columns["caller_kind"] = pa.array([party.kind.value for party in parties], pa.string())
    columns["person"] = pa.array([party.e164 for party in parties], pa.int64())
    return engine.load(name, pa.table(columns))
