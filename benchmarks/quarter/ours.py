"""Counts and prints the quarter of the group from its lake, as ``decroche report quarter`` does."""

from __future__ import annotations

import tempfile
from pathlib import Path

from benchmarks.quarter.group import ACCOUNT, NOW
from decroche.language import Language
from decroche.ledger.setting_up import add_account
from decroche.ledger.store import Ledger
from decroche.prove.kpis.quarter import Quarter
from decroche.prove.reports.quarter import quarter_pdf
from decroche.prove.service_desk import Desk
from decroche.prove.service_quarter import quarter_figures, written
from decroche.warehouse.engine import MEMORY
from decroche.warehouse.lake import Lake
from decroche.warehouse.live_columns import LiveColumns


def paper(place: str) -> str:
    """The paper and its archive, made in memory. Returns how large they are."""
    with tempfile.TemporaryDirectory(prefix="decroche-bench-") as folder:
        ledger = Ledger(f"sqlite:///{folder}/ledger.db")
        ledger.migrate()
        with ledger.writing() as connection:
            add_account(
                connection, id=ACCOUNT, name="Group", country="FR", zone="Europe/Paris", language="fr", now=NOW
            )  # fmt: skip
        with LiveColumns(ledger, Lake(place, lambda _: int), scratch=Path(folder), memory=MEMORY) as columns:
            desk = Desk(ledger, columns, clock=lambda: NOW)
            found = quarter_figures(desk, ACCOUNT, quarter=Quarter(2026, 3), business="Group", made_at=NOW)
        ledger.close()
    sizes = len(quarter_pdf(found, Language("fr"))), len(written(found))
    return f"{found.figures.totals.offered:,} received, paper of {sizes[0]:,} bytes, figures of {sizes[1]:,}"
