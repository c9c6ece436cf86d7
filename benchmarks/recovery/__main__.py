"""``python -m benchmarks.recovery``: from a miss to its text handed over; and what 100,000 sleeping playbooks cost."""

from __future__ import annotations

import argparse
import json
import os
import resource
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator, Sequence
from contextlib import ExitStack, contextmanager
from dataclasses import asdict, dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path

import httpx
from tests.faults.serving import Serving, free_port
from tests.postgresql import Server
from tests.reach.sleepers import open_journeys

from benchmarks.machine import Machine
from benchmarks.processor import cpu_s, server_cpu_s
from benchmarks.recovery.businesses import GATEWAY, TOKEN, name, set_up
from decroche.ledger.store import Ledger
from decroche.recover.timers import Timers

RESULTS = Path(__file__).parent.parent / "results"
#: Misses a second, and the businesses that have them: each sender may send 10 texts a second.
RATES, BUSINESSES = {"SQLite": 10, "PostgreSQL": 50}, {"SQLite": 2, "PostgreSQL": 10}
#: Calls a second of others meanwhile, and for how long.
OTHERS, LASTS_S, WARMS_S = 25, 20, 4
#: How long nothing happens while the processor time is counted, and how many of those who sleep write.
IDLE_S, WOKEN = 20, 40
_FIRST, _WARMING, _SLEEPER = 50_000_000, 40_000_000, 33_611_110_001
_PATIENCE_S = 120.0
DURABLE = {"shared_buffers": "256MB"}


@dataclass(frozen=True, slots=True, kw_only=True)
class Measured:
    """Milliseconds are p50 and p99; shares are of one core. ``bare_*``: the same server with nothing to wait for."""

    database: str
    misses_per_s: int
    others_per_s: int
    texted: int
    text_ms: tuple[float, float]
    cpu_ms_per_miss: float
    server_cpu_ms_per_miss: float
    beside_cpu_ms_per_miss: float
    sleeping: int
    bare_share: float
    asleep_share: float
    bare_mb: float
    asleep_mb: float
    woken_ms: tuple[float, float]


class Peer:
    """The process that stands for the gateway, and what it has taken."""

    def __init__(self, folder: Path) -> None:
        self._out = folder / "texts"
        self._out.touch()
        self.port = free_port()
        words = [sys.executable, "-m", "benchmarks.recovery.peer", str(self.port), str(self._out)]
        self._process = subprocess.Popen(words)
        self.url = f"http://127.0.0.1:{self.port}/cgi-bin/sendsms"

    def taken(self) -> dict[str, float]:
        """When each number was first texted."""
        found: dict[str, float] = {}
        for line in self._out.read_text().splitlines():
            to, _, at = line.partition(" ")
            found.setdefault(to, float(at))
        return found

    def count(self) -> int:
        """How many texts came, those to one number included."""
        return self._out.read_bytes().count(b"\n")

    def cpu_s(self) -> float:
        """The processor seconds that it has spent, and those who miss calls: they are the children that have ended."""
        ended = resource.getrusage(resource.RUSAGE_CHILDREN)
        return cpu_s([self._process.pid]) + ended.ru_utime + ended.ru_stime

    def close(self) -> None:
        """End it."""
        self._process.kill()
        self._process.wait()


@contextmanager
def serving(url: str, port: int) -> Iterator[list[int]]:
    """The server as it is: on SQLite one process, on PostgreSQL one at the door and one that works. Their ids."""
    with ExitStack() as stack:
        if url.startswith("sqlite"):
            processes = [stack.enter_context(Serving(url, port=port))]
        else:
            web = stack.enter_context(Serving(url, port=port, role="web"))
            more = {"DECROCHE_PUBLIC_URL": web.base}
            processes = [web, stack.enter_context(Serving(url, role="worker", more=more))]
        yield [each.process.pid for each in processes]
        for each in processes:
            each.stop()


def measure(url: str, folder: Path, sleeping: int, server: int | None = None) -> Measured:
    """Misses first, then sleepers, in one ledger. ``server``: the process of the database server, if there is one."""
    ledger = Ledger(url)
    ledger.migrate()
    database = "SQLite" if ledger.embedded else "PostgreSQL"
    peer, port = Peer(folder), free_port()
    try:
        set_up(ledger, BUSINESSES[database], peer.url)
        with serving(url, port) as ids:
            misses(folder, port, database, WARMS_S, _WARMING, peer)
            time.sleep(3)
            bare_share, bare_mb = idle(ids)
            before, before_server, before_beside = cpu_s(ids), server_cpu_s(server), peer.cpu_s()
            waits = misses(folder, port, database, LASTS_S, _FIRST, peer)
            spent, spent_server = cpu_s(ids) - before, server_cpu_s(server) - before_server
            spent_beside = peer.cpu_s() - before_beside
        timers = Timers(ledger)
        now = datetime.now(UTC)
        due = {
            _SLEEPER + number: now + timedelta(days=1, seconds=number * 26 * 86_400 / max(1, sleeping))
            for number in range(sleeping)
        }
        open_journeys(ledger, timers, name(0), due, texted=True, now=now)
        timers.stop(patience_s=0)
        ledger.close()
        with serving(url, port) as ids:
            time.sleep(5)
            share, resident = idle(ids)
            woken = wake(port, peer, sleeping)
    finally:
        peer.close()
    return Measured(
        database=database,
        misses_per_s=RATES[database],
        others_per_s=OTHERS,
        texted=len(waits),
        text_ms=_quantiles(waits),
        cpu_ms_per_miss=1000 * spent / max(1, len(waits)),
        server_cpu_ms_per_miss=1000 * spent_server / max(1, len(waits)),
        beside_cpu_ms_per_miss=1000 * spent_beside / max(1, len(waits)),
        sleeping=sleeping,
        bare_share=bare_share,
        asleep_share=share,
        bare_mb=bare_mb,
        asleep_mb=resident,
        woken_ms=_quantiles(woken),
    )


def misses(folder: Path, port: int, database: str, seconds: int, first: int, peer: Peer) -> list[float]:
    """The seconds from the end event of each miss to its text at the gateway."""
    out, rate, businesses = folder / "load.json", RATES[database], BUSINESSES[database]
    words = [port, businesses, seconds, rate, OTHERS, first, out]
    subprocess.run([sys.executable, "-m", "benchmarks.recovery.load", *map(str, words)], check=True)
    sent_at: dict[str, float] = json.loads(out.read_text())
    numbers = {f"+336{int(number) % 100_000_000:08d}": at for number, at in sent_at.items()}
    began = time.monotonic()
    while not numbers.keys() <= (taken := peer.taken()).keys():
        if time.monotonic() - began > _PATIENCE_S:
            print(f"only {len(numbers.keys() & taken.keys())} of {len(numbers)} were texted", file=sys.stderr)
            break
        time.sleep(0.2)
    return [taken[to] - at for to, at in numbers.items() if to in taken]


def idle(ids: Sequence[int]) -> tuple[float, float]:
    """The share of a core while nothing happens, and the resident megabytes."""
    before, began = cpu_s(ids), time.perf_counter()
    time.sleep(IDLE_S)
    return (cpu_s(ids) - before) / (time.perf_counter() - began), sum(resident_mb(each) for each in ids)


def wake(port: int, peer: Peer, sleeping: int) -> list[float]:
    """The seconds from a reply's delivery to the answer at the gateway: what slept has looked by then."""
    waits = []
    with httpx.Client() as client:
        for number in range(min(WOKEN, sleeping)):
            person = f"+{_SLEEPER + number * (sleeping // WOKEN)}"
            told = {"token": TOKEN, "id": f"in{number}", "from": person, "to": "36111", "text": "RAPPEL"}
            at = {"charset": "UTF-8", "at": str(int(time.time()))}
            began = time.time()
            client.get(f"http://127.0.0.1:{port}/hooks/smpp/{GATEWAY}-0", params=told | at).raise_for_status()
            while person not in (taken := peer.taken()):
                if time.time() - began > _PATIENCE_S:
                    raise RuntimeError("a reply was not answered")
                time.sleep(0.02)
            waits.append(taken[person] - began)
    return waits


def resident_mb(process_id: int) -> float:
    """What a process holds in memory now."""
    pages = int(Path(f"/proc/{process_id}/statm").read_text().split()[1])
    return pages * os.sysconf("SC_PAGE_SIZE") / 1e6


def _quantiles(seconds: Sequence[float]) -> tuple[float, float]:
    ordered = sorted(seconds) or [float("nan")]
    at = [ordered[min(len(ordered) - 1, int(share * len(ordered)))] for share in (0.5, 0.99)]
    return 1000 * at[0], 1000 * at[1]


def markdown(found: Sequence[Measured], machine: Machine) -> str:
    """The page."""
    lines = [
        "# Measured recovery",
        "",
        "Written by `python -m benchmarks.recovery`; `docs/explanation/recovery-speed.md` says how to read it.",
        "",
        machine.line + ".",
        "",
    ]
    if machine.busy:
        lines += ["**The machine was busy: processor times and memory can be compared, waits are too long.**", ""]
    lines += ["| | " + " | ".join(each.database for each in found) + " |", "|---" + "|---:" * len(found) + "|"]
    rows = {
        "misses a second": [str(m.misses_per_s) for m in found],
        "calls of others a second meanwhile": [str(m.others_per_s) for m in found],
        "misses that were texted": [f"{m.texted:,}" for m in found],
        "miss to text handed over, beyond the chosen delay, p50 / p99 ms": [_pair(m.text_ms) for m in found],
        "processor time of the server for a miss, others included, ms": [f"{m.cpu_ms_per_miss:.1f}" for m in found],
        "the same of the database server": [f"{m.server_cpu_ms_per_miss:.1f}" for m in found],
        "the same of what stands for phone systems and gateway": [f"{m.beside_cpu_ms_per_miss:.1f}" for m in found],
        "sleeping playbooks": [f"{m.sleeping:,}" for m in found],
        "idle server without them, share of a core": [f"{m.bare_share:.1%}" for m in found],
        "idle server with them, share of a core": [f"{m.asleep_share:.1%}" for m in found],
        "memory without them, MB": [f"{m.bare_mb:.0f}" for m in found],
        "memory with them, MB": [f"{m.asleep_mb:.0f}" for m in found],
        "a reply of one of them to our answer, p50 / p99 ms": [_pair(m.woken_ms) for m in found],
    }
    lines += [f"| {row} | {' | '.join(values)} |" for row, values in rows.items()]
    return "\n".join(lines) + "\n"


def _pair(milliseconds: Sequence[float]) -> str:
    return " / ".join(f"{each:,.0f}" for each in milliseconds)


def main() -> None:
    """Measure, print and write the results."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks.recovery", description=__doc__)
    parser.add_argument("--sleeping", type=int, default=100_000)
    parser.add_argument("--database", choices=["sqlite", "postgresql", "both"], default="both")
    parser.add_argument("--out", type=Path, default=RESULTS)
    asked = parser.parse_args()
    machine = Machine.at_rest()
    found: list[Measured] = []
    with tempfile.TemporaryDirectory(prefix="decroche-bench-") as told:
        folder = Path(told)
        if asked.database != "postgresql":
            found.append(measure(f"sqlite:///{folder / 'ledger.db'}", folder, asked.sleeping))
            print(found[-1])
        if asked.database != "sqlite":
            server = Server(DURABLE)
            try:
                with server.database() as url:
                    process = int((server.folder / "data" / "postmaster.pid").read_text().split()[0])
                    found.append(measure(url, folder, asked.sleeping, process))
                    print(found[-1])
            finally:
                server.remove()
    asked.out.mkdir(parents=True, exist_ok=True)
    (asked.out / "recovery.md").write_text(markdown(found, machine), encoding="utf-8")
    measured = {"machine": asdict(machine), "measured": [asdict(each) for each in found]}
    (asked.out / "recovery.json").write_text(json.dumps(measured, indent=1) + "\n", encoding="utf-8")


if __name__ == "__main__":
    main()
