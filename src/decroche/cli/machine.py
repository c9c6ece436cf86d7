"""What the commands may know about the machine that they run on."""

from __future__ import annotations

import os
from pathlib import Path
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError


def machine_zone() -> str:
    """The IANA name of the machine's time zone: TZ, else /etc/localtime, else UTC."""
    candidates = [os.environ.get("TZ", "").removeprefix(":")]
    localtime = Path("/etc/localtime")
    if localtime.is_symlink():
        candidates.append(str(localtime.resolve()).partition("zoneinfo/")[2])
    timezone = Path("/etc/timezone")
    if timezone.is_file():
        candidates.append(timezone.read_text(encoding="utf-8", errors="replace").strip())
    for name in candidates:
        try:
            if name and ZoneInfo(name):
                return name.removeprefix("Etc/") if name in {"Etc/UTC", "Etc/UCT"} else name
        except (ZoneInfoNotFoundError, ValueError, OSError):
            continue
    return "UTC"
