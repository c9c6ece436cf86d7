"""Draws the charts of the desk: a figure over time and values side by side, whose marks lead to what they count."""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from dataclasses import dataclass
from functools import lru_cache
from typing import Any
from xml.sax.saxutils import escape, quoteattr

from decroche.prove.reports.charts import ACCENT, INK, LINE, PLAIN

#: The widths of a drawing for a desk and for a phone, in pixels.
DESK, PHONE = 760, 340
#: More marks than this have no interval and no point of their own: they would hide each other.
_MOST_POINTS = 62
_FONT = "sans-serif"


@dataclass(frozen=True, slots=True)
class Mark:
    """A point or bar: what it says when somebody points at it, its value, and the interval and value before, if any.

    ``named`` stands above it (a holiday), ``href`` is where it leads.
    """

    said: str
    value: float | None
    before: float | None = None
    low: float | None = None
    high: float | None = None
    named: str = ""
    href: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Course:
    """A figure over time. ``ticks`` are the labels below (place, text), the first of them for a phone too if ``few``.

    ``levels`` are the labels beside (value, text), from the bottom to the top; ``bars``: counts have bars.
    """

    marks: tuple[Mark, ...]
    ticks: tuple[tuple[int, str], ...]
    few: tuple[tuple[int, str], ...]
    levels: tuple[tuple[float, str], ...]
    bars: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class Beside:
    """Values side by side, one a line: their names, what is written at their ends, and the value of the whole."""

    names: tuple[str, ...]
    texts: tuple[str, ...]
    marks: tuple[Mark, ...]
    whole: float | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Swings:
    """What a value hangs on: one line an input, from its value at worst to that at best; ``base`` is the value itself.

    ``texts`` are those two values as they are read.
    """

    names: tuple[str, ...]
    texts: tuple[tuple[str, str], ...]
    ends: tuple[tuple[float, float], ...]
    base: float

    @property
    def marks(self) -> tuple[Mark, ...]:
        """Nothing of it leads anywhere."""
        return ()


@lru_cache(maxsize=512)
def drawn(chart: Course | Beside | Swings, *, width: int) -> str:
    """The SVG text of ``chart``. Its colours are replaced by those of the page's theme, by their names."""
    import altair
    import vl_convert

    if isinstance(chart, Swings):
        made = _swings(altair, chart, width)
    else:
        made = _course(altair, chart, width) if isinstance(chart, Course) else _beside(altair, chart, width)
    made = made.configure(font=_FONT, background="transparent", padding=dict(_PADDING)).configure_view(stroke=None)
    spec = made.to_dict(validate=False)
    return _linked(vl_convert.vegalite_to_svg(json.dumps(spec), allowed_base_urls=[]), chart)


def warm() -> None:
    """Have the tools of drawing ready: the first drawing takes seconds, the others do not."""
    drawn(Course(marks=(Mark("", 1.0),), ticks=(), few=(), levels=((0, "0"), (1, "1")), bars=True), width=PHONE)


def _course(alt: Any, chart: Course, width: int) -> Any:
    count = len(chart.marks)
    # A day of a short period is no wider than this.
    inner = min(width - 124, max(200, 60 * count))
    bottom, top = chart.levels[0][0], chart.levels[-1][0]
    ticks = dict(chart.ticks if width > PHONE else chart.few)
    x = alt.X(
        "place:Q",
        scale=alt.Scale(domain=[-0.6, count - 0.4], nice=False),
        axis=alt.Axis(values=list(ticks), labelExpr=_names(ticks), grid=False, labelPadding=8, **_AXIS),
    )
    levels = dict(chart.levels)
    y = alt.Y(
        "value:Q",
        scale=alt.Scale(domain=[bottom, top], nice=False),
        axis=alt.Axis(values=list(levels), labelExpr=_names(levels), grid=True, gridColor=LINE, **_AXIS),
    )
    records = [
        {"place": place, "value": mark.value, "before": mark.before, "low": mark.low, "high": mark.high,
         "named": mark.named, "mark": f"@{place}", "top": top, "bottom": bottom}
        for place, mark in enumerate(chart.marks)
    ]  # fmt: skip
    base = alt.Chart(alt.Data(values=records)).encode(x=x)
    told = base.transform_filter("isValid(datum.value)").encode(y=y)
    named = base.transform_filter("datum.named !== ''")
    step = inner / max(count, 1)
    layers = [
        named.mark_rule(color=INK, strokeDash=[1, 3]).encode(y=alt.Y("bottom:Q"), y2=alt.Y2("top:Q")),
    ]
    if chart.bars:
        layers.append(told.transform_filter("datum.named === ''").mark_bar(size=max(1.0, 0.7 * step), color=PLAIN))
        layers.append(
            told.transform_filter("datum.named !== ''").mark_bar(
                size=max(1.0, 0.6 * step), filled=False, stroke=ACCENT, strokeWidth=1.6
            )
        )
        layers.append(
            base.transform_filter("isValid(datum.before)")
            .mark_tick(size=max(2.0, 0.9 * step), thickness=2, color=INK, orient="horizontal")
            .encode(y=alt.Y("before:Q"))
        )
    else:
        layers.append(base.mark_line(color=INK, strokeDash=[5, 4], strokeWidth=1.3).encode(y=alt.Y("before:Q")))
        layers.append(base.mark_line(color=ACCENT, strokeWidth=2).encode(y=y))
        if count <= _MOST_POINTS:
            known = told.transform_filter("isValid(datum.low)")
            layers.append(known.mark_rule(color=PLAIN, strokeWidth=1.4).encode(y="low:Q", y2="high:Q"))
            layers.append(told.transform_filter("datum.named === ''").mark_point(
                filled=True, size=46, color=ACCENT, opacity=1, shape="circle"
            ))  # fmt: skip
        layers.append(told.transform_filter("datum.named !== ''").mark_point(
            filled=True, size=90, color=ACCENT, opacity=1, shape="diamond"
        ))  # fmt: skip
    if width > PHONE or count <= _MOST_POINTS:
        layers.append(
            named.mark_text(align="center", baseline="bottom", fontSize=11, color=INK, dy=-3).encode(
                y=alt.Y("top:Q"), text="named:N"
            )
        )
    # What leads somewhere is as wide as its place and as tall as the drawing: a finger meets it.
    layers.append(
        base.mark_bar(size=step, opacity=0).encode(y=alt.Y("bottom:Q"), y2=alt.Y2("top:Q"), description="mark:N")
    )
    return alt.layer(*layers).properties(width=inner, height=210)


def _beside(alt: Any, chart: Beside, width: int) -> Any:
    records = [
        {"place": place, "value": mark.value, "low": mark.low, "high": mark.high, "text": text, "mark": f"@{place}",
         "name": name, "most": 1}
        for place, (name, text, mark) in enumerate(zip(chart.names, chart.texts, chart.marks, strict=True))
    ]  # fmt: skip
    known = [mark.high or mark.value or 0 for mark in chart.marks]
    top = max([*known, chart.whole or 0]) or 1
    names = dict(enumerate(chart.names))
    letters = 26 if width > PHONE else 15
    shown = {place: name if len(name) <= letters else name[: letters - 1] + "…" for place, name in names.items()}
    y = alt.Y(
        "place:O",
        axis=alt.Axis(labelExpr=_names(shown), labelLimit=0, labelPadding=8, **_AXIS),
    )
    inner = width - (340 if width > PHONE else 259)
    x = alt.X("value:Q", scale=alt.Scale(domain=[0, top], nice=False), axis=None)
    base = alt.Chart(alt.Data(values=records)).encode(y=y)
    told = base.transform_filter("isValid(datum.value)")
    layers = [
        told.mark_bar(height=13, color=PLAIN).encode(x=x),
        told.transform_filter("isValid(datum.low)")
        .mark_rule(color=INK, strokeWidth=1.4)
        .encode(x=alt.X("low:Q", axis=None), x2="high:Q"),
        base.mark_text(align="left", dx=8, fontSize=12, color=INK).encode(x=alt.value(inner), text="text:N"),
        base.mark_bar(opacity=0, height=26).encode(x=alt.value(0), x2=alt.value(inner), description="mark:N"),
    ]
    if chart.whole is not None:
        line = alt.Chart(alt.Data(values=[{"whole": chart.whole}]))
        rule = line.mark_rule(color=ACCENT, strokeDash=[4, 3], strokeWidth=1.6)
        layers.insert(0, rule.encode(x=alt.X("whole:Q", axis=None)))
    return alt.layer(*layers).properties(width=inner, height=28 * max(1, len(records)))


def _swings(alt: Any, chart: Swings, width: int) -> Any:
    records = [
        {"place": place, "low": min(ends), "high": max(ends), "left": texts[ends[0] > ends[1]],
         "right": texts[ends[0] <= ends[1]]}
        for place, (ends, texts) in enumerate(zip(chart.ends, chart.texts, strict=True))
    ]  # fmt: skip
    values = [chart.base, 0.0, *(end for ends in chart.ends for end in ends)]
    room = (0.22 if width > PHONE else 0.5) * ((max(values) - min(values)) or 1.0)
    scale = alt.Scale(domain=[min(values) - room, max(values) + room], nice=False)
    y = alt.Y(
        "place:O", axis=alt.Axis(labelExpr=_names(dict(enumerate(chart.names))), labelLimit=0, labelPadding=8, **_AXIS)
    )
    base = alt.Chart(alt.Data(values=records)).encode(y=y)
    line = alt.Chart(alt.Data(values=[{"base": chart.base}]))
    layers = [
        base.mark_bar(height=15, color=PLAIN).encode(x=alt.X("low:Q", scale=scale, axis=None), x2="high:Q"),
        base.mark_text(align="right", dx=-6, fontSize=12, color=INK).encode(x=alt.X("low:Q"), text="left:N"),
        base.mark_text(align="left", dx=6, fontSize=12, color=INK).encode(x=alt.X("high:Q"), text="right:N"),
        line.mark_rule(color=ACCENT, strokeDash=[4, 3], strokeWidth=1.6).encode(x=alt.X("base:Q")),
    ]
    return alt.layer(*layers).properties(width=width - (260 if width > PHONE else 190), height=30 * len(records))


#: Letters of the page may be wider than those that the drawing was measured with.
_PADDING: Mapping[str, int] = {"left": 30, "top": 4, "right": 40, "bottom": 6}
_AXIS: Mapping[str, Any] = {
    "labelColor": INK, "labelFontSize": 12, "title": None, "domain": False, "ticks": False, "labelAngle": 0,
}  # fmt: skip


def _names(texts: Mapping[Any, str]) -> str:
    """An expression that writes each of these values as its text."""
    told = json.dumps({f"{key:g}": text for key, text in texts.items()}, ensure_ascii=True)
    return f"({told})[format(datum.value, '.6~g')] || ({told})[toString(datum.value)] || ''"


_ROOT = re.compile(r"<svg\b[^>]*>", re.DOTALL)
_SIZE = re.compile(r'\b(width|height)="([0-9.]+)"')
_SPOKEN = re.compile(r'\s(?:style|aria-(?:hidden|roledescription|label(?!="@))|role|class|xlink:href|id)="[^"]*"')
_PLACED = re.compile(r'<path aria-label="@(\d+)"([^>]*)>(?:</path>)?')


def _linked(svg: str, chart: Course | Beside | Swings) -> str:
    """Without styles, silent (its table speaks for it), and each mark under a link of ours that says what it is."""
    root = _ROOT.search(svg)
    if root is None:  # pragma: no cover - vl-convert always writes one
        raise ValueError("the drawing is not SVG")
    size = dict(_SIZE.findall(root.group()))

    def link(found: re.Match[str]) -> str:
        mark = chart.marks[int(found[1])]
        inside = f"<title>{escape(mark.said)}</title><path{found[2]}>" + ("" if found[2].endswith("/") else "</path>")
        return f'<a href={quoteattr(mark.href)} tabindex="-1">{inside}</a>' if mark.href else f"<g>{inside}</g>"

    body = _PLACED.sub(link, _SPOKEN.sub("", svg[root.end() :]))
    return (
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {size["width"]} {size["height"]}" '
        f'width="{size["width"]}" height="{size["height"]}" aria-hidden="true" focusable="false">{body}'
    )
