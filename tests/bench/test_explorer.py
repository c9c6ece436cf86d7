"""The questions about a large history: the desk and pandas must count the same of a small one."""

from __future__ import annotations

from pathlib import Path

import pytest
from benchmarks.explorer.__main__ import compare, markdown
from benchmarks.explorer.questions import QUESTIONS
from benchmarks.machine import Machine


@pytest.mark.hard
def test_both_count_the_same_and_every_question_is_written_down(tmp_path: Path) -> None:
    found = compare(36_000, tmp_path)
    page = markdown({36_000: found}, Machine.now())
    for question in QUESTIONS:
        assert f"| {question.name} |" in page
        assert set(found["ours"].seconds) == set(found["plain"].seconds)
