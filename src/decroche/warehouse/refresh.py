"""Brings the lake up to the ledger: from nothing or by what changed, each table in one commit."""

from __future__ import annotations

from collections.abc import Collection
from pathlib import Path

import pyarrow as pa

from decroche.ledger.store import Ledger
from decroche.warehouse.building import Build, Refreshed, build
from decroche.warehouse.engine import Engine
from decroche.warehouse.lake import TIDY_EVERY, Lake, LakeTable, Snapshot, Watermark
from decroche.warehouse.lake_files import lake_view
from decroche.warehouse.lake_rows import TABLES, Kept
from decroche.warehouse.ledger_tail import (
    Rewound,
    Tail,
    changed_since,
    fingerprint_of_rows,
    tail,
)

#: More changed rows than this are not merged: the table is made anew, which is faster.
MERGE_AT_MOST = 50_000
#: A watermark that lies so far behind is moved even when nothing of the account changed: finding out costs time.
_FAR_BEHIND = 50_000


def refresh(
    ledger: Ledger,
    lake: Lake,
    account: str,
    *,
    scratch: Path,
    least: int = 1,
    at_most: int = MERGE_AT_MOST,
    build: Build = build,
) -> list[Refreshed]:
    """Bring the tables of an account up to the ledger, those with at least ``least`` changed rows.

    ``build`` makes those from nothing that are not there, or lie more than ``at_most`` rows behind.
    Raises Outrun when somebody else does it too, and what SQLAlchemy raises.
    """
    done = []
    for kept in TABLES:
        made = _merged(ledger, lake, account, kept, scratch=scratch, least=least, at_most=at_most, build=build)
        if made is not None:
            done.append(made)
    return done


def rebuild(ledger: Ledger, lake: Lake, account: str, *, build: Build = build) -> list[Refreshed]:
    """Make the tables of an account from nothing but the ledger."""
    return [build(ledger, lake, account, kept) for kept in TABLES]


def same_as_ledger(ledger: Ledger, lake: Lake, account: str, *, scratch: Path) -> bool:
    """Whether every table holds the rows of the ledger, by their number and the sum of their revisions.

    A table that lies behind is brought up first. It finds what no note tells: a restored ledger, a row removed by hand.
    """
    refresh(ledger, lake, account, scratch=scratch)
    for kept in TABLES:
        snapshot = lake.table(account, kept).snapshot()
        with ledger.reading() as connection:
            moved = snapshot is None or changed_since(connection, account, snapshot.watermark)
            wanted = fingerprint_of_rows(connection, account, kept)
        if moved:
            continue  # more was written meanwhile: another time will show
        assert snapshot is not None
        with Engine(scratch, threads=1) as engine:
            view = lake_view(engine, lake.table(account, kept), snapshot, "held")
            held = engine.records(view.agg(rows=view.count(), revisions=view.revision.sum()))[0]
        if wanted != (held["rows"], held["revisions"] or 0):
            return False
    return True


def tidy(ledger: Ledger, lake: Lake, account: str, *, scratch: Path, build: Build = build) -> bool:
    """Shorten the log and join small files; make the tables anew when they are not what the ledger holds (False)."""
    same = same_as_ledger(ledger, lake, account, scratch=scratch)
    if not same:
        rebuild(ledger, lake, account, build=build)
    for kept in TABLES:
        lake.table(account, kept).tidy()
    return same


def _merged(
    ledger: Ledger, lake: Lake, account: str, kept: Kept, *, scratch: Path, least: int, at_most: int, build: Build
) -> Refreshed | None:
    table = lake.table(account, kept)
    snapshot = table.snapshot()
    if snapshot is None:
        return build(ledger, lake, account, kept)
    try:
        with ledger.reading() as connection:
            new = tail(
                connection,
                account,
                kept,
                snapshot.watermark,
                fingerprint=lake.fingerprints(account),
                most=at_most,
            )
    except Rewound:
        return build(ledger, lake, account, kept)
    if not new.whole:
        return build(ledger, lake, account, kept)
    changed = new.rows.num_rows + len(new.gone)
    if changed < least and not _lies_behind(snapshot.watermark, new.watermark):
        return None
    table.merge(new.rows, gone_of(new), _months(table, snapshot, new, scratch), new.watermark)
    if snapshot.version % TIDY_EVERY == TIDY_EVERY - 1:
        table.tidy()
    return Refreshed(kept.name, changed)


def gone_of(new: Tail) -> Collection[str]:
    """The ids that disappeared: noted as gone, and not there again."""
    return new.gone - set(new.rows.column("id").to_pylist()) if new.gone else ()


def _lies_behind(then: Watermark, now: Watermark) -> bool:
    return now.revision - then.revision >= _FAR_BEHIND or now.change - then.change >= _FAR_BEHIND


def _months(table: LakeTable, snapshot: Snapshot, new: Tail, scratch: Path) -> set[str]:
    """The months in which rows of these ids lie in the table: a late fact may have moved the beginning of a call."""
    ids = [*new.rows.column("id").to_pylist(), *new.gone]
    if not ids or not snapshot.files:
        return set()
    with Engine(scratch, threads=1) as engine:
        view = lake_view(engine, table, snapshot, "held")
        wanted = engine.load("wanted", pa.table({"id": pa.array(ids, pa.string())}))
        found = view.semi_join(wanted, "id").select("month").distinct()
        return {row["month"] for row in engine.records(found)}
