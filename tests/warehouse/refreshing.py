"""``python -m tests.warehouse.refreshing URL FOLDER``: refreshes a lake until somebody kills it. Says when it began."""

from __future__ import annotations

import sys
from pathlib import Path

from decroche.ledger.store import Ledger
from decroche.warehouse.lake import Lake
from decroche.warehouse.lake_rows import fingerprints
from decroche.warehouse.refresh import refresh, tidy

KEY = b"k" * 32


def main(url: str, folder: Path) -> None:
    ledger = Ledger(url)
    lake = Lake(str(folder / "lake"), lambda account: fingerprints(KEY, account))
    sys.stdout.write("begun\n")
    sys.stdout.flush()
    while True:
        refresh(ledger, lake, "garage", scratch=folder)
        tidy(ledger, lake, "garage", scratch=folder)


if __name__ == "__main__":
    main(sys.argv[1], Path(sys.argv[2]))
