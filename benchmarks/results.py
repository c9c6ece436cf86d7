"""Writes what a benchmark found as one Markdown page and one JSON file."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import asdict
from itertools import pairwise
from pathlib import Path

from benchmarks.machine import Machine
from benchmarks.running import Cost

TITLES = {
    "audit": "`decroche audit`, all reports",
    "figures": "the audit up to its figures",
    "pandas": "pandas script",
    "DuckDB": "DuckDB script",
}


def write(found: Mapping[int, Mapping[str, Cost]], machine: Machine, folder: Path) -> list[Path]:
    """Write ``speed.md`` and ``speed.json`` for the costs by size and program."""
    folder.mkdir(parents=True, exist_ok=True)
    page, data = folder / "speed.md", folder / "speed.json"
    page.write_text(markdown(found, machine), encoding="utf-8")
    costs = {str(calls): {name: asdict(cost) for name, cost in costs.items()} for calls, costs in found.items()}
    data.write_text(json.dumps({"machine": asdict(machine), "costs": costs}, indent=1) + "\n", encoding="utf-8")
    return [page, data]


def markdown(found: Mapping[int, Mapping[str, Cost]], machine: Machine) -> str:
    """The page: one table for each size, then the growth from each size to the next."""
    lines = ["# Measured speed", "", "Written by `make bench`; `docs/explanation/speed.md` says how to read it.", ""]
    lines += [machine.line + ".", ""]
    if machine.busy:
        lines += ["**The machine was busy: only processor times and memory can be compared.**", ""]
    for calls, costs in found.items():
        lines += [f"## {calls:,} calls", "", *_table(calls, costs), ""]
    sizes = sorted(found)
    for small, large in pairwise(sizes):
        lines += [
            f"## From {small:,} to {large:,} calls: × {large / small:g}",
            "",
            *_growth(found[small], found[large]),
        ]
    return "\n".join(lines).rstrip() + "\n"


def _table(calls: int, costs: Mapping[str, Cost]) -> list[str]:
    lines = [
        "| program | wall s | calls/s | CPU s | peak MB | wall ÷ pandas | CPU ÷ pandas | memory ÷ pandas "
        "| wall ÷ DuckDB | CPU ÷ DuckDB |",
        "|---|---:|---:|---:|---:|---:|---:|---:|---:|---:|",
    ]
    pandas, duckdb = costs["pandas"], costs["DuckDB"]
    for name, title in TITLES.items():
        cost = costs[name]
        ratios = (
            cost.wall_s / pandas.wall_s, cost.cpu_s / pandas.cpu_s, cost.peak_mb / pandas.peak_mb,
            cost.wall_s / duckdb.wall_s, cost.cpu_s / duckdb.cpu_s,
        )  # fmt: skip
        lines.append(
            f"| {title} | {cost.wall_s:.1f} | {calls / cost.wall_s:,.0f} | {cost.cpu_s:.1f} | {cost.peak_mb:,.0f} | "
            + " | ".join(f"{ratio:.2f}" for ratio in ratios)
            + " |"
        )
    return lines


def _growth(small: Mapping[str, Cost], large: Mapping[str, Cost]) -> list[str]:
    lines = ["| program | wall × | CPU × | memory × |", "|---|---:|---:|---:|"]
    for name, title in TITLES.items():
        less, more = small[name], large[name]
        lines.append(
            f"| {title} | {more.wall_s / less.wall_s:.1f} | {more.cpu_s / less.cpu_s:.1f} "
            f"| {more.peak_mb / less.peak_mb:.1f} |"
        )
    return [*lines, ""]
