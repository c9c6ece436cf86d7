"""The same report on A4 paper: a tagged PDF set by Typst with its own fonts, so that it looks alike everywhere."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import asdict
from datetime import UTC, date, datetime, time
from importlib.resources import files
from typing import Any

from decroche.prove.reports.blocks import FULL_WIDTH, AuditReport, Bars, Block, Chart, Days, HeatMap, Listing, Table

#: What the margins leave of an A4 page.
PAPER_MM = 176
#: The names of the weekdays take the room of so many columns.
_NAMES = 1.5
_TEMPLATES = files("decroche.prove.reports") / "templates"


def render(report: AuditReport, drawings: Mapping[str, str], day: date) -> bytes:
    """The PDF. ``drawings`` are the SVG texts by chart key; ``day`` dates the document (the last day counted)."""
    return typeset("report.typ", _plain(report), drawings, day=day, language=report.language)


def typeset(
    template: str, report: Mapping[str, Any], drawings: Mapping[str, str], *, day: date, language: str
) -> bytes:
    """What a template of ours (after ``parts.typ``) makes of plain values; ``report`` has ``title`` and ``labels``."""
    import typst

    code, _, region = language.partition("-")
    return typst.compile(
        b"\n".join((_TEMPLATES / name).read_bytes() for name in ("parts.typ", template)),
        ignore_system_fonts=True,
        sys_inputs={
            "report": json.dumps(report, ensure_ascii=False),
            "drawings": json.dumps(dict(drawings), ensure_ascii=False),
            "lang": code,
            "region": region or ("FR" if code == "fr" else "GB"),
        },
        timestamp=int(datetime.combine(day, time(), UTC).timestamp()),
        pdf_standards=["ua-1"],
    )


def width_on_paper(drawing: HeatMap | Bars | Days) -> float:
    """The part of the page's width that a drawing takes: the squares of a short week stay small."""
    if not isinstance(drawing, HeatMap):
        return 1.0
    return min(1.0, (len(drawing.columns) + _NAMES) / (FULL_WIDTH + _NAMES))


def plain_block(block: Block) -> dict[str, Any]:
    """A part of a report as plain values, as ``section-blocks`` of ``parts.typ`` wants it."""
    if isinstance(block, str):
        return {"form": "text", "text": block}
    if isinstance(block, Listing):
        return {"form": "list", "items": block.items}
    if isinstance(block, Table):
        return {"form": "table", **_table(block)}
    return {"form": "chart", **_chart(block)}


def _plain(report: AuditReport) -> dict[str, Any]:
    page = asdict(report.page)
    page["heat"] = _chart(report.page.heat)
    page["became"] = _chart(report.page.became) if report.page.became else None
    return {
        "title": report.title,
        "labels": asdict(report.labels),
        "page": page,
        "annex": [
            {"title": section.title, "blocks": [plain_block(block) for block in section.blocks]}
            for section in report.annex
        ],
    }


def _table(table: Table) -> dict[str, Any]:
    return {
        "title": table.title,
        "columns": table.columns,
        "numeric": table.numeric,
        "note": table.note,
        "rows": [[{"text": cell.text, "strong": cell.strong} for cell in row] for row in table.rows],
    }


def _chart(chart: Chart) -> dict[str, Any]:
    return {
        "key": chart.key,
        "title": chart.title,
        "description": chart.description,
        "small": isinstance(chart.drawing, Bars),
        "width": width_on_paper(chart.drawing),
        "table_on_paper": chart.table_on_paper,
        "table": _table(chart.table),
    }
