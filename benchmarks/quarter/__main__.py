"""``python -m benchmarks.quarter``: the quarter of a 50-site group on paper, and its figures plainly in pandas.

The goal: 5 million calls in under 30 seconds on two cores.
"""

from __future__ import annotations

import argparse
import json
import tempfile
from collections.abc import Mapping
from dataclasses import asdict
from pathlib import Path

from benchmarks import group
from benchmarks.machine import Machine
from benchmarks.running import Cost, run

RESULTS = Path(__file__).parent.parent / "results"
SIZES = (1_000_000, 5_000_000)
#: A first run, in which Python compiles what both import.
_WARM_UP = 10_000
_GOAL_S = 30
_TITLES = {"ours": "the quarter, printed and archived", "plain": "pandas, fewer figures and no paper"}


def compare(calls: int, folder: Path) -> dict[str, Cost]:
    """What both cost, each in a process of its own, with so many calls in each of two quarters."""
    lake = folder / f"group-{calls}" / "lake"
    if not lake.exists():
        group.write(str(lake), calls=calls)
    return {program: run(["-m", f"benchmarks.quarter.{program}", str(lake)], folder) for program in _TITLES}


def markdown(found: Mapping[int, Mapping[str, Cost]], machine: Machine) -> str:
    """The page: a table for each size, and the growth."""
    lines = ["# A quarter of a large group on paper", "", "Written by `make bench`. The goal: 5,000,000 calls in under"]
    lines += [f"{_GOAL_S} s on two cores; as many calls of a year before are read beside them.", "", f"{machine.line}."]
    if machine.busy:
        lines += ["", "**The machine was busy: only processor times and memory can be compared.**"]
    for calls, costs in found.items():
        lines += [
            "",
            f"## {calls:,} calls, {group.SITES} sites",
            "",
            "| program | wall s | CPU s | peak MB | ÷ pandas |",
        ]
        lines.append("|---|---:|---:|---:|---:|")
        lines += [
            f"| {title} | {costs[name].wall_s:.1f} | {costs[name].cpu_s:.1f} | {costs[name].peak_mb:,.0f} "
            f"| {costs[name].wall_s / costs['plain'].wall_s:.2f} |"
            for name, title in _TITLES.items()
        ]
    return "\n".join(lines) + "\n"


def main() -> None:
    """Measure, print and write the results."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks.quarter", description=__doc__)
    parser.add_argument("--calls", type=int, nargs="+", default=SIZES)
    parser.add_argument("--out", type=Path, default=RESULTS, help="folder that receives quarter.md and quarter.json")
    asked = parser.parse_args()
    with tempfile.TemporaryDirectory(prefix="decroche-bench-") as temporary:
        compare(_WARM_UP, Path(temporary))
        machine = Machine.at_rest()
        found = {calls: compare(calls, Path(temporary)) for calls in asked.calls}
    page = markdown(found, machine)
    print(page)
    asked.out.mkdir(parents=True, exist_ok=True)
    (asked.out / "quarter.md").write_text(page, encoding="utf-8")
    costs = {str(calls): {name: asdict(cost) for name, cost in each.items()} for calls, each in found.items()}
    data = {"machine": asdict(machine), "costs": costs}
    (asked.out / "quarter.json").write_text(json.dumps(data, indent=1) + "\n", encoding="utf-8")


if __name__ == "__main__":
    main()
