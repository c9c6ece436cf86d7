"""What ``decroche simulate`` answers to an order that it cannot follow."""

from __future__ import annotations

from pathlib import Path

import pytest
from typer.testing import CliRunner

from decroche.cli import app


@pytest.mark.parametrize(
    ("typed", "said"),
    [
        (["--start", "foo"], "foo is not a day. Write it as 2026-03-02"),
        (["--start", "2026-02-30"], "2026-02-30 is not a day"),
        (["--start", "0001-01-01"], "between 1990 and 2100"),
        (["--bulk", "10", "--truth", "{folder}/truth.jsonl"], "--bulk writes no truth"),
        (["--bulk", "-1"], "--bulk"),
        (["--days", "1", "--truth", "{folder}/nowhere/truth.jsonl"], "Cannot write to {folder}/nowhere/truth.jsonl"),
    ],
)
def test_what_cannot_be_simulated_ends_in_a_sentence(tmp_path: Path, typed: list[str], said: str) -> None:
    arguments = [each.format(folder=tmp_path) for each in typed]
    done = CliRunner().invoke(
        app, ["simulate", str(tmp_path / "calls.csv"), *arguments], env={"COLUMNS": "200"}, catch_exceptions=False
    )
    assert done.exit_code == 2
    assert said.format(folder=tmp_path) in " ".join(done.stderr.split())


def test_a_folder_that_does_not_exist_is_said(tmp_path: Path) -> None:
    done = CliRunner().invoke(app, ["simulate", str(tmp_path / "nowhere" / "calls.csv"), "--bulk", "5"])
    assert done.exit_code == 2
    assert "Cannot write to" in done.stderr


def test_what_can_be_is_written(tmp_path: Path) -> None:
    path = tmp_path / "calls.csv"
    done = CliRunner().invoke(app, ["simulate", str(path), "--bulk", "5", "--start", "2026-03-03"])
    assert (done.exit_code, len(path.read_text(encoding="utf-8").splitlines())) == (0, 6)
