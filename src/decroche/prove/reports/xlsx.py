"""The tables of the report as a workbook: numbers are numbers, names and phone numbers text, nothing a formula."""

from __future__ import annotations

import io
from collections import defaultdict
from typing import Any

from decroche.prove.reports.blocks import AuditReport, Cell, Chart, Kind, Listing, Table

#: Excel's number format by kind of cell; a duration is a part of a day.
_FORMATS = {
    Kind.COUNT: "#,##0",
    Kind.NUMBER: "#,##0.0",
    Kind.PERCENT: "0.0%",
    Kind.DURATION: "[h]:mm:ss",
    Kind.MONEY: "#,##0",
}
_DAY_S = 86400.0
_WIDEST = 70


def render(report: AuditReport) -> bytes:
    """The workbook: a summary sheet, then the annex by subject."""
    import xlsxwriter  # type: ignore[import-untyped]

    buffer = io.BytesIO()
    options = {
        "in_memory": True,
        "strings_to_formulas": False,
        "strings_to_urls": False,
        "strings_to_numbers": False,
        "nan_inf_to_errors": False,
    }
    with xlsxwriter.Workbook(buffer, options) as book:
        book.set_properties({"title": report.title, "author": "Décroche"})
        sheet = _Sheet(book, report.labels.summary_sheet)
        _summary(sheet, report)
        sheet.finish()
        by_sheet: dict[str, list[Any]] = defaultdict(list)
        for section in report.annex:
            by_sheet[section.sheet].extend(section.blocks)
        for name, blocks in by_sheet.items():
            sheet = _Sheet(book, name)
            for block in blocks:
                _block(sheet, block)
            sheet.finish()
    return buffer.getvalue()


def _summary(sheet: _Sheet, report: AuditReport) -> None:
    page = report.page
    sheet.line(report.title, "title")
    sheet.line(page.period)
    sheet.line(page.headline, "strong")
    for fact in page.facts:
        sheet.row([Cell(fact.label), Cell(fact.value), Cell(fact.note)])
    for text in page.accounting:
        sheet.line(text)
    for title, lines in (
        (page.when_title, (page.when_text,)),
        (page.again_title, (page.again_headline, *page.again_text)),
        (page.loss_title, (page.loss_headline, *page.loss_text)),
        (
            page.actions_title,
            tuple(f"{action.title} {action.evidence}" for action in page.actions) or (page.no_action,),
        ),
        (page.assumptions_title, page.assumptions),
    ):
        sheet.gap()
        sheet.line(title, "strong")
        for text in lines:
            sheet.line(text)
    for chart in (page.heat, page.became):
        if chart is not None:
            sheet.gap()
            sheet.table(chart.table)


def _block(sheet: _Sheet, block: Any) -> None:
    if isinstance(block, str):
        sheet.line(block)
    elif isinstance(block, Listing):
        for text in block.items:
            sheet.line(text)
    elif isinstance(block, Table):
        sheet.table(block)
        sheet.gap()
    elif isinstance(block, Chart):
        sheet.table(block.table)
        sheet.gap()


class _Sheet:
    """One sheet, written from the top down; column widths follow what tables put in them."""

    def __init__(self, book: Any, name: str) -> None:
        self._sheet = book.add_worksheet(_sheet_name(name))
        self._formats = {kind: book.add_format({"num_format": code}) for kind, code in _FORMATS.items()}
        self._named = {
            "plain": book.add_format({}),
            "strong": book.add_format({"bold": True}),
            "title": book.add_format({"bold": True, "font_size": 14}),
            "header": book.add_format({"bold": True, "bottom": 1, "text_wrap": True, "valign": "top"}),
            "text": book.add_format({"num_format": "@"}),
        }
        self._row = 0
        self._widths: dict[int, int] = {}

    def gap(self) -> None:
        """An empty line."""
        self._row += 1

    def line(self, text: str, style: str = "plain") -> None:
        """One sentence in the first column."""
        self._sheet.write_string(self._row, 0, text, self._named[style])
        self._row += 1

    def row(self, cells: list[Cell] | tuple[Cell, ...]) -> None:
        """One line of cells: those with a number as the number, the others as text."""
        for place, cell in enumerate(cells):
            self._widths[place] = min(_WIDEST, max(self._widths.get(place, 8), len(cell.text) + 2))
            if cell.value is not None and cell.kind in self._formats:
                value = cell.value / _DAY_S if cell.kind is Kind.DURATION else cell.value
                self._sheet.write_number(self._row, place, value, self._formats[cell.kind])
            else:
                self._sheet.write_string(self._row, place, cell.text, self._named["text"])
        self._row += 1

    def table(self, table: Table) -> None:
        """A titled table with its note."""
        if table.title:
            self.line(table.title, "strong")
        for place, name in enumerate(table.columns):
            self._sheet.write_string(self._row, place, name, self._named["header"])
            self._widths[place] = max(self._widths.get(place, 8), min(16, len(name) + 2))
        self._row += 1
        for cells in table.rows:
            self.row(cells)
        if table.note:
            self.line(table.note)

    def finish(self) -> None:
        """Sets the column widths."""
        for place, width in self._widths.items():
            self._sheet.set_column(place, place, width)


def _sheet_name(name: str) -> str:
    return "".join(char for char in name if char not in "[]:*?/\\")[:31]
