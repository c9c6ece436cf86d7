"""python -m benchmarks.quarter [--calls 5000000]: the quarter of a 50-site group on paper, and its figures in pandas.

The goal: under 30 seconds on two cores. Each is run in a process of its own, and its peak of memory is told.
"""

from __future__ import annotations

import argparse
import resource
import subprocess
import sys
import tempfile
import time

from benchmarks.quarter import group

_GOAL_S = 30.0


def main() -> None:
    """Make the lake, then measure both."""
    parser = argparse.ArgumentParser()
    parser.add_argument("--calls", type=int, default=5_000_000)
    parser.add_argument("--only", choices=("ours", "pandas"))
    parser.add_argument("--lake")
    asked = parser.parse_args()
    if asked.only:
        _measure(asked.only, asked.lake)
        return
    with tempfile.TemporaryDirectory(prefix="decroche-bench-") as folder:
        group.write(folder, calls=asked.calls)
        print(f"{asked.calls:,} calls in each of two quarters, {group.SITES} sites; the goal is {_GOAL_S:.0f} s")
        for who in ("ours", "pandas"):
            command = [sys.executable, "-m", "benchmarks.quarter", "--only", who, "--lake", folder]
            subprocess.run(command, check=True)


def _measure(who: str, place: str) -> None:
    begun = time.perf_counter()
    if who == "ours":
        from benchmarks.quarter.ours import paper

        said = paper(place)
    else:
        from benchmarks.quarter.plain import figures
        from decroche.warehouse.lake import Lake

        said = f"{len(figures(Lake(place, lambda _: int)))} groups of figures, no paper"
    wall, usage = time.perf_counter() - begun, resource.getrusage(resource.RUSAGE_SELF)
    cpu, peak = usage.ru_utime + usage.ru_stime, usage.ru_maxrss / 1024
    print(f"{who:<8} {wall:6.1f} s wall  {cpu:6.1f} s processor  {peak:7.0f} MB  {said}")


if __name__ == "__main__":
    main()
