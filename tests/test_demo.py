"""The demonstration of the README: two businesses, two whole reports."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path

import pytest


@pytest.mark.hard
def test_the_demonstration_ends_with_two_reports_where_it_says(tmp_path: Path) -> None:
    command = [str(Path(sys.prefix) / "bin" / "decroche"), "demo", "--out", str(tmp_path)]
    done = subprocess.run(command, stdin=subprocess.DEVNULL, capture_output=True, encoding="utf-8", check=False)
    assert done.returncode == 0, done.stderr
    folders = sorted(path.parent for path in tmp_path.rglob("report.html"))
    assert len(folders) == 2
    unwrapped = "".join(done.stdout.split())
    for folder in folders:
        assert str(folder) in unwrapped
        assert {path.name for path in folder.iterdir()} >= {"report.pdf", "report.json", "report.xlsx", "rejected.csv"}
        accounting = json.loads((folder / "report.json").read_text(encoding="utf-8"))["accounting"]
        parts = [accounting[part] for part in ("calls", "legs_joined", "ignored", "rejected")]
        assert accounting["rows_read"] == sum(parts) > 1000
