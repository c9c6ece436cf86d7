"""What another engine of the process writes to the embedded ledger waits in line with all others, and leaves it."""

from __future__ import annotations

import threading
from collections.abc import Iterator

import pytest
import sqlalchemy as sa

from decroche.ledger.store import Ledger
from tests.databases import opened

NOTE = sa.text("INSERT INTO notes (word) VALUES ('theirs')")


@pytest.fixture
def ledger() -> Iterator[Ledger]:
    with opened("sqlite") as found:
        with found.writing() as connection:
            connection.execute(sa.text("CREATE TABLE notes (word TEXT NOT NULL)"))
        yield found


@pytest.fixture
def other(ledger: Ledger) -> Iterator[sa.Engine]:
    """An engine that would not wait in the database at all."""
    engine = sa.create_engine(ledger.engine.url, connect_args={"check_same_thread": False, "timeout": 0})
    ledger.queue(engine)
    yield engine
    engine.dispose()


def test_another_engine_waits_for_whoever_writes(ledger: Ledger, other: sa.Engine) -> None:
    done = threading.Event()

    def write() -> None:
        with other.begin() as connection:
            connection.execute(NOTE)
        done.set()

    with ledger.writing() as connection:
        connection.execute(sa.text("INSERT INTO notes (word) VALUES ('ours')"))
        writing = threading.Thread(target=write)
        writing.start()
        assert not done.wait(0.1)
    writing.join()
    with ledger.reading() as connection:
        assert list(connection.execute(sa.text("SELECT word FROM notes")).scalars()) == ["ours", "theirs"]


def test_the_turn_is_given_back_after_a_failure_and_not_taken_by_who_reads(ledger: Ledger, other: sa.Engine) -> None:
    for _ in range(2):
        with pytest.raises(sa.exc.IntegrityError), other.begin() as connection:
            connection.execute(sa.text("INSERT INTO notes (word) VALUES (NULL)"))
    with other.connect() as reads:
        reads.execute(sa.text("SELECT word FROM notes")).all()
        with ledger.writing() as connection:
            connection.execute(NOTE)
