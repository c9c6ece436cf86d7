"""``python -m benchmarks.timers``: what sleeping timers cost, and how late steps run, on SQLite and on PostgreSQL."""

from __future__ import annotations

import argparse
import json
import os
import random
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import sqlalchemy as sa
from tests.postgresql import Server

from benchmarks.machine import Machine
from benchmarks.processor import server_cpu_s
from decroche.ledger.store import Ledger
from decroche.recover.timers import Timers

RESULTS = Path(__file__).parent / "results"
#: Misses a second while lateness is measured, and for how long.
RATES = {"SQLite": 10, "PostgreSQL": 50}
RATE_S, IDLE_S = 15, 20
#: The delay of the delayed steps, and how many timers are brought forward.
DELAY_S, WOKEN = 5.0, 60
#: How many are due at once after a pause.
BACKLOG = 1_000
#: What the journal of arriving webhooks does meanwhile: transactions a second, rows in each.
COMMITS, ROWS = 100, 30
#: Timers set in one transaction.
_BATCH = 1_000
#: A server that keeps what it has committed.
DURABLE = {"shared_buffers": "256MB"}

_tables = sa.MetaData()
_done = sa.Table("bench_done", _tables, sa.Column("key", sa.Text, primary_key=True), sa.Column("late_s", sa.Float))
_arrived = sa.Table("bench_arrived", _tables, sa.Column("id", sa.Integer, primary_key=True), sa.Column("body", sa.Text))


@dataclass(frozen=True, slots=True, kw_only=True)
class Measured:
    """Shares are of one core; ``*_mb`` are over the process before it started; milliseconds are p50 and p99."""

    database: str
    sleeping: int
    set_per_s: float
    start_s: float
    idle_share: float
    idle_server_share: float
    idle_mb: float
    woken_ms: tuple[float, float]
    rate: int
    at_once_ms: tuple[float, float]
    delayed_ms: tuple[float, float]
    at_once_beside_webhooks_ms: tuple[float, float]
    backlog_per_s: float
    step_cpu_ms: float


class Bench:
    """One process with timers over a ledger in which others sleep."""

    def __init__(self, ledger: Ledger, timers: Timers) -> None:
        self._ledger = ledger
        self._timers = timers
        self._late: list[float] = []
        self._changed = threading.Condition()
        self._number = 0

    def step(self, subject: Mapping[str, str]) -> None:
        """What a step does at least: one row, in a transaction of its own."""
        late = time.time() - float(subject["due"])
        with self._ledger.writing() as connection:
            connection.execute(sa.insert(_done).values(key=subject["key"], late_s=late))
        with self._changed:
            self._late.append(late)
            self._changed.notify_all()

    def set(self, delay_s: float) -> str:
        """One timer that is due after ``delay_s``; its subject says when."""
        self._number += 1
        key = f"bench-{self._number}"
        now = datetime.now(UTC)
        at = now + timedelta(seconds=delay_s)
        with self._ledger.writing() as connection:
            self._timers.set(connection, key, "step", {"key": key, "due": str(at.timestamp())}, at=at, now=now)
        return key

    def lateness(self, count: int, rate: float, delay_s: float) -> tuple[float, float]:
        """Set so many, at random moments of so many a second. Milliseconds from due to the step's begin."""
        self._late.clear()
        chance = random.Random(1)
        began = time.perf_counter()
        due = 0.0
        for _ in range(count):
            due += chance.expovariate(rate)
            time.sleep(max(0.0, began + due - time.perf_counter()))
            self.set(delay_s)
        return self._wait(count)

    def woken(self, count: int) -> tuple[float, float]:
        """Milliseconds from the commit that brings a timer forward to its step's begin."""
        keys = [self.set(3600.0) for _ in range(count)]
        self._late.clear()
        waits: list[float] = []
        for number, key in enumerate(keys):
            time.sleep(random.Random(number).uniform(0.05, 0.2))
            with self._ledger.writing() as connection:
                self._timers.bring_forward(connection, key)
            at = time.perf_counter()
            self._wait(number + 1)
            waits.append(time.perf_counter() - at)
        return _quantiles(waits)

    def backlog(self, count: int) -> float:
        """Steps a second, when so many are due at once."""
        self._late.clear()
        now = datetime.now(UTC)
        with self._ledger.writing() as connection:
            for number in range(count):
                words = {"key": f"backlog-{number}", "due": str(now.timestamp())}
                self._timers.set(connection, words["key"], "step", words, at=now, now=now)
        began = time.perf_counter()
        self._wait(count)
        return count / (time.perf_counter() - began)

    def _wait(self, count: int) -> tuple[float, float]:
        with self._changed:
            if not self._changed.wait_for(lambda: len(self._late) >= count, 120):
                raise RuntimeError(f"only {len(self._late)} of {count} steps ran")
            return _quantiles(self._late)

    def webhooks(self, stop: threading.Event) -> None:
        """Commit as the journal does while deliveries arrive."""
        while not stop.is_set():
            began = time.perf_counter()
            with self._ledger.writing() as connection:
                connection.execute(sa.insert(_arrived), [{"body": "x" * 500} for _ in range(ROWS)])
            stop.wait(max(0.0, 1 / COMMITS - (time.perf_counter() - began)))


def fill(ledger: Ledger, timers: Timers, sleeping: int) -> float:
    """Set the sleeping timers, due in the coming month. Returns how many a second."""
    now = datetime.now(UTC)
    began = time.perf_counter()
    for first in range(0, sleeping, _BATCH):
        with ledger.writing() as connection:
            for number in range(first, min(sleeping, first + _BATCH)):
                at = now + timedelta(days=1, seconds=number * 30 * 86_400 / sleeping)
                timers.set(connection, f"sleeps-{number}", "step", {"key": f"sleeps-{number}"}, at=at, now=now)
    return sleeping / (time.perf_counter() - began)


def run(url: str, sleeping: int, set_per_s: float, server: int | None) -> Measured:
    """Measure in this process, which is new."""
    ledger = Ledger(url)
    timers = Timers(ledger)
    with ledger.writing() as connection:
        connection.execute(sa.select(1))
    bench = Bench(ledger, timers)
    bare = _resident_mb()
    began = time.perf_counter()
    timers.start({"step": bench.step})
    start_s = time.perf_counter() - began
    time.sleep(3)
    spent, served, began = time.process_time(), server_cpu_s(server), time.perf_counter()
    time.sleep(IDLE_S)
    passed = time.perf_counter() - began
    idle, idle_server, resident = time.process_time() - spent, server_cpu_s(server) - served, _resident_mb()
    database = "SQLite" if ledger.embedded else "PostgreSQL"
    rate = RATES[database]
    woken = bench.woken(WOKEN)
    spent = time.process_time()
    at_once = bench.lateness(rate * RATE_S, rate, 0)
    step_cpu = time.process_time() - spent - idle / passed * RATE_S
    delayed = bench.lateness(rate * RATE_S, rate, DELAY_S)
    stop = threading.Event()
    webhooks = threading.Thread(target=bench.webhooks, args=(stop,))
    webhooks.start()
    beside = bench.lateness(rate * RATE_S, rate, 0)
    stop.set()
    webhooks.join()
    backlog = bench.backlog(BACKLOG)
    timers.stop(patience_s=1)
    ledger.close()
    return Measured(
        database=database,
        sleeping=sleeping,
        set_per_s=set_per_s,
        start_s=start_s,
        idle_share=idle / passed,
        idle_server_share=idle_server / passed,
        idle_mb=resident - bare,
        woken_ms=woken,
        rate=rate,
        at_once_ms=at_once,
        delayed_ms=delayed,
        at_once_beside_webhooks_ms=beside,
        backlog_per_s=backlog,
        step_cpu_ms=1000 * step_cpu / (rate * RATE_S),
    )


def measure(url: str, sleeping: int, server: Server | None) -> Measured:
    """Fill a database, then measure in a process of its own."""
    ledger = Ledger(url)
    ledger.migrate()
    timers = Timers(ledger)
    timers.migrate()
    with ledger.writing() as connection:
        _tables.create_all(connection)
    set_per_s = fill(ledger, timers, sleeping)
    timers.stop(patience_s=0)
    ledger.close()
    process = 0 if server is None else int((server.folder / "data" / "postmaster.pid").read_text().split()[0])
    words = [sys.executable, "-m", "benchmarks.timers", "--run", url, str(sleeping), str(set_per_s), str(process)]
    told: dict[str, Any] = json.loads(subprocess.run(words, check=True, stdout=subprocess.PIPE, text=True).stdout)
    return Measured(**told)


def _resident_mb() -> float:
    pages = int(Path("/proc/self/statm").read_text().split()[1])
    return pages * os.sysconf("SC_PAGE_SIZE") / 1e6


def _quantiles(seconds: Sequence[float]) -> tuple[float, float]:
    ordered = sorted(seconds)
    return tuple(1000 * ordered[min(len(ordered) - 1, int(share * len(ordered)))] for share in (0.5, 0.99))  # type: ignore[return-value]


def markdown(found: Sequence[Measured], machine: Machine) -> str:
    """The page."""
    lines = [
        "# Measured timers",
        "",
        "Written by `python -m benchmarks.timers`; `docs/decisions/0016-timers-are-rows-of-dbos.md` reads it.",
        "",
        machine.line + ".",
        "",
    ]
    if machine.busy:
        lines += ["**The machine was busy: the processor times can be compared, latencies are too long.**", ""]
    lines += ["| | " + " | ".join(each.database for each in found) + " |", "|---" + "|---:" * len(found) + "|"]
    rows = {
        "timers asleep": [f"{m.sleeping:,}" for m in found],
        "set, 1,000 in a transaction, per second": [f"{m.set_per_s:,.0f}" for m in found],
        "start of a worker, s": [f"{m.start_s:.2f}" for m in found],
        "idle worker, share of a core": [f"{m.idle_share:.1%}" for m in found],
        "idle database server, share of a core": [f"{m.idle_server_share:.1%}" for m in found],
        "memory over the bare process, MB": [f"{m.idle_mb:.0f}" for m in found],
        "brought forward, to its step, p50 / p99 ms": [_pair(m.woken_ms) for m in found],
        "misses a second below": [str(m.rate) for m in found],
        "due at once, to its step, p50 / p99 ms": [_pair(m.at_once_ms) for m in found],
        f"the same while webhooks commit {COMMITS} times a second": [
            _pair(m.at_once_beside_webhooks_ms) for m in found
        ],
        f"due after {DELAY_S:g} s, late by, p50 / p99 ms": [_pair(m.delayed_ms) for m in found],
        f"{BACKLOG:,} due at once: steps a second, one worker": [f"{m.backlog_per_s:,.0f}" for m in found],
        "processor time of a step with one row, ms": [f"{m.step_cpu_ms:.1f}" for m in found],
    }
    lines += [f"| {name} | {' | '.join(values)} |" for name, values in rows.items()]
    return "\n".join(lines) + "\n"


def _pair(milliseconds: Sequence[float]) -> str:
    return " / ".join(f"{each:,.0f}" for each in milliseconds)


def main() -> None:
    """Measure, print and write the results."""
    if sys.argv[1:2] == ["--run"]:
        url, sleeping, set_per_s, process = sys.argv[2:]
        print(json.dumps(asdict(run(url, int(sleeping), float(set_per_s), int(process)))))
        return
    parser = argparse.ArgumentParser(prog="python -m benchmarks.timers", description=__doc__)
    parser.add_argument("--timers", type=int, default=100_000)
    parser.add_argument("--database", choices=["sqlite", "postgresql", "both"], default="both")
    parser.add_argument("--out", type=Path, default=RESULTS)
    asked = parser.parse_args()
    machine = Machine.at_rest()
    found: list[Measured] = []
    if asked.database != "postgresql":
        with tempfile.TemporaryDirectory(prefix="decroche-bench-") as folder:
            found.append(measure(f"sqlite:///{Path(folder) / 'ledger.db'}", asked.timers, None))
            print(found[-1])
    if asked.database != "sqlite":
        server = Server(DURABLE)
        try:
            with server.database(migrated=False) as url:
                found.append(measure(url, asked.timers, server))
                print(found[-1])
        finally:
            server.remove()
    asked.out.mkdir(parents=True, exist_ok=True)
    (asked.out / "timers.md").write_text(markdown(found, machine), encoding="utf-8")
    told = {"machine": asdict(machine), "measured": [asdict(each) for each in found]}
    (asked.out / "timers.json").write_text(json.dumps(told, indent=1) + "\n", encoding="utf-8")


if __name__ == "__main__":
    main()
