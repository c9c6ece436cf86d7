"""``python -m benchmarks.desk``: every page with a year of calls, and 200 browsers that watch it live."""

from __future__ import annotations

import argparse
import asyncio
import itertools
import sys
import tempfile
import time
from collections.abc import Sequence
from pathlib import Path

import httpx
from tests.faults.serving import Serving, free_port

from benchmarks.deliveries.__main__ import peak_mb
from benchmarks.deliveries.platform import account, present, requests
from benchmarks.desk.asking import Member, parts_of, words_of
from benchmarks.desk.pages import addresses, measure, one_row, routes
from benchmarks.desk.results import Live, Size, markdown
from benchmarks.desk.staff import DOOR, Staff, hire, prepare
from benchmarks.desk.watching import Place, parts, watch
from benchmarks.machine import Machine
from benchmarks.processor import cpu_s
from benchmarks.recovery.__main__ import resident_mb
from decroche.model.member import Role
from decroche.warehouse.lake_rows import TABLES

RESULTS = Path(__file__).parent.parent / "results"
#: Calls and open journeys: two sizes show what grows.
SIZES = {100_000: 2_000, 1_000_000: 20_000}
#: Browsers that watch at once, and for how many seconds nothing happens while the processor time is counted.
BROWSERS, IDLE_S = 200, 10
_PATIENCE_S = 600.0
#: The part of a page in which callers are found.
SHOWS = "/live/now"


class Phone:
    """Delivers a missed call whenever it is asked to, each of another caller."""

    def __init__(self, port: int) -> None:
        self._port = port
        self._numbers = itertools.count(10_000_000)
        self._client = httpx.Client(base_url=f"http://127.0.0.1:{port}", timeout=60)

    def miss(self) -> None:
        """A call is missed, and the page of the day knows it."""
        number = next(self._numbers)
        for sent in requests(range(number, number + 1), account(self._port, DOOR), self._port, present()):
            head, _, body = sent.partition(b"\r\n\r\n")
            first, *lines = head.decode().split("\r\n")
            headers = dict(line.split(": ", 1) for line in lines)
            self._client.post(first.split()[1], content=body, headers=headers).raise_for_status()
        time.sleep(0.05)

    def close(self) -> None:
        """No more calls."""
        self._client.close()


def settled(process_id: int, lake: Path) -> None:
    """Wait until the lake is there and the server does nothing."""
    until = time.monotonic() + _PATIENCE_S
    while time.monotonic() < until:
        there = all(next(lake.glob(f"*/{kept.name}/_delta_log/*.json"), None) for kept in TABLES)
        before = cpu_s([process_id])
        time.sleep(2)
        if there and cpu_s([process_id]) - before < 0.2:
            return
    raise TimeoutError("the server does not come to rest")


def live(port: int, ids: Sequence[int], staff: Staff, places: dict[str, Place], browsers: int, events: int) -> Live:
    """From a missed call to the browsers that show it, with so many of them."""
    sessions = [each for found in zip(*staff.sessions.values(), strict=True) for each in found]
    if browsers == 1:
        sessions = list(staff.sessions[Role.OWNER])
    chosen = [(sessions[number % len(sessions)], place) for number, place in enumerate(parts(places, browsers))]
    before, began = cpu_s(ids), time.perf_counter()
    first = 20_000_000 + 100_000 * browsers + int(time.time()) % 100_000
    told = asyncio.run(watch(port, chosen, shows=SHOWS, first=first, events=events, every_s=1.0))
    passed = time.perf_counter() - began
    return Live(
        browsers=browsers,
        events=events,
        shown=len(told.shown),
        # The calls name no site: only who may see all of them is shown them.
        wanted=events * sum(place.part == SHOWS and each in staff.sessions[Role.OWNER] for each, place in chosen),
        ms=sorted(1000 * each for each in told.shown),
        share=(cpu_s(ids) - before) / passed,
        resident_mb=sum(resident_mb(each) for each in ids),
        words=told.words,
        parts=told.parts,
    )


def run(calls: int, open_journeys: int, asked: argparse.Namespace) -> Size:
    """All of one size."""
    paths = routes()
    with tempfile.TemporaryDirectory(prefix="decroche-bench-") as told:
        folder = Path(told)
        began = time.perf_counter()
        path = prepare(folder, asked.folder, calls=calls, open_journeys=open_journeys)
        staff = hire(path, each=asked.members)
        print(f"{calls:,} calls, made in {time.perf_counter() - began:.0f} s", file=sys.stderr)
        began = time.perf_counter()
        more = {"DECROCHE_DATA": str(folder)}
        with Serving(f"sqlite:///{path}", port=free_port(), more=more) as server:
            ids = [server.process.pid]
            settled(ids[0], folder / "lake")
            ready_s = time.perf_counter() - began
            print(f"at rest after {ready_s:.0f} s", file=sys.stderr)
            phone, program = Phone(server.port), Member(server.port, token=staff.token)
            measured, row, places = [], [], dict[str, Place]()
            call = f"{calls // 2:032x}"[::-1]
            one_row(program, call, rounds=20)
            for role, sessions in staff.sessions.items():
                member = Member(server.port, session=sessions[0])
                found = addresses(member, paths)
                if asked.pages:
                    found = {each: page for each, page in found.items() if each.startswith(tuple(asked.pages))}
                for each, page in found.items():
                    for part, word in zip(parts_of(page.text)[0], words_of(page.text), strict=False):
                        if "?" not in each:
                            places.setdefault(each, Place(part, word))
                few = 1 if role is Role.OWNER else 3
                measured += measure(
                    member, role, found, phone.miss, rounds=asked.rounds // few, cold=max(1, asked.cold // few)
                )
                row += one_row(program, call, rounds=asked.rounds)
                member.close()
            phone.close()
            before, began = cpu_s(ids), time.perf_counter()
            time.sleep(IDLE_S)
            idle = (cpu_s(ids) - before) / (time.perf_counter() - began)
            found_live = []
            if asked.browsers and "/" in places:
                common = {each: place for each, place in places.items() if each in {"/", "/callbacks", "/inbox"}}
                found_live = [
                    live(server.port, ids, staff, common, browsers, asked.events) for browsers in (1, asked.browsers)
                ]
            peak = peak_mb(ids[0])
    return Size(
        calls=calls, open_journeys=open_journeys, pages=measured, row=sorted(row), live=found_live, idle=idle,
        peak_mb=peak, ready_s=ready_s,
    )  # fmt: skip


def main() -> None:
    """Measure, print and write the results."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks.desk", description=__doc__)
    parser.add_argument("--calls", type=int, nargs="+", default=list(SIZES))
    parser.add_argument("--rounds", type=int, default=100, help="questions of each address while nothing changes")
    parser.add_argument("--cold", type=int, default=20, help="questions of each after the data changed")
    parser.add_argument("--browsers", type=int, default=BROWSERS, help="that watch at once; 0: nobody watches")
    parser.add_argument("--events", type=int, default=60, help="missed calls, one a second, while they watch")
    parser.add_argument("--members", type=int, default=7, help="of each role")
    parser.add_argument("--pages", nargs="*", default=[], help="only addresses that begin so")
    parser.add_argument("--folder", type=Path, help="keeps the ledgers between runs")
    parser.add_argument("--out", type=Path, default=RESULTS)
    asked = parser.parse_args()
    machine = Machine.at_rest()
    sizes = [run(calls, SIZES.get(calls, calls // 50), asked) for calls in sorted(asked.calls)]
    asked.out.mkdir(parents=True, exist_ok=True)
    (asked.out / "desk.md").write_text(markdown(sizes, machine), encoding="utf-8")
    print(markdown(sizes, machine))


if __name__ == "__main__":
    main()
