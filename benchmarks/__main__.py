"""``python -m benchmarks``: the audit beside pandas and bare DuckDB, on the same exports, one after the other."""

from __future__ import annotations

import argparse
import os
import tempfile
from dataclasses import dataclass
from pathlib import Path

from benchmarks.machine import Machine
from benchmarks.question import COUNTRY, HOURS, SUBDIVISION, ZONE, Answer
from benchmarks.results import write
from benchmarks.running import Cost, run
from decroche.simulate.export import bulk_csv

SEED = 1
#: Where the exports are kept between runs; they are 105 bytes a call.
CACHE = "DECROCHE_BENCH_CACHE"
RESULTS = Path(__file__).parent / "results"


@dataclass(frozen=True, slots=True)
class Unequal(Exception):
    """Two programs gave different figures, so that their times cannot be compared."""

    program: str
    names: list[str]

    def __str__(self) -> str:
        return f"the {self.program} and bare DuckDB differ in: {', '.join(self.names)}"


def export(calls: int, cache: Path) -> Path:
    """The export with so many calls, made when it is not there yet."""
    path = cache / f"calls-{calls}-{SEED}.csv"
    if not path.exists():
        cache.mkdir(parents=True, exist_ok=True)
        unfinished = path.with_suffix(".part")
        bulk_csv(unfinished, calls=calls, seed=SEED)
        unfinished.rename(path)
    return path


def compare(path: Path, scratch: Path) -> dict[str, Cost]:
    """What each program costs on one export. Raises Unequal when their figures differ."""
    out = scratch / "report"
    audit = [
        "-m", "benchmarks.installed", "audit", str(path), "--out", str(out), "--lang", "en", "--zone", ZONE,
        "--country", f"{COUNTRY}-{SUBDIVISION}", "--hours", HOURS,
    ]  # fmt: skip
    programs = {
        "DuckDB": ["-m", "benchmarks.duckdb_audit", str(path), str(scratch / "DuckDB.json")],
        "figures": ["-m", "benchmarks.installed", "figures", str(path), str(scratch / "figures.json")],
        "audit": audit,
        "pandas": ["-m", "benchmarks.pandas_audit", str(path), str(scratch / "pandas.json")],
    }
    costs: dict[str, Cost] = {}
    for name, arguments in programs.items():
        costs[name] = run(arguments, scratch)
        answer = Answer.of_report(out / "report.json") if name == "audit" else Answer.read(scratch / f"{name}.json")
        if name == "DuckDB":
            expected = answer
        elif different := answer.differences(expected):
            raise Unequal(name, different)
    return costs


def main() -> None:
    """Measure, print and write the results."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks", description=__doc__)
    parser.add_argument("--calls", type=int, nargs="+", default=[1_000_000, 10_000_000], help="sizes of the exports")
    parser.add_argument("--out", type=Path, default=RESULTS, help="folder that receives speed.md and speed.json")
    asked = parser.parse_args()
    machine = Machine.at_rest()
    if machine.busy:
        print(f"This machine is busy ({machine.load:.1f} of {machine.cores} cores): compare processor times only.")
    with tempfile.TemporaryDirectory(prefix="decroche-bench-") as folder:
        scratch = Path(folder)
        cache = Path(os.environ[CACHE]) if CACHE in os.environ else scratch / "exports"
        # Nobody pays for compiling the programs in the measured runs.
        compare(export(WARM_UP, cache), scratch)
        found: dict[int, dict[str, Cost]] = {}
        for calls in sorted(asked.calls):
            path = export(calls, cache)
            found[calls] = compare(path, scratch)
            print(
                f"{calls:,} calls: " + ", ".join(f"{name} {cost.wall_s:.1f} s" for name, cost in found[calls].items())
            )
    for written in write(found, machine, asked.out):
        print(written)


#: Enough calls for a journey to be settled.
WARM_UP = 20_000

if __name__ == "__main__":
    main()
