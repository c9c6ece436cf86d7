"""Runs Décroche as it is installed: without pandas, which stands in this environment only to be compared with.

    python -m benchmarks.installed audit EXPORT.csv …          the command
    python -m benchmarks.installed figures EXPORT.csv ANSWER   the audit up to its figures

An audit does not use pandas, but pyarrow imports it wherever it finds it.
"""

from __future__ import annotations

import sys
from collections.abc import Sequence
from importlib.abc import MetaPathFinder
from types import ModuleType


class _Absent(MetaPathFinder):
    """Nothing named pandas can be imported."""

    def find_spec(self, fullname: str, path: Sequence[str] | None, target: ModuleType | None = None) -> None:
        if fullname.partition(".")[0] == "pandas":
            raise ModuleNotFoundError(fullname, name=fullname)


if __name__ == "__main__":
    sys.meta_path.insert(0, _Absent())
    if sys.argv[1] == "figures":
        from benchmarks.figures_audit import figures

        figures(sys.argv[2], sys.argv[3])
    else:
        from decroche.cli import main

        main()
