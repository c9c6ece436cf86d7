"""Imports of past calls that people started on a page, read beside the requests; the ledger tells how far each is."""

from __future__ import annotations

import shutil
import tempfile
import threading
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

import sqlalchemy as sa
import structlog

from decroche.capture.files.errors import UnreadableFile
from decroche.capture.files.importing import Import, Imported, import_files
from decroche.capture.files.rejected import Rejection
from decroche.ledger.import_progress import Failed, ImportProgress, Made, Read, last_import, write_progress
from decroche.ledger.setting_up import Endpoint, new_id
from decroche.ledger.store import Ledger
from decroche.telemetry import where
from decroche.warehouse.engine import TOO_LITTLE_MEMORY

#: Rejected rows that are shown one by one; the others are counted.
SHOWN = 20
#: How often an import says that it goes on, in seconds.
_BEAT_S = 2.0
#: What an import may take of the memory of a server that answers calls meanwhile.
_MEMORY = "1GB"

log = structlog.get_logger()


def _real_now() -> datetime:
    return datetime.now(UTC)


@dataclass(frozen=True, slots=True)
class Job:
    """An import that may begin: its place in the ledger is taken."""

    progress: ImportProgress
    endpoint: Endpoint
    file: Path
    now: datetime


class Jobs:
    """The imports that this process runs, one at a time for all businesses, since each takes much memory.

    ``clock`` is that of the machine: by it other processes know whether an import still lives.
    """

    def __init__(self, ledger: Ledger, *, clock: Callable[[], datetime] = _real_now, beat_s: float = _BEAT_S) -> None:
        self._ledger = ledger
        self._clock = clock
        self._beat_s = beat_s
        self._turn = threading.Lock()

    def of(self, connection: sa.Connection, account: str) -> ImportProgress | None:
        """The last import of a business, whichever process ran it."""
        return last_import(connection, account)

    def runs(self, found: ImportProgress) -> bool:
        """Whether it goes on: it has not ended, and gave a sign of life a short while ago."""
        return found.runs(self._clock())

    def claim(
        self, connection: sa.Connection, account: str, endpoint: Endpoint, file: Path, *, name: str, now: datetime
    ) -> Job | None:
        """Take the place of the next import of a business; None while one runs, here or in another process.

        ``file`` lies in a folder of its own.
        """
        last = last_import(connection, account)
        if last is not None and self.runs(last):
            return None
        at = self._clock()
        found = ImportProgress(id=new_id(), endpoint=endpoint.name, file=name, started_at=at, seen_at=at)
        write_progress(connection, endpoint.id, found)
        return Job(found, endpoint, file, now)

    def begin(self, job: Job) -> None:
        """Run it beside the requests; its place was committed. The folder of its file is removed afterwards."""
        threading.Thread(target=self.run, args=(job,), name="import", daemon=True).start()

    def run(self, job: Job) -> None:
        """Run it to its end, which the ledger then tells."""
        found, over = job.progress, threading.Event()
        beating = threading.Thread(target=self._beat, args=(job, over), name="import-beat", daemon=True)
        beating.start()
        try:
            with self._turn:
                found.made, found.failed = self._made(job)
        finally:
            over.set()
            beating.join()
            shutil.rmtree(job.file.parent, ignore_errors=True)
            self._write(job)

    def _made(self, job: Job) -> tuple[Made | None, Failed | None]:
        found = job.progress

        def progress(stage: str, name: str, done: int, total: int) -> None:
            del name
            found.stage, found.done, found.total = stage, done, total

        def tell_rejected(rows: Iterator[Rejection]) -> None:
            for each in rows:
                if len(found.rejected) == SHOWN:
                    break
                found.rejected.append((each.line, each.reason))

        try:
            asked = Import(paths=[job.file], endpoint=job.endpoint, now=job.now, memory=_MEMORY)
            return _summary(import_files(self._ledger, asked, progress, tell_rejected)), None
        except UnreadableFile as error:
            return None, Failed(word=error.word, values=dict(error.values_said))
        except TOO_LITTLE_MEMORY:
            return None, Failed(word="memory")
        except (OSError, sa.exc.SQLAlchemyError) as error:
            log.warning("import_failed", error=type(error).__name__)
            return None, Failed(word="disk")
        except Exception as error:
            log.error("import_failed", error=type(error).__name__, where=where(error))
            return None, Failed(word="fault")

    def _beat(self, job: Job, over: threading.Event) -> None:
        while not over.wait(self._beat_s):
            self._write(job)

    def _write(self, job: Job) -> None:
        job.progress.seen_at = self._clock()
        try:
            with self._ledger.writing() as connection:
                write_progress(connection, job.endpoint.id, job.progress)
        except sa.exc.SQLAlchemyError as error:
            log.warning("import_not_told", error=type(error).__name__)


def _summary(made: Imported) -> Made:
    rows = made.accounting
    return Made(
        rows_read=rows.rows_read,
        calls=rows.calls,
        legs_joined=rows.legs_joined,
        ignored=rows.ignored,
        rejected=rows.rejected,
        new=made.new,
        ignored_by_reason=dict(rows.ignored_by_reason),
        rejected_by_reason=dict(rows.rejected_by_reason),
        files=tuple(
            Read(name=each.source.name, rows=each.source.rows, title=each.source.title or "")
            for each in made.reading.files
        ),
    )


def new_folder() -> Path:
    """Where an upload may lie until it is read."""
    return Path(tempfile.mkdtemp(prefix="decroche-upload-"))
