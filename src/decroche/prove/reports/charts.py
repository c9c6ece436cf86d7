"""Draws each chart once, as SVG that reads in colour, in black and white, in the dark and on paper."""

from __future__ import annotations

import json
import re
from typing import Any
from xml.sax.saxutils import escape, quoteattr

from decroche.prove.reports.blocks import Bars, Chart, Days, HeatMap

#: Paper to ink in six steps of falling lightness; the stylesheet replaces them by name in the dark.
STEPS = ("#fdf8f0", "#f8e3cb", "#f0c39a", "#e09a66", "#c2663a", "#8f3a1a")
#: A day of a short export is drawn no wider, in pixels.
WIDEST_DAY = 40
#: From this step on, the figure in a cell is written in white.
WHITE_FROM = 4
INK, SOFT, LINE, PLAIN, ACCENT, EMPTY = "#1c2733", "#5b6673", "#c9d0d6", "#8fa3b3", "#b4532a", "#ffffff"
FONT = "Libertinus Serif"
#: Counts with a space between thousands, which no reader takes for a decimal sign.
_COUNTS = "replace(format(datum.value, ','), /,/g, '\u202f')"


def draw(chart: Chart, *, tall: bool = False) -> str:
    """The SVG text of ``chart``; ``tall`` turns a heat map for a phone (hours downwards, weekdays across)."""
    import vl_convert

    drawing = chart.drawing
    if isinstance(drawing, HeatMap):
        spec = _heat(drawing, tall=tall)
    elif isinstance(drawing, Bars):
        spec = _bars(drawing)
    else:
        spec = _days(drawing)
    svg = vl_convert.vegalite_to_svg(json.dumps(spec.to_dict(validate=False)), allowed_base_urls=[])
    return _accessible(svg, chart, key=chart.key + ("-tall" if tall else ""))


def _step(value: float | None, top: float) -> str:
    if value is None:
        return EMPTY
    if not top or not value:
        return STEPS[0]
    return STEPS[min(len(STEPS) - 1, 1 + int(value / top * (len(STEPS) - 1) * 0.999))]


def _altair() -> Any:
    import altair

    return altair


def _configured(chart: Any) -> Any:
    return (
        chart.configure(font=FONT, background="transparent", padding=2)
        .configure_view(stroke=None)
        .configure_axis(labelColor=INK, labelFontSize=12, title=None, grid=False, domain=False, ticks=False)
    )


def _heat(heat: HeatMap, *, tall: bool) -> Any:
    alt = _altair()
    top = max((cell.value or 0 for row in heat.cells for cell in row), default=0)
    records = []
    for row, (day, cells) in enumerate(zip(heat.rows, heat.cells, strict=True)):
        for column, cell in enumerate(cells):
            fill = _step(cell.value, top)
            records.append(
                {
                    "day": day,
                    "hour": heat.columns[column],
                    "row": row,
                    "column": column,
                    "fill": fill,
                    "ink": "#fffffe" if fill in STEPS[WHITE_FROM:] else INK,
                    "text": cell.text,
                }
            )
    days, hours = list(heat.rows), list(heat.columns)
    if tall:
        short = alt.Axis(orient="top", labelAngle=0, labelExpr="slice(datum.label, 0, 3)")
        across, down = alt.X("day:N", sort=days, axis=short), alt.Y("hour:N", sort=hours)
    else:
        above = alt.Axis(orient="top", labelAngle=0, labelLimit=0)
        across, down = alt.X("hour:N", sort=hours, axis=above), alt.Y("day:N", sort=days)
    base = alt.Chart(alt.Data(values=records)).encode(x=across, y=down)
    cells = base.mark_rect(stroke=LINE, strokeWidth=0.6).encode(fill=alt.Fill("fill:N", scale=None))
    figures = base.mark_text(fontSize=12.5).encode(text="text:N", color=alt.Color("ink:N", scale=None))
    width, height = (44 * len(days), 25 * len(hours)) if tall else (44 * len(hours), 25 * len(days))
    return _configured((cells + figures).properties(width=width, height=height))


def _bars(bars: Bars) -> Any:
    alt = _altair()
    records = [
        {
            "label": label,
            "order": place,
            "value": cell.value or 0,
            "text": cell.text,
            "fill": ACCENT if marked else PLAIN,
        }
        for place, (label, cell, marked) in enumerate(zip(bars.labels, bars.cells, bars.marked, strict=True))
    ]
    top = max((cell.value or 0 for cell in bars.cells), default=0) or 1
    base = alt.Chart(alt.Data(values=records)).encode(
        y=alt.Y("label:N", sort=list(bars.labels), axis=alt.Axis(labelLimit=0, labelPadding=8)),
        x=alt.X("value:Q", scale=alt.Scale(domain=[0, top * 1.5]), axis=None),
    )
    marks = base.mark_bar(height=13).encode(color=alt.Color("fill:N", scale=None))
    figures = base.mark_text(align="left", dx=6, fontSize=12.5, color=INK).encode(text="text:N")
    return _configured((marks + figures).properties(width=180, height=24 * len(records)))


def _days(days: Days) -> Any:
    alt = _altair()
    records = [
        {"place": place, "value": value, "usual": usual, "name": name, "fill": ACCENT if marked else PLAIN}
        for place, (value, usual, name, marked) in enumerate(
            zip(days.values, days.usual, days.names, days.marked, strict=True)
        )
    ]
    ticks = {place: label for place, label in enumerate(days.labels) if label}
    names = json.dumps({str(place): label for place, label in ticks.items()}, ensure_ascii=False)
    axis = alt.Axis(values=list(ticks), labelExpr=f"({names})[toString(datum.value)]", labelFontSize=11)
    last = len(records)
    base = alt.Chart(alt.Data(values=records)).encode(
        x=alt.X("place:Q", scale=alt.Scale(domain=[-0.6, last - 0.4], nice=False), axis=axis)
    )
    width = 640
    day = min(WIDEST_DAY, width / max(last, 1))
    marks = base.mark_bar(size=max(1.0, 0.7 * day)).encode(
        y=alt.Y("value:Q", axis=alt.Axis(tickCount=4, grid=True, gridColor=LINE, labelFontSize=11, labelExpr=_COUNTS)),
        color=alt.Color("fill:N", scale=None),
    )
    usual = base.mark_tick(size=max(2.0, day), thickness=1.6, color=INK, orient="horizontal").encode(y="usual:Q")
    named = base.mark_text(align="center", baseline="bottom", fontSize=11, color=INK).encode(
        y=alt.value(-4), text="name:N"
    )
    return _configured((marks + usual + named).properties(width=width, height=150))


_ROOT = re.compile(r"<svg\b[^>]*>", re.DOTALL)
_SIZE = re.compile(r'\b(width|height)="([0-9.]+)"')
_STYLE = re.compile(r'\s(?:style|aria-[a-z]+|role|aria-roledescription)="[^"]*"')


def _accessible(svg: str, chart: Chart, *, key: str) -> str:
    """One picture with a title and a description, its marks silent, and no style attribute (strict pages forbid it)."""
    root = _ROOT.search(svg)
    if root is None:  # pragma: no cover - vl-convert always writes one
        raise ValueError("the drawing is not SVG")
    size = dict(_SIZE.findall(root.group()))
    body = _STYLE.sub("", svg[root.end() :])
    return (
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {size["width"]} {size["height"]}" '
        f'width="{size["width"]}" height="{size["height"]}" role="img" '
        f'aria-labelledby="{key}-title {key}-desc" font-family={quoteattr(FONT)}>'
        f'<title id="{key}-title">{escape(chart.title)}</title><desc id="{key}-desc">{escape(chart.description)}</desc>'
        f"{body}"
    )
