"""Imports of past calls that people started on a page: read beside the requests, and how far each has come."""

from __future__ import annotations

import shutil
import tempfile
import threading
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path

import sqlalchemy as sa
import structlog

from decroche.capture.files.errors import UnreadableFile
from decroche.capture.files.importing import Import, Imported, import_files
from decroche.capture.files.rejected import Rejection
from decroche.ledger.setting_up import Endpoint
from decroche.ledger.store import Ledger
from decroche.telemetry import where
from decroche.warehouse.engine import TOO_LITTLE_MEMORY

#: Rejected rows that are shown one by one; the others are counted.
SHOWN = 20
#: What an import may take of the memory of a server that answers calls meanwhile.
_MEMORY = "1GB"

log = structlog.get_logger()


@dataclass(slots=True)
class Job:
    """One import. ``stage``, ``done`` and ``total`` move while it runs; afterwards there is ``made`` or ``failed``."""

    endpoint: str
    file: str
    started_at: datetime
    stage: str = "open"
    done: int = 0
    total: int = 0
    made: Imported | None = None
    failed: UnreadableFile | str | None = None
    rejected: list[Rejection] = field(default_factory=list)

    @property
    def runs(self) -> bool:
        """Whether it goes on."""
        return self.made is None and self.failed is None


class Jobs:
    """The imports of this process, the last of each business; one at a time for all, since each takes much memory."""

    def __init__(self, ledger: Ledger) -> None:
        self._ledger = ledger
        self._of: dict[str, Job] = {}
        self._turn = threading.Lock()
        self._entry = threading.Lock()

    def of(self, account: str) -> Job | None:
        """The last import of a business, since this process began."""
        return self._of.get(account)

    def start(self, account: str, endpoint: Endpoint, file: Path, *, name: str, now: datetime) -> bool:
        """Begin; ``file`` lies in a folder of its own that is removed afterwards. False when one runs already."""
        with self._entry:
            last = self._of.get(account)
            if last is not None and last.runs:
                return False
            job = Job(endpoint=endpoint.name, file=name, started_at=now)
            self._of[account] = job
        threading.Thread(target=self._run, args=(job, endpoint, file, now), name="import", daemon=True).start()
        return True

    def _run(self, job: Job, endpoint: Endpoint, file: Path, now: datetime) -> None:
        def progress(stage: str, name: str, done: int, total: int) -> None:
            del name
            job.stage, job.done, job.total = stage, done, total

        def tell_rejected(found: Iterator[Rejection]) -> None:
            for each in found:
                if len(job.rejected) == SHOWN:
                    break
                job.rejected.append(each)

        try:
            with self._turn:
                asked = Import(paths=[file], endpoint=endpoint, now=now, memory=_MEMORY)
                job.made = import_files(self._ledger, asked, progress, tell_rejected)
        except UnreadableFile as error:
            job.failed = error
        except TOO_LITTLE_MEMORY:
            job.failed = "memory"
        except (OSError, sa.exc.SQLAlchemyError) as error:
            log.warning("import_failed", error=type(error).__name__)
            job.failed = "disk"
        except Exception as error:
            log.error("import_failed", error=type(error).__name__, where=where(error))
            job.failed = "fault"
        finally:
            shutil.rmtree(file.parent, ignore_errors=True)


def new_folder() -> Path:
    """Where an upload may lie until it is read."""
    return Path(tempfile.mkdtemp(prefix="decroche-upload-"))
