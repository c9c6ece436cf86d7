"""The two databases of the ledger, for tests: one that takes ``ledger`` runs on SQLite, and hard on PostgreSQL."""

from __future__ import annotations

import functools
import shutil
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from decroche.ledger.store import Ledger
from tests.postgresql import server

#: What a server has to be asked for is among the hard tests: an embedded ledger answers several times as fast.
DATABASES = ("sqlite", pytest.param("postgresql", marks=pytest.mark.hard))


@contextmanager
def database(kind: str, *, migrated: bool = True) -> Iterator[str]:
    """The address of a database of its own, with the tables of the ledger or empty."""
    if kind == "postgresql":
        with server().database(migrated=migrated) as url:
            yield url
        return
    with tempfile.TemporaryDirectory(prefix="decroche-") as folder:
        path = Path(folder) / "ledger.db"
        if migrated:
            lay(path)
        yield f"sqlite:///{path}"


def lay(path: Path) -> None:
    """Put an embedded ledger there that is empty and migrated."""
    path.parent.mkdir(parents=True, exist_ok=True)
    shutil.copyfile(_sqlite_template(), path)


@contextmanager
def opened(kind: str) -> Iterator[Ledger]:
    """A ledger of its own, empty and migrated."""
    with database(kind) as url:
        ledger = Ledger(url)
        try:
            yield ledger
        finally:
            ledger.close()


@functools.cache
def _sqlite_template() -> Path:
    folder = tempfile.TemporaryDirectory(prefix="decroche-")
    _kept.append(folder)
    path = Path(folder.name) / "ledger.db"
    ledger = Ledger(f"sqlite:///{path}")
    ledger.migrate()
    ledger.close()
    return path


_kept: list[tempfile.TemporaryDirectory[str]] = []


@pytest.fixture(params=DATABASES)
def ledger(request: pytest.FixtureRequest) -> Iterator[Ledger]:
    """An empty ledger, once on each database."""
    with opened(request.param) as found:
        yield found
