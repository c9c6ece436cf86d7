"""What the lake keeps of a call and of a journey, as columns: all that figures need, and no telephone number."""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import pyarrow as pa
import sqlalchemy as sa

from decroche.ledger.tables import calls, journeys

#: Increases when a table changes its columns or their meaning: a lake of another version is made anew.
SCHEMA_VERSION = "1"
_MOMENT: pa.DataType = pa.timestamp("us")
_TEXT: pa.DataType = pa.string()
_WHOLE: pa.DataType = pa.int64()
_SECONDS: pa.DataType = pa.float64()
_FLAG: pa.DataType = pa.bool_()


@dataclass(frozen=True, slots=True, kw_only=True)
class Kept:
    """One table of the lake: its columns (moments are UTC, naive), and where the ledger keeps the same rows.

    ``month`` (``2026-11``) is made of the moment ``dated`` and parts the table. ``gone`` are the kinds of change by
    which a row disappears.
    """

    name: str
    table: sa.Table
    dated: str
    schema: pa.Schema
    columns: Mapping[str, str]
    gone: tuple[str, ...]


CALLS = Kept(
    name="calls",
    table=calls,
    dated="started",
    schema=pa.schema(
        [
            ("id", _TEXT), ("revision", _WHOLE), ("month", _TEXT), ("started", _MOMENT), ("direction", _TEXT),
            ("disposition", _TEXT), ("reason", _TEXT), ("hour_class", _TEXT), ("caller_kind", _TEXT),
            ("person", _WHOLE), ("line", _TEXT), ("queue", _TEXT), ("department", _TEXT), ("site", _TEXT),
            ("agent", _TEXT), ("answered", _FLAG), ("queued", _FLAG), ("voicemail", _FLAG), ("after_hours", _FLAG),
            ("wait_s", _SECONDS), ("ring_s", _SECONDS), ("talk_s", _SECONDS), ("hold_s", _SECONDS),
            ("wrap_s", _SECONDS), ("total_s", _SECONDS),
        ]
    ),
    columns={"started": "started_at"},
    gone=("call.merged",),
)  # fmt: skip
JOURNEYS = Kept(
    name="journeys",
    table=journeys,
    dated="opened",
    schema=pa.schema(
        [
            ("id", _TEXT), ("revision", _WHOLE), ("month", _TEXT), ("opened", _MOMENT), ("person", _WHOLE),
            ("site", _TEXT), ("state", _TEXT), ("last_missed", _MOMENT), ("expires", _MOMENT), ("closed", _MOMENT),
            ("recovered_by", _TEXT), ("attempts", _WHOLE), ("first_call", _TEXT),
        ]
    ),
    columns={
        "opened": "opened_at", "last_missed": "last_missed_at", "expires": "expires_at", "closed": "closed_at",
        "first_call": "missed_calls",
    },
    gone=("journey.merged",),
)  # fmt: skip
TABLES = (CALLS, JOURNEYS)


def selected(kept: Kept) -> list[sa.ColumnElement[Any]]:
    """The columns of the ledger that a row of the lake is made of, in the order of its schema without ``month``."""
    return [
        kept.table.c[kept.columns.get(name, name)].label(name) for name in kept.schema.names if name != "month"
    ]  # fmt: skip


def arrow(kept: Kept, rows: Sequence[Sequence[Any]], *, fingerprint: Callable[[int], int]) -> pa.Table:
    """Rows of ``selected`` as the lake keeps them. ``fingerprint`` gives what stands for a person's number."""
    names = [name for name in kept.schema.names if name != "month"]
    by_name = dict(zip(names, zip(*rows, strict=True) if rows else ([] for _ in names), strict=True))
    columns: dict[str, Any] = {}
    for field in kept.schema:
        if field.name == "month":
            continue
        values: Sequence[Any] = by_name[field.name]
        if field.name == "person":
            values = [None if value is None else fingerprint(value) for value in values]
        elif field.name == "first_call":
            values = [_first(value) for value in values]
        elif field.type == _MOMENT:
            values = [None if value is None else value.replace(tzinfo=None) for value in values]
        columns[field.name] = pa.array(values, field.type)
    columns["month"] = pa.array([f"{moment:%Y-%m}" for moment in by_name[kept.dated]], _TEXT)
    return pa.table(columns).select(kept.schema.names)


def fingerprints(key: bytes, account: str) -> Callable[[int], int]:
    """What stands in the lake for people's numbers: whoever has no ``key`` finds no number by trying them all."""
    keyed = hashlib.blake2b(account.encode(), digest_size=8, key=key[:64], person=b"lake")

    def fingerprint(person: int) -> int:
        digest = keyed.copy()
        digest.update(b"%d" % person)
        return int.from_bytes(digest.digest(), "big", signed=True)

    return fingerprint


def _first(ids: str) -> str | None:
    """The first of a list of ids in JSON. Ids hold no character that JSON would write otherwise."""
    parts = ids.split('"', 2)
    return parts[1] if len(parts) > 1 else None
