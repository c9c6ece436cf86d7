"""The sample report, built once."""

from __future__ import annotations

import pytest

from decroche.language import Language
from decroche.prove.reports.audit import all_charts, build
from decroche.prove.reports.blocks import AuditReport
from decroche.prove.reports.inputs import ReportInputs
from tests.unit.reports import sample

EMPTY_SVG = '<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 60 20" width="60" height="20"></svg>'


@pytest.fixture(scope="session")
def inputs() -> ReportInputs:
    return sample.inputs()


@pytest.fixture(scope="session")
def report(inputs: ReportInputs) -> AuditReport:
    return build(inputs, Language("fr"))


@pytest.fixture(scope="session")
def blank(report: AuditReport) -> dict[str, str]:
    """Stand-ins for the drawings, for the tests that look at words."""
    return {chart.key: EMPTY_SVG for chart in all_charts(report)}
