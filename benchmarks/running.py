"""Runs one program in a process of its own and says what it cost: wall time, processor time and peak memory."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

_CHARGING = Path(__file__).with_name("charging.py")


@dataclass(frozen=True, slots=True)
class Cost:
    """``cpu_s`` is of all cores together; ``peak_mb`` is the largest resident memory."""

    wall_s: float
    cpu_s: float
    peak_mb: float


class Failed(Exception):
    """A program ended with an error; ``output`` is what it printed."""

    def __init__(self, arguments: Sequence[str], output: str) -> None:
        super().__init__(f"{' '.join(arguments[:4])} … failed:\n{output}")
        self.output = output


def run(arguments: Sequence[str], scratch: Path) -> Cost:
    """Run this Python with ``arguments`` and wait for it; bytecode is kept in ``scratch``. Raises Failed."""
    charged = scratch / "charged.json"
    done = subprocess.run(
        [sys.executable, "-S", str(_CHARGING), str(charged), sys.executable, *arguments],
        env=_environment(scratch),
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        check=False,
    )
    if done.returncode:
        raise Failed(arguments, done.stdout.decode("utf-8", errors="replace"))
    return Cost(**json.loads(charged.read_text(encoding="utf-8")))


def _environment(scratch: Path) -> Mapping[str, str]:
    kept = {name: value for name, value in os.environ.items() if name != "PYTHONDONTWRITEBYTECODE"}
    root = Path(__file__).resolve().parent.parent
    return kept | {
        "PYTHONPYCACHEPREFIX": str(scratch / "bytecode"),
        "PYTHONPATH": f"{root / 'src'}{os.pathsep}{root}",
        "PYTHONWARNINGS": "ignore",
    }
