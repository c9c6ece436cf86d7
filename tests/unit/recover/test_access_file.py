"""Tables that are handed over hold no formula, and show numbers as they are."""

from __future__ import annotations

import pytest

from decroche.recover.workflows.accessing import _cell


@pytest.mark.parametrize("said", ["=1+1", "+cmd|'/c calc'!A0", "-2+3", "@SUM(A1)", "\t=1", " =1", "|x", "\r=1"])
def test_no_formula(said: str) -> None:
    assert _cell(said) == f"'{said}"


@pytest.mark.parametrize("said", ["+33612345678", "06 12 34 56 78", "-12.5", "bonjour", "a=b"])
def test_words_and_numbers(said: str) -> None:
    assert _cell(said) == said
