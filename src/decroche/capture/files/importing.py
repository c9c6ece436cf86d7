"""``decroche import``: what exports tell becomes observations of the ledger, by the same reading as the audit's."""

from __future__ import annotations

import tempfile
from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Any

from decroche.capture.files.loading import ROWS
from decroche.capture.files.mapping import Mapping
from decroche.capture.files.planning import Progress, Request, machine_told, plan
from decroche.capture.files.reading import Known, Reading, accounting, read, rejections
from decroche.capture.files.rejected import Rejection
from decroche.connector_kit.connector import Record
from decroche.connectors.registry import FORMATS
from decroche.ledger.file_rows import COLUMNS, FILE, file_row
from decroche.ledger.observations import Observation, append
from decroche.ledger.setting_up import Endpoint
from decroche.ledger.store import Ledger
from decroche.model.figures import Accounting
from decroche.warehouse.calls import folded_calls, whole_calls
from decroche.warehouse.engine import MEMORY, Engine

#: Rows in one transaction: enough to be quick, few enough that a delivery need not wait for long.
_AT_ONCE = 1000


@dataclass(frozen=True, slots=True, kw_only=True)
class Import:
    """What to import: ``paths`` in the endpoint's zone and country. ``now`` has a zone."""

    paths: Sequence[Path]
    endpoint: Endpoint
    now: datetime
    mapping: Mapping | None = None
    memory: str = MEMORY


@dataclass(frozen=True, slots=True, kw_only=True)
class Imported:
    """How the files were read, where every row went, and how many of the kept ones were new to the ledger."""

    reading: Reading
    accounting: Accounting
    new: int


def import_files(
    ledger: Ledger, asked: Import, progress: Progress, tell_rejected: Callable[[Iterator[Rejection]], None]
) -> Imported:
    """Read the exports and keep their rows. Raises UnreadableFile, MappingError, OSError and what the store raises.

    It may be repeated, and with files that overlap: a row that is known changes nothing.
    """
    settings = asked.endpoint.settings
    with (
        machine_told(),
        tempfile.TemporaryDirectory(prefix="decroche-") as scratch,
        Engine(Path(scratch), memory=asked.memory) as engine,
    ):
        request = Request(
            paths=asked.paths, scratch=Path(scratch), now=asked.now, formats=FORMATS, mapping=asked.mapping
        )
        zone, country = settings.get("zone") or "UTC", settings.get("country") or None
        known = Known(machine_zone=zone, zone=zone, region=country, mapping=asked.mapping)
        reading = read(engine, plan(engine, request, progress), known, request, progress)
        rows = engine.table(ROWS)
        calls = folded_calls(rows) if reading.legs else whole_calls(rows)
        counted = engine.records(calls.agg(n=calls.count()))[0]["n"]
        told = accounting(engine, reading, counted)
        tell_rejected(rejections(engine, reading))
        new = sum(_keep(ledger, asked, each) for each in _batches(engine, progress, told.calls + told.legs_joined))
    return Imported(reading=reading, accounting=told, new=new)


def _batches(engine: Engine, progress: Progress, total: int) -> Iterator[list[Record]]:
    rows = engine.table(ROWS)
    # Words of few values come as such from the engine; here they are texts again.
    texts = {name: rows[name].cast("string") for name in ("direction", "reason")}
    kept = rows.filter(rows.fate.isnull()).mutate(**texts).order_by("file", "row").select("file", *COLUMNS)
    seen: Counter[str] = Counter()
    file, done = -1, 0
    batch: list[Record] = []
    for values in engine.stream(kept):
        row: dict[str, Any] = dict(zip(COLUMNS, values[1:], strict=True))
        if values[0] != file:
            file = values[0]
            seen.clear()
        record = file_row(row)
        if row["call_key"] is None:
            # The reading has left out what is the same twice; what is alike still are callers who hide their number.
            seen[record.key] += 1
            if seen[record.key] > 1:
                record = file_row(row, alike=seen[record.key])
        batch.append(record)
        if len(batch) == _AT_ONCE:
            yield batch
            done += len(batch)
            progress("keep", "", done, total)
            batch = []
    if batch:
        yield batch


def _keep(ledger: Ledger, asked: Import, batch: Sequence[Record]) -> int:
    with ledger.writing() as connection:
        return append(
            connection,
            [
                Observation(endpoint_id=asked.endpoint.id, record=each, source=FILE, received_at=asked.now)
                for each in batch
            ],
        )
