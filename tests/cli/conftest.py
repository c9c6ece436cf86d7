from __future__ import annotations

from pathlib import Path

import pytest

from tests.cli import branch
from tests.cli.auditing import GARAGE, Run, audit

MONEY = ("--margin", "250-600", "--conversion", "20-30 %")


@pytest.fixture(scope="session")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("audits")


@pytest.fixture(scope="session")
def export(folder: Path) -> Path:
    """The calls of the branch as the CSV file that its phone system would write."""
    path = folder / "branch.csv"
    path.write_text(branch.csv(branch.rows()), encoding="utf-8")
    return path


@pytest.fixture(scope="session")
def garage(folder: Path) -> Run:
    """The next step of the README: in French, with nothing told."""
    return audit(GARAGE, out=folder / "garage")


@pytest.fixture(scope="session")
def branch_english(folder: Path, export: Path) -> Run:
    return audit(export, "--lang", "en", *MONEY, out=folder / "english")


@pytest.fixture(scope="session")
def branch_quebec(folder: Path, export: Path) -> Run:
    """Settings of one's own, and the numbers in full."""
    settings = folder / "mine.toml"
    settings.write_text(
        '[audit]\nbusiness = "Succursale"\ncountry = "CA-QC"\nanswer_within = 10\n'
        '[hours]\nall = "mon-fri 10:00-16:00"\n[hours.exceptions]\n2026-03-03 = "closed"\n'
        '[holidays.added]\n2026-03-02 = "fête maison"\n',
        encoding="utf-8",
    )
    return audit(export, "--lang", "fr-CA", "--settings", settings, "--show-numbers", out=folder / "quebec")
