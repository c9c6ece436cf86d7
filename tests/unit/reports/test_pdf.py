"""The PDF is a tagged A4 document whose page 1 is one page, set with its own fonts."""

from __future__ import annotations

import io
from dataclasses import replace
from typing import Any

import pytest
from pypdf import PdfReader

from decroche.language import Language
from decroche.prove.reports import pdf
from decroche.prove.reports.audit import build
from decroche.prove.reports.blocks import AuditReport
from decroche.prove.reports.inputs import ReportInputs
from tests.unit.reports import sample
from tests.unit.reports.test_html import hostile

MAP_SVG = '<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 730 220" width="730" height="220"></svg>'
BARS_SVG = '<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 400 100" width="400" height="100"></svg>'
DRAWINGS = {
    "heat_missed": MAP_SVG,
    "heat_rate": MAP_SVG,
    "heat_share": MAP_SVG,
    "days": MAP_SVG,
    "became": BARS_SVG,
    "hour_classes": BARS_SVG,
    "service_level": BARS_SVG,
}


def rendered(inputs: ReportInputs, code: str = "fr") -> PdfReader:
    content = pdf.render(build(inputs, Language(code)), DRAWINGS, inputs.figures.last_day)
    return PdfReader(io.BytesIO(content))


def root(paper: PdfReader) -> Any:
    """The document catalogue."""
    return paper.trailer["/Root"]


@pytest.fixture(scope="module")
def paper(inputs: ReportInputs) -> PdfReader:
    return rendered(inputs)


def test_it_is_a4_tagged_and_titled(paper: PdfReader, report: AuditReport) -> None:
    page = paper.pages[0].mediabox
    assert (round(page.width), round(page.height)) == (595, 842)
    catalog = root(paper)
    assert catalog["/MarkInfo"]["/Marked"] is True or str(catalog["/MarkInfo"]["/Marked"]) == "True"
    assert "/StructTreeRoot" in catalog
    assert paper.metadata is not None and paper.metadata.title == report.title


@pytest.mark.parametrize(("code", "tag"), [("fr", "fr-FR"), ("fr-CA", "fr-CA"), ("en", "en-GB")])
def test_it_says_its_language(inputs: ReportInputs, code: str, tag: str) -> None:
    assert str(root(rendered(inputs, code))["/Lang"]) == tag


def test_french_spaces_reach_the_paper(paper: PdfReader) -> None:
    text = paper.pages[0].extract_text()
    assert "Rappellent-ils d’eux-mêmes\u202f?" in text


def test_only_the_fonts_that_come_with_typst_are_used(paper: PdfReader) -> None:
    resources: list[Any] = [page["/Resources"] for page in paper.pages]
    used = [font.get_object() for found in resources for font in found.get("/Font", {}).values()]
    fonts = {str(font["/BaseFont"]).split("+")[-1] for font in used}
    assert {name.partition("-")[0] for name in fonts} <= {"LibertinusSerif", "NewCMMath"}
    assert any("Semibold" in name for name in fonts)


def long_words() -> ReportInputs:
    """Page 1 at its fullest: every kind of call apart, long names, no margin given."""
    figures = sample.figures()
    totals = replace(figures.totals, unknown_direction=12345, outbound=1234567, internal=123456, forwarded=12345)
    return replace(
        sample.without_money(),
        business="Établissements " + "Brotteaux-et-Fils " * 5,
        figures=replace(figures, totals=totals, zone="America/Argentina/ComodRivadavia"),
    )


@pytest.mark.parametrize("code", ["fr", "fr-CA", "en"])
@pytest.mark.parametrize("fullest", [False, True])
def test_page_one_is_one_page(code: str, fullest: bool) -> None:
    inputs = long_words() if fullest else sample.inputs()
    report = build(inputs, Language(code))
    paper = rendered(inputs, code)
    first, second = (paper.pages[number].extract_text() for number in (0, 1))
    assert " ".join(report.page.assumptions_more.split()) in " ".join(first.split())
    assert second.lstrip().startswith(report.labels.annex)


@pytest.mark.parametrize("name", ["#panic() *gras* _x_ $1$ @a <b>", '")) #sys.inputs \\u{41} ` ~ // /*'])
def test_names_are_not_read_as_typst(name: str) -> None:
    text = rendered(hostile(name)).pages[0].extract_text()
    assert name in " ".join(text.split())


def test_the_same_figures_give_the_same_file(inputs: ReportInputs, report: AuditReport) -> None:
    first, second = (pdf.render(report, DRAWINGS, inputs.figures.last_day) for _ in range(2))
    assert first == second
