"""The views for BI tools in PostgreSQL: the same rows as the files, one business for each role, and nothing else."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from datetime import UTC, date, datetime
from pathlib import Path
from typing import Any

import psycopg
import pytest
import sqlalchemy as sa

from decroche.ledger.bi_views import BadRole, NotPostgresql, add_reader, make_views, readers, remove_reader
from decroche.ledger.cost_lines import add_line
from decroche.ledger.recovery_tables import texts
from decroche.ledger.tables import metadata
from decroche.model.cost import CostKind, CostLine, Rhythm
from decroche.model.feed import FEEDS, TOLD_IN, Kind
from decroche.model.money import Money
from tests.api.serving import AGENT_NUMBER, NOW, NUMBERS, OTHER_PERSON, PERSON, READ
from tests.api.test_feeds import KEY, Bi, bi
from tests.databases import opened
from tests.postgresql import server

pytestmark = pytest.mark.hard
#: Of what the server does not compute as the files do.
APART = {"caller_hash", "updated_at"}


@pytest.fixture
def here(tmp_path: Path) -> Iterator[Bi]:
    with bi("postgresql", tmp_path) as found:
        try:
            yield found
        finally:
            with found.api.ledger.writing() as connection:
                for each in readers(connection):
                    remove_reader(connection, each.role, each.account)
                connection.exec_driver_sql("DROP SCHEMA IF EXISTS decroche_bi CASCADE")


def reading(here: Bi, role: str, **more: Any) -> None:
    account = more.pop("of", here.api.mine).account
    with here.api.ledger.writing() as connection:
        add_reader(connection, role, account, password="un mot de passe", key=KEY, **more)


@contextmanager
def as_role(here: Bi, role: str) -> Iterator[psycopg.Connection[Any]]:
    """A session of a tool that signs in with this role."""
    name = sa.make_url(str(here.api.ledger.engine.url)).database
    with psycopg.connect(host=str(server().folder), user=role, dbname=name, autocommit=True) as connection:
        yield connection


def rows(connection: psycopg.Connection[Any], table: str) -> list[dict[str, Any]]:
    found = connection.execute(f"SELECT * FROM decroche_bi.{table}".encode())
    assert found.description is not None
    names = [each.name for each in found.description]
    return [dict(zip(names, row, strict=True)) for row in found]


def shown(value: Any, kind: Kind) -> str:
    """A value as a CSV file writes it."""
    if value is None:
        return ""
    if kind is Kind.MOMENT:
        return f"{value.astimezone(UTC):%Y-%m-%dT%H:%M:%SZ}"
    if kind is Kind.LOCAL:
        return f"{value:%Y-%m-%dT%H:%M:%S}"
    if kind is Kind.NUMBER:
        return f"{value:g}"
    return f"'{value}" if str(value).startswith("+") else str(value)


def something_of_everything(here: Bi) -> None:
    mine = here.api.mine.account
    with here.api.ledger.writing() as connection:
        row = {
            "id": "t1", "account_id": mine, "person": int(PERSON[1:]), "direction": "out", "body": "Bonjour",
            "purpose": "callback", "state": "delivered", "created_at": NOW, "handed_at": NOW, "price": 0.045,
            "currency": "EUR", "segments": 1,
        }  # fmt: skip
        connection.execute(sa.insert(texts).values(**row))
        line = CostLine(
            kind=CostKind.TELEPHONY, label="Ligne +33 6 11 11 11 11", amount=Money.of("12.5", "EUR"),
            rhythm=Rhythm.MONTHLY, begins=date(2026, 1, 1),
        )  # fmt: skip
        add_line(connection, mine, line, now=NOW)
        add_line(connection, mine, replace(line, kind=CostKind.SALARIES, label="Zoé"), now=NOW)


@pytest.mark.parametrize("numbers", [False, True])
def test_views_have_the_rows_of_the_files(here: Bi, numbers: bool) -> None:
    something_of_everything(here)
    reading(here, "bi_martin", numbers=numbers)
    scopes = (READ, NUMBERS) if numbers else (READ,)
    with as_role(here, "bi_martin") as connection:
        for name, feed in FEEDS.items():
            kinds = {each.name: each.kind for each in feed.columns}
            found = rows(connection, name)
            assert not found or list(found[0]) == list(kinds), name
            told = {tuple(row[key] for key in feed.key): row for row in here.rows(name, *scopes)}
            made = {tuple(shown(row[key], kinds[key]) for key in feed.key): row for row in found}
            assert made.keys() == told.keys(), name
            for key, row in told.items():
                compared = {each: shown(made[key][each], kinds[each]) for each in kinds if each not in APART}
                assert compared == {each: value for each, value in row.items() if each not in APART}, name
        assert {len(rows(connection, name)) > 0 for name in ("v1_calls", "v1_daily_kpi", "v1_costs")} == {True}
        calls = rows(connection, "v1_calls")
        by_person = {(row["caller_hash"], row["caller"]) for row in calls if row["caller_hash"]}
        assert len(by_person) == 2 and all(isinstance(row["updated_at"], datetime) for row in calls)
        everything = str([rows(connection, name) for name in FEEDS])
    assert "Zoé" not in everything, "who is paid what is for owners"
    hidden = not any(number[1:] in everything for number in (PERSON, OTHER_PERSON, AGENT_NUMBER))
    assert hidden is not numbers
    assert all(f"_{code}" in everything for code in TOLD_IN)


def test_a_role_sees_its_business_and_nothing_else(here: Bi) -> None:
    reading(here, "bi_martin")
    reading(here, "bi_nord", of=here.api.other)
    ids = {}
    for role in ("bi_martin", "bi_nord"):
        with as_role(here, role) as connection:
            ids[role] = {row["call_id"] for row in rows(connection, "v1_calls")}
    assert len(ids["bi_martin"]) == 6 and not ids["bi_martin"] & ids["bi_nord"]
    with as_role(here, "bi_martin") as connection:
        tables = [f"public.{name}" for name in metadata.tables] + ["decroche_bi.readers", "pg_catalog.pg_authid"]
        for table in tables:
            with pytest.raises(psycopg.errors.InsufficientPrivilege):
                connection.execute(f"SELECT * FROM {table} LIMIT 1".encode())
        for statement in (
            "DELETE FROM decroche_bi.v1_costs", "UPDATE decroche_bi.v1_costs SET label = 'x'",
            "INSERT INTO decroche_bi.readers VALUES ('bi_martin', 'b2', null, true, '', '')",
            "CREATE TABLE decroche_bi.mine (x int)", "CREATE TABLE public.mine (x int)", "SET ROLE bi_nord",
            "SET ROLE postgres", "ALTER ROLE bi_martin SUPERUSER", "CREATE ROLE another",
            "GRANT bi_nord TO bi_martin",
        ):  # fmt: skip
            with pytest.raises(psycopg.Error):
                connection.execute(b"SET default_transaction_read_only = off")
                connection.execute(statement.encode())
        # A cheap function of one's own is not shown rows of others on the way.
        connection.execute(b"SET default_transaction_read_only = off")
        connection.execute(
            b"CREATE FUNCTION pg_temp.seen(text) RETURNS boolean COST 0.0001 LANGUAGE plpgsql AS "
            b"$$ BEGIN RAISE NOTICE '%', $1; RETURN true; END $$"
        )
        said: list[str] = []
        connection.add_notice_handler(lambda notice: said.append(notice.message_primary or ""))
        # The plan that would show most: all calls are read before it is looked whose they are.
        for way in ("indexscan", "bitmapscan", "nestloop", "indexonlyscan"):
            connection.execute(f"SET enable_{way} = off".encode())
        connection.execute(b"SELECT count(*) FROM decroche_bi.v1_calls WHERE pg_temp.seen(call_id)")
    assert set(said) == ids["bi_martin"]


def test_a_role_may_see_some_sites(here: Bi) -> None:
    something_of_everything(here)
    reading(here, "bi_bron", sites=["Bron"])
    reading(here, "bi_site", sites=["Site a1"])
    with as_role(here, "bi_bron") as connection:
        assert [name for name in FEEDS if rows(connection, name)] == []
    with as_role(here, "bi_site") as connection:
        assert len(rows(connection, "v1_calls")) == 6 and rows(connection, "v1_costs") == []


def test_roles_are_made_again_listed_and_taken_away(here: Bi) -> None:
    reading(here, "bi_martin")
    reading(here, "bi_martin", numbers=True)
    with here.api.ledger.writing() as connection:
        make_views(connection)
        (known,) = readers(connection)
        assert (known.role, known.account, known.numbers) == ("bi_martin", here.api.mine.account, True)
        stored = connection.exec_driver_sql("SELECT rolpassword FROM pg_authid WHERE rolname = 'bi_martin'").scalar()
        assert str(stored).startswith("SCRAM-SHA-256$")
        for role in ("postgres", "pg_monitor", 'x"; drop', "Bi_Martin", "a"):
            with pytest.raises(BadRole):
                add_reader(connection, role, here.api.mine.account, password="x", key=KEY)
        assert not remove_reader(connection, "bi_martin", here.api.other.account)
        assert remove_reader(connection, "bi_martin", here.api.mine.account)
        assert readers(connection) == []
    with pytest.raises(psycopg.OperationalError), as_role(here, "bi_martin"):
        pass


def test_there_are_views_in_postgresql_only() -> None:
    with opened("sqlite") as ledger, ledger.writing() as connection, pytest.raises(NotPostgresql):
        make_views(connection)


def stale(here: Bi) -> None:
    """Views of an older version: one shows what a newer one hides, and somebody let a role of theirs read another."""
    with here.api.ledger.writing() as connection:
        connection.exec_driver_sql("DROP VIEW decroche_bi.v1_costs")
        connection.exec_driver_sql("CREATE VIEW decroche_bi.v1_costs AS SELECT label, made_at FROM cost_lines")
        connection.exec_driver_sql("GRANT SELECT ON decroche_bi.v1_costs TO bi_martin")
        connection.exec_driver_sql("COMMENT ON SCHEMA decroche_bi IS 'older'")
        connection.exec_driver_sql("GRANT SELECT ON decroche_bi.v1_calls TO pg_monitor")


def monitored(here: Bi) -> bool:
    with here.api.ledger.reading() as connection:
        query = "SELECT has_table_privilege('pg_monitor', 'decroche_bi.v1_calls', 'SELECT')"
        return bool(connection.exec_driver_sql(query).scalar())


def test_views_make_way_for_migrations_and_are_those_of_this_version_afterwards(here: Bi) -> None:
    something_of_everything(here)
    reading(here, "bi_martin", sites=None)
    with as_role(here, "bi_martin") as connection:
        calls = [(row["call_id"], row["caller_hash"]) for row in rows(connection, "v1_calls")]
    for again in (False, True):
        stale(here)
        if again:
            # The tables of the views go, and come again.
            here.api.ledger.downgrade("0012")
        here.api.ledger.migrate()
        with as_role(here, "bi_martin") as connection:
            assert [(row["call_id"], row["caller_hash"]) for row in rows(connection, "v1_calls")] == calls != []
            costs = rows(connection, "v1_costs")
            assert [row["label"] for row in costs] == ([] if again else ["Ligne …11"])
        assert monitored(here) is not again
    here.api.ledger.migrate()


def test_a_migration_changes_a_column_that_a_view_shows(here: Bi) -> None:
    reading(here, "bi_martin")
    here.api.ledger.downgrade("0018")
    with here.api.ledger.writing() as connection:
        make_views(connection)
        connection.exec_driver_sql("CREATE VIEW decroche_bi.v1_old AS SELECT number FROM report_readers")
    stale(here)
    here.api.ledger.downgrade("0016")
    here.api.ledger.migrate()
    with as_role(here, "bi_martin") as connection:
        assert rows(connection, "v1_calls")
        with pytest.raises(psycopg.errors.UndefinedTable):
            rows(connection, "v1_old")


def test_a_role_stays_with_its_business(here: Bi) -> None:
    reading(here, "bi_martin")
    with pytest.raises(BadRole):
        reading(here, "bi_martin", of=here.api.other)
    with here.api.ledger.reading() as connection:
        assert [each.account for each in readers(connection)] == [here.api.mine.account]
