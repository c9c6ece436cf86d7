"""``python -m benchmarks.deliveries``: deliveries a second, their latency, and the time from a miss to its journey."""

from __future__ import annotations

import argparse
import json
import os
import signal
import socket
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import asdict, dataclass
from pathlib import Path

import httpx
import sqlalchemy as sa
from tests.postgresql import Server

from benchmarks.deliveries.past import fill
from benchmarks.deliveries.platform import call_number
from benchmarks.deliveries.serving import KEY
from benchmarks.deliveries.yardstick import postgresql_rates, sqlite_rates
from benchmarks.machine import Machine
from decroche.ledger.store import Ledger
from decroche.ledger.tables import calls, changes, journeys, observations

RESULTS = Path(__file__).parent.parent / "results"
CONNECTIONS = 32
#: Calls a second, and for how long, when the time to a journey is measured: two deliveries each.
RATE, RATE_S = 150, 20
_BATCH = 100
#: A server that keeps what it has committed.
DURABLE = {"shared_buffers": "256MB"}


@dataclass(frozen=True, slots=True, kw_only=True)
class Measured:
    """``journey_*``: from the sending of the end event to the journey in the ledger, at 300 deliveries/s."""

    database: str
    calls_before: int
    deliveries: int
    accepted_per_s: float
    p50_ms: float
    p99_ms: float
    folded_per_s: float
    journey_p50_ms: float
    journey_p99_ms: float
    peak_mb: float
    bare_single_per_s: float
    bare_batch_per_s: float
    bare_door_per_s: float


@contextmanager
def serving(folder: Path, database: str | None, *, bare: bool = False) -> Iterator[tuple[int, int]]:
    """The server, or the bare door, in a process of its own."""
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    module = "benchmarks.deliveries.bare" if bare else "benchmarks.deliveries.serving"
    command = [sys.executable, "-m", module, str(folder if bare else folder / "data"), str(port)]
    with subprocess.Popen([*command, *([database] if database else [])]) as process:
        try:
            for _ in range(200):
                try:
                    if httpx.get(f"http://127.0.0.1:{port}/ready").is_success:
                        break
                except httpx.TransportError:
                    time.sleep(0.1)
            yield port, process.pid
        finally:
            process.send_signal(signal.SIGTERM)


def send(folder: Path, port: int, first: int, count: int, rate: float) -> dict[str, object]:
    """Have the calls sent by a process beside the server."""
    out = folder / "load.json"
    arguments = [port, KEY, first, count, CONNECTIONS, rate, out]
    subprocess.run([sys.executable, "-m", "benchmarks.deliveries.load", *map(str, arguments)], check=True)
    found: dict[str, object] = json.loads(out.read_text())
    return found


def bare_door(folder: Path, deliveries: int, database: str | None) -> float:
    """Deliveries a second that the bare door accepts."""
    with serving(folder, database, bare=True) as (port, _):
        send(folder, port, 90_000_000, 200, 0)
        found = send(folder, port, 0, deliveries // 2, 0)
    return float(str(found["accepted"])) / float(str(found["seconds"]))


def prepare(folder: Path, database: str | None, wanted: int) -> int:
    """A ledger that has some calls already. Returns how many."""
    with serving(folder, database) as (port, _):
        ledger = Ledger(database or f"sqlite:///{folder / 'data' / 'ledger.db'}")
        send(folder, port, 70_000_000, 4_000, 0)
        until_folded(ledger)
    found = fill(ledger, wanted)
    ledger.close()
    os.sync()  # gigabytes were written: they would be flushed while others measure
    return found


def measure(folder: Path, *, deliveries: int, database: str | None, calls_before: int = 0) -> Measured:
    """One size on one database."""
    before = prepare(folder, database, calls_before) if calls_before else 0
    bare = bare_door(folder, deliveries, database)
    with serving(folder, database) as (port, process_id):
        ledger = Ledger(database or f"sqlite:///{folder / 'data' / 'ledger.db'}")
        send(folder, port, 90_000_000, 200, 0)
        until_folded(ledger)
        began = time.perf_counter()
        found = send(folder, port, 0, deliveries // 2, 0)
        until_folded(ledger)
        folded = time.perf_counter() - began
        waits = time_to_journeys(folder, port, ledger)
        peak = peak_mb(process_id)
        ledger.close()
    rates = (
        [sqlite_rates(folder, batch) for batch in (1, _BATCH)]
        if database is None
        else [postgresql_rates(database, batch) for batch in (1, _BATCH)]
    )
    latencies = sorted(found["latencies"])  # type: ignore[call-overload]
    return Measured(
        database="SQLite" if database is None else "PostgreSQL",
        calls_before=before,
        deliveries=int(str(found["accepted"])),
        accepted_per_s=float(str(found["accepted"])) / float(str(found["seconds"])),
        p50_ms=1000 * _quantile(latencies, 0.5),
        p99_ms=1000 * _quantile(latencies, 0.99),
        folded_per_s=deliveries / folded,
        journey_p50_ms=1000 * _quantile(waits, 0.5),
        journey_p99_ms=1000 * _quantile(waits, 0.99),
        peak_mb=peak,
        bare_single_per_s=rates[0],
        bare_batch_per_s=rates[1],
        bare_door_per_s=bare,
    )


def peak_mb(process_id: int) -> float:
    """The largest resident memory that a running process has had."""
    status = Path(f"/proc/{process_id}/status").read_text()
    [line] = [line for line in status.splitlines() if line.startswith("VmHWM:")]
    return int(line.split()[1]) / 1000


def until_folded(ledger: Ledger) -> None:
    """Return when nothing is pending."""
    pending = sa.select(sa.func.count()).where(observations.c.state == "pending")
    while True:
        with ledger.reading() as connection:
            if not connection.execute(pending).scalar_one():
                return
        time.sleep(0.05)


def time_to_journeys(folder: Path, port: int, ledger: Ledger) -> list[float]:
    """The seconds from each miss's sending to its journey, in order of length."""
    first, count = 50_000_000, RATE * RATE_S
    out = folder / "load.json"
    arguments = [port, KEY, first, count, CONNECTIONS, RATE, out]
    seen: dict[str, float] = {}
    with ledger.reading() as connection:
        position = connection.execute(sa.select(sa.func.max(changes.c.id))).scalar() or 0
    opened = changes.c.kind == "journey.opened"
    with subprocess.Popen([sys.executable, "-m", "benchmarks.deliveries.load", *map(str, arguments)]) as load:
        quiet = 0
        while len(seen) < count and quiet < 600:
            query = sa.select(changes.c.id, changes.c.subject).where(changes.c.id > position, opened)
            with ledger.reading() as connection:
                found = connection.execute(query.order_by(changes.c.id)).all()
            now = time.time()
            seen |= {row.subject: now for row in found}
            position = found[-1].id if found else position
            quiet = 0 if found or load.poll() is None else quiet + 1
            time.sleep(0.005)
    sent_at = {int(number): at for number, at in json.loads(out.read_text())["sent_at"].items()}
    joined = sa.select(journeys.c.id, calls.c.external_key).join(
        calls, (calls.c.account_id == journeys.c.account_id) & (calls.c.person == journeys.c.person)
    )
    waits = []
    with ledger.reading() as connection:
        for row in connection.execute(joined):
            if row.id in seen and (number := call_number(row.external_key)) in sent_at:
                waits.append(seen[row.id] - sent_at[number])
    if len(waits) < count:
        print(f"only {len(waits)} of {count} journeys were seen")
    return sorted(waits)


def _quantile(ordered: Sequence[float], share: float) -> float:
    return ordered[min(len(ordered) - 1, int(share * len(ordered)))] if ordered else float("nan")


def markdown(found: Sequence[Measured], machine: Machine) -> str:
    """The page."""
    lines = [
        "# Measured deliveries",
        "",
        "Written by `python -m benchmarks.deliveries`; `docs/explanation/delivery-speed.md` says how to read it.",
        "",
        machine.line + ".",
        "",
    ]
    if machine.busy:
        lines += ["**The machine was busy: these figures say little.**", ""]
    lines += [
        "| database | calls before | deliveries | accepted/s | p50 ms | p99 ms | accepted and folded/s "
        "| miss to journey p50 ms | p99 ms | MB | bare insert/s | bare 100 in one/s | bare door/s "
        "| accepted ÷ bare door |",
        "|---|---:|---:|---:|---:|---:|---:|---:|---:|---:|---:|---:|---:|---:|",
    ]
    lines += [
        f"| {m.database} | {m.calls_before:,} | {m.deliveries:,} | {m.accepted_per_s:,.0f} | {m.p50_ms:.1f} "
        f"| {m.p99_ms:.1f} | {m.folded_per_s:,.0f} | {m.journey_p50_ms:.0f} | {m.journey_p99_ms:.0f} | {m.peak_mb:.0f} "
        f"| {m.bare_single_per_s:,.0f} | {m.bare_batch_per_s:,.0f} "
        f"| {m.bare_door_per_s:,.0f} | {m.accepted_per_s / m.bare_door_per_s:.2f} |"
        for m in found
    ]
    return "\n".join(lines) + "\n"


def main() -> None:
    """Measure, print and write the results."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks.deliveries", description=__doc__)
    parser.add_argument("--deliveries", type=int, nargs="+", default=[10_000, 50_000])
    parser.add_argument("--database", choices=["sqlite", "postgresql", "both"], default="both")
    parser.add_argument("--out", type=Path, default=RESULTS)
    parser.add_argument("--calls-before", type=int, default=1_000_000, help="also on SQLite with so many; 0: not")
    asked = parser.parse_args()
    machine = Machine.at_rest()
    found: list[Measured] = []
    for count in sorted(asked.deliveries):
        if asked.database != "postgresql":
            with tempfile.TemporaryDirectory(prefix="decroche-bench-") as folder:
                found.append(measure(Path(folder), deliveries=count, database=None))
                print(found[-1])
        if asked.database != "sqlite":
            server = Server(DURABLE)
            with tempfile.TemporaryDirectory(prefix="decroche-bench-") as folder, server.database() as url:
                found.append(measure(Path(folder), deliveries=count, database=url))
                print(found[-1])
            server.remove()
    if asked.calls_before and asked.database != "postgresql":
        with tempfile.TemporaryDirectory(prefix="decroche-bench-") as folder:
            least = min(asked.deliveries)
            found.append(measure(Path(folder), deliveries=least, database=None, calls_before=asked.calls_before))
            print(found[-1])
    asked.out.mkdir(parents=True, exist_ok=True)
    (asked.out / "deliveries.md").write_text(markdown(found, machine), encoding="utf-8")
    told = {"machine": asdict(machine), "measured": [asdict(each) for each in found]}
    (asked.out / "deliveries.json").write_text(json.dumps(told, indent=1) + "\n", encoding="utf-8")


if __name__ == "__main__":
    os.environ.setdefault("PYTHONWARNINGS", "ignore")
    main()
