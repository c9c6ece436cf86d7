"""What the ledger promises of its transactions, on both databases."""

from __future__ import annotations

import threading
from concurrent.futures import ThreadPoolExecutor

import pytest
import sqlalchemy as sa

from decroche.ledger.observations import oldest_pending
from decroche.ledger.store import Ledger, _taken_for_all
from tests.databases import opened
from tests.ledger.business import shop
from tests.ledger.stories import Body


def kept(connection: sa.Connection) -> int:
    return int(connection.execute(sa.text("select count(*) from observations")).scalar_one())


def test_a_reader_sees_one_state_while_others_write(ledger: Ledger) -> None:
    found = shop(ledger)
    with ledger.reading() as connection:
        assert kept(connection) == 0
        found.keep([Body(trouble="ignored")])
        assert kept(connection) == 0
    with ledger.reading() as connection:
        assert kept(connection) == 1


def test_what_fails_half_way_leaves_nothing(ledger: Ledger) -> None:
    shop(ledger)
    with pytest.raises(RuntimeError), ledger.writing() as connection:
        connection.execute(sa.text("update lines set name = 'changed'"))
        raise RuntimeError
    with ledger.reading() as connection:
        assert "changed" not in connection.execute(sa.text("select name from lines")).scalars().all()


def test_what_points_to_nothing_is_refused(ledger: Ledger) -> None:
    with pytest.raises(sa.exc.IntegrityError), ledger.writing() as connection:
        connection.execute(sa.text("insert into sites (id, account_id, name) values ('x', 'nobody', 'x')"))


def test_indexes_are_chosen_by_what_is_in_the_tables() -> None:
    query = "select * from calls where account_id = 'garage' and id in ('a', 'b', 'c', 'd', 'e', 'f', 'g', 'h', 'i')"

    def plan(ledger: Ledger) -> str:
        with ledger.reading() as connection:
            return " ".join(row[3] for row in connection.exec_driver_sql(f"explain query plan {query}"))

    with opened("sqlite") as ledger:
        found = shop(ledger)
        found.keep([Body(trouble="ignored")])
        row = (
            "insert into calls (id, account_id, revision, endpoint_id, external_key, progress, direction, started_at,"
            " last_heard_at, caller_kind, answered, queued, rang, voicemail, after_hours, legs, sources)"
            " select 'c' || value, :account, value, :endpoint, value, 'ended', 'inbound', '2026-01-01 00:00:00.000000',"
            " '2026-01-01 00:00:00.000000', 'external', 1, 1, 1, 0, 0, '[]', 'live' from json_each(:numbers)"
        )
        with ledger.writing() as connection:
            numbers = str(list(range(1500)))
            told = {"account": found.account, "endpoint": found.endpoint, "numbers": numbers}
            connection.execute(sa.text(row), told)
        ledger.learn()
        assert "account_id=?" in plan(ledger), "few changes are not worth it"
        with ledger.writing() as connection:
            connection.execute(sa.text("replace into counters values ('revision', 1500)"))
        ledger.learn()
        assert "(id=?)" in plan(ledger)


def test_a_run_too_long_to_be_counted_is_taken_for_all_entries() -> None:
    assert _taken_for_all("1243375 10001 900 1") == "1243375 1243375 900 1"
    assert _taken_for_all("4 2 1") == "4 2 1"


def test_what_waits_is_found_at_once_whatever_the_database_takes_for_rare() -> None:
    with opened("sqlite") as ledger:
        found = shop(ledger)
        found.keep([Body(trouble="ignored")])
        with ledger.writing() as connection:
            connection.exec_driver_sql("analyze")
            connection.exec_driver_sql("delete from sqlite_stat1 where tbl = 'observations'")
            row = ("observations", "sqlite_autoindex_observations_1", "2000000 10001 1")
            connection.exec_driver_sql("insert into sqlite_stat1 values (?, ?, ?)", row)
        ledger.engine.dispose()
        with ledger.reading() as connection:
            asked = str(oldest_pending(100).compile(ledger.engine, compile_kwargs={"literal_binds": True}))
            plan = [row[3] for row in connection.exec_driver_sql(f"explain query plan {asked}")]
        assert any("ix_observations_pending" in step for step in plan), plan


def test_readers_who_read_something_else_meanwhile_do_not_wait_for_one_another(ledger: Ledger) -> None:
    shop(ledger)
    together = threading.Barrier(16, timeout=20)

    def read() -> int:
        with ledger.reading():
            together.wait()
            with ledger.reading() as connection:
                return kept(connection)

    with ThreadPoolExecutor(16) as readers:
        assert [each.result(25) for each in [readers.submit(read) for _ in range(16)]] == [0] * 16
