"""The workbook keeps numbers as numbers, names and phone numbers as text, and holds no formula."""

from __future__ import annotations

import io
import re
import zipfile

import pytest

from decroche.language import Language
from decroche.prove.reports import xlsx
from decroche.prove.reports.audit import build
from decroche.prove.reports.blocks import AuditReport
from tests.unit.reports import sample
from tests.unit.reports.test_html import hostile


def parts(report: AuditReport) -> dict[str, str]:
    with zipfile.ZipFile(io.BytesIO(xlsx.render(report))) as book:
        return {name: book.read(name).decode() for name in book.namelist()}


def strings(book: dict[str, str]) -> list[str]:
    found = re.findall(r"<si><t[^>]*>(.*?)</t></si>", book["xl/sharedStrings.xml"], re.DOTALL)
    unescaped = [text.replace("&lt;", "<").replace("&gt;", ">").replace("&quot;", '"') for text in found]
    return [text.replace("&amp;", "&") for text in unescaped]


def numbers(book: dict[str, str]) -> list[float]:
    """Every cell that is a number, over all sheets."""
    sheets = "".join(text for name, text in book.items() if name.startswith("xl/worksheets/sheet"))
    return [
        float(value) for kind, value in re.findall(r"<c r=\"\w+\"[^>]*?( t=\"s\")?><v>(.*?)</v>", sheets) if not kind
    ]


@pytest.fixture(scope="module")
def book(report: AuditReport) -> dict[str, str]:
    return parts(report)


def test_the_sheets_have_the_names_of_the_subjects(book: dict[str, str]) -> None:
    names = re.findall(r'<sheet name="(.*?)"', book["xl/workbook.xml"])
    assert names[0] == "Résumé"
    assert {"Par heure", "Par service", "Parcours", "Comptabilité"} <= set(names)
    assert len(names) == len(set(names))
    assert all(len(name) <= 31 for name in names)


def test_numbers_are_numbers(book: dict[str, str]) -> None:
    figures = sample.figures()
    found = numbers(book)
    assert figures.totals.offered in found
    assert any(value == pytest.approx(figures.totals.answered / figures.totals.offered) for value in found)
    assert any(value == pytest.approx(17.8 / 86400) for value in found)


def test_phone_numbers_are_text(book: dict[str, str]) -> None:
    assert "+33 4 72 •• •• 01" in strings(book)
    assert 33472000101 not in numbers(book)


@pytest.mark.parametrize("name", ["=1+1", '=HYPERLINK("http://a.b")', "+33472000101", "-2+3", "@SUM(A1)", "http://a.b"])
def test_a_name_is_never_a_formula_or_a_link(name: str) -> None:
    risky = parts(build(hostile(name), Language("fr")))
    sheets = "".join(text for part, text in risky.items() if part.startswith("xl/worksheets/"))
    assert name in strings(risky)
    assert "<f>" not in sheets and "<hyperlink" not in sheets


def test_every_sentence_of_page_one_is_in_the_summary(book: dict[str, str], report: AuditReport) -> None:
    written = strings(book)
    page = report.page
    for text in (page.headline, page.when_text, page.loss_headline, *page.accounting, *page.assumptions):
        assert text in written
