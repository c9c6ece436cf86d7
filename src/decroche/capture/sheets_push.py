"""Keeps Google spreadsheets up to date: tables of BI tools, a tab each, written again only where they changed.

A tab has the header and then the rows in a lasting order, in blocks. Of each block a digest is kept once it is
written; one whose digest differs is written again at the same place. So whatever is lost on the way, the same is
written where it stood before, and no row is there twice.
"""

from __future__ import annotations

import hashlib
import threading
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Literal

import httpx
import pyarrow as pa
import sqlalchemy as sa
import structlog
from cryptography.fernet import Fernet

from decroche.capture.pace import Pace
from decroche.capture.patience import REAL_TIME, Patience
from decroche.capture.sheets_api import Cell, Rows, Spreadsheet
from decroche.capture.tasks import Stopping
from decroche.connector_kit.errors import Misconfigured, Unavailable
from decroche.connector_kit.http import Http
from decroche.ledger.feeds import mark
from decroche.ledger.sheet_pushes import SheetPush, WrittenTable, note_pushed, note_written, sheets_of
from decroche.ledger.store import Ledger
from decroche.model.feed import FEEDS, Kind
from decroche.model.problem import Problem
from decroche.telemetry import where

#: How often a spreadsheet is brought up to date, and how often it is looked whether one is due, in seconds.
EVERY, LOOK_S = timedelta(minutes=15), 60.0
FIRST_WAIT, LONGEST_WAIT = timedelta(seconds=30), timedelta(hours=1)
#: Google takes 60 requests a minute from one user of a project.
PER_MINUTE = 50
#: Rows of a block, blocks of a request, and the most rows of a tab: a spreadsheet holds ten million cells.
BLOCK, AT_ONCE, MOST = 500, 4, 50_000
TIMEOUT_S, _END_S = 60.0, 10.0

#: The rows of a table of an account since a local day. Raises what says that they are not ready.
ReadRows = Callable[[str, str, date], Iterable[pa.Table]]

log = structlog.get_logger()


@dataclass(slots=True)
class _Waiting:
    """When a spreadsheet is tried again, and what it is asked with."""

    http: Http
    wait: timedelta = FIRST_WAIT
    until: datetime | None = None


class SheetPusher:
    """One thread for all spreadsheets. ``not_ready`` is what ``rows`` raises while columns are made."""

    def __init__(
        self,
        ledger: Ledger,
        rows: ReadRows,
        *,
        not_ready: type[Exception],
        box: Fernet,
        clock: Callable[[], datetime],
        transport: httpx.BaseTransport | None = None,
        patience: Patience = REAL_TIME,
    ) -> None:
        self._ledger = ledger
        self._rows = rows
        self._not_ready = not_ready
        self._box = box
        self._clock = clock
        self._transport = transport
        self._patience = patience
        self._waiting: dict[str, _Waiting] = {}
        self._ending = threading.Event()
        self._thread: threading.Thread | None = None

    def start(self) -> None:
        """Begin; again after a stop."""
        self._ending = threading.Event()
        self._thread = threading.Thread(target=self._run, args=(self._ending,), name="sheets", daemon=True)
        self._thread.start()

    def stop(self) -> None:
        """End after the request in hand."""
        self._ending.set()
        if self._thread is not None:
            self._thread.join(_END_S)

    def endpoints_changed(self, endpoints: Mapping[str, object]) -> None:
        """Which phone systems there are does not matter here."""

    def turn(self, client: httpx.Client, ending: threading.Event) -> None:
        """Write down how far the ledger has come, and bring up to date what is due. Raises Stopping."""
        now = self._clock()
        with self._ledger.writing() as connection:
            mark(connection, now=now)
        with self._ledger.reading() as connection:
            known = sheets_of(connection, self._box)
        for id in [id for id in self._waiting if id not in {each.id for each in known}]:
            del self._waiting[id]
        for sheet in known:
            waiting = self._waiting.get(sheet.id)
            if waiting is None:
                pace = Pace(PER_MINUTE, self._patience)
                waiting = self._waiting[sheet.id] = _Waiting(Http(client, before=_taking(pace, ending)))
            if waiting.until is None or now >= waiting.until:
                self._push(sheet, waiting)

    def _push(self, sheet: SheetPush, waiting: _Waiting) -> None:
        now = self._clock()
        try:
            if sheet.key is None:
                raise Misconfigured(Problem("the key of the spreadsheet cannot be opened: connect it again"))
            self._write(sheet, Spreadsheet(waiting.http, sheet.key, sheet.spreadsheet, now=now))
        except Unavailable as error:
            self._later(sheet, waiting, error.problem, error.retry_after)
        except Misconfigured as error:
            self._later(sheet, waiting, error.problem, LONGEST_WAIT)
        except self._not_ready:
            waiting.until = now + FIRST_WAIT
        except Stopping:
            raise
        except sa.exc.SQLAlchemyError as error:
            log.warning("sheet_not_kept", error=type(error).__name__)
            self._later(sheet, waiting, None, None)
        except Exception as error:
            # A fault of ours must not end the others.
            log.error("sheet_failed", error=type(error).__name__, where=where(error))
            problem = Problem("the spreadsheet could not be written ({error})", {"error": type(error).__name__})
            self._later(sheet, waiting, problem, LONGEST_WAIT)
        else:
            waiting.wait, waiting.until = FIRST_WAIT, now + EVERY
            with self._ledger.writing() as connection:
                note_pushed(connection, sheet.id, problem=None, at=now)

    def _later(self, sheet: SheetPush, waiting: _Waiting, problem: Problem | None, told: timedelta | None) -> None:
        wait, waiting.wait = told or waiting.wait, min(waiting.wait * 2, LONGEST_WAIT)
        waiting.until = self._clock() + wait
        if problem is not None and problem != sheet.problem:
            log.warning("sheet", problem=str(problem))
            with self._ledger.writing() as connection:
                note_pushed(connection, sheet.id, problem=problem, at=None)

    def _write(self, sheet: SheetPush, there: Spreadsheet) -> None:
        tabs = there.tabs()
        written = dict(sheet.written)
        for table in sheet.tables:
            rows = lasting_rows(self._rows(sheet.account_id, table, sheet.since), table)
            tab = tabs.get(table)
            tall, wide = max(len(rows), 2), len(rows[0])
            if tab is None:
                there.add_tab(table, rows=tall, columns=wide)
                written.pop(table, None)
            elif tab[1] < tall or tab[2] < wide:
                there.resize(tab[0], rows=max(tab[1], tall), columns=max(tab[2], wide))
            before = written.get(table, WrittenTable())
            for now in self._blocks(there, table, rows, before):
                written[table] = now
                with self._ledger.writing() as connection:
                    note_written(connection, sheet.id, written)

    def _blocks(self, there: Spreadsheet, table: str, rows: Rows, before: WrittenTable) -> Iterator[WrittenTable]:
        """Write the blocks that changed; what stands there after each request."""
        blocks = [rows[first : first + BLOCK] for first in range(0, len(rows), BLOCK)]
        digests = [_digest(each) for each in blocks]
        known = list(before.digests) if before.columns == len(rows[0]) else []
        changed = [at for at, digest in enumerate(digests) if at >= len(known) or known[at] != digest]
        for first in range(0, len(changed), AT_ONCE):
            part = changed[first : first + AT_ONCE]
            there.write(table, {at * BLOCK + 1: blocks[at] for at in part})
            known += [""] * (len(digests) - len(known))
            for at in part:
                known[at] = digests[at]
            yield WrittenTable(digests=tuple(known), rows=max(before.rows, len(rows)), columns=len(rows[0]))
        if before.rows > len(rows):
            there.clear(table, len(rows) + 1, before.rows)
        yield WrittenTable(digests=tuple(digests), rows=len(rows), columns=len(rows[0]))

    def _run(self, ending: threading.Event) -> None:
        with httpx.Client(timeout=TIMEOUT_S, transport=self._transport) as client:
            while not ending.is_set():
                try:
                    self.turn(client, ending)
                except Stopping:
                    return
                except Exception as error:
                    log.error("sheets_failed", error=type(error).__name__, where=where(error))
                self._patience.wait(ending, LOOK_S)


def lasting_rows(parts: Iterable[pa.Table], table: str) -> Rows:
    """The header and the rows as cells, in an order in which new ones come last. Raises Misconfigured: too many."""
    feed, found, many = FEEDS[table], [], 0
    names = [each.name for each in feed.columns]
    for part in parts:
        found.append(part)
        many += part.num_rows
        if many > MOST:
            raise Misconfigured(Problem("{table} has too many rows for a spreadsheet: begin later", {"table": table}))
    if not found:
        return [names]
    whole = pa.concat_tables(found)
    begun = [name for name in ("started_at", "opened_at", "created_at", "begins") if name in names]
    order: list[tuple[str, Literal["ascending", "descending"]]] = [
        (name, "ascending") for name in dict.fromkeys((*begun[:1], *feed.key))
    ]
    whole = whole.sort_by(order)
    columns = [
        _cells(whole.column(each.name).to_pylist(), each.kind) for each in feed.columns
    ]  # fmt: skip
    return [names, *zip(*columns, strict=True)]


def _cells(values: Sequence[object], kind: Kind) -> list[Cell]:
    """Numbers as numbers, everything else as text; nothing as an empty text."""
    if kind is Kind.MOMENT:
        return ["" if each is None else f"{each:%Y-%m-%d %H:%M:%S}Z" for each in values]
    if kind is Kind.LOCAL:
        return ["" if each is None else f"{each:%Y-%m-%d %H:%M:%S}" for each in values]
    return ["" if each is None else each if isinstance(each, int | float) else str(each) for each in values]


def _digest(rows: Rows) -> str:
    return hashlib.sha256(repr([list(row) for row in rows]).encode()).hexdigest()[:16]


def _taking(pace: Pace, ending: threading.Event) -> Callable[[], None]:
    return lambda: pace.take(ending)
