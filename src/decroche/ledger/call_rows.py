"""A call as a row of the ledger."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import Any

import msgspec
import sqlalchemy as sa

from decroche.understand.business import JudgedCall

_CALL = (
    "direction", "started_at", "ended_at", "caller", "called", "line", "queue", "department", "site", "agent",
    "answered", "queued", "rang", "voicemail", "raw_reason", "wait_s", "ring_s", "talk_s", "hold_s", "wrap_s",
    "total_s",
)  # fmt: skip


def call_row(
    found: JudgedCall,
    *,
    call_id: str,
    account_id: str,
    endpoint_id: str,
    sources: set[str],
    last_heard_at: datetime,
) -> dict[str, Any]:
    """The row of a judged call, all columns but the revision."""
    call, verdict = found.call, found.verdict
    row: dict[str, Any] = {name: getattr(call, name) for name in _CALL}
    return row | {
        "id": call_id,
        "account_id": account_id,
        "endpoint_id": endpoint_id,
        "external_key": call.call_key,
        "progress": str(found.live.progress),
        "direction": str(call.direction),
        "site": call.site or "",
        "department": call.department or "",
        "disposition": None if verdict is None else str(verdict.disposition),
        "reason": None if verdict is None or verdict.reason is None else str(verdict.reason),
        "after_hours": call.after_hours if verdict is None else verdict.after_hours,
        "hour_class": None if found.hour_class is None else str(found.hour_class),
        "answered_at": found.live.answered_at,
        "last_heard_at": last_heard_at,
        "caller_kind": str(found.caller.kind),
        "person": found.person,
        "legs": msgspec.json.encode(found.live.legs).decode(),
        "sources": " ".join(sorted(sources)),
    }


def stored_call(row: sa.Row[Any] | Mapping[str, Any]) -> dict[str, Any]:
    """What a row says, without its revision: equal when nothing about the call changed."""
    values = row._mapping if isinstance(row, sa.Row) else row
    return {name: value for name, value in values.items() if name != "revision"}
