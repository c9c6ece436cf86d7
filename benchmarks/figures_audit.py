"""The audit up to its figures: reading, judging and counting, without the reports."""

from __future__ import annotations

from datetime import UTC, datetime
from pathlib import Path

from benchmarks.question import COUNTRY, HOURS, SUBDIVISION, ZONE, Answer
from decroche.app import AuditRequest, run_audit
from decroche.prove.kpis.service_level import service_levels
from decroche.settings import AuditSettings
from decroche.understand.hours import parse_week


def figures(export: str, answer: str) -> None:
    """Audit the file ``export``, and write its figures into the file ``answer``."""
    settings = AuditSettings(zone=ZONE, country=f"{COUNTRY}-{SUBDIVISION}", hours={(None, None): parse_week(HOURS)})
    request = AuditRequest(
        paths=[Path(export)],
        settings=settings,
        choose=lambda inputs: settings,
        language="en",
        now=datetime.now(UTC),
        machine_zone=ZONE,
        scratch=Path(answer).parent,
        tell_rejected=lambda rejected: None,
    )
    found = run_audit(request, lambda *told: None).figures
    Answer(
        totals=Answer.totals_of(found.totals),
        service_level={name: rate.value or 0.0 for name, rate in service_levels(found.terms).items()},
        offered=[list(row) for row in found.week.offered],
        missed=[list(row) for row in found.week.missed],
        journeys=Answer.journeys_of(found.journeys),
        windows=Answer.windows_of(found.journeys.windows),
    ).write(Path(answer))
