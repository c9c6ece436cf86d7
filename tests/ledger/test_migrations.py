"""Tables brought up to date: from every released version, with data in place, to exactly what the code expects."""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Iterator
from datetime import UTC, date, datetime
from typing import Any

import pytest
import sqlalchemy as sa
from alembic.autogenerate import compare_metadata
from alembic.migration import MigrationContext

from decroche.ledger.source_tables import metadata
from decroche.ledger.store import Ledger
from tests.databases import DATABASES, database

#: Every revision that a release has had as its newest, the oldest first.
RELEASED = ("0001", "0002")
_VALUES: dict[type[Any], Any] = {
    str: "x",
    int: 1,
    float: 1.5,
    bool: True,
    bytes: b"x",
    datetime: datetime(2026, 3, 4, 5, 6, 7, 8, tzinfo=UTC),
    date: date(2026, 3, 4),
}


@pytest.fixture(params=DATABASES)
def empty(request: pytest.FixtureRequest) -> Iterator[Ledger]:
    """A database without a single table."""
    with database(request.param, migrated=False) as url:
        found = Ledger(url)
        yield found
        found.close()


def fill(ledger: Ledger) -> dict[str, int]:
    """A row in every table as it is now. Returns how many rows each has."""
    found = sa.MetaData()
    with ledger.writing() as connection:
        found.reflect(connection)
        for table in found.sorted_tables:
            if table.name != "alembic_version":
                row = {column.name: _VALUES[column.type.python_type] for column in table.columns}
                connection.execute(sa.insert(table).values(**row))
        return counted(connection, found)


def counted(connection: sa.Connection, found: sa.MetaData) -> dict[str, int]:
    return {
        table.name: connection.execute(sa.select(sa.func.count()).select_from(table)).scalar_one()
        for table in found.sorted_tables
    }


@pytest.mark.parametrize("revision", RELEASED)
def test_an_upgrade_keeps_what_is_there(empty: Ledger, revision: str) -> None:
    empty.migrate(revision)
    before = fill(empty)
    assert len(before) > 10 and set(before.values()) == {1}
    empty.migrate()
    empty.migrate()
    after = sa.MetaData()
    with empty.reading() as connection:
        after.reflect(connection)
        kept = counted(connection, after)
        assert {name: kept[name] for name in before if name in kept} == before
        if empty.embedded:
            assert connection.exec_driver_sql("pragma foreign_key_check").all() == []
            assert connection.exec_driver_sql("pragma foreign_keys").scalar_one() == 1


def defaults_differ(_: object, __: object, ___: object, there: str | None, ____: object, wanted: str | None) -> bool:
    """Alembic's own comparison takes two empty texts for different on SQLite."""
    return _bare(there) != _bare(wanted)


def _bare(default: str | None) -> str | None:
    return None if default is None else default.partition("::")[0].strip("()'")


def test_the_tables_are_those_that_the_code_expects(empty: Ledger) -> None:
    empty.migrate()
    with empty.reading() as connection:
        context = MigrationContext.configure(
            connection, opts={"compare_type": True, "compare_server_default": defaults_differ}
        )
        assert compare_metadata(context, metadata) == []


def test_numbers_never_come_again_and_small_indexes_are_small(empty: Ledger) -> None:
    """What autogeneration does not compare."""
    empty.migrate()
    with empty.reading() as connection:
        if empty.embedded:
            query = "select name, sql from sqlite_master where sql is not null"
        else:
            query = "select indexname, indexdef from pg_indexes"
        made = {str(name): str(definition) for name, definition in connection.exec_driver_sql(query)}
        if empty.embedded:
            assert "AUTOINCREMENT" in made["observations"] and "AUTOINCREMENT" in made["changes"]
        assert "WHERE" in made["ix_observations_pending"].upper()
        assert "WHERE" in made["ix_calls_in_progress"].upper()
        expected = {
            str(index.name) for table in metadata.sorted_tables for index in table.indexes if index.name is not None
        }
        assert expected <= made.keys()


def test_a_downgrade_takes_the_tables_away_step_by_step() -> None:
    with database("postgresql") as url:
        ledger = Ledger(url)
        fill(ledger)
        for revision in (*reversed(RELEASED[:-1]), "base"):
            ledger.downgrade(revision)
        with ledger.reading() as connection:
            assert sa.inspect(connection).get_table_names() == ["alembic_version"]
        ledger.migrate()
        assert fill(ledger)["calls"] == 1
        ledger.close()


@pytest.mark.hard
def test_processes_that_start_at_once_migrate_once(empty: Ledger) -> None:
    url = empty.engine.url.render_as_string(hide_password=False)
    code = "import sys; from decroche.ledger.store import Ledger; Ledger(sys.argv[1]).migrate()"
    several = [subprocess.Popen([sys.executable, "-c", code, url]) for _ in range(3)]
    assert [each.wait(60) for each in several] == [0, 0, 0]
    assert fill(empty)["calls"] == 1
