"""Runs the audit as a person types it, or only its counting, and keeps what came out."""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from typer.testing import CliRunner

from decroche.app import Audit, AuditRequest, run_audit
from decroche.capture.files.planning import Progress
from decroche.cli import app
from decroche.settings import AuditSettings

ROOT = Path(__file__).parents[2]
GARAGE = ROOT / "examples" / "garage.csv"
ZONE = "Europe/Paris"
WRITTEN = {"report.html", "report.pdf", "report.xlsx", "report.json", "rejected.csv", "audit.toml"}


@dataclass(frozen=True)
class Run:
    """One audit by the command line: its exit code, the lines it printed, the folder it wrote."""

    code: int
    printed: str
    out: Path

    @property
    def report(self) -> dict[str, Any]:
        """report.json."""
        report: dict[str, Any] = json.loads((self.out / "report.json").read_text(encoding="utf-8"))
        return report

    @property
    def lines(self) -> list[str]:
        """What was printed, line by line, fixed spaces made plain."""
        return self.printed.replace("\u00a0", " ").replace("\u202f", " ").splitlines()

    def assumptions(self) -> dict[str, Any]:
        """What the report supposed, by its word."""
        return {each["word"]: each["values"] for each in self.report["assumptions"]}


def audit(*arguments: str | Path, out: Path) -> Run:
    """``decroche audit`` on a machine in Paris, with nobody at the keyboard."""
    typed = ["audit", *map(str, arguments), "--out", str(out)]
    result = CliRunner().invoke(app, typed, env={"TZ": ZONE}, catch_exceptions=False)
    return Run(result.exit_code, result.output, out)


def counted(
    paths: Sequence[Path],
    scratch: Path,
    settings: AuditSettings | None = None,
    *,
    typed: AuditSettings | None = None,
    machine_zone: str = ZONE,
    progress: Progress = lambda stage, name, done, total: None,
) -> Audit:
    """The audit without its reports. ``typed`` is what flags say, where ``settings`` are what a run before saved."""
    chosen = settings or AuditSettings()
    request = AuditRequest(
        paths=paths,
        settings=chosen if typed is None else typed,
        choose=lambda inputs: chosen,
        tell_rejected=lambda rejected: None,
        language="en",
        now=datetime(2026, 11, 2, tzinfo=UTC),
        machine_zone=machine_zone,
        scratch=scratch,
        memory="512MB",
    )
    return run_audit(request, progress)


def at(report: dict[str, Any], path: str) -> Any:
    """The value at a dotted path of the report."""
    value: Any = report
    for key in path.split("."):
        value = value[key]
    return value
