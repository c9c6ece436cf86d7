"""All four forms are written, in every language, and say the same numbers."""

from __future__ import annotations

import io
import json
from pathlib import Path

import pytest
from pypdf import PdfReader

from decroche.language import LANGUAGES, Language
from decroche.prove.reports import render_all
from tests.unit.reports import sample


@pytest.mark.hard
@pytest.mark.parametrize("language", LANGUAGES)
def test_four_files_that_agree(language: str, tmp_path: Path) -> None:
    out = tmp_path / "made" / "here"
    written = render_all(sample.inputs(), out, language)
    assert [path.name for path in written] == ["report.html", "report.pdf", "report.xlsx", "report.json"]
    assert sorted(path.name for path in out.iterdir()) == sorted(path.name for path in written)
    missed = Language(language).number(sample.figures().totals.missed)
    assert missed in written[0].read_text(encoding="utf-8")
    assert missed in PdfReader(io.BytesIO(written[1].read_bytes())).pages[0].extract_text()
    assert json.loads(written[3].read_text(encoding="utf-8"))["language"] == language


@pytest.mark.hard
def test_a_second_run_replaces_the_first(tmp_path: Path) -> None:
    first = render_all(sample.inputs(), tmp_path, "en")[0].read_bytes()
    again = render_all(sample.inputs(), tmp_path, "en")[0].read_bytes()
    assert first == again
    assert len(list(tmp_path.iterdir())) == 4
