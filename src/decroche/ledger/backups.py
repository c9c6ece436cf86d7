"""Copies of the embedded ledger, taken while it runs, and put back when it does not."""

from __future__ import annotations

import contextlib
import os
import sqlite3
import tempfile
from collections.abc import Iterator
from contextlib import closing, contextmanager
from dataclasses import dataclass
from pathlib import Path

from alembic.script import ScriptDirectory
from alembic.util import CommandError

from decroche.ledger.store import MIGRATIONS


class CannotRestore(Exception):
    """``word`` says why, and names the sentence to say; ``told`` fills it."""

    def __init__(self, word: str, **told: object) -> None:
        super().__init__(word)
        self.word = word
        self.told = told


@dataclass(frozen=True, slots=True)
class Contents:
    """What a ledger holds: how many observations, and how far its revisions and observations have come."""

    observations: int
    last_observation: int
    revision: int


def back_up(ledger: Path, target: Path) -> Contents:
    """Copy the ledger to the file ``target`` as it is at this moment, while others read and write it.

    The copy is whole and checked before it takes its name. Raises FileExistsError, other OSErrors, and sqlite3.Error.
    """
    if target.exists():
        raise FileExistsError(target)
    with _beside(target) as part:
        with closing(_opened(ledger, "ro")) as source, closing(sqlite3.connect(part)) as copy:
            source.backup(copy)
            copy.execute("PRAGMA journal_mode=DELETE")
        found = inspect(part)
        _to_disk(part)
        os.link(part, target)  # unlike a rename, never takes the place of a file that has come meanwhile
        _to_disk(target.parent)
    return found


def inspect(backup: Path) -> Contents:
    """What a copy holds. Raises CannotRestore when it is damaged, no ledger, or of a newer version."""
    try:
        with closing(_opened(backup, "ro")) as copy:
            if copy.execute("PRAGMA integrity_check").fetchall() != [("ok",)]:
                raise CannotRestore("backup_damaged", file=backup)
            (version,) = copy.execute("SELECT version_num FROM alembic_version").fetchone()
            count, last = copy.execute("SELECT count(*), coalesce(max(id), 0) FROM observations").fetchone()
            (revision,) = copy.execute("SELECT coalesce(max(value), 0) FROM counters").fetchone()
    except sqlite3.DatabaseError as error:
        foreign = error.sqlite_errorcode == sqlite3.SQLITE_NOTADB or "no such table" in str(error)
        raise CannotRestore("backup_foreign" if foreign else "backup_damaged", file=backup) from None
    except TypeError:  # the tables are there, and empty
        raise CannotRestore("backup_foreign", file=backup) from None
    try:
        ScriptDirectory(str(MIGRATIONS)).get_revision(version)
    except CommandError:
        raise CannotRestore("backup_too_new", file=backup) from None
    return Contents(count, last, revision)


def restore(backup: Path, ledger: Path, *, replace: bool = False) -> tuple[Contents, Path | None]:
    """Put the copy in the place of the ledger. Returns what it holds, and where the ledger that was there is kept.

    A ledger that knows more than the copy is only replaced when ``replace`` says so. Raises CannotRestore: also when
    a server, or anybody else, has the ledger open; and OSError.
    """
    backup.stat()
    found = inspect(backup)
    with _beside(ledger) as part:
        with closing(_opened(backup, "ro")) as source, closing(sqlite3.connect(part)) as copy:
            source.backup(copy)
        _to_disk(part)
        kept = _put_aside(ledger, found, replace=replace) if ledger.exists() else None
        part.rename(ledger)
        _to_disk(ledger.parent)
    return found, kept


def in_use(ledger: Path) -> bool:
    """Whether somebody else has the ledger open."""
    try:
        with _alone(ledger):
            return False
    except CannotRestore:
        return True


def _put_aside(ledger: Path, found: Contents, *, replace: bool) -> Path:
    with _alone(ledger) as connection:
        try:
            (last,) = connection.execute("SELECT coalesce(max(id), 0) FROM observations").fetchone()
            (revision,) = connection.execute("SELECT coalesce(max(value), 0) FROM counters").fetchone()
        except sqlite3.DatabaseError:
            last = revision = 0  # nothing of it can be read: there is nothing to lose but the file, which is kept
        if not replace and (last > found.last_observation or revision > found.revision):
            raise CannotRestore("ledger_newer", file=ledger)
        with contextlib.suppress(sqlite3.DatabaseError):
            connection.execute("PRAGMA wal_checkpoint(TRUNCATE)")
        number = 1
        while (kept := ledger.with_name(f"{ledger.stem}.replaced-{number}{ledger.suffix}")).exists():
            number += 1
        os.link(ledger, kept)
    for left in ("-wal", "-shm"):
        ledger.with_name(ledger.name + left).unlink(missing_ok=True)
    return kept


@contextmanager
def _alone(ledger: Path) -> Iterator[sqlite3.Connection]:
    """The ledger open to us only: whoever reads or writes it holds a lock on the file even when idle."""
    with closing(sqlite3.connect(ledger, timeout=0, isolation_level=None)) as connection:
        try:
            connection.execute("PRAGMA locking_mode=EXCLUSIVE")
            connection.execute("BEGIN EXCLUSIVE")
            connection.execute("COMMIT")
        except sqlite3.OperationalError:
            raise CannotRestore("ledger_in_use", file=ledger) from None
        except sqlite3.DatabaseError:
            pass  # not a database at all: nobody can have it open as one
        yield connection


@contextmanager
def _beside(target: Path) -> Iterator[Path]:
    """A new file in the folder of ``target``, readable by its owner only, gone at the end unless it has moved."""
    opened, name = tempfile.mkstemp(dir=target.parent, prefix=f".{target.name}.")
    os.close(opened)
    try:
        yield Path(name)
    finally:
        for each in (name, f"{name}-journal", f"{name}-wal", f"{name}-shm"):
            Path(each).unlink(missing_ok=True)


def _opened(path: Path, mode: str) -> sqlite3.Connection:
    return sqlite3.connect(f"{path.absolute().as_uri()}?mode={mode}", uri=True, timeout=10)


def _to_disk(path: Path) -> None:
    opened = os.open(path, os.O_RDONLY)
    try:
        os.fsync(opened)
    finally:
        os.close(opened)
