"""``python -m benchmarks.desk.figures``: how long the figures of the desk take, beside a plain question."""

from __future__ import annotations

import argparse
import resource
import tempfile
import time
from collections.abc import Callable
from pathlib import Path

import sqlalchemy as sa

from benchmarks.desk.past import ACCOUNT, NOW, fill, last_days
from benchmarks.machine import Machine
from decroche.ledger.store import Ledger
from decroche.ledger.tables import calls, counters
from decroche.model.board import Dimension, Period, Step
from decroche.prove.service_board import board, over_time, split
from decroche.prove.service_causes import value_today, why
from decroche.prove.service_desk import Desk
from decroche.warehouse.lake import Lake
from decroche.warehouse.lake_rows import fingerprints
from decroche.warehouse.live_columns import LiveColumns
from decroche.warehouse.refresh import refresh

Asked = Callable[[], object]
CHANGED = 500


def timed(ask: Asked) -> tuple[float, float]:
    """Wall and processor milliseconds."""
    wall, cpu = time.perf_counter(), time.process_time()
    ask()
    return 1000 * (time.perf_counter() - wall), 1000 * (time.process_time() - cpu)


def change(ledger: Ledger, number: int, *, rows: int) -> None:
    """Give so many calls of the last weeks a new revision, as a late fact does."""
    with ledger.writing() as connection:
        first = int(connection.execute(sa.select(counters.c.value)).scalar_one())
        recent = sa.select(calls.c.id).order_by(calls.c.started_at.desc()).limit(rows).offset(7 * number)
        for place, id in enumerate(connection.execute(recent).scalars().all()):
            connection.execute(
                sa.update(calls).where(calls.c.id == id).values(revision=first + place + 1, talk_s=1.0 + place)
            )
        connection.execute(sa.update(counters).values(value=first + rows))


def questions(desk: Desk, days: int) -> dict[str, Asked]:
    """The fragments of a page, in the order in which they are asked for; the first makes what the others share."""
    period = Period(*last_days(days))
    return {
        "answer rate by day": lambda: over_time(desk, ACCOUNT, key="answer_rate", step=Step.DAY, period=period),
        "board": lambda: board(desk, ACCOUNT, period=period),
        "by queue": lambda: split(desk, ACCOUNT, by=Dimension.QUEUE, period=period),
        "why": lambda: why(desk, ACCOUNT, period=period),
        "today": lambda: value_today(desk, ACCOUNT),
    }


def measure(folder: Path, size: int, rounds: int) -> list[str]:
    """The lines of one size."""
    path = folder / f"ledger-{size}.db"
    if not path.exists():
        fill(path, calls=size)
    ledger = Ledger(f"sqlite:///{path}")
    lake = Lake(str(folder / f"lake-{size}"), lambda account: fingerprints(b"benchmark", account))
    lines = [f"## {size:,} calls", "", "| what | wall ms p50 | wall ms worst | CPU ms p50 |", "|---|---:|---:|---:|"]

    def show(name: str, found: list[tuple[float, float]]) -> None:
        wall, cpu = sorted(each[0] for each in found), sorted(each[1] for each in found)
        lines.append(f"| {name} | {wall[len(wall) // 2]:,.0f} | {wall[-1]:,.0f} | {cpu[len(cpu) // 2]:,.0f} |")

    def one_row() -> None:
        with ledger.reading() as connection:
            connection.execute(sa.select(calls).where(calls.c.id == f"{size // 2:032x}"[::-1])).one()

    show("lake from nothing", [timed(lambda: refresh(ledger, lake, ACCOUNT, scratch=folder))])
    merges = []
    for number in range(rounds):
        change(ledger, number, rows=CHANGED)
        merges.append(timed(lambda: refresh(ledger, lake, ACCOUNT, scratch=folder)))
    show(f"merging {CHANGED} changed calls", merges)
    with LiveColumns(ledger, lake, scratch=folder) as columns:
        desk = Desk(ledger, columns, clock=lambda: NOW)
        for ask in questions(desk, 7).values():
            ask()
        for days in (30, 365):
            cold: dict[str, list[tuple[float, float]]] = {}
            kept: dict[str, list[tuple[float, float]]] = {}
            for number in range(rounds):
                change(ledger, number, rows=5)
                for name, ask in questions(desk, days).items():
                    cold.setdefault(name, []).append(timed(ask))
                    kept.setdefault(name, []).append(timed(ask))
            for name in cold:
                show(f"{name}, {days} days, data changed", cold[name])
            show(f"all of them, {days} days, same data", [each for found in kept.values() for each in found])
    show("one call by its id, plain", [timed(one_row) for _ in range(20)])
    ledger.close()
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
    return [*lines, "", f"Peak memory {peak:,.0f} MB.", ""]


def main() -> None:
    """Measure and print; with ``--out`` also write ``desk_figures.md`` there."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks.desk.figures", description=__doc__)
    parser.add_argument("--calls", type=int, nargs="+", default=[100_000, 1_000_000])
    parser.add_argument("--rounds", type=int, default=5)
    parser.add_argument("--folder", type=Path, help="keeps the ledgers between runs")
    parser.add_argument("--out", type=Path)
    asked = parser.parse_args()
    machine = Machine.at_rest()
    lines = [
        "# The figures of the desk",
        "",
        "Written by `python -m benchmarks.desk.figures`.",
        "",
        machine.line + ".",
        "",
    ]
    if machine.busy:
        lines += ["**The machine was busy: only processor times and memory can be compared.**", ""]
    with tempfile.TemporaryDirectory(prefix="decroche-desk-") as scratch:
        for size in asked.calls:
            lines += measure(asked.folder or Path(scratch), size, asked.rounds)
    page = "\n".join(lines)
    print(page)
    if asked.out is not None:
        (asked.out / "desk_figures.md").write_text(page, encoding="utf-8")


if __name__ == "__main__":
    main()
