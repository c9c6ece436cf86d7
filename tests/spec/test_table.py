"""The drawn tables themselves: what a cell means, and that a wrong answer is caught."""

from __future__ import annotations

from datetime import UTC, date, datetime

import pytest

from tests.spec import table
from tests.spec.spec import Spec, each


@pytest.mark.parametrize(
    ("text", "value"),
    [
        ("", None),
        ("yes", True),
        ("no", False),
        ("12", 12),
        ("5 301", 5301),
        ("-4", -4),
        ("0.45", 0.45),
        ("12.5 %", 0.125),
        ("0612345678", "0612345678"),
        ("06 12 34 56 78", "06 12 34 56 78"),
        ("+33612345678", "+33612345678"),
        ("08:00", "08:00"),
        ("2026-03-02", date(2026, 3, 2)),
        ("2026-03-02 09:00Z", datetime(2026, 3, 2, 9, tzinfo=UTC)),
    ],
)
def test_cell(text: str, value: object) -> None:
    assert table.cell(text) == value
    assert type(table.cell(text)) is type(value)


@pytest.mark.parametrize(
    ("expected", "actual", "agrees"),
    [
        ("83.02 %", 0.830188, True),
        ("83.02 %", 0.8310, False),
        ("83.02 %", None, False),
        ("0.5", True, False),
        ("1", True, False),
        ("yes", 1, False),
        ("50", 50.0, True),
        ("50", 49.99, False),
        ("≈ 100", 100.9, True),
        ("≈ 100", 101.1, False),
        ("≈ 100", None, False),
        ("", None, True),
        ("", 0, False),
        ("no_answer", "no_answer", True),
    ],
)
def test_agreement(expected: str, actual: object, agrees: bool) -> None:
    assert table.agrees(expected, actual) is agrees


def test_differences_name_the_row_and_the_column() -> None:
    found = table.differences("a | b\n1 | 2\n3 | 4", [{"a": 1, "b": 2}, {"a": 3, "c": 4}])
    assert found == ["row 2: no column b, only ['a', 'c']"]
    assert table.differences("a\n1", []) == ["expected 1 rows, got 0: []"]


def test_a_ragged_table_is_refused() -> None:
    with pytest.raises(table.BadTable, match="has 1 cells"):
        table.split("a | b\n1")
    with pytest.raises(table.BadTable, match="empty"):
        table.split("---+---")
    with pytest.raises(table.BadTable, match=r"\|\|"):
        table.halves("a || b\n1 | 2")


def double(a: int) -> int:
    return 2 * a


def test_a_spec_checks_and_draws_itself() -> None:
    spec = Spec(title="Double", prose="Twice.", given="a || twice\n---++---\n2 || 4", plain=each(double, into="twice"))
    assert spec.problems(spec.plain) == []
    assert spec.problems(each(abs_of, into="twice")) == ["row 1, twice: expected 4, got 2"]
    assert spec.markdown() == "## Double\n\nTwice.\n\n| a | twice |\n| ---: | ---: |\n| 2 | **4** |"


def abs_of(a: int) -> int:
    return abs(a)
