"""Counts and prints the quarter of the group from its lake, as ``decroche report quarter`` does."""

from __future__ import annotations

import sys

from benchmarks import group
from decroche.language import Language
from decroche.prove.kpis.quarter import Quarter
from decroche.prove.reports.quarter import quarter_pdf
from decroche.prove.service_quarter import quarter_figures, written
from decroche.warehouse.engine import MEMORY


def paper(place: str) -> str:
    """The paper and its archive, made in memory. Returns how large they are."""
    with group.desk(place, now=group.NOW, memory=MEMORY) as desk:
        found = quarter_figures(
            desk, group.ACCOUNT, quarter=Quarter(2026, 3), business="Group", made_at=group.NOW
        )  # fmt: skip
    sizes = len(quarter_pdf(found, Language("fr"))), len(written(found))
    return f"{found.figures.totals.offered:,} received, paper of {sizes[0]:,} bytes, figures of {sizes[1]:,}"


if __name__ == "__main__":
    print(paper(sys.argv[1]))
