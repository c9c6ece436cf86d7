"""Audits the two months of the Anonymous Bank and holds the report against the figures published for them."""

from __future__ import annotations

import argparse
import json
import subprocess
import sys
import tempfile
from collections.abc import Mapping
from pathlib import Path
from typing import Any

ROOT = Path(__file__).parents[1]
MAPPING = ROOT / "examples" / "anonymous-bank.toml"

#: File -> path in report.json -> value; rates are fractions, published to four digits.
EXPECTED: Mapping[str, Mapping[str, float]] = {
    "january_1999.txt.gz": {
        "totals.offered": 31_359,
        "totals.answered": 27_060,
        "totals.abandoned": 4_299,
        "rates.queue_abandonment": 0.1858,
        "service_level.F3": 0.5230,
    },
    "february_1999.txt.gz": {
        "totals.offered": 33_066,
        "totals.answered": 27_162,
        "totals.abandoned": 5_904,
        "rates.queue_abandonment": 0.2195,
        "service_level.F3": 0.4902,
    },
}


def audited(path: Path, out: Path) -> Mapping[str, Any]:
    """The report of one file, as ``report.json`` has it."""
    command = [
        str(Path(sys.prefix) / "bin" / "decroche"),
        "audit",
        str(path),
        "--mapping",
        str(MAPPING),
        "--out",
        str(out),
    ]
    subprocess.run(command, check=True, stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL)
    report: Mapping[str, Any] = json.loads((out / "report.json").read_text(encoding="utf-8"))
    return report


def found(report: Mapping[str, Any], path: str) -> float:
    """The figure at a dotted path of the report; a figure with its definition keeps its number under ``value``."""
    value: Any = report
    for key in path.split("."):
        value = value[key]
    return float(value["value"] if isinstance(value, Mapping) else value)


def main(arguments: list[str]) -> int:
    """Print each figure beside the published one; 1 when one differs."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("data", type=Path, help="the folder that holds anonymous_bank/")
    folder: Path = parser.parse_args(arguments).data / "anonymous_bank"
    differing = 0
    with tempfile.TemporaryDirectory() as directory:
        for name, figures in EXPECTED.items():
            report = audited(folder / name, Path(directory) / name)
            for path, expected in figures.items():
                value = found(report, path)
                same = abs(value - expected) < (0.00005 if expected < 1 else 0.5)
                differing += not same
                print(f"{name:22} {path:24} {value:>12,.4f} {expected:>12,.4f} {'same' if same else 'DIFFERS'}")
    return 1 if differing else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
