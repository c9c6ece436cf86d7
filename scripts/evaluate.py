"""Holds what we count of real data against their published figures: two months of calls to a bank, and a campaign."""

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

#: The campaign of Bank Marketing (UCI): path in what ``decroche campaign --json`` prints -> value.
CAMPAIGN: Mapping[str, float] = {
    "counts.people": 45_211,
    "counts.opportunities": 5_289,
    "counts.dials": 124_956,
    "conversion.person.rate": 0.1170,
    "conversion.dial.rate": 0.0423,
    "attempts.0.last.rate": 0.1460,
    "attempts.1.last.rate": 0.1120,
    "attempts.2.last.rate": 0.1119,
    "attempts.0.at.rate": 0.0566,
    "attempts.1.at.rate": 0.0506,
    "attempts.2.at.rate": 0.0408,
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


def measured(path: Path) -> Mapping[str, Any]:
    """What the command says of a campaign's file, whose columns it recognises by itself."""
    command = [str(Path(sys.prefix) / "bin" / "decroche"), "campaign", str(path), "--json"]
    ran = subprocess.run(command, check=True, stdin=subprocess.DEVNULL, capture_output=True, text=True)
    figures: Mapping[str, Any] = json.loads(ran.stdout)
    return figures


def found(report: Mapping[str, Any], path: str) -> float:
    """The figure at a dotted path of the report; a figure with its definition keeps its number under ``value``."""
    value: Any = report
    for key in path.split("."):
        value = value[int(key)] if isinstance(value, list) else value[key]
    return float(value["value"] if isinstance(value, Mapping) else value)


def held(name: str, report: Mapping[str, Any], figures: Mapping[str, float]) -> int:
    """Print figures beside the published ones. Returns how many differ."""
    differing = 0
    for path, expected in figures.items():
        value = found(report, path)
        same = abs(value - expected) < (0.00005 if expected < 1 else 0.5)
        differing += not same
        print(f"{name:22} {path:24} {value:>12,.4f} {expected:>12,.4f} {'same' if same else 'DIFFERS'}")
    return differing


def main(arguments: list[str]) -> int:
    """Print each figure beside the published one; 1 when one differs."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("data", type=Path, help="the folder that holds anonymous_bank/ and bank_marketing/")
    data: Path = parser.parse_args(arguments).data
    folder = data / "anonymous_bank"
    differing = 0
    with tempfile.TemporaryDirectory() as directory:
        for name, figures in EXPECTED.items():
            report = audited(folder / name, Path(directory) / name)
            differing += held(name, report, figures)
    name = "bank-full.csv.gz"
    differing += held(name, measured(data / "bank_marketing" / name), CAMPAIGN)
    return 1 if differing else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
