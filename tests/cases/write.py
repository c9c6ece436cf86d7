"""Writes the outcome of every connector case into its file, for review: ``python -m tests.cases.write [WORD…]``.

With words, only the cases whose path contains one of them. Of the call, the fields that the case names are written
anew; ``"call": "*"`` asks for the usual ones, ``"verdict": "*"`` for the verdict. Nothing is right because this command
wrote it: read the difference before you commit it.
"""

from __future__ import annotations

import json
import sys
import tempfile
from pathlib import Path
from typing import Any

from decroche.model.call import Call
from decroche.warehouse.engine import Engine
from tests.cases.running import Translations, described, excerpt, folded, paths, read, verdict

USUAL = ("direction", "started_at", "answered", "voicemail", "agent", "queue", "reason", "wait_s", "talk_s", "legs")


def main(words: list[str]) -> None:
    """Rewrite the outcome of the chosen cases."""
    with tempfile.TemporaryDirectory() as directory, Engine(Path(directory), memory="256MB", threads=1) as engine:
        chosen = [path for path in paths() if not words or any(word in str(path) for word in words)]
        cases = {path: read(path) for path in chosen}
        translated = Translations(engine, cases)
        for path, case in cases.items():
            rows = translated[path]
            outcome = {**case, "rows": described(rows), **_of_calls(case, folded(case, rows))}
            path.write_text(json.dumps(outcome, ensure_ascii=False, indent=2) + "\n", encoding="utf-8")


def _of_calls(case: dict[str, Any], calls: list[Call]) -> dict[str, Any]:
    outcome: dict[str, Any] = {}
    if "call" in case:
        names = USUAL if case["call"] == "*" else _names(case["call"])
        outcome["call"] = _one_or_all([excerpt(call, names) for call in calls])
    if "verdict" in case:
        outcome["verdict"] = _one_or_all([verdict(call) for call in calls])
    return outcome


def _names(written: dict[str, Any] | list[dict[str, Any]]) -> tuple[str, ...]:
    return tuple(written if isinstance(written, dict) else written[0])


def _one_or_all(found: list[dict[str, Any]]) -> dict[str, Any] | list[dict[str, Any]]:
    return found[0] if len(found) == 1 else found


if __name__ == "__main__":
    main(sys.argv[1:])
