"""Writes the audit as a web page, a PDF, a workbook and a JSON document, all four from the same figures."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

from decroche.language import Language
from decroche.prove.reports.audit import all_charts, build
from decroche.prove.reports.blocks import AuditReport, HeatMap
from decroche.prove.reports.inputs import ReportInputs

__all__ = ["AuditReport", "ReportInputs", "build", "drawn", "render_all"]


def drawn(report: AuditReport) -> Mapping[str, str]:
    """The SVG text of each chart by its key; heat maps have a second one for phones, key + "-tall"."""
    from decroche.prove.reports.charts import draw

    found = {chart.key: draw(chart) for chart in all_charts(report)}
    tall = {
        f"{chart.key}-tall": draw(chart, tall=True)
        for chart in all_charts(report)
        if isinstance(chart.drawing, HeatMap)
    }
    return {**found, **tall}


def render_all(inputs: ReportInputs, out: Path, language: str = "fr") -> list[Path]:
    """Writes report.html, report.pdf, report.xlsx and report.json into ``out`` (made if absent), and returns them.

    ``language`` is fr, fr-CA or en. A file is replaced only when its new text is complete. Raises OSError.
    """
    from decroche.prove.reports import html, json, pdf, xlsx

    report = build(inputs, Language(language))
    drawings = drawn(report)
    out.mkdir(parents=True, exist_ok=True)
    contents = {
        "report.html": html.render(report, drawings).encode(),
        "report.pdf": pdf.render(report, drawings, inputs.figures.last_day),
        "report.xlsx": xlsx.render(report),
        "report.json": json.render(inputs, language).encode(),
    }
    written = []
    for name, content in contents.items():
        unfinished = out / f".{name}.unfinished"
        try:
            unfinished.write_bytes(content)
            written.append(unfinished.replace(out / name))
        except OSError:
            unfinished.unlink(missing_ok=True)
            raise
    return written
