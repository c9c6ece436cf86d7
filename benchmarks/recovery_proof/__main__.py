"""``python -m benchmarks.recovery_proof``: how often a proof of recovery is wrong, how soon it speaks, whom we call."""

from __future__ import annotations

import argparse
import json
from collections.abc import Mapping
from dataclasses import asdict
from pathlib import Path

import numpy as np

from benchmarks.recovery_proof import callbacks
from benchmarks.recovery_proof.quarters import CALLERS, EVERY, Found, judge, live, money_covered

RESULTS = Path(__file__).parent.parent / "results"
QUARTERS, PLANNED, DAYS = 2_000, 2_000, 200
#: Recovered without and with the remedy, and the share held out.
WORLDS = (
    (0.20, 0.20, 0.5), (0.20, 0.25, 0.5), (0.20, 0.30, 0.5), (0.20, 0.30, 0.1), (0.05, 0.05, 0.1), (0.80, 0.90, 0.1),
)  # fmt: skip
#: How wrong estimates are: the σ of a lognormal factor on values, and the share of callers taken for the other kind.
ERRORS = {"value_error": 0.3, "interest_error": 0.1}
LOADS = ((0.8, 16.0), (1.1, 8.0), (1.1, 16.0), (1.6, 16.0))

World = tuple[float, float, float]
Captured = Mapping[str, float]


def proofs(quarters: int, seed: int) -> dict[World, Found]:
    """What is said of each world."""
    return {
        (base, changed, held_out): judge(
            live(base=base, changed=changed, held_out=held_out, quarters=quarters, rng=np.random.default_rng(seed)),
            planned=PLANNED,
        )
        for base, changed, held_out in WORLDS
    }


def orders(count: int, seed: int, *, load: float = 1.1, hours: float = callbacks.HOURS) -> dict[str, float]:
    """The share of the value that each order captures."""
    missed = callbacks.days(count, np.random.default_rng(seed), load=load, hours=hours, **ERRORS)
    return {name: callbacks.captured(missed, rule, fair=fair) for name, (rule, fair) in callbacks.RULES.items()}


def markdown(
    found: Mapping[World, Found], money: float, captured: Mapping[tuple[float, float], Captured], quarters: int
) -> str:
    """The page of results."""
    lines = [
        "# Proof of recovery and order of callbacks, where the truth is known",
        "",
        "Written by `make bench`; `docs/explanation/how-recovery-is-proved.md` says how to read it.",
        "",
        f"## {quarters:,} quarters of {CALLERS:,} callers, looked at after every {EVERY}",
        "",
        "| without → with | held out | covered at every look | told apart | mean stop | peeked z-test | z-test once |",
        "|---|---:|---:|---:|---:|---:|---:|",
    ]
    lines += [
        f"| {base:.0%} → {changed:.0%} | {held:.0%} | {it.covered:.1%} | {it.told:.1%} | {it.stop:,.0f} "
        f"| {it.peeked:.1%} | {it.once:.1%} |"
        for (base, changed, held), it in found.items()
    ]
    lines += [
        "",
        "Where nothing changes (20 % → 20 %, 5 % → 5 %), whatever is told apart is an error.",
        "",
        f"Amounts (lognormal, σ 0.8, 20 % → 30 %): covered at every look in {money:.1%} of the quarters.",
        "",
        "## Share of the value captured by the order of callbacks",
        "",
        "| order | " + " | ".join(f"load {load:g}, {hours:g} h" for load, hours in captured) + " |",
        "|---|" + "---:|" * len(captured),
    ]
    names = next(iter(captured.values()))
    lines += [f"| {name} | " + " | ".join(f"{each[name]:.3f}" for each in captured.values()) + " |" for name in names]
    fifo = "first come, first served"
    ratios = [f"{each['ours, from estimates'] / each[fifo]:.2f}" for each in captured.values()]
    lines.append("| ours, from estimates ÷ first come, first served | " + " | ".join(ratios) + " |")
    return "\n".join(lines) + "\n"


def main() -> None:
    """Simulate, print and write the results."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks.recovery_proof", description=__doc__)
    parser.add_argument("--quarters", type=int, default=QUARTERS)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--out", type=Path, default=RESULTS, help="folder that receives recovery_proof.md and .json")
    asked = parser.parse_args()
    found = proofs(asked.quarters, asked.seed)
    money = money_covered(
        base=0.2, changed=0.3, quarters=asked.quarters // 2, rng=np.random.default_rng(asked.seed), planned=PLANNED
    )
    captured = {(load, hours): orders(DAYS, asked.seed, load=load, hours=hours) for load, hours in LOADS}
    page = markdown(found, money, captured, asked.quarters)
    print(page)
    asked.out.mkdir(parents=True, exist_ok=True)
    (asked.out / "recovery_proof.md").write_text(page, encoding="utf-8")
    data = {
        "quarters": [
            dict(zip(("base", "changed", "held_out"), world, strict=True)) | asdict(it) for world, it in found.items()
        ],
        "money_covered": money,
        "captured": [{"load": load, "hours": hours, **each} for (load, hours), each in captured.items()],
    }
    (asked.out / "recovery_proof.json").write_text(json.dumps(data, indent=1) + "\n", encoding="utf-8")


if __name__ == "__main__":
    main()
