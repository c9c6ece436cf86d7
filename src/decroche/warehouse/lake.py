"""The lake: calls and journeys of an account in columns on disk, as Delta tables that other engines read as well."""

from __future__ import annotations

import json
import shutil
import time
from collections import Counter
from collections.abc import Callable, Collection, Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any
from urllib.parse import unquote

import pyarrow as pa
from deltalake import CommitProperties, DeltaTable, Transaction, write_deltalake
from deltalake.exceptions import CommitFailedError, TableNotFoundError

from decroche.warehouse.lake_rows import SCHEMA_VERSION, TABLES, Kept

#: Somebody else committed in between; the next refresh finds what is left to do.
Outrun = CommitFailedError
#: How long files that a newer version does without are kept for those who still read them.
KEPT_FOR = timedelta(hours=1)
#: So many commits are merged into one file of the log, and small files of rows into larger ones.
TIDY_EVERY = 50
_REVISION, _CHANGE, _MADE = "decroche.revision", "decroche.change", "decroche.made"


@dataclass(frozen=True, slots=True, order=True)
class Watermark:
    """How far a table has come: all revisions of the ledger and all notes of its feed up to these are in it."""

    revision: int = 0
    change: int = 0

    def is_ahead_of(self, other: Watermark) -> bool:
        """Whether it knows what ``other`` does not."""
        return self.revision > other.revision or self.change > other.change


@dataclass(frozen=True, slots=True, kw_only=True)
class Snapshot:
    """One version of a table, and the files that hold it. They stay for ``KEPT_FOR`` after a newer version.

    ``made`` is another number whenever the table was made from nothing. ``months`` are the rows of each (``2026-11``).
    """

    version: int
    made: int
    watermark: Watermark
    files: tuple[str, ...]
    months: Mapping[str, int]

    @property
    def rows(self) -> int:
        """All of them."""
        return sum(self.months.values())

    def rows_since(self, moment: datetime) -> int:
        """How many the months from that of ``moment`` on have."""
        return sum(rows for month, rows in self.months.items() if month >= f"{moment:%Y-%m}")


class LakeTable:
    """One table of one account. ``place`` is a folder, or the address of one on object storage."""

    def __init__(self, place: str, kept: Kept, *, options: Mapping[str, str] | None = None) -> None:
        self.kept = kept
        self._place = f"{place.rstrip('/')}/{kept.name}"
        self._options = dict(options or {})
        self.on_disk = "://" not in place

    def snapshot(self) -> Snapshot | None:
        """What can be read now; None where there is no table, or one of another version of ours."""
        table = self._open()
        if table is None:
            return None
        adds = pa.table(table.get_add_actions(flatten=True))
        months: Counter[str] = Counter()
        for month, rows in zip(
            adds.column("partition.month").to_pylist(), adds.column("num_records").to_pylist(), strict=True
        ):
            months[str(month)] += rows or 0
        return Snapshot(
            version=table.version(),
            made=table.transaction_version(_MADE) or 0,
            watermark=Watermark(
                table.transaction_version(_REVISION) or 0, table.transaction_version(_CHANGE) or 0
            ),
            files=tuple(unquote(uri) if self.on_disk else uri for uri in table.file_uris()),
            months=months,
        )  # fmt: skip

    def dataset(self, version: int) -> Any:
        """A version as a dataset of Arrow: for places that the column engine cannot read by itself."""
        return DeltaTable(self._place, version=version, storage_options=self._options).to_pyarrow_dataset()

    def build(self, rows: Iterable[pa.RecordBatch], watermark: Watermark) -> None:
        """Put ``rows`` in place of all that the table holds, in one commit."""
        if self.on_disk:
            Path(self._place).mkdir(parents=True, exist_ok=True)
        write_deltalake(
            self._place,
            pa.RecordBatchReader.from_batches(self.kept.schema, rows),
            mode="overwrite",
            schema_mode="overwrite",
            partition_by=["month"],
            # Of people nothing is written into the log, not even the smallest and the largest.
            configuration={"delta.dataSkippingStatsColumns": f"{self.kept.dated},revision"},
            description=json.dumps({"version": SCHEMA_VERSION}),
            storage_options=self._options,
            commit_properties=_marked(watermark, Transaction(_MADE, time.time_ns())),
        )

    def merge(self, rows: pa.Table, gone: Collection[str], months: Collection[str], watermark: Watermark) -> None:
        """Have ``rows`` take the place of those with their ids unless those are newer, and the ids ``gone`` disappear.

        ``months`` are those in which a row with such an id may lie now. Raises Outrun.
        """
        table = self._open()
        assert table is not None
        source = rows.append_column("gone", pa.array([False] * rows.num_rows, pa.bool_()))
        if gone:
            source = pa.concat_tables([source, self._gone(gone)])
        within = " OR ".join(f"t.month = '{month}'" for month in sorted(months))
        predicate = f"t.id = s.id AND ({within})" if months else "t.id = s.id AND false"
        merging = table.merge(
            source,
            predicate,
            source_alias="s",
            target_alias="t",
            commit_properties=_marked(watermark),
        )
        merging = merging.when_matched_delete("s.gone")
        merging = merging.when_matched_update_all("s.revision >= t.revision", except_cols=["gone"])
        merging.when_not_matched_insert_all("NOT s.gone", except_cols=["gone"]).execute()

    def tidy(self, *, kept_for: timedelta = KEPT_FOR) -> None:
        """Join small files, forget files that nobody reads any more, and shorten the log. Raises Outrun."""
        table = self._open()
        if table is None:
            return
        table.optimize.compact()
        _vacuum(table, kept_for)
        table.create_checkpoint()
        table.cleanup_metadata()

    def forget_past(self) -> None:
        """Remove every file that the newest version does without, now: who was forgotten must not be in it."""
        table = self._open()
        if table is not None:
            _vacuum(table, timedelta())

    def remove(self) -> None:
        """Remove the table with all its versions."""
        if self.on_disk:
            shutil.rmtree(self._place, ignore_errors=True)
        elif (table := self._open()) is not None:
            table.delete()
            self.tidy(kept_for=timedelta())

    def _open(self) -> DeltaTable | None:
        try:
            table = DeltaTable(self._place, storage_options=self._options)
        except TableNotFoundError:
            return None
        about = table.metadata().description
        return table if about and json.loads(about).get("version") == SCHEMA_VERSION else None

    def _gone(self, ids: Collection[str]) -> pa.Table:
        names = self.kept.schema.names
        columns = {name: pa.nulls(len(ids), self.kept.schema.field(name).type) for name in names}
        columns["id"] = pa.array(sorted(ids), pa.string())
        return pa.table({**columns, "gone": pa.array([True] * len(ids), pa.bool_())})


@dataclass(frozen=True, slots=True)
class Lake:
    """The tables of all accounts under one ``place``. ``fingerprint`` gives an account's fingerprints of people."""

    place: str
    fingerprints: Callable[[str], Callable[[int], int]]
    options: Mapping[str, str] | None = None

    def table(self, account: str, kept: Kept) -> LakeTable:
        """The table of an account. Account ids come from outside: one that could lead elsewhere is an error of ours."""
        if not account or not all(sign.isalnum() or sign in "-_" for sign in account):
            raise ValueError(f"not a folder's name: {account!r}")
        return LakeTable(f"{self.place.rstrip('/')}/{account}", kept, options=self.options)

    def accounts(self) -> set[str]:
        """The accounts that have tables, as far as the folder says; nothing is said of object storage."""
        folder = Path(self.place)
        return {each.name for each in folder.iterdir()} if "://" not in self.place and folder.is_dir() else set()

    def remove(self, account: str) -> None:
        """Remove all tables of an account."""
        for kept in TABLES:
            self.table(account, kept).remove()
        if "://" not in self.place:
            shutil.rmtree(Path(self.place) / account, ignore_errors=True)


def _vacuum(table: DeltaTable, kept_for: timedelta) -> None:
    """Remove the files of versions older than that; also what a crash left behind, which no version names."""
    table.vacuum(
        retention_hours=int(kept_for.total_seconds() // 3600),
        enforce_retention_duration=False,
        dry_run=False,
        full=True,
    )


def _marked(watermark: Watermark, *more: Transaction) -> CommitProperties:
    told = [Transaction(_REVISION, watermark.revision), Transaction(_CHANGE, watermark.change), *more]
    return CommitProperties(app_transactions=told)
