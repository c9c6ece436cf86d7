"""Every spec holds, in plain Python and in columns, and every page of the reference is what the specs say today."""

from __future__ import annotations

import pytest

from tests.spec.pages import REFERENCE, pages
from tests.spec.spec import Answer, Page, Spec

PAGES = pages()
CASES = [
    pytest.param(spec, answer, id=f"{page.name}-{spec.title}-{kind}")
    for page in PAGES
    for spec in page.specs
    for kind, answer in (("plain", spec.plain), ("columnar", spec.columnar))
    if answer is not None
]


@pytest.mark.parametrize(("spec", "answer"), CASES)
def test_spec(spec: Spec, answer: Answer) -> None:
    assert spec.problems(answer) == []


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.name)
def test_page_is_fresh(page: Page) -> None:
    written = (REFERENCE / f"{page.name}.md").read_text(encoding="utf-8")
    assert written == page.markdown(), f"stale: run python -m tests.spec.write_docs {page.name}"


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.name)
def test_titles_of_a_page_differ(page: Page) -> None:
    titles = [spec.title for spec in page.specs]
    assert len(set(titles)) == len(titles)
