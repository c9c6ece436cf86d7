"""Runs a program and writes what it used: ``python charging.py USED.json PROGRAM ARGUMENT…``.

The peak memory that Linux tells of a process is at least that of the process that started it, so what starts the
program must be small: this file imports nothing but the standard library, and runs in a process of its own.
"""

from __future__ import annotations

import json
import os
import sys
import time


def main() -> None:
    """Run the program, and exit as it does."""
    began = time.perf_counter()
    child = os.posix_spawn(sys.argv[2], sys.argv[2:], os.environ)
    _, status, used = os.wait4(child, 0)
    wall = time.perf_counter() - began
    # Linux counts ru_maxrss in kilobytes, macOS in bytes.
    per_mb = 1024**2 if sys.platform == "darwin" else 1024
    charged = {"wall_s": wall, "cpu_s": used.ru_utime + used.ru_stime, "peak_mb": used.ru_maxrss / per_mb}
    with open(sys.argv[1], "w", encoding="utf-8") as file:  # noqa: PTH123 - pathlib would enlarge this process
        json.dump(charged, file)
    sys.exit(max(os.waitstatus_to_exitcode(status), 0) or status != 0)


if __name__ == "__main__":
    main()
