"""The machine on which a benchmark ran, and whether others were using it."""

from __future__ import annotations

import os
import platform
import time
from dataclasses import dataclass
from importlib.metadata import version

_PACKAGES = ("decroche", "duckdb", "ibis-framework", "pandas", "pyarrow")


@dataclass(frozen=True, slots=True, kw_only=True)
class Machine:
    """``load`` is how many processes wanted a core during the last minute before the start."""

    system: str
    python: str
    packages: dict[str, str]
    cores: int
    memory_gb: float
    load: float

    @classmethod
    def now(cls) -> Machine:
        """This machine."""
        return cls(
            system=f"{platform.system()} {platform.machine()}",
            python=platform.python_version(),
            packages={name: version(name) for name in _PACKAGES},
            cores=os.cpu_count() or 1,
            memory_gb=round(os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES") / 1e9, 1),
            load=round(os.getloadavg()[0], 2),
        )

    @classmethod
    def at_rest(cls, *, patience_s: float = 240.0) -> Machine:
        """This machine, once the load of what ran before the benchmark has gone; as it is, when it does not go."""
        until = time.monotonic() + patience_s
        while cls.now().busy and time.monotonic() < until:
            time.sleep(5)
        return cls.now()

    @property
    def busy(self) -> bool:
        """Whether wall times say little, because others want the cores too."""
        return self.load > self.cores / 4

    @property
    def line(self) -> str:
        """All of it in one line."""
        packages = ", ".join(f"{name} {number}" for name, number in self.packages.items())
        return (
            f"{self.system}, {self.cores} cores, {self.memory_gb:g} GB, load {self.load:g} at the start; "
            f"Python {self.python}, {packages}"
        )
