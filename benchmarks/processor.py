"""What processes have used: processor seconds, and those of a database server with all that it began."""

from __future__ import annotations

import os
from collections.abc import Iterable
from pathlib import Path


def cpu_s(ids: Iterable[int]) -> float:
    """The processor seconds that the processes have spent."""
    return sum(sum(map(int, _fields(each)[11:13])) for each in ids) / os.sysconf("SC_CLK_TCK")


def server_cpu_s(server: int | None) -> float:
    """The processor seconds of a database server, of the processes that it began, and of those that have ended."""
    if not server:
        return 0.0
    ticks = 0
    for path in Path("/proc").glob("[0-9]*"):
        try:
            fields = _fields(int(path.name))
        except OSError:
            continue
        if int(path.name) == server:
            ticks += sum(map(int, fields[11:15]))
        elif int(fields[1]) == server:
            ticks += sum(map(int, fields[11:13]))
    return ticks / os.sysconf("SC_CLK_TCK")


def _fields(process_id: int) -> list[str]:
    return Path(f"/proc/{process_id}/stat").read_text().rpartition(")")[2].split()
