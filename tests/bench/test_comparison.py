from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest
from benchmarks import duckdb_audit, figures_audit
from benchmarks.machine import Machine
from benchmarks.question import Answer
from benchmarks.results import markdown
from benchmarks.running import Cost, Failed, run

from decroche.simulate.export import bulk_csv

CALLS = 400_000


@pytest.fixture(scope="module")
def export(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Ten days: long enough for journeys to end."""
    path = tmp_path_factory.mktemp("bench") / "calls.csv"
    bulk_csv(path, calls=CALLS, seed=3)
    return path


@pytest.fixture(scope="module")
def expected(export: Path) -> Answer:
    return duckdb_audit.audit(export, export.parent)


@pytest.mark.hard
def test_the_audit_and_the_duckdb_script_give_the_same_figures(export: Path, expected: Answer) -> None:
    answer = export.with_suffix(".json")
    figures_audit.figures(str(export), str(answer))
    assert Answer.read(answer).differences(expected) == []


@pytest.mark.hard
def test_the_pandas_script_gives_the_same_figures(export: Path, expected: Answer) -> None:
    from benchmarks import pandas_audit

    assert pandas_audit.audit(export).differences(expected) == []


@pytest.mark.hard
def test_the_export_asks_every_question(expected: Answer) -> None:
    assert expected.totals["calls"] == CALLS
    assert min(expected.totals.values()) > 0
    assert min(expected.journeys.values()) > 0
    assert all(min(window.values()) > 0 for window in expected.windows)
    assert len({round(share, 6) for share in expected.service_level.values()}) == 5


def test_unequal_figures_are_named() -> None:
    one = Answer(totals={"calls": 1}, service_level={}, offered=[[1]], missed=[[0]], journeys={}, windows=[])
    assert one.differences(one) == []
    assert one.differences(replace(one, totals={"calls": 2}, missed=[[1]])) == ["totals", "missed"]


def test_a_program_is_charged_for_what_it_uses(tmp_path: Path) -> None:
    frugal = run(["-c", "pass"], tmp_path)
    greedy = run(["-c", "text = b'x' * 200_000_000; sum(range(3_000_000))"], tmp_path)
    assert greedy.peak_mb > frugal.peak_mb + 150
    assert greedy.cpu_s > frugal.cpu_s


def test_a_program_that_fails_says_what_it_printed(tmp_path: Path) -> None:
    with pytest.raises(Failed, match="no such export"):
        run(["-c", "raise SystemExit('no such export')"], tmp_path)


def test_the_page_sets_each_program_beside_pandas_and_duckdb() -> None:
    def costs(scale: float) -> dict[str, Cost]:
        seconds = {"audit": 4.0, "figures": 2.0, "pandas": 8.0, "DuckDB": 1.0}
        return {name: Cost(wall_s=wall * scale, cpu_s=wall * scale, peak_mb=100) for name, wall in seconds.items()}

    machine = Machine(system="Linux", python="3.11", packages={"duckdb": "2"}, cores=2, memory_gb=8, load=0.1)
    page = markdown({1000: costs(1), 10_000: costs(9)}, machine)
    assert "| `decroche audit`, all reports | 4.0 | 250 | 4.0 | 100 | 0.50 | 0.50 | 1.00 | 4.00 | 4.00 |" in page
    assert "From 1,000 to 10,000 calls: × 10" in page
    assert "| pandas script | 9.0 | 9.0 | 1.0 |" in page
    assert "busy" not in page
    assert "busy" in markdown({1000: costs(1)}, replace(machine, load=1.9))
