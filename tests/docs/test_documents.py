from __future__ import annotations

import os
import re
import shutil
import sys
from pathlib import Path

import pytest
from _pytest.mark import ParameterSet

from tests.docs.blocks import blocks, run

ROOT = Path(__file__).parents[2]
DOCUMENTS = sorted([*ROOT.glob("*.md"), *(ROOT / "docs").rglob("*.md")])
_LINK = re.compile(r"\]\((?!https?:|mailto:|#)(?P<target>[^)#\s]+)(?:#[^)]*)?\)")
_SLOW = re.compile(r"<!-- slow page: \S.*? -->")


def pages_with_code() -> list[ParameterSet]:
    """Each document with blocks of code; one that says ``<!-- slow page: reason -->`` is hard."""
    pages: list[ParameterSet] = []
    for path in DOCUMENTS:
        text = path.read_text(encoding="utf-8")
        if blocks(text):
            marks = [pytest.mark.hard] if _SLOW.search(text) else []
            pages.append(pytest.param(path, id=str(path.relative_to(ROOT)), marks=marks))
    return pages


@pytest.mark.parametrize("path", pages_with_code())
def test_code_of_the_page_runs(path: Path, tmp_path: Path) -> None:
    """The blocks of a page run one after the other in one directory that looks like a fresh clone after set-up."""
    clone = tmp_path / "decroche"
    clone.mkdir()
    (clone / ".venv").symlink_to(sys.prefix)
    if (ROOT / "examples").is_dir():
        shutil.copytree(ROOT / "examples", clone / "examples")
    environment = {
        "PATH": f"{Path(sys.prefix) / 'bin'}{os.pathsep}{os.environ['PATH']}",
        "PYTHONWARNINGS": "error",
        "TERM": "dumb",
        "COLUMNS": "120",
    }
    for block in blocks(path.read_text(encoding="utf-8")):
        run(block, directory=clone, environment=environment)


@pytest.mark.parametrize("path", DOCUMENTS, ids=lambda path: str(path.relative_to(ROOT)))
def test_links_of_the_page_lead_somewhere(path: Path) -> None:
    targets = [match["target"] for match in _LINK.finditer(path.read_text(encoding="utf-8"))]
    assert [target for target in targets if not (path.parent / target).exists()] == []


@pytest.mark.parametrize("path", sorted((ROOT / "docs" / "decisions").glob("0*.md")), ids=lambda path: path.stem)
def test_a_decision_says_what_a_decision_must(path: Path) -> None:
    text = path.read_text(encoding="utf-8")
    headings = re.findall(r"^## (.+)$", text, re.MULTILINE)
    assert headings == ["Context", "Decision", "Consequences", "Alternatives", "Enforced by"]


def test_every_page_is_reached_from_the_index() -> None:
    index = (ROOT / "docs" / "index.md").read_text(encoding="utf-8")
    reached = {(ROOT / "docs" / match["target"]).resolve() for match in _LINK.finditer(index)}
    pages = {path for path in DOCUMENTS if path.is_relative_to(ROOT / "docs") and path.name != "index.md"}
    assert {str(path.relative_to(ROOT)) for path in pages - reached} == set()
