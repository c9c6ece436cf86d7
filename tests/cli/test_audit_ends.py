"""How an audit ends when the machine, or the person at it, stops it."""

from __future__ import annotations

import errno
from pathlib import Path

import duckdb
import pytest

from decroche.capture.files.planning import Progress
from decroche.cli.audit import audit_files
from decroche.cli.speaker import Speaker
from decroche.settings import AuditSettings
from tests.cli.auditing import counted


def failing(when: str, error: BaseException) -> Progress:
    """The engine fails while the audit is at the stage ``when``."""

    def progress(stage: str, name: str, done: int, total: int) -> None:
        if stage == when:
            raise error

    return progress


@pytest.mark.parametrize("stage", ["open", "read", "check", "count"])
@pytest.mark.parametrize(
    ("said", "number"),
    [
        ('Could not write file "spill/1.tmp": No space left on device', errno.ENOSPC),
        ('Could not write file "spill/1.tmp": Input/output error', errno.EIO),
    ],
)
def test_a_disk_that_fails_is_an_error_of_the_disk(
    folder: Path, export: Path, stage: str, said: str, number: int
) -> None:
    with pytest.raises(OSError, match=r"device|error") as raised:
        counted([export], folder, progress=failing(stage, duckdb.IOException(f"IO Error: {said}")))
    assert raised.value.errno == number


def test_an_interrupted_query_is_an_interruption(folder: Path, export: Path) -> None:
    with pytest.raises(KeyboardInterrupt):
        counted([export], folder, progress=failing("count", RuntimeError("Query interrupted")))


def test_an_error_of_ours_stays_one(folder: Path, export: Path) -> None:
    with pytest.raises(RuntimeError, match="ours"):
        counted([export], folder, progress=failing("count", RuntimeError("ours")))


def test_nobody_listening_is_not_a_folder_that_cannot_be_written(tmp_path: Path, export: Path) -> None:
    class Unheard(Speaker):
        def say(self, key: str, /, **values: object) -> None:
            raise BrokenPipeError(errno.EPIPE, "Broken pipe")

    (tmp_path / "audit.toml").write_text('[audit]\nbusiness = "Succursale"\n', encoding="utf-8")
    with pytest.raises(BrokenPipeError):
        audit_files([export], out=tmp_path, flags=AuditSettings(), settings=None, speaker=Unheard("fr"))
