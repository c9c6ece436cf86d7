"""``python -m benchmarks.explorer``: the questions of the desk about 10 and 100 million calls, and pandas beside it.

Pandas is asked what it can hold: of a larger history only the questions about a part of it.
"""

from __future__ import annotations

import argparse
import json
import tempfile
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path

from benchmarks import group
from benchmarks.explorer.questions import MONTHS, QUESTIONS, Answer, months
from benchmarks.machine import Machine
from benchmarks.running import Cost, run
from decroche.prove.kpis.board import LEAST

RESULTS = Path(__file__).parent.parent / "results"
SIZES = (10_000_000, 100_000_000)
#: A first run, in which Python compiles what both import.
_WARM_UP = 36_000
#: So many calls at once are more than pandas is asked to hold.
HELD_AT_MOST = 40_000_000


@dataclass(frozen=True, slots=True, kw_only=True)
class Asked:
    """What the questions cost one program in all, and the seconds of each."""

    cost: Cost
    seconds: Mapping[str, float]


class Unequal(Exception):
    """The programs counted differently, so that their times cannot be compared."""


def compare(calls: int, folder: Path) -> dict[str, Asked]:
    """Both programs on a history of so many calls. Raises Unequal."""
    lake = str(folder / f"lake-{calls}")
    if not Path(lake).exists():
        group.write(lake, calls=calls // MONTHS, stretches=months())
    every = [question.name for question in QUESTIONS]
    share = {question.name: question.period.days / (MONTHS * 30.4) for question in QUESTIONS}
    held = [name for name in every if calls * share[name] <= HELD_AT_MOST]
    found, answers = {}, {}
    for program, wanted in (("ours", every), ("plain", held)):
        out = folder / f"{program}.json"
        cost = run(["-m", f"benchmarks.explorer.{program}", lake, str(out), *wanted], folder)
        told = json.loads(out.read_text(encoding="utf-8"))
        found[program] = Asked(cost=cost, seconds={name: each["seconds"] for name, each in told.items()})
        answers[program] = {name: each["answer"] for name, each in told.items()}
    different = [name for name in held if _told(answers["ours"][name]) != _told(answers["plain"][name])]
    if different:
        raise Unequal(f"the desk and pandas differ in: {', '.join(different)}")
    return found


def _told(answer: Answer) -> Answer:
    """What the desk tells: a rate of fewer calls it does not."""
    return {name: (answered, received) for name, (answered, received) in answer.items() if received >= LEAST}


def markdown(found: Mapping[int, Mapping[str, Asked]], machine: Machine) -> str:
    """The page: a table for each size."""
    lines = ["# Exploring the figures of a large group", "", "Written by `make bench`: the questions of the desk in"]
    lines += ["their order, each with the period before beside it; pandas counts the one rate alone.", ""]
    lines += [machine.line + ".", ""]
    if machine.busy:
        lines += ["**The machine was busy: only processor times and memory can be compared.**", ""]
    for calls, programs in found.items():
        ours, plain = programs["ours"], programs["plain"]
        lines += [f"## {calls:,} calls in {MONTHS} months, {group.SITES} sites", ""]
        lines += ["| question | desk s | pandas s | ratio |", "|---|---:|---:|---:|"]
        for name, seconds in ours.seconds.items():
            other = plain.seconds.get(name)
            lines.append(
                f"| {name} | {seconds:.2f} | {other:.2f} | {seconds / other:.2f} |"
                if other
                else f"| {name} | {seconds:.2f} | not held | |"
            )
        lines += ["", "| program | wall s | CPU s | peak MB |", "|---|---:|---:|---:|"]
        lines += [
            f"| {title} | {each.cost.wall_s:.1f} | {each.cost.cpu_s:.1f} | {each.cost.peak_mb:,.0f} |"
            for title, each in (("desk, all questions", ours), (f"pandas, {len(plain.seconds)} questions", plain))
        ]
        lines.append("")
    return "\n".join(lines).rstrip() + "\n"


def main(arguments: Sequence[str] | None = None) -> None:
    """Measure, print and write the results."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks.explorer", description=__doc__)
    parser.add_argument("--calls", type=int, nargs="+", default=SIZES)
    parser.add_argument("--folder", type=Path, help="where the histories are kept for the next time")
    parser.add_argument("--out", type=Path, default=RESULTS, help="folder that receives explorer.md and explorer.json")
    asked = parser.parse_args(arguments)
    with tempfile.TemporaryDirectory(prefix="decroche-bench-") as temporary:
        folder = asked.folder or Path(temporary)
        folder.mkdir(parents=True, exist_ok=True)
        compare(_WARM_UP, folder)
        machine = Machine.at_rest()
        found = {calls: compare(calls, folder) for calls in asked.calls}
    page = markdown(found, machine)
    print(page)
    asked.out.mkdir(parents=True, exist_ok=True)
    (asked.out / "explorer.md").write_text(page, encoding="utf-8")
    told = {str(calls): {name: asdict(each) for name, each in programs.items()} for calls, programs in found.items()}
    data = {"machine": asdict(machine), "asked": told}
    (asked.out / "explorer.json").write_text(json.dumps(data, indent=1) + "\n", encoding="utf-8")


if __name__ == "__main__":
    main()
